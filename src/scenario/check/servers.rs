//! Overlays with servers against themselves.

use super::Checker;
use crate::scenario::schema::{Central, Overlay, Tracker};

pub(super) fn check(c: &mut Checker<'_>) {
    match &c.scenario.overlay {
        Some(Overlay::Central(overlay)) => {
            waiting(c, overlay);
            others(c, overlay);
        }
        Some(Overlay::Tracker(overlay)) => announcing(c, overlay),
        _ => {}
    }
}

/// Whoever announces in time stays in the swarm.
fn announcing(c: &mut Checker<'_>, overlay: &Tracker) {
    let (interval, expiry) = (overlay.interval, overlay.expiry());
    if expiry <= interval {
        c.say(
            "overlay.tracker.expiry",
            &["overlay.tracker.interval"],
            format!("`overlay.tracker.expiry` ({expiry}) is not above `interval` ({interval})"),
            "everybody would be struck off in between",
            "leave it out, or make it longer than `interval`",
        );
    }
}

/// Time-outs against each other.
fn waiting(c: &mut Checker<'_>, overlay: &Central) {
    let (keep_alive, expiry) = (overlay.keep_alive(), overlay.expiry());
    if expiry <= keep_alive {
        // The one that was written is the one to point at.
        let name = if c.written("overlay.central.expiry") {
            "expiry"
        } else {
            "keep_alive"
        };
        c.say(
            &format!("overlay.central.{name}"),
            &["overlay.central.expiry", "overlay.central.keep_alive"],
            format!("`overlay.central.expiry` ({expiry}) is not above `keep_alive` ({keep_alive})"),
            "everybody would be struck off in between",
            "leave `expiry` out, or make it several times `keep_alive`",
        );
    }
    let (retry, retry_max) = (overlay.retry(), overlay.retry_max());
    if retry > retry_max {
        c.say(
            "overlay.central.retry_max",
            &["overlay.central.retry"],
            format!("`overlay.central.retry_max` ({retry_max}) is below `retry` ({retry})"),
            "below `retry`",
            "",
        );
    }
}

/// Who asks the others needs some, and who does not needs not know how.
fn others(c: &mut Checker<'_>, overlay: &Central) {
    const ASK: &str = "overlay.central.ask_others";
    if overlay.ask_others == Some(true) && overlay.servers() == 1 {
        c.say(
            ASK,
            &["overlay.central.servers", "overlay.central.preset"],
            format!("`{ASK}` is true, and there is but one server"),
            "there are no others",
            "write servers = 2 or more",
        );
    }
    for (name, there) in [
        ("enough_answers", overlay.enough_answers.is_some()),
        ("ask_every", overlay.ask_every.is_some()),
    ] {
        let key = format!("overlay.central.{name}");
        if there && !overlay.ask_others() {
            c.say(
                &key,
                &[ASK, "overlay.central.preset"],
                format!("`{key}` has no part where `ask_others` is false"),
                "no other server is asked",
                "write ask_others = true, or leave it out",
            );
        }
    }
}

//! Index servers against themselves.

use super::Central;
use crate::scenario::check::Checker;

pub(super) fn check(overlay: &Central, table: &str, c: &mut Checker<'_>) {
    waiting(c, table, overlay);
    others(c, table, overlay);
}

/// Time-outs against each other.
fn waiting(c: &mut Checker<'_>, table: &str, overlay: &Central) {
    let (keep_alive, expiry) = (overlay.keep_alive(), overlay.expiry());
    if expiry <= keep_alive {
        // The one that was written is the one to point at.
        let (expiry_key, keep_alive_key) = (format!("{table}.expiry"), format!("{table}.keep_alive"));
        let wrong = if c.written(&expiry_key) {
            &expiry_key
        } else {
            &keep_alive_key
        };
        c.say(
            wrong,
            &[&expiry_key, &keep_alive_key],
            format!("`{expiry_key}` ({expiry}) is not above `keep_alive` ({keep_alive})"),
            "everybody would be struck off in between",
            "leave `expiry` out, or make it several times `keep_alive`",
        );
    }
    let (retry, retry_max) = (overlay.retry(), overlay.retry_max());
    if retry > retry_max {
        let key = format!("{table}.retry_max");
        c.say(
            &key,
            &[&format!("{table}.retry")],
            format!("`{key}` ({retry_max}) is below `retry` ({retry})"),
            "below `retry`",
            "",
        );
    }
}

/// Who asks the others needs some, and who does not needs not know how.
fn others(c: &mut Checker<'_>, table: &str, overlay: &Central) {
    let ask = format!("{table}.ask_others");
    let preset = format!("{table}.preset");
    if overlay.ask_others == Some(true) && overlay.servers() == 1 {
        c.say(
            &ask,
            &[&format!("{table}.servers"), &preset],
            format!("`{ask}` is true, and there is but one server"),
            "there are no others",
            "write servers = 2 or more",
        );
    }
    for (name, there) in [
        ("enough_answers", overlay.enough_answers.is_some()),
        ("ask_every", overlay.ask_every.is_some()),
    ] {
        let key = format!("{table}.{name}");
        if there && !overlay.ask_others() {
            c.say(
                &key,
                &[&ask, &preset],
                format!("`{key}` has no part where `ask_others` is false"),
                "no other server is asked",
                "write ask_others = true, or leave it out",
            );
        }
    }
}

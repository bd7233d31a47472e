//! Structured overlays against themselves, the peers and the names of content.

use super::{RequestTimeout, Start, Structured};
use crate::scenario::check::Checker;
use crate::scenario::check::laws::bounds;
use crate::scenario::schema::Keywords;

/// Says what is wrong with what they have in common.
pub(in crate::scenario::overlays) fn check(overlay: &Structured<'_>, c: &mut Checker<'_>) {
    identifiers(c, overlay);
    bootstrap(c, overlay);
    waiting(c, overlay);
    if let Some(keywords) = overlay.keywords {
        words(c, overlay, keywords);
    }
}

/// Every node needs an identifier of its own.
fn identifiers(c: &mut Checker<'_>, overlay: &Structured<'_>) {
    let key = format!("{}.identifiers.bits", overlay.key);
    let Some(peers) = c.peers() else { return };
    let members = u128::from(peers) + u128::from(overlay.bootstrap_nodes);
    let nodes = members * u128::from(overlay.nodes_per_peer);
    let bits = overlay.bits();
    if bits < u128::BITS && nodes > 1 << bits {
        c.say(
            &key,
            &["peers", overlay.key],
            format!(
                "`{key}` ({bits}) makes {} identifiers for {nodes} nodes",
                1_u128 << bits
            ),
            "too few",
            &format!(
                "write bits = {} or more",
                u128::BITS - (nodes - 1).leading_zeros()
            ),
        );
    }
}

/// Whoever joins needs somebody to join through.
fn bootstrap(c: &mut Checker<'_>, overlay: &Structured<'_>) {
    if overlay.bootstrap_nodes > 0 {
        return;
    }
    let key = format!("{}.bootstrap_nodes", overlay.key);
    let peers = &c.scenario.peers;
    let comes_back = c.scenario.actions.iter().any(|action| {
        let away = action.depart.as_ref().and_then(|depart| depart.away);
        let removal = action.remove_best_connected.as_ref();
        away.or(removal.and_then(|removal| removal.away)).is_some()
    });
    let joiners = [
        (overlay.start == Start::Organic, "start = \"organic\""),
        (peers.churn.is_some(), "`peers.churn`"),
        (peers.sessions.is_some(), "`peers.sessions`"),
        (peers.arrivals.is_some(), "`peers.arrivals`"),
        (
            peers.groups.iter().any(|group| group.churn.is_some()),
            "the `churn` of a group",
        ),
        (peers.groups.iter().any(|group| group.dormant), "a dormant group"),
        (comes_back, "an action after which peers come back"),
    ];
    if let Some((_, why)) = joiners.iter().find(|(there, _)| *there) {
        c.say(
            &key,
            &["peers", "action", &format!("{}.start", overlay.key)],
            format!("`{key}` is 0: with {why}, nobody is there to join through"),
            "nobody could join",
            "write bootstrap_nodes = 1 or more",
        );
    }
}

/// Time-outs and expiry.
fn waiting(c: &mut Checker<'_>, overlay: &Structured<'_>) {
    if let RequestTimeout::Measured(measured) = &overlay.lookup.timeout
        && measured.min > measured.max
    {
        let (min, max) = (measured.min.to_string(), measured.max.to_string());
        let key = format!("{}.lookup.timeout.measured", overlay.key);
        upside_down(c, &key, &min, &max);
    }
    if overlay.expiry() < overlay.republish() {
        let key = format!("{}.storage", overlay.key);
        let (expiry, republish) = (overlay.expiry(), overlay.republish());
        // The one that was written is the one to point at.
        let (name, contradiction) = if c.written(&format!("{key}.expiry")) {
            ("expiry", format!("({expiry}) is below `republish` ({republish})"))
        } else {
            ("republish", format!("({republish}) is above `expiry` ({expiry})"))
        };
        c.say(
            &format!("{key}.{name}"),
            &[&format!("{key}.expiry"), &format!("{key}.republish")],
            format!("`{key}.{name}` {contradiction}: values would be gone in between"),
            "expiry is below republish",
            "",
        );
    }
}

/// Items are found by words where names are made of words.
fn words(c: &mut Checker<'_>, overlay: &Structured<'_>, keywords: &Keywords) {
    let table = format!("{}.keywords", overlay.key);
    let missing = match &c.scenario.content {
        None => Some(("no `content`", "leave the table out")),
        Some(content) if content.keywords.is_none() => Some((
            "nothing that says what words names are made of",
            "add [content.keywords]",
        )),
        Some(_) => None,
    };
    if let Some((missing, help)) = missing {
        c.say(
            &table,
            &["content"],
            format!("`{table}` finds items by words, and there is {missing}"),
            "nothing would be found",
            help,
        );
    }
    let (republish, expiry) = (
        overlay.keyword_republish(keywords),
        overlay.keyword_expiry(keywords),
    );
    if expiry < republish {
        let key = format!("{table}.expiry");
        c.say(
            &key,
            &[&format!("{table}.republish"), &format!("{}.storage", overlay.key)],
            format!("`{key}` ({expiry}) is below `republish` ({republish}): lists would be empty in between"),
            "expiry is below republish",
            "",
        );
    }
}

/// Says that `min` is above `max`, at the one that was written.
pub(in crate::scenario::overlays) fn upside_down(c: &mut Checker<'_>, key: &str, min: &str, max: &str) {
    if c.written(&format!("{key}.min")) {
        return bounds(c, key, ("min", min), ("max", max));
    }
    c.say(
        &format!("{key}.max"),
        &[&format!("{key}.min")],
        format!("`{key}.max` ({max}) is below `min` ({min})"),
        "below `min`",
        "",
    );
}

//! The overlay against the topology and the workload.

use super::Checker;
use crate::scenario::schema::{Overlay, Workload};

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    if let Some(overlay) = &s.overlay {
        let (key, table) = overlay.table();
        table.check(key, c);
    }
    no_topology(c);
    lookups(c);
    let needs = |c: &mut Checker<'_>, key: &str| {
        c.say(
            key,
            &["overlay"],
            format!("`{key}` needs an overlay to search with, and there is none"),
            "no overlay",
            "add [overlay.gnutella]",
        );
    };
    if s.overlay.is_none() && !c.is_transfers() && !c.is_lookups() {
        if s.workload.is_some() {
            needs(c, "workload");
        }
        if s.sharing.is_some() {
            needs(c, "sharing");
        }
    }
    if s.overlay.is_some() && c.is_transfers() {
        c.say(
            "workload.transfers",
            &["overlay"],
            "`workload.transfers` are bare flows: nobody would search with `overlay`".to_owned(),
            "there is an overlay too",
            "keep one of the two",
        );
    }
}

/// Overlays whose peers do not begin with the links of a graph have no use for one.
fn no_topology(c: &mut Checker<'_>) {
    let overlay = c.scenario.overlay.as_ref().and_then(Overlay::without_graph);
    if let (Some(overlay), Some(_)) = (overlay, &c.scenario.topology) {
        c.say(
            "topology",
            &["overlay"],
            format!("`topology` has no part in `{overlay}`, which makes its own links"),
            "nothing would use it",
            "keep one of the two",
        );
    }
}

/// Lookups need an overlay that makes them, and nothing to be shared.
fn lookups(c: &mut Checker<'_>) {
    let s = c.scenario;
    let key = match &s.workload {
        Some(Workload::Lookups(_)) => "workload.lookups",
        Some(Workload::RandomLookups(_)) => "workload.random_lookups",
        Some(Workload::Values(_)) => "workload.values",
        _ => return,
    };
    let finds = match &s.workload {
        Some(Workload::Values(_)) => "values",
        _ => "nodes",
    };
    if s.overlay.as_ref().and_then(Overlay::structured).is_none() {
        c.say(
            key,
            &["overlay"],
            format!("`{key}` needs a structured overlay, and there is none"),
            "nobody could look up",
            "choose [overlay.chord] or [overlay.kademlia]",
        );
    }
    for (other, there) in [("content", s.content.is_some()), ("sharing", s.sharing.is_some())] {
        if there {
            c.say(
                other,
                &["workload"],
                format!("`{other}` has no part in `{key}`, which finds {finds} and no files"),
                "nothing would use it",
                "keep one of the two",
            );
        }
    }
}

//! The overlay against itself, the topology and the workload.

use super::Checker;
use crate::scenario::schema::{Gnutella, Maintenance, Overlay, Scenario, Search};

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    if let Some((table, gnutella)) = s.overlay.as_ref().and_then(Overlay::gnutella) {
        search(c, table, gnutella);
        if gnutella.maintenance == Maintenance::Full {
            maintenance(c, table, gnutella);
        } else if s.topology.is_none() {
            let key = format!("{table}.maintenance");
            c.say(
                &key,
                &["topology"],
                format!("`{key}` is \"none\" and there is no topology: nobody would have neighbours"),
                "the graph stays empty",
                "add a [topology], or write maintenance = \"full\"",
            );
        }
    }
    no_topology(c);
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

/// Whether servents look after their links, and so talk to others than their neighbours.
pub(super) fn is_maintained(scenario: &Scenario) -> bool {
    let gnutella = scenario.overlay.as_ref().and_then(Overlay::gnutella);
    gnutella.is_some_and(|(_, gnutella)| gnutella.maintenance == Maintenance::Full)
}

fn search(c: &mut Checker<'_>, table: &str, gnutella: &Gnutella) {
    let max_key = format!("{table}.max_ttl");
    let live = gnutella.maintenance == Maintenance::Full;
    let max = gnutella.max_ttl.unwrap_or(if live { 7 } else { 255 });
    let whose = if gnutella.max_ttl.is_some() {
        ""
    } else {
        ", the default for live networks"
    };
    let mut above = |key: &str, ttl: u32| {
        let key = &format!("{table}.{key}");
        if ttl > max {
            c.say(
                key,
                &[&max_key, &format!("{table}.maintenance")],
                format!("`{key}` ({ttl}) is above `max_ttl` ({max}{whose})"),
                "above `max_ttl`",
                &format!("write max_ttl = {ttl} under [{table}], or a lower ttl"),
            );
        }
    };
    if let Search::Flood(flood) = &gnutella.search {
        above("search.flood.ttl", flood.ttl);
    }
    if live {
        above("ping.ttl", gnutella.ping.ttl);
    }
}

fn maintenance(c: &mut Checker<'_>, table: &str, gnutella: &Gnutella) {
    let key = format!("{table}.degree");
    let degree = &gnutella.degree;
    let (min, max) = (degree.min, degree.max);
    if min > max {
        // The one that was written is the one to point at.
        let (min_key, max_key) = (format!("{key}.min"), format!("{key}.max"));
        let wrong = if c.written(&max_key) { &max_key } else { &min_key };
        c.say(
            wrong,
            &[&min_key, &max_key],
            format!("`{min_key}` ({min}) is above `{max_key}` ({max})"),
            "min is above max",
            "make min the lower of the two",
        );
    }
    let cache = &gnutella.host_cache;
    if cache.addresses_given > cache.addresses_kept {
        let key = format!("{table}.host_cache.addresses_given");
        c.say(
            &key,
            &[&format!("{table}.host_cache.addresses_kept")],
            format!(
                "`{key}` ({}) is more than `addresses_kept` ({})",
                cache.addresses_given, cache.addresses_kept
            ),
            "more than it has",
            "",
        );
    }
}

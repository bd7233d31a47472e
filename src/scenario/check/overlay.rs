//! The overlay against itself, the topology and the workload.

use super::Checker;
use crate::scenario::schema::{Gnutella, Maintenance, Overlay, Scenario, Search};

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    if let Some(Overlay::Gnutella(gnutella)) = &s.overlay {
        search(c, gnutella);
        if gnutella.maintenance == Maintenance::Full {
            maintenance(c, gnutella);
        } else if s.topology.is_none() {
            c.say(
                "overlay.gnutella.maintenance",
                &["topology"],
                "`overlay.gnutella.maintenance` is \"none\" and there is no topology: nobody would have neighbours"
                    .to_owned(),
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
    match &scenario.overlay {
        Some(Overlay::Gnutella(gnutella)) => gnutella.maintenance == Maintenance::Full,
        _ => false,
    }
}

fn search(c: &mut Checker<'_>, gnutella: &Gnutella) {
    const MAX: &str = "overlay.gnutella.max_ttl";
    let live = gnutella.maintenance == Maintenance::Full;
    let max = gnutella.max_ttl.unwrap_or(if live { 7 } else { 255 });
    let whose = if gnutella.max_ttl.is_some() {
        ""
    } else {
        ", the default for live networks"
    };
    let mut above = |key: &str, ttl: u32| {
        if ttl > max {
            c.say(
                key,
                &[MAX, "overlay.gnutella.maintenance"],
                format!("`{key}` ({ttl}) is above `max_ttl` ({max}{whose})"),
                "above `max_ttl`",
                &format!("write max_ttl = {ttl} under [overlay.gnutella], or a lower ttl"),
            );
        }
    };
    if let Search::Flood(flood) = &gnutella.search {
        above("overlay.gnutella.search.flood.ttl", flood.ttl);
    }
    if live {
        above("overlay.gnutella.ping.ttl", gnutella.ping.ttl);
    }
}

fn maintenance(c: &mut Checker<'_>, gnutella: &Gnutella) {
    const DEGREE: &str = "overlay.gnutella.degree";
    let degree = &gnutella.degree;
    let (min, max) = (degree.min, degree.max);
    if min > max {
        // The one that was written is the one to point at.
        let key = if c.written("overlay.gnutella.degree.max") {
            "max"
        } else {
            "min"
        };
        c.say(
            &format!("{DEGREE}.{key}"),
            &["overlay.gnutella.degree.min", "overlay.gnutella.degree.max"],
            format!("`{DEGREE}.min` ({min}) is above `{DEGREE}.max` ({max})"),
            "min is above max",
            "make min the lower of the two",
        );
    }
    let cache = &gnutella.host_cache;
    if cache.addresses_given > cache.addresses_kept {
        c.say(
            "overlay.gnutella.host_cache.addresses_given",
            &["overlay.gnutella.host_cache.addresses_kept"],
            format!(
                "`overlay.gnutella.host_cache.addresses_given` ({}) is more than `addresses_kept` ({})",
                cache.addresses_given, cache.addresses_kept
            ),
            "more than it has",
            "",
        );
    }
}

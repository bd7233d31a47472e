//! Gnutella against itself and the topology.

use super::{Gnutella, Maintenance, Search};
use crate::scenario::check::Checker;

pub(super) fn check(gnutella: &Gnutella, table: &str, c: &mut Checker<'_>) {
    search(c, table, gnutella);
    if gnutella.maintenance == Maintenance::Full {
        maintenance(c, table, gnutella);
    } else if c.scenario.topology.is_none() {
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

fn search(c: &mut Checker<'_>, table: &str, gnutella: &Gnutella) {
    let max_key = format!("{table}.max_ttl");
    let live = gnutella.maintenance == Maintenance::Full;
    let max = gnutella.max_ttl();
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

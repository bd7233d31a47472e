//! What servents keep: links, tables, messages, timers.

use super::{Gnutella, Maintenance, Search};
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::overlay::gnutella::footprint as gnutella;
use crate::scenario::estimate::Stage::{Finishing, Running};
use crate::scenario::estimate::demand::{Basis, Demand, SECOND};
use crate::scenario::estimate::parts::{
    HELD, List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, around, bytes, rounded,
};

/// Links of servents that look after them: everybody below the smallest number looks for more, and nobody refuses below the largest.
pub(super) fn count_links(overlay: &Gnutella, demand: &mut Demand) {
    if overlay.maintenance == Maintenance::None {
        return;
    }
    let (least, most) = (f64::from(overlay.degree.min), f64::from(overlay.degree.max));
    demand.degree = demand.degree.max(f64::midpoint(least, most)).min(most);
    demand.degree_deviation = (most - least) / 4.0;
    demand.branching = demand.branching.clamp((demand.degree - 1.0).max(1.0), most);
}

/// Pings go as far as their TTL says, at their interval and over every new connection; addresses come with pongs
/// and from the host cache.
pub(super) fn count_upkeep(overlay: &Gnutella, demand: &mut Demand, basis: &Basis<'_>) {
    let seconds = basis.seconds();
    // Nothing is heard before it has come.
    if overlay.maintenance == Maintenance::None || seconds * SECOND < demand.latency_ns {
        return;
    }
    let mut heard = 0.0;
    let mut layer = demand.degree;
    for _ in 0..overlay.ping.ttl {
        heard += layer;
        layer *= (demand.degree - 1.0).max(1.0);
    }
    let heard = heard.min(demand.online);
    let expiry_s = (overlay.guid_expiry.ns() as f64 / SECOND).min(seconds);
    let rounds = 1.0 + expiry_s / (overlay.ping.every.ns() as f64 / SECOND);
    demand.pings_seen = heard * rounds;
    let all_rounds = 1.0 + seconds / (overlay.ping.every.ns() as f64 / SECOND);
    let told = f64::from(overlay.host_cache.addresses_given) + heard * all_rounds;
    demand.addresses = told.min(f64::from(overlay.known_addresses)).min(demand.peers);
}

/// What servents whose program is `P` keep beside their own structs; `table` is the overlay's key.
pub(super) fn list<P: Protocol>(overlay: &Gnutella, table: &'static str, list: &mut List<'_>) {
    list_links(overlay, list);
    let (demand, event) = (list.demand, bytes(engine::event_bytes::<P>()));
    let (online, traffic) = (demand.online, &demand.traffic);
    // In a hybrid the whole table is named: its keys are too many to be told one by one.
    let key_of = |key| {
        if table == "overlay.gnutella" { key } else { table }
    };
    let search = key_of(match overlay.search {
        Search::Flood(_) => "overlay.gnutella.search.flood",
        Search::Walk(_) => "overlay.gnutella.search.walk",
    });
    let (known_addresses, ping) = (
        key_of("overlay.gnutella.known_addresses"),
        key_of("overlay.gnutella.ping"),
    );
    let deviation = (traffic.seen * (1.0 - traffic.reached / online).max(0.0)).sqrt();
    // Kept by all who look after their links, and by others once they remember a past generation.
    let aside = match overlay.maintenance {
        Maintenance::Full => 1.0,
        Maintenance::None => (traffic.generations - 1.0).max(0.0),
    };
    let walked = matches!(overlay.search, Search::Walk(_));
    let seen_bytes = |entries: usize| gnutella::seen_queries_bytes(entries, walked);
    let seen = around(traffic.seen, deviation, seen_bytes) * traffic.generations.max(1.0)
        + bytes(gnutella::aside_bytes()) * aside;
    list.add(
        ("queries seen", "peers", list.queries_key()),
        online,
        seen * SMALL_BLOCKS,
        &RUN,
    );
    if walked {
        let of_all = |price: fn(usize) -> usize| around(traffic.seen, deviation, price);
        let seen = of_all(gnutella::seen_arena_bytes) * traffic.generations.max(1.0)
            + of_all(gnutella::outgrown_arena_bytes);
        let part = ("queries seen, in the arena", "peers", list.queries_key());
        list.add(part, online, seen, &[Running, Finishing]);
    }
    let in_flight = ("messages in flight", "messages", search);
    list.add(
        in_flight,
        traffic.in_flight,
        MESSAGE_COPIES * bytes(engine::message_bytes::<P>()),
        &[Running, Finishing],
    );
    list.add(
        ("hits in flight", "hits", search),
        traffic.hits,
        bytes(gnutella::hit_bytes()),
        &RUN,
    );
    let walks = bytes(gnutella::walks_bytes()) * SMALL_BLOCKS;
    list.add(
        ("walkers waiting", "peers", search),
        traffic.waited_at,
        walks,
        &RUN,
    );
    if overlay.maintenance == Maintenance::None {
        return;
    }
    // Addresses outlast sessions.
    let upkeep = bytes(gnutella::upkeep_bytes(rounded(demand.addresses))) * SMALL_BLOCKS;
    let addresses = ("addresses", "peers", known_addresses);
    list.add(addresses, demand.peers, upkeep, &RUN);
    let pings = around(
        demand.pings_seen,
        demand.pings_seen.sqrt(),
        gnutella::seen_pings_bytes,
    );
    let pings = pings * traffic.generations * SMALL_BLOCKS;
    list.add(("pings seen", "peers", ping), online, pings, &RUN);
    // To watch, to ping, to ask a host cache.
    list.add(
        ("timers", "events", table),
        3.0 * online,
        event,
        &[Running, Finishing],
    );
}

fn list_links(overlay: &Gnutella, list: &mut List<'_>) {
    let (demand, key) = (list.demand, list.links_key());
    let (degree, deviation) = (demand.degree, demand.degree_deviation);
    let size = around(degree, deviation, gnutella::links_bytes);
    list.add(("neighbours", "peers", key), demand.online, size, &HELD);
    if overlay.maintenance == Maintenance::Full {
        let size = around(degree, deviation, gnutella::ledger_bytes) * SMALL_BLOCKS;
        list.add(
            ("what is known of neighbours", "peers", key),
            demand.online,
            size,
            &RUN,
        );
    }
}

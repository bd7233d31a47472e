//! What clients of index servers and these keep: log-ins, registrations, queries.
//!
//! At the start everybody logs in at once, so that as many messages as there are peers are in flight.

use super::Central;
use crate::engine::Protocol;
use crate::overlay::central::footprint as central;
use crate::scenario::estimate::Stage::Running;
use crate::scenario::estimate::demand::{Basis, Demand, SECOND};
use crate::scenario::estimate::parts::{List, RUN, SMALL_BLOCKS, bytes, rounded};
use crate::scenario::overlays::servers::{ServersDemand, list_service};

/// Counts what goes to and fro.
pub(super) fn count(overlay: &Central, demand: &mut Demand, basis: &Basis<'_>) {
    let (seconds, servers) = (basis.seconds(), f64::from(overlay.servers()));
    let asked = if overlay.ask_others() { servers } else { 1.0 };
    let answer_s = overlay.answer_timeout().ns() as f64 / SECOND;
    let login_s = overlay.login_timeout().ns() as f64 / SECOND;
    let keep_alive_s = overlay.keep_alive().ns() as f64 / SECOND;
    let keep_alives_per_s = demand.online / keep_alive_s.min(seconds).max(1e-3);
    let messages_per_s = 2.0 * (demand.queries_per_s * asked + keep_alives_per_s);
    let copies = demand.replicas + demand.downloads;
    demand.servers = ServersDemand {
        in_flight: demand.online + messages_per_s * demand.latency_ns / SECOND,
        // To say that it is there, to hear of its server, to be let in.
        timers: demand.online * (1.0 + answer_s / keep_alive_s + login_s / seconds.max(login_s))
            + 2.0 * demand.queries_per_s * answer_s,
        searches: (demand.queries_per_s * answer_s / demand.online).max(1.0),
        files: copies / demand.peers.max(1.0),
        lists: (demand.items * servers).min(copies),
        sharers: copies / demand.items.max(1.0) / servers,
        holders: (copies / demand.items.max(1.0)).min(f64::from(overlay.answers_max())),
    };
}

/// What clients keep whose program is `P`, and index servers; `key` is that of the table.
pub(super) fn list<P: Protocol>(key: &'static str, list: &mut List<'_>) {
    let (demand, servers) = (list.demand, list.demand.servers);
    let files = rounded(servers.files);
    let client = bytes(central::client_bytes(files, rounded(servers.searches))) * SMALL_BLOCKS;
    list.add(("what clients keep", "peers", key), demand.online, client, &RUN);
    let registration = bytes(central::registration_bytes(files)) * SMALL_BLOCKS;
    let registrations = ("clients in indexes", "peers", key);
    list.add(registrations, demand.online, registration, &RUN);
    let item = bytes(central::item_bytes(rounded(servers.sharers))) * SMALL_BLOCKS;
    list.add(("items in indexes", "lists", key), servers.lists, item, &RUN);
    // At the start all clients are let in at once, and send theirs.
    let size = bytes(central::list_bytes(files));
    let lists = ("lists of files in flight", "lists", key);
    list.add(lists, demand.online, size, &[Running]);
    let answers = bytes(central::answer_bytes(rounded(servers.holders)));
    let answered = (demand.queries_per_s * demand.latency_ns / 1e9).min(demand.queries);
    list.add(("answers in flight", "answers", key), answered, answers, &RUN);
    list_service::<P>(key, list);
}

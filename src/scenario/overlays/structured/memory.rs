//! What nodes of structured overlays keep: identifiers, tables, requests under way, lookups and what is written down of them.

use super::StructuredDesign;
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::overlay::dht::{Dht, footprint as dht};
use crate::records::footprint as records;
use crate::scenario::estimate::Stage::{Building, Finishing, Running, Tabulating};
use crate::scenario::estimate::parts::{
    HELD, List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, THREADS, bytes, rounded,
};
use crate::sharing::{BareLookups, FileSharing, PlannedLookup, PlannedRead, PlannedValue, PlannedWrite};

/// Lists what such an overlay alone takes up, be it with content or for the sake of lookups.
pub(in crate::scenario::overlays) fn list<D: StructuredDesign>(
    design: &D,
    key: &'static str,
    list: &mut List<'_>,
) {
    if list.scenario.content.is_some() {
        list.peers::<FileSharing<Dht<D::Router>>>();
        list_kept::<D, FileSharing<Dht<D::Router>>>(design, key, list);
    } else {
        list.peers::<BareLookups<D::Router>>();
        list_kept::<D, BareLookups<D::Router>>(design, key, list);
        list_lookups::<BareLookups<D::Router>>(list);
    }
}

/// Lists what nodes keep whose program is `P`, beside what every program has.
pub(in crate::scenario::overlays) fn list_kept<D: StructuredDesign, P: Protocol>(
    design: &D,
    key: &'static str,
    list: &mut List<'_>,
) {
    let (demand, overlay) = (list.demand, design.common(key));
    let nodes = demand.peers * f64::from(overlay.nodes_per_peer);
    let members = demand.online * f64::from(overlay.nodes_per_peer);
    let identifiers = bytes(dht::identifier_bytes());
    list.add(("identifiers", "nodes", key), nodes, identifiers, &HELD);
    let size = dht::virtual_nodes_bytes::<D::Router>(overlay.nodes_per_peer as usize);
    list.add(("virtual nodes", "peers", key), demand.peers, bytes(size), &HELD);
    let routers = bytes(size_of::<D::Router>());
    list.add(("tables being made", "nodes", key), nodes, routers, &[Building]);
    let table = bytes(design.table_bytes(&demand.structured)) * SMALL_BLOCKS;
    list.add(("routing tables", "nodes", key), members, table, &HELD);
    let wanted = demand.structured;
    let lookups = wanted.lookups_at_start;
    let under_way = dht::under_way_bytes::<D::Router>(
        rounded((lookups * f64::from(overlay.alpha())).max(1.0)),
        rounded(lookups.max(1.0)),
        3 * design.answer_contacts() as usize,
    );
    let requests = ("requests and lookups", "nodes", key);
    list.add(requests, members, bytes(under_way) * SMALL_BLOCKS, &RUN);
    let keys = wanted.published_items * f64::from(overlay.replicas());
    let size = bytes(dht::value_bytes(rounded(wanted.holders))) * SMALL_BLOCKS;
    list.add(("keys and their holders", "keys", key), keys, size, &RUN);
    let values = wanted.values * f64::from(overlay.replicas());
    let size = bytes(dht::value_bytes(1)) * SMALL_BLOCKS;
    list.add(("values kept", "values", key), values, size, &RUN);
    let published = ("items published", "copies", key);
    list.add(published, demand.replicas, bytes(dht::published_bytes()), &RUN);
    if overlay.keywords.is_some() {
        let postings = demand.replicas * demand.words_per_name * f64::from(overlay.replicas());
        let size = bytes(dht::posting_bytes()) * SMALL_BLOCKS;
        list.add(("lists of words", "items in lists", key), postings, size, &RUN);
        let books = engine::shards(rounded(demand.peers), THREADS) * dht::keyword_books_bytes();
        let searches = demand.queries;
        list.add(
            ("books of searches by words", "queries", key),
            searches,
            bytes(books),
            &RUN,
        );
        let rows = ("rows of keywords.csv", "queries", key);
        list.rows(rows, searches, records::keyword_bytes());
    }
    let timers = demand.structured.timers;
    let event = bytes(engine::event_bytes::<P>());
    list.add(("timers", "events", key), timers, event, &[Running, Finishing]);
    let size = MESSAGE_COPIES * bytes(engine::message_bytes::<P>());
    let in_flight = ("messages in flight", "messages", key);
    list.add(
        in_flight,
        demand.structured.in_flight,
        size,
        &[Running, Finishing],
    );
    // A list doubles when it is full, and is read once more by the judge.
    let sessions = demand.structured.sessions * f64::from(overlay.nodes_per_peer);
    let size = bytes(2 * dht::member_bytes());
    let membership = ("books of membership", "sessions", key);
    list.add(membership, 2.0 * sessions, size, &RUN);
    list.add(
        ("the judge's books", "sessions", key),
        2.0 * sessions,
        size,
        &[Tabulating],
    );
}

/// Lookups of the workload, and what is written down of them.
fn list_lookups<P: Protocol>(list: &mut List<'_>) {
    let (demand, key) = (list.demand, list.queries_key());
    let lookups = demand.structured.lookups;
    let size = size_of::<PlannedLookup>() + engine::command_bytes::<P>();
    list.add(("lookups to come", "lookups", key), lookups, bytes(size), &HELD);
    let books = engine::shards(rounded(demand.peers), THREADS) * dht::lookup_books_bytes();
    list.add(("books of lookups", "lookups", key), lookups, bytes(books), &RUN);
    let rows = ("rows of lookups.csv", "lookups", key);
    list.rows(rows, lookups, records::lookup_bytes());
    list_values::<P>(list);
}

/// Values of the workload, their writes and reads, and what is written down of them.
fn list_values<P: Protocol>(list: &mut List<'_>) {
    let (demand, key) = (list.demand.structured, list.queries_key());
    let shards = engine::shards(rounded(list.demand.peers), THREADS);
    let command = engine::command_bytes::<P>();
    let planned = ("values", "values", "workload.values.values");
    let size = size_of::<PlannedValue>() + dht::written_bytes();
    list.add(planned, demand.values, bytes(size), &HELD);
    let write_key = "workload.values.writes_per_value";
    let size = size_of::<PlannedWrite>() + command;
    list.add(
        ("writes to come", "writes", write_key),
        demand.writes,
        bytes(size),
        &HELD,
    );
    let size = bytes(shards * dht::write_books_bytes());
    list.add(
        ("books of writes", "writes", write_key),
        demand.writes,
        size,
        &RUN,
    );
    let rows = ("rows of writes.csv", "writes", write_key);
    list.rows(rows, demand.writes, records::write_bytes());
    let size = size_of::<PlannedRead>() + command;
    list.add(("reads to come", "reads", key), demand.reads, bytes(size), &HELD);
    let size = bytes(shards * dht::read_books_bytes());
    list.add(("books of reads", "reads", key), demand.reads, size, &RUN);
    let rows = ("rows of values.csv", "reads", key);
    list.rows(rows, demand.reads, records::read_bytes());
}

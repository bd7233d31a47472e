//! Structured overlays: identifiers, tables, requests under way, lookups and what is written down of them.

use super::{HELD, List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, THREADS, bytes, rounded};
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::overlay::dht::{Router, footprint as dht};
use crate::records::footprint as records;
use crate::scenario::estimate::Stage::{Building, Finishing, Running, Tabulating};
use crate::scenario::schema::Structured;
use crate::sharing::{PlannedLookup, PlannedRead, PlannedValue, PlannedWrite};

impl List<'_> {
    /// What every structured overlay keeps, given its routing part, the program that peers run and what a table takes up.
    pub(super) fn structured<R: Router, P: Protocol>(
        &mut self,
        overlay: &Structured<'_>,
        table_bytes: usize,
    ) {
        let (demand, key) = (self.demand, overlay.key);
        let nodes = demand.peers * f64::from(overlay.nodes_per_peer);
        let members = demand.online * f64::from(overlay.nodes_per_peer);
        let identifiers = bytes(dht::identifier_bytes());
        self.add(("identifiers", "nodes", key), nodes, identifiers, &HELD);
        let size = dht::virtual_nodes_bytes::<R>(overlay.nodes_per_peer as usize);
        self.add(("virtual nodes", "peers", key), demand.peers, bytes(size), &HELD);
        let routers = bytes(size_of::<R>());
        self.add(("tables being made", "nodes", key), nodes, routers, &[Building]);
        let table = bytes(table_bytes) * SMALL_BLOCKS;
        self.add(("routing tables", "nodes", key), members, table, &HELD);
        let size = bytes(dht::under_way_bytes::<R>()) * SMALL_BLOCKS;
        self.add(("requests under way", "nodes", key), members, size, &RUN);
        let values = (demand.replicas + demand.structured.values) * f64::from(overlay.replicas());
        let size = bytes(dht::value_bytes()) * SMALL_BLOCKS;
        self.add(("values kept", "values", key), values, size, &RUN);
        let published = ("items published", "copies", key);
        self.add(published, demand.replicas, bytes(dht::published_bytes()), &RUN);
        if overlay.keywords.is_some() {
            let postings = demand.replicas * demand.words_per_name * f64::from(overlay.replicas());
            let size = bytes(dht::posting_bytes()) * SMALL_BLOCKS;
            self.add(("lists of words", "items in lists", key), postings, size, &RUN);
            let books = engine::shards(rounded(demand.peers), THREADS) * dht::keyword_books_bytes();
            let searches = demand.queries;
            self.add(
                ("books of searches by words", "queries", key),
                searches,
                bytes(books),
                &RUN,
            );
            let rows = ("rows of keywords.csv", "queries", key);
            self.rows(rows, searches, records::keyword_bytes());
        }
        let timers = demand.structured.timers;
        let event = bytes(engine::event_bytes::<P>());
        self.add(("timers", "events", key), timers, event, &[Running, Finishing]);
        let size = MESSAGE_COPIES * bytes(engine::message_bytes::<P>());
        let in_flight = ("messages in flight", "messages", key);
        self.add(
            in_flight,
            demand.structured.in_flight,
            size,
            &[Running, Finishing],
        );
        // A list doubles when it is full, and is read once more by the judge.
        let sessions = demand.structured.sessions * f64::from(overlay.nodes_per_peer);
        let size = bytes(2 * dht::member_bytes());
        let membership = ("books of membership", "sessions", key);
        self.add(membership, 2.0 * sessions, size, &RUN);
        self.add(
            ("the judge's books", "sessions", key),
            2.0 * sessions,
            size,
            &[Tabulating],
        );
    }

    /// Lookups of the workload, and what is written down of them.
    pub(super) fn lookups<P: Protocol>(&mut self) {
        let (demand, key) = (self.demand, self.queries_key());
        let lookups = demand.structured.lookups;
        let size = size_of::<PlannedLookup>() + engine::command_bytes::<P>();
        self.add(("lookups to come", "lookups", key), lookups, bytes(size), &HELD);
        let books = engine::shards(rounded(demand.peers), THREADS) * dht::lookup_books_bytes();
        self.add(("books of lookups", "lookups", key), lookups, bytes(books), &RUN);
        let rows = ("rows of lookups.csv", "lookups", key);
        self.rows(rows, lookups, records::lookup_bytes());
        self.values::<P>();
    }

    /// Values of the workload, their writes and reads, and what is written down of them.
    fn values<P: Protocol>(&mut self) {
        let (demand, key) = (self.demand.structured, self.queries_key());
        let shards = engine::shards(rounded(self.demand.peers), THREADS);
        let command = engine::command_bytes::<P>();
        let planned = ("values", "values", "workload.values.values");
        let size = size_of::<PlannedValue>() + dht::written_bytes();
        self.add(planned, demand.values, bytes(size), &HELD);
        let write_key = "workload.values.writes_per_value";
        let size = size_of::<PlannedWrite>() + command;
        self.add(
            ("writes to come", "writes", write_key),
            demand.writes,
            bytes(size),
            &HELD,
        );
        let size = bytes(shards * dht::write_books_bytes());
        self.add(
            ("books of writes", "writes", write_key),
            demand.writes,
            size,
            &RUN,
        );
        let rows = ("rows of writes.csv", "writes", write_key);
        self.rows(rows, demand.writes, records::write_bytes());
        let size = size_of::<PlannedRead>() + command;
        self.add(("reads to come", "reads", key), demand.reads, bytes(size), &HELD);
        let size = bytes(shards * dht::read_books_bytes());
        self.add(("books of reads", "reads", key), demand.reads, size, &RUN);
        let rows = ("rows of values.csv", "reads", key);
        self.rows(rows, demand.reads, records::read_bytes());
    }
}

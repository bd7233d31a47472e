//! Content, workload, transfers, and what observers write down of them.

use super::{HELD, List, RUN, Sharing, THREADS, bytes, rounded};
use crate::engine::footprint as engine;
use crate::records::footprint as records;
use crate::scenario::estimate::Stage::{Running, Tabulating, Writing};
use crate::sharing::{BareTransfers, footprint as sharing};
use crate::underlay::footprint as underlay;

/// Length of a bare transfer's name.
const NAME_BYTES: usize = 8;
/// Sources that a download has at a time, and candidates besides.
const SOURCES: usize = 4;
/// A sample of the network with its books by kind of message, and the row made of it.
const SAMPLE_BYTES: f64 = 1280.0;

impl List<'_> {
    /// What there is to be found, who asks for it, and what is written down of that.
    pub(super) fn content_and_queries(&mut self) {
        let demand = self.demand;
        let key = "content.items";
        self.add(
            ("items", "items", key),
            demand.items,
            bytes(sharing::item_bytes()),
            &HELD,
        );
        let words = demand.items * demand.words_per_name;
        self.add(
            ("words of names", "words", "content.keywords"),
            words,
            bytes(sharing::word_bytes()),
            &HELD,
        );
        let key = "content.replicas";
        self.add(
            ("replicas", "copies", key),
            demand.replicas,
            bytes(sharing::replica_bytes()),
            &HELD,
        );
        let (key, queries) = (self.queries_key(), demand.queries);
        let size = sharing::query_bytes() + engine::command_bytes::<Sharing>();
        self.add(("queries to come", "queries", key), queries, bytes(size), &HELD);
        let truths = ("truths about queries", "queries", "observe.truth");
        self.add(truths, demand.truths, bytes(sharing::truth_bytes()), &HELD);
        // A page of the books is made in every shard that sees one of its queries.
        let books = engine::shards(rounded(demand.peers), THREADS) * sharing::query_books_bytes();
        self.add(("books of queries", "queries", key), queries, bytes(books), &RUN);
        self.rows(
            ("rows of queries.csv", "queries", key),
            queries,
            records::query_bytes(),
        );
    }

    /// Downloads, and what is written down of them.
    pub(super) fn downloads(&mut self) {
        let demand = self.demand;
        let (key, active) = ("sharing", demand.downloads_active);
        let size = sharing::download_bytes(rounded(demand.chunks), SOURCES, SOURCES);
        self.add(
            ("downloads under way", "downloads", key),
            active,
            bytes(size),
            &RUN,
        );
        let moving = (2.0 * demand.downloads).min(demand.peers);
        let size = sharing::activity_bytes() + sharing::moved_books_bytes();
        self.add(
            ("peers that fetch or serve", "peers", key),
            moving,
            bytes(size),
            &RUN,
        );
        let size = bytes(sharing::download_books_bytes());
        self.add(
            ("books of downloads", "downloads", key),
            demand.downloads,
            size,
            &RUN,
        );
        let sharing_table = self.scenario.sharing.as_ref();
        if sharing_table.is_some_and(|sharing| sharing.source_exchange.is_some()) {
            self.exchange(moving);
        }
        let size = underlay::flow_bytes() + engine::notice_bytes::<Sharing>();
        self.add(("flows of downloads", "flows", key), active, bytes(size), &RUN);
        let rows = ("rows of downloads.csv", "downloads", key);
        self.rows(rows, demand.downloads, records::download_bytes());
    }

    /// Sources that so many peers name to each other, and what is written down of that.
    fn exchange(&mut self, moving: f64) {
        const KEY: &str = "sharing.source_exchange";
        let demand = self.demand;
        let copies = (demand.replicas + demand.downloads) / demand.items.max(1.0);
        let size = bytes(sharing::exchange_bytes(SOURCES, rounded(copies)));
        self.add(("sources told of", "peers", KEY), moving, size, &RUN);
        let named = demand.downloads * copies;
        let size = bytes(sharing::named_books_bytes());
        self.add(("books of sources named", "sources", KEY), named, size, &RUN);
        let rows = ("rows of sources.csv", "downloads", KEY);
        self.rows(rows, demand.downloads, records::source_bytes());
    }

    /// Bare transfers, and what is written down of them.
    pub(super) fn transfers(&mut self) {
        let demand = self.demand;
        let (key, transfers) = ("workload.transfers.path", demand.transfers);
        let size = sharing::transfer_bytes(NAME_BYTES) + engine::command_bytes::<BareTransfers>();
        self.add(
            ("transfers to come", "transfers", key),
            transfers,
            bytes(size),
            &HELD,
        );
        // Given back when all rows are read, in blocks too small to be of use to others.
        let size = bytes(sharing::transfer_names_bytes());
        self.add(
            ("names of transfers, once read", "transfers", key),
            transfers,
            size,
            &HELD,
        );
        // Once by shard and once when they are added up.
        let size = 2 * sharing::transfer_books_bytes();
        self.add(
            ("books of transfers", "transfers", key),
            transfers,
            bytes(size),
            &RUN,
        );
        let size = underlay::flow_bytes() + engine::notice_bytes::<BareTransfers>();
        self.add(
            ("flows of transfers", "flows", key),
            demand.transfers_active,
            bytes(size),
            &RUN,
        );
        self.rows(
            ("rows of flows.csv", "transfers", key),
            transfers,
            records::flow_bytes(),
        );
    }

    /// Samples, and the row of every peer.
    pub(super) fn observers(&mut self) {
        let demand = self.demand;
        self.add(
            ("links in a sample", "ends", self.links_key()),
            demand.online * demand.degree,
            bytes(sharing::sampled_end_bytes()),
            &[Running],
        );
        self.add(
            ("peers in a sample", "peers", self.peers_key()),
            demand.peers,
            bytes(sharing::sampled_peer_bytes()),
            &[Running],
        );
        self.add(
            ("samples", "samples", "observe.sample_every"),
            demand.samples,
            SAMPLE_BYTES,
            &RUN,
        );
        let rows = ("rows of peers.csv", "peers", self.peers_key());
        self.rows(rows, demand.peers, records::peer_bytes());
    }

    /// Rows as they are made, and as they are read back for the plots.
    pub(in crate::scenario) fn rows(
        &mut self,
        what: super::Label,
        count: f64,
        (made, read_back): (usize, usize),
    ) {
        let (_, unit, key) = what;
        self.add(what, count, bytes(made), &[Tabulating, Writing]);
        self.add(
            ("the same, read for the plots", unit, key),
            count,
            bytes(read_back),
            &[Writing],
        );
    }
}

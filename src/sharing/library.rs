//! What every peer's program can look up: the parameters of the run, read-only.

use super::catalogue::Catalogue;
use super::chunks::{ContentCheck, Verification};
use super::exchange::ExchangeSettings;
use super::placement::Placement;
use super::workload::PlannedQuery;
use crate::engine::PeerId;
use crate::engine::time::SECOND_NS;
use crate::overlay::{ItemId, QueryId, Question};
use std::ops::Range;

/// The world of a [`super::FileSharing`] program: the overlay's parameters beside the application's.
#[derive(Debug)]
pub struct World<S> {
    /// The overlay's parameters.
    pub overlay: S,
    /// The application's.
    pub library: Library,
}

/// Items, holders, queries and settings.
#[derive(Debug)]
pub struct Library {
    /// The items.
    pub catalogue: Catalogue,
    /// Who holds what when the run begins.
    pub placement: Placement,
    /// The workload: a query's number is its position.
    pub queries: Vec<PlannedQuery>,
    /// Every peer's traits by number, as they are where peers serve: see [`Library::traits`].
    pub traits: Vec<PeerTraits>,
    /// Service nodes that serve files, in place of peers, which keep what they hold to themselves; `None`: there are none.
    pub servers: Option<FileServers>,
    /// How files are fetched; `None`: nothing is ever fetched, peers only search.
    pub transfers: Option<TransferSettings>,
    /// The reference for received chunks.
    pub check: ContentCheck,
    /// Whether a peer sends a query for an item that it holds already. Usual: only where nothing is fetched, so that
    /// experiments about search alone (a walk's return to its origin, say) see every query. Where files are fetched a
    /// peer does not look for what it has; the query is counted as `already_held`.
    pub search_held: bool,
    /// Whether observers write down what becomes of every descriptor of a query; peers behave the same.
    pub is_traced: bool,
}

impl Library {
    /// A peer's traits. Nodes beyond the table (services) have [`PeerTraits::SERVICE`], or [`PeerTraits::SERVER`] where they serve
    /// files; peers then share nothing.
    #[inline]
    pub fn traits(&self, peer: PeerId) -> PeerTraits {
        match self.traits.get(peer.index()) {
            Some(traits) => PeerTraits {
                shares: traits.shares && self.servers.is_none(),
                ..*traits
            },
            None if self.server(peer).is_some() => PeerTraits::SERVER,
            None => PeerTraits::SERVICE,
        }
    }

    /// The servers, if `peer` is one of them.
    fn server(&self, peer: PeerId) -> Option<&FileServers> {
        let servers = self.servers.as_ref();
        servers.filter(|servers| servers.nodes.contains(&peer.0))
    }

    /// Whether a node holds the whole catalogue.
    pub fn holds_all(&self, peer: PeerId) -> bool {
        self.server(peer).is_some()
    }

    /// Whether a peer holds an item when the run begins.
    #[inline]
    pub fn holds(&self, peer: PeerId, item: ItemId) -> bool {
        self.placement.holds(peer, item) || self.holds_all(peer)
    }

    /// Number of items that a peer holds when the run begins.
    pub fn held(&self, peer: PeerId) -> usize {
        if self.holds_all(peer) {
            self.catalogue.items() as usize
        } else {
            self.placement.files(peer).len()
        }
    }

    /// Calls `visit` with every item that a peer holds when the run begins, ascending.
    pub fn visit_held(&self, peer: PeerId, mut visit: impl FnMut(ItemId)) {
        if self.holds_all(peer) {
            (0..self.catalogue.items()).map(ItemId).for_each(visit);
        } else {
            self.placement.files(peer).iter().for_each(|item| visit(*item));
        }
    }

    /// Calls `visit` with every node that holds an item when the run begins.
    pub fn visit_holders(&self, item: ItemId, mut visit: impl FnMut(PeerId)) {
        self.placement.holders(item).iter().for_each(|peer| visit(*peer));
        let servers = self.servers.as_ref();
        servers
            .into_iter()
            .flat_map(|servers| servers.nodes.clone())
            .for_each(|node| visit(PeerId(node)));
    }

    /// Downloads that a node serves at a time, and how many more may wait for that.
    ///
    /// # Panics
    /// When nothing is fetched in this run.
    pub fn room(&self, peer: PeerId) -> (usize, usize) {
        let (slots, queue) = match (self.server(peer), &self.transfers) {
            (Some(servers), _) => (servers.upload_slots, servers.queue_max),
            (None, Some(settings)) => (settings.upload_slots, settings.queue_max),
            (None, None) => unreachable!("nobody serves where nothing is fetched"),
        };
        (usize::from(slots), usize::from(queue))
    }

    /// The workload's query that a number stands for: its own, or that of a search made anew.
    ///
    /// # Panics
    /// When the workload has no query.
    pub fn planned(&self, query: QueryId) -> QueryId {
        assert!(!self.queries.is_empty(), "a query is one of the workload's");
        QueryId(u32::try_from(query.0 as usize % self.queries.len()).expect("a remainder is smaller"))
    }

    /// The plan of the query that a number stands for.
    #[inline]
    fn plan(&self, query: QueryId) -> &PlannedQuery {
        // Nearly all numbers are the workload's own, and a division costs more than all the rest.
        match self.queries.get(query.0 as usize) {
            Some(plan) => plan,
            None => &self.queries[self.planned(query).0 as usize],
        }
    }

    /// The number under which a query of the workload is asked for the `attempt`-th time anew (from 1). A descriptor's
    /// number is what servents know it by, so one asked anew needs another: numbers beyond the workload's, in layers of
    /// its size. `None` when they are used up.
    pub fn anew(&self, query: QueryId, attempt: u16) -> Option<QueryId> {
        let layer = u32::try_from(self.queries.len()).ok()?;
        let number = layer.checked_mul(u32::from(attempt))?.checked_add(query.0)?;
        Some(QueryId(number))
    }

    /// What a query asks.
    #[inline]
    pub fn question(&self, query: QueryId) -> Question {
        let plan = self.plan(query);
        Question {
            item: plan.item,
            ttl: plan.ttl,
            issued_ns: plan.at_ns,
        }
    }

    /// The item a query asks for.
    pub fn item(&self, query: QueryId) -> ItemId {
        self.plan(query).item
    }
}

/// Service nodes that hold the whole catalogue and serve it, whatever the placement says of peers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileServers {
    /// Their numbers.
    pub nodes: Range<u32>,
    /// Downloads that each serves at a time, at least 1.
    pub upload_slots: u16,
    /// Downloads that may wait at each for a slot.
    pub queue_max: u16,
}

/// What distinguishes one peer's behaviour from another's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerTraits {
    /// Its group.
    pub group: u16,
    /// Whether it shares what it holds; a free rider does not.
    pub shares: bool,
    /// Whether it also shares what it has fetched; without effect on a free rider.
    pub shares_finished: bool,
    /// Whether nobody can open a connection to it.
    pub firewalled: bool,
    /// Probability that a chunk it sends is spoilt, percent: 0 for honest peers.
    pub spoils_percent: u8,
}

const _: () = assert!(size_of::<PeerTraits>() == 6, "there is one for every peer");

impl PeerTraits {
    /// A node that is there for the overlay only: it shares nothing.
    pub const SERVICE: Self = Self {
        group: u16::MAX,
        shares: false,
        shares_finished: false,
        firewalled: false,
        spoils_percent: 0,
    };

    /// A node that serves the whole catalogue and fetches nothing.
    pub const SERVER: Self = Self {
        shares: true,
        ..Self::SERVICE
    };

    /// An honest peer of group 0 that shares everything and can be reached.
    pub const SHARING: Self = Self {
        group: 0,
        shares: true,
        shares_finished: true,
        firewalled: false,
        spoils_percent: 0,
    };
}

/// In which order a download turns to the sources it knows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum SourceOrder {
    /// As their hits came.
    #[default]
    Arrival,
    /// At random: spreads the load over the holders of popular items.
    Random,
}

/// How files are fetched and served. Defaults are in [`TransferSettings::default`]; those without a source given are
/// assumptions of this laboratory about clients of 2001 to 2003.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TransferSettings {
    /// How long hits are collected before the download begins, nanoseconds.
    pub hit_wait_ns: u64,
    /// Most sources that deliver at a time, at least 1.
    pub sources_max: u16,
    /// Most further sources a download keeps in mind.
    pub candidates_max: u16,
    /// In which order it turns to them.
    pub source_order: SourceOrder,
    /// Chunk requests under way to one source at a time, at least 1; a source still sends one chunk after the other.
    pub pipeline: u8,
    /// Downloads a peer serves at a time, at least 1.
    pub upload_slots: u16,
    /// Downloads that may wait for a slot; further ones are told to come back.
    pub queue_max: u16,
    /// Chunks that a download is sent in a row while others wait for its slot, at least 1; then it goes to the end of the queue.
    /// `None`: it keeps its slot.
    pub session_chunks: Option<u32>,
    /// When a download comes back to a busy source, or to one that had nothing new, nanoseconds.
    pub busy_retry_ns: u64,
    /// How often it comes back in vain before it gives the source up.
    pub busy_retries: u16,
    /// How often one that waits in a queue asks whether its source is still there, nanoseconds.
    pub queue_poll_ns: u64,
    /// How long a request may stay without an answer, nanoseconds.
    pub response_timeout_ns: u64,
    /// How long a firewalled source has to call back, nanoseconds.
    pub call_back_timeout_ns: u64,
    /// How long a slot may lie idle before it is taken away, nanoseconds.
    pub slot_idle_ns: u64,
    /// How long a chunk's transfer may make no progress, nanoseconds, at least a second.
    pub idle_timeout_ns: u64,
    /// After how many chunks that failed verification a source is dropped for good, at least 1.
    pub failures_max: u16,
    /// Searches made anew when a download has run out of sources, each under a number of its own ([`Library::anew`]):
    /// observers find its lines there, not at the workload's query.
    pub search_retries: u16,
    /// Whether a peer serves the verified chunks of a download under way, if it shares what it fetches.
    pub partial_sharing: bool,
    /// Whether the overlay is told of an item as soon as one chunk is verified, where partial sharing is on, and not only when it
    /// is complete.
    pub announces_partial: bool,
    /// How sources are exchanged; `None`: they are not.
    pub exchange: Option<ExchangeSettings>,
    /// How chunks are verified.
    pub verification: Verification,
    /// Length of the header of a request (HTTP GET, RFC 2616, with Gnutella's extensions), bytes.
    pub request_bytes: u32,
    /// Length of the header of an answer, bytes.
    pub answer_bytes: u32,
    /// Length of a GIV line by which a firewalled holder calls back, bytes.
    pub give_bytes: u32,
    /// What closing a connection costs: a TCP segment without content and its IP header, bytes.
    pub close_bytes: u32,
}

impl Default for TransferSettings {
    fn default() -> Self {
        Self {
            hit_wait_ns: 5 * SECOND_NS,
            sources_max: 4,
            candidates_max: 32,
            source_order: SourceOrder::Arrival,
            pipeline: 1,
            upload_slots: 4,
            queue_max: 10,
            session_chunks: None,
            busy_retry_ns: 60 * SECOND_NS,
            busy_retries: 10,
            queue_poll_ns: 60 * SECOND_NS,
            response_timeout_ns: 30 * SECOND_NS,
            call_back_timeout_ns: 30 * SECOND_NS,
            slot_idle_ns: 30 * SECOND_NS,
            idle_timeout_ns: 60 * SECOND_NS,
            failures_max: 1,
            search_retries: 0,
            partial_sharing: false,
            announces_partial: false,
            exchange: None,
            verification: Verification::Tag,
            // GET line, User-Agent, Host, Range, X-Queue, X-Gnutella-Content-URN (78 bytes with its SHA-1).
            request_bytes: 300,
            // Status line, Server, Content-Type, Content-Length, Content-Range, X-Gnutella-Content-URN.
            answer_bytes: 300,
            // "GIV 1:<32 hexadecimal digits>/<name>\n\n" with a name of about 30 bytes.
            give_bytes: 72,
            close_bytes: 40,
        }
    }
}

//! The policy of a hybrid: its settings, and what a peer has to remember for it.

use super::gateway::Gateway;
use super::rarity::{Scheme, Sightings};
use crate::engine::{PeerId, Seed};
use crate::overlay::{ItemId, QueryId, WordId};

/// Parameters of a hybrid of overlays with parameters of types `A` and `B`.
#[derive(Clone, Debug)]
pub struct Settings<A, B> {
    /// The unstructured overlay's.
    pub unstructured: A,
    /// The structured overlay's.
    pub structured: B,
    /// What joins them.
    pub policy: Policy,
    /// How those take part who are no members of the structured overlay; `None`: all are.
    pub gateway: Option<GatewaySettings>,
    /// Service nodes of the structured overlay.
    pub gateways: Vec<PeerId>,
    /// What the run's randomness grows from.
    pub seed: Seed,
}

/// How those take part in the structured overlay who are no members of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatewaySettings {
    /// How often members tell their neighbours that they are, nanoseconds; at least 1.
    pub announce_ns: u64,
    /// Members that a peer remembers; at least 1.
    pub members_max: u16,
    /// How long a peer waits for a member to take on a query, nanoseconds.
    pub timeout_ns: u64,
    /// How long a member passes on what is found of a query, nanoseconds.
    pub patience_ns: u64,
    /// How often others have a member publish what they share, nanoseconds.
    pub republish_ns: u64,
    /// Size of a message that carries nothing, bytes.
    pub header_bytes: u32,
    /// Size of what a message says of a peer or an item beside its name, bytes.
    pub entry_bytes: u32,
}

/// What joins the two overlays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Which overlay is asked, and when.
    pub search: Search,
    /// What is published in the structured overlay.
    pub publish: Publish,
}

/// Which overlay is asked, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Search {
    /// First the unstructured one; the structured one too if there was not enough.
    UnstructuredFirst {
        /// How long hits are waited for, nanoseconds.
        wait_ns: u64,
        /// With fewer hits by then the structured overlay is asked: 1 or more.
        fewer_than: u32,
    },
    /// Both at once.
    Both,
    /// Never the structured one.
    UnstructuredOnly,
    /// Never the unstructured one.
    StructuredOnly,
}

/// What a peer publishes of what it shares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Publish {
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// Given items, by their numbers: of the rest nothing. For comparison: whoever made the list may have known what no peer
    /// can.
    Listed(Vec<bool>),
    /// What looks rare to the peer itself.
    Rare {
        /// By what it tells.
        scheme: Scheme,
        /// How long a peer listens before it publishes anything, from the beginning of its session, nanoseconds.
        listen_ns: u64,
    },
}

/// What a peer remembers for the policy in a session.
#[derive(Default, Debug)]
pub(super) struct Desk {
    /// Queries that wait for hits of the unstructured overlay, and how many came.
    waiting: Vec<(QueryId, u32)>,
    /// Firewalled holders that the structured overlay found.
    by_structured: Vec<(QueryId, PeerId)>,
    /// What it saw of others.
    pub(super) sightings: Sightings,
    has_listened: bool,
    /// What is remembered of members and for those who are none.
    pub(super) gateway: Gateway,
}

impl Desk {
    /// Hits for a query are waited for.
    pub(super) fn begin_waiting(&mut self, query: QueryId) {
        self.waiting.push((query, 0));
    }

    /// A query has waited long enough: how many hits there were, if it waited.
    pub(super) fn waited(&mut self, query: QueryId) -> Option<u32> {
        let place = self.waiting.iter().position(|(other, _)| *other == query)?;
        Some(self.waiting.remove(place).1)
    }

    /// The unstructured overlay found something.
    pub(super) fn note_hit(&mut self, query: QueryId) {
        if let Some((_, hits)) = self.waiting.iter_mut().find(|(other, _)| *other == query) {
            *hits += 1;
        }
    }

    /// The structured overlay found a firewalled holder.
    pub(super) fn note_by_structured(&mut self, query: QueryId, holder: PeerId) {
        if !self.is_by_structured(query, holder) {
            self.by_structured.push((query, holder));
        }
    }

    /// Whether the structured overlay found a firewalled holder.
    pub(super) fn is_by_structured(&self, query: QueryId, holder: PeerId) -> bool {
        self.by_structured.contains(&(query, holder))
    }

    /// The peer has listened long enough to tell what is rare.
    pub(super) fn note_listened(&mut self) {
        self.has_listened = true;
    }

    /// Whether the peer publishes an item that it shares, with these words in its name.
    pub(super) fn publishes(&self, item: ItemId, words: &[WordId], publish: &Publish) -> bool {
        match publish {
            Publish::All => true,
            Publish::Nothing => false,
            Publish::Listed(items) => items[item.0 as usize],
            Publish::Rare { scheme, .. } => self.has_listened && self.sightings.is_rare(item, words, *scheme),
        }
    }
}

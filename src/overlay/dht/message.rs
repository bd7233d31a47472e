//! What nodes of a structured overlay send each other.
//!
//! Every message is a request or the answer to one: a ticket of the asking node's says which. What every such overlay needs
//! is said here, and each has [`Content::Own`] beside it. Sizes on the wire are the router's business: some have a codec.

use super::directory::NodeId;
use super::identifier::Identifier;
use super::router::Router;
use super::settings::StorageSettings;
use super::store::{Deposit, Holder, Known, Standing};
use super::{LookupId, ReadId, WriteId};
use crate::engine;
use crate::engine::digest::hashed;
use crate::engine::protocol::{KINDS_MAX, joined_kinds};
use crate::overlay::QueryId;

/// What a node answers that is asked for a key.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Guidance {
    /// Nodes closer to the key that it knows, the best first.
    pub closer: Vec<NodeId>,
    /// Nodes that it holds to be responsible for the key, the first of them first; only where a router tells them.
    pub owners: Vec<NodeId>,
}

/// A lookup on its way from node to node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// The key.
    pub key: Identifier,
    /// The node that wants to know.
    pub origin: NodeId,
    /// The origin's own number for it.
    pub search: u32,
    /// Nodes on its way so far, the origin excluded and the receiver included.
    pub hops: u16,
    /// Whether the answer goes back the way that this came (full-recursive) instead of straight to the origin.
    pub returns: bool,
}

/// The answer to a [`Route`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// The node that wanted to know.
    pub origin: NodeId,
    /// The origin's own number for the lookup.
    pub search: u32,
    /// Nodes on its way, the origin excluded.
    pub hops: u16,
    /// Nodes that it holds to be responsible for the key, the first of them first.
    pub owners: Vec<NodeId>,
}

/// What a node answers that is asked for what a key stands for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Values {
    /// What it stands for, as far as it was told.
    pub known: Known,
    /// The way to others who may know more.
    pub guidance: Guidance,
}

/// What a key stands for, to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// The key.
    pub key: Identifier,
    /// What is to be kept.
    pub deposit: Deposit,
    /// Why.
    pub standing: Standing,
}

/// For whom a message is sent: for the observers' books only, it is not on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The overlay itself.
    Upkeep,
    /// A lookup of the workload.
    Lookup(LookupId),
    /// A query of the workload.
    Query(QueryId),
    /// A read of a value.
    Read(ReadId),
    /// A write of a value.
    Write(WriteId),
}

/// What a message says.
#[derive(Clone, Debug)]
pub enum Content<B> {
    /// Request: who is closer to this key?
    FindNode(Identifier),
    /// Answer to [`Content::FindNode`].
    Nodes(Box<Guidance>),
    /// Request: take this lookup on.
    Route(Box<Route>),
    /// Answer to [`Content::Route`]: taken on.
    Taken,
    /// Request of the node at which a routed lookup arrived, or on its way back: here is the result.
    Arrived(Box<Arrival>),
    /// Request: are you there?
    Ping,
    /// Answer to [`Content::Ping`], [`Content::Arrived`] and [`Content::Store`]: yes.
    Pong,
    /// Request: what does this key stand for?
    FindValue(Identifier),
    /// Answer to [`Content::FindValue`].
    Values(Box<Values>),
    /// Request: keep this.
    Store(Box<Posting>),
    /// To a firewalled holder: connect to me, about this query.
    CallBack(QueryId),
    /// The router's own, requests and answers.
    Own(B),
}

/// Names of the kinds of [`Content`] that all routers share, in its order.
const COMMON_KINDS: [&str; 11] = [
    "FindNode",
    "Nodes",
    "Route",
    "Taken",
    "Arrived",
    "Ping",
    "Pong",
    "FindValue",
    "Values",
    "Store",
    "CallBack",
];

/// A message from node to node.
#[derive(Debug)]
pub struct Message<R: Router> {
    /// Whom it is from.
    pub from: NodeId,
    /// Whom it is for.
    pub to: NodeId,
    /// The asking node's own number for the request.
    pub ticket: u32,
    /// Its size on the wire.
    pub size_bytes: u32,
    /// For whom it is sent.
    pub cause: Cause,
    /// What it says.
    pub content: Content<R::Body>,
}

// By hand: a derived one would ask for routers that can be cloned.
impl<R: Router> Clone for Message<R> {
    fn clone(&self) -> Self {
        Self {
            content: self.content.clone(),
            ..*self
        }
    }
}

impl<R: Router> Message<R> {
    const ALL: &'static [&'static str; KINDS_MAX] = &joined_kinds(&COMMON_KINDS, R::KINDS);
}

impl<B> Content<B> {
    /// Whether it asks something of the network, which only who is part of it can answer. What the router's own are, it has to
    /// know itself.
    pub(super) fn is_request(&self) -> bool {
        matches!(
            self,
            Self::FindNode(_) | Self::FindValue(_) | Self::Route(_) | Self::Ping | Self::Store(_)
        )
    }

    /// Whether it says more than that its sender is alive.
    pub(super) fn says_more(&self) -> bool {
        !matches!(self, Self::Ping | Self::Pong)
    }

    /// Position in the names of kinds; `own` says it of the router's own.
    fn kind(&self, own: impl FnOnce(&B) -> usize) -> usize {
        match self {
            Self::FindNode(_) => 0,
            Self::Nodes(_) => 1,
            Self::Route(_) => 2,
            Self::Taken => 3,
            Self::Arrived(_) => 4,
            Self::Ping => 5,
            Self::Pong => 6,
            Self::FindValue(_) => 7,
            Self::Values(_) => 8,
            Self::Store(_) => 9,
            Self::CallBack(_) => 10,
            Self::Own(body) => COMMON_KINDS.len() + own(body),
        }
    }

    /// Bytes of the value that the message carries, if it carries one: beside what it is charged for holders and nodes.
    pub fn value_bytes(&self, storage: &StorageSettings) -> u32 {
        let has_value = match self {
            Self::Values(values) => matches!(values.known, Known::Value(_)),
            Self::Store(posting) => matches!(posting.deposit, Deposit::Value(..)),
            _ => false,
        };
        if has_value { storage.value_bytes } else { 0 }
    }

    fn fingerprint(&self, own: impl FnOnce(&B) -> u64) -> u64 {
        match self {
            Self::FindNode(key) | Self::FindValue(key) => key.first_bits(),
            Self::Nodes(guidance) => guidance.fingerprint(),
            Self::Values(values) => {
                let guidance = values.guidance.fingerprint();
                match &values.known {
                    Known::Nothing => guidance,
                    Known::Holders(holders) => holders.iter().copied().fold(guidance, mixed_holder),
                    Known::Value(version) => hashed(guidance, u64::from(version.0), 1),
                }
            }
            Self::Store(posting) => posting.fingerprint(),
            Self::CallBack(query) => u64::from(query.0),
            Self::Route(route) => {
                let search = u64::from(route.origin.0) << 32 | u64::from(route.search);
                let way = u64::from(route.hops) << 1 | u64::from(route.returns);
                hashed(search, way, route.key.first_bits())
            }
            Self::Arrived(arrival) => {
                let search = u64::from(arrival.origin.0) << 32 | u64::from(arrival.search);
                mixed_nodes(hashed(search, u64::from(arrival.hops), 0), &arrival.owners)
            }
            Self::Taken | Self::Ping | Self::Pong => 0,
            Self::Own(body) => own(body),
        }
    }
}

impl Guidance {
    /// Nodes in it.
    pub fn entries(&self) -> usize {
        self.closer.len() + self.owners.len()
    }

    fn fingerprint(&self) -> u64 {
        mixed_nodes(mixed_nodes(0, &self.closer), &self.owners)
    }
}

impl Posting {
    fn fingerprint(&self) -> u64 {
        let key = self.key.first_bits();
        let deposit = match &self.deposit {
            Deposit::Holders(holders) => holders.iter().fold(key, |word, (holder, lifetime)| {
                hashed(mixed_holder(word, *holder), lifetime.0, 0)
            }),
            Deposit::Value(version, lifetime) => hashed(hashed(key, u64::from(version.0), 1), lifetime.0, 0),
        };
        match self.standing {
            Standing::Replica => deposit,
            Standing::Cached => hashed(deposit, 1, 0),
        }
    }
}

fn mixed_holder(word: u64, holder: Holder) -> u64 {
    hashed(word, u64::from(holder.peer.0), u64::from(holder.firewalled))
}

/// Mixes the numbers of nodes, in their order, and how many there are into a word.
pub fn mixed_nodes(word: u64, nodes: &[NodeId]) -> u64 {
    let number = |four: &[NodeId], place: usize| four.get(place).map_or(0, |node| u64::from(node.0));
    nodes.chunks(4).fold(word ^ nodes.len() as u64, |word, four| {
        let pair = |place| number(four, place) << 32 | number(four, place + 1);
        hashed(word, pair(0), pair(2))
    })
}

impl<R: Router> engine::Message for Message<R> {
    const KINDS: &'static [&'static str] = Self::ALL.split_at(COMMON_KINDS.len() + R::KINDS.len()).0;

    fn kind(&self) -> usize {
        self.content.kind(R::kind)
    }

    fn size_bytes(&self) -> u32 {
        self.size_bytes
    }

    fn fingerprint(&self) -> u64 {
        let kind = self.content.kind(R::kind) as u64;
        let nodes = u64::from(self.from.0) << 32 | u64::from(self.to.0);
        let what = hashed(self.content.fingerprint(R::fingerprint), kind, nodes);
        hashed(what, u64::from(self.ticket), 0)
    }
}

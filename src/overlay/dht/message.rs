//! What nodes of a structured overlay send each other.
//!
//! Every message is a request or the answer to one: a ticket of the asking node's says which. What every such overlay needs
//! is said here, and each has [`Content::Own`] beside it. Sizes on the wire are the router's business: some have a codec.

use super::bloom::BloomFilter;
use super::directory::NodeId;
use super::identifier::Identifier;
use super::router::Router;
use super::settings::StorageSettings;
use super::store::{Deposit, Holder, Known, Standing};
use super::{LookupId, ReadId, WriteId};
use crate::engine;
use crate::engine::digest::hashed;
use crate::engine::protocol::{KINDS_MAX, joined_kinds};
use crate::overlay::{ItemId, QueryId, WordId};

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

/// A question for the items in whose names a word is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemsQuestion {
    /// The word's key.
    pub key: Identifier,
    /// Other words that must be in the name, too.
    pub with: Vec<WordId>,
}

/// Lists of the items of several words on their way from node to node, each of which keeps one word's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Join {
    /// The node that wants to know.
    pub origin: NodeId,
    /// The origin's own number for it.
    pub search: u32,
    /// The words, each with the node that keeps its list.
    pub words: Vec<(WordId, NodeId)>,
    /// Place in `words` of the receiver.
    pub place: u16,
    /// What the lists of those before have in common.
    pub left: Left,
}

/// What several lists of items have in common, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Left {
    /// No list was looked at.
    All,
    /// Just these.
    Items(Vec<ItemId>),
    /// Those that pass, which some others do, too.
    Filter(BloomFilter),
    /// On the way back: these, and some among them that filters let through and do not belong there.
    Candidates(Vec<ItemId>),
}

/// The result of a [`Join`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// The origin's own number for the search.
    pub search: u32,
    /// Items in whose names all words are; `None`: a node that was to keep a word's list has none.
    pub items: Option<Vec<ItemId>>,
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
    /// A query of the workload, while it is looking for items by words.
    Words(QueryId),
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
    /// Request of a node that keeps a word's list: join it with the others'.
    Join(Box<Join>),
    /// Request of the node that wants to know: here is what the lists have in common.
    Joined(Box<Joined>),
    /// Answer to [`Content::Ping`], [`Content::Arrived`], [`Content::Store`], [`Content::Join`] and [`Content::Joined`]: yes.
    Pong,
    /// Request: what does this key stand for?
    FindValue(Identifier),
    /// Request: in which items' names is this word?
    FindItems(Box<ItemsQuestion>),
    /// Answer to [`Content::FindValue`] and [`Content::FindItems`].
    Values(Box<Values>),
    /// Request: keep this.
    Store(Box<Posting>),
    /// To a firewalled holder: connect to me, about this query.
    CallBack(QueryId),
    /// The router's own, requests and answers.
    Own(B),
}

/// Names of the kinds of [`Content`] that all routers share, in its order.
const COMMON_KINDS: [&str; 14] = [
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
    "FindItems",
    "Join",
    "Joined",
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
            Self::FindNode(_)
                | Self::FindValue(_)
                | Self::FindItems(_)
                | Self::Join(_)
                | Self::Route(_)
                | Self::Ping
                | Self::Store(_)
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
            Self::FindItems(_) => 11,
            Self::Join(_) => 12,
            Self::Joined(_) => 13,
            Self::Own(body) => COMMON_KINDS.len() + own(body),
        }
    }

    /// What tells its kind from others in digests; `own` as for [`Content::kind`]. Not the position among kinds, which moves where a
    /// kind is added.
    fn mark(&self, own: impl FnOnce(&B) -> usize) -> u64 {
        const OWN: u64 = 11;
        const OF_WORDS: u64 = 1 << 32;
        match self {
            Self::FindItems(_) => OF_WORDS,
            Self::Join(_) => OF_WORDS + 1,
            Self::Joined(_) => OF_WORDS + 2,
            Self::Own(body) => OWN + own(body) as u64,
            common => common.kind(|_| unreachable!("it is no router's own")) as u64,
        }
    }

    /// Bytes of what the message carries beside what it is charged for holders and nodes: a value, words, lists of items.
    pub fn cargo_bytes(&self, storage: &StorageSettings) -> u32 {
        let value_bytes = match self {
            Self::Values(values) if matches!(values.known, Known::Value(_)) => storage.value_bytes,
            Self::Store(posting) if matches!(posting.deposit, Deposit::Value(..)) => storage.value_bytes,
            _ => 0,
        };
        // Without words there is nothing of them.
        let words_bytes = storage.keywords.map_or(0, |keywords| {
            let text_bytes = match self {
                Self::FindItems(_) | Self::Join(_) => keywords.text_bytes,
                _ => 0,
            };
            text_bytes + self.postings() * keywords.posting_bytes
        });
        value_bytes + words_bytes + self.filter_bytes()
    }

    /// Items in lists that the message carries.
    pub fn postings(&self) -> u32 {
        let items = match self {
            Self::Values(values) => match &values.known {
                Known::Items(items) => items.len(),
                _ => 0,
            },
            Self::Store(posting) => match &posting.deposit {
                Deposit::Items(items) => items.len(),
                _ => 0,
            },
            Self::Join(join) => match &join.left {
                Left::Items(items) | Left::Candidates(items) => items.len(),
                Left::All | Left::Filter(_) => 0,
            },
            Self::Joined(joined) => joined.items.as_ref().map_or(0, Vec::len),
            _ => 0,
        };
        u32::try_from(items).expect("a message carries fewer than 2^32 items")
    }

    /// Bytes of the Bloom filter that the message carries.
    pub fn filter_bytes(&self) -> u32 {
        match self {
            Self::Join(join) => match &join.left {
                Left::Filter(filter) => filter.size_bytes(),
                _ => 0,
            },
            _ => 0,
        }
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
                    Known::Items(items) => mixed_items(guidance, items),
                    Known::Value(version) => hashed(guidance, u64::from(version.0), 1),
                }
            }
            Self::FindItems(question) => {
                let words = question.with.iter().map(|word| word.0);
                mixed(question.key.first_bits(), words)
            }
            Self::Join(join) => join.fingerprint(),
            Self::Joined(joined) => match &joined.items {
                Some(items) => mixed_items(u64::from(joined.search), items),
                None => hashed(u64::from(joined.search), 1, 0),
            },
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
            Deposit::Items(items) => items.iter().fold(key, |word, (item, lifetime)| {
                hashed(word, u64::from(item.0), lifetime.0)
            }),
            Deposit::Value(version, lifetime) => hashed(hashed(key, u64::from(version.0), 1), lifetime.0, 0),
        };
        match self.standing {
            Standing::Replica => deposit,
            Standing::Cached => hashed(deposit, 1, 0),
        }
    }
}

impl Join {
    fn fingerprint(&self) -> u64 {
        let search = u64::from(self.origin.0) << 32 | u64::from(self.search);
        let words = self
            .words
            .iter()
            .fold(hashed(search, u64::from(self.place), 0), |mixed, (word, node)| {
                hashed(mixed, u64::from(word.0), u64::from(node.0))
            });
        match &self.left {
            Left::All => words,
            Left::Items(items) => mixed_items(words, items),
            Left::Filter(filter) => hashed(words, filter.fingerprint(), 1),
            Left::Candidates(items) => hashed(mixed_items(words, items), 2, 0),
        }
    }
}

fn mixed_items(word: u64, items: &[ItemId]) -> u64 {
    mixed(word, items.iter().map(|item| item.0))
}

/// Mixes numbers, in their order, into a word.
fn mixed(word: u64, numbers: impl Iterator<Item = u32>) -> u64 {
    numbers.fold(word, |word, number| hashed(word, u64::from(number), 0))
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
        let kind = self.content.mark(R::kind);
        let nodes = u64::from(self.from.0) << 32 | u64::from(self.to.0);
        let what = hashed(self.content.fingerprint(R::fingerprint), kind, nodes);
        hashed(what, u64::from(self.ticket), 0)
    }
}

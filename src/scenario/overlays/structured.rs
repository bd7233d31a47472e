//! What `[overlay.chord]` and the other structured overlays have in common, key by key, and what each has of its own.

mod build;
mod check;
mod demand;
mod memory;

pub(super) use build::{Built, directory, nodes};
pub(super) use check::upside_down;
pub(super) use demand::{Membership, Upkeep};
pub(super) use memory::list_kept;

pub(in crate::scenario) use demand::StructuredDemand;

use super::{Model, OverlayTable};
use crate::engine::Seed;
use crate::overlay::dht::{NodeId, Router, settings as dht};
use crate::scenario::build::Desk;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::{Basis, Demand};
use crate::scenario::estimate::parts::List;
use crate::scenario::schema::{Keywords, ServiceKind};
use crate::scenario::units::Duration;
use crate::underlay::Underlay;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `identifiers`: where nodes and keys lie.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Identifiers {
    /// Bits of an identifier, 1 to 160. Default: 160, those of a SHA-1 digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 160))]
    pub bits: Option<u32>,
    /// Which identifiers nodes get. Default: "sha1".
    pub placement: IdentifierPlacement,
}

/// Which identifiers nodes get.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierPlacement {
    /// The first bits of the SHA-1 digest of the node's decimal number behind a word: node 17's is that of "node 17".
    #[default]
    Sha1,
    /// Of N nodes, number i at i/N of the ring, rounded down to whole identifiers; service nodes count, and come last.
    Even,
}

/// What nodes know at time 0.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// All that are online at time 0 know each other as if nobody had come or gone for long.
    #[default]
    Warm,
    /// Only the bootstrap nodes know each other; everybody else joins through them.
    Organic,
}

/// `lookup`: how the nodes responsible for a key are found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lookup {
    /// Who asks whom. Default: "iterative".
    pub way: LookupWay,
    /// Requests of an iterative lookup under way at a time, on each path. Default: 1 for Chord (Stoica et al. 2003).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub alpha: Option<u32>,
    /// Disjoint paths of an iterative lookup (Baumgart and Mies, S/Kademlia, 2007). Default: 1.
    #[schemars(range(min = 1, max = 1000))]
    pub paths: u32,
    /// How long a node waits for an answer. Default: always 500 ms (Stoica et al. 2003, section VI).
    pub timeout: RequestTimeout,
    /// How often a request is sent again before its receiver is taken for gone. Default: 0.
    #[schemars(range(max = 100))]
    pub resends: u32,
    /// How often a recursive lookup of which nothing was heard is begun anew, at even intervals up to `give_up`. Default:
    /// 1 (our assumption).
    #[schemars(range(max = 100))]
    pub restarts: u32,
    /// After so long a lookup has failed. Default: "4 s" for Chord (Li, Stribling, Morris, Kaashoek and Gil 2005).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub give_up: Option<Duration>,
}

/// Who asks whom.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookupWay {
    /// The origin asks one node after the other.
    #[default]
    Iterative,
    /// Each node passes the lookup on to the next; the last answers straight to the origin.
    SemiRecursive,
    /// Each node passes the lookup on to the next; the answer returns the same way.
    FullRecursive,
}

/// How long a node waits for an answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestTimeout {
    /// Always as long.
    Fixed(FixedTimeout),
    /// As long as answers have taken so far, as TCP does (RFC 6298).
    Measured(MeasuredTimeout),
}

/// `timeout.fixed`: always as long.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedTimeout {
    /// Time that a node waits. Required.
    #[schemars(extend("x-positive" = true))]
    pub after: Duration,
}

/// `timeout.measured`: smoothed round-trip time and four times its variation, doubled when a request is sent again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeasuredTimeout {
    /// Before the first answer. Default: "1 s" (RFC 6298, section 2.1).
    #[schemars(extend("x-positive" = true))]
    pub initial: Duration,
    /// At least so long. Default: "200 ms" (our assumption: Linux's TCP; RFC 6298 says a second).
    #[schemars(extend("x-positive" = true))]
    pub min: Duration,
    /// At most so long. Default: "1 min" (RFC 6298, section 2.5).
    #[schemars(extend("x-positive" = true))]
    pub max: Duration,
}

/// `storage`: how nodes keep what others publish: where content is shared, who holds what.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Nodes at which a value is stored: those first responsible for its key. Default: 6 for Chord (CFS; Dabek et al. 2001,
    /// section 7), or `successors` if that is less.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub replicas: Option<u32>,
    /// How often a peer publishes what it shares anew. Default: "1 h" (Maymounkov and Mazières 2002, section 2.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub republish: Option<Duration>,
    /// How often a node stores what it keeps at the nodes that have come to be responsible for it, unless another did so since.
    /// Default: as `republish` (Maymounkov and Mazières 2002, section 2.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub replicate: Option<Duration>,
    /// How long a node keeps what was not published anew. Default: "1 d" (Maymounkov and Mazières 2002, section 2.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub expiry: Option<Duration>,
    /// Keys that a peer publishes, or that a node stores elsewhere, at a time. Default: 4 (our assumption).
    #[schemars(range(min = 1, max = 65_535))]
    pub publishes_at_once: u32,
    /// Holders named in one answer. Default: 50 (our assumption: what fits into a datagram beside the rest).
    #[schemars(range(min = 1, max = 65_535))]
    pub holders_max: u32,
    /// Whether a lookup of a value ends with the first node that knows holders; otherwise it goes on to all that are
    /// responsible for the key. Default: true (Maymounkov and Mazières 2002, section 2.3).
    pub stops_at_value: bool,
    /// Whether whoever publishes asks the nodes for the value first, because they give a token for storing with the answer
    /// (BEP 5); otherwise it only looks for them. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks_for_token: Option<bool>,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            way: LookupWay::default(),
            alpha: None,
            paths: 1,
            timeout: RequestTimeout::default(),
            resends: 0,
            restarts: 1,
            give_up: None,
        }
    }
}

impl Default for RequestTimeout {
    fn default() -> Self {
        Self::Fixed(FixedTimeout {
            after: Duration::new(500_000_000),
        })
    }
}

impl Default for MeasuredTimeout {
    fn default() -> Self {
        Self {
            initial: Duration::new(1_000_000_000),
            min: Duration::new(200_000_000),
            max: Duration::new(60_000_000_000),
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            replicas: None,
            republish: None,
            replicate: None,
            expiry: None,
            publishes_at_once: 4,
            holders_max: 50,
            stops_at_value: true,
            asks_for_token: None,
        }
    }
}

/// What structured overlays have in common, wherever in their tables it stands.
#[derive(Clone, Copy, Debug)]
pub struct Structured<'a> {
    /// The table's key, such as `overlay.chord`.
    pub key: &'static str,
    /// Where nodes and keys lie.
    pub identifiers: &'a Identifiers,
    /// Virtual nodes of a peer.
    pub nodes_per_peer: u32,
    /// What nodes know at time 0.
    pub start: Start,
    /// Service nodes through which others join.
    pub bootstrap_nodes: u32,
    /// How the nodes responsible for a key are found.
    pub lookup: &'a Lookup,
    /// How nodes keep what others publish.
    pub storage: &'a Storage,
    /// How items are found by words, if they are.
    pub keywords: Option<&'a Keywords>,
    /// Defaults that the overlay sets.
    pub defaults: StructuredDefaults,
}

/// Defaults of the keys that each structured overlay has its own for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StructuredDefaults {
    /// Of `identifiers.bits`.
    pub bits: u32,
    /// Of `lookup.alpha`.
    pub alpha: u32,
    /// Of `lookup.give_up`.
    pub give_up: Duration,
    /// Of `storage.replicas`.
    pub replicas: u32,
    /// Of `storage.republish`.
    pub republish: Duration,
    /// Of `storage.replicate`; `None`: as often as it is published anew.
    pub replicate: Option<Duration>,
    /// Of `storage.expiry`.
    pub expiry: Duration,
    /// Of `storage.asks_for_token`.
    pub asks_for_token: bool,
    /// Of `keywords.republish`; `None`: as often as things are published anew.
    pub keyword_republish: Option<Duration>,
}

impl StructuredDefaults {
    /// Sets what is not set.
    pub(crate) fn fill(
        self,
        identifiers: &mut Identifiers,
        lookup: &mut Lookup,
        storage: &mut Storage,
        keywords: Option<&mut Keywords>,
    ) {
        identifiers.bits.get_or_insert(self.bits);
        lookup.alpha.get_or_insert(self.alpha);
        lookup.give_up.get_or_insert(self.give_up);
        storage.replicas.get_or_insert(self.replicas);
        let republish = *storage.republish.get_or_insert(self.republish);
        storage
            .replicate
            .get_or_insert(self.replicate.unwrap_or(republish));
        let expiry = *storage.expiry.get_or_insert(self.expiry);
        storage.asks_for_token.get_or_insert(self.asks_for_token);
        if let Some(keywords) = keywords {
            let republish = keywords.republish(self.keyword_republish.unwrap_or(republish));
            keywords.republish = Some(republish);
            keywords.expiry = Some(keywords.expiry(republish, expiry));
        }
    }
}

impl Structured<'_> {
    /// The overlay's name: the last part of its key.
    pub fn protocol(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }

    /// Bits of an identifier.
    pub fn bits(&self) -> u32 {
        self.identifiers.bits.unwrap_or(self.defaults.bits)
    }

    /// Requests of a lookup under way at a time, on each path.
    pub fn alpha(&self) -> u32 {
        self.lookup.alpha.unwrap_or(self.defaults.alpha)
    }

    /// When a lookup has failed.
    pub fn give_up(&self) -> Duration {
        self.lookup.give_up.unwrap_or(self.defaults.give_up)
    }

    /// Nodes at which a value is stored.
    pub fn replicas(&self) -> u32 {
        self.storage.replicas.unwrap_or(self.defaults.replicas)
    }

    /// How often a peer publishes anew.
    pub fn republish(&self) -> Duration {
        self.storage.republish.unwrap_or(self.defaults.republish)
    }

    /// How often a node stores elsewhere what it keeps.
    pub fn replicate(&self) -> Duration {
        let default = || self.defaults.replicate.unwrap_or(self.republish());
        self.storage.replicate.unwrap_or_else(default)
    }

    /// Whether whoever publishes asks for a token first.
    pub fn asks_for_token(&self) -> bool {
        self.storage
            .asks_for_token
            .unwrap_or(self.defaults.asks_for_token)
    }

    /// How long a node keeps what was not published anew.
    pub fn expiry(&self) -> Duration {
        self.storage.expiry.unwrap_or(self.defaults.expiry)
    }

    /// How often words are published anew.
    pub fn keyword_republish(&self, keywords: &Keywords) -> Duration {
        let by_default = self.defaults.keyword_republish;
        keywords.republish(by_default.unwrap_or_else(|| self.republish()))
    }

    /// How long a node keeps in a word's list what was not published anew.
    pub fn keyword_expiry(&self, keywords: &Keywords) -> Duration {
        keywords.expiry(self.keyword_republish(keywords), self.expiry())
    }
}

/// What one structured overlay has of its own: all else that a scenario needs to know of its table is the same for all of them.
pub(super) trait StructuredDesign {
    /// Its routing part.
    type Router: Router;

    /// Sets what is not set and depends on other keys.
    fn fill(&mut self);

    /// Says what it alone can have wrong.
    fn check_own(&self, key: &'static str, checker: &mut Checker<'_>);

    /// Whether messages are encoded as in BitTorrent's mainline DHT.
    fn is_krpc(&self) -> bool {
        false
    }

    /// What was built, as a model.
    fn model(built: Built<Self::Router>) -> Model;

    /// Service nodes through which others join.
    fn bootstrap_nodes(&self) -> u32;

    /// What it has in common with others, where its table's key is `key`.
    fn common(&self, key: &'static str) -> Structured<'_>;

    /// The routing part's parameters.
    fn settings(&self) -> <Self::Router as Router>::Settings;

    /// The routing parts of all nodes by number, given the nodes that know each other at the start in order of their
    /// identifiers; all others have to join.
    fn routers(
        &self,
        settings: &dht::Settings<<Self::Router as Router>::Settings>,
        members: &[NodeId],
        network: &Underlay,
        seed: Seed,
    ) -> Vec<Self::Router>;

    /// Counts the entries of routing tables, and what nodes do by themselves.
    fn upkeep(&self, membership: &Membership, demand: &mut StructuredDemand) -> Upkeep;

    /// Nodes that an answer names. A lookup comes to know some three times as many.
    fn answer_contacts(&self) -> u32;

    /// Memory of a node's routing table, in bytes.
    fn table_bytes(&self, demand: &StructuredDemand) -> usize;
}

impl<D: StructuredDesign> OverlayTable for D {
    fn resolve(&mut self) {
        self.fill();
    }

    fn check(&self, key: &'static str, checker: &mut Checker<'_>) {
        check::check(&self.common(key), checker);
        self.check_own(key, checker);
    }

    fn services(&self) -> Vec<ServiceKind> {
        vec![ServiceKind::Bootstrap; self.bootstrap_nodes() as usize]
    }

    fn structured(&self, key: &'static str) -> Option<Structured<'_>> {
        Some(self.common(key))
    }

    fn sends_krpc(&self) -> bool {
        self.is_krpc()
    }

    fn build(&self, key: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        build::build(desk, self, key).map(D::model)
    }

    fn count_nodes(&self, key: &'static str, demand: &mut Demand, basis: &Basis<'_>) {
        demand::count(self, key, demand, basis);
        demand.degree = demand.structured.contacts;
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        memory::list(self, key, list);
    }
}

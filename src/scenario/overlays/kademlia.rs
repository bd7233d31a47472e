//! `[overlay.kademlia]`: every key belongs to the nodes whose identifiers differ from it in the lowest bits only.

use super::Model;
use super::structured::{
    Built, Identifiers, Lookup, Membership, Start, Storage, Structured, StructuredDefaults, StructuredDemand,
    StructuredDesign, Upkeep,
};
use crate::engine::Seed;
use crate::engine::math::ln;
use crate::overlay::dht::caches::Caching;
use crate::overlay::dht::{NodeId, settings as dht};
use crate::overlay::kademlia::{self, Settings, Wire, footprint, warm};
use crate::scenario::build::small;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::SECOND;
use crate::scenario::estimate::parts::rounded;
use crate::scenario::schema::{Keywords, yes};
use crate::scenario::units::Duration;
use crate::underlay::Underlay;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.kademlia]`: closeness is XOR (Maymounkov and Mazières, "Kademlia", IPTPS 2002).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kademlia {
    /// Whose defaults the other keys have. Default: "paper".
    pub preset: KademliaPreset,
    /// Where nodes and keys lie. Default of `bits`: 160; "kad": 128 (eMule).
    pub identifiers: Identifiers,
    /// What nodes know at time 0. Default: "warm".
    pub start: Start,
    /// Service nodes that are always online and part of the network, and through which others join; none only where nobody ever
    /// joins. Default: 1.
    #[schemars(range(max = 65_535))]
    pub bootstrap_nodes: u32,
    /// k: contacts in a bucket, and nodes that a lookup ends with. Default: 20 (section 2.2); "kad": 10 (eMule); "mainline": 8
    /// (BEP 5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub bucket_contacts: Option<u32>,
    /// Nodes that wait for a place in a bucket. Default: as many as `bucket_contacts` (our assumption; section 4.1 names no
    /// number).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1000))]
    pub replacement_contacts: Option<u32>,
    /// b: bits of the identifier that one level of the routing table resolves. Default: 1 (section 2.2); "kad": 3, eight ways
    /// to a level (eMule).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub bits_per_level: Option<u32>,
    /// A bucket in which nothing was looked up for so long is refreshed. Default: "1 h" (section 2.3); "mainline": "15 min"
    /// (BEP 5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub refresh: Option<Duration>,
    /// Whether the contact of a full bucket that was heard of longest ago is asked for a sign of life before a new one may take
    /// its place; otherwise the new one waits until a contact fails (section 4.1). Pings and their answers are no reason to ask
    /// another: each would be in turn, in a large network without end. Default: true (section 2.2).
    #[serde(default = "yes")]
    pub pings_before_eviction: bool,
    /// Requests in a row without an answer after which a contact is dropped. Default: 1 (section 2.2); "kad" and "mainline": 2
    /// (BEP 5: "multiple").
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31))]
    pub failures_max: Option<u32>,
    /// Whether whoever found what a key stands for by an iterative lookup stores a copy at the closest node that answered and did
    /// not tell it. Default: true (section 2.3), unless `storage.stops_at_value` is false: lookups then go past all copies; "kad"
    /// and "mainline": false (eMule's sources; BEP 5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caches_on_path: Option<bool>,
    /// Such a copy is kept for `storage.expiry`, halved for every so many nodes between its keeper and the node closest to the
    /// key. Default: as many as `bucket_contacts` (our assumption; section 2.3: "exponentially inversely proportional", to no
    /// base).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub cache_halving_nodes: Option<u32>,
    /// What messages are charged as. Default: 20 bytes and 4 for every identifier or contact (p2psim; Li et al. 2005);
    /// "mainline": `krpc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<KademliaWire>,
    /// How the nodes responsible for a key are found. Defaults: `alpha` 3 (section 2.3), or
    /// `bucket_contacts` if that is less, `give_up` "10 s" (our assumption).
    pub lookup: Lookup,
    /// How nodes keep what others publish. Default of `replicas`: as many as `bucket_contacts` (section 2.3); of times: published
    /// anew after a day, stored elsewhere after an hour, forgotten after a day (section 2.5); "kad": five hours for all (eMule's
    /// sources); "mainline": published anew after 15 minutes, forgotten after 30 and never stored elsewhere (libtorrent).
    pub storage: Storage,
    /// How items are found by the words of their names. Default: they are not, but by the keys of their content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Keywords>,
}

/// Whose defaults other keys have.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KademliaPreset {
    /// The paper's.
    #[default]
    Paper,
    /// Those of eMule's KAD.
    Kad,
    /// Those of BitTorrent's mainline DHT (BEP 5).
    Mainline,
}

/// What messages are charged as.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KademliaWire {
    /// As BitTorrent's mainline DHT encodes them, with IPv4 and UDP headers (BEP 5).
    Krpc(Krpc),
    /// So much for any message, and so much for every identifier or contact in it.
    Plain(PlainWire),
}

/// `wire.krpc`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Krpc {}

/// `wire.plain`: p2psim's convention (Li, Stribling, Morris, Kaashoek and Gil 2005).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlainWire {
    /// Size of a message that carries nothing, in bytes, headers included. Default: 20.
    #[schemars(range(max = 65_535))]
    pub header_bytes: u32,
    /// Size of an identifier or contact in a message, in bytes. Default: 4.
    #[schemars(range(max = 65_535))]
    pub entry_bytes: u32,
}

const MINUTE_NS: u64 = 60_000_000_000;
const HOUR_NS: u64 = 60 * MINUTE_NS;

impl Kademlia {
    /// k.
    pub fn bucket_contacts(&self) -> u32 {
        self.bucket_contacts.unwrap_or(match self.preset {
            KademliaPreset::Paper => 20,
            KademliaPreset::Kad => 10,
            KademliaPreset::Mainline => 8,
        })
    }

    /// Nodes that wait for a place in a bucket.
    pub fn replacement_contacts(&self) -> u32 {
        self.replacement_contacts
            .unwrap_or_else(|| self.bucket_contacts())
    }

    /// b.
    pub fn bits_per_level(&self) -> u32 {
        self.bits_per_level.unwrap_or(match self.preset {
            KademliaPreset::Paper | KademliaPreset::Mainline => 1,
            KademliaPreset::Kad => 3,
        })
    }

    /// When buckets are refreshed.
    pub fn refresh(&self) -> Duration {
        self.refresh.unwrap_or(Duration::new(match self.preset {
            KademliaPreset::Paper | KademliaPreset::Kad => HOUR_NS,
            KademliaPreset::Mainline => 15 * MINUTE_NS,
        }))
    }

    /// When contacts are dropped.
    pub fn failures_max(&self) -> u32 {
        self.failures_max.unwrap_or(match self.preset {
            KademliaPreset::Paper => 1,
            KademliaPreset::Kad | KademliaPreset::Mainline => 2,
        })
    }

    /// Whether copies are stored on the way to a key.
    pub fn caches_on_path(&self) -> bool {
        let by_default = self.preset == KademliaPreset::Paper && self.storage.stops_at_value;
        self.caches_on_path.unwrap_or(by_default)
    }

    /// Nodes that halve the time for which a copy is kept.
    pub fn cache_halving_nodes(&self) -> u32 {
        self.cache_halving_nodes.unwrap_or_else(|| self.bucket_contacts())
    }

    /// What messages are charged as.
    pub fn wire(&self) -> KademliaWire {
        let wire = self.wire.clone();
        wire.unwrap_or_else(|| match self.preset {
            KademliaPreset::Paper | KademliaPreset::Kad => KademliaWire::Plain(PlainWire::default()),
            KademliaPreset::Mainline => KademliaWire::Krpc(Krpc {}),
        })
    }

    fn defaults(&self) -> StructuredDefaults {
        let (republish_ns, replicate_ns, expiry_ns) = match self.preset {
            KademliaPreset::Paper => (24 * HOUR_NS, HOUR_NS, 24 * HOUR_NS),
            KademliaPreset::Kad => (5 * HOUR_NS, 5 * HOUR_NS, 5 * HOUR_NS),
            // What is not announced again is gone before it could be stored elsewhere.
            KademliaPreset::Mainline => (15 * MINUTE_NS, 30 * MINUTE_NS, 30 * MINUTE_NS),
        };
        StructuredDefaults {
            bits: match self.preset {
                KademliaPreset::Paper | KademliaPreset::Mainline => 160,
                KademliaPreset::Kad => 128,
            },
            alpha: self.bucket_contacts().min(3),
            give_up: Duration::new(10_000_000_000),
            replicas: self.bucket_contacts(),
            republish: Duration::new(republish_ns),
            replicate: Some(Duration::new(replicate_ns)),
            expiry: Duration::new(expiry_ns),
            asks_for_token: self.preset == KademliaPreset::Mainline,
            keyword_republish: (self.preset == KademliaPreset::Kad).then_some(Duration::new(24 * HOUR_NS)),
        }
    }
}

impl Default for Kademlia {
    fn default() -> Self {
        Self {
            preset: KademliaPreset::default(),
            identifiers: Identifiers::default(),
            start: Start::default(),
            bootstrap_nodes: 1,
            bucket_contacts: None,
            replacement_contacts: None,
            bits_per_level: None,
            refresh: None,
            pings_before_eviction: true,
            failures_max: None,
            caches_on_path: None,
            cache_halving_nodes: None,
            wire: None,
            lookup: Lookup::default(),
            storage: Storage::default(),
            keywords: None,
        }
    }
}

impl Default for PlainWire {
    fn default() -> Self {
        Self {
            header_bytes: 20,
            entry_bytes: 4,
        }
    }
}

impl StructuredDesign for Kademlia {
    type Router = kademlia::Kademlia;

    fn fill(&mut self) {
        self.bucket_contacts = Some(self.bucket_contacts());
        self.replacement_contacts = Some(self.replacement_contacts());
        self.bits_per_level = Some(self.bits_per_level());
        self.refresh = Some(self.refresh());
        self.failures_max = Some(self.failures_max());
        self.caches_on_path = Some(self.caches_on_path());
        self.cache_halving_nodes = Some(self.cache_halving_nodes());
        self.wire = Some(self.wire());
        let defaults = self.defaults();
        defaults.fill(
            &mut self.identifiers,
            &mut self.lookup,
            &mut self.storage,
            self.keywords.as_mut(),
        );
    }

    fn check_own(&self, key: &'static str, checker: &mut Checker<'_>) {
        buckets(checker, &self.common(key), self);
    }

    fn is_krpc(&self) -> bool {
        matches!(self.wire(), KademliaWire::Krpc(_))
    }

    fn model(built: Built<Self::Router>) -> Model {
        match built {
            Built::Sharing(setup, frame) => Model::Kademlia(setup, frame),
            Built::Lookups(setup, frame) => Model::KademliaLookups(setup, frame),
        }
    }

    fn bootstrap_nodes(&self) -> u32 {
        self.bootstrap_nodes
    }

    fn common(&self, key: &'static str) -> Structured<'_> {
        Structured {
            key,
            identifiers: &self.identifiers,
            nodes_per_peer: 1,
            start: self.start,
            bootstrap_nodes: self.bootstrap_nodes,
            lookup: &self.lookup,
            storage: &self.storage,
            keywords: self.keywords.as_ref(),
            defaults: self.defaults(),
        }
    }

    fn settings(&self) -> Settings {
        let tiny = |number: u32| u8::try_from(number).expect("the scenario bounds counts");
        Settings {
            bucket_contacts: small(self.bucket_contacts()),
            replacement_contacts: small(self.replacement_contacts()),
            bits_per_level: tiny(self.bits_per_level()),
            refresh_ns: self.refresh().ns(),
            pings_before_eviction: self.pings_before_eviction,
            failures_max: tiny(self.failures_max()),
            caching: self.caches_on_path().then(|| Caching {
                halving_nodes: small(self.cache_halving_nodes()),
            }),
            wire: match self.wire() {
                KademliaWire::Krpc(_) => Wire::Krpc,
                KademliaWire::Plain(plain) => Wire::Plain {
                    header_bytes: plain.header_bytes,
                    entry_bytes: plain.entry_bytes,
                },
            },
            is_captured: false,
        }
    }

    fn routers(
        &self,
        settings: &dht::Settings<Settings>,
        members: &[NodeId],
        _: &Underlay,
        seed: Seed,
    ) -> Vec<kademlia::Kademlia> {
        warm(settings, members, seed)
    }

    /// Buckets are refreshed, and those who join look themselves and all buckets up.
    fn upkeep(&self, membership: &Membership, demand: &mut StructuredDemand) -> Upkeep {
        // Buckets that are not full are no more than the few closest ones.
        let ways = (1_u32 << self.bits_per_level()) - 1;
        let per_level = f64::from(ways) / f64::from(self.bits_per_level());
        let contacts = f64::from(self.bucket_contacts());
        let levels = (membership.doublings - ln(contacts.max(1.0)) / ln(2.0)).max(1.0);
        let buckets = levels * per_level;
        demand.fingers = buckets;
        demand.contacts = (buckets + 1.0) * contacts;
        let refreshes_per_s = membership.nodes * buckets * SECOND / (self.refresh().ns() as f64).max(1.0);
        let lookups = refreshes_per_s + membership.joining_per_s * (buckets + 1.0);
        Upkeep {
            recurring: 2.0,
            // A lookup asks about as many nodes as it ends with, besides those on the way.
            requests: lookups * contacts,
            lookups,
        }
    }

    fn answer_contacts(&self) -> u32 {
        self.bucket_contacts()
    }

    fn table_bytes(&self, demand: &StructuredDemand) -> usize {
        // Nobody waits for a place in a bucket that is not full, or at the start.
        let waiting = f64::from(self.replacement_contacts()) * demand.fingers;
        let waiting = rounded(waiting.min(demand.heard));
        footprint::table_bytes(rounded(demand.fingers), rounded(demand.contacts), waiting)
    }
}

/// What Kademlia alone can have wrong.
fn buckets(c: &mut Checker<'_>, overlay: &Structured<'_>, kademlia: &Kademlia) {
    let table = overlay.key;
    let key_of = |name: &str| format!("{table}.{name}");
    let contacts = kademlia.bucket_contacts();
    for (name, count, why) in [
        (
            "lookup.alpha",
            kademlia.lookup.alpha,
            "a lookup asks none beyond these",
        ),
        (
            "storage.replicas",
            kademlia.storage.replicas,
            "the nodes that a lookup ends with",
        ),
    ] {
        let key = key_of(name);
        if let Some(count) = count.filter(|count| *count > contacts) {
            c.say(
                &key,
                &[&key_of("bucket_contacts"), &key_of("preset")],
                format!("`{key}` ({count}) is more than `bucket_contacts` ({contacts}): {why}"),
                "more than `bucket_contacts`",
                "",
            );
        }
    }
    if kademlia.caches_on_path == Some(true) && !kademlia.storage.stops_at_value {
        let key = key_of("caches_on_path");
        c.say(
            &key,
            &[&key_of("storage.stops_at_value")],
            format!("`{key}` has no part where `storage.stops_at_value` is false"),
            "lookups would go past all copies",
            "keep one of the two",
        );
    }
    let (bits, width) = (kademlia.bits_per_level(), overlay.bits());
    if bits > width {
        let key = key_of("bits_per_level");
        c.say(
            &key,
            &[&key_of("identifiers.bits"), &key_of("preset")],
            format!("`{key}` ({bits}) is more than the bits of an identifier ({width})"),
            "more than `identifiers.bits`",
            "",
        );
    }
}

//! `[overlay]`: how content is found.

use super::action::ServiceKind;
use super::central::Central;
use super::chord::Chord;
use super::client_server::ClientServer;
use super::hybrid::{Hybrid, StructuredPart};
use super::kademlia::Kademlia;
use super::structured::Structured;
use super::super_peer::SuperPeer;
use super::tracker::Tracker;
use super::yes;
use crate::scenario::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How content is found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlay {
    /// Unstructured: queries spread from neighbour to neighbour.
    Gnutella(Box<Gnutella>),
    /// Structured: a ring on which every key belongs to the next node.
    Chord(Box<Chord>),
    /// Structured: every key belongs to the nodes whose identifiers differ from it in the lowest bits only.
    Kademlia(Box<Kademlia>),
    /// Index servers know who shares what.
    Central(Box<Central>),
    /// Trackers know who takes part in the swarm of each item.
    Tracker(Box<Tracker>),
    /// Servers hold everything.
    ClientServer(Box<ClientServer>),
    /// Some peers answer for the others, and queries spread among them.
    SuperPeer(Box<SuperPeer>),
    /// An unstructured overlay and a structured one side by side.
    Hybrid(Box<Hybrid>),
}

impl Overlay {
    /// What structured overlays have in common, alone or as part of a hybrid; `None`: there is none.
    pub fn structured(&self) -> Option<Structured<'_>> {
        match self {
            Self::Gnutella(_)
            | Self::Central(_)
            | Self::Tracker(_)
            | Self::ClientServer(_)
            | Self::SuperPeer(_) => None,
            Self::Chord(chord) => Some(chord.structured("overlay.chord")),
            Self::Kademlia(kademlia) => Some(kademlia.structured("overlay.kademlia")),
            Self::Hybrid(hybrid) => Some(hybrid.structured()),
        }
    }

    /// The overlay's key, if its peers make their own links; `None`: they begin with those of a graph.
    pub fn without_graph(&self) -> Option<&'static str> {
        match self {
            Self::Gnutella(_) => None,
            Self::Hybrid(hybrid) => hybrid.gnutella().is_none().then_some("overlay.hybrid"),
            Self::Chord(_) => Some("overlay.chord"),
            Self::Kademlia(_) => Some("overlay.kademlia"),
            Self::Central(_) => Some("overlay.central"),
            Self::Tracker(_) => Some("overlay.tracker"),
            Self::ClientServer(_) => Some("overlay.client_server"),
            Self::SuperPeer(overlay) => overlay.groups().is_none().then_some("overlay.super_peer"),
        }
    }

    /// Number of servers that are asked who has what, or have it; `None`: there are none.
    pub fn servers(&self) -> Option<u32> {
        if let Self::ClientServer(overlay) = self {
            return Some(overlay.servers);
        }
        let trackers = self.tracker().map(|(_, tracker)| tracker.servers);
        let indexes = self.central().map(|(_, central)| central.servers());
        indexes.or(trackers)
    }

    /// Super-peers and their clients, if that is what it is.
    pub fn super_peer(&self) -> Option<&SuperPeer> {
        match self {
            Self::SuperPeer(overlay) => Some(overlay),
            _ => None,
        }
    }

    /// Kinds of its service nodes.
    pub fn service_kinds(&self) -> Vec<ServiceKind> {
        let has_caches = |(_, gnutella): (&str, &Gnutella)| gnutella.maintenance == Maintenance::Full;
        let kinds = [
            (ServiceKind::HostCache, self.gnutella().is_some_and(has_caches)),
            (ServiceKind::IndexServer, self.central().is_some()),
            (ServiceKind::Tracker, self.tracker().is_some()),
            (
                ServiceKind::SuperPeerCache,
                self.super_peer().is_some_and(|overlay| overlay.caches > 0),
            ),
            (ServiceKind::Server, matches!(self, Self::ClientServer(_))),
            (
                ServiceKind::Bootstrap,
                self.structured()
                    .is_some_and(|structured| structured.bootstrap_nodes > 0),
            ),
        ];
        kinds
            .into_iter()
            .filter_map(|(kind, is_there)| is_there.then_some(kind))
            .collect()
    }

    /// Gnutella, alone or as part of a hybrid, and the key of its table; `None`: there is none.
    pub fn gnutella(&self) -> Option<(&'static str, &Gnutella)> {
        match self {
            Self::Gnutella(gnutella) => Some(("overlay.gnutella", gnutella)),
            Self::Hybrid(hybrid) => hybrid.gnutella(),
            _ => None,
        }
    }

    /// Index servers, alone or as part of a hybrid, and the key of their table; `None`: there are none.
    pub fn central(&self) -> Option<(&'static str, &Central)> {
        match self {
            Self::Central(central) => Some(("overlay.central", central)),
            Self::Hybrid(hybrid) => hybrid.central(),
            _ => None,
        }
    }

    /// Trackers, alone or as part of a hybrid, and the key of their table; `None`: there are none.
    pub fn tracker(&self) -> Option<(&'static str, &Tracker)> {
        match self {
            Self::Tracker(tracker) => Some(("overlay.tracker", tracker)),
            Self::Hybrid(hybrid) => hybrid.tracker(),
            _ => None,
        }
    }

    /// Chord, alone or as part of a hybrid.
    pub fn chord(&self) -> Option<&Chord> {
        match self {
            Self::Chord(chord) => Some(chord),
            Self::Hybrid(hybrid) => match &hybrid.structured {
                StructuredPart::Chord(chord) => Some(chord),
                StructuredPart::Kademlia(_) => None,
            },
            _ => None,
        }
    }

    /// Kademlia, alone or as part of a hybrid.
    pub fn kademlia(&self) -> Option<&Kademlia> {
        match self {
            Self::Kademlia(kademlia) => Some(kademlia),
            Self::Hybrid(hybrid) => match &hybrid.structured {
                StructuredPart::Kademlia(kademlia) => Some(kademlia),
                StructuredPart::Chord(_) => None,
            },
            _ => None,
        }
    }

    /// Whether it is a hybrid.
    pub fn is_hybrid(&self) -> bool {
        matches!(self, Self::Hybrid(_))
    }

    /// Whether messages are encoded as in BitTorrent's mainline DHT, and nothing else is sent.
    pub fn sends_krpc(&self) -> bool {
        match self {
            Self::Kademlia(kademlia) => kademlia.sends_krpc(),
            Self::Hybrid(hybrid) => match &hybrid.structured {
                StructuredPart::Kademlia(kademlia) => kademlia.sends_krpc(),
                StructuredPart::Chord(_) => false,
            },
            _ => false,
        }
    }
}

/// `[overlay.gnutella]`: the Gnutella protocol (Clip2, "The Gnutella Protocol Specification v0.4", 2001).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gnutella {
    /// Version of the protocol. Default: "0.4".
    pub version: GnutellaVersion,
    /// Whether servents look after their links. Default: "full".
    pub maintenance: Maintenance,
    /// How queries spread. Default: flood with TTL 7.
    pub search: Search,
    /// Largest TTL of a flood; 255 is the byte's limit. Default: 7 for live networks (Gnutella 0.6 draft, section 2.2:
    /// TTL plus hops should not exceed 7), 255 under `maintenance = "none"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 255))]
    pub max_ttl: Option<u32>,
    /// How many links a servent keeps.
    pub degree: Degree,
    /// How servents look for others and for life on their links.
    pub ping: Ping,
    /// A neighbour that was silent for so long, at least 1 s, is taken for gone; after half of it, it is asked for a sign
    /// of life. Default: "1 min".
    #[schemars(extend("x-positive" = true))]
    pub idle_timeout: Duration,
    /// After so long without an answer an attempt to connect has failed. Default: "5 s".
    #[schemars(extend("x-positive" = true))]
    pub connect_timeout: Duration,
    /// How long a servent remembers the GUIDs of descriptors and the way back. Default: "10 min".
    #[schemars(extend("x-positive" = true))]
    pub guid_expiry: Duration,
    /// Addresses of others that a servent remembers. Default: 100.
    #[schemars(range(min = 1, max = 65_535))]
    pub known_addresses: u32,
    /// The host cache that servents ask for addresses when they know none.
    pub host_cache: HostCache,
}

/// Version of the Gnutella protocol.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
pub enum GnutellaVersion {
    /// All servents are equal.
    #[default]
    #[serde(rename = "0.4")]
    V04,
}

/// Whether servents look after their links.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// They ping, notice dead links and replace them.
    #[default]
    Full,
    /// No pings, no handshakes: the graph stays as given.
    None,
}

/// How queries spread.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// To all neighbours, theirs, and so on.
    Flood(Flood),
    /// Along random walks (Lv, Cao, Cohen, Li, Shenker 2002).
    Walk(Walk),
}

/// `search.flood`: every servent passes a query on to all neighbours but the one it came from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Flood {
    /// TTL as sent by the origin, 1 to 255; the workload's file may set another per query. Default: 7.
    #[schemars(range(min = 1, max = 255))]
    pub ttl: u32,
}

/// `search.walk`: independent random walkers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Walk {
    /// Walkers per query. Default: 32 (Lv et al. 2002).
    #[schemars(range(min = 1, max = 65_535))]
    pub walkers: u32,
    /// Steps that each walker makes at most. Default: 1024.
    #[schemars(range(min = 1))]
    pub ttl: u32,
    /// Every so many steps a walker asks the origin whether to go on; 0: it stops at the first hit of its own.
    /// Default: 4 (Lv et al. 2002).
    pub check_every: u32,
    /// Whether a walker does not go straight back where it came from, unless there is no other way. Default: true.
    #[serde(default = "yes")]
    pub avoid_return: bool,
    /// How long a walker waits for the origin's word before it dies. Default: "10 s".
    #[schemars(extend("x-positive" = true))]
    pub check_timeout: Duration,
}

/// `degree`: how many links a servent keeps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Degree {
    /// With fewer links it looks for more. Default: 3. (Ripeanu et al. 2002: mean degree 3.4.)
    #[schemars(range(min = 1, max = 65_535))]
    pub min: u32,
    /// With as many links it refuses more. Default: 8.
    #[schemars(range(min = 1, max = 65_535))]
    pub max: u32,
}

/// `ping`: how servents look for others and for life on their links.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ping {
    /// TTL of pings, 1 to 255. Default: 2.
    #[schemars(range(min = 1, max = 255))]
    pub ttl: u32,
    /// How often each servent pings; new neighbours are pinged at once. Default: "5 min".
    #[schemars(extend("x-positive" = true))]
    pub every: Duration,
}

/// `host_cache`: a node of its own with an address, which knows who asked it lately.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostCache {
    /// Addresses it remembers, the latest ones. Default: 1000.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub addresses_kept: u32,
    /// Addresses it gives at a time. Default: 20.
    #[schemars(range(min = 1, max = 65_535))]
    pub addresses_given: u32,
    /// After how long an unsuccessful servent asks again: the first time; then it doubles. Default: "5 s".
    #[schemars(extend("x-positive" = true))]
    pub retry: Duration,
    /// Longest time between two questions. Default: "5 min".
    #[schemars(extend("x-positive" = true))]
    pub retry_max: Duration,
}

impl Gnutella {
    /// Sets what is not set and depends on other keys.
    pub(crate) fn resolve(&mut self) {
        let live = self.maintenance == Maintenance::Full;
        self.max_ttl.get_or_insert(if live { 7 } else { 255 });
    }
}

impl Default for Gnutella {
    fn default() -> Self {
        Self {
            version: GnutellaVersion::default(),
            maintenance: Maintenance::default(),
            search: Search::Flood(Flood::default()),
            max_ttl: None,
            degree: Degree::default(),
            ping: Ping::default(),
            idle_timeout: Duration::new(60_000_000_000),
            connect_timeout: Duration::new(5_000_000_000),
            guid_expiry: Duration::new(600_000_000_000),
            known_addresses: 100,
            host_cache: HostCache::default(),
        }
    }
}

impl Default for Flood {
    fn default() -> Self {
        Self { ttl: 7 }
    }
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            walkers: 32,
            ttl: 1024,
            check_every: 4,
            avoid_return: true,
            check_timeout: Duration::new(10_000_000_000),
        }
    }
}

impl Default for Degree {
    fn default() -> Self {
        Self { min: 3, max: 8 }
    }
}

impl Default for Ping {
    fn default() -> Self {
        Self {
            ttl: 2,
            every: Duration::new(300_000_000_000),
        }
    }
}

impl Default for HostCache {
    fn default() -> Self {
        Self {
            addresses_kept: 1000,
            addresses_given: 20,
            retry: Duration::new(5_000_000_000),
            retry_max: Duration::new(300_000_000_000),
        }
    }
}

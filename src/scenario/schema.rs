//! What a scenario file may hold: one struct per table, one field per key.
//!
//! The comment on a field is its documentation in the JSON Schema, with unit, default and source. Choices are enums
//! whose variants are tables of their own (`[underlay.latency.matrix]`). A key that must be there has no default;
//! defaults that depend on other keys are `None` here until the scenario is resolved, and say so.

mod action;
mod content;
mod keywords;
mod laws;
mod peers;
mod sharing;
mod source_exchange;
mod sweep;
mod topology;
mod underlay;
mod workload;

pub use action::{Action, Depart, FailServers, Heal, Join, Partition, RemoveBestConnected, ServiceKind};
pub use content::{Content, Copies, Holders, Popularity, Replicas, ReplicasFile, Zipf};
pub use keywords::{BloomJoin, ContentKeywords, KeywordJoin, Keywords, ListsAtOrigin};
pub use laws::{
    Exponential, Fixed, FixedSize, LengthLaw, LogNormal, LogNormalSize, Pareto, SizeLaw, Uniform,
    UniformSize, Weibull,
};
pub use peers::{
    Arrivals, Churn, ChurnStart, Group, Link, LogNormalShare, ParetoShare, Peers, PeersFile, PoissonArrivals,
    SessionTrace, ShareLaw, TraceAssignment,
};
pub use sharing::{Sharing, SourceOrder, Verification};
pub use source_exchange::{SourceExchange, SourceExchangePreset};
pub(crate) use sweep::chosen;
pub use sweep::{Combination, Sweep, Swept};
pub use topology::{
    Configuration, Grid, Hypercube, PowerLaw, Preferential, RandomGraph, RegularGraph, SmallWorld, Topology,
    TopologyFile, Tree,
};
pub use underlay::{
    ConstantLatency, EdgeLatency, Jitter, JitterExponential, JitterUniform, Latency, LatencyKind,
    LatencyUnit, MatrixAssignment, MatrixLatency, MissingEntries, PlaneLatency, Underlay,
};
pub use workload::{
    FlashCrowd, LookupsFile, PoissonWorkload, RandomLookups, TransfersFile, ValuesWorkload, Workload,
    WorkloadFile,
};

pub use super::overlays::Overlay;
pub use super::overlays::central::{Central, CentralPreset, CentralWire};
pub use super::overlays::chord::{Chord, ChordMaintenance, FingerOrder, TimeRange};
pub use super::overlays::client_server::ClientServer;
pub use super::overlays::gnutella::{
    Degree, Flood, Gnutella, GnutellaVersion, HostCache, Maintenance, Ping, Search, Walk,
};
pub use super::overlays::hybrid::{
    AllMembers, BothAtOnce, Hybrid, HybridGateway, HybridMembers, HybridPublish, HybridSearch, MemberGroups,
    PublishAll, PublishNothing, Rare, RareOracle, RareSampledHits, RareSampledNeighbours, RareTermFrequency,
    StructuredOnly, StructuredPart, UnstructuredFirst, UnstructuredOnly, UnstructuredPart, WellConnected,
};
pub use super::overlays::kademlia::{Kademlia, KademliaPreset, KademliaWire, Krpc, PlainWire};
pub use super::overlays::structured::{
    FixedTimeout, IdentifierPlacement, Identifiers, Lookup, LookupWay, MeasuredTimeout, RequestTimeout,
    Start, Storage, Structured, StructuredDefaults,
};
pub use super::overlays::super_peer::{
    SuperPeer, SuperPeerGroups, SuperPeerIndex, SuperPeerPreset, SuperPeerStart, SuperPeerWire,
};
pub use super::overlays::tracker::{Tracker, TrackerWire};

use super::units::{Bytes, Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

impl Scenario {
    /// The number of peers, if the scenario alone says it and not a file that it names.
    pub fn peers_declared(&self) -> Option<u64> {
        let peers = &self.peers;
        if peers.count.is_some() {
            return peers.count;
        }
        if peers.file.is_some() || matches!(self.topology, Some(Topology::File(_))) {
            return None;
        }
        let own = self.topology.as_ref().and_then(Topology::own_nodes);
        let counts = peers.groups.iter().map(|group| group.count);
        own.or_else(|| counts.sum::<Option<u64>>().filter(|&sum| sum > 0))
    }

    /// Whether items are found by words under which lists of items are kept.
    pub fn finds_by_words(&self) -> bool {
        let structured = self.overlay.as_ref().and_then(Overlay::structured);
        structured.is_some_and(|overlay| overlay.keywords.is_some())
    }

    /// The overlay's name, as its table has it; empty if there is none.
    pub fn overlay_name(&self) -> String {
        let table = self
            .overlay
            .as_ref()
            .and_then(|overlay| toml::Table::try_from(overlay).ok());
        let name = table.and_then(|table| table.into_iter().next());
        name.map_or_else(String::new, |(name, _)| name)
    }

    /// Whether messages are encoded as in BitTorrent's mainline DHT.
    pub fn sends_krpc(&self) -> bool {
        self.overlay.as_ref().is_some_and(Overlay::sends_krpc)
    }

    /// Calls `visit` with the key and the path of every file that the scenario names, in a fixed order. Paths are as
    /// written: relative to the scenario file.
    pub fn visit_files(&mut self, visit: &mut dyn FnMut(&'static str, &mut String)) {
        if let Some(file) = &mut self.peers.file {
            visit("peers.file.path", &mut file.path);
        }
        if let Some(trace) = &mut self.peers.sessions {
            visit("peers.sessions.path", &mut trace.path);
        }
        if let Latency::Matrix(matrix) = &mut self.underlay.latency {
            visit("underlay.latency.matrix.path", &mut matrix.path);
        }
        if let Some(Topology::File(file)) = &mut self.topology {
            visit("topology.file.path", &mut file.path);
        }
        let replicas = self
            .content
            .as_mut()
            .and_then(|content| content.replicas.as_mut());
        if let Some(Replicas::File(file)) = replicas {
            visit("content.replicas.file.path", &mut file.path);
        }
        match &mut self.workload {
            Some(Workload::File(file)) => visit("workload.file.path", &mut file.path),
            Some(Workload::Transfers(file)) => visit("workload.transfers.path", &mut file.path),
            Some(Workload::Lookups(file)) => visit("workload.lookups.path", &mut file.path),
            Some(
                Workload::Poisson(_)
                | Workload::FlashCrowd(_)
                | Workload::RandomLookups(_)
                | Workload::Values(_),
            )
            | None => {}
        }
    }
}

/// An empty table: a choice without settings of its own, written `name = {}`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A scenario: everything a run depends on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What the scenario shows, in a few words; stands over plots. Default: "untitled".
    #[serde(default = "untitled")]
    pub title: String,
    /// What all randomness grows from: 0 to 9223372036854775807. Default: 1.
    #[serde(default = "seed")]
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// Simulated time of the whole run, warm-up included; at most 100 years. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["2 h"]))]
    pub duration: Duration,
    /// Simulated time at the beginning that statistics leave out; less than the duration. Default: "0 s".
    #[serde(default)]
    pub warm_up: Duration,
    /// What observers note.
    #[serde(default)]
    pub observe: Observe,
    /// What a run may use before it is refused.
    #[serde(default)]
    pub limits: Limits,
    /// Who the peers are.
    #[serde(default)]
    pub peers: Peers,
    /// What carries messages and bytes.
    #[serde(default)]
    pub underlay: Underlay,
    /// The links that peers begin with. Default: none; peers find their neighbours through the host cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology: Option<Topology>,
    /// How content is found. Default: none; peers exchange no messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<Overlay>,
    /// What there is to be found. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Who asks for what, and when. Default: nobody asks for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// How what was found is downloaded. Default: nothing is downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<Sharing>,
    /// What happens to the peers at set times, in any order of entry. Default: nothing.
    #[serde(default, rename = "action", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Values of keys that `servent sweep` plays in all combinations; all other verbs take the scenario as it stands. Default:
    /// none.
    #[serde(default, skip_serializing_if = "Sweep::is_empty")]
    pub sweep: Sweep,
}

/// `[observe]`: what observers note; nothing here changes what peers do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Observe {
    /// For which queries the truth (live and reachable replicas) is recorded. Default: "full".
    pub truth: Truth,
    /// Share of the queries whose truth is recorded under `truth = "sample"`. Default: 0.1.
    pub truth_share: Share,
    /// Interval between two rows of `series.csv`. Default: a 120th of the duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub sample_every: Option<Duration>,
    /// Interval at which invariants of the overlay are checked: a row of `invariants.csv` for each. Default: they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub invariants_every: Option<Duration>,
}

/// For which queries the truth is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// For every query.
    Full,
    /// For a random sample of the queries.
    Sample,
    /// For none: the columns stay empty.
    Off,
}

/// `[limits]`: checked before work starts.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Estimated memory above which a run is refused; `--memory-limit` goes before it. Default: what the machine has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub memory: Option<Bytes>,
}

impl Default for Observe {
    fn default() -> Self {
        Self {
            truth: Truth::Full,
            truth_share: Share::constant(0.1),
            sample_every: None,
            invariants_every: None,
        }
    }
}

fn untitled() -> String {
    "untitled".to_owned()
}

fn seed() -> u64 {
    1
}

/// For fields that are on unless switched off.
pub(super) fn yes() -> bool {
    true
}

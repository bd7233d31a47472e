//! `[overlay.super_peer]`: some peers answer for the others, and queries spread among them.

mod build;
mod check;
mod memory;

pub(in crate::scenario) use memory::SuperPeerDemand;

use super::{Model, OverlayTable};
use crate::overlay::super_peer::{IndexKind, Wire};
use crate::scenario::build::Desk;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::{Basis, Demand};
use crate::scenario::estimate::parts::List;
use crate::scenario::schema::{Nothing, ServiceKind};
use crate::scenario::units::{Duration, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.super_peer]`: some peers, the super-peers, answer for the others, their clients, and flood queries among themselves (Yang
/// and Garcia-Molina, "Designing a Super-Peer Network", ICDE 2003; Liang, Kumar and Ross, "Understanding KaZaA", 2004). Every client
/// has the super-peers of one cluster. A hit goes back the way of its query. Super-peers make themselves known to caches, which tell
/// their addresses.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuperPeer {
    /// Whose defaults the other keys have. Default: "fasttrack".
    pub preset: SuperPeerPreset,
    /// Who is a super-peer at time 0. Default: `drawn`.
    pub start: SuperPeerStart,
    /// Peers in a cluster that are aimed at, its super-peers included (as Yang and Garcia-Molina count). Default: 100 (Liang et al.:
    /// 30,000 supernodes for three million peers); "gnutella": 31 (LimeWire: 30 leaves).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1_000_000))]
    pub cluster_size: Option<u32>,
    /// Most clients that a super-peer takes; when it has as many, it asks one of them to become a super-peer, to which half of the
    /// others go (Yang and Garcia-Molina, section 5.3). Default: 1.5 times `cluster_size` (Liang et al.: 60 to 150; otherwise our
    /// assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub clients_max: Option<u32>,
    /// k: super-peers of a cluster. A client is registered with all of them; queries go to each in turns; those of neighbouring clusters
    /// are linked each with each (Yang and Garcia-Molina, section 3.2). Default: 1.
    #[schemars(range(min = 1, max = 100))]
    pub redundancy: u32,
    /// Neighbouring clusters that a super-peer looks for, and has at time 0 if there are so many. Default: 50 (Liang et al.: 40 to 60);
    /// "gnutella": 32 (`X-Degree` of dynamic queries).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub out_degree: Option<u32>,
    /// Neighbouring clusters with which a super-peer accepts no more. Default: 1.5 times `out_degree` (our assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub out_degree_max: Option<u32>,
    /// Hops that a query makes from super-peer to super-peer; the workload's file may set others per query. Default: 2 (our assumption:
    /// FastTrack's messages are encrypted); "gnutella": 3 (`X-Max-TTL` of dynamic queries, which are none here: every query goes so far).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 255))]
    pub ttl: Option<u32>,
    /// What a super-peer knows of what its clients share. Default: "metadata"; preset "gnutella": "routing".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<SuperPeerIndex>,
    /// Most holders that a super-peer names in an answer; of more it draws so many. Default: 255 (Gnutella: the number of results is a
    /// byte).
    #[schemars(range(min = 1, max = 1_000_000))]
    pub answers_max: u32,
    /// Slowest uplink of a super-peer; without access links all are fast enough. Firewalled peers are never super-peers. Default:
    /// "80 kbit/s" (Gnutella 0.6 draft, section 3.2.1.1: 10 kB/s).
    pub uplink_min: Rate,
    /// Slowest downlink of a super-peer. Default: "120 kbit/s" (as above: 15 kB/s).
    pub downlink_min: Rate,
    /// How long a peer has been online when it becomes a super-peer; those of the start need not have been. Default: "10 min" (our
    /// assumption); "gnutella": "1 h" (LimeWire 5: an average of 3,600 s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime_min: Option<Duration>,
    /// How long a peer waits until a super-peer lets it in, or links with it. Default: "5 s" (as `overlay.gnutella.connect_timeout`).
    #[schemars(extend("x-positive" = true))]
    pub login_timeout: Duration,
    /// When a peer that found nobody asks a cache again: the first time; then it doubles. Default: "5 s" (as Gnutella's).
    #[schemars(extend("x-positive" = true))]
    pub retry: Duration,
    /// Longest time between two such questions. Default: "5 min" (as Gnutella's), or `retry` if that is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub retry_max: Option<Duration>,
    /// How often peers say that they are still there: clients to their super-peers, which answer, and super-peers to neighbours and
    /// caches. Default: "1 min" (as `overlay.gnutella.idle_timeout`).
    #[schemars(extend("x-positive" = true))]
    pub keep_alive: Duration,
    /// A client, a neighbour or (at a cache) a super-peer of which nothing was heard for so long is taken for gone. Default: three times
    /// `keep_alive` (our assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub expiry: Option<Duration>,
    /// A client whose super-peer does not answer within so long that it is still there turns to another. Default: "10 s" (our
    /// assumption).
    #[schemars(extend("x-positive" = true))]
    pub answer_timeout: Duration,
    /// How long peers remember the GUIDs of queries and the way back. Default: "10 min" (as Gnutella's).
    #[schemars(extend("x-positive" = true))]
    pub guid_expiry: Duration,
    /// Caches: service nodes that tell addresses of super-peers. Default: 1.
    #[schemars(range(min = 1, max = 65_535))]
    pub caches: u32,
    /// Addresses that a cache, or a super-peer that somebody turns to, gives at a time. Default: 10 (the pongs of one answer in the
    /// 0.6 draft).
    #[schemars(range(min = 1, max = 10_000))]
    pub addresses_given: u32,
    /// Addresses of super-peers that a peer remembers. Default: 20 (our assumption: with more, a peer tries many that are long gone).
    #[schemars(range(min = 1, max = 65_535))]
    pub known_addresses: u32,
    /// What messages are charged as.
    pub wire: SuperPeerWire,
}

/// Whose defaults other keys have.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuperPeerPreset {
    /// Those of FastTrack, the network of Kazaa.
    #[default]
    Fasttrack,
    /// Those of Gnutella with ultrapeers and leaves.
    Gnutella,
}

/// What a super-peer knows of what its clients share.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuperPeerIndex {
    /// What files they have: it answers for them.
    Metadata,
    /// Whether they may have something (query routing tables, Rohrs 2002; perfect ones, which pass nothing in vain): it passes queries on
    /// to those, which answer themselves.
    Routing,
}

/// Who is a super-peer at time 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuperPeerStart {
    /// Of the peers online at time 0 that are fast enough and can be connected to, as many as make clusters of `cluster_size`, drawn at
    /// random. Their clusters are linked at random, `out_degree` to each, and the others are dealt out evenly.
    Drawn(Nothing),
    /// Those of some groups, all that are online at time 0 and can be connected to. With a `[topology.file]` its links say who is linked
    /// with whom, also where that is more than `out_degree`, and whose client everybody else is; without one, it is drawn as above.
    Groups(SuperPeerGroups),
    /// Nobody.
    Organic(Nothing),
}

/// `start.groups`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuperPeerGroups {
    /// Names of the groups. Required.
    #[schemars(length(min = 1))]
    pub names: Vec<String>,
}

/// `wire`: sizes of messages. All but closed connections have the header; the other keys say what follows it, texts, names and addresses
/// apart. Defaults are those of Gnutella where it has the message.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuperPeerWire {
    /// Header of any message, in bytes; a sign of life is nothing else. Default: 23 (Gnutella's).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub header_bytes: Option<u32>,
    /// Request to be let in, or to be linked, in bytes. Default: 66 (with the header 89, the two parts of a handshake of Gnutella 0.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub login_bytes: Option<u32>,
    /// The answer to it, in bytes, without addresses. Default: 41 (with the header 64, the other part).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub accepted_bytes: Option<u32>,
    /// A file in the list of what a client shares, in bytes; where the index is "metadata" its name comes on top. Default: 32 (with a
    /// name of 40, Yang and Garcia-Molina's 72); "routing": 3 (Rohrs: some 12 kB for 12,000 keywords; three a file, our assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub file_bytes: Option<u32>,
    /// A file that is no longer shared, in bytes. Default: 20 (a hash; our assumption); "routing": 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub withdrawn_bytes: Option<u32>,
    /// Query, in bytes, without its text. Default: 3 (Gnutella's).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub query_bytes: Option<u32>,
    /// Answer without the holders, in bytes. Default: 1 (their number).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub hit_bytes: Option<u32>,
    /// A holder in an answer, in bytes, without the file's name. Default: 36 (with the above, all that a `QueryHit` of Gnutella says).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub holder_bytes: Option<u32>,
    /// An address in a list of super-peers, in bytes. Default: 6 (address and port).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub address_bytes: Option<u32>,
    /// To a holder's super-peer, and from it to the holder: somebody is to be called back; in bytes. Default: 26 (Gnutella's `Push`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub call_back_bytes: Option<u32>,
    /// What is said when a client becomes a super-peer, or shall go to another, in bytes, without addresses. Default: 6 (our assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub promotion_bytes: Option<u32>,
    /// Question to a cache, or announcement there, in bytes. Default: 7 (the block `SCP` of UDP host caches).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub cache_request_bytes: Option<u32>,
    /// The answer, in bytes, without addresses. Default: 20 (a `Pong` with the block `IPP`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub cache_reply_bytes: Option<u32>,
    /// The whole of what closes a connection, in bytes. Default: 40 (TCP and IP headers).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub close_bytes: Option<u32>,
}

const SECOND_NS: u64 = 1_000_000_000;
const MINUTE_NS: u64 = 60 * SECOND_NS;

/// Half as many again, rounded up.
fn half_more(count: u32) -> u32 {
    count.saturating_add(count.div_ceil(2))
}

impl SuperPeer {
    fn is_gnutella(&self) -> bool {
        self.preset == SuperPeerPreset::Gnutella
    }

    /// Peers in a cluster.
    pub fn cluster_size(&self) -> u32 {
        self.cluster_size
            .unwrap_or(if self.is_gnutella() { 31 } else { 100 })
    }

    /// Most clients of a super-peer.
    pub fn clients_max(&self) -> u32 {
        self.clients_max.unwrap_or_else(|| half_more(self.cluster_size()))
    }

    /// Neighbouring clusters that are looked for.
    pub fn out_degree(&self) -> u32 {
        self.out_degree
            .unwrap_or(if self.is_gnutella() { 32 } else { 50 })
    }

    /// Neighbouring clusters with which no more are accepted.
    pub fn out_degree_max(&self) -> u32 {
        self.out_degree_max
            .unwrap_or_else(|| half_more(self.out_degree()))
    }

    /// Hops from super-peer to super-peer.
    pub fn ttl(&self) -> u32 {
        self.ttl.unwrap_or(if self.is_gnutella() { 3 } else { 2 })
    }

    /// What a super-peer knows of its clients.
    pub fn index(&self) -> SuperPeerIndex {
        self.index.unwrap_or(if self.is_gnutella() {
            SuperPeerIndex::Routing
        } else {
            SuperPeerIndex::Metadata
        })
    }

    /// How long a super-peer has been online before.
    pub fn uptime_min(&self) -> Duration {
        let minutes = if self.is_gnutella() { 60 } else { 10 };
        self.uptime_min.unwrap_or(Duration::new(minutes * MINUTE_NS))
    }

    /// Longest time between two questions to caches.
    pub fn retry_max(&self) -> Duration {
        self.retry_max
            .unwrap_or_else(|| self.retry.max(Duration::new(5 * MINUTE_NS)))
    }

    /// When silence means absence.
    pub fn expiry(&self) -> Duration {
        self.expiry
            .unwrap_or_else(|| Duration::new(self.keep_alive.ns().saturating_mul(3)))
    }

    /// What messages are charged as.
    pub fn wire(&self) -> Wire {
        let own = &self.wire;
        let by_default = match self.index() {
            SuperPeerIndex::Metadata => Wire::METADATA,
            SuperPeerIndex::Routing => Wire::ROUTING,
        };
        Wire {
            header: own.header_bytes.unwrap_or(by_default.header),
            login: own.login_bytes.unwrap_or(by_default.login),
            accepted: own.accepted_bytes.unwrap_or(by_default.accepted),
            file: own.file_bytes.unwrap_or(by_default.file),
            withdrawn: own.withdrawn_bytes.unwrap_or(by_default.withdrawn),
            query: own.query_bytes.unwrap_or(by_default.query),
            hit: own.hit_bytes.unwrap_or(by_default.hit),
            holder: own.holder_bytes.unwrap_or(by_default.holder),
            address: own.address_bytes.unwrap_or(by_default.address),
            call_back: own.call_back_bytes.unwrap_or(by_default.call_back),
            promotion: own.promotion_bytes.unwrap_or(by_default.promotion),
            cache_request: own.cache_request_bytes.unwrap_or(by_default.cache_request),
            cache_reply: own.cache_reply_bytes.unwrap_or(by_default.cache_reply),
            close: own.close_bytes.unwrap_or(by_default.close),
        }
    }

    /// The groups whose peers are super-peers at time 0, where the scenario says so.
    pub fn groups(&self) -> Option<&[String]> {
        match &self.start {
            SuperPeerStart::Groups(groups) => Some(&groups.names),
            SuperPeerStart::Drawn(_) | SuperPeerStart::Organic(_) => None,
        }
    }
}

impl From<SuperPeerIndex> for IndexKind {
    fn from(index: SuperPeerIndex) -> Self {
        match index {
            SuperPeerIndex::Metadata => Self::Metadata,
            SuperPeerIndex::Routing => Self::Routing,
        }
    }
}

impl Default for SuperPeer {
    fn default() -> Self {
        Self {
            preset: SuperPeerPreset::default(),
            start: SuperPeerStart::default(),
            cluster_size: None,
            clients_max: None,
            redundancy: 1,
            out_degree: None,
            out_degree_max: None,
            ttl: None,
            index: None,
            answers_max: 255,
            uplink_min: Rate::new(80_000),
            downlink_min: Rate::new(120_000),
            uptime_min: None,
            login_timeout: Duration::new(5 * SECOND_NS),
            retry: Duration::new(5 * SECOND_NS),
            retry_max: None,
            keep_alive: Duration::new(MINUTE_NS),
            expiry: None,
            answer_timeout: Duration::new(10 * SECOND_NS),
            guid_expiry: Duration::new(10 * MINUTE_NS),
            caches: 1,
            addresses_given: 10,
            known_addresses: 20,
            wire: SuperPeerWire::default(),
        }
    }
}

impl Default for SuperPeerStart {
    fn default() -> Self {
        Self::Drawn(Nothing {})
    }
}

impl OverlayTable for SuperPeer {
    fn resolve(&mut self) {
        let wire = self.wire();
        self.clients_max = Some(self.clients_max());
        self.out_degree_max = Some(self.out_degree_max());
        self.retry_max = Some(self.retry_max());
        self.expiry = Some(self.expiry());
        self.cluster_size = Some(self.cluster_size());
        self.out_degree = Some(self.out_degree());
        self.ttl = Some(self.ttl());
        self.index = Some(self.index());
        self.uptime_min = Some(self.uptime_min());
        self.wire = SuperPeerWire {
            header_bytes: Some(wire.header),
            login_bytes: Some(wire.login),
            accepted_bytes: Some(wire.accepted),
            file_bytes: Some(wire.file),
            withdrawn_bytes: Some(wire.withdrawn),
            query_bytes: Some(wire.query),
            hit_bytes: Some(wire.hit),
            holder_bytes: Some(wire.holder),
            address_bytes: Some(wire.address),
            call_back_bytes: Some(wire.call_back),
            promotion_bytes: Some(wire.promotion),
            cache_request_bytes: Some(wire.cache_request),
            cache_reply_bytes: Some(wire.cache_reply),
            close_bytes: Some(wire.close),
        };
    }

    fn check(&self, _: &'static str, checker: &mut Checker<'_>) {
        check::check(self, checker);
    }

    fn services(&self) -> Vec<ServiceKind> {
        vec![ServiceKind::SuperPeerCache; self.caches as usize]
    }

    /// Where groups say who is a super-peer, a graph says who is with whom.
    fn makes_links(&self) -> bool {
        self.groups().is_none()
    }

    fn talk_of_strangers(&self) -> Option<&'static str> {
        Some("`overlay.super_peer`")
    }

    /// The TTL is a byte.
    fn ttl_max(&self) -> Option<u32> {
        Some(u32::from(u8::MAX))
    }

    fn build(&self, _: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        build::build(desk, self)
    }

    fn count_nodes(&self, _: &'static str, demand: &mut Demand, _: &Basis<'_>) {
        demand.peers += f64::from(self.caches);
        demand.online += f64::from(self.caches);
        demand.degree = f64::from(self.redundancy);
    }

    fn count_traffic(&self, demand: &mut Demand, basis: &Basis<'_>) {
        demand.super_peer = memory::demand(self, demand, basis.seconds());
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        memory::list(key, list);
    }
}

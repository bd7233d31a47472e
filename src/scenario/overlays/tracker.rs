//! `[overlay.tracker]`: trackers know who takes part in the swarm of each item.

use super::servers::{self, ServersDemand, list_service};
use super::unstructured::{self, Start, UnstructuredDesign, clients_and_servers};
use super::{Model, OverlayTable};
use crate::engine::Protocol;
use crate::overlay::servers::Servers;
use crate::overlay::tracker::{self, Settings, Wire, footprint};
use crate::scenario::build::Desk;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::{Basis, Demand, SECOND};
use crate::scenario::estimate::parts::{List, RUN, SMALL_BLOCKS, bytes, rounded};
use crate::scenario::schema::{Link, ServiceKind};
use crate::scenario::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.tracker]`: peers announce every item that they have or look for to its tracker, which names others that have it (van der
/// Spek, "UDP Tracker Protocol for BitTorrent", BEP 15). Whoever looks for an item is named to others from the first verified chunk on
/// where `sharing.announce_partial` is on, and from the last on where it is not; BitTorrent's trackers name it at once, with nothing
/// to give. Firewalled peers are named and cannot be reached: nobody has them call back, and they do not connect to others in order
/// to serve them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tracker {
    /// Trackers: service nodes that are always online unless an action has them fail. The items are divided among them by their
    /// numbers. Default: 1.
    #[schemars(range(min = 1, max = 65_535))]
    pub servers: u32,
    /// Access link of each tracker. Default: none; infinite rates, no time for serialisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// How often a peer announces an item again that it has or fetches; it is told of others again while it fetches. Default: "30 min"
    /// (opentracker: `OT_CLIENT_REQUEST_INTERVAL`).
    #[schemars(extend("x-positive" = true))]
    pub interval: Duration,
    /// A peer that did not announce an item for so long is named no longer. Default: one and a half times `interval` (opentracker:
    /// `OT_PEER_TIMEOUT`, 45 min).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub expiry: Option<Duration>,
    /// Most peers that a tracker names in an answer; of more it draws so many. Default: 50 (BEP 15, whose example has so many).
    #[schemars(range(min = 1, max = 1_000_000))]
    pub numwant: u32,
    /// How long a peer may announce with the number that a tracker gave it. Default: "1 min" (BEP 15).
    #[schemars(extend("x-positive" = true))]
    pub connection: Duration,
    /// How long a peer waits for an answer before it tries anew: the first time; then it doubles. Default: "15 s" (BEP 15).
    #[schemars(extend("x-positive" = true))]
    pub timeout: Duration,
    /// How often it does so before it leaves the tracker alone for `interval`. Default: 8 (BEP 15).
    #[schemars(range(max = 64))]
    pub retries: u32,
    /// What messages are charged as.
    pub wire: TrackerWire,
}

/// `wire`: sizes of messages, in bytes. Every message has the header; the other keys say what follows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrackerWire {
    /// Headers of a datagram. Default: 28 (IPv4 20, UDP 8).
    #[schemars(range(max = 65_535))]
    pub header_bytes: u32,
    /// Request for a number with which to announce. Default: 16 (BEP 15).
    #[schemars(range(min = 1, max = 65_535))]
    pub connect_bytes: u32,
    /// The answer to it. Default: 16 (BEP 15).
    #[schemars(range(min = 1, max = 65_535))]
    pub connected_bytes: u32,
    /// Announcement, or taking one's leave. Default: 98 (BEP 15).
    #[schemars(range(min = 1, max = 65_535))]
    pub announce_bytes: u32,
    /// The answer to it without the peers that it names. Default: 20 (BEP 15).
    #[schemars(range(min = 1, max = 65_535))]
    pub answer_bytes: u32,
    /// A peer in it. Default: 6 (BEP 15: address and port).
    #[schemars(range(max = 65_535))]
    pub peer_bytes: u32,
}

const SECOND_NS: u64 = 1_000_000_000;

impl Default for Tracker {
    fn default() -> Self {
        Self {
            servers: 1,
            link: None,
            interval: Duration::new(1_800 * SECOND_NS),
            expiry: None,
            numwant: 50,
            connection: Duration::new(60 * SECOND_NS),
            timeout: Duration::new(15 * SECOND_NS),
            retries: 8,
            wire: TrackerWire::default(),
        }
    }
}

impl Default for TrackerWire {
    fn default() -> Self {
        let wire = Wire::UDP;
        Self {
            header_bytes: wire.header,
            connect_bytes: wire.connect,
            connected_bytes: wire.connected,
            announce_bytes: wire.announce,
            answer_bytes: wire.answer,
            peer_bytes: wire.member,
        }
    }
}

impl Tracker {
    /// When a peer that does not announce is named no longer.
    pub fn expiry(&self) -> Duration {
        let by_default = || {
            let interval_ns = self.interval.ns();
            Duration::new(interval_ns.saturating_add(interval_ns / 2))
        };
        self.expiry.unwrap_or_else(by_default)
    }

    /// What messages are charged as.
    pub fn wire(&self) -> Wire {
        Wire {
            header: self.wire.header_bytes,
            connect: self.wire.connect_bytes,
            connected: self.wire.connected_bytes,
            announce: self.wire.announce_bytes,
            answer: self.wire.answer_bytes,
            member: self.wire.peer_bytes,
        }
    }
}

impl OverlayTable for Tracker {
    fn resolve(&mut self) {
        self.expiry = Some(self.expiry());
    }

    /// Whoever announces in time stays in the swarm.
    fn check(&self, key: &'static str, checker: &mut Checker<'_>) {
        let (interval, expiry) = (self.interval, self.expiry());
        if expiry <= interval {
            let expiry_key = format!("{key}.expiry");
            checker.say(
                &expiry_key,
                &[&format!("{key}.interval")],
                format!("`{expiry_key}` ({expiry}) is not above `interval` ({interval})"),
                "everybody would be struck off in between",
                "leave it out, or make it longer than `interval`",
            );
        }
    }

    fn services(&self) -> Vec<ServiceKind> {
        vec![ServiceKind::Tracker; self.servers as usize]
    }

    fn build(&self, key: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        let (setup, frame) = unstructured::build(desk, self, key)?;
        Some(Model::Tracker(setup, frame))
    }

    fn count_nodes(&self, _: &'static str, demand: &mut Demand, _: &Basis<'_>) {
        servers::count(self.servers, demand);
    }

    /// At the start everybody asks its trackers for a number at once, and then announces everything.
    fn count_traffic(&self, demand: &mut Demand, _: &Basis<'_>) {
        let copies = demand.replicas + demand.downloads;
        let per_peer = copies / demand.peers.max(1.0);
        let at_start = demand.online * (per_peer + f64::from(self.servers).min(per_peer));
        let again_per_s = copies * SECOND / self.interval.ns() as f64;
        let latency_s = demand.latency_ns / SECOND;
        demand.servers = ServersDemand {
            in_flight: at_start + (4.0 * demand.queries_per_s + 2.0 * again_per_s) * latency_s,
            // To announce again, and to lose patience.
            timers: 2.0 * demand.online * per_peer,
            files: per_peer,
            lists: demand.items.min(copies),
            sharers: copies / demand.items.max(1.0),
            holders: (copies / demand.items.max(1.0)).min(f64::from(self.numwant)),
            ..ServersDemand::default()
        };
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        unstructured::list(self, key, list);
    }
}

impl UnstructuredDesign for Tracker {
    type Overlay = tracker::Tracker;

    fn service_link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<tracker::Tracker>) {
        let servers = Servers::after(start.cast.peers(), self.servers);
        let client = || tracker::Tracker::client(servers);
        (
            settings(self),
            clients_and_servers(start, client, tracker::Tracker::server),
        )
    }

    fn list_kept<P: Protocol>(&self, key: &'static str, list: &mut List<'_>) {
        let (demand, servers) = (list.demand, list.demand.servers);
        let client = bytes(footprint::client_bytes(rounded(servers.files))) * SMALL_BLOCKS;
        list.add(("what clients keep", "peers", key), demand.online, client, &RUN);
        let swarm = bytes(footprint::swarm_bytes(rounded(servers.sharers))) * SMALL_BLOCKS;
        list.add(("swarms", "items", key), servers.lists, swarm, &RUN);
        let answers = bytes(footprint::answer_bytes(rounded(servers.holders)));
        let answered = (demand.queries_per_s * demand.latency_ns / 1e9).min(demand.queries);
        list.add(("answers in flight", "answers", key), answered, answers, &RUN);
        list_service::<P>(key, list);
    }
}

fn settings(overlay: &Tracker) -> Settings {
    Settings {
        interval_ns: overlay.interval.ns(),
        expiry_ns: overlay.expiry().ns(),
        numwant: overlay.numwant,
        connection_ns: overlay.connection.ns(),
        timeout_ns: overlay.timeout.ns(),
        retries: overlay.retries,
        wire: overlay.wire(),
    }
}

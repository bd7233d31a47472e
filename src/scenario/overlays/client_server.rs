//! `[overlay.client_server]`: servers hold everything.

use super::servers::{self, ServersDemand, list_service};
use super::unstructured::{self, Start, UnstructuredDesign, clients_and_servers};
use super::{Model, OverlayTable};
use crate::engine::Protocol;
use crate::overlay::client_server::{self, Settings, footprint};
use crate::overlay::servers::Servers;
use crate::scenario::build::peers::Cast;
use crate::scenario::build::{Desk, small};
use crate::scenario::estimate::demand::{Basis, Demand, SECOND};
use crate::scenario::estimate::parts::{List, RUN, SMALL_BLOCKS, bytes, rounded};
use crate::scenario::schema::{Link, ServiceKind};
use crate::scenario::units::Duration;
use crate::sharing::FileServers;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.client_server]`: servers hold everything in the catalogue, and peers fetch from them alone. What peers hold by
/// `[content.replicas]` they hold, as under any other overlay, and serve to nobody.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientServer {
    /// Service nodes that hold the whole catalogue and are always online unless an action has them fail. A peer asks one of them,
    /// drawn for every query from the peer's own random stream, and after a time-out the next. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 65_535))]
    pub servers: u32,
    /// Access link of each server: one whose link is never full is no baseline. Required.
    pub link: Link,
    /// Downloads that a server serves at a time, instead of `sharing.upload_slots`. Default: 256 (`MaxRequestWorkers` of the Apache
    /// HTTP server).
    #[serde(default = "upload_slots")]
    #[schemars(range(min = 1, max = 65_535))]
    pub upload_slots: u32,
    /// Downloads that wait for a slot at a server, instead of `sharing.queue_max`; further ones are told to come back. Default: 511
    /// (`ListenBacklog` of the Apache HTTP server).
    #[serde(default = "queue_max")]
    #[schemars(range(max = 65_535))]
    pub queue_max: u32,
    /// How long a peer waits for a server's answer before it asks the next; it asks each once. Default: "30 s" (as
    /// `sharing.response_timeout`; our assumption).
    #[serde(default = "answer_timeout")]
    #[schemars(extend("x-positive" = true))]
    pub answer_timeout: Duration,
    /// Size of a query without its text, in bytes. Default: 300 (as `sharing.request_bytes`; our assumption).
    #[serde(default = "head_bytes")]
    #[schemars(range(min = 1, max = 65_535))]
    pub query_bytes: u32,
    /// Size of an answer, in bytes. Default: 300 (as `sharing.answer_bytes`; our assumption).
    #[serde(default = "head_bytes")]
    #[schemars(range(min = 1, max = 65_535))]
    pub answer_bytes: u32,
}

fn one() -> u32 {
    1
}

fn upload_slots() -> u32 {
    256
}

fn queue_max() -> u32 {
    511
}

fn answer_timeout() -> Duration {
    Duration::new(30_000_000_000)
}

fn head_bytes() -> u32 {
    300
}

impl OverlayTable for ClientServer {
    fn services(&self) -> Vec<ServiceKind> {
        vec![ServiceKind::Server; self.servers as usize]
    }

    fn file_servers(&self) -> Option<(u32, &Link)> {
        Some((self.servers, &self.link))
    }

    fn build(&self, key: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        let (setup, frame) = unstructured::build(desk, self, key)?;
        Some(Model::ClientServer(setup, frame))
    }

    fn count_nodes(&self, _: &'static str, demand: &mut Demand, _: &Basis<'_>) {
        servers::count(self.servers, demand);
    }

    fn count_traffic(&self, demand: &mut Demand, _: &Basis<'_>) {
        let answer_s = self.answer_timeout.ns() as f64 / SECOND;
        demand.servers = ServersDemand {
            in_flight: (2.0 * demand.queries_per_s * demand.latency_ns / SECOND)
                .min(demand.queries)
                .max(1.0),
            timers: (demand.queries_per_s * answer_s).min(demand.queries),
            searches: 1.0,
            ..ServersDemand::default()
        };
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        unstructured::list(self, key, list);
    }
}

impl UnstructuredDesign for ClientServer {
    type Overlay = client_server::ClientServer;

    fn service_link(&self) -> Option<&Link> {
        Some(&self.link)
    }

    fn serving(&self, cast: &Cast) -> Option<FileServers> {
        Some(FileServers {
            nodes: cast.peers()..cast.plan.nodes(),
            upload_slots: small(self.upload_slots),
            queue_max: small(self.queue_max),
        })
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<client_server::ClientServer>) {
        let servers = Servers::after(start.cast.peers(), self.servers);
        let settings = Settings {
            answer_timeout_ns: self.answer_timeout.ns(),
            query_bytes: self.query_bytes,
            answer_bytes: self.answer_bytes,
        };
        let client = || client_server::ClientServer::client(servers);
        (
            settings,
            clients_and_servers(start, client, client_server::ClientServer::server),
        )
    }

    fn list_kept<P: Protocol>(&self, key: &'static str, list: &mut List<'_>) {
        let asking = list.demand.queries.min(list.demand.peers);
        let asked = bytes(footprint::asked_bytes(rounded(list.demand.servers.searches))) * SMALL_BLOCKS;
        list.add(("what clients keep", "peers", key), asking, asked, &RUN);
        list_service::<P>(key, list);
    }
}

//! Files fetched from servers.

use super::graph;
use super::network;
use super::peers;
use super::programme;
use super::sharing::{self, Parts};
use super::structured::small;
use super::{Desk, Model};
use crate::overlay::client_server::{ClientServer, Settings};
use crate::overlay::servers::Servers;
use crate::scenario::schema::{self, ServiceKind};
use crate::sharing::{FileServers, FileSharing};

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::ClientServer) -> Option<Model> {
    let services = vec![ServiceKind::Server.name(); overlay.servers as usize];
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &services, None)?;
    let mut draft = sharing::draft(desk, &source, &cast)?;
    draft.serve_from(FileServers {
        nodes: cast.peers()..cast.plan.nodes(),
        upload_slots: small(overlay.upload_slots),
        queue_max: small(overlay.queue_max),
    });
    let graph = graph::graph(desk, source, cast.peers(), &[])?;
    let network = network::underlay_with(
        desk,
        cast.plan.nodes(),
        &cast.population,
        Some((&overlay.link, overlay.servers as usize)),
        graph,
    );
    let programme = programme::programme(desk, &cast);
    let servers = Servers::after(cast.peers(), overlay.servers);
    let clients = (0..cast.peers()).map(|_| ClientServer::client(servers));
    let nodes = clients.chain(servers.all().map(|_| ClientServer::server()));
    let parts = Parts {
        settings: Settings {
            answer_timeout_ns: overlay.answer_timeout.ns(),
            query_bytes: overlay.query_bytes,
            answer_bytes: overlay.answer_bytes,
        },
        peers: nodes.map(FileSharing::new).collect(),
        reach: None,
    };
    let (setup, frame) = sharing::setup(desk, draft, cast, network, programme, parts)?;
    Some(Model::ClientServer(setup, frame))
}

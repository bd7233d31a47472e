//! File sharing over index servers.

use super::graph;
use super::hybrid::{Start, UnstructuredDesign};
use super::network;
use super::peers;
use super::programme;
use super::sharing::{self, Parts};
use super::{Desk, Model};
use crate::overlay::central::{Central, Settings};
use crate::overlay::servers::Servers;
use crate::scenario::schema::{self, ServiceKind};
use crate::sharing::FileSharing;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Central) -> Option<Model> {
    let services = overlay.services();
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &services, None)?;
    let draft = sharing::draft(desk, &source, &cast)?;
    let graph = graph::graph(desk, source, cast.peers(), &[])?;
    let network = network::underlay_with(
        desk,
        cast.plan.nodes(),
        &cast.population,
        overlay.service_link().map(|link| (link, services.len())),
        graph,
    );
    let programme = programme::programme(desk, &cast);
    let parts = Parts {
        settings: settings(overlay),
        peers: nodes(overlay, cast.peers()).map(FileSharing::new).collect(),
        reach: None,
    };
    let (setup, frame) = sharing::setup(desk, draft, cast, network, programme, parts)?;
    Some(Model::Central(setup, frame))
}

/// Clients, and the servers after them.
fn nodes(overlay: &schema::Central, peers: u32) -> impl Iterator<Item = Central> {
    let servers = Servers::after(peers, overlay.servers());
    let asks_others = overlay.ask_others();
    let clients = (0..peers).map(move |_| Central::client(servers, asks_others));
    clients.chain(servers.all().map(|_| Central::server()))
}

impl UnstructuredDesign for schema::Central {
    type Overlay = Central;

    fn services(&self) -> Vec<&'static str> {
        vec![ServiceKind::IndexServer.name(); self.servers() as usize]
    }

    fn service_link(&self) -> Option<&schema::Link> {
        self.link.as_ref()
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<Central>) {
        let own = nodes(self, start.cast.peers());
        let others = start.cast.plan.service_nodes().skip(start.services.len());
        (
            settings(self),
            own.chain(others.map(|_| Central::server())).collect(),
        )
    }
}

fn settings(overlay: &schema::Central) -> Settings {
    Settings {
        login_timeout_ns: overlay.login_timeout().ns(),
        retry_ns: overlay.retry().ns(),
        retry_ns_max: overlay.retry_max().ns(),
        keep_alive_ns: overlay.keep_alive().ns(),
        expiry_ns: overlay.expiry().ns(),
        answer_timeout_ns: overlay.answer_timeout().ns(),
        answers_max: overlay.answers_max(),
        enough_answers: overlay.enough_answers(),
        ask_every_ns: overlay.ask_every().ns(),
        wire: overlay.wire(),
    }
}

//! File sharing over trackers.

use super::graph;
use super::hybrid::{Start, UnstructuredDesign};
use super::network;
use super::peers;
use super::programme;
use super::sharing::{self, Parts};
use super::{Desk, Model};
use crate::overlay::servers::Servers;
use crate::overlay::tracker::{Settings, Tracker};
use crate::scenario::schema::{self, ServiceKind};
use crate::sharing::FileSharing;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Tracker) -> Option<Model> {
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
    Some(Model::Tracker(setup, frame))
}

/// Clients, and the trackers after them.
fn nodes(overlay: &schema::Tracker, peers: u32) -> impl Iterator<Item = Tracker> {
    let servers = Servers::after(peers, overlay.servers);
    let clients = (0..peers).map(move |_| Tracker::client(servers));
    clients.chain(servers.all().map(|_| Tracker::server()))
}

impl UnstructuredDesign for schema::Tracker {
    type Overlay = Tracker;

    fn services(&self) -> Vec<&'static str> {
        vec![ServiceKind::Tracker.name(); self.servers as usize]
    }

    fn service_link(&self) -> Option<&schema::Link> {
        self.link.as_ref()
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<Tracker>) {
        let own = nodes(self, start.cast.peers());
        let others = start.cast.plan.service_nodes().skip(start.services.len());
        (
            settings(self),
            own.chain(others.map(|_| Tracker::server())).collect(),
        )
    }
}

fn settings(overlay: &schema::Tracker) -> Settings {
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

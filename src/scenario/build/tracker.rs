//! File sharing over trackers.

use super::graph;
use super::network;
use super::peers;
use super::programme;
use super::sharing::{self, Parts};
use super::{Desk, Model};
use crate::overlay::servers::Servers;
use crate::overlay::tracker::{Settings, Tracker};
use crate::scenario::schema;
use crate::sharing::FileSharing;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Tracker) -> Option<Model> {
    let services = vec!["tracker"; overlay.servers as usize];
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &services, None)?;
    let draft = sharing::draft(desk, &source, &cast)?;
    let graph = graph::graph(desk, source, cast.peers(), &[])?;
    let network = network::underlay_with(
        desk,
        cast.plan.nodes(),
        &cast.population,
        overlay.link.as_ref(),
        graph,
    );
    let programme = programme::programme(desk, &cast);
    let servers = Servers::after(cast.peers(), overlay.servers);
    let clients = (0..cast.peers()).map(|_| Tracker::client(servers));
    let nodes = clients.chain(servers.all().map(|_| Tracker::server()));
    let parts = Parts {
        settings: settings(overlay),
        peers: nodes.map(FileSharing::new).collect(),
        reach: None,
    };
    let (setup, frame) = sharing::setup(desk, draft, cast, network, programme, parts)?;
    Some(Model::Tracker(setup, frame))
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

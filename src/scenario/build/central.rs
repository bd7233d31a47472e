//! File sharing over index servers.

use super::graph;
use super::network;
use super::peers;
use super::programme;
use super::sharing::{self, Parts};
use super::{Desk, Model};
use crate::overlay::central::{Central, Settings};
use crate::overlay::servers::Servers;
use crate::scenario::schema;
use crate::sharing::FileSharing;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Central) -> Option<Model> {
    let services = vec!["index_server"; overlay.servers() as usize];
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
    let servers = Servers::after(cast.peers(), overlay.servers());
    let clients = (0..cast.peers()).map(|_| Central::client(servers, overlay.ask_others()));
    let nodes = clients.chain(servers.all().map(|_| Central::server()));
    let parts = Parts {
        settings: settings(overlay),
        peers: nodes.map(FileSharing::new).collect(),
        reach: None,
    };
    let (setup, frame) = sharing::setup(desk, draft, cast, network, programme, parts)?;
    Some(Model::Central(setup, frame))
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

//! What overlays need in which nothing says where content lies, whichever it is: alone, or as part of a hybrid.

use super::OverlayTable;
use crate::engine::{PeerId, Protocol};
use crate::overlay::Overlay;
use crate::scenario::build::Desk;
use crate::scenario::build::graph;
use crate::scenario::build::network;
use crate::scenario::build::peers::{self, Cast};
use crate::scenario::build::programme;
use crate::scenario::build::sharing::{self, Parts, Ready};
use crate::scenario::estimate::parts::List;
use crate::scenario::schema::Link;
use crate::sharing::{FileServers, FileSharing};
use crate::topology::Graph;

/// What one unstructured overlay has of its own.
pub(super) trait UnstructuredDesign: OverlayTable {
    /// A node's part.
    type Overlay: Overlay + 'static;

    /// The access link of its service nodes.
    fn service_link(&self) -> Option<&Link> {
        None
    }

    /// How they serve files, if they have them all.
    fn serving(&self, cast: &Cast) -> Option<FileServers> {
        let _ = cast;
        None
    }

    /// The parameters of all nodes, and every node's part, those of service nodes last: also of those that are not its own, whose
    /// parts are never used.
    fn nodes(
        &self,
        desk: &mut Desk<'_>,
        start: &Start<'_>,
    ) -> (<Self::Overlay as Overlay>::Settings, Vec<Self::Overlay>);

    /// How far a query goes for which the workload sets nothing, where it goes from peer to peer.
    fn reach(&self) -> Option<u32> {
        None
    }

    /// Lists what nodes keep whose program is `P`, beside what every program has.
    fn list_kept<P: Protocol>(&self, key: &'static str, list: &mut List<'_>);
}

/// What an unstructured overlay begins with.
pub(super) struct Start<'a> {
    /// The key of its table.
    pub(super) table: &'static str,
    /// Everybody.
    pub(super) cast: &'a Cast,
    /// The links of those that are online.
    pub(super) graph: &'a Graph,
    /// Peers that are online.
    pub(super) online: &'a [PeerId],
    /// Its service nodes: the first after the peers.
    pub(super) services: &'a [PeerId],
}

/// A setup of file sharing over such an overlay alone, whose table has the key `table`.
pub(super) fn build<U: UnstructuredDesign>(
    desk: &mut Desk<'_>,
    overlay: &U,
    table: &'static str,
) -> Option<Ready<U::Overlay>> {
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &overlay.services(), None)?;
    let mut draft = sharing::draft(desk, &source, &cast)?;
    if let Some(servers) = overlay.serving(&cast) {
        draft.serve_from(servers);
    }
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let mut programme = programme::programme(desk, &cast);
    programme.full_shape = programme::full_shape(&programme, &graph, &online);
    let services: Vec<PeerId> = cast.plan.service_nodes().collect();
    let start = Start {
        table,
        cast: &cast,
        graph: &graph,
        online: &online,
        services: &services,
    };
    let (settings, nodes) = overlay.nodes(desk, &start);
    let linked = overlay.service_link().map(|link| (link, services.len()));
    let network = network::underlay_with(desk, cast.plan.nodes(), &cast.population, linked, graph);
    let parts = Parts {
        settings,
        peers: nodes.into_iter().map(FileSharing::new).collect(),
        reach: overlay.reach(),
    };
    sharing::setup(desk, draft, cast, network, programme, parts)
}

/// Lists what such an overlay alone takes up.
pub(super) fn list<U: UnstructuredDesign>(overlay: &U, key: &'static str, list: &mut List<'_>) {
    list.peers::<FileSharing<U::Overlay>>();
    overlay.list_kept::<FileSharing<U::Overlay>>(key, list);
}

/// Every node's part where peers are clients of servers, which come first after them: clients, servers, and others' service nodes,
/// whose parts are never used.
pub(super) fn clients_and_servers<O>(
    start: &Start<'_>,
    client: impl Fn() -> O,
    server: impl Fn() -> O,
) -> Vec<O> {
    let clients = (0..start.cast.peers()).map(|_| client());
    let services = start.cast.plan.service_nodes().map(|_| server());
    clients.chain(services).collect()
}

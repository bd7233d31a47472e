//! Bare transfers: bytes without any search.

use super::graph;
use super::network;
use super::peers::{self, peer_of_label};
use super::programme;
use super::{Desk, Model};
use crate::engine::{PeerId, Setup};
use crate::sharing::{BareTransfers, TransfersWorld, parse_transfers};
use crate::underlay::flows::MaxMin;

/// Builds them from the rows of `path`.
pub(super) fn build(desk: &mut Desk<'_>, path: &str) -> Option<Model> {
    const KEY: &str = "workload.transfers.path";
    let text = desk.read_text(KEY, path)?;
    let source = graph::source(desk)?;
    let known = desk.scenario.peers.count.or(source.nodes());
    let peer = |label: &str| {
        let peer = peer_of_label(&source, label.parse().ok()?)?;
        known
            .is_none_or(|known| u64::from(peer) < known)
            .then_some(PeerId(peer))
    };
    let transfers = parse_transfers(&text, peer).map_err(|error| format!("{path}: {error}"));
    let transfers = desk.take(KEY, transfers)?;
    let named = transfers
        .iter()
        .map(|transfer| transfer.source.0.max(transfer.sink.0))
        .max();
    let cast = peers::cast(
        desk,
        &source,
        &[],
        named
            .map(|highest| u64::from(highest) + 1)
            .or(desk.scenario.peers.arrivals.is_none().then_some(1)),
    )?;
    if let Some(stranger) = named.filter(|highest| *highest >= cast.peers()) {
        desk.fail(
            KEY,
            format!("{path}: there is no peer {stranger}: there are {}", cast.peers()),
        );
        return None;
    }
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let network = network::underlay(desk, cast.plan.nodes(), &cast.population, graph)?;
    let programme = programme::programme(desk, &cast);
    let world = TransfersWorld::new(transfers);
    let mut commands: Vec<_> = world.commands().collect();
    commands.sort_by_key(|(at_ns, ..)| *at_ns);
    let setup = Setup {
        world,
        peers: vec![BareTransfers; cast.peers() as usize].into(),
        network,
        flows: Some(MaxMin::new()),
        sessions: cast.plan,
        commands,
        seed: desk.seed,
        duration_ns: desk.scenario.duration.ns(),
    };
    let frame = desk.frame(cast.roll, programme, None);
    Some(Model::Transfers(Box::new(setup), Box::new(frame)))
}

//! File sharing over super-peers.

use crate::engine::{Draw, PeerId, Purpose, Seed};
use crate::overlay::super_peer::{Beginning, Settings, SuperPeer};
use crate::scenario::build::graph::{self, Source};
use crate::scenario::build::network;
use crate::scenario::build::peers::{self, Cast};
use crate::scenario::build::programme;
use crate::scenario::build::sharing::{self, Parts};
use crate::scenario::build::{Desk, Model};
use crate::scenario::overlays::OverlayTable as _;
use crate::scenario::schema::{self, SuperPeerStart};
use crate::sharing::FileSharing;
use crate::topology::{GenerateError, Generator, Graph};

const KEY: &str = "overlay.super_peer";

/// The stream from which the super-peers of the start are drawn: beyond those of the peers.
const STREAM_OF_START: u64 = 1 << 32;

/// Hops from a client to its super-peer, and from one to a client of its.
const HOPS_OF_CLIENTS: u32 = 2;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::SuperPeer) -> Option<Model> {
    let services = overlay.services();
    let source = graph::source(desk)?;
    let is_given = !matches!(source, Source::Nothing);
    let cast = peers::cast(desk, &source, &services, None)?;
    let draft = sharing::draft(desk, &source, &cast)?;
    let graph = graph::graph(desk, source, cast.peers(), &[])?;
    let beginnings = if is_given {
        of_graph(desk, overlay, &cast, &graph)?
    } else {
        drawn(desk, overlay, &cast)?
    };
    let network = network::underlay(desk, cast.plan.nodes(), &cast.population, graph);
    let programme = programme::programme(desk, &cast);
    let capable = capable(overlay, &cast);
    let peers = capable
        .into_iter()
        .zip(beginnings)
        .map(|(is_capable, beginning)| SuperPeer::peer(is_capable, beginning));
    let nodes = peers.chain(services.iter().map(|_| SuperPeer::cache()));
    let parts = Parts {
        settings: settings(overlay, cast.plan.service_nodes().collect()),
        peers: nodes.map(FileSharing::new).collect(),
        reach: Some(overlay.ttl()),
    };
    let (setup, mut frame) = sharing::setup(desk, draft, cast, network, programme, parts)?;
    // What a super-peer asks goes one hop less far.
    for inquiry in &mut frame.programme.inquiries {
        inquiry.ttl = inquiry.ttl.saturating_add(HOPS_OF_CLIENTS);
    }
    Some(Model::SuperPeer(setup, frame))
}

/// Which peers are fast enough for a super-peer and can be connected to.
fn capable(overlay: &schema::SuperPeer, cast: &Cast) -> Vec<bool> {
    let population = &cast.population;
    let is_enough = |rate_bps: u64, least_bps: u64| rate_bps == 0 || rate_bps >= least_bps;
    let is_capable = |peer: PeerId| {
        let link = population.link(peer);
        !population.is_firewalled(peer)
            && is_enough(link.up_bps, overlay.uplink_min.bps())
            && is_enough(link.down_bps, overlay.downlink_min.bps())
    };
    (0..cast.peers()).map(|peer| is_capable(PeerId(peer))).collect()
}

/// Those online at the start who can be connected to and are of groups whose peers are super-peers.
fn of_groups(names: &[String], cast: &Cast, online: &[PeerId]) -> Vec<PeerId> {
    let population = &cast.population;
    let is_meant = |peer: &PeerId| {
        let group = &cast.groups[usize::from(population.group_of(*peer))];
        names.contains(&group.name) && !population.is_firewalled(*peer)
    };
    online.iter().copied().filter(is_meant).collect()
}

/// How everybody begins where super-peers, and who is with whom, are drawn.
fn drawn(desk: &mut Desk<'_>, overlay: &schema::SuperPeer, cast: &Cast) -> Option<Vec<Option<Beginning>>> {
    let mut online = cast.plan.online_at_start();
    let mut draw = desk.seed.stream(Purpose::Protocol, STREAM_OF_START);
    draw.shuffle(&mut online);
    let redundancy = overlay.redundancy as usize;
    let super_peers = match &overlay.start {
        SuperPeerStart::Organic(_) => Vec::new(),
        SuperPeerStart::Groups(groups) => of_groups(&groups.names, cast, &online),
        SuperPeerStart::Drawn(_) => {
            let capable = capable(overlay, cast);
            let clusters = online.len().div_ceil(overlay.cluster_size() as usize);
            let fit = online.iter().copied().filter(|peer| capable[peer.index()]);
            fit.take(clusters * redundancy).collect()
        }
    };
    let mut beginnings = vec![None; cast.peers() as usize];
    // Partners are numbered together, in order.
    let mut clusters: Vec<Vec<PeerId>> = super_peers.chunks(redundancy).map(<[PeerId]>::to_vec).collect();
    for cluster in &mut clusters {
        cluster.sort_unstable();
    }
    let graph = cluster_graph(overlay.out_degree(), clusters.len(), desk.seed);
    let graph = desk.take(&format!("{KEY}.out_degree"), graph)?;
    for (place, cluster) in (0_u32..).zip(&clusters) {
        let links = graph.neighbours(place).iter().flat_map(|other| {
            let other = &clusters[*other as usize];
            other.iter().map(|peer| (other[0], *peer))
        });
        let links: Vec<(PeerId, PeerId)> = links.collect();
        for peer in cluster {
            beginnings[peer.index()] = Some(Beginning::SuperPeer {
                founder: cluster[0],
                partners: cluster.iter().copied().filter(|other| other != peer).collect(),
                links: links.clone(),
            });
        }
    }
    if clusters.is_empty() {
        return Some(beginnings);
    }
    let clients = online.iter().filter(|peer| beginnings[peer.index()].is_none());
    let clients: Vec<PeerId> = clients.copied().collect();
    for (peer, cluster) in clients.into_iter().zip(clusters.iter().cycle()) {
        let super_peers = cluster.clone();
        beginnings[peer.index()] = Some(Beginning::Client { super_peers });
    }
    Some(beginnings)
}

/// A graph of so many clusters, each with so many neighbours or, where that cannot be, all others or one more.
fn cluster_graph(degree: u32, clusters: usize, seed: Seed) -> Result<Graph, GenerateError> {
    let nodes = u32::try_from(clusters).expect("there are no more than peers");
    let is_odd = u64::from(nodes) * u64::from(degree) % 2 == 1;
    let degree = degree.saturating_add(u32::from(is_odd));
    let generator = if degree.saturating_add(1) >= nodes {
        Generator::Complete
    } else {
        Generator::Regular { degree }
    };
    let members: Vec<u32> = (0..nodes).collect();
    generator.generate_over(&members, nodes, seed)
}

/// How everybody begins where a graph says so: super-peers are linked as there, and the others are clients of those with whom they are.
fn of_graph(
    desk: &mut Desk<'_>,
    overlay: &schema::SuperPeer,
    cast: &Cast,
    graph: &Graph,
) -> Option<Vec<Option<Beginning>>> {
    const FILE: &str = "topology.file.path";
    let online = cast.plan.online_at_start();
    let mut is_online = vec![false; cast.peers() as usize];
    for peer in &online {
        is_online[peer.index()] = true;
    }
    let mut is_super_peer = vec![false; cast.peers() as usize];
    for peer in of_groups(overlay.groups().unwrap_or(&[]), cast, &online) {
        is_super_peer[peer.index()] = true;
    }
    let label = |peer: PeerId| cast.roll.labels[peer.index()];
    let mut beginnings = vec![None; cast.peers() as usize];
    let problems = desk.problems.len();
    for peer in online {
        let neighbours = graph.neighbours(peer.0).iter().copied().map(PeerId);
        let neighbours = neighbours.filter(|other| is_online[other.index()]);
        let (above, beside): (Vec<PeerId>, Vec<PeerId>) =
            neighbours.partition(|other| is_super_peer[other.index()]);
        beginnings[peer.index()] = if is_super_peer[peer.index()] {
            Some(Beginning::SuperPeer {
                founder: peer,
                partners: Vec::new(),
                links: above.iter().map(|other| (*other, *other)).collect(),
            })
        } else {
            // Each such link is told of once.
            if let Some(other) = beside.iter().find(|other| peer < **other) {
                desk.fail(
                    FILE,
                    format!(
                        "links {} and {}, which are both no super-peers",
                        label(peer),
                        label(*other)
                    ),
                );
            }
            if above.len() > 1 {
                desk.fail(
                    FILE,
                    format!(
                        "peer {} is no super-peer and is linked with {} of them: a client has one",
                        label(peer),
                        above.len()
                    ),
                );
            }
            (!above.is_empty()).then_some(Beginning::Client { super_peers: above })
        };
    }
    (desk.problems.len() == problems).then_some(beginnings)
}

fn settings(overlay: &schema::SuperPeer, caches: Vec<PeerId>) -> Settings {
    Settings {
        cluster_size: overlay.cluster_size(),
        clients_max: overlay.clients_max(),
        redundancy: overlay.redundancy,
        out_degree: overlay.out_degree(),
        out_degree_max: overlay.out_degree_max(),
        ttl: overlay.ttl(),
        index: overlay.index().into(),
        answers_max: overlay.answers_max,
        uptime_min_ns: overlay.uptime_min().ns(),
        login_timeout_ns: overlay.login_timeout.ns(),
        retry_ns: overlay.retry.ns(),
        retry_ns_max: overlay.retry_max().ns(),
        keep_alive_ns: overlay.keep_alive.ns(),
        expiry_ns: overlay.expiry().ns(),
        answer_timeout_ns: overlay.answer_timeout.ns(),
        guid_expiry_ns: overlay.guid_expiry.ns(),
        addresses_given: overlay.addresses_given,
        known_addresses_max: overlay.known_addresses,
        caches,
        wire: overlay.wire(),
    }
}

//! File sharing over Gnutella.

use super::graph;
use super::hybrid::{Start, UnstructuredDesign};
use super::network;
use super::peers::{self, Cast};
use super::programme;
use super::sharing::{self, Parts};
use super::{Desk, Model};
use crate::engine::PeerId;
use crate::overlay::gnutella::{self, Gnutella, HostCacheSettings, Settings};
use crate::scenario::schema::{self, GnutellaVersion, Maintenance, Search, ServiceKind};
use crate::sharing::FileSharing;
use crate::topology::Graph;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Gnutella) -> Option<Model> {
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &services(overlay), None)?;
    let draft = sharing::draft(desk, &source, &cast)?;
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let nodes = cast.plan.nodes();
    let mut programme = programme::programme(desk, &cast);
    programme.full_shape = programme::full_shape(&programme, &graph, &online);
    let caches: Vec<PeerId> = cast.plan.service_nodes().collect();
    let servents = servents(&graph, &cast, &online, &caches);
    let network = network::underlay(desk, nodes, &cast.population, graph);
    let settings = checked_settings(desk, overlay, "overlay.gnutella", caches);
    check_strangers(desk, overlay);
    let parts = Parts {
        settings,
        peers: servents.into_iter().map(FileSharing::new).collect(),
        reach: Some(reach(overlay)),
    };
    let (setup, frame) = sharing::setup(desk, draft, cast, network, programme, parts)?;
    Some(Model::Gnutella(setup, frame))
}

impl UnstructuredDesign for schema::Gnutella {
    type Overlay = Gnutella;

    fn services(&self) -> Vec<&'static str> {
        services(self)
    }

    fn nodes(&self, desk: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<Gnutella>) {
        let (table, caches) = ("overlay.hybrid.unstructured.gnutella", start.services);
        check_strangers(desk, self);
        let settings = checked_settings(desk, self, table, caches.to_vec());
        (settings, servents(start.graph, start.cast, start.online, caches))
    }

    fn reach(&self) -> Option<u32> {
        Some(reach(self))
    }
}

/// The service nodes that it needs.
fn services(overlay: &schema::Gnutella) -> Vec<&'static str> {
    match overlay.maintenance {
        Maintenance::Full => vec![ServiceKind::HostCache.name()],
        Maintenance::None => Vec::new(),
    }
}

/// Its parameters; `table` is its key.
fn checked_settings(
    desk: &mut Desk<'_>,
    overlay: &schema::Gnutella,
    table: &str,
    caches: Vec<PeerId>,
) -> Settings {
    let settings = settings(overlay, caches);
    for problem in settings.problems() {
        desk.fail(
            format!("{table}.{}", problem.field),
            format!("must be {}", problem.wanted),
        );
    }
    settings
}

/// Everybody's part in the overlay: links of the graph between those that are online at the start, in their first session. Of
/// the service nodes, which come last, `caches` are its own; the others' parts are never used.
fn servents(graph: &Graph, cast: &Cast, online: &[PeerId], caches: &[PeerId]) -> Vec<Gnutella> {
    let mut is_online = vec![false; cast.peers() as usize];
    for peer in online {
        is_online[peer.index()] = true;
    }
    let mut linked = Vec::new();
    let servents = (0..cast.peers()).map(|peer| {
        linked.clear();
        if is_online[peer as usize] {
            let neighbours = graph.neighbours(peer).iter().copied().map(PeerId);
            linked.extend(neighbours.filter(|other| is_online[other.index()]));
        }
        Gnutella::servent(&linked)
    });
    let services = cast.plan.service_nodes().map(|node| {
        if caches.contains(&node) {
            Gnutella::host_cache()
        } else {
            Gnutella::servent(&[])
        }
    });
    servents.chain(services).collect()
}

/// How far a query goes for which the workload sets nothing.
fn reach(overlay: &schema::Gnutella) -> u32 {
    match &overlay.search {
        Search::Flood(flood) => flood.ttl,
        Search::Walk(walk) => walk.ttl,
    }
}

/// Latencies of links alone are not enough where peers that are no neighbours talk.
fn check_strangers(desk: &mut Desk<'_>, overlay: &schema::Gnutella) {
    let schema::Latency::Edges(edges) = &desk.scenario.underlay.latency else {
        return;
    };
    let checks_back = matches!(&overlay.search, Search::Walk(walk) if walk.check_every > 0);
    let talk = overlay.maintenance == Maintenance::Full || desk.scenario.sharing.is_some() || checks_back;
    if talk && edges.otherwise.is_none() {
        desk.fail(
            "underlay.latency.edges.otherwise",
            "is required: peers that are not neighbours talk (downloads, maintenance or walkers that check back)",
        );
    }
}

fn settings(overlay: &schema::Gnutella, caches: Vec<PeerId>) -> Settings {
    Settings {
        version: match overlay.version {
            GnutellaVersion::V04 => gnutella::Version::V04,
        },
        maintenance: match overlay.maintenance {
            Maintenance::Full => gnutella::Maintenance::Full,
            Maintenance::None => gnutella::Maintenance::None,
        },
        search: match &overlay.search {
            Search::Flood(flood) => gnutella::Search::Flood { ttl: flood.ttl },
            Search::Walk(walk) => gnutella::Search::Walk(gnutella::Walk {
                walkers: walk.walkers,
                ttl: walk.ttl,
                check_every: walk.check_every,
                avoid_return: walk.avoid_return,
                check_timeout_ns: walk.check_timeout.ns(),
            }),
        },
        max_ttl: overlay
            .max_ttl
            .map_or(7, |ttl| u8::try_from(ttl).expect("the scenario bounds TTLs")),
        degree_min: overlay.degree.min,
        degree_max: overlay.degree.max,
        ping: gnutella::Ping {
            ttl: u8::try_from(overlay.ping.ttl).expect("the scenario bounds TTLs"),
            every_ns: overlay.ping.every.ns(),
        },
        idle_timeout_ns: overlay.idle_timeout.ns(),
        connect_timeout_ns: overlay.connect_timeout.ns(),
        guid_expiry_ns: overlay.guid_expiry.ns(),
        known_addresses_max: overlay.known_addresses,
        host_cache: HostCacheSettings {
            nodes: caches,
            addresses_kept: overlay.host_cache.addresses_kept,
            addresses_given: overlay.host_cache.addresses_given,
            retry_ns: overlay.host_cache.retry.ns(),
            retry_ns_max: overlay.host_cache.retry_max.ns(),
        },
    }
}

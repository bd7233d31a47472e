//! File sharing over Gnutella.

use super::content;
use super::graph;
use super::network;
use super::peers::{self, Cast};
use super::programme;
use super::queries;
use super::{Desk, Model};
use crate::engine::{PeerId, Peers, Setup};
use crate::overlay::QueryId;
use crate::overlay::gnutella::{self, Gnutella, HostCacheSettings, Settings};
use crate::scenario::schema::{self, GnutellaVersion, Maintenance, Search, Verification};
use crate::sharing::library::SourceOrder;
use crate::sharing::{self, ContentCheck, FileSharing, Library, TransferSettings, World};
use crate::topology::Graph;
use crate::underlay::flows::MaxMin;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Gnutella) -> Option<Model> {
    let has_cache = overlay.maintenance == Maintenance::Full;
    let services: &[&str] = if has_cache { &["host_cache"] } else { &[] };
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, services, None)?;
    let catalogue = content::catalogue(desk)?;
    let traits = content::traits(desk, &cast);
    let placement = content::placement(desk, &source, &cast, &catalogue, &traits);
    let queries = queries::queries(desk, &source, &cast, &catalogue);
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let nodes = cast.plan.nodes();
    let mut programme = programme::programme(desk, &cast);
    programme.full_shape = programme::full_shape(&programme, &graph, &online);
    let peers = programs(&graph, &cast, &online, has_cache);
    let network = network::underlay(desk, nodes, &cast.population, graph);
    let settings = settings(overlay, cast.plan.service_nodes().collect());
    for problem in settings.problems() {
        desk.fail(
            format!("overlay.gnutella.{}", problem.field),
            format!("must be {}", problem.wanted),
        );
    }
    check_strangers(desk, overlay);
    let (placement, queries, network) = (placement?, queries?, network?);

    let transfers = desk.scenario.sharing.as_ref().map(transfer_settings);
    let verification = transfers.map_or(sharing::Verification::Tag, |settings| settings.verification);
    let ttl = reach(overlay);
    if programme::is_worth_asking(&placement, transfers.is_some()) {
        programme.inquiries = programme::inquiries(desk, &queries, ttl);
    }
    let commands = (0_u32..)
        .zip(&queries)
        .map(|(number, query)| (query.at_ns, query.origin, QueryId(number)))
        .collect();
    let library = Library {
        check: ContentCheck::new(verification, catalogue.items(), desk.seed),
        catalogue,
        placement,
        queries,
        traits,
        search_held: transfers.is_none(),
        is_traced: false,
        transfers,
    };
    let setup = Setup {
        world: World {
            overlay: settings,
            library,
        },
        peers,
        network,
        flows: transfers.is_some().then(MaxMin::new),
        sessions: cast.plan,
        commands,
        seed: desk.seed,
        duration_ns: desk.scenario.duration.ns(),
    };
    let frame = desk.frame(cast.roll, programme, Some(ttl));
    Some(Model::Gnutella(Box::new(setup), Box::new(frame)))
}

/// The peers' programs: links of the graph between those that are online at the start, in their first session.
fn programs(graph: &Graph, cast: &Cast, online: &[PeerId], has_cache: bool) -> Peers<FileSharing<Gnutella>> {
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
    let caches = has_cache.then(Gnutella::host_cache);
    servents.chain(caches).map(FileSharing::new).collect()
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

fn transfer_settings(sharing: &schema::Sharing) -> TransferSettings {
    let small = |number: u32| u16::try_from(number).expect("the scenario bounds counts");
    TransferSettings {
        hit_wait_ns: sharing.hit_wait.ns(),
        sources_max: small(sharing.sources_max),
        candidates_max: small(sharing.candidates_max),
        source_order: match sharing.source_order {
            schema::SourceOrder::Arrival => SourceOrder::Arrival,
            schema::SourceOrder::Random => SourceOrder::Random,
        },
        pipeline: u8::try_from(sharing.pipeline).expect("the scenario bounds counts"),
        upload_slots: small(sharing.upload_slots),
        queue_max: small(sharing.queue_max),
        busy_retry_ns: sharing.busy_retry.ns(),
        busy_retries: small(sharing.busy_retries),
        queue_poll_ns: sharing.queue_poll.ns(),
        response_timeout_ns: sharing.response_timeout.ns(),
        call_back_timeout_ns: sharing.call_back_timeout.ns(),
        slot_idle_ns: sharing.slot_idle.ns(),
        idle_timeout_ns: sharing.transfer_timeout.ns(),
        failures_max: small(sharing.corrupt_chunks_max),
        search_retries: small(sharing.search_retries),
        partial_sharing: sharing.share_partial,
        verification: match sharing.verification {
            Verification::Tag => sharing::Verification::Tag,
            Verification::Bytes => sharing::Verification::Bytes,
        },
        request_bytes: sharing.request_bytes,
        answer_bytes: sharing.answer_bytes,
        give_bytes: sharing.give_bytes,
        close_bytes: sharing.close_bytes,
    }
}

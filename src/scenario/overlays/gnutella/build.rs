//! File sharing over Gnutella.

use super::{GnutellaVersion, Maintenance, Search, memory};
use crate::engine::{PeerId, Protocol};
use crate::overlay::gnutella::{self, Gnutella, HostCacheSettings, Settings};
use crate::scenario::build::Desk;
use crate::scenario::estimate::parts::List;
use crate::scenario::overlays::unstructured::{Start, UnstructuredDesign};
use crate::scenario::schema;

impl UnstructuredDesign for schema::Gnutella {
    type Overlay = Gnutella;

    fn nodes(&self, desk: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<Gnutella>) {
        check_strangers(desk, self);
        let settings = checked_settings(desk, self, start.table, start.services.to_vec());
        (settings, servents(start))
    }

    fn reach(&self) -> Option<u32> {
        Some(match &self.search {
            Search::Flood(flood) => flood.ttl,
            Search::Walk(walk) => walk.ttl,
        })
    }

    fn list_kept<P: Protocol>(&self, key: &'static str, list: &mut List<'_>) {
        memory::list::<P>(self, key, list);
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
/// the service nodes, which come last, the first ones are its own; the others' parts are never used.
fn servents(start: &Start<'_>) -> Vec<Gnutella> {
    let Start { cast, graph, .. } = start;
    let mut is_online = vec![false; cast.peers() as usize];
    for peer in start.online {
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
        if start.services.contains(&node) {
            Gnutella::host_cache()
        } else {
            Gnutella::servent(&[])
        }
    });
    servents.chain(services).collect()
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
        max_ttl: u8::try_from(overlay.max_ttl()).expect("the scenario bounds TTLs"),
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

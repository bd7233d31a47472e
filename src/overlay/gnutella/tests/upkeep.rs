//! Links that come and go.

use super::*;
use crate::engine::Draw;
use crate::engine::time::SECOND_NS;
use crate::overlay::gnutella::{HostCacheSettings, Ping};

const PEERS: u32 = 120;
const CACHE: PeerId = PeerId(PEERS);

fn settings() -> Settings {
    Settings {
        degree_min: 3,
        degree_max: 8,
        host_cache: HostCacheSettings {
            nodes: vec![CACHE],
            ..HostCacheSettings::default()
        },
        ..Settings::default()
    }
}

/// Servents without any links, and a host cache.
fn newcomers(settings: Settings, seed: u64) -> Network {
    let mut nodes: Vec<_> = (0..PEERS).map(|_| Gnutella::servent(&[])).collect();
    nodes.push(Gnutella::host_cache());
    Network::new(nodes, settings, seed)
}

/// Both ends of every link agree, and degrees of those online are within bounds.
fn check_links(network: &Network) {
    for peer in (0..PEERS).map(PeerId) {
        let (session, online) = network.sessions[peer.index()];
        let neighbours = network.neighbours(peer);
        if !online {
            assert_eq!(neighbours, [], "{peer:?} is offline");
            continue;
        }
        let degree = u32::try_from(neighbours.len()).unwrap();
        let bounds = network.world.settings.degree_min..=network.world.settings.degree_max;
        assert!(
            bounds.contains(&degree),
            "{peer:?} has {degree} links at {}",
            network.now_ns
        );
        for other in neighbours {
            assert_eq!(
                network.sessions[other.peer.index()],
                (other.session, true),
                "{peer:?} to {other:?}"
            );
            assert!(
                network
                    .neighbours(other.peer)
                    .contains(&Contact { peer, session }),
                "{peer:?} to {other:?}"
            );
        }
    }
}

fn component_of(network: &Network, start: PeerId) -> usize {
    let (mut seen, mut queue) = (BTreeSet::from([start]), vec![start]);
    while let Some(peer) = queue.pop() {
        for other in network.neighbours(peer) {
            if seen.insert(other.peer) {
                queue.push(other.peer);
            }
        }
    }
    seen.len()
}

#[test]
fn newcomers_find_each_other_through_the_host_cache() {
    for seed in 0..5 {
        let mut network = newcomers(settings(), seed);
        network.join(CACHE);
        for peer in 0..PEERS {
            network.join(PeerId(peer));
            network.run(network.now_ns + SECOND_NS);
        }
        network.run(1_000 * SECOND_NS);
        check_links(&network);
        assert_eq!(component_of(&network, PeerId(0)), PEERS as usize);
        let quiet = network.sent("handshake");
        network.run(1_500 * SECOND_NS);
        assert_eq!(
            network.sent("handshake"),
            quiet,
            "links that stand need no handshakes"
        );
        assert!(network.sent("ping") > 0 && network.sent("pong") > 0);
    }
}

#[test]
fn all_at_once_they_find_each_other_too() {
    let mut network = newcomers(settings(), 7);
    network.join_all();
    network.run(2_000 * SECOND_NS);
    check_links(&network);
}

#[test]
fn crashes_are_noticed_and_replaced() {
    let mut network = newcomers(settings(), 3);
    network.join(CACHE);
    for peer in 0..PEERS {
        network.join(PeerId(peer));
        network.run(network.now_ns + SECOND_NS);
    }
    network.run(1_000 * SECOND_NS);
    for peer in (0..PEERS).step_by(3) {
        network.leave(PeerId(peer), Departure::Crash);
    }
    network.run(1_000 * SECOND_NS + SECOND_NS);
    let dangling = (0..PEERS).map(PeerId).flat_map(|peer| network.neighbours(peer));
    assert!(
        dangling.filter(|other| other.peer.0 % 3 == 0).count() > 40,
        "nobody is told of a crash"
    );
    network.run(1_075 * SECOND_NS + LATENCY_NS);
    let dangling = (0..PEERS).map(PeerId).flat_map(|peer| network.neighbours(peer));
    assert_eq!(
        dangling.filter(|other| other.peer.0 % 3 == 0).count(),
        0,
        "5/4 of the time-out is enough"
    );
    network.run(2_500 * SECOND_NS);
    check_links(&network);
    for peer in (0..PEERS).step_by(3) {
        network.join(PeerId(peer));
    }
    network.run(4_500 * SECOND_NS);
    check_links(&network);
}

#[test]
fn a_goodbye_is_noticed_at_once() {
    let mut network = newcomers(settings(), 3);
    network.join(CACHE);
    for peer in 0..PEERS {
        network.join(PeerId(peer));
        network.run(network.now_ns + SECOND_NS);
    }
    network.run(1_000 * SECOND_NS);
    let neighbours = network.neighbours(PeerId(5));
    network.leave(PeerId(5), Departure::Graceful);
    network.run(1_000 * SECOND_NS + 2 * LATENCY_NS);
    for other in neighbours {
        assert!(
            network
                .neighbours(other.peer)
                .iter()
                .all(|contact| contact.peer != PeerId(5))
        );
    }
}

/// Two servents that know each other's address.
fn pair(max: u32, firewalled: Option<u32>) -> Network {
    let settings = Settings {
        degree_min: 1,
        degree_max: max,
        ping: Ping { ttl: 1, every_ns: 0 },
        ..Settings::default()
    };
    let mut network = Network::new((0..3).map(|_| Gnutella::servent(&[])).collect(), settings, 1);
    network.world.firewalled.extend(firewalled);
    network.join_all();
    network
}

fn tell(network: &mut Network, peer: u32, address: u32) {
    network.act(PeerId(peer), |node, host| {
        let super::super::Role::Servent(servent) = &mut node.role else {
            panic!()
        };
        servent.receive_addresses(&[PeerId(address)], host);
    });
}

fn linked(network: &Network, one: u32, other: u32) -> (bool, bool) {
    let has = |a: u32, b: u32| {
        network.neighbours(PeerId(a)).contains(&Contact {
            peer: PeerId(b),
            session: 1,
        })
    };
    (has(one, other), has(other, one))
}

#[test]
fn requests_that_cross_make_one_link() {
    // Every offset between the two requests, from long before to long after.
    for offset_ns in (0..=3 * LATENCY_NS).step_by(1_000_000) {
        let mut network = pair(1, None);
        tell(&mut network, 0, 1);
        network.run(offset_ns);
        tell(&mut network, 1, 0);
        network.run(offset_ns + 4 * LATENCY_NS);
        assert_eq!(linked(&network, 0, 1), (true, true), "offset {offset_ns}");
        assert_eq!(network.neighbours(PeerId(0)).len(), 1);
        network.run(600 * SECOND_NS);
        assert_eq!(linked(&network, 0, 1), (true, true), "keep-alive pings keep it");
    }
}

#[test]
fn requests_that_cross_after_the_other_gave_up_end_in_agreement() {
    // The answer takes longer than the time-out, so attempts end before they are answered.
    for timeout_latencies in [1, 2, 3] {
        for offset_ns in (0..=6 * LATENCY_NS).step_by(2_500_000) {
            let mut network = pair(1, None);
            network.world.settings.connect_timeout_ns = timeout_latencies * LATENCY_NS + LATENCY_NS / 3;
            tell(&mut network, 0, 1);
            network.run(offset_ns);
            tell(&mut network, 1, 0);
            network.run(offset_ns + 50 * LATENCY_NS);
            let (forth, back) = linked(&network, 0, 1);
            assert_eq!(forth, back, "offset {offset_ns}, time-out {timeout_latencies}");
        }
    }
}

#[test]
fn a_full_servent_refuses() {
    let mut network = pair(1, None);
    tell(&mut network, 0, 1);
    network.run(SECOND_NS);
    tell(&mut network, 2, 0);
    network.run(2 * SECOND_NS);
    assert_eq!(linked(&network, 0, 1), (true, true));
    assert_eq!(linked(&network, 0, 2), (false, false));
}

#[test]
fn nobody_connects_to_a_firewalled_servent_but_it_connects_to_others() {
    let mut network = pair(2, Some(1));
    tell(&mut network, 0, 1);
    network.run(20 * SECOND_NS);
    assert_eq!(linked(&network, 0, 1), (false, false));
    tell(&mut network, 1, 0);
    network.run(40 * SECOND_NS);
    assert_eq!(linked(&network, 0, 1), (true, true));
    network.run(600 * SECOND_NS);
    assert_eq!(
        linked(&network, 0, 1),
        (true, true),
        "it answers its neighbours' pings"
    );
}

#[test]
fn a_peer_that_comes_back_before_it_was_missed_gets_one_link() {
    let mut network = pair(2, None);
    tell(&mut network, 0, 1);
    network.run(SECOND_NS);
    network.leave(PeerId(1), Departure::Crash);
    network.join(PeerId(1));
    tell(&mut network, 1, 0);
    network.run(2 * SECOND_NS);
    assert_eq!(
        network.neighbours(PeerId(0)),
        [Contact {
            peer: PeerId(1),
            session: 2
        }]
    );
    assert_eq!(
        network.neighbours(PeerId(1)),
        [Contact {
            peer: PeerId(0),
            session: 1
        }]
    );
}

#[test]
fn a_descriptor_over_a_connection_that_is_not_there_is_answered_with_a_close() {
    let mut network = pair(2, None);
    let handshakes = network.sent("handshake");
    network.act(PeerId(0), |node, host| {
        let from = Contact {
            peer: PeerId(2),
            session: 1,
        };
        let ping = Message::Ping {
            origin: PeerId(2),
            counter: 0,
            ttl: 1,
            hops: 0,
        };
        node.receive(from, ping, host);
    });
    network.run(SECOND_NS);
    assert_eq!(
        (network.sent("handshake"), network.sent("pong")),
        (handshakes + 1, 0)
    );
}

#[test]
fn links_of_the_initial_graph_stay_above_the_most() {
    let settings = Settings {
        degree_min: 2,
        degree_max: 3,
        ping: Ping {
            ttl: 2,
            every_ns: 60 * SECOND_NS,
        },
        ..Settings::default()
    };
    let mut network = Network::new(servents_of(&star(10)), settings, 1);
    network.join_all();
    // Not `run`: its check is for networks that grew by themselves.
    while let Some(((at_ns, _), event)) = network.queue.pop_first() {
        if at_ns > 500 * SECOND_NS {
            break;
        }
        network.now_ns = at_ns;
        match event {
            Event::Message { from, to, message } => {
                network.act(to.peer, |node, host| node.receive(from, message, host));
            }
            Event::Timer { at, timer } => network.act(at.peer, |node, host| node.expire(timer, host)),
        }
    }
    assert_eq!(network.nodes[0].degree(), 9);
    for leaf in 1..10 {
        assert!(
            (1..=3).contains(&network.nodes[leaf].degree()),
            "leaves found each other by pings"
        );
    }
    assert!((1..10).filter(|leaf| network.nodes[*leaf].degree() >= 2).count() >= 8);
}

#[test]
fn churn_leaves_no_half_links_behind() {
    for seed in 10..14 {
        let mut network = newcomers(settings(), seed);
        network.join(CACHE);
        let mut random = Seed { seed, replication: 0 }.small(Purpose::Churn, 0);
        for _ in 0..3_000 {
            let peer = PeerId(u32::try_from(random.below(u64::from(PEERS))).unwrap());
            if network.sessions[peer.index()].1 {
                let departure = if random.chance(0.5) {
                    Departure::Crash
                } else {
                    Departure::Graceful
                };
                network.leave(peer, departure);
            } else {
                network.join(peer);
            }
            let wait_ns = random.below(SECOND_NS);
            network.run(network.now_ns + wait_ns);
        }
        network.run(network.now_ns + 2_000 * SECOND_NS);
        check_links(&network);
    }
}

#[test]
fn searches_work_in_a_network_that_grew() {
    let mut network = newcomers(settings(), 21);
    network.join(CACHE);
    for peer in 0..PEERS {
        network.join(PeerId(peer));
        network.run(network.now_ns + SECOND_NS);
    }
    network.run(1_000 * SECOND_NS);
    network.hold(77, 0);
    let query = network.issue(3, 0, None);
    network.run(1_010 * SECOND_NS);
    let line = network.desk.books.read(query);
    assert_eq!((line.reached_peers, line.hits), (u64::from(PEERS) - 1, 1));
    assert_eq!(line.hit_messages, u64::from(line.first_hit.1));
    let degrees: usize = (0..PEERS as usize).map(|peer| network.nodes[peer].degree()).sum();
    assert_eq!(
        line.query_messages,
        degrees as u64 - u64::from(PEERS - 1),
        "2E - (N - 1)"
    );
}

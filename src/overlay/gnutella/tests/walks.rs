//! Random walks: expected times in closed form, checks, and the way back.

use super::*;
use crate::overlay::gnutella::message::{CHECK_BYTES, CHECK_REPLY_BYTES, WALK_EXTENSION_BYTES, query_bytes};
use crate::overlay::gnutella::{Search, Walk};

fn one_walker() -> Walk {
    Walk {
        walkers: 1,
        ttl: 1_000_000,
        check_every: 0,
        avoid_return: false,
        ..Walk::default()
    }
}

fn walking(graph: &Graph, walk: Walk) -> Network {
    let settings = Settings {
        search: Search::Walk(walk),
        guid_expiry_ns: u64::MAX,
        ..Settings::default()
    };
    Network::frozen(graph, settings)
}

/// Mean steps of many walks from `origin` to `target` are within three standard errors of the expected, and the
/// standard error is small enough for that to mean something.
fn check_mean(graph: &Graph, origin: u32, target: u32, walks: u32, expected: f64) {
    let mut network = walking(graph, one_walker());
    network.hold(target, 0);
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..walks {
        let line = network.ask(origin, 0, None);
        assert_eq!(line.hits, 1);
        let steps = f64::from(line.first_hit.1);
        assert_eq!(
            line.query_messages,
            u64::from(line.first_hit.1),
            "one walker, stopped at its first hit"
        );
        assert_eq!(line.reached_peers + line.duplicate_messages, line.query_messages);
        sum += steps;
        squares += steps * steps;
    }
    let n = f64::from(walks);
    let mean = sum / n;
    let error = ((squares / n - mean * mean) / n).sqrt();
    assert!(
        (mean - expected).abs() <= 3.0 * error,
        "{mean} +- {error}, expected {expected}"
    );
    assert!(1.96 * error < 0.06 * expected, "{mean} +- {error}: too few walks");
}

#[test]
fn return_times_are_twice_the_edges_over_the_degree() {
    // A lollipop: K_5 with a tail of three: E = 13.
    let lollipop = graph(
        8,
        (0..5)
            .flat_map(|u| (u + 1..5).map(move |v| (u, v)))
            .chain([(4, 5), (5, 6), (6, 7)]),
    );
    for (origin, degree) in [(0, 4), (4, 5), (5, 2), (7, 1)] {
        check_mean(&lollipop, origin, origin, 6_000, 26.0 / f64::from(degree));
    }
    check_mean(&star(9), 0, 0, 10, 2.0);
}

#[test]
fn hitting_times_are_those_of_the_closed_forms() {
    check_mean(&complete(10), 2, 7, 4_000, 9.0);
    check_mean(&cycle(20), 0, 7, 4_000, 91.0);
    check_mean(&hypercube(4), 0, 15, 4_000, 21.3333);
    check_mean(&grid(5), 0, 24, 4_000, 85.4545);
    check_mean(&graph(6, (1..6).map(|node| (node - 1, node))), 0, 5, 4_000, 25.0);
}

#[test]
fn a_walker_that_avoids_returning_goes_round_a_cycle() {
    let walk = Walk {
        avoid_return: true,
        ttl: 30,
        ..one_walker()
    };
    let mut network = walking(&cycle(12), walk);
    let line = network.ask(0, 0, None);
    assert_eq!(
        (line.reached_peers, line.query_messages, line.duplicate_messages),
        (11, 30, 19)
    );
    assert_eq!(
        line.bytes,
        30 * u64::from(query_bytes(TEXT_BYTES) + WALK_EXTENSION_BYTES)
    );
    let last: u128 = (1..12).map(|steps| u128::from(steps * LATENCY_NS)).sum();
    assert_eq!(line.first_arrival_sum_ns, last);
    // On a path it has to turn round at the end.
    let mut network = walking(&graph(4, [(0, 1), (1, 2), (2, 3)]), walk);
    let line = network.ask(0, 0, Some(7));
    assert_eq!(
        (line.reached_peers, line.query_messages, line.duplicate_messages),
        (3, 7, 4)
    );
}

#[test]
fn a_walkers_sender_names_the_place_of_its_next_neighbour() {
    let walk = Walk {
        walkers: 3,
        ttl: 40,
        ..one_walker()
    };
    let star = graph(
        20,
        (1..16).map(|leaf| (0, leaf)).chain((16..20).map(|end| (end, 15))),
    );
    let mut network = walking(&star, walk);
    let line = network.ask(3, 0, None);
    let placed = &network.desk.placed;
    assert_eq!(placed.len() as u64, line.query_messages);
    for (sender, place, receiver) in placed {
        let mut neighbours = Vec::new();
        network.nodes[sender.index()].visit_neighbours(&mut |contact| neighbours.push(contact.peer));
        assert!(neighbours.is_sorted());
        assert_eq!(neighbours[*place], *receiver);
    }
}

#[test]
fn a_hit_of_a_walk_goes_back_the_way_the_first_walker_came() {
    let walk = Walk {
        avoid_return: true,
        ..one_walker()
    };
    let mut network = walking(&cycle(700), walk);
    network.hold(350, 0);
    let line = network.ask(0, 0, None);
    assert_eq!((line.hits, line.hit_messages, line.first_hit.1), (1, 350, 350));
    assert_eq!(
        network.desk.sent["query_hit"].0, 350,
        "more hops than a byte can count"
    );
}

#[test]
fn walkers_stop_when_their_requester_says_so() {
    let walk = Walk {
        avoid_return: true,
        check_every: 4,
        ..one_walker()
    };
    let mut network = walking(&cycle(100), walk);
    network.hold(10, 0);
    network.hold(90, 0);
    let line = network.ask(0, 0, None);
    // Four steps and a check take 6 latencies: the walker is at step 10 at 14 latencies, its hit at the origin at 24.
    // The check at step 16 is there at 23 and is told to go on, the one at step 20 at 29.
    assert_eq!((line.hits, line.hit_messages, line.query_messages), (1, 10, 20));
    assert_eq!(line.check_messages, 2 * 5);
    let bytes = 20 * (query_bytes(TEXT_BYTES) + WALK_EXTENSION_BYTES)
        + 10 * crate::overlay::gnutella::message::hit_bytes(NAME_BYTES)
        + 5 * (CHECK_BYTES + CHECK_REPLY_BYTES);
    assert_eq!(line.bytes, u64::from(bytes));
    assert_eq!(network.sent("check"), 10);
}

#[test]
fn a_walker_whose_requester_is_gone_dies() {
    let walk = Walk {
        avoid_return: true,
        check_every: 3,
        ..one_walker()
    };
    let mut network = walking(&cycle(50), walk);
    let query = network.issue(0, 0, None);
    network.run(LATENCY_NS / 2);
    network.leave(PeerId(0), Departure::Crash);
    network.run(u64::MAX);
    let line = network.desk.books.read(query);
    assert_eq!((line.query_messages, line.check_messages), (3, 1));
    assert_eq!(network.now_ns, 3 * LATENCY_NS + walk.check_timeout_ns);
}

#[test]
fn walkers_of_a_firewalled_requester_stop_at_the_first_hit() {
    let walk = Walk {
        avoid_return: true,
        check_every: 3,
        ..one_walker()
    };
    let mut network = walking(&cycle(50), walk);
    network.world.firewalled.insert(0);
    network.hold(20, 0);
    network.hold(30, 0);
    let line = network.ask(0, 0, None);
    assert_eq!((line.check_messages, line.query_messages, line.hits), (0, 20, 1));
}

#[test]
fn many_walkers_of_one_query_wait_at_one_peer() {
    // All walkers go from the end of a path to its middle and must ask there together.
    let walk = Walk {
        walkers: 7,
        avoid_return: true,
        check_every: 2,
        ttl: 5,
        ..one_walker()
    };
    let mut network = walking(&graph(6, (1..6).map(|node| (node - 1, node))), walk);
    network.hold(5, 0);
    let line = network.ask(0, 0, None);
    assert_eq!((line.query_messages, line.hits, line.hit_messages), (35, 1, 5));
    assert_eq!(line.check_messages, 2 * 2 * 7);
    assert_eq!((line.reached_peers, line.duplicate_messages), (5, 30));
}

#[test]
fn a_walk_that_outlives_its_guid_still_comes_home() {
    let mut network = walking(
        &cycle(40),
        Walk {
            avoid_return: true,
            ..one_walker()
        },
    );
    network.world.settings.guid_expiry_ns = 5 * LATENCY_NS;
    network.hold(0, 0);
    let line = network.ask(0, 0, None);
    assert_eq!((line.hits, line.first_hit.1, line.hit_messages), (1, 40, 0));
    assert_eq!(line.reached_peers, 39);
}

#[test]
fn whoever_leaves_gives_back_what_walkers_had_it_remember() {
    for (departure, guid_expiry_ns) in [
        (Departure::Graceful, u64::MAX),
        (Departure::Crash, u64::MAX),
        (Departure::Crash, 300 * LATENCY_NS),
    ] {
        let settings = Settings {
            search: Search::Walk(one_walker()),
            guid_expiry_ns,
            ..Settings::default()
        };
        let mut network = Network::frozen(&complete(12), settings);
        network.hold(3, 0);
        for _ in 0..60 {
            network.ask(0, 0, None);
        }
        assert!(network.desk.arena.lent_bytes() > 0);
        for peer in (0..12).map(PeerId) {
            network.leave(peer, departure);
        }
        assert_eq!(
            network.desk.arena.lent_bytes(),
            0,
            "{departure:?}, {guid_expiry_ns}"
        );
    }
}

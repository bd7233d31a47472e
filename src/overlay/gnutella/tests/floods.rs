//! Floods: exact identities of regular graphs, and what unequal latencies do.

use super::*;
use crate::overlay::gnutella::Search;
use crate::overlay::gnutella::message::query_bytes;

fn flood(ttl: u32) -> Settings {
    Settings {
        search: Search::Flood { ttl },
        max_ttl: 255,
        ..Settings::default()
    }
}

/// Floods from `origin` with every TTL and compares reach and messages.
fn check(graph: &Graph, origin: u32, expected: &[(u32, u64, u64)]) {
    let mut network = Network::frozen(graph, flood(7));
    for &(ttl, reached, messages) in expected {
        let line = network.ask(origin, 0, Some(ttl));
        assert_eq!(
            (line.reached_peers, line.query_messages),
            (reached, messages),
            "TTL {ttl}"
        );
        assert_eq!(line.duplicate_messages, messages - reached, "TTL {ttl}");
        assert_eq!(line.bytes, messages * u64::from(query_bytes(TEXT_BYTES)));
        assert_eq!((line.hits, line.hit_messages, line.check_messages), (0, 0, 0));
    }
    assert_eq!(
        network.sent("query"),
        expected.iter().map(|(_, _, messages)| messages).sum::<u64>()
    );
    assert_eq!(network.desk.sent.len(), 1, "a frozen network sends queries only");
}

#[test]
fn trees_follow_ritters_table_without_duplicates() {
    for (degree, reach) in [
        (2, [2, 4, 6, 8, 10]),
        (3, [3, 9, 21, 45, 93]),
        (4, [4, 16, 52, 160, 484]),
        (5, [5, 25, 105, 425, 1_705]),
        (8, [8, 64, 456, 3_200, 22_408]),
    ] {
        let depth = if degree == 8 { 4 } else { 5 };
        let expected: Vec<_> = (1..=depth)
            .zip(reach)
            .map(|(ttl, peers)| (ttl, peers, peers))
            .collect();
        check(&tree(degree, depth), 0, &expected);
    }
}

#[test]
fn cycles() {
    check(
        &cycle(9),
        3,
        &[(1, 2, 2), (3, 6, 6), (4, 8, 8), (5, 8, 10), (9, 8, 10)],
    );
    check(&cycle(10), 0, &[(4, 8, 8), (5, 9, 10), (6, 9, 11), (40, 9, 11)]);
}

#[test]
fn complete_graphs_and_stars() {
    check(&complete(12), 4, &[(1, 11, 11), (2, 11, 121), (3, 11, 121)]);
    check(&star(50), 0, &[(1, 49, 49), (2, 49, 49), (7, 49, 49)]);
    check(&star(50), 7, &[(1, 1, 1), (2, 49, 49), (3, 49, 49)]);
}

#[test]
fn the_hypercube_of_ten_dimensions() {
    let reached = [10, 55, 175, 385, 637, 847, 967, 1012, 1022, 1023, 1023];
    let messages = [10, 100, 505, 1585, 3475, 5743, 7633, 8713, 9118, 9208, 9217];
    let expected: Vec<_> = (1..)
        .zip(reached)
        .zip(messages)
        .map(|((ttl, r), m)| (ttl, r, m))
        .collect();
    check(&hypercube(10), 77, &expected);
}

#[test]
fn the_grid_of_a_hundred_by_a_hundred() {
    check(
        &grid(100),
        50 * 100 + 50,
        &[(3, 24, 40), (7, 112, 256), (10, 220, 544), (255, 9_999, 29_601)],
    );
    check(
        &grid(100),
        0,
        &[
            (3, 9, 13),
            (7, 35, 71),
            (10, 65, 146),
            (198, 9_999, 29_600),
            (199, 9_999, 29_601),
        ],
    );
}

#[test]
fn first_arrivals_are_summed() {
    let mut network = Network::frozen(&cycle(10), flood(7));
    network.run(12_345);
    let line = network.ask(0, 0, Some(3));
    assert_eq!(
        line.first_arrival_sum_ns,
        u128::from(2 * (1 + 2 + 3) * LATENCY_NS)
    );
    let none = network.ask(0, 0, Some(0));
    assert_eq!(none, QueryLine::default());
}

#[test]
fn the_settings_ttl_holds_where_the_workload_names_none_and_max_ttl_lowers_others() {
    let mut network = Network::frozen(&cycle(40), flood(3));
    assert_eq!(network.ask(0, 0, None).reached_peers, 6);
    network.world.settings.max_ttl = 5;
    assert_eq!(network.ask(0, 0, Some(9)).reached_peers, 10);
    network.world.settings.max_ttl = 255;
    assert_eq!(
        network.ask(0, 0, Some(70_000)).reached_peers,
        39,
        "the byte is the limit, and enough here"
    );
}

#[test]
fn a_shorter_way_that_is_slower_cuts_the_horizon() {
    // s 0, a 1, b 2, c 3, d 4, e 5.
    let shape = graph(6, [(0, 1), (1, 3), (0, 2), (2, 4), (4, 3), (3, 5)]);
    let mut equal = Network::frozen(&shape, flood(3));
    let line = equal.ask(0, 0, None);
    assert_eq!(line.reached_peers, 5);
    let mut unequal = Network::frozen(&shape, flood(3));
    unequal.latency = |from, to| match (from.min(to), from.max(to)) {
        (0, 1) | (1, 3) => 100_000_000,
        _ => 10_000_000,
    };
    unequal.desk.books.tracing = true;
    let line = unequal.ask(0, 0, None);
    assert_eq!(line.reached_peers, 4, "e is not reached");
    assert!(unequal.desk.books.trace.iter().all(|note| note.peer != 5));
    // c gets its first copy over three hops and does not forward; a's later one is its only duplicate.
    assert_eq!((line.query_messages, line.duplicate_messages), (5, 1));
}

#[test]
fn a_flood_is_the_same_whether_links_could_change_or_not() {
    let play = |ledgers: bool| {
        let mut network = Network::frozen(&grid(6), flood(7));
        network.desk.books.tracing = true;
        if ledgers {
            network.nodes.iter_mut().for_each(Gnutella::open_ledger);
        }
        network.hold(21, 3);
        network.hold(9, 3);
        let line = network.ask(7, 3, None);
        (line, network.desk.books.trace, network.desk.found)
    };
    let fixed = play(false);
    assert!(
        fixed.0.duplicate_messages > 0 && fixed.2.len() == 2,
        "{:?}",
        fixed.0
    );
    assert_eq!(fixed, play(true));
}

#[test]
fn peers_that_are_gone_are_not_reached_and_those_back_have_no_links() {
    let mut network = Network::frozen(&cycle(10), flood(7));
    network.leave(PeerId(2), Departure::Crash);
    network.leave(PeerId(8), Departure::Graceful);
    assert_eq!(network.ask(0, 0, Some(9)).reached_peers, 2);
    network.join(PeerId(2));
    assert_eq!(network.ask(0, 0, Some(9)).reached_peers, 2);
    assert_eq!(network.ask(2, 0, Some(9)).query_messages, 0);
}

#[test]
fn the_snapshots_of_2002_give_the_published_profiles() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/gnutella");
    type Profile = (&'static str, [(u64, u64); 7]);
    let profiles: [Profile; 2] = [
        (
            "p2p-Gnutella04.txt",
            [
                (17, 17),
                (200, 215),
                (2_275, 2_871),
                (7_897, 26_355),
                (10_716, 66_138),
                (10_861, 69_092),
                (10_875, 69_113),
            ],
        ),
        (
            "p2p-Gnutella08.txt",
            [
                (10, 10),
                (327, 457),
                (1_594, 6_259),
                (4_961, 20_171),
                (6_218, 34_286),
                (6_298, 35_252),
                (6_298, 35_254),
            ],
        ),
    ];
    for (name, profile) in profiles {
        let Ok(text) = std::fs::read_to_string(data.join(name)) else {
            println!("skipped: {} is not there", data.join(name).display());
            continue;
        };
        let edges = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let mut words = line.split_whitespace().map(|word| word.parse().unwrap());
            (words.next().unwrap(), words.next().unwrap())
        });
        let edges: Vec<(u32, u32)> = edges.collect();
        // Labels have gaps: those become peers without links.
        let nodes = 1 + edges.iter().map(|(u, v)| *u.max(v)).max().unwrap();
        let expected: Vec<_> = (1..).zip(profile).map(|(ttl, (r, m))| (ttl, r, m)).collect();
        check(&graph(nodes, edges), 0, &expected);
    }
}

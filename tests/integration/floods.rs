//! Floods against closed forms and published counts: every cell equal, nothing within a tolerance.
//!
//! The counts hold for equal latencies, where the first copy comes by a shortest way: `reached(T)` is the number of
//! peers within T hops and `messages(T) = deg(s) + sum over 1 <= d(v) <= T - 1 of (deg(v) - 1)`. Messages of a full
//! flood are `2E - (N - 1)`, duplicates `2(E - N + 1)`.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;

use crate::support::{Done, Lab, scenario, shared};
use servent::experiment::Run;
use servent::records::QueryRow;

/// One-way latency of every link.
const HOP_NS: u64 = 10_000_000;

/// A flood: origin and TTL.
type Flood = (u64, u32);

/// What a flood must do: reach so many peers with so many messages.
type Counts = (u64, u64);

/// The scenario of these floods, one every 3 s: the longest here (TTL 255) is over after 2.55 s. What servents have seen
/// they forget soon after, which keeps their tables small.
fn flooding(topology: &str, floods: &[Flood]) -> Lab {
    let mut queries = String::from("at_s,origin,item,ttl\n");
    for (number, (origin, ttl)) in floods.iter().enumerate() {
        writeln!(queries, "{},{origin},0,{ttl}", 3 * number).unwrap();
    }
    let toml = format!(
        r#"
duration = "{} s"
{topology}
[underlay.latency.constant]
one_way = "10 ms"
[overlay.gnutella]
maintenance = "none"
guid_expiry = "3 s"
search.flood = {{ ttl = 7 }}
[content]
items = 1
[workload.file]
path = "queries.csv"
"#,
        3 * floods.len() + 3
    );
    scenario(&toml).file("queries.csv", queries)
}

fn counts(row: &QueryRow) -> Counts {
    (row.reached_peers, row.query_messages)
}

/// Runs floods, one after the other, and compares each with what it must do.
fn check(topology: &str, expected: &[(Flood, Counts)]) {
    let floods: Vec<Flood> = expected.iter().map(|(flood, _)| *flood).collect();
    let rows = flooding(topology, &floods).run().queries();
    assert_eq!(rows.len(), expected.len());
    for (row, (flood, counts_expected)) in rows.iter().zip(expected) {
        assert_eq!(
            counts(row),
            *counts_expected,
            "{topology}: (origin, TTL) {flood:?}"
        );
        assert_eq!(
            row.duplicate_messages,
            row.query_messages - row.reached_peers,
            "{topology}: (origin, TTL) {flood:?}"
        );
    }
}

/// What a flood must do on a graph, by breadth-first search.
fn by_search(neighbours: &[Vec<u32>], origin: u32, ttl: u32) -> Counts {
    let mut distance = vec![u32::MAX; neighbours.len()];
    distance[origin as usize] = 0;
    let mut queue = VecDeque::from([origin]);
    let (mut reached, mut messages) = (0, neighbours[origin as usize].len() as u64);
    while let Some(node) = queue.pop_front() {
        let here = distance[node as usize];
        if here == ttl {
            continue;
        }
        if here > 0 {
            messages += neighbours[node as usize].len() as u64 - 1;
        }
        for &other in &neighbours[node as usize] {
            if distance[other as usize] == u32::MAX {
                distance[other as usize] = here + 1;
                reached += 1;
                queue.push_back(other);
            }
        }
    }
    (reached, messages)
}

/// The published table (Ritter, "Why Gnutella can't scale. No, really.", 2001): peers reached from the root of a tree of
/// degree 2 to 8 with TTL 1 to 8.
const REGULAR_TREES: [[u64; 8]; 7] = [
    [2, 4, 6, 8, 10, 12, 14, 16],
    [3, 9, 21, 45, 93, 189, 381, 765],
    [4, 16, 52, 160, 484, 1_456, 4_372, 13_120],
    [5, 25, 105, 425, 1_705, 6_825, 27_305, 109_225],
    [6, 36, 186, 936, 4_686, 23_436, 117_186, 585_936],
    [7, 49, 301, 1_813, 10_885, 65_317, 391_909, 2_351_461],
    [8, 64, 456, 3_200, 22_408, 156_864, 1_098_056, 7_686_400],
];

/// The rows of the table as far as their trees have at most so many nodes.
fn regular_trees(nodes_max: u64, cells: usize) {
    let mut checked = 0;
    for (degree, row) in (2_u32..).zip(REGULAR_TREES) {
        let row: Vec<u64> = row.into_iter().take_while(|&reach| reach < nodes_max).collect();
        let topology = format!("topology.tree = {{ degree = {degree}, depth = {} }}", row.len());
        let expected: Vec<_> = (1..)
            .zip(&row)
            .map(|(ttl, &reach)| ((0, ttl), (reach, reach)))
            .collect();
        check(&topology, &expected);
        checked += expected.len();
    }
    assert_eq!(checked, cells, "cells of the table");
}

#[test]
fn regular_trees_of_the_published_table() {
    regular_trees(30_000, 47);
}

#[test]
#[ignore = "slow: trees of up to 585,937 nodes"]
fn slow_larger_trees_of_the_published_table() {
    regular_trees(600_000, 53);
}

#[test]
fn grid_from_the_middle_and_from_a_corner() {
    const MIDDLE: u64 = 50 * 100 + 50;
    check(
        "topology.grid = { rows = 100, columns = 100 }",
        &[
            ((MIDDLE, 3), (24, 40)),
            ((MIDDLE, 7), (112, 256)),
            ((MIDDLE, 10), (220, 544)),
            ((MIDDLE, 255), (9_999, 29_601)),
            ((0, 3), (9, 13)),
            ((0, 7), (35, 71)),
            ((0, 10), (65, 146)),
            // The farthest corner is 198 hops away: with TTL 198 it is reached and does not forward.
            ((0, 197), (9_998, 29_596)),
            ((0, 198), (9_999, 29_600)),
            ((0, 199), (9_999, 29_601)),
            ((0, 255), (9_999, 29_601)),
        ],
    );
    // The infinite grid, as far as the border is not felt: 2T(T + 1) and 4 + 6T(T - 1).
    let expected: Vec<_> = (1..=49)
        .map(|ttl: u32| {
            let hops = u64::from(ttl);
            ((MIDDLE, ttl), (2 * hops * (hops + 1), 4 + 6 * hops * (hops - 1)))
        })
        .collect();
    check("topology.grid = { rows = 100, columns = 100 }", &expected);
}

#[test]
fn hypercube_at_every_ttl() {
    const REACHED: [u64; 11] = [10, 55, 175, 385, 637, 847, 967, 1_012, 1_022, 1_023, 1_023];
    const MESSAGES: [u64; 11] = [
        10, 100, 505, 1_585, 3_475, 5_743, 7_633, 8_713, 9_118, 9_208, 9_217,
    ];
    let expected: Vec<_> = [0, 1_023, 341]
        .into_iter()
        .flat_map(|origin| {
            let cells = REACHED.into_iter().zip(MESSAGES);
            (1..).zip(cells).map(move |(ttl, counts)| ((origin, ttl), counts))
        })
        .collect();
    check("topology.hypercube.dimension = 10", &expected);
}

#[test]
fn complete_graph() {
    for nodes in [2_u64, 3, 50, 200] {
        let everybody = nodes - 1;
        let topology = format!("peers.count = {nodes}\ntopology.complete = {{}}");
        check(
            &topology,
            &[
                ((0, 1), (everybody, everybody)),
                ((nodes / 2, 2), (everybody, everybody * everybody)),
                ((everybody, 7), (everybody, everybody * everybody)),
            ],
        );
    }
}

#[test]
fn cycle_at_every_ttl() {
    for nodes in [3_u64, 4, 17, 20] {
        let expected: Vec<_> = (1..=12)
            .map(|ttl: u32| {
                let both_ways = 2 * u64::from(ttl);
                let messages = if both_ways < nodes + 1 {
                    both_ways
                } else {
                    nodes + 1
                };
                ((1, ttl), (both_ways.min(nodes - 1), messages))
            })
            .collect();
        check(&format!("peers.count = {nodes}\ntopology.ring = {{}}"), &expected);
    }
}

#[test]
fn star_from_the_hub_and_from_a_leaf() {
    check(
        "peers.count = 100\ntopology.star = {}",
        &[
            ((0, 1), (99, 99)),
            ((0, 2), (99, 99)),
            ((0, 7), (99, 99)),
            ((42, 1), (1, 1)),
            ((42, 2), (99, 99)),
            ((42, 7), (99, 99)),
        ],
    );
}

/// Every TTL from several origins on random graphs, against a breadth-first search; and the identity of full floods.
#[test]
fn random_graphs_at_every_ttl() {
    for topology in [
        "peers.count = 2000\ntopology.random.mean_degree = 4",
        "peers.count = 1000\ntopology.regular.degree = 3",
        "peers.count = 1000\ntopology.power_law.preferential.links = 2",
        "peers.count = 1000\ntopology.small_world = { neighbours = 4, rewired = 0.1 }",
    ] {
        let floods: Vec<Flood> = [0, 7, 500]
            .into_iter()
            .flat_map(|origin| [1, 2, 3, 4, 5, 6, 7, 8, 12, 255].map(|ttl| (origin, ttl)))
            .collect();
        let lab = flooding(topology, &floods);
        let (graph, _) = Run::read(lab.request()).unwrap().graph().unwrap();
        let neighbours: Vec<Vec<u32>> = (0..graph.nodes())
            .map(|node| graph.neighbours(node).to_vec())
            .collect();
        let rows = lab.run().queries();
        for (row, &(origin, ttl)) in rows.iter().zip(&floods) {
            let origin = u32::try_from(origin).unwrap();
            assert_eq!(
                counts(row),
                by_search(&neighbours, origin, ttl),
                "{topology}: {origin}, {ttl}"
            );
            if ttl == 255 {
                let (nodes, twice_edges) = component(&neighbours, origin);
                assert!(nodes > 900, "the origin is in the largest component");
                assert_eq!(
                    row.query_messages,
                    twice_edges - (nodes - 1),
                    "{topology}: {origin}"
                );
                assert_eq!(
                    row.duplicate_messages,
                    twice_edges - 2 * nodes + 2,
                    "{topology}: {origin}"
                );
            }
        }
    }
}

/// Nodes and twice the edges of a node's component.
fn component(neighbours: &[Vec<u32>], start: u32) -> (u64, u64) {
    let mut is_inside = vec![false; neighbours.len()];
    is_inside[start as usize] = true;
    let mut stack = vec![start];
    let (mut nodes, mut twice_edges) = (0, 0);
    while let Some(node) = stack.pop() {
        nodes += 1;
        twice_edges += neighbours[node as usize].len() as u64;
        for &other in &neighbours[node as usize] {
            if !std::mem::replace(&mut is_inside[other as usize], true) {
                stack.push(other);
            }
        }
    }
    (nodes, twice_edges)
}

/// A first copy over many fast hops uses up the TTL; the copy with fewer hops comes later and is dropped.
#[test]
fn unequal_latencies_can_cut_coverage_short() {
    const EDGES: &str = "0 1 100\n1 3 100\n0 2 10\n2 4 10\n4 3 10\n3 5 10\n";
    let flood = |latency: &str| {
        let topology = "topology.file.path = \"edges.txt\"";
        let lab = flooding(topology, &[(0, 3)]).file("edges.txt", EDGES);
        let toml = fs::read_to_string(lab.path().join("scenario.toml")).unwrap();
        let toml = toml.replace("[underlay.latency.constant]\none_way = \"10 ms\"", latency);
        let lab = lab.file("scenario.toml", toml);
        lab.run().queries().remove(0)
    };
    // Nodes: s 0, a 1, b 2, c 3, d 4, e 5. Equal latencies: a, b after 10 ms, c, d after 20 ms, e after 30 ms.
    let equal = flood("[underlay.latency.constant]\none_way = \"10 ms\"");
    assert_eq!(counts(&equal), (5, 2 + 2 + 2 + 1));
    assert_eq!(
        equal.first_arrival_sum_ns,
        2 * 10_000_000 + 2 * 20_000_000 + 30_000_000
    );
    // Theirs: c has its first copy after 30 ms over b and d, with no TTL left; a after 100 ms sends one more to c.
    let unequal = flood("[underlay.latency.edges]\nunit = \"ms\"");
    assert_eq!(counts(&unequal), (4, 2 + 1 + 1 + 1));
    assert_eq!(unequal.duplicate_messages, 1);
    assert_eq!(unequal.first_arrival_sum_ns, (100 + 10 + 20 + 30) * 1_000_000);
}

/// A hit of a holder i hops away takes exactly i messages, and as long back as the query took out.
#[test]
fn a_hit_costs_as_many_messages_as_hops() {
    // A ring of 21: item k is held by the peer k hops around, so up to ten hops away.
    let mut replicas = String::from("peer,item\n");
    let mut queries = String::from("at_s,origin,item,ttl\n");
    for item in 1..=20 {
        writeln!(replicas, "{item},{item}").unwrap();
        writeln!(queries, "{item},0,{item},10").unwrap();
    }
    // Item 0 has five holders, 1 to 5 hops away on one side.
    for peer in 1..=5 {
        writeln!(replicas, "{peer},0").unwrap();
    }
    writeln!(queries, "21,0,0,10\n22,0,0,3\n23,0,9,8").unwrap();
    let rows = flooding("peers.count = 21\ntopology.ring = {}", &[(0, 1); 9])
        .set("content.items=21")
        .set("content.replicas.file.path=\"replicas.csv\"")
        .file("queries.csv", queries)
        .file("replicas.csv", replicas)
        .run()
        .queries();
    for (item, row) in (1..=20_u64).zip(&rows) {
        let hops = item.min(21 - item);
        assert_eq!((row.item, row.hits, row.hit_messages), (item, 1, hops));
        assert_eq!(row.first_hit_hops, Some(u32::try_from(hops).unwrap()));
        assert_eq!(row.first_hit_ns, Some(2 * hops * HOP_NS));
        assert_eq!((row.live_replicas, row.reachable_replicas), (Some(1), Some(1)));
    }
    let hits = |row: &QueryRow| {
        (
            row.hits,
            row.hit_messages,
            row.first_hit_hops,
            row.reachable_replicas,
        )
    };
    assert_eq!(hits(&rows[20]), (5, 1 + 2 + 3 + 4 + 5, Some(1), Some(5)));
    assert_eq!(hits(&rows[21]), (3, 1 + 2 + 3, Some(1), Some(3)));
    assert_eq!(
        hits(&rows[22]),
        (0, 0, None, Some(0)),
        "nine hops away with TTL 8"
    );

    // In a hypercube the distance is the number of one bits, and there are many shortest ways.
    let mut replicas = String::from("peer,item\n");
    let mut queries = String::from("at_s,origin,item,ttl\n");
    for peer in 1..64 {
        writeln!(replicas, "{peer},{peer}\n{peer},0").unwrap();
        writeln!(queries, "{peer},0,{peer},6").unwrap();
    }
    writeln!(queries, "64,0,0,6").unwrap();
    let rows = flooding("topology.hypercube.dimension = 6", &[(0, 1); 30])
        .set("content.items=64")
        .set("content.replicas.file.path=\"replicas.csv\"")
        .file("queries.csv", queries)
        .file("replicas.csv", replicas)
        .run()
        .queries();
    for (peer, row) in (1..64_u64).zip(&rows) {
        let hops = peer.count_ones();
        assert_eq!((row.hits, row.hit_messages), (1, u64::from(hops)), "peer {peer}");
        assert_eq!(row.first_hit_hops, Some(hops), "peer {peer}");
    }
    // Sum over all others of their distances: 6 * 2^5.
    assert_eq!(hits(&rows[63]), (63, 192, Some(1), Some(63)));
}

/// A snapshot of SNAP's as a topology, or `None` where the data are absent.
fn snapshot(number: &str) -> Option<String> {
    let path = shared(&format!("data/gnutella/p2p-Gnutella{number}.txt"))?;
    Some(format!("topology.file.path = {:?}", path.display().to_string()))
}

#[test]
fn snapshots_from_node_zero() {
    let tables: [(&str, [Counts; 7], [u64; 7]); 2] = [
        (
            "04",
            [
                (17, 17),
                (200, 215),
                (2_275, 2_871),
                (7_897, 26_355),
                (10_716, 66_138),
                (10_861, 69_092),
                (10_875, 69_113),
            ],
            [0, 15, 596, 18_458, 55_422, 58_231, 58_238],
        ),
        (
            "08",
            [
                (10, 10),
                (327, 457),
                (1_594, 6_259),
                (4_961, 20_171),
                (6_218, 34_286),
                (6_298, 35_252),
                (6_298, 35_254),
            ],
            [0, 130, 4_665, 15_210, 28_068, 28_954, 28_956],
        ),
    ];
    for (number, cells, duplicates) in tables {
        let Some(topology) = snapshot(number) else { return };
        let floods: Vec<Flood> = (1..=7).map(|ttl| (0, ttl)).collect();
        let rows = flooding(&topology, &floods).run().queries();
        let found: Vec<_> = rows
            .iter()
            .map(|row| (counts(row), row.duplicate_messages))
            .collect();
        let expected: Vec<_> = cells.into_iter().zip(duplicates).collect();
        assert_eq!(found, expected, "snapshot {number}");
    }
}

/// 200 origins, seven TTLs each, as counted by another program.
#[test]
fn snapshot_08_from_two_hundred_origins() {
    let reference = shared("data/gnutella/reference/p2p-Gnutella08-flood.json");
    let (Some(reference), Some(topology)) = (reference, snapshot("08")) else {
        return;
    };
    let reference: serde_json::Value = serde_json::from_str(&fs::read_to_string(reference).unwrap()).unwrap();
    let flood = &reference["graphs"]["p2p-Gnutella08"]["flood"];
    let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
    let number = |value: &serde_json::Value| value.as_u64().expect("a whole number");
    let (origins, lines) = (list(&flood["origins"]), list(&flood["per_origin"]));
    assert_eq!((origins.len(), lines.len()), (200, 200));
    let mut expected = Vec::new();
    for (origin, line) in origins.iter().zip(&lines) {
        let (reached, messages) = (list(&line["reached"]), list(&line["messages"]));
        let cells = reached.iter().map(number).zip(messages.iter().map(number));
        expected.extend(
            (1..)
                .zip(cells)
                .map(|(ttl, counts)| ((number(origin), ttl), counts)),
        );
    }
    assert_eq!(expected.len(), 1_400);
    check(&topology, &expected);
}

/// Means over all origins of snapshot 04, in thousandths.
fn means_of_snapshot_04(ttl: u32, reached: u64, messages: u64) {
    let Some(topology) = snapshot("04") else { return };
    // Not every label below the highest is there.
    let (_, labels) = Run::read(flooding(&topology, &[]).request())
        .unwrap()
        .graph()
        .unwrap();
    let floods: Vec<Flood> = labels.into_iter().map(|origin| (origin, ttl)).collect();
    let done = flooding(&topology, &floods).threads(2).run();
    assert_eq!(done.integer("queries"), 10_876);
    let mean = |value: fn(&QueryRow) -> u64, done: &Done| {
        let sum: u64 = done.queries().iter().map(value).sum();
        (sum * 2_000 + 10_876) / (2 * 10_876)
    };
    assert_eq!(
        mean(|row| row.reached_peers, &done),
        reached,
        "mean reached, TTL {ttl}"
    );
    assert_eq!(
        mean(|row| row.query_messages, &done),
        messages,
        "mean messages, TTL {ttl}"
    );
}

#[test]
fn snapshot_04_means_over_all_origins() {
    means_of_snapshot_04(1, 7_355, 7_355);
    means_of_snapshot_04(2, 97_161, 102_738);
    means_of_snapshot_04(3, 967_493, 1_213_449);
}

#[test]
fn snapshot_04_means_over_all_origins_ttl_4() {
    means_of_snapshot_04(4, 4_747_049, 11_489_503);
}

#[test]
#[ignore = "slow: two thousand million messages"]
fn slow_snapshot_04_means_over_all_origins() {
    means_of_snapshot_04(5, 9_175_549, 44_869_336);
    means_of_snapshot_04(6, 10_727_515, 66_509_757);
    means_of_snapshot_04(7, 10_864_841, 69_011_754);
}

/// Copies lie on uniformly random peers: a flood that reaches so many of them succeeds with a known probability.
#[test]
fn success_is_hypergeometric() {
    const PEERS: f64 = 10_876.0;
    const QUERIES: u32 = 5_000;
    let Some(topology) = snapshot("04") else { return };
    for (ttl, reached, copies, published) in [
        (2, 200.0, 1_u32, 0.018_39),
        (2, 200.0, 11, 0.184_76),
        (2, 200.0, 109, 0.869_12),
        (3, 2_275.0, 1, 0.209_20),
        (3, 2_275.0, 11, 0.924_46),
    ] {
        // 1 - C(N - reached, r) / C(N, r): our copies may also lie on the origin, which does not count as reached.
        let miss: f64 = (0..copies)
            .map(|drawn| (PEERS - reached - f64::from(drawn)) / (PEERS - f64::from(drawn)))
            .product();
        let hit = 1.0 - miss;
        assert!(
            (hit - published).abs() < 1e-4,
            "{hit} is not the published {published}"
        );

        let mut queries = String::from("at_s,origin,item,ttl\n");
        for item in 0..QUERIES {
            writeln!(queries, "{item},0,{item},{ttl}").unwrap();
        }
        let rows = flooding(&topology, &vec![(0, 1); QUERIES as usize / 3 + 1])
            .set(format!("content.items={QUERIES}"))
            .set(format!("content.replicas.uniform.per_item={copies}"))
            .set("observe.truth=\"sample\"")
            .set("observe.truth_share=0.02")
            .file("queries.csv", queries)
            .run()
            .queries();
        let mut hits = 0;
        for row in &rows {
            hits += u32::from(row.hits > 0);
            if let Some(reachable) = row.reachable_replicas {
                assert_eq!(row.hits, reachable, "every holder in reach answers");
                assert!((u64::from(copies) - 1..=u64::from(copies)).contains(&row.live_replicas.unwrap()));
            }
        }
        let share = f64::from(hits) / f64::from(QUERIES);
        let error = (hit * (1.0 - hit) / f64::from(QUERIES)).sqrt();
        assert!(
            (share - hit).abs() < 3.5 * error,
            "TTL {ttl}, {copies} copies: {share}, not {hit} +- {error}"
        );
    }
}

//! What is left of graphs when nodes are taken out: at random, and the best connected first.

use servent::engine::Seed;
use servent::topology::{Generator, Graph, Removal, analysis, snapshot};

use crate::program::servent;
use crate::support::shared;

const SEED: Seed = Seed {
    seed: 5,
    replication: 0,
};
const NODES: u32 = 10_000;

/// Share of the nodes left that the largest component holds.
fn largest_share(graph: &Graph, removal: Removal) -> f64 {
    let left = removal.survivors(graph, SEED);
    let is_left = |node: u32| left.binary_search(&node).is_ok();
    let (_, largest) = analysis::components(graph.nodes() as usize, graph.edge_pairs(), is_left);
    f64::from(largest) / left.len() as f64
}

/// The same, by a search from every node over lists of neighbours.
fn slow_largest_share(graph: &Graph, removal: Removal) -> f64 {
    let left = removal.survivors(graph, SEED);
    let mut seen = vec![true; graph.nodes() as usize];
    for &node in &left {
        seen[node as usize] = false;
    }
    let mut largest = 0;
    for &start in &left {
        let mut size = 0;
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                size += 1;
                open.extend_from_slice(graph.neighbours(node));
            }
        }
        largest = largest.max(size);
    }
    f64::from(largest) / left.len() as f64
}

fn power_law() -> Graph {
    // Measured Gnutella: 2.3 (Ripeanu, Foster and Iamnitchi 2002).
    let generator = Generator::Configuration {
        exponent: 2.3,
        degree_min: 1,
        degree_max: None,
    };
    generator.generate(NODES, SEED).unwrap()
}

fn regular(degree: u32) -> Graph {
    Generator::Regular { degree }.generate(NODES, SEED).unwrap()
}

/// Of 1,771 Gnutella peers, 1,300 are left when 30 % go at random, and 1,106 of these hang together (Saroiu, Gummadi and Gribble 2002):
/// a share of 0.85.
#[test]
fn random_failures_leave_the_giant_component_near_whole() {
    let random = Removal::Random { share: 0.3 };
    let preferential = Generator::PreferentialAttachment { links: 2 };
    for (name, graph, least) in [
        (
            "random, mean degree 8",
            Generator::Random { mean_degree: 8.0 }
                .generate(NODES, SEED)
                .unwrap(),
            0.98,
        ),
        ("regular of degree 4", regular(4), 0.95),
        (
            "preferential attachment of 2",
            preferential.generate(NODES, SEED).unwrap(),
            0.90,
        ),
    ] {
        let (whole, left) = (
            largest_share(&graph, Removal::Random { share: 0.0 }),
            largest_share(&graph, random),
        );
        println!("{name}: {whole:.4}, then {left:.4}");
        assert!(left >= least, "{name}: {left}");
        assert!((left - slow_largest_share(&graph, random)).abs() < 1e-12);
    }
}

/// The 4 % that are best connected hold a power-law graph together, and nothing of a regular one.
#[test]
fn attacks_on_the_best_connected_shatter_a_power_law_and_not_a_regular_graph() {
    let attack = Removal::BestConnected { share: 0.04 };
    let whole = Removal::Random { share: 0.0 };
    let graph = power_law();
    let (before, random, after) = (
        largest_share(&graph, whole),
        largest_share(&graph, Removal::Random { share: 0.3 }),
        largest_share(&graph, attack),
    );
    println!("power law 2.3: {before:.4}; 30 % at random {random:.4}; 4 % best connected {after:.4}");
    assert!(after < 0.05, "{after}");
    assert!(random > 0.6 * before, "{random} of {before}");
    assert!((after - slow_largest_share(&graph, attack)).abs() < 1e-12);
    for degree in [4, 8] {
        let graph = regular(degree);
        let after = largest_share(&graph, attack);
        println!("regular of degree {degree}: 4 % best connected {after:.4}");
        assert!(after > 0.99, "{after}");
    }
}

/// The snapshots of 2002 had lost their power law for small degrees: they survive both.
#[test]
fn snapshots_of_gnutella() {
    for name in ["p2p-Gnutella04.txt", "p2p-Gnutella08.txt", "p2p-Gnutella30.txt"] {
        let Some(path) = shared(&format!("data/gnutella/{name}")) else {
            return;
        };
        let graph = snapshot::parse(&std::fs::read(path).unwrap(), 1).unwrap().graph;
        let share = |removal| largest_share(&graph, removal);
        let (random, best, tenth) = (
            share(Removal::Random { share: 0.3 }),
            share(Removal::BestConnected { share: 0.04 }),
            share(Removal::BestConnected { share: 0.1 }),
        );
        println!("{name}: 30 % at random {random:.4}; best connected 4 % {best:.4}, 10 % {tenth:.4}");
        assert!(random > 0.8, "{name}: {random}");
        assert!(best > 0.75 && tenth < best, "{name}: {best}, {tenth}");
    }
}

/// `servent topology` says what is left.
#[test]
fn the_command_line_takes_nodes_out() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    // A star around node 40, with one more edge.
    std::fs::write(place.join("star.txt"), "40 1\n40 2\n40 3\n40 4\n1 2\n").unwrap();
    let number = |line: &str, field: &str| {
        let json = servent(place, &format!("topology star.txt --json - {line}")).says();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        value[field].as_u64().unwrap()
    };
    assert_eq!(number("", "components"), 1);
    let best = "--remove-best-connected 0.2";
    assert_eq!(
        (
            number(best, "nodes"),
            number(best, "edges"),
            number(best, "components")
        ),
        (4, 1, 3)
    );
    assert_eq!(number("--remove-random 0.4", "nodes"), 3);
    let dot = servent(
        place,
        "topology star.txt --format dot --remove-best-connected 0.2",
    )
    .says();
    assert!(!dot.contains("40"), "{dot}");
    for line in [
        "--remove-random 2",
        "--remove-random -0.1",
        "--remove-random 0.1 --remove-best-connected 0.1",
    ] {
        servent(place, &format!("topology star.txt {line}")).ends(2);
    }
}

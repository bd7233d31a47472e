//! Closed forms, statistics, contradictions, and the frozen links of every random family.

use super::*;
use crate::engine::digest::Channel;
use crate::topology::analysis::{Effort, distances};
use crate::topology::graph::check_simple;
use crate::topology::{Analysis, Graph};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SEED: Seed = Seed {
    seed: 1,
    replication: 0,
};

fn seeded(seed: u64) -> Seed {
    Seed { seed, replication: 0 }
}

fn fixed(generator: Generator) -> Graph {
    let nodes = generator.nodes().expect("the family has a fixed size");
    generator.generate(nodes, SEED).expect("the parameters are valid")
}

fn analysed(graph: &Graph) -> Analysis {
    Analysis::of(graph, Effort::default(), SEED)
}

/// Nodes at most 1, 2, ... hops from a node, itself excluded.
fn reached(graph: &Graph, source: u32) -> Vec<u32> {
    let hops = distances(graph, source);
    let last = hops
        .iter()
        .copied()
        .filter(|&hops| hops != u32::MAX)
        .max()
        .unwrap_or(0);
    (1..=last)
        .map(|ttl| {
            hops.iter()
                .map(|&hops| u32::from((1..=ttl).contains(&hops)))
                .sum()
        })
        .collect()
}

#[test]
fn regular_trees_reach_what_ritter_printed() {
    // d * ((d - 1)^T - 1) / (d - 2): columns T = 1 to 6 of the published table.
    let table = [
        (2, [2, 4, 6, 8, 10, 12]),
        (3, [3, 9, 21, 45, 93, 189]),
        (4, [4, 16, 52, 160, 484, 1_456]),
        (5, [5, 25, 105, 425, 1_705, 6_825]),
        (6, [6, 36, 186, 936, 4_686, 23_436]),
        (7, [7, 49, 301, 1_813, 10_885, 65_317]),
        (8, [8, 64, 456, 3_200, 22_408, 156_864]),
    ];
    for (degree, expected) in table {
        let graph = fixed(Generator::RegularTree { degree, depth: 6 });
        assert_eq!(reached(&graph, 0), expected, "degree {degree}");
        assert_eq!(graph.edges(), u64::from(graph.nodes()) - 1);
        for node in 0..graph.nodes() {
            let inner = graph.degree(node) == degree;
            assert!(inner || graph.degree(node) == 1, "node {node} is inner or a leaf");
        }
    }
    assert_eq!(
        Generator::RegularTree { degree: 8, depth: 8 }.nodes(),
        Some(7_686_401)
    );
}

#[test]
fn trees_have_a_full_level_at_every_depth() {
    let graph = fixed(Generator::Tree {
        branching: 3,
        depth: 4,
    });
    assert_eq!((graph.nodes(), graph.edges()), (1 + 3 + 9 + 27 + 81, 120));
    assert_eq!(reached(&graph, 0), [3, 12, 39, 120]);
    assert_eq!(graph.neighbours(1), [0, 4, 5, 6]);
    let path = fixed(Generator::Tree {
        branching: 1,
        depth: 5,
    });
    assert_eq!(reached(&path, 0), [1, 2, 3, 4, 5]);
    let root = Generator::Tree {
        branching: 5,
        depth: 0,
    };
    assert_eq!((fixed(root).nodes(), fixed(root).edges()), (1, 0));
    let pair = Generator::RegularTree { degree: 1, depth: 9 };
    assert_eq!((fixed(pair).nodes(), fixed(pair).edges()), (2, 1));
    let ring_like = Generator::RegularTree {
        degree: 2,
        depth: 1_000,
    };
    assert_eq!(fixed(ring_like).nodes(), 2_001);
}

#[test]
fn hypercubes_reach_sums_of_binomials() {
    let graph = fixed(Generator::Hypercube { dimension: 10 });
    assert_eq!((graph.nodes(), graph.edges()), (1_024, 5_120));
    assert_eq!(
        reached(&graph, 0),
        [10, 55, 175, 385, 637, 847, 967, 1_012, 1_022, 1_023]
    );
    let analysis = analysed(&graph);
    assert_eq!((analysis.diameter, analysis.diameter_exact), (10, true));
    // Mean of the binomial distances, the pair with itself left out.
    assert_eq!(analysis.path_mean, Some(5.0 * 1_024.0 / 1_023.0));
    assert_eq!((analysis.triangles, analysis.clustering_mean), (0, 0.0));
    let point = fixed(Generator::Hypercube { dimension: 0 });
    assert_eq!((point.nodes(), point.edges()), (1, 0));
}

#[test]
fn grids_and_tori_have_their_diamonds() {
    let grid = |torus| Generator::Grid {
        rows: 100,
        columns: 100,
        torus,
    };
    let open = fixed(grid(false));
    assert_eq!((open.nodes(), open.edges()), (10_000, 19_800));
    let centre = reached(&open, 5_050);
    assert_eq!((centre[2], centre[6], centre[9]), (24, 112, 220));
    let corner = reached(&open, 0);
    assert_eq!((corner[2], corner[6], corner[9], corner.len()), (9, 35, 65, 198));
    let torus = fixed(grid(true));
    assert_eq!(torus.edges(), 20_000);
    assert!((0..10_000).all(|node| torus.degree(node) == 4));
    assert_eq!(
        reached(&torus, 0)[..49],
        (1..50).map(|ttl| 2 * ttl * (ttl + 1)).collect::<Vec<_>>()
    );
    assert_eq!(distances(&torus, 0).into_iter().max(), Some(100));
    // Joints that would be loops or repetitions are left out.
    let flat = |rows, columns| {
        fixed(Generator::Grid {
            rows,
            columns,
            torus: true,
        })
    };
    assert_eq!(
        (flat(1, 1).edges(), flat(1, 5).edges(), flat(2, 5).edges()),
        (0, 5, 15)
    );
}

#[test]
fn rings_stars_and_complete_graphs() {
    let ring = Generator::Ring.generate(101, SEED).unwrap();
    let expected: Vec<u32> = (1..=50).map(|ttl| 2 * ttl).collect();
    assert_eq!((reached(&ring, 7), ring.edges()), (expected, 101));
    let small: Vec<u64> = (0..4)
        .map(|nodes| Generator::Ring.generate(nodes, SEED).unwrap().edges())
        .collect();
    assert_eq!(small, [0, 0, 1, 3]);
    let star = Generator::Star.generate(50, SEED).unwrap();
    assert_eq!((star.edges(), star.degree(0), star.degree(49)), (49, 49, 1));
    assert_eq!(reached(&star, 9), [1, 49]);
    let complete = Generator::Complete.generate(50, SEED).unwrap();
    assert_eq!((complete.edges(), reached(&complete, 3)), (1_225, vec![49]));
    let analysis = analysed(&complete);
    assert_eq!(
        (analysis.triangles, analysis.clustering_mean),
        (50 * 49 * 48 / 6, 1.0)
    );
    assert_eq!((analysis.closed_fraction, analysis.path_mean), (1.0, Some(1.0)));
}

#[test]
fn random_graphs_have_exactly_their_edges() {
    for (nodes, mean_degree, edges) in [
        (10_000, 4.0, 20_000),
        (9_836, 2.0 * 20_099.0 / 9_836.0, 20_099),
        (1_001, 3.0, 1_502),
        (100, 98.9, 4_945),
        (100, 99.0, 4_950),
        (5, 0.0, 0),
        (1, 0.0, 0),
        (0, 0.0, 0),
    ] {
        let graph = Generator::Random { mean_degree }.generate(nodes, SEED).unwrap();
        assert_eq!(graph.edges(), edges, "{nodes} nodes of mean degree {mean_degree}");
        check_simple(&graph);
    }
}

#[test]
fn random_degrees_are_nearly_poisson() {
    let graph = Generator::Random { mean_degree: 8.0 }
        .generate(20_000, SEED)
        .unwrap();
    let histogram = analysed(&graph).degree_histogram;
    // Probabilities of the Poisson law with mean 8; four standard deviations of a binomial count.
    for (degree, probability) in [
        (4, 0.057_25),
        (6, 0.122_14),
        (8, 0.139_59),
        (10, 0.099_26),
        (12, 0.048_13),
    ] {
        let expected = 20_000.0 * probability;
        let deviation = (histogram[&degree] as f64 - expected).abs();
        let limit = 4.0 * (expected * (1.0 - probability)).sqrt();
        assert!(
            deviation < limit,
            "degree {degree}: {} for {expected}",
            histogram[&degree]
        );
    }
}

/// Counts how often each graph comes out, over many seeds.
fn frequencies(generator: Generator, nodes: u32, seeds: u64) -> BTreeMap<Vec<(u32, u32)>, u64> {
    let mut counts = BTreeMap::new();
    for seed in 0..seeds {
        let graph = generator.generate(nodes, seeded(seed)).unwrap();
        *counts.entry(graph.edge_pairs().collect()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn all_graphs_with_as_many_edges_are_equally_likely() {
    // 15 sets of two, or four, of the six pairs of four nodes; the second way draws the pairs left out.
    for mean_degree in [1.0, 2.0] {
        let counts = frequencies(Generator::Random { mean_degree }, 4, 3_000);
        assert_eq!(counts.len(), 15);
        let squares = counts.values().map(|&count| {
            let deviation = count as f64 - 200.0;
            deviation * deviation / 200.0
        });
        let chi_square: f64 = squares.sum();
        // 99.9 % point of chi square with 14 degrees of freedom.
        assert!(chi_square < 36.1, "{chi_square}");
    }
}

#[test]
fn regular_graphs_are_regular() {
    for (nodes, degree) in [
        (10_000, 4),
        (1_001, 6),
        (500, 64),
        (130, 64),
        (4_000, 3),
        (7, 0),
        (0, 0),
    ] {
        let graph = Generator::Regular { degree }.generate(nodes, SEED).unwrap();
        assert!(
            (0..nodes).all(|node| graph.degree(node) == degree),
            "{nodes} of {degree}"
        );
        check_simple(&graph);
    }
}

#[test]
fn every_small_regular_graph_is_found() {
    for nodes in 1..=24 {
        for degree in (0..nodes).filter(|degree| degree * nodes % 2 == 0) {
            for seed in 0..4 {
                let graph = Generator::Regular { degree }
                    .generate(nodes, seeded(seed))
                    .unwrap();
                assert!(
                    (0..nodes).all(|node| graph.degree(node) == degree),
                    "{nodes} of {degree}"
                );
                check_simple(&graph);
            }
        }
    }
}

#[test]
fn small_regular_graphs_are_about_equally_likely() {
    // 70 labelled cubic graphs of six nodes. What is drawn is the complement: 60 hexagons and 10 pairs of triangles,
    // the latter about half as often as they should be; the bias shrinks with the number of nodes.
    let counts = frequencies(Generator::Regular { degree: 3 }, 6, 7_000);
    assert_eq!(counts.len(), 70);
    let (low, high) = (counts.values().min().unwrap(), counts.values().max().unwrap());
    assert!(*low > 30 && *high < 170, "{low} to {high} of 100");
}

#[test]
fn preferential_attachment_has_its_edges_and_its_tail() {
    let graph = Generator::PreferentialAttachment { links: 3 }
        .generate(20_000, SEED)
        .unwrap();
    assert_eq!(graph.edges(), 6 + 3 * (20_000 - 4));
    check_simple(&graph);
    let analysis = analysed(&graph);
    assert_eq!(analysis.components, 1);
    // Exact limit law (Bollobás, Riordan, Spencer, Tusnády 2001): 2 m (m + 1) / (k (k + 1) (k + 2)).
    for degree in [3_u32, 4, 5, 8] {
        let k = f64::from(degree);
        let expected = 20_000.0 * 24.0 / (k * (k + 1.0) * (k + 2.0));
        let found = analysis.degree_histogram[&degree] as f64;
        assert!(
            (found / expected - 1.0).abs() < 0.08,
            "degree {degree}: {found} for {expected}"
        );
    }
    assert!(analysis.degree_max > 150, "hubs: {}", analysis.degree_max);
    let core = Generator::PreferentialAttachment { links: 4 }
        .generate(5, SEED)
        .unwrap();
    assert_eq!(core, Generator::Complete.generate(5, SEED).unwrap());
}

#[test]
fn the_configuration_model_follows_its_law() {
    let generator = Generator::Configuration {
        exponent: 2.5,
        degree_min: 2,
        degree_max: Some(100),
    };
    let graph = generator.generate(20_000, SEED).unwrap();
    check_simple(&graph);
    let expected_edges = generator.edges_expected(20_000) as f64;
    let edges = graph.edges() as f64;
    assert!(
        (edges / expected_edges - 1.0).abs() < 0.05,
        "{edges} for {expected_edges}"
    );
    let analysis = analysed(&graph);
    assert!(analysis.degree_max <= 100);
    let weight = |degree: u32| crate::engine::math::pow(f64::from(degree), -2.5);
    let total: f64 = (2..=100).map(weight).sum();
    for degree in [2, 3, 4, 6, 8] {
        let expected = 20_000.0 * weight(degree) / total;
        let found = analysis.degree_histogram[&degree] as f64;
        assert!(
            (found / expected - 1.0).abs() < 0.12,
            "degree {degree}: {found} for {expected}"
        );
    }
    // Clauset, Shalizi, Newman (2009), eq. 3.7: maximum-likelihood exponent of the tail, approximately.
    let tail: Vec<f64> = (0..20_000)
        .map(|node| f64::from(graph.degree(node)))
        .filter(|&degree| degree >= 6.0)
        .collect();
    let logs: f64 = tail
        .iter()
        .map(|&degree| crate::engine::math::ln(degree / 5.5))
        .sum();
    let exponent = 1.0 + tail.len() as f64 / logs;
    assert!((2.3..2.8).contains(&exponent), "{exponent}");
    let wide = Generator::Configuration {
        exponent: 2.0,
        degree_min: 1,
        degree_max: None,
    };
    let graph = wide.generate(5_000, SEED).unwrap();
    assert!(
        (0..5_000).any(|node| graph.degree(node) > 200),
        "without a cut-off there are hubs"
    );
}

#[test]
fn small_worlds_keep_their_edges() {
    let make = |nodes, degree, rewired| {
        Generator::SmallWorld { degree, rewired }
            .generate(nodes, SEED)
            .unwrap()
    };
    for rewired in [0.0, 0.1, 0.5, 1.0] {
        let graph = make(2_000, 10, rewired);
        assert_eq!(graph.edges(), 10_000, "rewired {rewired}");
        check_simple(&graph);
    }
    // The lattice: 3 (k - 2) / (4 (k - 1)), and every node reaches k more per hop.
    let lattice = make(2_000, 10, 0.0);
    assert!((analysed(&lattice).clustering_mean - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(reached(&lattice, 77)[..3], [10, 20, 30]);
    // Watts and Strogatz: at a tenth, clustering is still (1 - p)^3 of the lattice's, and paths are short.
    let analysis = analysed(&make(2_000, 10, 0.1));
    assert!(
        (analysis.clustering_mean - 0.729 * 2.0 / 3.0).abs() < 0.03,
        "{}",
        analysis.clustering_mean
    );
    assert!(analysis.path_mean.unwrap() < 6.0, "{:?}", analysis.path_mean);
    assert!(analysed(&make(2_000, 10, 1.0)).clustering_mean < 0.02);
    // A node keeps the near ends of its links.
    let all_moved = make(2_000, 10, 1.0);
    assert!((0..2_000).all(|node| all_moved.degree(node) >= 5));
    // Nothing can be moved where everybody knows everybody.
    assert_eq!(make(7, 6, 1.0), Generator::Complete.generate(7, SEED).unwrap());
    assert_eq!(make(8, 6, 1.0).edges(), 24);
}

#[test]
fn contradictions_are_named() {
    let grid = |rows| Generator::Grid {
        rows,
        columns: 10,
        torus: false,
    };
    let law = |exponent, degree_min, degree_max| Generator::Configuration {
        exponent,
        degree_min,
        degree_max,
    };
    let world = |degree, rewired| Generator::SmallWorld { degree, rewired };
    let cases = [
        (
            Generator::Random {
                mean_degree: f64::NAN,
            },
            10,
            "random graph: mean degree = NaN is not a number from 0",
        ),
        (
            Generator::Random { mean_degree: -1.0 },
            10,
            "random graph: mean degree = -1 is not a number from 0",
        ),
        (
            Generator::Random { mean_degree: 9.5 },
            10,
            "random graph: mean degree = 9.5 needs at least 11 nodes, there are 10",
        ),
        (
            Generator::Random { mean_degree: 1e300 },
            10,
            "random graph: mean degree = 1e300 needs at least",
        ),
        (
            Generator::Random { mean_degree: 8_000.0 },
            4_000_000,
            "random graph: 16000000000 edges are more than a graph can hold",
        ),
        (
            Generator::Regular { degree: 3 },
            7,
            "regular graph: 7 nodes of degree 3 make an odd sum",
        ),
        (
            Generator::Regular { degree: 4 },
            4,
            "regular graph: degree = 4 needs at least 5 nodes, there are 4",
        ),
        (
            Generator::Regular { degree: 1 },
            0,
            "regular graph: degree = 1 needs at least 2 nodes, there are 0",
        ),
        (
            Generator::PreferentialAttachment { links: 0 },
            10,
            "preferential attachment: links = 0 is not at least 1",
        ),
        (
            Generator::PreferentialAttachment { links: u32::MAX },
            10,
            "preferential attachment: links = 4294967295 needs at least 4294967296 nodes",
        ),
        (
            law(0.0, 1, None),
            10,
            "configuration model: exponent = 0 is not a number above 0",
        ),
        (
            law(f64::INFINITY, 1, None),
            10,
            "configuration model: exponent = inf is not",
        ),
        (
            law(2.0, 0, None),
            10,
            "configuration model: smallest degree = 0 is not at least 1",
        ),
        (
            law(2.0, 5, Some(4)),
            10,
            "configuration model: largest degree = 4 is not at least the smallest",
        ),
        (
            law(2.0, 2, Some(10)),
            10,
            "configuration model: largest degree = 10 needs at least 11 nodes",
        ),
        (
            law(2.0, 10, None),
            10,
            "configuration model: smallest degree = 10 needs at least 11 nodes",
        ),
        (
            law(2.0, 3, Some(3)),
            7,
            "configuration model: 7 nodes of degree 3 make an odd sum",
        ),
        (
            world(3, 0.1),
            10,
            "small world: degree = 3 is not an even number from 2",
        ),
        (
            world(0, 0.1),
            10,
            "small world: degree = 0 is not an even number from 2",
        ),
        (
            world(4, 1.1),
            10,
            "small world: share rewired = 1.1 is not between 0 and 1",
        ),
        (
            world(4, f64::NAN),
            10,
            "small world: share rewired = NaN is not between 0 and 1",
        ),
        (
            world(10, 0.1),
            10,
            "small world: degree = 10 needs at least 11 nodes, there are 10",
        ),
        (grid(0), 0, "grid: rows = 0 is not at least 1"),
        (grid(10), 99, "grid: the parameters make 100 nodes, 99 are given"),
        (
            grid(u32::MAX),
            u32::MAX,
            "grid: the parameters make 2^32 nodes or more",
        ),
        (
            Generator::Hypercube { dimension: 32 },
            u32::MAX,
            "hypercube: the parameters make 2^32 nodes or more",
        ),
        (
            Generator::Hypercube { dimension: u32::MAX },
            2,
            "hypercube: the parameters make 2^32 nodes or more",
        ),
        (
            Generator::Hypercube { dimension: 4 },
            17,
            "hypercube: the parameters make 16 nodes, 17 are given",
        ),
        (
            Generator::Hypercube { dimension: 31 },
            1 << 31,
            "hypercube: 33285996544 edges are more than a graph can hold",
        ),
        (
            Generator::RegularTree { degree: 0, depth: 3 },
            1,
            "regular tree: degree = 0 is not at least 1",
        ),
        (
            Generator::RegularTree { degree: 9, depth: 99 },
            1,
            "regular tree: the parameters make 2^32 nodes",
        ),
        (
            Generator::RegularTree { degree: 4, depth: 2 },
            16,
            "regular tree: the parameters make 17 nodes, 16",
        ),
        (
            Generator::Tree {
                branching: 0,
                depth: 1,
            },
            1,
            "tree: branching = 0 is not at least 1",
        ),
        (
            Generator::Tree {
                branching: 1,
                depth: u32::MAX,
            },
            1,
            "tree: the parameters make 2^32 nodes or more",
        ),
        (
            Generator::Complete,
            70_000,
            "complete graph: 2449965000 edges are more than a graph can hold",
        ),
        (
            Generator::Star,
            u32::MAX,
            "star: 4294967294 edges are more than a graph can hold",
        ),
    ];
    for (generator, nodes, expected) in cases {
        let error = generator.generate(nodes, SEED).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{generator:?} over {nodes}: {error}");
    }
}

#[test]
fn sizes_saturate() {
    assert_eq!(Generator::Hypercube { dimension: 200 }.nodes(), Some(u32::MAX));
    assert_eq!(Generator::Star.nodes(), None);
    let deep = Generator::RegularTree {
        degree: 2,
        depth: u32::MAX,
    };
    assert_eq!(deep.nodes(), Some(u32::MAX));
}

#[test]
fn a_graph_over_members_leaves_others_isolated() {
    let generator = Generator::Random { mean_degree: 4.0 };
    let members = [3, 9, 1, 20, 14, 7, 8];
    let graph = generator.generate_over(&members, 30, SEED).unwrap();
    let alone = generator.generate(7, SEED).unwrap();
    assert_eq!((graph.nodes(), graph.edges()), (30, 14));
    for (u, v) in alone.edge_pairs() {
        assert!(graph.is_linked(members[u as usize], members[v as usize]));
    }
    let front = generator.generate_over(&[0, 1, 2, 3, 4, 5, 6], 30, SEED).unwrap();
    assert_eq!(front, alone.padded(30));
    let none = generator.generate_over(&[], 30, SEED).unwrap();
    assert_eq!((none.nodes(), none.edges()), (30, 0));
    let cube = Generator::Hypercube { dimension: 3 };
    assert!(matches!(
        cube.generate_over(&members, 30, SEED),
        Err(GenerateError::WrongSize {
            nodes: 7,
            nodes_fixed: 8,
            ..
        })
    ));
}

#[test]
#[should_panic(expected = "each member stands once")]
fn members_stand_once() {
    drop(Generator::Ring.generate_over(&[1, 2, 1], 5, SEED));
}

/// The random families, as the frozen vectors have them.
fn random_families() -> [(&'static str, Generator, u32); 8] {
    let law = |degree_max| Generator::Configuration {
        exponent: 2.3,
        degree_min: 2,
        degree_max,
    };
    [
        ("random", Generator::Random { mean_degree: 4.0 }, 1_000),
        ("random, dense", Generator::Random { mean_degree: 30.0 }, 40),
        ("regular", Generator::Regular { degree: 6 }, 1_000),
        ("regular, dense", Generator::Regular { degree: 30 }, 40),
        (
            "preferential attachment",
            Generator::PreferentialAttachment { links: 3 },
            1_000,
        ),
        ("configuration model", law(None), 1_000),
        ("configuration model, cut off", law(Some(30)), 1_000),
        (
            "small world",
            Generator::SmallWorld {
                degree: 6,
                rewired: 0.2,
            },
            1_000,
        ),
    ]
}

fn digest(graph: &Graph) -> String {
    let mut channel = Channel::default();
    for (u, v) in graph.edge_pairs() {
        channel.add(u.into(), v.into(), 0);
    }
    channel.hex()
}

/// Links are part of every result: where this fails, the trajectory epoch must rise.
#[test]
fn links_are_frozen() {
    let expected = [
        "1388c6237c3cd091c52c3e205cb36ad5",
        "551a16c6389af32872af03e0b3a264d7",
        "1687c237d99c46a040274594d37a7c16",
        "c1eba19570d456a6f05f1c1f55e7e8e1",
        "52d4dbdf40455f6c5b7e2e822e421f63",
        "a814398c4c2d611d59f179627159b24d",
        "8669d266798b5e75df2a70315ed311e4",
        "d38e712425da57a4d3b926e95faad9e6",
    ];
    let found =
        random_families().map(|(_, generator, nodes)| digest(&generator.generate(nodes, SEED).unwrap()));
    assert_eq!(found.each_ref().map(String::as_str), expected);
}

#[test]
fn links_depend_on_seed_and_replication() {
    for (name, generator, nodes) in random_families() {
        let make = |seed, replication| generator.generate(nodes, Seed { seed, replication }).unwrap();
        assert_eq!(make(1, 0), make(1, 0), "{name}");
        assert_ne!(make(1, 0), make(2, 0), "{name}");
        assert_ne!(make(1, 0), make(1, 1), "{name}");
    }
}

fn any_generator() -> impl Strategy<Value = Generator> {
    prop_oneof![
        (0.0..12.0).prop_map(|mean_degree| Generator::Random { mean_degree }),
        (0_u32..12).prop_map(|degree| Generator::Regular { degree }),
        (0_u32..6).prop_map(|links| Generator::PreferentialAttachment { links }),
        (0.5..4.0, 0_u32..4, proptest::option::of(0_u32..20)).prop_map(
            |(exponent, degree_min, degree_max)| {
                Generator::Configuration {
                    exponent,
                    degree_min,
                    degree_max,
                }
            }
        ),
        (0_u32..10, 0.0..=1.0).prop_map(|(degree, rewired)| Generator::SmallWorld { degree, rewired }),
        (0_u32..6, 0_u32..6, any::<bool>()).prop_map(|(rows, columns, torus)| Generator::Grid {
            rows,
            columns,
            torus
        }),
        Just(Generator::Ring),
        (0_u32..6).prop_map(|dimension| Generator::Hypercube { dimension }),
        (0_u32..5, 0_u32..4).prop_map(|(degree, depth)| Generator::RegularTree { degree, depth }),
        (0_u32..4, 0_u32..4).prop_map(|(branching, depth)| Generator::Tree { branching, depth }),
        Just(Generator::Complete),
        Just(Generator::Star),
    ]
}

proptest! {
    /// Whatever is asked for: a typed error, or a simple graph of the size that was promised.
    #[test]
    fn generators_keep_their_promises(generator in any_generator(), given in 0_u32..40, seed: u64) {
        let nodes = generator.nodes().unwrap_or(given);
        match generator.generate(nodes, seeded(seed)) {
            Ok(graph) => {
                check_simple(&graph);
                prop_assert_eq!(graph.nodes(), nodes);
                if !matches!(generator, Generator::Configuration { .. }) {
                    prop_assert_eq!(graph.edges(), generator.edges_expected(nodes));
                }
            }
            Err(GenerateError::GaveUp { .. }) => prop_assert!(false, "no graph found"),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

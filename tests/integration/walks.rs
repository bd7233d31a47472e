//! Random walks against exact expectations: one walker that never checks back, may return the way it came, and stops
//! where the item is. The number of its messages is the number of its steps: a hitting time, or a return time where the
//! origin holds the item.
//!
//! Each mean must lie within three standard errors of the exact value, and three standard errors must be at most 2 % of
//! it, so that a noisy run cannot pass.

use std::fmt::Write as _;

use crate::support::{scenario, shared};

/// Walks from `start` until the item is found at `target`, over a network that `topology` describes.
struct Walks<'a> {
    topology: &'a str,
    edges: &'a str,
    start: u64,
    target: u64,
    number: u32,
}

/// A walk over a generated network.
fn walks(topology: &str, start: u64, target: u64) -> Walks<'_> {
    Walks {
        topology,
        edges: "",
        start,
        target,
        number: 40_000,
    }
}

impl Walks<'_> {
    /// Takes so many walks instead of 40,000.
    fn number(mut self, number: u32) -> Self {
        self.number = number;
        self
    }

    /// Compares the mean number of steps with its exact value.
    fn check(self, steps_mean: f64) {
        // One step a millisecond, ten walks a millisecond begun. The longest of 10^5 nearly exponential times is 12
        // means or so; every walk must be over in the end, or the mean would be too low.
        let mut queries = String::from("at_s,origin,item\n");
        for number in 0..self.number {
            let micros = u64::from(number) * 100;
            writeln!(
                queries,
                "{}.{:06},{},0",
                micros / 1_000_000,
                micros % 1_000_000,
                self.start
            )
            .unwrap();
        }
        let toml = format!(
            r#"
duration = "{} s"
observe.truth = "off"
{}
[underlay.latency.constant]
one_way = "1 ms"
[overlay.gnutella]
maintenance = "none"
guid_expiry = "1 h"
search.walk = {{ walkers = 1, ttl = 1_000_000_000, check_every = 0, avoid_return = false }}
[content]
items = 1
replicas.file.path = "replicas.csv"
[workload.file]
path = "queries.csv"
"#,
            f64::from(self.number / 10_000 + 2) + (steps_mean / 12.0).ceil(),
            self.topology,
        );
        let rows = scenario(&toml)
            .file("queries.csv", queries)
            .file("replicas.csv", format!("peer,item\n{},0\n", self.target))
            .file("edges.txt", self.edges)
            .run()
            .queries();
        assert_eq!(rows.len(), self.number as usize);
        let mut steps = Vec::with_capacity(rows.len());
        for row in &rows {
            assert_eq!(row.hits, 1, "every walk finds the item once");
            assert_eq!(row.first_hit_hops.map(u64::from), Some(row.query_messages));
            assert_eq!(row.check_messages, 0);
            if self.start == self.target {
                assert_eq!(row.hit_messages, 0, "at home nobody is told");
            } else {
                assert!(
                    row.hit_messages <= row.query_messages,
                    "the way back has no loops"
                );
            }
            steps.push(row.query_messages as f64);
        }
        let count = steps.len() as f64;
        let mean = steps.iter().sum::<f64>() / count;
        let squares: f64 = steps.iter().map(|steps| (steps - mean) * (steps - mean)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        let name = self.topology;
        println!("{name}: {mean:.3} +- {error:.3}, exactly {steps_mean:.3}");
        assert!(
            3.0 * error <= 0.02 * steps_mean,
            "{name}: {error} is too noisy for {steps_mean}"
        );
        assert!(
            (mean - steps_mean).abs() <= 3.0 * error,
            "{name}: {mean} +- {error}, not {steps_mean}"
        );
    }
}

#[test]
fn complete_graph_hits_after_n_minus_one() {
    walks("peers.count = 50\ntopology.complete = {}", 3, 41).check(49.0);
}

#[test]
fn cycle_hits_after_d_times_n_minus_d() {
    walks("peers.count = 20\ntopology.ring = {}", 5, 12).check(91.0);
    walks("peers.count = 20\ntopology.ring = {}", 19, 0)
        .number(150_000)
        .check(19.0);
}

#[test]
fn path_is_crossed_in_the_square() {
    let mut edges = String::new();
    for node in 0..14 {
        writeln!(edges, "{node} {}", node + 1).unwrap();
    }
    Walks {
        edges: &edges,
        ..walks("topology.file.path = \"edges.txt\"", 0, 14)
    }
    .check(14.0 * 14.0);
}

#[test]
fn hypercubes_to_the_antipode() {
    walks("topology.hypercube.dimension = 4", 0, 15).check(21.333_333);
    walks("topology.hypercube.dimension = 8", 0b1010_1010, 0b0101_0101).check(312.076);
}

#[test]
fn grid_from_corner_to_corner() {
    walks("topology.grid = { rows = 5, columns = 5 }", 0, 24).check(85.454_5);
}

#[test]
#[ignore = "slow: 16 million steps"]
fn slow_larger_grid_from_corner_to_corner() {
    walks("topology.grid = { rows = 10, columns = 10 }", 0, 99).check(542.100_5);
}

/// On any connected graph a walk comes back after 2E / degree steps on average.
#[test]
fn returns_take_twice_the_edges_over_the_degree() {
    const GRID: &str = "topology.grid = { rows = 5, columns = 5 }";
    walks(GRID, 0, 0).number(80_000).check(80.0 / 2.0);
    walks(GRID, 12, 12).number(80_000).check(80.0 / 4.0);
    walks("peers.count = 20\ntopology.ring = {}", 7, 7)
        .number(150_000)
        .check(20.0);
    walks("peers.count = 50\ntopology.complete = {}", 0, 0).check(50.0);
    // A leaf of a star: degree 1, 49 edges.
    walks("peers.count = 50\ntopology.star = {}", 9, 9).check(98.0);
    // A triangle with a tail of two: ten half-edges, degrees 2, 2, 3, 2, 1.
    let lollipop = Walks {
        edges: "0 1\n1 2\n0 2\n2 3\n3 4\n",
        ..walks("topology.file.path = \"edges.txt\"", 4, 4)
    };
    lollipop.number(80_000).check(10.0);
}

#[test]
#[ignore = "slow: 140 million steps"]
fn slow_return_in_snapshot_04() {
    let Some(path) = shared("data/gnutella/p2p-Gnutella04.txt") else {
        return;
    };
    let topology = format!("topology.file.path = {:?}", path.display().to_string());
    walks(&topology, 0, 0).number(30_000).check(4_705.18);
}

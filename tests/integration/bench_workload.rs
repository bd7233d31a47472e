//! The workload on which simulators were measured against one another: one flood per second over a random graph of
//! degree 8, counted by eight other programs. They agree to the last message and nanosecond, and so must we.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::scenario;

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): their `SplitMix64`.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

/// The graph as an edge list with the latency of each link in nanoseconds, uniform from 10 ms to 100 ms; and the
/// origins of the queries.
fn graph(nodes: u64, degree: u64, queries: u64, seed: u64) -> (String, Vec<u64>) {
    let mut draw = SplitMix(seed);
    let mut seen = BTreeSet::new();
    let mut edges = String::new();
    let count = nodes * degree / 2;
    while (seen.len() as u64) < count {
        let from = draw.next() % nodes;
        let to = draw.next() % nodes;
        let latency_ns = 10_000_000 + draw.next() % 90_000_001;
        if from != to && seen.insert((from.min(to), from.max(to))) {
            writeln!(edges, "{from}\t{to}\t{latency_ns}").unwrap();
        }
    }
    (edges, (0..queries).map(|_| draw.next() % nodes).collect())
}

/// Messages delivered, peers reached, sum of first arrivals in nanoseconds.
type Counts = (u64, u64, u128);

fn check(nodes: u64, queries: u64, constant: Counts, by_link: Counts) {
    let (edges, origins) = graph(nodes, 8, queries, 1);
    let mut rows = String::from("at_s,origin,item,ttl\n");
    for (at_s, origin) in origins.iter().enumerate() {
        writeln!(rows, "{at_s},{origin},0,7").unwrap();
    }
    for (latency, threads, expected) in [
        ("[underlay.latency.constant]\none_way = \"10 ms\"", 1, constant),
        ("[underlay.latency.edges]\nunit = \"ns\"", 2, by_link),
    ] {
        let toml = format!(
            r#"
seed = 1
duration = "{0} s"
observe.sample_every = "{0} s"
[peers]
count = {nodes}
[topology.file]
path = "edges.txt"
{latency}
[overlay.gnutella]
version = "0.4"
maintenance = "none"
search.flood = {{ ttl = 7 }}
[content]
items = 1
[workload.file]
path = "queries.csv"
"#,
            queries + 10
        );
        let done = scenario(&toml)
            .file("edges.txt", &edges)
            .file("queries.csv", &rows)
            .threads(threads)
            .run();
        let queries = done.queries();
        let sum = |value: fn(&servent::records::QueryRow) -> u64| queries.iter().map(value).sum::<u64>();
        let found = (
            sum(|row| row.query_messages),
            sum(|row| row.reached_peers),
            queries.iter().map(|row| row.first_arrival_sum_ns).sum::<u128>(),
        );
        assert_eq!(found, expected, "{nodes} peers, {latency}");
        assert_eq!(
            sum(|row| row.duplicate_messages),
            expected.0 - expected.1,
            "{nodes} peers, {latency}"
        );
        assert_eq!(done.integer("messages_delivered"), i128::from(expected.0));
    }
}

#[test]
fn a_thousand_peers() {
    check(
        1_000,
        100,
        (700_100, 99_900, 3_546_810_000_000),
        (641_567, 99_846, 13_947_561_272_749),
    );
}

#[test]
fn ten_thousand_peers() {
    check(
        10_000,
        100,
        (6_999_302, 999_800, 46_740_300_000_000),
        (4_801_361, 995_083, 186_118_363_323_033),
    );
}

#[test]
fn a_hundred_thousand_peers() {
    check(
        100_000,
        10,
        (6_547_259, 999_283, 57_339_160_000_000),
        (2_976_812, 960_311, 243_850_414_839_068),
    );
}

#[test]
#[ignore = "slow: a million peers"]
fn slow_a_million_peers() {
    check(
        1_000_000,
        4,
        (9_312_720, 3_606_545, 238_530_370_000_000),
        (5_312_649, 2_997_337, 950_324_942_389_551),
    );
}

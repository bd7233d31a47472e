//! Chord, from scenario files: on a ring of which everything is known, every lookup goes the way that it must.

use std::fmt::Write as _;

use servent::engine::{Draw as _, Purpose, Seed};
use servent::records::{LookupOutcome, LookupRow};

use crate::support::{Done, scenario};

/// Bits of an identifier, all of which are taken.
const BITS: u32 = 10;

/// A ring with a node at every identifier, each of which knows its successor and its fingers.
const FULL_RING: &str = r#"
title    = "full ring"
duration = "1 min"
[peers]
count = 1024
[underlay.latency.constant]
one_way = "50 ms"
[overlay.chord]
identifiers = { bits = 10, placement = "even" }
bootstrap_nodes = 0
successors = 1
[workload.lookups]
path = "lookups.csv"
"#;

/// Lookups by random origins of random keys: (origin, key).
fn drawn(number: usize) -> Vec<(u64, u64)> {
    let seed = Seed {
        seed: 1,
        replication: 0,
    };
    let mut draw = seed.stream(Purpose::Observation, 0);
    (0..number)
        .map(|_| (draw.below(1 << BITS), draw.below(1 << BITS)))
        .collect()
}

/// The file of lookups, one every 100 ms; keys are written from their highest bit on.
fn file(lookups: &[(u64, u64)]) -> String {
    let mut text = "at_s,origin,key\n".to_owned();
    for (place, (origin, key)) in lookups.iter().enumerate() {
        writeln!(
            text,
            "{}.{},{origin},{:03x}",
            place / 10,
            place % 10,
            key << (12 - BITS)
        )
        .unwrap();
    }
    text
}

/// On a full ring every hop takes the highest power of two that does not pass the key's predecessor: there are as many as the
/// distance to it has ones (Stoica et al. 2001, section 4.3: half the bits on average).
#[test]
fn hops_on_a_full_ring_are_the_ones_of_the_distance() {
    let lookups = drawn(400);
    let done = scenario(FULL_RING).file("lookups.csv", file(&lookups)).run();
    let rows = done.lookups();
    assert_eq!(rows.len(), lookups.len());
    for (row, (origin, key)) in rows.iter().zip(&lookups) {
        assert_eq!(
            (row.origin, row.key.identifier.first_bits() >> (64 - BITS)),
            (*origin, *key)
        );
        let to_predecessor = key.wrapping_sub(*origin).wrapping_sub(1) % (1 << BITS);
        assert_eq!(row.hops, Some(to_predecessor.count_ones()), "{row:?}");
        assert_eq!(row.outcome, LookupOutcome::Correct, "{row:?}");
        assert_eq!(row.timeouts, 0, "{row:?}");
    }
    check_costs(&rows);
    assert_eq!(done.integer("lookups_correct"), 400);
}

/// Every hop is a question and an answer over 50 ms each; the node responsible is asked for a sign of life, unless the origin
/// itself is it.
fn check_costs(rows: &[LookupRow]) {
    for row in rows {
        let key = row.key.identifier.first_bits() >> (64 - BITS);
        let asked = u64::from(row.hops.unwrap()) + u64::from(key != row.origin);
        assert_eq!(row.messages, 2 * asked, "{row:?}");
        assert_eq!(row.latency_ns, Some(asked * 100_000_000), "{row:?}");
    }
}

/// Peers that come and go, crashing half of the time.
pub(crate) const CHURNING: &str = r#"
title    = "a ring under churn"
duration = "5 min"
warm_up  = "1 min"
[peers]
count = 60
[peers.churn]
session.exponential = { mean = "5 min" }
absence.exponential = { mean = "5 min" }
crash = 0.5
[underlay.latency.plane]
[overlay.chord]
successors = 4
[workload.random_lookups]
rate_per_peer = "2 /min"
"#;

pub(crate) fn count(done: &Done, outcome: LookupOutcome) -> usize {
    done.lookups().iter().filter(|row| row.outcome == outcome).count()
}

#[test]
fn lookups_under_churn_mostly_find_the_right_node() {
    for set in [
        &[][..],
        &["overlay.chord.lookup.way=semi_recursive"],
        &[
            "overlay.chord.lookup.way=full_recursive",
            "overlay.chord.nodes_per_peer=3",
        ],
        &[
            "overlay.chord.finger_choices=3",
            "overlay.chord.lookup.timeout.measured={}",
            "overlay.chord.lookup.alpha=2",
        ],
    ] {
        let lab = set
            .iter()
            .fold(scenario(CHURNING), |lab, assignment| lab.set(*assignment));
        let done = lab.run();
        let (right, all) = (count(&done, LookupOutcome::Correct), done.lookups().len());
        assert!(all > 200 && right * 10 > all * 6, "{set:?}: {right} of {all}");
    }
}

/// Everybody joins at once, into gaps of which each takes in one node a turn of stabilizing; after ten minutes nothing tells of
/// that any more.
#[test]
fn a_ring_that_has_grown_is_as_good_as_one_that_was_built() {
    let right = |start: &str| {
        let lab = scenario(CHURNING)
            .set(format!("overlay.chord.start={start}"))
            .set("duration=15 min")
            .set("workload.random_lookups.from=10 min");
        let done = lab.run();
        (count(&done, LookupOutcome::Correct), done.lookups().len())
    };
    let (grown, all) = right("organic");
    let (built, as_many) = right("warm");
    assert_eq!(all, as_many);
    assert!(all > 200 && grown * 10 > all * 8, "{grown} of {all}");
    assert!(grown.abs_diff(built) * 20 < all, "{grown} and {built} of {all}");
}

/// Files that three of a hundred peers hold each.
const SHARING: &str = r#"
title    = "files over Chord"
duration = "5 min"
[peers]
count = 100
[underlay.latency.plane]
[overlay.chord]
[content]
items = 50
size.fixed = { size = "100 kB" }
replicas.uniform = { per_item = 3 }
[workload.poisson]
rate_per_peer = "0.2 /min"
from = "1 min"
until = "4 min"
[sharing]
"#;

/// Once everything is published, whoever asks finds all holders, and fetches from them.
#[test]
fn files_are_found_and_fetched() {
    for (overlay, way) in [
        ("chord", "iterative"),
        ("chord", "full_recursive"),
        ("kademlia", "iterative"),
        ("kademlia", "semi_recursive"),
    ] {
        let toml = SHARING.replace("overlay.chord", &format!("overlay.{overlay}"));
        let lab = scenario(&toml).set(format!("overlay.{overlay}.lookup.way={way}"));
        let done = lab.run();
        let rows = done.queries();
        assert!(rows.len() > 30, "{} queries", rows.len());
        for row in &rows {
            assert_eq!((row.ttl, row.reachable_replicas), (None, row.live_replicas));
        }
        let (missed, fetched) = (
            done.integer("queries_no_hit"),
            done.integer("downloads_completed"),
        );
        assert_eq!(
            (missed, fetched),
            (0, done.integer("downloads")),
            "{overlay}, {way}"
        );
    }
}

/// Two overlays are compared on the same lookups: only the bits of keys that identifiers have are different.
#[test]
fn lookups_at_random_do_not_depend_on_the_overlay() {
    let lookups = |set: &[&str]| {
        let lab = set
            .iter()
            .fold(scenario(CHURNING), |lab, assignment| lab.set(*assignment));
        let issued = |row: LookupRow| (row.issued_ns, row.origin, row.key.identifier.truncated(32));
        lab.run().lookups().into_iter().map(issued).collect::<Vec<_>>()
    };
    let wide = lookups(&[]);
    let narrow = [
        "overlay.chord.identifiers.bits=32",
        "overlay.chord.successors=2",
        "overlay.chord.nodes_per_peer=2",
    ];
    assert_eq!(wide, lookups(&narrow));
}

/// A ring that was built and is left alone, of which every peer looks something up.
const STILL: &str = r#"
title    = "still"
duration = "1 min"
[peers]
count = 200
[underlay.latency.plane]
[overlay.chord]
bootstrap_nodes = 0
[workload.random_lookups]
rate_per_peer = "1 /s"
from          = "2 s"
until         = "6 s"
"#;

/// Nodes of one peer do not send each other messages, and each answers for its own part of the ring.
#[test]
fn virtual_nodes_answer_for_themselves() {
    let run = |nodes: u32| {
        let lab = scenario(STILL).set(format!("overlay.chord.nodes_per_peer={nodes}"));
        let rows = lab.run().lookups();
        assert!(rows.len() > 500);
        assert!(rows.iter().all(|row| row.outcome == LookupOutcome::Correct));
        rows.iter().filter_map(|row| row.hops).map(f64::from).sum::<f64>() / rows.len() as f64
    };
    // Five times as many nodes: half the binary logarithm of that more hops.
    let more = run(5) - run(1);
    assert!((more - 1.16).abs() < 0.25, "{more:.3} more hops");
}

/// Proximity neighbour selection: of the nodes that may be a finger, the nearest is one.
#[test]
fn near_fingers_are_quicker() {
    let mean_ms = |choices: u32| {
        let lab = scenario(STILL)
            .set(format!("overlay.chord.finger_choices={choices}"))
            .set("overlay.chord.lookup.way=semi_recursive");
        let rows = lab.run().lookups();
        assert!(rows.iter().all(|row| row.outcome == LookupOutcome::Correct));
        let latency_ns: u64 = rows.iter().filter_map(|row| row.latency_ns).sum();
        latency_ns as f64 / rows.len() as f64 / 1e6
    };
    let (first, nearest) = (mean_ms(1), mean_ms(8));
    assert!(nearest < 0.9 * first, "{nearest:.1} ms instead of {first:.1} ms");
}

/// Among many that crashed, lookups take longer than there is time: these fail, and no answer comes later than that.
#[test]
fn lookups_have_their_time() {
    let crash = "[[action]]\nat = \"1 s\"\ndepart = { share = 0.6, crash = 1.0 }\n";
    let done = scenario(&format!("{STILL}{crash}"))
        .set("overlay.chord.lookup.give_up=\"1500 ms\"")
        .run();
    let rows = done.lookups();
    let failed = rows.iter().filter(|row| row.outcome == LookupOutcome::Failed);
    let answered = rows.iter().filter_map(|row| row.latency_ns);
    assert!(failed.count() > 50);
    assert!(answered.clone().count() > 50);
    assert!(answered.clone().all(|latency_ns| latency_ns <= 1_500_000_000));
    assert_eq!(count(&done, LookupOutcome::Unfinished), 0);
}

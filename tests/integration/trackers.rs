//! Trackers: every datagram, and who is in a swarm and for how long.
//!
//! Every run is held against the reference engine and other numbers of threads: see `Lab::run`.

use crate::support::{Done, scenario};

/// Peers 0 and 1 hold item 0, peer 0 holds item 1, nobody holds item 2.
#[test]
fn every_datagram_of_a_small_tracker_is_the_one_expected() {
    let done = scenario(
        r#"
duration = "10 min"
[peers]
count = 4
[underlay.latency.constant]
one_way = "50 ms"
[overlay.tracker]
[content]
items = 3
[content.replicas.file]
path = "replicas.csv"
[workload.file]
path = "queries.csv"
"#,
    )
    .file("replicas.csv", "peer,item\n0,0\n0,1\n1,0\n")
    .file(
        "queries.csv",
        "at_s,origin,item,ttl\n10,3,0,\n20,3,1,\n30,2,2,\n100,3,0,\n",
    )
    .run();
    let mut messages = 0;
    for (kind, count, bytes) in [
        // Both holders, both askers, and peer 3 once more when the number that it was given is too old.
        ("connect", 5, 5 * (28 + 16)),
        ("connected", 5, 5 * (28 + 16)),
        // Three copies, four queries.
        ("announce", 7, 7 * (28 + 98)),
        ("peers", 7, 7 * (28 + 20) + (2 + 1 + 2) * 6),
        ("stopped", 0, 0),
    ] {
        assert_eq!(done.sent(kind), (count, bytes), "{kind}");
        messages += count;
    }
    assert_eq!(done.integer("messages_sent"), messages, "nothing else");
    let rows = done.queries();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.hits, row.first_hit_ns, row.first_hit_hops))
        .collect();
    let round_trip_ns = 100_000_000;
    assert_eq!(
        told,
        [
            (2, Some(2 * round_trip_ns), Some(2)),
            (1, Some(round_trip_ns), Some(2)),
            (0, None, None),
            (2, Some(2 * round_trip_ns), Some(2)),
        ]
    );
    for row in &rows {
        assert_eq!(
            (row.query_messages, row.hit_messages, row.reached_peers),
            (1, 1, 1)
        );
        assert_eq!(row.reachable_replicas, row.live_replicas);
    }
}

/// A tracker is told again in time, strikes off who crashed, and hears of who leaves.
#[test]
fn swarms_hold_those_who_are_there() {
    let run = |crash: f64| {
        scenario(
            r#"
duration = "3 h"
[[peers.group]]
name = "leaving"
count = 20
[[peers.group]]
name = "staying"
count = 20
[underlay.latency.constant]
one_way = "50 ms"
[overlay.tracker]
numwant = 100
[content]
items = 1
[content.replicas.file]
path = "replicas.csv"
[workload.file]
path = "queries.csv"
[[action]]
at = "10 min"
"#,
        )
        .file(
            "replicas.csv",
            (0..39).fold("peer,item\n".to_owned(), |rows, peer| {
                rows + &format!("{peer},0\n")
            }),
        )
        .file(
            "queries.csv",
            "at_s,origin,item,ttl\n300,39,0,\n660,39,0,\n7200,39,0,\n",
        )
        .set(format!(
            "action.0.depart={{ group = \"leaving\", share = 1.0, crash = {crash:?} }}"
        ))
        .run()
    };
    let hits = |done: &Done| done.queries().iter().map(|row| row.hits).collect::<Vec<u64>>();
    let graceful = run(0.0);
    assert_eq!(hits(&graceful), [39, 19, 19]);
    assert_eq!(graceful.sent("stopped").0, 20);
    let crashed = run(1.0);
    assert_eq!(hits(&crashed), [39, 39, 19]);
    assert_eq!(crashed.sent("stopped").0, 0);
    // Every half an hour: those who stay, from the time they joined on; those who left once.
    let announced = 20 + 19 * 6 + 3;
    assert_eq!(crashed.sent("announce").0, announced);
}

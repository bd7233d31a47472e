//! Index servers: what is said, what is found, and what happens when a server is gone.
//!
//! Every run is held against the reference engine and other numbers of threads: see `Lab::run`.

use std::fmt::Write as _;

use servent::records::QueryRow;
use servent::sharing::QueryOutcome;

use crate::support::{Lab, scenario};

const SECOND_NS: u64 = 1_000_000_000;

/// A network of few, whose every message is known.
const SMALL: &str = r#"
title    = "an index"
duration = "5 min"
[peers]
[[peers.group]]
name  = "holders"
count = 2
[[peers.group]]
name  = "askers"
count = 2
[underlay.latency.constant]
one_way = "50 ms"
[overlay.central]
keep_alive = "4 min"
[content]
items = 3
name_bytes = 40
query_text_bytes = 20
[content.replicas.file]
path = "replicas.csv"
[workload.file]
path = "queries.csv"
"#;

/// Peers 0 and 1 hold item 0, peer 0 holds item 1, nobody holds item 2. `queries` are (second, origin, item).
fn small(queries: &[(u64, u32, u32)]) -> Lab {
    let mut rows = String::from("at_s,origin,item,ttl\n");
    for (at_s, origin, item) in queries {
        writeln!(rows, "{at_s},{origin},{item},").unwrap();
    }
    scenario(SMALL)
        .file("replicas.csv", "peer,item\n0,0\n0,1\n1,0\n")
        .file("queries.csv", rows)
}

/// A network of many; every peer shares.
const LARGE: &str = r#"
title    = "indexes"
duration = "20 min"
[peers]
count = 200
[underlay.latency.plane]
width = "9000 km"
base  = "5 ms"
[overlay.central]
[content]
items = 300
replicas.proportional = { per_peer = 6 }
[workload.poisson]
rate_per_peer = "30 /h"
from = "10 s"
"#;

fn found(rows: &[QueryRow], is_meant: impl Fn(&QueryRow) -> bool) -> (usize, usize) {
    let meant = rows
        .iter()
        .filter(|row| is_meant(row) && row.live_replicas > Some(0));
    let found = meant.clone().filter(|row| row.outcome == QueryOutcome::Hit);
    (found.count(), meant.count())
}

fn minutes(row: &QueryRow) -> f64 {
    row.issued_ns as f64 / 60e9
}

#[test]
fn every_message_of_a_small_network_is_the_one_expected() {
    let queries = [(10, 3, 0), (20, 3, 1), (30, 2, 2), (40, 0, 0)];
    // Header, what follows it (with names of 40 bytes and texts of 20), for both wire formats.
    for (preset, expected) in [
        (
            "napster",
            [
                ("login", 4, 4 * (4 + 37)),
                ("accepted", 4, 4 * (4 + 20)),
                ("offer", 2, (4 + 2 * (61 + 40)) + (4 + 61 + 40)),
                ("query", 4, 4 * (4 + 37 + 20)),
                // Two holders, one, none, and one that is not the asker.
                ("answer", 4, 4 * 4 + (2 + 1 + 1) * (85 + 40)),
                ("keep_alive", 8, 8 * 4),
            ],
        ),
        (
            "edonkey",
            [
                ("login", 4, 4 * (6 + 66)),
                ("accepted", 4, 4 * (6 + 8)),
                ("offer", 2, (6 + 2 * (40 + 40)) + (6 + 40 + 40)),
                ("query", 4, 4 * (6 + 3 + 20)),
                ("answer", 4, 4 * (6 + 97) + (2 + 1 + 1) * 6 + 3 * 40),
                ("keep_alive", 8, 8 * 6),
            ],
        ),
    ] {
        let lab = small(&queries)
            .set(format!("overlay.central.preset={preset}"))
            .set("overlay.central.servers=1")
            .set("overlay.central.ask_others=false");
        // Who asks for what it has, where nothing is fetched, hears of the others.
        let done = lab.run();
        let mut messages = 0;
        for (kind, count, bytes) in expected {
            assert_eq!(done.sent(kind), (count, bytes), "{preset}: {kind}");
            messages += count;
        }
        assert_eq!(done.integer("messages_sent"), messages, "{preset}: nothing else");
        let rows = done.queries();
        let hits: Vec<u64> = rows.iter().map(|row| row.hits).collect();
        assert_eq!(hits, [2, 1, 0, 1]);
        for row in &rows[..2] {
            // To the server and back; over the server to the holder.
            assert_eq!(row.first_hit_ns, Some(100_000_000));
            assert_eq!(row.first_hit_hops, Some(2));
            assert_eq!((row.query_messages, row.hit_messages), (1, 1));
            assert_eq!((row.reached_peers, row.first_arrival_sum_ns), (1, 50_000_000));
            assert_eq!(
                row.reachable_replicas, row.live_replicas,
                "all at the same server"
            );
        }
    }
}

/// A client asks the other servers one second apart, and no more of them than it must.
#[test]
fn other_servers_are_asked_one_after_the_other() {
    // With one client at each of many servers most searches have to go far.
    let run = |enough: u32| {
        let done = small(&[(10, 3, 0), (40, 3, 1)])
            .set("overlay.central.preset=edonkey")
            .set("overlay.central.servers=30")
            .set(format!("overlay.central.enough_answers={enough}"))
            .run();
        done.queries()
    };
    let all = run(9);
    assert_eq!(
        all.iter().map(|row| row.hits).collect::<Vec<_>>(),
        [2, 1],
        "every holder"
    );
    assert!(all.iter().all(|row| row.query_messages == 30), "{all:?}");
    let one = run(1);
    for row in &one {
        let asked = row.query_messages;
        assert!((2..30).contains(&asked), "{row:?}");
        // The own server answers after 100 ms; then each other has a second, and the last one's answer takes 100 ms.
        let expected_ns = 100_000_000 + (asked - 2) * SECOND_NS + 100_000_000;
        assert_eq!(row.first_hit_ns, Some(expected_ns), "{row:?}");
    }
}

#[test]
fn where_nobody_leaves_whatever_is_there_is_found() {
    for (preset, servers) in [("napster", 1), ("edonkey", 1), ("edonkey", 4)] {
        let done = scenario(LARGE)
            .set(format!("overlay.central.preset={preset}"))
            .set(format!("overlay.central.servers={servers}"))
            .run();
        let rows = done.queries();
        println!("{preset}, {servers} servers: {} queries", rows.len());
        assert!(rows.len() > 1_500);
        // Those whose last server is not asked any more, or has not answered, before the end.
        let over = rows
            .iter()
            .filter(|row| row.issued_ns + 5 * SECOND_NS < 1_200 * SECOND_NS);
        for row in over {
            let live = row.live_replicas.unwrap();
            let expected = match preset {
                "napster" => live.min(100),
                _ => live,
            };
            if servers == 1 || live < 100 {
                assert_eq!(row.hits, expected, "{row:?}");
                assert_eq!(row.query_messages, servers, "{row:?}");
            } else {
                assert!(row.hits >= 100, "{row:?}");
            }
        }
        assert!(
            rows.iter().any(|row| row.live_replicas > Some(100)),
            "some items are everywhere"
        );
    }
}

/// Several of Napster's servers know nothing of each other's clients.
#[test]
fn clients_of_other_servers_are_out_of_reach() {
    let done = scenario(LARGE).set("overlay.central.servers=4").run();
    let rows = done.queries();
    let few = rows.iter().filter(|row| row.live_replicas < Some(100));
    for row in few.clone() {
        assert_eq!(row.hits, row.reachable_replicas.unwrap(), "{row:?}");
    }
    let sum =
        |what: fn(&QueryRow) -> Option<u64>| few.clone().map(|row| what(row).unwrap()).sum::<u64>() as f64;
    let share = sum(|row| row.reachable_replicas) / sum(|row| row.live_replicas);
    println!("share of holders at the own server of four: {share:.3}");
    assert!((0.2..0.3).contains(&share), "{share}");
}

#[test]
fn without_its_index_nothing_is_found() {
    let run = |rest: &str| {
        let action = "\n[[action]]\nat = \"8 min\"\nfail_servers = { share = 1.0";
        scenario(&format!("{LARGE}{action}{rest} }}\n")).run().queries()
    };
    let forever = run("");
    let before = found(&forever, |row| minutes(row) < 7.99);
    let after = found(&forever, |row| minutes(row) >= 8.0);
    println!("before {before:?}, after {after:?} of those that somebody held");
    assert_eq!(before.0, before.1);
    assert!(before.1 > 500 && after.1 > 800);
    assert_eq!(after.0, 0);
    // Back after two minutes. A client notices within a keep-alive and a time-out, 2.5 min; it is refused, by silence, for
    // 25 s at a time, 30 s and a minute apart.
    let for_a_while = run(", for = \"2 min\"");
    let during = found(&for_a_while, |row| (8.0..10.0).contains(&minutes(row)));
    let between = found(&for_a_while, |row| (10.0..13.0).contains(&minutes(row)));
    let later = found(&for_a_while, |row| (13.0..19.9).contains(&minutes(row)));
    println!("away {during:?}, coming back {between:?}, later {later:?}");
    assert_eq!(during.0, 0);
    assert!(0 < between.0 && between.0 < between.1);
    assert_eq!(later.0, later.1);
    assert!(later.1 > 400);
}

/// Of several servers one fails: its clients turn to the others.
#[test]
fn clients_of_a_server_that_fails_turn_to_another() {
    let action = "\n[[action]]\nat = \"8 min\"\nfail_servers.count = 1\n";
    let rows = scenario(&format!("{LARGE}{action}"))
        .set("overlay.central.preset=edonkey")
        .set("overlay.central.servers=3")
        .run()
        .queries();
    let missed = |from: f64, until: f64| {
        let meant: Vec<&QueryRow> = rows
            .iter()
            .filter(|row| (from..until).contains(&minutes(row)) && row.live_replicas < Some(100))
            .collect();
        let all: u64 = meant.iter().map(|row| row.live_replicas.unwrap()).sum();
        let found: u64 = meant.iter().map(|row| row.hits).sum();
        1.0 - found as f64 / all as f64
    };
    let (before, during, after) = (missed(0.0, 7.9), missed(8.0, 9.0), missed(11.0, 19.0));
    println!("holders that were not named: before {before:.3}, during {during:.3}, after {after:.3}");
    assert!(before < 1e-9 && during > 0.1 && after < 1e-9);
}

/// A holder that is gone is named until it has said so, or was silent for `expiry`.
#[test]
fn those_who_are_gone_are_struck_off() {
    let queries: Vec<(u64, u32, u32)> = (10..140).map(|second| (second, 3, 1)).collect();
    for (crash, last_s) in [
        // Peer 0 is let in after 100 ms, and is last heard of at 40.15 s, 60 s before it is struck off.
        (1.0, 100),
        (0.0, 59),
    ] {
        let action = format!(
            "\n[[action]]\nat = \"59.5 s\"\ndepart = {{ count = 2, group = \"holders\", crash = {crash} }}\n"
        );
        let mut rows = String::from("at_s,origin,item,ttl\n");
        for (at_s, origin, item) in &queries {
            writeln!(rows, "{at_s},{origin},{item},").unwrap();
        }
        let done = scenario(&format!("{SMALL}{action}"))
            .file("replicas.csv", "peer,item\n0,0\n0,1\n1,0\n")
            .file("queries.csv", rows)
            .set("overlay.central.keep_alive=20 s")
            .run();
        for row in done.queries() {
            let expected = u64::from(row.issued_ns <= last_s * SECOND_NS);
            assert_eq!(row.hits, expected, "crash {crash}: {row:?}");
        }
        assert_eq!(done.sent("close").0, if crash > 0.0 { 0 } else { 2 });
    }
}

/// What was fetched is offered at once, and found from then on.
#[test]
fn what_was_fetched_is_offered() {
    let done = small(&[(10, 2, 1), (40, 3, 1)])
        .set("content.size.fixed.size=\"100 kB\"")
        .set("sharing.share_finished=true")
        .run();
    let rows = done.queries();
    assert_eq!(rows.iter().map(|row| row.hits).collect::<Vec<_>>(), [1, 2]);
    let (offers, bytes) = done.sent("offer");
    // The two of the start, and one by each that fetched.
    assert_eq!((offers, bytes), (4, (4 + 2 * 101) + 3 * (4 + 101)));
}

/// A server's link may be too slow for the lists of its clients.
#[test]
fn a_server_may_have_a_link() {
    let run = |link: &str| {
        let lab = small(&[(10, 3, 0)]);
        let lab = if link.is_empty() {
            lab
        } else {
            lab.set(format!(
                "overlay.central.link={{ down = \"1 Mbit/s\", up = \"{link}\" }}"
            ))
        };
        lab.run().queries()[0].first_hit_ns.unwrap()
    };
    // Query: 61 bytes at 1 Mbit/s in 488 us. Answer: 254 bytes at 8 kbit/s in 254 ms.
    assert_eq!(run(""), 100_000_000);
    assert_eq!(run("8 kbit/s"), 100_000_000 + 488_000 + 254_000_000);
}

//! eDonkey and Overnet: index servers and a distributed hash table side by side, with the servers and after they are gone.

use servent::records::{HybridRow, QueryRow};
use servent::sharing::QueryOutcome;

use crate::support::{Done, Lab, scenario};

/// Peers that come and go, and ask all the time.
const WORLD: &str = r#"
title    = "eDonkey and Overnet"
seed     = 4
duration = "20 min"
warm_up  = "2 min"
[peers]
count = 200
[peers.churn]
session.exponential = { mean = "40 min" }
absence.exponential = { mean = "10 min" }
crash = 0.5
[underlay.latency.plane]
width = "9000 km"
base  = "5 ms"
[content]
items = 300
replicas.proportional = { per_peer = 6 }
[workload.poisson]
rate_per_peer = "20 /h"
from = "10 s"
"#;

/// All index servers crash, and nothing else does.
const KILL: &str = "\n[[action]]\nat = \"8 min\"\nfail_servers = { share = 1.0, kind = \"index_server\"";

/// Servers alone.
fn edonkey(rest: &str) -> Lab {
    scenario(&format!(
        "{WORLD}[overlay.central]\npreset = \"edonkey\"\nservers = 3\n{rest}"
    ))
}

/// Servers, and Kademlia with Overnet's constants.
fn overnet(search: &str, rest: &str) -> Lab {
    scenario(&format!(
        "{WORLD}[overlay.hybrid]\nsearch.{search}\n\
         [overlay.hybrid.unstructured.central]\npreset = \"edonkey\"\nservers = 3\n\
         [overlay.hybrid.structured.kademlia]\npreset = \"kad\"\n{rest}"
    ))
}

const FIRST: &str = "unstructured_first = { wait = \"3 s\", fewer_than = 1 }";

fn minutes(row: &QueryRow) -> f64 {
    row.issued_ns as f64 / 60e9
}

/// Share of the queries for what somebody online held that found something.
fn success(rows: &[QueryRow], from_min: f64, until_min: f64) -> f64 {
    let meant: Vec<&QueryRow> = rows
        .iter()
        .filter(|row| (from_min..until_min).contains(&minutes(row)))
        .filter(|row| row.outcome.is_asked() && row.live_replicas > Some(0))
        .collect();
    assert!(meant.len() > 200, "{}", meant.len());
    let found = meant.iter().filter(|row| row.outcome == QueryOutcome::Hit);
    found.count() as f64 / meant.len() as f64
}

/// Whoever has servers only finds nothing without them; whoever has both goes on, and later than before by the time it waits for
/// the servers.
#[test]
fn without_servers_the_table_is_left() {
    let kill = format!("{KILL} }}\n");
    let alone = edonkey(&kill).run().queries();
    let first = overnet(FIRST, &kill).run();
    let both = overnet("both = {}", &kill).run();
    let (first_rows, both_rows) = (first.queries(), both.queries());
    // A client that had asked before goes on being named; whoever asks a server that is gone is not answered.
    let shares =
        [&alone, &first_rows, &both_rows].map(|rows| (success(rows, 2.0, 7.9), success(rows, 8.0, 20.0)));
    println!(
        "found before and after the servers fail: servers alone {:.3} and {:.3}; servers first {:.3} and {:.3}; both at once \
         {:.3} and {:.3}",
        shares[0].0, shares[0].1, shares[1].0, shares[1].1, shares[2].0, shares[2].1
    );
    assert!(shares.iter().all(|(before, _)| *before > 0.97), "{shares:?}");
    assert_eq!(shares[0].1.to_bits(), 0.0_f64.to_bits());
    assert!(shares[1].1 > 0.9 && shares[2].1 > 0.9, "{shares:?}");
    let rows: Vec<HybridRow> = first.table();
    let asked_after = |after: bool| {
        let meant = rows
            .iter()
            .zip(&first_rows)
            .filter(|(_, query)| query.outcome.is_asked() && minutes(query) > 2.0);
        let meant: Vec<bool> = meant
            .filter(|(_, query)| (minutes(query) >= 8.0) == after)
            .map(|(row, _)| row.structured_asked_ns.is_some())
            .collect();
        meant.iter().filter(|asked| **asked).count() as f64 / meant.len() as f64
    };
    println!(
        "put to Kademlia: {:.3} of the queries before, {:.3} after",
        asked_after(false),
        asked_after(true)
    );
    assert!(asked_after(false) < 0.2);
    assert!(asked_after(true) > 0.99);
    // Whoever waits for servers that are gone waits in vain.
    let waited = first_rows
        .iter()
        .filter(|row| minutes(row) >= 8.0)
        .filter_map(|row| row.first_hit_ns);
    assert!(waited.min() >= Some(3_000_000_000));
    let at_once = both_rows
        .iter()
        .filter(|row| minutes(row) >= 8.0)
        .filter_map(|row| row.first_hit_ns);
    assert!(at_once.min() < Some(1_000_000_000));
}

/// Servers that come back are used again.
#[test]
fn servers_that_come_back_are_asked_first_again() {
    let done = overnet(FIRST, &format!("{KILL}, for = \"3 min\" }}\n")).run();
    let (queries, rows) = (done.queries(), done.table::<HybridRow>());
    let by_servers = |from_min: f64, until_min: f64| {
        let meant = queries
            .iter()
            .zip(&rows)
            .filter(|(query, _)| (from_min..until_min).contains(&minutes(query)))
            .filter(|(query, _)| query.live_replicas > Some(0) && query.outcome.is_asked());
        let found = meant.clone().filter(|(_, row)| row.unstructured_hits > 0);
        found.count() as f64 / meant.count() as f64
    };
    // Whoever knocks when they come back is let in, with the queries that waited for it.
    let shares = [by_servers(2.0, 7.9), by_servers(8.0, 9.5), by_servers(16.0, 19.9)];
    println!("answered by servers before, while they are gone, and later: {shares:.3?}");
    assert!(shares[0] > 0.97 && shares[1] < 1e-9 && shares[2] > 0.97);
    assert!(success(&queries, 8.0, 20.0) > 0.9);
}

/// A client of both that never asks the table is a client of the servers, to the last message.
#[test]
fn without_its_table_it_is_the_client_of_the_servers() {
    let alone = edonkey("").run();
    let joined = overnet("unstructured_only = {}", "").run();
    assert!(alone.integer("queries_hit") > 500);
    assert_eq!(alone.queries(), joined.queries());
    let names = |done: &Done| -> Vec<(String, i128)> {
        let names = done.summary.metrics().keys();
        let kinds = names.filter(|name| name.starts_with("messages_sent_") && !name.contains("_dht_"));
        kinds.map(|name| (name.clone(), done.integer(name))).collect()
    };
    let theirs = names(&alone);
    assert!(theirs.len() > 5);
    for (name, count) in theirs {
        assert_eq!(joined.integer(&name), count, "{name}");
    }
    assert!(
        joined.integer("messages_sent_dht_store") > 0,
        "it publishes all the same"
    );
}

/// Everything is found in the table that the servers name, while everybody is online.
#[test]
fn servers_and_table_know_the_same() {
    let quiet = |lab: Lab| lab.set("peers.churn.absence.exponential.mean=\"1 ms\"");
    let done = quiet(overnet("both = {}", "")).run();
    let rows: Vec<HybridRow> = done.table();
    let queries = done.queries();
    let late = rows
        .iter()
        .zip(&queries)
        .filter(|(_, query)| query.outcome.is_asked() && minutes(query) > 4.0);
    let (mut either, mut both) = (0, 0);
    for (row, _) in late {
        let found = [row.unstructured_hits > 0, row.structured_hits > 0];
        either += usize::from(found.contains(&true));
        both += usize::from(found == [true, true]);
    }
    println!("{both} of {either} queries answered by both");
    assert!(either > 300 && both as f64 > 0.97 * either as f64);
}

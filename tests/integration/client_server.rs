//! Client and server, against the closed form of its distribution time; and what servers of any overlay do when they fail.
//!
//! Every run is held against the reference engine and other numbers of threads: see `Lab::run`.

use std::fmt::Write as _;

use servent::records::{DownloadOutcome, DownloadRow, QueryRow};
use servent::sharing::QueryOutcome;

use crate::support::{Done, scenario};

/// N clients ask one server, all at once, for one file of 1 MB.
const AT_ONCE: &str = r#"
title    = "client and server"
duration = "400 s"
[peers]
[[peers.group]]
name  = "all"
count = 1
link  = { down = "100 Mbit/s", up = "1 Mbit/s" }
[underlay.latency.constant]
one_way = "1 ms"
[overlay.client_server]
link = { down = "8 Mbit/s", up = "8 Mbit/s" }
[content]
items = 1
size.fixed = { size = "1 MB" }
[sharing]
chunk    = "1 MB"
hit_wait = "1 s"
[workload.file]
path = "queries.csv"
"#;

/// Everybody shares and asks.
const MANY: &str = r#"
title    = "many"
duration = "20 min"
[peers]
count = 150
[underlay.latency.constant]
one_way = "30 ms"
[overlay.client_server]
servers = 2
link = { down = "100 Mbit/s", up = "100 Mbit/s" }
[content]
items = 100
size.fixed = { size = "300 kB" }
replicas.uniform = { per_item = 20 }
[workload.poisson]
rate_per_peer = "20 /h"
[sharing]
"#;

/// Runs `clients` that download at `down`; seconds from the first request to the last byte of the last one.
fn distribution_s(clients: u32, down: &str, chunk: &str) -> f64 {
    let mut rows = String::from("at_s,origin,item,ttl\n");
    for client in 0..clients {
        writeln!(rows, "1,{client},0,").unwrap();
    }
    let toml = AT_ONCE
        .replace("count = 1\n", &format!("count = {clients}\n"))
        .replace("100 Mbit/s", down)
        .replace("chunk    = \"1 MB\"", chunk);
    let done = scenario(&toml).file("queries.csv", rows).run();
    let downloads: Vec<DownloadRow> = done.table();
    assert_eq!(downloads.len(), clients as usize);
    let finished = downloads.iter().map(|row| row.finished_ns.expect("it ends"));
    let begun = downloads.iter().map(|row| row.started_ns).min().unwrap();
    (finished.max().unwrap() - begun) as f64 / 1e9
}

/// T = max(N F / u_s, F / d) (Kumar and Ross 2006): F = 8 Mbit, u_s = 8 Mbit/s, so N seconds, or what a client's own link needs.
#[test]
fn the_time_to_serve_everybody_is_the_closed_form() {
    for (clients, down, down_mbps) in [
        (1, "100 Mbit/s", 100.0),
        (5, "100 Mbit/s", 100.0),
        (20, "100 Mbit/s", 100.0),
        (50, "100 Mbit/s", 100.0),
        (5, "400 kbit/s", 0.4),
        (20, "400 kbit/s", 0.4),
        (50, "400 kbit/s", 0.4),
    ] {
        let expected_s = f64::from(clients).max(8.0 / down_mbps);
        let whole_s = distribution_s(clients, down, "chunk = \"1 MB\"");
        let chunks_s = distribution_s(clients, down, "chunk = \"100 kB\"\npipeline = 2");
        println!("N = {clients}, d = {down}: {whole_s:.4} s, in chunks {chunks_s:.4} s, not {expected_s} s");
        // Requests, grants, headers and four latencies come on top, 10 ms in all or as much as the headers take.
        assert!(
            whole_s > expected_s && whole_s < 1.01 * expected_s + 0.02,
            "{whole_s}"
        );
        assert!(
            chunks_s > expected_s && chunks_s < 1.01 * expected_s + 0.02,
            "{chunks_s}"
        );
    }
}

/// A server has slots and a queue of its own.
#[test]
fn slots_of_a_server_are_not_those_of_peers() {
    let mut rows = String::from("at_s,origin,item,ttl\n");
    for client in 0..20 {
        writeln!(rows, "1,{client},0,").unwrap();
    }
    let run = |settings: &str| {
        let toml = AT_ONCE.replace("count = 1\n", "count = 20\n").replace(
            "[overlay.client_server]\n",
            &format!("[overlay.client_server]\n{settings}\n"),
        );
        let done = scenario(&toml).file("queries.csv", &rows).run();
        (
            done.integer("messages_sent_queued"),
            done.integer("messages_sent_busy"),
        )
    };
    assert_eq!(run(""), (0, 0));
    assert_eq!(run("upload_slots = 8"), (12, 0));
    assert_eq!(run("upload_slots = 8\nqueue_max = 7").0, 7);
    assert!(run("upload_slots = 8\nqueue_max = 7").1 >= 5);
}

/// Peers hold and ask what they do under any other overlay; they only do not share it.
#[test]
fn the_world_is_the_same_and_peers_serve_nobody() {
    let over = |overlay: &str| {
        let toml = MANY.replace(
            "[overlay.client_server]\nservers = 2\nlink = { down = \"100 Mbit/s\", up = \"100 Mbit/s\" }\n",
            overlay,
        );
        scenario(&toml).set("peers.count=70").run()
    };
    let server = scenario(MANY).set("peers.count=70").run();
    let asked = |done: &Done| -> Vec<(u64, u64, u64)> {
        let rows = done.queries();
        rows.iter()
            .map(|row| (row.issued_ns, row.origin, row.item))
            .collect()
    };
    // Who fetched something has it too: only the first time tells of the placement.
    let held_first = |done: &Done| -> Vec<(u64, u64)> {
        let mut seen = std::collections::BTreeSet::new();
        let rows = done.queries();
        rows.iter()
            .filter(|row| seen.insert((row.origin, row.item)))
            .filter(|row| row.outcome == QueryOutcome::AlreadyHeld)
            .map(|row| (row.origin, row.item))
            .collect()
    };
    for overlay in ["[overlay.central]\n", "[overlay.chord]\n"] {
        let other = over(overlay);
        assert_eq!(asked(&other), asked(&server), "{overlay}");
        assert_eq!(held_first(&other), held_first(&server), "{overlay}");
    }
    assert!(!held_first(&server).is_empty());
    let rows = server.queries();
    assert!(rows.iter().all(|row| row.live_replicas == Some(2)));
    assert!(rows.iter().all(|row| row.reachable_replicas == Some(2)));
    let peers = server.peers();
    let (services, peers): (Vec<_>, Vec<_>) = peers.iter().partition(|row| &*row.group == "server");
    assert_eq!(services.len(), 2);
    assert!(peers.iter().all(|row| row.uploaded_bytes == 0));
    let up: u64 = services.iter().map(|row| row.uploaded_bytes).sum();
    let down: u64 = peers.iter().map(|row| row.downloaded_bytes).sum();
    assert!(up == down && up > 0);
    // Both servers are drawn alike.
    assert!(services.iter().all(|row| row.uploaded_bytes * 10 > up * 4));
    let downloads: Vec<DownloadRow> = server.table();
    let completed = downloads
        .iter()
        .filter(|row| row.outcome == DownloadOutcome::Completed);
    assert!(completed.count() + 3 >= downloads.len());
}

/// Where one of two servers is gone, the other has its turn after the time-out; where both are, nobody has.
#[test]
fn another_server_has_its_turn_after_the_time_out() {
    let run = |count: u32| {
        let action = format!("[[action]]\nat = \"6 min\"\nfail_servers = {{ count = {count} }}\n");
        scenario(&format!("{MANY}{action}")).run().queries()
    };
    let later = |rows: Vec<QueryRow>| -> Vec<QueryRow> {
        let rows = rows.into_iter();
        rows.filter(|row| (400..1_100).contains(&(row.issued_ns / 1_000_000_000)))
            .filter(|row| row.outcome != QueryOutcome::AlreadyHeld)
            .collect()
    };
    let one = later(run(1));
    assert!(one.len() > 100);
    assert!(one.iter().all(|row| row.outcome == QueryOutcome::Hit));
    // Two latencies, and what the server's link takes for a question and an answer, or for a few.
    let at_once = 60_049_000..61_000_000_u64;
    let is_at_once = |row: &&QueryRow| at_once.contains(&row.first_hit_ns.unwrap());
    let is_late = |row: &&QueryRow| at_once.contains(&(row.first_hit_ns.unwrap() - 30_000_000_000));
    let slow = one.iter().filter(|row| !is_at_once(row));
    assert!(slow.clone().all(|row| is_late(&row)));
    let share = slow.count() as f64 / one.len() as f64;
    assert!((0.4..0.6).contains(&share), "{share}");
    let none = later(run(2));
    assert!(
        none.iter()
            .all(|row| row.hits == 0 && row.query_messages == 2 && row.live_replicas == Some(0))
    );
}

/// Every overlay with service nodes survives that they fail, for good or for a while.
#[test]
fn service_nodes_of_every_overlay_may_fail() {
    for overlay in [
        "[overlay.gnutella]\n",
        "[overlay.chord]\nbootstrap_nodes = 1\n",
        "[overlay.chord]\nbootstrap_nodes = 4\nsuccessors = 3\n",
        "[overlay.kademlia]\nbootstrap_nodes = 1\nbucket_contacts = 4\n",
        "[overlay.kademlia]\nstart = \"organic\"\nbucket_contacts = 4\n",
        "[overlay.central]\n",
    ] {
        let toml = MANY.replace(
            "[overlay.client_server]\nservers = 2\nlink = { down = \"100 Mbit/s\", up = \"100 Mbit/s\" }\n",
            overlay,
        );
        let churn = "[peers.churn]\nsession.exponential = { mean = \"10 min\" }\nabsence.exponential = { mean = \"10 min\" }\n";
        let actions = "[[action]]\nat = \"3 min\"\nfail_servers = { share = 1.0, for = \"2 min\" }\n\
                       [[action]]\nat = \"9 min\"\nfail_servers = { count = 1 }\n";
        let done = scenario(&format!("{toml}{churn}{actions}"))
            .set("peers.count=60")
            .set("duration=13 min")
            .run();
        let rows = done.queries();
        let found = rows
            .iter()
            .filter(|row| row.issued_ns < 180_000_000_000 && row.hits > 0);
        println!(
            "{overlay:?}: {} of {} found, {} dropped offline",
            rows.iter().filter(|row| row.hits > 0).count(),
            rows.len(),
            done.integer("messages_dropped_offline")
        );
        assert!(found.count() > 10, "{overlay}");
        assert!(done.integer("messages_dropped_offline") > 0, "{overlay}");
    }
}

//! The standard metrics, counted by hand.
#![expect(clippy::float_cmp, reason = "these numbers have exact expectations")]

use super::{SEED, download, flow, lookup, peer, query, unanswered, unheard};
use crate::engine::accounts::{Accounts, Count};
use crate::engine::network::FlowBooks;
use crate::records::*;

#[test]
fn standard_metrics_of_a_small_run_are_those_counted_by_hand() {
    let mut early = query(9);
    early.issued_ns = 0;
    let mut idle = unanswered(2);
    idle.outcome = QueryOutcome::OriginOffline;
    let mut missed = unanswered(3);
    (missed.live_replicas, missed.reachable_replicas) = (Some(2), Some(0));
    let queries = [early, query(0), unanswered(1), idle, missed];
    let mut single = download();
    (single.sources, single.finished_ns) = (1, Some(3_000_000_000));
    let mut gone = download();
    (gone.finished_ns, gone.outcome) = (None, DownloadOutcome::Aborted);
    let downloads = [download(), single, gone];
    let mut soon = lookup(9);
    soon.issued_ns = 0;
    let mut wrong = lookup(2);
    (wrong.hops, wrong.outcome) = (Some(4), LookupOutcome::Incorrect);
    let lookups = [
        soon,
        lookup(0),
        lookup(1),
        wrong,
        unheard(3, LookupOutcome::Failed),
        unheard(4, LookupOutcome::Unfinished),
        unheard(5, LookupOutcome::OriginOffline),
    ];
    let peers = [peer(0), peer(1)];
    let mut accounts = Accounts::new(2);
    for (sent, delivered) in accounts.sent.iter_mut().zip(&mut accounts.delivered) {
        (0..5).for_each(|_| sent.enter(23));
        (0..3).for_each(|_| delivered.enter(23));
    }
    accounts.dropped[2].enter(23);
    let books = Books {
        kinds: &["Ping", "QueryHit"],
        messages: &accounts,
        in_flight: Count {
            messages: 3,
            bytes: 69,
        },
        flows: FlowBooks {
            started: 3,
            completed: 1,
            ended: 1,
            active: 1,
            offered_bytes: 100,
            carried_bytes: 40,
            abandoned_bytes: 20,
            remaining_bytes: 40,
        },
    };
    let tables = Tables {
        hybrid: &[],
        queries: &queries,
        keywords: &[],
        lookups: &lookups,
        values: &[],
        writes: &[],
        downloads: &downloads,
        sources: &[],
        peers: &peers,
        flows: &[flow()],
    };
    let mut summary = Summary::new("", SEED);
    summary.extend(standard_metrics(&tables, &books, 1)).unwrap();
    let integer = |name: &str| match summary.metric(name).unwrap().value {
        Value::Integer(value) => value,
        ref other => panic!("{name} is {other:?}"),
    };
    let real = |name: &str| match summary.metric(name).unwrap().value {
        Value::Real(value) => value,
        ref other => panic!("{name} is {other:?}"),
    };
    let mean = |name: &str| match &summary.metric(name).unwrap().value {
        Value::Distribution(all) => (all.n, all.shape.as_ref().unwrap().mean),
        other => panic!("{name} is {other:?}"),
    };
    assert_eq!(integer("queries"), 4);
    assert_eq!(integer("queries_origin_offline"), 1);
    assert_eq!(real("query_success"), 1.0 / 3.0);
    assert_eq!(mean("query_messages"), (3, 20.0));
    assert_eq!(mean("query_hits"), (3, 1.0 / 3.0));
    assert_eq!(mean("query_first_hit_latency"), (1, 200.000_001));
    assert_eq!(mean("query_first_hit_hops"), (1, 2.0));
    assert_eq!(real("query_duplicate_share"), 0.4);
    // Two queries have a recorded truth: one hit of 4 + 2 live and 2 + 0 reachable replicas.
    assert_eq!(real("query_recall_live"), 1.0 / 6.0);
    assert_eq!(real("query_recall_reachable"), 0.5);
    assert_eq!(integer("queries_existed_not_found"), 1);
    assert_eq!(real("query_existed_not_found_share"), 0.5);
    assert_eq!(integer("queries_reachable_not_found"), 0);
    assert_eq!(integer("lookups"), 6);
    assert_eq!(integer("lookups_correct"), 2);
    assert_eq!(integer("lookups_origin_offline"), 1);
    assert_eq!(real("lookup_correct_share"), 0.5);
    assert_eq!(real("lookup_incorrect_share"), 0.25);
    assert_eq!(real("lookup_failed_share"), 0.25);
    assert_eq!(mean("lookup_hops"), (3, 10.0 / 3.0));
    assert_eq!(mean("lookup_latency"), (3, 700.0));
    assert_eq!(mean("lookup_messages"), (3, 9.0));
    assert_eq!(mean("lookup_timeouts"), (3, 1.0));
    assert_eq!(integer("downloads_completed"), 2);
    assert_eq!(integer("downloads_multi_source"), 1);
    assert_eq!(real("download_multi_source_share"), 0.5);
    assert_eq!(mean("download_time"), (2, 1.75));
    assert_eq!(integer("download_corrupt_chunks"), 3);
    assert_eq!(mean("peer_received_bytes"), (2, 5.0));
    assert_eq!(mean("peer_degree_end"), (1, 4.0));
    assert_eq!(integer("messages_sent"), 10);
    assert_eq!(integer("bytes_sent_query_hit"), 115);
    assert_eq!(integer("messages_dropped_offline"), 1);
    assert_eq!(integer("messages_difference"), 0);
    assert_eq!(integer("bytes_difference"), 0);
    assert_eq!(integer("flow_bytes_difference"), 0);
    assert_eq!(integer("flows_difference"), 0);

    // Books that are wrong show it.
    let wrong = Books {
        in_flight: Count {
            messages: 4,
            bytes: 69,
        },
        ..books
    };
    let metrics = standard_metrics(&tables, &wrong, 1);
    let difference = metrics
        .iter()
        .find(|metric| metric.name == "messages_difference")
        .unwrap();
    assert_eq!(difference.value, Value::Integer(-1));
}

/// Six reads, one of them from before the warm-up, and three writes.
#[test]
fn reads_and_writes_are_counted_by_outcome() {
    let read = |number: u64, version, outcome| ValueRow {
        read: number,
        issued_ns: 10 * number,
        origin: 0,
        key: lookup(0).key,
        version,
        latest_version: Some(3),
        hops: version.map(|version| version + 1),
        messages: 2 * number,
        timeouts: 1,
        latency_ns: version.map(|_| 5_000_000),
        live_replicas: Some(number - 1),
        outcome,
    };
    let values = [
        read(1, Some(3), ReadOutcome::Fresh),
        read(2, Some(3), ReadOutcome::Fresh),
        read(3, Some(1), ReadOutcome::Stale),
        read(4, None, ReadOutcome::Missing),
        read(5, None, ReadOutcome::Failed),
        read(6, None, ReadOutcome::OriginLeft),
    ];
    let write = |number: u64, replicas, outcome| WriteRow {
        write: number,
        issued_ns: 20 + number,
        origin: 0,
        key: lookup(0).key,
        version: 1,
        replicas,
        messages: 6,
        timeouts: 0,
        latency_ns: replicas.map(|_| 7_000_000),
        outcome,
    };
    let writes = [
        write(0, Some(8), WriteOutcome::Kept),
        write(1, Some(4), WriteOutcome::Kept),
        write(2, None, WriteOutcome::OriginLeft),
    ];
    let tables = Tables {
        values: &values,
        writes: &writes,
        ..Tables::default()
    };
    let books = Books {
        kinds: &[],
        messages: &Accounts::new(0),
        in_flight: Count::default(),
        flows: FlowBooks::default(),
    };
    let metrics = standard_metrics(&tables, &books, 20);
    let check = |name: &str, expect: &str| {
        let metric = metrics.iter().find(|metric| metric.name == name);
        let shown = metric.map(|metric| metric.value.to_string());
        assert_eq!(shown.as_deref(), Some(expect), "{name}");
    };
    check("reads", "5");
    check("reads_fresh", "1");
    check("reads_stale", "1");
    check("reads_missing", "1");
    check("reads_failed", "1");
    check("reads_origin_left", "1");
    check("read_fresh_share", "0.2500");
    check("read_stale_share", "0.2500");
    check("reads_missing_though_kept", "1");
    check("read_versions_behind", "2.0000 (n = 1)");
    check("read_hops", "3.0000 (n = 2)");
    check("read_messages", "5.0000 (n = 2)");
    check("read_latency", "5.0000 (n = 2)");
    check("read_live_replicas", "3.0000 (n = 5)");
    check("writes", "3");
    check("writes_kept", "2");
    check("write_replicas", "6.0000 (n = 2)");
    check("write_latency", "7.0000 (n = 2)");
}

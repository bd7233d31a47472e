//! Tests of whole results: every table there and back, the summary; below, the directory and comparisons.

mod comparison;
mod directory;
mod standard;

use super::column::Key;
use super::summary::{Part, StoredSummary};
use super::table::table_path;
use super::*;
use crate::engine::accounts::Count;
use crate::engine::digest::{Channel, Digests};
use crate::engine::random::Seed;
use crate::overlay::books::Fate;
use crate::overlay::dht::Identifier;
use std::fs;
use std::path::Path;

fn query(query: u64) -> QueryRow {
    QueryRow {
        query,
        issued_ns: 1_500_000_000 + query,
        origin: 7,
        item: 3,
        ttl: Some(7),
        reached_peers: 10,
        query_messages: 20,
        duplicate_messages: 8,
        hit_messages: 3,
        check_messages: 0,
        bytes: 2_000,
        hits: 1,
        first_arrival_sum_ns: u128::from(u64::MAX) + 5,
        first_hit_ns: Some(200_000_001),
        first_hit_hops: Some(2),
        live_replicas: Some(4),
        reachable_replicas: Some(2),
        outcome: QueryOutcome::Hit,
    }
}

fn unanswered(number: u64) -> QueryRow {
    QueryRow {
        ttl: None,
        hits: 0,
        first_hit_ns: None,
        first_hit_hops: None,
        live_replicas: None,
        reachable_replicas: None,
        outcome: QueryOutcome::NoHit,
        ..query(number)
    }
}

fn download() -> DownloadRow {
    DownloadRow {
        download: 0,
        started_ns: 2_000_000_000,
        peer: 7,
        item: 3,
        size_bytes: 1 << 20,
        sources: 2,
        finished_ns: Some(4_500_000_000),
        corrupt_chunks: 1,
        refetched_bytes: 65_536,
        outcome: DownloadOutcome::Completed,
        query: 0,
        verified_bytes: 1 << 20,
    }
}

fn peer(peer: u64) -> PeerRow {
    PeerRow {
        peer,
        label: 1000 + peer,
        group: "modem, \"slow\"\nand far".into(),
        online_ns: 1,
        sessions: 1,
        sent_messages: 2,
        received_messages: 3,
        sent_bytes: 4,
        received_bytes: 5,
        uploaded_bytes: 6,
        downloaded_bytes: 7,
        degree_end: (peer > 0).then_some(4),
        shared_items_end: Some(0),
    }
}

fn flow() -> FlowRow {
    FlowRow {
        flow: "a name".into(),
        source: 1,
        sink: 2,
        size_bytes: 3,
        started_ns: Some(0),
        finished_ns: None,
    }
}

fn lookup(lookup: u64) -> LookupRow {
    LookupRow {
        lookup,
        issued_ns: 3_000_000_000 + lookup,
        origin: 5,
        key: Key {
            identifier: Identifier::of_number(5, 8),
            digits: 2,
        },
        hops: Some(3),
        messages: 9,
        timeouts: 1,
        latency_ns: Some(700_000_000),
        outcome: LookupOutcome::Correct,
    }
}

/// A lookup without an answer.
fn unheard(number: u64, outcome: LookupOutcome) -> LookupRow {
    LookupRow {
        hops: None,
        latency_ns: None,
        outcome,
        ..lookup(number)
    }
}

fn there_and_back<R: Row + PartialEq + std::fmt::Debug>(rows: &[R]) -> String {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read_table::<R>(folder.path()).unwrap(), None);
    let written = write_table(folder.path(), rows).unwrap();
    assert_eq!(written.rows, rows.len() as u64);
    assert_eq!(read_table::<R>(folder.path()).unwrap().unwrap(), rows);
    fs::read_to_string(table_path::<R>(folder.path())).unwrap()
}

#[test]
fn every_table_is_read_back_equal() {
    let text = there_and_back(&[query(0), unanswered(1)]);
    assert_eq!(
        text,
        "query,issued_s,origin,item,ttl,reached_peers,query_messages,duplicate_messages,hit_messages,check_messages,\
         bytes,hits,first_arrival_sum_ns,first_hit_ms,first_hit_hops,live_replicas,reachable_replicas,outcome\n\
         0,1.5,7,3,7,10,20,8,3,0,2000,1,18446744073709551620,200.000001,2,4,2,hit\n\
         1,1.500000001,7,3,,10,20,8,3,0,2000,0,18446744073709551620,,,,,no_hit\n"
    );
    let text = there_and_back(&[lookup(0), unheard(1, LookupOutcome::OriginLeft)]);
    assert_eq!(
        text,
        "lookup,issued_s,origin,key,hops,messages,timeouts,latency_ms,outcome\n\
         0,3,5,05,3,9,1,700,correct\n\
         1,3.000000001,5,05,,9,1,,origin_left\n"
    );
    let text = there_and_back(&[download()]);
    let (header, row) = text.split_once('\n').unwrap();
    assert!(header.starts_with(
        "download,started_s,peer,item,size_bytes,sources,finished_s,corrupt_chunks,refetched_bytes,outcome"
    ));
    assert!(row.starts_with("0,2,7,3,1048576,2,4.5,1,65536,completed,0,1048576\n"));
    let text = there_and_back(&[peer(0), peer(1)]);
    assert!(text.starts_with(
        "peer,label,group,online_s,sessions,sent_messages,received_messages,sent_bytes,received_bytes,\
         uploaded_bytes,downloaded_bytes,degree_end,"
    ));
    let text = there_and_back(&[flow()]);
    assert_eq!(
        text,
        "flow,source,sink,size_bytes,started_s,finished_s\na name,1,2,3,0,\n"
    );
    for &fate in <Fate as column::Vocabulary>::ALL {
        there_and_back(&[TraceRow {
            at_ns: 1,
            query: 2,
            peer: 3,
            from: 3,
            hops: 0,
            ttl: 7,
            fate,
        }]);
    }
    there_and_back::<QueryRow>(&[]);
}

fn series_row(kinds: usize) -> SeriesRow {
    SeriesRow {
        time_ns: 60_000_000_000,
        online_peers: 10,
        links: Some(20),
        components: None,
        largest_component: Some(9),
        sent: (0..kinds as u64)
            .map(|messages| Count {
                messages,
                bytes: 23 * messages,
            })
            .collect(),
        delivered_messages: 1,
        dropped_messages: 2,
        active_flows: 3,
        carried_bytes: 4,
    }
}

#[test]
fn the_series_has_columns_by_kind_and_is_read_back_equal() {
    // A kind may be called like one of the fixed columns.
    for kinds in [&[][..], &["Ping", "QueryHit", "delivered", "Bye 2"][..]] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(SeriesTable::read(folder.path()).unwrap(), None);
        let mut writer = SeriesWriter::create(folder.path(), kinds).unwrap();
        let rows = vec![series_row(kinds.len()); 2];
        for row in &rows {
            writer.write(row).unwrap();
        }
        assert_eq!(writer.finish().unwrap().rows, 2);
        let table = SeriesTable::read(folder.path()).unwrap().unwrap();
        assert_eq!(table.rows, rows);
        let names = ["ping", "query_hit", "delivered", "bye_2"];
        assert_eq!(table.kinds, names[..kinds.len()]);
    }
}

#[test]
fn damaged_tables_are_refused_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = table_path::<FlowRow>(folder.path());
    let check = |text: &str, expected: &str| {
        fs::write(&path, text).unwrap();
        let error = read_table::<FlowRow>(folder.path()).unwrap_err().to_string();
        let expected = format!("{}: {expected}", path.display());
        assert!(error.starts_with(&expected), "{error}");
    };
    let header = "flow,source,sink,size_bytes,started_s,finished_s\n";
    check("", "line 1: column 1 is none");
    check("flow,sink\n", "line 1: column 2 is sink, should be source");
    check(
        &format!("{header}0,1,2,3,0,\n1,1,2,-3,0,\n"),
        "line 3: size_bytes cannot be \"-3\"",
    );
    check(
        &format!("{header}0,1,2,3,0.0000000001,\n"),
        "line 2: started_s cannot be",
    );
    check(&format!("{header}0,1,2\n"), "line 2: ");
    // Columns that a later version added are no damage.
    fs::write(
        &path,
        "flow,source,sink,size_bytes,started_s,finished_s,more\na name,1,2,3,0,,x\n",
    )
    .unwrap();
    assert_eq!(read_table(folder.path()).unwrap(), Some(vec![flow()]));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = read_table::<FlowRow>(folder.path()).unwrap_err();
    assert!(matches!(error, RecordError::Io { .. }), "{error}");
}

#[test]
fn the_digest_of_a_table_sees_every_value_and_no_name() {
    let digest = |rows: &[PeerRow]| {
        let mut writer = TableWriter::new(Vec::new(), Path::new("peers.csv")).unwrap();
        for row in rows {
            writer.write(row).unwrap();
        }
        writer.finish().unwrap().digest
    };
    let rows = [peer(0), peer(1)];
    let same = digest(&rows);
    assert_eq!(same, digest(&rows));
    assert_ne!(same, digest(&rows[..1]));
    assert_ne!(same, digest(&[peer(1), peer(0)]));
    let mut renamed = rows.clone();
    renamed[0].group = "dsl".into();
    assert_eq!(same, digest(&renamed));
    let mut moved = rows.clone();
    (moved[0].sent_bytes, moved[0].received_bytes) = (moved[0].received_bytes, moved[0].sent_bytes);
    assert_ne!(same, digest(&moved));
    let mut emptied = rows;
    emptied[1].shared_items_end = None;
    assert_ne!(same, digest(&emptied));
}

const SEED: Seed = Seed {
    seed: 1,
    replication: 0,
};

/// A summary with two metrics, as a run with this number of messages would leave it.
fn summary(messages: u64) -> Summary {
    let mut summary = Summary::new("a title", SEED);
    let mut digests = Digests::default();
    digests.messages.add(messages, 0, 0);
    summary.set_digests(&digests, Channel(u128::from(messages)));
    summary
        .add(Metric::integer("messages_sent", "messages", messages))
        .unwrap();
    let values = vec![1, 2, messages];
    summary
        .add(Metric::distribution("load", "messages", values, 1))
        .unwrap();
    summary
}

#[test]
fn summaries_are_sorted_refuse_what_is_no_number_and_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut summary = summary(4);
    summary.add(Metric::real("third", "1", 1.0 / 3.0)).unwrap();
    summary.add(Metric::real("nothing", "1", -0.0)).unwrap();
    summary.add(Metric::ratio("undefined", "1", 0, 0)).unwrap();
    summary
        .add(Metric::integer("least", "bytes", -(1_i64 << 60)))
        .unwrap();
    for value in [f64::NAN, f64::INFINITY] {
        let error = summary.add(Metric::real("bad", "1", value)).unwrap_err();
        assert!(error.is_bug() && error.to_string().contains("bad"), "{error}");
    }
    let mut broken = Distribution::of(vec![1], 1);
    broken.shape.as_mut().unwrap().sd = f64::NAN;
    let name = "broken".to_owned();
    let value = Value::Distribution(broken);
    let error = summary
        .add(Metric {
            name,
            unit: "1",
            value,
        })
        .unwrap_err();
    assert!(error.to_string().contains("broken.sd"), "{error}");
    let error = summary.add(Metric::real("third", "1", 1.0)).unwrap_err();
    assert!(matches!(error, RecordError::Repeated { .. }));

    let mut summary = self::summary(4);
    summary.add(Metric::real("third", "1", 1.0 / 3.0)).unwrap();
    summary.add(Metric::real("nothing", "1", -0.0)).unwrap();
    summary.add(Metric::ratio("undefined", "1", 0, 0)).unwrap();
    summary
        .add(Metric::integer("least", "bytes", -(1_i64 << 60)))
        .unwrap();
    summary.write(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join(summary::FILE)).unwrap();
    assert!(text.contains("0.3333333333333333\n") && !text.contains("-0.0"));
    let sorted = |object: &serde_json::Value| {
        let keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
        let places: Vec<usize> = keys
            .iter()
            .map(|key| text.find(&format!("\"{key}\":")).unwrap())
            .collect();
        let mut by_name: Vec<(&String, usize)> = keys.iter().zip(places).collect();
        by_name.sort();
        assert!(by_name.is_sorted_by_key(|&(_, place)| place), "{keys:?}");
    };
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    sorted(&json);
    sorted(&json["metrics"]);
    sorted(&json["digests"]);
    let stored = StoredSummary::read(folder.path()).unwrap();
    assert_eq!(stored.digests, *summary.digests());
    assert_eq!(stored.metrics["third"]["value"], Part::Real(1.0 / 3.0));
    assert_eq!(stored.metrics["least"]["value"], Part::Integer(-(1 << 60)));
    assert_eq!(stored.metrics["undefined"]["value"], Part::Undefined);
    assert_eq!(stored.number("load", "p50"), Some(2.0));
    assert_eq!(stored.units["load"], "messages");
    assert_eq!(stored.header["title"], "\"a title\"");
}

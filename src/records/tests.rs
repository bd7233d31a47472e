//! Tests of whole results: every table there and back, the directory's promises, comparisons.

use super::summary::{Part, StoredSummary, marks_result};
use super::table::table_path;
use super::*;
use crate::engine::accounts::{Accounts, Count};
use crate::engine::digest::{Channel, Digests};
use crate::engine::network::FlowBooks;
use crate::overlay::books::Fate;
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
        query: Some(0),
        chunks: 16,
        verified_bytes: 4_194_304,
        received_bytes: (1 << 20) + 65_536,
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
        flow: "0".into(),
        source: 1,
        sink: 2,
        size_bytes: 3,
        started_ns: Some(0),
        finished_ns: None,
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
         0,1.5,7,3,7,10,20,8,3,0,2000,1,18446744073709551620,200.000001,2,4,2,found\n\
         1,1.500000001,7,3,,10,20,8,3,0,2000,0,18446744073709551620,,,,,not_found\n"
    );
    let text = there_and_back(&[download()]);
    let (header, row) = text.split_once('\n').unwrap();
    assert!(header.starts_with(
        "download,started_s,peer,item,size_bytes,sources,finished_s,corrupt_chunks,refetched_bytes,outcome"
    ));
    assert!(row.starts_with("0,2,7,3,1048576,2,4.5,1,65536,completed,0,"));
    let text = there_and_back(&[peer(0), peer(1)]);
    assert!(text.starts_with(
        "peer,label,group,online_s,sessions,sent_messages,received_messages,sent_bytes,received_bytes,\
         uploaded_bytes,downloaded_bytes,degree_end,"
    ));
    let text = there_and_back(&[flow()]);
    assert_eq!(
        text,
        "flow,source,sink,size_bytes,started_s,finished_s\n0,1,2,3,0,\n"
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
        rows.iter().for_each(|row| writer.write(row).unwrap());
        assert_eq!(writer.finish().unwrap().rows, 2);
        let table = SeriesTable::read(folder.path()).unwrap().unwrap();
        assert_eq!(table.rows, rows);
        let names: Vec<String> = kinds.iter().map(|kind| series::column_name(kind)).collect();
        assert_eq!(table.kinds, names);
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
        "flow,source,sink,size_bytes,started_s,finished_s,more\n0,1,2,3,0,,x\n",
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
        rows.iter().for_each(|row| writer.write(row).unwrap());
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

/// A summary with two metrics, as a run with this number of messages would leave it.
fn summary(messages: u64) -> Summary {
    let mut summary = Summary::new("a title", 1, 0, 1);
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

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_result_appears_when_it_is_complete_and_replaces_only_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("results/scenario/run");
    for messages in [4, 5] {
        let run = RunDirectory::create(&place).unwrap();
        run.write("plots/a.svg", "<svg/>").unwrap();
        let mut table = run.table::<FlowRow>().unwrap();
        table.write(&flow()).unwrap();
        table.finish().unwrap();
        summary(messages).write(run.path()).unwrap();
        // Until then an earlier result stands as it was.
        let before = StoredSummary::read(&place).ok();
        assert_eq!(before.is_some(), messages == 5);
        assert_eq!(run.finish().unwrap(), place);
        assert_eq!(names(place.parent().unwrap()), ["run"]);
        assert_eq!(names(&place), ["flows.csv", "plots", "summary.json"]);
        let stored = StoredSummary::read(&place).unwrap();
        assert_eq!(stored.number("messages_sent", "value"), Some(messages as f64));
    }
    assert!(marks_result(&place));
}

#[test]
fn what_is_not_ours_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |place: &Path| {
        let error = RunDirectory::create(place).unwrap_err();
        assert!(matches!(error, RecordError::NotOurs { .. }), "{error}");
    };
    let place = folder.path().join("thesis");
    fs::create_dir(&place).unwrap();
    refused(&place);
    fs::write(place.join("summary.json"), "{\"format\": \"another\"}").unwrap();
    refused(&place);
    fs::write(place.join("summary.json"), "no JSON").unwrap();
    refused(&place);
    refused(&place.join("summary.json"));
    assert_eq!(names(folder.path()), ["thesis"]);
    assert_eq!(names(&place), ["summary.json"]);
    for nameless in ["/", "."] {
        let error = RunDirectory::create(Path::new(nameless)).unwrap_err();
        let refused = matches!(error, RecordError::NotOurs { .. } | RecordError::NoName { .. });
        assert!(refused, "{error}");
    }
    // Nor what appeared while the run was under way.
    let late = folder.path().join("late");
    let run = RunDirectory::create(&late).unwrap();
    fs::write(&late, "somebody's").unwrap();
    assert!(matches!(run.finish(), Err(RecordError::NotOurs { .. })));
    assert_eq!(fs::read_to_string(&late).unwrap(), "somebody's");
    assert_eq!(names(folder.path()), ["late", "thesis"]);
}

#[test]
fn an_unfinished_result_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a/b/run");
    let run = RunDirectory::create(&place).unwrap();
    run.write("queries.csv", "half a ro").unwrap();
    assert!(!place.exists() && run.path().exists());
    drop(run);
    assert_eq!(names(folder.path()), [""; 0]);

    // A failing write, here a directory in place of the file, ends the same way.
    let attempt = |place: &Path| -> Result<(), RecordError> {
        let run = RunDirectory::create(place)?;
        let obstacle = run.path().join("flows.csv");
        fs::create_dir(&obstacle).unwrap();
        run.table::<FlowRow>()?.finish()?;
        run.finish().map(|_| ())
    };
    let error = attempt(&place).unwrap_err();
    assert!(
        matches!(&error, RecordError::Io { path, .. } if path.ends_with("flows.csv")),
        "{error}"
    );
    assert_eq!(names(folder.path()), [""; 0]);

    // A file above the place.
    fs::write(folder.path().join("a"), "").unwrap();
    let error = RunDirectory::create(&place).unwrap_err();
    assert!(matches!(error, RecordError::Io { .. }), "{error}");
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_with_its_path() {
    let full = Path::new("/dev/full");
    let write = || -> Result<Written, RecordError> {
        let mut table = TableWriter::<QueryRow>::create(full)?;
        for number in 0..10 {
            table.write(&query(number))?;
        }
        table.finish()
    };
    let error = write().unwrap_err();
    assert!(!error.is_bug());
    assert!(
        error
            .to_string()
            .starts_with("cannot write /dev/full: No space left"),
        "{error}"
    );
    // The same when the disk fills before the end.
    let long = || -> Result<(), RecordError> {
        let mut table = TableWriter::<QueryRow>::create(full)?;
        (0..10_000).try_for_each(|number| table.write(&query(number)))
    };
    assert!(matches!(long(), Err(RecordError::Io { .. })));
}

#[test]
#[cfg(unix)]
fn a_result_behind_a_symbolic_link_is_replaced_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    for place in [&real, &link] {
        let run = RunDirectory::create(place).unwrap();
        summary(4).write(run.path()).unwrap();
        run.finish().unwrap();
        if place == &real {
            std::os::unix::fs::symlink(&real, &link).unwrap();
        }
    }
    assert!(link.is_symlink() && real.is_dir());
    assert_eq!(names(folder.path()), ["link", "real"]);
}

/// Leaves a small result: its ladder parts from that of others with another `messages` after step 512.
fn leave(folder: &Path, name: &str, messages: u64, rows: &[QueryRow]) -> PathBuf {
    let run = RunDirectory::create(&folder.join(name)).unwrap();
    let mut ladder = Ladder::default();
    let mut digests = Digests::default();
    for step in 1..=ladder::STEPS {
        digests.churn.add(step, 0, 0);
        digests
            .messages
            .add(step, if step > 512 { messages } else { 0 }, 0);
        ladder.note(Ladder::instant_ns(1_024_000_000_000, step), &digests);
    }
    ladder.write(run.path()).unwrap();
    let written = write_table(run.path(), rows).unwrap();
    let mut summary = summary(messages);
    summary.set_digests(&digests, written.digest);
    summary.write(run.path()).unwrap();
    run.write("scenario.toml", format!("seed = 1\n# {name}\n"))
        .unwrap();
    run.finish().unwrap()
}

#[test]
fn ladders_are_read_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let place = leave(folder.path(), "a", 4, &[]);
    let ladder = Ladder::read(&place).unwrap();
    assert_eq!(ladder.rows.len(), 1024);
    assert_eq!(ladder.rows[1023].time_ns, 1_024_000_000_000);
    let again = folder.path().join("again");
    fs::create_dir(&again).unwrap();
    ladder.write(&again).unwrap();
    let bytes = |place: &Path| fs::read(place.join("digests.csv")).unwrap();
    assert_eq!(bytes(&place), bytes(&again));
    assert_eq!(Ladder::instant_ns(u64::MAX, 1024), u64::MAX);
}

#[test]
fn equal_results_differ_in_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let a = leave(folder.path(), "a", 4, &[query(0)]);
    let b = leave(folder.path(), "b", 4, &[query(0)]);
    let difference = diff(&a, &b).unwrap();
    assert!(difference.is_empty(), "{difference}");
    assert_eq!(
        difference.to_string(),
        "remark: scenario.toml differs first in line 2: # a and # b\n\
         digests: churn, messages, order, results, transfers, workload identical\n\
         metrics: all 14 numbers identical\n"
    );
}

#[test]
fn differences_are_told_by_channel_metric_and_row() {
    let folder = tempfile::tempdir().unwrap();
    let a = leave(folder.path(), "a", 4, &[query(0), query(1)]);
    let b = leave(folder.path(), "b", 5, &[query(0), unanswered(1)]);
    write_table(&b, &[flow()]).unwrap();
    let difference = diff(&a, &b).unwrap();
    assert!(!difference.is_empty());
    let text = difference.to_string();
    for line in [
        "digests: churn, order, transfers, workload identical; messages, results differ",
        "  messages: from t = 513 s on (equal until 512 s)",
        "table flows.csv: absent in a",
        "table queries.csv: first different row is 2 (1): ttl is 7 and empty",
    ] {
        assert!(
            text.lines().any(|each| each == line),
            "no line {line:?} in\n{text}"
        );
    }
    let sent = difference
        .metrics
        .iter()
        .find(|each| each.metric == "messages_sent")
        .unwrap();
    assert_eq!((sent.absolute(), sent.relative()), (Some(1.0), Some(0.25)));
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("messages_sent"))
        .unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        words,
        ["messages_sent", "4", "5", "+1", "+25.000", "%", "messages"]
    );

    // A table that ends early, and other columns.
    let shorter = leave(folder.path(), "c", 4, &[query(0)]);
    let text = diff(&a, &shorter).unwrap().to_string();
    assert!(
        text.contains("table queries.csv: b ends after 1 equal rows\n"),
        "{text}"
    );
    fs::write(shorter.join("queries.csv"), "query,other\n").unwrap();
    let text = diff(&a, &shorter).unwrap().to_string();
    assert!(
        text.contains("columns differ first at \"issued_s\" and \"other\""),
        "{text}"
    );
    // What is no result is refused.
    assert!(diff(&a, folder.path()).is_err());
    fs::write(shorter.join("summary.json"), "{\n\"format\": 3").unwrap();
    let error = diff(&a, &shorter).unwrap_err();
    assert!(matches!(error, RecordError::Malformed { line: 2, .. }), "{error}");
}

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
        queries: &queries,
        downloads: &downloads,
        peers: &peers,
        flows: &[flow()],
    };
    let mut summary = Summary::new("", 0, 0, 1);
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
    assert_eq!(integer("downloads_completed"), 2);
    assert_eq!(integer("downloads_multi_source"), 1);
    assert_eq!(real("download_multi_source_share"), 0.5);
    assert_eq!(mean("download_time"), (2, 1.75));
    assert_eq!(integer("download_corrupt_chunks"), 3);
    assert_eq!(mean("peer_received_bytes"), (2, 5.0));
    assert_eq!(mean("peer_degree_end"), (1, 4.0));
    assert_eq!(integer("messages_sent"), 10);
    assert_eq!(integer("bytes_sent_queryhit"), 115);
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

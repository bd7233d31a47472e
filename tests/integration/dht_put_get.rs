//! Values that are written and read in structured overlays: fresh, stale, missing; and copies on the way to a key.
//!
//! Every run is held against the reference engine and other numbers of threads: see `Lab::run`.

use servent::records::{ReadOutcome, Value, ValueRow, WriteOutcome, WriteRow};

use crate::support::{Done, scenario};

/// Everybody stays.
const CALM: &str = r#"
title    = "values"
duration = "12 min"
[peers]
count = 60
[underlay.latency.constant]
one_way = "50 ms"
[overlay.chord]
[workload.values]
values = 30
writes_per_value = "30 /h"
reads_per_peer = "60 /h"
"#;

/// Thirty steady peers write, each value once, and read; a hundred others keep what they write, and come and go every ten minutes,
/// crashing.
const RESTLESS: &str = r#"
title    = "values under churn"
duration = "40 min"
[peers]
[[peers.group]]
name  = "steady"
count = 30
[[peers.group]]
name  = "restless"
count = 200
activity = 0.0
[peers.group.churn]
session.exponential = { mean = "10 min" }
absence.exponential = { mean = "10 min" }
crash = 1.0
[underlay.latency.constant]
one_way = "20 ms"
[overlay.chord]
bootstrap_nodes = 1
storage = { replicas = 8, republish = "1 d" }
[workload.values]
values = 50
size = "100 B"
reads_per_peer = "60 /h"
"#;

/// The same scenario over another overlay, with more settings.
fn over(overlay: &str, toml: &str, settings: &str) -> String {
    toml.replace("[overlay.chord]\n", &format!("[overlay.{overlay}]\n{settings}\n"))
}

/// How many reads had each outcome.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Counts {
    fresh: usize,
    stale: usize,
    missing: usize,
    failed: usize,
    /// Missing, though somebody kept a version.
    lost: usize,
}

fn counts(rows: &[ValueRow]) -> Counts {
    let number = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    let lost = |row: &&ValueRow| row.outcome == ReadOutcome::Missing && row.live_replicas > Some(0);
    Counts {
        fresh: number(ReadOutcome::Fresh),
        stale: number(ReadOutcome::Stale),
        missing: number(ReadOutcome::Missing),
        failed: number(ReadOutcome::Failed),
        lost: rows.iter().filter(lost).count(),
    }
}

fn reads(done: &Done) -> Vec<ValueRow> {
    done.table()
}

fn integer(done: &Done, name: &str) -> i128 {
    match done.summary.metric(name).map(|metric| &metric.value) {
        Some(Value::Integer(value)) => *value,
        other => panic!("{name} is {other:?}"),
    }
}

fn mean(rows: &[ValueRow], value: impl Fn(&ValueRow) -> u64) -> f64 {
    let found: Vec<u64> = rows
        .iter()
        .filter(|row| row.outcome.is_found())
        .map(value)
        .collect();
    found.iter().sum::<u64>() as f64 / found.len() as f64
}

#[test]
fn where_everybody_stays_every_read_is_fresh() {
    for (overlay, settings) in [
        ("chord", ""),
        ("chord", "lookup.way = \"semi_recursive\""),
        ("kademlia", "bucket_contacts = 5\ncaches_on_path = false"),
        (
            "kademlia",
            "bucket_contacts = 5\ncaches_on_path = false\nstorage.stops_at_value = false",
        ),
        (
            "kademlia",
            "bucket_contacts = 5\ncaches_on_path = false\nlookup.way = \"full_recursive\"",
        ),
    ] {
        let done = scenario(&over(overlay, CALM, settings)).run();
        let (rows, writes): (Vec<ValueRow>, Vec<WriteRow>) = (reads(&done), done.table());
        let found = counts(&rows);
        println!("{overlay} {settings:?}: {} writes, {found:?}", writes.len());
        assert!(
            rows.len() > 500 && writes.len() > 150,
            "{} {}",
            rows.len(),
            writes.len()
        );
        // Only the last ones have not ended.
        assert!(found.fresh + 5 >= rows.len(), "{found:?}");
        assert_eq!(
            found,
            Counts {
                fresh: found.fresh,
                ..Counts::default()
            }
        );
        assert!(rows.iter().all(|row| row.outcome != ReadOutcome::Unwritten));
        let kept = writes.iter().filter(|write| write.outcome == WriteOutcome::Kept);
        assert!(kept.clone().count() + 2 >= writes.len());
        let replicas = if overlay == "chord" { 6 } else { 5 };
        assert!(kept.into_iter().all(|write| write.replicas == Some(replicas)));
        assert!(
            rows.iter().any(|row| row.version > Some(3)),
            "later versions are read"
        );
        assert!(
            rows.iter()
                .all(|row| row.live_replicas >= Some(u64::from(replicas)))
        );
        assert_eq!(integer(&done, "reads_fresh"), found.fresh as i128);
        assert_eq!(integer(&done, "writes"), writes.len() as i128);
    }
}

/// The same values are written and read at the same times, whatever the overlay.
#[test]
fn every_overlay_gets_the_same_workload() {
    let plan = |overlay: &str| -> Vec<(u64, u64, u128)> {
        let done = scenario(&over(overlay, CALM, "")).run();
        let rows = reads(&done)
            .into_iter()
            .map(|row| (row.issued_ns, row.origin, key(&row)));
        rows.collect()
    };
    let (chord, kademlia) = (plan("chord"), plan("kademlia"));
    assert!(!chord.is_empty());
    assert_eq!(chord, kademlia);
}

/// The first bits of a read's key.
fn key(row: &ValueRow) -> u128 {
    let bytes = row.key.identifier.to_bytes();
    bytes[..16]
        .iter()
        .fold(0, |word, byte| word << 8 | u128::from(*byte))
}

#[test]
fn no_value_is_lost_while_somebody_keeps_it() {
    for (overlay, settings) in [
        ("chord", ""),
        (
            "kademlia",
            "bucket_contacts = 8\nrefresh = \"2 min\"\ncaches_on_path = false",
        ),
    ] {
        let run = |replicate: &str| {
            let lab = scenario(&over(overlay, RESTLESS, settings));
            let rows = reads(
                &lab.set(format!("overlay.{overlay}.storage.replicate=\"{replicate}\""))
                    .run(),
            );
            // The keepers of the beginning are gone by then.
            rows.into_iter()
                .filter(|row| row.issued_ns > 1_200_000_000_000)
                .collect::<Vec<_>>()
        };
        let (kept, alone) = (counts(&run("30 s")), counts(&run("1 d")));
        println!("{overlay}: stored again {kept:?}, never stored again {alone:?}");
        assert!(kept.fresh > 200, "{kept:?}");
        assert_eq!((kept.lost, kept.missing), (0, 0), "{kept:?}");
        assert!(alone.missing > 20, "{alone:?}");
        // There is but one version.
        assert_eq!(kept.stale + alone.stale, 0);
    }
}

/// Copies on the way to popular keys make reads shorter, and stale ones of values that change.
#[test]
fn copies_on_the_way_are_near_and_stale() {
    let run = |settings: &str| {
        let settings = format!("bucket_contacts = 4\nlookup.alpha = 1\n{settings}");
        let toml = over("kademlia", CALM, &settings);
        reads(
            &scenario(&toml)
                .set("peers.count=250")
                .set("workload.values.values=5")
                .run(),
        )
    };
    let without = run("caches_on_path = false");
    let with = run("");
    // The more nodes it takes to halve its time, the longer a copy is kept.
    let brief = run("cache_halving_nodes = 1");
    let hops = |rows: &[ValueRow]| mean(rows, |row| u64::from(row.hops.unwrap()));
    let messages = |rows: &[ValueRow]| mean(rows, |row| row.messages);
    for (name, rows) in [("without", &without), ("with", &with), ("brief", &brief)] {
        let (hops, messages) = (hops(rows), messages(rows));
        println!(
            "{name}: {:?}, {hops:.2} hops, {messages:.2} messages",
            counts(rows)
        );
    }
    assert_eq!(counts(&without).stale, 0);
    assert!(counts(&with).stale * 10 > with.len(), "{:?}", counts(&with));
    assert!(counts(&brief).stale < counts(&with).stale);
    assert!(hops(&with) < 0.9 * hops(&without));
    assert!(hops(&with) < hops(&brief));
}

/// One half of the network does not hear of what the other writes. Kademlia's halves find each other again when the partition heals,
/// through contacts that they were too slow to drop; those who kept values in place of nodes on the other side are on the way to
/// them then, and stale still, so that only reads that go past them are fresh again. A ring that was split stays two.
#[test]
fn a_partition_makes_reads_stale() {
    let halves = "bucket_contacts = 8\nfailures_max = 31\nrefresh = \"2 min\"\ncaches_on_path = false";
    let past = format!("{halves}\nstorage.stops_at_value = false");
    for (overlay, settings) in [("chord", ""), ("kademlia", halves), ("kademlia", &past)] {
        let toml = over(overlay, CALM, settings);
        let actions = "[[action]]\nat = \"3 min\"\npartition.shares = [0.5, 0.5]\n\
                       [[action]]\nat = \"6 min\"\nheal = {}\n";
        let lab = scenario(&format!("{toml}{actions}"))
            .set("workload.values.writes_per_value=20 /h")
            .set(format!("overlay.{overlay}.storage.republish=1 min"))
            .set(format!("overlay.{overlay}.storage.replicate=1 min"));
        let rows = reads(&lab.run());
        let between = |from_min: u64, until_min: u64| {
            let within = from_min * 60_000_000_000..until_min * 60_000_000_000;
            let rows = rows.iter().filter(|row| within.contains(&row.issued_ns));
            counts(&rows.cloned().collect::<Vec<ValueRow>>())
        };
        let (before, during, after) = (between(1, 3), between(4, 6), between(9, 11));
        println!("{overlay} {settings:?}: before {before:?}, during {during:?}, after {after:?}");
        assert_eq!(before.stale, 0, "{before:?}");
        assert!(during.stale > 10, "{during:?}");
        assert_eq!(after.stale == 0, settings == past, "{after:?}");
    }
}

#[test]
fn writes_and_reads_of_those_who_are_away_are_counted_as_such() {
    let actions = "[[action]]\nat = \"4 min\"\ndepart = { share = 0.5, crash = 1.0 }\n";
    let done = scenario(&format!("{CALM}{actions}")).run();
    let (rows, writes): (Vec<ValueRow>, Vec<WriteRow>) = (reads(&done), done.table());
    let away = rows
        .iter()
        .filter(|row| row.outcome == ReadOutcome::OriginOffline);
    assert!(away.clone().count() > 100);
    assert!(
        away.into_iter()
            .all(|row| row.version.is_none() && row.messages == 0)
    );
    let unmade = writes
        .iter()
        .filter(|row| row.outcome == WriteOutcome::OriginOffline);
    assert!(unmade.clone().count() > 20);
    // Nobody finds what was never made.
    let unmade: Vec<(u128, u32)> = unmade
        .map(|row| (row.key.identifier.to_bytes(), row.version))
        .map(|(bytes, version)| {
            (
                bytes[..16]
                    .iter()
                    .fold(0, |word, byte| word << 8 | u128::from(*byte)),
                version,
            )
        })
        .collect();
    assert!(rows.iter().all(|row| {
        row.version
            .is_none_or(|version| !unmade.contains(&(key(row), version)))
    }));
}

//! The shipped scenarios run, show what they promise, and leave the results that `results/reference/` holds.
//!
//! `UPDATE_REFERENCE=1 cargo test --release --test integration shipped -- --include-ignored` writes the reference anew.

use std::fs;
use std::path::{Path, PathBuf};

use servent::experiment::compare::{Axis, FinishedComparison, Plain};
use servent::experiment::{Comparison, CrewRequest, Growth, Request, Run, Survival, Sweep};
use servent::records::comparison::Target;
use servent::records::{DownloadRow, Measure, QueryRow};
use servent::records::{Summary, Value, read_table};

use crate::support::{Silent, shared};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a shipped scenario into a temporary directory.
fn run(name: &str) -> (tempfile::TempDir, PathBuf, Summary) {
    run_with(name, &[])
}

/// The same with some keys set.
fn run_with(name: &str, set: &[&str]) -> (tempfile::TempDir, PathBuf, Summary) {
    let directory = tempfile::tempdir().unwrap();
    let request = Request {
        set: set.iter().map(ToString::to_string).collect(),
        threads: 2,
        out: Some(directory.path().join("result")),
        ..Request::plain(root().join("scenarios").join(name).with_extension("toml"))
    };
    let run = Run::read(request).unwrap_or_else(|error| panic!("{error}"));
    let finished = run.perform(&mut Silent).unwrap_or_else(|error| panic!("{error}"));
    println!(
        "{name}: {} events in {:.1} s, peak {} MiB",
        finished.provenance.events,
        finished.provenance.run_wall_s,
        finished.provenance.peak_rss_bytes.unwrap_or(0) >> 20
    );
    (directory, finished.place, finished.summary)
}

fn integer(summary: &Summary, metric: &str) -> i128 {
    match summary.metric(metric).unwrap().value {
        Value::Integer(value) => value,
        ref other => panic!("{metric} is {other:?}"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether to write the reference anew is asked of the developer"
)]
fn is_update() -> bool {
    std::env::var("UPDATE_REFERENCE").is_ok_and(|value| value == "1")
}

/// Holds the named files and the plots of a result against the stored ones.
fn check_reference(name: &str, place: &Path, files: &[&str]) {
    let reference = root().join("results/reference").join(name);
    let mut files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    for entry in fs::read_dir(place.join("plots")).unwrap() {
        files.push(Path::new("plots").join(entry.unwrap().file_name()));
    }
    files.sort();
    for file in files {
        let fresh = fs::read(place.join(&file)).unwrap();
        let stored = reference.join(&file);
        if is_update() {
            fs::create_dir_all(stored.parent().unwrap()).unwrap();
            fs::write(&stored, fresh).unwrap();
            continue;
        }
        let kept = fs::read(&stored).unwrap_or_else(|error| panic!("{}: {error}", stored.display()));
        assert!(
            kept == fresh,
            "{} is not what the scenario gives now; if that is meant, raise the trajectory epoch and set UPDATE_REFERENCE=1",
            stored.display()
        );
    }
}

/// Ripeanu, Foster and Iamnitchi saw about 92 % queries in 2001.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two simulated hours of 10,000 peers: release builds only"
)]
fn gnutella_2001() {
    let (_directory, place, summary) = run("gnutella-2001");
    let queries: Vec<QueryRow> = read_table(&place).unwrap().unwrap();
    assert!(queries.len() >= 8_000, "{} queries", queries.len());
    let downloads: Vec<DownloadRow> = read_table(&place).unwrap().unwrap();
    let verified: Vec<&DownloadRow> = downloads.iter().filter(|row| row.finished_ns.is_some()).collect();
    assert!(verified.len() >= 1_000, "{} verified downloads", verified.len());
    let several = verified.iter().filter(|row| row.sources >= 2).count();
    assert!(
        several * 2 >= verified.len(),
        "{several} of {} from several sources",
        verified.len()
    );
    let share = integer(&summary, "messages_sent_query") * 1000 / integer(&summary, "messages_sent");
    assert!(
        (850..=950).contains(&share),
        "{share} of a thousand messages are queries"
    );
    for metric in [
        "messages_difference",
        "bytes_difference",
        "flow_bytes_difference",
        "flows_difference",
    ] {
        assert_eq!(integer(&summary, metric), 0, "{metric}");
    }
    check_reference("gnutella-2001", &place, &["summary.json"]);
}

/// Flooding finds what many have, and Kademlia what few have.
#[test]
fn hybrid() {
    let (_directory, _, summary) = run("hybrid");
    let flooded = integer(&summary, "queries_hit_by_unstructured");
    let looked_up = integer(&summary, "queries_hit_by_structured_only");
    let in_vain = integer(&summary, "queries_no_hit");
    println!("{flooded} found by flooding, {looked_up} by lookups only, {in_vain} not at all");
    assert_eq!(flooded + looked_up, integer(&summary, "queries_hit"));
    assert_eq!(
        looked_up + in_vain,
        integer(&summary, "queries_put_to_structured")
    );
    assert!(looked_up > in_vain, "{looked_up} and {in_vain}");
    for metric in ["messages_difference", "bytes_difference"] {
        assert_eq!(integer(&summary, metric), 0, "{metric}");
    }
}

/// A request for replications of all scenarios in a folder, in order of their names.
fn crew(folder: &str, replications: u64, out: &Path) -> CrewRequest {
    let entries = fs::read_dir(root().join("scenarios").join(folder)).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let mut scenarios: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    scenarios.sort();
    CrewRequest {
        scenarios,
        set: Vec::new(),
        inputs: Vec::new(),
        seed: None,
        replications,
        threads: 2,
        out: Some(out.join("result")),
        command_line: Vec::new(),
    }
}

/// Compares along an axis.
fn compare<A: Axis>(axis: A, request: CrewRequest) -> FinishedComparison<A::Step> {
    let comparison = Comparison::along(axis, request).unwrap_or_else(|error| panic!("{error}"));
    let finished = comparison
        .perform(&Silent)
        .unwrap_or_else(|error| panic!("{error}"));
    println!(
        "{} runs in {:.1} s",
        finished.rows.len(),
        finished.provenance.run_wall_s
    );
    finished
}

/// Every architecture on one world: the table and the plots of the README.
#[test]
#[ignore = "slow: dozens of runs of 10,000 peers take minutes; run it by name"]
fn slow_compare() {
    let directory = tempfile::tempdir().unwrap();
    let finished = compare(Plain, crew("compare", 5, directory.path()));
    let files = ["summary.json", "comparison.csv", "comparison_intervals.csv"];
    check_reference("compare", &finished.place, &files);
}

/// The same under attack, with fewer peers: the plots of the README.
#[test]
#[ignore = "slow: hundreds of runs take minutes; run it by name"]
fn slow_survival() {
    let directory = tempfile::tempdir().unwrap();
    let request = CrewRequest {
        set: vec!["peers.count=1000".to_owned(), "content.items=1000".to_owned()],
        ..crew("compare", 5, directory.path())
    };
    let finished = compare(Survival::usual(), request);
    // Whoever has nothing but servers has nothing without them; whoever has more goes on.
    for row in &finished.rows {
        if row.step.target == Target::Servers {
            let has_servers_only = ["client-server", "edonkey", "napster"].contains(&&*row.scenario);
            let success = row.measured.get(Measure::Success).unwrap();
            assert_eq!(success == 0.0, has_servers_only, "{}: {success}", row.scenario);
        }
    }
    let files = ["summary.json", "survival.csv", "survival_intervals.csv"];
    check_reference("survival", &finished.place, &files);
}

/// The same as the network grows a hundredfold: the plots of the README.
#[test]
#[ignore = "slow: networks of a hundred thousand peers take most of an hour; run it by name"]
fn slow_growth() {
    let directory = tempfile::tempdir().unwrap();
    let growth = Growth {
        sizes: vec![1_000, 10_000, 100_000],
        ..Growth::usual()
    };
    let request = CrewRequest {
        set: vec!["duration=\"12 min\"".to_owned()],
        ..crew("compare", 3, directory.path())
    };
    let finished = compare(growth, request);
    // Whoever asks those who know finds as much in a large network as in a small one.
    for row in &finished.rows {
        let success = row.measured.get(Measure::Success).unwrap();
        let finds = !["flood", "kazaa", "walk"].contains(&&*row.scenario);
        assert!(
            !finds || success > 0.9,
            "{} of {}: {success}",
            row.scenario,
            row.step.size
        );
    }
    let files = ["summary.json", "growth.csv", "growth_intervals.csv"];
    check_reference("growth", &finished.place, &files);
}

/// What lookups cost in Chord and Kademlia: the plot of the README.
#[test]
#[ignore = "slow: hundreds of runs take minutes; run it by name"]
fn slow_cost() {
    let directory = tempfile::tempdir().unwrap();
    let request = crew("cost", 1, directory.path());
    let sweep = Sweep::read(request).unwrap_or_else(|error| panic!("{error}"));
    let finished = sweep.perform(&Silent).unwrap_or_else(|error| panic!("{error}"));
    println!(
        "{} runs in {:.1} s",
        finished.table.rows.len(),
        finished.provenance.run_wall_s
    );
    check_reference("cost", &finished.place, &["summary.json", "sweep.csv"]);
}

/// One file from a server, and from peers to peers: the plot of the README.
#[test]
#[cfg_attr(debug_assertions, ignore = "half a million chunks: release builds only")]
fn distribution() {
    let directory = tempfile::tempdir().unwrap();
    let growth = Growth {
        sizes: vec![10, 30, 100, 300],
        keys: vec!["peers.group.peer.count".to_owned()],
    };
    let finished = compare(growth, crew("distribution", 3, directory.path()));
    for row in &finished.rows {
        let measured = |measure| row.measured.get(measure).unwrap();
        let ratio = measured(Measure::Distribution) / measured(Measure::MinimumDistribution);
        println!(
            "{} to {}: {ratio:.4} of the least possible",
            row.scenario, row.step.size
        );
        assert!((1.0..1.1).contains(&ratio), "{ratio}");
    }
    check_reference(
        "distribution",
        &finished.place,
        &["summary.json", "growth.csv", "growth_intervals.csv"],
    );
}

/// A simulated day on measured data.
#[test]
#[ignore = "slow: a simulated day takes a minute or two; CI runs it by name"]
fn slow_gnutella_snapshot() {
    if shared("data/gnutella/p2p-Gnutella08.txt").is_none() {
        return;
    }
    let (_directory, place, summary) = run("gnutella-snapshot");
    assert!(integer(&summary, "queries") >= 10_000);
    assert_eq!(integer(&summary, "messages_difference"), 0);
    check_reference("gnutella-snapshot", &place, &["summary.json"]);
}

/// A million peers for an hour.
#[test]
#[ignore = "slow: a million peers take minutes and gigabytes; run it by name"]
fn slow_million() {
    let (_directory, place, summary) = run("million");
    if let Some(peak_bytes) = peak_bytes(&place) {
        assert!(peak_bytes <= 4 << 30, "a peak of {peak_bytes} bytes");
    }
    let series = fs::read_to_string(place.join("series.csv")).unwrap();
    let mut lines = series.lines();
    let mut columns = lines.next().unwrap().split(',');
    let online = columns.position(|column| column == "online_peers").unwrap();
    let mut samples = 0;
    for line in lines {
        let peers: u64 = line.split(',').nth(online).unwrap().parse().unwrap();
        assert!(peers >= 500_000, "{peers} online");
        samples += 1;
    }
    assert!(samples >= 6, "{samples} samples");
    for (metric, least) in [
        ("queries", 100_000),
        ("downloads", 10_000),
        ("downloads_completed", 10_000),
        ("messages_sent_ping", 1_000_000),
    ] {
        let value = integer(&summary, metric);
        println!("{metric}: {value}");
        assert!(value >= least, "{metric}: {value}");
    }
    for metric in [
        "messages_difference",
        "bytes_difference",
        "flow_bytes_difference",
        "flows_difference",
    ] {
        assert_eq!(integer(&summary, metric), 0, "{metric}");
    }
}

/// A hundred thousand Kademlia nodes for an hour.
#[test]
#[ignore = "slow: 226 million events take minutes; run it by name"]
fn slow_kademlia() {
    let (_directory, place, summary) = run("kademlia");
    if let Some(peak_bytes) = peak_bytes(&place) {
        assert!(peak_bytes <= 4 << 30, "a peak of {peak_bytes} bytes");
    }
    // Half of the nodes are online and look something up every ten minutes: a standard deviation is 600.
    let lookups = integer(&summary, "lookups") - integer(&summary, "lookups_origin_offline");
    assert!((290_000..310_000).contains(&lookups), "{lookups} lookups");
    let correct = integer(&summary, "lookups_correct");
    println!("{correct} of {lookups} lookups answered correctly");
    assert!(correct * 1000 >= lookups * 995, "{correct} of {lookups}");
    // Some 50,000 nodes come, each of which looks up itself and a key in ten buckets at least. A lookup asks twenty nodes.
    let requests = integer(&summary, "messages_sent_find_node");
    assert!(requests >= 20 * (lookups + 50_000 * 11), "{requests} requests");
    for metric in ["messages_difference", "bytes_difference"] {
        assert_eq!(integer(&summary, metric), 0, "{metric}");
    }
}

/// A million Kademlia nodes online look keys up for a minute.
#[test]
#[ignore = "slow: a million nodes take minutes and gigabytes; run it by name"]
fn slow_kademlia_million() {
    let set = [
        "peers.count=2000000",
        "duration=\"1 min\"",
        "observe.sample_every=\"1 min\"",
    ];
    let (_directory, place, summary) = run_with("kademlia", &set);
    if let Some(peak_bytes) = peak_bytes(&place) {
        assert!(peak_bytes <= 16 << 30, "a peak of {peak_bytes} bytes");
    }
    // Every ten minutes, with a standard deviation of 316.
    let lookups = integer(&summary, "lookups") - integer(&summary, "lookups_origin_offline");
    assert!((98_000..102_000).contains(&lookups), "{lookups} lookups");
    let correct = integer(&summary, "lookups_correct");
    let unfinished = integer(&summary, "lookups_unfinished");
    println!("{correct} of {lookups} lookups answered correctly, {unfinished} unfinished");
    assert!(
        correct * 1000 >= (lookups - unfinished) * 995,
        "{correct} of {lookups}"
    );
}

/// Most memory that a run of a result had, where the system tells.
fn peak_bytes(place: &Path) -> Option<u64> {
    let provenance = fs::read_to_string(place.join("provenance.json")).unwrap();
    let provenance: serde_json::Value = serde_json::from_str(&provenance).unwrap();
    provenance["peak_rss_bytes"].as_u64()
}

//! Comparisons of overlays on one world.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use servent::records::{
    ComparisonInterval, ComparisonRow, DownloadRow, Measure, PeerRow, QueryOutcome, QueryRow, read_table,
};
use tempfile::TempDir;

use crate::program::{servent, tree};

/// A small world with churn, downloads and a mass departure.
const WORLD: &str = r#"title    = "a small world"
duration = "6 min"
warm_up  = "1 min"
[peers]
count = 60
[[peers.group]]
name  = "slow"
share = 0.5
link  = { down = "1 Mbit/s", up = "256 kbit/s" }
[[peers.group]]
name  = "fast"
share = 0.5
link  = { down = "8 Mbit/s", up = "2 Mbit/s" }
[peers.churn]
session.exponential = { mean = "5 min" }
absence.exponential = { mean = "2 min" }
crash = 0.5
[underlay.latency.plane]
width = "3000 km"
base  = "5 ms"
[content]
items = 40
size.fixed = { size = "200 kB" }
popularity.zipf = { exponent = 0.8 }
replicas.uniform = { per_item = 3 }
[workload.poisson]
rate_per_peer = "40 /h"
[sharing]
[[action]]
at = "4 min"
depart = { share = 0.2, for = "1 min" }
"#;

pub(crate) const OVERLAYS: [(&str, &str); 4] = [
    (
        "flood",
        "[topology.random]\nmean_degree = 4\n[overlay.gnutella]\nsearch.flood = { ttl = 4 }\n",
    ),
    (
        "walk",
        "[topology.random]\nmean_degree = 4\n[overlay.gnutella]\nsearch.walk = { walkers = 4, ttl = 32 }\n",
    ),
    ("chord", "[overlay.chord]\n"),
    ("kademlia", "[overlay.kademlia]\n"),
];

/// The world in `base.toml`, and a file for each overlay that includes it.
pub(crate) fn laboratory() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.toml"), WORLD).unwrap();
    for (name, overlay) in OVERLAYS {
        let text = format!("include = \"base.toml\"\ntitle = \"{name}\"\n{overlay}");
        fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    folder
}

const ALL: &str = "flood.toml walk.toml chord.toml kademlia.toml";

fn rows(place: &Path) -> Vec<ComparisonRow> {
    read_table(place).unwrap().unwrap()
}

/// Files of two results that differ, but for how they came about.
pub(crate) fn differing(one: &Path, other: &Path) -> Vec<String> {
    assert_eq!(tree(one), tree(other));
    let is_result = |name: &String| !name.ends_with('/') && !name.ends_with("provenance.json");
    let files = tree(one).into_iter().filter(is_result);
    files
        .filter(|name| fs::read(one.join(name)).unwrap() != fs::read(other.join(name)).unwrap())
        .collect()
}

#[test]
fn comparisons_do_not_depend_on_threads_and_all_overlays_find_the_same_world() {
    let folder = laboratory();
    let place = folder.path();
    for threads in [1, 2, 8] {
        let line = format!("compare {ALL} -n 2 --threads {threads} --seed 3 -q --out t{threads}");
        servent(place, &line).ends(0);
    }
    assert_eq!(
        tree(&place.join("t1")),
        [
            "chord.toml",
            "comparison.csv",
            "comparison_intervals.csv",
            "flood.toml",
            "kademlia.toml",
            "plots/",
            "plots/comparison-cost.svg",
            "plots/comparison-file-time.svg",
            "plots/comparison-latency.svg",
            "plots/comparison-load.svg",
            "plots/comparison-popularity.svg",
            "plots/comparison-servers.svg",
            "plots/comparison-success.svg",
            "provenance.json",
            "summary.json",
            "walk.toml",
        ]
    );
    assert_eq!(differing(&place.join("t1"), &place.join("t2")), [""; 0]);
    assert_eq!(differing(&place.join("t1"), &place.join("t8")), [""; 0]);
    let said = servent(place, "diff t1 t8").says();
    assert!(said.starts_with("the results are equal\n"), "{said}");

    let rows = rows(&place.join("t1"));
    let told: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} {}", row.scenario, row.overlay, row.replication))
        .collect();
    assert_eq!(
        told,
        [
            "flood gnutella 0",
            "flood gnutella 1",
            "walk gnutella 0",
            "walk gnutella 1",
            "chord chord 0",
            "chord chord 1",
            "kademlia kademlia 0",
            "kademlia kademlia 1",
        ]
    );
    // One world for each replication, and another for the next: in every part of it.
    for part in 0..3 {
        let digests = rows.iter().map(|row| {
            let (_, channel) = row.world.channels()[part];
            assert_ne!(channel.0, 0);
            (row.replication, channel.0)
        });
        let digests: BTreeMap<u64, BTreeSet<u128>> =
            digests.fold(BTreeMap::new(), |mut all, (replication, digest)| {
                all.entry(replication).or_default().insert(digest);
                all
            });
        assert!(digests.values().all(|digests| digests.len() == 1), "{digests:?}");
        assert_ne!(digests[&0], digests[&1]);
    }
    // And the runs themselves were not the same.
    let costs: BTreeSet<u64> = rows
        .iter()
        .map(|row| row.measured.get(Measure::PeerBytesMean).unwrap().to_bits())
        .collect();
    assert_eq!(costs.len(), rows.len());
    // What is kept plays again, without the base.
    let again = "compare t1/flood.toml t1/walk.toml t1/chord.toml t1/kademlia.toml -n 2 -q --out again";
    servent(place, again).ends(0);
    assert_eq!(differing(&place.join("t1"), &place.join("again")), [""; 0]);
}

/// Percentile by nearest rank.
fn percentile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * share).ceil().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is small"
    )]
    values.get(rank as usize - 1).copied()
}

/// The measures of a result, computed from its tables in another way.
fn measured(place: &Path) -> BTreeMap<&'static str, Option<f64>> {
    let queries: Vec<QueryRow> = read_table(place).unwrap().unwrap();
    let downloads: Vec<DownloadRow> = read_table(place).unwrap().unwrap();
    let peers: Vec<PeerRow> = read_table(place).unwrap().unwrap();
    let warm_up_ns = 60_000_000_000;
    let asked: Vec<&QueryRow> = queries
        .iter()
        .filter(|row| {
            row.issued_ns >= warm_up_ns && matches!(row.outcome, QueryOutcome::Hit | QueryOutcome::NoHit)
        })
        .collect();
    let hit = |row: &QueryRow| row.outcome == QueryOutcome::Hit;
    let success = |items: std::ops::Range<u64>| {
        let class: Vec<&&QueryRow> = asked.iter().filter(|row| items.contains(&row.item)).collect();
        let hits = class.iter().filter(|row| hit(row)).count();
        (!class.is_empty()).then(|| hits as f64 / class.len() as f64)
    };
    let recall = |holders: fn(&QueryRow) -> Option<u64>| {
        let hits: u64 = asked.iter().map(|row| row.hits).sum();
        let holders: u64 = asked.iter().map(|row| holders(row).unwrap()).sum();
        Some(hits as f64 / holders as f64)
    };
    let first_ms: Vec<f64> = asked
        .iter()
        .filter_map(|row| Some(row.first_hit_ns? as f64 / 1e6))
        .collect();
    let started: Vec<&DownloadRow> = downloads
        .iter()
        .filter(|row| row.started_ns >= warm_up_ns)
        .collect();
    let file_s: Vec<f64> = started
        .iter()
        .filter_map(|row| {
            let query = queries.iter().find(|query| query.query == row.query).unwrap();
            Some((row.finished_ns? - query.issued_ns) as f64 / 1e9)
        })
        .collect();
    let is_server = |row: &&PeerRow| matches!(&*row.group, "host_cache" | "bootstrap");
    let servers: Vec<&PeerRow> = peers.iter().filter(is_server).collect();
    let people: Vec<&PeerRow> = peers.iter().filter(|row| !is_server(row)).collect();
    let rates: Vec<f64> = people
        .iter()
        .filter(|row| row.online_ns >= 60_000_000_000)
        .map(|row| row.sent_bytes as f64 / (row.online_ns as f64 / 1e9))
        .collect();
    let online: Vec<f64> = people
        .iter()
        .filter(|row| row.online_ns > 0)
        .map(|row| (row.sent_bytes + row.received_bytes) as f64)
        .collect();
    let total: f64 = online.iter().sum();
    let pairs = online
        .iter()
        .flat_map(|one| online.iter().map(move |other| (one - other).abs()));
    let gini = pairs.sum::<f64>() / (2.0 * online.len() as f64 * total);
    // Of sixty peers, the most loaded hundredth is one.
    let most = online.iter().copied().fold(0.0, f64::max);
    let sum = |value: fn(&PeerRow) -> u64| servers.iter().map(|row| value(row) as f64).sum::<f64>();
    BTreeMap::from([
        ("query_success", success(0..40)),
        ("query_success_first_1_percent", success(0..1)),
        ("query_success_next_9_percent", success(1..4)),
        ("query_success_next_40_percent", success(4..20)),
        ("query_success_last_50_percent", success(20..40)),
        ("query_recall_live", recall(|row| row.live_replicas)),
        ("first_hit_ms_median", percentile(first_ms.clone(), 0.5)),
        ("first_hit_ms_95", percentile(first_ms, 0.95)),
        ("time_to_file_s_median", percentile(file_s.clone(), 0.5)),
        ("time_to_file_s_95", percentile(file_s.clone(), 0.95)),
        (
            "download_success",
            Some(file_s.len() as f64 / started.len() as f64),
        ),
        ("bytes_per_peer_per_second_median", percentile(rates.clone(), 0.5)),
        ("bytes_per_peer_per_second_99", percentile(rates, 0.99)),
        ("load_gini", Some(gini)),
        ("load_top_percent_share", Some(most / total)),
        (
            "server_message_bytes",
            Some(sum(|row| row.sent_bytes + row.received_bytes)),
        ),
        ("server_payload_bytes", Some(sum(|row| row.uploaded_bytes))),
    ])
}

/// Each row is what `servent run` leaves of its scenario, counted again from the tables on disk.
#[test]
fn a_row_is_what_the_run_alone_leaves() {
    let folder = laboratory();
    let place = folder.path();
    servent(place, &format!("compare {ALL} -n 2 -q --out all")).ends(0);
    let rows = rows(&place.join("all"));
    let mut compared = 0;
    for row in rows
        .iter()
        .filter(|row| row.replication == 1 || &*row.scenario == "chord")
    {
        let out = format!("{}-{}", row.scenario, row.replication);
        let line = format!(
            "run {}.toml --replication {} -q --out {out}",
            row.scenario, row.replication
        );
        servent(place, &line).ends(0);
        let alone = measured(&place.join(out));
        for (name, expected) in alone {
            let measure = Measure::COMPARED
                .iter()
                .find(|measure| measure.column() == name)
                .unwrap();
            let found = row.measured.get(*measure);
            // Rates are whole thousandths of a byte.
            let tolerance = if name.starts_with("bytes") { 1.1e-3 } else { 1e-9 };
            let is_near = match (found, expected) {
                (Some(found), Some(expected)) => {
                    (found - expected).abs() <= tolerance * expected.abs().max(1.0)
                }
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_near, "{} {name}: {found:?}, not {expected:?}", row.scenario);
            compared += 1;
        }
    }
    println!("{compared} measures compared with those of single runs");
    // Intervals are those of the rows: mean and t(1) s / sqrt(2) of two values.
    let intervals: Vec<ComparisonInterval> = read_table(&place.join("all")).unwrap().unwrap();
    assert_eq!(intervals.len(), OVERLAYS.len() * Measure::COMPARED.len());
    for interval in &intervals {
        let measure = Measure::COMPARED
            .iter()
            .find(|measure| measure.column() == &*interval.measure)
            .unwrap();
        let values: Vec<f64> = rows
            .iter()
            .filter(|row| row.scenario == interval.scenario)
            .filter_map(|row| row.measured.get(*measure))
            .collect();
        assert_eq!(values.len() as u64, interval.n);
        if let [one, other] = values[..] {
            let (mean, half_width) = (
                f64::midpoint(one, other),
                12.706_204_736 * (one - other).abs() / 2.0,
            );
            assert!((interval.mean.unwrap() - mean).abs() <= 1e-9 * mean.abs());
            assert!((interval.half_width_95.unwrap() - half_width).abs() <= 1e-8 * half_width);
        }
    }
}

#[test]
fn the_table_on_the_terminal() {
    let folder = laboratory();
    let ended = servent(folder.path(), "compare flood.toml chord.toml -n 2 --out all").end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout);
    assert!(
        ended
            .stderr
            .starts_with("comparison of flood, chord: seed 1, 2 replications; results go to all\n")
    );
}

#[test]
fn scenarios_with_other_worlds_are_refused_with_the_keys_that_differ() {
    let folder = laboratory();
    let place = folder.path();
    let write = |name: &str, text: &str| fs::write(place.join(name), text).unwrap();
    let chord = fs::read_to_string(place.join("chord.toml")).unwrap();
    write(
        "larger.toml",
        &format!("{chord}[peers]\ncount = 61\n[content]\nitems = 41\n"),
    );
    insta::assert_snapshot!(servent(place, "compare flood.toml larger.toml -q --out all").ends(2));
    write(
        "calm.toml",
        &format!(
            "{}{}",
            WORLD.split("[[action]]").next().unwrap(),
            "[overlay.chord]\n"
        ),
    );
    let stderr = servent(place, "compare flood.toml calm.toml -q --out all").ends(2);
    assert!(
        stderr.contains("`action` is not set here and [{ at = \"4 min\""),
        "{stderr}"
    );
    write("other.toml", &format!("seed = 2\n{chord}"));
    let stderr = servent(place, "compare flood.toml other.toml -q --out all").ends(2);
    assert!(
        stderr.contains("flood.toml has the seed 1 and other.toml the seed 2"),
        "{stderr}"
    );
    fs::create_dir(place.join("sub")).unwrap();
    fs::write(place.join("sub/flood.toml"), format!("{WORLD}{}", OVERLAYS[1].1)).unwrap();
    let stderr = servent(place, "compare flood.toml sub/flood.toml -q --out all").ends(2);
    assert!(stderr.contains("are both called flood"), "{stderr}");
    servent(place, "compare flood.toml -q --out all").ends(2);
    assert!(!place.join("all").exists());
}

/// Digests tell worlds apart that the scenarios call the same: files of one name that hold different queries.
#[test]
fn runs_that_found_other_worlds_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let base = WORLD.replace(
        "[workload.poisson]\nrate_per_peer = \"40 /h\"",
        "[workload.file]\npath = \"queries.csv\"",
    );
    for (sub, (name, overlay), item) in [("a", OVERLAYS[0], 5), ("b", OVERLAYS[2], 6)] {
        fs::create_dir(place.join(sub)).unwrap();
        fs::write(
            place.join(sub).join(format!("{name}.toml")),
            format!("{base}{overlay}"),
        )
        .unwrap();
        let queries = format!("at_s,origin,item\n90,3,{item}\n");
        fs::write(place.join(sub).join("queries.csv"), queries).unwrap();
    }
    let stderr = servent(place, "compare a/flood.toml b/chord.toml -q -n 2 --out all").ends(1);
    assert!(
        stderr.contains("error: chord and flood differ in their workload, replication 0"),
        "{stderr}"
    );
    assert!(!place.join("all").exists());
    // Where an action looks at the overlay, who is online is not compared.
    for file in ["a/flood.toml", "b/chord.toml"] {
        let text = fs::read_to_string(place.join(file)).unwrap();
        let text = text.replace(
            "depart = { share = 0.2, for = \"1 min\" }",
            "remove_best_connected = { count = 9 }",
        );
        fs::write(place.join(file), text).unwrap();
    }
    fs::copy(place.join("a/queries.csv"), place.join("b/queries.csv")).unwrap();
    servent(place, "compare a/flood.toml b/chord.toml -q -n 1 --out all").ends(0);
    let digests: BTreeSet<u128> = rows(&place.join("all"))
        .iter()
        .map(|row| row.world.population.0)
        .collect();
    assert_eq!(digests.len(), 2);
}

/// The shipped comparison, smaller than it is.
#[test]
fn the_shipped_comparison_has_one_world() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/compare");
    let call = servent(
        folder.path(),
        "compare -n 1 -q --set peers.count=250 --set content.items=1000 --out all",
    );
    let entries = fs::read_dir(scenarios).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    files.sort();
    let call = files.iter().fold(call, crate::program::Call::arg);
    call.ends(0);
    let rows = rows(&folder.path().join("all"));
    assert_eq!(rows.len(), files.len());
    assert!(files.len() >= 8, "{files:?}");
    for row in &rows {
        for &measure in Measure::COMPARED {
            assert!(
                row.measured.get(measure).is_some(),
                "{} {}",
                row.scenario,
                measure.column()
            );
        }
    }
}

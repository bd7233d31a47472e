//! Sweeps: every combination is played, and its row is what a run with the same settings leaves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use servent::records::{LookupOutcome, LookupRow, Measures, PeerRow, SweepRow, SweepTable, read_table};
use tempfile::TempDir;

use crate::program::{servent, tree};

/// A small network of which a sweep makes four, and another of which one makes three.
const CHORD: &str = r#"title    = "a small ring"
duration = "6 min"
warm_up  = "1 min"
[peers]
count = 40
[peers.churn]
session.exponential = { mean = "5 min" }
absence.exponential = { mean = "5 min" }
crash = 1.0
[underlay.latency.plane]
width = "5000 km"
[overlay.chord]
lookup.give_up = "4 s"
[workload.random_lookups]
rate_per_peer = "2 /min"
[sweep]
"overlay.chord.successors" = [2, 6]
"overlay.chord.stabilize"  = [{ min = "5 s", max = "10 s" }, { min = "1 min", max = "2 min" }]
"#;

fn kademlia() -> String {
    let text = CHORD.split("[sweep]").next().unwrap();
    let text = text.replace("chord", "kademlia").replace("ring", "tree");
    format!(
        "{text}[sweep]\n\"overlay.kademlia.bucket_contacts\" = [2, 8]\n\"overlay.kademlia.refresh\" = [\"1 min\"]\n"
    )
}

fn laboratory() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chord.toml"), CHORD).unwrap();
    fs::write(folder.path().join("kademlia.toml"), kademlia()).unwrap();
    folder
}

fn table(place: &Path) -> SweepTable {
    SweepTable::read(place).unwrap().unwrap()
}

#[test]
fn every_combination_has_a_row_for_each_replication() {
    let folder = laboratory();
    let place = folder.path();
    let stderr = servent(
        place,
        "sweep chord.toml kademlia.toml -n 2 --seed 7 --threads 2 --out all",
    )
    .ends(0);
    let mut lines: Vec<&str> = stderr.lines().collect();
    let speed = lines.remove(3);
    assert!(
        speed.starts_with("12 runs in ") && speed.ends_with(" million per second"),
        "{stderr}"
    );
    insta::assert_snapshot!(lines.join("\n"));

    let csv = fs::read_to_string(place.join("all/sweep.csv")).unwrap();
    assert_eq!(
        csv.lines().next().unwrap(),
        "scenario,protocol,replication,overlay.chord.stabilize,overlay.chord.successors,\
         overlay.kademlia.bucket_contacts,overlay.kademlia.refresh,online_peer_s,lookups,correct_share,incorrect_share,\
         failed_share,latency_ms_median,latency_ms_90,hops_mean,messages_per_peer_per_second,bytes_per_peer_per_second"
    );
    let told: Vec<String> = table(&place.join("all"))
        .rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {}",
                row.scenario,
                row.protocol,
                row.replication,
                row.settings.join("|")
            )
        })
        .collect();
    let (often, seldom) = (
        r#"{ max = "10 s", min = "5 s" }"#,
        r#"{ max = "2 min", min = "1 min" }"#,
    );
    let mut expected = Vec::new();
    for (stabilize, successors) in [(often, 2), (often, 6), (seldom, 2), (seldom, 6)] {
        for replication in 0..2 {
            expected.push(format!("chord chord {replication} {stabilize}|{successors}||"));
        }
    }
    for contacts in [2, 8] {
        for replication in 0..2 {
            expected.push(format!("kademlia kademlia {replication} ||{contacts}|1 min"));
        }
    }
    assert_eq!(told, expected);
    // Worlds differ between replications, and are the same for all combinations.
    let worlds: BTreeSet<(u64, u128, u64)> = table(&place.join("all"))
        .rows
        .iter()
        .filter(|row| row.protocol == "chord" && row.settings[1] == "6")
        .map(|row| (row.replication, row.measures.online_ns, row.measures.lookups))
        .collect();
    assert_eq!(worlds.len(), 2, "{worlds:?}");
}

#[test]
fn results_do_not_depend_on_threads_and_play_again() {
    let folder = laboratory();
    let place = folder.path();
    for (line, out) in [
        ("chord.toml kademlia.toml --threads 1", "one"),
        ("chord.toml kademlia.toml --threads 2", "two"),
        ("one/chord.toml one/kademlia.toml --threads 3", "again"),
    ] {
        // What must be checked before the numbers are trusted is told, and nothing else.
        let stderr = servent(place, &format!("sweep {line} -q --out {out}")).ends(0);
        let warnings: Vec<&str> = stderr.lines().collect();
        assert_eq!(warnings.len(), 2, "{stderr}");
        assert!(
            warnings[0].starts_with("warning: chord: `overlay.chord.start` is"),
            "{stderr}"
        );
        assert!(
            warnings[1].starts_with("warning: kademlia: `overlay.kademlia.start` is"),
            "{stderr}"
        );
    }
    let files = tree(&place.join("one"));
    assert_eq!(
        files,
        [
            "chord.toml",
            "kademlia.toml",
            "plots/",
            "plots/cost-performance.svg",
            "provenance.json",
            "summary.json",
            "sweep.csv",
        ]
    );
    for other in ["two", "again"] {
        assert_eq!(tree(&place.join(other)), files);
        for file in files
            .iter()
            .filter(|file| !file.ends_with('/') && *file != "provenance.json")
        {
            let bytes = |run: &str| fs::read(place.join(run).join(file)).unwrap();
            assert!(bytes("one") == bytes(other), "{file} of {other} differs");
        }
        let said = servent(place, &format!("diff one {other}")).says();
        assert!(said.starts_with("the results are equal\n"), "{said}");
    }
    assert!(!tree(place).iter().any(|name| name.contains("partial")));
    // Another result takes the place of this one, as that of a run does; nobody else's directory is touched.
    servent(place, "sweep chord.toml -q --seed 2 --out one").ends(0);
    assert_eq!(table(&place.join("one")).rows.len(), 4);
    fs::create_dir(place.join("mine")).unwrap();
    fs::write(place.join("mine/notes.txt"), "keep").unwrap();
    let stderr = servent(place, "sweep chord.toml -q --out mine").ends(2);
    assert!(stderr.contains("is not a result of this program"), "{stderr}");
    let stderr = servent(place, "diff one two").end().stdout;
    assert!(stderr.starts_with("the results differ"), "{stderr}");
}

/// What `servent run` leaves of a combination: lookups issued after the warm-up, and its row as computed from the tables.
fn measured(place: &Path, warm_up_ns: u64) -> SweepRow {
    let lookups: Vec<LookupRow> = read_table(place).unwrap().unwrap();
    let peers: Vec<PeerRow> = read_table(place).unwrap().unwrap();
    let counted: Vec<&LookupRow> = lookups.iter().filter(|row| row.issued_ns >= warm_up_ns).collect();
    let of = |outcome| counted.iter().filter(|row| row.outcome == outcome).count();
    let [correct, incorrect, failed] = [
        LookupOutcome::Correct,
        LookupOutcome::Incorrect,
        LookupOutcome::Failed,
    ]
    .map(of);
    let ended = correct + incorrect + failed;
    let mut latencies_ns = vec![4_000_000_000; incorrect + failed];
    let right = counted.iter().filter(|row| row.outcome == LookupOutcome::Correct);
    latencies_ns.extend(right.filter_map(|row| row.latency_ns));
    latencies_ns.sort_unstable();
    let hops: Vec<f64> = counted.iter().filter_map(|row| row.hops.map(f64::from)).collect();
    let online_ns: u128 = peers.iter().map(|row| u128::from(row.online_ns)).sum();
    let online_s = online_ns as f64 / 1e9;
    let messages: u64 = peers.iter().map(|row| row.sent_messages).sum();
    let bytes: u64 = peers.iter().map(|row| row.sent_bytes).sum();
    let mut row = SweepRow::default();
    row.measures.online_ns = online_ns;
    row.measures.lookups = counted.len() as u64;
    row.measures.correct_share = Some(correct as f64 / ended as f64);
    row.measures.incorrect_share = Some(incorrect as f64 / ended as f64);
    row.measures.failed_share = Some(failed as f64 / ended as f64);
    row.measures.latency_ns_median = Some(latencies_ns[ended.div_ceil(2) - 1]);
    row.measures.latency_ns_90 = Some(latencies_ns[(ended * 9).div_ceil(10) - 1]);
    row.measures.hops_mean = Some(hops.iter().sum::<f64>() / hops.len() as f64);
    row.measures.messages_per_peer_per_s = Some(messages as f64 / online_s);
    row.measures.bytes_per_peer_per_s = Some(bytes as f64 / online_s);
    row
}

#[test]
fn a_row_is_what_a_run_with_its_settings_leaves() {
    let folder = laboratory();
    let place = folder.path();
    servent(place, "sweep chord.toml -q -n 2 --set warm_up=\"0s\" --out sweep").ends(0);
    let swept = table(&place.join("sweep"));
    for (number, row) in swept.rows.iter().enumerate() {
        let out = format!("run-{number}");
        let line = format!(
            "run chord.toml -q --replication {} --out {out} --set warm_up=\"0s\"",
            row.replication
        );
        let mut call = servent(place, &line);
        for (key, value) in swept.keys.iter().zip(&row.settings) {
            call = call.arg("--set").arg(format!("{key}={value}"));
        }
        let stderr = call.ends(0);
        assert!(!stderr.contains("error"), "{stderr}");
        assert_eq!(
            measured(&place.join(out), 0).measures,
            row.measures,
            "{:?}",
            row.settings
        );
    }
}

#[test]
fn what_lies_before_the_end_of_the_warm_up_does_not_count() {
    let folder = laboratory();
    let place = folder.path();
    let set = "--set overlay.chord.successors=6";
    servent(
        place,
        "sweep chord.toml -q --set sweep.\"overlay.chord.successors\"=[6] --out sweep",
    )
    .ends(0);
    for (out, duration) in [("whole", "6min"), ("warm", "1min")] {
        let line =
            format!("run chord.toml -q {set} --set duration=\"{duration}\" --set warm_up=\"0s\" --out {out}");
        servent(place, &line)
            .arg("--set")
            .arg("overlay.chord.stabilize={ min = \"5 s\", max = \"10 s\" }")
            .end();
    }
    let row = &table(&place.join("sweep")).rows[0].measures;
    let whole = measured(&place.join("whole"), 60_000_000_000).measures;
    let warm = measured(&place.join("warm"), 0).measures;
    assert_eq!(row.lookups, whole.lookups);
    assert_eq!(row.latency_ns_median, whole.latency_ns_median);
    assert_eq!(row.hops_mean, whole.hops_mean);
    // Of 120 samples, the 20th is taken when the warm-up is over.
    assert_eq!(row.online_ns, whole.online_ns - warm.online_ns);
    let bytes =
        |measures: &Measures| measures.bytes_per_peer_per_s.unwrap() * measures.online_ns as f64 / 1e9;
    let (counted, expected) = (bytes(row), bytes(&whole) - bytes(&warm));
    assert!((counted - expected).abs() < 1e-6, "{counted} and {expected}");
}

#[test]
fn a_scenario_without_a_sweep_has_one_combination() {
    let folder = laboratory();
    let place = folder.path();
    fs::write(place.join("bare.toml"), CHORD.split("[sweep]").next().unwrap()).unwrap();
    let stderr = servent(place, "sweep bare.toml -n 3").ends(0);
    assert!(
        stderr.starts_with(
            "sweep of bare (1 combination): seed 1, 3 replications; results go to results/sweep/bare/seed-1\n"
        ),
        "{stderr}"
    );
    let rows = table(&place.join("results/sweep/bare/seed-1")).rows;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.settings.is_empty()));
}

/// All verbs but one take the scenario as it stands.
#[test]
fn a_run_leaves_the_sweep_aside() {
    let folder = laboratory();
    let place = folder.path();
    let stderr = servent(place, "run chord.toml --out run").ends(0);
    assert!(
        stderr.contains("`[sweep]` is left aside: `servent sweep` plays its combinations\n"),
        "{stderr}"
    );
    fs::write(place.join("bare.toml"), CHORD.split("[sweep]").next().unwrap()).unwrap();
    servent(place, "run bare.toml -q --out bare").ends(0);
    servent(place, "run run/scenario.toml -q --out again").ends(0);
    for other in ["bare", "again"] {
        for file in tree(&place.join("run")) {
            if !file.ends_with('/') && file != "provenance.json" {
                let bytes = |run: &str| fs::read(place.join(run).join(&file)).unwrap();
                assert!(bytes("run") == bytes(other), "{file} of {other} differs");
            }
        }
    }
    // What `show` prints sweeps the same: nothing in it depends on one combination.
    let shown = servent(place, "show chord.toml").says();
    fs::write(place.join("shown.toml"), &shown).unwrap();
    assert_eq!(servent(place, "show shown.toml").says(), shown);
    for (name, out) in [("chord", "first"), ("shown", "second")] {
        servent(place, &format!("sweep {name}.toml -q --out {out}")).ends(0);
    }
    let measures = |out: &str| {
        let rows = table(&place.join(out)).rows;
        rows.into_iter().map(|row| row.measures).collect::<Vec<_>>()
    };
    assert_eq!(measures("first"), measures("second"));
    assert!(
        servent(place, "validate chord.toml")
            .ends(0)
            .ends_with("chord.toml is valid\n")
    );
}

#[test]
fn what_cannot_be_swept_is_refused() {
    let folder = laboratory();
    let place = folder.path();
    fs::create_dir(place.join("other")).unwrap();
    fs::write(place.join("other/chord.toml"), CHORD).unwrap();
    fs::write(place.join("seeded.toml"), format!("seed = 5\n{CHORD}")).unwrap();
    let flood =
        "duration = \"1 min\"\npeers.count = 10\ntopology.random.mean_degree = 3\n[overlay.gnutella]\n";
    fs::write(place.join("flood.toml"), flood).unwrap();
    let before = tree(place);
    for (line, words) in [
        ("sweep", "required arguments were not provided"),
        ("sweep nowhere.toml", "cannot read nowhere.toml: No such file"),
        ("sweep chord.toml -n 0", "0 is not in 1..=65535"),
        ("sweep chord.toml --threads 0", "0 is not in 1..=65535"),
        (
            "sweep chord.toml other/chord.toml",
            "chord.toml and other/chord.toml are both called chord: rename one of the files",
        ),
        (
            "sweep chord.toml seeded.toml",
            "chord.toml has the seed 1 and seeded.toml the seed 5: `--seed` sets one for all",
        ),
        (
            "sweep flood.toml",
            "a sweep measures lookups, and the scenario has none",
        ),
        (
            "sweep chord.toml --set overlay.chord.successors=4",
            "`overlay.chord.successors` is swept: what is set here would be replaced",
        ),
        (
            "sweep chord.toml --set sweep.\"overlay.chord.successors\"=[0]",
            "`overlay.chord.successors` must be from 1 to 1000, not 0",
        ),
        (
            "validate chord.toml --set sweep.\"overlay.chord.successors\"=[0]",
            "--set #1:1:35",
        ),
    ] {
        let stderr = servent(place, line).ends(2);
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
    for line in ["sweep", "validate"] {
        let line = format!("{line} chord.toml --set peers.count=[1]");
        assert!(
            servent(place, &line)
                .ends(2)
                .contains("`peers.count` must be a whole number")
        );
    }
    let stderr = servent(place, "sweep chord.toml --set peers.count=90000000000").ends(3);
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert_eq!(tree(place), before);
    // Seeds that differ in the files are one that the command line sets.
    servent(place, "sweep chord.toml seeded.toml -q --seed 3 --out both").ends(0);
}

//! Comparisons of what survives attacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use servent::records::comparison::{Attack, Target};
use servent::records::{
    Measure, PeerRow, QueryOutcome, QueryRow, SeriesTable, SurvivalInterval, SurvivalRow, read_table,
};
use tempfile::TempDir;

use crate::compare::{differing, laboratory};
use crate::program::{servent, tree};

/// Four overlays without servers, and two with.
pub(crate) fn with_servers() -> TempDir {
    let folder = laboratory();
    for (name, overlay) in [
        ("napster", "[overlay.central]\npreset = \"napster\"\n"),
        (
            "server",
            "[overlay.client_server]\nlink = { down = \"10 Mbit/s\", up = \"10 Mbit/s\" }\n",
        ),
    ] {
        let text = format!("include = \"base.toml\"\ntitle = \"{name}\"\n{overlay}");
        fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    folder
}

/// Half of the measured time, 1 to 6 minutes.
const AT_NS: u64 = 210_000_000_000;

fn survivals(place: &Path) -> Vec<SurvivalRow> {
    read_table(place).unwrap().unwrap()
}

#[test]
fn attacks_strike_the_same_peers_under_every_overlay_and_results_do_not_depend_on_threads() {
    let folder = with_servers();
    let place = folder.path();
    let attacks = "--random 0.3,0.5 --best-connected 0.1 --servers 1";
    let files = "flood.toml chord.toml napster.toml server.toml";
    for threads in [1, 2, 8] {
        let line =
            format!("compare --survival {attacks} {files} -n 2 --threads {threads} -q --out t{threads}");
        servent(place, &line).ends(0);
    }
    assert_eq!(
        tree(&place.join("t1")),
        [
            "chord.toml",
            "flood.toml",
            "napster.toml",
            "plots/",
            "plots/survival-best-connected-component.svg",
            "plots/survival-best-connected.svg",
            "plots/survival-random-component.svg",
            "plots/survival-random.svg",
            "plots/survival-servers.svg",
            "provenance.json",
            "server.toml",
            "summary.json",
            "survival.csv",
            "survival_intervals.csv",
        ]
    );
    assert_eq!(differing(&place.join("t1"), &place.join("t2")), [""; 0]);
    assert_eq!(differing(&place.join("t1"), &place.join("t8")), [""; 0]);

    let rows = survivals(&place.join("t1"));
    let told: Vec<String> = rows
        .iter()
        .filter(|row| row.replication == 0)
        .map(|row| format!("{} {:?} {}", row.scenario, row.step.target, row.step.share))
        .collect();
    let all = |name: &str, targets: &[&str]| -> Vec<String> {
        targets.iter().map(|target| format!("{name} {target}")).collect()
    };
    let (random, best, servers) = (
        ["Nobody 0", "Random 0.3", "Random 0.5"],
        ["BestConnected 0.1"],
        ["Servers 1"],
    );
    let full = [&random[..], &best[..], &servers[..]].concat();
    // Where servers know everything, nobody is better connected than others.
    let central = [&random[..], &servers[..]].concat();
    let expected = [
        all("flood", &full),
        all("chord", &full),
        all("napster", &central),
        all("server", &central),
    ];
    assert_eq!(told, expected.concat());
    assert!(rows.iter().all(|row| row.step.at_ns == AT_NS));

    // Replication by replication, an attack at random finds and leaves the same peers, and another attack other ones.
    let mut populations: BTreeMap<(String, u64), BTreeSet<u128>> = BTreeMap::new();
    for row in &rows {
        let key = (
            format!("{:?} {}", row.step.target, row.step.share),
            row.replication,
        );
        populations.entry(key).or_default().insert(row.world.population.0);
    }
    for ((attack, replication), digests) in &populations {
        let expected = if attack.starts_with("Best") { 2 } else { 1 };
        assert_eq!(digests.len(), expected, "{attack} {replication}");
    }
    assert_eq!(
        populations[&("Nobody 0".to_owned(), 0)],
        populations[&("Servers 1".to_owned(), 0)]
    );
    assert_ne!(
        populations[&("Nobody 0".to_owned(), 0)],
        populations[&("Random 0.3".to_owned(), 0)]
    );
    let success = |scenario: &str, target| -> Vec<f64> {
        let own = rows
            .iter()
            .filter(|row| &*row.scenario == scenario && row.step.target == target);
        own.map(|row| row.measured.get(Measure::Success).unwrap())
            .collect()
    };
    // Without its index, or its server, nothing is found; without host caches and bootstrap nodes much is.
    for scenario in ["napster", "server"] {
        assert_eq!(success(scenario, Target::Servers), [0.0, 0.0], "{scenario}");
        assert!(
            success(scenario, Target::Nobody).iter().all(|share| *share > 0.9),
            "{scenario}"
        );
    }
    // Of those who come back without bootstrap nodes nobody finds into the ring again; who knows others' addresses does.
    for (scenario, least) in [("flood", 0.8), ("chord", 0.4)] {
        let (before, after) = (
            success(scenario, Target::Nobody),
            success(scenario, Target::Servers),
        );
        for (before, after) in before.into_iter().zip(after) {
            println!("{scenario}: {before} with, {after} without service nodes");
            assert!(after > least * before, "{scenario}: {after} of {before}");
        }
    }
    // Every row has its interval.
    let intervals: Vec<SurvivalInterval> = read_table(&place.join("t1")).unwrap().unwrap();
    assert_eq!(intervals.len(), rows.len() / 2 * 13);
    assert!(intervals.iter().all(|row| row.n <= 2));
}

/// A row is what `servent run` leaves with the attack as an action, counted again from the tables on disk.
#[test]
fn a_row_is_what_the_run_with_that_action_alone_leaves() {
    let folder = with_servers();
    let place = folder.path();
    let line = "compare --survival --random 0.4 --best-connected 0.2 --at 200s flood.toml chord.toml napster.toml -n 1 -q --out all";
    servent(place, line).ends(0);
    let rows = survivals(&place.join("all"));
    assert_eq!(rows.len(), 3 + 3 + 2);
    let at_ns = 200_000_000_000;
    for row in &rows {
        let Attack { target, share, .. } = row.step;
        let base = r#"{ at = "4 min", depart = { share = 0.2, for = "1 min" } }"#;
        let attack = match target {
            Target::Nobody => String::new(),
            Target::Random => format!(", {{ at = \"200 s\", depart = {{ share = {share}, crash = 1 }} }}"),
            Target::BestConnected => {
                format!(", {{ at = \"200 s\", remove_best_connected = {{ share = {share} }} }}")
            }
            Target::Servers => unreachable!("none is asked for"),
        };
        let out = format!("{}-{target:?}", row.scenario);
        servent(place, &format!("run {}.toml -q --out {out}", row.scenario))
            .arg("--set")
            .arg(format!("action=[{base}{attack}]"))
            .ends(0);
        let alone = place.join(out);
        let queries: Vec<QueryRow> = read_table(&alone).unwrap().unwrap();
        let asked: Vec<&QueryRow> = queries
            .iter()
            .filter(|row| matches!(row.outcome, QueryOutcome::Hit | QueryOutcome::NoHit))
            .collect();
        let success = |span: std::ops::Range<u64>| {
            let span: Vec<&&QueryRow> = asked.iter().filter(|row| span.contains(&row.issued_ns)).collect();
            let hits = span.iter().filter(|row| row.outcome == QueryOutcome::Hit).count();
            hits as f64 / span.len() as f64
        };
        let after: Vec<&&QueryRow> = asked.iter().filter(|row| row.issued_ns >= at_ns).collect();
        let sum = |value: &dyn Fn(&QueryRow) -> u64| after.iter().map(|row| value(row)).sum::<u64>() as f64;
        let recall = sum(&|row| row.hits) / sum(&|row| row.live_replicas.unwrap());
        let near = |measure: Measure, expected: f64| {
            let found = row.measured.get(measure).unwrap();
            assert!(
                (found - expected).abs() < 1e-9,
                "{} {target:?} {measure:?}: {found}, not {expected}",
                row.scenario
            );
        };
        near(Measure::Success, success(at_ns..360_000_000_000));
        near(Measure::SuccessBefore, success(60_000_000_000..at_ns));
        near(Measure::SuccessLate, success(280_000_000_000..360_000_000_000));
        near(Measure::RecallLive, recall);
        let series = SeriesTable::read(&alone).unwrap().unwrap();
        let sample = series.rows.iter().find(|row| row.time_ns > at_ns).unwrap();
        near(Measure::OnlinePeers, sample.online_peers as f64);
        if &*row.scenario == "napster" {
            assert_eq!(row.measured.get(Measure::LargestComponent), None);
        } else {
            let share = sample.largest_component.unwrap() as f64 / sample.online_peers as f64;
            near(Measure::LargestComponent, share);
        }
        if target == Target::Nobody {
            near(
                Measure::SuccessBefore,
                rows_before(&rows, &row.scenario, Target::Random),
            );
        }
    }
}

/// Success before the attack, of which it changes nothing.
fn rows_before(rows: &[SurvivalRow], scenario: &str, target: Target) -> f64 {
    let row = rows
        .iter()
        .find(|row| &*row.scenario == scenario && row.step.target == target)
        .unwrap();
    row.measured.get(Measure::SuccessBefore).unwrap()
}

/// Who vanishes at random does not depend on the overlay, and more of them are the same and others.
#[test]
fn a_larger_share_takes_all_whom_a_smaller_one_does() {
    let folder = with_servers();
    let place = folder.path();
    let vanished = |scenario: &str, share: f64| -> BTreeSet<u64> {
        let out = format!("{scenario}-{share}");
        servent(place, &format!("run {scenario}.toml -q --out {out}"))
            .arg("--set")
            .arg("peers.group.slow.always_online=true")
            .arg("--set")
            .arg("peers.group.fast.always_online=true")
            .arg("--set")
            .arg(format!(
                "action=[{{ at = \"200 s\", depart = {{ share = {share}, crash = 1 }} }}]"
            ))
            .ends(0);
        let peers: Vec<PeerRow> = read_table(&place.join(out)).unwrap().unwrap();
        let gone = peers
            .iter()
            .filter(|row| row.peer < 60 && row.online_ns == 200_000_000_000);
        gone.map(|row| row.peer).collect()
    };
    let (few, many) = (vanished("flood", 0.25), vanished("flood", 0.5));
    assert_eq!((few.len(), many.len()), (15, 30));
    assert!(few.is_subset(&many));
    for other in ["chord", "napster"] {
        assert_eq!(vanished(other, 0.25), few, "{other}");
    }
}

/// Nonsense is refused, each with its reason, before anything is played.
#[test]
fn axes_that_make_no_sense_are_refused() {
    let folder = with_servers();
    let place = folder.path();
    let write = |name: &str, more: &str, overlay: &str| {
        let text = format!("include = \"base.toml\"\n{overlay}{more}");
        fs::write(place.join(name), text).unwrap();
    };
    let lookups = "duration = \"6 min\"\npeers.count = 60\n[overlay.chord]\n[workload.random_lookups]\nrate_per_peer = \"2 /min\"\n";
    fs::write(place.join("lookups.toml"), lookups).unwrap();
    let swept = format!("{lookups}[sweep]\n\"overlay.chord.successors\" = [2, 6]\n");
    fs::write(place.join("swept.toml"), swept).unwrap();
    write(
        "dense.toml",
        "[topology.regular]\ndegree = 50\n",
        "[overlay.gnutella]\n",
    );
    let check = |line: &str, code: i32, said: &[&str]| {
        let stderr = servent(place, &format!("compare {line} -n 1 -q --out all")).ends(code);
        for word in said {
            assert!(stderr.contains(word), "{line}: {stderr}");
        }
        assert!(!place.join("all").exists(), "{line}");
    };
    let two = "flood.toml chord.toml";
    for (line, code, said) in [
        ("--survival --growth flood.toml", 2, vec!["cannot be used with"]),
        ("--random 0.3 flood.toml chord.toml", 2, vec!["--survival"]),
        ("--sizes 10 flood.toml chord.toml", 2, vec!["--growth"]),
        (
            "--survival --random 1.5 flood.toml",
            2,
            vec!["a share is a number from 0 to 1"],
        ),
        (
            "--survival --random many flood.toml",
            2,
            vec!["a share is a number from 0 to 1"],
        ),
        (
            "--survival --random 0,0.3 flood.toml",
            2,
            vec!["the share of peers at random is 0", "always played"],
        ),
        (
            "--survival --servers 1,1.0 napster.toml",
            2,
            vec!["the share of servers 1 is there twice"],
        ),
        (
            "--survival --at 6min flood.toml",
            2,
            vec!["base.toml:2:12", "leaves no time"],
        ),
        (
            "--survival --at 30s flood.toml",
            2,
            vec!["base.toml:3:12", "queries before do not count"],
        ),
        ("--survival --at soon flood.toml", 2, vec!["--at"]),
        ("--survival swept.toml", 2, vec!["swept.toml:6", "sweeps nothing"]),
        (
            "--survival lookups.toml",
            2,
            vec!["lookups.toml:4", "survival is seen by queries"],
        ),
        ("--growth swept.toml", 2, vec!["swept.toml:6", "sweeps nothing"]),
        (
            "--growth --sizes 0,10 flood.toml",
            2,
            vec!["the size 0 is not from 1"],
        ),
        (
            "--growth --sizes 10,20,10 flood.toml",
            2,
            vec!["the size 10 is there twice"],
        ),
        ("--growth --sizes ten flood.toml", 2, vec!["--sizes"]),
        (
            "--growth --grow content.pieces flood.toml",
            2,
            vec!["`content.pieces` is no whole number above 0"],
        ),
        (
            "--growth --grow title flood.toml",
            2,
            vec!["`title` is no whole number above 0"],
        ),
        (
            "--growth --sizes 60,30 dense.toml",
            2,
            vec![
                "with peers.count = 30, content.items = 20 set last",
                "`topology.regular.degree` (50) must be less",
            ],
        ),
        (
            "--growth --sizes 60,1000000 --grow peers.count --set limits.memory=40MiB flood.toml",
            3,
            vec!["with peers.count = 1000000 set last", "memory"],
        ),
        ("flood.toml", 2, vec!["compared with nothing"]),
    ] {
        check(line, code, &said);
    }
    check(
        &format!("--growth --grow peers.count,peers.count {two}"),
        2,
        &["the key peers.count is there twice"],
    );
}

#[test]
fn the_tables_on_the_terminal() {
    let folder = with_servers();
    let place = folder.path();
    let line = "compare --survival --random 0.5 --servers 1 flood.toml napster.toml -n 2 --out all";
    let ended = servent(place, line).end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .starts_with("survival of flood, napster: seed 1, 2 replications; results go to all\n")
    );
    insta::assert_snapshot!(ended.stdout);
    let ended = servent(
        place,
        "compare --growth --sizes 30,60 flood.toml napster.toml -n 2 --out all",
    )
    .end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout);
}

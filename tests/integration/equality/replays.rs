//! The resolved scenario in a result gives the same result, from elsewhere and without what was said on the command line.

use std::fs;
use std::path::Path;
use std::process::Command;

use servent::experiment::{Request, Run};

use super::cases::text;
use super::engines::{differences, files, lab};
use crate::support::Silent;

/// Runs `request`, then the scenario of its result at another place, and compares every byte.
fn check(name: &str, set: &[&str], seed: Option<u64>, replication: u64) {
    let lab = lab(text(name));
    let mut request = lab.request();
    request.set = set.iter().map(|&assignment| assignment.to_owned()).collect();
    request.seed = seed;
    request.replication = replication;
    let first = run(request);
    // Neither the scenario nor its files are where they were.
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("moved");
    fs::rename(&first, &moved).unwrap();
    let again = run(Request {
        scenario: moved.join("scenario.toml"),
        set: Vec::new(),
        seed: None,
        replication,
        threads: 2,
        out: Some(elsewhere.path().join("again")),
        ..lab.request()
    });
    let found = differences(&files(&again), &files(&moved));
    assert!(found.is_empty(), "{name} with {set:?}:\n{found}");
}

fn run(request: Request) -> std::path::PathBuf {
    let run = Run::read(request).unwrap_or_else(|error| panic!("{error}"));
    run.perform(&mut Silent)
        .unwrap_or_else(|error| panic!("{error}"))
        .place
}

#[test]
fn resolved_scenarios_give_the_same_bytes() {
    for name in [
        "attack",
        "edges_flood",
        "everything",
        "flood_snapshot",
        "laws",
        "margins",
        "matrix_trace",
        "open_population",
        "plane_truth_sample",
        "transfers",
        "transfers_partition",
        "walks_first_hit",
    ] {
        check(name, &[], None, 0);
    }
}

#[test]
fn what_the_command_line_sets_is_resolved() {
    check(
        "walks_checked",
        &[
            "overlay.gnutella.search.walk.walkers=3",
            "underlay.latency.plane.base=\"7 ms\"",
            "underlay.loss=0.05",
            "peers.churn.crash=1",
            "title=\"said \\\"elsewhere\\\", in ünicode\"",
        ],
        Some(77),
        0,
    );
    check("edges_flood", &["topology.file.path=doubled.txt"], None, 0);
    check(
        "flood_snapshot",
        &["overlay.gnutella.search.flood.ttl=3"],
        None,
        0,
    );
}

/// The number of a replication is no part of the scenario: it is given again.
#[test]
fn replications_can_be_repeated() {
    check("walks_checked", &[], None, 3);
}

/// Through the program itself, in another working directory, with relative paths.
#[test]
fn the_program_repeats_a_result_from_anywhere() {
    let lab = lab(text("flood_snapshot"));
    let elsewhere = tempfile::tempdir().unwrap();
    let run = |directory: &Path, arguments: &[&str]| {
        let status = Command::new(env!("CARGO_BIN_EXE_servent"))
            .current_dir(directory)
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    run(
        lab.path(),
        &[
            "run",
            "scenario.toml",
            "--quiet",
            "--out",
            "first",
            "--set",
            "seed=5",
            "--threads",
            "1",
        ],
    );
    let first = lab.path().join("first");
    let scenario = first.join("scenario.toml");
    run(
        elsewhere.path(),
        &[
            "run",
            scenario.to_str().unwrap(),
            "--quiet",
            "--out",
            "below/second",
            "--threads",
            "3",
        ],
    );
    run(&first, &["run", "scenario.toml", "--quiet", "--out", "../third"]);
    let expected = files(&first);
    for place in [elsewhere.path().join("below/second"), lab.path().join("third")] {
        let found = differences(&files(&place), &expected);
        assert!(found.is_empty(), "{}:\n{found}", place.display());
    }
}

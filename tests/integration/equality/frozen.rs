//! Digests that must come out the same in debug and in release, on every machine, today and tomorrow.
//!
//! A change of them is a change of trajectories: it needs a reason, a new trajectory epoch where users' results change,
//! and `UPDATE_DIGESTS=1 cargo test frozen`, which rewrites the table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::cases::text;
use super::engines::{by_engine, lab};

/// Together these draw from every sampler, and use every model of latency and every overlay.
const FROZEN: [&str; 10] = [
    "chord_lookups",
    "close_maintenance",
    "everything",
    "hybrid_files",
    "kademlia_files",
    "laws",
    "matrix_trace",
    "noise",
    "open_population",
    "transfers",
];

#[test]
fn frozen_digests_stand() {
    let mut table = String::from("# scenario, channel, digest\n");
    for name in FROZEN {
        let left = by_engine(&lab(text(name)), 2);
        for (channel, digest) in left.summary.digests() {
            writeln!(table, "{name} {channel} {digest}").unwrap();
        }
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/equality/digests.txt");
    if std::env::var_os("UPDATE_DIGESTS").is_some() {
        fs::write(&place, &table).unwrap();
    }
    let expected = fs::read_to_string(&place).unwrap();
    let differing: Vec<String> = table
        .lines()
        .zip(expected.lines())
        .filter(|(found, expected)| found != expected)
        .map(|(found, expected)| format!("{found}, not {expected}"))
        .collect();
    assert!(
        differing.is_empty() && table == expected,
        "{}\nUPDATE_DIGESTS=1 rewrites {}",
        differing.join("\n"),
        place.display()
    );
}

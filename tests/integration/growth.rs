//! Comparisons of what networks find and cost as they grow.

use std::fs;
use std::path::Path;

use servent::records::{ComparisonRow, GrowthInterval, GrowthRow, Measure, QueryRow, read_table};

use crate::compare::differing;
use crate::program::{servent, tree};
use crate::survival::with_servers;

#[test]
fn growing_networks_keep_what_is_said_per_peer_and_per_item() {
    let folder = with_servers();
    let place = folder.path();
    let files = "flood.toml chord.toml napster.toml";
    for threads in [1, 2, 8] {
        let line = format!(
            "compare --growth --sizes 30,60,120 {files} -n 2 --threads {threads} -q --out t{threads}"
        );
        servent(place, &line).ends(0);
    }
    assert_eq!(
        tree(&place.join("t1")),
        [
            "chord.toml",
            "flood.toml",
            "growth.csv",
            "growth_intervals.csv",
            "napster.toml",
            "plots/",
            "plots/growth-cost.svg",
            "plots/growth-events.svg",
            "plots/growth-latency.svg",
            "plots/growth-servers.svg",
            "plots/growth-success.svg",
            "provenance.json",
            "summary.json",
        ]
    );
    assert_eq!(differing(&place.join("t1"), &place.join("t2")), [""; 0]);
    assert_eq!(differing(&place.join("t1"), &place.join("t8")), [""; 0]);
    let rows: Vec<GrowthRow> = read_table(&place.join("t1")).unwrap().unwrap();
    assert_eq!(rows.len(), 3 * 3 * 2);
    let intervals: Vec<GrowthInterval> = read_table(&place.join("t1")).unwrap().unwrap();
    assert_eq!(intervals.len(), 3 * 3 * 20);
    // At the size that the scenario has it is the scenario as it stands.
    servent(place, &format!("compare {files} -n 2 -q --out plain")).ends(0);
    let plain: Vec<ComparisonRow> = read_table(&place.join("plain")).unwrap().unwrap();
    for row in rows.iter().filter(|row| row.step.size == 60) {
        let other = plain
            .iter()
            .find(|other| (&other.scenario, other.replication) == (&row.scenario, row.replication))
            .unwrap();
        assert_eq!(row.world, other.world);
        for measure in [Measure::Success, Measure::PeerBytes99, Measure::LoadGini] {
            assert_eq!(
                row.measured.get(measure),
                other.measured.get(measure),
                "{measure:?}"
            );
        }
    }
    // At another it is what a run with both numbers set leaves.
    servent(
        place,
        "run flood.toml --set peers.count=120 --set content.items=80 -q --out alone",
    )
    .ends(0);
    let queries: Vec<QueryRow> = read_table(&place.join("alone")).unwrap().unwrap();
    let counted = queries
        .iter()
        .filter(|row| row.issued_ns >= 60_000_000_000)
        .count();
    let large = rows
        .iter()
        .find(|row| (&*row.scenario, row.step.size, row.replication) == ("flood", 120, 0))
        .unwrap();
    assert_eq!(large.measured.get(Measure::Queries), Some(counted as f64));
    let provenance = fs::read_to_string(place.join("alone/provenance.json")).unwrap();
    let provenance: serde_json::Value = serde_json::from_str(&provenance).unwrap();
    assert_eq!(large.measured.get(Measure::Events), provenance["events"].as_f64());
    assert_eq!(large.measured.get(Measure::Distribution), None);
}

/// The shipped distribution of one file, to few: everybody has it no sooner than access links allow, and not much later.
#[test]
fn distribution_takes_the_time_that_links_allow() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/distribution");
    let line = "compare --growth --sizes 10,30 --grow peers.group.peer.count -n 2 -q --out all";
    servent(folder.path(), line)
        .arg(scenarios.join("client-server.toml"))
        .arg(scenarios.join("swarm.toml"))
        .ends(0);
    let rows: Vec<GrowthRow> = read_table(&folder.path().join("all")).unwrap().unwrap();
    assert_eq!(rows.len(), 2 * 2 * 2);
    for row in &rows {
        let size = row.step.size as f64;
        // F = 200 Mbit, u_s = 2 Mbit/s, u = 1 Mbit/s, d = 10 Mbit/s: the seed's link or all links together decide.
        let (least, most) = match &*row.scenario {
            "client-server" => (100.0 * size, 1.001),
            _ => ((200.0 * size / (2.0 + size)).max(100.0), 1.1),
        };
        let measured = |measure| row.measured.get(measure).unwrap();
        let (found, minimum) = (
            measured(Measure::Distribution),
            measured(Measure::MinimumDistribution),
        );
        println!(
            "{} to {size}: {found:.1} s, {:.4} of the least possible",
            row.scenario,
            found / least
        );
        assert!((minimum - least).abs() < 1e-9 * least, "{minimum}, not {least}");
        assert!(found >= least && found < most * least, "{found}, not {least}");
    }
    let plot = fs::read_to_string(folder.path().join("all/plots/growth-distribution.svg")).unwrap();
    assert!(plot.contains("Kumar and Ross 2006"));
}

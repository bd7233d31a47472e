//! Replications of a scenario, and what their summaries say in the mean.

use std::collections::BTreeMap;
use std::fs;

use servent::records::{ReplicationRow, read_table};

use crate::compare::{differing, laboratory};
use crate::program::{servent, tree};

#[test]
fn replications_leave_means_with_intervals_on_any_number_of_threads() {
    let folder = laboratory();
    let place = folder.path();
    for threads in [1, 2, 8] {
        servent(
            place,
            &format!("run flood.toml -n 3 --threads {threads} -q --out t{threads}"),
        )
        .ends(0);
    }
    assert_eq!(
        tree(&place.join("t1")),
        [
            "provenance.json",
            "replications.csv",
            "scenario.toml",
            "summary.json"
        ]
    );
    assert_eq!(differing(&place.join("t1"), &place.join("t2")), [""; 0]);
    assert_eq!(differing(&place.join("t1"), &place.join("t8")), [""; 0]);

    // Every number is that of the run alone; the mean and the interval are those of three values.
    let rows: Vec<ReplicationRow> = read_table(&place.join("t1")).unwrap().unwrap();
    let mut found: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for replication in 0..3 {
        servent(
            place,
            &format!("run flood.toml --replication {replication} -q --out alone{replication}"),
        )
        .ends(0);
        let summary = fs::read_to_string(place.join(format!("alone{replication}/summary.json"))).unwrap();
        let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
        let own = rows.iter().filter(|row| row.replication == replication);
        let mut told = 0;
        for row in own {
            let value = &summary["metrics"][&*row.metric][&*row.part];
            // The test's reader of JSON is right to the last bit but one.
            let is_near = match (row.value, value.as_f64()) {
                (Some(own), Some(told)) => (own - told).abs() <= 4.0 * f64::EPSILON * own.abs(),
                (own, told) => own.is_none() && told.is_none(),
            };
            assert!(is_near, "{} {}: {:?} {value}", row.metric, row.part, row.value);
            assert_eq!(summary["metrics"][&*row.metric]["unit"], *row.unit);
            let key = (row.metric.to_string(), row.part.to_string());
            found.entry(key).or_default().extend(row.value);
            told += 1;
        }
        let numbers = summary["metrics"].as_object().unwrap().values();
        let numbers: usize = numbers.map(|metric| metric.as_object().unwrap().len() - 1).sum();
        assert_eq!(told, numbers);
    }
    let summary = fs::read_to_string(place.join("t1/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    for ((metric, part), values) in &found {
        let name = if part == "value" {
            metric.clone()
        } else {
            format!("{metric}_{part}")
        };
        let interval = &summary["metrics"][&name];
        assert_eq!(interval["n"].as_u64(), Some(values.len() as u64), "{name}");
        if values.len() == 3 {
            let mean = values.iter().sum::<f64>() / 3.0;
            let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
            let half_width = 4.302_652_73 * (squares / 2.0).sqrt() / 3.0_f64.sqrt();
            let near = |found: &serde_json::Value, expected: f64| {
                (found.as_f64().unwrap() - expected).abs() <= 1e-8 * expected.abs().max(1e-9)
            };
            assert!(near(&interval["mean"], mean), "{name}: {interval}");
            assert!(
                near(&interval["half_width_95"], half_width),
                "{name}: {interval} {half_width}"
            );
        }
    }
    println!("{} numbers of three replications", found.len());

    // Kept, each replication has its tables.
    servent(place, "run flood.toml -n 2 --keep -q --out kept").ends(0);
    for name in ["queries.csv", "summary.json", "plots/online-peers.svg"] {
        let (kept, alone) = (
            place.join("kept/replication-1").join(name),
            place.join("alone1").join(name),
        );
        assert!(fs::read(kept).unwrap() == fs::read(alone).unwrap(), "{name}");
    }
    for (line, words) in [
        (
            "run flood.toml -n 2 --replication 1",
            "cannot be used with '--replication",
        ),
        ("run flood.toml -n 2 --trace t.csv", "cannot be used with"),
        ("run flood.toml --keep", "--replications <N>"),
        ("run flood.toml -n 0", "0 is not in 1..=65535"),
    ] {
        let stderr = servent(place, line).ends(2);
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
}

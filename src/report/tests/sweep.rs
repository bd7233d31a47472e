//! The plot of a sweep, from any table.

use super::{check, draw};
use crate::engine::Draw;
use crate::records::{Measures, SweepRow, SweepTable};

fn row(scenario: &str, setting: u64, point: Option<(f64, u64)>) -> SweepRow {
    SweepRow {
        scenario: scenario.to_owned(),
        protocol: "chord".to_owned(),
        replication: 0,
        settings: vec![setting.to_string()],
        measures: Measures {
            bytes_per_peer_per_s: point.map(|(bytes, _)| bytes),
            latency_ns_median: point.map(|(_, ns)| ns),
            ..Measures::default()
        },
    }
}

fn plot(rows: Vec<SweepRow>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let keys = vec!["overlay.chord.successors".to_owned()];
    SweepTable { keys, rows }.write(folder.path()).unwrap();
    let mut plots = draw(folder.path());
    assert_eq!(plots.len(), 1);
    let (name, svg) = plots.remove(0);
    assert_eq!(name, "cost-performance");
    check(&name, &svg);
    svg
}

/// Combinations of a protocol whose latency falls with what it costs.
fn cloud(scenario: &str, cheapest: f64, number: u64) -> Vec<SweepRow> {
    let mut random = super::random(number);
    let combinations = (0..number).map(|setting| {
        let cost = cheapest * (1.0 + 12.0 * random.unit());
        let waste = 1.0 + random.unit();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a second or so in nanoseconds"
        )]
        let latency_ns = (1e8 * (1.0 + 5.0 * cheapest / cost) * waste) as u64;
        row(scenario, setting, Some((cost, latency_ns)))
    });
    combinations.collect()
}

#[test]
fn every_combination_is_a_point_and_hulls_have_the_colour_of_theirs() {
    let mut rows = cloud("ring", 5.0, 60);
    rows.extend(cloud("tree", 20.0, 40));
    rows.push(row("tree", 99, None));
    let svg = plot(rows.clone());
    // A dot in the legend for each, too.
    assert_eq!(svg.matches("<circle").count(), 102);
    for colour in ["#0072B2", "#D55E00"] {
        assert!(
            svg.contains(&format!(
                "<polyline fill=\"none\" opacity=\"1\" stroke=\"{colour}\""
            )),
            "{colour}"
        );
    }
    for words in [
        "ring",
        "tree",
        "100 combinations of parameters",
        "bytes/s",
        "(ms)",
        "Data: sweep.csv; not shown: 1 combination without lookups.",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    assert_eq!(plot(rows), svg);
}

#[test]
fn anything_can_be_drawn() {
    assert!(plot(vec![row("ring", 1, None)]).contains("no data"));
    for point in [(0.0, 0), (1e-3, 1), (1e9, u64::MAX), (3.5, 1_000_000)] {
        assert!(
            !plot(vec![row("ring", 1, Some(point))]).contains("no data"),
            "{point:?}"
        );
    }
    let extremes = [(0.0, u64::MAX), (1e-3, 4_000_000_000), (1e9, 0), (7.0, 1)];
    plot(
        extremes
            .into_iter()
            .zip(0..)
            .map(|(point, setting)| row("ring", setting, Some(point)))
            .collect(),
    );
    // Long names are cut, and of many scenarios the first are shown.
    let many = (0..40).map(|number| {
        row(
            &format!("{number}-{}", "long".repeat(20)),
            1,
            Some((5.0, 1_000_000)),
        )
    });
    let svg = plot(many.collect());
    assert!(
        svg.contains("0-longlonglonglon...") && svg.contains("26 scenarios"),
        "{svg}"
    );
}

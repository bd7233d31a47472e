//! The plots of a comparison, from any table.

use super::{count, plots};
use crate::records::{ComparisonRow, Measure};

/// Lines in the colours of series: whiskers.
fn whiskers(svg: &str) -> usize {
    let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];
    colours
        .iter()
        .map(|colour| count(svg, &format!("stroke=\"{colour}\"")))
        .sum()
}

#[test]
fn every_scenario_has_a_dot_and_an_interval_for_each_measure() {
    let mut rows = Vec::new();
    for (place, scenario) in ["flood", "walk", "chord"].iter().enumerate() {
        for replication in 0..3 {
            let shift = place as f64 * 0.1 + replication as f64 * 0.02;
            rows.push(ComparisonRow::of(
                scenario,
                replication,
                &[
                    (Measure::Success, 0.5 + shift),
                    // Answers may name holders that are gone.
                    (Measure::RecallLive, 1.1 + shift),
                    (Measure::FirstHitMedian, 100.0 + 10.0 * shift),
                    (Measure::FirstHit95, 9_000.0 * (1.0 + 100.0 * shift)),
                ],
            ));
        }
    }
    let plots = plots(&rows);
    let names: Vec<&str> = plots.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["comparison-success", "comparison-latency"]);
    for (name, svg) in &plots {
        // Two series of three, and two dots in the legend.
        assert_eq!(count(svg, "<circle"), 8, "{name}");
        assert_eq!(whiskers(svg), 6, "{name}");
        assert!(
            svg.contains("means of 3 replications; lines are 95 % intervals"),
            "{name}"
        );
        for scenario in ["flood", "walk", "chord"] {
            assert!(svg.contains(&format!("\n{scenario}\n")), "{name}: {scenario}");
        }
    }
    // The widest intervals of latency have no lower end on a logarithmic axis.
    assert!(plots[1].1.contains(", cut at the left."));
    assert!(plots[0].1.contains("\n150 %\n"));
}

#[test]
fn what_is_not_there_has_no_dot_and_a_single_value_no_interval() {
    let rows = [
        ComparisonRow::of("a", 0, &[(Measure::LoadGini, 0.25), (Measure::LoadTopShare, 0.5)]),
        ComparisonRow::of("b", 0, &[(Measure::LoadGini, 0.75)]),
        ComparisonRow::of("c", 0, &[]),
    ];
    let plots = plots(&rows);
    assert_eq!(plots.len(), 1);
    let (name, svg) = &plots[0];
    assert_eq!(name, "comparison-load");
    assert_eq!((count(svg, "<circle"), whiskers(svg)), (3 + 2, 0));
    assert!(svg.contains("means of 1 replication;"));
}

#[test]
fn of_many_scenarios_as_many_are_shown_as_there_is_room_for() {
    let rows: Vec<ComparisonRow> = (0..20)
        .map(|number| {
            let name = format!("a-scenario-with-quite-a-long-name-{number}");
            ComparisonRow::of(&name, 0, &[(Measure::PeerBytesMedian, 5e6 * f64::from(number))])
        })
        .collect();
    let plots = plots(&rows);
    // Where a number is 0, the axis is linear, and all have a place.
    assert_eq!(count(&plots[0].1, "<circle"), 16);
    assert!(plots[0].1.contains("is online (MB)"));
    assert!(plots[0].1.contains("not shown: the last 4 scenarios"));
}

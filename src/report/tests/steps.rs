//! The plots of comparisons along an axis, from any table.

use super::{count, plots};
use crate::records::comparison::{Attack, ComparedRow, Size, Step, Target};
use crate::records::{GrowthRow, Measure, SurvivalRow};

fn attack(target: Target, share: f64) -> Attack {
    Attack {
        target,
        share,
        at_ns: 1_000_000_000,
    }
}

/// A measure of one scenario in some steps, in three replications.
fn rows<S: Step>(scenario: &str, steps: &[(S, f64)], measure: Measure) -> Vec<ComparedRow<S>> {
    let row = |(step, value): &(S, f64)| {
        let replications = (0..3).map(|replication| {
            let shifted = value * (1.0 + 0.01 * replication as f64);
            ComparedRow::at(scenario, *step, replication, &[(measure, shifted)])
        });
        replications.collect::<Vec<_>>()
    };
    steps.iter().flat_map(row).collect()
}

#[test]
fn every_attack_has_a_plot_that_begins_without_one() {
    let steps = [
        (attack(Target::Nobody, 0.0), 0.9),
        (attack(Target::Random, 0.25), 0.8),
        (attack(Target::Random, 0.5), 0.7),
        (attack(Target::Servers, 1.0), 0.0),
    ];
    let mut all = rows("flood", &steps, Measure::Success);
    all.extend(rows("napster", &steps[..3], Measure::Success));
    let plots = plots::<SurvivalRow>(&all);
    let names: Vec<&str> = plots.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["survival-random", "survival-servers"]);
    let (random, servers) = (&plots[0].1, &plots[1].1);
    assert_eq!(count(random, "<circle"), 2 * 3);
    assert!(random.contains("\n50 %\n") && random.contains("means of 3 replications"));
    // Who has no servers has no line there.
    assert_eq!(count(servers, "<circle"), 2);
    assert!(!servers.contains("napster"));
}

#[test]
fn lines_beyond_the_colours_have_rings_and_beyond_the_legend_no_place() {
    let steps = [(Size { size: 1_000 }, 10.0), (Size { size: 10_000 }, 5_000.0)];
    let all: Vec<GrowthRow> = (0..16)
        .flat_map(|number| rows(&format!("scenario-{number}"), &steps, Measure::PeerBytesMean))
        .collect();
    let plots = plots(&all);
    assert_eq!(plots.len(), 1);
    let (name, svg) = &plots[0];
    assert_eq!(name, "growth-cost");
    // Seven lines with a dot at each of two points, seven with rings of two circles there and in the legend.
    assert_eq!(count(svg, "<circle"), 7 * 2 + 7 * 2 * 2 + 7 * 2);
    assert!(svg.contains("not shown: the last 2 scenarios"));
}

#[test]
fn times_of_distribution_stand_beside_the_least_possible() {
    let mut all = Vec::new();
    for (scenario, values) in [("server", [100.0, 1_000.0]), ("swarm", [20.0, 22.0])] {
        for (step, value) in [Size { size: 10 }, Size { size: 100 }].into_iter().zip(values) {
            let numbers = [
                (Measure::Distribution, value),
                (Measure::MinimumDistribution, 0.9 * value),
            ];
            all.push(GrowthRow::at(scenario, step, 0, &numbers));
        }
    }
    let plots = plots(&all);
    let names: Vec<&str> = plots.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["growth-distribution"]);
    let svg = &plots[0].1;
    // Two dots each, and one in the legend; a line each in the same colour.
    assert_eq!(count(svg, "<circle"), 2 * 3);
    for colour in ["#0072B2", "#D55E00"] {
        assert_eq!(count(svg, &format!("stroke=\"{colour}\"")), 1, "{colour}");
    }
}

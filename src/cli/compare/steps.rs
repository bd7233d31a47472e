//! Tables of a comparison along an axis on a terminal: a line for each scenario, a column for each step.

use super::board::{align, told};
use crate::records::comparison::{Attack, ComparedRow, Size, Step, Target, by_scenario, by_step, interval};
use crate::records::{GrowthRow, Interval, Measure, SurvivalRow};

/// A table: its measure, what stands above it, and what numbers are divided by.
type Block = (Measure, &'static str, f64);

/// What a comparison of what survives shows.
pub(super) fn survival(rows: &[SurvivalRow]) -> String {
    const TARGETS: [(Target, &str); 3] = [
        (Target::Random, "peers vanish at random"),
        (Target::BestConnected, "the best connected vanish"),
        (Target::Servers, "servers vanish"),
    ];
    const BLOCKS: [Block; 3] = [
        (Measure::Success, "success after it, %", 0.01),
        (
            Measure::SuccessLate,
            "success in the second half of the time after it, %",
            0.01,
        ),
        (
            Measure::LargestComponent,
            "largest component of the links of those left, %",
            0.01,
        ),
    ];
    let mut text = String::new();
    for (target, head) in TARGETS {
        let column = |attack: &Attack| {
            let is_shown = attack.target == target || attack.target == Target::Nobody;
            is_shown.then(|| percent(attack.share))
        };
        if rows.iter().any(|row| row.step.target == target) {
            for (measure, what, divisor) in BLOCKS {
                table(
                    rows,
                    measure,
                    divisor,
                    &format!("{head}: {what}"),
                    &column,
                    &mut text,
                );
            }
        }
    }
    text + END
}

/// What a comparison of growing networks shows.
pub(super) fn growth(rows: &[GrowthRow]) -> String {
    const BLOCKS: [Block; 7] = [
        (Measure::Success, "success, %", 0.01),
        (Measure::FirstHitMedian, "first hit, ms, median", 1.0),
        (
            Measure::PeerBytesMean,
            "sent in messages by a peer online, bytes/s, mean",
            1.0,
        ),
        (
            Measure::ServerMessageBytes,
            "carried in messages by service nodes, MB",
            1e6,
        ),
        (Measure::Events, "events of a run, millions", 1e6),
        (Measure::Distribution, "until the last peer has the file, s", 1.0),
        (
            Measure::MinimumDistribution,
            "the least possible, s (Kumar and Ross 2006)",
            1.0,
        ),
    ];
    let mut text = String::new();
    for (measure, what, divisor) in BLOCKS {
        let column = |step: &Size| Some(step.size.to_string());
        table(rows, measure, divisor, what, &column, &mut text);
    }
    text + END
}

const END: &str = "\nmeans over replications ± half-widths of their 95 % intervals\n";

/// A share as a column is called.
fn percent(share: f64) -> String {
    let rounded = (share * 1e6).round() / 1e4;
    format!("{rounded} %")
}

/// Adds the table of a measure, with the columns of steps that have a name; nothing if no scenario has the measure, or none but
/// where nothing was changed.
fn table<S: Step>(
    rows: &[ComparedRow<S>],
    measure: Measure,
    divisor: f64,
    head: &str,
    column: &dyn Fn(&S) -> Option<String>,
    text: &mut String,
) {
    let all: Vec<&ComparedRow<S>> = rows.iter().collect();
    let columns: Vec<(S, String)> = by_step(&all)
        .into_iter()
        .filter_map(|(step, _)| Some((step, column(&step)?)))
        .collect();
    let mut first = vec!["scenario".to_owned()];
    first.extend(columns.iter().map(|(_, name)| name.clone()));
    let mut grid = vec![first];
    for (name, rows) in by_scenario(rows) {
        let steps = by_step(&rows);
        let means: Vec<Option<Interval>> = columns
            .iter()
            .map(|(step, _)| {
                let (_, rows) = steps.iter().find(|(other, _)| other == step)?;
                interval(rows, measure)
            })
            .collect();
        if means
            .iter()
            .skip(usize::from(columns.len() > 1))
            .all(Option::is_none)
        {
            continue;
        }
        let fields = means
            .iter()
            .map(|mean| mean.map_or_else(|| "-".to_owned(), |mean| told(&mean, divisor)));
        grid.push([name.to_owned()].into_iter().chain(fields).collect());
    }
    if grid.len() > 1 {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(head);
        text.push('\n');
        align(&grid, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_that_a_scenario_does_not_have_are_no_lines() {
        let attack = |target, share| Attack {
            target,
            share,
            at_ns: 0,
        };
        let row = |scenario: &str, step, success: f64, component: Option<f64>| {
            let mut numbers = vec![(Measure::Success, success)];
            numbers.extend(component.map(|share| (Measure::LargestComponent, share)));
            SurvivalRow::at(scenario, step, 0, &numbers)
        };
        let rows = [
            row("flood", attack(Target::Nobody, 0.0), 0.875, Some(1.0)),
            row("flood", attack(Target::Random, 0.3), 0.75, Some(0.9925)),
            row("flood", attack(Target::BestConnected, 0.025), 0.5, Some(0.5)),
            row("napster", attack(Target::Nobody, 0.0), 1.0, None),
            row("napster", attack(Target::Random, 0.3), 0.9925, None),
            row("napster", attack(Target::Servers, 1.0), 0.0, None),
        ];
        insta::assert_snapshot!(survival(&rows));
    }

    #[test]
    fn sizes_are_columns() {
        let row = |scenario: &str, size, numbers: &[(Measure, f64)]| {
            GrowthRow::at(scenario, Size { size }, 0, numbers)
        };
        let rows = [
            row(
                "flood",
                1_000,
                &[(Measure::Success, 0.5), (Measure::Events, 1.5e6)],
            ),
            row(
                "flood",
                10_000,
                &[(Measure::Success, 0.25), (Measure::Events, 2e7)],
            ),
            row("chord", 1_000, &[(Measure::Success, 1.0)]),
            row("chord", 10_000, &[(Measure::Success, 1.0)]),
        ];
        insta::assert_snapshot!(growth(&rows));
    }
}

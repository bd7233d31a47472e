//! The table of a comparison on a terminal: a line for each scenario, means with half-widths of their 95 % intervals.

use std::fmt::Write as _;

use crate::records::comparison::{by_scenario, interval};
use crate::records::{ComparisonRow, Interval, Measure};

/// A column: the measure, two lines of its head, and what numbers are divided by.
type Column = (Measure, &'static str, &'static str, f64);

/// What is found, and what it costs: one below the other, so that lines fit a terminal.
const BLOCKS: [&[Column]; 2] = [
    &[
        (Measure::Success, "success", "%", 0.01),
        (Measure::RecallLive, "recall", "%", 0.01),
        (Measure::FirstHitMedian, "first hit", "ms, median", 1.0),
        (Measure::FirstHit95, "first hit", "ms, 95th", 1.0),
        (Measure::FileTimeMedian, "file", "s, median", 1.0),
        (Measure::FileTime95, "file", "s, 95th", 1.0),
    ],
    &[
        (Measure::PeerBytesMedian, "peer sends", "bytes/s, median", 1.0),
        (Measure::PeerBytes99, "peer sends", "bytes/s, 99th", 1.0),
        (Measure::LoadGini, "load", "Gini", 1.0),
        (Measure::LoadTopShare, "top 1 % bear", "% of the load", 0.01),
        (Measure::ServerMessageBytes, "servers", "MB, messages", 1e6),
        (Measure::ServerPayloadBytes, "servers", "MB, files", 1e6),
    ],
];

/// The whole table; a measure that no scenario has is left out.
pub(super) fn board(rows: &[ComparisonRow]) -> String {
    let scenarios = by_scenario(rows);
    let mut text = String::new();
    for block in BLOCKS {
        let mut grid = vec![vec![String::new()], vec!["scenario".to_owned()]];
        grid.extend(scenarios.iter().map(|(name, _)| vec![(*name).to_owned()]));
        for (measure, head, unit, divisor) in block {
            let means = scenarios.iter().map(|(_, rows)| interval(rows, *measure));
            let means: Vec<Option<Interval>> = means.collect();
            if means.iter().all(Option::is_none) {
                continue;
            }
            grid[0].push((*head).to_owned());
            grid[1].push((*unit).to_owned());
            let fields = means
                .iter()
                .map(|mean| mean.map_or_else(|| "-".to_owned(), |mean| told(&mean, *divisor)));
            grid[2..]
                .iter_mut()
                .zip(fields)
                .for_each(|(line, field)| line.push(field));
        }
        if grid[0].len() > 1 {
            if !text.is_empty() {
                text.push('\n');
            }
            align(&grid, &mut text);
        }
    }
    text.push_str("\nmeans over replications ± half-widths of their 95 % intervals\n");
    text
}

/// A mean with its half-width, of which the smaller has two digits.
pub(super) fn told(mean: &Interval, divisor: f64) -> String {
    let value = mean.mean / divisor;
    match mean.half_width().map(|half_width| half_width / divisor) {
        // What is left of sums of equal numbers is no spread.
        Some(half_width) if half_width > 1e-9 * value.abs() => {
            let decimals = decimals(half_width, 2).max(decimals(value, 2));
            format!("{value:.decimals$} ± {half_width:.decimals$}")
        }
        Some(_) => format!("{value:.0$} ± 0", decimals(value, 3)),
        None => format!("{value:.0$}", decimals(value, 3)),
    }
}

/// Decimals at which a number has so many digits, 0 to 6.
fn decimals(value: f64, digits: usize) -> usize {
    let mut decimals = 0;
    let mut shifted = value.abs();
    let wanted = [1.0, 10.0, 100.0][digits - 1];
    while shifted < wanted && shifted > 0.0 && decimals < 6 {
        shifted *= 10.0;
        decimals += 1;
    }
    decimals
}

/// Writes lines with their first fields to the left and all others to the right of their columns.
pub(super) fn align(grid: &[Vec<String>], text: &mut String) {
    let width = |column: usize| {
        let lines = grid.iter().map(|line| line[column].chars().count());
        lines.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..grid[0].len()).map(width).collect();
    for line in grid {
        let mut row = format!("{:<1$}", line[0], widths[0]);
        for (field, width) in line.iter().zip(&widths).skip(1) {
            write!(row, "   {field:>width$}").expect("a string takes what is written");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_digits_are_those_that_mean_something() {
        let rows = [
            ComparisonRow::of(
                "flood",
                0,
                &[
                    (Measure::Success, 0.91),
                    (Measure::FirstHitMedian, 812.0),
                    (Measure::LoadGini, 0.5),
                ],
            ),
            ComparisonRow::of(
                "flood",
                1,
                &[
                    (Measure::Success, 0.93),
                    (Measure::FirstHitMedian, 800.0),
                    (Measure::LoadGini, 0.5),
                ],
            ),
            ComparisonRow::of("a-longer-name", 0, &[(Measure::Success, 1.0)]),
            ComparisonRow::of(
                "a-longer-name",
                1,
                &[(Measure::Success, 1.0), (Measure::FirstHitMedian, 0.012_345)],
            ),
        ];
        insta::assert_snapshot!(board(&rows));
    }
}

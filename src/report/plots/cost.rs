//! The plot of a sweep: what latency costs.

use super::super::axis::{Axis, Scale};
use super::super::chart::{Chart, Mark, Series};
use super::super::tradeoff::Tradeoff;
use super::{WIDE_RATIO, caption, things};
use crate::engine::math;
use crate::records::SweepTable;

/// Pieces in which a side of a hull is drawn where it is no straight line on the axes.
const PIECES: u32 = 16;

/// Units of bytes, largest last.
const UNITS: [(f64, &str); 4] = [(1.0, "bytes"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB")];
/// A unit is used from so many of it on.
const UNIT_LEAST: f64 = 20.0;
/// Scenarios that are shown: as many as the legend has room for.
const SCENARIOS_MAX: usize = 14;
/// Letters of a name in the legend.
const NAME_MAX: usize = 20;

/// Median latency against bytes per second, a point for each combination, and the lower convex hull of each protocol.
pub(in super::super) fn cost_performance(table: &SweepTable) -> Chart {
    let mut tradeoffs = Tradeoff::of(table);
    let more = tradeoffs.len().saturating_sub(SCENARIOS_MAX);
    tradeoffs.truncate(SCENARIOS_MAX);
    let symbol = scale_costs(&mut tradeoffs);
    let costs = || {
        tradeoffs
            .iter()
            .flat_map(|tradeoff| &tradeoff.points)
            .map(|point| point.0)
    };
    let low = costs().filter(|&cost| cost > 0.0).fold(f64::INFINITY, f64::min);
    let scale = if costs().fold(0.0, f64::max) / low > WIDE_RATIO {
        Scale::Logarithmic
    } else {
        Scale::Linear
    };
    let mut series = Vec::new();
    for tradeoff in &tradeoffs {
        let hull = tradeoff.hull();
        series.push(Series {
            name: shorten(&tradeoff.name),
            points: tradeoff.points.clone(),
            mark: Mark::Dots,
        });
        series.push(Series {
            name: String::new(),
            points: match scale {
                Scale::Linear => hull,
                Scale::Logarithmic => curved(&hull),
            },
            mark: Mark::Hull,
        });
    }
    let combinations: usize = tradeoffs.iter().map(|tradeoff| tradeoff.points.len()).sum();
    let left_out = tradeoffs.iter().map(|tradeoff| tradeoff.left_out).sum();
    Chart {
        title: "Cost against performance".to_owned(),
        subtitle: format!(
            "{} of parameters; lines are lower convex hulls: the best that can be had",
            things(combinations, "combination")
        ),
        x_label: format!("cost: what a peer sends per second online ({symbol}/s)"),
        y_label: "median latency of a lookup (ms)".to_owned(),
        scales: (scale, Scale::Linear),
        axes: (Some(Axis::fit(scale, costs(), 8)), None),
        series,
        caption: caption("sweep.csv", &shown(more), left_out, "combination without lookups"),
    }
}

/// Turns bytes into a unit of which the dearest combination has a fair number, and gives its symbol.
fn scale_costs(tradeoffs: &mut [Tradeoff]) -> &'static str {
    let points = || tradeoffs.iter().flat_map(|tradeoff| &tradeoff.points);
    let (unit, symbol) = bytes_unit(points().map(|point| point.0).fold(0.0, f64::max));
    for tradeoff in tradeoffs {
        tradeoff.points.iter_mut().for_each(|point| point.0 /= unit);
    }
    symbol
}

/// The unit of an axis for bytes that reaches up to `high`, and its symbol.
pub(super) fn bytes_unit(high: f64) -> (f64, &'static str) {
    let fits = UNITS.iter().rev().find(|(unit, _)| high >= UNIT_LEAST * unit);
    *fits.unwrap_or(&UNITS[0])
}

/// What the caption says of scenarios that are not shown.
fn shown(more: usize) -> String {
    match more {
        0 => String::new(),
        _ => format!("without the last {}", things(more, "scenario")),
    }
}

/// A name as the legend has room for it.
fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    let head: String = name.chars().take(NAME_MAX - 3).collect();
    format!("{head}...")
}

/// A line through points as it runs on a logarithmic horizontal axis: straight only between near points.
fn curved(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = line.first().copied().into_iter().collect();
    for side in line.windows(2) {
        let [(from_x, from_y), (to_x, to_y)] = [side[0], side[1]];
        for piece in 1..=PIECES {
            let part = f64::from(piece) / f64::from(PIECES);
            let x = if piece == PIECES || from_x <= 0.0 {
                to_x
            } else {
                from_x * math::pow(to_x / from_x, part)
            };
            let share = (x - from_x) / (to_x - from_x);
            points.push((x, from_y + share * (to_y - from_y)));
        }
    }
    points
}

//! The plot of a sweep: what latency costs.

use super::super::axis::{Axis, Scale};
use super::super::chart::{Chart, Mark, Series};
use super::super::tradeoff::Tradeoff;
use super::{WIDE_RATIO, caption, things};
use crate::engine::math;
use crate::records::SweepTable;

/// Pieces in which a side of a hull is drawn where it is no straight line on the axes.
const PIECES: u32 = 16;

/// Median latency against bytes per second, a point for each combination, and the lower convex hull of each protocol.
pub(in super::super) fn cost_performance(table: &SweepTable) -> Chart {
    let tradeoffs = Tradeoff::of(table);
    let costs = || {
        tradeoffs
            .iter()
            .flat_map(|tradeoff| &tradeoff.points)
            .map(|point| point.0)
    };
    let positive = || costs().filter(|&cost| cost > 0.0);
    let low = positive().fold(f64::INFINITY, f64::min);
    let high = positive().fold(0.0, f64::max);
    let scale = if high / low > WIDE_RATIO {
        Scale::Logarithmic
    } else {
        Scale::Linear
    };
    let mut series = Vec::new();
    for tradeoff in &tradeoffs {
        let hull = tradeoff.hull();
        series.push(Series {
            name: tradeoff.name.clone(),
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
        x_label: "cost: bytes sent by a peer per second online (bytes/s)".to_owned(),
        y_label: "median latency of a lookup (ms)".to_owned(),
        scales: (scale, Scale::Linear),
        axes: (Some(Axis::fit(scale, costs(), 8)), None),
        series,
        caption: caption("sweep.csv", "", left_out, "combination without lookups"),
    }
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

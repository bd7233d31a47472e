//! Plots of lookups in structured overlays.

use super::super::axis::{Scale, nice_step};
use super::super::chart::{Chart, Mark, Series, count_axis, time_axis};
use super::{DOTS_MAX, axis_unit, caption, duration, things};
use crate::records::LookupRow;
use std::collections::BTreeMap;

/// Bars of a histogram up to the 99th percentile, about.
const BARS: f64 = 40.0;
/// What takes longer than so many times the 99th percentile is not shown.
const LONG_RATIO: f64 = 2.0;

/// Lookups that were answered, rightly or wrongly.
fn answered(rows: &[LookupRow]) -> impl Iterator<Item = &LookupRow> {
    rows.iter().filter(|row| row.outcome.is_answered())
}

/// How many lookups took how many hops.
pub(in super::super) fn lookup_hops(rows: &[LookupRow]) -> Chart {
    let mut lookups: BTreeMap<u32, usize> = BTreeMap::new();
    for hops in answered(rows).filter_map(|row| row.hops) {
        *lookups.entry(hops).or_default() += 1;
    }
    let number_of: usize = lookups.values().sum();
    let last = lookups.keys().next_back().copied().unwrap_or(0);
    let subtitle = if number_of == 0 {
        "no lookup answered".to_owned()
    } else {
        let sum: u64 = lookups
            .iter()
            .map(|(&hops, &lookups)| u64::from(hops) * lookups as u64)
            .sum();
        let mean = sum as f64 / number_of as f64;
        format!(
            "{}; mean {mean:.2}, most {last}",
            things(number_of, "lookup answered")
        )
    };
    let share = |hops| lookups.get(&hops).copied().unwrap_or(0) as f64 / number_of as f64;
    let points = if number_of == 0 {
        Vec::new()
    } else {
        (0..=last).map(|hops| (f64::from(hops), share(hops))).collect()
    };
    let mark = if points.len() > DOTS_MAX {
        Mark::Line
    } else {
        Mark::LineAndDots
    };
    Chart {
        title: "Hops of lookups".to_owned(),
        subtitle,
        x_label: "hops (nodes on the way)".to_owned(),
        y_label: "share of answered lookups".to_owned(),
        scales: (Scale::Linear, Scale::Linear),
        axes: (Some(count_axis(f64::from(last))), None),
        series: vec![Series {
            name: "lookups".to_owned(),
            points,
            mark,
        }],
        caption: caption(
            "lookups.csv",
            "",
            rows.len() - number_of,
            "lookup without an answer",
        ),
    }
}

/// How many lookups took how long.
pub(in super::super) fn lookup_latency(rows: &[LookupRow]) -> Chart {
    let mut times_ns: Vec<u64> = answered(rows).filter_map(|row| row.latency_ns).collect();
    times_ns.sort_unstable();
    let number_of = times_ns.len();
    let quantile = |percent: usize| {
        let rank = (number_of * percent).div_ceil(100).max(1);
        times_ns.get(rank - 1).copied().unwrap_or(0) as f64
    };
    let (unit, symbol) = axis_unit(quantile(99));
    let width = nice_step((quantile(99) / unit).max(1e-3) / BARS);
    let last = quantile(100).min(LONG_RATIO * quantile(99)) / unit;
    let mut bars: BTreeMap<u64, usize> = BTreeMap::new();
    let mut hidden = rows.len() - number_of;
    for time in times_ns.iter().map(|&ns| ns as f64 / unit) {
        if time > last {
            hidden += 1;
        } else {
            *bars.entry(place(time / width)).or_default() += 1;
        }
    }
    let mut points = Vec::with_capacity(4 * bars.len());
    for (&bar, &lookups) in &bars {
        let (left, right) = (bar as f64 * width, (bar + 1) as f64 * width);
        let share = lookups as f64 / number_of as f64;
        points.extend([(left, 0.0), (left, share), (right, share), (right, 0.0)]);
    }
    let subtitle = if number_of == 0 {
        "no lookup answered".to_owned()
    } else {
        format!(
            "{}; median {}, 90th percentile {}, longest {}",
            things(number_of, "lookup answered"),
            duration(quantile(50)),
            duration(quantile(90)),
            duration(quantile(100))
        )
    };
    let reach = points.last().map_or(1.0, |point| point.0);
    Chart {
        title: "Latency of lookups".to_owned(),
        subtitle,
        x_label: format!("time from issue to answer ({symbol})"),
        y_label: "share of answered lookups".to_owned(),
        scales: (Scale::Linear, Scale::Linear),
        axes: (Some(time_axis(reach)), None),
        series: vec![Series {
            name: "lookups".to_owned(),
            points,
            mark: Mark::Line,
        }],
        caption: caption("lookups.csv", "", hidden, "lookup unanswered or far longer"),
    }
}

/// The bar that a number of widths falls into.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and no more than a few times the number of bars"
)]
const fn place(widths: f64) -> u64 {
    widths as u64
}

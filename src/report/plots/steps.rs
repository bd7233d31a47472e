//! The plots of comparisons along an axis: a line for each scenario, means with their 95 % intervals.

use super::super::axis::{Axis, Scale, nice_step, number};
use super::super::canvas::PALETTE;
use super::super::chart::{Chart, Mark, Series, percent_axis_to};
use super::comparison::shorten;
use super::cost::bytes_unit;
use super::{WIDE_RATIO, things};
use crate::records::comparison::{Attack, ComparedRow, Size, Step, Target, by_scenario, by_step, interval};
use crate::records::{GrowthRow, Interval, Measure, SurvivalRow};

/// Scenarios that are shown: as many as the legend has room for.
const SCENARIOS_MAX: usize = 14;
/// Where a whisker has no lower end on a logarithmic axis, it begins at this share of the smallest mean.
const CUT: f64 = 0.5;
/// What is shown of a comparison.
struct Plan<S> {
    file: &'static str,
    title: &'static str,
    subtitle: &'static str,
    x_label: &'static str,
    y_label: &'static str,
    measure: Measure,
    /// What its numbers are.
    kind: Kind,
    /// What the horizontal axis shows.
    across: Across,
    /// Where a step stands on the horizontal axis; `None`: not on this plot.
    x: fn(S) -> Option<f64>,
}

/// What numbers are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Shares of a whole, in percent.
    Shares,
    /// Numbers from 0 on.
    Amounts,
    /// Bytes: the axis says in which unit.
    Bytes,
}

/// What a horizontal axis shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Across {
    /// Shares, from 0 to the largest.
    Shares,
    /// Sizes, of several orders of magnitude.
    Sizes,
}

/// The means of one scenario, from the left to the right.
type Line = Vec<(f64, Interval)>;

/// Where an attack at `target` stands: by its share, nobody's at 0.
fn share(attack: Attack, target: Target) -> Option<f64> {
    (attack.target == target || attack.target == Target::Nobody).then_some(attack.share)
}

const SURVIVAL: [Plan<Attack>; 5] = [
    Plan {
        file: "survival-random",
        title: "What is found when peers vanish at random",
        subtitle: "success of queries after the attack, mending included",
        x_label: "share of the peers online that vanish",
        y_label: "share of queries with a hit",
        measure: Measure::Success,
        kind: Kind::Shares,
        across: Across::Shares,
        x: |attack| share(attack, Target::Random),
    },
    Plan {
        file: "survival-best-connected",
        title: "What is found when the best connected vanish",
        subtitle: "success of queries after the attack, mending included",
        x_label: "share of the peers online that vanish, those with the most links first",
        y_label: "share of queries with a hit",
        measure: Measure::Success,
        kind: Kind::Shares,
        across: Across::Shares,
        x: |attack| share(attack, Target::BestConnected),
    },
    Plan {
        file: "survival-servers",
        title: "What is found when servers vanish",
        subtitle: "success of queries after the attack; indexes, servers, host caches and bootstrap nodes",
        x_label: "share of the service nodes that vanish",
        y_label: "share of queries with a hit",
        measure: Measure::Success,
        kind: Kind::Shares,
        across: Across::Shares,
        x: |attack| share(attack, Target::Servers),
    },
    Plan {
        file: "survival-random-component",
        title: "What hangs together when peers vanish at random",
        subtitle: "largest component of the peers' links, at the first sample after the attack",
        x_label: "share of the peers online that vanish",
        y_label: "share of those that are left",
        measure: Measure::LargestComponent,
        kind: Kind::Shares,
        across: Across::Shares,
        x: |attack| share(attack, Target::Random),
    },
    Plan {
        file: "survival-best-connected-component",
        title: "What hangs together when the best connected vanish",
        subtitle: "largest component of the peers' links, at the first sample after the attack",
        x_label: "share of the peers online that vanish, those with the most links first",
        y_label: "share of those that are left",
        measure: Measure::LargestComponent,
        kind: Kind::Shares,
        across: Across::Shares,
        x: |attack| share(attack, Target::BestConnected),
    },
];

/// Where a size stands.
const SIZE: fn(Size) -> Option<f64> = |step| Some(step.size as f64);

const GROWTH: [Plan<Size>; 5] = [
    Plan {
        file: "growth-cost",
        title: "What peers send as the network grows",
        subtitle: "messages, without files; the mean over all peers",
        x_label: "size",
        y_label: "sent per second that a peer is online",
        measure: Measure::PeerBytesMean,
        kind: Kind::Bytes,
        across: Across::Sizes,
        x: SIZE,
    },
    Plan {
        file: "growth-success",
        title: "What is found as the network grows",
        subtitle: "success of queries",
        x_label: "size",
        y_label: "share of queries with a hit",
        measure: Measure::Success,
        kind: Kind::Shares,
        across: Across::Sizes,
        x: SIZE,
    },
    Plan {
        file: "growth-latency",
        title: "Latency of the first hit as the network grows",
        subtitle: "median, of queries with a hit",
        x_label: "size",
        y_label: "from the query to its first hit (ms)",
        measure: Measure::FirstHitMedian,
        kind: Kind::Amounts,
        across: Across::Sizes,
        x: SIZE,
    },
    Plan {
        file: "growth-servers",
        title: "What servers carry as the network grows",
        subtitle: "messages that service nodes send and receive: indexes, servers, host caches, bootstrap nodes",
        x_label: "size",
        y_label: "carried during the run",
        measure: Measure::ServerMessageBytes,
        kind: Kind::Bytes,
        across: Across::Sizes,
        x: SIZE,
    },
    Plan {
        file: "growth-events",
        title: "What it takes to simulate a growing network",
        subtitle: "events of a run",
        x_label: "size",
        y_label: "events",
        measure: Measure::Events,
        kind: Kind::Amounts,
        across: Across::Sizes,
        x: SIZE,
    },
];

/// The plots of what survives for which there is any number, with the names of their files.
pub(in super::super) fn survival(rows: &[SurvivalRow]) -> Vec<(&'static str, Chart)> {
    let is_hit = |plan: &&Plan<Attack>| {
        let mut shares = rows.iter().filter_map(|row| (plan.x)(row.step));
        shares.any(|share| share > 0.0)
    };
    let plans = SURVIVAL.iter().filter(is_hit);
    plans
        .filter_map(|plan| Some((plan.file, plan.chart(rows)?)))
        .collect()
}

/// The plots of growth for which there is any number, with the names of their files.
pub(in super::super) fn growth(rows: &[GrowthRow]) -> Vec<(&'static str, Chart)> {
    let plans = GROWTH.iter();
    let mut charts: Vec<(&str, Chart)> = plans
        .filter_map(|plan| Some((plan.file, plan.chart(rows)?)))
        .collect();
    charts.extend(distribution(rows).map(|chart| ("growth-distribution", chart)));
    charts
}

/// The lines of a measure, of the scenarios that have it.
fn lines<S: Step>(rows: &[ComparedRow<S>], measure: Measure, x: fn(S) -> Option<f64>) -> Vec<(String, Line)> {
    let line = |(name, rows): (&str, Vec<&ComparedRow<S>>)| {
        let steps = by_step(&rows);
        let mut line: Line = steps
            .iter()
            .filter_map(|(step, rows)| Some((x(*step)?, interval(rows, measure)?)))
            .collect();
        line.sort_by(|one, other| one.0.total_cmp(&other.0));
        (shorten(name), line)
    };
    let scenarios = by_scenario(rows).into_iter().map(line);
    scenarios.filter(|(_, line)| !line.is_empty()).collect()
}

impl<S: Step> Plan<S> {
    /// `None` if no scenario has the measure.
    fn chart(&self, rows: &[ComparedRow<S>]) -> Option<Chart> {
        let mut all = lines(rows, self.measure, self.x);
        if self.across == Across::Shares {
            // Who cannot be attacked so has no line: a point at 0 would say nothing.
            all.retain(|(_, line)| line.len() > 1);
        }
        let hidden = all.len().saturating_sub(SCENARIOS_MAX);
        all.truncate(SCENARIOS_MAX);
        let means = || all.iter().flat_map(|(_, line)| line).map(|(_, mean)| mean.mean);
        let low = means().fold(f64::INFINITY, f64::min);
        let high = means().fold(0.0, f64::max);
        if all.is_empty() {
            return None;
        }
        let (unit, symbol) = match self.kind {
            Kind::Shares | Kind::Amounts => (1.0, ""),
            Kind::Bytes => bytes_unit(high),
        };
        let y_scale = if self.kind != Kind::Shares && low > 0.0 && high / low > WIDE_RATIO {
            Scale::Logarithmic
        } else {
            Scale::Linear
        };
        let least = match y_scale {
            Scale::Linear => 0.0,
            Scale::Logarithmic => low * CUT / unit,
        };
        let most = if self.kind == Kind::Shares && high <= 1.0 {
            1.0
        } else {
            f64::INFINITY
        };
        let mut series = Vec::new();
        for (place, (name, line)) in all.iter().enumerate() {
            // Later lines have colours that were there before, and rings.
            let mark = if place < PALETTE.len() {
                Mark::LineAndDots
            } else {
                Mark::LineAndRings
            };
            series.push(Series {
                name: name.clone(),
                points: line.iter().map(|(x, mean)| (*x, mean.mean / unit)).collect(),
                mark,
            });
            series.push(whiskers(line, unit, least, most));
        }
        let xs = all.iter().flat_map(|(_, line)| line).map(|(x, _)| *x);
        let right = xs.fold(0.0, f64::max);
        let (x_scale, x_axis) = match self.across {
            Across::Shares => (Scale::Linear, Some(share_axis(right))),
            Across::Sizes => (Scale::Logarithmic, None),
        };
        let y_axis = (self.kind == Kind::Shares).then(|| percent_axis_to(high));
        Some(Chart {
            title: self.title.to_owned(),
            subtitle: self.subtitle.to_owned(),
            x_label: self.x_label.to_owned(),
            y_label: match symbol {
                "" => self.y_label.to_owned(),
                symbol => format!("{} ({symbol})", self.y_label),
            },
            scales: (x_scale, y_scale),
            axes: (x_axis, y_axis),
            series,
            caption: caption::<S>(&all, hidden),
        })
    }
}

/// Simulated times of distribution against the least possible.
fn distribution(rows: &[GrowthRow]) -> Option<Chart> {
    let mut measured = lines(rows, Measure::Distribution, SIZE);
    let hidden = measured.len().saturating_sub(SCENARIOS_MAX);
    measured.truncate(SCENARIOS_MAX);
    let least = lines(rows, Measure::MinimumDistribution, SIZE);
    if measured.is_empty() {
        return None;
    }
    let mut series = Vec::new();
    for (name, line) in &measured {
        let means = |line: &Line| line.iter().map(|(x, mean)| (*x, mean.mean)).collect();
        series.push(Series {
            name: name.clone(),
            points: means(line),
            mark: Mark::Dots,
        });
        series.push(whiskers(line, 1.0, f64::MIN_POSITIVE, f64::INFINITY));
        let bound = least.iter().find(|(other, _)| other == name);
        series.extend(bound.map(|(_, line)| Series {
            name: String::new(),
            points: means(line),
            mark: Mark::Hull,
        }));
    }
    Some(Chart {
        title: "Distribution time".to_owned(),
        subtitle: "dots: until the last peer has the file; lines: the least possible (Kumar and Ross 2006)"
            .to_owned(),
        x_label: "peers that fetch the file".to_owned(),
        y_label: "time (s)".to_owned(),
        scales: (Scale::Logarithmic, Scale::Logarithmic),
        axes: (None, None),
        series,
        caption: caption::<Size>(&measured, hidden),
    })
}

/// Intervals as upright lines, with gaps between them.
fn whiskers(line: &Line, unit: f64, least: f64, most: f64) -> Series {
    let whisker = |(x, mean): &(f64, Interval)| {
        let half_width = mean.half_width()?;
        let from = ((mean.mean - half_width) / unit).max(least);
        let to = ((mean.mean + half_width) / unit).min(most);
        Some([(*x, from), (*x, to), (f64::NAN, f64::NAN)])
    };
    Series {
        name: String::new(),
        points: line.iter().filter_map(whisker).flatten().collect(),
        mark: Mark::Hull,
    }
}

/// An axis for shares from 0 to the largest.
fn share_axis(high: f64) -> Axis {
    let high = if high > 0.0 { high } else { 1.0 };
    let step = nice_step(high / 10.0);
    Axis::stepped(high, step, |share| format!("{} %", number(share * 100.0)))
}

fn caption<S: Step>(shown: &[(String, Line)], hidden: usize) -> String {
    let means = shown.iter().flat_map(|(_, line)| line);
    let most = means.map(|(_, mean)| mean.n).max().unwrap_or(0);
    let replications = things(usize::try_from(most).unwrap_or(usize::MAX), "replication");
    let more = match hidden {
        0 => String::new(),
        hidden => format!("; not shown: the last {}", things(hidden, "scenario")),
    };
    let table = S::ROWS.0;
    format!("Data: {table}.csv, means of {replications}; upright lines are 95 % intervals{more}.")
}

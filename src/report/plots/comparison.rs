//! The plots of a comparison: a line for each scenario, means with their 95 % intervals.

use super::super::axis::{Axis, Scale, number};
use super::super::chart::{Chart, Mark, Series, percent_axis};
use super::{WIDE_RATIO, things};
use crate::records::comparison::{by_scenario, interval};
use crate::records::{ComparisonRow, Interval, Measure};

/// Scenarios that are shown: as many as there is room for.
const SCENARIOS_MAX: usize = 16;
/// Letters of a scenario's name.
const NAME_MAX: usize = 22;
/// Between the dots of one scenario, in its line.
const BETWEEN: f64 = 0.17;
/// Where a whisker has no lower end on a logarithmic axis, it begins at this share of the smallest mean.
const CUT: f64 = 0.5;

/// What a plot shows.
struct Plan {
    file: &'static str,
    title: &'static str,
    subtitle: &'static str,
    x_label: &'static str,
    /// Measures with what the legend calls them.
    measures: &'static [(Measure, &'static str)],
    /// What they are of.
    kind: Kind,
    /// What a number is divided by.
    unit: f64,
}

/// What numbers are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Shares of a whole, in percent.
    Shares,
    /// Numbers from 0 to 1.
    Coefficients,
    /// Numbers from 0 on.
    Amounts,
}

const PLANS: [Plan; 7] = [
    Plan {
        file: "comparison-success",
        title: "What is found",
        subtitle: "success: queries with a hit; recall: hits per holder that was online, or within reach",
        x_label: "share",
        measures: &[
            (Measure::Success, "success"),
            (Measure::RecallLive, "recall, online"),
            (Measure::RecallReachable, "recall, in reach"),
        ],
        kind: Kind::Shares,
        unit: 1.0,
    },
    Plan {
        file: "comparison-popularity",
        title: "What is found, by popularity",
        subtitle: "success of queries for the most popular items, and for the rest of them",
        x_label: "share of queries with a hit",
        measures: &[
            (Measure::SuccessFirst1, "first 1 % of items"),
            (Measure::SuccessNext9, "next 9 %"),
            (Measure::SuccessNext40, "next 40 %"),
            (Measure::SuccessLast50, "last 50 %"),
        ],
        kind: Kind::Shares,
        unit: 1.0,
    },
    Plan {
        file: "comparison-latency",
        title: "Latency of the first hit",
        subtitle: "of queries with a hit",
        x_label: "from the query to its first hit (ms)",
        measures: &[
            (Measure::FirstHitMedian, "median"),
            (Measure::FirstHit95, "95th percentile"),
        ],
        kind: Kind::Amounts,
        unit: 1.0,
    },
    Plan {
        file: "comparison-file-time",
        title: "Time to the verified file",
        subtitle: "of downloads that were completed",
        x_label: "from the query to the last verified byte (s)",
        measures: &[
            (Measure::FileTimeMedian, "median"),
            (Measure::FileTime95, "95th percentile"),
        ],
        kind: Kind::Amounts,
        unit: 1.0,
    },
    Plan {
        file: "comparison-cost",
        title: "What peers send",
        subtitle: "messages, without files",
        x_label: "bytes per second that a peer is online",
        measures: &[
            (Measure::PeerBytesMedian, "median peer"),
            (Measure::PeerBytes99, "99th percentile"),
        ],
        kind: Kind::Amounts,
        unit: 1.0,
    },
    Plan {
        file: "comparison-load",
        title: "How unequal the load is",
        subtitle: "bytes of messages that peers sent and received",
        x_label: "Gini coefficient, and share of the most loaded 1 % of the peers",
        measures: &[
            (Measure::LoadGini, "Gini coefficient"),
            (Measure::LoadTopShare, "share of the top 1 %"),
        ],
        kind: Kind::Coefficients,
        unit: 1.0,
    },
    Plan {
        file: "comparison-servers",
        title: "What servers carry",
        subtitle: "service nodes: host caches, bootstrap nodes, indexes, servers",
        x_label: "carried during the run (MB)",
        measures: &[
            (Measure::ServerMessageBytes, "messages"),
            (Measure::ServerPayloadBytes, "files"),
        ],
        kind: Kind::Amounts,
        unit: 1e6,
    },
];

/// The plots for which there is any number, with the names of their files.
pub(in super::super) fn comparison(rows: &[ComparisonRow]) -> Vec<(&'static str, Chart)> {
    let scenarios = by_scenario(rows);
    let plans = PLANS.iter();
    plans
        .filter_map(|plan| Some((plan.file, plan.chart(&scenarios)?)))
        .collect()
}

impl Plan {
    /// `None` if no scenario has any of the measures.
    fn chart(&self, scenarios: &[(&str, Vec<&ComparisonRow>)]) -> Option<Chart> {
        let shown = &scenarios[..scenarios.len().min(SCENARIOS_MAX)];
        let means = |measure: Measure| -> Vec<Option<Interval>> {
            shown.iter().map(|(_, rows)| interval(rows, measure)).collect()
        };
        let all: Vec<(&str, Vec<Option<Interval>>)> = self
            .measures
            .iter()
            .map(|(measure, name)| (*name, means(*measure)))
            .filter(|(_, means)| means.iter().any(Option::is_some))
            .collect();
        let values = || {
            all.iter()
                .flat_map(|(_, means)| means)
                .flatten()
                .map(|mean| mean.mean / self.unit)
        };
        let low = values()
            .filter(|&value| value > 0.0)
            .fold(f64::INFINITY, f64::min);
        let is_wide = self.kind == Kind::Amounts && values().fold(0.0, f64::max) / low > WIDE_RATIO;
        if all.is_empty() {
            return None;
        }
        let scale = if is_wide {
            Scale::Logarithmic
        } else {
            Scale::Linear
        };
        let least = if is_wide { low * CUT } else { 0.0 };
        let mut series = Vec::new();
        for (place, (name, means)) in all.iter().enumerate() {
            let shift = (all.len() - 1) as f64 / 2.0 - place as f64;
            let line = |scenario: usize| shown.len() as f64 - scenario as f64 - 0.5 + shift * BETWEEN;
            let dots = means.iter().enumerate();
            series.push(Series {
                name: (*name).to_owned(),
                points: dots
                    .filter_map(|(scenario, mean)| Some((mean.as_ref()?.mean / self.unit, line(scenario))))
                    .collect(),
                mark: Mark::Dots,
            });
            series.push(Series {
                name: String::new(),
                points: means
                    .iter()
                    .enumerate()
                    .filter_map(|(scenario, mean)| self.whisker(mean.as_ref()?, line(scenario), least))
                    .flatten()
                    .collect(),
                mark: Mark::Hull,
            });
        }
        let names: Vec<String> = shown.iter().map(|(name, _)| shorten(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let replications = shown.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
        let more = match scenarios.len() - shown.len() {
            0 => String::new(),
            more => format!("; not shown: the last {}", things(more, "scenario")),
        };
        let axis = match self.kind {
            Kind::Shares => Some(percent_axis()),
            Kind::Coefficients => Some(Axis::stepped(1.0, 0.2, number)),
            Kind::Amounts => None,
        };
        let means = || all.iter().flat_map(|(_, means)| means).flatten();
        let is_cut = |mean: &Interval| {
            mean.half_width()
                .is_some_and(|half| mean.mean - half < least * self.unit)
        };
        let cut = if is_wide && means().any(is_cut) {
            ", cut at the left"
        } else {
            ""
        };
        Some(Chart {
            title: self.title.to_owned(),
            subtitle: self.subtitle.to_owned(),
            x_label: self.x_label.to_owned(),
            y_label: String::new(),
            scales: (scale, Scale::Linear),
            axes: (axis, Some(Axis::named(&names))),
            series,
            caption: format!(
                "Data: comparison.csv, means of {}; lines are 95 % intervals{cut}{more}.",
                things(replications, "replication")
            ),
        })
    }

    /// The two ends of an interval, and a gap behind it; nothing where there is none.
    fn whisker(&self, mean: &Interval, line: f64, least: f64) -> Option<[(f64, f64); 3]> {
        let half_width = mean.half_width()?;
        let most = if self.kind == Kind::Amounts {
            f64::INFINITY
        } else {
            1.0
        };
        let from = ((mean.mean - half_width) / self.unit).max(least);
        let to = ((mean.mean + half_width) / self.unit).min(most);
        Some([(from, line), (to, line), (f64::NAN, f64::NAN)])
    }
}

/// A name as there is room for it.
fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    let head: String = name.chars().take(NAME_MAX - 3).collect();
    format!("{head}...")
}

//! The plots of a comparison: a line for each scenario, means with their 95 % intervals.

use super::super::axis::{Axis, Scale, number};
use super::super::chart::{Chart, Mark, Series, percent_axis_to};
use super::cost::bytes_unit;
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
    /// Bytes: the axis says in which unit.
    Bytes,
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
    },
    Plan {
        file: "comparison-cost",
        title: "What peers send",
        subtitle: "messages, without files",
        x_label: "sent per second that a peer is online",
        measures: &[
            (Measure::PeerBytesMedian, "median peer"),
            (Measure::PeerBytes99, "99th percentile"),
        ],
        kind: Kind::Bytes,
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
    },
    Plan {
        file: "comparison-servers",
        title: "What servers carry",
        subtitle: "service nodes: host caches, bootstrap nodes, indexes, servers",
        x_label: "carried during the run",
        measures: &[
            (Measure::ServerMessageBytes, "messages"),
            (Measure::ServerPayloadBytes, "files"),
        ],
        kind: Kind::Bytes,
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

/// What is shown of a measure: what the legend calls it, and its mean for each scenario that is shown.
type Shown = (&'static str, Vec<Option<Interval>>);

/// How numbers are placed.
struct Span {
    scale: Scale,
    /// What they are divided by.
    unit: f64,
    /// Its symbol; may be empty.
    symbol: &'static str,
    /// Where whiskers begin at the earliest, in the unit.
    least: f64,
}

impl Plan {
    /// `None` if no scenario has any of the measures.
    fn chart(&self, scenarios: &[(&str, Vec<&ComparisonRow>)]) -> Option<Chart> {
        let shown = &scenarios[..scenarios.len().min(SCENARIOS_MAX)];
        let means = |measure| shown.iter().map(|(_, rows)| interval(rows, measure)).collect();
        let measures = self
            .measures
            .iter()
            .map(|(measure, name)| (*name, means(*measure)));
        let all: Vec<Shown> = measures
            .filter(|(_, means): &Shown| means.iter().any(Option::is_some))
            .collect();
        if all.is_empty() {
            return None;
        }
        let span = self.span(&all);
        let mut series = Vec::new();
        for (place, (name, means)) in all.iter().enumerate() {
            let shift = (all.len() - 1) as f64 / 2.0 - place as f64;
            let lines =
                (0..shown.len()).map(|scenario| (shown.len() - scenario) as f64 - 0.5 + shift * BETWEEN);
            let placed: Vec<(&Interval, f64)> = means
                .iter()
                .zip(lines)
                .filter_map(|(mean, line)| Some((mean.as_ref()?, line)))
                .collect();
            // Recall may be above 1; other shares are not, and their intervals end there.
            let is_bounded = self.is_of_shares() && placed.iter().all(|(mean, _)| mean.mean <= 1.0);
            let most = if is_bounded { 1.0 } else { f64::INFINITY };
            series.push(Series {
                name: (*name).to_owned(),
                points: placed
                    .iter()
                    .map(|(mean, line)| (mean.mean / span.unit, *line))
                    .collect(),
                mark: Mark::Dots,
            });
            series.push(Series {
                name: String::new(),
                points: placed
                    .iter()
                    .filter_map(|(mean, line)| span.whisker(mean, *line, most))
                    .flatten()
                    .collect(),
                mark: Mark::Hull,
            });
        }
        let names: Vec<String> = shown.iter().map(|(name, _)| shorten(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let points = series.iter().flat_map(|series| &series.points);
        let high = points.map(|point| point.0).fold(1.0, f64::max);
        let axis = match self.kind {
            Kind::Shares => Some(percent_axis_to(high)),
            Kind::Coefficients => Some(Axis::stepped(1.0, 0.2, number)),
            Kind::Amounts | Kind::Bytes => None,
        };
        Some(Chart {
            title: self.title.to_owned(),
            subtitle: self.subtitle.to_owned(),
            x_label: match span.symbol {
                "" => self.x_label.to_owned(),
                symbol => format!("{} ({symbol})", self.x_label),
            },
            y_label: String::new(),
            scales: (span.scale, Scale::Linear),
            axes: (axis, Some(Axis::named(&names))),
            series,
            caption: caption(&span, &all, shown, scenarios.len() - shown.len()),
        })
    }

    /// A logarithmic axis where numbers of very different size are to be told apart and none is 0, which has no place there.
    fn span(&self, all: &[Shown]) -> Span {
        let means = || all.iter().flat_map(|(_, means)| means).flatten();
        let low = means().map(|mean| mean.mean).fold(f64::INFINITY, f64::min);
        let high = means().map(|mean| mean.mean).fold(0.0, f64::max);
        let (unit, symbol) = match self.kind {
            Kind::Shares | Kind::Coefficients | Kind::Amounts => (1.0, ""),
            Kind::Bytes => bytes_unit(high),
        };
        let is_wide = !self.is_of_shares() && low > 0.0 && high / low > WIDE_RATIO;
        Span {
            scale: if is_wide {
                Scale::Logarithmic
            } else {
                Scale::Linear
            },
            unit,
            symbol,
            least: if is_wide { low * CUT / unit } else { 0.0 },
        }
    }

    /// Whether numbers are from 0 to 1, if they are of what there is.
    fn is_of_shares(&self) -> bool {
        matches!(self.kind, Kind::Shares | Kind::Coefficients)
    }
}

impl Span {
    /// The two ends of an interval, and a gap behind it; nothing where there is none.
    fn whisker(&self, mean: &Interval, line: f64, most: f64) -> Option<[(f64, f64); 3]> {
        let half_width = mean.half_width()?;
        let from = ((mean.mean - half_width) / self.unit).max(self.least);
        let to = ((mean.mean + half_width) / self.unit).min(most);
        Some([(from, line), (to, line), (f64::NAN, f64::NAN)])
    }

    /// Whether an interval goes on to the left of what is shown of it.
    fn is_cut(&self, mean: &Interval) -> bool {
        let from = mean
            .half_width()
            .map(|half_width| (mean.mean - half_width) / self.unit);
        self.scale == Scale::Logarithmic && from.is_some_and(|from| from < self.least)
    }
}

/// The table, and what is not seen of it.
fn caption(span: &Span, all: &[Shown], shown: &[(&str, Vec<&ComparisonRow>)], hidden: usize) -> String {
    let replications = shown.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
    let mut means = all.iter().flat_map(|(_, means)| means).flatten();
    let cut = if means.any(|mean| span.is_cut(mean)) {
        ", cut at the left"
    } else {
        ""
    };
    let more = match hidden {
        0 => String::new(),
        hidden => format!("; not shown: the last {}", things(hidden, "scenario")),
    };
    let replications = things(replications, "replication");
    format!("Data: comparison.csv, means of {replications}; lines are 95 % intervals{cut}{more}.")
}

/// A name as there is room for it.
pub(super) fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    let head: String = name.chars().take(NAME_MAX - 3).collect();
    format!("{head}...")
}

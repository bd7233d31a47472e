//! `comparison.csv` and `comparison_intervals.csv`: what overlays make of one world, side by side.

use super::column::{Cell, Codec as _, Maybe, Name, Plain, Ratio};
use super::interval::Interval;
use super::ladder::Hexadecimal;
use super::table::{Row, row};
use crate::engine::digest::Channel;
use std::sync::Arc;

/// Digests of what all overlays find before them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct World {
    /// Who the peers are, how often and how long they are online.
    pub population: Channel,
    /// What there is, and who holds it when the run begins.
    pub content: Channel,
    /// Who asks for what, and when.
    pub workload: Channel,
}

impl World {
    /// The digests with their names.
    pub fn channels(&self) -> [(&'static str, Channel); 3] {
        [
            ("population", self.population),
            ("content", self.content),
            ("workload", self.workload),
        ]
    }
}

/// Declares what is measured: the variants, their columns and units, all in one place.
macro_rules! measures {
    ($($(#[$meta:meta])* $name:ident => $column:literal in $unit:literal,)*) => {
        /// What is measured of a run. Queries and downloads count if they were issued, or started, after the warm-up; what
        /// peers sent counts from the beginning of the run. A measure that a run does not have is absent: it is not 0.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Measure {
            $($(#[$meta])* $name,)*
        }

        impl Measure {
            /// All of them, in the order of the columns.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its column.
            pub fn column(self) -> &'static str {
                match self {
                    $(Self::$name => $column,)*
                }
            }

            /// Its unit; `1` for a share.
            pub fn unit(self) -> &'static str {
                match self {
                    $(Self::$name => $unit,)*
                }
            }
        }

        /// Columns of `comparison.csv`.
        const COLUMNS: &[&str] = &[
            "scenario",
            "overlay",
            "replication",
            "population_digest",
            "content_digest",
            "workload_digest",
            $($column),*
        ];
    };
}

measures! {
    /// Queries issued.
    Queries => "queries" in "queries",
    /// Share of the queries that others were asked to which at least one hit came: `query_success` of a run's summary.
    Success => "query_success" in "1",
    /// Hits that came, per online holder: `query_recall_live`. Above 1 where answers name holders that are gone.
    RecallLive => "query_recall_live" in "1",
    /// Hits that came, per holder within reach: `query_recall_reachable`.
    RecallReachable => "query_recall_reachable" in "1",
    /// Share of the queries for what somebody online held that found nothing: `query_existed_not_found_share`.
    ExistedNotFound => "query_existed_not_found_share" in "1",
    /// Success of queries for the most popular hundredth of the items. Items are numbered by popularity; a class has one item at
    /// least as long as there are any.
    SuccessFirst1 => "query_success_first_1_percent" in "1",
    /// Success of queries for the next 9 % of the items.
    SuccessNext9 => "query_success_next_9_percent" in "1",
    /// Success of queries for the next 40 %.
    SuccessNext40 => "query_success_next_40_percent" in "1",
    /// Success of queries for the less popular half.
    SuccessLast50 => "query_success_last_50_percent" in "1",
    /// Median time from a query to its first hit, over queries with one.
    FirstHitMedian => "first_hit_ms_median" in "ms",
    /// 95th percentile of the same.
    FirstHit95 => "first_hit_ms_95" in "ms",
    /// Share of the downloads started that were completed: `download_success`.
    DownloadSuccess => "download_success" in "1",
    /// Median time from a query to the last verified byte of the file, over downloads completed.
    FileTimeMedian => "time_to_file_s_median" in "s",
    /// 95th percentile of the same.
    FileTime95 => "time_to_file_s_95" in "s",
    /// Bytes of messages sent per second that a peer was online: all peers' together.
    PeerBytesMean => "bytes_per_peer_per_second_mean" in "bytes/s",
    /// The same of each peer that was online for a minute or longer in all: their median.
    PeerBytesMedian => "bytes_per_peer_per_second_median" in "bytes/s",
    /// Their 99th percentile.
    PeerBytes99 => "bytes_per_peer_per_second_99" in "bytes/s",
    /// Gini coefficient of the bytes of messages that peers sent and received: 0 if all bear the same, near 1 if one bears all.
    /// Service nodes are no peers here.
    LoadGini => "load_gini" in "1",
    /// Share of these bytes that the most loaded hundredth of the peers bear.
    LoadTopShare => "load_top_percent_share" in "1",
    /// Bytes of messages that service nodes sent and received.
    ServerMessageBytes => "server_message_bytes" in "bytes",
    /// Bytes of files that service nodes sent.
    ServerPayloadBytes => "server_payload_bytes" in "bytes",
}

/// A number for each measure that there is.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured(Vec<Option<f64>>);

impl Default for Measured {
    fn default() -> Self {
        Self(vec![None; Measure::ALL.len()])
    }
}

impl Measured {
    /// Enters a number, if there is one.
    pub fn set(&mut self, measure: Measure, value: Option<f64>) {
        self.0[measure as usize] = value;
    }

    /// The number.
    pub fn get(&self, measure: Measure) -> Option<f64> {
        self.0[measure as usize]
    }
}

/// A row of `comparison.csv`: one replication of one scenario.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparisonRow {
    /// Name of the scenario's file, without its ending.
    pub scenario: Arc<str>,
    /// Its overlay; empty if it has none.
    pub overlay: Arc<str>,
    /// Number of the replication.
    pub replication: u64,
    /// What it found before it: equal for all scenarios, replication by replication.
    pub world: World,
    /// What was measured.
    pub measured: Measured,
}

#[cfg(test)]
impl ComparisonRow {
    /// A row in which these numbers were measured and nothing else is known, for tests.
    pub(crate) fn of(scenario: &str, replication: u64, numbers: &[(Measure, f64)]) -> Self {
        let mut measured = Measured::default();
        for (measure, value) in numbers {
            measured.set(*measure, Some(*value));
        }
        Self {
            scenario: scenario.into(),
            overlay: "chord".into(),
            replication,
            world: World::default(),
            measured,
        }
    }
}

/// Columns before the measures.
const FIRST: usize = 6;

impl Row for ComparisonRow {
    const TABLE: &'static str = "comparison";
    const NUMBER: u64 = 21;
    const COLUMNS: &'static [&'static str] = COLUMNS;

    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>)) {
        visit(Cell::Text(&self.scenario));
        visit(Cell::Text(&self.overlay));
        visit(Plain::cell(&self.replication));
        for (_, channel) in self.world.channels() {
            visit(Cell::Digest(channel.0));
        }
        for value in &self.measured.0 {
            visit(Maybe::<Ratio>::cell(value));
        }
    }

    fn parse(fields: &csv::StringRecord) -> Result<Self, usize> {
        let text = |at: usize| fields.get(at).ok_or(at);
        let channel = |at: usize| Hexadecimal::parse(text(at)?).ok_or(at);
        let value = |at: usize| Maybe::<Ratio>::parse(text(at)?).ok_or(at);
        let measured = (FIRST..FIRST + Measure::ALL.len()).map(value);
        Ok(Self {
            scenario: text(0)?.into(),
            overlay: text(1)?.into(),
            replication: Plain::parse(text(2)?).ok_or(2_usize)?,
            world: World {
                population: channel(3)?,
                content: channel(4)?,
                workload: channel(5)?,
            },
            measured: Measured(measured.collect::<Result<_, _>>()?),
        })
    }
}

row! {
    /// A row of `comparison_intervals.csv`: one measure of one scenario.
    ComparisonInterval in "comparison_intervals" number 22;
    /// Name of the scenario's file, without its ending.
    scenario: Arc<str> => "scenario" as Name,
    /// The column of `comparison.csv`.
    measure: Arc<str> => "measure" as Name,
    /// Its unit.
    unit: Arc<str> => "unit" as Name,
    /// Replications in which there is a number.
    n: u64 => "n" as Plain,
    /// Mean of them; empty if there are none.
    mean: Option<f64> => "mean" as Maybe<Ratio>,
    /// Standard deviation; empty for fewer than two.
    sd: Option<f64> => "sd" as Maybe<Ratio>,
    /// Half of the width of the mean's 95 % interval; empty for fewer than two.
    half_width_95: Option<f64> => "half_width_95" as Maybe<Ratio>,
    /// Mean of the differences to the first scenario, replication by replication: on common random numbers they vary less than
    /// their terms. Empty where there are none.
    difference: Option<f64> => "difference_to_first" as Maybe<Ratio>,
    /// Half of the width of its 95 % interval; empty for fewer than two.
    difference_half_width_95: Option<f64> => "difference_half_width_95" as Maybe<Ratio>,
}

/// The scenarios of a comparison with their rows, in the order of the table.
pub fn by_scenario(rows: &[ComparisonRow]) -> Vec<(&str, Vec<&ComparisonRow>)> {
    let mut scenarios: Vec<(&str, Vec<&ComparisonRow>)> = Vec::new();
    for row in rows {
        match scenarios.iter_mut().find(|(name, _)| **name == *row.scenario) {
            Some((_, rows)) => rows.push(row),
            None => scenarios.push((&row.scenario, vec![row])),
        }
    }
    scenarios
}

/// The mean of a measure over a scenario's rows.
pub fn interval(rows: &[&ComparisonRow], measure: Measure) -> Option<Interval> {
    let values: Vec<f64> = rows.iter().filter_map(|row| row.measured.get(measure)).collect();
    Interval::of(&values)
}

/// The mean of the differences of a measure between two scenarios, over the replications in which both have it.
pub fn paired(rows: &[&ComparisonRow], others: &[&ComparisonRow], measure: Measure) -> Option<Interval> {
    let difference = |row: &&ComparisonRow| {
        let other = others.iter().find(|other| other.replication == row.replication)?;
        Some(row.measured.get(measure)? - other.measured.get(measure)?)
    };
    let differences: Vec<f64> = rows.iter().filter_map(difference).collect();
    Interval::of(&differences)
}

/// All measures of all scenarios, with their intervals.
pub fn intervals(rows: &[ComparisonRow]) -> Vec<ComparisonInterval> {
    let scenarios = by_scenario(rows);
    let mut all = Vec::with_capacity(scenarios.len() * Measure::ALL.len());
    for (place, (scenario, rows)) in scenarios.iter().enumerate() {
        for &measure in Measure::ALL {
            let own = interval(rows, measure);
            let spread = own.and_then(|own| own.spread);
            let difference = (place > 0)
                .then(|| paired(rows, &scenarios[0].1, measure))
                .flatten();
            all.push(ComparisonInterval {
                scenario: (*scenario).into(),
                measure: measure.column().into(),
                unit: measure.unit().into(),
                n: own.map_or(0, |own| own.n),
                mean: own.map(|own| own.mean),
                sd: spread.map(|spread| spread.sd),
                half_width_95: spread.map(|spread| spread.half_width),
                difference: difference.map(|difference| difference.mean),
                difference_half_width_95: difference.and_then(|difference| difference.half_width()),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{read_table, write_table};

    fn row(scenario: &str, replication: u64, success: Option<f64>) -> ComparisonRow {
        let mut measured = Measured::default();
        measured.set(Measure::Success, success);
        measured.set(Measure::PeerBytes99, Some(0.1 + replication as f64));
        ComparisonRow {
            scenario: scenario.into(),
            overlay: "chord".into(),
            replication,
            world: World {
                population: Channel(u128::MAX),
                content: Channel(0),
                workload: Channel(17),
            },
            measured,
        }
    }

    fn rows() -> Vec<ComparisonRow> {
        vec![
            row("a", 0, Some(0.5)),
            row("a", 1, Some(0.7)),
            row("b", 0, Some(0.6)),
            row("b", 1, Some(0.9)),
            row("c", 0, None),
            row("c", 1, Some(0.25)),
        ]
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_table::<ComparisonRow>(folder.path()).unwrap(), None);
        write_table(folder.path(), &rows()).unwrap();
        assert_eq!(read_table(folder.path()).unwrap(), Some(rows()));
        write_table(folder.path(), &intervals(&rows())).unwrap();
        assert_eq!(read_table(folder.path()).unwrap(), Some(intervals(&rows())));
        assert_eq!(COLUMNS.len(), FIRST + Measure::ALL.len());
        for (place, measure) in Measure::ALL.iter().enumerate() {
            assert_eq!(
                (*measure as usize, COLUMNS[FIRST + place]),
                (place, measure.column())
            );
        }
    }

    #[test]
    fn intervals_are_of_one_value_a_replication_and_differences_are_paired() {
        let all = intervals(&rows());
        let find = |scenario: &str| {
            let is_it = |row: &&ComparisonInterval| {
                &*row.scenario == scenario && &*row.measure == Measure::Success.column()
            };
            all.iter().find(is_it).unwrap()
        };
        let near = |found: Option<f64>, expected: f64| {
            let found = found.unwrap();
            assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
        };
        // Of two values: sd = |difference| / sqrt(2), half-width = t(1) |difference| / 2.
        let t = 12.706_204_736_174_7;
        let (a, b, c) = (find("a"), find("b"), find("c"));
        near(a.mean, 0.6);
        near(a.sd, 0.2 / 2.0_f64.sqrt());
        near(a.half_width_95, t * 0.1);
        assert_eq!((a.difference, a.difference_half_width_95), (None, None));
        // 0.1 and 0.2.
        near(b.mean, 0.75);
        near(b.difference, 0.15);
        near(b.difference_half_width_95, t * 0.05);
        assert_eq!((c.n, c.half_width_95), (1, None));
        near(c.difference, -0.45);
        let empty = all.iter().find(|row| &*row.measure == "load_gini").unwrap();
        assert_eq!((empty.n, empty.mean), (0, None));
    }
}

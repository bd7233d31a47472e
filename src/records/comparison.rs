//! What overlays make of one world, side by side: `comparison.csv` of scenarios as they stand, `survival.csv` and `growth.csv` of
//! what becomes of them step by step; and the intervals of each.

mod measure;
mod step;

pub use measure::{Measure, Measured};
pub use step::{AsItStands, Attack, Size, Step, Target};

use super::column::{Cell, Codec as _, Maybe, Plain, Ratio};
use super::interval::Interval;
use super::ladder::Hexadecimal;
use super::table::Row;
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

/// A row of a comparison: one replication of one step of one scenario.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparedRow<S> {
    /// Name of the scenario's file, without its ending.
    pub scenario: Arc<str>,
    /// Its overlay; empty if it has none.
    pub overlay: Arc<str>,
    /// What was changed in all scenarios.
    pub step: S,
    /// Number of the replication.
    pub replication: u64,
    /// What it found before it: equal for all scenarios, step by step and replication by replication.
    pub world: World,
    /// What was measured.
    pub measured: Measured,
}

/// A row of `comparison.csv`.
pub type ComparisonRow = ComparedRow<AsItStands>;
/// A row of `survival.csv`.
pub type SurvivalRow = ComparedRow<Attack>;
/// A row of `growth.csv`.
pub type GrowthRow = ComparedRow<Size>;

/// Columns of a table of runs before those that say the step, and between these and the measures.
const IN_ROWS: (&[&str], &[&str]) = (
    &["scenario", "overlay"],
    &[
        "replication",
        "population_digest",
        "content_digest",
        "workload_digest",
    ],
);

#[cfg(test)]
impl<S: Step> ComparedRow<S> {
    /// A row of a step in which these numbers were measured and nothing else is known, for tests.
    pub(crate) fn at(scenario: &str, step: S, replication: u64, numbers: &[(Measure, f64)]) -> Self {
        let mut measured = Measured::default();
        for (measure, value) in numbers {
            measured.set(*measure, Some(*value));
        }
        Self {
            scenario: scenario.into(),
            overlay: "chord".into(),
            step,
            replication,
            world: World::default(),
            measured,
        }
    }
}

#[cfg(test)]
impl ComparisonRow {
    /// A row of a scenario as it stands, for tests.
    pub(crate) fn of(scenario: &str, replication: u64, numbers: &[(Measure, f64)]) -> Self {
        Self::at(scenario, AsItStands, replication, numbers)
    }
}

impl<S: Step> Row for ComparedRow<S> {
    const TABLE: &'static str = S::ROWS.0;
    const NUMBER: u64 = S::ROWS.1;
    const COLUMNS: &'static [&'static str] = S::ROW_COLUMNS;

    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>)) {
        visit(Cell::Text(&self.scenario));
        visit(Cell::Text(&self.overlay));
        self.step.visit(visit);
        visit(Plain::cell(&self.replication));
        for (_, channel) in self.world.channels() {
            visit(Cell::Digest(channel.0));
        }
        for measure in S::MEASURES {
            visit(Maybe::<Ratio>::cell(&self.measured.get(*measure)));
        }
    }

    fn parse(fields: &csv::StringRecord) -> Result<Self, usize> {
        let text = |at: usize| fields.get(at).ok_or(at);
        let channel = |at: usize| Hexadecimal::parse(text(at)?).ok_or(at);
        let value = |at: usize| Maybe::<Ratio>::parse(text(at)?).ok_or(at);
        let step_at = IN_ROWS.0.len();
        let at = step_at + S::COLUMNS.len();
        let first = at + IN_ROWS.1.len();
        let values = (first..first + S::MEASURES.len()).map(value);
        let values: Vec<Option<f64>> = values.collect::<Result<_, _>>()?;
        Ok(Self {
            scenario: text(0)?.into(),
            overlay: text(1)?.into(),
            step: S::parse(fields, step_at)?,
            replication: Plain::parse(text(at)?).ok_or(at)?,
            world: World {
                population: channel(at + 1)?,
                content: channel(at + 2)?,
                workload: channel(at + 3)?,
            },
            measured: Measured::of(S::MEASURES, values.into_iter()),
        })
    }
}

/// A row of the intervals of a comparison: one measure of one step of one scenario.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparedInterval<S> {
    /// Name of the scenario's file, without its ending.
    pub scenario: Arc<str>,
    /// What was changed in all scenarios.
    pub step: S,
    /// The column of the table of runs.
    pub measure: Arc<str>,
    /// Its unit.
    pub unit: Arc<str>,
    /// Replications in which there is a number.
    pub n: u64,
    /// Mean of them; empty if there are none.
    pub mean: Option<f64>,
    /// Standard deviation; empty for fewer than two.
    pub sd: Option<f64>,
    /// Half of the width of the mean's 95 % interval; empty for fewer than two.
    pub half_width_95: Option<f64>,
    /// Mean of the differences to the first scenario in the same step, replication by replication: on common random numbers they
    /// vary less than their terms. Empty where there are none.
    pub difference: Option<f64>,
    /// Half of the width of its 95 % interval; empty for fewer than two.
    pub difference_half_width_95: Option<f64>,
}

/// A row of `comparison_intervals.csv`.
pub type ComparisonInterval = ComparedInterval<AsItStands>;
/// A row of `survival_intervals.csv`.
pub type SurvivalInterval = ComparedInterval<Attack>;
/// A row of `growth_intervals.csv`.
pub type GrowthInterval = ComparedInterval<Size>;

/// Columns of a table of intervals before those that say the step, and after them.
const IN_INTERVALS: (&[&str], &[&str]) = (
    &["scenario"],
    &[
        "measure",
        "unit",
        "n",
        "mean",
        "sd",
        "half_width_95",
        "difference_to_first",
        "difference_half_width_95",
    ],
);

impl<S: Step> Row for ComparedInterval<S> {
    const TABLE: &'static str = S::INTERVALS.0;
    const NUMBER: u64 = S::INTERVALS.1;
    const COLUMNS: &'static [&'static str] = S::INTERVAL_COLUMNS;

    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>)) {
        visit(Cell::Text(&self.scenario));
        self.step.visit(visit);
        visit(Cell::Text(&self.measure));
        visit(Cell::Text(&self.unit));
        visit(Plain::cell(&self.n));
        for value in [
            &self.mean,
            &self.sd,
            &self.half_width_95,
            &self.difference,
            &self.difference_half_width_95,
        ] {
            visit(Maybe::<Ratio>::cell(value));
        }
    }

    fn parse(fields: &csv::StringRecord) -> Result<Self, usize> {
        let text = |at: usize| fields.get(at).ok_or(at);
        let value = |at: usize| Maybe::<Ratio>::parse(text(at)?).ok_or(at);
        let step_at = IN_INTERVALS.0.len();
        let at = step_at + S::COLUMNS.len();
        Ok(Self {
            scenario: text(0)?.into(),
            step: S::parse(fields, step_at)?,
            measure: text(at)?.into(),
            unit: text(at + 1)?.into(),
            n: Plain::parse(text(at + 2)?).ok_or(at + 2)?,
            mean: value(at + 3)?,
            sd: value(at + 4)?,
            half_width_95: value(at + 5)?,
            difference: value(at + 6)?,
            difference_half_width_95: value(at + 7)?,
        })
    }
}

/// The scenarios of a comparison with their rows, in the order of the table.
pub fn by_scenario<S>(rows: &[ComparedRow<S>]) -> Vec<(&str, Vec<&ComparedRow<S>>)> {
    let mut scenarios: Vec<(&str, Vec<&ComparedRow<S>>)> = Vec::new();
    for row in rows {
        match scenarios.iter_mut().find(|(name, _)| **name == *row.scenario) {
            Some((_, rows)) => rows.push(row),
            None => scenarios.push((&row.scenario, vec![row])),
        }
    }
    scenarios
}

/// The steps of a scenario's rows with the rows of each, in their order.
pub fn by_step<'r, S: Step>(rows: &[&'r ComparedRow<S>]) -> Vec<(S, Vec<&'r ComparedRow<S>>)> {
    let mut steps: Vec<(S, Vec<&ComparedRow<S>>)> = Vec::new();
    for row in rows {
        match steps.iter_mut().find(|(step, _)| *step == row.step) {
            Some((_, rows)) => rows.push(row),
            None => steps.push((row.step, vec![row])),
        }
    }
    steps
}

/// The mean of a measure over a scenario's rows.
pub fn interval<S>(rows: &[&ComparedRow<S>], measure: Measure) -> Option<Interval> {
    let values: Vec<f64> = rows.iter().filter_map(|row| row.measured.get(measure)).collect();
    Interval::of(&values)
}

/// The mean of the differences of a measure between two scenarios, over the replications in which both have it.
pub fn paired<S>(rows: &[&ComparedRow<S>], others: &[&ComparedRow<S>], measure: Measure) -> Option<Interval> {
    let difference = |row: &&ComparedRow<S>| {
        let other = others.iter().find(|other| other.replication == row.replication)?;
        Some(row.measured.get(measure)? - other.measured.get(measure)?)
    };
    let differences: Vec<f64> = rows.iter().filter_map(difference).collect();
    Interval::of(&differences)
}

/// All measures of all steps of all scenarios, with their intervals.
pub fn intervals<S: Step>(rows: &[ComparedRow<S>]) -> Vec<ComparedInterval<S>> {
    let scenarios = by_scenario(rows);
    let first = scenarios.first().map_or_else(Vec::new, |(_, rows)| by_step(rows));
    let mut all = Vec::new();
    for (place, (scenario, rows)) in scenarios.iter().enumerate() {
        for (step, rows) in by_step(rows) {
            let others = first
                .iter()
                .find(|(other, _)| place > 0 && *other == step)
                .map(|(_, rows)| rows);
            for &measure in S::MEASURES {
                let own = interval(&rows, measure);
                let spread = own.and_then(|own| own.spread);
                let difference = others.and_then(|others| paired(&rows, others, measure));
                all.push(ComparedInterval {
                    scenario: (*scenario).into(),
                    step,
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
            step: AsItStands,
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
        let first = IN_ROWS.0.len() + IN_ROWS.1.len();
        let columns = <ComparisonRow as Row>::COLUMNS;
        assert_eq!(columns.len(), first + Measure::COMPARED.len());
        for (place, measure) in Measure::COMPARED.iter().enumerate() {
            assert_eq!(columns[first + place], measure.column());
        }
    }

    #[test]
    fn steps_stand_in_columns_of_their_own_and_are_compared_one_by_one() {
        let attack = |target, share| Attack {
            target,
            share,
            at_ns: 1_500_000_000,
        };
        let row = |scenario: &str, step, replication, success| {
            SurvivalRow::at(scenario, step, replication, &[(Measure::Success, success)])
        };
        let (none, half) = (attack(Target::Nobody, 0.0), attack(Target::Servers, 0.5));
        let rows = [
            row("a", none, 0, 1.0),
            row("a", half, 0, 0.25),
            row("b", none, 0, 0.5),
            row("b", half, 0, 0.75),
            row("b", attack(Target::Random, 0.5), 0, 0.75),
        ];
        let folder = tempfile::tempdir().unwrap();
        write_table(folder.path(), &rows).unwrap();
        assert_eq!(read_table(folder.path()).unwrap(), Some(rows.to_vec()));
        let text = std::fs::read_to_string(folder.path().join("survival.csv")).unwrap();
        assert!(text.starts_with("scenario,overlay,target,share,at_s,replication,population_digest,"));
        assert!(text.contains("\na,chord,servers,0.5,1.5,0,"));
        let all = intervals(&rows);
        write_table(folder.path(), &all).unwrap();
        assert_eq!(read_table(folder.path()).unwrap(), Some(all.clone()));
        let differences: Vec<Option<f64>> = all
            .iter()
            .filter(|row| &*row.measure == "query_success")
            .map(|row| row.difference)
            .collect();
        // The first scenario has none to itself, nor has a step that it does not take.
        assert_eq!(differences, [None, None, Some(-0.5), Some(0.5), None]);
        let size = GrowthRow::at("a", Size { size: 1_000 }, 3, &[(Measure::Events, 7.0)]);
        write_table(folder.path(), std::slice::from_ref(&size)).unwrap();
        assert_eq!(read_table(folder.path()).unwrap(), Some(vec![size]));
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

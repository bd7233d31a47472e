//! What networks find and cost as they grow.

use toml::Value;

use super::axis::{self, Axis, AxisError, SIZE_MAX};
use crate::experiment::Results;
use crate::experiment::distribution;
use crate::experiment::run::{Error, Run};
use crate::records::comparison::Size;
use crate::records::{Measure, Measured};
use crate::scenario::Scenario;
use crate::scenario::schema::Combination;

/// The same scenarios at several sizes. Whole numbers of the scenario grow together, in proportion; what is said per peer or per
/// item stays, and so do all other numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Growth {
    /// The sizes: what the first of the keys becomes.
    pub sizes: Vec<u64>,
    /// Dotted keys of whole numbers that grow, the first with the sizes, the others in proportion to it and rounded, to 1 at least.
    pub keys: Vec<String>,
}

impl Growth {
    /// From a thousand to a hundred thousand peers, with as many items for each.
    pub fn usual() -> Self {
        Self {
            sizes: vec![1_000, 3_000, 10_000, 30_000, 100_000],
            keys: vec!["peers.count".to_owned(), "content.items".to_owned()],
        }
    }

    /// What the keys are in a scenario as it stands.
    fn numbers(&self, run: &Run) -> Result<Vec<u64>, Error> {
        let scenario = Value::try_from(&run.scenario).expect("what was read can be written as TOML");
        let number = |key: &String| {
            let value = key.split('.').try_fold(&scenario, below);
            let number = value
                .and_then(Value::as_integer)
                .and_then(|value| u64::try_from(value).ok());
            number.filter(|&number| number > 0).ok_or_else(|| {
                let message =
                    format!("`{key}` is no whole number above 0 of the scenario, and so it cannot grow");
                run.refuse_key(key, message)
            })
        };
        self.keys.iter().map(number).collect()
    }
}

impl Axis for Growth {
    type Step = Size;
    const NAME: &'static str = "growth";
    const FOLDER: &'static str = "growth";

    fn check(&self) -> Result<(), AxisError> {
        for (what, is_empty) in [
            ("sizes", self.sizes.is_empty()),
            ("keys that grow", self.keys.is_empty()),
        ] {
            if is_empty {
                return Err(AxisError::Nothing { what });
            }
        }
        if let Some(&size) = self.sizes.iter().find(|size| !(1..=SIZE_MAX).contains(*size)) {
            return Err(AxisError::Size { size });
        }
        axis::check_distinct("the size", &self.sizes)?;
        axis::check_distinct("the key", &self.keys)
    }

    fn steps(&self, run: &Run) -> Result<Vec<(Size, Combination)>, Error> {
        axis::check_no_sweep(run, Self::NAME)?;
        let numbers = self.numbers(run)?;
        let steps = self.sizes.iter().map(|&size| {
            let keys = self.keys.iter().zip(&numbers);
            let changes = keys.map(|(key, &number)| {
                let grown = i64::try_from(grown(number, size, numbers[0])).unwrap_or(i64::MAX);
                (key.clone(), Value::Integer(grown))
            });
            (Size { size }, changes.collect())
        });
        Ok(steps.collect())
    }

    fn measure(&self, _: &Size, scenario: &Scenario, results: &Results, events: u64) -> Measured {
        let mut measured = results.compared();
        measured.set(Measure::Events, Some(events as f64));
        if let Some(flash) = results.flash(scenario) {
            measured.set(Measure::Distribution, flash.distribution_s());
            measured.set(Measure::MinimumDistribution, distribution::minimum_s(&flash));
        }
        measured
    }
}

/// What stands in a table under a key, or in a list under a number or a name.
fn below<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Table(table) => table.get(key),
        Value::Array(list) => match key.parse() {
            Ok(place) => list.get::<usize>(place),
            Err(_) => list
                .iter()
                .find(|entry| entry.get("name").and_then(Value::as_str) == Some(key)),
        },
        _ => None,
    }
}

/// A number that grows as `size` is to `first`, rounded, 1 at least.
fn grown(number: u64, size: u64, first: u64) -> u64 {
    let scaled = u128::from(number) * u128::from(size) + u128::from(first / 2);
    u64::try_from(scaled / u128::from(first))
        .unwrap_or(u64::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_in_proportion() {
        for (number, size, first, expected) in [
            (10_000, 1_000, 10_000, 1_000),
            (500, 3, 1_000, 2),
            (1, 10, 100, 1),
            (7, 10, 10, 7),
            (3, 5, 10, 2),
            (u64::MAX, 2, 1, u64::MAX),
        ] {
            assert_eq!(
                grown(number, size, first),
                expected,
                "{number} at {size} of {first}"
            );
        }
    }

    #[test]
    fn keys_lead_through_tables_and_lists() {
        let text = "peers.count = 5\n[[peers.group]]\nname = \"a\"\ncount = 2\n[[peers.group]]\nname = \"b\"\ncount = 3\n";
        let value: Value = Value::Table(text.parse().unwrap());
        for (key, expected) in [
            ("peers.count", Some(5)),
            ("peers.group.b.count", Some(3)),
            ("peers.group.0.count", Some(2)),
            ("peers.group.2.count", None),
            ("peers.group.c.count", None),
            ("peers.count.x", None),
            ("content", None),
        ] {
            let found = key.split('.').try_fold(&value, below).and_then(Value::as_integer);
            assert_eq!(found, expected, "{key}");
        }
    }
}

//! `[sweep]`: values of keys, to be played in all combinations.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// `[sweep]`: dotted keys of the scenario in quotation marks, each with a list of the values that it takes. `servent sweep`
/// plays every combination of them, at most 1,000; all other verbs take the scenario as it stands.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Sweep(pub BTreeMap<String, Vec<Swept>>);

/// A value of a key, of whatever kind that key takes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Swept(pub toml::Value);

/// One value for each swept key, in the order of the keys.
pub type Combination = Vec<(String, toml::Value)>;

impl Sweep {
    /// Whether no key is swept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of combinations; 1 where no key is swept.
    pub fn combinations_number(&self) -> u128 {
        let lengths = self.0.values().map(|values| values.len() as u128);
        lengths.fold(1, u128::saturating_mul)
    }

    /// The combination of a number from 0 on: the last key's values change fastest.
    ///
    /// # Panics
    /// When there are not so many combinations.
    pub fn combination(&self, number: usize) -> Combination {
        let lengths: Vec<usize> = self.0.values().map(Vec::len).collect();
        let chosen = chosen(number, &lengths);
        let value = |((key, values), place): ((&String, &Vec<Swept>), usize)| {
            let value: &Swept = &values[place];
            (key.clone(), value.0.clone())
        };
        self.0.iter().zip(chosen).map(value).collect()
    }
}

/// Which of so many values each key has in the combination of a number from 0 on: the last key's change fastest.
///
/// # Panics
/// When there are not so many combinations.
pub(crate) fn chosen(number: usize, lengths: &[usize]) -> Vec<usize> {
    let mut rest = number;
    let mut chosen: Vec<usize> = Vec::with_capacity(lengths.len());
    for length in lengths.iter().rev() {
        chosen.push(rest % length);
        rest /= length;
    }
    assert_eq!(rest, 0, "a combination's number is below their number");
    chosen.reverse();
    chosen
}

impl JsonSchema for Swept {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Swept".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A value that the key takes.", "x-any": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(text: &str) -> Sweep {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn combinations_are_all_different_and_in_order() {
        let sweep = sweep("\"a.b\" = [1, 2]\nc = [\"x\", { y = 1 }, 3]\n");
        assert_eq!(sweep.combinations_number(), 6);
        let told: Vec<String> = (0..6)
            .map(|number| {
                let values = sweep.combination(number);
                let told: Vec<String> = values
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                told.join(" ")
            })
            .collect();
        assert_eq!(
            told,
            [
                "a.b=1 c=\"x\"",
                "a.b=1 c={ y = 1 }",
                "a.b=1 c=3",
                "a.b=2 c=\"x\"",
                "a.b=2 c={ y = 1 }",
                "a.b=2 c=3",
            ]
        );
    }

    #[test]
    fn without_keys_there_is_the_scenario_itself() {
        let sweep = sweep("");
        assert_eq!(sweep.combinations_number(), 1);
        assert_eq!(sweep.combination(0), []);
    }
}

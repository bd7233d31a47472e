//! One number that a run is judged by: a count, a ratio or a whole distribution.

use super::RecordError;
use super::interval::Interval;
use serde::Serialize;
use std::collections::BTreeMap;

/// A metric with its unit.
#[derive(Clone, PartialEq, Debug)]
pub struct Metric {
    /// What it is called in `summary.json`: whole words with underscores, no unit.
    pub name: String,
    /// Its unit: `1` for a ratio, otherwise a word or symbol such as `queries`, `bytes`, `ms`.
    pub unit: &'static str,
    /// What it is.
    pub value: Value,
}

/// The value of a metric.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Not defined in this run: the mean of nothing, a ratio to zero.
    Undefined,
    /// An exact whole number.
    Integer(i128),
    /// A real number.
    Real(f64),
    /// Many numbers.
    Distribution(Distribution),
    /// What replications gave; `None`: none gave a value.
    Interval(Option<Interval>),
}

impl Value {
    /// Its numbers with their names, `value` if it is a single one; `None` where it is not defined.
    pub fn parts(&self) -> Vec<(String, Option<f64>)> {
        let single = |value| vec![("value".to_owned(), value)];
        match self {
            Self::Undefined => single(None),
            Self::Integer(value) => single(Some(*value as f64)),
            Self::Real(value) => single(Some(*value)),
            Self::Distribution(distribution) => {
                let n = ("n".to_owned(), Some(distribution.n as f64));
                let parts = distribution.parts().into_iter();
                std::iter::once(n)
                    .chain(parts.map(|(name, value)| (name, Some(value))))
                    .collect()
            }
            Self::Interval(interval) => {
                let spread = interval.and_then(|interval| interval.spread);
                let part = |name: &str, value| (name.to_owned(), value);
                vec![
                    part("n", Some(interval.map_or(0.0, |interval| interval.n as f64))),
                    part("mean", interval.map(|interval| interval.mean)),
                    part("sd", spread.map(|spread| spread.sd)),
                    part("half_width_95", spread.map(|spread| spread.half_width)),
                ]
            }
        }
    }
}

impl std::fmt::Display for Value {
    /// In a few digits, for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Undefined | Self::Interval(None) => f.write_str("-"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value:.4}"),
            Self::Distribution(distribution) => match &distribution.shape {
                Some(shape) => write!(f, "{:.4} (n = {})", shape.mean, distribution.n),
                None => f.write_str("-"),
            },
            Self::Interval(Some(interval)) => match interval.half_width() {
                Some(half_width) => write!(f, "{:.4} ± {half_width:.4}", interval.mean),
                None => write!(f, "{:.4}", interval.mean),
            },
        }
    }
}

impl Metric {
    /// An exact whole number.
    pub fn integer(name: impl Into<String>, unit: &'static str, value: impl TryInto<i128>) -> Self {
        let value = value.try_into().ok().expect("a count fits 127 bits");
        Self::new(name, unit, Value::Integer(value))
    }

    /// A real number.
    pub fn real(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self::new(name, unit, Value::Real(value))
    }

    /// A ratio of two counts; undefined where there is nothing to divide by.
    pub fn ratio(name: impl Into<String>, unit: &'static str, part: u128, whole: u128) -> Self {
        let value = if whole == 0 {
            Value::Undefined
        } else {
            Value::Real(part as f64 / whole as f64)
        };
        Self::new(name, unit, value)
    }

    /// A distribution of whole numbers, divided by `divisor` (1e6 turns nanoseconds into milliseconds).
    pub fn distribution(name: impl Into<String>, unit: &'static str, values: Vec<u64>, divisor: u32) -> Self {
        let distribution = Distribution::of(values, divisor);
        Self::new(name, unit, Value::Distribution(distribution))
    }

    /// The mean of one value for each replication that has one.
    pub fn interval(name: impl Into<String>, unit: &'static str, values: &[f64]) -> Self {
        Self::new(name, unit, Value::Interval(Interval::of(values)))
    }

    fn new(name: impl Into<String>, unit: &'static str, value: Value) -> Self {
        Self {
            name: name.into(),
            unit,
            value,
        }
    }

    /// Refuses numbers that are not finite.
    pub(super) fn check(&self) -> Result<(), RecordError> {
        let refuse = |name: String, value: f64| {
            if value.is_finite() {
                Ok(())
            } else {
                Err(RecordError::NotFinite { name, value })
            }
        };
        match &self.value {
            Value::Undefined | Value::Integer(_) => Ok(()),
            Value::Real(value) => refuse(self.name.clone(), *value),
            Value::Distribution(parts) => parts
                .parts()
                .into_iter()
                .try_for_each(|(part, value)| refuse(format!("{}.{part}", self.name), value)),
            Value::Interval(_) => self
                .value
                .parts()
                .into_iter()
                .filter_map(|(part, value)| Some((part, value?)))
                .try_for_each(|(part, value)| refuse(format!("{}.{part}", self.name), value)),
        }
    }
}

/// Percentiles that are kept of a distribution.
pub const PERCENTILES: [u32; 8] = [1, 5, 25, 50, 75, 90, 95, 99];

/// The shape of many numbers. Exact: nothing is binned or estimated.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Distribution {
    /// How many there are; with none, everything else is absent.
    pub n: u64,
    /// What they are like.
    pub shape: Option<Shape>,
}

/// What numbers are like, if there are any.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of the sample (n - 1); 0 for a single number.
    pub sd: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// [`PERCENTILES`] by nearest rank: the smallest value that at least p % of the values do not exceed.
    pub percentiles: [f64; PERCENTILES.len()],
}

impl Distribution {
    /// The distribution of whole numbers in any order, divided by `divisor`.
    ///
    /// Sums are taken over sorted values, so the order in which they come cannot show in the last bit.
    ///
    /// # Panics
    /// When `divisor` is 0.
    pub fn of(mut values: Vec<u64>, divisor: u32) -> Self {
        assert!(divisor > 0, "values are divided by something");
        values.sort_unstable();
        let n = values.len() as u64;
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            return Self::default();
        };
        let scaled = |value: u64| value as f64 / f64::from(divisor);
        let sum: u128 = values.iter().map(|&value| u128::from(value)).sum();
        let mean = sum as f64 / n as f64;
        let squares: f64 = values
            .iter()
            .map(|&value| {
                let from_mean = value as f64 - mean;
                from_mean * from_mean
            })
            .sum();
        let sd = if n > 1 {
            (squares / (n - 1) as f64).sqrt()
        } else {
            0.0
        };
        Self {
            n,
            shape: Some(Shape {
                mean: mean / f64::from(divisor),
                sd: sd / f64::from(divisor),
                min: scaled(min),
                max: scaled(max),
                percentiles: PERCENTILES.map(|percent| scaled(percentile(&values, percent))),
            }),
        }
    }

    /// Its numbers with their names, `n` apart.
    pub fn parts(&self) -> Vec<(String, f64)> {
        let Some(shape) = &self.shape else {
            return Vec::new();
        };
        let mut parts = vec![
            ("mean".to_owned(), shape.mean),
            ("sd".to_owned(), shape.sd),
            ("min".to_owned(), shape.min),
            ("max".to_owned(), shape.max),
        ];
        for (percent, value) in PERCENTILES.iter().zip(shape.percentiles) {
            parts.push((format!("p{percent}"), value));
        }
        parts
    }
}

/// A percentile of sorted, non-empty numbers by nearest rank (Hyndman and Fan 1996, definition 1).
///
/// # Panics
/// When there are no numbers, or `percent` is above 100.
pub fn percentile(sorted: &[u64], percent: u32) -> u64 {
    let rank = (sorted.len() as u128 * u128::from(percent)).div_ceil(100).max(1);
    let place = usize::try_from(rank - 1).expect("a rank is no larger than the number of values");
    sorted[place]
}

/// A number in JSON: whole ones exactly, others in the shortest form that reads back equal; -0 is 0.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Integer(i128),
    Real(f64),
}

impl Metric {
    fn serialize_interval<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut parts = self.value.parts();
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut map = serializer.serialize_map(Some(parts.len() + 1))?;
        for (name, value) in parts {
            let number = value.map(|value| match &self.value {
                Value::Interval(Some(interval)) if name == "n" => Number::Integer(i128::from(interval.n)),
                Value::Interval(None) if name == "n" => Number::Integer(0),
                _ => Number::Real(value + 0.0),
            });
            map.serialize_entry(&name, &number)?;
        }
        map.serialize_entry("unit", self.unit)?;
        map.end()
    }
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Scalar {
            unit: &'static str,
            value: Option<Number>,
        }
        let value = match &self.value {
            Value::Undefined => None,
            Value::Integer(value) => Some(Number::Integer(*value)),
            Value::Real(value) => Some(Number::Real(value + 0.0)),
            Value::Interval(_) => return self.serialize_interval(serializer),
            Value::Distribution(distribution) => {
                #[derive(Serialize)]
                #[serde(untagged)]
                enum Part {
                    Unit(&'static str),
                    Number(Number),
                }
                let mut parts: BTreeMap<String, Part> = distribution
                    .parts()
                    .into_iter()
                    .map(|(name, value)| (name, Part::Number(Number::Real(value + 0.0))))
                    .collect();
                let n = Number::Integer(i128::from(distribution.n));
                parts.insert("n".to_owned(), Part::Number(n));
                parts.insert("unit".to_owned(), Part::Unit(self.unit));
                return parts.serialize(serializer);
            }
        };
        let unit = self.unit;
        Scalar { unit, value }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "these numbers have exact expectations")]
    use super::*;
    use proptest::prelude::*;

    /// By definition, counting for every candidate: the smallest value that at least p % do not exceed.
    fn slow_percentile(values: &[u64], percent: u32) -> u64 {
        let reached = |x: u64| values.iter().filter(|&&value| value <= x).count() as u128 * 100;
        let enough = values.len() as u128 * u128::from(percent);
        let candidates = values.iter().copied().filter(|&x| reached(x) >= enough);
        candidates.min().unwrap()
    }

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_definition(values in prop::collection::vec(0_u64..50, 1..300)) {
            let shape = Distribution::of(values.clone(), 1).shape.unwrap();
            for (percent, value) in PERCENTILES.iter().zip(shape.percentiles) {
                prop_assert_eq!(value, slow_percentile(&values, *percent) as f64);
            }
        }

        #[test]
        fn the_order_of_the_values_cannot_show(mut values in prop::collection::vec(any::<u64>(), 0..100)) {
            let forwards = Distribution::of(values.clone(), 1_000_000);
            values.reverse();
            prop_assert_eq!(forwards, Distribution::of(values, 1_000_000));
        }
    }

    #[test]
    fn shapes_of_known_numbers() {
        let shape = Distribution::of(
            vec![
                2_000_000, 4_000_000, 4_000_000, 4_000_000, 5_000_000, 5_000_000, 7_000_000, 9_000_000,
            ],
            1_000_000,
        )
        .shape
        .unwrap();
        assert_eq!((shape.mean, shape.min, shape.max), (5.0, 2.0, 9.0));
        // The squares of the differences sum to 32.
        assert_eq!(shape.sd, (32.0_f64 / 7.0).sqrt());
        assert_eq!(shape.percentiles, [2.0, 2.0, 4.0, 4.0, 5.0, 9.0, 9.0, 9.0]);
        assert_eq!(Distribution::of(vec![3], 1).shape.unwrap().sd, 0.0);
        assert_eq!(Distribution::of(Vec::new(), 1).shape, None);
    }
}

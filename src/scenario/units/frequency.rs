//! How often something happens, as an exact fraction.

use super::decimal::greatest_common_divisor;
use super::kind::{FREQUENCY, QuantityError, shown};
use super::quantity::text_form;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// How often something happens: `"0.5 /s"`, `"2 /h"`. Kept as the exact fraction `events / period`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frequency {
    events: u64,
    period_ns: u64,
}

impl Frequency {
    /// `events` in `period_ns` nanoseconds, in lowest terms; never, if `events` is 0.
    ///
    /// # Panics
    /// When the period is 0.
    pub fn new(events: u64, period_ns: u64) -> Self {
        assert!(period_ns > 0, "a period is longer than nothing");
        let shared = greatest_common_divisor(u128::from(events), u128::from(period_ns));
        let shared = u64::try_from(shared).expect("no larger than the period");
        Self {
            events: events / shared,
            period_ns: period_ns / shared,
        }
    }

    /// Events in [`Self::period_ns`]; 0 for never.
    pub const fn events(self) -> u64 {
        self.events
    }

    /// The period in nanoseconds, at least 1.
    pub const fn period_ns(self) -> u64 {
        self.period_ns
    }

    /// The mean time between two events in nanoseconds; infinite for never.
    pub fn mean_ns(self) -> f64 {
        self.period_ns as f64 / self.events as f64
    }

    /// The number in front of a unit of `unit_ns`, if it is a finite decimal of at most 18 places.
    fn write_number(self, unit_ns: u128) -> Option<String> {
        let numerator = u128::from(self.events) * unit_ns;
        let period = u128::from(self.period_ns);
        let shared = greatest_common_divisor(numerator, period);
        let (numerator, mut divisor) = (numerator / shared, period / shared);
        let (whole, rest) = (numerator / divisor, numerator % divisor);
        if rest == 0 {
            return Some(whole.to_string());
        }
        let mut places = 0_u32;
        while !10_u128.pow(places).is_multiple_of(divisor) {
            places += 1;
            if places > 36 {
                return None;
            }
        }
        let scale = 10_u128.pow(places) / divisor;
        divisor = rest.checked_mul(scale)?;
        Some(format!("{whole}.{divisor:0width$}", width = places as usize))
    }
}

impl std::str::FromStr for Frequency {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, period_ns) = FREQUENCY.parts(text)?;
        let period = 10_u128
            .checked_pow(number.places)
            .and_then(|scale| scale.checked_mul(period_ns))
            .ok_or_else(|| too_fine(text))?;
        let shared = greatest_common_divisor(number.mantissa, period);
        let (events, period) = (number.mantissa / shared, period / shared);
        // Above one event per nanosecond there is nothing that time could resolve.
        if events > period {
            return Err(FREQUENCY.too_large(text));
        }
        match (u64::try_from(events), u64::try_from(period)) {
            (Ok(events), Ok(period_ns)) => Ok(Self { events, period_ns }),
            _ => Err(too_fine(text)),
        }
    }
}

fn too_fine(text: &str) -> QuantityError {
    FREQUENCY.error(
        format!("\"{}\" has more digits than can be kept", shown(text)),
        "too fine",
    )
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut best: Option<String> = None;
        for &(unit, period_ns) in FREQUENCY.units {
            if let Some(number) = self.write_number(period_ns) {
                let text = format!("{number} {unit}");
                if best.as_ref().is_none_or(|known| text.len() < known.len()) {
                    best = Some(text);
                }
            }
        }
        match best {
            Some(text) => f.write_str(&text),
            // Only for fractions made in code: no text in our units stands for them.
            None => write!(f, "{} /{} ns", self.events, self.period_ns),
        }
    }
}

text_form!(Frequency, FREQUENCY);

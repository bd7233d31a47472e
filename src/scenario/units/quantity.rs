//! The quantities: durations, rates, sizes, distances, speeds, frequencies.

use super::decimal::{self, Decimal, DecimalError, Inexact, greatest_common_divisor};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// Why a text is not the quantity it should be, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}; {help}")]
pub struct QuantityError {
    /// What is wrong, as a fragment that follows a key ("has an unknown unit ...").
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// The heart of the matter in a few words.
    pub label: &'static str,
    /// Whether it is a quantity of the right kind, only more than anybody needs.
    pub too_large: bool,
}

/// One kind of quantity: how the scenario reader knows it without knowing its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantity {
    /// What stands under `x-quantity` in the JSON Schema.
    pub(crate) name: &'static str,
    /// The kind with its article, for messages.
    pub(crate) article: &'static str,
    /// One finest step, for messages.
    pub(crate) step: &'static str,
    /// A good example.
    pub(crate) example: &'static str,
    /// The units to propose when there is none.
    usual_units: [&'static str; 2],
    /// The unit a zero is written with.
    zero_unit: &'static str,
    /// Whether the shortest form is written rather than the largest unit.
    shortest: bool,
    /// Units and how many finest steps each has. The first ones are used for writing, in this order of preference.
    pub(crate) units: &'static [(&'static str, u128)],
    /// Other spellings that are understood.
    aliases: &'static [(&'static str, u128)],
    /// The largest value in steps: far above anything that is simulated, far below what overflows when a few are added.
    largest: u128,
    /// The same in words.
    largest_words: &'static str,
}

const DURATION: Quantity = Quantity {
    name: "duration",
    article: "a duration",
    step: "1 ns",
    example: "50 ms",
    usual_units: ["ms", "s"],
    zero_unit: "s",
    shortest: false,
    units: &[
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("min", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ],
    aliases: &[("µs", 1_000), ("μs", 1_000)],
    largest: 3_155_760_000_000_000_000,
    largest_words: "100 years",
};

const RATE: Quantity = Quantity {
    name: "rate",
    article: "a rate",
    step: "1 bit/s",
    example: "1.5 Mbit/s",
    usual_units: ["kbit/s", "Mbit/s"],
    zero_unit: "bit/s",
    shortest: false,
    units: &[
        ("Gbit/s", 1_000_000_000),
        ("Mbit/s", 1_000_000),
        ("kbit/s", 1_000),
        ("bit/s", 1),
    ],
    aliases: &[
        ("GB/s", 8_000_000_000),
        ("MB/s", 8_000_000),
        ("kB/s", 8_000),
        ("B/s", 8),
        ("GiB/s", 8 << 30),
        ("MiB/s", 8 << 20),
        ("KiB/s", 8 << 10),
    ],
    largest: 1_000_000_000_000_000,
    largest_words: "1000000 Gbit/s",
};

const BYTES: Quantity = Quantity {
    name: "bytes",
    article: "a size",
    step: "1 B",
    example: "256 KiB",
    usual_units: ["KiB", "MB"],
    zero_unit: "B",
    shortest: true,
    units: &[
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
        ("B", 1),
    ],
    aliases: &[],
    largest: 1_000_000_000_000_000,
    largest_words: "1000 TB",
};

const DISTANCE: Quantity = Quantity {
    name: "distance",
    article: "a distance",
    step: "1 m",
    example: "5000 km",
    usual_units: ["km", "m"],
    zero_unit: "m",
    shortest: false,
    units: &[("km", 1_000), ("m", 1)],
    aliases: &[],
    largest: 1_000_000_000_000,
    largest_words: "1000000000 km",
};

const SPEED: Quantity = Quantity {
    name: "speed",
    article: "a speed",
    step: "1 m/s",
    example: "200000 km/s",
    usual_units: ["km/s", "m/s"],
    zero_unit: "m/s",
    shortest: false,
    units: &[("km/s", 1_000), ("m/s", 1)],
    aliases: &[],
    largest: 1_000_000_000_000,
    largest_words: "1000000000 km/s",
};

/// Units of a frequency stand for their period in nanoseconds.
const FREQUENCY: Quantity = Quantity {
    name: "frequency",
    article: "a frequency",
    step: "2^-64 of one event",
    example: "0.5 /s",
    usual_units: ["/s", "/h"],
    zero_unit: "/s",
    shortest: false,
    units: &[
        ("/s", 1_000_000_000),
        ("/min", 60_000_000_000),
        ("/h", 3_600_000_000_000),
        ("/d", 86_400_000_000_000),
    ],
    aliases: &[],
    largest: 1_000_000_000,
    largest_words: "1000000000 /s",
};

/// A text that may be anything, cut to what fits into a message.
fn shown(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

impl Quantity {
    /// Every kind.
    pub(crate) const ALL: [Quantity; 6] = [DURATION, RATE, BYTES, DISTANCE, SPEED, FREQUENCY];

    /// Whether `text` is a quantity of this kind, and if so whether it is above zero.
    pub(crate) fn check(&self, text: &str) -> Result<bool, QuantityError> {
        if self.name == FREQUENCY.name {
            text.parse::<Frequency>().map(|value| value.events > 0)
        } else {
            self.read(text).map(|value| value > 0)
        }
    }

    /// The units, as a list for messages.
    pub(crate) fn unit_list(&self) -> String {
        let mut names: Vec<&str> = self.units.iter().map(|unit| unit.0).collect();
        names.reverse();
        if self.name == FREQUENCY.name {
            names.reverse();
        }
        names.join(", ")
    }

    /// How such a quantity is written, as a fragment.
    pub(crate) fn help(&self) -> String {
        format!(
            "{} is a number and a unit ({}), for example \"{}\"",
            self.article,
            self.unit_list(),
            self.example
        )
    }

    /// What to write instead of a bare number.
    pub(crate) fn which_unit(&self, number: &str) -> String {
        let [one, other] = self.usual_units;
        let list = self.unit_list();
        format!("say in which unit: \"{number} {one}\", \"{number} {other}\" or another of {list}")
    }

    fn error(&self, message: String, label: &'static str) -> QuantityError {
        QuantityError {
            message,
            help: self.help(),
            label,
            too_large: false,
        }
    }

    fn too_large(&self, text: &str) -> QuantityError {
        QuantityError {
            message: format!(
                "\"{}\" is above {}, the most there is",
                shown(text),
                self.largest_words
            ),
            help: self.help(),
            label: "is too large",
            too_large: true,
        }
    }

    /// Splits a text into its number and the factor of its unit.
    fn parts(&self, text: &str) -> Result<(Decimal, u128), QuantityError> {
        let shown = shown(text);
        let (number, unit) = decimal::split(text);
        let lower = unit.trim_start_matches(['-', '+']).to_ascii_lowercase();
        let has_digits = number.contains(|c: char| c.is_ascii_digit());
        if !has_digits && (lower.starts_with("nan") || lower.starts_with("inf")) {
            return Err(self.error(format!("\"{shown}\" is not a finite number"), "not finite"));
        }
        let number = decimal::parse(number).map_err(|error| match error {
            DecimalError::Missing => self.error(format!("\"{shown}\" has no number"), "no number"),
            DecimalError::Negative => self.error(format!("\"{shown}\" is negative"), "is negative"),
            DecimalError::Exponent => self.error(
                format!("\"{shown}\" has an exponent"),
                "write it as a plain decimal",
            ),
            DecimalError::TooLong => {
                self.error(format!("\"{shown}\" has too many digits"), "too many digits")
            }
            DecimalError::Malformed => self.error(
                format!("\"{shown}\" does not begin with a plain decimal"),
                "not a decimal",
            ),
        })?;
        if unit.is_empty() {
            return Err(QuantityError {
                help: self.which_unit(text.trim()),
                ..self.error(format!("\"{shown}\" has no unit"), "has no unit")
            });
        }
        let mut known = self.units.iter().chain(self.aliases);
        let found = known.find(|(name, _)| *name == unit).map(|&(_, factor)| factor);
        let factor = found.ok_or_else(|| {
            let written: String = unit.chars().take(20).collect();
            let message = match self.nearest_unit(unit) {
                Some(near) => format!("unknown unit \"{written}\", did you mean \"{near}\"?"),
                None => format!("unknown unit \"{written}\""),
            };
            self.error(message, "unknown unit")
        })?;
        Ok((number, factor))
    }

    /// The unit that was probably meant.
    fn nearest_unit(&self, unit: &str) -> Option<&'static str> {
        const MEANT: [(&str, &str); 22] = [
            ("sec", "s"),
            ("secs", "s"),
            ("second", "s"),
            ("seconds", "s"),
            ("m", "min"),
            ("mins", "min"),
            ("minute", "min"),
            ("minutes", "min"),
            ("hour", "h"),
            ("hours", "h"),
            ("hr", "h"),
            ("day", "d"),
            ("days", "d"),
            ("msec", "ms"),
            ("usec", "us"),
            ("nsec", "ns"),
            ("bps", "bit/s"),
            ("kbps", "kbit/s"),
            ("mbps", "Mbit/s"),
            ("gbps", "Gbit/s"),
            ("byte", "B"),
            ("bytes", "B"),
        ];
        let lower = unit.to_ascii_lowercase();
        let names = || self.units.iter().chain(self.aliases).map(|unit| unit.0);
        let found = names().find(|name| name.to_ascii_lowercase() == lower);
        found.or_else(|| {
            // "per hour", "/hour" and "h" are all likely to mean "/h" where that is a unit.
            let plain = lower.trim_start_matches("per ").trim_start_matches('/').trim();
            let known = MEANT.iter().find(|(written, _)| *written == plain);
            let meant = known.map_or(plain, |(_, meant)| *meant);
            names().find(|name| *name == meant || name.strip_prefix('/') == Some(meant))
        })
    }

    /// Reads a quantity as a whole number of its finest steps.
    fn read(&self, text: &str) -> Result<u64, QuantityError> {
        let (number, factor) = self.parts(text)?;
        let value = number.times(factor).map_err(|inexact| match inexact {
            Inexact::Overflow => self.too_large(text),
            Inexact::Fraction => self.error(
                format!(
                    "\"{}\" is not a whole number of steps of {}",
                    shown(text),
                    self.step
                ),
                "too fine",
            ),
        })?;
        u64::try_from(value)
            .ok()
            .filter(|&value| u128::from(value) <= self.largest)
            .ok_or_else(|| self.too_large(text))
    }

    /// Writes a whole number of steps exactly: in the largest unit that can, or in the one that makes it shortest
    /// where there are units of two kinds (sizes).
    fn write(&self, value: u64) -> String {
        if value == 0 {
            return format!("0 {}", self.zero_unit);
        }
        let mut texts = self.units.iter().filter_map(|&(name, factor)| {
            let number = self.write_number(value, factor)?;
            Some(format!("{number} {name}"))
        });
        let text = if self.shortest {
            texts.min_by_key(String::len)
        } else {
            texts.next()
        };
        text.expect("the finest unit always fits")
    }

    /// The number in front of a unit, if it can be written so: fractions only of decimal units, and only above one.
    fn write_number(&self, value: u64, factor: u128) -> Option<String> {
        let value = u128::from(value);
        let (whole, rest) = (value / factor, value % factor);
        if rest == 0 {
            return Some(whole.to_string());
        }
        let digits = factor.ilog10();
        if whole == 0 || 10_u128.pow(digits) != factor {
            return None;
        }
        let fraction = format!("{rest:0width$}", width = digits as usize);
        Some(format!("{whole}.{}", fraction.trim_end_matches('0')))
    }

    /// The JSON Schema of a string that holds such a quantity.
    fn schema(&self) -> Schema {
        let units: Vec<&str> = self.units.iter().chain(self.aliases).map(|unit| unit.0).collect();
        json_schema!({
            "description": self.help(),
            "type": "string",
            "pattern": format!(r"^\s*\+?[0-9_]+(\.[0-9_]+)?\s*({})\s*$", units.join("|")),
            "examples": [self.example],
            "x-quantity": self.name,
        })
    }
}

/// Makes one newtype over `u64`.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $getter:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(u64);

        impl $name {
            #[doc = concat!("Of so many ", $unit, ".")]
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            #[doc = concat!("In ", $unit, ".")]
            pub const fn $getter(self) -> u64 {
                self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = QuantityError;

            fn from_str(text: &str) -> Result<Self, QuantityError> {
                $kind.read(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$kind.write(self.0))
            }
        }

        text_form!($name, $kind);
    };
}

/// What every quantity has in common: it is a string in files, and shows itself so.
macro_rules! text_form {
    ($name:ident, $kind:expr) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $kind.schema()
            }
        }
    };
}

quantity!(
    /// A span of time in whole nanoseconds: `"50 ms"`, `"2 h"`, `"1.5 s"`.
    Duration,
    DURATION,
    ns,
    "nanoseconds"
);
quantity!(
    /// A data rate in whole bits per second: `"56 kbit/s"`, `"1.5 Mbit/s"`, `"10 KiB/s"`.
    Rate,
    RATE,
    bps,
    "bits per second"
);
quantity!(
    /// A size in whole bytes: `"256 KiB"` (1024-based), `"4 MB"` (1000-based), `"700 B"`.
    Bytes,
    BYTES,
    bytes,
    "bytes"
);
quantity!(
    /// A distance in whole metres: `"5000 km"`, `"300 m"`.
    Distance,
    DISTANCE,
    metres,
    "metres"
);
quantity!(
    /// A speed in whole metres per second: `"200000 km/s"`.
    Speed,
    SPEED,
    metres_per_second,
    "metres per second"
);

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

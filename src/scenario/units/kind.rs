//! The kinds of quantities: their units, how a text is read and written, what is said of a wrong one.

use super::decimal::{self, Decimal, DecimalError, Inexact};
use super::frequency::Frequency;
use schemars::{Schema, json_schema};

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

pub(super) const DURATION: Quantity = Quantity {
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

pub(super) const RATE: Quantity = Quantity {
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

pub(super) const BYTES: Quantity = Quantity {
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

pub(super) const DISTANCE: Quantity = Quantity {
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

pub(super) const SPEED: Quantity = Quantity {
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
pub(super) const FREQUENCY: Quantity = Quantity {
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
pub(super) fn shown(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

impl Quantity {
    /// Every kind.
    pub(crate) const ALL: [Quantity; 6] = [DURATION, RATE, BYTES, DISTANCE, SPEED, FREQUENCY];

    /// Whether `text` is a quantity of this kind, and if so whether it is above zero.
    pub(crate) fn check(&self, text: &str) -> Result<bool, QuantityError> {
        if self.name == FREQUENCY.name {
            text.parse::<Frequency>().map(|value| value.events() > 0)
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

    pub(super) fn error(&self, message: String, label: &'static str) -> QuantityError {
        QuantityError {
            message,
            help: self.help(),
            label,
            too_large: false,
        }
    }

    pub(super) fn too_large(&self, text: &str) -> QuantityError {
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
    pub(super) fn parts(&self, text: &str) -> Result<(Decimal, u128), QuantityError> {
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
    pub(super) fn read(&self, text: &str) -> Result<u64, QuantityError> {
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
    pub(super) fn write(&self, value: u64) -> String {
        if value == 0 {
            return format!("0 {}", self.zero_unit);
        }
        let mut texts = self.units.iter().filter_map(|&(name, factor)| {
            let number = Self::write_number(value, factor)?;
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
    fn write_number(value: u64, factor: u128) -> Option<String> {
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
    pub(super) fn schema(&self) -> Schema {
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

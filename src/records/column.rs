//! How one value stands in a column: its text, what it says to the digest, and how it is read back.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a number is digested in two halves of 64 bits"
)]

use crate::engine::digest::{Channel, hashed};
use crate::engine::time::exact_decimal;
use crate::overlay::dht::Identifier;
use std::fmt;
use std::sync::Arc;

/// A value on its way into a table.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell<'a> {
    /// Nothing: the field is empty.
    Empty,
    /// A whole number.
    Integer(u128),
    /// Nanoseconds, printed as an exact decimal of a unit `10^digits` ns long.
    Time {
        /// The time in nanoseconds.
        ns: u128,
        /// Decimal digits of the unit: 9 for seconds, 6 for milliseconds.
        digits: u32,
    },
    /// A real number, printed in the shortest form that reads back equal.
    Real(f64),
    /// One of a documented list of words, with its number in that list.
    Word(&'static str, u64),
    /// A key of a structured overlay, printed in hexadecimal digits.
    Key(Key),
    /// A digest, printed as 32 hexadecimal digits.
    Digest(u128),
    /// Free text: a name. Names are no part of any digest.
    Text(&'a str),
}

/// The text of the field.
impl fmt::Display for Cell<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            // Nearly all numbers fit 64 bits, which print several times faster.
            Self::Integer(value) => match u64::try_from(*value) {
                Ok(value) => value.fmt(out),
                Err(_) => value.fmt(out),
            },
            Self::Time { ns, digits } => out.write_str(&exact_decimal(*ns, *digits)),
            // -0 is 0.
            Self::Real(value) => (value + 0.0).fmt(out),
            Self::Word(word, _) => out.write_str(word),
            Self::Key(key) => key.identifier.display(4 * key.digits).fmt(out),
            Self::Digest(value) => Channel(*value).fmt(out),
            Self::Text(text) => out.write_str(text),
        }
    }
}

impl Cell<'_> {
    /// Adds what the cell means to a digest. `place` says which column of which table, `row` which row. Empty cells
    /// and names add nothing, a zero does.
    pub fn digest(&self, place: u64, row: u64, channel: &mut Channel) {
        match self {
            Self::Empty | Self::Text(_) => {}
            Self::Integer(value) | Self::Time { ns: value, .. } | Self::Digest(value) => {
                let (low, high) = (*value as u64, (*value >> 64) as u64);
                channel.add(place, row, low);
                if high > 0 {
                    channel.add(place | HIGH_HALF, row, high);
                }
            }
            Self::Real(value) => channel.add(place, row, (value + 0.0).to_bits()),
            Self::Key(key) => channel.add(place, row, key.word()),
            Self::Word(_, number) => channel.add(place, row, *number),
        }
    }
}

/// Marks the upper 64 bits of a cell in a digest.
const HIGH_HALF: u64 = 1 << 63;

/// A key of a structured overlay, with the hexadecimal digits that it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its bits; those behind the last digit are zero.
    pub identifier: Identifier,
    /// Digits, 1 to 40.
    pub digits: u32,
}

impl Key {
    /// A word for the digest: equal keys give equal ones.
    pub fn word(self) -> u64 {
        let bytes = self.identifier.to_bytes();
        bytes
            .iter()
            .fold(0, |word, byte| hashed(word, u64::from(*byte), 0))
    }
}

/// A way to write values of a type and to read them back.
pub trait Codec<T> {
    /// The value as a cell.
    fn cell(value: &T) -> Cell<'_>;
    /// The value of a field's text, or `None` if it is none.
    fn parse(text: &str) -> Option<T>;
}

/// Whole numbers.
#[derive(Debug)]
pub struct Plain;
/// Nanoseconds as exact decimal seconds.
#[derive(Debug)]
pub struct Seconds;
/// Nanoseconds as exact decimal milliseconds.
#[derive(Debug)]
pub struct Milliseconds;
/// Finite real numbers.
#[derive(Debug)]
pub struct Ratio;
/// One of a list of words.
#[derive(Debug)]
pub struct Words;
/// Keys of structured overlays.
#[derive(Debug)]
pub struct Hexadecimal;
/// Free text.
#[derive(Debug)]
pub struct Name;

/// A list of words with numbers, for columns such as `outcome`.
pub trait Vocabulary: Copy + PartialEq + 'static {
    /// All of them; a word's number is its place here, so new ones go to the end.
    const ALL: &'static [Self];
    /// The word itself.
    fn word(self) -> &'static str;
}

/// A vocabulary's word's number.
fn number<T: Vocabulary>(value: T) -> u64 {
    let place = T::ALL.iter().position(|&each| each == value);
    place.expect("a vocabulary lists all its words") as u64
}

/// Whole numbers are written in decimal digits alone: no sign, no blank.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Reads an exact decimal of a unit `10^digits` long; more digits than that are refused, nothing is rounded.
pub fn parse_exact_decimal(text: &str, digits: u32) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let unit = 10_u128.checked_pow(digits)?;
    let whole = self::digits::<u128>(whole)?.checked_mul(unit)?;
    let Some(fraction) = fraction else {
        return Some(whole);
    };
    let width = u32::try_from(fraction.len())
        .ok()
        .filter(|&width| width <= digits)?;
    let rest = self::digits::<u128>(fraction)? * 10_u128.pow(digits - width);
    whole.checked_add(rest)
}

macro_rules! integer_columns {
    ($($type:ty),*) => {$(
        impl Codec<$type> for Plain {
            fn cell(value: &$type) -> Cell<'_> {
                Cell::Integer(u128::from(*value))
            }
            fn parse(text: &str) -> Option<$type> {
                digits(text)
            }
        }
    )*};
}
integer_columns!(u32, u64, u128);

macro_rules! time_columns {
    ($($codec:ty, $digits:literal);*) => {$(
        impl Codec<u64> for $codec {
            fn cell(value: &u64) -> Cell<'_> {
                Cell::Time { ns: u128::from(*value), digits: $digits }
            }
            fn parse(text: &str) -> Option<u64> {
                parse_exact_decimal(text, $digits).and_then(|ns| u64::try_from(ns).ok())
            }
        }
    )*};
}
time_columns!(Seconds, 9; Milliseconds, 6);

impl Codec<f64> for Ratio {
    fn cell(value: &f64) -> Cell<'_> {
        Cell::Real(*value)
    }
    fn parse(text: &str) -> Option<f64> {
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

impl<T: Vocabulary> Codec<T> for Words {
    fn cell(value: &T) -> Cell<'_> {
        Cell::Word(value.word(), number(*value))
    }
    fn parse(text: &str) -> Option<T> {
        T::ALL.iter().copied().find(|each| each.word() == text)
    }
}

impl Codec<Key> for Hexadecimal {
    fn cell(value: &Key) -> Cell<'_> {
        Cell::Key(*value)
    }
    fn parse(text: &str) -> Option<Key> {
        Some(Key {
            identifier: Identifier::parse(text)?,
            digits: u32::try_from(text.len()).ok()?,
        })
    }
}

impl Codec<Arc<str>> for Name {
    fn cell(value: &Arc<str>) -> Cell<'_> {
        Cell::Text(value)
    }
    fn parse(text: &str) -> Option<Arc<str>> {
        Some(text.into())
    }
}

/// An optional value: an empty field is `None`.
#[derive(Debug)]
pub struct Maybe<C>(std::marker::PhantomData<C>);

impl<T, C: Codec<T>> Codec<Option<T>> for Maybe<C> {
    fn cell(value: &Option<T>) -> Cell<'_> {
        value.as_ref().map_or(Cell::Empty, C::cell)
    }
    fn parse(text: &str) -> Option<Option<T>> {
        if text.is_empty() {
            return Some(None);
        }
        C::parse(text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_decimals_are_read_back_and_nothing_is_rounded() {
        for ns in [
            0,
            1,
            999_999_999,
            1_000_000_000,
            1_500_000_000,
            u128::from(u64::MAX),
        ] {
            for digits in [9, 6, 0] {
                assert_eq!(parse_exact_decimal(&exact_decimal(ns, digits), digits), Some(ns));
            }
        }
        for wrong in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            " 1",
            "1.0000000001",
            "1.2.3",
            "nan",
        ] {
            assert_eq!(parse_exact_decimal(wrong, 9), None, "{wrong}");
        }
        assert_eq!(parse_exact_decimal(&"9".repeat(40), 9), None);
        assert_eq!(<Seconds as Codec<u64>>::parse("18446744073.709551616"), None);
    }

    #[test]
    fn keys_are_read_back_with_as_many_digits_as_they_had() {
        for text in ["0", "00", "ff4", "8000000000000000000000000000000000000001"] {
            let key = Hexadecimal::parse(text).unwrap();
            assert_eq!(Hexadecimal::cell(&key).to_string(), text);
        }
        for wrong in ["", "0x1", "-1", "g", &"0".repeat(41)] {
            assert_eq!(Hexadecimal::parse(wrong), None, "{wrong}");
        }
        let word = |text: &str| Hexadecimal::parse(text).map(Key::word);
        assert_eq!(word("8"), word("80"));
        assert_ne!(word("8"), word("08"));
    }

    #[test]
    fn an_empty_cell_and_a_zero_differ_in_the_digest_and_names_do_not_count() {
        let digest = |cell: Cell<'_>| {
            let mut channel = Channel::default();
            cell.digest(1, 2, &mut channel);
            channel
        };
        assert_eq!(digest(Cell::Empty), Channel::default());
        assert_eq!(digest(Cell::Text("modem")), Channel::default());
        assert_ne!(digest(Cell::Integer(0)), Channel::default());
        assert_ne!(digest(Cell::Integer(1)), digest(Cell::Integer(1 << 64)));
        assert_ne!(digest(Cell::Integer(1)), digest(Cell::Integer((1 << 64) + 1)));
    }
}

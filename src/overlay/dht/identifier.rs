//! Identifiers of nodes and keys: up to 160 bits on a ring and in a metric space.
//!
//! An identifier of fewer bits lies in the highest ones, the rest being zero: arithmetic modulo 2^160 on such is
//! arithmetic modulo 2^width, so that nothing but making and printing them depends on their width.

use sha1::{Digest, Sha1};
use std::cmp::Ordering;
use std::fmt;

/// Bits that identifiers have at most: those of a SHA-1 digest.
pub const WIDTH_MAX: u32 = 160;

/// An identifier of a node or a key: 160 bits, the most significant word first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Identifier([u32; 5]);

/// As numbers. The first 64 bits nearly always decide.
impl Ord for Identifier {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let first = self.first_bits().cmp(&other.first_bits());
        first.then_with(|| self.0[2..].cmp(&other.0[2..]))
    }
}

impl PartialOrd for Identifier {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Identifier {
    /// The lowest.
    pub const ZERO: Self = Self([0; 5]);
    /// The highest of 160 bits; as a distance, the farthest.
    pub const MAX: Self = Self([u32::MAX; 5]);

    /// The first `width` bits of the SHA-1 digest of `bytes` (FIPS 180-4), as consistent hashing places nodes and keys.
    pub fn hashed(bytes: &[u8], width: u32) -> Self {
        Self::of_bytes(Sha1::digest(bytes).into()).truncated(width)
    }

    /// The identifier that 20 bytes say, the most significant first.
    pub fn of_bytes(bytes: [u8; 20]) -> Self {
        let mut words = [0; 5];
        for (word, four) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
        }
        Self(words)
    }

    /// As 20 bytes, the most significant first.
    pub fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        for (four, word) in bytes.chunks_exact_mut(4).zip(self.0) {
            four.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// The number `value` as an identifier of `width` bits.
    ///
    /// # Panics
    /// When `width` is 0 or more than 160, or `value` has more bits.
    pub fn of_number(value: u64, width: u32) -> Self {
        assert!((1..=WIDTH_MAX).contains(&width), "a width has 1 to 160 bits");
        assert!(
            width >= u64::BITS || value >> width == 0,
            "a number fits its width"
        );
        let mut bytes = [0; 20];
        bytes[12..].copy_from_slice(&value.to_be_bytes());
        Self::of_bytes(bytes).shifted_up(WIDTH_MAX - width)
    }

    /// `numerator / denominator` of the way around the ring, rounded down to `width` bits.
    ///
    /// # Panics
    /// When `numerator` is not below `denominator`.
    pub fn of_fraction(numerator: u32, denominator: u32, width: u32) -> Self {
        assert!(numerator < denominator, "a place on the ring is before its end");
        // Long division, a word at a time.
        let mut words = [0; 5];
        let mut remainder = u64::from(numerator);
        for word in &mut words {
            let dividend = remainder << 32;
            *word = low_word(dividend / u64::from(denominator));
            remainder = dividend % u64::from(denominator);
        }
        Self(words).truncated(width)
    }

    /// With all bits beyond the first `width` cleared.
    #[must_use]
    pub fn truncated(self, width: u32) -> Self {
        let mut words = self.0;
        for (place, word) in (0_u32..).zip(&mut words) {
            let kept = width.saturating_sub(32 * place).min(32);
            *word &= u32::MAX.checked_shl(32 - kept).unwrap_or(0);
        }
        Self(words)
    }

    fn shifted_up(self, bits: u32) -> Self {
        let (whole, rest) = ((bits / 32) as usize, bits % 32);
        let word = |place: usize| self.0.get(place).copied().unwrap_or(0);
        let mut words = [0; 5];
        for (place, shifted) in words.iter_mut().enumerate() {
            let (high, low) = (word(place + whole), word(place + whole + 1));
            *shifted = if rest == 0 {
                high
            } else {
                high << rest | low >> (32 - rest)
            };
        }
        Self(words)
    }

    /// Clockwise distance from this one to `other`: `other - self` modulo 2^160.
    #[inline]
    #[must_use]
    pub fn distance_to(self, other: Self) -> Self {
        let mut words = [0; 5];
        let mut borrow = false;
        for place in (0..5).rev() {
            let (difference, one) = other.0[place].overflowing_sub(self.0[place]);
            let (difference, two) = difference.overflowing_sub(u32::from(borrow));
            words[place] = difference;
            borrow = one || two;
        }
        Self(words)
    }

    /// Distance in the XOR metric (Maymounkov and Mazières 2002, section 2.1).
    #[inline]
    #[must_use]
    pub fn xor(self, other: Self) -> Self {
        let mut words = self.0;
        words
            .iter_mut()
            .zip(other.0)
            .for_each(|(word, other)| *word ^= other);
        Self(words)
    }

    /// This one plus `other`, modulo 2^160.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let negated = other.distance_to(Self::ZERO);
        negated.distance_to(self)
    }

    /// What is missing to the highest one: `-1 - self` modulo 2^160.
    #[inline]
    #[must_use]
    pub fn complement(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    /// The identifier whose only bit is number `bit`, counted from 0 for the most significant.
    ///
    /// # Panics
    /// When `bit` is not below 160.
    pub fn of_bit(bit: u32) -> Self {
        let mut words = [0; 5];
        words[(bit / 32) as usize] = 1 << (31 - bit % 32);
        Self(words)
    }

    /// Whether bit number `bit` is set, counted from 0 for the most significant.
    #[inline]
    pub fn bit(self, bit: u32) -> bool {
        self.0[(bit / 32) as usize] >> (31 - bit % 32) & 1 == 1
    }

    /// Zero bits before the first that is set; 160 for zero.
    #[inline]
    pub fn leading_zeros(self) -> u32 {
        let place = self.0.iter().position(|word| *word != 0);
        place.map_or(WIDTH_MAX, |place| {
            (0_u32..).step_by(32).nth(place).unwrap_or(WIDTH_MAX) + self.0[place].leading_zeros()
        })
    }

    /// Whether it lies on the way clockwise from `after`, exclusive, to `until`, inclusive; that way is the whole ring
    /// where both are the same.
    #[inline]
    pub fn is_in(self, after: Self, until: Self) -> bool {
        after == until || (self != after && after.distance_to(self) <= after.distance_to(until))
    }

    /// The first 64 bits: for digests.
    #[inline]
    pub fn first_bits(self) -> u64 {
        u64::from(self.0[0]) << 32 | u64::from(self.0[1])
    }

    /// As hexadecimal digits of `width` bits, rounded up to whole digits.
    pub fn display(self, width: u32) -> impl fmt::Display {
        Digits {
            identifier: self,
            digits: width.div_ceil(4) as usize,
        }
    }

    /// Reads hexadecimal digits as [`Identifier::display`] prints them; fewer say the first bits. `None` if they are none,
    /// more than 40, or anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut words = [0; 5];
        for (place, digit) in text.chars().enumerate() {
            let nibble = digit.to_digit(16)?;
            words[place / 8] |= nibble << (28 - 4 * (place % 8));
        }
        Some(Self(words))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is asked for"
)]
const fn low_word(word: u64) -> u32 {
    word as u32
}

struct Digits {
    identifier: Identifier,
    digits: usize,
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in 0..self.digits {
            let word = self.identifier.0[place / 8];
            write!(f, "{:x}", word >> (28 - 4 * (place % 8)) & 0xf)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(value: u64) -> Identifier {
        Identifier::of_number(value, 160)
    }

    #[test]
    fn hashes_as_the_standard_says() {
        // FIPS 180 example: the digest of "abc".
        let digest = Identifier::hashed(b"abc", 160);
        assert_eq!(
            digest.display(160).to_string(),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            Identifier::hashed(b"abc", 12).display(160).to_string()[..4],
            *"a990"
        );
        assert_eq!(Identifier::hashed(b"abc", 10).display(10).to_string(), "a98");
    }

    #[test]
    fn narrow_identifiers_lie_in_the_highest_bits() {
        assert_eq!(Identifier::of_number(5, 3).display(4).to_string(), "a");
        assert_eq!(Identifier::of_number(5, 10), Identifier::of_fraction(5, 1024, 10));
        assert_eq!(Identifier::of_number(1, 160), Identifier::of_bit(159));
        assert_eq!(
            Identifier::of_fraction(1, 3, 160).display(160).to_string(),
            "5".repeat(40)
        );
    }

    #[test]
    fn intervals_go_clockwise_and_wrap() {
        let check = |(value, after, until), expect| {
            let is_in = number(value).is_in(number(after), number(until));
            assert_eq!(is_in, expect, "{value} in ({after}, {until}]");
        };
        check((5, 3, 7), true);
        check((7, 3, 7), true);
        check((3, 3, 7), false);
        check((8, 3, 7), false);
        check((1, 7, 3), true);
        check((5, 7, 3), false);
        check((5, 4, 4), true);
        check((4, 4, 4), true);
    }

    #[test]
    fn what_is_no_identifier_is_not_read() {
        for text in ["", "g", "0x1", "-1", &"0".repeat(41)] {
            assert_eq!(Identifier::parse(text), None, "{text}");
        }
        assert_eq!(Identifier::parse("8"), Some(Identifier::of_bit(0)));
    }

    /// The same arithmetic on whole numbers of 128 bits.
    fn wide(identifier: Identifier) -> u128 {
        let bytes = identifier.to_bytes();
        let mut sixteen = [0; 16];
        sixteen.copy_from_slice(&bytes[..16]);
        u128::from_be_bytes(sixteen)
    }

    fn identifiers(width: u32) -> impl Strategy<Value = Identifier> {
        any::<[u8; 20]>().prop_map(move |bytes| Identifier::of_bytes(bytes).truncated(width))
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_whole_numbers(a in identifiers(128), b in identifiers(128)) {
            prop_assert_eq!(wide(a.distance_to(b)), wide(b).wrapping_sub(wide(a)));
            prop_assert_eq!(wide(a.plus(b)), wide(a).wrapping_add(wide(b)));
            prop_assert_eq!(wide(a.xor(b)), wide(a) ^ wide(b));
            prop_assert_eq!(a < b, wide(a) < wide(b));
        }

        #[test]
        fn bits_and_zeros_agree(a in identifiers(160)) {
            let first = (0..160).find(|&bit| a.bit(bit)).unwrap_or(160);
            prop_assert_eq!(a.leading_zeros(), first);
            let sum = (0..160).filter(|&bit| a.bit(bit)).map(Identifier::of_bit);
            prop_assert_eq!(sum.fold(Identifier::ZERO, Identifier::plus), a);
        }

        #[test]
        fn what_is_printed_is_read(a in identifiers(160)) {
            prop_assert_eq!(Identifier::parse(&a.display(160).to_string()), Some(a));
            prop_assert_eq!(Identifier::of_bytes(a.to_bytes()), a);
        }
    }
}

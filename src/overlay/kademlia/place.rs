//! Which part of the identifier space a bucket is for.
//!
//! The routing table of a node has a level for every `b` bits of its identifier ("bits per level"; Maymounkov and Mazières
//! 2002, section 4.2). The buckets of a level are for the nodes whose identifiers have all digits before that level in common
//! with the node's own, one bucket for each other digit there. With b = 1 there is one for each length of the common prefix.

use crate::engine::{Draw, SmallStream};
use crate::overlay::dht::Identifier;

/// A bucket's place in a node's routing table; in order of levels.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// Digits that its nodes have in common with the node whose table it is.
    pub level: u8,
    /// The digit at that level.
    pub digit: u8,
}

/// How identifiers are divided into digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Digits {
    /// Bits of a digit, 1 to 8.
    pub(super) bits: u32,
    /// Bits of an identifier: the last digit has fewer where they do not divide.
    pub(super) width: u32,
}

impl Digits {
    /// Where in the table of `me` a node belongs; `None`: it is the same.
    pub(super) fn place(self, me: Identifier, node: Identifier) -> Option<Place> {
        let difference = me.xor(node);
        if difference == Identifier::ZERO {
            return None;
        }
        let level = difference.leading_zeros() / self.bits;
        let level = u8::try_from(level).expect("there are at most 160 levels");
        Some(Place {
            level,
            digit: self.digit(node, level),
        })
    }

    /// The digit of an identifier at a level, bits beyond its end being zero.
    pub(super) fn digit(self, identifier: Identifier, level: u8) -> u8 {
        self.positions(level).fold(0, |digit, bit| {
            digit << 1 | u8::from(bit < self.width && identifier.bit(bit))
        })
    }

    fn positions(self, level: u8) -> std::ops::Range<u32> {
        let first = u32::from(level) * self.bits;
        first..first + self.bits
    }

    /// The lowest identifier in the range of a place in the table of `me`.
    pub(super) fn first(self, me: Identifier, place: Place) -> Identifier {
        let positions = self.positions(place.level);
        let common = me.truncated(positions.start);
        let set = positions.clone().filter(|bit| {
            let shift = positions.end - 1 - bit;
            place.digit >> shift & 1 == 1
        });
        set.map(Identifier::of_bit).fold(common, Identifier::xor)
    }

    /// Bits that all identifiers in the range of a place have in common.
    pub(super) fn end(self, place: Place) -> u32 {
        self.positions(place.level).end
    }

    /// How far the range of a place is from a key: ranges of one table do not overlap, and all of one that is closer than
    /// another is closer than all of the other.
    pub(super) fn distance(self, me: Identifier, place: Place, key: Identifier) -> Identifier {
        self.first(me, place).xor(key).truncated(self.end(place))
    }

    /// A random identifier in the range of a place in the table of `me`.
    pub(super) fn draw(self, me: Identifier, place: Place, random: &mut SmallStream) -> Identifier {
        let mut bytes = [0; 20];
        for word in bytes.chunks_mut(8) {
            let bits = random.bits().to_be_bytes();
            word.copy_from_slice(&bits[..word.len()]);
        }
        let drawn = Identifier::of_bytes(bytes).truncated(self.width);
        self.first(me, place)
            .xor(drawn)
            .xor(drawn.truncated(self.end(place)))
    }

    /// All places of a level of the table of `me`.
    pub(super) fn level(self, me: Identifier, level: u8) -> impl Iterator<Item = Place> {
        let mine = self.digit(me, level);
        // In the last digit, bits beyond the identifier's end are zero.
        let beyond = self.positions(level).end.saturating_sub(self.width);
        let digits = (0..1_u16 << self.bits).step_by(1 << beyond.min(self.bits));
        digits
            .map(|digit| u8::try_from(digit).expect("a digit has at most 8 bits"))
            .filter(move |digit| *digit != mine)
            .map(move |digit| Place { level, digit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Seed};
    use proptest::prelude::*;

    #[test]
    fn nodes_belong_where_they_differ() {
        let check = |bits, me, node, expect: Option<(u8, u8)>| {
            let digits = Digits { bits, width: 8 };
            let [me, node] = [me, node].map(|value| Identifier::of_number(value, 8));
            let expect = expect.map(|(level, digit)| Place { level, digit });
            assert_eq!(digits.place(me, node), expect, "{me:?} {node:?}");
        };
        check(1, 0b1010_1010, 0b1010_1010, None);
        check(1, 0b1010_1010, 0b0010_1010, Some((0, 0)));
        check(1, 0b1010_1010, 0b1011_1111, Some((3, 1)));
        check(3, 0b1010_1010, 0b1100_0000, Some((0, 0b110)));
        check(3, 0b1010_1010, 0b1010_1110, Some((1, 0b011)));
        // The last digit has two bits, and a zero beyond.
        check(3, 0b1010_1010, 0b1010_1011, Some((2, 0b110)));
    }

    #[test]
    fn a_level_has_every_other_digit() {
        let check = |bits, level, expect: &[u8]| {
            let digits = Digits { bits, width: 8 };
            let me = Identifier::of_number(0b1010_1010, 8);
            let found: Vec<u8> = digits.level(me, level).map(|place| place.digit).collect();
            assert_eq!(found, expect);
        };
        check(1, 0, &[0]);
        check(1, 7, &[1]);
        check(3, 1, &[0, 1, 3, 4, 5, 6, 7]);
        check(3, 2, &[0, 2, 6]);
    }

    proptest! {
        #[test]
        fn what_is_drawn_for_a_place_belongs_there(
            me in any::<[u8; 20]>(),
            bits in 1_u32..9,
            width in 8_u32..161,
            level in 0_u8..20,
            seed in any::<u64>(),
        ) {
            let digits = Digits { bits, width };
            let me = Identifier::of_bytes(me).truncated(width);
            let mut random = Seed { seed, replication: 0 }.small(Purpose::Protocol, 0);
            prop_assume!(u32::from(level) * bits < width);
            for place in digits.level(me, level) {
                let drawn = digits.draw(me, place, &mut random);
                prop_assert_eq!(drawn.truncated(width), drawn);
                prop_assert_eq!(digits.place(me, drawn), Some(place));
            }
        }
    }
}

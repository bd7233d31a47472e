//! Bloom filters: sets of items in few bits, in which now and then another seems to be, too.
//!
//! Bloom 1970; the several hashes of an item are made of two (Kirsch and Mitzenmacher 2006).

use crate::engine::digest::hashed;
use crate::overlay::ItemId;
use fixedbitset::FixedBitSet;

/// A set of items as a Bloom filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BloomFilter {
    bits: FixedBitSet,
    hashes: u16,
}

impl BloomFilter {
    /// The filter of these items with so many bits for each, rounded up to whole bytes, and as many hashes as then let through the
    /// fewest others: ln 2 times the bits for each, at least one.
    pub fn of(items: &[ItemId], bits_per_item: u16) -> Self {
        let bits = (items.len() * usize::from(bits_per_item))
            .next_multiple_of(8)
            .max(8);
        // ln 2 is 0.693.
        let hashes = (u32::from(bits_per_item) * 693 + 500) / 1000;
        let mut filter = Self {
            bits: FixedBitSet::with_capacity(bits),
            hashes: u16::try_from(hashes.max(1)).expect("there are fewer hashes than bits for an item"),
        };
        for item in items {
            for place in filter.places(*item) {
                filter.bits.insert(place);
            }
        }
        filter
    }

    /// Whether an item may be in the set. If not, it is not.
    pub fn may_hold(&self, item: ItemId) -> bool {
        self.places(item).all(|place| self.bits.contains(place))
    }

    /// Its length in a message, bytes.
    pub fn size_bytes(&self) -> u32 {
        u32::try_from(self.bits.len() / 8).expect("a filter has fewer than 2^35 bits")
    }

    /// What it says, for digests.
    pub fn fingerprint(&self) -> u64 {
        let count = self.bits.count_ones(..) as u64;
        self.bits
            .ones()
            .fold(hashed(self.bits.len() as u64, count, 0), |word, place| {
                hashed(word, place as u64, 0)
            })
    }

    fn places(&self, item: ItemId) -> impl Iterator<Item = usize> + use<> {
        let bits = self.bits.len() as u64;
        let first = hash_of(item, 1);
        // An odd step does not come back to a place before it must, the number of bits being even.
        let step = hash_of(item, 2) | 1;
        (0..u64::from(self.hashes)).map(move |hash| {
            let place = first.wrapping_add(hash.wrapping_mul(step)) % bits;
            usize::try_from(place).expect("a place is one of a list's")
        })
    }
}

/// One of an item's hashes: a multiple, multiplied by itself with other bits, and folded. Where items pass by chance goes by it, and so
/// does what peers do then: it is apart from digests, which may be computed otherwise one day.
#[expect(clippy::cast_possible_truncation, reason = "folding 128 bits into 64")]
fn hash_of(item: ItemId, number: u64) -> u64 {
    let word = u64::from(item.0)
        .wrapping_mul(0x243f_6a88_85a3_08d3)
        .wrapping_add(number.wrapping_mul(0xb7e1_5162_8aed_2a6b));
    let flipped = word ^ word >> 32 ^ 0xa409_3822_299f_31d1;
    let product = u128::from(word).wrapping_mul(u128::from(flipped));
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::math;

    fn items(numbers: std::ops::Range<u32>) -> Vec<ItemId> {
        numbers.map(ItemId).collect()
    }

    #[test]
    fn what_is_in_passes() {
        for count in [0, 1, 7, 300] {
            let filter = BloomFilter::of(&items(0..count), 8);
            assert!(items(0..count).into_iter().all(|item| filter.may_hold(item)));
        }
        let empty = BloomFilter::of(&[], 8);
        assert_eq!(
            items(0..100)
                .into_iter()
                .filter(|item| empty.may_hold(*item))
                .count(),
            0
        );
    }

    #[test]
    fn bits_are_charged_in_whole_bytes() {
        let check = |count, bits, expect| {
            assert_eq!(BloomFilter::of(&items(0..count), bits).size_bytes(), expect);
        };
        check(0, 8, 1);
        check(1, 3, 1);
        check(3, 3, 2);
        check(1000, 10, 1250);
    }

    /// As many others pass as theory says: (1 - e^(-k n / m))^k.
    #[test]
    fn others_pass_as_often_as_theory_says() {
        for (bits, hashes) in [(1, 1), (4, 3), (8, 6), (12, 8)] {
            let (inside, outside) = (5_000, 400_000);
            let filter = BloomFilter::of(&items(0..inside), bits);
            assert_eq!(filter.hashes, hashes);
            let passed = (inside..inside + outside).filter(|item| filter.may_hold(ItemId(*item)));
            let share = passed.count() as f64 / f64::from(outside);
            let set = 1.0 - math::exp(-f64::from(hashes) / f64::from(bits));
            let expect = (0..hashes).fold(1.0, |product, _| product * set);
            let error = (expect * (1.0 - expect) / f64::from(outside)).sqrt();
            println!("{bits} bits: {share:.5}, expected {expect:.5}");
            assert!(
                (share - expect).abs() < 0.05 * expect + 4.0 * error,
                "{bits}: {share}, {expect}"
            );
        }
    }
}

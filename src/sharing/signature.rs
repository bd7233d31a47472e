//! What a peer may hold, in one word: nearly every "no" to a query then touches nothing else.

use crate::overlay::ItemId;

/// A set of items that may hold more than was entered, never less: one bit for each item, and 64 bits in all (a Bloom
/// filter with one hash function, Bloom 1970).
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Signature(u64);

impl Signature {
    /// Enters an item.
    #[inline]
    pub(super) fn enter(&mut self, item: ItemId) {
        self.0 |= bit(item);
    }

    /// Whether an item may have been entered; `false` is certain.
    #[inline]
    pub(super) fn may_hold(self, item: ItemId) -> bool {
        self.0 & bit(item) != 0
    }
}

/// The item's bit, by Fibonacci hashing (Knuth vol. 3, §6.4).
#[inline]
fn bit(item: ItemId) -> u64 {
    1 << (item.0.wrapping_mul(0x9e37_79b9) >> 26)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_entered_is_found_and_most_else_is_not() {
        let mut signature = Signature::default();
        assert!((0..1_000).all(|item| !signature.may_hold(ItemId(item))));
        let entered = [0, 1, 77, 4_096, u32::MAX].map(ItemId);
        for item in entered {
            signature.enter(item);
        }
        assert!(entered.iter().all(|item| signature.may_hold(*item)));
        let taken = (0..64_000).filter(|item| signature.may_hold(ItemId(*item)));
        let share = taken.count() as f64 / 64_000.0;
        assert!((4.0 / 64.0..=5.1 / 64.0).contains(&share), "{share}");
    }
}

//! Publishing: a peer stores the address of what it shares at the nodes responsible for it, again and again.

use super::identifier::Identifier;
use crate::overlay::ItemId;

/// Where a peer stands with publishing what it shares.
#[derive(Default, Debug)]
pub(super) struct Publisher {
    /// What is still to be published in this round, the first last.
    waiting: Vec<ItemId>,
    /// Being published.
    under_way: u16,
}

impl Publisher {
    /// A round begins. What is left of the one before is part of it.
    pub(super) fn begin(&mut self, shared: Vec<ItemId>) {
        self.waiting = shared;
        self.waiting.reverse();
    }

    /// The next item to be published, unless `at_once` are under way already.
    pub(super) fn next(&mut self, at_once: u16) -> Option<ItemId> {
        if self.under_way >= at_once {
            return None;
        }
        let item = self.waiting.pop()?;
        self.under_way += 1;
        Some(item)
    }

    /// One was published, or could not be.
    pub(super) fn done(&mut self) {
        self.under_way -= 1;
    }
}

/// The key under which an item's holders are stored: its content's hash, which everybody who has its name is taken to know.
pub(super) fn item_key(item: ItemId, width: u32) -> Identifier {
    Identifier::hashed(format!("item {}", item.0).as_bytes(), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_out_in_order_and_not_too_many_at_once() {
        let mut publisher = Publisher::default();
        publisher.begin([4, 7, 9].map(ItemId).to_vec());
        assert_eq!(publisher.next(2), Some(ItemId(4)));
        assert_eq!(publisher.next(2), Some(ItemId(7)));
        assert_eq!(publisher.next(2), None);
        publisher.done();
        assert_eq!(publisher.next(2), Some(ItemId(9)));
        publisher.done();
        publisher.done();
        assert_eq!(publisher.next(2), None);
    }
}

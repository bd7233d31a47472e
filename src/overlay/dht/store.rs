//! What a node keeps for others: who holds what.

use super::identifier::Identifier;
use crate::engine::PeerId;
use std::collections::BTreeMap;

/// Somebody who holds what a key stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Holder {
    /// The peer.
    pub peer: PeerId,
    /// Whether nobody can open a connection to it.
    pub firewalled: bool,
}

/// For how long something is to be kept, nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lifetime(pub u64);

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    holder: Holder,
    until_ns: u64,
}

/// What is kept under a key.
#[derive(Default, Debug)]
pub(super) struct Shelf {
    entries: Vec<Entry>,
    /// When it was stored here last.
    stored_ns: u64,
}

/// Holders by key, each until it is too old.
#[derive(Default, Debug)]
pub(super) struct Store {
    shelves: BTreeMap<Identifier, Shelf>,
}

impl Store {
    /// Keeps a holder of a key until a time; the same one may be told again. What has grown too old under the key goes.
    pub(super) fn put(&mut self, key: Identifier, holder: Holder, now_ns: u64, until_ns: u64) {
        let shelf = self.shelves.entry(key).or_default();
        shelf
            .entries
            .retain(|entry| entry.until_ns > now_ns && entry.holder.peer != holder.peer);
        shelf.entries.push(Entry { holder, until_ns });
        shelf.stored_ns = now_ns;
    }

    /// Everything that is kept under a key, with what is left of its time.
    pub(super) fn all(&self, key: Identifier, now_ns: u64) -> Vec<(Holder, Lifetime)> {
        let entries = self.shelves.get(&key).map_or(&[][..], |shelf| &shelf.entries);
        let fresh = entries.iter().filter(|entry| entry.until_ns > now_ns);
        fresh
            .map(|entry| (entry.holder, Lifetime(entry.until_ns - now_ns)))
            .collect()
    }

    /// The keys under which nothing was stored since `since_ns`, in order. What has grown too old goes.
    pub(super) fn untouched(&mut self, now_ns: u64, since_ns: u64) -> Vec<Identifier> {
        self.shelves.retain(|_, shelf| {
            shelf.entries.retain(|entry| entry.until_ns > now_ns);
            !shelf.entries.is_empty()
        });
        let untouched = self
            .shelves
            .iter()
            .filter(|(_, shelf)| shelf.stored_ns <= since_ns);
        untouched.map(|(key, _)| *key).collect()
    }

    /// The holders of a key that were told of last, `holders_max` at most, the latest first.
    pub(super) fn get(&self, key: Identifier, now_ns: u64, holders_max: u16) -> Vec<Holder> {
        let entries = self.shelves.get(&key).map_or(&[][..], |shelf| &shelf.entries);
        let fresh = entries.iter().rev().filter(|entry| entry.until_ns > now_ns);
        fresh
            .take(usize::from(holders_max))
            .map(|entry| entry.holder)
            .collect()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.shelves.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Identifier = Identifier::ZERO;

    fn holder(number: u32) -> Holder {
        Holder {
            peer: PeerId(number),
            firewalled: false,
        }
    }

    fn store() -> Store {
        let mut store = Store::default();
        store.put(KEY, holder(1), 0, 10);
        store.put(KEY, holder(2), 0, 20);
        store.put(KEY, holder(3), 5, 30);
        store
    }

    #[test]
    fn the_latest_come_first_and_not_too_many() {
        let check = |holders_max, expect: &[u32]| {
            let got = store().get(KEY, 5, holders_max);
            assert_eq!(
                got,
                expect.iter().map(|number| holder(*number)).collect::<Vec<_>>()
            );
        };
        check(9, &[3, 2, 1]);
        check(2, &[3, 2]);
    }

    #[test]
    fn what_is_too_old_is_not_told() {
        assert_eq!(store().get(KEY, 9, 9).len(), 3);
        assert_eq!(store().get(KEY, 10, 9), [holder(3), holder(2)]);
        assert_eq!(store().get(KEY, 30, 9), []);
        assert_eq!(store().get(Identifier::MAX, 0, 9), []);
    }

    #[test]
    fn keys_are_passed_on_unless_somebody_else_did_so_lately() {
        let mut store = store();
        store.put(Identifier::MAX, holder(9), 2, 12);
        assert_eq!(store.untouched(8, 2), [Identifier::MAX]);
        assert_eq!(store.untouched(8, 5), [KEY, Identifier::MAX]);
        assert_eq!(store.untouched(12, 5), [KEY]);
        assert_eq!(
            store.all(KEY, 12),
            [(holder(2), Lifetime(8)), (holder(3), Lifetime(18))]
        );
    }

    #[test]
    fn a_holder_is_kept_once_and_for_the_latest_time() {
        let mut store = store();
        store.put(KEY, holder(1), 8, 40);
        assert_eq!(store.get(KEY, 8, 9), [holder(1), holder(3), holder(2)]);
        assert_eq!(store.get(KEY, 35, 9), [holder(1)]);
    }
}

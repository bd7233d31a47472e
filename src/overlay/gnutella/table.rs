//! Tables of GUIDs: open-addressed arrays with linear probing that grow from nothing, so that a peer that sees nothing pays
//! nothing.

use super::links::LinkId;
use crate::engine::PeerId;
use crate::engine::prefetch::prefetch_index;

/// What tables are keyed by.
pub(in crate::overlay) trait Key: Copy + Eq + Default {
    /// 32 bits of which the upper ones depend on the whole key (Fibonacci hashing, Knuth vol. 3, §6.4).
    fn spread(self) -> u32;
}

impl Key for u32 {
    #[inline]
    fn spread(self) -> u32 {
        self.wrapping_mul(0x9e37_79b9)
    }
}

/// Name of a ping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct PingKey {
    /// Whose ping it is.
    pub(super) origin: PeerId,
    /// The origin's number for it.
    pub(super) counter: u32,
}

impl Default for PingKey {
    fn default() -> Self {
        Self {
            origin: PeerId(0),
            counter: 0,
        }
    }
}

impl Key for PingKey {
    #[inline]
    fn spread(self) -> u32 {
        let word = u64::from(self.origin.0) << 32 | u64::from(self.counter);
        (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<K> {
    key: K,
    /// `LinkId::NONE` where the slot is empty.
    link: LinkId,
}

/// A table of GUIDs and where each came from.
#[derive(Debug)]
pub(super) struct Table<K> {
    /// At least one is empty, unless there are none: every search ends.
    slots: Box<[Slot<K>]>,
    /// Keys that are taken before the table grows.
    room: u32,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self {
            slots: Box::default(),
            room: 0,
        }
    }
}

/// Slots of the smallest table, which with the word that an allocator adds fill its units of 16 bytes where a slot has eight;
/// larger ones have twice, four times, ... as many.
const SLOTS_FIRST: usize = 13;

/// Slots of the table after one of so many.
const fn larger(slots: usize) -> usize {
    if slots == 0 { SLOTS_FIRST } else { slots * 2 }
}

/// How many entries a table of so many slots takes: it is filled to three quarters.
const fn full(slots: usize) -> usize {
    slots / 4 * 3
}

impl<K: Key> Table<K> {
    /// Slots of a table to which so many entries were added one by one.
    pub(super) fn slots_for(entries: usize) -> usize {
        let mut slots = 0;
        while entries > full(slots) {
            slots = larger(slots);
        }
        slots
    }

    /// Where the search for a key begins: keys are spread over all slots (Lemire's reduction by multiplication).
    #[inline]
    fn home(&self, key: K) -> usize {
        ((u64::from(key.spread()) * self.slots.len() as u64) >> 32) as usize
    }

    /// Whether nothing was ever entered, nor room made for it.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Where a key leads; `LinkId::NONE` if it is not there.
    #[inline]
    pub(super) fn get(&self, key: K) -> LinkId {
        let mut place = self.home(key);
        loop {
            match self.slots.get(place) {
                Some(slot) if slot.key == key || slot.link == LinkId::NONE => return slot.link,
                Some(_) => place += 1,
                None if place == 0 => return LinkId::NONE,
                None => place = 0,
            }
        }
    }

    /// All keys, and where they lead.
    pub(super) fn entries(&self) -> impl Iterator<Item = (K, LinkId)> {
        let taken = self.slots.iter().filter(|slot| slot.link != LinkId::NONE);
        taken.map(|slot| (slot.key, slot.link))
    }

    /// Enters a key unless it is there; then this is where it leads.
    #[inline]
    pub(super) fn enter(&mut self, key: K, link: LinkId) -> Option<&mut LinkId> {
        debug_assert!(link != LinkId::NONE, "a route leads somewhere");
        let mut place = self.home(key);
        loop {
            match self.slots.get(place) {
                Some(slot) if slot.link == LinkId::NONE => break,
                Some(slot) if slot.key == key => return self.slots.get_mut(place).map(|slot| &mut slot.link),
                Some(_) => place += 1,
                None if place == 0 => break,
                None => place = 0,
            }
        }
        if self.room == 0 {
            place = self.grow(key);
        }
        self.room -= 1;
        self.slots[place] = Slot { key, link };
        None
    }

    /// Makes the table larger, and finds the place where a key that is not there would go.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, key: K) -> usize {
        let slots = larger(self.slots.len());
        assert!(slots <= 1 << 31, "a table of GUIDs has fewer than 2^31 slots");
        let empty = Slot {
            key: K::default(),
            link: LinkId::NONE,
        };
        let old = std::mem::replace(&mut self.slots, vec![empty; slots].into_boxed_slice());
        let mut used = 0;
        for slot in old.iter().filter(|slot| slot.link != LinkId::NONE) {
            let place = self.free_place(slot.key);
            self.slots[place] = *slot;
            used += 1;
        }
        self.room = u32::try_from(full(slots)).expect("there are fewer than 2^31 slots") - used;
        self.free_place(key)
    }

    /// Where a key goes that is not there.
    fn free_place(&self, key: K) -> usize {
        let home = self.home(key);
        let is_free = |place: &usize| self.slots[*place].link == LinkId::NONE;
        let mut places = (home..self.slots.len()).chain(0..home);
        places.find(is_free).expect("a slot is empty")
    }

    /// Has the memory fetched in which a key is looked for: see [`crate::engine::Protocol::prefetch_for_answer`].
    #[inline]
    pub(super) fn prefetch(&self, key: K) {
        prefetch_index(&self.slots, self.home(key));
    }

    /// Bytes of memory that the table holds.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capacity_for_a_number_of_entries_is_what_they_get() {
        let mut table = Table::<u32>::default();
        for entry in 0..1_000 {
            assert!(table.enter(entry, LinkId(1)).is_none());
            assert_eq!(Table::<u32>::slots_for(entry as usize + 1), table.slots.len());
        }
        assert_eq!(Table::<u32>::slots_for(0), 0);
    }
}

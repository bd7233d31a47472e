//! Tables of GUIDs seen: they tell first copies from duplicates and hold the way back.
//!
//! Two generations take turns, as in real servents: what was entered in one is found until the one after it is over.
//! An entry therefore lives between one expiry time and two. A table is an open-addressed array with linear probing
//! that grows from nothing, so a peer that sees nothing pays nothing; a query costs 8 bytes, and small tables are filled
//! but for one slot: a search ends within two cache lines all the same.

use super::links::LinkId;
use crate::engine::PeerId;
use crate::engine::prefetch::prefetch_index;

/// What tables are keyed by.
pub(super) trait Key: Copy + Eq + Default {
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

const _: () = assert!(size_of::<Slot<u32>>() == 8, "a query costs eight bytes");

#[derive(Debug)]
pub(super) struct Table<K> {
    /// At least one is empty, unless there are none: every search ends.
    slots: Box<[Slot<K>]>,
    /// Keys that may still be entered before the table grows.
    room: u32,
}

impl<K: Key> Default for Table<K> {
    fn default() -> Self {
        Self {
            slots: Box::default(),
            room: 0,
        }
    }
}

/// Slots of the smallest table, and by how many small ones grow: with the word that an allocator adds, they fill its
/// units of 16 bytes.
const SLOTS_FIRST: usize = 5;
const SLOTS_STEP: usize = 4;
/// Up to so many slots a table is filled but for one slot and grows by steps; larger ones are filled to three quarters
/// and double.
const SLOTS_SMALL: usize = 13;

/// Slots of the table after one of so many.
const fn larger(slots: usize) -> usize {
    match slots {
        0 => SLOTS_FIRST,
        _ if slots < SLOTS_SMALL => slots + SLOTS_STEP,
        _ => slots * 2,
    }
}

/// How many entries a table of so many slots takes.
const fn full(slots: usize) -> usize {
    if slots <= SLOTS_SMALL {
        slots.saturating_sub(1)
    } else {
        slots / 4 * 3
    }
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

    #[inline]
    fn get(&self, key: K) -> LinkId {
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

    /// Enters a key unless it is there; then this is the slot that it has.
    #[inline]
    fn enter(&mut self, key: K, link: LinkId) -> Option<&mut Slot<K>> {
        debug_assert!(link != LinkId::NONE, "a route leads somewhere");
        let mut place = self.home(key);
        loop {
            match self.slots.get(place) {
                Some(slot) if slot.link == LinkId::NONE => break,
                Some(slot) if slot.key == key => return self.slots.get_mut(place),
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

    /// Makes the first table.
    fn open(&mut self) {
        if self.slots.is_empty() {
            self.enlarge();
        }
    }

    /// Makes the table larger, and finds the place where a key that is not there would go.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, key: K) -> usize {
        self.enlarge();
        self.free_place(key)
    }

    fn enlarge(&mut self) {
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
    }

    /// Where a key goes that is not there.
    fn free_place(&self, key: K) -> usize {
        let home = self.home(key);
        let is_free = |place: &usize| self.slots[*place].link == LinkId::NONE;
        let mut places = (home..self.slots.len()).chain(0..home);
        places.find(is_free).expect("a slot is empty")
    }
}

/// GUIDs seen, and where each came from first.
#[derive(Debug)]
pub(super) struct Seen<K> {
    current: Table<K>,
    previous: Option<Box<Table<K>>>,
    /// When the present generation began.
    began_ns: u64,
}

impl<K: Key> Default for Seen<K> {
    fn default() -> Self {
        Self {
            current: Table::default(),
            previous: None,
            began_ns: 0,
        }
    }
}

impl<K: Key> Seen<K> {
    /// Lets generations pass that are over.
    #[inline]
    fn turn(&mut self, now_ns: u64, expiry_ns: u64) {
        if now_ns - self.began_ns >= expiry_ns {
            self.turn_over(now_ns, expiry_ns);
        }
    }

    #[cold]
    #[inline(never)]
    fn turn_over(&mut self, now_ns: u64, expiry_ns: u64) {
        let past = std::mem::take(&mut self.current);
        if now_ns - self.began_ns < expiry_ns.saturating_mul(2) {
            self.previous = (!past.slots.is_empty()).then(|| Box::new(past));
            self.began_ns += expiry_ns;
        } else {
            self.previous = None;
            self.began_ns = now_ns;
        }
    }

    #[inline]
    fn get_previous(&self, key: K) -> LinkId {
        self.previous
            .as_ref()
            .map_or(LinkId::NONE, |previous| previous.get(key))
    }

    /// Enters a GUID that came over `link` unless it is known. True for a first copy.
    #[inline]
    pub(super) fn first(&mut self, key: K, link: LinkId, now_ns: u64, expiry_ns: u64) -> bool {
        self.turn(now_ns, expiry_ns);
        self.get_previous(key) == LinkId::NONE && self.current.enter(key, link).is_none()
    }

    /// Enters a GUID or changes where it leads.
    #[inline]
    pub(super) fn set(&mut self, key: K, link: LinkId, now_ns: u64, expiry_ns: u64) {
        self.turn(now_ns, expiry_ns);
        if let Some(slot) = self.current.enter(key, link) {
            slot.link = link;
        }
    }

    /// Where a GUID came from.
    #[expect(clippy::inline_always, reason = "asked once a message")]
    #[inline(always)]
    pub(super) fn route(&mut self, key: K, now_ns: u64, expiry_ns: u64) -> Option<LinkId> {
        self.turn(now_ns, expiry_ns);
        let link = match self.current.get(key) {
            LinkId::NONE => self.get_previous(key),
            link => link,
        };
        (link != LinkId::NONE).then_some(link)
    }

    /// Forgets everything and gives the memory back.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Makes the first table now: those of peers that come one after the other then lie side by side, where tables
    /// made by the first query that reaches a peer would lie anywhere.
    pub(super) fn open(&mut self) {
        self.current.open();
    }

    /// Whether a GUID was entered lately, whichever generation it belongs to by now: a guess for prefetching.
    #[inline]
    pub(super) fn holds(&self, key: K) -> bool {
        self.current.get(key) != LinkId::NONE
    }

    /// Has the memory fetched in which a GUID is looked for: see [`crate::overlay::Overlay::prefetch`].
    #[inline]
    pub(super) fn prefetch(&self, key: K) {
        prefetch_index(&self.current.slots, self.current.home(key));
        if let Some(previous) = &self.previous {
            prefetch_index(&previous.slots, previous.home(key));
        }
    }

    /// Bytes of memory that the tables hold.
    #[cfg(test)]
    fn held_bytes(&self) -> usize {
        let previous = self
            .previous
            .as_ref()
            .map_or(0, |table| size_of_val(&*table.slots));
        size_of_val(&*self.current.slots) + previous
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The same rule in its simplest form: an entry with the time at which its generation began.
    #[derive(Default)]
    struct Model {
        entries: BTreeMap<u32, (u64, LinkId)>,
        began_ns: u64,
    }

    impl Model {
        fn turn(&mut self, now_ns: u64, expiry_ns: u64) {
            match (now_ns - self.began_ns) / expiry_ns {
                0 => {}
                1 => self.began_ns += expiry_ns,
                _ => self.began_ns = now_ns,
            }
            let oldest = self.began_ns.saturating_sub(expiry_ns);
            let began_ns = self.began_ns;
            self.entries.retain(|_, (generation_ns, _)| {
                *generation_ns >= oldest
                    && (*generation_ns == began_ns || *generation_ns + expiry_ns == began_ns)
            });
        }
    }

    proptest! {
        #[test]
        fn it_does_as_the_model_does(
            expiry_ns in 1_u64..50,
            acts in prop::collection::vec((0_u64..20, 0_u32..60, 1_u32..9, 0_u8..3), 1..400),
        ) {
            let mut seen = Seen::<u32>::default();
            let mut model = Model::default();
            let mut entered: BTreeMap<u32, u64> = BTreeMap::new();
            let mut now_ns = 0;
            for (wait, key, link, act) in acts {
                now_ns += wait;
                model.turn(now_ns, expiry_ns);
                let known = model.entries.get(&key).map(|(_, link)| *link);
                let found = seen.route(key, now_ns, expiry_ns);
                prop_assert_eq!(found, known);
                if let Some(&at_ns) = entered.get(&key) {
                    let age = now_ns - at_ns;
                    prop_assert!(age > expiry_ns || found.is_some(), "forgotten after {}", age);
                    prop_assert!(age <= 2 * expiry_ns || found.is_none(), "remembered after {}", age);
                }
                let began_ns = model.began_ns;
                match act {
                    0 => {
                        let first = seen.first(key, LinkId(link), now_ns, expiry_ns);
                        prop_assert_eq!(first, known.is_none());
                        if first {
                            model.entries.insert(key, (began_ns, LinkId(link)));
                            entered.insert(key, now_ns);
                        }
                    }
                    1 => {
                        seen.set(key, LinkId(link), now_ns, expiry_ns);
                        model.entries.insert(key, (began_ns, LinkId(link)));
                        entered.insert(key, now_ns);
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn nothing_costs_nothing_and_growth_keeps_everything() {
        let mut seen = Seen::<u32>::default();
        assert_eq!(seen.held_bytes(), 0);
        assert_eq!(seen.route(5, 10, 100), None);
        assert_eq!(seen.held_bytes(), 0);
        for query in 0..10_000 {
            assert!(seen.first(query * 4096, LinkId(query + 1), 0, 100));
        }
        for query in 0..10_000 {
            assert_eq!(seen.route(query * 4096, 0, 100), Some(LinkId(query + 1)));
        }
        assert_eq!(seen.held_bytes(), 26_624 * 8, "10,000 entries at a load of 0.38");
        seen.route(0, 1_000, 100);
        assert_eq!(seen.held_bytes(), 0, "expired tables are given back");
    }

    #[test]
    fn the_capacity_for_a_number_of_entries_is_what_they_get() {
        let mut table = Table::<u32>::default();
        for entry in 0..1_000 {
            assert!(table.enter(entry, LinkId(1)).is_none());
            assert_eq!(Table::<u32>::slots_for(entry as usize + 1), table.slots.len());
        }
        assert_eq!(Table::<u32>::slots_for(0), 0);
    }

    #[test]
    fn pings_of_different_origins_do_not_mix() {
        let mut seen = Seen::<PingKey>::default();
        for origin in 0..50 {
            for counter in 0..50 {
                let key = PingKey {
                    origin: PeerId(origin),
                    counter,
                };
                assert!(seen.first(key, LinkId(origin * 50 + counter + 1), 0, 100));
                assert!(!seen.first(key, LinkId(1), 0, 100));
            }
        }
        let key = PingKey {
            origin: PeerId(3),
            counter: 4,
        };
        assert_eq!(seen.route(key, 0, 100), Some(LinkId(155)));
    }
}

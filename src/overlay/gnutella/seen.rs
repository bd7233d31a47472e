//! GUIDs seen: they tell first copies from duplicates and hold the way back.
//!
//! Two generations take turns, as in real servents: what was entered in one is found until the one after it is over.
//! An entry therefore lives between one expiry time and two.

use super::links::LinkId;
use super::table::{Key, Table};

/// The generation that is under way after a turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Generation {
    /// When it began.
    pub(super) began_ns: u64,
    /// Whether the last one ended when it began: then that one's entries are still remembered.
    pub(super) follows: bool,
}

/// The generation under way at a moment at which the one that began at `began_ns` is over.
pub(super) fn next_generation(began_ns: u64, now_ns: u64, expiry_ns: u64) -> Generation {
    if now_ns - began_ns < expiry_ns.saturating_mul(2) {
        Generation {
            began_ns: began_ns + expiry_ns,
            follows: true,
        }
    } else {
        Generation {
            began_ns: now_ns,
            follows: false,
        }
    }
}

/// GUIDs seen, and where each came from first.
#[derive(Debug)]
pub(in crate::overlay) struct Seen<K> {
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
        let next = next_generation(self.began_ns, now_ns, expiry_ns);
        let past = std::mem::take(&mut self.current);
        self.previous = (next.follows && !past.is_empty()).then(|| Box::new(past));
        self.began_ns = next.began_ns;
    }

    #[inline]
    fn get_previous(&self, key: K) -> LinkId {
        self.previous
            .as_ref()
            .map_or(LinkId::NONE, |previous| previous.get(key))
    }

    /// Enters a GUID that came over `link` unless it is known. True for a first copy.
    #[inline]
    pub(in crate::overlay) fn first(&mut self, key: K, link: LinkId, now_ns: u64, expiry_ns: u64) -> bool {
        self.turn(now_ns, expiry_ns);
        self.get_previous(key) == LinkId::NONE && self.current.enter(key, link).is_none()
    }

    /// Enters a GUID or changes where it leads.
    #[inline]
    pub(in crate::overlay) fn set(&mut self, key: K, link: LinkId, now_ns: u64, expiry_ns: u64) {
        self.turn(now_ns, expiry_ns);
        if let Some(way) = self.current.enter(key, link) {
            *way = link;
        }
    }

    /// Where a GUID came from.
    pub(in crate::overlay) fn route(&mut self, key: K, now_ns: u64, expiry_ns: u64) -> Option<LinkId> {
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

    /// Bytes of memory that the tables hold.
    #[cfg(test)]
    fn held_bytes(&self) -> usize {
        let previous = self.previous.as_ref().map_or(0, |table| table.held_bytes());
        self.current.held_bytes() + previous
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::PingKey;
    use super::*;
    use crate::engine::PeerId;
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

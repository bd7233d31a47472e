//! The queries that a servent has seen, and the links that they came over first: generations as in [`super::seen`], with
//! what most duplicates need of them apart from the rest.

use super::Servent;
use super::aside::Aside;
use super::links::LinkId;
use super::recent::Recent;
use super::routes::{Route, Routes};
use super::seen::next_generation;
use crate::engine::Arena;
use crate::overlay::QueryId;

/// The queries seen, gathered from the places where a servent keeps what it knows of them.
pub(super) struct Queries<'s> {
    recent: &'s mut Recent,
    current: &'s mut Routes,
    /// Where the last generation is.
    aside: &'s mut Aside,
    arena: &'s mut Arena,
}

impl Servent {
    /// The queries that this servent has seen.
    #[inline]
    pub(super) fn queries<'s>(&'s mut self, recent: &'s mut Recent, arena: &'s mut Arena) -> Queries<'s> {
        Queries {
            recent,
            current: &mut self.current,
            aside: &mut self.aside,
            arena,
        }
    }

    /// Has the memory fetched in which a query is looked for and entered unless it is known for sure: see
    /// [`crate::overlay::Overlay::prefetch`].
    #[inline]
    pub(super) fn prefetch_queries(&self, query: QueryId, recent: &Recent, arena: &Arena) {
        if recent.has(query.0) {
            return;
        }
        let is_sought = !recent.lacks(query.0);
        self.current.prefetch(query.0, is_sought, arena);
        if is_sought && let Some(previous) = self.aside.previous() {
            previous.prefetch(query.0, true, arena);
        }
    }

    /// Whether a query was seen, which the generation under way says as long as it is not over.
    #[inline(never)]
    fn has_seen(&self, query: QueryId, arena: &Arena) -> bool {
        find(&self.current, &self.aside, arena, query) != LinkId::NONE
    }

    /// Whether a query is a duplicate that comes after the window of the latest ones has gone past it, as many do where many
    /// are under way at a time. Only where links are fixed and the generation is not over.
    #[inline]
    pub(super) fn is_late_duplicate(
        &self,
        query: QueryId,
        recent: &Recent,
        now_ns: u64,
        expiry_ns: u64,
        arena: &Arena,
    ) -> bool {
        recent.is_late(query.0)
            && !recent.do_links_change()
            && !recent.is_over(now_ns, expiry_ns)
            && self.has_seen(query, arena)
    }
}

impl Queries<'_> {
    /// Lets generations pass that are over.
    #[inline]
    fn turn(&mut self, now_ns: u64, expiry_ns: u64) {
        if self.recent.is_over(now_ns, expiry_ns) {
            self.turn_over(now_ns, expiry_ns);
        }
    }

    #[cold]
    #[inline(never)]
    fn turn_over(&mut self, now_ns: u64, expiry_ns: u64) {
        let next = next_generation(self.recent.began_ns, now_ns, expiry_ns);
        let mut past = std::mem::take(self.current);
        if !next.follows {
            past.clear(self.arena);
        }
        self.recent
            .turn(next.began_ns, |number| past.count_from(number, self.arena));
        self.aside.set_previous(past).clear(self.arena);
    }

    /// Whether a query was seen.
    #[inline]
    pub(super) fn has(&mut self, query: QueryId, now_ns: u64, expiry_ns: u64) -> bool {
        self.turn(now_ns, expiry_ns);
        if self.recent.has(query.0) {
            return true;
        }
        if self.recent.lacks(query.0) {
            return false;
        }
        let is_known = find(self.current, self.aside, self.arena, query) != LinkId::NONE;
        if is_known {
            self.recent.note(query.0);
        }
        is_known
    }

    /// Enters a query that came over `link` and, as [`Queries::has`] has just said, was not seen before.
    #[inline]
    pub(super) fn enter(&mut self, query: QueryId, link: LinkId) {
        let Self {
            recent,
            current,
            aside,
            arena,
        } = self;
        let count_from = |number| {
            let previous = aside.previous();
            let previous = previous.map_or(0, |previous| previous.count_from(number, arena));
            current.count_from(number, arena).saturating_add(previous)
        };
        recent.enter(query.0, count_from, |note| {
            let mut note = |route: Route| note(route.number);
            current.visit(arena, &mut note);
            if let Some(previous) = aside.previous() {
                previous.visit(arena, &mut note);
            }
        });
        current.enter(query.0, link, recent.do_queries_walk(), arena);
    }

    /// Enters a query that came over `link` unless it was seen before. True for a first copy.
    #[inline]
    pub(super) fn first(&mut self, query: QueryId, link: LinkId, now_ns: u64, expiry_ns: u64) -> bool {
        let is_first = !self.has(query, now_ns, expiry_ns);
        if is_first {
            self.enter(query, link);
        }
        is_first
    }

    /// Where a query came from first.
    #[inline]
    pub(super) fn route(&mut self, query: QueryId, now_ns: u64, expiry_ns: u64) -> Option<LinkId> {
        self.turn(now_ns, expiry_ns);
        Some(find(self.current, self.aside, self.arena, query)).filter(|link| *link != LinkId::NONE)
    }

    /// A session begins, in which links change and queries walk, or do not.
    pub(super) fn begin(&mut self, links_change: bool, queries_walk: bool) {
        *self.recent = Recent::new(links_change, queries_walk);
    }

    /// The session ends: everything is forgotten, and the memory given back.
    pub(super) fn end(&mut self) {
        *self.recent = Recent::default();
        self.current.clear(self.arena);
        self.aside.set_previous(Routes::default()).clear(self.arena);
    }
}

/// Where a query came from first; `LinkId::NONE` if it is not there.
#[inline]
fn find(current: &Routes, aside: &Aside, arena: &Arena, query: QueryId) -> LinkId {
    match current.get(query.0, arena) {
        LinkId::NONE => aside
            .previous()
            .map_or(LinkId::NONE, |previous| previous.get(query.0, arena)),
        link => link,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A servent's queries and the same in its simplest form: an entry with the time at which its generation began.
    #[derive(Default)]
    struct Pair {
        servent: Servent,
        recent: Recent,
        arena: Arena,
        entries: BTreeMap<u32, (u64, LinkId)>,
        began_ns: u64,
    }

    impl Pair {
        fn queries(&mut self) -> Queries<'_> {
            self.servent.queries(&mut self.recent, &mut self.arena)
        }

        /// What the model knows, after its generations that are over have passed.
        fn model(&mut self, now_ns: u64, expiry_ns: u64) -> &mut BTreeMap<u32, (u64, LinkId)> {
            match (now_ns - self.began_ns) / expiry_ns {
                0 => {}
                1 => self.began_ns += expiry_ns,
                _ => self.began_ns = now_ns,
            }
            let began_ns = self.began_ns;
            self.entries.retain(|_, (generation_ns, _)| {
                *generation_ns == began_ns || *generation_ns + expiry_ns == began_ns
            });
            &mut self.entries
        }

        /// Nothing that the model has is unknown for sure.
        fn check_unknown(&self, used: &[u32]) -> Result<(), TestCaseError> {
            for number in used {
                let is_known = self.entries.contains_key(number);
                prop_assert!(!is_known || !self.recent.lacks(*number), "{}", number);
            }
            Ok(())
        }
    }

    /// Numbers as a workload's are, those of searches made anew, and the last there are: or below a limit.
    fn number(time: u32, offset: u32, layer: u8, limit: u32) -> u32 {
        let number = match layer {
            0..6 => time + offset,
            6 => time / 8 + offset,
            7 => 10_000 + time + offset,
            8 => 3_000_000_000 + time * 40 + offset,
            _ => u32::MAX - offset,
        };
        number % limit
    }

    /// Names of links, the largest that fit four bytes beside a number and the next one included.
    fn link(choice: u32) -> LinkId {
        match choice {
            8 => LinkId(254),
            9 => LinkId(255),
            10 => LinkId::OWN,
            few => LinkId(few + 1),
        }
    }

    /// Mostly short, and now and then longer than two generations.
    fn wait() -> impl Strategy<Value = u64> {
        prop_oneof![40 => 0_u64..9, 1 => 0_u64..700]
    }

    proptest! {
        #[test]
        fn they_are_what_the_model_has_and_nothing_is_a_duplicate_that_is_not(
            expiry_ns in 1_u64..300,
            pace in 1_u32..40,
            do_walk: bool,
            limit in prop_oneof![Just(3_000_u32), Just(1 << 24), Just(u32::MAX)],
            links in 1_u32..=11,
            acts in prop::collection::vec((wait(), 0_u32..200, 0_u8..10, 0_u32..11, 0_u8..40), 1..600),
        ) {
            let mut pair = Pair::default();
            pair.queries().begin(false, do_walk);
            let (mut now_ns, mut used) = (0, Vec::new());
            for (time, (wait, offset, layer, link, act)) in (0..).zip(acts) {
                now_ns += wait;
                let number = number(time * pace, offset, layer, limit);
                let (query, link) = (QueryId(number), self::link(link % links));
                used.push(number);
                let began_ns = pair.began_ns;
                let known = pair.model(now_ns, expiry_ns).clone();
                // Before anything is asked of the table, which lets its generations pass.
                for number in &used {
                    let is_duplicate = pair.recent.is_duplicate(*number, now_ns, expiry_ns);
                    prop_assert!(!is_duplicate || known.contains_key(number), "{}", number);
                    let (query, recent) = (QueryId(*number), &pair.recent);
                    let is_late = pair
                        .servent
                        .is_late_duplicate(query, recent, now_ns, expiry_ns, &pair.arena);
                    prop_assert!(!is_late || known.contains_key(number), "{}", number);
                    let is_same_generation = began_ns == pair.began_ns;
                    prop_assert!(!(is_duplicate || is_late) || is_same_generation);
                }
                pair.check_unknown(&used)?;
                match act {
                    0..20 => {
                        let is_first = pair.queries().first(query, link, now_ns, expiry_ns);
                        prop_assert_eq!(is_first, !known.contains_key(&number));
                        let entry = (pair.began_ns, link);
                        pair.model(now_ns, expiry_ns).entry(number).or_insert(entry);
                    }
                    20..30 => {
                        let has = pair.queries().has(query, now_ns, expiry_ns);
                        prop_assert_eq!(has, known.contains_key(&number));
                    }
                    30..39 => {
                        let route = pair.queries().route(query, now_ns, expiry_ns);
                        prop_assert_eq!(route, known.get(&number).map(|(_, link)| *link));
                    }
                    _ => {
                        pair.queries().end();
                        prop_assert_eq!(pair.arena.lent_bytes(), 0);
                        prop_assert!(used.iter().all(|number| !pair.recent.has(*number)));
                        pair.queries().begin(false, do_walk);
                        (pair.entries, pair.began_ns) = (BTreeMap::new(), 0);
                    }
                }
                pair.check_unknown(&used)?;
            }
        }
    }

    #[test]
    fn most_are_known_or_unknown_without_a_search() {
        let mut pair = Pair::default();
        pair.queries().begin(false, false);
        let is_quick = |pair: &Pair, number: u32, now_ns| pair.recent.is_duplicate(number, now_ns, 1_000);
        for number in 5_000..5_900 {
            let now_ns = u64::from(number - 5_000);
            assert!(pair.recent.lacks(number));
            assert!(pair.queries().first(QueryId(number), LinkId(1), now_ns, 1_000));
            let latest = number.saturating_sub(128).max(5_000)..=number;
            assert!(latest.clone().all(|number| is_quick(&pair, number, now_ns)));
        }
        // The next generation: each that the last one knew is looked for once.
        assert!(!is_quick(&pair, 5_890, 1_000));
        for _ in 0..2 {
            assert!(pair.queries().has(QueryId(5_890), 1_000, 1_000));
            assert!(is_quick(&pair, 5_890, 1_000) && !is_quick(&pair, 5_891, 1_000));
        }
        // Those after them are looked for while there are any of the last generation in the window.
        for number in 5_900..6_300 {
            assert_eq!(pair.recent.lacks(number), number > 6_048, "{number}");
            assert!(pair.queries().first(QueryId(number), LinkId(1), 1_001, 1_000));
        }
    }

    #[test]
    fn most_that_walk_are_unknown_without_a_search() {
        let mut pair = Pair::default();
        pair.queries().begin(false, true);
        let numbers = || (1..=100_u32).map(|number| number.wrapping_mul(0x85eb_ca6b) >> 12);
        let mut sought = 0;
        for (now_ns, number) in (0..).zip(numbers()) {
            sought += u32::from(!pair.recent.lacks(number));
            assert!(pair.queries().first(QueryId(number), LinkId(1), now_ns, 1_000));
            assert!(!pair.recent.lacks(number));
        }
        assert!((15..36).contains(&sought), "a quarter: {sought}");
        // The next generation begins with a window, and comes to a sieve of both by a number from far below it.
        for (now_ns, number) in (1_000..).zip(numbers()) {
            assert!(!pair.queries().first(QueryId(number), LinkId(1), now_ns, 1_000));
        }
        for number in [9_999_999, 3] {
            assert!(!pair.recent.lacks(number), "as long as it is a window");
            assert!(pair.queries().first(QueryId(number), LinkId(1), 1_500, 1_000));
        }
        assert!(numbers().all(|number| !pair.recent.lacks(number)));
        let lacked = (2_000_000..2_001_000).filter(|number| pair.recent.lacks(*number));
        assert!(
            (400..660).contains(&lacked.count()),
            "half of those that nobody asked"
        );
    }

    #[test]
    fn a_session_begins_without_memory_and_ends_so() {
        let mut pair = Pair::default();
        for _ in 0..2 {
            pair.queries().begin(false, false);
            assert!(pair.servent.current.held_bytes() == 0 && pair.servent.aside.previous().is_none());
            for number in 0..200_u32 {
                let now_ns = u64::from(number);
                assert!(pair.queries().first(QueryId(number), LinkId(1), now_ns, 100));
            }
            let previous = pair.servent.aside.previous();
            assert!(previous.is_some_and(|previous| previous.held_bytes() > 0));
            assert!(pair.servent.current.held_bytes() > 0);
            pair.queries().end();
            pair.servent.aside.end_session();
        }
    }
}

//! Where the queries that a servent has seen came from first.
//!
//! Queries are numbered in the order of their issue, and a flood brings them to everybody nearly in that order. Then their
//! routes are a list by number that grows at its end: nothing but the end is touched, and in a short run the whole list is a
//! part of the servent's own struct. Many searches at a time bring queries in any order. A list would then be moved about with
//! every entry, so that it gives way to a hash table as soon as an entry would move many others. Neither has a bad case: an entry
//! in a list moves a few lines of memory at most, and one in a table none. Walks bring queries in no order at all, and are
//! entered in a [log](super::log) as long as they are not too many for one, nor their numbers or links' names too large.

use super::links::LinkId;
use super::log::{Log, NEWEST};
use super::table::Table;
use crate::engine::Arena;
use crate::engine::prefetch::{LINE_BYTES, prefetch_index};

/// A query and the link that it came over first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) number: u32,
    pub(super) link: LinkId,
}

const _: () = assert!(size_of::<Route>() == 8, "a query costs eight bytes");

impl Route {
    const NONE: Self = Self {
        number: 0,
        link: LinkId::NONE,
    };
}

/// Routes that need no memory beside the servent's own struct.
pub(super) const FEW: usize = 4;

const _: () = assert!(
    FEW < NEWEST,
    "a log that is made of them and one more needs no block"
);

/// Routes for which a list on the heap makes room at first.
pub(super) const LIST_FIRST: usize = 16;
/// As many routes as fill a cache line.
const LINE_ROUTES: usize = LINE_BYTES / size_of::<Route>();
/// An entry moves so many others of a list at most.
const MOVED_MAX: usize = 16;

/// Routes by numbers of queries.
#[derive(Debug)]
pub(super) enum Routes {
    /// As many as `count` says, ascending by number.
    Few { count: u8, routes: [Route; FEW] },
    /// Ascending by number.
    List(Vec<Route>),
    /// Numbers of queries that walk.
    Log(Log),
    /// Numbers come in no order.
    Scattered(Table<u32>),
}

const _: () = assert!(
    size_of::<Routes>() == 40,
    "the first queries are remembered without a block of memory"
);

impl Default for Routes {
    fn default() -> Self {
        Self::Few {
            count: 0,
            routes: [Route::NONE; FEW],
        }
    }
}

impl Routes {
    /// Where a query leads; `LinkId::NONE` if it is not there.
    #[inline]
    pub(super) fn get(&self, number: u32, arena: &Arena) -> LinkId {
        match self {
            Self::Few { count, routes } => get(&routes[..usize::from(*count)], number),
            Self::List(routes) => get(routes, number),
            Self::Log(log) => log.get(number, arena),
            Self::Scattered(table) => table.get(number),
        }
    }

    /// Enters a query that is not there, and which walks or does not.
    #[inline]
    pub(super) fn enter(&mut self, number: u32, link: LinkId, does_walk: bool, arena: &mut Arena) {
        debug_assert!(link != LinkId::NONE, "a route leads somewhere");
        let route = Route { number, link };
        match self {
            Self::Few { count, routes } if usize::from(*count) < FEW => {
                let used = usize::from(*count);
                let place = place(&routes[..used], number);
                routes.copy_within(place..used, place + 1);
                routes[place] = route;
                *count += 1;
            }
            Self::List(routes) => {
                let place = place(routes, number);
                if place == routes.len() {
                    routes.push(route);
                } else if routes.len() - place <= MOVED_MAX {
                    routes.insert(place, route);
                } else {
                    self.scatter(route, arena);
                }
            }
            Self::Log(log) => {
                if !log.enter(route, arena) {
                    self.scatter(route, arena);
                }
            }
            Self::Scattered(table) => {
                table.enter(number, link);
            }
            Self::Few { .. } => self.outgrow(route, does_walk, arena),
        }
    }

    /// Makes a list on the heap, or a log, of the few and one more.
    #[cold]
    #[inline(never)]
    fn outgrow(&mut self, route: Route, does_walk: bool, arena: &mut Arena) {
        let Self::Few { routes, .. } = *self else { return };
        if does_walk {
            let mut log = Log::default();
            let mut all = routes.into_iter().chain([route]);
            if all.all(|route| log.enter(route, arena)) {
                *self = Self::Log(log);
            } else {
                self.scatter(route, arena);
            }
        } else {
            let mut list = Vec::with_capacity(LIST_FIRST);
            list.extend_from_slice(&routes);
            list.insert(place(&routes, route.number), route);
            *self = Self::List(list);
        }
    }

    /// Makes a table of all routes and one more.
    #[cold]
    #[inline(never)]
    fn scatter(&mut self, route: Route, arena: &mut Arena) {
        let mut table = Table::default();
        let mut enter = |Route { number, link }| {
            table.enter(number, link);
        };
        self.visit(arena, &mut enter);
        enter(route);
        std::mem::replace(self, Self::Scattered(table)).clear(arena);
    }

    /// Calls `visit` with every route.
    pub(super) fn visit(&self, arena: &Arena, visit: &mut dyn FnMut(Route)) {
        match self {
            Self::Few { count, routes } => routes[..usize::from(*count)].iter().copied().for_each(visit),
            Self::List(routes) => routes.iter().copied().for_each(visit),
            Self::Log(log) => log.routes(arena).for_each(visit),
            Self::Scattered(table) => table
                .entries()
                .for_each(|(number, link)| visit(Route { number, link })),
        }
    }

    /// How many queries have this number or a larger one; `usize::MAX` where that would have to be found out.
    pub(super) fn count_from(&self, number: u32, arena: &Arena) -> usize {
        match self {
            Self::Few { count, routes } => count_from(&routes[..usize::from(*count)], number),
            Self::List(routes) => count_from(routes, number),
            Self::Log(log) => log.routes(arena).filter(|route| route.number >= number).count(),
            Self::Scattered(_) => usize::MAX,
        }
    }

    /// Whether nothing was ever entered.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Few { count: 0, .. })
    }

    /// Has fetched what lies elsewhere of the place where a query is entered, and looked for if it `is_sought`: see
    /// [`crate::overlay::Overlay::prefetch`].
    #[inline]
    pub(super) fn prefetch(&self, number: u32, is_sought: bool, arena: &Arena) {
        match self {
            Self::Few { .. } => {}
            Self::List(routes) => {
                // Where the next one goes, and what lies before it.
                prefetch_index(routes, routes.len());
                prefetch_index(routes, routes.len().saturating_sub(LINE_ROUTES));
            }
            Self::Log(log) => log.prefetch(is_sought, arena),
            Self::Scattered(table) => table.prefetch(number),
        }
    }

    /// Forgets everything and gives the memory back.
    pub(super) fn clear(&mut self, arena: &mut Arena) {
        if let Self::Log(log) = std::mem::take(self) {
            log.give_back(arena);
        }
    }

    /// Bytes of memory on the heap or in the arena.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::List(routes) => routes.capacity() * size_of::<Route>(),
            Self::Log(log) => log.held_bytes(),
            Self::Scattered(table) => table.held_bytes(),
        }
    }
}

/// Place of the first route with this number or a larger one. Where every query came by there is exactly one place between
/// those of two consecutive numbers, so it is looked for as far below the end as its number is.
#[inline]
fn place(routes: &[Route], number: u32) -> usize {
    let Some(last) = routes.last() else {
        return 0;
    };
    if last.number < number {
        return routes.len();
    }
    let above_max = (last.number - number) as usize;
    let low = (routes.len() - 1).saturating_sub(above_max);
    if routes[low].number >= number {
        return low;
    }
    low + routes[low..].partition_point(|route| route.number < number)
}

fn count_from(routes: &[Route], number: u32) -> usize {
    routes.len() - place(routes, number)
}

#[inline]
fn get(routes: &[Route], number: u32) -> LinkId {
    match routes.get(place(routes, number)) {
        Some(route) if route.number == number => route.link,
        _ => LinkId::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::LOG_MAX;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Enters numbers with links of their own, and looks for all that there are and some that are not.
    fn check(numbers: impl IntoIterator<Item = u32>) -> Routes {
        check_gait(numbers, false)
    }

    /// The same of queries that walk or do not.
    fn check_gait(numbers: impl IntoIterator<Item = u32>, do_walk: bool) -> Routes {
        let (mut routes, mut model) = (Routes::default(), BTreeMap::new());
        let arena = &mut Arena::default();
        for (link, number) in (1..255).map(LinkId).cycle().zip(numbers) {
            if model.contains_key(&number) {
                continue;
            }
            assert_eq!(routes.get(number, arena), LinkId::NONE, "{number}");
            routes.enter(number, link, do_walk, arena);
            model.insert(number, link);
            assert!(!routes.is_empty());
            assert_eq!(routes.get(number, arena), link);
        }
        for (left, (number, link)) in (1..).zip(model.iter().rev()) {
            assert_eq!(routes.get(*number, arena), *link, "{number}");
            let can_count = !matches!(routes, Routes::Scattered(_));
            assert_eq!(
                routes.count_from(*number, arena),
                if can_count { left } else { usize::MAX }
            );
            for other in [number.wrapping_sub(1), number.wrapping_add(1)] {
                let expected = model.get(&other).copied().unwrap_or(LinkId::NONE);
                assert_eq!(routes.get(other, arena), expected, "{other}");
            }
        }
        let mut visited = BTreeMap::new();
        routes.visit(arena, &mut |route| {
            assert!(visited.insert(route.number, route.link).is_none());
        });
        assert_eq!(visited, model);
        if !matches!(routes, Routes::Log(_)) {
            assert_eq!(arena.lent_bytes(), 0, "what is no log has no block");
        }
        routes
    }

    proptest! {
        #[test]
        fn they_are_what_the_model_has(
            pace in 0_u32..4,
            offsets in prop::collection::vec((0_u32..40, 0_u8..12), 0..300),
            late in 0_u8..3,
            do_walk: bool,
        ) {
            let numbers = (0..).zip(offsets).map(|(time, (offset, layer))| match layer {
                layer if layer < late => 3_000_000_000 + offset * time,
                3 => u32::MAX - offset,
                _ => time * pace + offset,
            });
            check_gait(numbers, do_walk);
        }
    }

    #[test]
    fn numbers_in_order_or_nearly_so_are_a_list() {
        assert!(matches!(check([3, 1, 2, 0]), Routes::Few { count: 4, .. }));
        assert!(matches!(check(0..3_000), Routes::List(_)));
        let nearly = |number: u32| number ^ 15;
        assert!(matches!(check((0..3_000).map(nearly)), Routes::List(_)));
        assert!(Routes::default().is_empty() && Routes::default().count_from(0, &Arena::default()) == 0);
    }

    #[test]
    fn numbers_in_no_order_are_a_table() {
        let scattered = |number: u32| number.wrapping_mul(0x9e37_79b9);
        assert!(matches!(check((0..3_000).map(scattered)), Routes::Scattered(_)));
        assert!(matches!(check((0..3_000).rev()), Routes::Scattered(_)));
        // Searches made anew have numbers far above their time's.
        let anew = (0..3_000).map(|time| if time % 2 == 0 { time } else { 10_000 + time });
        assert!(matches!(check(anew), Routes::Scattered(_)));
    }

    #[test]
    fn numbers_that_walk_are_a_log_until_they_are_many_or_large() {
        let scattered = |number: u32| number.wrapping_mul(0x9e37_79b9) >> 8;
        let walked = |count| check_gait((1..=count).map(scattered), true);
        assert!(matches!(walked(4), Routes::Few { .. }));
        assert!(matches!(walked(5), Routes::Log(_)));
        let most = u32::try_from(LOG_MAX).expect("a log is short");
        assert!(matches!(walked(most), Routes::Log(_)));
        assert!(matches!(walked(most + 1), Routes::Scattered(_)));
        let (mut named, arena) = (Routes::default(), &mut Arena::default());
        for number in 1..=100 {
            let name = if number == 60 { 255 } else { number };
            named.enter(scattered(number), LinkId(name), true, arena);
            assert_eq!(named.get(scattered(number), arena), LinkId(name));
        }
        assert!(matches!(named, Routes::Scattered(_)) && arena.lent_bytes() == 0);
        assert_eq!(named.get(scattered(9), arena), LinkId(9));
        for large in [4, 60] {
            let numbers = (0..100).map(|time| if time == large { 1 << 24 } else { time });
            assert!(matches!(check_gait(numbers, true), Routes::Scattered(_)));
        }
    }
}

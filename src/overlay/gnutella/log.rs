//! Routes in the order of their entry, in four bytes each: the newest at hand in the servent's own struct, which is emptied onto
//! the heap whenever it is full.
//!
//! Walkers bring queries in no order, and nearly each is a new one. A table would then be touched at a place of its own at every
//! step, and with a million peers that place is never at hand. Here the heap is touched at every fifth step, and besides where
//! a query cannot be told to be new without it: see [`super::recent`].

use super::links::LinkId;
use super::routes::Route;
use crate::engine::prefetch::{prefetch_all, prefetch_index};

/// A route in four bytes: the query's number, and below it the link's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Packed(u32);

const LINK_BITS: u32 = 8;
const LINK_MASK: u32 = (1 << LINK_BITS) - 1;
/// What stands for [`LinkId::OWN`]; links named so or above do not fit.
const OWN_NAME: u32 = LINK_MASK;

impl Packed {
    /// No route: an empty place.
    const NONE: Self = Self(0);

    /// A route, if it fits.
    #[inline]
    fn new(Route { number, link }: Route) -> Option<Self> {
        let name = match link {
            LinkId::OWN => OWN_NAME,
            LinkId(name) if name < OWN_NAME => name,
            _ => return None,
        };
        (number >> (u32::BITS - LINK_BITS) == 0).then_some(Self(number << LINK_BITS | name))
    }

    #[inline]
    fn link(self) -> LinkId {
        match self.0 & LINK_MASK {
            OWN_NAME => LinkId::OWN,
            name => LinkId(name),
        }
    }

    fn route(self) -> Route {
        Route {
            number: self.0 >> LINK_BITS,
            link: self.link(),
        }
    }
}

/// The route of a query among others, or none. All are looked at, for that takes no decisions.
#[inline]
fn find(routes: &[Packed], number: u32) -> Packed {
    let found = routes.iter().fold(0, |found, route| {
        let is_it = route.0 >> LINK_BITS == number;
        found | if is_it { route.0 } else { 0 }
    });
    Packed(found)
}

/// So many routes lie in the servent's own struct.
pub(super) const NEWEST: usize = 5;
/// So many for which there is room on the heap at first: with the word that an allocator adds they fill its units of 16 bytes.
/// Later there is room for twice and four times as many.
const OLDER_FIRST: usize = 6 * NEWEST;
const OLDER_MAX: usize = 4 * OLDER_FIRST;
/// A log holds no more routes.
pub(super) const LOG_MAX: usize = OLDER_MAX + NEWEST;

/// Bytes of the heap for so many routes.
pub(super) const fn older_bytes(routes: usize) -> usize {
    let mut room = if routes > NEWEST { OLDER_FIRST } else { 0 };
    while room + NEWEST < routes {
        room *= 2;
    }
    room * size_of::<Packed>()
}

/// The newest routes, the oldest of them first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest([Packed; NEWEST]);

/// Those before them. How many they are is known elsewhere, so that all fits the place that a servent has for its routes.
pub(super) type Older = Box<[Packed]>;

impl Newest {
    /// Of an empty log.
    pub(super) const NONE: Self = Self([Packed::NONE; NEWEST]);

    #[inline]
    fn are_full(&self) -> bool {
        self.0[NEWEST - 1] != Packed::NONE
    }
}

/// Where a query leads; `LinkId::NONE` if it is not there.
#[inline]
pub(super) fn get(newest: &Newest, older: &[Packed], number: u32) -> LinkId {
    match find(&newest.0, number) {
        Packed::NONE => find(older, number).link(),
        found => found.link(),
    }
}

/// Enters a query that is not there; false where it does not fit, or the log is full.
#[inline]
pub(super) fn enter(newest: &mut Newest, older: &mut Older, older_count: &mut u8, route: Route) -> bool {
    let Some(packed) = Packed::new(route) else {
        return false;
    };
    if newest.are_full() {
        return empty_onto(newest, older, older_count, packed);
    }
    let free = newest.0.iter().position(|newer| *newer == Packed::NONE);
    newest.0[free.expect("a place is empty")] = packed;
    true
}

/// Puts the newest to the older ones, and begins anew with one more; false where there is no room.
#[inline(never)]
fn empty_onto(newest: &mut Newest, older: &mut Older, older_count: &mut u8, packed: Packed) -> bool {
    let count = usize::from(*older_count);
    if count == older.len() && !grow(older) {
        return false;
    }
    older[count..count + NEWEST].copy_from_slice(&newest.0);
    *older_count = u8::try_from(count + NEWEST).expect("a log is short");
    *newest = Newest::NONE;
    newest.0[0] = packed;
    true
}

/// Makes twice the room; false where that would be too much.
#[cold]
fn grow(older: &mut Older) -> bool {
    let room = (older.len() * 2).max(OLDER_FIRST);
    if room > OLDER_MAX {
        return false;
    }
    let mut larger = Vec::with_capacity(room);
    larger.extend_from_slice(older);
    larger.resize(room, Packed::NONE);
    *older = larger.into_boxed_slice();
    true
}

/// All routes.
pub(super) fn routes<'r>(newest: &'r Newest, older: &'r [Packed]) -> impl Iterator<Item = Route> + 'r {
    let all = older.iter().chain(&newest.0);
    all.filter(|packed| **packed != Packed::NONE)
        .map(|packed| packed.route())
}

/// Has what lies on the heap fetched where a query `is_sought` there, and its end where the next one is going to be put.
#[inline]
pub(super) fn prefetch(newest: &Newest, older: &Older, older_count: u8, is_sought: bool) {
    let count = usize::from(older_count);
    if is_sought {
        prefetch_all(&older[..count]);
    }
    if newest.are_full() {
        prefetch_index(older, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enters routes into an empty log as long as they fit, with all that fit before, and returns how many did.
    fn check(routes: &[Route]) -> usize {
        let (mut newest, mut older, mut older_count) = (Newest::NONE, Older::default(), 0);
        for (entered, route) in routes.iter().enumerate() {
            assert_eq!(
                get(&newest, &older[..usize::from(older_count)], route.number),
                LinkId::NONE
            );
            if !enter(&mut newest, &mut older, &mut older_count, *route) {
                return entered;
            }
            let there = &older[..usize::from(older_count)];
            for route in &routes[..=entered] {
                assert_eq!(get(&newest, there, route.number), route.link, "{route:?}");
            }
            let visited = super::routes(&newest, there).map(|route| (route.number, route.link));
            let expected = routes[..=entered].iter().map(|route| (route.number, route.link));
            assert!(visited.eq(expected), "in the order of their entry");
            assert_eq!(size_of_val(&*older), older_bytes(entered + 1));
        }
        routes.len()
    }

    fn route(number: u32, link: u32) -> Route {
        Route {
            number,
            link: LinkId(link),
        }
    }

    #[test]
    fn it_holds_what_fits_until_it_is_full() {
        let many = |count| {
            (0..count)
                .map(|number| route(number * 9_999, 1 + number % 254))
                .collect::<Vec<_>>()
        };
        assert_eq!(check(&many(200)), LOG_MAX);
        assert_eq!(older_bytes(0), 0);
        let largest = [route(0, 1), route((1 << 24) - 1, 254), route(7, LinkId::OWN.0)];
        assert_eq!(check(&largest), 3);
        for too_large in [route(1 << 24, 1), route(1, 255), route(2, LinkId::OWN.0 - 1)] {
            assert_eq!(check(&[route(9, 9), too_large]), 1);
        }
    }
}

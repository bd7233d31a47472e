//! Routes in the order of their entry, in four bytes each: the newest at hand in the servent's own struct, which is emptied into
//! a block of an [arena](Arena) whenever it is full.
//!
//! Walkers bring queries in no order, and nearly each is a new one. A table would then be touched at a place of its own at every
//! step, and with a million peers that place is never at hand. Here the block is touched at every eighth step, and besides where
//! a query cannot be told to be new without it: see [`super::recent`]. Even then all but small blocks are seldom searched, for they
//! begin with a line of bits that says of most queries that they are not there (Bloom, 1970, with two hash functions).

use super::bits::{WORD, is_set, set};
use super::links::LinkId;
use super::packed::{self, NONE, find, pack, unpack};
use super::routes::Route;
use super::table::Key as _;
use crate::engine::arena::{Arena, BLOCK_LINES_MAX, LINE_WORDS, LINES_MAX};
use crate::engine::prefetch::{prefetch_all, prefetch_index};

/// So many routes lie in the servent's own struct.
pub(super) const NEWEST: usize = 8;
/// A log holds no more routes.
pub(super) const LOG_MAX: usize = Size::Long.routes() + NEWEST;

/// A log. Whoever has no use for it any more has to [`Log::give_back`] its block, or that stays lent.
#[derive(Debug)]
pub(super) struct Log {
    /// Words of the newest routes, the oldest of them first.
    newest: [u32; NEWEST],
    older: Older,
}

/// Where those before them are: the number of the first line of their block, and below it how many times [`NEWEST`] of them there
/// are. One word, so that a log fits the place that a servent has for its routes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Older(u32);

const COUNT_BITS: u32 = 5;

impl Older {
    /// There are none, and no block.
    const NONE: Self = Self(0);

    fn new(line: u32, count: usize) -> Self {
        let times = u32::try_from(count / NEWEST).expect("a log is short");
        Self(line << COUNT_BITS | times)
    }

    #[inline]
    fn line(self) -> u32 {
        self.0 >> COUNT_BITS
    }

    #[inline]
    fn count(self) -> usize {
        (self.0 & ((1 << COUNT_BITS) - 1)) as usize * NEWEST
    }

    #[inline]
    fn size(self) -> Option<Size> {
        Size::of(self.count())
    }
}

const _: () = assert!(
    Size::Long.routes() / NEWEST < 1 << COUNT_BITS && LINES_MAX <= 1 << (u32::BITS - COUNT_BITS),
    "every number of routes and of a line has its bits"
);

/// Sizes of blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Size {
    Short,
    Middle,
    Long,
}

impl Size {
    /// All of them, ascending.
    const ALL: [Self; 3] = [Self::Short, Self::Middle, Self::Long];

    /// Lines that it has.
    const fn lines(self) -> usize {
        match self {
            Self::Short => 2,
            Self::Middle => 9,
            Self::Long => BLOCK_LINES_MAX,
        }
    }

    /// Words of bits at its beginning.
    #[inline]
    const fn bits_words(self) -> usize {
        match self {
            Self::Short => 0,
            Self::Middle | Self::Long => LINE_WORDS,
        }
    }

    /// Bytes that it has.
    const fn bytes(self) -> usize {
        self.lines() * LINE_WORDS * size_of::<u32>()
    }

    /// Routes that have room in it.
    const fn routes(self) -> usize {
        self.lines() * LINE_WORDS - self.bits_words()
    }

    /// Of the block that holds so many routes, if there are any and not too many.
    #[inline]
    fn of(count: usize) -> Option<Self> {
        if count == 0 {
            return None;
        }
        Self::ALL.into_iter().find(|size| count <= size.routes())
    }
}

/// Bits of a line.
const BITS: u32 = 512;

const _: () = assert!(
    BITS as usize == LINE_WORDS * WORD as usize && BITS.is_power_of_two(),
    "a bit's number is a part of a hash"
);

/// The bits of a query, two of a line of them: others than those by which it is told to be new.
#[inline]
fn bits_of(number: u32) -> [u32; 2] {
    let spread = number.spread();
    [spread >> 14 & (BITS - 1), spread >> 5 & (BITS - 1)]
}

/// Whether a query may be among those whose bits are set; where there are no bits, it may.
#[inline]
fn may_be_there(bits: &[u32], number: u32) -> bool {
    bits.is_empty() || bits_of(number).into_iter().all(|bit| is_set(bits, bit))
}

impl Default for Log {
    fn default() -> Self {
        Self {
            newest: [NONE; NEWEST],
            older: Older::NONE,
        }
    }
}

impl Log {
    /// The bits of those in the arena, and their words.
    #[inline]
    fn older<'a>(&self, arena: &'a Arena) -> (&'a [u32], &'a [u32]) {
        match self.older.size() {
            None => (&[], &[]),
            Some(size) => {
                let words = arena.words(self.older.line(), size.bits_words() + self.older.count());
                words.split_at(size.bits_words())
            }
        }
    }

    /// Where a query leads; `LinkId::NONE` if it is not there.
    #[inline]
    pub(super) fn get(&self, number: u32, arena: &Arena) -> LinkId {
        let newest = find(&self.newest, number);
        if newest != NONE {
            return packed::link(newest);
        }
        let (bits, older) = self.older(arena);
        if !may_be_there(bits, number) {
            return LinkId::NONE;
        }
        prefetch_all(older);
        packed::link(find(older, number))
    }

    /// Enters a query that is not there; false where it does not fit, or the log or the arena is full.
    #[inline]
    pub(super) fn enter(&mut self, route: Route, arena: &mut Arena) -> bool {
        let Some(word) = pack(route) else {
            return false;
        };
        let count = self.newest.iter().filter(|newer| **newer != NONE).count();
        if count == NEWEST && !self.empty_newest(arena) {
            return false;
        }
        self.newest[count % NEWEST] = word;
        true
    }

    /// Puts the newest to the older ones; false where there is no room.
    #[inline(never)]
    fn empty_newest(&mut self, arena: &mut Arena) -> bool {
        let (count, after) = (self.older.count(), self.older.count() + NEWEST);
        let Some(size) = Size::of(after) else {
            return false;
        };
        let line = if self.older.size() == Some(size) {
            Some(self.older.line())
        } else {
            self.grow(size, arena)
        };
        let Some(line) = line else {
            return false;
        };
        put(&self.newest, count, (line, size), arena);
        self.older = Older::new(line, after);
        self.newest = [NONE; NEWEST];
        true
    }

    /// Moves the older ones, if there are any, to a block of a larger size, and returns its first line if there is room for it.
    #[cold]
    fn grow(&self, larger: Size, arena: &mut Arena) -> Option<u32> {
        let line = arena.take(larger.lines())?;
        if let Some(size) = self.older.size() {
            let mut words = [NONE; LOG_MAX];
            let words = &mut words[..self.older.count()];
            words.copy_from_slice(self.older(arena).1);
            put(words, 0, (line, larger), arena);
            arena.give_back(self.older.line(), size.lines());
        }
        Some(line)
    }

    /// All routes in the order of their entry.
    pub(super) fn routes<'r>(&'r self, arena: &'r Arena) -> impl Iterator<Item = Route> + 'r {
        let all = self.older(arena).1.iter().chain(&self.newest);
        all.filter(|word| **word != NONE).map(|word| unpack(*word))
    }

    /// Has what lies in the arena fetched where a query `is_sought` there, and its end where the next one is going to be put.
    #[inline]
    pub(super) fn prefetch(&self, is_sought: bool, arena: &Arena) {
        let is_put = self.newest[NEWEST - 1] != NONE;
        if !is_sought && !is_put {
            return;
        }
        let (bits, older) = self.older(arena);
        if is_put {
            // A hint may name a place outside of a slice.
            prefetch_index(older, older.len());
        }
        if !bits.is_empty() {
            prefetch_index(bits, 0);
        } else if is_sought {
            prefetch_all(older);
        }
    }

    /// Gives the memory back.
    pub(super) fn give_back(self, arena: &mut Arena) {
        if let Some(size) = self.older.size() {
            arena.give_back(self.older.line(), size.lines());
        }
    }

    /// Bytes of the arena.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.older.size().map_or(0, Size::bytes)
    }
}

/// Puts routes behind so many others in a block, and sets their bits.
fn put(words: &[u32], place: usize, (line, size): (u32, Size), arena: &mut Arena) {
    let block = arena.words_mut(line, size.bits_words() + place + words.len());
    let (bits, routes) = block.split_at_mut(size.bits_words());
    routes[place..].copy_from_slice(words);
    if !bits.is_empty() {
        for bit in words.iter().flat_map(|word| bits_of(packed::number(*word))) {
            set(bits, bit);
        }
    }
}

/// Bytes of an arena for a log of so many routes; none where they are too many for one.
pub(super) fn arena_bytes(routes: usize) -> usize {
    let older = routes.saturating_sub(1) / NEWEST * NEWEST;
    Size::of(older).map_or(0, Size::bytes)
}

/// Bytes of the blocks that a log, or what it has become, has outgrown with so many routes. They come back to the arena; where all logs
/// grow at a time, nobody else wants them.
pub(super) fn outgrown_bytes(routes: usize) -> usize {
    let is_outgrown = |size: &Size| size.routes() + NEWEST < routes;
    let outgrown = Size::ALL.into_iter().filter(is_outgrown);
    outgrown.map(Size::bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enters routes into an empty log as long as they fit, with all that fit before, and returns how many did.
    fn check(routes: &[Route]) -> usize {
        let (mut log, arena) = (Log::default(), &mut Arena::default());
        let mut entered = 0;
        for route in routes {
            assert_eq!(log.get(route.number, arena), LinkId::NONE);
            if !log.enter(*route, arena) {
                break;
            }
            entered += 1;
            for route in &routes[..entered] {
                assert_eq!(log.get(route.number, arena), route.link, "{route:?}");
            }
            let visited = log.routes(arena).map(|route| (route.number, route.link));
            let expected = routes[..entered].iter().map(|route| (route.number, route.link));
            assert!(visited.eq(expected), "in the order of their entry");
            assert_eq!(log.held_bytes(), arena.lent_bytes());
            assert_eq!(log.held_bytes(), arena_bytes(entered));
            assert_eq!(log.held_bytes() + outgrown_bytes(entered), arena.made_bytes());
        }
        log.give_back(arena);
        assert_eq!(arena.lent_bytes(), 0);
        entered
    }

    fn route(number: u32, link: u32) -> Route {
        Route {
            number,
            link: LinkId(link),
        }
    }

    fn many(count: u32) -> Vec<Route> {
        (0..count)
            .map(|number| route(number * 9_999, 1 + number % 254))
            .collect()
    }

    #[test]
    fn it_holds_what_fits_until_it_is_full() {
        assert_eq!(check(&many(300)), LOG_MAX);
        let most = [0, 8, 9, 40, 41, 136, 137, 248, 249];
        assert_eq!(most.map(arena_bytes), [0, 0, 128, 128, 576, 576, 1_024, 1_024, 0]);
        assert_eq!(most.map(outgrown_bytes), [0, 0, 0, 0, 128, 128, 704, 704, 1_728]);
        let largest = [route(0, 1), route((1 << 24) - 1, 254), route(7, LinkId::OWN.0)];
        assert_eq!(check(&largest), 3);
        for too_large in [route(1 << 24, 1), route(1, 255), route(2, LinkId::OWN.0 - 1)] {
            assert_eq!(check(&[route(9, 9), too_large]), 1);
        }
    }

    #[test]
    fn bits_tell_most_that_are_not_there() {
        let arena = &mut Arena::default();
        let mut log = Log::default();
        let scattered = |number: u32| number.wrapping_mul(0x85eb_ca6b) >> 8;
        let mut passed = Vec::new();
        for number in 0..=LOG_MAX {
            let (bits, older) = log.older(arena);
            let mut numbers = older.iter().map(|word| packed::number(*word));
            assert!(numbers.all(|number| may_be_there(bits, number)));
            if [48, 136, LOG_MAX].contains(&number) {
                let others = (1_000..11_000).map(scattered);
                passed.push(others.filter(|number| may_be_there(bits, *number)).count());
            }
            log.enter(route(scattered(u32::try_from(number).expect("few")), 1), arena);
        }
        let is_near = |(passed, expected): (usize, usize)| passed.abs_diff(expected) < expected / 4;
        assert!(
            passed.iter().copied().zip([209, 1_554, 3_703]).all(is_near),
            "(1 - (1 - 1/512)^2n)^2 of ten thousand, where n are 40, 128 and 240: {passed:?}"
        );
    }

    #[test]
    fn where_a_block_cannot_be_had_nothing_is_lost() {
        for routes in [8, 40, 136] {
            let (mut log, arena) = (Log::default(), &mut Arena::default());
            let mut entered = 0;
            for route in many(200) {
                if entered == routes {
                    arena.fill();
                }
                if !log.enter(route, arena) {
                    break;
                }
                entered += 1;
            }
            assert_eq!(entered, routes);
            for route in &many(200)[..routes] {
                assert_eq!(log.get(route.number, arena), route.link);
            }
            assert_eq!(log.routes(arena).count(), routes);
        }
    }

    #[test]
    fn logs_grow_side_by_side_and_go_without_touching_each_other() {
        let arena = &mut Arena::default();
        let mut logs: Vec<(Log, Vec<Route>)> = (0..40).map(|_| Default::default()).collect();
        let mut made = 0;
        for step in 0..20_000_u32 {
            let chosen = step.wrapping_mul(0x9e37_79b9) >> 16;
            let (log, routes) = &mut logs[chosen as usize % 40];
            let route = route(step, 1 + step % 254);
            if log.enter(route, arena) {
                routes.push(route);
            } else {
                assert_eq!(routes.len(), LOG_MAX);
                std::mem::take(log).give_back(arena);
                routes.clear();
            }
            if step % 499 == 0 {
                for (log, routes) in &logs {
                    let pair = |route: Route| (route.number, route.link);
                    let expected = routes.iter().copied().map(pair);
                    assert!(log.routes(arena).map(pair).eq(expected));
                    assert!(
                        routes
                            .iter()
                            .all(|route| log.get(route.number, arena) == route.link)
                    );
                }
                let held = logs.iter().map(|(log, _)| log.held_bytes());
                assert_eq!(held.sum::<usize>(), arena.lent_bytes());
            }
            if step == 15_000 {
                made = arena.made_bytes();
            }
        }
        assert_eq!(arena.made_bytes(), made, "blocks that came back were lent again");
        for (log, _) in logs {
            log.give_back(arena);
        }
        assert_eq!(arena.lent_bytes(), 0);
    }
}

//! Routes in the order of their entry, in four bytes each: the newest at hand in the servent's own struct, which is emptied into
//! an [arena](Arena) whenever it is full.
//!
//! Walkers bring queries in no order, and nearly each is a new one. A table would then be touched at a place of its own at every
//! step, and with a million peers that place is never at hand. Here older routes lie in chunks, of which a servent takes a new one
//! where all others have just taken theirs, fills it in two steps, and does not look at it again but to find a route. A servent with
//! more than one chunk has an index of them, which begins with a line of bits that says of most queries that they are not there (Bloom,
//! 1970, with two hash functions). The index is touched at every eighth step, and besides where a query cannot be told to be new
//! without it: see [`super::recent`]. Indices are small and lie together, so that what the processor has to know of their pages stays
//! near it.

use super::bits::{WORD, is_set, set};
use super::links::LinkId;
use super::packed::{self, NONE, find, pack, unpack};
use super::routes::Route;
use super::table::Key as _;
use crate::engine::arena::{Arena, BLOCK_LINES_MAX, LINE_WORDS, LINES_MAX};
use crate::engine::prefetch::LINE_BYTES;

/// So many routes lie in the servent's own struct.
pub(super) const NEWEST: usize = 8;
/// So many in a chunk, which is a line.
const CHUNK: usize = LINE_WORDS;
/// Lines of an index: one of bits, and one of the chunks' lines in the order of their making.
const INDEX_LINES: usize = 2;
/// So many routes a servent has in the arena at most.
const OLDER_MAX: usize = ((1 << COUNT_BITS) - 1) * NEWEST;
/// A log holds no more routes.
pub(super) const LOG_MAX: usize = OLDER_MAX + NEWEST;

const _: () = assert!(
    CHUNK == 2 * NEWEST && OLDER_MAX <= LINE_WORDS * CHUNK && INDEX_LINES <= BLOCK_LINES_MAX,
    "a chunk is filled in two steps, and every chunk has its place in the index"
);

/// A log. Whoever has no use for it any more has to [`Log::give_back`] its blocks, or they stay lent.
#[derive(Debug)]
pub(super) struct Log {
    /// Words of the newest routes, the oldest of them first.
    newest: [u32; NEWEST],
    older: Older,
}

/// Where those before them are: the number of a line, and below it how many times [`NEWEST`] of them there are. One word, so that a
/// log fits the place that a servent has for its routes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Older(u32);

const COUNT_BITS: u32 = 5;

const _: () = assert!(
    LINES_MAX <= 1 << (u32::BITS - COUNT_BITS),
    "every line's number has its bits"
);

/// What the number of a line leads to.
enum Place {
    /// There are no older routes, and no line.
    Nowhere,
    /// The only chunk.
    Chunk(u32),
    /// The first line of the index.
    Index(u32),
}

impl Older {
    /// There are none.
    const NONE: Self = Self(0);

    fn new(line: u32, count: usize) -> Self {
        let times = u32::try_from(count / NEWEST).expect("a log is short");
        Self(line << COUNT_BITS | times)
    }

    #[inline]
    fn count(self) -> usize {
        (self.0 & ((1 << COUNT_BITS) - 1)) as usize * NEWEST
    }

    #[inline]
    fn chunks(self) -> usize {
        self.count().div_ceil(CHUNK)
    }

    #[inline]
    fn place(self) -> Place {
        let line = self.0 >> COUNT_BITS;
        match self.chunks() {
            0 => Place::Nowhere,
            1 => Place::Chunk(line),
            _ => Place::Index(line),
        }
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

/// Whether a query may be among those whose bits are set.
#[inline]
fn may_be_there(bits: &[u32; LINE_WORDS], number: u32) -> bool {
    bits_of(number).into_iter().all(|bit| is_set(bits, bit))
}

/// Sets the bits of routes.
#[inline]
fn set_bits(bits: &mut [u32; LINE_WORDS], words: &[u32]) {
    for bit in words.iter().flat_map(|word| bits_of(packed::number(*word))) {
        set(bits, bit);
    }
}

/// Makes an index of a full chunk, and returns its first line if there is room for it.
#[cold]
fn index_of(chunk: u32, arena: &mut Arena) -> Option<u32> {
    let index = arena.take(INDEX_LINES)?;
    let words = *arena.line(chunk);
    set_bits(arena.line_mut(index), &words);
    arena.line_mut(index + 1)[0] = chunk;
    Some(index)
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
    /// Where a query leads; `LinkId::NONE` if it is not there.
    #[inline]
    pub(super) fn get(&self, number: u32, arena: &Arena) -> LinkId {
        let newest = find(&self.newest, number);
        let found = if newest == NONE {
            self.find_older(number, arena)
        } else {
            newest
        };
        packed::link(found)
    }

    /// The word of a query that is not among the newest, or [`NONE`].
    #[inline]
    fn find_older(&self, number: u32, arena: &Arena) -> u32 {
        match self.older.place() {
            Place::Chunk(line) => find(arena.line(line), number),
            Place::Index(line) if may_be_there(arena.line(line), number) => {
                let chunks = &arena.line(line + 1)[..self.older.chunks()];
                // Otherwise each would be waited for alone.
                for chunk in chunks {
                    arena.prefetch(*chunk);
                }
                let in_chunk = |chunk: &u32| find(arena.line(*chunk), number);
                chunks.iter().fold(NONE, |found, chunk| found | in_chunk(chunk))
            }
            Place::Nowhere | Place::Index(_) => NONE,
        }
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
        if after > OLDER_MAX {
            return false;
        }
        let (number, place) = (count / CHUNK, count % CHUNK);
        let is_new = place == 0;
        let chunk = if is_new {
            arena.take(1)
        } else {
            Some(self.chunk(number, arena))
        };
        let Some(chunk) = chunk else {
            return false;
        };
        let line = match self.older.place() {
            Place::Chunk(first) if is_new => index_of(first, arena),
            Place::Index(index) => Some(index),
            Place::Nowhere | Place::Chunk(_) => Some(chunk),
        };
        let Some(line) = line else {
            arena.give_back(chunk, 1);
            return false;
        };
        arena.line_mut(chunk)[place..place + NEWEST].copy_from_slice(&self.newest);
        self.older = Older::new(line, after);
        if let Place::Index(index) = self.older.place() {
            set_bits(arena.line_mut(index), &self.newest);
            arena.line_mut(index + 1)[number] = chunk;
        }
        self.newest = [NONE; NEWEST];
        true
    }

    /// The line of the chunk of this number.
    ///
    /// # Panics
    /// When there are no chunks.
    fn chunk(&self, number: usize, arena: &Arena) -> u32 {
        match self.older.place() {
            Place::Nowhere => unreachable!("a chunk is asked for where there are some"),
            Place::Chunk(line) => line,
            Place::Index(line) => arena.line(line + 1)[number],
        }
    }

    /// The chunks' lines, in the order of their making.
    fn chunks<'r>(&'r self, arena: &'r Arena) -> impl Iterator<Item = u32> + 'r {
        (0..self.older.chunks()).map(|number| self.chunk(number, arena))
    }

    /// All routes in the order of their entry.
    pub(super) fn routes<'r>(&'r self, arena: &'r Arena) -> impl Iterator<Item = Route> + 'r {
        let older = self.chunks(arena).flat_map(|chunk| arena.line(chunk));
        let all = older.chain(&self.newest);
        all.filter(|word| **word != NONE).map(|word| unpack(*word))
    }

    /// Has what lies in the arena fetched where a query `is_sought` there, and where the next one is going to be put.
    #[inline]
    pub(super) fn prefetch(&self, is_sought: bool, arena: &Arena) {
        let is_put = self.newest[NEWEST - 1] != NONE;
        if !is_sought && !is_put {
            return;
        }
        match self.older.place() {
            Place::Nowhere => {}
            Place::Chunk(line) => arena.prefetch(line),
            Place::Index(line) => {
                arena.prefetch(line);
                if is_put {
                    arena.prefetch(line + 1);
                }
            }
        }
    }

    /// Gives the memory back.
    pub(super) fn give_back(self, arena: &mut Arena) {
        for number in 0..self.older.chunks() {
            arena.give_back(self.chunk(number, arena), 1);
        }
        if let Place::Index(line) = self.older.place() {
            arena.give_back(line, INDEX_LINES);
        }
    }

    /// Bytes of the arena.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        held_bytes(self.older.count())
    }
}

/// Bytes of the blocks of so many older routes.
fn held_bytes(older: usize) -> usize {
    let chunks = older.div_ceil(CHUNK);
    let index_lines = if chunks > 1 { INDEX_LINES } else { 0 };
    (chunks + index_lines) * LINE_BYTES
}

/// Bytes of an arena for a log of so many routes; none where they are too many for one.
pub(super) fn arena_bytes(routes: usize) -> usize {
    if routes > LOG_MAX {
        return 0;
    }
    held_bytes(routes.saturating_sub(1) / NEWEST * NEWEST)
}

/// Bytes of the blocks of the log that a table of so many routes has been. They come back to the arena; where all grow at a time,
/// nobody else wants them.
pub(super) fn outgrown_bytes(routes: usize) -> usize {
    if routes > LOG_MAX {
        held_bytes(OLDER_MAX)
    } else {
        0
    }
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
            assert_eq!(arena.lent_bytes(), arena.made_bytes(), "nothing is outgrown");
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
        let most = [0, 8, 9, 24, 25, 40, 41, 256, 257];
        assert_eq!(most.map(arena_bytes), [0, 0, 64, 64, 256, 256, 320, 1_152, 0]);
        assert_eq!(most.map(outgrown_bytes), [0, 0, 0, 0, 0, 0, 0, 0, 1_152]);
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
            if let Place::Index(line) = log.older.place() {
                let bits = arena.line(line);
                let mut older = log.routes(arena).take(log.older.count());
                assert!(older.all(|route| may_be_there(bits, route.number)));
                if [48, 136, LOG_MAX].contains(&number) {
                    let others = (1_000..11_000).map(scattered);
                    passed.push(others.filter(|number| may_be_there(bits, *number)).count());
                }
            }
            log.enter(route(scattered(u32::try_from(number).expect("few")), 1), arena);
        }
        let is_near = |(passed, expected): (usize, usize)| passed.abs_diff(expected) < expected / 4;
        assert!(
            passed.iter().copied().zip([210, 1_551, 3_854]).all(is_near),
            "(1 - (1 - 1/512)^2n)^2 of ten thousand, where n are 40, 128 and 248: {passed:?}"
        );
    }

    #[test]
    fn where_a_block_cannot_be_had_nothing_is_lost() {
        for routes in [8, 24, 40, 136] {
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
    fn a_chunk_without_an_index_goes_back() {
        let (mut log, arena) = (Log::default(), &mut Arena::default());
        let spare = arena.take(1).expect("there is room");
        let fitting = many(24);
        assert!(fitting.iter().all(|route| log.enter(*route, arena)));
        arena.fill();
        arena.give_back(spare, 1);
        for _ in 0..2 {
            assert!(
                !log.enter(route(1, 1), arena),
                "a chunk is to be had, and no index"
            );
            assert_eq!(arena.lent_bytes(), log.held_bytes());
        }
        assert!(
            log.routes(arena)
                .map(|route| route.number)
                .eq(fitting.iter().map(|route| route.number))
        );
        log.give_back(arena);
        assert_eq!(arena.lent_bytes(), 0);
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

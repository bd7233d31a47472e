//! What tells most duplicates of a flooded query from first copies: half a cache line, and nothing beside it.
//!
//! Queries are numbered in the order of their issue, so those on their way at any moment have numbers close to each other.
//! A bit for each of the last few numbers says that the query is known for sure. Where there is none the routes of queries
//! seen have to be asked, unless the bits are exact: then a query from the window's beginning on that has no bit is unknown
//! for sure. Hence nothing depends on which bits of a window are set as long as none is set for a query that there is no route of,
//! and none is missing where they are said to be exact. Both may be lost, and they are, wherever keeping them would cost anything.
//!
//! Where many walk at a time, walkers bring queries in no order, and no window holds them. It is given up when a number comes from
//! far below it, and the bits become a sieve (Bloom, 1970, with one hash function): a query has the bit that its number is hashed
//! to, and one whose bit is not set is unknown for sure. Most first copies are told by that while fewer queries are known, of both
//! generations, than there are bits. Each generation begins with a window again.

use super::bits::{WORD, is_set, set};
use super::table::Key as _;

/// Queries that have a bit.
const WINDOW: u32 = 5 * WORD;
/// Words of bits.
const WORDS: usize = (WINDOW / WORD) as usize;
/// A new query so far below the window is no late copy: numbers went on elsewhere, as they do after a search made anew,
/// whose number lies far beyond those of its time.
const LATE_MAX: u32 = 512;
/// In [`Recent::place`]: links come and go.
const LINKS_CHANGE: u32 = 1;
/// In [`Recent::place`]: a query from the window's beginning on may be known and have no bit.
const VAGUE: u32 = 2;
/// In [`Recent::place`]: queries walk.
const QUERIES_WALK: u32 = 4;
/// In [`Recent::place`]: the bits are a sieve. Then the window begins at 0, and nothing is asked of it.
const SIEVE: u32 = 8;

/// What receiving a duplicate touches of a servent, where links are fixed.
#[derive(Default, Debug)]
#[repr(C)]
pub(super) struct Recent {
    /// Queries from [`Recent::first`] on that are known for sure; or a sieve.
    bits: [u32; WORDS],
    /// Where the window begins, a multiple of [`WORD`]; plus flags.
    place: u32,
    /// When the present generation of the queries seen began.
    pub(super) began_ns: u64,
}

/// Where a half of a cache line begins, everything of a peer's that lies in it comes with one line.
pub(super) const HALF_LINE: usize = 32;

const _: () = assert!(
    size_of::<Recent>() == HALF_LINE,
    "a duplicate touches half a line of its servent"
);

impl Recent {
    /// Of a servent that knows no query.
    pub(super) fn new(links_change: bool, queries_walk: bool) -> Self {
        Self {
            place: u32::from(links_change) * LINKS_CHANGE + u32::from(queries_walk) * QUERIES_WALK,
            ..Self::default()
        }
    }

    /// Whether queries walk.
    #[inline]
    pub(super) fn do_queries_walk(&self) -> bool {
        self.place & QUERIES_WALK != 0
    }

    #[inline]
    fn is_a_sieve(&self) -> bool {
        self.place & SIEVE != 0
    }

    /// Whether links may come and go, so that nothing can be said of a message without asking which link it came over.
    #[inline]
    pub(super) fn do_links_change(&self) -> bool {
        self.place & LINKS_CHANGE != 0
    }

    #[inline]
    fn first(&self) -> u32 {
        self.place & !(WORD - 1)
    }

    #[inline]
    fn is_exact(&self) -> bool {
        self.place & VAGUE == 0
    }

    fn move_to(&mut self, first: u32, is_exact: bool) {
        let vague = if is_exact { 0 } else { VAGUE };
        self.place = first | (self.place & (LINKS_CHANGE | QUERIES_WALK)) | vague;
    }

    /// Whether a query is known for sure, unless the generation is over.
    #[inline]
    pub(super) fn has(&self, number: u32) -> bool {
        self.is_marked(number) && !self.is_a_sieve()
    }

    /// Whether a query has a bit in the window, if the bits are one.
    #[inline]
    fn is_marked(&self, number: u32) -> bool {
        // A number below the window wraps to one far above it: the window ends at 2^32 at the latest.
        let place = number.wrapping_sub(self.first());
        place < WINDOW && is_set(&self.bits, place)
    }

    /// Whether a query is unknown for sure.
    #[inline]
    pub(super) fn lacks(&self, number: u32) -> bool {
        if self.is_a_sieve() {
            return !is_set(&self.bits, hashed(number));
        }
        self.is_exact() && number >= self.first() && !self.has(number)
    }

    /// Whether the generation is over.
    #[inline]
    pub(super) fn is_over(&self, now_ns: u64, expiry_ns: u64) -> bool {
        now_ns - self.began_ns >= expiry_ns
    }

    /// Whether a query is a duplicate for sure, whoever sent it.
    #[inline]
    pub(super) fn is_duplicate(&self, number: u32, now_ns: u64, expiry_ns: u64) -> bool {
        self.is_likely_duplicate(number) && !self.is_over(now_ns, expiry_ns)
    }

    /// Whether nothing can be said of a query because the window has gone past it.
    #[inline]
    pub(super) fn is_late(&self, number: u32) -> bool {
        number < self.first()
    }

    /// As [`Recent::is_duplicate`], asked ahead of time: a guess.
    #[inline]
    pub(super) fn is_likely_duplicate(&self, number: u32) -> bool {
        self.is_marked(number) && self.place & (LINKS_CHANGE | SIEVE) == 0
    }

    /// A query was found among those seen.
    #[inline]
    pub(super) fn note(&mut self, number: u32) {
        let place = number.wrapping_sub(self.first());
        if self.is_a_sieve() {
            set(&mut self.bits, hashed(number));
        } else if place < WINDOW {
            set(&mut self.bits, place);
        }
    }

    /// A query is entered among those seen, of which `count_from` tells how many have a certain number or a larger one, or too
    /// many if it cannot tell, and `visit_known` visits all: the window moves there if it has to, or gives way to a sieve.
    #[inline]
    pub(super) fn enter(
        &mut self,
        number: u32,
        count_from: impl FnOnce(u32) -> usize,
        visit_known: impl FnOnce(&mut dyn FnMut(u32)),
    ) {
        if number.wrapping_sub(self.first()) >= WINDOW && !self.is_a_sieve() {
            if self.do_queries_walk() && self.first().saturating_sub(number) > LATE_MAX {
                self.become_a_sieve(visit_known);
            } else {
                self.slide(number, count_from);
            }
        }
        self.note(number);
    }

    /// Makes the bits a sieve of all queries that are known, which `visit_known` visits.
    #[cold]
    fn become_a_sieve(&mut self, visit_known: impl FnOnce(&mut dyn FnMut(u32))) {
        self.bits = [0; WORDS];
        self.move_to(0, true);
        self.place |= SIEVE;
        visit_known(&mut |number| set(&mut self.bits, hashed(number)));
    }

    /// Moves the window to a number outside of it, unless that is a late one: so that it lies in the uppermost word, below
    /// which there are those for the queries before it.
    #[cold]
    fn slide(&mut self, number: u32, count_from: impl FnOnce(u32) -> usize) {
        let (old, new) = (self.first(), (number & !(WORD - 1)).saturating_sub(WINDOW - WORD));
        if number < old && old - number <= LATE_MAX && self.bits != [0; WORDS] {
            return;
        }
        let words = new.checked_sub(old).map(|distance| (distance / WORD) as usize);
        self.bits = std::array::from_fn(|word| {
            let from = words.and_then(|words| self.bits.get(word + words));
            from.copied().unwrap_or(0)
        });
        // Going up, bits are lost of queries below the window only.
        let is_exact = (self.is_exact() && new > old) || count_from(new) == self.count();
        self.move_to(new, is_exact);
    }

    /// Number of bits that are set.
    fn count(&self) -> usize {
        self.bits.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The next generation has begun: which queries the last one had is found out as they are asked for. Of those still known
    /// `count_from` tells how many have a certain number or a larger one, or too many if it cannot tell.
    pub(super) fn turn(&mut self, began_ns: u64, count_from: impl FnOnce(u32) -> usize) {
        self.bits = [0; WORDS];
        self.began_ns = began_ns;
        let first = self.first();
        self.move_to(first, count_from(first) == 0);
    }
}

/// The bit of a number in a sieve.
#[inline]
fn hashed(number: u32) -> u32 {
    ((u64::from(number.spread()) * u64::from(WINDOW)) >> u32::BITS) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(recent: &Recent, numbers: impl IntoIterator<Item = u32>) -> Vec<u32> {
        numbers.into_iter().filter(|&number| recent.has(number)).collect()
    }

    /// Enters numbers and does not tell what is known besides.
    fn enter(recent: &mut Recent, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            recent.enter(number, |_| usize::MAX, |_| ());
        }
    }

    #[test]
    fn the_window_goes_on_by_words_and_keeps_those_below() {
        let mut recent = Recent::default();
        enter(&mut recent, [3, 40, 127, 159]);
        assert_eq!(known(&recent, 0..1_000), [3, 40, 127, 159]);
        enter(&mut recent, [160]);
        assert_eq!(known(&recent, 0..1_000), [40, 127, 159, 160]);
        enter(&mut recent, [230]);
        assert_eq!(known(&recent, 0..1_000), [127, 159, 160, 230]);
        enter(&mut recent, [800]);
        assert_eq!(known(&recent, 0..1_000), [800], "too far for anything to be kept");
        enter(&mut recent, [650]);
        recent.note(5);
        assert_eq!(known(&recent, 0..1_000), [800], "a late query moves nothing");
        recent.note(799);
        assert_eq!(known(&recent, 0..1_000), [799, 800]);
    }

    #[test]
    fn the_window_reaches_both_ends_of_the_numbers() {
        let mut recent = Recent::default();
        let ends = || (0..200).chain(u32::MAX - 200..=u32::MAX);
        enter(&mut recent, [u32::MAX]);
        assert_eq!(known(&recent, ends()), [u32::MAX]);
        assert!(recent.lacks(u32::MAX - 1) && !recent.lacks(u32::MAX) && !recent.lacks(0));
        enter(&mut recent, [u32::MAX - 159, u32::MAX - 160]);
        assert_eq!(known(&recent, ends()), [u32::MAX - 159, u32::MAX]);
        enter(&mut recent, [0]);
        assert_eq!(known(&recent, ends()), [0]);
        assert!(
            ends().all(|number| !recent.lacks(number)),
            "the last may be known"
        );
    }

    #[test]
    fn numbers_far_above_their_time_do_not_keep_the_window() {
        let mut recent = Recent::default();
        enter(&mut recent, [1_000, 21_000]);
        assert_eq!(known(&recent, [1_000, 21_000]), [21_000]);
        enter(&mut recent, [1_001]);
        assert_eq!(known(&recent, [1_000, 1_001, 21_000]), [1_001]);
    }

    #[test]
    fn a_query_without_a_bit_is_unknown_where_bits_are_exact() {
        let mut recent = Recent::default();
        assert!(recent.lacks(0) && recent.lacks(u32::MAX));
        enter(&mut recent, [1_000]);
        assert!(recent.lacks(999) && recent.lacks(1_001) && recent.lacks(50_000));
        assert!(!recent.lacks(1_000));
        assert!(!recent.lacks(800), "below the window");
        let of = |known: &'static [u32]| move |from| known.iter().filter(|known| **known >= from).count();
        recent.enter(100, of(&[1_000]), |_| ());
        assert!(
            !recent.lacks(1_000) && !recent.lacks(101),
            "1,000 has lost its bit"
        );
        recent.enter(1_050, of(&[100, 1_000]), |_| ());
        assert!(!recent.lacks(1_000) && !recent.lacks(1_049), "and has none yet");
        recent.note(1_000);
        recent.enter(1_100, of(&[100, 1_000, 1_050]), |_| ());
        assert!(recent.lacks(1_049), "all known in the window have theirs");
        recent.turn(5, |_| 1);
        assert!(!recent.lacks(1_100) && !recent.lacks(1_001));
        recent.turn(9, |_| 0);
        assert!(recent.lacks(1_100) && recent.lacks(1_001));
    }

    #[test]
    fn a_duplicate_is_one_for_sure_while_the_generation_lasts_and_links_stay() {
        let mut recent = Recent::new(false, false);
        recent.turn(100, |_| 0);
        enter(&mut recent, [7]);
        assert!(recent.is_duplicate(7, 149, 50) && !recent.is_duplicate(7, 150, 50));
        assert!(!recent.is_duplicate(8, 149, 50));
        recent.turn(150, |_| 1);
        assert!(!recent.has(7) && !recent.lacks(7), "the routes have to be asked");
        recent.note(7);
        assert!(
            recent.is_duplicate(7, 150, 50),
            "it is the routes' word that counts"
        );

        let mut recent = Recent::new(true, false);
        enter(&mut recent, [7]);
        assert!(recent.has(7) && !recent.is_duplicate(7, 0, 50) && !recent.is_likely_duplicate(7));
        enter(&mut recent, [700]);
        assert!(recent.do_links_change(), "wherever the window is");
    }

    #[test]
    fn bits_become_a_sieve_when_a_walker_comes_from_far_below_the_window() {
        let scattered = |number: u32| number.wrapping_mul(0x85eb_ca6b) >> 12;
        let known = [5, 159, 5_000];
        let after = |number: u32, do_walk| {
            let mut recent = Recent::new(true, do_walk);
            enter(&mut recent, known);
            assert!(recent.has(5_000) && recent.lacks(4_999));
            recent.enter(number, |_| usize::MAX, |note| known.into_iter().for_each(note));
            recent
        };
        assert!(
            [100_000, 4_352]
                .iter()
                .all(|number| !after(*number, true).is_a_sieve())
        );
        assert!([4_351, 6].iter().all(|number| after(*number, true).is_a_sieve()));
        assert!(!after(6, false).is_a_sieve(), "of a flood the window goes back");
        let mut recent = after(5, true);
        let mut model = vec![5, 159, 5_000];
        for number in (1..=60).map(scattered) {
            assert!(!recent.has(number));
            enter(&mut recent, [number]);
            recent.note(number);
            model.push(number);
            assert!(model.iter().all(|known| !recent.lacks(*known)), "those are known");
            assert!(
                model
                    .iter()
                    .all(|known| !recent.has(*known) && !recent.is_late(*known))
            );
        }
        let unknown = (1_000..2_000)
            .map(scattered)
            .filter(|number| recent.lacks(*number));
        let share = unknown.count();
        assert!(
            (600..760).contains(&share),
            "(1 - 1/160)^63 of a thousand, 674: {share}"
        );
        assert!(recent.do_links_change() && recent.do_queries_walk());

        recent.turn(9, |_| usize::MAX);
        assert!(
            !recent.lacks(6) && !recent.has(5),
            "a window again, of which nothing is known"
        );
        recent.note(5);
        assert!(recent.has(5) && recent.do_links_change() && recent.do_queries_walk());
    }
}

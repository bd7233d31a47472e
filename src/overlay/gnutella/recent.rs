//! What tells most duplicates of a flooded query from first copies: half a cache line, and nothing beside it.
//!
//! Queries are numbered in the order of their issue, so those on their way at any moment have numbers close to each other.
//! A bit for each of the last few numbers says that the query is known for sure; where there is none, the table of queries
//! seen has to be asked. Hence nothing depends on which bits are set as long as none is set for a query that the table
//! does not have: bits may be lost, and they are, wherever keeping them would cost anything.

/// Queries of one word of bits.
const WORD: u32 = u64::BITS;
/// Queries that have a bit.
const WINDOW: u32 = 2 * WORD;
/// A new query so far below the window is no late copy: numbers went on elsewhere, as they do after a search made anew,
/// whose number lies far beyond those of its time.
const LATE_MAX: u32 = 512;
/// In [`Recent::place`]: links come and go.
const LINKS_CHANGE: u32 = 1;

/// What receiving a duplicate touches of a servent, where links are fixed; and what else is needed to find room for the
/// queries that it enters.
#[derive(Default, Debug)]
#[repr(C)]
pub(super) struct Recent {
    /// Queries from [`Recent::first`] on that are known for sure.
    bits: [u64; 2],
    /// When the present generation of the table of queries seen began.
    pub(super) began_ns: u64,
    /// Where the window begins, a multiple of [`WORD`]; plus `LINKS_CHANGE`.
    place: u32,
    /// Queries that the table takes before it grows.
    pub(super) room: u32,
}

/// Where a half of a cache line begins, everything of a peer's that lies in it comes with one line.
pub(super) const HALF_LINE: usize = 32;

const _: () = assert!(
    size_of::<Recent>() == HALF_LINE,
    "a duplicate touches half a line of its servent"
);

impl Recent {
    /// Of a servent that knows no query.
    pub(super) fn new(links_change: bool) -> Self {
        Self {
            place: u32::from(links_change) * LINKS_CHANGE,
            ..Self::default()
        }
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

    fn move_to(&mut self, first: u32) {
        self.place = first | self.place & LINKS_CHANGE;
    }

    /// Whether a query is known for sure, unless the generation is over.
    #[inline]
    pub(super) fn has(&self, number: u32) -> bool {
        // A number below the window wraps to one far above it: the window ends at 2^32 at the latest.
        let place = number.wrapping_sub(self.first());
        place < WINDOW && self.bits[(place / WORD) as usize] >> (place % WORD) & 1 != 0
    }

    /// Whether the generation is over.
    #[inline]
    pub(super) fn is_over(&self, now_ns: u64, expiry_ns: u64) -> bool {
        now_ns - self.began_ns >= expiry_ns
    }

    /// Whether a query is a duplicate for sure, whoever sent it.
    #[inline]
    pub(super) fn is_duplicate(&self, number: u32, now_ns: u64, expiry_ns: u64) -> bool {
        self.has(number) && !self.is_over(now_ns, expiry_ns) && !self.do_links_change()
    }

    /// As [`Recent::is_duplicate`], asked ahead of time: a guess.
    #[inline]
    pub(super) fn is_likely_duplicate(&self, number: u32) -> bool {
        self.has(number) && !self.do_links_change()
    }

    /// A query was found in the table.
    #[inline]
    pub(super) fn note(&mut self, number: u32) {
        let place = number.wrapping_sub(self.first());
        if place < WINDOW {
            self.bits[(place / WORD) as usize] |= 1 << (place % WORD);
        }
    }

    /// A query was entered in the table: the window moves there if it has to.
    #[inline]
    pub(super) fn enter(&mut self, number: u32) {
        if number.wrapping_sub(self.first()) >= WINDOW {
            self.slide(number);
        }
        self.note(number);
    }

    /// Moves the window to a number outside of it, unless that is a late one: so that it lies in the upper word, below
    /// which there is one for those before it.
    #[cold]
    fn slide(&mut self, number: u32) {
        let (old, new) = (self.first(), (number & !(WORD - 1)).saturating_sub(WORD));
        if number < old && old - number <= LATE_MAX && self.bits != [0; 2] {
            return;
        }
        self.bits = if new == old + WORD {
            [self.bits[1], 0]
        } else {
            [0; 2]
        };
        self.move_to(new);
    }

    /// The next generation has begun: which queries the last one had is found out as they are asked for.
    pub(super) fn turn(&mut self, began_ns: u64) {
        self.bits = [0; 2];
        self.room = 0;
        self.began_ns = began_ns;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(recent: &Recent, numbers: impl IntoIterator<Item = u32>) -> Vec<u32> {
        numbers.into_iter().filter(|&number| recent.has(number)).collect()
    }

    #[test]
    fn the_window_goes_on_by_words_and_keeps_the_one_below() {
        let mut recent = Recent::default();
        for number in [3, 70, 127] {
            recent.enter(number);
        }
        assert_eq!(known(&recent, 0..1_000), [3, 70, 127]);
        recent.enter(128);
        assert_eq!(known(&recent, 0..1_000), [70, 127, 128]);
        recent.enter(320);
        assert_eq!(known(&recent, 0..1_000), [320], "too far for anything to be kept");
        recent.enter(250);
        recent.note(5);
        assert_eq!(known(&recent, 0..1_000), [320], "a late query moves nothing");
        recent.note(319);
        assert_eq!(known(&recent, 0..1_000), [319, 320]);
    }

    #[test]
    fn the_window_reaches_both_ends_of_the_numbers() {
        let mut recent = Recent::default();
        recent.enter(u32::MAX);
        assert_eq!(known(&recent, [0, 1, 127, u32::MAX - 1, u32::MAX]), [u32::MAX]);
        recent.enter(u32::MAX - 127);
        recent.enter(u32::MAX - 128);
        assert_eq!(
            known(&recent, (0..200).chain(u32::MAX - 200..=u32::MAX)),
            [u32::MAX - 127, u32::MAX]
        );
        recent.enter(0);
        assert_eq!(known(&recent, (0..200).chain(u32::MAX - 200..=u32::MAX)), [0]);
    }

    #[test]
    fn numbers_far_above_their_time_do_not_keep_the_window() {
        let mut recent = Recent::default();
        recent.enter(1_000);
        recent.enter(21_000);
        assert_eq!(known(&recent, [1_000, 21_000]), [21_000]);
        recent.enter(1_001);
        assert_eq!(known(&recent, [1_000, 1_001, 21_000]), [1_001]);
    }

    #[test]
    fn a_duplicate_is_one_for_sure_while_the_generation_lasts_and_links_stay() {
        let mut recent = Recent::new(false);
        recent.turn(100);
        recent.enter(7);
        assert!(recent.is_duplicate(7, 149, 50) && !recent.is_duplicate(7, 150, 50));
        assert!(!recent.is_duplicate(8, 149, 50));
        recent.turn(150);
        assert!(!recent.has(7), "the table has to be asked");
        recent.note(7);
        assert!(
            recent.is_duplicate(7, 150, 50),
            "it is the table's word that counts"
        );

        let mut recent = Recent::new(true);
        recent.enter(7);
        assert!(recent.has(7) && !recent.is_duplicate(7, 0, 50) && !recent.is_likely_duplicate(7));
        recent.enter(700);
        assert!(recent.do_links_change(), "wherever the window is");
    }
}

//! Memory that the programs of a shard are lent, in blocks of whole cache lines that lie in huge pages.
//!
//! Blocks from the allocator lie in pages of 4 KiB. Of a million peers, each with a block that nobody has touched for long, to
//! find out where such a page is takes the processor longer than to read from it.

use super::memory::{HugeVec, huge_with_capacity};
use super::prefetch::{LINE_BYTES, prefetch_index};

/// Words of a line.
pub const LINE_WORDS: usize = LINE_BYTES / size_of::<u32>();
/// A block has no more lines.
pub const BLOCK_LINES_MAX: usize = 4;
/// An arena has no more lines: 8 GiB.
pub const LINES_MAX: u32 = 1 << 27;
/// An arena grows by so many lines, of which untouched ones cost nothing: 16 MiB.
const SEGMENT_LINES_SHIFT: u32 = 18;
const SEGMENT_LINES: usize = 1 << SEGMENT_LINES_SHIFT;
const SEGMENTS_MAX: usize = LINES_MAX as usize / SEGMENT_LINES;
/// But at first only by so many, in ordinary pages: few peers need no more, and a huge page costs 2 MiB.
const FIRST_LINES: usize = 1 << 10;

/// A cache line of memory.
#[derive(Clone, Copy, Default, Debug)]
#[repr(align(64))]
struct Line([u32; LINE_WORDS]);

const _: () = assert!(
    size_of::<Line>() == LINE_BYTES && align_of::<Line>() == LINE_BYTES,
    "lines are those of the caches"
);

/// Room that is lent block by block, to all programs of a shard. Each reads and writes the blocks that it was lent and no others, which
/// is not checked. Which block it is that a program gets, and whether there is one, depends on how peers are shared among threads:
/// neither may decide a result. A program gives its blocks back before it goes; with the run the arena is gone and all that lies in it.
///
/// Blocks of one size lie together: where programs have a small block that they look at often beside larger ones that they do not, the
/// small ones of all of them lie in few pages.
#[derive(Default, Debug)]
pub struct Arena {
    segments: Vec<HugeVec<Line>>,
    /// By number of lines less one. Apart, so that an arena takes little room among what a shard has at hand.
    sizes: Box<[Size; BLOCK_LINES_MAX]>,
}

/// Blocks of one size.
#[derive(Default, Debug)]
struct Size {
    /// First lines of those that were given back.
    free: Vec<u32>,
    /// The segment that new ones are made in.
    segment: Option<usize>,
}

/// In which segment a line lies, and where there.
#[inline]
fn place(line: u32) -> (usize, usize) {
    let line = line as usize;
    (line >> SEGMENT_LINES_SHIFT, line % SEGMENT_LINES)
}

impl Arena {
    /// Lends a block of so many lines, all zero, and returns the number of its first, which those of the others follow; `None` where there
    /// is no room for a new one, and none of so many lines was given back.
    ///
    /// # Panics
    /// When that is no line, or more than [`BLOCK_LINES_MAX`].
    pub fn take(&mut self, lines: usize) -> Option<u32> {
        let Some(first) = self.sizes[lines - 1].free.pop() else {
            return self.make(lines);
        };
        let (segment, place) = place(first);
        self.segments[segment][place..place + lines].fill(Line::default());
        Some(first)
    }

    /// Makes a new block behind all others of its size.
    fn make(&mut self, lines: usize) -> Option<u32> {
        let Self { segments, sizes } = self;
        let size = &mut sizes[lines - 1];
        let number = match size.segment {
            Some(number) if segments[number].len() + lines <= segments[number].capacity() => number,
            _ if segments.len() == SEGMENTS_MAX => return None,
            before => {
                let room = if before.is_none() {
                    FIRST_LINES
                } else {
                    SEGMENT_LINES
                };
                segments.push(huge_with_capacity(room));
                segments.len() - 1
            }
        };
        size.segment = Some(number);
        let segment = &mut segments[number];
        let line = number * SEGMENT_LINES + segment.len();
        segment.resize(segment.len() + lines, Line::default());
        Some(u32::try_from(line).expect("there are fewer than 2^32 lines"))
    }

    /// Takes back a block of so many lines, the first of which is `line`.
    ///
    /// # Panics
    /// When that is no line, or more than [`BLOCK_LINES_MAX`].
    pub fn give_back(&mut self, line: u32, lines: usize) {
        self.sizes[lines - 1].free.push(line);
    }

    /// A line of a block.
    ///
    /// # Panics
    /// When there is no such line.
    #[inline]
    pub fn line(&self, line: u32) -> &[u32; LINE_WORDS] {
        let (segment, place) = place(line);
        &self.segments[segment][place].0
    }

    /// As [`Arena::line`], for writing.
    ///
    /// # Panics
    /// As there.
    #[inline]
    pub fn line_mut(&mut self, line: u32) -> &mut [u32; LINE_WORDS] {
        let (segment, place) = place(line);
        &mut self.segments[segment][place].0
    }

    /// Has a line fetched: see [`super::prefetch`].
    ///
    /// # Panics
    /// As [`Arena::line`].
    #[inline]
    pub fn prefetch(&self, line: u32) {
        let (segment, place) = place(line);
        prefetch_index(&self.segments[segment], place);
    }
}

#[cfg(test)]
impl Arena {
    /// Bytes of all blocks that were ever made, lent or not.
    pub(crate) fn made_bytes(&self) -> usize {
        self.segments.iter().map(HugeVec::len).sum::<usize>() * LINE_BYTES
    }

    /// Bytes that are lent.
    pub(crate) fn lent_bytes(&self) -> usize {
        let free = (1..)
            .zip(&*self.sizes)
            .map(|(lines, size)| lines * size.free.len());
        self.made_bytes() - free.sum::<usize>() * LINE_BYTES
    }

    /// Leaves no room for new blocks.
    pub(crate) fn fill(&mut self) {
        self.segments.resize_with(SEGMENTS_MAX, || huge_with_capacity(0));
        for size in &mut *self.sizes {
            size.segment = Some(SEGMENTS_MAX - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lends blocks of one to as many lines as they may have, in turn, and marks each with its number.
    fn lend(arena: &mut Arena, count: u32) -> Vec<(u32, usize)> {
        (1..=count)
            .map(|number| {
                let lines = number as usize % BLOCK_LINES_MAX + 1;
                let first = arena.take(lines).expect("there is room");
                for line in (first..).take(lines) {
                    assert_eq!(*arena.line(line), [0; LINE_WORDS]);
                    arena.line_mut(line).fill(number);
                }
                (first, lines)
            })
            .collect()
    }

    fn assert_marks(arena: &Arena, blocks: &[(u32, usize)]) {
        for (number, (first, lines)) in (1..).zip(blocks) {
            for line in (*first..).take(*lines) {
                assert_eq!(*arena.line(line), [number; LINE_WORDS]);
            }
        }
        let lines = blocks.iter().map(|(_, lines)| lines);
        assert_eq!(arena.lent_bytes(), lines.sum::<usize>() * LINE_BYTES);
        assert_eq!(arena.made_bytes(), arena.lent_bytes());
    }

    #[test]
    fn blocks_do_not_overlap_and_are_lent_again_empty() {
        let mut arena = Arena::default();
        // More of the largest than a segment has room for.
        let count = u32::try_from(SEGMENT_LINES + 10 * FIRST_LINES).expect("few");
        let blocks = lend(&mut arena, count);
        assert_marks(&arena, &blocks);
        let segments = arena.segments.len();
        assert_eq!(
            segments,
            2 * BLOCK_LINES_MAX + 1,
            "a small one and another, and a third"
        );
        for (line, lines) in &blocks {
            arena.give_back(*line, *lines);
        }
        assert_eq!(arena.lent_bytes(), 0);
        let again = lend(&mut arena, count);
        assert_marks(&arena, &again);
        assert_eq!(arena.segments.len(), segments);
    }

    #[test]
    fn blocks_of_one_size_lie_side_by_side() {
        let mut arena = Arena::default();
        let blocks = lend(&mut arena, 400);
        for lines in 1..=BLOCK_LINES_MAX {
            let firsts = blocks
                .iter()
                .filter(|block| block.1 == lines)
                .map(|block| block.0);
            let firsts: Vec<u32> = firsts.collect();
            assert_eq!(firsts.len(), 400 / BLOCK_LINES_MAX);
            assert!(
                firsts
                    .windows(2)
                    .all(|pair| pair[1] as usize == pair[0] as usize + lines)
            );
        }
    }

    #[test]
    fn few_blocks_take_little_memory() {
        let mut arena = Arena::default();
        lend(&mut arena, 10);
        let room = arena.segments.iter().map(HugeVec::capacity);
        assert_eq!(room.sum::<usize>(), BLOCK_LINES_MAX * FIRST_LINES);
    }

    #[test]
    fn a_full_arena_lends_what_comes_back() {
        let mut arena = Arena::default();
        let line = arena.take(3).expect("there is room");
        arena.fill();
        assert_eq!(arena.take(1), None);
        arena.give_back(line, 3);
        assert_eq!(
            (arena.take(2), arena.take(3), arena.take(3)),
            (None, Some(line), None)
        );
    }
}

//! Memory that the programs of a shard are lent, in blocks of whole cache lines that lie in huge pages.
//!
//! Blocks from the allocator lie in pages of 4 KiB. Of a million peers, each with a block that nobody has touched for long, to
//! find out where such a page is takes the processor longer than to read from it.

use super::memory::{HugeVec, huge_with_capacity};
use super::prefetch::LINE_BYTES;

/// Words of a line.
pub const LINE_WORDS: usize = LINE_BYTES / size_of::<u32>();
/// A block has no more lines.
pub const BLOCK_LINES_MAX: usize = 16;
/// An arena has no more lines: 8 GiB.
pub const LINES_MAX: u32 = 1 << 27;
/// An arena grows by so many lines, of which untouched ones cost nothing: 16 MiB.
const SEGMENT_LINES_SHIFT: u32 = 18;
const SEGMENT_LINES: usize = 1 << SEGMENT_LINES_SHIFT;
const SEGMENTS_MAX: usize = LINES_MAX as usize / SEGMENT_LINES;

/// Room that is lent block by block, to all programs of a shard. Each reads and writes the blocks that it was lent and no others, which
/// is not checked. Which block it is that a program gets, and whether there is one, depends on how peers are shared among threads:
/// neither may decide a result. A program gives its blocks back before it goes; with the run the arena is gone and all that lies in it.
#[derive(Default, Debug)]
pub struct Arena {
    segments: Vec<HugeVec<u32>>,
    /// First lines of blocks that were given back, by number of lines less one. Apart, so that an arena takes little room among what a
    /// shard has at hand.
    free: Box<[Vec<u32>; BLOCK_LINES_MAX]>,
}

/// In which segment a line lies, and the place of its first word there.
#[inline]
fn place(line: u32) -> (usize, usize) {
    let line = line as usize;
    (line >> SEGMENT_LINES_SHIFT, line % SEGMENT_LINES * LINE_WORDS)
}

impl Arena {
    /// Lends a block of so many lines, all zero, and returns the number of its first; `None` where there is no room for a new one, and
    /// none of so many lines was given back.
    ///
    /// # Panics
    /// When that is no line, or more than [`BLOCK_LINES_MAX`].
    pub fn take(&mut self, lines: usize) -> Option<u32> {
        let Some(line) = self.free[lines - 1].pop() else {
            return self.make(lines);
        };
        self.words_mut(line, lines * LINE_WORDS).fill(0);
        Some(line)
    }

    /// Makes a new block behind all others.
    fn make(&mut self, lines: usize) -> Option<u32> {
        let words = lines * LINE_WORDS;
        let has_room = |segment: &HugeVec<u32>| segment.len() + words <= SEGMENT_LINES * LINE_WORDS;
        if !self.segments.last().is_some_and(has_room) {
            if self.segments.len() == SEGMENTS_MAX {
                return None;
            }
            self.segments.push(huge_with_capacity(SEGMENT_LINES * LINE_WORDS));
        }
        let number = self.segments.len() - 1;
        let segment = &mut self.segments[number];
        let line = number * SEGMENT_LINES + segment.len() / LINE_WORDS;
        segment.resize(segment.len() + words, 0);
        Some(u32::try_from(line).expect("there are fewer than 2^32 lines"))
    }

    /// Takes back a block of so many lines, the first of which is `line`.
    ///
    /// # Panics
    /// When that is no line, or more than [`BLOCK_LINES_MAX`].
    pub fn give_back(&mut self, line: u32, lines: usize) {
        self.free[lines - 1].push(line);
    }

    /// So many words, the first of a block.
    ///
    /// # Panics
    /// When there are not so many behind the block's beginning.
    #[inline]
    pub fn words(&self, line: u32, count: usize) -> &[u32] {
        let (segment, place) = place(line);
        &self.segments[segment][place..place + count]
    }

    /// As [`Arena::words`], for writing.
    ///
    /// # Panics
    /// As there.
    #[inline]
    pub fn words_mut(&mut self, line: u32, count: usize) -> &mut [u32] {
        let (segment, place) = place(line);
        &mut self.segments[segment][place..place + count]
    }
}

#[cfg(test)]
impl Arena {
    /// Bytes of all blocks that were ever made, lent or not.
    pub(crate) fn made_bytes(&self) -> usize {
        let words = self.segments.iter().map(HugeVec::len);
        words.sum::<usize>() * size_of::<u32>()
    }

    /// Bytes that are lent.
    pub(crate) fn lent_bytes(&self) -> usize {
        let free = (1..).zip(&*self.free).map(|(lines, free)| lines * free.len());
        self.made_bytes() - free.sum::<usize>() * LINE_BYTES
    }

    /// Leaves no room for new blocks.
    pub(crate) fn fill(&mut self) {
        self.segments.resize_with(SEGMENTS_MAX, || huge_with_capacity(0));
        let last = self.segments.last_mut().expect("there are segments");
        last.resize(SEGMENT_LINES * LINE_WORDS, 0);
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
                let line = arena.take(lines).expect("there is room");
                let words = arena.words_mut(line, lines * LINE_WORDS);
                assert!(words.iter().all(|word| *word == 0));
                words.fill(number);
                (line, lines)
            })
            .collect()
    }

    fn assert_marks(arena: &Arena, blocks: &[(u32, usize)]) {
        for (number, (line, lines)) in (1..).zip(blocks) {
            let words = arena.words(*line, lines * LINE_WORDS);
            assert!(words.iter().all(|word| *word == number), "{number}");
        }
        let lines = blocks.iter().map(|(_, lines)| lines);
        assert_eq!(arena.lent_bytes(), lines.sum::<usize>() * LINE_BYTES);
        assert_eq!(arena.made_bytes(), arena.lent_bytes());
    }

    #[test]
    fn blocks_do_not_overlap_and_are_lent_again_empty() {
        let mut arena = Arena::default();
        let blocks = lend(&mut arena, 50_000);
        assert_marks(&arena, &blocks);
        assert!(arena.segments.len() > 1);
        let segments = arena.segments.len();
        for (line, lines) in &blocks {
            arena.give_back(*line, *lines);
        }
        assert_eq!(arena.lent_bytes(), 0);
        let again = lend(&mut arena, 50_000);
        assert_marks(&arena, &again);
        assert_eq!(arena.segments.len(), segments);
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

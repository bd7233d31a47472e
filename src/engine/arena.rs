//! Memory that the programs of a shard are lent, in blocks of whole cache lines that lie in huge pages.
//!
//! Blocks from the allocator lie in pages of 4 KiB. Of a million peers, each with a block that nobody has touched for long, to
//! find out where such a page is takes the processor longer than to read from it.

use super::memory::{HugeVec, huge_with_capacity};

const LINE_BYTES: usize = 64;
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

/// Room that is lent block by block. Nobody learns anything of another's through it: what is given back is emptied before it is lent
/// again, and which block it is that somebody gets must decide nothing.
#[derive(Default, Debug)]
pub struct Arena {
    segments: Vec<HugeVec<u32>>,
    /// First lines of blocks that were given back, by number of lines less one.
    free: [Vec<u32>; BLOCK_LINES_MAX],
    lent_lines: usize,
}

/// In which segment a line lies, and the place of its first word there.
#[inline]
fn place(line: u32) -> (usize, usize) {
    let line = line as usize;
    (line >> SEGMENT_LINES_SHIFT, line % SEGMENT_LINES * LINE_WORDS)
}

impl Arena {
    /// Lends a block of so many lines, all zero, and returns the number of its first; `None` where the arena is full.
    ///
    /// # Panics
    /// When that is no line, or more than [`BLOCK_LINES_MAX`].
    pub fn take(&mut self, lines: usize) -> Option<u32> {
        let line = if let Some(line) = self.free[lines - 1].pop() {
            self.words_mut(line, lines * LINE_WORDS).fill(0);
            line
        } else {
            self.make(lines)?
        };
        self.lent_lines += lines;
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

    /// Takes back a block of so many lines that begins at `line`.
    pub fn give_back(&mut self, line: u32, lines: usize) {
        self.lent_lines -= lines;
        self.free[lines - 1].push(line);
    }

    /// The first words of a block.
    #[inline]
    pub fn words(&self, line: u32, count: usize) -> &[u32] {
        let (segment, place) = place(line);
        &self.segments[segment][place..place + count]
    }

    /// The first words of a block, for writing.
    #[inline]
    pub fn words_mut(&mut self, line: u32, count: usize) -> &mut [u32] {
        let (segment, place) = place(line);
        &mut self.segments[segment][place..place + count]
    }

    /// Bytes that are lent.
    pub fn lent_bytes(&self) -> usize {
        self.lent_lines * LINE_BYTES
    }

    /// Bytes of all blocks that were ever made, lent or not.
    pub fn made_bytes(&self) -> usize {
        let words = self.segments.iter().map(HugeVec::len);
        words.sum::<usize>() * size_of::<u32>()
    }

    /// An arena that lends nothing.
    #[cfg(test)]
    pub(crate) fn full() -> Self {
        let mut segments: Vec<_> = (0..SEGMENTS_MAX).map(|_| huge_with_capacity(0)).collect();
        let last: &mut HugeVec<u32> = segments.last_mut().expect("there are segments");
        last.resize(SEGMENT_LINES * LINE_WORDS, 0);
        Self {
            segments,
            ..Self::default()
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
        assert_eq!(arena.lent_bytes(), lines.sum::<usize>() * 64);
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
        let mut full = Arena::full();
        assert_eq!(full.take(1), None);
        full.segments[0] = std::mem::replace(&mut arena.segments[0], huge_with_capacity(0));
        full.lent_lines = 3;
        full.give_back(line, 3);
        assert_eq!(
            (full.take(2), full.take(3), full.take(3)),
            (None, Some(line), None)
        );
    }
}

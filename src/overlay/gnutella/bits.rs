//! Bits of an array of words, by their numbers.

/// Bits of a word.
pub(super) const WORD: u32 = u32::BITS;

/// Whether a bit is set.
#[inline]
pub(super) fn is_set(words: &[u32], bit: u32) -> bool {
    words[(bit / WORD) as usize] >> (bit % WORD) & 1 != 0
}

/// Sets a bit.
#[inline]
pub(super) fn set(words: &mut [u32], bit: u32) {
    words[(bit / WORD) as usize] |= 1 << (bit % WORD);
}

//! Hints to the processor about memory that is going to be read, so that it is fetched side by side instead of one line
//! after the other. They change nothing but the time taken; where a processor has no such instruction they do nothing.

pub use prefetch_index::prefetch_index;

/// Bytes of a cache line.
pub const LINE_BYTES: usize = 64;

/// Has both ends of a slice fetched: all of it where it spans two cache lines at most.
#[inline]
pub fn prefetch_ends<T>(slice: &[T]) {
    prefetch_index(slice, 0);
    prefetch_index(slice, slice.len().saturating_sub(1));
}

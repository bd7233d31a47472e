//! Arrays of many megabytes that are read here and there: in huge pages where the system has them (Linux:
//! `madvise(MADV_HUGEPAGE)`), in ordinary ones elsewhere and where an array is below 2 MiB.
//!
//! A window touches a few lines of many of a million peers. With pages of 4 KiB the processor spends more time finding out
//! where those lines are than reading them.

use allocator_api2::vec::Vec;
use hugealloc::HugeAlloc;

/// An array in huge pages. Made with the room that it needs: growing, it would be copied.
pub type HugeVec<T> = Vec<T, HugeAlloc>;

/// An empty array with room for `count`.
pub fn huge_with_capacity<T>(count: usize) -> HugeVec<T> {
    Vec::with_capacity_in(count, HugeAlloc)
}

/// Collects what is told beforehand how much it is.
pub fn huge_from<T>(items: impl ExactSizeIterator<Item = T>) -> HugeVec<T> {
    let mut array = huge_with_capacity(items.len());
    array.extend(items);
    array
}

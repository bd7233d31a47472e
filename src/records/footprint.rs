//! What results cost in memory before they are on disk, and again while plots are drawn: for estimates before a run.

use super::rows::{
    DownloadRow, FlowRow, HybridRow, KeywordRow, LookupRow, PeerRow, QueryRow, SourceRow, ValueRow, WriteRow,
};
use crate::engine::footprint::block_bytes;

/// A row with a name of its own, as it is read back for the plots.
fn named<R>() -> usize {
    size_of::<R>() + block_bytes(size_of::<[usize; 3]>())
}

/// A peer's row: once as it is made, once as it is read back.
pub fn peer_bytes() -> (usize, usize) {
    (size_of::<PeerRow>(), named::<PeerRow>())
}

/// A query's row: once as it is made, once as it is read back.
pub fn query_bytes() -> (usize, usize) {
    (size_of::<QueryRow>(), size_of::<QueryRow>())
}

/// A query's row of a hybrid: once as it is made; no plot reads it back.
pub fn hybrid_bytes() -> (usize, usize) {
    (size_of::<HybridRow>(), 0)
}

/// A download's row: once as it is made, once as it is read back.
pub fn download_bytes() -> (usize, usize) {
    (size_of::<DownloadRow>(), size_of::<DownloadRow>())
}

/// A download's row of what sources were found: once as it is made; no plot reads it back.
pub fn source_bytes() -> (usize, usize) {
    (size_of::<SourceRow>(), 0)
}

/// A lookup's row: once as it is made, once as it is read back.
pub fn lookup_bytes() -> (usize, usize) {
    (size_of::<LookupRow>(), size_of::<LookupRow>())
}

/// The row of a search by words: once as it is made; no plot reads it back.
pub fn keyword_bytes() -> (usize, usize) {
    (size_of::<KeywordRow>(), 0)
}

/// A read's row: once as it is made; no plot reads it back.
pub fn read_bytes() -> (usize, usize) {
    (size_of::<ValueRow>(), 0)
}

/// A write's row: once as it is made; no plot reads it back.
pub fn write_bytes() -> (usize, usize) {
    (size_of::<WriteRow>(), 0)
}

/// A bare transfer's row: once as it is made, once as it is read back.
pub fn flow_bytes() -> (usize, usize) {
    (named::<FlowRow>(), named::<FlowRow>())
}

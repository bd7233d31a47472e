//! What a client keeps on the heap: for estimates before a run.

use super::Asked;
use crate::engine::footprint::grown_bytes;

/// So many queries without an answer, of one client.
pub fn asked_bytes(queries: usize) -> usize {
    grown_bytes::<Asked>(queries)
}

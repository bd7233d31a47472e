//! What a Chord node keeps on the heap: for estimates before a run.

use super::table::Finger;
use crate::engine::footprint::grown_bytes;
use crate::overlay::dht::NodeId;

/// A table with so many successors and fingers.
pub fn table_bytes(successors: usize, fingers: usize) -> usize {
    grown_bytes::<NodeId>(successors) + grown_bytes::<Finger>(fingers)
}

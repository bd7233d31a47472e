//! What a download under way keeps in memory: for estimates before a run.

use super::Ticket;
use super::download::{Candidate, Download, Source};
use crate::engine::PeerId;
use crate::engine::footprint::{block_bytes, grown_bytes};

/// A download of an item with so many chunks from so many sources, with so many more in mind.
pub fn download_bytes(chunks: usize, sources: usize, candidates: usize) -> usize {
    let chunk_sets = 2 * block_bytes(chunks.div_ceil(u8::BITS as usize));
    grown_bytes::<Download>(1)
        + chunk_sets
        + grown_bytes::<Source>(sources)
        + grown_bytes::<Candidate>(candidates)
        + grown_bytes::<PeerId>(sources)
        + grown_bytes::<Ticket>(sources)
}

//! What the application and its observers keep in memory: for estimates before a run.

use super::bare_transfers::TransferLine;
use super::books::{DownloadLine, Issue, PeerBytes};
use super::director::{Inquiry, Occasion};
pub use super::downloads::footprint::download_bytes;
pub use super::exchange::exchange_bytes;
use super::library::PeerTraits;
use super::sharer::Activity;
use super::transfer_rows::PlannedTransfer;
use super::truth::Truth;
use super::workload::PlannedQuery;
use crate::engine::footprint::{block_bytes, map_entry_bytes};
use crate::engine::{PeerId, SessionNumber};
use crate::overlay::books::QueryLine;
use crate::overlay::{ItemId, WordId};

/// What everybody's library keeps of a peer.
pub fn peer_bytes() -> usize {
    size_of::<PeerTraits>() + size_of::<u32>()
}

/// What a peer keeps that fetches or serves anything, without its downloads.
pub fn activity_bytes() -> usize {
    block_bytes(size_of::<Activity>())
}

/// An item of the catalogue: size, lengths of its texts, place in the law of popularity and in the placement.
pub fn item_bytes() -> usize {
    size_of::<u64>() + 2 * size_of::<u16>() + size_of::<(f64, u32)>() + size_of::<u32>()
}

/// A word of a name.
pub fn word_bytes() -> usize {
    size_of::<WordId>()
}

/// A copy of an item: once by item and once by peer.
pub fn replica_bytes() -> usize {
    size_of::<PeerId>() + size_of::<ItemId>()
}

/// What a sample of the network needs for an end of a link that holds it: once as held, once as that of a working link.
pub fn sampled_end_bytes() -> usize {
    2 * size_of::<u32>()
}

/// What a sample of the network needs for a peer: its session, where its links of either kind and the working ones end, where
/// it came up last, and its place in a component.
pub fn sampled_peer_bytes() -> usize {
    size_of::<SessionNumber>() + 3 * size_of::<usize>() + 4 * size_of::<u32>()
}

/// A query of the workload.
pub fn query_bytes() -> usize {
    size_of::<PlannedQuery>()
}

/// A query whose truth is asked for: the question twice (the programme is handed over as a copy), its instant, its answer.
pub fn truth_bytes() -> usize {
    2 * size_of::<Inquiry>() + size_of::<(u64, Occasion)>() + size_of::<(u32, Truth)>()
}

/// What the books of one shard keep of a query.
pub fn query_books_bytes() -> usize {
    size_of::<QueryLine>() + size_of::<Issue>()
}

/// What the books keep of a download.
pub fn download_books_bytes() -> usize {
    map_entry_bytes::<(PeerId, u32), DownloadLine>()
}

/// What the books keep of a source that was named for a download.
pub fn named_books_bytes() -> usize {
    map_entry_bytes::<((PeerId, u32), PeerId), ()>()
}

/// What the books keep of a peer that moved any bytes.
pub fn moved_books_bytes() -> usize {
    map_entry_bytes::<PeerId, PeerBytes>()
}

/// A bare transfer in the plan, with a name of so many bytes.
pub fn transfer_bytes(name_bytes: usize) -> usize {
    size_of::<PlannedTransfer>() + block_bytes(name_bytes) + size_of::<(u32, u32)>()
}

/// What reading the plan keeps of a bare transfer: its number by its name, its line and the name it comes after.
pub fn transfer_names_bytes() -> usize {
    map_entry_bytes::<&str, u32>() + size_of::<(usize, &str)>()
}

/// What the books keep of a bare transfer.
pub fn transfer_books_bytes() -> usize {
    map_entry_bytes::<u32, TransferLine>()
}

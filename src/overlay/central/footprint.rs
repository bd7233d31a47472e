//! What clients and index servers keep on the heap: for estimates before a run.

use super::client::Search;
use crate::engine::PeerId;
use crate::engine::footprint::{block_bytes, grown_bytes, map_entry_bytes};
use crate::overlay::index::Index;
use crate::overlay::{Holder, ItemId};

/// A client that shares so many files and has so many queries under way.
pub fn client_bytes(files: usize, searches: usize) -> usize {
    grown_bytes::<ItemId>(files) + grown_bytes::<Search>(searches)
}

/// What its server keeps of a client that shares so many files, the lists of their sharers apart.
pub fn registration_bytes(files: usize) -> usize {
    Index::client_bytes() + grown_bytes::<ItemId>(files)
}

/// What a server keeps of an item that so many of its clients share.
pub fn item_bytes(sharers: usize) -> usize {
    map_entry_bytes::<ItemId, Vec<PeerId>>() + grown_bytes::<PeerId>(sharers)
}

/// What a list of so many files on its way adds to its event.
pub fn list_bytes(files: usize) -> usize {
    block_bytes(files * size_of::<ItemId>())
}

/// What an answer on its way that names so many holders adds to its event.
pub fn answer_bytes(holders: usize) -> usize {
    block_bytes(size_of::<super::message::Holders>()) + block_bytes(holders * size_of::<Holder>())
}

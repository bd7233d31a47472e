//! What peers of a network of super-peers keep on the heap: for estimates before a run.

use super::hub::Hub;
use super::links::Link;
use super::message::{Hit, Letter};
use super::uplinks::Uplink;
use crate::engine::PeerId;
use crate::engine::footprint::{block_bytes, grown_bytes};
use crate::overlay::{Holder, ItemId};

/// A peer that is registered with so many super-peers, shares so many files and knows so many addresses.
pub fn peer_bytes(super_peers: usize, files: usize, addresses: usize) -> usize {
    grown_bytes::<Uplink>(super_peers)
        + grown_bytes::<PeerId>(super_peers)
        + grown_bytes::<ItemId>(files)
        + grown_bytes::<PeerId>(addresses)
}

/// What a super-peer has besides, with so many clients and links; the index of its clients and the queries it has seen apart.
pub fn hub_bytes(clients: usize, links: usize) -> usize {
    block_bytes(size_of::<Hub>()) + grown_bytes::<PeerId>(clients) + grown_bytes::<Link>(links)
}

/// What a list of so many files on its way adds to its event.
pub fn list_bytes(files: usize) -> usize {
    block_bytes(size_of::<Letter>()) + block_bytes(files * size_of::<ItemId>())
}

/// What an answer on its way that names so many holders adds to its event.
pub fn hit_bytes(holders: usize) -> usize {
    block_bytes(size_of::<Hit>()) + block_bytes(holders * size_of::<Holder>())
}

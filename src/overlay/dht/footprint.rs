//! What structured overlays keep in memory, whatever their routing tables: for estimates before a run.

use super::WriteId;
use super::books::{KeywordLine, LookupLine, MemberLine, ReadLine, WriteLine};
use super::directory::NodeId;
use super::identifier::Identifier;
use super::lookup::candidates_bytes;
use super::node::Dht;
use super::router::Router;
use super::search::Search;
use super::service::Call;
use super::store::{Entry, Holder, Shelf, Version};
use crate::engine::footprint::{block_bytes, grown_bytes, map_entry_bytes};
use crate::overlay::ItemId;

/// What the directory keeps of a node: its identifier, the first bits of it once more, and its place among all.
pub fn identifier_bytes() -> usize {
    size_of::<Identifier>() + size_of::<u64>() + size_of::<NodeId>()
}

/// So many virtual nodes of a peer, where they do not fit into its program's own struct; their tables apart.
pub fn virtual_nodes_bytes<R: Router>(nodes: usize) -> usize {
    match nodes {
        0 | 1 => 0,
        // The program's struct holds one node, and little else.
        several => block_bytes(several.next_power_of_two() * size_of::<Dht<R>>()),
    }
}

/// What a node keeps of so many requests and lookups under way, of which each knows so many candidates. Room for requests and lookups
/// stays once there were any.
pub fn under_way_bytes<R: Router>(requests: usize, lookups: usize, candidates: usize) -> usize {
    let room = grown_bytes::<Call<R>>(requests) + grown_bytes::<Search<R::Purpose>>(lookups);
    room + lookups * candidates_bytes(candidates)
}

/// So many who hold something, kept under its key.
pub fn value_bytes(holders: usize) -> usize {
    map_entry_bytes::<Identifier, Shelf>() + grown_bytes::<Entry<Holder>>(holders)
}

/// What a peer remembers of an item that it has published.
pub fn published_bytes() -> usize {
    map_entry_bytes::<ItemId, ()>()
}

/// An item in a list of a word's, which lies there with few others.
pub fn posting_bytes() -> usize {
    map_entry_bytes::<Identifier, Shelf>() + grown_bytes::<Entry<ItemId>>(1)
}

/// What the books of one shard keep of a search by words.
pub fn keyword_books_bytes() -> usize {
    size_of::<KeywordLine>()
}

/// What observers note of a node that becomes part of the network, or no longer is.
pub fn member_bytes() -> usize {
    size_of::<MemberLine>()
}

/// What the books of one shard keep of a lookup.
pub fn lookup_books_bytes() -> usize {
    size_of::<LookupLine>()
}

/// What the books of one shard keep of a write, and of when its version was stored.
pub fn write_books_bytes() -> usize {
    size_of::<WriteLine>() + size_of::<u64>()
}

/// What the books of one shard keep of a read.
pub fn read_books_bytes() -> usize {
    size_of::<ReadLine>()
}

/// What its writer keeps of a value.
pub fn written_bytes() -> usize {
    map_entry_bytes::<Identifier, (Version, WriteId)>()
}

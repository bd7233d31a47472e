//! What a servent keeps on the heap and in its shard's arena, beside its own struct: for estimates before a run.

use super::Searches;
use super::aside::Parts;
use super::links::{Entry, Ledger};
use super::log::{self, LOG_MAX};
use super::message::Hit;
use super::neighbours;
use super::routes::{FEW, LIST_FIRST, Route};
use super::table::{PingKey, Slot, Table};
use super::upkeep::Upkeep;
use crate::engine::PeerId;
use crate::engine::footprint::{block_bytes, grown_bytes};

/// The other ends of so many links, where they do not fit into a servent's own struct.
pub fn links_bytes(degree: usize) -> usize {
    if degree <= neighbours::INLINE {
        return 0;
    }
    grown_bytes::<PeerId>(degree)
}

/// One entry of the list of links.
pub fn link_bytes() -> usize {
    size_of::<PeerId>()
}

/// What is kept of so many links besides where they may come and go.
pub fn ledger_bytes(degree: usize) -> usize {
    block_bytes(size_of::<Ledger>()) + grown_bytes::<Entry>(degree)
}

/// One generation of queries seen, so many of them, which walked or came in the order of their issue: with numbers below 2^24 and
/// links of which no servent had more than 254 before. What walked may lie in an arena besides: see [`seen_arena_bytes`].
pub fn seen_queries_bytes(entries: usize, walked: bool) -> usize {
    let few = if walked { LOG_MAX } else { FEW };
    if entries <= few {
        0
    } else if !walked {
        grown_bytes::<Route>(entries.max(LIST_FIRST))
    } else {
        block_bytes(Table::<u32>::slots_for(entries) * size_of::<Slot<u32>>())
    }
}

/// Bytes of an arena for a generation of so many queries that walked.
pub fn seen_arena_bytes(entries: usize) -> usize {
    log::arena_bytes(entries)
}

/// Bytes of an arena that a servent has outgrown and which the next generation uses again.
pub fn outgrown_arena_bytes(entries: usize) -> usize {
    log::outgrown_bytes(entries)
}

/// One generation of a table of queries seen, with so many entries, where other overlays keep such.
pub fn seen_table_bytes(entries: usize) -> usize {
    block_bytes(Table::<u32>::slots_for(entries) * size_of::<Slot<u32>>())
}

/// One generation of a table of pings seen, with so many entries.
pub fn seen_pings_bytes(entries: usize) -> usize {
    block_bytes(Table::<PingKey>::slots_for(entries) * size_of::<Slot<PingKey>>())
}

/// One query seen, without room to grow.
pub fn seen_query_bytes() -> usize {
    size_of::<Route>()
}

/// What holds together whatever few servents have: those that remember queries of a past generation, or keep something of
/// walks or hits from behind firewalls, or look after their links.
pub fn aside_bytes() -> usize {
    block_bytes(size_of::<Parts>())
}

/// What maintenance adds to a servent that knows so many addresses; its pings and [`aside_bytes`] apart.
pub fn upkeep_bytes(known_addresses: usize) -> usize {
    block_bytes(size_of::<Upkeep>()) + grown_bytes::<PeerId>(known_addresses)
}

/// What a servent that walkers wait at keeps, beside the walkers.
pub fn walks_bytes() -> usize {
    aside_bytes() + block_bytes(size_of::<Searches>()) + grown_bytes::<[u32; 6]>(1)
}

/// What a hit on its way adds to its event.
pub fn hit_bytes() -> usize {
    block_bytes(size_of::<Hit>())
}

//! What the engine's own things cost in memory, for whoever estimates a run before it starts.
//!
//! Sizes are asked of the compiler, never written down; what an allocator adds is modelled on glibc's. Nothing here
//! knows what a program is for.

use super::accounts::PeerAccounts;
use super::network::FlowNotice;
use super::peer::{PeerId, SessionNumber};
use super::peers::Resident;
use super::protocol::Protocol;
use super::random::SmallStream;
use super::seat::{Presence, ProtocolStream};
use super::shard::{PeerEvent, PeerLetter};
use super::shares::Shares;

/// What the allocator keeps in front of a block.
const BLOCK_HEADER_BYTES: usize = 8;
/// Blocks are multiples of so much ...
const BLOCK_GRANULE_BYTES: usize = 16;
/// ... and no smaller than this.
const BLOCK_BYTES_MIN: usize = 32;
/// Entries for which a vector first makes room.
const FIRST_CAPACITY: usize = 4;

/// What a block of so many bytes takes up; nothing for nothing.
pub fn block_bytes(payload_bytes: usize) -> usize {
    if payload_bytes == 0 {
        return 0;
    }
    (payload_bytes + BLOCK_HEADER_BYTES)
        .next_multiple_of(BLOCK_GRANULE_BYTES)
        .max(BLOCK_BYTES_MIN)
}

/// What a vector that grew entry by entry to `count` takes up: room is doubled whenever it is used up.
pub fn grown_bytes<T>(count: usize) -> usize {
    if count == 0 {
        return 0;
    }
    block_bytes(count.next_power_of_two().max(FIRST_CAPACITY) * size_of::<T>())
}

/// An entry of a map ordered by key: nodes of up to eleven entries are about three quarters full.
pub fn map_entry_bytes<K, V>() -> usize {
    (size_of::<K>() + size_of::<V>()) * 4 / 3 + size_of::<usize>()
}

/// A peer, from being built to the rows that are made of it: its program's own struct, without what that points to, and its
/// seat.
pub fn resident_bytes<P: Protocol>() -> usize {
    size_of::<Resident<P>>()
}

/// What is kept of a peer besides while it may come and go.
pub fn presence_bytes() -> usize {
    size_of::<Presence>() + size_of::<ProtocolStream>() + size_of::<SessionNumber>()
}

/// What noise adds to a peer that talks to so many others.
pub fn noise_bytes(connections: usize) -> usize {
    size_of::<SmallStream>() + size_of::<[usize; 4]>() + connections * map_entry_bytes::<PeerId, u64>()
}

/// What the end of a run hands over of a peer besides: its books, whether it is online.
pub fn outcome_bytes() -> usize {
    size_of::<PeerAccounts>() + size_of::<bool>()
}

/// How many shards so many peers are divided into on so many threads: observers keep books of each.
pub fn shards(peers: usize, threads: usize) -> usize {
    Shares::for_threads(peers, threads).count()
}

/// A message in flight.
pub fn message_bytes<P: Protocol>() -> usize {
    size_of::<PeerLetter<P>>()
}

/// Any other pending event: a timer, a planned session.
pub fn event_bytes<P: Protocol>() -> usize {
    size_of::<PeerEvent<P>>()
}

/// The notice of a flow's end, while it is on its way.
pub fn notice_bytes<P: Protocol>() -> usize {
    event_bytes::<P>() + block_bytes(size_of::<FlowNotice>())
}

/// A command of the workload.
pub fn command_bytes<P: Protocol>() -> usize {
    size_of::<(u64, PeerId, P::Command)>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_those_of_the_allocator() {
        for (payload, expected) in [
            (0, 0),
            (1, 32),
            (24, 32),
            (25, 48),
            (40, 48),
            (41, 64),
            (128, 144),
        ] {
            assert_eq!(block_bytes(payload), expected, "{payload} bytes");
        }
    }

    #[test]
    fn grown_vectors_have_room_for_a_power_of_two() {
        let mut grown = Vec::new();
        for count in 1..=100 {
            grown.push(0_u64);
            assert_eq!(grown_bytes::<u64>(count), block_bytes(grown.capacity() * 8));
        }
        assert_eq!(grown_bytes::<u64>(0), 0);
    }
}

//! What clients and trackers keep on the heap: for estimates before a run.

use super::client::Client;
use super::message::{Member, Peers};
use super::swarms::Swarms;
use crate::engine::footprint::block_bytes;

/// A client that has to do with so many swarms.
pub fn client_bytes(swarms: usize) -> usize {
    Client::client_bytes(swarms)
}

/// What a tracker keeps of a swarm of so many.
pub fn swarm_bytes(members: usize) -> usize {
    Swarms::swarm_bytes(members)
}

/// What an answer on its way that names so many adds to its event.
pub fn answer_bytes(members: usize) -> usize {
    block_bytes(size_of::<Peers>()) + block_bytes(members * size_of::<Member>())
}

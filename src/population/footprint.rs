//! What the plan of who is online when costs in memory: for estimates before a run.

use super::groups::Member;

/// A peer's group and traits, and its place in the deal.
pub fn peer_bytes() -> usize {
    size_of::<Member>() + size_of::<u16>()
}

/// A peer that arrives during the run: its moment.
pub fn arrival_bytes() -> usize {
    size_of::<u64>()
}

/// A session of a trace.
pub fn session_bytes() -> usize {
    size_of::<(u64, u64)>()
}

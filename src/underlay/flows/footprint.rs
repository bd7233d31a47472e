//! What a flow under way costs in memory: for estimates before a run.

use super::allocation::{Flow, Link};
use crate::engine::footprint::{grown_bytes, map_entry_bytes};
use crate::engine::network::FlowId;

/// A flow, with the two links it runs over and its entries in the solver's tables.
pub fn flow_bytes() -> usize {
    let links = 2 * (size_of::<Link>() + grown_bytes::<u32>(1));
    size_of::<Flow>() + links + 2 * map_entry_bytes::<FlowId, u32>() + size_of::<(u64, u32)>()
}

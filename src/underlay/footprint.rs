//! What latencies and flows cost in memory: for estimates before a run.

use super::flows::footprint as flows;

pub use flows::flow_bytes;

/// A peer's place in the plane.
pub fn point_bytes() -> usize {
    size_of::<(u32, u32)>()
}

/// A peer's row of a latency matrix.
pub fn row_bytes() -> usize {
    size_of::<u16>()
}

/// An entry of a latency matrix.
pub fn entry_bytes() -> usize {
    size_of::<u32>()
}

/// A link with a latency of its own, at both of its ends; those that fit 32 bits.
pub fn edge_bytes() -> usize {
    2 * (size_of::<u32>() + size_of::<u32>())
}

/// A peer's class of access link.
pub fn access_bytes() -> usize {
    size_of::<u16>()
}

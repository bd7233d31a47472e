//! Base latencies: how long a message takes one way from any peer to any other, in whole nanoseconds.
//!
//! Four models behind one enum, because the look-up is asked once per message. Every model refuses a world in which
//! two different peers could be 0 ns apart: the smallest base latency is the engine's lookahead. What a peer takes to
//! reach itself is answered too (never less than the lookahead), though nobody should ask.

mod cells;
mod edges;
mod matrix;
mod plane;
mod table;

pub use edges::Edges;
pub use matrix::{Assignment, Matrix, MatrixOptions, Missing};
pub use plane::Plane;
pub use table::{Direction, Fault, LatencyTable, TableError};

use crate::engine::network::Dispatch;
use crate::engine::peer::PeerId;
use std::num::NonZeroU64;

/// Why a latency model is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LatencyError {
    /// The lookahead would be 0.
    #[error("the latency between two peers must be at least 1 ns")]
    Zero,
    /// An edge takes no time.
    #[error("the link between nodes {from} and {to} has latency 0: at least 1 ns is needed")]
    ZeroEdge {
        /// Where the edge starts.
        from: u32,
        /// Where it ends.
        to: u32,
    },
    /// Two peers can stand at one site, and the file does not say how far apart they are.
    #[error(
        "two peers can share row {row} of the latency matrix, whose diagonal is zero: `same_site` must say how far \
         apart they are"
    )]
    SameSite {
        /// The row, from 0.
        row: usize,
    },
    /// Two sites whose distance was not measured.
    #[error(
        "the latency from row {row} to column {column} of the matrix is zero, which means not measured: \
         `missing = \"median\"` would put the median there"
    )]
    NotMeasured {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
    },
    /// A matrix has too many rows.
    #[error("a latency matrix has at most 65,535 rows, not {rows}")]
    TooManyRows {
        /// How many it has.
        rows: usize,
    },
    /// A latency is too large to be added to times.
    #[error(
        "a latency of {latency_ns} ns is absurd: at most {} ns (one year) is accepted",
        LATENCY_NS_MAX
    )]
    TooLarge {
        /// What was given, in nanoseconds.
        latency_ns: u64,
    },
    /// The three vectors of a graph in compressed form do not fit together.
    #[error("the graph's vectors do not fit together at node {node}")]
    Malformed {
        /// The first node at which they do not.
        node: u32,
    },
}

/// The greatest latency accepted: one year of 365 days, in nanoseconds. It keeps sums of times far from overflow.
pub const LATENCY_NS_MAX: u64 = 365 * 24 * 3_600 * crate::engine::time::SECOND_NS;

/// A latency model.
#[derive(Clone, Debug)]
pub enum Latency {
    /// Everybody is equally far from everybody, in nanoseconds.
    Constant(NonZeroU64),
    /// Points in a square.
    Plane(Plane),
    /// Measured sites.
    Matrix(Matrix),
    /// Annotated links of the overlay's graph.
    Edges(Edges),
}

impl Latency {
    /// The same latency between all peers, in nanoseconds.
    pub const fn constant(one_way_ns: u64) -> Result<Self, LatencyError> {
        match (NonZeroU64::new(one_way_ns), accept(one_way_ns)) {
            (Some(one_way_ns), Ok(_)) => Ok(Self::Constant(one_way_ns)),
            (_, Err(error)) => Err(error),
            (None, Ok(_)) => Err(LatencyError::Zero),
        }
    }

    /// Base one-way latency, in nanoseconds; at least the lookahead.
    ///
    /// # Panics
    /// When a peer lies beyond the number the model was made for, or when two peers are no neighbours and
    /// [`Edges`] has no latency for such pairs.
    #[inline]
    pub fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        match self {
            Self::Constant(one_way_ns) => one_way_ns.get(),
            Self::Plane(plane) => plane.latency_ns(from, to),
            Self::Matrix(matrix) => matrix.latency_ns(from, to),
            Self::Edges(edges) => edges.latency_ns(from, to),
        }
    }

    /// Delays what leaves a peer: see [`crate::engine::Network::delay`].
    #[inline]
    pub fn delay(&self, from: PeerId, guess: u16, dispatches: &mut [Dispatch]) {
        match self {
            Self::Constant(one_way_ns) => {
                for dispatch in dispatches {
                    dispatch.time_ns += one_way_ns.get();
                }
            }
            Self::Edges(edges) => edges.delay(from, guess, dispatches),
            Self::Plane(plane) => {
                for dispatch in &*dispatches {
                    plane.prefetch(dispatch.to.peer);
                }
                for dispatch in dispatches {
                    dispatch.time_ns += plane.latency_ns(from, dispatch.to.peer);
                }
            }
            Self::Matrix(matrix) => {
                for dispatch in dispatches {
                    dispatch.time_ns += matrix.latency_ns(from, dispatch.to.peer);
                }
            }
        }
    }

    /// A lower bound of the base latency between two different peers, in nanoseconds; at least 1.
    pub const fn lookahead_ns(&self) -> u64 {
        match self {
            Self::Constant(one_way_ns) => one_way_ns.get(),
            Self::Plane(plane) => plane.lookahead_ns(),
            Self::Matrix(matrix) => matrix.lookahead_ns(),
            Self::Edges(edges) => edges.lookahead_ns(),
        }
    }
}

/// A latency between 1 ns and a year.
const fn accept(latency_ns: u64) -> Result<u64, LatencyError> {
    match latency_ns {
        0 => Err(LatencyError::Zero),
        1..=LATENCY_NS_MAX => Ok(latency_ns),
        _ => Err(LatencyError::TooLarge { latency_ns }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_at_least_one_nanosecond() {
        let latency = Latency::constant(1).unwrap();
        assert_eq!(
            (latency.lookahead_ns(), latency.latency_ns(PeerId(3), PeerId(4))),
            (1, 1)
        );
        assert_eq!(Latency::constant(0).unwrap_err(), LatencyError::Zero);
        assert!(matches!(
            Latency::constant(u64::MAX),
            Err(LatencyError::TooLarge { .. })
        ));
    }
}

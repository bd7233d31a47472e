//! Points in a plane: peers are placed uniformly in a square, and distance takes time.
//!
//! All arithmetic is in integers: a coordinate is one of 2^31 equidistant places along the side, a distance the integer
//! square root of a sum of squares, and the propagation is rounded down to a whole nanosecond.

use super::{LatencyError, accept};
use crate::engine::peer::PeerId;
use crate::engine::prefetch::prefetch_index;
use crate::engine::random::{Draw, Purpose, Seed};

/// Places along one side of the square: 2^31, so that a sum of two squares fits 64 bits.
const SIDE_BITS: u32 = 31;

/// Peers as points: latency = base + distance x time per unit.
#[derive(Clone, Debug)]
pub struct Plane {
    points: Vec<(u32, u32)>,
    /// Time across one side, in nanoseconds.
    side_ns: u64,
    base_ns: u64,
}

impl Plane {
    /// Places `peers` peers (service nodes included) in a square of side `width` units; a unit of distance takes
    /// `ns_per_unit` and every message `base_ns` besides. A peer's place depends on the seed and its number only.
    pub fn new(
        seed: Seed,
        peers: u32,
        width: u64,
        ns_per_unit: u64,
        base_ns: u64,
    ) -> Result<Self, LatencyError> {
        accept(base_ns)?;
        let side_ns = width.saturating_mul(ns_per_unit);
        if side_ns > 0 {
            accept(side_ns)?;
        }
        let points = (0..peers)
            .map(|peer| {
                // Index 1: index 0 keys the small generator that the peer draws its jitter from.
                let mut draw = seed.stream_at(Purpose::Latency, u64::from(peer), 1);
                let mut coordinate = || (draw.bits() >> (64 - SIDE_BITS)) as u32;
                (coordinate(), coordinate())
            })
            .collect();
        Ok(Self {
            points,
            side_ns,
            base_ns,
        })
    }

    #[inline]
    pub(super) fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        let (a, b) = (self.points[from.index()], self.points[to.index()]);
        let square = |p: u32, q: u32| u64::from(p.abs_diff(q)).pow(2);
        let distance = (square(a.0, b.0) + square(a.1, b.1)).isqrt();
        let propagation_ns = (u128::from(distance) * u128::from(self.side_ns)) >> SIDE_BITS;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most the square root of 2 times a year"
        )]
        let propagation_ns = propagation_ns as u64;
        self.base_ns + propagation_ns
    }

    /// Has a peer's place fetched.
    #[inline]
    pub fn prefetch(&self, peer: PeerId) {
        prefetch_index(&self.points, peer.index());
    }

    /// The base: a lower bound, approached by points that lie close together.
    pub const fn lookahead_ns(&self) -> u64 {
        self.base_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed {
        seed: 5,
        replication: 0,
    };

    #[test]
    fn latency_is_a_metric_above_the_base() {
        let plane = Plane::new(SEED, 60, 1_000, 50_000, 2_000_000).unwrap();
        for a in (0..60).map(PeerId) {
            assert_eq!(plane.latency_ns(a, a), plane.lookahead_ns());
            for b in (0..60).map(PeerId) {
                let direct = plane.latency_ns(a, b);
                assert_eq!(direct, plane.latency_ns(b, a));
                assert!((2_000_000..=72_710_679).contains(&direct));
                for c in (0..60).map(PeerId) {
                    let detour = plane.latency_ns(a, c) + plane.latency_ns(c, b) - 2_000_000;
                    assert!(direct <= detour + 2, "the triangle inequality, but for rounding");
                }
            }
        }
    }

    #[test]
    fn mean_distance_in_a_square_is_known() {
        // Mean distance of two uniform points in the unit square: (2 + sqrt 2 + 5 asinh 1) / 15 = 0.521405.
        let plane = Plane::new(SEED, 4_000, 1, 1_000_000_000, 1).unwrap();
        let distances = (0..2_000).map(|pair| plane.latency_ns(PeerId(2 * pair), PeerId(2 * pair + 1)));
        let mean = distances.map(|ns| ns as f64 / 1e9).sum::<f64>() / 2_000.0;
        // Standard deviation of a distance: 0.2479; three standard errors.
        assert!(
            (mean - 0.521_405).abs() < 3.0 * 0.247_9 / 2_000_f64.sqrt(),
            "{mean}"
        );
    }

    #[test]
    fn a_place_does_not_depend_on_how_many_others_there_are() {
        let few = Plane::new(SEED, 3, 10, 10, 1).unwrap();
        let many = Plane::new(SEED, 30, 10, 10, 1).unwrap();
        assert_eq!(few.points, many.points[..3]);
        assert_ne!(few.points[0], few.points[1]);
    }

    #[test]
    fn known_distances() {
        let plane = Plane {
            points: vec![(0, 0), (3 << 20, 4 << 20), (0, 1)],
            side_ns: 1 << 31,
            base_ns: 7,
        };
        assert_eq!(plane.latency_ns(PeerId(0), PeerId(1)), 7 + (5 << 20));
        assert_eq!(plane.latency_ns(PeerId(2), PeerId(0)), 8);
    }

    #[test]
    fn refusals() {
        assert_eq!(Plane::new(SEED, 2, 1, 1, 0).unwrap_err(), LatencyError::Zero);
        let absurd = Plane::new(SEED, 2, u64::MAX, 2, 1);
        assert!(matches!(absurd, Err(LatencyError::TooLarge { .. })));
        assert!(Plane::new(SEED, 2, 0, 0, 1).is_ok());
    }
}

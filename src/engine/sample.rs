//! Samplers of the classic laws, ours and frozen by vectors: inverse transforms and short rejections over
//! [`crate::engine::math`], so that every platform draws the same.

use super::math;
use super::random::Draw;

/// Exponential with the given mean.
pub fn exponential(mean: f64, draw: &mut impl Draw) -> f64 {
    -mean * math::ln(draw.unit())
}

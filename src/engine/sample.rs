//! Samplers of the classic laws, ours and frozen by vectors, so that every platform and build draws the same.
//!
//! Inverse transforms and short rejections over [`crate::engine::math`]. They know nothing of what is sampled: units
//! are the caller's. Every result is finite and not negative (a normal one may be negative) whatever the random words:
//! what would overflow is cut at the largest finite float. How many words of randomness a draw takes is part of the
//! contract: a sampler that takes a fixed number leaves the draws after it where they were when its parameters change.

mod discrete;
mod poisson;
#[cfg(test)]
mod tests;

pub use discrete::{AliasTable, WeightError, choose, zipf_weights};
pub use poisson::{POISSON_MEAN_MAX, poisson};

use super::math;
use super::random::Draw;

/// Cuts what overflowed at the largest finite float.
fn finite(x: f64) -> f64 {
    x.min(f64::MAX)
}

/// Uniform between `low` and `high`. One word.
///
/// # Panics
/// When the bounds are not finite or in the wrong order.
pub fn uniform(low: f64, high: f64, draw: &mut impl Draw) -> f64 {
    assert!(
        low <= high && (high - low).is_finite(),
        "a uniform law has ordered, finite bounds"
    );
    // The product may be rounded up to the whole width.
    (low + (high - low) * draw.unit()).min(high)
}

/// Exponential with the given mean, by inversion. One word.
pub fn exponential(mean: f64, draw: &mut impl Draw) -> f64 {
    finite(-mean * math::ln(draw.unit()))
}

/// Weibull, by inversion: P(X > x) = exp(-(x / scale)^shape). One word.
pub fn weibull(shape: f64, scale: f64, draw: &mut impl Draw) -> f64 {
    finite(scale * math::pow(-math::ln(draw.unit()), 1.0 / shape))
}

/// Pareto, by inversion: P(X > x) = (minimum / x)^alpha for x > minimum. One word.
pub fn pareto(alpha: f64, minimum: f64, draw: &mut impl Draw) -> f64 {
    finite(minimum * math::pow(draw.unit(), -1.0 / alpha))
}

/// Standard normal, by the cosine half of Box and Muller (1958): always two words, so that what is drawn next does not
/// depend on this draw. Never beyond 8.7 standard deviations.
pub fn standard_normal(draw: &mut impl Draw) -> f64 {
    let radius = (-2.0 * math::ln(draw.unit())).sqrt();
    radius * math::cos(std::f64::consts::TAU * draw.unit())
}

/// Normal with the given mean and standard deviation. Two words.
pub fn normal(mean: f64, deviation: f64, draw: &mut impl Draw) -> f64 {
    mean + deviation * standard_normal(draw)
}

/// Log-normal: the exponential of a normal variable of mean `mu` and standard deviation `sigma`. Two words.
pub fn log_normal(mu: f64, sigma: f64, draw: &mut impl Draw) -> f64 {
    finite(math::exp(normal(mu, sigma, draw)))
}

/// Gamma with mean `shape * scale`, by the rejection of Marsaglia and Tsang ("A simple method for generating gamma
/// variables", ACM TOMS 26(3), 2000). Three words an attempt, 1.05 attempts or fewer on average; below shape 1, one
/// word more: Gamma(shape) is Gamma(shape + 1) times U^(1/shape).
///
/// # Panics
/// When the shape is not above 0.
pub fn gamma(shape: f64, scale: f64, draw: &mut impl Draw) -> f64 {
    assert!(shape > 0.0, "a gamma law has a shape above 0");
    if shape < 1.0 {
        let boost = math::pow(draw.unit(), 1.0 / shape);
        return finite(gamma_from_one(shape + 1.0, draw) * boost * scale);
    }
    finite(gamma_from_one(shape, draw) * scale)
}

/// Gamma of scale 1 for shapes of 1 and more.
#[expect(
    clippy::many_single_char_names,
    reason = "the paper's letters, to be compared with it"
)]
fn gamma_from_one(shape: f64, draw: &mut impl Draw) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = standard_normal(draw);
        let u = draw.unit();
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let square = x * x;
        // The cheap test first: it lies wholly inside the exact one.
        if u < 1.0 - 0.0331 * square * square || math::ln(u) < 0.5 * square + d * (1.0 - v + math::ln(v)) {
            return d * v;
        }
    }
}

/// Geometric: the number of failures before the first success when each attempt succeeds with probability `p`, by
/// inversion; cut at `u64::MAX`. One word.
///
/// # Panics
/// When `p` is not in (0, 1].
pub fn geometric(p: f64, draw: &mut impl Draw) -> u64 {
    assert!(p > 0.0 && p <= 1.0, "a success has a probability in (0, 1]");
    let word = draw.unit();
    if p >= 1.0 {
        return 0;
    }
    whole(math::ln(word) / math::ln_1p(-p))
}

/// The whole part of a float that is not negative, cut at `u64::MAX`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, which is what is wanted; arguments are not negative"
)]
fn whole(x: f64) -> u64 {
    x as u64
}

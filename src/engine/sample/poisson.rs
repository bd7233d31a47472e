//! The Poisson law, exact up to the rounding of its own probabilities for any mean up to [`POISSON_MEAN_MAX`].

use super::whole;
use crate::engine::math;
use crate::engine::random::Draw;

/// The largest mean that [`poisson`] takes: counts stay far inside the whole numbers that a float holds exactly.
pub const POISSON_MEAN_MAX: f64 = 1e12;

/// Means below this are drawn by inversion.
const INVERSION_MEAN_MAX: f64 = 10.0;

/// A Poisson count.
///
/// Means below 10: inversion by summing probabilities, one word. From 10 on: the transformed rejection PTRS of
/// Hörmann ("The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and
/// Economics 12, 1993), two words an attempt, 1.3 attempts or fewer on average. Its test compares with the logarithm of
/// the probability in the saddle-point form of Loader ("Fast and accurate computation of binomial probabilities",
/// 2000): the textbook form `k ln m - m - ln k!` would cancel ten digits at a mean of 10^9.
///
/// # Panics
/// When the mean is negative, no number, or above [`POISSON_MEAN_MAX`].
pub fn poisson(mean: f64, draw: &mut impl Draw) -> u64 {
    assert!(
        (0.0..=POISSON_MEAN_MAX).contains(&mean),
        "a Poisson law has a mean from 0 to 10^12"
    );
    if mean < INVERSION_MEAN_MAX {
        invert(mean, draw.unit())
    } else {
        reject(mean, draw)
    }
}

fn invert(mean: f64, unit: f64) -> u64 {
    // Beyond 200 the probability is below 10^-180: less than the rounding of the sum before it.
    const COUNT_MAX: u32 = 200;
    let mut probability = math::exp(-mean);
    let mut sum = probability;
    let mut count = 0_u32;
    while unit > sum && count < COUNT_MAX {
        count += 1;
        probability *= mean / f64::from(count);
        sum += probability;
    }
    u64::from(count)
}

/// PTRS; the letters and constants are the paper's.
#[expect(
    clippy::many_single_char_names,
    reason = "the paper's letters, to be compared with it"
)]
fn reject(mean: f64, draw: &mut impl Draw) -> u64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.024_83 * b;
    let v_r = 0.927_7 - 3.622_4 / (b - 2.0);
    let inverse_alpha = 1.123_9 + 1.132_8 / (b - 3.4);
    loop {
        let u = draw.unit() - 0.5;
        let v = draw.unit();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
        if us >= 0.07 && v <= v_r {
            return whole(k);
        }
        if k < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        if math::ln(v * inverse_alpha / (a / (us * us) + b)) <= ln_probability(k, mean) {
            return whole(k);
        }
    }
}

/// ln P(X = k) for a Poisson variable with the given mean; `k` is a whole number, not negative.
pub(super) fn ln_probability(k: f64, mean: f64) -> f64 {
    if k < 16.0 {
        let mut ln_factorial = 0.0;
        let mut factor = 2.0;
        while factor <= k {
            ln_factorial += math::ln(factor);
            factor += 1.0;
        }
        return k * math::ln(mean) - mean - ln_factorial;
    }
    -stirling_error(k) - deviance(k, mean) - 0.5 * math::ln(std::f64::consts::TAU * k)
}

/// ln k! minus Stirling's formula, for k >= 16: four terms of the series, error below 2e-14.
fn stirling_error(k: f64) -> f64 {
    let square = k * k;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / k
}

/// Loader's `bd0`: `k ln(k / m) + m - k` without cancellation near k = m.
fn deviance(k: f64, mean: f64) -> f64 {
    let difference = k - mean;
    let sum = k + mean;
    if difference.abs() >= 0.1 * sum {
        return k * math::ln(k / mean) - difference;
    }
    let ratio = difference / sum;
    let mut total = difference * ratio;
    let mut term = 2.0 * k * ratio;
    let mut odd = 1.0;
    // |ratio| < 0.1: each round gains two digits and more.
    for _ in 0..12 {
        term *= ratio * ratio;
        odd += 2.0;
        total += term / odd;
    }
    total
}

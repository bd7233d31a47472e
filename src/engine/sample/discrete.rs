//! Choosing among many: popularity weights, an alias table, draws without replacement.

use std::collections::BTreeSet;

use crate::engine::math;
use crate::engine::random::Draw;

/// Zipf weights with a flat head: rank r (from 1 to `ranks`) weighs 1 / max(r, head)^exponent; `head` 0 and 1 are the
/// plain law. The head models what is seen in Gnutella, where the hundred or so most popular queries are about equally
/// frequent (Sripanidkulchai 2001).
pub fn zipf_weights(ranks: u32, exponent: f64, head: u32) -> Vec<f64> {
    (1..=ranks)
        .map(|rank| math::pow(f64::from(rank.max(head)), -exponent))
        .collect()
}

/// Why weights cannot be drawn from.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum WeightError {
    /// There are none.
    #[error("there are no weights to draw from")]
    Empty,
    /// There are 2^32 or more.
    #[error("there are {0} weights, more than 4,294,967,295")]
    TooMany(usize),
    /// One is negative, infinite or no number.
    #[error("weight {index} (counted from 0) is {weight}, not a finite number of at least 0")]
    Bad {
        /// Its position.
        index: usize,
        /// Its value.
        weight: f64,
    },
    /// Their sum is zero or too large.
    #[error("the weights add up to {0}, not to a finite number above 0")]
    Sum(f64),
}

/// Draws from any finite law in constant time: the alias method of Walker (1977) as built by Vose ("A linear algorithm
/// for generating random numbers with a given distribution", IEEE TSE 17(9), 1991).
///
/// Built in one fixed order, so equal weights give equal tables; whether a column keeps its own outcome is decided by
/// integers, to 2^-64.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AliasTable {
    /// A column keeps its own outcome when a word is below this.
    pub(super) thresholds: Vec<u64>,
    /// What it gives otherwise.
    pub(super) aliases: Vec<u32>,
}

impl AliasTable {
    /// A table that gives outcome i (from 0) with probability proportional to `weights[i]`; what weighs nothing never
    /// comes. Takes time and space in proportion to the number of weights: 12 bytes each.
    pub fn new(weights: &[f64]) -> Result<Self, WeightError> {
        if weights.is_empty() {
            return Err(WeightError::Empty);
        }
        let count = u32::try_from(weights.len()).map_err(|_| WeightError::TooMany(weights.len()))?;
        let is_bad = |weight: &f64| !weight.is_finite() || *weight < 0.0;
        if let Some(index) = weights.iter().position(is_bad) {
            let weight = weights[index];
            return Err(WeightError::Bad { index, weight });
        }
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(WeightError::Sum(sum));
        }
        let mut heights: Vec<f64> = weights
            .iter()
            .map(|weight| weight / sum * f64::from(count))
            .collect();
        let mut aliases: Vec<u32> = (0..count).collect();
        let mut thresholds = vec![u64::MAX; weights.len()];
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..count).partition(|&column| heights[column as usize] < 1.0);
        while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
            small.pop();
            thresholds[low as usize] = threshold(heights[low as usize]);
            aliases[low as usize] = high;
            // Vose's order of operations: it loses the least to rounding.
            heights[high as usize] = (heights[high as usize] + heights[low as usize]) - 1.0;
            if heights[high as usize] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        // Whatever is left would be exactly 1 high but for rounding: those columns are their own alias.
        Ok(Self { thresholds, aliases })
    }

    /// Number of outcomes.
    pub fn outcomes(&self) -> u32 {
        u32::try_from(self.aliases.len()).expect("checked when the table was built")
    }

    /// Draws an outcome. Two words (but for the rare rejection of [`Draw::below`]).
    pub fn draw(&self, draw: &mut impl Draw) -> u32 {
        let column = draw.below(u64::from(self.outcomes()));
        let column = u32::try_from(column).expect("a column's number is below their count");
        if draw.bits() < self.thresholds[column as usize] {
            column
        } else {
            self.aliases[column as usize]
        }
    }
}

/// A probability below 1 in units of 2^-64.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates; the height is in [0, 1)"
)]
fn threshold(height: f64) -> u64 {
    (height * 18_446_744_073_709_551_616.0) as u64
}

/// `count` different numbers of `0..population`, every set equally likely, in ascending order: Floyd's method (Bentley
/// and Floyd, "A sample of brilliance", CACM 30(9), 1987). Takes time in proportion to `count`, not to the population.
///
/// # Panics
/// When more are asked for than there are.
pub fn choose(population: u64, count: u64, draw: &mut impl Draw) -> Vec<u64> {
    assert!(count <= population, "no more can be chosen than there are");
    let mut chosen = BTreeSet::new();
    for last in population - count..population {
        let candidate = draw.below(last + 1);
        if !chosen.insert(candidate) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

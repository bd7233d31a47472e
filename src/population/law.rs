//! Laws of lengths of time: how long a session or an absence lasts, and how long one that is found under way still does.
//!
//! Lengths are whole nanoseconds. A law is checked once, when it is made; drawing from it cannot fail.

use std::fmt::{self, Display, Formatter};

use crate::engine::time::exact_decimal;
use crate::engine::{Draw, math, sample};

/// The longest length that is ever drawn or may be asked for, in nanoseconds: 36.5 years. Longer draws are cut here,
/// far enough below the end of 64 bits that times can be added up. No run shorter than that can tell the difference:
/// means and starts in equilibrium are those of the law as declared, not of the cut one.
pub const LENGTH_NS_MAX: u64 = 1 << 60;

/// Smallest and largest shape of a Weibull law. Measured session lengths have 0.34 to 0.8.
pub const WEIBULL_SHAPES: (f64, f64) = (0.05, 100.0);
/// Largest `sigma` of a log-normal law.
pub const SIGMA_MAX: f64 = 10.0;
/// Smallest and largest `alpha` of a Pareto law.
pub const PARETO_ALPHAS: (f64, f64) = (0.05, 1000.0);

/// Why there is no such law.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum LawError {
    /// A length is zero or too long.
    #[error("the {name} is {ns} ns, not a length from 1 ns to 36.5 years")]
    Length {
        /// Which parameter.
        name: &'static str,
        /// Its value in nanoseconds.
        ns: u64,
    },
    /// A parameter without a unit is out of its range.
    #[error("the {name} is {value}, not a number from {low} to {high}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The smallest that is allowed (not itself allowed where it is 0).
        low: f64,
        /// The largest that is allowed.
        high: f64,
    },
    /// The bounds of a uniform law are in the wrong order.
    #[error("the minimum, {min_ns} ns, is above the maximum, {max_ns} ns")]
    Order {
        /// The minimum in nanoseconds.
        min_ns: u64,
        /// The maximum in nanoseconds.
        max_ns: u64,
    },
    /// A Pareto law with a mean needs an `alpha` above 1.
    #[error(
        "a Pareto law with alpha {alpha} has no finite mean (alpha must be above 1): give its minimum instead"
    )]
    NoMean {
        /// The alpha that was given.
        alpha: f64,
    },
}

/// A law of lengths of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Law {
    kind: Kind,
}

/// Parameters with a unit are nanoseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Exponential { mean: f64 },
    Weibull { shape: f64, scale: f64 },
    LogNormal { mu: f64, sigma: f64 },
    Pareto { alpha: f64, minimum: f64 },
    Uniform { min: f64, max: f64 },
    Fixed { length_ns: u64 },
}

impl Law {
    /// Exponential with this mean.
    pub fn exponential(mean_ns: u64) -> Result<Self, LawError> {
        let mean = length("mean", mean_ns)?;
        Ok(Self::of(Kind::Exponential { mean }))
    }

    /// Weibull with this shape ([`WEIBULL_SHAPES`]) and mean: the scale is mean / Gamma(1 + 1 / shape).
    pub fn weibull(shape: f64, mean_ns: u64) -> Result<Self, LawError> {
        let shape = parameter("shape", shape, WEIBULL_SHAPES)?;
        let scale = length("mean", mean_ns)? / math::gamma(1.0 + 1.0 / shape);
        Ok(Self::of(Kind::Weibull { shape, scale }))
    }

    /// Log-normal with this median; `sigma` is the standard deviation of the logarithm, above 0, at most [`SIGMA_MAX`].
    pub fn log_normal_median(median_ns: u64, sigma: f64) -> Result<Self, LawError> {
        let sigma = parameter("sigma", sigma, (0.0, SIGMA_MAX))?;
        let mu = math::ln(length("median", median_ns)?);
        Ok(Self::of(Kind::LogNormal { mu, sigma }))
    }

    /// Log-normal with this mean; `sigma` as in [`Law::log_normal_median`].
    pub fn log_normal_mean(mean_ns: u64, sigma: f64) -> Result<Self, LawError> {
        let sigma = parameter("sigma", sigma, (0.0, SIGMA_MAX))?;
        let mu = math::ln(length("mean", mean_ns)?) - sigma * sigma / 2.0;
        Ok(Self::of(Kind::LogNormal { mu, sigma }))
    }

    /// Pareto with this smallest length and `alpha` ([`PARETO_ALPHAS`]); up to alpha 1 its mean is infinite.
    pub fn pareto_minimum(alpha: f64, minimum_ns: u64) -> Result<Self, LawError> {
        let alpha = parameter("alpha", alpha, PARETO_ALPHAS)?;
        let minimum = length("minimum", minimum_ns)?;
        Ok(Self::of(Kind::Pareto { alpha, minimum }))
    }

    /// Pareto with this mean and an `alpha` above 1.
    pub fn pareto_mean(alpha: f64, mean_ns: u64) -> Result<Self, LawError> {
        let alpha = parameter("alpha", alpha, PARETO_ALPHAS)?;
        if alpha <= 1.0 {
            return Err(LawError::NoMean { alpha });
        }
        let minimum = length("mean", mean_ns)? * (alpha - 1.0) / alpha;
        Ok(Self::of(Kind::Pareto { alpha, minimum }))
    }

    /// Uniform between two lengths; the smaller may be 0.
    pub fn uniform(min_ns: u64, max_ns: u64) -> Result<Self, LawError> {
        let max = length("maximum", max_ns)?;
        if min_ns > max_ns {
            return Err(LawError::Order { min_ns, max_ns });
        }
        let min = min_ns as f64;
        Ok(Self::of(Kind::Uniform { min, max }))
    }

    /// Always this length, to the nanosecond.
    pub fn fixed(length_ns: u64) -> Result<Self, LawError> {
        length("length", length_ns)?;
        Ok(Self::of(Kind::Fixed { length_ns }))
    }

    fn of(kind: Kind) -> Self {
        Self { kind }
    }

    /// Draws a length in nanoseconds: rounded to the nearest, at least 1, at most [`LENGTH_NS_MAX`].
    /// Takes two words of a log-normal law, none of a fixed one, one of each other.
    pub fn sample_ns(&self, draw: &mut impl Draw) -> u64 {
        match self.kind {
            Kind::Exponential { mean } => whole_ns(sample::exponential(mean, draw)),
            Kind::Weibull { shape, scale } => whole_ns(sample::weibull(shape, scale, draw)),
            Kind::LogNormal { mu, sigma } => whole_ns(sample::log_normal(mu, sigma, draw)),
            Kind::Pareto { alpha, minimum } => whole_ns(sample::pareto(alpha, minimum, draw)),
            Kind::Uniform { min, max } => whole_ns(sample::uniform(min, max, draw)),
            Kind::Fixed { length_ns } => length_ns,
        }
    }

    /// The mean in nanoseconds, of the law before rounding and cutting; `None` where it is infinite.
    pub fn mean_ns(&self) -> Option<f64> {
        match self.kind {
            Kind::Exponential { mean } => Some(mean),
            Kind::Weibull { shape, scale } => Some(scale * math::gamma(1.0 + 1.0 / shape)),
            Kind::LogNormal { mu, sigma } => Some(math::exp(mu + sigma * sigma / 2.0)),
            Kind::Pareto { alpha, minimum } => (alpha > 1.0).then(|| minimum * alpha / (alpha - 1.0)),
            Kind::Uniform { min, max } => Some(f64::midpoint(min, max)),
            Kind::Fixed { length_ns } => Some(length_ns as f64),
        }
    }

    /// Draws what is still to come, in nanoseconds, of a length found under way at a moment that has nothing to do with
    /// it, long after the start of a renewal process (the equilibrium law, of density P(X > x) / E\[X\]); `None` where
    /// the mean is infinite. At least 1, at most [`LENGTH_NS_MAX`].
    ///
    /// The length found is drawn with a probability proportional to itself, and what is to come is a uniform part of
    /// it (Cox, "Renewal Theory", 1962, chapter 5). The exponential law is its own equilibrium law, and the uniform one
    /// is inverted.
    pub fn residual_ns(&self, draw: &mut impl Draw) -> Option<u64> {
        let residual = match self.kind {
            Kind::Exponential { mean } => sample::exponential(mean, draw),
            Kind::Weibull { shape, scale } => {
                // Biased by length, (X / scale)^shape is Gamma(1 + 1 / shape) instead of exponential.
                let part = draw.unit();
                let biased = sample::gamma(1.0 + 1.0 / shape, 1.0, draw);
                part * scale * math::pow(biased, 1.0 / shape)
            }
            Kind::LogNormal { mu, sigma } => {
                draw.unit() * sample::log_normal(mu + sigma * sigma, sigma, draw)
            }
            Kind::Pareto { alpha, .. } if alpha <= 1.0 => return None,
            Kind::Pareto { alpha, minimum } => draw.unit() * sample::pareto(alpha - 1.0, minimum, draw),
            Kind::Uniform { min, max } => {
                // P(residual <= x) is x / mean up to the minimum, then 1 - (max - x)^2 / ((max - min) (max + min)).
                let part = draw.unit();
                let below = part * f64::midpoint(min, max);
                if below <= min {
                    below
                } else {
                    max - ((max - min) * (max + min) * (1.0 - part)).sqrt()
                }
            }
            Kind::Fixed { length_ns } => draw.unit() * length_ns as f64,
        };
        Some(whole_ns(residual))
    }
}

/// What the law is, with exact seconds where a length was given and rounded ones where it follows.
impl Display for Law {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = |ns: f64| exact_decimal(u128::from(whole_ns(ns)), 9);
        match self.kind {
            Kind::Exponential { mean } => write!(f, "exponential, mean {} s", seconds(mean)),
            Kind::Weibull { shape, scale } => write!(f, "Weibull, shape {shape}, scale {} s", seconds(scale)),
            Kind::LogNormal { mu, sigma } => {
                write!(
                    f,
                    "log-normal, median {} s, sigma {sigma}",
                    seconds(math::exp(mu))
                )
            }
            Kind::Pareto { alpha, minimum } => {
                write!(f, "Pareto, alpha {alpha}, minimum {} s", seconds(minimum))
            }
            Kind::Uniform { min, max } => write!(f, "uniform, {} to {} s", min / 1e9, max / 1e9),
            Kind::Fixed { length_ns } => write!(f, "fixed, {} s", exact_decimal(u128::from(length_ns), 9)),
        }
    }
}

fn length(name: &'static str, ns: u64) -> Result<f64, LawError> {
    if ns == 0 || ns > LENGTH_NS_MAX {
        return Err(LawError::Length { name, ns });
    }
    Ok(ns as f64)
}

fn parameter(name: &'static str, value: f64, (low, high): (f64, f64)) -> Result<f64, LawError> {
    // Written so that what is no number is refused.
    let is_in_range = value > 0.0 && value >= low && value <= high;
    if is_in_range {
        Ok(value)
    } else {
        Err(LawError::Parameter {
            name,
            value,
            low,
            high,
        })
    }
}

/// The nearest whole nanosecond, at least 1, at most [`LENGTH_NS_MAX`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates and the result is clamped"
)]
fn whole_ns(ns: f64) -> u64 {
    ((ns + 0.5) as u64).clamp(1, LENGTH_NS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{Purpose, Seed, Stream};
    use crate::engine::time::SECOND_NS;

    const HOUR_NS: u64 = 3600 * SECOND_NS;

    fn stream(entity: u64) -> Stream {
        let seed = Seed {
            seed: 5,
            replication: 0,
        };
        seed.stream(Purpose::Observation, entity)
    }

    /// The laws with mean 1 h, and the mean of what is to come of a length found under way, in hours:
    /// E[S^2] / (2 E[S]). Finite variance of the residual, so that its sample mean settles.
    fn laws() -> Vec<(Law, f64)> {
        let weibull = |shape: f64, factor| (Law::weibull(shape, HOUR_NS).unwrap(), factor);
        vec![
            (Law::fixed(HOUR_NS).unwrap(), 0.5),
            (Law::uniform(0, 2 * HOUR_NS).unwrap(), 2.0 / 3.0),
            // E[S^2] = (a^2 + a b + b^2) / 3 with a = 1/2, b = 3/2.
            (
                Law::uniform(HOUR_NS / 2, HOUR_NS + HOUR_NS / 2).unwrap(),
                13.0 / 24.0,
            ),
            (Law::exponential(HOUR_NS).unwrap(), 1.0),
            weibull(0.5, 3.0),
            weibull(0.59, 2.112),
            weibull(2.0, 2.0 / std::f64::consts::PI),
            (Law::log_normal_mean(HOUR_NS, 1.0).unwrap(), 1.3591),
            // alpha = 5: minimum 0.8, E[S^2] = 5 / 3 * 0.64.
            (Law::pareto_mean(5.0, HOUR_NS).unwrap(), 0.5 * 5.0 / 3.0 * 0.64),
        ]
    }

    #[test]
    fn means_are_what_was_asked_for() {
        for (number, (law, _)) in laws().iter().enumerate() {
            assert!(
                (law.mean_ns().unwrap() / HOUR_NS as f64 - 1.0).abs() < 1e-12,
                "{law}"
            );
            let mut draw = stream(number as u64);
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..40_000 {
                let hours = law.sample_ns(&mut draw) as f64 / HOUR_NS as f64;
                sum += hours;
                squares += hours * hours;
            }
            let mean = sum / 40_000.0;
            let error = ((squares / 40_000.0 - mean * mean).max(0.0) / 40_000.0).sqrt();
            assert!((mean - 1.0).abs() <= 4.0 * error + 1e-12, "{law}: {mean} h");
        }
    }

    /// The inspection paradox, as tabled in the literature of renewal theory.
    #[test]
    fn residuals_have_the_mean_of_the_equilibrium_law() {
        const DRAWS: u32 = 100_000;
        for (number, (law, expected)) in laws().iter().enumerate() {
            let mut draw = stream(100 + number as u64);
            let mut sum = 0.0;
            for _ in 0..DRAWS {
                sum += law.residual_ns(&mut draw).unwrap() as f64 / HOUR_NS as f64;
            }
            let mean = sum / f64::from(DRAWS);
            assert!(
                (mean / expected - 1.0).abs() < 0.03,
                "{law}: {mean}, not {expected}"
            );
        }
    }

    /// P(residual <= x) is the integral of P(S > t) / E[S] up to x: compared with the sample's own survival, summed up.
    #[test]
    fn residuals_have_the_equilibrium_law() {
        const DRAWS: u32 = 20_000;
        for (number, (law, _)) in laws().iter().enumerate() {
            let mut draw = stream(200 + number as u64);
            let hours = |ns: u64| ns as f64 / HOUR_NS as f64;
            let lengths: Vec<f64> = (0..DRAWS).map(|_| hours(law.sample_ns(&mut draw))).collect();
            let residuals: Vec<f64> = (0..DRAWS)
                .map(|_| hours(law.residual_ns(&mut draw).unwrap()))
                .collect();
            for x in [0.1, 0.3, 0.6, 1.0, 1.7, 3.0] {
                // The integral of P(S > t) up to x is E[min(S, x)].
                let expected = lengths.iter().map(|length| length.min(x)).sum::<f64>() / f64::from(DRAWS);
                let seen =
                    residuals.iter().filter(|residual| **residual <= x).count() as f64 / f64::from(DRAWS);
                // Both are means of 20,000 values with a standard deviation of at most 1/2 and of at most x/2.
                let error = 0.5 / f64::from(DRAWS).sqrt() * (1.0 + x.min(1.0));
                assert!(
                    (seen - expected).abs() < 4.0 * error,
                    "{law} at {x} h: {seen}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn medians_are_those_of_the_literature() {
        // Median / scale of a Weibull law is (ln 2)^(1/k); scale = mean / Gamma(1 + 1/k).
        for (shape, median_by_scale, mean_by_scale) in [
            (0.5, 0.4805, 2.0),
            (0.59, 0.5373, 1.5384),
            (0.38, 0.3812, 3.8534),
            (0.34, 0.3403, 5.5754),
        ] {
            let law = Law::weibull(shape, HOUR_NS).unwrap();
            assert_median(law, median_by_scale / mean_by_scale);
        }
        assert_median(Law::log_normal_median(HOUR_NS, 1.5).unwrap(), 1.0);
        assert_median(Law::pareto_minimum(0.5, HOUR_NS).unwrap(), 4.0);
    }

    fn assert_median(law: Law, median_h: f64) {
        let mut draw = stream(300);
        let below = (0..40_000)
            .filter(|_| (law.sample_ns(&mut draw) as f64) < median_h * HOUR_NS as f64)
            .count();
        // Standard deviation 100.
        assert!(
            below.abs_diff(20_000) < 400,
            "{law}: {below} of 40,000 are below {median_h} h"
        );
    }

    /// Gives the same word for ever.
    struct Stuck(u64);

    impl Draw for Stuck {
        fn bits(&mut self) -> u64 {
            self.0
        }
    }

    #[test]
    fn lengths_stay_in_their_range() {
        let mut all: Vec<Law> = laws().into_iter().map(|(law, _)| law).collect();
        for ns in [1, LENGTH_NS_MAX] {
            all.push(Law::exponential(ns).unwrap());
            all.push(Law::weibull(0.05, ns).unwrap());
            all.push(Law::weibull(100.0, ns).unwrap());
            all.push(Law::log_normal_median(ns, 10.0).unwrap());
            all.push(Law::pareto_minimum(0.05, ns).unwrap());
            all.push(Law::pareto_mean(1.000_000_1, ns).unwrap());
            all.push(Law::uniform(0, ns).unwrap());
            all.push(Law::fixed(ns).unwrap());
        }
        for law in all {
            for word in [0, 1, 1 << 63, u64::MAX] {
                let length = law.sample_ns(&mut Stuck(word));
                assert!((1..=LENGTH_NS_MAX).contains(&length), "{law}: {length}");
            }
            let mut draw = stream(400);
            for _ in 0..100 {
                let residual = law.residual_ns(&mut draw);
                assert_eq!(residual.is_some(), law.mean_ns().is_some());
                assert!(
                    residual.is_none_or(|ns| (1..=LENGTH_NS_MAX).contains(&ns)),
                    "{law}"
                );
            }
        }
    }

    #[test]
    fn impossible_laws_are_refused() {
        assert_eq!(Law::exponential(0), Err(LawError::Length { name: "mean", ns: 0 }));
        assert!(Law::fixed(LENGTH_NS_MAX + 1).is_err());
        for shape in [f64::NAN, 0.0, -1.0, f64::INFINITY, 1e-9] {
            assert!(Law::weibull(shape, HOUR_NS).is_err());
            assert!(Law::pareto_minimum(shape, HOUR_NS).is_err());
        }
        assert!(Law::log_normal_mean(HOUR_NS, 0.0).is_err());
        assert!(Law::log_normal_median(HOUR_NS, 10.1).is_err());
        assert_eq!(
            Law::pareto_mean(1.0, HOUR_NS),
            Err(LawError::NoMean { alpha: 1.0 })
        );
        assert_eq!(Law::pareto_minimum(1.0, HOUR_NS).unwrap().mean_ns(), None);
        let wrong = Law::uniform(2, 1);
        assert_eq!(wrong, Err(LawError::Order { min_ns: 2, max_ns: 1 }));
        assert_eq!(Law::uniform(3, 3).unwrap().sample_ns(&mut Stuck(9)), 3);
    }
}

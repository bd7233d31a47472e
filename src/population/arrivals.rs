//! Who comes to an open population, and when: a Poisson process of newcomers.

use crate::engine::time::SECOND_NS;
use crate::engine::{Purpose, Seed, sample};

use super::Law;
use super::plan::stream_of_plan;

/// The arrival times of an open population, drawn up front so that peers are numbered densely.
///
/// Gap after gap from one stream of [`Purpose::Churn`]: a longer run begins with the same arrivals.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Arrivals {
    times_ns: Vec<u64>,
}

/// Why there are no such arrivals.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum ArrivalsError {
    /// The rate is no finite number above 0.
    #[error("the arrival rate is {rate_per_s} per second, not a finite number above 0")]
    Rate {
        /// The rate that was given, per second.
        rate_per_s: f64,
    },
    /// More peers than may be numbered are expected.
    #[error("{expected:.0} peers are expected, more than {most}")]
    TooMany {
        /// How many are expected.
        expected: f64,
        /// How many are allowed.
        most: u32,
    },
    /// There is no equilibrium because sessions last for ever on average.
    #[error("the mean session is infinite: there is no equilibrium to start in")]
    InfiniteSession,
}

impl Arrivals {
    /// Draws the arrivals of a Poisson process of `rate_per_s` before `duration_ns`; their number is Poisson with mean
    /// rate times duration. Refused when more than `most` are expected; if chance brings more than that all the same,
    /// the last are cut (the probability is below 1/2 and the caller's limit is meant to be far away).
    pub fn poisson(seed: Seed, rate_per_s: f64, duration_ns: u64, most: u32) -> Result<Self, ArrivalsError> {
        if !(rate_per_s > 0.0 && rate_per_s.is_finite()) {
            return Err(ArrivalsError::Rate { rate_per_s });
        }
        let second_ns = SECOND_NS as f64;
        let duration = duration_ns as f64;
        let expected = rate_per_s * (duration / second_ns);
        if expected > f64::from(most) {
            return Err(ArrivalsError::TooMany { expected, most });
        }
        let mut draw = seed.stream(Purpose::Churn, stream_of_plan::ARRIVALS);
        let mut times_ns = Vec::new();
        let mut at = 0.0;
        loop {
            at += sample::exponential(second_ns / rate_per_s, &mut draw);
            if at >= duration || times_ns.len() >= most as usize {
                return Ok(Self { times_ns });
            }
            times_ns.push(floor(at));
        }
    }

    /// How many peers an open population in equilibrium has at a moment: a Poisson number with mean rate times mean
    /// session, whatever the law of sessions (the queue M/G/infinity). Refused where the mean session is infinite, or
    /// more than `most` peers are expected; more than that are cut as in [`Arrivals::poisson`].
    pub fn present(seed: Seed, rate_per_s: f64, session: &Law, most: u32) -> Result<u32, ArrivalsError> {
        if !(rate_per_s > 0.0 && rate_per_s.is_finite()) {
            return Err(ArrivalsError::Rate { rate_per_s });
        }
        let session_ns_mean = session.mean_ns().ok_or(ArrivalsError::InfiniteSession)?;
        let expected = rate_per_s * (session_ns_mean / SECOND_NS as f64);
        if expected > f64::from(most) {
            return Err(ArrivalsError::TooMany { expected, most });
        }
        let mut draw = seed.stream(Purpose::Churn, stream_of_plan::PRESENT);
        let present = sample::poisson(expected, &mut draw);
        Ok(u32::try_from(present).unwrap_or(most).min(most))
    }

    /// The arrivals at these times in nanoseconds (from a file, say), in the order of the peers' numbers.
    pub fn at(times_ns: Vec<u64>) -> Self {
        Self { times_ns }
    }

    /// How many arrive.
    ///
    /// # Panics
    /// When there are 2^32 or more.
    pub fn count(&self) -> u32 {
        u32::try_from(self.times_ns.len()).expect("arriving peers have numbers of 32 bits")
    }

    /// When each arrives, in nanoseconds.
    pub fn times_ns(&self) -> &[u64] {
        &self.times_ns
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are not negative and below a duration of 64 bits"
)]
fn floor(ns: f64) -> u64 {
    ns as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed {
        seed: 9,
        replication: 0,
    };

    #[test]
    fn arrivals_are_poisson() {
        // 4,000 intervals of 10 s at 0.5 per second.
        let arrivals = Arrivals::poisson(SEED, 0.5, 40_000 * SECOND_NS, u32::MAX).unwrap();
        assert!(arrivals.times_ns().is_sorted());
        let mut counts = vec![0.0_f64; 4000];
        for at_ns in arrivals.times_ns() {
            counts[usize::try_from(at_ns / (10 * SECOND_NS)).unwrap()] += 1.0;
        }
        let mean = counts.iter().sum::<f64>() / 4000.0;
        let variance = counts
            .iter()
            .map(|count| (count - mean) * (count - mean))
            .sum::<f64>()
            / 3999.0;
        // Standard errors: sqrt(5 / 4000) and, of the index of dispersion, sqrt(2 / 4000).
        assert!((mean - 5.0).abs() < 4.0 * 0.035, "{mean}");
        assert!(
            (variance / mean - 1.0).abs() < 4.0 * 0.0224,
            "{}",
            variance / mean
        );
    }

    #[test]
    fn the_present_are_poisson() {
        let session = Law::weibull(0.5, 40 * SECOND_NS).unwrap();
        let mut counts = Vec::new();
        for replication in 0..4000 {
            let seed = Seed { seed: 9, replication };
            counts.push(f64::from(Arrivals::present(seed, 0.5, &session, 100).unwrap()));
        }
        let mean = counts.iter().sum::<f64>() / 4000.0;
        let squares: f64 = counts.iter().map(|count| (count - mean) * (count - mean)).sum();
        let dispersion = squares / 3999.0 / mean;
        // Standard errors: sqrt(20 / 4000) and sqrt(2 / 4000).
        assert!((mean - 20.0).abs() < 4.0 * 0.0707, "{mean}");
        assert!((dispersion - 1.0).abs() < 4.0 * 0.0224, "{dispersion}");

        let endless = Law::pareto_minimum(1.0, SECOND_NS).unwrap();
        assert_eq!(
            Arrivals::present(SEED, 0.5, &endless, 100),
            Err(ArrivalsError::InfiniteSession)
        );
        assert!(matches!(
            Arrivals::present(SEED, 0.5, &session, 10),
            Err(ArrivalsError::TooMany { .. })
        ));
    }

    #[test]
    fn a_longer_run_begins_alike() {
        let short = Arrivals::poisson(SEED, 1.0, 100 * SECOND_NS, u32::MAX).unwrap();
        let long = Arrivals::poisson(SEED, 1.0, 200 * SECOND_NS, u32::MAX).unwrap();
        assert!(long.count() > short.count());
        assert_eq!(short.times_ns(), &long.times_ns()[..short.times_ns().len()]);
    }

    #[test]
    fn impossible_rates_are_refused() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Arrivals::poisson(SEED, rate, SECOND_NS, 10).is_err());
        }
        let many = Arrivals::poisson(SEED, 1e300, u64::MAX, u32::MAX);
        assert!(matches!(many, Err(ArrivalsError::TooMany { .. })));
        assert!(Arrivals::poisson(SEED, 10.0, SECOND_NS, 10).unwrap().count() <= 10);
        assert_eq!(Arrivals::poisson(SEED, 10.0, 0, 10).unwrap().count(), 0);
    }
}

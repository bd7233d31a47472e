//! Jitter and loss: what happens to a message beyond its base latency.
//!
//! Jitter is never negative, so the lookahead, made of base latencies, stays a lower bound. Over a connection a lost
//! segment costs its retransmission time-outs; a lost datagram is gone.

use crate::engine::network::{Channel, Noise};
use crate::engine::random::{Draw, SmallStream};
use crate::engine::sample;
use crate::engine::time::SECOND_NS;

/// The first retransmission time-out: RFC 6298, rule 2.1 ("the sender SHOULD set RTO <- 1 second") and rule 2.4 (a
/// smaller one is rounded up to 1 second). Linux uses 200 ms as its minimum; the scenario can say so.
pub const RETRANSMISSION_NS: u64 = SECOND_NS;

/// The largest retransmission time-out: RFC 6298, rule 2.5 (a maximum may be placed if it is at least 60 seconds).
pub const RETRANSMISSION_NS_MAX: u64 = 60 * SECOND_NS;

/// The greatest probability of loss accepted: beyond it a connection would hardly ever get a message through.
pub const LOSS_PROBABILITY_MAX: f64 = 0.99;

/// Losses in a row after which a connection's message gets through regardless: it bounds the work of a draw (at the
/// greatest probability accepted, one message in 20,000 comes this far).
const LOSSES_MAX: u32 = 1_000;

/// The law of the additional delay.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Jitter {
    /// Uniform over the whole nanoseconds from 0 to `max_ns`, both included.
    Uniform {
        /// Greatest delay, in nanoseconds.
        max_ns: u64,
    },
    /// Exponential, rounded down to whole nanoseconds.
    Exponential {
        /// Mean delay, in nanoseconds.
        mean_ns: u64,
    },
}

impl Jitter {
    fn draw(self, random: &mut SmallStream) -> u64 {
        match self {
            Self::Uniform { max_ns: u64::MAX } => random.bits(),
            Self::Uniform { max_ns } => random.below(max_ns + 1),
            Self::Exponential { mean_ns } => {
                // Float to integer saturates; the sampler is the one place where a float decides a time.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "an exponential is positive, and `as` saturates"
                )]
                let extra_ns = sample::exponential(mean_ns as f64, random) as u64;
                extra_ns
            }
        }
    }
}

/// Loss of messages.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Loss {
    /// Probability that one transmission is lost, in 0..=[`LOSS_PROBABILITY_MAX`].
    pub probability: f64,
    /// How long a connection waits before it sends a lost message again, in nanoseconds ([`RETRANSMISSION_NS`]);
    /// doubled with every further loss of the same message (RFC 6298, rule 5.5).
    pub retransmission_ns: u64,
    /// Where the doubling ends, in nanoseconds ([`RETRANSMISSION_NS_MAX`]).
    pub retransmission_ns_max: u64,
}

impl Loss {
    /// Loss with the time-outs of RFC 6298.
    pub const fn with_probability(probability: f64) -> Self {
        Self {
            probability,
            retransmission_ns: RETRANSMISSION_NS,
            retransmission_ns_max: RETRANSMISSION_NS_MAX,
        }
    }

    /// How long a connection takes to get a message through, beyond its latency.
    fn retransmission_draw(self, random: &mut SmallStream) -> u64 {
        let mut waiting_ns = 0_u64;
        let mut timeout_ns = self.retransmission_ns.min(self.retransmission_ns_max);
        for _ in 0..LOSSES_MAX {
            if !random.chance(self.probability) {
                break;
            }
            waiting_ns = waiting_ns.saturating_add(timeout_ns);
            timeout_ns = timeout_ns.saturating_mul(2).min(self.retransmission_ns_max);
        }
        waiting_ns
    }
}

/// Why noise is refused.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum NoiseError {
    /// The probability of loss is no probability, or too near 1.
    #[error("the probability of loss must lie between 0 and {LOSS_PROBABILITY_MAX}, not {probability}")]
    Probability {
        /// What was given.
        probability: f64,
    },
    /// Retransmissions without waiting would hide every loss.
    #[error("the retransmission time-out must be at least 1 ns, and not above its maximum")]
    Retransmission,
}

/// Jitter and loss together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NoiseModel {
    jitter: Option<Jitter>,
    loss: Option<Loss>,
}

impl NoiseModel {
    /// No noise at all.
    pub const SILENT: Self = Self {
        jitter: None,
        loss: None,
    };

    /// Jitter and loss, each optional.
    pub fn new(jitter: Option<Jitter>, loss: Option<Loss>) -> Result<Self, NoiseError> {
        if let Some(loss) = loss {
            if !(0.0..=LOSS_PROBABILITY_MAX).contains(&loss.probability) {
                return Err(NoiseError::Probability {
                    probability: loss.probability,
                });
            }
            if loss.retransmission_ns == 0 || loss.retransmission_ns > loss.retransmission_ns_max {
                return Err(NoiseError::Retransmission);
            }
        }
        Ok(Self {
            jitter: jitter.filter(|jitter| {
                !matches!(
                    jitter,
                    Jitter::Uniform { max_ns: 0 } | Jitter::Exponential { mean_ns: 0 }
                )
            }),
            loss: loss.filter(|loss| loss.probability > 0.0),
        })
    }

    /// Whether there is any noise.
    #[inline]
    pub const fn is_noisy(&self) -> bool {
        self.jitter.is_some() || self.loss.is_some()
    }

    /// Draws what happens to one message: first losses, then jitter (none for a lost datagram).
    pub fn draw(&self, channel: Channel, random: &mut SmallStream) -> Noise {
        let retransmission_ns = match (self.loss, channel) {
            (None, _) => 0,
            (Some(loss), Channel::Connection) => loss.retransmission_draw(random),
            (Some(loss), Channel::Datagram) => {
                if random.chance(loss.probability) {
                    return Noise::Lost;
                }
                0
            }
        };
        let jitter_ns = self.jitter.map_or(0, |jitter| jitter.draw(random));
        Noise::Delayed {
            extra_ns: retransmission_ns.saturating_add(jitter_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{Purpose, Seed};

    const DRAWS: u32 = 100_000;

    fn stream() -> SmallStream {
        Seed {
            seed: 1,
            replication: 0,
        }
        .small(Purpose::Loss, 0)
    }

    fn delays(model: NoiseModel, channel: Channel) -> (u32, Vec<u64>) {
        let mut random = stream();
        let (mut lost, mut delays) = (0, Vec::new());
        for _ in 0..DRAWS {
            match model.draw(channel, &mut random) {
                Noise::Lost => lost += 1,
                Noise::Delayed { extra_ns } => delays.push(extra_ns),
            }
        }
        (lost, delays)
    }

    fn mean(values: &[u64]) -> f64 {
        values.iter().map(|value| *value as f64).sum::<f64>() / values.len() as f64
    }

    #[test]
    fn jitter_follows_its_law() {
        let uniform = NoiseModel::new(Some(Jitter::Uniform { max_ns: 1_000 }), None).unwrap();
        let (lost, delay) = delays(uniform, Channel::Datagram);
        assert_eq!(
            (lost, delay.iter().min(), delay.iter().max()),
            (0, Some(&0), Some(&1_000))
        );
        // Three standard errors of the mean: 3 * 1001 / sqrt(12 * DRAWS).
        assert!((mean(&delay) - 500.0).abs() < 2.75);
        let exponential = NoiseModel::new(Some(Jitter::Exponential { mean_ns: 1_000_000 }), None).unwrap();
        let (_, delay) = delays(exponential, Channel::Connection);
        assert!((mean(&delay) - 1e6).abs() < 3.0 * 1e6 / f64::from(DRAWS).sqrt());
        let beyond = delay.iter().filter(|delay| **delay > 1_000_000).count() as f64 / f64::from(DRAWS);
        assert!((beyond - 0.367_879).abs() < 0.004_6);
    }

    #[test]
    fn loss_takes_datagrams_and_delays_connections() {
        let model = NoiseModel::new(None, Some(Loss::with_probability(0.2))).unwrap();
        let (lost, delay) = delays(model, Channel::Datagram);
        assert!((f64::from(lost) / f64::from(DRAWS) - 0.2).abs() < 3.0 * (0.16 / f64::from(DRAWS)).sqrt());
        assert!(delay.iter().all(|delay| *delay == 0));
        let (lost, delay) = delays(model, Channel::Connection);
        assert_eq!(lost, 0);
        // 0, 1, 1 + 2, 1 + 2 + 4, ... seconds, with probability 0.8 * 0.2^k.
        for (losses, waiting_s) in [(0, 0), (1, 1), (2, 3), (3, 7)] {
            let share = delay
                .iter()
                .filter(|delay| **delay == waiting_s * SECOND_NS)
                .count() as f64
                / f64::from(DRAWS);
            let expected = 0.8 * [1.0, 0.2, 0.04, 0.008][losses];
            assert!(
                (share - expected).abs() < 3.0 * (expected / f64::from(DRAWS)).sqrt(),
                "{losses}"
            );
        }
    }

    #[test]
    fn time_outs_double_up_to_their_maximum() {
        let loss = Loss {
            probability: 0.9,
            retransmission_ns: 200,
            retransmission_ns_max: 1_000,
        };
        let model = NoiseModel::new(None, Some(loss)).unwrap();
        let (_, delay) = delays(model, Channel::Connection);
        let waits = [0, 200, 600, 1_400, 2_400, 3_400];
        assert!(
            delay
                .iter()
                .all(|delay| waits.contains(delay) || (*delay > 3_400 && (delay - 400) % 1_000 == 0))
        );
        assert!(waits.iter().all(|wait| delay.contains(wait)));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for probability in [-0.1, 1.0, 0.991, f64::NAN, f64::INFINITY] {
            let refused = NoiseModel::new(None, Some(Loss::with_probability(probability)));
            assert!(
                matches!(refused, Err(NoiseError::Probability { .. })),
                "{probability}"
            );
        }
        for (first, last) in [(0, 1), (2, 1)] {
            let loss = Loss {
                probability: 0.1,
                retransmission_ns: first,
                retransmission_ns_max: last,
            };
            assert_eq!(NoiseModel::new(None, Some(loss)), Err(NoiseError::Retransmission));
        }
        assert!(
            !NoiseModel::new(
                Some(Jitter::Uniform { max_ns: 0 }),
                Some(Loss::with_probability(0.0))
            )
            .unwrap()
            .is_noisy()
        );
    }
}

//! Means over replications, and how far they can be trusted.
//!
//! Every replication gives one value, ratios included: the interval is that of independent values of one distribution,
//! `mean +- t * sd / sqrt(n)` with Student's t of n - 1 degrees of freedom (Law, "Simulation Modeling and Analysis", ch. 9).

use crate::engine::math;

/// The mean of values that replications gave.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// How many replications gave a value.
    pub n: u64,
    /// Arithmetic mean of their values.
    pub mean: f64,
    /// What takes two values at least.
    pub spread: Option<Spread>,
}

/// How far values lie from one another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// Standard deviation of the sample (n - 1).
    pub sd: f64,
    /// Half of the width of the 95 % confidence interval of the mean.
    pub half_width: f64,
}

impl Interval {
    /// The mean of some values; `None` if there are none.
    ///
    /// Sums are taken in the order of the values, which is that of the replications.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let spread = (n > 1).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
            let sd = (squares / (n - 1) as f64).sqrt();
            let freedom = u32::try_from(n - 1).expect("there are fewer than 2^32 replications");
            Spread {
                sd,
                half_width: student_t_975(freedom) * sd / (n as f64).sqrt(),
            }
        });
        Some(Self {
            n: n as u64,
            mean,
            spread,
        })
    }

    /// Half of the interval's width; `None` for a single value.
    pub fn half_width(&self) -> Option<f64> {
        self.spread.map(|spread| spread.half_width)
    }
}

/// The value that Student's t with so many degrees of freedom exceeds with a probability of 2.5 %: with twice that does its
/// magnitude. Right to nine digits.
///
/// # Panics
/// When there is no degree of freedom.
pub fn student_t_975(freedom: u32) -> f64 {
    assert!(freedom > 0, "the spread of one value is not known");
    // That of one degree is 12.706, and all others are smaller and above the normal distribution's 1.96.
    let (mut low, mut high) = (1.9, 12.8);
    while high - low > 1e-10 {
        let middle = f64::midpoint(low, high);
        if within(middle, freedom) < 0.95 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability that Student's t lies between `-t` and `t`: a finite sum for whole degrees of freedom (Abramowitz and Stegun,
/// 26.7.3 and 26.7.4).
fn within(t: f64, freedom: u32) -> f64 {
    let degrees = f64::from(freedom);
    let angle = math::atan(t / degrees.sqrt());
    let (sine, cosine_squared) = (math::sin(angle), degrees / (degrees + t * t));
    // Even: 1 + (1/2) c^2 + (1 3)/(2 4) c^4 + ...; odd: c (1 + (2/3) c^2 + (2 4)/(3 5) c^4 + ...).
    let is_odd = freedom % 2 == 1;
    let mut term = if is_odd { cosine_squared.sqrt() } else { 1.0 };
    let mut sum = 0.0;
    let mut factor = if is_odd { 2.0 } else { 1.0 };
    for _ in 0..freedom / 2 {
        sum += term;
        term *= cosine_squared * factor / (factor + 1.0);
        factor += 2.0;
    }
    if is_odd {
        (angle + sine * sum) * std::f64::consts::FRAC_2_PI
    } else {
        sine * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables print three decimals.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, quantile) in [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (5, 2.571),
            (9, 2.262),
            (10, 2.228),
            (19, 2.093),
            (29, 2.045),
            (30, 2.042),
            (49, 2.010),
            (100, 1.984),
            (1_000, 1.962),
            (65_534, 1.960),
        ] {
            let rounded = (student_t_975(freedom) * 1_000.0).round() / 1_000.0;
            assert!((rounded - quantile).abs() < 1e-9, "{freedom}: {rounded}");
        }
        // Closed forms: tan(0.475 pi), and 0.95 sqrt(2 / (1 - 0.95^2)).
        assert!((student_t_975(1) - 12.706_204_736_174_7).abs() < 1e-8);
        assert!((student_t_975(2) - 0.95 * (2.0_f64 / (1.0 - 0.95 * 0.95)).sqrt()).abs() < 1e-8);
    }

    /// The sums against the density, integrated by Simpson's rule.
    #[test]
    fn the_probability_is_the_integral_of_the_density() {
        for freedom in [1_u32, 2, 3, 6, 7, 20] {
            let degrees = f64::from(freedom);
            let density = |t: f64| math::pow(1.0 + t * t / degrees, -f64::midpoint(degrees, 1.0));
            let constant = math::gamma(f64::midpoint(degrees, 1.0))
                / ((degrees * std::f64::consts::PI).sqrt() * math::gamma(degrees / 2.0));
            for t in [0.3, 1.0, 2.5] {
                let (pieces, mut sum) = (2_000, density(0.0) + density(t));
                let step = t / f64::from(pieces);
                for piece in 1..pieces {
                    sum += density(f64::from(piece) * step) * if piece % 2 == 1 { 4.0 } else { 2.0 };
                }
                let integral = 2.0 * constant * sum * step / 3.0;
                assert!(
                    (within(t, freedom) - integral).abs() < 1e-9,
                    "{freedom} {t}: {integral}"
                );
            }
        }
    }

    #[test]
    fn intervals_are_those_computed_by_hand() {
        // Mean 4, squares 4 + 1 + 0 + 1 + 4 = 10, sd sqrt(10 / 4), t(4) = 2.776.
        let interval = Interval::of(&[2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        assert_eq!((interval.n, interval.mean.to_bits()), (5, 4.0_f64.to_bits()));
        let Spread { sd, half_width } = interval.spread.unwrap();
        assert!((sd - 1.581_138_830_084_19).abs() < 1e-12);
        assert!((half_width - 1.963).abs() < 5e-4, "{half_width}");
        let one = Interval::of(&[7.5]).unwrap();
        assert_eq!(
            (one.n, one.mean.to_bits(), one.spread),
            (1, 7.5_f64.to_bits(), None)
        );
        assert_eq!(Interval::of(&[]), None);
        let equal = Interval::of(&[0.25; 4]).unwrap();
        assert_eq!(equal.half_width().map(f64::to_bits), Some(0.0_f64.to_bits()));
    }
}

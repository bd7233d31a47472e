use super::poisson::ln_probability;
use super::*;
use crate::engine::digest::Channel;
use crate::engine::random::{Purpose, Seed, Stream};
use std::fmt::Write as _;

type Sampler = Box<dyn Fn(&mut Adverse) -> f64>;

/// A law with a name, a sampler, and its mean and variance in closed form.
struct Case {
    name: &'static str,
    sampler: Sampler,
    mean: f64,
    variance: f64,
}

/// Gives chosen words first and an honest stream after them, as a rejection needs.
struct Adverse {
    words: Vec<u64>,
    honest: Stream,
}

impl Draw for Adverse {
    fn bits(&mut self) -> u64 {
        self.words.pop().unwrap_or_else(|| self.honest.bits())
    }
}

fn honest(entity: u64) -> Adverse {
    let seed = Seed {
        seed: 1,
        replication: 0,
    };
    Adverse {
        words: Vec::new(),
        honest: seed.stream(Purpose::Observation, entity),
    }
}

fn case(
    name: &'static str,
    mean: f64,
    variance: f64,
    sampler: impl Fn(&mut Adverse) -> f64 + 'static,
) -> Case {
    Case {
        name,
        sampler: Box::new(sampler),
        mean,
        variance,
    }
}

fn cases() -> Vec<Case> {
    let log_normal_mean = math::exp(1.0 + 0.32);
    let (w2, w1) = (math::gamma(1.0 + 2.0 / 0.59), math::gamma(1.0 + 1.0 / 0.59));
    vec![
        case("uniform 2 5", 3.5, 0.75, |d| uniform(2.0, 5.0, d)),
        case("exponential 3", 3.0, 9.0, |d| exponential(3.0, d)),
        case("weibull 0.59 2", 2.0 * w1, 4.0 * (w2 - w1 * w1), |d| {
            weibull(0.59, 2.0, d)
        }),
        case("pareto 5 2", 2.5, 4.0 * 5.0 / (16.0 * 3.0), |d| {
            pareto(5.0, 2.0, d)
        }),
        case("normal 10 3", 10.0, 9.0, |d| normal(10.0, 3.0, d)),
        case(
            "log-normal 1 0.8",
            log_normal_mean,
            log_normal_mean * log_normal_mean * math::exp_m1(0.64),
            |d| log_normal(1.0, 0.8, d),
        ),
        case("gamma 0.3 2", 0.6, 1.2, |d| gamma(0.3, 2.0, d)),
        case("gamma 1 1", 1.0, 1.0, |d| gamma(1.0, 1.0, d)),
        case("gamma 7.5 0.5", 3.75, 1.875, |d| gamma(7.5, 0.5, d)),
        case("geometric 0.2", 4.0, 20.0, |d| geometric(0.2, d) as f64),
        case("geometric 1", 0.0, 0.0, |d| geometric(1.0, d) as f64),
        case("poisson 0.7", 0.7, 0.7, |d| poisson(0.7, d) as f64),
        case("poisson 9.9", 9.9, 9.9, |d| poisson(9.9, d) as f64),
        case("poisson 10", 10.0, 10.0, |d| poisson(10.0, d) as f64),
        case("poisson 1234.5", 1234.5, 1234.5, |d| poisson(1234.5, d) as f64),
        case("poisson 1e9", 1e9, 1e9, |d| poisson(1e9, d) as f64),
        case("alias 1 2 0 3 4", 2.7, 2.01, {
            // Outcomes 0..5 with weights 1, 2, 0, 3, 4: mean 2.7, mean square 0.2 + 2.7 + 6.4 = 9.3.
            let table = AliasTable::new(&[1.0, 2.0, 0.0, 3.0, 4.0]).unwrap();
            move |d| f64::from(table.draw(d))
        }),
        case("choose 3 of 10, the middle one", 4.5, 3.85, |d| {
            choose(10, 3, d)[1] as f64
        }),
    ]
}

/// The frozen outputs: 16 values and a 128-bit sum over the bits of 1,000 for each law. Whoever changes them changes
/// every result and raises the trajectory epoch.
#[test]
fn samplers_are_frozen() {
    let mut text = String::new();
    for (number, case) in cases().iter().enumerate() {
        let mut draw = honest(number as u64);
        let mut sum = Channel::default();
        writeln!(text, "{}", case.name).unwrap();
        for index in 0..1000_u64 {
            let value = (case.sampler)(&mut draw);
            sum.add(index, value.to_bits(), 0);
            if index < 16 {
                let end = if index % 4 == 3 { "\n" } else { " " };
                write!(text, "{value:?}{end}").unwrap();
            }
        }
        writeln!(text, "{}", sum.hex()).unwrap();
    }
    assert!(text == include_str!("vectors.txt"), "samplers now give:\n{text}");
}

#[test]
fn moments_are_those_of_the_closed_forms() {
    const DRAWS: u32 = 40_000;
    for (number, case) in cases().iter().enumerate() {
        let mut draw = honest(1000 + number as u64);
        let (mut sum, mut squares, mut fourths) = (0.0, 0.0, 0.0);
        for _ in 0..DRAWS {
            let deviation = (case.sampler)(&mut draw) - case.mean;
            sum += deviation;
            squares += deviation * deviation;
            fourths += deviation * deviation * deviation * deviation;
        }
        let draws = f64::from(DRAWS);
        let (bias, variance, fourth) = (sum / draws, squares / draws, fourths / draws);
        let mean_error = (case.variance / draws).sqrt();
        let variance_error = ((fourth - variance * variance).max(0.0) / draws).sqrt();
        assert!(
            bias.abs() <= 4.0 * mean_error,
            "{}: mean off by {bias}",
            case.name
        );
        assert!(
            (variance - case.variance).abs() <= 4.0 * variance_error,
            "{}: variance {variance}, not {}",
            case.name,
            case.variance
        );
    }
}

#[test]
fn extreme_words_give_finite_values() {
    let extremes = [0, 1, 1 << 11, 1 << 63, u64::MAX - 1, u64::MAX];
    let harsh = [
        case("weibull 0.01", 0.0, 0.0, |d| weibull(0.01, 1e18, d)),
        case("pareto 0.01", 0.0, 0.0, |d| pareto(0.01, 1e18, d)),
        case("log-normal 700 10", 0.0, 0.0, |d| log_normal(700.0, 10.0, d)),
        case("gamma 0.001", 0.0, 0.0, |d| gamma(0.001, 1e300, d)),
        case("geometric 1e-300", 0.0, 0.0, |d| geometric(1e-300, d) as f64),
        case("poisson 0", 0.0, 0.0, |d| poisson(0.0, d) as f64),
        case("poisson max", 0.0, 0.0, |d| poisson(POISSON_MEAN_MAX, d) as f64),
    ];
    for case in cases().iter().chain(&harsh) {
        for first in extremes {
            for second in extremes {
                for third in extremes {
                    let mut draw = honest(0);
                    draw.words = vec![third, second, first];
                    let value = (case.sampler)(&mut draw);
                    assert!(value.is_finite(), "{} gives {value}", case.name);
                    assert!(
                        value >= 0.0 || case.name.starts_with("normal"),
                        "{} gives {value}",
                        case.name
                    );
                }
            }
        }
    }
}

#[test]
fn poisson_probabilities_add_up() {
    for mean in [10.0_f64, 15.5, 40.0, 1e4] {
        let reach = 12.0 * mean.sqrt() + 30.0;
        let mut k = (mean - reach).max(0.0).floor();
        let (mut total, mut first) = (0.0, 0.0);
        while k < mean + reach {
            let probability = math::exp(ln_probability(k, mean));
            total += probability;
            first += k * probability;
            k += 1.0;
        }
        assert!((total - 1.0).abs() < 1e-11, "mean {mean}: {total}");
        assert!((first / mean - 1.0).abs() < 1e-11, "mean {mean}: {first}");
    }
}

/// Pearson's test against the exact probabilities, on both sides of the switch of methods.
#[test]
fn poisson_counts_have_the_exact_law() {
    for (entity, mean) in [(50, 3.0), (51, 9.99), (52, 10.0), (53, 60.0)] {
        const DRAWS: u32 = 40_000;
        let mut draw = honest(entity);
        let mut seen = vec![0_u32; 200];
        for _ in 0..DRAWS {
            seen[usize::try_from(poisson(mean, &mut draw)).unwrap()] += 1;
        }
        let (mut statistic, mut cells) = (0.0, 0.0);
        let mut k = 0.0;
        for count in seen {
            let expected = f64::from(DRAWS) * math::exp(ln_probability(k, mean));
            k += 1.0;
            if expected >= 5.0 {
                let difference = f64::from(count) - expected;
                statistic += difference * difference / expected;
                cells += 1.0;
            }
        }
        // Mean `cells`, variance twice that.
        assert!(
            statistic < cells + 4.0 * f64::sqrt(2.0 * cells),
            "mean {mean}: {statistic} in {cells} cells"
        );
    }
}

#[test]
fn gamma_of_a_whole_shape_is_a_sum_of_exponentials() {
    // P(Gamma(3) > x) = exp(-x) (1 + x + x^2 / 2).
    let mut draw = honest(60);
    let above = |x: f64| math::exp(-x) * (1.0 + x + x * x / 2.0);
    let values: Vec<f64> = (0..40_000).map(|_| gamma(3.0, 1.0, &mut draw)).collect();
    for x in [0.5, 1.0, 2.0, 4.0, 8.0] {
        let share = values.iter().filter(|value| **value > x).count() as f64 / 40_000.0;
        let error = (above(x) * (1.0 - above(x)) / 40_000.0).sqrt();
        assert!((share - above(x)).abs() < 4.0 * error, "{share} above {x}");
    }
}

#[test]
fn alias_table_gives_each_outcome_its_weight() {
    let weights = zipf_weights(50, 0.8, 5);
    assert_eq!(weights[0].to_bits(), weights[4].to_bits());
    assert!((weights[9] - math::pow(10.0, -0.8)).abs() < 1e-15);
    let table = AliasTable::new(&weights).unwrap();
    let sum: f64 = weights.iter().sum();
    // The law that the table stands for, added up column by column.
    let mut held = vec![0.0; 50];
    for column in 0..50 {
        let keeps = table.thresholds[column] as f64 / 18_446_744_073_709_551_616.0;
        held[column] += keeps / 50.0;
        held[table.aliases[column] as usize] += (1.0 - keeps) / 50.0;
    }
    for (weight, held) in weights.iter().zip(&held) {
        assert!((weight / sum - held).abs() < 1e-15);
    }
}

#[test]
fn alias_table_never_gives_what_weighs_nothing() {
    let mut weights = zipf_weights(10_000, 1.0, 1);
    for weight in weights.iter_mut().step_by(3) {
        *weight = 0.0;
    }
    let table = AliasTable::new(&weights).unwrap();
    for (column, weight) in weights.iter().enumerate() {
        if *weight == 0.0 {
            assert_eq!(table.thresholds[column], 0);
        }
        assert!(weights[table.aliases[column] as usize] > 0.0);
    }
}

#[test]
fn bad_weights_are_refused() {
    assert_eq!(AliasTable::new(&[]), Err(WeightError::Empty));
    assert_eq!(AliasTable::new(&[0.0, 0.0]), Err(WeightError::Sum(0.0)));
    assert_eq!(
        AliasTable::new(&[f64::MAX, f64::MAX]),
        Err(WeightError::Sum(f64::INFINITY))
    );
    let bad = AliasTable::new(&[1.0, -1.0]);
    assert_eq!(
        bad,
        Err(WeightError::Bad {
            index: 1,
            weight: -1.0
        })
    );
    assert!(AliasTable::new(&[f64::NAN]).is_err());
    assert_eq!(AliasTable::new(&[7.0]).unwrap().draw(&mut honest(1)), 0);
}

/// All 10 pairs of 5 equally often, ascending; all and none.
#[test]
fn every_set_is_equally_likely() {
    let mut draw = honest(70);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..20_000 {
        let pair = choose(5, 2, &mut draw);
        assert!(pair.is_sorted() && pair[0] != pair[1]);
        *seen.entry(pair).or_insert(0_i32) += 1;
    }
    assert_eq!(seen.len(), 10);
    // Standard deviation 42.
    assert!(seen.values().all(|count| (count - 2000).abs() < 170), "{seen:?}");
    assert_eq!(choose(4, 4, &mut draw), [0, 1, 2, 3]);
    assert!(choose(u64::MAX, 0, &mut draw).is_empty());
}

//! How popular items are: the law by which requests choose among them.

use crate::engine::Draw;
use crate::engine::sample::{AliasTable, WeightError, zipf_weights};
use crate::overlay::ItemId;

/// The law of popularity. Items are numbered by it: item 0 is the most popular.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PopularityLaw {
    /// Every item alike.
    Uniform,
    /// Zipf's law with a flat head: the weight of rank r (from 1) is `max(r, flat_head)^-exponent`. Sripanidkulchai
    /// (2001) saw the hundred most popular Gnutella queries equally often and an exponent of 0.63 to 1.24 beyond.
    Zipf {
        /// The exponent, 0 or more.
        exponent: f64,
        /// Ranks up to this one are equally popular; 0 and 1 both mean no flat head.
        flat_head: u32,
    },
}

/// The popularity of every item, ready to draw from in constant time.
#[derive(Clone, Debug)]
pub struct Popularity {
    items: u32,
    /// None for the uniform law.
    weights: Option<Weights>,
}

#[derive(Clone, Debug)]
struct Weights {
    by_item: Vec<f64>,
    sum: f64,
    table: AliasTable,
}

impl Popularity {
    /// Popularities of `items` items. Refused: an exponent so large that all weights vanish.
    ///
    /// # Panics
    /// When there is no item.
    pub fn new(law: PopularityLaw, items: u32) -> Result<Self, WeightError> {
        assert!(items > 0, "popularity needs at least one item");
        let weights = match law {
            PopularityLaw::Uniform => None,
            PopularityLaw::Zipf { exponent, flat_head } => {
                let by_item = zipf_weights(items, exponent, flat_head);
                let table = AliasTable::new(&by_item)?;
                let sum = by_item.iter().sum();
                Some(Weights { by_item, sum, table })
            }
        };
        Ok(Self { items, weights })
    }

    /// The probability that a request is for `item`.
    pub fn probability(&self, item: ItemId) -> f64 {
        match &self.weights {
            Some(weights) => weights.by_item[item.0 as usize] / weights.sum,
            None => 1.0 / f64::from(self.items),
        }
    }

    /// The probabilities of all items, by number.
    pub fn probabilities(&self) -> Vec<f64> {
        (0..self.items)
            .map(|item| self.probability(ItemId(item)))
            .collect()
    }

    /// Draws an item. Two words, or one for the uniform law.
    pub fn draw(&self, draw: &mut impl Draw) -> ItemId {
        let item = if let Some(weights) = &self.weights {
            weights.table.draw(draw)
        } else {
            let item = draw.below(u64::from(self.items));
            u32::try_from(item).expect("an item's number fits 32 bits")
        };
        ItemId(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Purpose;
    use crate::sharing::testing::SEED;

    #[test]
    fn probabilities_follow_the_law() {
        let zipf = Popularity::new(
            PopularityLaw::Zipf {
                exponent: 1.0,
                flat_head: 3,
            },
            6,
        )
        .unwrap();
        // Weights 1/3 1/3 1/3 1/4 1/5 1/6 of 97/60.
        let expected = [20.0, 20.0, 20.0, 15.0, 12.0, 10.0].map(|part| part / 97.0);
        for (probability, expected) in zipf.probabilities().into_iter().zip(expected) {
            assert!((probability - expected).abs() < 1e-12);
        }
        assert_eq!(
            Popularity::new(PopularityLaw::Uniform, 4)
                .unwrap()
                .probabilities(),
            [0.25; 4]
        );
    }

    #[test]
    fn draws_have_the_laws_frequencies() {
        for law in [
            PopularityLaw::Uniform,
            PopularityLaw::Zipf {
                exponent: 0.8,
                flat_head: 5,
            },
        ] {
            let popularity = Popularity::new(law, 50).unwrap();
            let mut random = SEED.stream(Purpose::Workload, 1);
            let draws = 200_000;
            let mut counts = [0_u32; 50];
            for _ in 0..draws {
                counts[popularity.draw(&mut random).0 as usize] += 1;
            }
            // Chi square with 49 degrees of freedom: mean 49, standard deviation 9.9.
            let chi: f64 = counts
                .iter()
                .zip(popularity.probabilities())
                .map(|(&count, p)| {
                    let expected = p * f64::from(draws);
                    {
                        let off = f64::from(count) - expected;
                        off * off / expected
                    }
                })
                .sum();
            assert!((chi - 49.0).abs() < 3.0 * 9.9, "chi square {chi}");
        }
    }
}

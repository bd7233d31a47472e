//! The words that names are made of: some stand in many names, most in few.

use super::popularity::{Popularity, PopularityLaw};
use crate::engine::sample::WeightError;
use crate::engine::{Draw, Purpose, Seed};
use crate::overlay::{ItemId, WordId};

/// What names are made from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VocabularyPlan {
    /// Number of words, at least as many as a name has.
    pub words: u32,
    /// How often words are used: of rank r (from 1) in proportion to `r^-exponent`, 0 or more.
    pub exponent: f64,
    /// Different words of every name, at least 1.
    pub per_name: u16,
    /// Words of its name in a search text that asks for an item: from 1 to `per_name`.
    pub per_query: u16,
}

/// The words of all names.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// Name after name, each in the order in which its words were drawn.
    words: Vec<WordId>,
    per_name: usize,
    per_query: usize,
}

impl Vocabulary {
    /// Draws the names of so many items: each one's draws are keyed by its number and `place` in its stream, so more items leave the
    /// first ones as they were. Refused: an exponent so large that all weights vanish.
    ///
    /// # Panics
    /// When a name has no word or more than there are, or a search text none or more than a name.
    pub fn new(plan: &VocabularyPlan, items: u32, seed: Seed, place: u32) -> Result<Self, WeightError> {
        let (per_name, per_query) = (usize::from(plan.per_name), usize::from(plan.per_query));
        assert!(
            (1..=plan.words as usize).contains(&per_name) && (1..=per_name).contains(&per_query),
            "a name has words, different ones, and a text that asks for it has some of them"
        );
        let law = PopularityLaw::Zipf {
            exponent: plan.exponent,
            flat_head: 1,
        };
        let popularity = Popularity::new(law, plan.words)?;
        let mut words = Vec::with_capacity(items as usize * per_name);
        for item in 0..items {
            let stream = &mut seed.stream_at(Purpose::Content, u64::from(item), place);
            draw_name(&popularity, per_name, stream, &mut words);
        }
        Ok(Self {
            words,
            per_name,
            per_query,
        })
    }

    /// Words of an item's name.
    pub fn name(&self, item: ItemId) -> &[WordId] {
        let first = item.0 as usize * self.per_name;
        &self.words[first..first + self.per_name]
    }

    /// Words of the search text that asks for an item: the first of its name's, which are any of them.
    pub fn asked(&self, item: ItemId) -> &[WordId] {
        &self.name(item)[..self.per_query]
    }
}

/// Draws the words of a name behind those of others.
fn draw_name(popularity: &Popularity, count: usize, draw: &mut impl Draw, words: &mut Vec<WordId>) {
    /// Draws for a word, after which the most frequent one is taken that the name does not have yet: where nearly all weight is on
    /// fewer words than a name has.
    const DRAWS_MAX: usize = 100;
    let first = words.len();
    for _ in 0..count {
        let name = &words[first..];
        let mut drawn = (0..DRAWS_MAX).map(|_| WordId(popularity.draw(draw).0));
        let fresh = drawn.find(|word| !name.contains(word));
        let fresh = fresh.or_else(|| (0..=u32::MAX).map(WordId).find(|word| !name.contains(word)));
        words.push(fresh.expect("there are more words than a name has"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::testing::SEED;

    const PLAN: VocabularyPlan = VocabularyPlan {
        words: 50,
        exponent: 1.0,
        per_name: 4,
        per_query: 2,
    };

    fn vocabulary(plan: VocabularyPlan, items: u32) -> Vocabulary {
        Vocabulary::new(&plan, items, SEED, 3).unwrap()
    }

    #[test]
    fn words_of_a_name_are_different_and_a_query_has_some() {
        let vocabulary = vocabulary(PLAN, 500);
        for item in (0..500).map(ItemId) {
            let mut name = vocabulary.name(item).to_vec();
            assert_eq!(vocabulary.asked(item), &name[..2]);
            name.sort_unstable();
            name.dedup();
            assert_eq!(name.len(), 4);
            assert!(name.iter().all(|word| word.0 < 50));
        }
    }

    #[test]
    fn more_items_leave_the_first_as_they_were() {
        let (few, many) = (vocabulary(PLAN, 10), vocabulary(PLAN, 100));
        assert!((0..10).map(ItemId).all(|item| few.name(item) == many.name(item)));
    }

    /// The first word of a name is drawn by Zipf's law: of 3 words with exponent 1, in proportion 6 : 3 : 2.
    #[test]
    fn words_are_used_by_the_law() {
        let plan = VocabularyPlan {
            words: 3,
            per_name: 1,
            per_query: 1,
            ..PLAN
        };
        let (items, vocabulary) = (22_000, vocabulary(plan, 22_000));
        let mut counts = [0_i32; 3];
        for item in (0..items).map(ItemId) {
            counts[vocabulary.name(item)[0].0 as usize] += 1;
        }
        for (count, expect) in counts.into_iter().zip([12_000, 6_000, 4_000]) {
            assert!((count - expect).abs() < 4 * 77, "{count}, expected {expect}");
        }
    }

    #[test]
    fn a_name_may_have_all_words_there_are() {
        let plan = VocabularyPlan {
            words: 4,
            exponent: 10.0,
            ..PLAN
        };
        let vocabulary = vocabulary(plan, 20);
        for item in (0..20).map(ItemId) {
            let mut name = vocabulary.name(item).to_vec();
            name.sort_unstable();
            assert_eq!(name, [0, 1, 2, 3].map(WordId));
        }
    }
}

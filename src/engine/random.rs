//! Random streams keyed by meaning: `(seed, replication, purpose, entity, index)`.
//!
//! A stream belongs to a purpose and an entity, never to the order in which streams were made. Two scenarios that
//! differ in their search protocol only therefore see the same churn, topology and workload (common random numbers).
//! There is no way to make a generator without a key.

#![expect(
    clippy::cast_possible_truncation,
    reason = "halves of wide products are what is asked for"
)]

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro128PlusPlus;

/// What random numbers are drawn for. The numbers are part of every result: append, never renumber.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// Links of generated graphs.
    Topology = 1,
    /// Which peer is in which group, free riders, firewalls, corrupting peers.
    Population = 2,
    /// Session and absence lengths, arrivals, crashes.
    Churn = 3,
    /// Sizes, popularity and placement of items.
    Content = 4,
    /// Who asks for what, when.
    Workload = 5,
    /// Places in the latency model and jitter.
    Latency = 6,
    /// Losses.
    Loss = 7,
    /// Draws of the peers' own program.
    Protocol = 8,
    /// Whom an action of the scenario strikes.
    Faults = 9,
    /// Sampled statistics (observers).
    Observation = 10,
    /// Bytes of chunks and their tags.
    Chunks = 11,
    /// Draws of a structured overlay beside an unstructured one, of whose draws it must not take any.
    Structured = 12,
}

/// Trajectory epoch: raised whenever the same scenario and seed are meant to give other results than before.
pub const TRAJECTORY_EPOCH: u64 = 1;

/// The full-strength stream (ChaCha with 8 rounds).
pub type Stream = ChaCha8Rng;

/// A small generator (16 bytes) for the hot draws of a million peers; its key comes from a [`Stream`].
#[derive(Clone, Debug)]
pub struct SmallStream(Xoshiro128PlusPlus);

/// What a run's randomness grows from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seed {
    /// The scenario's seed.
    pub seed: u64,
    /// Number of the replication, from 0.
    pub replication: u64,
}

impl Seed {
    /// The stream of `purpose` that belongs to `entity`.
    pub fn stream(self, purpose: Purpose, entity: u64) -> Stream {
        let mut key = [0_u8; 32];
        for (bytes, word) in
            key.chunks_exact_mut(8)
                .zip([self.seed, TRAJECTORY_EPOCH, self.replication, purpose as u64])
        {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(entity);
        stream
    }

    /// The stream of `purpose` for the `index`-th matter of `entity` (a peer's tenth session, say): it can be made
    /// at any time without having drawn the earlier ones. Indices are 2^32 words apart.
    pub fn stream_at(self, purpose: Purpose, entity: u64, index: u32) -> Stream {
        let mut stream = self.stream(purpose, entity);
        stream.set_word_pos(u128::from(index) << 32);
        stream
    }

    /// A small generator keyed by the stream of `purpose` that belongs to `entity`.
    pub fn small(self, purpose: Purpose, entity: u64) -> SmallStream {
        let mut key = [0_u8; 16];
        self.stream(purpose, entity).fill_bytes(&mut key);
        SmallStream(Xoshiro128PlusPlus::from_seed(key))
    }
}

/// What can be drawn. All methods are ours and frozen by vectors: a library's upgrade cannot change a result.
pub trait Draw {
    /// 64 uniform bits.
    fn bits(&mut self) -> u64;

    /// A uniform float in the open interval (0, 1): the top 52 bits and half a step, so neither end occurs (with 53
    /// bits the half step would be rounded away, and the largest word would give 1).
    fn unit(&mut self) -> f64 {
        unit_of(self.bits())
    }

    /// A uniform integer in `0..bound` (Lemire's multiplication method with rejection, 2019).
    ///
    /// # Panics
    /// When `bound` is 0.
    #[inline]
    fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a draw needs at least one outcome");
        let product = u128::from(self.bits()) * u128::from(bound);
        if (product as u64) < bound {
            return accepted(bound, product, || self.bits());
        }
        (product >> 64) as u64
    }

    /// A uniform position in a slice of `len` elements.
    #[inline]
    fn position(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// True with probability `p` (never for 0 or less, always for 1 or more).
    fn chance(&mut self, p: f64) -> bool {
        p > 0.0 && (p >= 1.0 || self.unit() < p)
    }

    /// Puts a slice into uniformly random order (Fisher and Yates, from the end).
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.position(last + 1);
            items.swap(last, other);
        }
    }

    /// `count` distinct places below `len` (all of them if there are no more), every set equally likely (Floyd's method, Bentley
    /// 1987).
    fn distinct(&mut self, len: usize, count: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(count.min(len));
        for last in len.saturating_sub(count)..len {
            let place = self.position(last + 1);
            chosen.push(if chosen.contains(&place) { last } else { place });
        }
        chosen
    }
}

/// What a product stands for whose lower half may have to be rejected, as happens seldom: it, or the first one of other bits that need
/// not be.
#[cold]
#[inline(never)]
fn accepted(bound: u64, mut product: u128, mut bits: impl FnMut() -> u64) -> u64 {
    let threshold = bound.wrapping_neg() % bound;
    while (product as u64) < threshold {
        product = u128::from(bits()) * u128::from(bound);
    }
    (product >> 64) as u64
}

/// The uniform float that 64 random bits stand for.
#[inline]
pub fn unit_of(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

impl Draw for Stream {
    fn bits(&mut self) -> u64 {
        self.next_u64()
    }
}

impl Draw for SmallStream {
    #[inline]
    fn bits(&mut self) -> u64 {
        let low = u64::from(self.0.next_u32());
        let high = u64::from(self.0.next_u32());
        high << 32 | low
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "words are taken apart into their halves"
)]
mod tests {
    use super::*;
    use crate::engine::digest::Channel;

    const SEED: Seed = Seed {
        seed: 42,
        replication: 3,
    };

    /// ChaCha with 8 rounds, one 64-byte block as 16 words, written from Bernstein's description ("ChaCha, a variant of
    /// Salsa20", 2008): key, 64-bit block counter, 64-bit stream.
    fn block(key: [u64; 4], counter: u64, stream: u64) -> [u32; 16] {
        let mut start = [0_u32; 16];
        start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
        let words = key.iter().chain([&counter, &stream]);
        for (pair, word) in start[4..].chunks_exact_mut(2).zip(words) {
            pair.copy_from_slice(&[*word as u32, (*word >> 32) as u32]);
        }
        let mut state = start;
        let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
            for (x, y, z, turn) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
                state[x] = state[x].wrapping_add(state[y]);
                state[z] = (state[z] ^ state[x]).rotate_left(turn);
            }
        };
        for _ in 0..4 {
            for column in 0..4 {
                quarter(column, column + 4, column + 8, column + 12);
            }
            for (a, b, c, d) in [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)] {
                quarter(a, b, c, d);
            }
        }
        for (word, initial) in state.iter_mut().zip(start) {
            *word = word.wrapping_add(initial);
        }
        state
    }

    /// Words `first..first + 8` (of 64 bits) of the stream with that key, by the slow function above.
    fn expected(key: [u64; 4], stream: u64, first: u64) -> Vec<u64> {
        (first..first + 8)
            .map(|word| {
                let words = block(key, word / 8, stream);
                let at = (word % 8) as usize * 2;
                u64::from(words[at]) | u64::from(words[at + 1]) << 32
            })
            .collect()
    }

    fn eight(mut draw: impl Draw) -> Vec<u64> {
        (0..8).map(|_| draw.bits()).collect()
    }

    /// Test vector TC1 for 8 rounds and a 256-bit key (Strombergsson, "Test vectors for the stream cipher ChaCha").
    #[test]
    fn keystream_is_that_of_chacha8() {
        let mut bytes = [0_u8; 64];
        Stream::from_seed([0; 32]).fill_bytes(&mut bytes);
        let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            text.concat(),
            "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e\
             984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42"
        );
    }

    #[test]
    fn streams_are_keyed_as_documented() {
        let key = |purpose: Purpose| [42, TRAJECTORY_EPOCH, 3, purpose as u64];
        for entity in [0, 7, u64::MAX] {
            assert_eq!(
                eight(SEED.stream(Purpose::Churn, entity)),
                expected(key(Purpose::Churn), entity, 0)
            );
            for index in [0, 1, 1000, u32::MAX] {
                assert_eq!(
                    eight(SEED.stream_at(Purpose::Workload, entity, index)),
                    expected(key(Purpose::Workload), entity, u64::from(index) << 31)
                );
            }
        }
    }

    /// Xoshiro128++ (Blackman and Vigna 2019), written down again, keyed by the first 16 bytes of the stream.
    #[test]
    fn small_generators_grow_from_their_stream() {
        let key = expected([42, TRAJECTORY_EPOCH, 3, Purpose::Protocol as u64], 9, 0);
        let mut s = [
            key[0] as u32,
            (key[0] >> 32) as u32,
            key[1] as u32,
            (key[1] >> 32) as u32,
        ];
        let mut next = || {
            let result = s[0].wrapping_add(s[3]).rotate_left(7).wrapping_add(s[0]);
            let t = s[1] << 9;
            s[2] ^= s[0];
            s[3] ^= s[1];
            s[1] ^= s[2];
            s[0] ^= s[3];
            s[2] ^= t;
            s[3] = s[3].rotate_left(11);
            u64::from(result)
        };
        let words: Vec<u64> = (0..8).map(|_| next() | next() << 32).collect();
        assert_eq!(eight(SEED.small(Purpose::Protocol, 9)), words);
    }

    #[test]
    fn every_part_of_a_key_matters() {
        let other_seed = Seed { seed: 43, ..SEED };
        let other_replication = Seed {
            replication: 4,
            ..SEED
        };
        let mut streams = vec![
            eight(SEED.stream(Purpose::Churn, 1)),
            eight(SEED.stream(Purpose::Churn, 2)),
            eight(SEED.stream(Purpose::Churn, 1 << 32)),
            eight(SEED.stream(Purpose::Workload, 1)),
            eight(SEED.stream_at(Purpose::Churn, 1, 1)),
            eight(SEED.stream_at(Purpose::Churn, 2, 1)),
            eight(other_seed.stream(Purpose::Churn, 1)),
            eight(other_replication.stream(Purpose::Churn, 1)),
            eight(SEED.small(Purpose::Churn, 1)),
            eight(SEED.small(Purpose::Churn, 2)),
        ];
        let count = streams.len();
        streams.sort();
        streams.dedup();
        assert_eq!(streams.len(), count);
    }

    #[test]
    fn a_later_matter_does_not_depend_on_earlier_draws() {
        let mut stream = SEED.stream_at(Purpose::Churn, 5, 0);
        for _ in 0..1000 {
            stream.bits();
        }
        assert_eq!(
            eight(SEED.stream_at(Purpose::Churn, 5, 1)),
            eight(SEED.stream_at(Purpose::Churn, 5, 1))
        );
        // The stream itself arrives there after 2^31 words of 64 bits, and not before.
        stream.set_word_pos(1 << 32);
        assert_eq!(eight(stream), eight(SEED.stream_at(Purpose::Churn, 5, 1)));
    }

    /// Gives the same word for ever.
    struct Stuck(u64);

    impl Draw for Stuck {
        fn bits(&mut self) -> u64 {
            self.0
        }
    }

    #[test]
    fn units_lie_strictly_between_zero_and_one() {
        for word in [
            0,
            1,
            1 << 11,
            1 << 12,
            1 << 63,
            u64::MAX - 4096,
            u64::MAX - 1,
            u64::MAX,
        ] {
            let unit = Stuck(word).unit();
            assert!(unit > 0.0 && unit < 1.0, "{word} gives {unit}");
        }
        // Symmetric: a word and its complement.
        assert_eq!(unit_of(0).to_bits(), (1.0 - unit_of(u64::MAX)).to_bits());
        assert!(!Stuck(0).chance(0.0) && Stuck(u64::MAX).chance(1.0));
    }

    #[test]
    fn distinct_places_are_distinct_and_all_sets_occur_alike() {
        let mut random = SEED.small(Purpose::Protocol, 1);
        assert_eq!(random.distinct(0, 5), Vec::<usize>::new());
        let mut all = random.distinct(3, 5);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        let mut counts = [0_u32; 64];
        for _ in 0..10_000 {
            let set = random.distinct(6, 3);
            let word = set.iter().fold(0_usize, |word, place| word | 1 << place);
            assert_eq!(word.count_ones(), 3, "{set:?}");
            counts[word] += 1;
        }
        let sets: Vec<u32> = counts.into_iter().filter(|count| *count > 0).collect();
        assert_eq!(sets.len(), 20);
        // 500 expected each, standard deviation 21.8: five of them.
        assert!(sets.iter().all(|count| (391..=609).contains(count)), "{sets:?}");
    }

    #[test]
    fn below_counts_every_word() {
        assert_eq!(Stuck(0).below(1), 0);
        assert_eq!(Stuck(u64::MAX).below(u64::MAX), u64::MAX - 1);
        // 2^64 = 6,148,914,691,236,517,205 x 3 + 1: of the lowest words, exactly one is refused for bound 3.
        struct Two(Vec<u64>);
        impl Draw for Two {
            fn bits(&mut self) -> u64 {
                self.0.pop().expect("no third word is drawn")
            }
        }
        assert_eq!(Two(vec![u64::MAX, 0]).below(3), 2, "word 0 is refused");
        assert_eq!(Two(vec![1]).below(3), 0, "word 1 is not");
        // (2^65 + 1) / 3 times 3 leaves 1, the first remainder that is not refused.
        assert_eq!(Two(vec![12_297_829_382_473_034_411]).below(3), 2);
    }

    /// Frozen: whoever changes these changes every result and raises the trajectory epoch.
    #[test]
    fn draws_are_frozen() {
        let mut draw = SEED.stream(Purpose::Workload, 1);
        let mut sums = [Channel::default(); 3];
        let first: Vec<u64> = (0..8).map(|_| draw.below(1000)).collect();
        for index in 0..1000 {
            sums[0].add(index, draw.below(10_u64.pow((index % 20) as u32)), 0);
            sums[1].add(index, draw.unit().to_bits(), 0);
            sums[2].add(index, u64::from(draw.chance(0.3)), 0);
        }
        let mut items: Vec<u32> = (0..10).collect();
        draw.shuffle(&mut items);
        let units: Vec<f64> = (0..4).map(|_| draw.unit()).collect();
        let text = format!("{first:?} {sums:x?} {items:?} {units:?}");
        assert_eq!(
            text,
            "[52, 563, 494, 541, 0, 875, 837, 581] [Channel(b17a8697a63108ff6e46fa13dc1ab92f), \
             Channel(c4d203c0e0fe6efd844055767d48f06), Channel(eb11abd17465e1d8c4d33d675ba75033)] \
             [3, 4, 7, 1, 6, 2, 5, 0, 8, 9] \
             [0.36893942387950884, 0.9950901018647912, 0.6318452634422204, 0.9622670915845549]"
        );
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut draw = SEED.stream(Purpose::Observation, 0);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..12_000 {
            let mut items = [0, 1, 2];
            draw.shuffle(&mut items);
            *seen.entry(items).or_insert(0_i32) += 1;
        }
        assert_eq!(seen.len(), 6);
        // Standard deviation 41.
        assert!(seen.values().all(|count| (count - 2000).abs() < 164), "{seen:?}");
    }
}

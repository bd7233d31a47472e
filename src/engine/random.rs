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

    /// A uniform float in the open interval (0, 1): the top 53 bits and half a step, so neither end occurs.
    fn unit(&mut self) -> f64 {
        unit_of(self.bits())
    }

    /// A uniform integer in `0..bound` (Lemire's multiplication method with rejection, 2019).
    ///
    /// # Panics
    /// When `bound` is 0.
    fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a draw needs at least one outcome");
        let mut product = u128::from(self.bits()) * u128::from(bound);
        let low = |p: u128| p as u64;
        if low(product) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while low(product) < threshold {
                product = u128::from(self.bits()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// A uniform position in a slice of `len` elements.
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
}

/// The uniform float that 64 random bits stand for.
#[inline]
pub fn unit_of(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
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

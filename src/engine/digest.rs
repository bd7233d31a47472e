//! Digests: 128 bits per channel, made of what events mean, never of names, paths or the order of execution.
//!
//! A channel is the sum (mod 2^128) of a hash of each of its events, so shards and threads add up to the same value
//! in any order. Two runs with equal channels had, for all practical purposes, the same events.

/// One channel's value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Channel(pub u128);

impl Channel {
    /// Adds an event that is told by three words.
    #[inline]
    pub fn add(&mut self, a: u64, b: u64, c: u64) {
        self.0 = self.0.wrapping_add(hash(a, b, c));
    }

    /// Adds another part of the same channel.
    #[inline]
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// 32 hexadecimal digits.
    pub fn hex(self) -> String {
        format!("{:032x}", self.0)
    }
}

/// Mixes three words into 128 bits by two folded 64 x 64 -> 128 bit multiplications with odd constants (the digits of
/// pi and e), as wyhash does.
#[inline]
fn hash(a: u64, b: u64, c: u64) -> u128 {
    const PI: u64 = 0x243f_6a88_85a3_08d3;
    const E: u64 = 0xb7e1_5162_8aed_2a6b;
    const LOW: u64 = 0x1319_8a2e_0370_7344;
    const HIGH: u64 = 0xa409_3822_299f_31d1;
    let first = u128::from(a ^ PI).wrapping_mul(u128::from(b ^ E));
    let folded = (first as u64) ^ ((first >> 64) as u64);
    let second = u128::from(folded ^ c ^ LOW).wrapping_mul(u128::from(folded.rotate_left(32) ^ HIGH ^ a));
    second ^ (first.rotate_left(64))
}

/// All channels of the engine; those of the results are added by whoever writes them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Digests {
    /// Time, class and target of every event handled.
    pub order: Channel,
    /// Every coming and going.
    pub churn: Channel,
    /// Every command of the workload, whether its peer was online or not.
    pub workload: Channel,
    /// Every delivery and drop of a message, with its content.
    pub messages: Channel,
    /// Every flow's start and every notice of an end.
    pub transfers: Channel,
}

impl Digests {
    /// The channels with their names, in a fixed order.
    pub fn channels(&self) -> [(&'static str, Channel); 5] {
        [
            ("order", self.order),
            ("churn", self.churn),
            ("workload", self.workload),
            ("messages", self.messages),
            ("transfers", self.transfers),
        ]
    }

    /// Adds another shard's part.
    pub fn merge(&mut self, other: &Self) {
        self.order.merge(other.order);
        self.churn.merge(other.churn);
        self.workload.merge(other.workload);
        self.messages.merge(other.messages);
        self.transfers.merge(other.transfers);
    }
}

//! Digests: 128 bits per channel, made of what events mean, never of names, paths or the order of execution.
//!
//! A channel is the sum (mod 2^128) of a hash of each of its events, so shards and threads add up to the same value
//! in any order. Two runs with equal channels had, for all practical purposes, the same events.

use super::event::Class;
use super::network::{FlowNotice, FlowSpec};
use super::peer::{Contact, Departure};

/// One channel's value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Channel(pub u128);

impl Channel {
    #[inline]
    fn enter(&mut self, hash: u128) {
        if !cfg!(feature = "bench-without-digests") {
            self.0 = self.0.wrapping_add(hash);
        }
    }

    /// Adds an event that is told by two words.
    #[inline]
    pub fn add_pair(&mut self, a: u64, b: u64) {
        self.add(a, b, 0);
    }

    /// Adds an event that is told by three words.
    #[inline]
    pub fn add(&mut self, a: u64, b: u64, c: u64) {
        self.enter(spread(folded([a, b, c])));
    }

    /// Adds an event that is told by four words.
    #[inline]
    pub fn add_four(&mut self, a: u64, b: u64, c: u64, d: u64) {
        self.enter(spread(folded([a, b, c, d])));
    }

    /// Adds another part of the same channel.
    #[inline]
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// Takes a part of the same channel away.
    fn subtract(&mut self, part: Self) {
        self.0 = self.0.wrapping_sub(part.0);
    }

    /// 32 hexadecimal digits.
    pub fn hex(self) -> String {
        self.to_string()
    }
}

/// As 32 hexadecimal digits.
impl std::fmt::Display for Channel {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

/// An odd word without pattern: digits of pi.
const MULTIPLIER: u64 = 0x243f_6a88_85a3_08d3;
/// Bits flipped in one factor of [`spread`], so that the product of a word of few bits has many: digits of the golden ratio, with a
/// sign that goes on to the top.
const FLIPPED: u64 = 0xffff_ffff_9e37_79b9;

/// Folds words into one, the value of a polynomial: a sum of multiples, for [`spread`] is anything but linear.
#[inline]
const fn folded<const WORDS: usize>(words: [u64; WORDS]) -> u64 {
    let (mut sum, mut place) = (0_u64, 0);
    while place < WORDS {
        sum = sum.wrapping_mul(MULTIPLIER).wrapping_add(words[place]);
        place += 1;
    }
    sum
}

/// Spreads a word over 128 bits. A linear function would let opposite small changes of two events cancel in a channel's
/// sum, and a polynomial of the second degree those of eight events: this is quadratic, and the shift makes it no
/// polynomial.
#[inline]
const fn spread(word: u64) -> u128 {
    (word as u128).wrapping_mul((word ^ word >> 32 ^ FLIPPED) as u128)
}

/// 64 well mixed bits of three words: what a channel adds for them, folded once more.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "folding 128 bits into 64")]
pub const fn hashed(a: u64, b: u64, c: u64) -> u64 {
    let hash = spread(folded([a, b, c]));
    hash as u64 ^ (hash >> 64) as u64
}

/// All channels of the engine; those of the results are added by whoever writes them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Digests {
    /// Time, class and target of every event handled but the arrivals of messages, of which `messages` knows more.
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

    /// Notes that an event other than a message's arrival was handled.
    pub fn note_event(&mut self, time_ns: u64, class: Class, target: u32) {
        self.order
            .add_pair(time_ns, (class as u64) << 32 | u64::from(target));
    }

    /// Notes that a session began (`departure` is `None`) or ended.
    pub fn note_churn(&mut self, time_ns: u64, contact: Contact, departure: Option<Departure>) {
        let how = departure.map_or(0, |departure| 1 + departure as u64);
        self.churn.add(
            time_ns,
            u64::from(contact.peer.0) << 16 | u64::from(contact.session),
            how,
        );
    }

    /// Notes a command of the workload, by its row, whether or not its peer was online.
    pub fn note_command(&mut self, time_ns: u64, target: u32, row: u32) {
        self.workload.add(time_ns, u64::from(target), u64::from(row));
    }

    /// Notes what became of a message: `fate` is 0 for delivered, else 1 + the number of the drop's reason.
    #[inline]
    pub fn note_message(
        &mut self,
        time_ns: u64,
        route: (u32, u32),
        sequence: u32,
        fingerprint: u64,
        fate: u8,
    ) {
        let (source, target) = route;
        self.messages.add_four(
            time_ns,
            u64::from(source) << 32 | u64::from(target),
            u64::from(sequence),
            fingerprint ^ u64::from(fate).rotate_right(8),
        );
    }

    /// Notes that a flow was started.
    pub fn note_flow_start(&mut self, time_ns: u64, spec: &FlowSpec) {
        let ends = u64::from(spec.source.peer.0) << 32 | u64::from(spec.sink.peer.0);
        self.transfers.add(
            time_ns,
            ends,
            spec.bytes.rotate_left(20) ^ spec.tag ^ u64::from(spec.flow.number),
        );
    }

    /// Notes that an end of a flow was told how it ended.
    pub fn note_notice(&mut self, notice: &FlowNotice) {
        let flow = u64::from(notice.spec.flow.source.0) << 32 | u64::from(notice.spec.flow.number);
        let told = u64::from(notice.target.peer.0) << 2 | notice.end as u64;
        self.transfers
            .add(notice.at_ns, flow, notice.carried_bytes.rotate_left(34) ^ told);
    }

    /// Takes away what was noted in `part` too.
    fn subtract(&mut self, part: &Self) {
        self.order.subtract(part.order);
        self.churn.subtract(part.churn);
        self.workload.subtract(part.workload);
        self.messages.subtract(part.messages);
        self.transfers.subtract(part.transfers);
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

/// Digests of which those of everything before some time, the rung, are wanted too.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct RungDigests {
    /// Everything.
    total: Digests,
    /// Of that, what is not before the rung. Few events lie behind one: it falls into one window of very many, and the next takes its
    /// place when that is over. They are noted twice; all others cost one comparison.
    behind: Digests,
    rung_ns: u64,
}

impl RungDigests {
    /// From now on, events before `rung_ns` are told from later ones. None so far may be later.
    pub(crate) fn part_at(&mut self, rung_ns: u64) {
        // Most windows have the rung of the one before.
        if rung_ns != self.rung_ns {
            self.behind = Digests::default();
            self.rung_ns = rung_ns;
        }
    }

    /// Notes an event at `time_ns`.
    #[inline]
    pub(crate) fn note(&mut self, time_ns: u64, note: impl Fn(&mut Digests)) {
        note(&mut self.total);
        if time_ns >= self.rung_ns {
            note(&mut self.behind);
        }
    }

    /// The digests of everything before the latest rung.
    pub(crate) fn before(&self) -> Digests {
        let mut before = self.total;
        before.subtract(&self.behind);
        before
    }

    /// All digests.
    pub(crate) fn total(&self) -> Digests {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(events: &[(u64, u64)]) -> Channel {
        let mut channel = Channel::default();
        for (a, b) in events {
            channel.add_pair(*a, *b);
        }
        channel
    }

    /// What lies at a rung or behind it is told from what lies before it until the next one is named.
    #[test]
    fn a_rung_parts_what_is_before_it_from_the_rest() {
        let summed = |times: &[u64]| {
            let mut digests = Digests::default();
            for time_ns in times {
                digests.note_command(*time_ns, 1, 2);
            }
            digests
        };
        let mut parted = RungDigests::default();
        let note = |parted: &mut RungDigests, time_ns| {
            parted.note(time_ns, |digests| digests.note_command(time_ns, 1, 2));
        };
        parted.part_at(10);
        for time_ns in [12, 9, 10, 5] {
            note(&mut parted, time_ns);
        }
        assert_eq!(parted.before(), summed(&[5, 9]));
        parted.part_at(20);
        assert_eq!(parted.before(), summed(&[5, 9, 10, 12]));
        note(&mut parted, 19);
        note(&mut parted, 20);
        assert_eq!(parted.before(), summed(&[5, 9, 10, 12, 19]));
        assert_eq!(parted.total(), summed(&[5, 9, 10, 12, 19, 20]));
    }

    /// Eight moments, a corner of a cube each: the same to a polynomial of the second degree, half of them and the others.
    #[test]
    fn changes_of_eight_events_do_not_cancel() {
        let corners = |parity: u32, base: u64, steps: [u64; 3]| {
            let corner = |corner: u32| {
                let added = (0..3).filter(|bit| corner >> bit & 1 == 1).map(|bit| steps[bit]);
                (base + added.sum::<u64>(), 7)
            };
            let of_parity = (0..8_u32).filter(|corner| corner.count_ones() % 2 == parity);
            sum(&of_parity.map(corner).collect::<Vec<_>>())
        };
        for base in 0..4_096 {
            let steps = [1, 1 << (base % 40), 1_000_003];
            assert_ne!(
                corners(0, base << 20, steps),
                corners(1, base << 20, steps),
                "{base}"
            );
        }
    }

    /// What moves by a bit in one event and back by it in another must show, although the words' sums are the same.
    #[test]
    fn opposite_changes_do_not_cancel() {
        for shift in 0..40 {
            let bit = 1_u64 << shift;
            for other in 0..64_u64 {
                let (low, high) = (other << 41, other << 41 | bit);
                assert_ne!(
                    sum(&[(low, 7), (high, 8)]),
                    sum(&[(high, 7), (low, 8)]),
                    "{shift}"
                );
                assert_ne!(
                    sum(&[(low + 2 * bit, 7), (high, 7)]),
                    sum(&[(high + 2 * bit, 7), (low, 7)]),
                    "{shift} {other}"
                );
                assert_ne!(
                    sum(&[(5, low + 2 * bit), (5, high)]),
                    sum(&[(5, high + 2 * bit), (5, low)]),
                    "{shift} {other}"
                );
            }
        }
    }

    #[test]
    fn parts_add_up_in_any_order() {
        let events: Vec<(u64, u64)> = (0..100).map(|n| (n * n, n)).collect();
        let (mut left, right) = (sum(&events[60..]), sum(&events[..60]));
        left.merge(right);
        assert_eq!(left, sum(&events));
    }
}

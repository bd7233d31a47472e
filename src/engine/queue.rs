//! The pending event set of one shard: a ring of buckets one window wide, and an ordered overflow for the far future.
//!
//! A push is one append to a bucket; events are put in order only when their bucket is taken, all at once. The ring spans
//! two *epochs* of `EPOCH_BUCKETS` buckets: the one under way and the next. Later events wait in a map by epoch
//! and move into the ring when their epoch becomes the next one, so an event is copied at most once more. Where
//! windows are tiny nearly everything passes through the map, which then costs what an ordered queue costs.

#![expect(
    clippy::cast_possible_truncation,
    reason = "positions in the ring are below RING_BUCKETS"
)]

use std::collections::BTreeMap;

use super::time::NEVER_NS;

/// Buckets in an epoch.
const EPOCH_BUCKETS: u64 = 512;
/// Buckets in the ring: two epochs.
const RING_BUCKETS: usize = 2 * EPOCH_BUCKETS as usize;
/// Largest number of empty buffers kept for reuse.
const SPARE_BUFFERS: usize = 16;

/// What can wait in a [`Queue`].
pub trait Timed {
    /// When it is due, in nanoseconds.
    fn time_ns(&self) -> u64;
}

/// Pending events by window. No order is kept within a bucket: whoever takes it sorts it.
#[derive(Debug)]
pub struct Queue<E> {
    /// A bucket is `2^shift` nanoseconds wide.
    shift: u32,
    /// First bucket of the epoch under way: the ring holds this epoch and the next.
    start: u64,
    ring: Box<[Vec<E>; RING_BUCKETS]>,
    /// One bit per bucket of the ring that is not empty.
    occupied: [u64; RING_BUCKETS / 64],
    /// Events of epochs beyond the ring, with the earliest bucket of each epoch.
    far: BTreeMap<u64, (u64, Vec<E>)>,
    /// Empty buffers.
    spare: Vec<Vec<E>>,
}

impl<E: Timed> Queue<E> {
    /// An empty queue whose buckets are `2^shift` nanoseconds wide.
    pub fn new(shift: u32) -> Self {
        Self {
            shift,
            start: 0,
            ring: Box::new(std::array::from_fn(|_| Vec::new())),
            occupied: [0; RING_BUCKETS / 64],
            far: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    /// When a bucket begins, in nanoseconds; [`NEVER_NS`] for one that lies beyond all times.
    #[inline]
    pub fn start_of(&self, bucket: u64) -> u64 {
        bucket
            .checked_shl(self.shift)
            .filter(|start_ns| start_ns >> self.shift == bucket)
            .unwrap_or(NEVER_NS)
    }

    /// Adds an event. Its bucket must not lie in an epoch that is over.
    #[expect(
        clippy::inline_always,
        reason = "once a message, and an event is too large to be handed on"
    )]
    #[inline(always)]
    pub fn push(&mut self, event: E) {
        let bucket = event.time_ns().wrapping_shr(self.shift);
        // What lies in the past wraps around and is far away.
        if bucket.wrapping_sub(self.start) < RING_BUCKETS as u64 {
            self.push_near(bucket, event);
        } else {
            self.push_far(bucket, event);
        }
    }

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn push_near(&mut self, bucket: u64, event: E) {
        let slot = (bucket % RING_BUCKETS as u64) as usize;
        if self.ring[slot].is_empty() {
            self.open(slot);
        }
        self.ring[slot].push(event);
    }

    #[cold]
    fn open(&mut self, slot: usize) {
        self.occupied[slot / 64] |= 1 << (slot % 64);
        if self.ring[slot].capacity() == 0
            && let Some(buffer) = self.spare.pop()
        {
            self.ring[slot] = buffer;
        }
    }

    #[inline(never)]
    fn push_far(&mut self, bucket: u64, event: E) {
        assert!(bucket >= self.start, "no event is scheduled into the past");
        let (first, events) = self
            .far
            .entry(bucket / EPOCH_BUCKETS)
            .or_insert_with(|| (bucket, self.spare.pop().unwrap_or_default()));
        *first = bucket.min(*first);
        events.push(event);
    }

    /// The earliest bucket that holds an event.
    #[inline]
    pub fn next_bucket(&self) -> Option<u64> {
        self.next_near()
            .or_else(|| self.far.values().next().map(|(first, _)| *first))
    }

    /// The earliest occupied bucket of the ring.
    fn next_near(&self) -> Option<u64> {
        let first_word = (self.start % RING_BUCKETS as u64) as usize / 64;
        let words = self.occupied.len();
        (0..words).find_map(|step| {
            let word = self.occupied[(first_word + step) % words];
            (word != 0).then(|| self.start + (step as u64) * 64 + u64::from(word.trailing_zeros()))
        })
    }

    /// Takes the events of a bucket that are due before `until_ns`, in no particular order. Nothing may be due before the
    /// bucket.
    pub fn take(&mut self, bucket: u64, until_ns: u64) -> Vec<E> {
        self.advance(bucket / EPOCH_BUCKETS);
        let slot = (bucket % RING_BUCKETS as u64) as usize;
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        let mut events = std::mem::take(&mut self.ring[slot]);
        let end_ns = self.start_of(bucket + 1);
        if until_ns < end_ns || end_ns == NEVER_NS {
            for event in events.extract_if(.., |event| event.time_ns() >= until_ns) {
                self.push(event);
            }
        }
        events
    }

    /// Number of events in a bucket of the ring (0 for one that still waits in the overflow).
    pub fn size_of(&self, bucket: u64) -> usize {
        if bucket.wrapping_sub(self.start) >= RING_BUCKETS as u64 {
            return 0;
        }
        self.ring[(bucket % RING_BUCKETS as u64) as usize].len()
    }

    /// Makes `epoch` the one under way and moves what falls into it and the next into the ring.
    fn advance(&mut self, epoch: u64) {
        let start = epoch * EPOCH_BUCKETS;
        if start == self.start {
            return;
        }
        assert!(
            self.next_near().is_none_or(|bucket| bucket >= start),
            "an epoch is left when all its events have been taken"
        );
        self.start = start;
        while let Some(entry) = self.far.first_entry() {
            if *entry.key() > epoch + 1 {
                break;
            }
            let (_, mut events) = entry.remove();
            for event in events.drain(..) {
                self.push_near(event.time_ns() >> self.shift, event);
            }
            self.recycle(events);
        }
    }

    /// Gives an empty buffer back for reuse.
    pub fn recycle(&mut self, mut buffer: Vec<E>) {
        if self.spare.len() < SPARE_BUFFERS {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// All pending events, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.ring
            .iter()
            .flatten()
            .chain(self.far.values().flat_map(|(_, events)| events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{Draw, Purpose, Seed};

    impl Timed for u64 {
        fn time_ns(&self) -> u64 {
            *self
        }
    }

    /// Random holds (take the earliest bucket, push some later events) against a sorted list.
    fn check(shift: u32, delay_ns_max: u64) {
        let mut draw = Seed {
            seed: 7,
            replication: 0,
        }
        .stream(Purpose::Protocol, u64::from(shift));
        let mut queue = Queue::new(shift);
        let mut model = BTreeMap::<u64, usize>::new();
        for _ in 0..200 {
            let time = draw.below(delay_ns_max);
            queue.push(time);
            *model.entry(time).or_default() += 1;
        }
        for round in 0..3_000 {
            let Some(bucket) = queue.next_bucket() else { break };
            assert_eq!(Some(bucket), model.keys().next().map(|time| time >> shift));
            let mut events = queue.take(bucket, NEVER_NS);
            events.sort_unstable();
            for time in events.drain(..) {
                assert_eq!(time >> shift, bucket);
                let count = model.get_mut(&time).expect("only what was pushed comes out");
                *count -= 1;
                if *count == 0 {
                    model.remove(&time);
                }
                if round < 2_000 {
                    let later = ((bucket + 1) << shift) + draw.below(delay_ns_max);
                    queue.push(later);
                    *model.entry(later).or_default() += 1;
                }
            }
            queue.recycle(events);
            assert_eq!(queue.iter().count(), model.values().sum::<usize>());
        }
    }

    #[test]
    fn takes_in_order_whatever_the_width() {
        for (shift, delay) in [
            (0, 100),
            (0, 1 << 40),
            (3, 100_000),
            (20, 1 << 21),
            (20, 1 << 36),
            (30, 1 << 33),
        ] {
            check(shift, delay);
        }
    }

    #[test]
    #[should_panic(expected = "into the past")]
    fn refuses_the_past() {
        let mut queue = Queue::new(0);
        queue.push(5_000_u64);
        queue.take(5_000, NEVER_NS);
        queue.push(1);
    }
}

//! The pending event set of one shard: a ring of buckets one window wide, and an ordered overflow for the far future.
//!
//! A push is one append to a bucket; events are put in order only when their bucket is taken, all at once. The ring spans
//! two *epochs* of `EPOCH_BUCKETS` buckets: the one under way and the next. Later events wait in a map by epoch
//! and move into the ring when their epoch becomes the next one, so an event is copied at most once more. Where
//! windows are tiny nearly everything passes through the map, which then costs what an ordered queue costs.
//!
//! The events of a bucket lie in *chunks*, each twice as large as the one before up to [`CHUNK_EVENTS`]. A chunk that is
//! full is closed and never moved; one whose bucket has been handled serves the next bucket that needs one. So memory
//! follows the number of events that are pending, and no event is copied because its bucket grows.

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

/// A chunk has at most `2^CHUNK_SHIFT` events.
pub const CHUNK_SHIFT: u32 = 11;
/// Most events of a chunk.
pub const CHUNK_EVENTS: usize = 1 << CHUNK_SHIFT;
/// Events of the first chunk of a bucket: a power of two.
const FIRST_EVENTS: usize = 16;
/// Fewer events are copied from a chunk that comes from elsewhere.
const ABSORBED_MIN: usize = 32;
/// Sizes of chunks.
const CHUNK_SIZES: usize = (CHUNK_EVENTS / FIRST_EVENTS).ilog2() as usize + 1;

/// What can wait in a [`Queue`].
pub trait Timed {
    /// When it is due, in nanoseconds.
    fn time_ns(&self) -> u64;
}

/// Events in chunks: closed ones of any length, and the one that grows.
#[derive(Debug)]
struct Slot<E> {
    open: Vec<E>,
    closed: Vec<Vec<E>>,
}

impl<E> Default for Slot<E> {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            closed: Vec::new(),
        }
    }
}

/// Empty chunks by their size.
#[derive(Debug)]
struct Spare<E>([Vec<Vec<E>>; CHUNK_SIZES]);

impl<E> Default for Spare<E> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Vec::new()))
    }
}

impl<E> Spare<E> {
    /// An empty chunk of a size.
    fn get(&mut self, size: usize) -> Vec<E> {
        self.0[size]
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(FIRST_EVENTS << size))
    }

    /// An empty chunk to follow one of `capacity` events, which may be none at all.
    fn after(&mut self, capacity: usize) -> Vec<E> {
        let events = (capacity * 2).clamp(FIRST_EVENTS, CHUNK_EVENTS);
        self.get((events / FIRST_EVENTS).ilog2() as usize)
    }

    /// Takes back a chunk, whatever it holds.
    fn put(&mut self, mut chunk: Vec<E>) {
        if chunk.capacity() >= FIRST_EVENTS {
            chunk.clear();
            let events = chunk.capacity().min(CHUNK_EVENTS);
            self.0[(events / FIRST_EVENTS).ilog2() as usize].push(chunk);
        }
    }
}

/// Whether one more event fits into a chunk.
#[inline]
fn has_room<E>(chunk: &Vec<E>) -> bool {
    chunk.len() < chunk.capacity()
}

/// The slot of a bucket for as long as it lies in the ring.
#[inline]
fn slot_of(bucket: u64) -> usize {
    (bucket % RING_BUCKETS as u64) as usize
}

/// Pending events by window. No order is kept within a bucket: whoever takes it sorts it.
#[derive(Debug)]
pub struct Queue<E> {
    /// A bucket is `2^shift` nanoseconds wide.
    shift: u32,
    /// First bucket of the epoch under way: the ring holds this epoch and the next.
    start: u64,
    ring: Box<[Slot<E>; RING_BUCKETS]>,
    /// One bit per bucket of the ring that is not empty.
    occupied: [u64; RING_BUCKETS / 64],
    /// Events of epochs beyond the ring, with the earliest bucket of each epoch.
    far: BTreeMap<u64, (u64, Vec<E>)>,
    spare: Spare<E>,
}

impl<E: Timed> Queue<E> {
    /// An empty queue whose buckets are `2^shift` nanoseconds wide.
    pub fn new(shift: u32) -> Self {
        Self {
            shift,
            start: 0,
            ring: Box::new(std::array::from_fn(|_| Slot::default())),
            occupied: [0; RING_BUCKETS / 64],
            far: BTreeMap::new(),
            spare: Spare::default(),
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

    /// The bucket in which something at a time is due.
    #[inline]
    pub fn bucket_of(&self, time_ns: u64) -> u64 {
        time_ns.wrapping_shr(self.shift)
    }

    /// The slot of a bucket that lies in the ring; none for one that is far away.
    #[inline]
    fn slot_near(&self, bucket: u64) -> Option<usize> {
        // What lies in the past wraps around and is far away.
        let is_near = bucket.wrapping_sub(self.start) < RING_BUCKETS as u64;
        is_near.then_some(slot_of(bucket))
    }

    /// Where an event that is due in a bucket is to be pushed at once. The bucket must not lie in an epoch that is over.
    ///
    /// Room is made before there is an event to hand on: so its parts are put together where it is to lie.
    #[inline]
    pub fn room(&mut self, bucket: u64) -> &mut Vec<E> {
        match self.slot_near(bucket) {
            Some(slot) if has_room(&self.ring[slot].open) => &mut self.ring[slot].open,
            _ => self.make_room(bucket),
        }
    }

    /// Adds an event. Its bucket must not lie in an epoch that is over.
    #[inline]
    pub fn push(&mut self, event: E) {
        self.room(self.bucket_of(event.time_ns())).push(event);
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, bucket: u64) -> &mut Vec<E> {
        match self.slot_near(bucket) {
            Some(slot) => self.room_near(slot),
            None => self.room_far(bucket),
        }
    }

    fn room_near(&mut self, slot: usize) -> &mut Vec<E> {
        if !has_room(&self.ring[slot].open) {
            self.open_chunk(slot);
        }
        &mut self.ring[slot].open
    }

    fn room_far(&mut self, bucket: u64) -> &mut Vec<E> {
        assert!(bucket >= self.start, "no event is scheduled into the past");
        let (first, events) = self
            .far
            .entry(bucket / EPOCH_BUCKETS)
            .or_insert_with(|| (bucket, Vec::new()));
        *first = bucket.min(*first);
        events
    }

    /// Opens the next chunk of a bucket, whose last one is full.
    fn open_chunk(&mut self, slot: usize) {
        self.occupied[slot / 64] |= 1 << (slot % 64);
        let Slot { open, closed } = &mut self.ring[slot];
        let next = self.spare.after(open.capacity());
        let full = std::mem::replace(open, next);
        if !full.is_empty() {
            closed.push(full);
        }
    }

    /// Adds a chunk of events that are all due in one bucket, and gives an empty one in exchange. Few events are copied, for
    /// the bucket's own chunk has room for them; many stay where they are.
    ///
    /// # Panics
    /// When there are more than [`CHUNK_EVENTS`].
    pub fn absorb(&mut self, bucket: u64, mut chunk: Vec<E>) -> Vec<E> {
        assert!(chunk.len() <= CHUNK_EVENTS, "chunks have a largest size");
        match self.slot_near(bucket) {
            Some(slot) if chunk.len() >= ABSORBED_MIN => {
                let empty = self.spare.after(chunk.capacity() / 2);
                self.occupied[slot / 64] |= 1 << (slot % 64);
                self.ring[slot].closed.push(chunk);
                empty
            }
            _ => {
                chunk.drain(..).for_each(|event| self.push(event));
                chunk
            }
        }
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

    /// Takes the events of a bucket that are due before `until_ns`, in no particular order, into `chunks`, which is
    /// empty. Nothing may be due before the bucket.
    pub fn take(&mut self, bucket: u64, until_ns: u64, chunks: &mut Vec<Vec<E>>) {
        self.advance(bucket / EPOCH_BUCKETS);
        let slot = slot_of(bucket);
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        let Slot { open, closed } = &mut self.ring[slot];
        chunks.append(closed);
        if !open.is_empty() {
            chunks.push(std::mem::take(open));
        }
        let end_ns = self.start_of(bucket + 1);
        if until_ns < end_ns || end_ns == NEVER_NS {
            for chunk in chunks {
                for event in chunk.extract_if(.., |event| event.time_ns() >= until_ns) {
                    self.push(event);
                }
            }
        }
    }

    /// Number of events in a bucket of the ring (0 for one that still waits in the overflow).
    pub fn size_of(&self, bucket: u64) -> usize {
        self.slot_near(bucket).map_or(0, |slot| {
            let Slot { open, closed } = &self.ring[slot];
            open.len() + closed.iter().map(Vec::len).sum::<usize>()
        })
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
            let (_, events) = entry.remove();
            for event in events {
                self.room_near(slot_of(event.time_ns() >> self.shift)).push(event);
            }
        }
    }

    /// Gives chunks back for reuse.
    pub fn recycle(&mut self, chunks: &mut Vec<Vec<E>>) {
        chunks.drain(..).for_each(|chunk| self.spare.put(chunk));
    }

    /// All pending events, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        let near = self
            .ring
            .iter()
            .flat_map(|slot| slot.closed.iter().chain([&slot.open]));
        near.chain(self.far.values().map(|(_, events)| events)).flatten()
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
        let mut chunks = Vec::new();
        for _ in 0..200 {
            let time = draw.below(delay_ns_max);
            queue.push(time);
            *model.entry(time).or_default() += 1;
        }
        for round in 0..3_000 {
            let Some(bucket) = queue.next_bucket() else { break };
            assert_eq!(Some(bucket), model.keys().next().map(|time| time >> shift));
            queue.take(bucket, NEVER_NS, &mut chunks);
            let mut events = chunks.concat();
            queue.recycle(&mut chunks);
            events.sort_unstable();
            for time in events {
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
        queue.take(5_000, NEVER_NS, &mut Vec::new());
        queue.push(1);
    }
}

//! What one shard sends another during a window: chunks by bucket, so that they can be handed over without being copied.

use crate::engine::queue::{CHUNK_EVENTS, Queue, Timed};

/// Buckets for which chunks are kept; what is due later is few, and copied.
const NEAR_BUCKETS: usize = 64;

/// What waits to be handed over to one other shard.
pub(crate) struct Outbox<E> {
    /// The first of the buckets that `near` is for.
    start: u64,
    /// By bucket, the chunk that grows; none before the first event.
    near: Vec<Vec<E>>,
    /// One bit per chunk of `near` that is not empty.
    occupied: u64,
    /// Chunks that are full, with their buckets.
    full: Vec<(u64, Vec<E>)>,
    /// Empty chunks that came back for those.
    spare: Vec<Vec<E>>,
    far: Vec<E>,
}

impl<E> Default for Outbox<E> {
    fn default() -> Self {
        Self {
            start: 0,
            near: Vec::new(),
            occupied: 0,
            full: Vec::new(),
            spare: Vec::new(),
            far: Vec::new(),
        }
    }
}

impl<E: Timed> Outbox<E> {
    /// A window begins in which nothing is sent that is due before bucket `start`.
    pub(super) fn begin(&mut self, start: u64) {
        if self.is_empty() {
            self.start = start;
        }
    }

    /// Place of a bucket's chunk; beyond all places for a bucket that is not near.
    #[inline]
    fn place(&self, bucket: u64) -> usize {
        usize::try_from(bucket.wrapping_sub(self.start)).unwrap_or(usize::MAX)
    }

    /// Where an event that is due in a bucket is to be pushed at once.
    #[inline]
    pub(super) fn room(&mut self, bucket: u64) -> &mut Vec<E> {
        let place = self.place(bucket);
        match self.near.get(place) {
            Some(chunk) if !chunk.is_empty() && chunk.len() < chunk.capacity().min(CHUNK_EVENTS) => {
                &mut self.near[place]
            }
            _ => self.make_room(bucket),
        }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, bucket: u64) -> &mut Vec<E> {
        let place = self.place(bucket);
        if place >= NEAR_BUCKETS {
            return &mut self.far;
        }
        if self.near.is_empty() {
            self.near.resize_with(NEAR_BUCKETS, Vec::new);
        }
        let chunk = &mut self.near[place];
        if chunk.len() >= CHUNK_EVENTS {
            let next = self.spare.pop();
            let next = next.unwrap_or_else(|| Vec::with_capacity(CHUNK_EVENTS));
            self.full.push((bucket, std::mem::replace(chunk, next)));
        }
        self.occupied |= 1 << place;
        chunk
    }

    /// Whether nothing waits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.occupied == 0 && self.full.is_empty() && self.far.is_empty()
    }

    /// Hands everything over to the receiver.
    pub(crate) fn empty_into(&mut self, queue: &mut Queue<E>) {
        for event in self.far.drain(..) {
            queue.push(event);
        }
        for (bucket, chunk) in self.full.drain(..) {
            self.spare.push(queue.absorb(bucket, chunk));
        }
        while self.occupied != 0 {
            let place = self.occupied.trailing_zeros();
            self.occupied &= self.occupied - 1;
            let chunk = &mut self.near[place as usize];
            *chunk = queue.absorb(self.start + u64::from(place), std::mem::take(chunk));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::NEVER_NS;

    /// Buckets are `2^SHIFT` nanoseconds wide: wide enough for the times of three chunks.
    const SHIFT: u32 = 13;

    /// Numbers of events, by bucket counted from the first in which one may be due: a single one, few that are copied, many
    /// that change hands, chunks that are full to the last event and one more, three chunks; near ones up to the last, the
    /// first that is far, and what lies beyond the queue's ring.
    const COUNTS: [(u64, usize); 10] = [
        (0, 2 * CHUNK_EVENTS + 500),
        (1, 1),
        (2, 20),
        (5, CHUNK_EVENTS),
        (6, CHUNK_EVENTS + 1),
        (NEAR_BUCKETS as u64 - 1, 300),
        (NEAR_BUCKETS as u64, 300),
        (500, 40),
        (3_000, 2),
        (1 << 30, 1),
    ];

    /// As a shard does.
    fn post(outbox: &mut Outbox<u64>, time_ns: u64) {
        outbox.room(time_ns >> SHIFT).push(time_ns);
    }

    /// Posts different times in the buckets from `start` on, in turns, and returns them in order.
    fn post_all(outbox: &mut Outbox<u64>, start: u64) -> Vec<u64> {
        let mut times = Vec::new();
        let most = COUNTS.iter().map(|(_, count)| *count).max();
        for turn in 0..most.unwrap_or_default() {
            for (ahead, _) in COUNTS.iter().filter(|(_, count)| turn < *count) {
                times.push(((start + ahead) << SHIFT) + turn as u64);
            }
        }
        for time_ns in &times {
            post(outbox, *time_ns);
        }
        times.sort_unstable();
        times
    }

    /// Takes all there is, in order.
    fn take_all(queue: &mut Queue<u64>) -> Vec<u64> {
        let mut times = Vec::new();
        let mut chunks = Vec::new();
        while let Some(bucket) = queue.next_bucket() {
            queue.take(bucket, NEVER_NS, &mut chunks);
            let mut due = chunks.concat();
            queue.recycle(&mut chunks);
            assert!(due.iter().all(|time_ns| time_ns >> SHIFT == bucket), "{bucket}");
            due.sort_unstable();
            times.append(&mut due);
        }
        times
    }

    #[test]
    fn every_event_comes_out_once_and_in_its_bucket() {
        let mut outbox = Outbox::default();
        let mut queue = Queue::new(SHIFT);
        // The second time with chunks that the queue gave in exchange, and across the end of its ring.
        for start in [1, (1 << 30) + 1_020] {
            assert!(outbox.is_empty());
            outbox.begin(start);
            let expected = post_all(&mut outbox, start);
            assert!(!outbox.is_empty());
            outbox.empty_into(&mut queue);
            assert!(outbox.is_empty());
            assert_eq!(queue.iter().count(), expected.len());
            assert!(take_all(&mut queue) == expected);
            outbox.empty_into(&mut queue);
            assert_eq!(queue.next_bucket(), None, "nothing is handed over twice");
        }
    }

    #[test]
    fn one_event_waits_and_only_a_near_one_in_a_chunk() {
        let mut outbox = Outbox::default();
        let mut queue = Queue::new(SHIFT);
        for start in [100, 200] {
            let far = start + NEAR_BUCKETS as u64;
            for (bucket, is_near) in [(start, true), (far - 1, true), (far, false)] {
                outbox.begin(start);
                post(&mut outbox, bucket << SHIFT);
                assert!(!outbox.is_empty());
                assert_eq!(outbox.far.is_empty(), is_near);
                outbox.empty_into(&mut queue);
                assert!(outbox.is_empty());
            }
            assert_eq!(take_all(&mut queue).len(), 3);
        }
    }

    #[test]
    fn a_window_that_begins_leaves_alone_what_waits() {
        let mut outbox = Outbox::default();
        let mut queue = Queue::new(SHIFT);
        // As many as are not copied.
        let times = |bucket: u64| (0..100).map(move |number| (bucket << SHIFT) + number);
        outbox.begin(10);
        for time_ns in times(10).chain(times(12)) {
            post(&mut outbox, time_ns);
        }
        outbox.begin(11);
        for time_ns in times(11).chain(times(13)) {
            post(&mut outbox, time_ns);
        }
        outbox.empty_into(&mut queue);
        assert!(take_all(&mut queue).into_iter().eq((10..14).flat_map(times)));
    }
}

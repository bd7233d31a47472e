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
    far: Vec<E>,
}

impl<E> Default for Outbox<E> {
    fn default() -> Self {
        Self {
            start: 0,
            near: Vec::new(),
            occupied: 0,
            full: Vec::new(),
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

    /// The chunk of a bucket that grows, if there is one and it has room.
    #[inline]
    pub(super) fn room_in(&mut self, bucket: u64) -> Option<&mut Vec<E>> {
        let place = self.place(bucket);
        let chunk = self.near.get_mut(place)?;
        (!chunk.is_empty() && chunk.len() < chunk.capacity().min(CHUNK_EVENTS)).then_some(chunk)
    }

    /// Adds an event for which there is no room yet.
    pub(super) fn push_first(&mut self, bucket: u64, event: E) {
        let place = self.place(bucket);
        if place >= NEAR_BUCKETS {
            self.far.push(event);
            return;
        }
        if self.near.is_empty() {
            self.near.resize_with(NEAR_BUCKETS, Vec::new);
        }
        let chunk = &mut self.near[place];
        if chunk.len() >= CHUNK_EVENTS {
            let next = Vec::with_capacity(CHUNK_EVENTS);
            self.full.push((bucket, std::mem::replace(chunk, next)));
        }
        self.occupied |= 1 << place;
        chunk.push(event);
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
            queue.absorb(bucket, chunk);
        }
        while self.occupied != 0 {
            let place = self.occupied.trailing_zeros();
            self.occupied &= self.occupied - 1;
            let chunk = &mut self.near[place as usize];
            *chunk = queue.absorb(self.start + u64::from(place), std::mem::take(chunk));
        }
    }
}

//! The order of a window's events: by peer, and for each peer by time, class, source and sequence.
//!
//! It comes from what events are and never from where they lie in the bucket. Peers are sorted by two passes of counting,
//! which cost the same for every event; a peer's few events of one window then by comparison.

#![expect(
    clippy::cast_possible_truncation,
    reason = "digits are cut out of keys, and a bucket has fewer than 2^32 events"
)]

use super::EQUAL_KEYS;
use crate::engine::event::{Class, Event, Letter};
use crate::engine::queue::Timed;

/// A window is at most `2^30` ns wide, so that a place fits one word; it also keeps buckets small where latencies are huge.
pub(crate) const WINDOW_SHIFT_MAX: u32 = TIME_BITS;
const TIME_BITS: u32 = 30;
const CLASS_BITS: u32 = 3;
const PEER_SHIFT: u32 = TIME_BITS + CLASS_BITS;

/// Fewer events than this are sorted by comparison alone.
const COUNTED_MIN: usize = 64;

/// Place of an event in the order of its window.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// The peer, counted from the shard's first, then the time since the window began, then the class. What is equal in
    /// all of these is told apart by [`Event::tie`].
    key: u64,
    /// Where the event lies in its bucket: from [`OTHERS`] on, it is no letter.
    index: u32,
}

/// Where the letters of a window end and its other events begin, in [`Place::index`].
const OTHERS: u32 = 1 << 31;

/// Which event of a window is meant.
pub(super) enum Which {
    /// A message, by its place in the bucket of letters.
    Letter(usize),
    /// Something else, by its place in the bucket of other events.
    Other(usize),
}

impl Place {
    fn new<E: Timed>(index: u32, event: &E, (peer, class): (u32, Class), start_ns: u64) -> Self {
        let key = u64::from(peer) << PEER_SHIFT | (event.time_ns() - start_ns) << CLASS_BITS | class as u64;
        Self { key, index }
    }

    /// Where the event lies.
    #[inline]
    pub(super) fn which(self) -> Which {
        if self.index < OTHERS {
            Which::Letter(self.index as usize)
        } else {
            Which::Other((self.index - OTHERS) as usize)
        }
    }

    /// The peer, counted from the shard's first.
    #[inline]
    pub(super) fn peer(self) -> usize {
        (self.key >> PEER_SHIFT) as usize
    }
}

/// What is due in one window, in no order.
pub(super) struct Bucket<M, T, C> {
    pub(super) letters: Vec<Letter<M>>,
    pub(super) others: Vec<Event<T, C>>,
}

impl<M, T, C> Bucket<M, T, C> {
    #[inline]
    fn tie(&self, place: Place) -> u64 {
        match place.which() {
            Which::Letter(index) => self.letters[index].tie(),
            Which::Other(index) => self.others[index].tie(),
        }
    }
}

/// Puts the events of one window after another in order, in memory of its own.
#[derive(Default)]
pub(super) struct Order {
    places: Vec<Place>,
    sorted: Vec<Place>,
    counts: Vec<u32>,
}

impl Order {
    /// The places of the events in `bucket`, which begins at `start_ns`, in order. `peers` peers are numbered from
    /// `first` on.
    ///
    /// # Panics
    /// When two events have equal keys: their order would depend on insertion.
    pub(super) fn of<M, T, C>(
        &mut self,
        bucket: &Bucket<M, T, C>,
        first: u32,
        peers: usize,
        start_ns: u64,
    ) -> &[Place] {
        assert!(
            bucket.letters.len().max(bucket.others.len()) < OTHERS as usize,
            "a shard has fewer than 2^31 events of a kind in a window"
        );
        self.places.clear();
        let letters = (0..OTHERS).zip(&bucket.letters);
        self.places.extend(letters.map(|(index, letter)| {
            Place::new(index, letter, (letter.target - first, Class::Message), start_ns)
        }));
        let others = (OTHERS..).zip(&bucket.others);
        self.places.extend(
            others.map(|(index, event)| {
                Place::new(index, event, (event.target - first, event.class()), start_ns)
            }),
        );
        if self.places.len() < COUNTED_MIN {
            sort(&mut self.places, bucket);
        } else {
            self.sort_by_peer(peers);
            for few in self.places.chunk_by_mut(|a, b| a.peer() == b.peer()) {
                if few.len() > 1 {
                    sort(few, bucket);
                }
            }
        }
        let is_total =
            |pair: &[Place]| pair[0].key != pair[1].key || bucket.tie(pair[0]) != bucket.tie(pair[1]);
        assert!(self.places.windows(2).all(is_total), "{EQUAL_KEYS}");
        &self.places
    }

    /// Sorts the places by peer, in two passes of counting, each by half of the bits.
    fn sort_by_peer(&mut self, peers: usize) {
        let bits = usize::BITS - peers.leading_zeros();
        let digit_bits = bits.div_ceil(2);
        self.sorted.resize(self.places.len(), Place::default());
        for pass in 0..2 {
            let shift = PEER_SHIFT + pass * digit_bits;
            let mask = (1_u64 << digit_bits) - 1;
            let digit = |place: &Place| (place.key >> shift & mask) as usize;
            self.counts.clear();
            self.counts.resize(1 << digit_bits, 0);
            for place in &self.places {
                self.counts[digit(place)] += 1;
            }
            let mut next = 0;
            for count in &mut self.counts {
                next += std::mem::replace(count, next);
            }
            for place in &self.places {
                let at = &mut self.counts[digit(place)];
                self.sorted[*at as usize] = *place;
                *at += 1;
            }
            std::mem::swap(&mut self.places, &mut self.sorted);
        }
    }
}

/// Sorts by comparison.
#[inline]
fn sort<M, T, C>(places: &mut [Place], bucket: &Bucket<M, T, C>) {
    let compare = |a: &Place, b: &Place| {
        a.key
            .cmp(&b.key)
            .then_with(|| bucket.tie(*a).cmp(&bucket.tie(*b)))
    };
    if let [a, b] = places {
        if compare(a, b).is_gt() {
            std::mem::swap(a, b);
        }
    } else {
        places.sort_unstable_by(compare);
    }
}

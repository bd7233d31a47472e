//! The order of a window's events: by peer, and for each peer by time, class, source and sequence.
//!
//! It comes from what events are and never from where they lie in the bucket. Peers are sorted by two passes of counting,
//! which cost the same for every event; a peer's few events of one window by comparison, when it is their turn: by then
//! they have been fetched from memory.

#![expect(
    clippy::cast_possible_truncation,
    reason = "digits are cut out of places, and a bucket has fewer than 2^31 events of a kind"
)]

use std::cmp::Ordering;

use super::EQUAL_KEYS;
use crate::engine::event::{Event, Letter, PeerKey};

/// A window is at most `2^30` ns wide: where latencies are huge, that keeps buckets small.
pub(crate) const WINDOW_SHIFT_MAX: u32 = 30;

/// Fewer events than this are sorted by comparison alone.
const COUNTED_MIN: usize = 64;

/// Place of an event in the order of its window: in the upper half the peer, counted from the shard's first; in the lower
/// half where the event lies in its bucket, from [`OTHERS`] on if it is no letter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place(u64);

/// Where the letters of a window end and its other events begin, in the lower half of a [`Place`].
const OTHERS: u32 = 1 << 31;

/// Which event of a window is meant.
pub(super) enum Which {
    /// A message, by its place in the bucket of letters.
    Letter(usize),
    /// Something else, by its place in the bucket of other events.
    Other(usize),
}

impl Place {
    #[inline]
    fn new(peer: u32, index: u32) -> Self {
        Self(u64::from(peer) << 32 | u64::from(index))
    }

    /// Where the event lies.
    #[inline]
    pub(super) fn which(self) -> Which {
        let index = self.0 as u32;
        if index < OTHERS {
            Which::Letter(index as usize)
        } else {
            Which::Other((index - OTHERS) as usize)
        }
    }

    /// The peer, counted from the shard's first.
    #[inline]
    pub(super) fn peer(self) -> usize {
        (self.0 >> 32) as usize
    }
}

/// What is due in one window, in no order.
pub(super) struct Bucket<M, T, C> {
    pub(super) letters: Vec<Letter<M>>,
    pub(super) others: Vec<Event<T, C>>,
}

impl<M, T, C> Bucket<M, T, C> {
    #[inline]
    pub(super) fn key(&self, place: Place) -> PeerKey {
        match place.which() {
            Which::Letter(index) => self.letters[index].peer_key(),
            Which::Other(index) => self.others[index].peer_key(),
        }
    }

    /// Puts the events of one peer in order.
    ///
    /// # Panics
    /// When two of them have equal keys: their order would depend on insertion.
    pub(super) fn sort(&self, places: &mut [Place]) {
        if let [a, b] = places {
            match self.key(*a).cmp(&self.key(*b)) {
                Ordering::Less => {}
                Ordering::Equal => panic!("{EQUAL_KEYS}"),
                Ordering::Greater => std::mem::swap(a, b),
            }
        } else {
            places.sort_unstable_by_key(|place| self.key(*place));
            let is_total = |pair: &[Place]| self.key(pair[0]) != self.key(pair[1]);
            assert!(places.windows(2).all(is_total), "{EQUAL_KEYS}");
        }
    }
}

/// Puts the events of one window after another in order of their peers, in memory of its own.
#[derive(Default)]
pub(super) struct Order {
    places: Vec<Place>,
    sorted: Vec<Place>,
    /// By each of a peer's two digits, how many events there are with it, then where they go.
    counts: [Vec<u32>; 2],
}

impl Order {
    /// The places of the events in `bucket`, by peer: of `peers` peers that are numbered from `first` on. Those of one
    /// peer are in no order.
    pub(super) fn by_peer<M, T, C>(
        &mut self,
        bucket: &Bucket<M, T, C>,
        first: u32,
        peers: usize,
    ) -> &mut [Place] {
        assert!(
            bucket.letters.len().max(bucket.others.len()) < OTHERS as usize,
            "a shard has fewer than 2^31 events of a kind in a window"
        );
        let letters = bucket.letters.iter().map(|letter| letter.target - first);
        let others = bucket.others.iter().map(|event| event.target - first);
        self.places.clear();
        self.places
            .extend(letters.zip(0..).map(|(peer, index)| Place::new(peer, index)));
        self.places
            .extend(others.zip(OTHERS..).map(|(peer, index)| Place::new(peer, index)));
        if self.places.len() < COUNTED_MIN {
            self.places.sort_unstable();
        } else {
            self.sort_by_counting(peers);
        }
        &mut self.places
    }

    /// Sorts the places by peer, in two passes, each by half of the bits.
    fn sort_by_counting(&mut self, peers: usize) {
        let bits = usize::BITS - peers.leading_zeros();
        let digit_bits = bits.div_ceil(2);
        let mask = (1_usize << digit_bits) - 1;
        let shifts = [32, 32 + digit_bits];
        let digit = |place: Place, shift: u32| (place.0 >> shift) as usize & mask;
        for counts in &mut self.counts {
            counts.clear();
            counts.resize(mask + 1, 0);
        }
        self.sorted.resize(self.places.len(), Place::default());
        let [low, high] = self.counts.each_mut().map(Vec::as_mut_slice);
        for place in &self.places {
            low[digit(*place, shifts[0])] += 1;
            high[digit(*place, shifts[1])] += 1;
        }
        scatter(&self.places, &mut self.sorted, low, |place| {
            digit(place, shifts[0])
        });
        scatter(&self.sorted, &mut self.places, high, |place| {
            digit(place, shifts[1])
        });
    }
}

/// Copies places in the order of a digit of theirs, of which `counts` holds how often each is there.
#[inline]
fn scatter(places: &[Place], sorted: &mut [Place], counts: &mut [u32], digit: impl Fn(Place) -> usize) {
    let mut next = 0;
    for count in &mut *counts {
        next += std::mem::replace(count, next);
    }
    for place in places {
        let at = &mut counts[digit(*place)];
        sorted[*at as usize] = *place;
        *at += 1;
    }
}

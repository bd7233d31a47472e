//! The order of a window's events: by peer, and for each peer by time, class, source and sequence.
//!
//! It comes from what events are and never from where they lie in the bucket. An event's *place* holds what decides most
//! comparisons, so that events themselves are read once in passing and once when it is their turn. Peers are sorted by
//! passes of counting, which cost the same for every event; a peer's few events of one window by comparison, when it is
//! their turn.

#![expect(
    clippy::cast_possible_truncation,
    reason = "parts are cut out of places, and a bucket has fewer than 2^31 events of a kind"
)]

use super::EQUAL_KEYS;
use crate::engine::event::{Event, Letter, PeerKey};
use crate::engine::queue::{CHUNK_EVENTS, CHUNK_SHIFT, Timed};

/// A window is at most `2^30` ns wide: where latencies are huge, that keeps buckets small.
pub(crate) const WINDOW_SHIFT_MAX: u32 = 30;

/// Fewer events than this are sorted by comparison alone.
const COUNTED_MIN: usize = 64;

/// Up to so many bits of a peer's number are sorted in one pass: the counts stay in a cache next to the processor.
const ONE_PASS_BITS_MAX: u32 = 14;

/// Where there are so many events for each peer on average, they are put in order of time before they are sorted by peer:
/// a pass over all costs less than comparing each with several others.
const CROWDED_EVENTS: usize = 3;

/// So many upper bits of the time does that pass look at: hardly two events of a peer agree in all of them, and what is
/// nearly in order is put in order at little cost.
const CROWDED_BITS: u32 = 12;

/// Place of an event in the order of its window. From the upper bits down: the peer, counted from the shard's first; the time
/// in the window, or as many of its upper bits as there is room for; where the event lies. The [`Layout`] of the window says
/// where one ends and the next begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place(u64);

/// Where the parts of a window's [`Place`]s lie.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Bits that tell where an event lies.
    index_bits: u32,
    /// Those bits set: kept, for every event asks for it several times.
    index_mask: u32,
    /// Above them and those of the time, the peer.
    peer_shift: u32,
}

impl Layout {
    /// Where the event lies: the chunk, of letters and behind them of other events, and the place in it.
    #[inline]
    fn address(self, place: Place) -> (usize, usize) {
        let index = place.0 as u32 & self.index_mask;
        ((index >> CHUNK_SHIFT) as usize, index as usize % CHUNK_EVENTS)
    }

    /// The peer, counted from the shard's first.
    #[inline]
    pub(super) fn peer(self, place: Place) -> usize {
        (place.0 >> self.peer_shift) as usize
    }

    /// What is known of the order without looking at the event: equal for events whose keys have to be compared.
    #[inline]
    fn known(self, place: Place) -> u64 {
        place.0 >> self.index_bits
    }
}

/// What is due in one window, in no order, in chunks.
pub(super) struct Bucket<M, T, C> {
    pub(super) letters: Vec<Vec<Letter<M>>>,
    pub(super) others: Vec<Vec<Event<T, C>>>,
}

impl<M, T, C> Default for Bucket<M, T, C> {
    fn default() -> Self {
        Self {
            letters: Vec::new(),
            others: Vec::new(),
        }
    }
}

impl<M, T, C> Bucket<M, T, C> {
    /// Number of events.
    pub(super) fn len(&self) -> usize {
        let letters = self.letters.iter().map(Vec::len).sum::<usize>();
        letters + self.others.iter().map(Vec::len).sum::<usize>()
    }

    /// The letter at a place, if one lies there.
    #[inline]
    pub(super) fn letter(&self, place: Place, layout: Layout) -> Option<&Letter<M>> {
        let (chunk, within) = layout.address(place);
        self.letters.get(chunk).map(|letters| &letters[within])
    }

    /// As [`Bucket::letter`], to be opened.
    #[inline]
    pub(super) fn letter_mut(&mut self, place: Place, layout: Layout) -> Option<&mut Letter<M>> {
        let (chunk, within) = layout.address(place);
        self.letters.get_mut(chunk).map(|letters| &mut letters[within])
    }

    /// The event at a place where no letter lies.
    pub(super) fn other_mut(&mut self, place: Place, layout: Layout) -> &mut Event<T, C> {
        let (chunk, within) = layout.address(place);
        &mut self.others[chunk - self.letters.len()][within]
    }

    #[inline]
    pub(super) fn key(&self, place: Place, layout: Layout) -> PeerKey {
        let (chunk, within) = layout.address(place);
        match self.letters.get(chunk) {
            Some(letters) => letters[within].peer_key(),
            None => self.others[chunk - self.letters.len()][within].peer_key(),
        }
    }

    /// Puts the events of one peer, two or more, in order.
    ///
    /// # Panics
    /// When two of them have equal keys: their order would depend on insertion.
    #[inline]
    pub(super) fn sort(&self, places: &mut [Place], layout: Layout) {
        if let [a, b] = places {
            if layout.known(*a) == layout.known(*b) {
                self.sort_by_key(places, layout);
            } else if *a > *b {
                std::mem::swap(a, b);
            }
        } else if !places.is_sorted_by(|a, b| layout.known(*a) < layout.known(*b)) {
            self.sort_many(places, layout);
        }
    }

    /// Puts events in order that are not.
    #[inline(never)]
    fn sort_many(&self, places: &mut [Place], layout: Layout) {
        places.sort_unstable();
        let is_same = |a: &Place, b: &Place| layout.known(*a) == layout.known(*b);
        if places.windows(2).any(|pair| is_same(&pair[0], &pair[1])) {
            let runs = places.chunk_by_mut(is_same);
            runs.filter(|run| run.len() > 1)
                .for_each(|run| self.sort_by_key(run, layout));
        }
    }

    /// Puts events in order of which places do not tell it.
    #[cold]
    #[inline(never)]
    fn sort_by_key(&self, places: &mut [Place], layout: Layout) {
        let key = |place: &Place| self.key(*place, layout);
        places.sort_unstable_by_key(key);
        let is_total = |pair: &[Place]| key(&pair[0]) != key(&pair[1]);
        assert!(places.windows(2).all(is_total), "{EQUAL_KEYS}");
    }
}

/// The bits that a number below `count` takes.
fn bits_below(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

/// Puts the events of one window after another in order of their peers, in memory of its own.
#[derive(Default)]
pub(super) struct Order {
    places: Vec<Place>,
    sorted: Vec<Place>,
    /// By a digit of a peer's number, how many events there are with it, then where they go.
    counts: Vec<u32>,
}

impl Order {
    /// The places of the events in `bucket`, by peer: of `peers` peers that are numbered from `first` on. Those of one
    /// peer are in no order. Windows are at most `2^window_shift` ns wide.
    pub(super) fn by_peer<M, T, C>(
        &mut self,
        bucket: &Bucket<M, T, C>,
        first: u32,
        peers: usize,
        window_shift: u32,
    ) -> (&mut [Place], Layout) {
        let letter_chunks = bucket.letters.len();
        let index_bits = CHUNK_SHIFT + bits_below(letter_chunks + bucket.others.len());
        assert!(
            index_bits < u32::BITS && bucket.len() < u32::MAX as usize,
            "a shard has fewer than 2^31 events in a window"
        );
        let peer_bits = bits_below(peers).max(1);
        let time_bits = window_shift.min(u64::BITS - peer_bits - index_bits);
        let layout = Layout {
            index_bits,
            index_mask: (1 << index_bits) - 1,
            peer_shift: index_bits + time_bits,
        };
        // Of a time, the bits within the window, and of those what there is room for.
        let (in_window, dropped) = ((1_u64 << window_shift) - 1, window_shift - time_bits);
        let place = |target: u32, time_ns: u64, index: usize| {
            let time = (time_ns & in_window) >> dropped;
            Place(u64::from(target - first) << layout.peer_shift | time << index_bits | index as u64)
        };
        self.places.clear();
        let lengths = bucket
            .letters
            .iter()
            .map(Vec::len)
            .chain(bucket.others.iter().map(Vec::len));
        assert!(
            lengths.max().unwrap_or(0) <= CHUNK_EVENTS,
            "an event's place in its chunk has its own bits"
        );
        for (chunk, letters) in bucket.letters.iter().enumerate() {
            let indices = chunk << CHUNK_SHIFT..;
            let placed = letters.iter().zip(indices);
            self.places
                .extend(placed.map(|(letter, index)| place(letter.target, letter.time_ns(), index)));
        }
        for (chunk, others) in bucket.others.iter().enumerate() {
            let indices = (letter_chunks + chunk) << CHUNK_SHIFT..;
            let placed = others.iter().zip(indices);
            self.places
                .extend(placed.map(|(event, index)| place(event.target, event.time_ns, index)));
        }
        if self.places.len() < COUNTED_MIN {
            self.places.sort_unstable();
        } else {
            if self.places.len() / CROWDED_EVENTS >= peers {
                let bits = time_bits.min(CROWDED_BITS);
                self.pass((layout.peer_shift - bits, bits));
            }
            self.sort_by_counting(layout.peer_shift, peer_bits);
        }
        (&mut self.places, layout)
    }

    /// Sorts the places by peer: in one pass where there are at least half as many of them as peers, otherwise in two, each by
    /// half of the bits. Those of one peer stay in the order in which they are.
    fn sort_by_counting(&mut self, peer_shift: u32, peer_bits: u32) {
        if peer_bits <= ONE_PASS_BITS_MAX && self.places.len() >= 1 << (peer_bits - 1) {
            self.pass((peer_shift, peer_bits));
        } else {
            let lower_bits = peer_bits.div_ceil(2);
            self.pass((peer_shift, lower_bits));
            self.pass((peer_shift + lower_bits, peer_bits / 2));
        }
    }

    /// Sorts the places by one digit.
    fn pass(&mut self, digit: (u32, u32)) {
        self.sorted.resize(self.places.len(), Place::default());
        scatter(&self.places, &mut self.sorted, &mut self.counts, digit);
        std::mem::swap(&mut self.places, &mut self.sorted);
    }
}

/// Copies places in the order of the digit of theirs that begins at bit `shift` and has `bits` bits.
#[inline]
fn scatter(places: &[Place], sorted: &mut [Place], counts: &mut Vec<u32>, (shift, bits): (u32, u32)) {
    let mask = (1_usize << bits) - 1;
    let digit = |place: &Place| (place.0 >> shift) as usize & mask;
    counts.clear();
    counts.resize(mask + 1, 0);
    for place in places {
        counts[digit(place)] += 1;
    }
    let mut next = 0;
    for count in &mut *counts {
        next += std::mem::replace(count, next);
    }
    for place in places {
        let at = &mut counts[digit(place)];
        sorted[*at as usize] = *place;
        *at += 1;
    }
}

//! Fetching memory ahead: what the next events of a window are going to need is on its way before it is their turn.
//!
//! It goes in three steps, each nearer to the event, for each reads what the one before had fetched. All of them are hints:
//! no result depends on them.
//!
//! The first and the last step lead to memory that was read long ago, so that the processor has to find out first in which page it
//! lies, and waits until it knows. They are made for several events at once, so that what they wait for can overlap.

#![expect(
    clippy::inline_always,
    reason = "a step is made once an event, and all but a few of its instructions are its operands"
)]

use std::ops::Range;

use super::order::{Layout, Place};
use super::{PeerBucket, Shard};
use crate::engine::network::Network;
use crate::engine::prefetch::prefetch_index;
use crate::engine::protocol::{Message, Protocol};

/// How many events ahead memory is fetched: an event and its peer's seat, for so many events at a time, ...
const EVENTS: usize = 4;
/// ... the first of which is so far ahead, ...
const EVENT_AHEAD: usize = 16;
/// ... the rest of the program, ...
const PROGRAM_AHEAD: usize = 10;
/// ... and what it needs to answer, again for so many events at a time, ...
const ANSWERS: usize = 4;
/// ... the first of which is so far ahead.
const ANSWER_AHEAD: usize = 4;

const _: () = assert!(
    ANSWER_AHEAD + ANSWERS <= PROGRAM_AHEAD && PROGRAM_AHEAD < EVENT_AHEAD,
    "each step reads what the one before had fetched"
);

/// Fetching ahead pays where a shard's peers do not fit the caches.
const PEERS_MIN: usize = 2_048;

/// Which of the events ahead are messages that are going to be received and not dismissed.
#[derive(Clone, Copy, Default)]
pub(super) struct Upcoming {
    /// A bit by distance.
    received: u32,
    /// Events that have passed.
    passed: usize,
}

const _: () = assert!(PROGRAM_AHEAD < u32::BITS as usize, "every distance has a bit");

impl Upcoming {
    /// The event at a distance is one of them.
    #[inline]
    fn expect(&mut self, distance: usize) {
        self.received |= 1 << distance;
    }

    /// Whether the event at a distance is one of them.
    #[inline]
    fn are_expected(self, distance: usize) -> bool {
        self.received >> distance & 1 != 0
    }

    /// One event is over, and all others are nearer.
    #[inline]
    fn pass(&mut self) {
        self.received >>= 1;
        self.passed += 1;
    }
}

/// What the steps read: a shard and its window.
pub(super) struct Ahead<'a, 'p, P: Protocol, N> {
    shard: &'a Shard<'p, P>,
    bucket: &'a PeerBucket<P>,
    layout: Layout,
    network: &'a N,
}

impl<'p, P: Protocol> Shard<'p, P> {
    /// Whether fetching ahead pays.
    pub(super) fn is_fetched_ahead(&self) -> bool {
        self.residents.len() >= PEERS_MIN
    }

    /// What lies ahead in the window whose events are in `bucket`.
    #[inline]
    pub(super) fn ahead<'a, N: Network>(
        &'a self,
        bucket: &'a PeerBucket<P>,
        layout: Layout,
        network: &'a N,
    ) -> Ahead<'a, 'p, P, N> {
        Ahead {
            shard: self,
            bucket,
            layout,
            network,
        }
    }
}

impl<P: Protocol, N: Network> Ahead<'_, '_, P, N> {
    /// Has the memory fetched that the first events of a window are going to need, before which there are none to do it.
    #[inline(never)]
    pub(super) fn fetch_beginning(&self, places: &[Place]) -> Upcoming {
        let mut answers = Upcoming::default();
        for place in places.iter().take(EVENT_AHEAD) {
            self.fetch_event(*place);
        }
        for (distance, place) in places.iter().take(PROGRAM_AHEAD).enumerate() {
            if self.fetch_program(*place) {
                answers.expect(distance);
            }
        }
        self.fetch_answers(places, answers, 0..ANSWER_AHEAD);
        answers
    }

    /// Has the memory fetched that the events at the next `places` are going to need: first what a place alone leads to,
    /// then what that leads to.
    #[inline]
    pub(super) fn fetch_next(&self, places: &[Place], answers: &mut Upcoming) {
        if answers.passed.is_multiple_of(EVENTS) {
            for place in places.iter().skip(EVENT_AHEAD).take(EVENTS) {
                self.fetch_event(*place);
            }
        }
        if let Some(place) = places.get(PROGRAM_AHEAD)
            && self.fetch_program(*place)
        {
            answers.expect(PROGRAM_AHEAD);
        }
        if answers.passed.is_multiple_of(ANSWERS) {
            self.fetch_answers(places, *answers, ANSWER_AHEAD..ANSWER_AHEAD + ANSWERS);
        }
        answers.pass();
    }

    /// Fetches what programs need to answer the messages among the events at these distances.
    #[inline(always)]
    fn fetch_answers(&self, places: &[Place], answers: Upcoming, distances: Range<usize>) {
        for (distance, place) in places
            .iter()
            .enumerate()
            .take(distances.end)
            .skip(distances.start)
        {
            if answers.are_expected(distance) {
                self.fetch_answer(*place);
            }
        }
    }

    /// Fetches an event and its peer's seat, beside which the program begins.
    #[inline(always)]
    fn fetch_event(&self, place: Place) {
        let shard = self.shard;
        let index = self.layout.peer(place);
        prefetch_index(&*shard.residents, index);
        if !shard.links.is_empty() {
            prefetch_index(&shard.links, index);
            self.network.prefetch(shard.number(index));
        }
        if let Some(letter) = self.bucket.letter(place, self.layout) {
            letter.prefetch();
        }
    }

    /// The message at a place, if one lies there that was not received yet.
    #[inline(always)]
    fn message(&self, place: Place) -> Option<&P::Message> {
        self.bucket.letter(place, self.layout)?.message.as_ref()
    }

    /// Fetches the rest of a program that is going to receive a message; whether there is one, as far as can be seen.
    #[inline(always)]
    fn fetch_program(&self, place: Place) -> bool {
        let shard = self.shard;
        let index = self.layout.peer(place);
        let Some(message) = self.message(place) else {
            return false;
        };
        let is_received = shard.residents[index].program.prefetch(message);
        if is_received {
            self.network.prefetch_sender(shard.number(index));
        }
        is_received
    }

    /// Fetches what a program needs to answer a message, if it is going to.
    #[inline(always)]
    fn fetch_answer(&self, place: Place) {
        let shard = self.shard;
        let index = self.layout.peer(place);
        if let Some(message) = self.message(place)
            && shard.residents[index]
                .program
                .prefetch_for_answer(message, &shard.commons)
        {
            self.network.prefetch_ways(shard.number(index));
            if message.is_drawn_for() {
                // It may lie across two lines.
                prefetch_index(&shard.streams, index);
                prefetch_index(&shard.streams, index + 1);
            }
        }
    }
}

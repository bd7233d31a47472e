//! How messages leave a peer: uplink, partition, noise, propagation.

use super::{Outbox, Shard, Surroundings};
use crate::engine::accounts::Drop;
use crate::engine::event::Letter;
use crate::engine::network::{Channel, Dispatch, Network, Noise};
use crate::engine::peer::{Contact, PeerId};
use crate::engine::prefetch::prefetch_index;
use crate::engine::protocol::{Effects, Message, Protocol, Sending};
use crate::engine::queue::{Queue, Timed};
use crate::engine::sessions::Sessions;
use crate::engine::shares::Shares;
use crate::engine::time::serialisation_ns;

/// So many letters ahead memory is fetched that they are going to be written to.
const WRITTEN_AHEAD: usize = 2;

/// Where letters wait until they are due.
struct Post<'s, L> {
    /// Those for peers of this shard.
    letters: &'s mut Queue<L>,
    /// Those for other shards, by shard.
    outboxes: &'s mut [Outbox<L>],
    /// Number of this shard.
    here: u32,
    shares: Shares,
}

impl<'s, M> Post<'s, Letter<M>> {
    /// Of the shard whose first peer has this number.
    #[inline]
    fn new(
        letters: &'s mut Queue<Letter<M>>,
        outboxes: &'s mut [Outbox<Letter<M>>],
        first: u32,
        shares: Shares,
    ) -> Self {
        let here = shares.of(PeerId(first));
        Self {
            letters,
            outboxes,
            here,
            shares,
        }
    }

    /// Puts a letter where it waits until it is due, or where another shard will find it.
    #[expect(
        clippy::inline_always,
        reason = "once a message, and a letter is too large to be handed on"
    )]
    #[inline(always)]
    fn put(&mut self, letter: Letter<M>) {
        let bucket = self.letters.bucket_of(letter.time_ns());
        let shard = self.shares.of(PeerId(letter.target));
        let room = if shard == self.here {
            self.letters.room(bucket)
        } else {
            self.outboxes[shard as usize].room(bucket)
        };
        // Letters for a bucket come from many peers, so that what they are written to has left the caches by then. A hint may name a
        // place outside of a slice.
        prefetch_index(&*room, room.len() + WRITTEN_AHEAD);
        // Written at one place in the code only: its parts are put together where the letter is to lie.
        room.push(letter);
    }

    /// Puts a message to all its receivers. Apart, so that what is shorter has the processor's registers to itself: copying, and
    /// a single receiver, which is what walkers and lookups send to.
    #[inline(never)]
    fn put_all(&mut self, me: Contact, sending: Sending<M>, ways: &mut [Dispatch])
    where
        M: Clone,
    {
        hand_out(sending, ways, |sequence, message, way| {
            self.put(Letter::new(way.time_ns, me, way.to, sequence, message));
        });
    }
}

/// Hands out a message to all its receivers, with the number of each: clones of it, and itself to the last, who is mostly the
/// only one.
#[inline]
fn hand_out<M: Clone>(
    sending: Sending<M>,
    ways: &mut [Dispatch],
    mut give: impl FnMut(u32, M, &mut Dispatch),
) {
    let Some((last, others)) = ways.split_last_mut() else {
        return;
    };
    let mut sequence = sending.sequence;
    for way in others {
        give(sequence, sending.message.clone(), way);
        sequence += 1;
    }
    give(sequence, sending.message, last);
}

impl<P: Protocol> Shard<'_, P> {
    /// Puts the messages that a peer sent at a moment on their way.
    #[inline]
    pub(super) fn transmit_all<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        around: &Surroundings<'_, P, N, S>,
    ) {
        if around.has_links || around.has_noise || around.is_partitioned {
            self.transmit_by_way(time_ns, me, around);
        } else {
            self.transmit_plainly(me, around);
        }
    }

    /// Where there are no access links, no noise and no partition, latency is all that happens to messages: nearly everything
    /// that is ever sent.
    fn transmit_plainly<N: Network, S: Sessions>(&mut self, me: Contact, around: &Surroundings<'_, P, N, S>) {
        let index = self.index(me.peer);
        let seat = &mut self.residents[index].seat;
        let Effects {
            sendings, dispatches, ..
        } = &mut self.effects;
        let mut post = Post::new(&mut self.letters, &mut self.outboxes, self.first, around.shares);
        // From the last to the first: their order decides nothing, and taking the last is cheapest.
        let mut rest = dispatches.as_mut_slice();
        while let Some(sending) = sendings.pop() {
            let (others, ways) = rest.split_at_mut(rest.len() - sending.copies as usize);
            rest = others;
            let bytes = sending.message.size_bytes();
            self.accounts.sent[sending.message.kind()].enter_copies(sending.copies, bytes);
            seat.enter_sent(sending.copies, bytes);
            around.network.delay(me.peer, sending.guess, ways);
            match sending.message.copier() {
                Some(copier) => {
                    let numbers = sending.sequence..sending.sequence + sending.copies;
                    for (way, sequence) in ways.iter().zip(numbers) {
                        post.put(Letter::new(way.time_ns, me, way.to, sequence, copier()));
                    }
                }
                None => match ways {
                    [way] => {
                        let Sending {
                            sequence, message, ..
                        } = sending;
                        post.put(Letter::new(way.time_ns, me, way.to, sequence, message));
                    }
                    _ => post.put_all(me, sending, ways),
                },
            }
        }
        dispatches.clear();
    }

    /// As above where more happens to messages on their way than that it takes time.
    #[inline(never)]
    fn transmit_by_way<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = self.index(me.peer);
        let mut sendings = std::mem::take(&mut self.effects.sendings);
        let mut dispatches = std::mem::take(&mut self.effects.dispatches);
        let mut rest = dispatches.as_mut_slice();
        for sending in sendings.drain(..) {
            let (ways, others) = rest.split_at_mut(sending.copies as usize);
            rest = others;
            let bytes = sending.message.size_bytes();
            self.accounts.sent[sending.message.kind()].enter_copies(sending.copies, bytes);
            self.residents[index].seat.enter_sent(sending.copies, bytes);
            if around.has_links {
                self.leave(time_ns, me.peer, bytes, ways, around.network);
            }
            around.network.delay(me.peer, sending.guess, ways);
            let channel = sending.channel;
            hand_out(sending, ways, |sequence, message, way| {
                self.transmit(time_ns, me, (sequence, channel), message, way, around);
            });
        }
        dispatches.clear();
        self.effects.sendings = sendings;
        self.effects.dispatches = dispatches;
    }

    /// Puts a message on its way if it is to arrive.
    fn transmit<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        told: (u32, Channel),
        message: P::Message,
        way: &mut Dispatch,
        around: &Surroundings<'_, P, N, S>,
    ) {
        if self.passes(time_ns, me, told, &message, way, around) {
            let letter = Letter::new(way.time_ns, me, way.to, told.0, message);
            Post::new(&mut self.letters, &mut self.outboxes, self.first, around.shares).put(letter);
        }
    }

    /// Messages of equal size leave over the peer's uplink, one after the other.
    fn leave<N: Network>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        bytes: u32,
        dispatches: &mut [Dispatch],
        network: &N,
    ) {
        let busy_ns = serialisation_ns(u64::from(bytes), network.up_bps(peer));
        let index = self.index(peer);
        let free_ns = &mut self.links[index].up_free_ns;
        for dispatch in dispatches {
            *free_ns = time_ns.max(*free_ns) + busy_ns;
            dispatch.time_ns = *free_ns;
        }
    }

    /// What partition and noise do to a message on its way; false if it does not arrive.
    fn passes<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        (sequence, channel): (u32, Channel),
        message: &P::Message,
        dispatch: &mut Dispatch,
        around: &Surroundings<'_, P, N, S>,
    ) -> bool {
        let (network, me, to) = (around.network, me.peer, dispatch.to.peer);
        let route = (me.0, to.0);
        if around.is_partitioned && network.side(me) != network.side(to) {
            self.enter_drop(time_ns, route, sequence, message, Drop::Partitioned);
            return false;
        }
        if around.has_noise {
            let index = self.index(me);
            let noise = &mut self.noise[index];
            match network.noise(channel, &mut noise.random) {
                Noise::Lost => {
                    self.enter_drop(time_ns, route, sequence, message, Drop::Lost);
                    return false;
                }
                Noise::Delayed { extra_ns } => dispatch.time_ns += extra_ns,
            }
            if channel == Channel::Connection {
                dispatch.time_ns = noise.in_order_ns(to, dispatch.time_ns, time_ns);
            }
        }
        true
    }

    /// Enters a message that reaches nobody into the books.
    #[cold]
    pub(super) fn enter_drop(
        &mut self,
        time_ns: u64,
        route: (u32, u32),
        sequence: u32,
        message: &P::Message,
        reason: Drop,
    ) {
        self.accounts.dropped[reason as usize].enter(message.size_bytes());
        let fingerprint = message.fingerprint();
        self.digests.note(time_ns, |digests| {
            digests.note_message(time_ns, route, sequence, fingerprint, 1 + reason as u8);
        });
    }
}

//! How messages leave a peer: uplink, partition, noise, propagation.

use std::ops::Range;

use super::{PeerLetter, Shard, Surroundings};
use crate::engine::accounts::Drop;
use crate::engine::event::Letter;
use crate::engine::network::{Channel, Dispatch, Network, Noise};
use crate::engine::peer::{Contact, PeerId};
use crate::engine::protocol::{Message, Protocol, Sending};
use crate::engine::queue::Timed;
use crate::engine::sessions::Sessions;
use crate::engine::time::serialisation_ns;

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
            self.transmit_by::<false, N, S>(time_ns, me, around);
        } else {
            self.transmit_by::<true, N, S>(time_ns, me, around);
        }
    }

    /// As above; `PLAIN`: there are no access links, no noise and no partition, so latency is all that happens to them.
    fn transmit_by<const PLAIN: bool, N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = self.index(me.peer);
        let mut sendings = std::mem::take(&mut self.effects.sendings);
        let mut dispatches = std::mem::take(&mut self.effects.dispatches);
        let mut rest = dispatches.as_mut_slice();
        for sending in &mut sendings {
            let (copies, others) = rest.split_at_mut(sending.copies as usize);
            rest = others;
            let message = sending.message.as_ref().expect("a message is sent once");
            let bytes = message.size_bytes();
            self.accounts.sent[message.kind()].enter_copies(sending.copies, bytes);
            self.residents[index].seat.enter_sent(sending.copies, bytes);
            if !PLAIN && around.has_links {
                self.leave(time_ns, me.peer, bytes, copies, around.network);
            }
            around.network.delay(me.peer, copies);
            match message.copier() {
                Some(copier) if PLAIN => {
                    let numbers = sending.sequence..sending.sequence + sending.copies;
                    self.post_copies(me, copies, numbers, copier, around.shard_shift);
                }
                _ => self.send_clones::<PLAIN, N, S>(time_ns, me, sending, copies, around),
            }
        }
        sendings.clear();
        dispatches.clear();
        self.effects.sendings = sendings;
        self.effects.dispatches = dispatches;
    }

    /// Puts copies of a message where they wait: nearly everything that is ever sent.
    #[inline]
    fn post_copies(
        &mut self,
        me: Contact,
        ways: &[Dispatch],
        numbers: Range<u32>,
        copier: impl Fn() -> P::Message,
        shard_shift: u32,
    ) {
        let here = self.first >> shard_shift;
        for (way, sequence) in ways.iter().zip(numbers) {
            let letter = Letter::new(way.time_ns, me, way.to, sequence, copier());
            self.post(letter, here, shard_shift);
        }
    }

    /// Sends clones of a message, and the message itself to the last receiver.
    #[inline(never)]
    fn send_clones<const PLAIN: bool, N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        sending: &mut Sending<P::Message>,
        ways: &mut [Dispatch],
        around: &Surroundings<'_, P, N, S>,
    ) {
        let here = self.first >> around.shard_shift;
        let message = sending.message.take().expect("a message is sent once");
        let clones = std::iter::repeat_n(message, ways.len());
        for ((way, sequence), message) in ways.iter_mut().zip(sending.sequence..).zip(clones) {
            let told = (sequence, sending.channel);
            if PLAIN || self.passes(time_ns, me, told, &message, way, around) {
                let letter = Letter::new(way.time_ns, me, way.to, sequence, message);
                self.post(letter, here, around.shard_shift);
            }
        }
    }

    /// Puts a letter where it waits until it is due, or where another shard than that of number `here` will find it.
    #[expect(
        clippy::inline_always,
        reason = "once a message, and a letter is too large to be handed on"
    )]
    #[inline(always)]
    fn post(&mut self, letter: PeerLetter<P>, here: u32, shard_shift: u32) {
        let bucket = self.letters.bucket_of(letter.time_ns());
        let shard = letter.target >> shard_shift;
        let room = if shard == here {
            self.letters.room_in(bucket)
        } else {
            self.outboxes[shard as usize].room_in(bucket)
        };
        // Written at one place in the code only: its parts are put together where the letter is to lie.
        match room {
            Some(chunk) => chunk.push(letter),
            None => self.post_first(letter, bucket, here, shard),
        }
    }

    /// Posts a letter for which there is no room yet.
    #[cold]
    #[inline(never)]
    fn post_first(&mut self, letter: PeerLetter<P>, bucket: u64, here: u32, shard: u32) {
        if shard == here {
            self.letters.push(letter);
        } else {
            self.outboxes[shard as usize].push_first(bucket, letter);
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
        self.digests.at(time_ns).note_message(
            time_ns,
            route,
            sequence,
            message.fingerprint(),
            1 + reason as u8,
        );
    }
}

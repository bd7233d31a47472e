//! How messages leave a peer: uplink, partition, noise, propagation.

use super::{PeerLetter, Shard, Surroundings};
use crate::engine::accounts::Drop;
use crate::engine::event::Letter;
use crate::engine::network::{Channel, Dispatch, Network, Noise};
use crate::engine::peer::{Contact, PeerId};
use crate::engine::protocol::{Message, Protocol, Sending};
use crate::engine::sessions::Sessions;
use crate::engine::time::serialisation_ns;

impl<P: Protocol> Shard<P> {
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
        let shard_shift = around.shard_shift;
        let mut sendings = std::mem::take(&mut self.effects.sendings);
        let mut dispatches = std::mem::take(&mut self.effects.dispatches);
        let mut rest = dispatches.as_mut_slice();
        for sending in &mut sendings {
            let (copies, others) = rest.split_at_mut(sending.copies);
            rest = others;
            let message = sending.message.as_ref().expect("a message is sent once");
            let bytes = message.size_bytes();
            self.accounts.sent[message.kind()].enter_copies(copies.len(), bytes);
            self.seats[index].sent.enter_copies(copies.len(), bytes);
            if !PLAIN && around.has_links {
                self.leave(time_ns, me.peer, bytes, copies, around.network);
            }
            around.network.delay(me.peer, copies);
            let mut ways = copies.iter().zip(sending.sequence..);
            let is_copied = PLAIN
                && message.copy_out(copies.len(), |message| {
                    if let Some((way, sequence)) = ways.next() {
                        self.post(
                            Letter::new(way.time_ns, me, way.to, sequence, message),
                            shard_shift,
                        );
                    }
                });
            if !is_copied {
                self.send_clones::<PLAIN, N, S>(time_ns, me, sending, copies, around);
            }
        }
        sendings.clear();
        dispatches.clear();
        self.effects.sendings = sendings;
        self.effects.dispatches = dispatches;
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
        let message = sending.message.take().expect("a message is sent once");
        let clones = std::iter::repeat_n(message, ways.len());
        for ((way, sequence), message) in ways.iter_mut().zip(sending.sequence..).zip(clones) {
            let told = (sequence, sending.channel);
            if PLAIN || self.passes(time_ns, me, told, &message, way, around) {
                let letter = Letter::new(way.time_ns, me, way.to, sequence, message);
                self.post(letter, around.shard_shift);
            }
        }
    }

    /// Puts a letter where it waits until it is due, or where another shard will find it.
    #[expect(
        clippy::inline_always,
        reason = "once a message, and a letter is too large to be handed on"
    )]
    #[inline(always)]
    fn post(&mut self, letter: PeerLetter<P>, shard_shift: u32) {
        let shard = letter.target >> shard_shift;
        if shard == self.first >> shard_shift {
            self.letters.push(letter);
        } else {
            self.outboxes[shard as usize].push(letter);
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

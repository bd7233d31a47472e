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
        let mut sendings = std::mem::take(&mut self.effects.sendings);
        let mut dispatches = std::mem::take(&mut self.effects.dispatches);
        let mut rest = dispatches.as_mut_slice();
        for sending in sendings.drain(..) {
            let Sending {
                copies,
                mut sequence,
                channel,
                message,
            } = sending;
            let (copies, others) = rest.split_at_mut(copies);
            rest = others;
            let bytes = message.size_bytes();
            self.accounts.sent[message.kind()].enter_copies(copies.len(), bytes);
            self.seats[index].sent.enter_copies(copies.len(), bytes);
            if !PLAIN && around.has_links {
                self.leave(time_ns, me.peer, bytes, copies, around.network);
            }
            around.network.delay(me.peer, copies);
            if let Some((last, copies)) = copies.split_last_mut() {
                for copy in copies {
                    if PLAIN || self.passes(time_ns, me, (sequence, channel), &message, copy, around) {
                        let letter = Letter::new(copy.time_ns, me, copy.to, sequence, message.copy());
                        self.post(letter, around.shard_shift);
                    }
                    sequence = sequence.wrapping_add(1);
                }
                if PLAIN || self.passes(time_ns, me, (sequence, channel), &message, last, around) {
                    let letter = Letter::new(last.time_ns, me, last.to, sequence, message);
                    self.post(letter, around.shard_shift);
                }
            }
        }
        dispatches.clear();
        self.effects.sendings = sendings;
        self.effects.dispatches = dispatches;
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

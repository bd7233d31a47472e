//! How messages leave a peer: uplink, partition, noise, propagation.

use super::{Shard, Surroundings};
use crate::engine::accounts::Drop;
use crate::engine::event::Letter;
use crate::engine::network::{Channel, Network, Noise};
use crate::engine::peer::Contact;
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
        let (network, home) = (around.network, self.first >> around.shard_shift);
        let mut sent = self.seats[index].sent;
        let mut near = 0;
        let mut sendings = std::mem::take(&mut self.effects.sendings);
        for sending in &sendings {
            network.prefetch_to(sending.to.peer);
        }
        for sending in sendings.drain(..) {
            let Sending {
                to,
                sequence,
                channel,
                message,
            } = sending;
            let bytes = message.size_bytes();
            self.accounts.sent[message.kind()].enter(bytes);
            sent.enter(bytes);
            let mut depart_ns = time_ns;
            if !PLAIN && around.has_links {
                let busy_ns = serialisation_ns(u64::from(bytes), network.up_bps(me.peer));
                let free_ns = &mut self.links[index].up_free_ns;
                depart_ns = time_ns.max(*free_ns) + busy_ns;
                *free_ns = depart_ns;
            }
            let route = (me.peer.0, to.peer.0);
            if !PLAIN && around.is_partitioned && network.side(me.peer) != network.side(to.peer) {
                self.enter_drop(time_ns, route, sequence, &message, Drop::Partitioned);
                continue;
            }
            let mut arrival_ns = depart_ns + network.latency_near_ns(me.peer, to.peer, &mut near);
            if !PLAIN && around.has_noise {
                let noise = &mut self.noise[index];
                match network.noise(channel, &mut noise.random) {
                    Noise::Lost => {
                        self.enter_drop(time_ns, route, sequence, &message, Drop::Lost);
                        continue;
                    }
                    Noise::Delayed { extra_ns } => arrival_ns += extra_ns,
                }
                if channel == Channel::Connection {
                    arrival_ns = noise.in_order_ns(to.peer, arrival_ns, time_ns);
                }
            }
            let letter = Letter::new(arrival_ns, me, to, sequence, message);
            let shard = to.peer.0 >> around.shard_shift;
            if shard == home {
                self.letters.push(letter);
            } else {
                self.outboxes[shard as usize].push(letter);
            }
        }
        self.effects.sendings = sendings;
        self.seats[index].sent = sent;
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

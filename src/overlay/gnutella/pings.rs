//! Pings and pongs: how servents learn addresses, and that a silent neighbour is alive.
//!
//! A ping is a broadcast like a query; everybody who accepts it answers with a pong on the way it came. A firewalled
//! servent answers its neighbours only: nobody else could use its address. Every servent that a pong passes notes the
//! address it tells.

use super::links::{Link, LinkId};
use super::message::Message;
use super::table::PingKey;
use super::{Gnutella, Servent, Timer, after_hop};
use crate::engine::{Draw, PeerId};
use crate::overlay::Host;

impl Servent {
    /// Sends a ping of this servent's own over some links.
    pub(super) fn ping<H: Host<Gnutella>>(&mut self, links: &[Link], ttl: u8, host: &mut H) {
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        let (origin, counter) = (host.me().peer, upkeep.pings_sent);
        upkeep.pings_sent = counter.wrapping_add(1);
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        upkeep
            .pings
            .set(PingKey { origin, counter }, LinkId::OWN, now_ns, expiry_ns);
        let message = Message::Ping {
            origin,
            counter,
            ttl,
            hops: 0,
        };
        host.send_all(links.iter().map(|link| link.contact), message);
    }

    /// The regular ping is due.
    pub(super) fn ping_all<H: Host<Gnutella>>(&mut self, host: &mut H) {
        let ping = host.settings().ping;
        if self.links.len() > 0 {
            let links: Vec<Link> = self.links.all().collect();
            self.ping(&links, ping.ttl, host);
        }
        host.set_timer(ping.every_ns, Timer::Ping);
    }

    /// Sets the timer for the first regular ping: somewhere in the first period, so that servents do not ping in step.
    pub(super) fn begin_pings<H: Host<Gnutella>>(host: &mut H) {
        let every_ns = host.settings().ping.every_ns;
        if every_ns > 0 {
            let phase_ns = host.random().below(every_ns) + 1;
            host.set_timer(phase_ns, Timer::Ping);
        }
    }

    /// A ping came over the link at `place`.
    pub(super) fn receive_ping<H: Host<Gnutella>>(
        &mut self,
        place: usize,
        key: PingKey,
        ttl_and_hops: (u8, u8),
        host: &mut H,
    ) {
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        let link = self.links.at(place);
        let (max_ttl, expiry_ns) = (host.settings().max_ttl, host.settings().guid_expiry_ns);
        let (ttl, hops) = after_hop(ttl_and_hops, max_ttl);
        if !upkeep.pings.first(key, link.id, host.now_ns(), expiry_ns) {
            return;
        }
        let PingKey { origin, counter } = key;
        if hops == 1 || !host.firewalled() {
            let pong = Message::Pong {
                origin,
                counter,
                about: host.me().peer,
                ttl: hops.saturating_add(2),
                hops: 0,
            };
            host.send(link.contact, pong);
        }
        if ttl > 0 {
            let message = Message::Ping {
                origin,
                counter,
                ttl,
                hops,
            };
            let others = self.links.contacts().filter(|to| *to != link.contact);
            host.send_all(others, message);
        }
    }

    /// A pong came over a link.
    pub(super) fn receive_pong<H: Host<Gnutella>>(
        &mut self,
        key: PingKey,
        about: PeerId,
        (ttl, hops): (u8, u8),
        host: &mut H,
    ) {
        // A neighbour's own address is of no use while it is one, and of little once it is gone.
        if hops > 0 {
            self.learn(about, host);
        }
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        let back = upkeep
            .pings
            .route(key, now_ns, expiry_ns)
            .and_then(|id| self.links.place_named(id));
        if let Some(back) = back
            && ttl > 1
        {
            let message = Message::Pong {
                origin: key.origin,
                counter: key.counter,
                about,
                ttl: ttl - 1,
                hops: hops.saturating_add(1),
            };
            host.send(self.links.contact(back), message);
        }
        self.replenish(host);
    }
}

//! Links come and go: the handshake, the bounds of a servent's degree, silence, and whom to connect to next.
//!
//! A servent below `degree_min` connects to random addresses that it knows, and asks a host cache when it knows none.
//! An attempt takes one of its places at once, so that it never has more than `degree_max` links. An address is used up
//! by trying it, whatever comes of it; pongs and caches bring new ones.
//!
//! The handshake is a request and an answer over a connection that keeps order. When two servents ask each other at the
//! same time, each takes the other's request for the answer to its own; both answer as well, and an answer to a link
//! that stands means nothing. Any doubt is settled by [`Message::Close`]: whoever gets a descriptor or an answer over a
//! connection that it does not have says so, and the other end drops it. Hence both ends agree as soon as nothing is in
//! flight.

use super::links::Link;
use super::message::Message;
use super::seen::Seen;
use super::table::PingKey;
use super::{Gnutella, Servent, Timer};
use crate::engine::{Contact, Departure, Draw, PeerId};
use crate::overlay::Host;
use crate::overlay::addresses::KnownAddresses;

/// What a servent needs to look after its links.
#[derive(Default, Debug)]
pub(super) struct Upkeep {
    /// Connection attempts under way.
    attempts: Vec<Attempt>,
    /// Attempts made, in all sessions.
    attempted: u32,
    /// Addresses to try.
    pub(super) known: KnownAddresses,
    /// Pings, and where they came from first.
    pub(super) pings: Seen<PingKey>,
    /// Pings sent, in all sessions: their names.
    pub(super) pings_sent: u32,
    /// Whether the timer for the next question to a host cache is set.
    asked: bool,
    /// How long the next one is to wait, nanoseconds; 0: as long as the first.
    retry_ns: u64,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    peer: PeerId,
    number: u32,
}

impl Upkeep {
    fn attempt_to(&self, peer: PeerId) -> Option<usize> {
        self.attempts.iter().position(|attempt| attempt.peer == peer)
    }
}

impl Servent {
    /// A session begins: timers start, and the servent makes itself known to a host cache.
    pub(super) fn begin_upkeep<H: Host<Gnutella>>(&mut self, host: &mut H) {
        let upkeep = self.aside.open_upkeep();
        assert!(upkeep.attempts.is_empty(), "a session begins without attempts");
        let period_ns = watch_ns(host);
        let phase_ns = host.random().below(period_ns) + 1;
        host.set_timer(phase_ns, Timer::Watch);
        Self::begin_pings(host);
        self.ask_cache(host);
        self.replenish(host);
    }

    /// A session ends: after a goodbye all connections are closed; the addresses stay.
    pub(super) fn end_upkeep<H: Host<Gnutella>>(&mut self, departure: Departure, host: &mut H) {
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        if departure == Departure::Graceful {
            for contact in self.links.contacts() {
                host.send(contact, Message::Close);
            }
            for attempt in &upkeep.attempts {
                host.send(Contact::any(attempt.peer), Message::Close);
            }
        }
        upkeep.attempts.clear();
        upkeep.pings.clear();
        upkeep.asked = false;
        upkeep.retry_ns = 0;
    }

    /// Links and attempts: places taken.
    pub(super) fn places_taken(&self) -> usize {
        self.links.len() + self.aside.upkeep().map_or(0, |upkeep| upkeep.attempts.len())
    }

    /// Notes an address.
    pub(super) fn learn<H: Host<Gnutella>>(&mut self, peer: PeerId, host: &mut H) {
        let max = host.settings().known_addresses_max as usize;
        if let Some(upkeep) = self.aside.upkeep_mut()
            && peer != host.me().peer
            && self.links.place_of(peer).is_none()
        {
            upkeep.known.learn(peer, max, host.random());
        }
    }

    /// A host cache's answer arrived.
    pub(super) fn receive_addresses<H: Host<Gnutella>>(&mut self, peers: &[PeerId], host: &mut H) {
        for peer in peers {
            self.learn(*peer, host);
        }
        self.replenish(host);
    }

    /// Begins as many attempts as links are missing; asks a host cache when addresses run out.
    pub(super) fn replenish<H: Host<Gnutella>>(&mut self, host: &mut H) {
        let settings = host.settings();
        let (degree_min, timeout_ns) = (settings.degree_min as usize, settings.connect_timeout_ns);
        while self.places_taken() < degree_min {
            let Some(upkeep) = self.aside.upkeep_mut() else {
                return;
            };
            let (me, links, attempts) = (host.me().peer, &self.links, &upkeep.attempts);
            let wanted = |peer| {
                peer != me
                    && links.place_of(peer).is_none()
                    && attempts.iter().all(|attempt| attempt.peer != peer)
            };
            let Some(peer) = upkeep.known.take(host.random(), wanted) else {
                self.ask_cache(host);
                return;
            };
            let number = upkeep.attempted;
            upkeep.attempted = number.wrapping_add(1);
            upkeep.attempts.push(Attempt { peer, number });
            host.send(Contact::any(peer), Message::Connect);
            host.set_timer(
                timeout_ns,
                Timer::Connecting {
                    peer,
                    attempt: number,
                },
            );
        }
    }

    /// Asks a random host cache for addresses, unless it was asked a short while ago.
    fn ask_cache<H: Host<Gnutella>>(&mut self, host: &mut H) {
        let settings = host.settings();
        let (caches, first_ns, max_ns) = (
            settings.host_cache.nodes.len(),
            settings.host_cache.retry_ns,
            settings.host_cache.retry_ns_max,
        );
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        if caches == 0 || upkeep.asked {
            return;
        }
        upkeep.asked = true;
        let wait_ns = upkeep.retry_ns.max(first_ns);
        upkeep.retry_ns = wait_ns.saturating_mul(2).min(max_ns);
        // Half of the wait is drawn, so that those who failed together do not ask together.
        let drawn_ns = wait_ns / 2 + host.random().below(wait_ns / 2 + 1);
        host.set_timer(drawn_ns, Timer::AskCache);
        let choice = host.random().position(caches);
        let node = host.settings().host_cache.nodes[choice];
        let listed = !host.firewalled();
        host.datagram(node, Message::CacheRequest { listed });
    }

    /// The wait after a question to a host cache is over.
    pub(super) fn ask_cache_again<H: Host<Gnutella>>(&mut self, host: &mut H) {
        if let Some(upkeep) = self.aside.upkeep_mut() {
            upkeep.asked = false;
        }
        self.replenish(host);
    }

    /// Somebody wants a link.
    pub(super) fn receive_connect<H: Host<Gnutella>>(&mut self, from: Contact, host: &mut H) {
        if host.firewalled() {
            // Nothing gets through: the other end waits in vain.
            return;
        }
        if let Some(place) = self.links.place_of(from.peer) {
            if self.links.contact(place) == from {
                // The other end had given the attempt up that this link is from, and tries again.
                host.send(from, Message::Accept);
                return;
            }
            // It was gone and came back before its silence was noticed.
            self.links.remove(place);
        }
        let degree_max = host.settings().degree_max as usize;
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        if let Some(place) = upkeep.attempt_to(from.peer) {
            upkeep.attempts.swap_remove(place);
        } else if self.places_taken() >= degree_max {
            host.send(from, Message::Close);
            self.replenish(host);
            return;
        }
        host.send(from, Message::Accept);
        self.connected(from, host);
    }

    /// Somebody says that a link stands.
    pub(super) fn receive_accept<H: Host<Gnutella>>(&mut self, from: Contact, host: &mut H) {
        if self.links.place(from).is_some() {
            return;
        }
        let Some(upkeep) = self.aside.upkeep_mut() else {
            return;
        };
        let Some(attempt) = upkeep.attempt_to(from.peer) else {
            host.send(from, Message::Close);
            return;
        };
        upkeep.attempts.swap_remove(attempt);
        let link = self.connected(from, host);
        let ttl = host.settings().ping.ttl;
        self.ping(&[link], ttl, host);
    }

    fn connected<H: Host<Gnutella>>(&mut self, contact: Contact, host: &mut H) -> Link {
        let link = self.links.add(contact, host.now_ns());
        assert!(
            self.aside
                .upkeep()
                .is_none_or(|upkeep| upkeep.attempt_to(contact.peer).is_none()),
            "a link ends the attempt at it"
        );
        if let Some(upkeep) = self.aside.upkeep_mut()
            && self.links.len() >= host.settings().degree_min as usize
        {
            upkeep.retry_ns = 0;
        }
        link
    }

    /// A connection or an attempt was closed by the other end.
    pub(super) fn receive_close<H: Host<Gnutella>>(&mut self, from: Contact, host: &mut H) {
        if let Some(place) = self.links.place(from) {
            self.links.remove(place);
        }
        if let Some(upkeep) = self.aside.upkeep_mut()
            && let Some(place) = upkeep.attempt_to(from.peer)
        {
            upkeep.attempts.swap_remove(place);
        }
        self.replenish(host);
    }

    /// An attempt has had its time.
    pub(super) fn give_up<H: Host<Gnutella>>(&mut self, peer: PeerId, number: u32, host: &mut H) {
        if let Some(upkeep) = self.aside.upkeep_mut()
            && let Some(place) = upkeep.attempt_to(peer)
            && upkeep.attempts[place].number == number
        {
            upkeep.attempts.swap_remove(place);
            self.replenish(host);
        }
    }

    /// Asks silent neighbours for a sign of life, and drops those who gave none.
    pub(super) fn watch<H: Host<Gnutella>>(&mut self, host: &mut H) {
        let (now_ns, idle_timeout_ns) = (host.now_ns(), host.settings().idle_timeout_ns);
        let mut quiet = Vec::new();
        for place in (0..self.links.len()).rev() {
            let silent_ns = self.links.silent_ns(place, now_ns);
            if silent_ns >= idle_timeout_ns {
                let link = self.links.remove(place);
                host.send(link.contact, Message::Close);
            } else if silent_ns >= idle_timeout_ns / 2 {
                quiet.push(self.links.at(place));
            }
        }
        if !quiet.is_empty() {
            self.ping(&quiet, 1, host);
        }
        self.replenish(host);
        let period_ns = watch_ns(host);
        host.set_timer(period_ns, Timer::Watch);
    }
}

/// Time between two looks at the neighbours: a quarter of the time-out, so that a loss is noticed within one and a
/// quarter of it.
fn watch_ns<H: Host<Gnutella>>(host: &H) -> u64 {
    (host.settings().idle_timeout_ns / 4).max(1)
}

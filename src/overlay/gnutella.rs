//! Gnutella 0.4.
//!
//! All peers are servents, equal and linked at random. A query is flooded over the links, or walks over them; a hit
//! goes back the way the query came; a firewalled holder is told the same way to call back. Servents find each other
//! by pings and through host caches, and keep the number of their links between two bounds.
//!
//! Sources: "The Gnutella Protocol Specification v0.4" (Clip2, 2001) and, for what it left open, the 0.6 draft
//! (Klingberg and Manfredi, 2002); for walks Lv, Cao, Cohen, Li and Shenker (ICS 2002).
//!
//! This room knows nothing of transfers, of who really holds what, or of other peers' state: a servent learns of a loss
//! from a closed connection or from silence.

mod addresses;
mod cache;
mod flood;
pub mod footprint;
mod hits;
mod links;
pub mod message;
mod pings;
mod seen;
pub mod settings;
#[cfg(test)]
mod tests;
mod upkeep;
mod walk;

pub use message::Message;
pub use settings::{HostCacheSettings, Maintenance, Ping, Search, Settings, SettingsError, Version, Walk};

use self::cache::HostCache;
use self::links::{LinkId, Links};
use self::seen::{PingKey, Seen};
use self::upkeep::Upkeep;
use self::walk::{Walker, Walks};
use super::books::{Fate, TraceLine};
use super::{Host, Overlay, QueryId};
use crate::engine::{Contact, Departure, PeerId};

/// A node of a Gnutella network.
#[derive(Debug)]
pub struct Gnutella {
    role: Role,
}

#[derive(Debug)]
enum Role {
    Servent(Servent),
    HostCache(Box<HostCache>),
}

/// What the timers of a Gnutella network carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// Look for neighbours that have fallen silent.
    Watch,
    /// Send a ping.
    Ping,
    /// A connection attempt has had its time.
    Connecting {
        /// Whom it was to.
        peer: PeerId,
        /// The servent's own number for it.
        attempt: u32,
    },
    /// Ask a host cache again if need be.
    AskCache,
    /// A walker has waited long enough for its requester's word.
    Checking {
        /// The servent's own number for the wait.
        token: u32,
    },
}

impl Gnutella {
    /// A servent whose links, the first time it comes online, are to these peers in their first sessions. Afterwards it
    /// has to find its own.
    ///
    /// The peers at the other ends must have this one among theirs, and all of them must be online then.
    ///
    /// # Panics
    /// When a neighbour is named twice.
    pub fn servent(neighbours: Box<[PeerId]>) -> Self {
        Self {
            role: Role::Servent(Servent {
                links: Links::given(neighbours),
                ..Servent::default()
            }),
        }
    }

    /// A service node that tells servents the addresses of others.
    pub fn host_cache() -> Self {
        Self {
            role: Role::HostCache(Box::default()),
        }
    }

    /// Number of links; of one that is online, they work.
    pub fn degree(&self) -> usize {
        match &self.role {
            Role::Servent(servent) => servent.links.len(),
            Role::HostCache(_) => 0,
        }
    }
}

/// A peer's state. What floods over a frozen network do not need is behind boxes that stay empty there.
#[derive(Default, Debug)]
struct Servent {
    /// Before the first session: the links that it begins with.
    links: Links,
    /// Queries, and where they came from first.
    queries: Seen<u32>,
    searches: Option<Box<Searches>>,
    upkeep: Option<Box<Upkeep>>,
}

/// What few servents know of searches in this session.
#[derive(Default, Debug)]
struct Searches {
    /// Firewalled holders, and where their latest hit came from: the way for pushes.
    holders: Seen<u32>,
    walks: Walks,
}

const _: () = assert!(
    size_of::<Gnutella>() <= 80,
    "ten million idle peers fit into memory"
);

impl Overlay for Gnutella {
    type Message = Message;
    type Timer = Timer;
    type Settings = Settings;

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.join(host),
            Role::HostCache(_) => {}
        }
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.leave(departure, host),
            Role::HostCache(cache) => **cache = HostCache::default(),
        }
    }

    #[inline]
    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.receive(from, message, host),
            Role::HostCache(cache) => cache.receive(from, &message, host),
        }
    }

    #[inline]
    fn prefetch(&self, message: &Message) {
        if let Role::Servent(servent) = &self.role {
            match message {
                Message::Query { query, .. } => servent.queries.prefetch(query.0),
                Message::Walk { query, .. } => {
                    servent.links.prefetch();
                    servent.queries.prefetch(query.0);
                }
                _ => servent.links.prefetch(),
            }
        }
    }

    #[inline]
    fn prefetch_for_answer(&self, message: &Message) -> bool {
        match (&self.role, message) {
            (Role::Servent(servent), Message::Query { query, .. }) => {
                let is_new = !servent.queries.holds(query.0);
                if is_new || !servent.links.are_fixed() {
                    servent.links.prefetch();
                }
                is_new
            }
            _ => true,
        }
    }

    fn expire<H: Host<Self>>(&mut self, timer: Timer, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.expire(timer, host),
            Role::HostCache(_) => unreachable!("a host cache sets no timers"),
        }
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => match host.settings().search {
                Search::Flood { ttl } => servent.start_flood(query, ttl, host),
                Search::Walk(walk) => servent.start_walks(query, walk, host),
            },
            Role::HostCache(_) => unreachable!("a host cache asks nothing"),
        }
    }

    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.send_push(query, holder.peer, host),
            Role::HostCache(_) => unreachable!("a host cache asks nothing"),
        }
    }

    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        if let Role::Servent(servent) = &self.role {
            servent.links.contacts().for_each(visit);
        }
    }
}

impl Servent {
    fn join<H: Host<Gnutella>>(&mut self, host: &mut H) {
        self.queries.open();
        let me = host.me().peer;
        assert!(self.links.place_of(me).is_none(), "a peer has no link to itself");
        if host.settings().maintenance == Maintenance::Full {
            self.links.open_ledger(host.now_ns());
            self.begin_upkeep(host);
        }
    }

    fn leave<H: Host<Gnutella>>(&mut self, departure: Departure, host: &mut H) {
        self.end_upkeep(departure, host);
        self.links.clear();
        self.queries.clear();
        self.searches = None;
    }

    /// What arrives over a link is handled by the rule of its kind; what arrives from anybody else over a connection is
    /// answered as a host answers a segment of a connection it does not have.
    ///
    /// Where links are fixed, descriptors come from neighbours only. Nobody then asks which link a flooded query came over
    /// until its first copy has to be remembered: most copies are not the first.
    #[inline]
    fn receive<H: Host<Gnutella>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match message {
            Message::Query {
                query,
                text_bytes,
                ttl,
                hops,
            } if self.links.are_fixed() => {
                self.receive_query(from.peer, query, text_bytes, (ttl, hops), host);
            }
            message => self.receive_over_link(from, message, host),
        }
    }

    #[inline(never)]
    fn receive_over_link<H: Host<Gnutella>>(&mut self, from: Contact, message: Message, host: &mut H) {
        let place = self.links.place(from);
        if let Some(place) = place {
            self.links.hear(place, host.now_ns());
        }
        match (message, place) {
            (
                Message::Query {
                    query,
                    text_bytes,
                    ttl,
                    hops,
                },
                Some(_),
            ) => self.receive_query(from.peer, query, text_bytes, (ttl, hops), host),
            (
                Message::Walk {
                    query,
                    origin,
                    steps,
                    text_bytes,
                    checkable,
                },
                Some(place),
            ) => {
                let walker = Walker {
                    query,
                    origin,
                    steps,
                    text_bytes,
                    checkable,
                };
                self.receive_walk(place, walker, host);
            }
            (Message::QueryHit(hit), Some(place)) => self.receive_hit(place, hit, host),
            (
                Message::Push {
                    query,
                    holder,
                    requester,
                    ttl,
                },
                Some(place),
            ) => self.receive_push(place, query, (holder, requester), ttl, host),
            (Message::Check { query }, _) => self.receive_check(from, query, host),
            (Message::CheckReply { query, go_on }, _) => self.receive_check_reply(query, go_on, host),
            _ if self.upkeep.is_none() => {}
            (
                Message::Ping {
                    origin,
                    counter,
                    ttl,
                    hops,
                },
                Some(place),
            ) => self.receive_ping(place, PingKey { origin, counter }, (ttl, hops), host),
            (
                Message::Pong {
                    origin,
                    counter,
                    about,
                    ttl,
                    hops,
                },
                Some(_),
            ) => self.receive_pong(PingKey { origin, counter }, about, (ttl, hops), host),
            (Message::Connect, _) => self.receive_connect(from, host),
            (Message::Accept, _) => self.receive_accept(from, host),
            (Message::Close, _) => self.receive_close(from, host),
            (Message::CacheReply(addresses), _) => self.receive_addresses(&addresses.peers, host),
            (Message::CacheRequest { .. }, _) => {}
            (_, None) => host.send(from, Message::Close),
        }
    }

    fn expire<H: Host<Gnutella>>(&mut self, timer: Timer, host: &mut H) {
        match timer {
            Timer::Watch => self.watch(host),
            Timer::Ping => self.ping_all(host),
            Timer::Connecting { peer, attempt } => self.give_up(peer, attempt, host),
            Timer::AskCache => self.ask_cache_again(host),
            Timer::Checking { token } => self.check_unanswered(token, host),
        }
    }

    /// Whether a query is this servent's own.
    fn owns<H: Host<Gnutella>>(&mut self, query: QueryId, host: &H) -> bool {
        let expiry_ns = host.settings().guid_expiry_ns;
        self.queries.route(query.0, host.now_ns(), expiry_ns) == Some(LinkId::OWN)
            || self
                .searches
                .as_ref()
                .is_some_and(|searches| searches.walks.owns(query))
    }
}

/// Notes what became of a descriptor at this peer.
#[inline]
fn note<H: Host<Gnutella>>(host: &mut H, query: QueryId, from: PeerId, hops: u32, ttl: u32, fate: Fate) {
    let (at_ns, peer) = (host.now_ns(), host.me().peer.0);
    host.books().note(|| TraceLine {
        at_ns,
        query: query.0,
        peer,
        from: from.0,
        hops,
        ttl,
        fate,
    });
}

/// TTL and hops of a broadcast after a servent took it: TTL is lowered to `max_ttl - hops` if the sum was above, then
/// by the hop just made.
#[inline]
fn after_hop((ttl, hops): (u8, u8), max_ttl: u8) -> (u8, u8) {
    let allowed = ttl.min(max_ttl.saturating_sub(hops));
    (allowed.saturating_sub(1), hops.saturating_add(1))
}

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

mod aside;
mod bits;
mod cache;
mod flood;
pub mod footprint;
mod hits;
pub(in crate::overlay) mod links;
mod log;
pub mod message;
mod neighbours;
mod packed;
mod pings;
mod queries;
mod recent;
mod routes;
pub(in crate::overlay) mod seen;
pub mod settings;
pub(in crate::overlay) mod table;
#[cfg(test)]
mod tests;
mod upkeep;
mod walk;

pub use message::Message;
pub use settings::{HostCacheSettings, Maintenance, Ping, Search, Settings, SettingsError, Version, Walk};

use self::aside::Aside;
use self::cache::HostCache;
use self::links::{LinkId, Links};
use self::recent::Recent;
use self::routes::Routes;
use self::seen::Seen;
use self::table::PingKey;
use self::walk::{Walker, Walks};
use super::books::SearchBooks;
use super::{Host, Overlay, QueryId};
use crate::engine::{Arena, Contact, Departure, PeerId};
use std::mem::offset_of;

/// A node of a Gnutella network.
// In this order: what most messages need comes first, and everything else after it.
#[derive(Debug)]
#[repr(C)]
pub struct Gnutella {
    /// Of a host cache: nothing, ever.
    recent: Recent,
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
    pub fn servent(neighbours: &[PeerId]) -> Self {
        Self {
            recent: Recent::default(),
            role: Role::Servent(Servent {
                links: Links::given(neighbours),
                ..Servent::default()
            }),
        }
    }

    /// A service node that tells servents the addresses of others.
    pub fn host_cache() -> Self {
        Self {
            recent: Recent::default(),
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

/// A peer's state but for what is at hand of its queries. What floods over a frozen network do not need is behind boxes
/// that stay empty there.
#[derive(Default, Debug)]
struct Servent {
    /// Before the first session: the links that it begins with.
    links: Links,
    /// Queries of the present generation, and where they came from first: see [`queries::Queries`].
    current: Routes,
    aside: Aside,
}

/// What few servents know of searches in this session.
#[derive(Default, Debug)]
struct Searches {
    /// Firewalled holders, and where their latest hit came from: the way for pushes.
    holders: Seen<u32>,
    walks: Walks,
}

const _: () = assert!(
    size_of::<Gnutella>() == 144,
    "with the two words of an application: half a line, and two whole ones that only first copies need"
);
const _: () = assert!(
    offset_of!(Gnutella, recent) == 0,
    "what a duplicate touches is where its program begins"
);

impl Overlay for Gnutella {
    type Message = Message;
    type Timer = Timer;
    type Settings = Settings;

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.join(&mut self.recent, host),
            Role::HostCache(_) => {}
        }
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.leave(departure, &mut self.recent, host),
            Role::HostCache(cache) => **cache = HostCache::default(),
        }
    }

    /// Most messages of a flood are duplicates, and where links are fixed nothing but `recent` is needed to see that, or the
    /// routes if the duplicate is a late one: nobody then asks which link a query came over until its first copy has to be
    /// remembered. Traces ask for more.
    #[inline]
    fn dismiss(
        &self,
        message: &Message,
        now_ns: u64,
        settings: &Settings,
        books: &mut SearchBooks,
        arena: &Arena,
    ) -> bool {
        let Message::Query { query, .. } = *message else {
            return false;
        };
        let (recent, expiry_ns) = (&self.recent, settings.guid_expiry_ns);
        let is_late_duplicate = || match &self.role {
            Role::Servent(servent) => servent.is_late_duplicate(query, recent, now_ns, expiry_ns, arena),
            Role::HostCache(_) => false,
        };
        if books.tracing || !(recent.is_duplicate(query.0, now_ns, expiry_ns) || is_late_duplicate()) {
            return false;
        }
        books.line(query).duplicate_messages += 1;
        true
    }

    #[inline]
    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match &mut self.role {
            Role::Servent(servent) => servent.receive(from, message, &mut self.recent, host),
            Role::HostCache(cache) => cache.receive(from, &message, host),
        }
    }

    #[inline]
    fn needs_more(&self, message: &Message) -> bool {
        match message {
            Message::Query { query, .. } => !self.recent.is_likely_duplicate(query.0),
            _ => true,
        }
    }

    #[inline]
    fn prefetch(&self, message: &Message, books: &SearchBooks, arena: &Arena) -> bool {
        if !self.needs_more(message) {
            return false;
        }
        let Role::Servent(servent) = &self.role else {
            return true;
        };
        let is_answered = match message {
            Message::Query { query, .. } => {
                servent.prefetch_queries(*query, &self.recent, arena);
                !self.recent.has(query.0) && !self.recent.is_late(query.0)
            }
            Message::Walk { query, .. } => {
                servent.prefetch_queries(*query, &self.recent, arena);
                // Thousands of queries may walk at a time, so that a line has left the caches before its next walker comes; of
                // floods there are few at a time.
                books.prefetch(*query);
                true
            }
            _ => true,
        };
        if is_answered {
            servent.links.prefetch();
        }
        is_answered
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
                Search::Flood { ttl } => servent.start_flood(query, ttl, &mut self.recent, host),
                Search::Walk(walk) => servent.start_walks(query, walk, &mut self.recent, host),
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
    fn join<H: Host<Gnutella>>(&mut self, recent: &mut Recent, host: &mut H) {
        let is_kept_up = host.settings().maintenance == Maintenance::Full;
        if is_kept_up {
            self.links.open_ledger(host.now_ns());
        }
        let links_change = !self.links.are_fixed();
        let queries_walk = matches!(host.settings().search, Search::Walk(_));
        self.queries(recent, host.arena())
            .begin(links_change, queries_walk);
        let me = host.me().peer;
        assert!(self.links.place_of(me).is_none(), "a peer has no link to itself");
        if is_kept_up {
            self.begin_upkeep(host);
        }
    }

    fn leave<H: Host<Gnutella>>(&mut self, departure: Departure, recent: &mut Recent, host: &mut H) {
        self.end_upkeep(departure, host);
        self.links.clear();
        self.queries(recent, host.arena()).end();
        self.aside.end_session();
    }

    /// What arrives over a link is handled by the rule of its kind; what arrives from anybody else over a connection is
    /// answered as a host answers a segment of a connection it does not have.
    ///
    /// Where links are fixed, descriptors come from neighbours only.
    #[inline]
    fn receive<H: Host<Gnutella>>(
        &mut self,
        from: Contact,
        message: Message,
        recent: &mut Recent,
        host: &mut H,
    ) {
        match message {
            Message::Query {
                query,
                text_bytes,
                ttl,
                hops,
            } if self.links.are_fixed() => {
                self.receive_query(from.peer, query, text_bytes, (ttl, hops), recent, host);
            }
            message => self.receive_over_link(from, message, recent, host),
        }
    }

    #[inline(never)]
    fn receive_over_link<H: Host<Gnutella>>(
        &mut self,
        from: Contact,
        message: Message,
        recent: &mut Recent,
        host: &mut H,
    ) {
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
            ) => self.receive_query(from.peer, query, text_bytes, (ttl, hops), recent, host),
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
                self.receive_walk(place, walker, recent, host);
            }
            (Message::QueryHit(hit), Some(place)) => self.receive_hit(place, hit, recent, host),
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
            _ if self.aside.upkeep().is_none() => {}
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
    fn owns<H: Host<Gnutella>>(&mut self, query: QueryId, recent: &mut Recent, host: &mut H) -> bool {
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        self.queries(recent, host.arena()).route(query, now_ns, expiry_ns) == Some(LinkId::OWN)
            || self
                .aside
                .searches()
                .is_some_and(|searches| searches.walks.owns(query))
    }
}

/// TTL and hops of a broadcast after a servent took it: TTL is lowered to `max_ttl - hops` if the sum was above, then
/// by the hop just made.
#[inline]
fn after_hop((ttl, hops): (u8, u8), max_ttl: u8) -> (u8, u8) {
    let allowed = ttl.min(max_ttl.saturating_sub(hops));
    (allowed.saturating_sub(1), hops.saturating_add(1))
}

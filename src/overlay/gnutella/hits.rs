//! The way back: hits go where their query came from, pushes where the hit came from.
//!
//! A route is a connection: when it is gone, the hit is dropped, as real servents did, even if the peer at its other end
//! is linked again. A hit from a holder `i` hops away costs exactly `i` messages.

use super::links::Link;
use super::message::{Hit, Message};
use super::recent::Recent;
use super::{Gnutella, Search, Servent};
use crate::engine::{Message as _, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::{Answer, Host, ItemId, QueryId, note_fate};

/// Answers a query that came over `link` after `distance` hops. The hit may make two hops more (0.6 draft §2.2.7).
pub(super) fn answer<H: Host<Gnutella>>(
    link: Link,
    query: QueryId,
    item: ItemId,
    distance: u32,
    host: &mut H,
) {
    let hit = Hit {
        query,
        holder: host.me(),
        distance,
        ttl: distance.saturating_add(2),
        hops: 0,
        name_bytes: host.name_bytes(item),
        firewalled: host.firewalled(),
    };
    note_fate(
        host,
        query,
        link.contact.peer,
        (distance, hit.ttl),
        Fate::Answered,
    );
    send_hit(link, Box::new(hit), host);
}

impl Hit {
    /// What it tells whoever asked.
    fn answer(&self) -> Answer {
        Answer {
            holder: self.holder,
            hops: self.distance,
            firewalled: self.firewalled,
        }
    }
}

impl Servent {
    /// A hit came over the link at `place`.
    pub(super) fn receive_hit<H: Host<Gnutella>>(
        &mut self,
        place: usize,
        mut hit: Box<Hit>,
        recent: &mut Recent,
        host: &mut H,
    ) {
        let link = self.links.at(place);
        let (from, query) = (link.contact.peer, hit.query);
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        hit.ttl = hit.ttl.saturating_sub(1);
        hit.hops += 1;
        if hit.firewalled {
            self.aside
                .open_searches()
                .holders
                .set(hit.holder.peer.0, link.id, now_ns, expiry_ns);
        }
        if self.owns(query, recent, host) {
            note_fate(host, query, from, (hit.hops, hit.ttl), Fate::Arrived);
            self.accept_answer(query, hit.answer(), host);
            return;
        }
        let back = self
            .queries(recent, host.arena())
            .route(query, now_ns, expiry_ns)
            .and_then(|id| self.links.place_named(id));
        match back {
            None => note_fate(host, query, from, (hit.hops, hit.ttl), Fate::NoRoute),
            Some(_) if hit.ttl == 0 => note_fate(host, query, from, (hit.hops, 0), Fate::Expired),
            Some(back) => {
                host.passed_on(query, hit.answer());
                send_hit(self.links.at(back), hit, host);
            }
        }
    }

    /// An answer to a query of this servent's own is here.
    pub(super) fn accept_answer<H: Host<Gnutella>>(&mut self, query: QueryId, answer: Answer, host: &mut H) {
        if let Some(searches) = self.aside.searches_mut() {
            searches.walks.satisfy(query);
        }
        host.deliver(query, answer);
    }

    /// Asks a firewalled holder to call back, along the way its latest hit came. Without such a way nothing is sent.
    pub(super) fn send_push<H: Host<Gnutella>>(&mut self, query: QueryId, holder: PeerId, host: &mut H) {
        let ttl = match host.settings().search {
            Search::Flood { .. } => u16::from(host.settings().max_ttl),
            Search::Walk(_) => u16::MAX,
        };
        let requester = host.me().peer;
        self.forward_push(requester, query, (holder, requester), ttl, host);
    }

    /// A push came over the link at `place`.
    pub(super) fn receive_push<H: Host<Gnutella>>(
        &mut self,
        place: usize,
        query: QueryId,
        (holder, requester): (PeerId, PeerId),
        ttl: u16,
        host: &mut H,
    ) {
        if holder == host.me().peer {
            host.call_back(requester, query);
        } else {
            let from = self.links.contact(place).peer;
            self.forward_push(from, query, (holder, requester), ttl.saturating_sub(1), host);
        }
    }

    fn forward_push<H: Host<Gnutella>>(
        &mut self,
        from: PeerId,
        query: QueryId,
        (holder, requester): (PeerId, PeerId),
        ttl: u16,
        host: &mut H,
    ) {
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        let way = self
            .aside
            .searches_mut()
            .and_then(|searches| searches.holders.route(holder.0, now_ns, expiry_ns))
            .and_then(|id| self.links.place_named(id));
        match way {
            Some(way) if ttl > 0 => {
                let message = Message::Push {
                    query,
                    holder,
                    requester,
                    ttl,
                };
                host.send(self.links.contact(way), message);
            }
            _ => note_fate(host, query, from, (0, u32::from(ttl)), Fate::NoRoute),
        }
    }
}

fn send_hit<H: Host<Gnutella>>(link: Link, hit: Box<Hit>, host: &mut H) {
    let query = hit.query;
    let message = Message::QueryHit(hit);
    host.books().line(query).note_hit_sent(message.size_bytes());
    host.send(link.contact, message);
}

//! Flooding: everybody passes the first copy of a query on to all neighbours but the one it came from.

use super::hits::answer;
use super::links::LinkId;
use super::message::{Message, query_bytes};
use super::recent::Recent;
use super::{Gnutella, Servent, after_hop};
use crate::engine::PeerId;
use crate::overlay::books::Fate;
use crate::overlay::{Host, QueryId, note_fate};

impl Servent {
    /// Sends a query of this peer's own to all neighbours, with the TTL of the workload or else `ttl`.
    ///
    /// # Panics
    /// When the query was asked before.
    pub(super) fn start_flood<H: Host<Gnutella>>(
        &mut self,
        query: QueryId,
        ttl: u32,
        recent: &mut Recent,
        host: &mut H,
    ) {
        let question = host.question(query);
        let ttl = u8::try_from(question.ttl.unwrap_or(ttl)).unwrap_or(u8::MAX);
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        assert!(
            self.queries(recent, host.arena())
                .first(query, LinkId::OWN, now_ns, expiry_ns),
            "a query is asked once"
        );
        let me = host.me().peer;
        note_fate(host, query, me, (0, u32::from(ttl)), Fate::Accepted);
        if ttl > 0 {
            let text_bytes = host.text_bytes(question.item);
            let copies = self.links.len() as u64;
            let line = host.books().line(query);
            line.note_queries_sent(copies, query_bytes(text_bytes));
            self.broadcast_query(query, text_bytes, (ttl, 0), me, host);
        }
    }

    /// A query came from the neighbour `from`: mostly a first copy, for most duplicates are known before they get here.
    #[inline]
    pub(super) fn receive_query<H: Host<Gnutella>>(
        &mut self,
        from: PeerId,
        query: QueryId,
        text_bytes: u16,
        ttl_and_hops: (u8, u8),
        recent: &mut Recent,
        host: &mut H,
    ) {
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        if self.queries(recent, host.arena()).has(query, now_ns, expiry_ns) {
            note_duplicate(from, query, ttl_and_hops, host);
        } else {
            self.accept_query(from, query, text_bytes, ttl_and_hops, recent, host);
        }
    }

    /// Takes in the first copy of a query, answers it if there is something to answer with, and passes it on. Kept out
    /// of the way of duplicates, which are many more.
    #[inline(never)]
    fn accept_query<H: Host<Gnutella>>(
        &mut self,
        from: PeerId,
        query: QueryId,
        text_bytes: u16,
        ttl_and_hops: (u8, u8),
        recent: &mut Recent,
        host: &mut H,
    ) {
        let (ttl, hops) = after_hop(ttl_and_hops, host.settings().max_ttl);
        let link = self.links.to(from);
        self.queries(recent, host.arena()).enter(query, link.id);
        let question = host.question(query);
        let first_arrival_ns = host.now_ns() - question.issued_ns;
        let line = host.books().line(query);
        line.note_reached(first_arrival_ns);
        if ttl > 0 {
            line.note_queries_sent((self.links.len() - 1) as u64, query_bytes(text_bytes));
        }
        note_fate(
            host,
            query,
            from,
            (u32::from(hops), u32::from(ttl)),
            Fate::Accepted,
        );
        if host.holds(question.item) {
            answer(link, query, question.item, u32::from(hops), host);
        }
        if ttl > 0 {
            self.broadcast_query(query, text_bytes, (ttl, hops), from, host);
        } else {
            note_fate(host, query, from, (u32::from(hops), 0), Fate::Expired);
        }
    }

    /// Sends a query over all links but the one to `except`, who may be this peer itself.
    #[inline]
    fn broadcast_query<H: Host<Gnutella>>(
        &self,
        query: QueryId,
        text_bytes: u16,
        (ttl, hops): (u8, u8),
        except: PeerId,
        host: &mut H,
    ) {
        let message = Message::Query {
            query,
            text_bytes,
            ttl,
            hops,
        };
        let others = self.links.contacts().filter(|to| to.peer != except);
        host.send_all(others, message);
    }
}

/// Notes that a query came which was seen before: nearly all messages of a flood end here.
#[inline]
pub(super) fn note_duplicate<H: Host<Gnutella>>(
    from: PeerId,
    query: QueryId,
    ttl_and_hops: (u8, u8),
    host: &mut H,
) {
    host.books().line(query).duplicate_messages += 1;
    if host.books().tracing {
        let (ttl, hops) = after_hop(ttl_and_hops, host.settings().max_ttl);
        let (ttl, hops) = (u32::from(ttl), u32::from(hops));
        note_fate(host, query, from, (hops, ttl), Fate::Duplicate);
    }
}

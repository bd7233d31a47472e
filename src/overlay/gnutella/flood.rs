//! Flooding: everybody passes the first copy of a query on to all neighbours but the one it came from.

use super::hits::answer;
use super::links::LinkId;
use super::message::{Message, query_bytes};
use super::{Gnutella, Servent, after_hop, note};
use crate::overlay::books::Fate;
use crate::overlay::{Host, QueryId};

impl Servent {
    /// Sends a query of this peer's own to all neighbours, with the TTL of the workload or else `ttl`.
    ///
    /// # Panics
    /// When the query was asked before.
    pub(super) fn start_flood<H: Host<Gnutella>>(&mut self, query: QueryId, ttl: u32, host: &mut H) {
        let question = host.question(query);
        let ttl = u8::try_from(question.ttl.unwrap_or(ttl)).unwrap_or(u8::MAX);
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        assert!(
            self.queries.first(query.0, LinkId::OWN, now_ns, expiry_ns),
            "a query is asked once"
        );
        let me = host.me().peer;
        note(host, query, me, 0, u32::from(ttl), Fate::Accepted);
        if ttl > 0 {
            self.broadcast_query(query, question.text_bytes, (ttl, 0), None, host);
        }
    }

    /// A query came over the link at `place`.
    #[inline]
    pub(super) fn receive_query<H: Host<Gnutella>>(
        &mut self,
        place: usize,
        query: QueryId,
        text_bytes: u16,
        ttl_and_hops: (u8, u8),
        host: &mut H,
    ) {
        let link = self.links.all()[place];
        let from = link.contact.peer;
        let (max_ttl, expiry_ns) = (host.settings().max_ttl, host.settings().guid_expiry_ns);
        let (ttl, hops) = after_hop(ttl_and_hops, max_ttl);
        let now_ns = host.now_ns();
        if !self.queries.first(query.0, link.id, now_ns, expiry_ns) {
            host.books().line(query).duplicate_messages += 1;
            note(
                host,
                query,
                from,
                u32::from(hops),
                u32::from(ttl),
                Fate::Duplicate,
            );
            return;
        }
        let question = host.question(query);
        let line = host.books().line(query);
        line.reached_peers += 1;
        line.first_arrival_sum_ns += u128::from(now_ns - question.issued_ns);
        note(host, query, from, u32::from(hops), u32::from(ttl), Fate::Accepted);
        if host.holds(question.item) {
            answer(link, query, question.item, u32::from(hops), host);
        }
        if ttl > 0 {
            self.broadcast_query(query, text_bytes, (ttl, hops), Some(place), host);
        } else {
            note(host, query, from, u32::from(hops), 0, Fate::Expired);
        }
    }

    /// Sends a query over all links but the one at `except`, and books it.
    #[inline]
    fn broadcast_query<H: Host<Gnutella>>(
        &self,
        query: QueryId,
        text_bytes: u16,
        (ttl, hops): (u8, u8),
        except: Option<usize>,
        host: &mut H,
    ) {
        let mut copies = 0;
        for (place, link) in self.links.all().iter().enumerate() {
            if Some(place) != except {
                let message = Message::Query {
                    query,
                    text_bytes,
                    ttl,
                    hops,
                };
                host.send(link.contact, message);
                copies += 1;
            }
        }
        let line = host.books().line(query);
        line.query_messages += copies;
        line.bytes += copies * u64::from(query_bytes(text_bytes));
    }
}

//! An index server: it lets clients in, keeps the index, answers queries and passes on that somebody wants to be called back.
//! It talks to no other server.

use super::message::{Body, Holders, Message};
use super::{Central, plain};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::index::Index;
use crate::overlay::{Holder, Host, QueryId, note_fate};

impl Index {
    pub(super) fn receive<H: Host<Central>>(&mut self, from: Contact, body: Body, host: &mut H) {
        let now_ns = host.now_ns();
        let expires_ns = now_ns.saturating_add(host.settings().expiry_ns);
        let wire = host.settings().wire;
        self.strike_silent(now_ns);
        match body {
            Body::Login { firewalled } => {
                let contact = from;
                self.log_in(Holder { contact, firewalled }, expires_ns);
                host.send(from, plain(Body::Accepted, wire.header + wire.accepted));
                return;
            }
            Body::Query {
                query,
                is_datagram: true,
            } => return self.answer(from, query, true, host),
            Body::Close => return self.log_out(from),
            _ => {}
        }
        if !self.hear(from, expires_ns) {
            // As a host answers a segment of a connection that it does not have.
            host.send(from, plain(Body::Close, wire.close));
            return;
        }
        match body {
            Body::Offer(items) => self.offer(from.peer, &items),
            Body::Withdraw(items) => self.withdraw(from.peer, &items),
            Body::Query { query, .. } => self.answer(from, query, false, host),
            Body::CallBack { query, holder } => self.pass_on(from.peer, query, holder, host),
            Body::KeepAlive => host.send(from, plain(Body::KeepAlive, wire.header)),
            Body::Login { .. } | Body::Close => unreachable!("done above"),
            Body::Accepted | Body::Answer(_) | Body::Calling { .. } => {
                unreachable!("servers say this, and not to each other")
            }
        }
    }

    /// Names holders, the asker itself left out: all, or so many drawn at random, in random order.
    fn answer<H: Host<Central>>(&self, from: Contact, query: QueryId, is_datagram: bool, host: &mut H) {
        let question = host.question(query);
        let mut list: Vec<Holder> = self
            .holders(question.item)
            .filter(|holder| holder.contact.peer != from.peer)
            .collect();
        host.random().shuffle(&mut list);
        list.truncate(host.settings().answers_max as usize);
        let holders = u32::try_from(list.len()).expect("peers are numbered by 32 bits");
        let name_bytes = host.name_bytes(question.item);
        let message = Message {
            body: Body::Answer(Box::new(Holders { query, list })),
            size_bytes: host.settings().wire.answer_bytes(holders, name_bytes),
        };
        let now_ns = host.now_ns();
        let line = host.books().line(query);
        line.note_reached(now_ns - question.issued_ns);
        line.note_hit_sent(message.size_bytes);
        let fate = if holders > 0 { Fate::Named } else { Fate::Expired };
        for fate in [Fate::Accepted, fate] {
            note_fate(host, query, from.peer, (1, 0), fate);
        }
        if is_datagram {
            host.datagram(from.peer, message);
        } else {
            host.send(from, message);
        }
    }

    /// Tells a client that another wants to be called back; who is not logged in here cannot be told.
    fn pass_on<H: Host<Central>>(&self, requester: PeerId, query: QueryId, holder: PeerId, host: &mut H) {
        let Some(holder) = self.client(holder) else {
            return;
        };
        let wire = host.settings().wire;
        let name_bytes = host.name_bytes(host.question(query).item);
        let size_bytes = wire.header + wire.calling + wire.mention(name_bytes);
        host.send(holder, plain(Body::Calling { query, requester }, size_bytes));
    }
}

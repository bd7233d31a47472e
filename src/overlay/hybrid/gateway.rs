//! The way into the structured overlay for peers that are no members of it: members ask and publish for them.
//!
//! Members tell their neighbours in the unstructured overlay what they are, again and again. Whoever is no member puts its queries
//! to the one that it heard of last; if that does not say that it has taken them on, to the one before, and at last to a service
//! node of the structured overlay, whose addresses everybody knows.

use super::message::{GatewayBody, GatewayMessage, HybridMessage, HybridTimer, OwnTimer};
use super::policy::{GatewaySettings, Publish};
use super::{Hybrid, Seat};
use crate::engine::{Contact, Draw as _};
use crate::overlay::{Answer, Host, ItemId, Overlay, QueryId};

/// What a peer remembers of members, and a member of those whom it serves, in a session.
#[derive(Default, Debug)]
pub(super) struct Gateway {
    /// Of a peer that is no member: members that it heard of, the last one last.
    members: Vec<Contact>,
    /// Its queries that nobody has taken on yet, and how many were asked to.
    asking: Vec<(QueryId, usize)>,
    /// Of a member: others' queries that it has taken on.
    taken_on: Vec<(QueryId, Contact)>,
}

impl Gateway {
    fn note_member(&mut self, member: Contact, members_max: usize) {
        self.members.retain(|other| other.peer != member.peer);
        self.members.push(member);
        if self.members.len() > members_max {
            self.members.remove(0);
        }
    }

    /// Whose query it is, if it was taken on for another.
    pub(super) fn asker(&self, query: QueryId) -> Option<Contact> {
        let taken_on = self.taken_on.iter().find(|(other, _)| *other == query);
        taken_on.map(|(_, asker)| *asker)
    }
}

impl<U: Overlay, S: Overlay> Hybrid<U, S> {
    /// The session begins.
    pub(super) fn open_gateway<H: Host<Self>>(&mut self, host: &mut H) {
        let Some(GatewaySettings { announce_ns, .. }) = host.settings().gateway else {
            return;
        };
        match self.rest.seat {
            // Not all at one time.
            Seat::Member => {
                let random = self.rest.random.of(host.me().peer, host.settings().seed);
                let after_ns = 1 + random.below(announce_ns);
                host.set_timer(after_ns, HybridTimer::Own(OwnTimer::Announce));
            }
            // By then all neighbours that are members have said so.
            Seat::Guest => host.set_timer(announce_ns, HybridTimer::Own(OwnTimer::Publish)),
            Seat::UnstructuredService | Seat::StructuredService => {}
        }
    }

    /// A member tells its neighbours what it is.
    pub(super) fn announce<H: Host<Self>>(&mut self, host: &mut H) {
        let GatewaySettings {
            announce_ns,
            header_bytes,
            ..
        } = gateway_of(host);
        let mut neighbours = Vec::new();
        self.unstructured
            .visit_neighbours(&mut |neighbour| neighbours.push(neighbour));
        let message = own(GatewayBody::Member, header_bytes);
        host.send_all(neighbours.into_iter(), message);
        host.set_timer(announce_ns, HybridTimer::Own(OwnTimer::Announce));
    }

    /// Whoever is no member has a member publish what it shares. Firewalled peers do not: nobody could have them call back.
    pub(super) fn publish_through_member<H: Host<Self>>(&mut self, host: &mut H) {
        let gateway = gateway_of(host);
        host.set_timer(gateway.republish_ns, HybridTimer::Own(OwnTimer::Publish));
        let mut items: Vec<ItemId> = Vec::new();
        let publish = &host.settings().policy.publish;
        host.visit_shared(&mut |item| {
            if self.rest.desk.publishes(item, host.name_words(item), publish) {
                items.push(item);
            }
        });
        if items.is_empty() || host.firewalled() || *publish == Publish::Nothing {
            return;
        }
        if let Some(member) = self.member(0, host) {
            let entries: u32 = items
                .iter()
                .map(|item| u32::from(host.name_bytes(*item)) + gateway.entry_bytes)
                .sum();
            host.send(
                member,
                own(GatewayBody::Publish(items), gateway.header_bytes + entries),
            );
        }
    }

    /// Puts a query to a member.
    pub(super) fn ask_through_member<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        self.rest.desk.gateway.asking.push((query, 0));
        self.ask_next_member(query, host);
    }

    /// Puts a query that nobody has taken on to the next member.
    pub(super) fn ask_next_member<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        let gateway = gateway_of(host);
        let asking = &mut self.rest.desk.gateway.asking;
        let Some(place) = asking.iter().position(|(other, _)| *other == query) else {
            return;
        };
        let asked = asking[place].1;
        asking[place].1 += 1;
        let Some(member) = self.member(asked, host) else {
            self.rest.desk.gateway.asking.remove(place);
            return;
        };
        let text_bytes = host.text_bytes(host.question(query).item);
        let size_bytes = gateway.header_bytes + u32::from(text_bytes) + 1;
        note_query_sent(query, size_bytes, host);
        host.send(member, own(GatewayBody::Ask(query), size_bytes));
        let timer = OwnTimer::Unanswered { query };
        host.set_timer(gateway.timeout_ns, HybridTimer::Own(timer));
    }

    /// The member to turn to when `asked` have been asked in vain: the last it heard of first, a service node last.
    fn member<H: Host<Self>>(&mut self, asked: usize, host: &H) -> Option<Contact> {
        let members = &self.rest.desk.gateway.members;
        if let Some(member) = members.iter().rev().nth(asked) {
            return Some(*member);
        }
        let settings = host.settings();
        if asked > members.len() || settings.gateways.is_empty() {
            return None;
        }
        let random = self.rest.random.of(host.me().peer, settings.seed);
        let place = random.position(settings.gateways.len());
        Some(Contact::any(settings.gateways[place]))
    }

    /// A message of the gateway's arrived.
    pub(super) fn receive_gateway<H: Host<Self>>(&mut self, from: Contact, body: GatewayBody, host: &mut H) {
        let gateway = gateway_of(host);
        let is_member = self.rest.seat.has_structured();
        match body {
            GatewayBody::Member if is_member => {}
            GatewayBody::Member => self
                .rest
                .desk
                .gateway
                .note_member(from, usize::from(gateway.members_max)),
            GatewayBody::Ask(query) => {
                if self.rest.desk.gateway.asker(query).is_none() {
                    self.rest.desk.gateway.taken_on.push((query, from));
                    let timer = OwnTimer::Forget { query };
                    host.set_timer(gateway.patience_ns, HybridTimer::Own(timer));
                    note_query_sent(query, gateway.header_bytes, host);
                    host.send(from, own(GatewayBody::Taken(query), gateway.header_bytes));
                    // A structured overlay does not tell a peer of itself.
                    if host.holds(host.question(query).item) {
                        let answer = Answer {
                            holder: host.me(),
                            hops: 1,
                            firewalled: host.firewalled(),
                        };
                        tell(from, query, answer, host);
                    }
                    self.with_structured(host, |structured, host| structured.search(query, host));
                }
            }
            GatewayBody::Taken(query) => {
                self.rest.desk.gateway.asking.retain(|(other, _)| *other != query);
            }
            GatewayBody::Told(query, answer) => {
                self.with_structured(host, |_, host| host.deliver(query, answer));
            }
            GatewayBody::Publish(items) => {
                for item in items {
                    self.with_structured(host, |structured, host| {
                        structured.publish_for(item, from.peer, host);
                    });
                }
            }
        }
    }

    /// A query that was taken on for another has had its time.
    pub(super) fn forget_asker(&mut self, query: QueryId) {
        self.rest
            .desk
            .gateway
            .taken_on
            .retain(|(other, _)| *other != query);
    }
}

/// How those take part who are no members, of whom there are some.
fn gateway_of<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>>(host: &H) -> GatewaySettings {
    let gateway = host.settings().gateway;
    gateway.expect("where all are members, nobody turns to one")
}

fn own<A, B>(body: GatewayBody, size_bytes: u32) -> HybridMessage<A, B> {
    HybridMessage::Gateway(Box::new(GatewayMessage { body, size_bytes }))
}

/// Passes an answer on to whoever asked.
pub(super) fn tell<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>>(
    asker: Contact,
    query: QueryId,
    answer: Answer,
    host: &mut H,
) {
    let gateway = gateway_of(host);
    let name_bytes = u32::from(host.name_bytes(host.question(query).item));
    let size_bytes = gateway.header_bytes + name_bytes + gateway.entry_bytes;
    host.books()
        .structured()
        .search
        .line(query)
        .note_hit_sent(size_bytes);
    host.send(asker, own(GatewayBody::Told(query, answer), size_bytes));
}

/// Books a message that a query causes.
fn note_query_sent<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>>(
    query: QueryId,
    size_bytes: u32,
    host: &mut H,
) {
    let books = &mut host.books().structured().search;
    books.line(query).note_query_sent(size_bytes);
}

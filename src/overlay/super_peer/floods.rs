//! Queries and their answers: from the client to its super-peer, flooded among super-peers, and back the way they came.

use super::message::{Hit, Message, Short};
use super::peer::{Peer, Sender};
use super::ways::Way;
use super::{IndexKind, SuperPeer, short};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::{Answer, Holder, Host, QueryId, note_fate};

impl Peer {
    /// Asks who has what a query asks for. Who is no super-peer, and is with none, asks as soon as one lets it in.
    pub(super) fn search<H: Host<SuperPeer>>(&mut self, query: QueryId, host: &mut H) {
        if self.is_super_peer() {
            self.start_flood(query, host);
        } else if self.uplinks.entered().next().is_none() {
            self.waiting.push(query);
        } else {
            self.ask_uplink(query, host);
        }
    }

    /// Sends a query of the peer's own to the super-peer whose turn it is.
    pub(super) fn ask_uplink<H: Host<SuperPeer>>(&mut self, query: QueryId, host: &mut H) {
        self.enter_own(query, host);
        let ttl = own_ttl(query, host);
        if let Some(super_peer) = self.uplinks.turn(query) {
            let message = note_query(query, ttl, 0, 1, host);
            host.send(super_peer, message);
        }
    }

    /// Floods a query of the super-peer's own.
    pub(super) fn start_flood<H: Host<SuperPeer>>(&mut self, query: QueryId, host: &mut H) {
        self.enter_own(query, host);
        let ttl = own_ttl(query, host);
        self.handle(query, ttl, 0, None, host);
    }

    fn enter_own<H: Host<SuperPeer>>(&mut self, query: QueryId, host: &mut H) {
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        let is_new = self.ways.first(query, Way::Own, now_ns, expiry_ns);
        assert!(is_new, "a query is asked once");
        let (me, ttl) = (host.me().peer, own_ttl(query, host));
        note_fate(host, query, me, (0, u32::from(ttl)), Fate::Accepted);
    }

    /// A query came: from a client, from another super-peer, or from the own one, which has seen that this client may have what is asked
    /// for.
    pub(super) fn receive_query<H: Host<SuperPeer>>(
        &mut self,
        sender: Sender,
        query: QueryId,
        (ttl, hops): (u8, u8),
        host: &mut H,
    ) {
        let from = sender.contact;
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        // Hops are counted from super-peer to super-peer.
        let ttl = ttl.saturating_sub(u8::from(sender.cluster.is_some()));
        let hops = hops.saturating_add(1);
        if !self.ways.first(query, Way::To(from.peer), now_ns, expiry_ns) {
            host.books().line(query).duplicate_messages += 1;
            return note_fate(
                host,
                query,
                from.peer,
                (u32::from(hops), u32::from(ttl)),
                Fate::Duplicate,
            );
        }
        let question = host.question(query);
        host.books().line(query).note_reached(now_ns - question.issued_ns);
        note_fate(
            host,
            query,
            from.peer,
            (u32::from(hops), u32::from(ttl)),
            Fate::Accepted,
        );
        if self.is_super_peer() {
            self.handle(query, ttl, hops, Some(sender), host);
        } else if host.holds(question.item) {
            let (contact, firewalled) = (host.me(), host.firewalled());
            let distance = u32::from(hops) - 1;
            let holders = vec![Holder { contact, firewalled }];
            note_fate(
                host,
                query,
                from.peer,
                (u32::from(hops), u32::from(ttl)),
                Fate::Answered,
            );
            send_hit(from, query, holders, (from.peer, distance), host);
        }
    }

    /// A super-peer answers a query for itself and its clients, or passes it on to those who may have what is asked for; and floods it.
    fn handle<H: Host<SuperPeer>>(
        &mut self,
        query: QueryId,
        ttl: u8,
        hops: u8,
        from: Option<Sender>,
        host: &mut H,
    ) {
        let Some(hub) = &self.hub else { return };
        let (item, index) = (host.question(query).item, host.settings().index);
        let asker = from.map(|sender| sender.contact);
        // A partner that passes a query on asks for this peer alone: it has the same clients.
        let is_for_clients = !from.is_some_and(|sender| sender.is_uplink);
        let clients = hub.index.holders(item);
        let clients: Vec<Holder> = clients
            .filter(|holder| is_for_clients && Some(holder.contact.peer) != asker.map(|asker| asker.peer))
            .collect();
        let mut holders = Vec::new();
        if let Some(_) = asker
            && host.holds(item)
        {
            let (contact, firewalled) = (host.me(), host.firewalled());
            holders.push(Holder { contact, firewalled });
        }
        match index {
            IndexKind::Metadata => holders.extend(clients),
            IndexKind::Routing => {
                let copies = note_query(query, 0, hops, clients.len(), host);
                host.send_all(clients.iter().map(|holder| holder.contact), copies);
            }
        }
        if ttl > 0 {
            let cluster = from.and_then(|sender| sender.cluster);
            let neighbours = hub.links.turns(query, cluster).count();
            let copies = note_query(query, ttl, hops, neighbours, host);
            host.send_all(hub.links.turns(query, cluster), copies);
        } else if let Some(asker) = asker {
            note_fate(host, query, asker.peer, (u32::from(hops), 0), Fate::Expired);
        }
        if holders.is_empty() {
            return;
        }
        let me = host.me().peer;
        let is_holder = holders.iter().any(|holder| holder.contact.peer == me);
        let fate = if is_holder { Fate::Answered } else { Fate::Named };
        host.random().shuffle(&mut holders);
        holders.truncate(host.settings().answers_max as usize);
        let spoken = (host.me().peer, u32::from(hops));
        match asker {
            Some(asker) => {
                note_fate(host, query, asker.peer, (u32::from(hops), u32::from(ttl)), fate);
                send_hit(asker, query, holders, spoken, host);
            }
            None => self.take_in(me, query, &holders, spoken, host),
        }
    }

    /// A hit came.
    pub(super) fn receive_hit<H: Host<SuperPeer>>(&mut self, from: Contact, hit: Box<Hit>, host: &mut H) {
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        let query = hit.query;
        match self.ways.back(query, now_ns, expiry_ns) {
            Some(Way::Own) => {
                let spoken = (hit.super_peer, hit.distance);
                self.take_in(from.peer, query, &hit.holders, spoken, host);
            }
            Some(Way::To(peer)) if self.contact(peer).is_some() => {
                for answer in answers(&hit.holders, (hit.super_peer, hit.distance)) {
                    host.passed_on(query, answer);
                }
                host.books().line(query).note_hit_sent(hit.size_bytes);
                let to = self.contact(peer).expect("somebody who is connected");
                host.send(to, Message::Hit(hit));
            }
            _ => note_fate(host, query, from.peer, (0, 0), Fate::NoRoute),
        }
    }

    /// Somebody with whom this super-peer is connected.
    fn contact(&self, peer: PeerId) -> Option<Contact> {
        let hub = self.hub.as_ref()?;
        let link = hub.links.to(peer).map(|link| link.contact);
        link.or_else(|| hub.index.client(peer))
    }

    /// Answers to a query of the peer's own are here.
    fn take_in<H: Host<SuperPeer>>(
        &mut self,
        from: PeerId,
        query: QueryId,
        holders: &[Holder],
        spoken: (PeerId, u32),
        host: &mut H,
    ) {
        let (me, now_ns, expiry_ns) = (host.me().peer, host.now_ns(), host.settings().guid_expiry_ns);
        for answer in answers(holders, spoken) {
            let holder = answer.holder.peer;
            // Where this peer was a client before, it may still be named.
            if holder == me {
                continue;
            }
            if answer.firewalled {
                self.ways.learn(holder, spoken.0, now_ns, expiry_ns);
            }
            note_fate(host, query, from, (answer.hops, 0), Fate::Arrived);
            host.deliver(query, answer);
        }
    }

    /// Asks the super-peer of a firewalled holder to have it call back.
    pub(super) fn request_call_back<H: Host<SuperPeer>>(
        &mut self,
        query: QueryId,
        holder: PeerId,
        host: &mut H,
    ) {
        let (me, now_ns, expiry_ns) = (host.me().peer, host.now_ns(), host.settings().guid_expiry_ns);
        match self.ways.through(holder, now_ns, expiry_ns) {
            Some(super_peer) if super_peer == me => self.pass_on(me, query, holder, host),
            Some(super_peer) => {
                let wire = host.settings().wire;
                let body = Short::CallBack { query, holder };
                host.send(
                    Contact::any(super_peer),
                    short(body, wire.header + wire.call_back),
                );
            }
            None => {}
        }
    }

    /// Tells a client, or this peer itself, that somebody wants to be called back.
    pub(super) fn pass_on<H: Host<SuperPeer>>(
        &mut self,
        requester: PeerId,
        query: QueryId,
        holder: PeerId,
        host: &mut H,
    ) {
        if holder == host.me().peer {
            return host.call_back(requester, query);
        }
        // Who is no client any more cannot be told.
        if let Some(client) = self.hub.as_ref().and_then(|hub| hub.index.client(holder)) {
            let wire = host.settings().wire;
            let body = Short::Calling { query, requester };
            host.send(client, short(body, wire.header + wire.call_back));
        }
    }
}

/// How far a query of the peer's own goes.
fn own_ttl<H: Host<SuperPeer>>(query: QueryId, host: &H) -> u8 {
    let ttl = host.question(query).ttl.unwrap_or(host.settings().ttl);
    u8::try_from(ttl).unwrap_or(u8::MAX)
}

/// What holders said by a super-peer at a distance tell whoever asked.
fn answers(holders: &[Holder], (super_peer, distance): (PeerId, u32)) -> impl Iterator<Item = Answer> {
    holders.iter().map(move |holder| Answer {
        holder: holder.contact,
        hops: distance + u32::from(holder.contact.peer != super_peer),
        firewalled: holder.firewalled,
    })
}

/// A query of which so many copies are noted in the books.
fn note_query<H: Host<SuperPeer>>(query: QueryId, ttl: u8, hops: u8, copies: usize, host: &mut H) -> Message {
    let wire = host.settings().wire;
    let text_bytes = u32::from(host.text_bytes(host.question(query).item));
    let size_bytes = wire.header + wire.query + text_bytes;
    host.books()
        .line(query)
        .note_queries_sent(copies as u64, size_bytes);
    Message::Query {
        query,
        size_bytes,
        ttl,
        hops,
    }
}

fn send_hit<H: Host<SuperPeer>>(
    to: Contact,
    query: QueryId,
    holders: Vec<Holder>,
    (super_peer, distance): (PeerId, u32),
    host: &mut H,
) {
    let name_bytes = host.name_bytes(host.question(query).item);
    let size_bytes = host.settings().wire.hit_bytes(holders.len(), name_bytes);
    host.books().line(query).note_hit_sent(size_bytes);
    let hit = Hit {
        query,
        holders,
        super_peer,
        distance,
        size_bytes,
    };
    host.send(to, Message::Hit(Box::new(hit)));
}

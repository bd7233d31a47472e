//! What a super-peer has besides: the index of its clients, its links, and whom it has asked to become a super-peer.

use super::links::{Link, Links};
use super::message::{Long, Short};
use super::peer::Peer;
use super::{SuperPeer, long, short};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::index::Index;
use crate::overlay::{Holder, Host};
use std::collections::BTreeSet;

/// A super-peer's state.
#[derive(Debug)]
pub(super) struct Hub {
    /// Its cluster, named after whoever founded it, or after the first of its super-peers since that one is gone.
    pub(super) cluster: Contact,
    /// Its clients and partners, and what they share.
    pub(super) index: Index,
    /// Who of them could be a super-peer; some may be gone.
    pub(super) eligible: BTreeSet<PeerId>,
    pub(super) links: Links,
    /// Attempts to link under way.
    pub(super) attempts: Vec<Attempt>,
    pub(super) invitation: Option<Invitation>,
}

/// An attempt to link with another super-peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) peer: PeerId,
    pub(super) number: u32,
}

/// A client was asked to become a super-peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invitation {
    pub(super) peer: PeerId,
    /// Of this cluster, and not of a new one.
    pub(super) is_partner: bool,
    /// Until when an answer counts, nanoseconds.
    pub(super) until_ns: u64,
}

impl Hub {
    /// That of a super-peer that nobody knows yet.
    pub(super) fn new(cluster: Contact) -> Self {
        Self {
            cluster,
            index: Index::default(),
            eligible: BTreeSet::new(),
            links: Links::default(),
            attempts: Vec::new(),
            invitation: None,
        }
    }

    /// That of a super-peer that is one from the start: everybody named is in its first session.
    pub(super) fn given(founder: PeerId, links: &[(PeerId, PeerId)], now_ns: u64) -> Self {
        let first = |peer| Contact { peer, session: 1 };
        let mut hub = Self::new(first(founder));
        for (founder, peer) in links {
            hub.links.add(Link {
                cluster: first(*founder),
                contact: first(*peer),
                heard_ns: now_ns,
            });
        }
        hub
    }

    /// Clients and partners, then neighbours.
    pub(super) fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        self.index.clients().for_each(&mut *visit);
        self.links.all().for_each(|link| visit(link.contact));
    }

    /// The same, and those with whom it would link.
    pub(super) fn visit_all(&self, visit: &mut dyn FnMut(Contact)) {
        self.visit_neighbours(visit);
        self.attempts
            .iter()
            .for_each(|attempt| visit(Contact::any(attempt.peer)));
    }

    /// Strikes off clients that have been silent for long, and with them whoever has gone in the meantime.
    pub(super) fn strike_silent(&mut self, now_ns: u64) {
        let Self { index, eligible, .. } = self;
        index.strike_silent(now_ns);
        eligible.retain(|peer| index.client(*peer).is_some());
    }

    /// A client says whether it could be a super-peer.
    fn note_eligible(&mut self, peer: PeerId, is_eligible: bool) {
        if is_eligible {
            self.eligible.insert(peer);
        } else {
            self.eligible.remove(&peer);
        }
    }

    /// Clients, without the partners of a group.
    pub(super) fn clients(&self, group: &[PeerId]) -> usize {
        let partners = group.iter().filter(|peer| self.index.client(**peer).is_some());
        self.index.len() - partners.count()
    }

    /// Some neighbours, drawn at random: for whoever has to look elsewhere.
    pub(super) fn others<H: Host<SuperPeer>>(&self, host: &mut H) -> Vec<PeerId> {
        let given = host.settings().addresses_given as usize;
        let neighbours: Vec<PeerId> = self.links.all().map(|link| link.contact.peer).collect();
        let places = host.random().distinct(neighbours.len(), given);
        places.into_iter().map(|place| neighbours[place]).collect()
    }
}

/// There is no room here, or this is no super-peer; others may be.
pub(super) fn refuse<H: Host<SuperPeer>>(to: Contact, others: Vec<PeerId>, host: &mut H) {
    let wire = host.settings().wire;
    let size_bytes = wire.listing(wire.accepted, others.len());
    host.send(to, long(Long::Refused { others }, size_bytes));
}

impl Peer {
    /// Does something with the index, if there is one.
    pub(super) fn with_index(&mut self, act: impl FnOnce(&mut Index)) {
        if let Some(hub) = &mut self.hub {
            act(&mut hub.index);
        }
    }

    /// Somebody asks to be let in.
    pub(super) fn log_in<H: Host<SuperPeer>>(
        &mut self,
        from: Contact,
        firewalled: bool,
        is_eligible: bool,
        host: &mut H,
    ) {
        let me = host.me().peer;
        let group = self.whole_group(me);
        let Some(hub) = &mut self.hub else {
            return refuse(from, Vec::new(), host);
        };
        let settings = host.settings();
        let (wire, clients_max) = (settings.wire, settings.clients_max as usize);
        let expires_ns = host.now_ns().saturating_add(settings.expiry_ns);
        let others = hub.others(host);
        let has_place = self.group.contains(&from.peer) || hub.index.client(from.peer).is_some();
        if !has_place && hub.clients(&self.group) >= clients_max {
            refuse(from, others, host);
            return self.balance(host);
        }
        let contact = from;
        hub.index.log_in(Holder { contact, firewalled }, expires_ns);
        hub.note_eligible(from.peer, is_eligible);
        let size_bytes = wire.listing(wire.accepted, group.len() + others.len());
        host.send(from, long(Long::Accepted { group, others }, size_bytes));
    }

    /// A client or partner says that it is still there, and whether it could be a super-peer.
    pub(super) fn stays<H: Host<SuperPeer>>(&mut self, from: Contact, is_eligible: bool, host: &mut H) {
        if let Some(hub) = &mut self.hub {
            hub.note_eligible(from.peer, is_eligible);
            let body = Short::KeepAlive {
                is_answer: true,
                is_eligible: false,
            };
            host.send(from, short(body, host.settings().wire.header));
        }
    }

    /// All super-peers of the own cluster, if the peer is one, ascending.
    pub(super) fn whole_group(&self, me: PeerId) -> Vec<PeerId> {
        let mut group = self.group.clone();
        group.push(me);
        group.sort_unstable();
        group
    }
}

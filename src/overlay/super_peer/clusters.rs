//! Clusters: their links among each other, partners that come and go, and peers that become super-peers.
//!
//! Of several partners the first, in order of addresses, looks after the cluster: it asks clients to become super-peers.

use super::hub::{Attempt, Hub, Invitation, refuse};
use super::links::Link;
use super::message::{Long, Message, Short};
use super::peer::{Peer, Sender, announce, close};
use super::uplinks::Uplink;
use super::{SuperPeer, Timer, long, short};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::Host;

impl Peer {
    /// The peer becomes a super-peer of this cluster, with these partners.
    pub(super) fn found<H: Host<SuperPeer>>(
        &mut self,
        cluster: Contact,
        partners: Vec<PeerId>,
        host: &mut H,
    ) {
        self.hub = Some(Box::new(Hub::new(cluster)));
        for contact in self.uplinks.take(|peer| !partners.contains(&peer)) {
            close(contact, host);
        }
        self.group = partners;
        self.contacts.retry_ns = 0;
        announce(false, host);
        self.knock_at_group(host);
        for query in std::mem::take(&mut self.waiting) {
            self.start_flood(query, host);
        }
    }

    /// Looks for neighbours while there are too few; asks a cache when addresses run out.
    pub(super) fn replenish<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let out_degree = host.settings().out_degree as usize;
        while let Some(hub) = &self.hub {
            if hub.links.clusters() + hub.attempts.len() >= out_degree {
                self.contacts.retry_ns = 0;
                return;
            }
            let (me, group) = (host.me().peer, &self.group);
            let wanted = |peer| {
                let is_tried = hub.attempts.iter().any(|attempt| attempt.peer == peer);
                peer != me && !is_tried && !group.contains(&peer) && hub.links.to(peer).is_none()
            };
            let Some(peer) = self.contacts.known.take(host.random(), wanted) else {
                return self.ask_cache(host);
            };
            self.connect(peer, host);
        }
    }

    /// Asks another super-peer to be linked.
    fn connect<H: Host<SuperPeer>>(&mut self, peer: PeerId, host: &mut H) {
        let Some(hub) = &mut self.hub else { return };
        let is_tried = hub.attempts.iter().any(|attempt| attempt.peer == peer);
        if is_tried || peer == host.me().peer || self.group.contains(&peer) || hub.links.to(peer).is_some() {
            return;
        }
        self.attempts = self.attempts.wrapping_add(1);
        let number = self.attempts;
        hub.attempts.push(Attempt { peer, number });
        host.send(Contact::any(peer), connecting(hub.cluster, host));
        let patience_ns = host.settings().login_timeout_ns;
        let timer = Timer::Connecting {
            peer,
            attempt: number,
        };
        host.set_timer(patience_ns, timer);
    }

    /// An attempt to link has had its time.
    pub(super) fn give_up<H: Host<SuperPeer>>(&mut self, peer: PeerId, number: u32, host: &mut H) {
        let attempts = self.hub.as_ref().map_or(&[][..], |hub| &hub.attempts);
        if attempts
            .iter()
            .any(|attempt| attempt.peer == peer && attempt.number == number)
        {
            self.tried_in_vain(peer);
            self.attempt_failed(peer, host);
        }
    }

    /// An attempt to link has failed, if there was one.
    pub(super) fn attempt_failed<H: Host<SuperPeer>>(&mut self, peer: PeerId, host: &mut H) {
        let Some(hub) = &mut self.hub else { return };
        let before = hub.attempts.len();
        hub.attempts.retain(|attempt| attempt.peer != peer);
        if hub.attempts.len() < before {
            self.replenish(host);
        }
    }

    /// Another super-peer asks to be linked.
    pub(super) fn receive_connect<H: Host<SuperPeer>>(
        &mut self,
        from: Contact,
        cluster: Contact,
        host: &mut H,
    ) {
        let settings = host.settings();
        let (wire, degree_max) = (settings.wire, settings.out_degree_max as usize);
        let now_ns = host.now_ns();
        let hub = self.hub.as_mut().filter(|hub| hub.cluster != cluster);
        let Some(hub) = hub else {
            return refuse(from, Vec::new(), host);
        };
        let is_tried = hub.attempts.iter().any(|attempt| attempt.peer == from.peer);
        let is_neighbour = hub.links.has_cluster(cluster) || hub.links.hear(from, now_ns).is_some();
        if !is_tried && !is_neighbour && hub.links.clusters() >= degree_max {
            let others = hub.others(host);
            return refuse(from, others, host);
        }
        hub.attempts.retain(|attempt| attempt.peer != from.peer);
        let own = hub.cluster;
        let body = Short::Linked { cluster: own };
        host.send(from, short(body, wire.header + wire.accepted));
        self.link(from, cluster, host);
    }

    /// Another super-peer says that a link stands.
    pub(super) fn receive_linked<H: Host<SuperPeer>>(
        &mut self,
        from: Contact,
        cluster: Contact,
        host: &mut H,
    ) {
        let Some(hub) = &mut self.hub else {
            return close(from, host);
        };
        if hub.links.to(from.peer).is_some_and(|link| link.contact == from) {
            return;
        }
        if hub.attempts.iter().all(|attempt| attempt.peer != from.peer) {
            return close(from, host);
        }
        hub.attempts.retain(|attempt| attempt.peer != from.peer);
        self.link(from, cluster, host);
        self.replenish(host);
    }

    fn link<H: Host<SuperPeer>>(&mut self, contact: Contact, cluster: Contact, host: &mut H) {
        let (me, heard_ns) = (host.me().peer, host.now_ns());
        let group = self.whole_group(me);
        if let Some(hub) = &mut self.hub {
            hub.links.add(Link {
                cluster,
                contact,
                heard_ns,
            });
        }
        if group.len() > 1 {
            let wire = host.settings().wire;
            let size_bytes = wire.listing(0, group.len());
            host.send(contact, long(Long::Group(group), size_bytes));
        }
    }

    /// A connection was closed, or an attempt refused, by the other end.
    pub(super) fn closed<H: Host<SuperPeer>>(&mut self, from: Contact, host: &mut H) {
        if let Some(hub) = &mut self.hub {
            hub.index.log_out(from);
            let was_linked = hub.links.remove(from);
            self.attempt_failed(from.peer, host);
            if was_linked {
                self.replenish(host);
            }
        }
        let is_meant = |uplink: &mut Uplink| uplink.contact == from || !uplink.is_in;
        if self.uplinks.to(from.peer).is_some_and(is_meant) {
            self.lose(from.peer, host);
        }
    }

    /// A super-peer drops neighbours that are silent, tells the others and the caches that it is there, and looks after its cluster.
    pub(super) fn watch<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let Some(hub) = &mut self.hub else { return };
        let now_ns = host.now_ns();
        let deadline_ns = now_ns.saturating_sub(host.settings().expiry_ns);
        hub.strike_silent(now_ns);
        for contact in hub.links.take_silent(deadline_ns) {
            close(contact, host);
        }
        let body = Short::KeepAlive {
            is_answer: true,
            is_eligible: false,
        };
        let sign = short(body, host.settings().wire.header);
        host.send_all(hub.links.all().map(|link| link.contact), sign);
        announce(false, host);
        self.rename(host);
        self.balance(host);
        self.replenish(host);
    }

    /// A cluster is named after one of its super-peers: once whoever founded it is gone, after the first of those left. Neighbours
    /// take the new name for the old link. Halves of a cluster that do not see each other any more are two clusters by this.
    pub(super) fn rename<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let me = host.me();
        let Some(hub) = &mut self.hub else { return };
        let is_there = |peer: PeerId| peer == me.peer || self.group.contains(&peer);
        if is_there(hub.cluster.peer) {
            return;
        }
        hub.cluster = match self.group.first() {
            Some(first) if *first < me.peer => match self.uplinks.to(*first) {
                Some(uplink) if uplink.is_in => uplink.contact,
                // It is named when that one lets this peer in, or is given up.
                _ => return,
            },
            _ => me,
        };
        let contacts = hub.links.all().map(|link| link.contact);
        host.send_all(contacts, connecting(hub.cluster, host));
    }

    /// The first of the partners asks a client to become another if there are too few, or else to found a cluster of its own if this one
    /// has no room.
    pub(super) fn balance<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let (me, now_ns, settings) = (host.me().peer, host.now_ns(), host.settings());
        let Some(hub) = &mut self.hub else { return };
        let is_first = self.group.first().is_none_or(|first| me < *first);
        let is_waiting = hub
            .invitation
            .is_some_and(|invitation| now_ns < invitation.until_ns);
        let is_partner = self.group.len() + 1 < settings.redundancy as usize;
        let is_full = hub.clients(&self.group) >= settings.clients_max as usize;
        if !is_first || is_waiting || !(is_partner || is_full) {
            return;
        }
        let (wire, patience_ns) = (settings.wire, settings.login_timeout_ns);
        let (index, group) = (&hub.index, &self.group);
        let candidates = hub.eligible.iter().filter(|peer| !group.contains(peer));
        let candidates: Vec<Contact> = candidates.filter_map(|peer| index.client(*peer)).collect();
        if candidates.is_empty() {
            return;
        }
        let chosen = candidates[host.random().position(candidates.len())];
        hub.invitation = Some(Invitation {
            peer: chosen.peer,
            is_partner,
            until_ns: now_ns.saturating_add(patience_ns),
        });
        let others = if is_partner {
            hub.links.all().map(|link| link.contact.peer).collect()
        } else {
            hub.others(host)
        };
        let cluster = hub.cluster;
        let partners = is_partner.then(|| (cluster, self.whole_group(me)));
        let addresses = others.len() + partners.as_ref().map_or(0, |(_, partners)| partners.len());
        let size_bytes = wire.listing(wire.promotion, addresses);
        host.send(chosen, long(Long::Invite { partners, others }, size_bytes));
    }

    /// The own super-peer asks this client to become one.
    pub(super) fn invited<H: Host<SuperPeer>>(
        &mut self,
        from: Contact,
        partners: Option<(Contact, Vec<PeerId>)>,
        others: &[PeerId],
        host: &mut H,
    ) {
        if self.is_super_peer() || !self.is_eligible(host) {
            return;
        }
        let wire = host.settings().wire;
        host.send(from, short(Short::Promoted, wire.header + wire.promotion));
        if let Some((cluster, partners)) = partners {
            self.found(cluster, partners, host);
            for peer in others {
                self.connect(*peer, host);
            }
        } else {
            self.found(host.me(), Vec::new(), host);
            self.connect(from.peer, host);
            self.learn(others, host);
        }
        self.replenish(host);
    }

    /// A client has become a super-peer, as it was asked to: a partner, or one to which half of the clients go.
    pub(super) fn promoted<H: Host<SuperPeer>>(&mut self, sender: Sender, host: &mut H) {
        let (peer, now_ns) = (sender.contact.peer, host.now_ns());
        let Some(hub) = &mut self.hub else { return };
        let is_meant = |invitation: &mut Invitation| invitation.peer == peer && now_ns < invitation.until_ns;
        let Some(invitation) = hub.invitation.take_if(is_meant) else {
            return;
        };
        if invitation.is_partner {
            self.group.push(peer);
            self.group.sort_unstable();
            self.tell_group(host);
            self.knock(peer, host);
            return;
        }
        let group = &self.group;
        let clients = hub.index.clients();
        let others = clients.filter(|client| client.peer != peer && !group.contains(&client.peer));
        let half: Vec<Contact> = others.step_by(2).collect();
        let wire = host.settings().wire;
        let message = short(Short::Redirect { to: peer }, wire.header + wire.promotion);
        host.send_all(half.into_iter(), message);
    }

    /// Tells everybody who the super-peers of this cluster are.
    pub(super) fn tell_group<H: Host<SuperPeer>>(&self, host: &mut H) {
        let Some(hub) = &self.hub else { return };
        let group = self.whole_group(host.me().peer);
        let size_bytes = host.settings().wire.listing(0, group.len());
        let mut told = Vec::new();
        hub.visit_neighbours(&mut |contact| told.push(contact));
        host.send_all(told.into_iter(), long(Long::Group(group), size_bytes));
    }

    /// A super-peer tells who those of its cluster are: partners and clients register with all of them, neighbours link with all, and
    /// with nobody who was one.
    pub(super) fn receive_group<H: Host<SuperPeer>>(
        &mut self,
        sender: Sender,
        group: Vec<PeerId>,
        host: &mut H,
    ) {
        let me = host.me().peer;
        if let (Some(cluster), Some(hub)) = (sender.cluster, &mut self.hub) {
            for contact in hub.links.take_former(cluster, &group) {
                close(contact, host);
            }
            for peer in group {
                self.connect(peer, host);
            }
        } else if sender.is_uplink {
            self.group = group;
            self.group.retain(|peer| *peer != me);
            self.knock_at_group(host);
        }
    }
}

/// Asks to be linked with a super-peer of this cluster.
fn connecting<H: Host<SuperPeer>>(cluster: Contact, host: &H) -> Message {
    let wire = host.settings().wire;
    short(Short::Connect { cluster }, wire.header + wire.login)
}

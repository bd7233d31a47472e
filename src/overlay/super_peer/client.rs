//! What a peer does as a client: it looks for a super-peer, logs in to it and its partners, and tells them what it shares.
//!
//! A super-peer that does not let it in, closes the connection or stays silent is given up for another that it knows of. When it knows
//! of none it asks a cache. When all of whom that told have no room, the client becomes a super-peer itself, if it can.

use super::message::{Long, Short};
use super::peer::{Peer, close};
use super::uplinks::Uplink;
use super::{IndexKind, SuperPeer, Timer, long, short};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::{Host, ItemId};

impl Peer {
    /// Looks for a super-peer if the peer needs one.
    pub(super) fn seek<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        if self.is_super_peer() || !self.uplinks.is_empty() {
            return;
        }
        self.group.clear();
        let me = host.me().peer;
        if let Some(peer) = self.contacts.known.take(host.random(), |peer| peer != me) {
            self.knock(peer, host);
        } else if self.contacts.is_told && self.gives_up_seeking(host) {
            self.found(host.me(), Vec::new(), host);
            self.replenish(host);
        } else {
            self.ask_cache(host);
        }
    }

    /// Nobody has room: whether the client helps itself. In the first round one of as many clients as a cluster has does, so that of a
    /// crowd that finds nobody not all do, and in every later round twice as many.
    fn gives_up_seeking<H: Host<SuperPeer>>(&mut self, host: &mut H) -> bool {
        if !self.is_eligible(host) {
            return false;
        }
        let cluster_size = u64::from(host.settings().cluster_size);
        let round = self.contacts.rounds;
        self.contacts.rounds = round.saturating_add(1);
        // Once for each answer of a cache.
        self.contacts.is_told = false;
        let chosen = 1_u64.checked_shl(round).unwrap_or(u64::MAX);
        host.random().below(cluster_size) < chosen
    }

    /// Whether the peer may become a super-peer.
    pub(super) fn is_eligible<H: Host<SuperPeer>>(&self, host: &H) -> bool {
        self.is_capable
            && !self.is_super_peer()
            && host.now_ns() - self.began_ns >= host.settings().uptime_min_ns
    }

    /// Asks a super-peer to be let in, unless that is done already.
    pub(super) fn knock<H: Host<SuperPeer>>(&mut self, peer: PeerId, host: &mut H) {
        if self.uplinks.has(peer) || peer == host.me().peer {
            return;
        }
        self.attempts = self.attempts.wrapping_add(1);
        self.uplinks.knock(peer, self.attempts);
        let (wire, patience_ns) = (host.settings().wire, host.settings().login_timeout_ns);
        let body = Short::Login {
            firewalled: host.firewalled(),
            is_eligible: self.is_eligible(host),
        };
        host.send(Contact::any(peer), short(body, wire.header + wire.login));
        host.set_timer(patience_ns, Timer::Login(self.attempts));
    }

    /// Asks all with whom the peer ought to be registered.
    pub(super) fn knock_at_group<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        for place in 0..self.group.len() {
            self.knock(self.group[place], host);
        }
    }

    /// A super-peer has had its time to let the peer in.
    pub(super) fn login_expired<H: Host<SuperPeer>>(&mut self, attempt: u32, host: &mut H) {
        let is_meant = |uplink: &&Uplink| uplink.attempt == attempt && !uplink.is_in;
        let peer = self
            .uplinks
            .all()
            .find(is_meant)
            .map(|uplink| uplink.contact.peer);
        if let Some(peer) = peer {
            self.tried_in_vain(peer);
            self.lose(peer, host);
        }
    }

    /// A super-peer should have said that it is still there.
    pub(super) fn silence<H: Host<SuperPeer>>(&mut self, peer: PeerId, heard: u32, host: &mut H) {
        let uplink = self.uplinks.to(peer);
        if uplink.is_some_and(|uplink| uplink.is_in && uplink.heard == heard) {
            self.lose(peer, host);
        }
    }

    /// A super-peer of the peer's own cluster is gone.
    pub(super) fn lose<H: Host<SuperPeer>>(&mut self, peer: PeerId, host: &mut H) {
        self.uplinks.remove(peer);
        let before = self.group.len();
        self.group.retain(|other| *other != peer);
        if self.is_super_peer() {
            if self.group.len() < before {
                self.tell_group(host);
                self.rename(host);
                self.balance(host);
            }
        } else {
            self.seek(host);
        }
    }

    /// A super-peer lets the peer in.
    pub(super) fn accepted<H: Host<SuperPeer>>(
        &mut self,
        from: Contact,
        group: Vec<PeerId>,
        others: &[PeerId],
        host: &mut H,
    ) {
        match self.uplinks.to(from.peer) {
            Some(uplink) if !uplink.is_in => {}
            // It had knocked twice.
            Some(uplink) if uplink.contact == from => return,
            // It was too slow: the peer is elsewhere by now.
            _ => return close(from, host),
        }
        self.learn(others, host);
        // Those that it is in already are told what is new, the one that lets it in everything.
        self.shares_changed(host);
        if let Some(uplink) = self.uplinks.to(from.peer) {
            (uplink.contact, uplink.is_in) = (from, true);
            uplink.heard = uplink.heard.wrapping_add(1);
        }
        if !self.registered.is_empty() {
            send_list(from, Long::Offer(self.registered.as_slice().into()), host);
        }
        if self.is_super_peer() {
            return;
        }
        // Who has moved leaves the cluster that it comes from.
        for contact in self.uplinks.take(|peer| !group.contains(&peer)) {
            close(contact, host);
        }
        self.group = group;
        self.knock_at_group(host);
        (self.contacts.retry_ns, self.contacts.rounds) = (0, 0);
        for query in std::mem::take(&mut self.waiting) {
            self.ask_uplink(query, host);
        }
    }

    /// A super-peer has no room.
    pub(super) fn refused<H: Host<SuperPeer>>(&mut self, from: Contact, others: &[PeerId], host: &mut H) {
        self.tried_in_vain(from.peer);
        self.learn(others, host);
        self.attempt_failed(from.peer, host);
        let uplink = self.uplinks.to(from.peer);
        if uplink.is_some_and(|uplink| !uplink.is_in) {
            self.lose(from.peer, host);
        }
    }

    /// Tells those with whom the peer is registered what it shares by now and did not, or does not and did.
    pub(super) fn shares_changed<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let mut shared = Vec::with_capacity(host.shared_files() as usize);
        host.visit_shared(&mut |item| shared.push(item));
        shared.sort_unstable();
        let gone = without(&self.registered, &shared);
        let new = without(&shared, &self.registered);
        self.registered = shared;
        for uplink in self.uplinks.entered() {
            if !gone.is_empty() {
                send_list(uplink, Long::Withdraw(gone.clone()), host);
            }
            if !new.is_empty() {
                send_list(uplink, Long::Offer(new.clone()), host);
            }
        }
    }
}

/// Sends a list of files.
fn send_list<H: Host<SuperPeer>>(to: Contact, list: Long, host: &mut H) {
    let (wire, index) = (host.settings().wire, host.settings().index);
    let of_file = |item: &ItemId| match index {
        IndexKind::Metadata => wire.file + u32::from(host.name_bytes(*item)),
        IndexKind::Routing => wire.file,
    };
    let size_bytes = match &list {
        Long::Offer(items) => items.iter().map(of_file).sum::<u32>(),
        Long::Withdraw(items) => items.iter().map(|_| wire.withdrawn).sum::<u32>(),
        _ => unreachable!("these are the lists of files"),
    };
    host.send(to, long(list, wire.header + size_bytes));
}

/// What is in `these` and not in `those`; both ascend.
fn without(these: &[ItemId], those: &[ItemId]) -> Box<[ItemId]> {
    let is_not_there = |item: &&ItemId| those.binary_search(item).is_err();
    these.iter().filter(is_not_there).copied().collect()
}

//! What a tracker knows: who takes part in which swarm, and until when it takes that for granted.

use super::message::{Announcement, Body, Member, Message, Peers};
use super::{Host, Tracker};
use crate::engine::footprint::{grown_bytes, map_entry_bytes};
use crate::engine::{Contact, Draw};
use crate::overlay::books::Fate;
use crate::overlay::{ItemId, note_fate};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Swarms by item. Whoever is past its time is struck off when its swarm is next asked for, or when it is its swarm's turn: with
/// every announcement it is another's, so that no tracker keeps what nobody asks for. No swarm is empty.
#[derive(Default, Debug)]
pub(super) struct Swarms {
    by_item: BTreeMap<ItemId, Vec<Entry>>,
    /// Whose turn was last.
    swept: Option<ItemId>,
}

/// A member of a swarm, in the session in which it announced. In a swarm they ascend.
#[derive(Clone, Copy, Debug)]
struct Entry {
    member: Member,
    expires_ns: u64,
}

impl Swarms {
    pub(super) fn receive<H: Host<Tracker>>(&mut self, from: Contact, body: &Body, host: &mut H) {
        match body {
            Body::Connect => {
                let wire = host.settings().wire;
                let message = Message {
                    body: Body::Connected,
                    size_bytes: wire.header + wire.connected,
                };
                host.datagram(from.peer, message);
            }
            Body::Announce(announcement) => self.announced(from, *announcement, host),
            Body::Stopped(item) => self.remove(from, *item),
            Body::Connected | Body::Peers(_) => unreachable!("trackers say this, and not to each other"),
        }
    }

    /// A peer announces; it is told of others if it wants to be, the tracker drawing from them if there are too many.
    fn announced<H: Host<Tracker>>(&mut self, from: Contact, announcement: Announcement, host: &mut H) {
        let Announcement {
            item,
            query,
            serves,
            is_new,
            firewalled,
        } = announcement;
        let now_ns = host.now_ns();
        self.strike_silent(item, now_ns);
        self.sweep(now_ns);
        if serves {
            let member = Member {
                contact: from,
                firewalled,
            };
            let expires_ns = now_ns.saturating_add(host.settings().expiry_ns);
            self.enter(item, Entry { member, expires_ns });
        }
        let mut list: Vec<Member> = Vec::new();
        if query.is_some() {
            list.extend(
                self.members(item)
                    .filter(|member| member.contact.peer != from.peer),
            );
            host.random().shuffle(&mut list);
            list.truncate(host.settings().numwant as usize);
        }
        let size_bytes = host.settings().wire.answer_bytes(list.len());
        if let Some(query) = query {
            let issued_ns = host.question(query).issued_ns;
            let line = host.books().line(query);
            if is_new {
                line.note_reached(now_ns - issued_ns);
            }
            line.note_hit_sent(size_bytes);
            if is_new {
                note_fate(host, query, from.peer, (1, 0), Fate::Accepted);
            }
            if !list.is_empty() {
                note_fate(host, query, from.peer, (1, 0), Fate::Named);
            } else if is_new {
                note_fate(host, query, from.peer, (1, 0), Fate::Expired);
            }
        }
        let body = Body::Peers(Box::new(Peers { item, query, list }));
        host.datagram(from.peer, Message { body, size_bytes });
    }

    fn enter(&mut self, item: ItemId, entry: Entry) {
        let swarm = self.by_item.entry(item).or_default();
        let peer = entry.member.contact.peer;
        match swarm.binary_search_by_key(&peer, |entry| entry.member.contact.peer) {
            Ok(place) => swarm[place] = entry,
            Err(place) => swarm.insert(place, entry),
        }
    }

    /// A peer takes its leave of a swarm; one that is there in another session stays.
    fn remove(&mut self, contact: Contact, item: ItemId) {
        self.retain(item, |entry| entry.member.contact != contact);
    }

    fn strike_silent(&mut self, item: ItemId, now_ns: u64) {
        self.retain(item, |entry| entry.expires_ns > now_ns);
    }

    /// Looks after the swarm whose turn it is.
    fn sweep(&mut self, now_ns: u64) {
        let after = self.swept.map_or(Bound::Unbounded, Bound::Excluded);
        let mut later = self.by_item.range((after, Bound::Unbounded));
        let next = later.next().or_else(|| self.by_item.first_key_value());
        self.swept = next.map(|(item, _)| *item);
        if let Some(item) = self.swept {
            self.strike_silent(item, now_ns);
        }
    }

    fn retain(&mut self, item: ItemId, stays: impl Fn(&Entry) -> bool) {
        if let Some(swarm) = self.by_item.get_mut(&item) {
            swarm.retain(stays);
            if swarm.is_empty() {
                self.by_item.remove(&item);
            }
        }
    }

    fn members(&self, item: ItemId) -> impl Iterator<Item = Member> {
        let swarm = self.by_item.get(&item).map_or(&[][..], Vec::as_slice);
        swarm.iter().map(|entry| entry.member)
    }

    /// Calls `visit` once with every peer that is in any swarm.
    pub(super) fn visit_peers(&self, visit: &mut dyn FnMut(Contact)) {
        let entries = self.by_item.values().flatten();
        let mut peers: Vec<Contact> = entries.map(|entry| entry.member.contact).collect();
        peers.sort_unstable();
        peers.dedup();
        peers.into_iter().for_each(visit);
    }

    /// What a tracker keeps of a swarm of so many: for estimates.
    pub(super) fn swarm_bytes(members: usize) -> usize {
        map_entry_bytes::<ItemId, Vec<Entry>>() + grown_bytes::<Entry>(members)
    }
}

//! What an index server, or a super-peer, knows: who is logged in, and who of them shares what. No messages here, and no clock: times are
//! told.

use crate::engine::footprint::map_entry_bytes;
use crate::engine::{Contact, PeerId};
use crate::overlay::ItemId;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody who shares something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holder {
    /// Who it is.
    pub contact: Contact,
    /// Whether it must be asked to call back.
    pub firewalled: bool,
}

/// An index. A client is known in the session in which it logged in; in any other it is a stranger.
#[derive(Default, Debug)]
pub(super) struct Index {
    clients: BTreeMap<PeerId, Client>,
    /// Clients that share an item, ascending; no list is empty.
    sharers: BTreeMap<ItemId, Vec<PeerId>>,
    /// When each client is taken for gone unless it is heard of, the earliest first.
    deadlines: BTreeSet<(u64, PeerId)>,
}

#[derive(Debug)]
struct Client {
    holder: Holder,
    /// What it shares, ascending.
    items: Vec<ItemId>,
    expires_ns: u64,
}

impl Index {
    /// A client logs in, with nothing to share so far. Whatever was known of it before is forgotten.
    pub(super) fn log_in(&mut self, holder: Holder, expires_ns: u64) {
        let peer = holder.contact.peer;
        self.strike(peer);
        let items = Vec::new();
        let client = Client {
            holder,
            items,
            expires_ns,
        };
        self.clients.insert(peer, client);
        self.deadlines.insert((expires_ns, peer));
    }

    /// A client was heard of; whether it is logged in.
    pub(super) fn hear(&mut self, contact: Contact, expires_ns: u64) -> bool {
        let client = self.clients.get_mut(&contact.peer);
        let Some(client) = client.filter(|client| client.holder.contact == contact) else {
            return false;
        };
        self.deadlines.remove(&(client.expires_ns, contact.peer));
        client.expires_ns = expires_ns;
        self.deadlines.insert((expires_ns, contact.peer));
        true
    }

    /// A client that is logged in shares these items, too.
    pub(super) fn offer(&mut self, peer: PeerId, items: &[ItemId]) {
        let Some(client) = self.clients.get_mut(&peer) else {
            return;
        };
        for item in items {
            if let Err(place) = client.items.binary_search(item) {
                client.items.insert(place, *item);
                let sharers = self.sharers.entry(*item).or_default();
                if let Err(place) = sharers.binary_search(&peer) {
                    sharers.insert(place, peer);
                }
            }
        }
    }

    /// A client shares these items no longer.
    pub(super) fn withdraw(&mut self, peer: PeerId, items: &[ItemId]) {
        let Some(client) = self.clients.get_mut(&peer) else {
            return;
        };
        client.items.retain(|item| !items.contains(item));
        for item in items {
            remove(&mut self.sharers, *item, peer);
        }
    }

    /// A client is gone, with everything that it shared.
    pub(super) fn log_out(&mut self, contact: Contact) {
        let client = self.clients.get(&contact.peer);
        if client.is_some_and(|client| client.holder.contact == contact) {
            self.strike(contact.peer);
        }
    }

    /// Strikes off everybody who should have been heard of by now.
    pub(super) fn strike_silent(&mut self, now_ns: u64) {
        while let Some(&(deadline_ns, peer)) = self.deadlines.first()
            && deadline_ns <= now_ns
        {
            self.strike(peer);
        }
    }

    fn strike(&mut self, peer: PeerId) {
        let Some(client) = self.clients.remove(&peer) else {
            return;
        };
        self.deadlines.remove(&(client.expires_ns, peer));
        for item in client.items {
            remove(&mut self.sharers, item, peer);
        }
    }

    /// Everybody who shares an item, ascending.
    pub(super) fn holders(&self, item: ItemId) -> impl Iterator<Item = Holder> {
        let sharers = self.sharers.get(&item).map_or(&[][..], Vec::as_slice);
        sharers.iter().map(|peer| self.clients[peer].holder)
    }

    /// A client in its session, if it is logged in.
    pub(super) fn client(&self, peer: PeerId) -> Option<Contact> {
        self.clients.get(&peer).map(|client| client.holder.contact)
    }

    /// Everybody who is logged in, ascending.
    pub(super) fn clients(&self) -> impl Iterator<Item = Contact> {
        self.clients.values().map(|client| client.holder.contact)
    }

    /// How many are logged in.
    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }

    /// What the tables keep of a client, its items apart: for estimates.
    pub(super) fn client_bytes() -> usize {
        map_entry_bytes::<PeerId, Client>() + map_entry_bytes::<(u64, PeerId), ()>()
    }
}

fn remove(sharers: &mut BTreeMap<ItemId, Vec<PeerId>>, item: ItemId, peer: PeerId) {
    let Some(list) = sharers.get_mut(&item) else {
        return;
    };
    if let Ok(place) = list.binary_search(&peer) {
        list.remove(place);
    }
    if list.is_empty() {
        sharers.remove(&item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::testing::in_session;
    use proptest::prelude::*;

    fn holder(peer: u32, session: u16) -> Holder {
        Holder {
            contact: in_session(peer, session),
            firewalled: false,
        }
    }

    fn named(index: &Index, item: u32) -> Vec<u32> {
        let holders = index.holders(ItemId(item));
        holders.map(|holder| holder.contact.peer.0).collect()
    }

    #[test]
    fn what_clients_share_is_known_until_they_say_otherwise() {
        let mut index = Index::default();
        index.offer(PeerId(1), &[ItemId(7)]);
        assert_eq!(
            named(&index, 7),
            [0_u32; 0],
            "a stranger's word counts for nothing"
        );
        for peer in [3, 1, 2] {
            index.log_in(holder(peer, 1), 100);
            index.offer(PeerId(peer), &[ItemId(9), ItemId(7), ItemId(7)]);
        }
        assert_eq!(named(&index, 7), [1, 2, 3]);
        index.withdraw(PeerId(2), &[ItemId(7), ItemId(8)]);
        assert_eq!(named(&index, 7), [1, 3]);
        assert_eq!(named(&index, 9), [1, 2, 3]);
        index.offer(PeerId(2), &[ItemId(7)]);
        assert_eq!(named(&index, 7), [1, 2, 3], "and again");
        index.withdraw(PeerId(2), &[ItemId(7)]);
        index.log_out(in_session(3, 2));
        assert_eq!(named(&index, 7), [1, 3], "the goodbye of another session");
        index.log_out(in_session(3, 1));
        assert_eq!(named(&index, 7), [1]);
        index.log_in(holder(1, 2), 200);
        assert_eq!(named(&index, 7), [0_u32; 0], "a new session has nothing yet");
        assert_eq!(index.client(PeerId(1)), Some(in_session(1, 2)));
        assert_eq!(index.clients().count(), 2);
    }

    #[test]
    fn the_silent_are_struck_off_to_the_nanosecond() {
        let mut index = Index::default();
        for peer in [1, 2] {
            index.log_in(holder(peer, 1), 100);
            index.offer(PeerId(peer), &[ItemId(0)]);
        }
        index.strike_silent(99);
        assert!(index.hear(in_session(2, 1), 150));
        assert!(!index.hear(in_session(2, 3), 900) && !index.hear(in_session(5, 1), 900));
        index.strike_silent(100);
        assert_eq!(named(&index, 0), [2]);
        index.strike_silent(149);
        assert_eq!(named(&index, 0), [2]);
        index.strike_silent(150);
        assert_eq!(named(&index, 0), [0_u32; 0]);
        assert!(index.deadlines.is_empty() && index.sharers.is_empty() && index.clients.is_empty());
    }

    /// The same by a plain list of (client, item).
    #[derive(Default)]
    struct Slow {
        pairs: BTreeSet<(u32, u32)>,
        expires: BTreeMap<u32, u64>,
    }

    proptest! {
        #[test]
        fn it_is_a_list_of_pairs(steps in proptest::collection::vec((0_u8..6, 0_u32..3, 0_u32..3), 0..60)) {
            let (mut index, mut slow) = (Index::default(), Slow::default());
            for (now_ns, (what, peer, item)) in (0_u64..).zip(steps) {
                let expires_ns = now_ns + 12;
                index.strike_silent(now_ns);
                let gone: Vec<u32> = slow.expires.iter().filter(|(_, at)| **at <= now_ns).map(|(peer, _)| *peer).collect();
                for peer in gone {
                    slow.expires.remove(&peer);
                    slow.pairs.retain(|(other, _)| *other != peer);
                }
                match what {
                    0 => {
                        index.log_in(holder(peer, 1), expires_ns);
                        slow.pairs.retain(|(other, _)| *other != peer);
                        slow.expires.insert(peer, expires_ns);
                    }
                    1 => {
                        let is_in = index.hear(in_session(peer, 1), expires_ns);
                        prop_assert_eq!(is_in, slow.expires.contains_key(&peer));
                        slow.expires.entry(peer).and_modify(|at| *at = expires_ns);
                    }
                    2 | 3 => {
                        index.offer(PeerId(peer), &[ItemId(item)]);
                        if slow.expires.contains_key(&peer) {
                            slow.pairs.insert((peer, item));
                        }
                    }
                    4 => {
                        index.withdraw(PeerId(peer), &[ItemId(item)]);
                        slow.pairs.remove(&(peer, item));
                    }
                    _ => {
                        index.log_out(in_session(peer, 1));
                        slow.expires.remove(&peer);
                        slow.pairs.retain(|(other, _)| *other != peer);
                    }
                }
                for item in 0..3 {
                    let expected: Vec<u32> = slow.pairs.iter().filter(|(_, other)| *other == item).map(|(peer, _)| *peer).collect();
                    prop_assert_eq!(named(&index, item), expected);
                }
            }
        }
    }
}

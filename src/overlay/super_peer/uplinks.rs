//! The super-peers with which a peer is registered, or asks to be: those of one cluster, and while it moves those of another.

use crate::engine::{Contact, PeerId};
use crate::overlay::QueryId;
use crate::overlay::super_peer::links::turn;

/// A super-peer, as its client knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Uplink {
    /// Who it is; any session while the client asks to be let in.
    pub(super) contact: Contact,
    /// Whether it has let the client in.
    pub(super) is_in: bool,
    /// The client's own number for the attempt.
    pub(super) attempt: u32,
    /// Messages that it sent so far: by it a timer knows whether it has been silent.
    pub(super) heard: u32,
}

/// Uplinks, ordered by peer.
#[derive(Default, Debug)]
pub(super) struct Uplinks(Vec<Uplink>);

impl Uplinks {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Uplink> {
        self.0.iter()
    }

    /// Those that let the client in, in order.
    pub(super) fn entered(&self) -> impl Iterator<Item = Contact> {
        self.0
            .iter()
            .filter(|uplink| uplink.is_in)
            .map(|uplink| uplink.contact)
    }

    /// The one whose turn a query is.
    pub(super) fn turn(&self, query: QueryId) -> Option<Contact> {
        let entered = self.entered().count();
        if entered == 0 {
            return None;
        }
        self.entered().nth(turn(query, entered))
    }

    /// The uplink to a peer.
    pub(super) fn to(&mut self, peer: PeerId) -> Option<&mut Uplink> {
        self.0.iter_mut().find(|uplink| uplink.contact.peer == peer)
    }

    /// Whether there is one to a peer, or shall be.
    pub(super) fn has(&self, peer: PeerId) -> bool {
        self.0.iter().any(|uplink| uplink.contact.peer == peer)
    }

    /// A super-peer has said something; whether it had let the client in, in this session.
    pub(super) fn hear(&mut self, from: Contact) -> bool {
        let uplink = self.0.iter_mut().find(|uplink| uplink.contact == from);
        let Some(uplink) = uplink.filter(|uplink| uplink.is_in) else {
            return false;
        };
        uplink.heard = uplink.heard.wrapping_add(1);
        true
    }

    /// The client asks to be let in.
    ///
    /// # Panics
    /// When it does already.
    pub(super) fn knock(&mut self, peer: PeerId, attempt: u32) {
        let place = self.0.binary_search_by_key(&peer, |uplink| uplink.contact.peer);
        let uplink = Uplink {
            contact: Contact::any(peer),
            is_in: false,
            attempt,
            heard: 0,
        };
        self.0.insert(place.expect_err("one attempt at a time"), uplink);
    }

    /// Takes out the uplink to a peer; whether there was one.
    pub(super) fn remove(&mut self, peer: PeerId) -> bool {
        let before = self.0.len();
        self.0.retain(|uplink| uplink.contact.peer != peer);
        self.0.len() < before
    }

    /// Takes out all for which `is_meant` holds.
    pub(super) fn take(&mut self, is_meant: impl Fn(PeerId) -> bool) -> Vec<Contact> {
        let meant = self.0.iter().filter(|uplink| is_meant(uplink.contact.peer));
        let taken = meant.map(|uplink| uplink.contact).collect();
        self.0.retain(|uplink| !is_meant(uplink.contact.peer));
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::testing::in_session;

    #[test]
    fn queries_go_round_those_that_let_the_client_in() {
        let mut uplinks = Uplinks::default();
        for (attempt, peer) in [(1, 9), (2, 4), (3, 6)] {
            uplinks.knock(PeerId(peer), attempt);
        }
        assert_eq!(uplinks.turn(QueryId(3)), None);
        for peer in [9, 4] {
            let uplink = uplinks.to(PeerId(peer)).unwrap();
            (uplink.contact, uplink.is_in) = (in_session(peer, 2), true);
        }
        let turns = (0..3).map(|query| uplinks.turn(QueryId(query)).unwrap().peer.0);
        assert_eq!(turns.collect::<Vec<_>>(), [4, 9, 4]);
        assert!(
            uplinks.hear(in_session(4, 2))
                && !uplinks.hear(in_session(4, 1))
                && !uplinks.hear(in_session(6, 0))
        );
        assert_eq!(
            uplinks.take(|peer| peer.0 > 5),
            [in_session(6, 0), in_session(9, 2)]
        );
        assert!(uplinks.has(PeerId(4)) && uplinks.remove(PeerId(4)) && uplinks.is_empty());
    }
}

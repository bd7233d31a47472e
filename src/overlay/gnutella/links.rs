//! The list of a servent's links: who is at the other end, and when it was last heard.

use crate::engine::{Contact, PeerId};

/// Name of a connection at one of its ends: never given twice by a servent, so that a route learned over a connection
/// does not survive it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct LinkId(pub(super) u32);

impl LinkId {
    /// No link: an empty place in a table.
    pub(super) const NONE: Self = Self(0);
    /// The servent itself: its own descriptors are at home here.
    pub(super) const OWN: Self = Self(u32::MAX);
}

/// A moment in units of 2^24 ns (17 ms), modulo 2^32 of them: good for differences below two years, at half the room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Moment(u32);

impl Moment {
    #[inline]
    fn of(now_ns: u64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "differences are taken modulo 2^32"
        )]
        Self((now_ns >> 24) as u32)
    }

    fn until_ns(self, later: Self) -> u64 {
        u64::from(later.0.wrapping_sub(self.0)) << 24
    }
}

/// One connection, as one of its ends knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Link {
    /// The other end.
    pub(super) contact: Contact,
    /// The connection's name here.
    pub(super) id: LinkId,
    heard: Moment,
}

/// A servent's links, ordered by peer.
#[derive(Default, Debug)]
pub(super) struct Links {
    list: Vec<Link>,
    /// Names given so far.
    named: u32,
}

impl Links {
    /// Number of links.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// All links, ordered by peer.
    #[inline]
    pub(super) fn all(&self) -> &[Link] {
        &self.list
    }

    /// Place of the link to a peer, whatever its session.
    #[inline]
    pub(super) fn place_of(&self, peer: PeerId) -> Option<usize> {
        self.list
            .binary_search_by_key(&peer, |link| link.contact.peer)
            .ok()
    }

    /// Place of the link to a peer in this very session; a link given as an address alone fits any.
    #[inline]
    pub(super) fn place(&self, contact: Contact) -> Option<usize> {
        let place = self.place_of(contact.peer)?;
        let session = self.list[place].contact.session;
        (session == contact.session || session == 0).then_some(place)
    }

    /// Place of the connection of this name, unless it is gone.
    #[inline]
    pub(super) fn place_named(&self, id: LinkId) -> Option<usize> {
        self.list.iter().position(|link| link.id == id)
    }

    /// Adds a link.
    ///
    /// # Panics
    /// When there is one to this peer already.
    pub(super) fn add(&mut self, contact: Contact, now_ns: u64) -> Link {
        let place = self
            .list
            .binary_search_by_key(&contact.peer, |link| link.contact.peer)
            .expect_err("there is at most one link between two peers");
        self.named += 1;
        assert!(
            self.named < LinkId::OWN.0,
            "a peer has fewer than 2^32 links in its life"
        );
        let link = Link {
            contact,
            id: LinkId(self.named),
            heard: Moment::of(now_ns),
        };
        self.list.insert(place, link);
        link
    }

    /// Takes a link out.
    pub(super) fn remove(&mut self, place: usize) -> Link {
        self.list.remove(place)
    }

    /// Takes all links out; names are not given again.
    pub(super) fn clear(&mut self) {
        self.list = Vec::new();
    }

    /// Notes that the other end was heard.
    #[inline]
    pub(super) fn hear(&mut self, place: usize, now_ns: u64) {
        self.list[place].heard = Moment::of(now_ns);
    }

    /// How long the other end has been silent, in nanoseconds, resolved to 17 ms.
    pub(super) fn silent_ns(&self, place: usize, now_ns: u64) -> u64 {
        self.list[place].heard.until_ns(Moment::of(now_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(peer: u32, session: u16) -> Contact {
        Contact {
            peer: PeerId(peer),
            session,
        }
    }

    #[test]
    fn a_link_is_found_by_session_and_by_name() {
        assert_eq!(size_of::<Link>(), 16);
        let mut links = Links::default();
        let nine = links.add(contact(9, 2), 0);
        let four = links.add(contact(4, 1), 0);
        assert_eq!(links.place(contact(4, 1)), Some(0));
        assert_eq!(links.place(contact(9, 2)), Some(1));
        assert_eq!(
            links.place(contact(9, 1)),
            None,
            "another session is another servent"
        );
        assert_eq!(links.place_named(nine.id), Some(1));
        links.remove(1);
        assert_eq!(links.place_named(nine.id), None);
        let again = links.add(contact(9, 2), 0);
        assert!(
            again.id != nine.id && again.id != four.id,
            "a new connection has a new name"
        );
    }

    #[test]
    fn silence_is_measured_across_the_wrap() {
        let mut links = Links::default();
        let start = (u64::from(u32::MAX) << 24) - 1;
        links.add(contact(1, 1), start);
        assert_eq!(links.silent_ns(0, start + (10 << 24)), 10 << 24);
        links.hear(0, start + (10 << 24));
        assert_eq!(links.silent_ns(0, start + (12 << 24)), 2 << 24);
    }
}

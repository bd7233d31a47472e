//! The list of a servent's links: who is at the other end, and when it was last heard.
//!
//! Whom a message may come from is all that most messages ask, so the other ends lie densely by themselves: in the servent's
//! own struct, which is at hand whenever they are asked for, unless they are many. What else is known of a link stands in a
//! ledger beside them, and a servent whose links never change does without one.

use super::neighbours::Neighbours;
use crate::engine::prefetch::prefetch_ends;
use crate::engine::{Contact, PeerId, SessionNumber};

/// Name of a connection at one of its ends: never given twice by a servent, so that a route learned over a connection
/// does not survive it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::overlay) struct LinkId(pub(in crate::overlay) u32);

impl LinkId {
    /// No link: an empty place in a table.
    pub(in crate::overlay) const NONE: Self = Self(0);
    /// The servent itself: its own descriptors are at home here.
    pub(in crate::overlay) const OWN: Self = Self(u32::MAX);
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
}

/// What is known of a link besides who is at its other end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    session: SessionNumber,
    id: LinkId,
    heard: Moment,
}

/// What is known of all links of a servent that may gain and lose some.
#[derive(Default, Debug)]
pub(super) struct Ledger {
    /// By place.
    entries: Vec<Entry>,
    /// Names given so far.
    named: u32,
}

/// The session at the other ends of the links that a servent is given.
const FIRST_SESSION: SessionNumber = 1;

/// A servent's links, ordered by peer.
#[derive(Default, Debug)]
pub(super) struct Links {
    /// The other ends.
    peers: Neighbours,
    /// `None` while the links are those that were given: then all are to first sessions, and the one at place `p` is
    /// named `p + 1`.
    ledger: Option<Box<Ledger>>,
}

impl Links {
    /// The links to the first sessions of these peers.
    ///
    /// # Panics
    /// When one is named twice.
    pub(super) fn given(peers: &[PeerId]) -> Self {
        Self {
            peers: Neighbours::new(peers),
            ledger: None,
        }
    }

    /// Number of links.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    /// The other ends, ordered by peer.
    #[inline]
    pub(super) fn contacts(&self) -> impl Iterator<Item = Contact> {
        // Asked for once: many are sent to at a time.
        let entries = self.entries();
        (0..).zip(&*self.peers).map(|(place, &peer)| Contact {
            peer,
            session: session(entries, place),
        })
    }

    /// All links, ordered by peer.
    pub(super) fn all(&self) -> impl Iterator<Item = Link> {
        (0..self.len()).map(|place| self.at(place))
    }

    /// The link at a place.
    #[inline]
    pub(super) fn at(&self, place: usize) -> Link {
        Link {
            contact: self.contact(place),
            id: self.id(place),
        }
    }

    /// The other end of the link at a place.
    #[inline]
    pub(super) fn contact(&self, place: usize) -> Contact {
        Contact {
            peer: self.peers[place],
            session: self.session(place),
        }
    }

    /// What is known of the links, by place; nothing where no ledger is kept.
    #[inline]
    fn entries(&self) -> &[Entry] {
        self.ledger.as_ref().map_or(&[], |ledger| &ledger.entries)
    }

    #[inline]
    fn session(&self, place: usize) -> SessionNumber {
        session(self.entries(), place)
    }

    /// Name of the link at a place.
    #[inline]
    fn id(&self, place: usize) -> LinkId {
        match &self.ledger {
            None => given_name(place),
            Some(ledger) => ledger.entries[place].id,
        }
    }

    /// Whether links neither come nor go in this session: they are those that were given.
    #[inline]
    pub(super) fn are_fixed(&self) -> bool {
        self.ledger.is_none()
    }

    /// The link to a neighbour.
    ///
    /// # Panics
    /// When there is none.
    #[inline]
    pub(super) fn to(&self, neighbour: PeerId) -> Link {
        let place = self.place_of(neighbour);
        self.at(place.expect("a neighbour is somebody with a link"))
    }

    /// Place of the link to a peer, whatever its session.
    #[inline]
    pub(super) fn place_of(&self, peer: PeerId) -> Option<usize> {
        self.peers.place_of(peer)
    }

    /// Place of the link to a peer in this very session; a link given as an address alone fits any.
    #[inline]
    pub(super) fn place(&self, contact: Contact) -> Option<usize> {
        let place = self.place_of(contact.peer)?;
        let session = self.session(place);
        (session == contact.session || session == 0).then_some(place)
    }

    /// Place of the connection of this name, unless it is gone.
    #[inline]
    pub(super) fn place_named(&self, id: LinkId) -> Option<usize> {
        match &self.ledger {
            None => Some((id.0 as usize).wrapping_sub(1)).filter(|place| *place < self.len()),
            Some(ledger) => ledger.entries.iter().position(|entry| entry.id == id),
        }
    }

    /// Begins to keep a ledger: from now on links may come and go. All there are count as heard now.
    pub(super) fn open_ledger(&mut self, now_ns: u64) {
        self.ledger(now_ns);
    }

    fn ledger(&mut self, now_ns: u64) -> &mut Ledger {
        let count = self.peers.len();
        self.ledger.get_or_insert_with(|| {
            let given = |place| Entry {
                session: FIRST_SESSION,
                id: given_name(place),
                heard: Moment::of(now_ns),
            };
            Box::new(Ledger {
                entries: (0..count).map(given).collect(),
                named: given_name(count).0 - 1,
            })
        })
    }

    /// Adds a link.
    ///
    /// # Panics
    /// When there is one to this peer already.
    pub(super) fn add(&mut self, contact: Contact, now_ns: u64) -> Link {
        self.open_ledger(now_ns);
        let place = self.peers.insert(contact.peer);
        let ledger = self.ledger(now_ns);
        ledger.named += 1;
        assert!(
            ledger.named < LinkId::OWN.0,
            "a peer has fewer than 2^32 links in its life"
        );
        let entry = Entry {
            session: contact.session,
            id: LinkId(ledger.named),
            heard: Moment::of(now_ns),
        };
        ledger.entries.insert(place, entry);
        self.at(place)
    }

    /// Takes a link out.
    pub(super) fn remove(&mut self, place: usize) -> Link {
        let link = self.at(place);
        self.ledger(0).entries.remove(place);
        self.peers.remove(place);
        link
    }

    /// Takes all links out; names are not given again.
    pub(super) fn clear(&mut self) {
        if self.len() > 0 {
            self.ledger(0).entries = Vec::new();
            self.peers = Neighbours::default();
        }
    }

    /// Notes that the other end was heard.
    #[inline]
    pub(super) fn hear(&mut self, place: usize, now_ns: u64) {
        if let Some(ledger) = &mut self.ledger {
            ledger.entries[place].heard = Moment::of(now_ns);
        }
    }

    /// How long the other end has been silent, in nanoseconds, resolved to 17 ms; none where no ledger is kept.
    pub(super) fn silent_ns(&self, place: usize, now_ns: u64) -> u64 {
        self.ledger.as_ref().map_or(0, |ledger| {
            ledger.entries[place].heard.until_ns(Moment::of(now_ns))
        })
    }

    /// Has fetched what lies elsewhere: the other ends where they are many, and what is known of the links to them. See
    /// [`crate::overlay::Overlay::prefetch`].
    #[inline]
    pub(super) fn prefetch(&self) {
        let elsewhere = self.peers.elsewhere();
        if !elsewhere.is_empty() {
            prefetch_ends(elsewhere);
        }
        let entries = self.entries();
        if !entries.is_empty() {
            prefetch_ends(entries);
        }
    }
}

/// Session at the other end of the link at a place, of which there are these entries, or none if all are to first sessions.
#[inline]
fn session(entries: &[Entry], place: usize) -> SessionNumber {
    if entries.is_empty() {
        FIRST_SESSION
    } else {
        entries[place].session
    }
}

/// Name of the link at a place among those that were given.
#[inline]
fn given_name(place: usize) -> LinkId {
    LinkId(u32::try_from(place).expect("a peer has fewer than 2^32 links") + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::testing::in_session;

    #[test]
    fn a_link_is_found_by_session_and_by_name() {
        let mut links = Links::default();
        let nine = links.add(in_session(9, 2), 0);
        let four = links.add(in_session(4, 1), 0);
        assert_eq!(links.place(in_session(4, 1)), Some(0));
        assert_eq!(links.place(in_session(9, 2)), Some(1));
        assert_eq!(
            links.place(in_session(9, 1)),
            None,
            "another session is another servent"
        );
        assert_eq!(links.place_named(nine.id), Some(1));
        links.remove(1);
        assert_eq!(links.place_named(nine.id), None);
        let again = links.add(in_session(9, 2), 0);
        assert!(
            again.id != nine.id && again.id != four.id,
            "a new connection has a new name"
        );
    }

    #[test]
    fn silence_is_measured_across_the_wrap() {
        let mut links = Links::default();
        let start = (u64::from(u32::MAX) << 24) - 1;
        links.add(in_session(1, 1), start);
        assert_eq!(links.silent_ns(0, start + (10 << 24)), 10 << 24);
        links.hear(0, start + (10 << 24));
        assert_eq!(links.silent_ns(0, start + (12 << 24)), 2 << 24);
    }

    #[test]
    fn a_ledger_opened_late_goes_on_with_the_names_that_were_given() {
        let peers = [9, 4, 6].map(PeerId);
        let mut links = Links::given(&peers);
        let before: Vec<Link> = links.all().collect();
        assert_eq!(links.place(in_session(6, 1)), Some(1));
        assert_eq!(links.place(in_session(6, 2)), None, "links are to first sessions");
        let find = |links: &Links, id| links.place_named(id);
        let places: Vec<_> = before.iter().map(|link| find(&links, link.id)).collect();
        assert_eq!(places, [Some(0), Some(1), Some(2)]);
        assert_eq!(find(&links, LinkId::OWN), None);
        assert_eq!(find(&links, LinkId::NONE), None);

        links.open_ledger(3 << 24);
        assert_eq!(links.all().collect::<Vec<_>>(), before);
        assert_eq!(links.silent_ns(2, 5 << 24), 2 << 24);
        let new = links.add(in_session(5, 7), 0);
        assert!(before.iter().all(|link| link.id != new.id));
        assert_eq!(find(&links, new.id), Some(1));
        assert_eq!(find(&links, before[1].id), Some(2));
    }

    #[test]
    fn links_taken_out_take_their_names_with_them() {
        let mut links = Links::given(&[9, 4].map(PeerId));
        let before: Vec<Link> = links.all().collect();
        links.clear();
        assert_eq!(links.len(), 0);
        let again = links.add(in_session(9, 1), 0);
        assert!(before.iter().all(|link| link.id != again.id));
        assert!(before.iter().all(|link| links.place_named(link.id).is_none()));
    }
}

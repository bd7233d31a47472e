//! What clients and trackers send each other, all of it as datagrams. Sizes are parameters, so a message carries its own.

use crate::engine::Contact;
use crate::engine::digest::hashed;
use crate::overlay::{ItemId, QueryId};

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// What it says.
    pub body: Body,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// To a tracker: give me the number with which I may announce, so that you know where I am.
    Connect,
    /// From a tracker: here it is.
    Connected,
    /// To a tracker: this is what I do in an item's swarm.
    Announce(Announcement),
    /// From a tracker: these take part in the swarm, too.
    Peers(Box<Peers>),
    /// To a tracker: I take part in the item's swarm no longer. There is no answer.
    Stopped(ItemId),
}

/// An announcement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Announcement {
    /// The item.
    pub item: ItemId,
    /// The query for which others are looked for; `None`: none are wanted.
    pub query: Option<QueryId>,
    /// Whether the client has the item, or a part that it serves, so that others are to be told of it.
    pub serves: bool,
    /// Whether the query was not answered yet: for the observers' books only.
    pub is_new: bool,
    /// Whether nobody can open a connection to the client.
    pub firewalled: bool,
}

/// Members of an item's swarm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peers {
    /// The item.
    pub item: ItemId,
    /// The query of the announcement.
    pub query: Option<QueryId>,
    /// Who they are.
    pub list: Vec<Member>,
}

/// A member of a swarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
    /// Who it is.
    pub contact: Contact,
    /// Whether nobody can connect to it. The wire does not say so: a client finds out when nobody answers.
    pub firewalled: bool,
}

impl crate::engine::Message for Message {
    const KINDS: &'static [&'static str] = &["connect", "connected", "announce", "peers", "stopped"];

    fn kind(&self) -> usize {
        match self.body {
            Body::Connect => 0,
            Body::Connected => 1,
            Body::Announce(_) => 2,
            Body::Peers(_) => 3,
            Body::Stopped(_) => 4,
        }
    }

    fn size_bytes(&self) -> u32 {
        self.size_bytes
    }

    fn fingerprint(&self) -> u64 {
        let numbered = |query: Option<QueryId>| query.map_or(0, |query| u64::from(query.0) + 1);
        let (first, second) = match &self.body {
            Body::Connect | Body::Connected => (0, 0),
            Body::Announce(announcement) => {
                let flags = u64::from(announcement.serves) << 1 | u64::from(announcement.firewalled);
                (
                    u64::from(announcement.item.0) << 2 | flags,
                    numbered(announcement.query),
                )
            }
            Body::Peers(peers) => {
                let members = peers.list.iter().map(|member| {
                    let session = u64::from(member.contact.session) << 1 | u64::from(member.firewalled);
                    u64::from(member.contact.peer.0) << 32 | session
                });
                let list = members.fold(u64::from(peers.item.0), |sum, word| hashed(sum, word, 1));
                (list, numbered(peers.query))
            }
            Body::Stopped(item) => (u64::from(item.0), 0),
        };
        hashed(self.kind() as u64, first, second).wrapping_add(u64::from(self.size_bytes))
    }
}

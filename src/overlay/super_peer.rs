//! Super-peers: Kazaa (FastTrack), the two-tier Gnutella, and the knobs of Yang and Garcia-Molina's design.
//!
//! A super-peer is an ordinary peer that is fast enough, can be connected to and has been online for long enough. The others are its
//! clients: they tell it what they share and ask it. Super-peers are linked at random and flood queries among themselves; whoever asked
//! gets hits along the way that the query went. A super-peer answers for its clients, or passes a query on to those of them that have
//! what is asked for. A firewalled holder is told by its super-peer to call back.
//!
//! Several super-peers may be *partners*: every client is registered with all of them, everybody sends each query to one of them, in
//! turns, and neighbours link with them all. A super-peer and its partners and clients are a *cluster*; its size counts all of them, as
//! Yang and Garcia-Molina's does.
//!
//! Clusters that have no room are split, and partners that are gone replaced, by asking a client to become a super-peer (Yang and
//! Garcia-Molina, section 5.3). A client that finds no room anywhere becomes one by itself. Super-peers make themselves known to caches,
//! which are service nodes.
//!
//! Sources: Yang and Garcia-Molina, "Designing a Super-Peer Network" (ICDE 2003); Liang, Kumar and Ross, "Understanding KaZaA" (2004);
//! the 0.6 draft of Gnutella (Klingberg and Manfredi, 2002) and its ultrapeer and query routing proposals (Singla and Rohrs, Rohrs, 2002).
//!
//! This room knows nothing of transfers or of who really holds what. A client learns that its super-peer is gone by a closed connection
//! or by silence, a super-peer that a client or a neighbour is by a goodbye or by silence.

mod cache;
mod client;
mod clusters;
mod floods;
pub mod footprint;
mod hub;
mod links;
pub mod message;
mod peer;
pub mod settings;
#[cfg(test)]
mod tests;
mod uplinks;
mod ways;

pub use message::Message;
pub use settings::{IndexKind, Settings, Wire};

use self::cache::Cache;
use self::message::{Letter, Long, Short};
use self::peer::Peer;
use super::{Host, Overlay, QueryId};
use crate::engine::{Contact, Departure, PeerId};

/// A node of a network of super-peers.
#[derive(Debug)]
pub struct SuperPeer(Role);

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all nodes are peers")]
enum Role {
    Peer(Peer),
    Cache(Box<Cache>),
}

/// How a peer that is online at the start begins its first session, as do all that are named here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Beginning {
    /// As a client: it turns to these super-peers.
    Client {
        /// All super-peers of one cluster.
        super_peers: Vec<PeerId>,
    },
    /// As a super-peer.
    SuperPeer {
        /// Who founded its cluster.
        founder: PeerId,
        /// Its partners, ascending.
        partners: Vec<PeerId>,
        /// Linked super-peers of other clusters, each with whoever founded its cluster. They have this one among theirs.
        links: Vec<(PeerId, PeerId)>,
    },
}

/// What the timers of a peer carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// Say that the peer is still there, and look who else is.
    Tick,
    /// This attempt to log in has had its time.
    Login(u32),
    /// A super-peer should have said that it is still there.
    Silence {
        /// Which.
        peer: PeerId,
        /// Messages that it had sent when it was asked.
        heard: u32,
    },
    /// An attempt to link with another super-peer has had its time.
    Connecting {
        /// Whom it was to.
        peer: PeerId,
        /// The peer's own number for it.
        attempt: u32,
    },
    /// Ask a cache again if need be.
    AskAgain,
}

impl SuperPeer {
    /// A peer; whether it is fast enough for a super-peer and can be connected to, and how it begins its first session if it is online
    /// at the start.
    pub fn peer(is_capable: bool, beginning: Option<Beginning>) -> Self {
        Self(Role::Peer(Peer::new(is_capable, beginning)))
    }

    /// A service node that tells addresses of super-peers.
    pub fn cache() -> Self {
        Self(Role::Cache(Box::default()))
    }

    /// Whether it is a super-peer at present.
    pub fn is_super_peer(&self) -> bool {
        matches!(&self.0, Role::Peer(peer) if peer.is_super_peer())
    }
}

/// Why a cache is not made to do what peers do.
const NO_PEER: &str = "a cache sets no timers, asks nothing and shares nothing";

impl Overlay for SuperPeer {
    type Message = Message;
    type Timer = Timer;
    type Settings = Settings;

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.join(host),
            Role::Cache(_) => {}
        }
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.leave(departure, host),
            Role::Cache(cache) => **cache = Cache::default(),
        }
    }

    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.receive(from, message, host),
            Role::Cache(cache) => cache.receive(from, &message, host),
        }
    }

    fn expire<H: Host<Self>>(&mut self, timer: Timer, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.expire(timer, host),
            Role::Cache(_) => unreachable!("{NO_PEER}"),
        }
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.search(query, host),
            Role::Cache(_) => unreachable!("{NO_PEER}"),
        }
    }

    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.request_call_back(query, holder.peer, host),
            Role::Cache(_) => unreachable!("{NO_PEER}"),
        }
    }

    fn shares_changed<H: Host<Self>>(&mut self, host: &mut H) {
        match &mut self.0 {
            Role::Peer(peer) => peer.shares_changed(host),
            Role::Cache(_) => unreachable!("{NO_PEER}"),
        }
    }

    /// The super-peers that let a client in; a super-peer's clients, partners and neighbours.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        if let Role::Peer(peer) = &self.0 {
            peer.visit_neighbours(visit);
        }
    }
}

/// A short message of this size.
fn short(body: Short, size_bytes: u32) -> Message {
    Message::Short { body, size_bytes }
}

/// A long message of this size.
fn long(body: Long, size_bytes: u32) -> Message {
    Message::Long(Box::new(Letter { body, size_bytes }))
}

//! Trackers, as BitTorrent's: for every item there is a node that knows who takes part in its swarm.
//!
//! A peer announces every item that it has, or looks for, to the item's tracker, and is told of others in the same answer. It
//! announces again at intervals and takes its leave; whoever does neither is struck off. There is no login, no list of what a
//! peer shares, and no search but for an item that is known already. Trackers do not talk to each other. Nobody passes on that
//! a peer behind a firewall is to call back: such a peer is named, and cannot be reached. The answer tells
//! who that is, which the real one does not: two peers behind firewalls are spared an attempt that would fail.
//!
//! Sources: van der Spek, "UDP Tracker Protocol for BitTorrent" (BEP 15); for times the constants of opentracker
//! (`trackerlogic.h`).
//!
//! This room knows nothing of transfers or of who really holds what: a swarm is who announced.

mod client;
pub mod footprint;
pub mod message;
pub mod settings;
mod swarms;
#[cfg(test)]
mod tests;

pub use message::Message;
pub use settings::{Settings, Wire};

use self::client::Client;
use self::swarms::Swarms;
use super::servers::Servers;
use super::{Host, ItemId, Overlay, QueryId};
use crate::engine::{Contact, Departure};

/// A node of a network with trackers.
#[derive(Debug)]
pub struct Tracker(Role);

#[derive(Debug)]
enum Role {
    Client(Client),
    Server(Box<Swarms>),
}

/// What a client's timers carry: the announcement that each was set for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// The tracker should have answered.
    Patience {
        /// The item that was announced.
        item: ItemId,
        /// The announcement's number.
        number: u32,
    },
    /// It is time to announce again.
    Again {
        /// The item.
        item: ItemId,
        /// The number of the announcement before.
        number: u32,
    },
}

impl Tracker {
    /// A client that knows these trackers.
    pub fn client(servers: Servers) -> Self {
        Self(Role::Client(Client::new(servers)))
    }

    /// A tracker.
    pub fn server() -> Self {
        Self(Role::Server(Box::default()))
    }
}

/// Why a tracker is not made to do what clients do.
const NO_CLIENT: &str = "a tracker sets no timers, asks nothing and shares nothing";

impl Tracker {
    /// The client's part.
    fn as_client(&mut self) -> &mut Client {
        match &mut self.0 {
            Role::Client(client) => client,
            Role::Server(_) => unreachable!("{NO_CLIENT}"),
        }
    }
}

impl Overlay for Tracker {
    type Message = Message;
    type Timer = Timer;
    type Settings = Settings;

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        if let Role::Client(client) = &mut self.0 {
            client.shares_changed(host);
        }
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.leave(departure, host),
            Role::Server(swarms) => **swarms = Swarms::default(),
        }
    }

    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.receive(from.peer, message.body, host),
            Role::Server(swarms) => swarms.receive(from, &message.body, host),
        }
    }

    fn expire<H: Host<Self>>(&mut self, timer: Timer, host: &mut H) {
        let client = self.as_client();
        match timer {
            Timer::Patience { item, number } => client.lose_patience(item, number, host),
            Timer::Again { item, number } => client.announce_again(item, number, host),
        }
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        self.as_client().search(query, host);
    }

    /// Nobody is there to pass it on.
    fn request_call_back<H: Host<Self>>(&mut self, _: QueryId, _: Contact, _: &mut H) {}

    fn shares_changed<H: Host<Self>>(&mut self, host: &mut H) {
        self.as_client().shares_changed(host);
    }

    /// The trackers that a client believes in; a tracker's swarms.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        match &self.0 {
            Role::Client(client) => client.visit_trackers(visit),
            Role::Server(swarms) => swarms.visit_peers(visit),
        }
    }
}

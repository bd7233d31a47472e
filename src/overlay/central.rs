//! Central indexes: Napster, and eDonkey's servers.
//!
//! Peers log in to one of a few index servers, tell it what they share, and ask it who has what; files go from peer to peer.
//! A server strikes off whoever says goodbye or stays silent. Servers do not talk to each other; a client may ask the others
//! itself, one after the other (eDonkey's global search). Holders behind firewalls are told through their server to call
//! back.
//!
//! Sources: "napster messages" (drscholl, 2001); Kulbak and Bickson, "The eMule Protocol Specification" (2005); for eDonkey's
//! times the constants of aMule (`opcodes.h`).
//!
//! This room knows nothing of transfers or of who really holds what: an index is what clients said.

mod client;
pub mod footprint;
pub mod message;
mod server;
pub mod settings;
#[cfg(test)]
mod tests;

pub use message::Message;
pub use settings::{Settings, Wire};

use self::client::Client;
use self::message::Body;
use super::index::Index;
use super::servers::Servers;
use super::{Host, Overlay, QueryId};
use crate::engine::{Contact, Departure};

/// A node of a network with index servers.
#[derive(Debug)]
pub struct Central(Role);

#[derive(Debug)]
enum Role {
    Client(Client),
    Server(Box<Index>),
}

/// What a client's timers carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// This attempt to log in has had its time.
    Login(u32),
    /// Begin anew after this attempt to log in.
    Retry(u32),
    /// Say that the client is still there that this attempt let in.
    KeepAlive(u32),
    /// The server should have answered.
    Silence {
        /// Messages that it had sent when it was asked.
        heard: u32,
    },
    /// A query's server has had its time.
    Search {
        /// The query.
        query: QueryId,
        /// Servers that had had their turn.
        step: u32,
    },
}

impl Central {
    /// A client that knows these servers, and asks the others, too, if its own names too few holders.
    pub fn client(servers: Servers, asks_others: bool) -> Self {
        Self(Role::Client(Client::new(servers, asks_others)))
    }

    /// An index server.
    pub fn server() -> Self {
        Self(Role::Server(Box::default()))
    }
}

/// Why a server is not made to do what clients do.
const NO_CLIENT: &str = "a server sets no timers, asks nothing and shares nothing";

impl Overlay for Central {
    type Message = Message;
    type Timer = Timer;
    type Settings = Settings;

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.join(host),
            Role::Server(_) => {}
        }
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.leave(departure, host),
            Role::Server(index) => **index = Index::default(),
        }
    }

    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.receive(from, message.body, host),
            Role::Server(index) => index.receive(from, message.body, host),
        }
    }

    fn expire<H: Host<Self>>(&mut self, timer: Timer, host: &mut H) {
        let Role::Client(client) = &mut self.0 else {
            unreachable!("{NO_CLIENT}");
        };
        match timer {
            Timer::Login(attempt) => client.login_expired(attempt, host),
            Timer::Retry(attempt) => client.retry(attempt, host),
            Timer::KeepAlive(attempt) => client.keep_alive(attempt, host),
            Timer::Silence { heard } => client.silence(heard, host),
            Timer::Search { query, step } => client.search_expired(query, step, host),
        }
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.search(query, host),
            Role::Server(_) => unreachable!("{NO_CLIENT}"),
        }
    }

    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.request_call_back(query, holder, host),
            Role::Server(_) => unreachable!("{NO_CLIENT}"),
        }
    }

    fn shares_changed<H: Host<Self>>(&mut self, host: &mut H) {
        match &mut self.0 {
            Role::Client(client) => client.shares_changed(host),
            Role::Server(_) => unreachable!("{NO_CLIENT}"),
        }
    }

    /// A client's server, as long as it believes in it; a server's clients. So those are within reach of a client whom its
    /// server knows, be there other servers or not.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        match &self.0 {
            Role::Client(client) => client.visit_servers(visit),
            Role::Server(index) => index.clients().for_each(visit),
        }
    }
}

/// A message of this size.
fn plain(body: Body, size_bytes: u32) -> Message {
    Message { body, size_bytes }
}

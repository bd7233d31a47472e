//! Client and server: the arrangement that peer-to-peer networks are held against.
//!
//! A few servers hold everything. A peer that wants an item asks one of them, drawn anew for every query from the peer's own
//! random stream; one that stays silent is followed by the next on the list, until each was asked once. Peers serve nobody
//! and know nothing of each other.
//!
//! This room knows nothing of how files are carried or what a server's link is like: that is for whoever builds the network.

pub mod footprint;
pub mod message;
#[cfg(test)]
mod tests;

pub use message::Message;

use self::message::Body;
use super::books::Fate;
use super::servers::Servers;
use super::{Answer, Host, Overlay, QueryId, note_asked, note_fate};
use crate::engine::{Contact, Departure};

/// Parameters, common to all nodes and read-only during a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How long a peer waits for a server's answer before it asks the next, nanoseconds.
    pub answer_timeout_ns: u64,
    /// Size of a query without its text, in bytes.
    pub query_bytes: u32,
    /// Size of an answer, in bytes.
    pub answer_bytes: u32,
}

/// A node.
#[derive(Debug)]
pub struct ClientServer(Role);

#[derive(Debug)]
enum Role {
    Client { servers: Servers, asked: Vec<Asked> },
    Server,
}

/// A query without an answer yet.
#[derive(Clone, Copy, Debug)]
struct Asked {
    query: QueryId,
    /// The first server that was asked: a place on the list.
    first: u32,
    /// How many were asked so far.
    servers: u32,
}

/// A server has had its time to answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timer {
    /// The query.
    pub query: QueryId,
    /// How many servers had been asked then.
    pub servers: u32,
}

impl ClientServer {
    /// A peer that knows these servers.
    pub fn client(servers: Servers) -> Self {
        Self(Role::Client {
            servers,
            asked: Vec::new(),
        })
    }

    /// A server.
    pub fn server() -> Self {
        Self(Role::Server)
    }
}

/// Why a server is not made to ask anything.
const NO_CLIENT: &str = "a server asks nothing";

impl Overlay for ClientServer {
    type Message = Message;
    type Timer = Timer;
    type Settings = Settings;

    fn join<H: Host<Self>>(&mut self, _: &mut H) {}

    fn leave<H: Host<Self>>(&mut self, _: Departure, _: &mut H) {
        if let Role::Client { asked, .. } = &mut self.0 {
            asked.clear();
        }
    }

    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Message, host: &mut H) {
        match (&mut self.0, message.body) {
            (Role::Server, Body::Query { query }) => answer(from, query, host),
            (Role::Client { asked, .. }, Body::Answer { query }) => {
                let Some(place) = asked.iter().position(|asked| asked.query == query) else {
                    // Another server was quicker.
                    return;
                };
                asked.swap_remove(place);
                let answer = Answer {
                    holder: from,
                    hops: 1,
                    firewalled: false,
                };
                note_fate(host, query, from.peer, (1, 0), Fate::Arrived);
                host.deliver(query, answer);
            }
            (Role::Server, Body::Answer { .. }) | (Role::Client { .. }, Body::Query { .. }) => {
                unreachable!("clients ask servers, and nobody else asks anybody")
            }
        }
    }

    fn expire<H: Host<Self>>(&mut self, timer: Timer, host: &mut H) {
        let Role::Client { servers, asked } = &mut self.0 else {
            unreachable!("{NO_CLIENT}");
        };
        let is_meant = |asked: &Asked| asked.query == timer.query && asked.servers == timer.servers;
        let Some(place) = asked.iter().position(is_meant) else {
            return;
        };
        if asked[place].servers < servers.count() {
            asked[place].ask_next(*servers, host);
        } else {
            asked.swap_remove(place);
        }
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        let Role::Client { servers, asked } = &mut self.0 else {
            unreachable!("{NO_CLIENT}");
        };
        note_asked(host, query);
        let mut new = Asked {
            query,
            first: servers.draw(host.random()),
            servers: 0,
        };
        new.ask_next(*servers, host);
        asked.push(new);
    }

    fn request_call_back<H: Host<Self>>(&mut self, _: QueryId, _: Contact, _: &mut H) {
        unreachable!("servers are not behind firewalls");
    }

    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        if let Role::Client { servers, .. } = &self.0 {
            servers.all().map(Contact::any).for_each(visit);
        }
    }
}

impl Asked {
    fn ask_next<H: Host<ClientServer>>(&mut self, servers: Servers, host: &mut H) {
        let query = self.query;
        let settings = *host.settings();
        let text_bytes = u32::from(host.text_bytes(host.question(query).item));
        let message = Message {
            body: Body::Query { query },
            size_bytes: settings.query_bytes + text_bytes,
        };
        host.books().line(query).note_query_sent(message.size_bytes);
        host.send(Contact::any(servers.at(self.first + self.servers)), message);
        self.servers += 1;
        let timer = Timer {
            query,
            servers: self.servers,
        };
        host.set_timer(settings.answer_timeout_ns, timer);
    }
}

/// A server's answer.
fn answer<H: Host<ClientServer>>(from: Contact, query: QueryId, host: &mut H) {
    let question = host.question(query);
    assert!(host.holds(question.item), "a server holds the whole catalogue");
    let message = Message {
        body: Body::Answer { query },
        size_bytes: host.settings().answer_bytes,
    };
    let now_ns = host.now_ns();
    let line = host.books().line(query);
    line.note_reached(now_ns - question.issued_ns);
    line.note_hit_sent(message.size_bytes);
    for fate in [Fate::Accepted, Fate::Answered] {
        note_fate(host, query, from.peer, (1, 0), fate);
    }
    host.send(from, message);
}

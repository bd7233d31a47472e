//! What a node does for its router and its lookups: it asks, answers, waits, sets timers and looks keys up.

use super::books::Membership;
use super::directory::NodeId;
use super::identifier::Identifier;
use super::keywords::WordSearch;
use super::message::{Cause, Content, Message};
use super::node::{Dht, Timer, Wake, first_node};
use super::publish::Round;
use super::relay::Relay;
use super::round_trips::RoundTrips;
use super::router::Router;
use super::search::Search;
use super::settings::Settings;
use super::store::{Known, Store};
use super::writes::{Write, Writing};
use super::{LookupId, ReadId};
use crate::engine::{Draw, PeerId, SmallStream};
use crate::overlay::books::{Fate, Packet};
use crate::overlay::{Host, QueryId, WordId, note_fate};
use std::collections::VecDeque;

/// The nodes responsible for a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The first of them first; at least one.
    pub owners: Vec<NodeId>,
    /// Nodes on the way to them, the origin excluded: up to and including the key's predecessor where nodes are told who
    /// is responsible, otherwise up to and including the closest.
    pub hops: u16,
}

/// Why a request was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Matter<P> {
    /// To be told the way to a search's key.
    Search(u32),
    /// To see whether a node responsible for a search's key is there.
    Owner(u32),
    /// To have another node take on a lookup of this relay's.
    Relay(u32),
    /// To hand a lookup's result on.
    Return,
    /// To have it keep the version of the write of that number.
    Keep(u32),
    /// The router's own.
    Own(P),
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Call<R: Router> {
    pub(super) ticket: u32,
    pub(super) to: NodeId,
    sent_ns: u64,
    attempt: u32,
    pub(super) matter: Matter<R::Purpose>,
    pub(super) cause: Cause,
    /// To be sent again.
    content: Content<R::Body>,
}

/// What a node has under way.
#[derive(Debug)]
pub(super) struct Core<R: Router> {
    /// Numbers given out to requests, searches and relays.
    numbers: u32,
    pub(super) calls: Vec<Call<R>>,
    pub(super) searches: Vec<Search<R::Purpose>>,
    pub(super) relays: Vec<Relay>,
    /// Queries that look for items by words.
    pub(super) word_searches: Vec<WordSearch>,
    /// Versions that other nodes were asked to keep.
    pub(super) writings: Vec<Writing>,
    /// What it keeps for others.
    pub(super) store: Store,
    /// Keys that wait for being stored elsewhere, the first last.
    pub(super) replicating: Vec<Identifier>,
    round_trips: RoundTrips,
}

impl<R: Router> Core<R> {
    /// A number that none had before.
    pub(super) fn number(&mut self) -> u32 {
        self.numbers = self.numbers.wrapping_add(1);
        self.numbers
    }

    /// Forgets what is under way. Numbers go on: what comes late then means nothing.
    pub(super) fn end_session(&mut self) {
        *self = Self {
            numbers: self.numbers,
            ..Self::default()
        };
    }
}

/// Takes something out of a list in which order means nothing. A list that is empty then gives its room back if it has become
/// large: a node that joins looks up a key for every bucket at once, and never again so many.
pub(super) fn taken<T>(list: &mut Vec<T>, place: usize) -> T {
    const ROOM_KEPT: usize = 4;
    let taken = list.swap_remove(place);
    if list.is_empty() && list.capacity() > ROOM_KEPT {
        *list = Vec::new();
    }
    taken
}

impl<R: Router> Default for Core<R> {
    fn default() -> Self {
        Self {
            numbers: 0,
            calls: Vec::new(),
            searches: Vec::new(),
            relays: Vec::new(),
            word_searches: Vec::new(),
            writings: Vec::new(),
            store: Store::default(),
            replicating: Vec::new(),
            round_trips: RoundTrips::default(),
        }
    }
}

/// For whom a key is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal<P> {
    /// The workload.
    Workload(LookupId),
    /// The router.
    Own(P),
    /// A query for what the key stands for.
    Query(QueryId),
    /// A search by words, for the word of that place: its list, or who keeps that.
    Word {
        /// The search's number.
        search: u32,
        /// The word's place in the query.
        place: u16,
        /// The query.
        query: QueryId,
    },
    /// A read of the value that the key stands for.
    Read(ReadId),
    /// Publishing who holds the key's item.
    Publish,
    /// Publishing which items have the word in their names.
    PublishWord(WordId),
    /// Publishing that a peer that is no part of the network holds the key's item.
    PublishFor(PeerId),
    /// Publishing a version of a value.
    Write(Write),
    /// Storing what is kept under the key at the nodes responsible for it now.
    Replicate,
}

/// Something to be done when the event at hand has been dealt with.
#[derive(Debug)]
pub(super) enum Errand<R: Router> {
    /// A message from a node of the same peer.
    Deliver(Message<R>),
    /// A key is to be looked up, through this node if one is named.
    LookUp {
        goal: Goal<R::Purpose>,
        key: Identifier,
        through: Option<NodeId>,
    },
    /// A lookup of the router's ended.
    Concluded(R::Purpose, Option<Found>),
    /// It is time for a round of publishing.
    BeginPublishing(Round),
    /// There is more to be published.
    PublishNews,
    /// Something was published, or could not be.
    Published,
}

/// A node at work on an event.
pub struct Service<'a, R: Router, H> {
    pub(super) me: NodeId,
    pub(super) core: &'a mut Core<R>,
    pub(super) host: &'a mut H,
    /// With the node that each is for.
    pub(super) errands: &'a mut VecDeque<(NodeId, Errand<R>)>,
}

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// The time, nanoseconds.
    pub fn now_ns(&self) -> u64 {
        self.host.now_ns()
    }

    /// The node itself.
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// Parameters.
    pub fn settings(&self) -> &Settings<R::Settings> {
        self.host.settings()
    }

    /// Identifier of the node itself.
    pub fn my_identifier(&self) -> Identifier {
        self.identifier(self.me)
    }

    /// Identifier of a node that this one was told of.
    pub fn identifier(&self, node: NodeId) -> Identifier {
        self.settings().directory.identifier(node)
    }

    /// The peer's random stream.
    pub fn random(&mut self) -> &mut SmallStream {
        self.host.random()
    }

    /// A bootstrap node other than this one, drawn at random; `None`: there is none.
    pub fn bootstrap(&mut self) -> Option<NodeId> {
        let (me, bootstrap) = (self.me, &self.settings().bootstrap);
        let mine = bootstrap.iter().position(|node| *node == me);
        let others = bootstrap.len() - usize::from(mine.is_some());
        if others == 0 {
            return None;
        }
        let drawn = self.random().position(others);
        let place = drawn + usize::from(mine.is_some_and(|mine| drawn >= mine));
        Some(self.settings().bootstrap[place])
    }

    /// The node has joined, which it does once in a session: what it does for the application begins.
    pub fn note_joined(&mut self) {
        self.note(self.me, Membership::Joined);
        // What the peer shares is the business of its first node.
        if self.me == first_node(self.host) {
            self.errand(Errand::BeginPublishing(Round::Things));
            if self.settings().storage.keywords.is_some() {
                self.errand(Errand::BeginPublishing(Round::Words));
            }
        }
        let replicate_ns = self.settings().storage.replicate_ns;
        self.wake(replicate_ns, Wake::Replicate);
    }

    /// Notes, for observers, that a node is known where it has to be known to be responsible for keys.
    pub fn note_placed(&mut self, node: NodeId) {
        self.note(node, Membership::Placed);
    }

    /// Notes, for observers, that the node is no longer part of the network.
    pub fn note_left(&mut self) {
        self.note(self.me, Membership::Left);
    }

    fn note(&mut self, node: NodeId, what: Membership) {
        let at_ns = self.now_ns();
        self.host.books().lookups.note_member(at_ns, node, what);
    }

    /// Sets a timer of the router's.
    pub fn set_timer(&mut self, after_ns: u64, timer: R::Timer) {
        self.wake(after_ns, Wake::Own(timer));
    }

    pub(super) fn wake(&mut self, after_ns: u64, wake: Wake<R::Timer>) {
        let node = self.me;
        self.host.set_timer(after_ns, Timer { node, wake });
    }

    /// Asks a node for something of the router's.
    pub fn ask(&mut self, to: NodeId, content: Content<R::Body>, purpose: R::Purpose) {
        self.request(to, content, Matter::Own(purpose), Cause::Upkeep);
    }

    /// Tells a node something that needs no answer.
    pub fn tell(&mut self, to: NodeId, content: Content<R::Body>) {
        self.send(to, 0, Cause::Upkeep, content);
    }

    /// Answers a request of the router's kind.
    pub fn answer(&mut self, to: NodeId, ticket: u32, content: Content<R::Body>) {
        self.send(to, ticket, Cause::Upkeep, content);
    }

    /// Looks a key up for the router, through a given node or through those it knows.
    pub fn look_up(&mut self, key: Identifier, through: Option<NodeId>, purpose: R::Purpose) {
        let goal = Goal::Own(purpose);
        self.errand(Errand::LookUp { goal, key, through });
    }

    pub(super) fn errand(&mut self, errand: Errand<R>) {
        self.errands.push_back((self.me, errand));
    }

    /// Asks a node, and waits for the answer.
    ///
    /// # Panics
    /// When the node is this one.
    pub(super) fn request(
        &mut self,
        to: NodeId,
        content: Content<R::Body>,
        matter: Matter<R::Purpose>,
        cause: Cause,
    ) {
        assert!(to != self.me, "a node does not ask itself");
        let call = Call {
            ticket: self.core.number(),
            to,
            sent_ns: self.now_ns(),
            attempt: 0,
            matter,
            cause,
            content,
        };
        self.dispatch(call);
    }

    fn dispatch(&mut self, call: Call<R>) {
        let lookup = self.settings().lookup;
        let timeout_ns = self.core.round_trips.timeout_ns(lookup.timeout, call.attempt);
        let ticket = call.ticket;
        self.send(call.to, ticket, call.cause, call.content.clone());
        self.wake(timeout_ns, Wake::Call { ticket });
        self.core.calls.push(call);
    }

    pub(super) fn send(&mut self, to: NodeId, ticket: u32, cause: Cause, content: Content<R::Body>) {
        let message = Message {
            from: self.me,
            to,
            ticket,
            size_bytes: R::size_bytes(&content, self.settings()),
            cause,
            content,
        };
        let peer = self.settings().directory.peer_of(to);
        if peer == self.host.me().peer {
            self.errands.push_back((to, Errand::Deliver(message)));
            return;
        }
        self.note_sent(&message);
        if let Some(payload) = R::packet(&message, self.settings()) {
            let packet = Packet {
                at_ns: self.now_ns(),
                from: self.host.me().peer,
                to: peer,
                payload,
            };
            self.host.books().packets.push(packet);
        }
        self.host.datagram(peer, message);
    }

    fn note_sent(&mut self, message: &Message<R>) {
        let Message {
            to,
            cause,
            size_bytes,
            content,
            ..
        } = message;
        let size_bytes = *size_bytes;
        match *cause {
            Cause::Upkeep => {}
            Cause::Lookup(lookup) => {
                self.host.books().lookups.line(lookup).note_sent(size_bytes);
            }
            Cause::Read(read) => self.host.books().values.read_line(read).note_sent(size_bytes),
            Cause::Write(write) => self.host.books().values.write_line(write).note_sent(size_bytes),
            Cause::Query(query) => {
                let is_hit = matches!(content, Content::Values(values) if values.known != Known::Nothing);
                let line = self.host.books().line(query);
                if is_hit {
                    line.note_hit_sent(size_bytes);
                    let to = self.settings().directory.peer_of(*to);
                    note_fate(self.host, query, to, (1, 0), Fate::Named);
                } else {
                    line.note_query_sent(size_bytes);
                }
            }
            Cause::Words(query) => {
                self.host.books().line(query).note_query_sent(size_bytes);
                let line = self.host.books().keywords.line(query.0);
                line.line.note_sent(size_bytes);
                line.postings += u64::from(content.postings());
                line.filter_bytes += u64::from(content.filter_bytes());
            }
        }
    }

    /// Notes that a query reached this node, from another that had it over so many hops: it asks itself, or passed the query on.
    pub(super) fn note_reached(&mut self, cause: Cause, from: NodeId, hops: u16) {
        if let Cause::Query(query) | Cause::Words(query) = cause {
            self.host.books().line(query).reached_peers += 1;
            let from = self.settings().directory.peer_of(from);
            note_fate(self.host, query, from, (u32::from(hops) + 1, 0), Fate::Accepted);
        }
    }

    /// The request that a message answers, which is over then; `None`: it comes too late, or from somebody else.
    pub(super) fn answered(&mut self, ticket: u32, from: NodeId) -> Option<Call<R>> {
        let place = self
            .core
            .calls
            .iter()
            .position(|call| call.ticket == ticket && call.to == from)?;
        let call = taken(&mut self.core.calls, place);
        if call.attempt == 0 {
            let round_trip_ns = self.now_ns() - call.sent_ns;
            self.core.round_trips.note(round_trip_ns);
        }
        Some(call)
    }

    /// A request has waited long enough: it is sent again, or is over and given back.
    pub(super) fn waited(&mut self, ticket: u32) -> Option<Call<R>> {
        let place = self.core.calls.iter().position(|call| call.ticket == ticket)?;
        let call = taken(&mut self.core.calls, place);
        if call.attempt < self.settings().lookup.resends {
            let attempt = call.attempt + 1;
            self.dispatch(Call { attempt, ..call });
            return None;
        }
        let books = self.host.books();
        match call.cause {
            Cause::Lookup(lookup) => books.lookups.line(lookup).timeouts += 1,
            Cause::Read(read) => books.values.read_line(read).timeouts += 1,
            Cause::Write(write) => books.values.write_line(write).timeouts += 1,
            Cause::Words(query) => books.keywords.line(query.0).line.timeouts += 1,
            Cause::Upkeep | Cause::Query(_) => {}
        }
        Some(call)
    }
}

//! A peer's part in a structured overlay: one node, or several virtual ones, each with its router.

use super::books::{Ending, ReadEnding, WriteEnding};
use super::directory::NodeId;
use super::dispatch::{miss, receive, run};
use super::identifier::Identifier;
use super::keywords::word_key;
use super::message::{Cause, Content, Message};
use super::publish::{Publication, Publisher, Round, item_key};
use super::router::Router;
use super::service::{Core, Errand, Goal, Service};
use super::settings::Settings;
use super::store::{Known, Version};
use super::writes::Write;
use super::{LookupId, ReadId, WriteId};
use crate::engine::prefetch::{prefetch_ends, prefetch_index};
use crate::engine::{Arena, Contact, Departure, PeerId};
use crate::overlay::books::SearchBooks;
use crate::overlay::{Finding, Host, ItemId, Overlay, QueryId, WordId, note_asked};
use smallvec::SmallVec;
use std::collections::{BTreeSet, VecDeque};
use std::slice::from_ref;

/// A peer's part in a structured overlay with routers of type `R`.
#[derive(Debug)]
pub struct Dht<R: Router> {
    /// The peer's nodes, in order of their numbers.
    nodes: SmallVec<[Node<R>; 1]>,
    publisher: Publisher,
}

#[derive(Debug)]
struct Node<R: Router> {
    router: R,
    core: Core<R>,
}

/// What the timers of a structured overlay carry.
#[derive(Clone, Copy, Debug)]
pub struct Timer<T> {
    /// The node that set it.
    pub node: NodeId,
    /// What for.
    pub wake: Wake<T>,
}

/// What a node set a timer for. Numbers name what it is about; where that is over, the timer means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake<T> {
    /// A request has waited for its answer.
    Call {
        /// Its ticket.
        ticket: u32,
    },
    /// A lookup has had its time.
    GiveUp {
        /// Its number.
        search: u32,
    },
    /// A routed lookup ought to have arrived.
    Restart {
        /// Its number.
        search: u32,
    },
    /// The answer to a lookup that was passed on ought to have come.
    Forget {
        /// The relay's number.
        relay: u32,
    },
    /// What keepers of lists have in common ought to have come.
    Rejoin {
        /// The number of the search by words.
        search: u32,
        /// Joins that were begun by then.
        joins: u32,
    },
    /// It is time to publish anew what the peer shares.
    Publish(Round),
    /// It is time to store elsewhere what is kept here.
    Replicate,
    /// The router's own.
    Own(T),
}

impl<R: Router> Dht<R> {
    /// A peer whose nodes have these routers, in order of their numbers.
    ///
    /// # Panics
    /// When there are none.
    pub fn new(routers: impl Iterator<Item = R>) -> Self {
        let nodes: SmallVec<[Node<R>; 1]> = routers
            .map(|router| Node {
                router,
                core: Core::default(),
            })
            .collect();
        assert!(!nodes.is_empty(), "a peer has a node");
        Self {
            nodes,
            publisher: Publisher::default(),
        }
    }

    /// The routers, in order of the nodes' numbers: for observers.
    pub fn routers(&self) -> impl Iterator<Item = &R> {
        self.nodes.iter().map(|node| &node.router)
    }

    /// Has the memory of the node itself fetched, of which the first line is there, and of what a message says.
    #[inline]
    pub fn prefetch_rest(&self, message: &Message<R>) {
        if let Content::Nodes(guidance) = &message.content {
            prefetch_index(from_ref(&**guidance), 0);
        }
        if let [node] = &self.nodes[..] {
            prefetch_index(from_ref(&node.router), 0);
            prefetch_index(from_ref(&node.core.calls), 0);
            prefetch_index(from_ref(&node.core.store), 0);
            prefetch_index(from_ref(&self.publisher), 0);
        }
    }

    /// Notes that a lookup of the workload comes at a time when its origin is offline.
    pub fn miss(lookup: LookupId, at_ns: u64, books: &mut SearchBooks) {
        books.lookups.note_end(lookup, at_ns, Ending::OriginOffline, 0);
    }

    /// Looks a key up for the workload, from the peer's first node.
    pub fn look_up<H: Host<Self>>(&mut self, lookup: LookupId, key: Identifier, host: &mut H) {
        self.begin(Goal::Workload(lookup), key, host);
    }

    /// Has the peer's first node look a key up.
    fn begin<H: Host<Self>>(&mut self, goal: Goal<R::Purpose>, key: Identifier, host: &mut H) {
        let first = first_node(host);
        self.act(first, host, |router, service| {
            service.begin_search(goal, key, None, router);
        });
    }

    /// Notes that a read of the workload comes at a time when its origin is offline.
    pub fn miss_read(read: ReadId, at_ns: u64, books: &mut SearchBooks) {
        let values = &mut books.values;
        values.note_read(read, at_ns, ReadEnding::OriginOffline, 0);
    }

    /// Notes that a write of the workload comes at a time when its origin is offline: there is no such version then.
    pub fn miss_write(write: WriteId, at_ns: u64, books: &mut SearchBooks) {
        let values = &mut books.values;
        values.note_write(write, at_ns, WriteEnding::OriginOffline, 0);
    }

    /// Reads a value for the workload, from the peer's first node.
    pub fn read<H: Host<Self>>(&mut self, read: ReadId, key: Identifier, host: &mut H) {
        self.begin(Goal::Read(read), key, host);
    }

    /// Writes a version of a value for the workload, from the peer's first node. From now on the peer publishes it like what it
    /// shares.
    pub fn write<H: Host<Self>>(&mut self, write: WriteId, key: Identifier, version: Version, host: &mut H) {
        self.publisher.note_written(key, version, write);
        let goal = Goal::Write(Write {
            version,
            made_by: write,
            is_first: true,
        });
        self.begin(goal, key, host);
    }

    /// Whether one of the peer's nodes keeps a version of a value for others, whichever: for observers.
    pub fn keeps_value(&self, key: Identifier, now_ns: u64) -> bool {
        self.nodes
            .iter()
            .any(|node| matches!(node.core.store.get(key, now_ns, 1), Known::Value(_)))
    }

    /// Lets a node do something, and then everything that comes of it on this peer.
    fn act<H: Host<Self>>(
        &mut self,
        node: NodeId,
        host: &mut H,
        act: impl FnOnce(&mut R, &mut Service<'_, R, H>),
    ) {
        let mut errands = VecDeque::new();
        let first = first_node(host);
        let place = |node: NodeId| (node.0 - first.0) as usize;
        self.nodes[place(node)].act(node, host, &mut errands, act);
        while let Some((node, errand)) = errands.pop_front() {
            match errand {
                Errand::BeginPublishing(round) => self.begin_publishing(round, host, &mut errands),
                Errand::PublishNews => {
                    let shared = shared(host);
                    let news = self.publisher.add_news(shared);
                    if host.settings().storage.keywords.is_some() {
                        self.publisher.add_words(words_of(&news, host));
                    }
                    self.go_on_publishing(host, &mut errands);
                }
                Errand::Published => {
                    self.publisher.done();
                    self.go_on_publishing(host, &mut errands);
                }
                _ => {}
            }
            self.nodes[place(node)].act(node, host, &mut errands, |router, service| {
                run(router, service, errand);
            });
        }
    }

    /// Begins a round of publishing, and sets a timer for the next.
    fn begin_publishing<H: Host<Self>>(
        &mut self,
        round: Round,
        host: &mut H,
        errands: &mut VecDeque<(NodeId, Errand<R>)>,
    ) {
        let shared = shared(host);
        let storage = host.settings().storage;
        let republish_ns = match round {
            Round::Things => {
                self.publisher.begin_things(shared);
                storage.republish_ns
            }
            Round::Words => {
                self.publisher.begin_words(words_of(&shared, host));
                let keywords = storage
                    .keywords
                    .expect("words are published where they are looked up");
                keywords.republish_ns
            }
        };
        let timer = Timer {
            node: first_node(host),
            wake: Wake::Publish(round),
        };
        host.set_timer(republish_ns, timer);
        self.go_on_publishing(host, errands);
    }

    fn go_on_publishing<H: Host<Self>>(&mut self, host: &H, errands: &mut VecDeque<(NodeId, Errand<R>)>) {
        let settings = host.settings();
        while let Some(publication) = self.publisher.next(settings.storage.publishes_at_once) {
            let (goal, key) = match publication {
                Publication::Item(item) => (Goal::Publish, item_key(item, settings.directory.width())),
                Publication::Word(word) => {
                    let key = word_key(word, settings.directory.width());
                    (Goal::PublishWord(word), key)
                }
                Publication::Value(key) => {
                    let (version, made_by) = self.publisher.written(key).expect("it was written");
                    let write = Write {
                        version,
                        made_by,
                        is_first: false,
                    };
                    (Goal::Write(write), key)
                }
            };
            let errand = Errand::LookUp {
                goal,
                key,
                through: None,
            };
            errands.push_back((first_node(host), errand));
        }
    }

    fn each<H: Host<Self>>(&mut self, host: &mut H, act: impl Fn(&mut R, &mut Service<'_, R, H>)) {
        let first = first_node(host);
        let nodes = host.settings().directory.nodes_per_peer();
        for node in first.0..first.0 + nodes {
            self.act(NodeId(node), host, &act);
        }
    }
}

/// The first node of the host's peer.
pub(super) fn first_node<R: Router, H: Host<Dht<R>>>(host: &H) -> NodeId {
    host.settings().directory.first_node_of(host.me().peer)
}

/// What the host's peer shares.
fn shared<R: Router, H: Host<Dht<R>>>(host: &H) -> Vec<ItemId> {
    let mut shared = Vec::new();
    host.visit_shared(&mut |item| shared.push(item));
    shared
}

/// Words of some items' names.
fn words_of<R: Router, H: Host<Dht<R>>>(items: &[ItemId], host: &H) -> BTreeSet<WordId> {
    let words = items.iter().flat_map(|item| host.name_words(*item));
    words.copied().collect()
}

impl<R: Router> Node<R> {
    fn act<H: Host<Dht<R>>>(
        &mut self,
        me: NodeId,
        host: &mut H,
        errands: &mut VecDeque<(NodeId, Errand<R>)>,
        act: impl FnOnce(&mut R, &mut Service<'_, R, H>),
    ) {
        let mut service = Service {
            me,
            core: &mut self.core,
            host,
            errands,
        };
        act(&mut self.router, &mut service);
    }
}

impl<R: Router> Overlay for Dht<R> {
    type Message = Message<R>;
    type Timer = Timer<R::Timer>;
    type Settings = Settings<R::Settings>;

    /// An event takes some microseconds: routing tables are large and lie anywhere.
    const PARALLEL_EVENTS_MIN: usize = 64;

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        self.each(host, R::join);
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        self.each(host, |router, service| {
            service.abandon_all();
            router.leave(departure, service);
            service.core.end_session();
        });
        self.publisher.end_session();
    }

    fn receive<H: Host<Self>>(&mut self, _: Contact, message: Message<R>, host: &mut H) {
        self.act(message.to, host, |router, service| {
            receive(router, service, message);
        });
    }

    fn expire<H: Host<Self>>(&mut self, timer: Timer<R::Timer>, host: &mut H) {
        self.act(timer.node, host, |router, service| match timer.wake {
            Wake::Call { ticket } => miss(router, service, ticket),
            Wake::GiveUp { search } => service.conclude(search, None),
            Wake::Restart { search } => service.set_out(search, router),
            Wake::Forget { relay } => service.forget(relay),
            Wake::Replicate => service.replicate(),
            Wake::Rejoin { search, joins } => service.join_again(search, joins),
            Wake::Publish(round) => service.errand(Errand::BeginPublishing(round)),
            Wake::Own(timer) => router.expire(timer, service),
        });
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        note_asked(host, query);
        if host.settings().storage.keywords.is_some() {
            let first = first_node(host);
            return self.act(first, host, |_, service| service.begin_words(query));
        }
        let item = host.question(query).item;
        let key = item_key(item, host.settings().directory.width());
        self.begin(Goal::Query(query), key, host);
    }

    /// Whoever has not joined yet publishes when it has.
    fn shares_changed<H: Host<Self>>(&mut self, host: &mut H) {
        if self.publisher.has_begun() {
            let first = first_node(host);
            self.act(first, host, |_, service| service.errand(Errand::PublishNews));
        }
    }

    fn publish_for<H: Host<Self>>(&mut self, item: ItemId, holder: PeerId, host: &mut H) {
        let key = item_key(item, host.settings().directory.width());
        self.begin(Goal::PublishFor(holder), key, host);
    }

    /// Datagrams pass firewalls: a node that takes part in the network keeps the way to it open.
    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H) {
        let first = first_node(host);
        self.act(first, host, |_, service| {
            let to = service.settings().directory.first_node_of(holder.peer);
            service.send(to, 0, Cause::Query(query), Content::CallBack(query));
        });
    }

    fn findings<'p>(
        settings: &Settings<R::Settings>,
        online: &dyn Fn(PeerId) -> Option<&'p Self>,
    ) -> Vec<Finding>
    where
        Self: 'p,
    {
        let directory = &settings.directory;
        R::findings(settings, &|node| {
            let peer = directory.peer_of(node);
            let place = node.0 - directory.first_node_of(peer).0;
            Some(&online(peer)?.nodes[place as usize].router)
        })
    }

    #[inline]
    fn prefetch(&self, message: &Message<R>, _: &SearchBooks, _: &Arena) -> bool {
        if let [node] = &self.nodes[..] {
            node.router.prefetch();
            prefetch_ends(&node.core.calls);
            prefetch_ends(&node.core.searches);
        }
        if let Content::Nodes(guidance) = &message.content {
            prefetch_ends(&guidance.closer);
        }
        !matches!(message.content, Content::Pong | Content::Taken)
    }

    /// Whoever is in the nodes' routing tables, in whichever session: a node that is gone stays there until that is noticed.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        if let [node] = &self.nodes[..] {
            return node
                .router
                .visit_neighbours(&mut |other| visit(Contact::any(PeerId(other.0))));
        }
        let nodes_per_peer = u32::try_from(self.nodes.len()).expect("a peer has fewer than 2^32 nodes");
        let mut peers: Vec<PeerId> = Vec::new();
        for node in &self.nodes {
            node.router
                .visit_neighbours(&mut |other| peers.push(PeerId(other.0 / nodes_per_peer)));
        }
        // One that several tables hold, or one several times, is one neighbour.
        peers.sort_unstable();
        peers.dedup();
        for peer in peers {
            visit(Contact::any(peer));
        }
    }
}

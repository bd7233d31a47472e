//! Whole networks in miniature: a synchronous host with one ordered queue and a latency function, and what must hold.

mod floods;
mod upkeep;
mod walks;
mod ways;

use super::{Gnutella, Maintenance, Message, Settings, Timer};
use crate::engine::{Arena, Contact, Departure, Message as _, PeerId, Purpose, Seed, SmallStream};
use crate::overlay::books::{QueryLine, SearchBooks};
use crate::overlay::{Answer, Host, ItemId, Overlay, QueryId, Question};
use crate::topology::Graph;
use std::collections::{BTreeMap, BTreeSet};

const LATENCY_NS: u64 = 10_000_000;
const NAME_BYTES: u16 = 20;
const TEXT_BYTES: u16 = 12;

enum Event {
    Message {
        from: Contact,
        to: Contact,
        message: Message,
    },
    Timer {
        at: Contact,
        timer: Timer,
    },
}

/// What peers may read.
struct World {
    settings: Settings,
    questions: Vec<Question>,
    /// Pairs of peer and item.
    holdings: BTreeSet<(u32, u32)>,
    firewalled: BTreeSet<u32>,
}

/// What a peer did, and what the observers noted.
struct Desk {
    effects: Vec<(u64, Event)>,
    random: Vec<SmallStream>,
    books: SearchBooks,
    arena: Arena,
    /// Origin, query, answer, time.
    found: Vec<(PeerId, QueryId, Answer, u64)>,
    /// Holder, requester, query.
    called: Vec<(PeerId, PeerId, QueryId)>,
    /// Messages and bytes sent, by kind.
    sent: BTreeMap<&'static str, (u64, u64)>,
    /// Sender, place that it named, receiver.
    placed: Vec<(PeerId, usize, PeerId)>,
}

struct Network {
    nodes: Vec<Gnutella>,
    world: World,
    desk: Desk,
    /// Number of the latest session, and whether it is under way.
    sessions: Vec<(u16, bool)>,
    queue: BTreeMap<(u64, u64), Event>,
    events: u64,
    now_ns: u64,
    latency: fn(u32, u32) -> u64,
}

struct TestHost<'a> {
    now_ns: u64,
    me: Contact,
    latency: fn(u32, u32) -> u64,
    world: &'a World,
    desk: &'a mut Desk,
}

impl TestHost<'_> {
    fn emit(&mut self, to: Contact, message: Message) {
        assert!(to.peer != self.me.peer, "a peer does not send to itself");
        let count = self.desk.sent.entry(Message::KINDS[message.kind()]).or_default();
        count.0 += 1;
        count.1 += u64::from(message.size_bytes());
        let at_ns = self.now_ns + (self.latency)(self.me.peer.0, to.peer.0);
        let from = self.me;
        self.desk
            .effects
            .push((at_ns, Event::Message { from, to, message }));
    }
}

impl Host<Gnutella> for TestHost<'_> {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
    fn me(&self) -> Contact {
        self.me
    }
    fn settings(&self) -> &Settings {
        &self.world.settings
    }
    fn random(&mut self) -> &mut SmallStream {
        &mut self.desk.random[self.me.peer.index()]
    }
    fn send(&mut self, to: Contact, message: Message) {
        self.emit(to, message);
    }
    fn send_to_neighbour(&mut self, place: usize, to: Contact, message: Message) {
        self.desk.placed.push((self.me.peer, place, to.peer));
        self.send(to, message);
    }
    fn datagram(&mut self, to: PeerId, message: Message) {
        self.emit(Contact::any(to), message);
    }
    fn set_timer(&mut self, after_ns: u64, timer: Timer) {
        let at = self.me;
        self.desk
            .effects
            .push((self.now_ns + after_ns.max(1), Event::Timer { at, timer }));
    }
    fn question(&self, query: QueryId) -> Question {
        self.world.questions[query.0 as usize]
    }
    fn holds(&self, item: ItemId) -> bool {
        self.world.holdings.contains(&(self.me.peer.0, item.0))
    }
    fn visit_shared(&self, _: &mut dyn FnMut(ItemId)) {
        unreachable!("servents publish nothing");
    }

    fn shared_files(&self) -> u32 {
        0
    }
    fn text_bytes(&self, _: ItemId) -> u16 {
        TEXT_BYTES
    }
    fn name_bytes(&self, _: ItemId) -> u16 {
        NAME_BYTES
    }
    fn firewalled(&self) -> bool {
        self.world.firewalled.contains(&self.me.peer.0)
    }
    fn found(&mut self, query: QueryId, answer: Answer) {
        self.desk.found.push((self.me.peer, query, answer, self.now_ns));
    }
    fn call_back(&mut self, requester: PeerId, query: QueryId) {
        self.desk.called.push((self.me.peer, requester, query));
    }
    fn books(&mut self) -> &mut SearchBooks {
        &mut self.desk.books
    }
    fn arena(&mut self) -> &mut Arena {
        &mut self.desk.arena
    }
}

impl Network {
    fn new(nodes: Vec<Gnutella>, settings: Settings, seed: u64) -> Self {
        assert_eq!(settings.problems(), []);
        let seed = Seed { seed, replication: 0 };
        let random = (0..nodes.len() as u64)
            .map(|peer| seed.small(Purpose::Protocol, peer))
            .collect();
        Self {
            sessions: vec![(0, false); nodes.len()],
            nodes,
            world: World {
                settings,
                questions: Vec::new(),
                holdings: BTreeSet::new(),
                firewalled: BTreeSet::new(),
            },
            desk: Desk {
                effects: Vec::new(),
                random,
                books: SearchBooks::default(),
                arena: Arena::default(),
                found: Vec::new(),
                called: Vec::new(),
                sent: BTreeMap::new(),
                placed: Vec::new(),
            },
            queue: BTreeMap::new(),
            events: 0,
            now_ns: 0,
            latency: |_, _| LATENCY_NS,
        }
    }

    /// A graph whose links stay as they are.
    fn frozen(graph: &Graph, settings: Settings) -> Self {
        let settings = Settings {
            maintenance: Maintenance::None,
            ..settings
        };
        let mut network = Self::new(servents_of(graph), settings, 1);
        network.join_all();
        network
    }

    fn join_all(&mut self) {
        for peer in 0..self.nodes.len() {
            self.join(PeerId::at(peer));
        }
    }

    /// Lets a peer act at the present time and takes up what it did.
    fn act(&mut self, peer: PeerId, act: impl FnOnce(&mut Gnutella, &mut TestHost<'_>)) {
        let mut host = TestHost {
            now_ns: self.now_ns,
            me: Contact {
                peer,
                session: self.sessions[peer.index()].0,
            },
            latency: self.latency,
            world: &self.world,
            desk: &mut self.desk,
        };
        act(&mut self.nodes[peer.index()], &mut host);
        for (at_ns, event) in self.desk.effects.drain(..) {
            self.queue.insert((at_ns, self.events), event);
            self.events += 1;
        }
    }

    fn join(&mut self, peer: PeerId) {
        let session = &mut self.sessions[peer.index()];
        assert!(!session.1);
        *session = (session.0 + 1, true);
        self.act(peer, |node, host| node.join(host));
    }

    fn leave(&mut self, peer: PeerId, departure: Departure) {
        assert!(self.sessions[peer.index()].1);
        let timers = self.desk.effects.len();
        self.act(peer, |node, host| node.leave(departure, host));
        assert_eq!(timers, 0);
        self.sessions[peer.index()].1 = false;
    }

    /// Plays all events before `until_ns`, or all there are.
    fn run(&mut self, until_ns: u64) {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 >= until_ns {
                break;
            }
            self.now_ns = entry.key().0;
            match entry.remove() {
                Event::Message { from, to, message } => {
                    let (session, online) = self.sessions[to.peer.index()];
                    if online && (to.session == 0 || to.session == session) {
                        self.act(to.peer, |node, host| node.receive(from, message, host));
                        self.check(to.peer);
                    }
                }
                Event::Timer { at, timer } => {
                    if self.sessions[at.peer.index()] == (at.session, true) {
                        self.act(at.peer, |node, host| node.expire(timer, host));
                        self.check(at.peer);
                    }
                }
            }
        }
        if until_ns < u64::MAX {
            self.now_ns = until_ns;
        }
    }

    /// What must hold at every moment: no link to itself, none twice, no attempt where a link stands, and never more
    /// places taken than the most.
    fn check(&self, peer: PeerId) {
        if self.world.settings.maintenance == Maintenance::None {
            return;
        }
        let neighbours = self.neighbours(peer);
        assert!(
            self.nodes[peer.index()].places_taken() <= self.world.settings.degree_max as usize,
            "{peer:?}"
        );
        assert!(neighbours.iter().all(|contact| contact.peer != peer));
        assert!(neighbours.windows(2).all(|pair| pair[0].peer < pair[1].peer));
    }

    fn neighbours(&self, peer: PeerId) -> Vec<Contact> {
        let mut contacts = Vec::new();
        self.nodes[peer.index()].visit_neighbours(&mut |contact| contacts.push(contact));
        contacts
    }

    /// Issues a query for an item now, plays until nothing is left, and gives its line.
    fn ask(&mut self, origin: u32, item: u32, ttl: Option<u32>) -> QueryLine {
        let query = self.issue(origin, item, ttl);
        self.run(u64::MAX);
        self.desk.books.read(query)
    }

    fn issue(&mut self, origin: u32, item: u32, ttl: Option<u32>) -> QueryId {
        let query = QueryId(u32::try_from(self.world.questions.len()).unwrap());
        self.world.questions.push(Question {
            item: ItemId(item),
            ttl,
            issued_ns: self.now_ns,
        });
        self.act(PeerId(origin), |node, host| node.search(query, host));
        query
    }

    fn hold(&mut self, peer: u32, item: u32) {
        self.world.holdings.insert((peer, item));
    }

    fn sent(&self, kind: &str) -> u64 {
        self.desk.sent.get(kind).map_or(0, |count| count.0)
    }
}

impl Gnutella {
    fn places_taken(&self) -> usize {
        match &self.role {
            super::Role::Servent(servent) => servent.places_taken(),
            super::Role::HostCache(_) => 0,
        }
    }

    fn open_ledger(&mut self) {
        if let super::Role::Servent(servent) = &mut self.role {
            servent.links.open_ledger(0);
            servent
                .queries(&mut self.recent, &mut Arena::default())
                .begin(true, false);
        }
    }
}

fn servents_of(graph: &Graph) -> Vec<Gnutella> {
    (0..graph.nodes())
        .map(|node| {
            let neighbours = graph.neighbours(node).iter().copied().map(PeerId);
            Gnutella::servent(&neighbours.collect::<Vec<_>>())
        })
        .collect()
}

fn graph(nodes: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Graph {
    Graph::from_edges(nodes, &edges.into_iter().collect::<Vec<_>>(), None)
}

fn cycle(nodes: u32) -> Graph {
    graph(nodes, (0..nodes).map(|node| (node, (node + 1) % nodes)))
}

fn complete(nodes: u32) -> Graph {
    graph(
        nodes,
        (0..nodes).flat_map(|u| (u + 1..nodes).map(move |v| (u, v))),
    )
}

fn star(nodes: u32) -> Graph {
    graph(nodes, (1..nodes).map(|node| (0, node)))
}

fn hypercube(dimensions: u32) -> Graph {
    let nodes = 1 << dimensions;
    graph(
        nodes,
        (0..nodes).flat_map(|node| (0..dimensions).map(move |bit| (node, node ^ 1 << bit))),
    )
}

fn grid(side: u32) -> Graph {
    let across = (0..side).flat_map(move |y| (1..side).map(move |x| (y * side + x - 1, y * side + x)));
    let down = (1..side).flat_map(move |y| (0..side).map(move |x| ((y - 1) * side + x, y * side + x)));
    graph(side * side, across.chain(down))
}

/// A tree whose inner nodes have `degree` links, `depth` levels deep below the root.
fn tree(degree: u32, depth: u32) -> Graph {
    let mut edges = Vec::new();
    let (mut level, mut next) = (vec![0_u32], 1_u32);
    for distance in 0..depth {
        let mut below = Vec::new();
        for parent in level {
            for _ in 0..degree - u32::from(distance > 0) {
                edges.push((parent, next));
                below.push(next);
                next += 1;
            }
        }
        level = below;
    }
    graph(next, edges)
}

//! Chord.
//!
//! Nodes lie on a ring in the order of their identifiers; a key belongs to the first node at or after it. Every node knows
//! the next few nodes and, by fingers, the first node at least half of the ring away, a quarter, an eighth and so on, so that
//! every step of a lookup at least halves the way that is left.
//!
//! Sources: Stoica, Morris, Karger, Kaashoek and Balakrishnan, "Chord: a scalable peer-to-peer lookup service for internet
//! applications" (SIGCOMM 2001; IEEE/ACM Transactions on Networking 11(1), 2003). The ring is kept as Zave corrected it
//! ("Reasoning about identifier spaces: how to make Chord correct", IEEE Transactions on Software Engineering 43(12), 2017),
//! or, to see it break, as it was first published.
//!
//! This room knows nothing of lookups under way, which are the same for all structured overlays, nor of who is online.

pub mod footprint;
pub mod invariants;
pub mod message;
mod ring;
pub mod settings;
mod table;
#[cfg(test)]
pub(crate) mod tests;
pub mod warm;

pub use message::Body;
pub use settings::Settings;

use self::invariants::report;
use self::message::{KINDS, size_bytes};
use self::table::Table;
use super::dht::judge::Judge;
use super::dht::message::{Content, Guidance};
use super::dht::service::{Found, Service};
use super::dht::settings::Settings as DhtSettings;
use super::dht::{Dht, Identifier, NodeId, Router};
use super::{Finding, Host};
use crate::engine::Departure;

/// The routing part of a Chord node.
#[derive(Clone, Default, Debug)]
pub struct Chord {
    table: Table,
    /// Whether it is part of the ring.
    has_joined: bool,
    /// Whether the table was given, for the first session.
    is_warm: bool,
    /// The finger to be looked up next, by bit.
    next_finger: u8,
    /// The finger whose nodes are being compared, until the first of them answers.
    compared_finger: Option<u8>,
}

/// What a Chord node's timers are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// Time to look after the successors.
    Stabilize,
    /// Time to look a finger up.
    FixFinger,
    /// Time to look after the predecessor.
    CheckPredecessor,
    /// Time to try to join again.
    Join,
}

/// Why a Chord node asks or looks up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To find its place.
    Join,
    /// To get its successor's list, having found its place.
    Enter,
    /// To look after its successors.
    Stabilize,
    /// To see whether its successor's predecessor is there.
    Closer,
    /// To see whether its predecessor is there, because another claims to be it.
    Rectify(NodeId),
    /// To see whether its predecessor is there.
    CheckPredecessor,
    /// To set a finger.
    Finger(u8),
    /// To see which node is nearest, for a finger.
    Compare(u8),
}

impl Chord {
    /// A node that has to join.
    pub fn cold() -> Self {
        Self::default()
    }

    /// The nodes after it, the next first: for observers.
    pub fn successors(&self) -> &[NodeId] {
        self.table.successors()
    }
}

impl Router for Chord {
    type Settings = Settings;
    type Body = Body;
    type Timer = Timer;
    type Purpose = Purpose;

    const KINDS: &'static [&'static str] = &KINDS;
    const TELLS_OWNERS: bool = true;

    fn kind(body: &Body) -> usize {
        body.kind()
    }

    fn fingerprint(body: &Body) -> u64 {
        body.fingerprint()
    }

    fn is_answer(body: &Body) -> bool {
        matches!(body, Body::Neighbours(_))
    }

    fn size_bytes(content: &Content<Body>, settings: &DhtSettings<Settings>) -> u32 {
        size_bytes(content, &settings.router) + content.cargo_bytes(&settings.storage)
    }

    /// Clockwise from just behind the node to the key: a node at the key itself is farthest from being its predecessor.
    fn distance(key: Identifier, node: Identifier) -> Identifier {
        key.distance_to(node).complement()
    }

    /// The predecessor alone: it knows who is next.
    fn breadth(_: &Settings) -> u16 {
        1
    }

    fn guide(&self, key: Identifier, me: NodeId, settings: &DhtSettings<Settings>) -> Guidance {
        let directory = &settings.directory;
        let owners = self.table.owners(key, me, directory);
        if owners.is_empty() && self.table.successor().is_none() && self.has_joined {
            return Guidance {
                closer: Vec::new(),
                owners: vec![me],
            };
        }
        let length = settings.router.successors;
        Guidance {
            closer: self.table.preceding(key, me, directory, length),
            owners,
        }
    }

    /// A node that has come back is where it was before, but no longer has its place there.
    fn answers(&self) -> bool {
        self.has_joined
    }

    fn join<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if std::mem::take(&mut self.is_warm) {
            self.enter(service);
            service.note_placed(service.me());
        } else {
            self.begin_joining(service);
        }
    }

    fn leave<H: Host<Dht<Self>>>(&mut self, departure: Departure, service: &mut Service<'_, Self, H>) {
        if departure == Departure::Graceful && self.has_joined {
            self.say_goodbye(service);
        }
        if self.has_joined {
            service.note_left();
        }
        *self = Self::cold();
    }

    fn heard<H: Host<Dht<Self>>>(&mut self, _: NodeId, _: bool, _: &mut Service<'_, Self, H>) {}

    fn receive<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        ticket: u32,
        body: Body,
        service: &mut Service<'_, Self, H>,
    ) {
        if !self.has_joined {
            return;
        }
        match body {
            Body::AskNeighbours => {
                let neighbours = Body::Neighbours(Box::new(self.table.neighbours()));
                service.answer(from, ticket, Content::Own(neighbours));
            }
            Body::Notify => self.rectify(from, service),
            Body::Leave(its) => self.replace(from, &its, service),
            Body::Neighbours(_) => unreachable!("it is an answer"),
        }
    }

    fn answered<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        purpose: Purpose,
        content: Content<Body>,
        service: &mut Service<'_, Self, H>,
    ) {
        match (purpose, content) {
            (Purpose::Enter, Content::Own(Body::Neighbours(its))) => {
                self.enter_before(from, &its, service);
            }
            (Purpose::Stabilize, Content::Own(Body::Neighbours(its))) => {
                self.stabilize_from(from, &its, service);
            }
            (Purpose::Closer, Content::Own(Body::Neighbours(its))) => {
                self.adopt_closer(from, &its, service);
            }
            (Purpose::Compare(bit), Content::Pong) => {
                // The first to answer is the nearest.
                if self.compared_finger == Some(bit) {
                    self.compared_finger = None;
                    self.table.set_finger(bit, Some(from));
                }
            }
            (Purpose::Rectify(_) | Purpose::CheckPredecessor, Content::Pong) => {}
            (purpose, content) => unreachable!("{content:?} does not answer what is asked to {purpose:?}"),
        }
    }

    fn unanswered<H: Host<Dht<Self>>>(
        &mut self,
        node: NodeId,
        purpose: Option<Purpose>,
        service: &mut Service<'_, Self, H>,
    ) {
        let was_alone = self.table.successor().is_none();
        if purpose.is_some() || service.settings().router.drops_silent {
            self.table.forget(node);
        }
        match purpose {
            Some(Purpose::Enter) => self.begin_joining(service),
            Some(Purpose::Stabilize) => self.stabilize(service),
            Some(Purpose::Closer) => self.notify_successor(service),
            Some(Purpose::Rectify(claimant)) => self.table.predecessor = Some(claimant),
            _ => {}
        }
        if self.table.successor().is_none() && !was_alone {
            self.lose_ring(service);
        }
    }

    fn expire<H: Host<Dht<Self>>>(&mut self, timer: Timer, service: &mut Service<'_, Self, H>) {
        match timer {
            Timer::Join => return self.begin_joining(service),
            Timer::Stabilize => self.stabilize(service),
            Timer::FixFinger => self.fix_finger(service),
            Timer::CheckPredecessor => self.check_predecessor(service),
        }
        Self::set_timer(timer, service);
    }

    fn looked_up<H: Host<Dht<Self>>>(
        &mut self,
        purpose: Purpose,
        found: Option<Found>,
        service: &mut Service<'_, Self, H>,
    ) {
        match purpose {
            Purpose::Join => self.place_found(found, service),
            Purpose::Finger(bit) => self.finger_found(bit, found, service),
            _ => unreachable!("nothing is looked up to {purpose:?}"),
        }
    }

    fn was_responsible(
        judge: &Judge<'_>,
        node: NodeId,
        key: Identifier,
        from_ns: u64,
        until_ns: u64,
    ) -> bool {
        judge.was_successor(node, key, from_ns, until_ns)
    }

    fn findings<'n>(
        settings: &DhtSettings<Settings>,
        online: &dyn Fn(NodeId) -> Option<&'n Self>,
    ) -> Vec<Finding> {
        let (directory, length) = (&settings.directory, settings.router.successors);
        let member = |node| online(node).filter(|chord| chord.has_joined);
        report(directory, length, member).findings().collect()
    }

    fn visit_neighbours(&self, visit: &mut dyn FnMut(NodeId)) {
        let mut nodes: Vec<NodeId> = Vec::new();
        self.table.visit(&mut |node| nodes.push(node));
        // Successors are fingers, too.
        nodes.sort_unstable();
        nodes.dedup();
        nodes.into_iter().for_each(visit);
    }
}

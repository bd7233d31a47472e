//! Keeping the ring: joining, looking after successors, predecessor and fingers, leaving.

use super::message::{Body, Neighbours};
use super::settings::{FingerOrder, Interval, Maintenance};
use super::{Chord, Purpose, Timer};
use crate::engine::Draw;
use crate::overlay::Host;
use crate::overlay::dht::message::Content;
use crate::overlay::dht::service::{Found, Service};
use crate::overlay::dht::{Dht, Identifier, NodeId};

impl Chord {
    fn is_corrected<H: Host<Dht<Self>>>(service: &Service<'_, Self, H>) -> bool {
        service.settings().router.maintenance == Maintenance::Corrected
    }

    /// Sets a timer that recurs.
    pub(super) fn set_timer<H: Host<Dht<Self>>>(timer: Timer, service: &mut Service<'_, Self, H>) {
        let Interval { min_ns, max_ns } = Self::interval(timer, service);
        let after_ns = min_ns + service.random().below(max_ns - min_ns + 1);
        service.set_timer(after_ns, timer);
    }

    fn interval<H: Host<Dht<Self>>>(timer: Timer, service: &Service<'_, Self, H>) -> Interval {
        let settings = &service.settings().router;
        match timer {
            Timer::Stabilize => settings.stabilize,
            Timer::FixFinger => settings.fix_fingers,
            Timer::CheckPredecessor => settings.check_predecessor,
            Timer::Join => Interval {
                min_ns: settings.join_retry_ns,
                max_ns: settings.join_retry_ns,
            },
        }
    }

    /// Looks for its place on the ring.
    pub(super) fn begin_joining<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        match service.bootstrap() {
            Some(bootstrap) => {
                let place = service.my_identifier();
                service.look_up(place, Some(bootstrap), Purpose::Join);
            }
            // There is nobody to join: the ring begins here.
            None if service.settings().bootstrap.contains(&service.me()) => {
                self.enter(service);
                service.note_placed(service.me());
            }
            None => {}
        }
    }

    /// Its place on the ring is known, or not.
    pub(super) fn place_found<H: Host<Dht<Self>>>(
        &mut self,
        found: Option<Found>,
        service: &mut Service<'_, Self, H>,
    ) {
        let me = service.me();
        let owners = found.map_or_else(Vec::new, |found| found.owners);
        // Others may take it for still being there since its last session.
        let mut successors = owners.into_iter().filter(|owner| *owner != me);
        match successors.next() {
            None => Self::set_timer(Timer::Join, service),
            Some(successor) if Self::is_corrected(service) => {
                service.ask(successor, Content::Own(Body::AskNeighbours), Purpose::Enter);
            }
            Some(successor) => {
                self.adopt(successor, &[], service);
                self.enter(service);
            }
        }
    }

    /// Its successor's list has come: it enters the ring with a whole one of its own (Zave 2017, section 3.1, "Join").
    pub(super) fn enter_before<H: Host<Dht<Self>>>(
        &mut self,
        successor: NodeId,
        its: &Neighbours,
        service: &mut Service<'_, Self, H>,
    ) {
        self.adopt(successor, &its.successors, service);
        self.enter(service);
        self.notify_successor(service);
    }

    /// Takes a node and those after it for its successors. Who is somebody's successor is on the ring, and not only attached to
    /// it.
    fn adopt<H: Host<Dht<Self>>>(
        &mut self,
        first: NodeId,
        rest: &[NodeId],
        service: &mut Service<'_, Self, H>,
    ) {
        if self.table.successor() != Some(first) {
            service.note_placed(first);
        }
        let length = service.settings().router.successors;
        self.table.adopt(first, rest, service.me(), length);
    }

    /// A node says goodbye: its neighbours take its place.
    pub(super) fn replace<H: Host<Dht<Self>>>(
        &mut self,
        leaver: NodeId,
        its: &Neighbours,
        service: &mut Service<'_, Self, H>,
    ) {
        let length = service.settings().router.successors;
        self.table.replace(leaver, its, service.me(), length);
        if let Some(successor) = self.table.successor() {
            service.note_placed(successor);
        }
    }

    /// From now on it is part of the ring.
    pub(super) fn enter<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        assert!(!self.has_joined, "a node joins once in a session");
        self.has_joined = true;
        service.note_joined();
        for timer in [Timer::Stabilize, Timer::FixFinger, Timer::CheckPredecessor] {
            // The first turn comes at any time within the interval, so that nodes are not in step.
            let max_ns = Self::interval(timer, service).max_ns;
            let after_ns = service.random().below(max_ns);
            service.set_timer(after_ns, timer);
        }
    }

    /// All successors are gone: more of them than the protocol can bear between two turns of its upkeep (Zave 2017, section 2.4,
    /// assumes that it never happens). The node goes on with the next one that it knows, be it a finger or a bootstrap node, and
    /// comes back from there to its place predecessor by predecessor. The original knows no way out.
    pub(super) fn lose_ring<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if !Self::is_corrected(service) {
            return;
        }
        let (me, mine) = (service.me(), service.my_identifier());
        let fingers = self.table.fingers().map(|(_, node)| node);
        let known = fingers.chain(service.settings().bootstrap.iter().copied());
        let next = known
            .filter(|node| *node != me)
            .min_by_key(|node| mine.distance_to(service.identifier(*node)));
        if let Some(next) = next {
            self.adopt(next, &[], service);
        }
    }

    /// Asks its predecessor for a sign of life.
    pub(super) fn check_predecessor<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if let Some(predecessor) = self.table.predecessor {
            service.ask(predecessor, Content::Ping, Purpose::CheckPredecessor);
        }
    }

    /// Asks its successor for its neighbours.
    pub(super) fn stabilize<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if let Some(successor) = self.table.successor() {
            service.ask(successor, Content::Own(Body::AskNeighbours), Purpose::Stabilize);
        }
    }

    /// Its successor's neighbours have come.
    pub(super) fn stabilize_from<H: Host<Dht<Self>>>(
        &mut self,
        successor: NodeId,
        its: &Neighbours,
        service: &mut Service<'_, Self, H>,
    ) {
        if self.table.successor() != Some(successor) {
            return;
        }
        let me = service.me();
        let (mine, far) = (service.my_identifier(), service.identifier(successor));
        self.adopt(successor, &its.successors, service);
        let closer = its
            .predecessor
            .filter(|node| *node != me && *node != successor && service.identifier(*node).is_in(mine, far));
        match closer {
            // Only one that is there may become the successor (Zave 2017, section 3.1, "StabilizeFromPredecessor").
            Some(closer) if Self::is_corrected(service) => {
                service.ask(closer, Content::Own(Body::AskNeighbours), Purpose::Closer);
            }
            Some(closer) => {
                let successors = self.table.successors().to_vec();
                self.adopt(closer, &successors, service);
                self.notify_successor(service);
            }
            None => self.notify_successor(service),
        }
    }

    /// A node between it and its successor is there.
    pub(super) fn adopt_closer<H: Host<Dht<Self>>>(
        &mut self,
        closer: NodeId,
        its: &Neighbours,
        service: &mut Service<'_, Self, H>,
    ) {
        let mine = service.my_identifier();
        let is_closer = self.table.successor().is_none_or(|successor| {
            successor != closer
                && service
                    .identifier(closer)
                    .is_in(mine, service.identifier(successor))
        });
        if is_closer {
            self.adopt(closer, &its.successors, service);
        }
        self.notify_successor(service);
    }

    /// Tells its successor that it is there.
    pub(super) fn notify_successor<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if let Some(successor) = self.table.successor() {
            service.tell(successor, Content::Own(Body::Notify));
        }
    }

    /// A node says that it may be this one's predecessor (Zave 2017, section 3.1, "Rectify").
    pub(super) fn rectify<H: Host<Dht<Self>>>(
        &mut self,
        claimant: NodeId,
        service: &mut Service<'_, Self, H>,
    ) {
        if self.table.successor().is_none() {
            // It was alone: the other is all there is.
            self.adopt(claimant, &[], service);
        }
        let (mine, its) = (service.my_identifier(), service.identifier(claimant));
        match self.table.predecessor {
            Some(predecessor) if predecessor == claimant => {}
            Some(predecessor) if !its.is_in(service.identifier(predecessor), mine) => {
                if Self::is_corrected(service) {
                    service.ask(predecessor, Content::Ping, Purpose::Rectify(claimant));
                }
            }
            _ => self.table.predecessor = Some(claimant),
        }
    }

    /// Looks up a finger that is not the successor: the next one, beginning with the farthest again after the last, or any.
    pub(super) fn fix_finger<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        let Some(successor) = self.table.successor() else {
            return;
        };
        let (mine, next) = (service.my_identifier(), service.identifier(successor));
        let width =
            u8::try_from(service.settings().directory.width()).expect("identifiers have at most 160 bits");
        // The interval of half the ring, of a quarter ... as long as the successor lies before it.
        let is_worth = |bit: &u8| !Self::start(mine, *bit).is_in(mine, next);
        let worth = (0..width).take_while(is_worth).count();
        let worth = u8::try_from(worth).expect("there are as many fingers as bits");
        for bit in worth..width {
            self.table.set_finger(bit, None);
        }
        if worth == 0 {
            return;
        }
        let bit = match service.settings().router.finger_order {
            FingerOrder::InTurn => self.next_finger % worth,
            FingerOrder::Random => {
                let drawn = service.random().below(u64::from(worth));
                u8::try_from(drawn).expect("it is below a small number")
            }
        };
        self.next_finger = bit + 1;
        service.look_up(Self::start(mine, bit), None, Purpose::Finger(bit));
    }

    /// Where a finger's interval begins.
    pub(super) fn start(mine: Identifier, bit: u8) -> Identifier {
        mine.plus(Identifier::of_bit(u32::from(bit)))
    }

    /// The nodes at a finger's beginning are known: the first of them becomes the finger, or, with proximity neighbour
    /// selection (Dabek et al., "Designing a DHT for low latency and high throughput", NSDI 2004, section 4.2), that which
    /// answers first.
    pub(super) fn finger_found<H: Host<Dht<Self>>>(
        &mut self,
        bit: u8,
        found: Option<Found>,
        service: &mut Service<'_, Self, H>,
    ) {
        let (me, mine) = (service.me(), service.my_identifier());
        let is_of_finger = |node: &NodeId| *node != me && is_finger(mine, bit, service.identifier(*node));
        let choices = usize::from(service.settings().router.finger_choices);
        let Some(found) = found else { return };
        let nodes: Vec<NodeId> = found
            .owners
            .into_iter()
            .take_while(is_of_finger)
            .take(choices)
            .collect();
        match nodes.as_slice() {
            [only] => self.table.set_finger(bit, Some(*only)),
            [] => self.table.set_finger(bit, None),
            several => {
                self.compared_finger = Some(bit);
                for node in several {
                    service.ask(*node, Content::Ping, Purpose::Compare(bit));
                }
            }
        }
    }

    /// Tells its neighbours that it leaves, and who takes its place (Stoica et al. 2003, section IV-E3).
    pub(super) fn say_goodbye<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        let neighbours = self.table.neighbours();
        let mut told = vec![];
        told.extend(self.table.successor());
        told.extend(self.table.predecessor);
        told.dedup();
        for node in told {
            let goodbye = Body::Leave(Box::new(neighbours.clone()));
            service.tell(node, Content::Own(goodbye));
        }
    }
}

/// Whether a node at `identifier` may be a finger of one at `mine`: from the finger's beginning on and before the next farther
/// one's. One that lies farther away is another finger, and no use here.
pub(super) fn is_finger(mine: Identifier, bit: u8, identifier: Identifier) -> bool {
    let from = Chord::start(mine, bit);
    let next = if bit == 0 {
        mine
    } else {
        Chord::start(mine, bit - 1)
    };
    identifier == from || identifier.is_in(from, next)
}

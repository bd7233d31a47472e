//! How a node becomes part of the network, and keeps its routing table.

use super::place::{Digits, Place};
use super::table::Silence;
use super::{Kademlia, Purpose, Timer};
use crate::engine::Draw;
use crate::engine::time::SECOND_NS;
use crate::overlay::Host;
use crate::overlay::dht::message::Content;
use crate::overlay::dht::service::Service;
use crate::overlay::dht::{Dht, Identifier, NodeId};

/// How long a node waits after no bootstrap node answered, before it tries them again. Ours: no source says.
const RETRY_NS: u64 = 10 * SECOND_NS;

impl Kademlia {
    /// The node comes online: with a table that has converged if it was made so, else through a bootstrap node. Bootstrap
    /// nodes are part of the network from the start, and make each other's acquaintance.
    pub(super) fn come_online<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if !self.table.is_empty() {
            return self.admit(0, service);
        }
        let (me, bootstrap) = (service.me(), service.settings().bootstrap.clone());
        if bootstrap.contains(&me) {
            self.admit(0, service);
            for other in bootstrap.into_iter().filter(|other| *other != me) {
                service.ask(other, Content::Ping, Purpose::Greet);
            }
        }
        self.enter(service);
    }

    /// Looks itself up through a bootstrap node, if there is another (section 2.3).
    pub(super) fn enter<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        if let Some(through) = service.bootstrap() {
            self.is_joining = true;
            service.look_up(service.my_identifier(), Some(through), Purpose::Join);
        }
    }

    /// A bootstrap node did not answer.
    pub(super) fn not_entered<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        self.tries += 1;
        if usize::from(self.tries) < service.settings().bootstrap.len() {
            self.enter(service);
        } else {
            self.tries = 0;
            service.set_timer(RETRY_NS, Timer::Retry);
        }
    }

    /// It has looked itself up: it is part of the network, and refreshes all buckets farther away than its closest neighbour
    /// (section 2.3).
    pub(super) fn entered<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        (self.is_joining, self.tries) = (false, 0);
        let (me, digits) = (service.my_identifier(), service.digits());
        let refresh_ns = service.settings().router.refresh_ns;
        let places = self.places_beyond_closest(me, digits, service);
        for place in &places {
            self.table.open(*place, 0);
        }
        // They have just been filled.
        self.admit(refresh_ns / 2, service);
        for place in places {
            let key = digits.draw(me, place, service.random());
            service.look_up(key, None, Purpose::Refresh);
        }
    }

    /// All places whose range is farther away than that of the closest contact.
    fn places_beyond_closest<H: Host<Dht<Self>>>(
        &self,
        me: Identifier,
        digits: Digits,
        service: &Service<'_, Self, H>,
    ) -> Vec<Place> {
        let guided = super::closest::closest(&self.table, me, me, digits, &service.settings().directory, 1);
        let closest = guided
            .first()
            .and_then(|node| service.place(service.identifier(*node)));
        let Some(closest) = closest else {
            return Vec::new();
        };
        let near = digits.distance(me, closest, me);
        let places = (0..=closest.level).flat_map(|level| digits.level(me, level));
        places
            .filter(|place| digits.distance(me, *place, me) > near)
            .collect()
    }

    /// The node is part of the network from now on. Its buckets are refreshed at random times, at least `earliest_ns` and at
    /// most the time between two refreshes from now: nodes that came together do not stay in step.
    fn admit<H: Host<Dht<Self>>>(&mut self, earliest_ns: u64, service: &mut Service<'_, Self, H>) {
        let refresh_ns = service.settings().router.refresh_ns;
        let now_ns = service.now_ns();
        self.joined_ns = now_ns;
        let first_ns = now_ns.saturating_add(earliest_ns);
        let spread_ns = (refresh_ns - earliest_ns).max(1);
        self.table
            .set_all_due(|| first_ns.saturating_add(service.random().below(spread_ns)));
        if !self.is_member {
            self.is_member = true;
            service.note_joined();
            service.note_placed(service.me());
            self.set_alarm(service);
        }
    }

    /// One timer for all buckets, set for the first that is due. A bucket that is new by then is due later.
    fn set_alarm<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        let after_ns = match self.table.next_due_ns() {
            Some(due_ns) => due_ns.saturating_sub(service.now_ns()),
            None => service.settings().router.refresh_ns,
        };
        service.set_timer(after_ns, Timer::Refresh);
    }

    /// Looks up a random identifier in the range of each bucket that is due (section 2.3). Buckets without contacts are among
    /// them where the node knows others closer to itself.
    pub(super) fn refresh<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        let (me, digits, now_ns) = (service.my_identifier(), service.digits(), service.now_ns());
        let next_ns = now_ns.saturating_add(service.settings().router.refresh_ns);
        if let Some(deepest) = self.table.deepest() {
            for place in (0..=deepest.level).flat_map(|level| digits.level(me, level)) {
                self.table.open(place, next_ns);
            }
        }
        let buckets = self.table.buckets();
        let due: Vec<Place> = buckets
            .filter(|(bucket, ..)| bucket.due_ns <= now_ns)
            .map(|(bucket, ..)| bucket.place)
            .collect();
        for place in due {
            self.table.set_due(place, next_ns);
            let key = digits.draw(me, place, service.random());
            service.look_up(key, None, Purpose::Refresh);
        }
        self.set_alarm(service);
    }

    /// Makes the acquaintance of nodes that a lookup found. An iterative lookup has heard them all; of a recursive one only
    /// the last node is heard, and buckets would stay empty.
    pub(super) fn greet<H: Host<Dht<Self>>>(&self, nodes: &[NodeId], service: &mut Service<'_, Self, H>) {
        for node in nodes {
            if let Some(place) = service.place(service.identifier(*node))
                && !self.table.needs_not(place, *node, &service.settings().router)
            {
                service.ask(*node, Content::Ping, Purpose::Greet);
            }
        }
    }

    /// A node did not answer. One that is doubted is asked until it has failed often enough. A node that has lost its last
    /// contact joins anew.
    pub(super) fn note_silence<H: Host<Dht<Self>>>(
        &mut self,
        node: NodeId,
        purpose: Option<Purpose>,
        service: &mut Service<'_, Self, H>,
    ) {
        let Some(place) = service.place(service.identifier(node)) else {
            return;
        };
        let silence = self.table.silent(place, node, &service.settings().router);
        if purpose == Some(Purpose::Probe) {
            match silence {
                Silence::Kept => service.ask(node, Content::Ping, Purpose::Probe),
                Silence::Unknown | Silence::Dropped => self.table.probed(place),
            }
        }
        if silence == Silence::Dropped && self.table.is_empty() && !self.is_joining {
            self.enter(service);
        }
    }
}

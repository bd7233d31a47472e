//! Lookups that nodes pass on: semi-recursive and full-recursive.
//!
//! A node that takes a lookup on says so at once, and passes it on to the node closest to the key that it knows; if that one
//! does not take it on in time, to the next closest. Where none is closer, the lookup has arrived.

use super::directory::NodeId;
use super::message::{Arrival, Cause, Content, Guidance, Route};
use super::node::{Dht, Wake};
use super::router::Router;
use super::service::{Matter, Service};
use crate::overlay::Host;

/// A lookup that a node has taken on.
#[derive(Debug)]
pub(super) struct Relay {
    number: u32,
    route: Route,
    /// Who asked to take it on; `None`: this node is the origin.
    previous: Option<NodeId>,
    cause: Cause,
    /// Whom to try next, the worst first.
    candidates: Vec<NodeId>,
    /// Who is responsible for the key, as far as this node knows.
    owners: Vec<NodeId>,
}

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// Takes a lookup on, and passes it on.
    pub(super) fn take_on(&mut self, route: Route, previous: Option<NodeId>, cause: Cause, router: &R) {
        let Guidance { closer, owners } = router.guide(route.key, self.me, self.settings());
        let distance = |node| R::distance(route.key, self.identifier(node));
        let mine = distance(self.me);
        let owners = if R::TELLS_OWNERS {
            owners
        } else {
            let mut closest = closer.clone();
            closest.push(self.me);
            closest.sort_by_key(|node| distance(*node));
            closest
        };
        let mut candidates = closer;
        candidates.retain(|node| *node != route.origin && distance(*node) < mine);
        candidates.reverse();
        let number = self.core.number();
        self.core.relays.push(Relay {
            number,
            route,
            previous,
            cause,
            candidates,
            owners,
        });
        if route.returns {
            let give_up_ns = self.settings().lookup.give_up_ns;
            self.wake(give_up_ns, Wake::Forget { relay: number });
        }
        self.pass_on(number);
    }

    /// Passes a lookup on to the next candidate, or reports its arrival.
    pub(super) fn pass_on(&mut self, number: u32) {
        let Some(place) = self.relay(number) else { return };
        let relay = &mut self.core.relays[place];
        let cause = relay.cause;
        if let Some(next) = relay.candidates.pop() {
            let route = Route {
                hops: relay.route.hops.saturating_add(1),
                ..relay.route
            };
            self.request(
                next,
                Content::Route(Box::new(route)),
                Matter::Relay(number),
                cause,
            );
        } else {
            let relay = self.core.relays.swap_remove(place);
            let arrival = Arrival {
                origin: relay.route.origin,
                search: relay.route.search,
                hops: relay.route.hops,
                owners: relay.owners,
            };
            let to = if relay.route.returns {
                relay.previous
            } else {
                Some(relay.route.origin)
            };
            self.report(to, arrival, cause);
        }
    }

    /// Hands the result of a lookup to the next node on its way to the origin.
    fn report(&mut self, to: Option<NodeId>, arrival: Arrival, cause: Cause) {
        match to {
            Some(to) if to != self.me => {
                self.request(to, Content::Arrived(Box::new(arrival)), Matter::Return, cause);
            }
            _ => self.arrived(arrival),
        }
    }

    /// Another node has taken a lookup on.
    pub(super) fn taken(&mut self, number: u32) {
        if let Some(place) = self.relay(number)
            && !self.core.relays[place].route.returns
        {
            self.core.relays.swap_remove(place);
        }
    }

    /// The result of a lookup came this way.
    pub(super) fn returned(&mut self, arrival: Arrival) {
        if arrival.origin == self.me {
            return self.arrived(arrival);
        }
        let place =
            self.core.relays.iter().position(|relay| {
                relay.route.origin == arrival.origin && relay.route.search == arrival.search
            });
        if let Some(place) = place {
            let relay = self.core.relays.swap_remove(place);
            self.report(relay.previous, arrival, relay.cause);
        }
    }

    /// The result of a lookup has not come in time.
    pub(super) fn forget(&mut self, number: u32) {
        if let Some(place) = self.relay(number) {
            self.core.relays.swap_remove(place);
        }
    }

    fn relay(&self, number: u32) -> Option<usize> {
        self.core.relays.iter().position(|relay| relay.number == number)
    }
}

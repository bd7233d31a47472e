//! The reference engine as a director sees it.

use servent::engine::accounts::Accounts;
use servent::engine::digest::Digests;
use servent::engine::network::FlowBooks;
use servent::engine::time::NEVER_NS;
use servent::engine::{Attendance, Contact, Departure, Network, PeerId, Protocol, Sessions, Stage};

use super::Reference;

impl<P: Protocol, N: Network, S: Sessions> Stage<P> for Reference<P, N, S> {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn world(&self) -> &P::World {
        &self.world
    }

    fn peers(&self) -> usize {
        self.peers.len()
    }

    fn peer(&self, peer: PeerId) -> &P {
        &self.peers[peer.index()]
    }

    fn online(&self, peer: PeerId) -> Option<Contact> {
        let seat = &self.seats[peer.index()];
        seat.is_online.then(|| seat.contact(peer.0))
    }

    fn attendance(&self) -> Attendance {
        let begun = self.seats.iter().map(|seat| u64::from(seat.session)).sum();
        let online = self.seats.iter().filter(|seat| seat.is_online).count() as u64;
        let under_way = self.seats.iter().filter(|seat| seat.is_online);
        let begun_ns: i128 = under_way.map(|seat| i128::from(seat.since_ns)).sum();
        let over_ns: i128 = self
            .seats
            .iter()
            .map(|seat| i128::from(seat.accounts.online_ns))
            .sum();
        Attendance {
            begun,
            ended: begun - online,
            balance_ns: over_ns - begun_ns,
        }
    }

    fn accounts(&self) -> Accounts {
        self.accounts.clone()
    }

    fn flow_books(&self) -> FlowBooks {
        self.flows.books(self.now_ns)
    }

    fn digests(&self) -> Digests {
        self.digests
    }

    fn visit_tallies(&mut self, visit: &mut dyn FnMut(&mut P::Tally)) {
        visit(&mut self.commons.tally);
    }

    fn depart(&mut self, peer: PeerId, departure: Departure, until_ns: u64) {
        let now_ns = self.now_ns;
        let seat = self.seat(peer.0);
        seat.away_until_ns = seat.away_until_ns.max(until_ns);
        if !seat.is_online {
            return;
        }
        let (until_ns, number) = (seat.away_until_ns, seat.planned);
        self.go(peer.0, departure);
        if until_ns < NEVER_NS {
            self.plan_rejoin(peer.0, number, until_ns.max(now_ns + 1));
        }
    }

    fn partition(&mut self, sides: Option<Vec<u8>>) {
        self.network.set_sides(sides);
        self.flows.repartition(self.now_ns, &self.network);
    }
}

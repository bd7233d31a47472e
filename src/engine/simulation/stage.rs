//! A run as a director sees it between windows.

use super::{ONLY_WHILE_ACTING, Simulation};
use crate::engine::accounts::Accounts;
use crate::engine::control::{Attendance, Stage};
use crate::engine::digest::Digests;
use crate::engine::network::{FlowBooks, Flows, Network};
use crate::engine::peer::{Contact, Departure, PeerId};
use crate::engine::protocol::{Message, Protocol};
use crate::engine::sessions::Sessions;
use crate::engine::shard::Surroundings;

impl<P, N, F, S> Stage<P> for Simulation<'_, P, N, F, S>
where
    P: Protocol,
    N: Network,
    F: Flows<N>,
    S: Sessions,
{
    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn world(&self) -> &P::World {
        &self.world
    }

    fn peers(&self) -> usize {
        self.peer_count
    }

    fn peer(&self, peer: PeerId) -> &P {
        let (shard, index) = self.place(peer);
        &self.shards[shard].residents[index].program
    }

    fn online(&self, peer: PeerId) -> Option<Contact> {
        let (shard, index) = self.place(peer);
        let session = self.shards[shard].sessions[index];
        (session != 0).then_some(Contact { peer, session })
    }

    fn attendance(&self) -> Attendance {
        let mut attendance = Attendance::default();
        self.shards
            .iter()
            .for_each(|shard| attendance.merge(shard.attendance));
        attendance
    }

    fn accounts(&self) -> Accounts {
        let mut accounts = Accounts::new(P::Message::KINDS.len());
        self.shards
            .iter()
            .for_each(|shard| accounts.merge(&shard.accounts));
        accounts
    }

    fn flow_books(&self) -> FlowBooks {
        self.flows
            .as_ref()
            .map_or_else(FlowBooks::default, |flows| flows.books(self.now_ns))
    }

    fn digests(&self) -> Digests {
        let mut digests = Digests::default();
        self.shards
            .iter()
            .for_each(|shard| digests.merge(&shard.digests.total()));
        digests
    }

    fn visit_tallies(&mut self, visit: &mut dyn FnMut(&mut P::Tally)) {
        self.shards
            .iter_mut()
            .for_each(|shard| visit(&mut shard.commons.tally));
    }

    fn depart(&mut self, peer: PeerId, departure: Departure, until_ns: u64) {
        assert!(self.is_acting, "{ONLY_WHILE_ACTING}");
        let (shard, _) = self.place(peer);
        let surroundings = (&self.world, &self.network, &self.sessions);
        let around = Surroundings::new(surroundings, self.constants, self.now_ns);
        self.shards[shard].banish(self.now_ns, peer, departure, until_ns, &around);
        self.refresh(shard);
    }

    fn partition(&mut self, sides: Option<Vec<u8>>) {
        assert!(self.is_acting, "{ONLY_WHILE_ACTING}");
        self.network.set_sides(sides);
        if let Some(flows) = &mut self.flows {
            flows.repartition(self.now_ns, &self.network);
        }
    }
}

//! Peers: programs, seats, plans, and the keys that say how many of what there are.

use super::{HELD, List, bytes, rounded};
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::population::footprint as population;
use crate::scenario::estimate::Stage::{self, Finishing, Running, Tabulating};
use crate::scenario::schema::Workload;
use crate::sharing::footprint as sharing;

/// What plan, library and lists of names keep of a peer.
pub(super) fn plan_bytes() -> usize {
    population::peer_bytes() + sharing::peer_bytes() + size_of::<u64>() + size_of::<u16>()
}

impl List<'_> {
    /// The key that says how many peers there are.
    pub(super) fn peers_key(&self) -> &'static str {
        let (peers, has_topology) = (&self.scenario.peers, self.scenario.topology.is_some());
        if peers.count.is_some() {
            "peers.count"
        } else if peers.file.is_some() {
            "peers.file.path"
        } else if has_topology {
            "topology"
        } else if matches!(self.scenario.workload, Some(Workload::Transfers(_))) {
            "workload.transfers.path"
        } else {
            "peers"
        }
    }

    /// The key that says how many queries there are.
    pub(in crate::scenario) fn queries_key(&self) -> &'static str {
        match &self.scenario.workload {
            Some(Workload::Poisson(_)) => "workload.poisson.rate_per_peer",
            Some(Workload::FlashCrowd(_)) => "workload.flash_crowd",
            Some(Workload::File(_)) => "workload.file.path",
            Some(Workload::Lookups(_)) => "workload.lookups.path",
            Some(Workload::RandomLookups(_)) => "workload.random_lookups.rate_per_peer",
            Some(Workload::Values(_)) => "workload.values.reads_per_peer",
            Some(Workload::Transfers(_)) | None => "workload",
        }
    }

    /// The key that says how many links there are.
    pub(in crate::scenario) fn links_key(&self) -> &'static str {
        match &self.scenario.overlay {
            Some(overlay) if self.scenario.topology.is_none() => overlay.table().1.links_key(),
            _ => "topology",
        }
    }

    /// Programs, seats, and what is known of peers beforehand.
    pub(in crate::scenario) fn peers<P: Protocol>(&mut self) {
        let (key, peers) = (self.peers_key(), self.demand.peers);
        let mut add =
            |name, size, stages: &[Stage]| self.add((name, "peers", key), peers, bytes(size), stages);
        add("peers: names, groups, traits", plan_bytes(), &Stage::ALL);
        add("peers: programs and seats", engine::resident_bytes::<P>(), &HELD);
        add(
            "peers: when they are online",
            engine::presence_bytes(),
            &[Running, Finishing],
        );
        add(
            "peers: books as they are left",
            engine::outcome_bytes(),
            &[Finishing, Tabulating],
        );
        // A beginning and an end; those who are there from the start to the end need neither.
        let planned = if self.demand.has_churn { 2.0 } else { 0.0 };
        let size = bytes(engine::event_bytes::<P>());
        self.add(
            ("planned sessions", "events", key),
            planned * peers,
            size,
            &[Running, Finishing],
        );
        if self.scenario.underlay.jitter.is_some() || self.scenario.underlay.loss.get() > 0.0 {
            let size = bytes(engine::noise_bytes(rounded(self.demand.degree)));
            self.add(("noise", "peers", "underlay"), peers, size, &[Running, Finishing]);
        }
    }
}

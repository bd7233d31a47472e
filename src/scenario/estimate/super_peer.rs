//! How much a network of super-peers makes: clusters, registrations, floods.
//!
//! At the start everybody logs in at once, so that as many messages as there are peers are in flight.

use super::demand::{Demand, SECOND, seconds};
use crate::scenario::schema::{Overlay, Scenario, SuperPeer};

/// What a network of super-peers makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct SuperPeerDemand {
    /// Super-peers at a time.
    pub(super) super_peers: f64,
    /// Links of each.
    pub(super) links: f64,
    /// Super-peers of a cluster.
    pub(super) redundancy: f64,
    /// Addresses that a peer remembers.
    pub(super) addresses: f64,
    /// Files that a peer registers.
    pub(super) files: f64,
    /// Items of which an index has a list of sharers, in all indexes together.
    pub(super) lists: f64,
    /// Clients in such a list.
    pub(super) sharers: f64,
    /// Queries that a super-peer remembers.
    pub(super) seen: f64,
    /// Queries of its own that a client remembers.
    pub(super) own: f64,
    /// Messages in flight at a time.
    pub(super) in_flight: f64,
    /// Of them hits, and the holders in each.
    pub(super) hits: f64,
    pub(super) holders: f64,
    /// Timers pending at a time.
    pub(super) timers: f64,
}

impl Demand {
    /// Adds the caches to the peers; queries must not be counted yet.
    pub(super) fn count_super_peers(&mut self, scenario: &Scenario) {
        if let Some(overlay) = scenario.overlay.as_ref().and_then(Overlay::super_peer) {
            self.peers += f64::from(overlay.caches);
            self.online += f64::from(overlay.caches);
            self.degree = f64::from(overlay.redundancy);
        }
    }

    /// What goes to and fro; queries and downloads must be counted.
    pub(super) fn count_clusters(&mut self, scenario: &Scenario) {
        if let Some(overlay) = scenario.overlay.as_ref().and_then(Overlay::super_peer) {
            self.super_peer = self.of_super_peers(overlay, seconds(scenario));
        }
    }

    fn of_super_peers(&self, overlay: &SuperPeer, seconds: f64) -> SuperPeerDemand {
        let redundancy = f64::from(overlay.redundancy);
        // Clusters that were split are half as large.
        let clusters = (1.5 * self.online / f64::from(overlay.cluster_size())).max(1.0);
        let degree = f64::from(overlay.out_degree_max()).min(clusters - 1.0);
        let latency_s = self.latency_ns / SECOND;
        let copies = (self.replicas + self.downloads) * redundancy;
        let holding = copies / self.items.max(1.0);
        // A super-peer sends a query to all its neighbours, and each cluster is reached.
        let flooded = self.queries_per_s * clusters * degree.max(1.0);
        let keep_alive_s = overlay.keep_alive.ns() as f64 / SECOND;
        let signs_per_s = self.online * 2.0 * redundancy / keep_alive_s.min(seconds).max(1e-3);
        let expiry_s = 2.0 * (overlay.guid_expiry.ns() as f64 / SECOND).min(seconds);
        let seen = self.queries.min(self.queries_per_s * expiry_s);
        let answer_s = overlay.answer_timeout.ns() as f64 / SECOND;
        let found_in = (holding / redundancy).min(clusters);
        SuperPeerDemand {
            super_peers: clusters * redundancy,
            links: degree * redundancy,
            redundancy,
            addresses: f64::from(overlay.known_addresses.min(4 * overlay.addresses_given)),
            files: copies / redundancy / self.peers.max(1.0),
            lists: (self.items * clusters * redundancy).min(copies),
            sharers: (holding / (clusters * redundancy)).max(1.0),
            seen: seen / redundancy,
            own: seen / self.online.max(1.0),
            in_flight: self.online * redundancy + (flooded + signs_per_s) * latency_s,
            hits: self.queries_per_s * found_in * 3.0 * latency_s,
            holders: (holding / redundancy / clusters).clamp(1.0, f64::from(overlay.answers_max)),
            // To say that it is there, to hear of its super-peers, to be let in.
            timers: self.online * (1.0 + redundancy * (1.0 + answer_s / keep_alive_s)),
        }
    }
}

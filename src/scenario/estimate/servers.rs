//! How much overlays with servers make: log-ins, registrations, queries.
//!
//! At the start everybody logs in at once, so that as many messages as there are peers are in flight.

use super::demand::{Demand, SECOND, seconds};
use crate::scenario::schema::{Central, ClientServer, Overlay, Scenario, Tracker};

/// What an overlay with servers makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct ServersDemand {
    /// Messages in flight at a time.
    pub(super) in_flight: f64,
    /// Timers pending at a time.
    pub(super) timers: f64,
    /// Queries of a client that are not answered yet, at least one.
    pub(super) searches: f64,
    /// Files that a client registers.
    pub(super) files: f64,
    /// Items of which an index has a list of sharers, in all indexes together.
    pub(super) lists: f64,
    /// Clients in such a list.
    pub(super) sharers: f64,
    /// Holders in an answer.
    pub(super) holders: f64,
}

impl Demand {
    /// Adds the servers to the peers; queries must not be counted yet.
    pub(super) fn count_servers(&mut self, scenario: &Scenario) {
        let servers = scenario.overlay.as_ref().and_then(Overlay::servers);
        let Some(servers) = servers else { return };
        self.peers += f64::from(servers);
        self.online += f64::from(servers);
        self.degree = 1.0;
    }

    /// What goes to and fro; queries and downloads must be counted.
    pub(super) fn count_service(&mut self, scenario: &Scenario) {
        match &scenario.overlay {
            Some(Overlay::ClientServer(overlay)) => self.of_client_server(overlay),
            overlay => {
                if let Some((_, central)) = overlay.as_ref().and_then(Overlay::central) {
                    self.of_central(central, scenario);
                }
                if let Some((_, tracker)) = overlay.as_ref().and_then(Overlay::tracker) {
                    self.of_tracker(tracker);
                }
            }
        }
    }

    fn of_central(&mut self, overlay: &Central, scenario: &Scenario) {
        let servers = f64::from(overlay.servers());
        let asked = if overlay.ask_others() { servers } else { 1.0 };
        let answer_s = overlay.answer_timeout().ns() as f64 / SECOND;
        let login_s = overlay.login_timeout().ns() as f64 / SECOND;
        let keep_alive_s = overlay.keep_alive().ns() as f64 / SECOND;
        let keep_alives_per_s = self.online / keep_alive_s.min(seconds(scenario)).max(1e-3);
        let messages_per_s = 2.0 * (self.queries_per_s * asked + keep_alives_per_s);
        let copies = self.replicas + self.downloads;
        self.servers = ServersDemand {
            in_flight: self.online + messages_per_s * self.latency_ns / SECOND,
            // To say that it is there, to hear of its server, to be let in.
            timers: self.online * (1.0 + answer_s / keep_alive_s + login_s / seconds(scenario).max(login_s))
                + 2.0 * self.queries_per_s * answer_s,
            searches: (self.queries_per_s * answer_s / self.online).max(1.0),
            files: copies / self.peers.max(1.0),
            lists: (self.items * servers).min(copies),
            sharers: copies / self.items.max(1.0) / servers,
            holders: (copies / self.items.max(1.0)).min(f64::from(overlay.answers_max())),
        };
    }

    /// At the start everybody asks its trackers for a number at once, and then announces everything.
    fn of_tracker(&mut self, overlay: &Tracker) {
        let copies = self.replicas + self.downloads;
        let per_peer = copies / self.peers.max(1.0);
        let at_start = self.online * (per_peer + f64::from(overlay.servers).min(per_peer));
        let again_per_s = copies * SECOND / overlay.interval.ns() as f64;
        let latency_s = self.latency_ns / SECOND;
        self.servers = ServersDemand {
            in_flight: at_start + (4.0 * self.queries_per_s + 2.0 * again_per_s) * latency_s,
            // To announce again, and to lose patience.
            timers: 2.0 * self.online * per_peer,
            files: per_peer,
            lists: self.items.min(copies),
            sharers: copies / self.items.max(1.0),
            holders: (copies / self.items.max(1.0)).min(f64::from(overlay.numwant)),
            ..ServersDemand::default()
        };
    }

    fn of_client_server(&mut self, overlay: &ClientServer) {
        let answer_s = overlay.answer_timeout.ns() as f64 / SECOND;
        self.servers = ServersDemand {
            in_flight: (2.0 * self.queries_per_s * self.latency_ns / SECOND)
                .min(self.queries)
                .max(1.0),
            timers: (self.queries_per_s * answer_s).min(self.queries),
            searches: 1.0,
            ..ServersDemand::default()
        };
    }
}

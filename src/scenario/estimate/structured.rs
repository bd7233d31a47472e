//! How much a structured overlay makes: nodes, messages, timers, lookups.

use super::demand::{Demand, SECOND, mean_ns, seconds};
use super::inputs::Inputs;
use crate::engine::math::ln;
use crate::scenario::schema::{
    Chord, Kademlia, Overlay, RequestTimeout, Scenario, Start, Structured, TimeRange, Workload,
};

/// What a structured overlay makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct StructuredDemand {
    /// Entries of a routing table.
    pub(super) contacts: f64,
    /// Those of them that are far away.
    pub(super) fingers: f64,
    /// Sessions of peers in the whole run.
    pub(super) sessions: f64,
    /// Lookups of the workload, reads and writes of values apart.
    pub(super) lookups: f64,
    /// Values.
    pub(super) values: f64,
    /// Writes of values.
    pub(super) writes: f64,
    /// Reads of values.
    pub(super) reads: f64,
    /// Timers that are set at a time.
    pub(super) timers: f64,
    /// Messages on their way at a time.
    pub(super) in_flight: f64,
    /// Messages that a node hears in the whole run.
    pub(super) heard: f64,
}

/// What the nodes do by themselves, all together, in a second.
struct Upkeep {
    /// Timers of each node that recur.
    recurring: f64,
    /// Requests.
    requests: f64,
    /// Lookups.
    lookups: f64,
}

impl Demand {
    /// What comes of the overlay, if it is a structured one.
    pub(super) fn count_structured(&mut self, scenario: &Scenario, inputs: &Inputs) {
        let Some(overlay) = scenario.overlay.as_ref().and_then(Overlay::structured) else {
            return;
        };
        let services = f64::from(overlay.bootstrap_nodes);
        let mut demand = StructuredDemand {
            sessions: self.peers.max(self.online * sessions_of_one(scenario)) + services,
            ..StructuredDemand::default()
        };
        self.peers += services;
        self.online += services;
        let nodes = self.online * f64::from(overlay.nodes_per_peer);
        let doublings = ln(nodes.max(2.0)) / ln(2.0);
        let lookups_per_s = self.count_lookups(&mut demand, scenario, inputs);
        demand.fingers = doublings;
        let scenario_overlay = scenario.overlay.as_ref();
        let (chord, kademlia) = (
            scenario_overlay.and_then(Overlay::chord),
            scenario_overlay.and_then(Overlay::kademlia),
        );
        let upkeep = match (chord, kademlia) {
            (Some(chord), _) => {
                demand.contacts = f64::from(chord.successors) + 1.0 + doublings;
                of_chord(chord, nodes)
            }
            (_, Some(kademlia)) => {
                // Buckets that are not full are no more than the few closest ones.
                let ways = (1_u32 << kademlia.bits_per_level()) - 1;
                let per_level = f64::from(ways) / f64::from(kademlia.bits_per_level());
                let contacts = f64::from(kademlia.bucket_contacts());
                let levels = (doublings - ln(contacts.max(1.0)) / ln(2.0)).max(1.0);
                demand.fingers = levels * per_level;
                // Whoever knows its place at time 0 does not look for it.
                let settled = match overlay.start {
                    Start::Warm => self.online,
                    Start::Organic => 0.0,
                };
                let joining = (self.online * sessions_of_one(scenario) - settled).max(0.0);
                demand.contacts = (levels * per_level + 1.0) * contacts;
                of_kademlia(
                    kademlia,
                    nodes,
                    levels * per_level,
                    joining / seconds(scenario).max(1.0),
                )
            }
            (None, None) => return,
        };
        // Links are those of the other part of a hybrid.
        if !scenario_overlay.is_some_and(Overlay::is_hybrid) {
            self.degree = demand.contacts;
        }
        // Half of the fingers on the way are needed.
        let hops = doublings / 2.0 + 1.0;
        let lookups_per_s = lookups_per_s + upkeep.lookups;
        let requests_per_s = upkeep.requests + hops * lookups_per_s;
        demand.in_flight = 2.0 * requests_per_s * self.latency_ns / SECOND;
        demand.heard = 2.0 * requests_per_s * seconds(scenario) / nodes.max(1.0);
        demand.timers = upkeep.recurring * nodes
            + requests_per_s * timeout_s(&overlay)
            + lookups_per_s * overlay.give_up().ns() as f64 / SECOND;
        self.structured = demand;
    }

    /// Counts lookups, reads and writes of the workload. Returns how many there are in a second, all together.
    fn count_lookups(&self, demand: &mut StructuredDemand, scenario: &Scenario, inputs: &Inputs) -> f64 {
        let lookups_per_s;
        (demand.lookups, lookups_per_s) = match &scenario.workload {
            Some(Workload::Lookups(_)) => {
                let file = inputs.of("workload.lookups.path");
                let span_s = (file.largest[0] - file.first_min).max(1.0);
                (file.rows as f64, file.rows as f64 / span_s)
            }
            Some(Workload::RandomLookups(random)) => {
                self.random_events(scenario, random.rate_per_peer, (random.from, random.until))
            }
            _ => (0.0, 0.0),
        };
        let Some(Workload::Values(workload)) = &scenario.workload else {
            return lookups_per_s;
        };
        let span = (workload.reads_from(), workload.until);
        let (reads, reads_per_s) = self.random_events(scenario, workload.reads_per_peer, span);
        let span_s = seconds(scenario).max(1.0);
        demand.values = f64::from(workload.values);
        let further_per_s = workload
            .writes_per_value
            .map_or(0.0, |rate| SECOND / rate.mean_ns());
        demand.writes = demand.values * (1.0 + further_per_s * span_s);
        demand.reads = reads;
        reads_per_s + demand.writes / span_s
    }
}

/// Sessions of one peer that is online all the time, one after the other.
fn sessions_of_one(scenario: &Scenario) -> f64 {
    let churn = scenario.peers.churn.as_ref();
    churn.map_or(1.0, |churn| {
        1.0 + seconds(scenario) * SECOND / mean_ns(&churn.session).max(1.0)
    })
}

fn timeout_s(overlay: &Structured<'_>) -> f64 {
    let timeout = match &overlay.lookup.timeout {
        RequestTimeout::Fixed(fixed) => fixed.after,
        RequestTimeout::Measured(measured) => measured.initial,
    };
    timeout.ns() as f64 / SECOND
}

/// Buckets are refreshed, and those who join look themselves and all buckets up.
fn of_kademlia(kademlia: &Kademlia, nodes: f64, buckets: f64, joining_per_s: f64) -> Upkeep {
    let refreshes_per_s = nodes * buckets * SECOND / (kademlia.refresh().ns() as f64).max(1.0);
    let lookups = refreshes_per_s + joining_per_s * (buckets + 1.0);
    Upkeep {
        recurring: 2.0,
        // A lookup asks about as many nodes as it ends with, besides those on the way.
        requests: lookups * f64::from(kademlia.bucket_contacts()),
        lookups,
    }
}

fn of_chord(chord: &Chord, nodes: f64) -> Upkeep {
    let per_s = |range: &TimeRange| {
        let mean_ns = f64::midpoint(range.min.ns() as f64, range.max.ns() as f64);
        nodes * SECOND / mean_ns.max(1.0)
    };
    Upkeep {
        recurring: 3.0,
        // To stabilize is to ask and to notify.
        requests: 1.5 * per_s(&chord.stabilize) + per_s(&chord.check_predecessor),
        lookups: per_s(&chord.fix_fingers),
    }
}

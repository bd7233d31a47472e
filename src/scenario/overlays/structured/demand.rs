//! How much a structured overlay makes: nodes, messages, timers, lookups.

use super::{RequestTimeout, Start, Structured, StructuredDesign};
use crate::engine::math::ln;
use crate::scenario::estimate::demand::{Basis, Demand, SECOND, mean_ns};
use crate::scenario::schema::Workload;

/// What a structured overlay makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(in crate::scenario) struct StructuredDemand {
    /// Entries of a routing table.
    pub(in crate::scenario::overlays) contacts: f64,
    /// Those of them that are far away.
    pub(in crate::scenario::overlays) fingers: f64,
    /// Sessions of peers in the whole run.
    pub(in crate::scenario::overlays) sessions: f64,
    /// Lookups of the workload, reads and writes of values apart.
    pub(in crate::scenario::overlays) lookups: f64,
    /// Values.
    pub(in crate::scenario::overlays) values: f64,
    /// Writes of values.
    pub(in crate::scenario::overlays) writes: f64,
    /// Reads of values.
    pub(in crate::scenario::overlays) reads: f64,
    /// Items of which anything is published, and the holders of each.
    pub(in crate::scenario::overlays) published_items: f64,
    pub(in crate::scenario::overlays) holders: f64,
    /// Lookups that a node has under way at the start, when all publish what they share.
    pub(in crate::scenario::overlays) lookups_at_start: f64,
    /// Timers that are set at a time.
    pub(in crate::scenario::overlays) timers: f64,
    /// Messages on their way at a time.
    pub(in crate::scenario::overlays) in_flight: f64,
    /// Messages that a node hears in the whole run.
    pub(in crate::scenario::overlays) heard: f64,
}

/// What the nodes do by themselves, all together, in a second.
pub(in crate::scenario::overlays) struct Upkeep {
    /// Timers of each node that recur.
    pub(in crate::scenario::overlays) recurring: f64,
    /// Requests.
    pub(in crate::scenario::overlays) requests: f64,
    /// Lookups.
    pub(in crate::scenario::overlays) lookups: f64,
}

/// How many nodes there are, and how many come.
pub(in crate::scenario::overlays) struct Membership {
    /// Nodes at a time.
    pub(in crate::scenario::overlays) nodes: f64,
    /// How often one node must double to be so many.
    pub(in crate::scenario::overlays) doublings: f64,
    /// Nodes that join in a second.
    pub(in crate::scenario::overlays) joining_per_s: f64,
}

/// Counts nodes, and all that goes to and fro. Links are the caller's to count.
pub(super) fn count<D: StructuredDesign>(design: &D, key: &'static str, all: &mut Demand, basis: &Basis<'_>) {
    let overlay = &design.common(key);
    let services = f64::from(overlay.bootstrap_nodes);
    let copies_of_one = all.replicas / all.peers.max(1.0);
    let mut demand = StructuredDemand {
        sessions: all.peers.max(all.online * sessions_of_one(basis)) + services,
        ..StructuredDemand::default()
    };
    all.peers += services;
    all.online += services;
    let nodes = all.online * f64::from(overlay.nodes_per_peer);
    let doublings = ln(nodes.max(2.0)) / ln(2.0);
    let lookups_per_s = count_lookups(all, &mut demand, basis);
    // Whoever knows its place at time 0 does not look for it.
    let settled = match overlay.start {
        Start::Warm => all.online,
        Start::Organic => 0.0,
    };
    let joining = (all.online * sessions_of_one(basis) - settled).max(0.0);
    let membership = Membership {
        nodes,
        doublings,
        joining_per_s: joining / basis.seconds().max(1.0),
    };
    let upkeep = design.upkeep(&membership, &mut demand);
    let published = copies_of_one * all.present;
    demand.published_items = all.items.min(published);
    demand.holders = published / demand.published_items.max(1.0);
    let at_once = f64::from(overlay.storage.publishes_at_once).min(copies_of_one);
    demand.lookups_at_start = at_once;
    let burst = nodes * at_once * f64::from(overlay.alpha());
    // Half of the fingers on the way are needed.
    let hops = doublings / 2.0 + 1.0;
    let lookups_per_s = lookups_per_s + upkeep.lookups;
    let requests_per_s = upkeep.requests + hops * lookups_per_s;
    let round_trip_s = 2.0 * all.latency_ns / SECOND;
    demand.in_flight = requests_per_s * round_trip_s + burst;
    // Whoever publishes asks on the way, and stores. Time-outs pend though the answer is there.
    let requests_of_one = hops * f64::from(overlay.alpha()) + f64::from(overlay.replicas());
    let share_pending = (timeout_s(overlay) / (hops * round_trip_s).max(1e-3)).min(1.0);
    demand.heard = 2.0 * requests_per_s * basis.seconds() / nodes.max(1.0);
    demand.timers = upkeep.recurring * nodes
        + requests_per_s * timeout_s(overlay)
        + nodes * at_once * requests_of_one * share_pending
        + lookups_per_s * overlay.give_up().ns() as f64 / SECOND;
    all.structured = demand;
}

/// Counts lookups, reads and writes of the workload. Returns how many there are in a second, all together.
fn count_lookups(all: &Demand, demand: &mut StructuredDemand, basis: &Basis<'_>) -> f64 {
    let Basis { scenario, inputs } = *basis;
    let lookups_per_s;
    (demand.lookups, lookups_per_s) = match &scenario.workload {
        Some(Workload::Lookups(_)) => {
            let file = inputs.of("workload.lookups.path");
            let span_s = (file.largest[0] - file.first_min).max(1.0);
            (file.rows as f64, file.rows as f64 / span_s)
        }
        Some(Workload::RandomLookups(random)) => {
            all.random_events(scenario, random.rate_per_peer, (random.from, random.until))
        }
        _ => (0.0, 0.0),
    };
    let Some(Workload::Values(workload)) = &scenario.workload else {
        return lookups_per_s;
    };
    let span = (workload.reads_from(), workload.until);
    let (reads, reads_per_s) = all.random_events(scenario, workload.reads_per_peer, span);
    let span_s = basis.seconds().max(1.0);
    demand.values = f64::from(workload.values);
    let further_per_s = workload
        .writes_per_value
        .map_or(0.0, |rate| SECOND / rate.mean_ns());
    demand.writes = demand.values * (1.0 + further_per_s * span_s);
    demand.reads = reads;
    reads_per_s + demand.writes / span_s
}

/// Sessions of one peer that is online all the time, one after the other.
fn sessions_of_one(basis: &Basis<'_>) -> f64 {
    let churn = basis.scenario.peers.churn.as_ref();
    churn.map_or(1.0, |churn| {
        1.0 + basis.seconds() * SECOND / mean_ns(&churn.session).max(1.0)
    })
}

fn timeout_s(overlay: &Structured<'_>) -> f64 {
    let timeout = match &overlay.lookup.timeout {
        RequestTimeout::Fixed(fixed) => fixed.after,
        RequestTimeout::Measured(measured) => measured.initial,
    };
    timeout.ns() as f64 / SECOND
}

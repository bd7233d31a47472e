//! What queries cause: messages in flight, entries in the tables of queries seen.
//!
//! A flood is followed layer by layer: whoever is reached for the first time passes the query on to the other neighbours,
//! and a copy finds its peer unreached with the chance that it would have if links went anywhere. The largest layer is
//! taken to be in flight at once (a share of it where latencies differ), and beside it what the rate of queries keeps in
//! flight on average. That is meant to be an upper bound, but it is none where access links are too slow for the
//! traffic, or where a file's queries come in bursts.

use super::{Gnutella, Search};
use crate::engine::math::exp;
use crate::scenario::estimate::demand::{Basis, Demand};

/// What queries cause.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(in crate::scenario) struct Traffic {
    /// Messages in flight at a time.
    pub(super) in_flight: f64,
    /// Of them hits, which are boxed.
    pub(super) hits: f64,
    /// Peers that see a query.
    pub(super) reached: f64,
    /// Queries that a peer remembers of one generation, and how many generations there are.
    pub(super) seen: f64,
    pub(super) generations: f64,
    /// Walkers that wait for a word at a time, and peers that any ever waited at.
    pub(super) waited_at: f64,
}

/// What queries cause in the whole run.
pub(super) fn traffic(demand: &Demand, gnutella: &Gnutella, basis: &Basis<'_>) -> Traffic {
    let (seconds, latency_s) = (basis.seconds(), demand.latency_ns / 1e9);
    let mut traffic = Traffic::default();
    match &gnutella.search {
        Search::Flood(flood) => {
            // The workload's file may set a TTL of its own for each query.
            let file_ttl = basis.inputs.of("workload.file.path").largest[3];
            let ttl = if file_ttl > 0.0 {
                file_ttl
            } else {
                f64::from(flood.ttl)
            };
            let ttl = ttl.min(f64::from(gnutella.max_ttl()));
            let layers = flood_layers(demand, ttl);
            traffic.reached = layers.reached;
            let layer = demand.layer_overlap * layers.largest;
            let overlapping = demand.queries_per_s * layers.messages * latency_s;
            traffic.in_flight = (layer + overlapping).min(layers.messages * demand.queries);
        }
        Search::Walk(walk) => {
            let walkers = f64::from(walk.walkers);
            let copies = demand.replicas / demand.items.max(1.0);
            let until_found = if copies > 0.0 {
                demand.online / copies / walkers + f64::from(walk.check_every)
            } else {
                f64::INFINITY
            };
            let steps = f64::from(walk.ttl).min(until_found);
            traffic.reached = (walkers * steps).min(demand.online);
            let lasting = demand.queries_per_s * steps * latency_s;
            traffic.in_flight = walkers * lasting.max(1.0).min(demand.queries);
            if walk.check_every > 0 {
                let waits = demand.queries * walkers * steps / f64::from(walk.check_every);
                traffic.waited_at = demand.online * (1.0 - exp(-waits / demand.online));
            }
        }
    }
    let copies_reached = demand.replicas / demand.items.max(1.0) * traffic.reached / demand.online;
    traffic.hits = (demand.queries_per_s * copies_reached * latency_s * 4.0).min(traffic.in_flight);
    let expiry_s = gnutella.guid_expiry.ns() as f64 / 1e9;
    let span_s = (demand.queries / demand.queries_per_s.max(f64::MIN_POSITIVE)).min(seconds);
    let share = traffic.reached / demand.online;
    traffic.seen = demand.queries.min(demand.queries_per_s * expiry_s.min(span_s)) * share;
    traffic.generations = 1.0 + ((seconds - expiry_s) / expiry_s).clamp(0.0, 1.0);
    traffic
}

struct Layers {
    largest: f64,
    messages: f64,
    reached: f64,
}

fn flood_layers(demand: &Demand, ttl: f64) -> Layers {
    let (online, degree) = (demand.online, demand.degree);
    // Every peer sends over each of its links but one.
    let all = online * (degree - 1.0).max(1.0);
    let mut layers = Layers {
        largest: 0.0,
        messages: 0.0,
        reached: 0.0,
    };
    let mut layer = degree;
    let mut hops = 0.0;
    while hops < ttl && layer >= 0.5 {
        hops += 1.0;
        layers.largest = layers.largest.max(layer);
        layers.messages += layer;
        let left = (online - 1.0 - layers.reached).max(0.0);
        let new = left * (1.0 - exp(-layer / online));
        layers.reached += new;
        layer = (new * demand.branching).min(all - layers.messages);
    }
    layers
}

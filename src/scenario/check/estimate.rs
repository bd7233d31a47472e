//! The estimated size of a run, checked before work starts.
//!
//! The figures per thing are rounded up from what the engine and the protocols keep; they are there to refuse what
//! cannot be, not to predict what can.

use crate::scenario::diagnostics::{Finding, Findings, Severity};
use crate::scenario::document::Node;
use crate::scenario::schema::{Copies, PowerLaw, Replicas, Scenario, Topology, Workload};
use crate::scenario::units::Bytes;

/// Memory of one peer.
pub(crate) const PEER_BYTES: f64 = 1024.0;
const LINK_BYTES: f64 = 64.0;
const ITEM_BYTES: f64 = 48.0;
const REPLICA_BYTES: f64 = 8.0;
const QUERY_BYTES: f64 = 256.0;

/// What a scenario will need, as far as it alone says (and not the files that it names).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Estimate {
    /// Peers, those to come included.
    pub peers: f64,
    /// Links of the first graph.
    pub links: f64,
    /// Items of the catalogue.
    pub items: f64,
    /// Copies of items.
    pub replicas: f64,
    /// Queries.
    pub queries: f64,
}

impl Estimate {
    /// Estimates a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        let seconds = scenario.duration.ns() as f64 / 1e9;
        let mut peers = scenario.peers_declared().unwrap_or(0) as f64;
        if let Some(crate::scenario::schema::Arrivals::Poisson(arrivals)) = &scenario.peers.arrivals {
            peers += seconds * 1e9 / arrivals.rate.mean_ns();
        }
        let items = scenario
            .content
            .as_ref()
            .map_or(0.0, |content| f64::from(content.items));
        let copies = |copies: &Copies| {
            let by_item = copies.per_item.map_or(0.0, |mean| mean.get() * items);
            by_item + copies.per_peer.map_or(0.0, |mean| mean.get() * peers)
        };
        let replicas = scenario
            .content
            .as_ref()
            .and_then(|content| content.replicas.as_ref());
        let queries = match &scenario.workload {
            Some(Workload::Poisson(poisson)) => peers * seconds * 1e9 / poisson.rate_per_peer.mean_ns(),
            _ => 0.0,
        };
        Self {
            peers,
            links: scenario
                .topology
                .as_ref()
                .map_or(0.0, |topology| links(topology, peers)),
            items,
            replicas: match replicas {
                Some(Replicas::Uniform(law) | Replicas::Proportional(law) | Replicas::SquareRoot(law)) => {
                    copies(law)
                }
                Some(Replicas::File(_)) | None => 0.0,
            },
            queries,
        }
    }

    /// Memory in bytes.
    pub fn memory_bytes(&self) -> f64 {
        self.peers * PEER_BYTES
            + self.links * LINK_BYTES
            + self.items * ITEM_BYTES
            + self.replicas * REPLICA_BYTES
            + self.queries * QUERY_BYTES
    }
}

/// Links of a generated graph.
fn links(topology: &Topology, peers: f64) -> f64 {
    match topology {
        Topology::Random(random) => peers * random.mean_degree.get() / 2.0,
        Topology::Regular(regular) => peers * f64::from(regular.degree) / 2.0,
        Topology::PowerLaw(PowerLaw::Preferential(law)) => peers * f64::from(law.links),
        Topology::PowerLaw(PowerLaw::Configuration(law)) => peers * f64::from(law.degree_min.max(3)),
        Topology::SmallWorld(world) => peers * f64::from(world.neighbours) / 2.0,
        Topology::Hypercube(cube) => peers * f64::from(cube.dimension) / 2.0,
        Topology::Complete(_) => peers * (peers - 1.0) / 2.0,
        Topology::Grid(_) => peers * 2.0,
        Topology::Ring(_) | Topology::Tree(_) | Topology::Star(_) => peers,
        Topology::File(_) => 0.0,
    }
}

/// Refuses a scenario that needs more than its limit.
pub(crate) fn check(scenario: &Scenario, root: &Node, findings: &mut Findings) {
    let estimate = Estimate::of(scenario);
    let needed = estimate.memory_bytes();
    let allowed = scenario.limits.memory;
    if needed <= allowed.bytes() as f64 {
        return;
    }
    let parts = [
        ("peers.count", "peers", estimate.peers, PEER_BYTES),
        ("topology", "links", estimate.links, LINK_BYTES),
        ("content.items", "items", estimate.items, ITEM_BYTES),
        ("content.replicas", "replicas", estimate.replicas, REPLICA_BYTES),
        (
            "workload.poisson.rate_per_peer",
            "queries",
            estimate.queries,
            QUERY_BYTES,
        ),
    ];
    let (key, what, count, _) = parts
        .into_iter()
        .max_by(|a, b| (a.2 * a.3).total_cmp(&(b.2 * b.3)))
        .expect("there are parts");
    let most = Bytes::new(allowed.bytes());
    findings.push(Finding {
        key: key.to_owned(),
        place: root.place_of(key),
        message: format!(
            "`{key}`: the run would need about {:.0} GiB, above `limits.memory` ({most}), mostly for {} {what}",
            needed / f64::from(1 << 30),
            grouped(count)
        ),
        label: format!("{} {what}", grouped(count)),
        help: vec!["make it smaller, or raise memory under [limits]".to_owned()],
        severity: Severity::Limit,
    });
}

/// A count with its digits in threes.
fn grouped(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut out = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

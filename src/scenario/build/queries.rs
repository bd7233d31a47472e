//! Who asks for what, when.

use super::Desk;
use super::graph::Source;
use super::peers::{Cast, peer_of_label};
use crate::engine::PeerId;
use crate::engine::time::SECOND_NS;
use crate::overlay::ItemId;
use crate::scenario::schema::{Scenario, Workload};
use crate::scenario::units::Frequency;
use crate::sharing::workload::WorkloadSpan;
use crate::sharing::{Catalogue, PlannedQuery, QueryBounds, crowd_queries, parse_queries, poisson_queries};

/// All queries of the run, in order of time.
pub(super) fn queries(
    desk: &mut Desk<'_>,
    source: &Source,
    cast: &Cast,
    catalogue: &Catalogue,
) -> Option<Vec<PlannedQuery>> {
    let scenario = desk.scenario;
    let warm_up_ns = scenario.warm_up.ns();
    match &scenario.workload {
        None
        | Some(
            Workload::Transfers(_) | Workload::Lookups(_) | Workload::RandomLookups(_) | Workload::Values(_),
        ) => Some(Vec::new()),
        Some(Workload::File(file)) => {
            const KEY: &str = "workload.file.path";
            let text = desk.read_text(KEY, &file.path)?;
            let peer = |label: &str| {
                let peer = peer_of_label(source, label.parse().ok()?)?;
                (peer < cast.peers()).then_some(PeerId(peer))
            };
            let ttl_max = ttl_max(scenario);
            let bounds = QueryBounds {
                items: catalogue.items(),
                ttl_max: ttl_max.unwrap_or(u32::MAX),
                warm_up_ns,
            };
            let queries =
                parse_queries(&text, peer, bounds).map_err(|error| format!("{}: {error}", file.path));
            let mut queries = desk.take(KEY, queries)?;
            if ttl_max.is_none() {
                // So that one file serves all overlays: where queries go to those responsible or to servers, none goes so many hops far.
                for query in &mut queries {
                    query.ttl = None;
                }
            }
            let duration_ns = scenario.duration.ns();
            let late = queries.iter().filter(|query| query.at_ns >= duration_ns).count();
            if late > 0 {
                desk.warn(format!(
                    "`{KEY}`: {}: queries at or after the end of the run are not issued: {late} of {}",
                    file.path,
                    queries.len()
                ));
            }
            Some(queries)
        }
        Some(Workload::FlashCrowd(crowd)) => {
            let is_active = |peer: &PeerId| {
                let group = &cast.groups[usize::from(cast.population.group_of(*peer))];
                group.activity.get() > 0.0
            };
            let askers: Vec<PeerId> = (0..cast.peers()).map(PeerId).filter(is_active).collect();
            let times_ns = crowd.times_ns(scenario.duration.ns());
            Some(crowd_queries(&askers, ItemId(crowd.item), times_ns, warm_up_ns))
        }
        Some(Workload::Poisson(poisson)) => {
            let from_ns = poisson.from.ns();
            let span = WorkloadSpan {
                warm_up_ns,
                end_ns: poisson.until.map_or(scenario.duration.ns(), |until| {
                    until.ns().min(scenario.duration.ns())
                }),
            };
            let rate = rates_hz(cast, poisson.rate_per_peer);
            let mut queries = poisson_queries(cast.peers(), rate, &cast.plan, catalogue, span, desk.seed);
            // Memoryless: leaving out the beginning changes nothing of what follows.
            queries.retain(|query| query.at_ns >= from_ns);
            Some(queries)
        }
    }
}

/// How often each peer asks, per second: so often as the scenario says, times what its group says.
pub(super) fn rates_hz(cast: &Cast, rate_per_peer: Frequency) -> impl Fn(PeerId) -> f64 {
    let rate_hz = SECOND_NS as f64 / rate_per_peer.mean_ns();
    let activity: Vec<f64> = cast.groups.iter().map(|group| group.activity.get()).collect();
    move |peer| rate_hz * activity[usize::from(cast.population.group_of(peer))]
}

/// The largest TTL that a query may be sent with; `None`: queries go to servers or to those responsible, and to nobody else.
fn ttl_max(scenario: &Scenario) -> Option<u32> {
    match &scenario.overlay {
        Some(overlay) => overlay.table().1.ttl_max(),
        None => Some(u32::MAX),
    }
}

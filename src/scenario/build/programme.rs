//! What the director does: actions, samples, truths.

use super::peers::Cast;
use super::{Desk, Roll};
use crate::engine::time::NEVER_NS;
use crate::engine::{Draw, PeerId, Purpose};
use crate::overlay::ItemId;
use crate::scenario::schema::{self, ServiceKind, Truth};
use crate::scenario::units::Duration;
use crate::sharing::action::{Action, Amount, Sides};
use crate::sharing::director::{Inquiry, Programme, Shape};
use crate::sharing::{Placement, PlannedQuery, PlannedRead, ValuePlan};
use crate::topology::Graph;
use crate::topology::analysis::components;

/// Samples in a run whose scenario does not say how often.
const SAMPLES: u64 = 120;

/// The programme of a scenario without queries.
pub(in crate::scenario) fn programme(desk: &Desk<'_>, cast: &Cast) -> Programme {
    let scenario = desk.scenario;
    let duration_ns = scenario.duration.ns();
    let every = scenario.observe.sample_every.map(Duration::ns);
    Programme {
        duration_ns,
        sample_every_ns: every.unwrap_or((duration_ns / SAMPLES).max(1)),
        invariants_every_ns: scenario.observe.invariants_every.map(Duration::ns),
        peers: cast.peers() as usize,
        has_fixed_links: scenario
            .overlay
            .as_ref()
            .is_none_or(|overlay| overlay.table().1.has_fixed_links()),
        full_shape: None,
        actions: scenario
            .actions
            .iter()
            .filter_map(|action| Some((action.at.ns(), perform(action, cast)?)))
            .collect(),
        inquiries: Vec::new(),
    }
}

/// The shape of the network where links stay what they are and everybody is online at the start: the graph's.
pub(in crate::scenario) fn full_shape(
    programme: &Programme,
    graph: &Graph,
    online: &[PeerId],
) -> Option<Shape> {
    let peers = programme.peers;
    (programme.has_fixed_links && online.len() == peers).then(|| {
        let (components, largest_component) = components(peers, graph.edge_pairs(), |_| true);
        Shape {
            online_peers: peers as u64,
            links: graph.edges(),
            components: components.into(),
            largest_component: largest_component.into(),
        }
    })
}

/// The truths that are wanted: of every query or of a sample, and only where somebody holds anything.
pub(super) fn inquiries(desk: &Desk<'_>, queries: &[PlannedQuery], ttl: u32) -> Vec<Inquiry> {
    let inquiry = |(query, planned): (u32, &PlannedQuery)| Inquiry {
        at_ns: planned.at_ns,
        query,
        origin: planned.origin,
        item: planned.item,
        ttl: planned.ttl.unwrap_or(ttl),
    };
    wanted(desk, (0_u32..).zip(queries).map(inquiry))
}

/// The same of reads of values: the query is the read, the item the value, and how far it is plays no part.
pub(in crate::scenario) fn read_inquiries(desk: &Desk<'_>, plan: &ValuePlan) -> Vec<Inquiry> {
    let inquiry = |(query, planned): (u32, &PlannedRead)| Inquiry {
        at_ns: planned.at_ns,
        query,
        origin: planned.origin,
        item: ItemId(planned.value),
        ttl: 0,
    };
    wanted(desk, (0_u32..).zip(&plan.reads).map(inquiry))
}

/// Those of all inquiries that the scenario wants to be made.
fn wanted(desk: &Desk<'_>, all: impl Iterator<Item = Inquiry>) -> Vec<Inquiry> {
    let observe = &desk.scenario.observe;
    let share = match observe.truth {
        Truth::Full => 1.0,
        Truth::Sample => observe.truth_share.get(),
        Truth::Off => 0.0,
    };
    let mut draw = desk.seed.stream(Purpose::Observation, 0);
    let duration_ns = desk.scenario.duration.ns();
    all.filter(|inquiry| draw.chance(share) && inquiry.at_ns < duration_ns)
        .collect()
}

fn perform(action: &schema::Action, cast: &Cast) -> Option<Action> {
    let amount = |share: Option<crate::scenario::units::Share>, count: Option<u32>| match (share, count) {
        (Some(share), _) => Amount::Share(share.get()),
        (None, count) => Amount::Count(count.unwrap_or(0)),
    };
    let away = |away: Option<Duration>| away.map_or(NEVER_NS, Duration::ns);
    let group = |name: &str| cast.groups.iter().position(|group| group.name == name);
    let in_group = |place: Option<usize>| {
        (0..cast.peers())
            .map(|peer| Some(usize::from(cast.population.group_of(PeerId(peer)))) == place)
            .collect::<Vec<bool>>()
    };
    if let Some(depart) = &action.depart {
        return Some(Action::Depart {
            amount: amount(depart.share, depart.count),
            among: depart.group.as_deref().map(|name| in_group(group(name))),
            crash: depart.crash.get(),
            away_ns: away(depart.away),
        });
    }
    if let Some(remove) = &action.remove_best_connected {
        return Some(Action::RemoveBestConnected {
            amount: amount(remove.share, remove.count),
            away_ns: away(remove.away),
        });
    }
    if let Some(failure) = &action.fail_servers {
        let is_of_kind = |kind: ServiceKind| {
            let Roll {
                groups, group_names, ..
            } = &cast.roll;
            groups
                .iter()
                .map(|&group| *group_names[usize::from(group)] == *kind.name())
                .collect()
        };
        return Some(Action::FailServers {
            amount: amount(failure.share, failure.count),
            among: failure.kind.map(is_of_kind),
            away_ns: away(failure.away),
        });
    }
    if let Some(partition) = &action.partition {
        let sides = match (&partition.shares, &partition.groups) {
            (Some(shares), _) => Sides::Shares(shares.iter().map(|share| share.get()).collect()),
            (None, groups) => {
                let mut side_of_group = vec![0_u8; cast.groups.len()];
                for (side, names) in (0_u8..).zip(groups.iter().flatten()) {
                    names
                        .iter()
                        .filter_map(|name| group(name))
                        .for_each(|place| side_of_group[place] = side);
                }
                let side = |peer| side_of_group[usize::from(cast.population.group_of(PeerId(peer)))];
                Sides::Given((0..cast.peers()).map(side).collect())
            }
        };
        return Some(Action::Partition(sides));
    }
    // Joining is part of the plan of sessions.
    action.heal.map(|_| Action::Heal)
}

/// Whether anybody holds anything: without it every truth is zero without looking.
pub(super) fn is_worth_asking(placement: &Placement, has_sharing: bool) -> bool {
    placement.copies() > 0 || has_sharing
}

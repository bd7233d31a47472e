//! Defaults that depend on other keys, and the resolved scenario as text.

use super::schema::{Group, Scenario, Workload};
use super::units::{Duration, Share};

/// Rows of `series.csv` by default.
const SAMPLES: u64 = 120;

/// Shares are decimal fractions in a file and binary ones here: sums that are this near to one another are equal.
pub(crate) const SHARE_TOLERANCE: f64 = 1e-9;

/// Fills in every default that depends on other keys. Doing it twice changes nothing.
pub(crate) fn resolve(scenario: &mut Scenario) {
    let duration_ns = scenario.duration.ns();
    scenario
        .observe
        .sample_every
        .get_or_insert(Duration::new(duration_ns.div_ceil(SAMPLES).max(1)));
    resolve_groups(scenario);
    if let Some(overlay) = &mut scenario.overlay {
        overlay.resolve();
    }
    let sharing = scenario.sharing.as_mut();
    if let Some(exchange) = sharing.and_then(|sharing| sharing.source_exchange.as_mut()) {
        exchange.resolve();
    }
    match &mut scenario.workload {
        Some(Workload::Poisson(poisson)) => {
            poisson.until.get_or_insert(scenario.duration);
        }
        Some(Workload::FlashCrowd(crowd)) if crowd.every.is_some() => {
            crowd.until.get_or_insert(scenario.duration);
        }
        Some(Workload::RandomLookups(lookups)) => {
            lookups.until.get_or_insert(scenario.duration);
        }
        Some(Workload::Values(values)) => {
            values.until.get_or_insert(scenario.duration);
        }
        _ => {}
    }
    if let Some(arrivals) = &mut scenario.peers.arrivals {
        let super::schema::Arrivals::Poisson(poisson) = arrivals;
        if poisson.session.is_none() {
            poisson.session = scenario.peers.churn.as_ref().map(|churn| churn.session.clone());
        }
    }
}

/// Peers of no group become one: "all" if there are no groups, "other" if there are.
fn resolve_groups(scenario: &mut Scenario) {
    let peers = &mut scenario.peers;
    if peers.groups.is_empty() {
        if peers.file.is_none() {
            peers.groups.push(Group {
                share: Share::new(1.0),
                ..Group::named("all")
            });
        }
        return;
    }
    if peers.file.is_some() {
        return;
    }
    match rest(&peers.groups, peers.count) {
        Rest::None => {
            // Without shares, the groups' numbers are the number of peers.
            if peers.count.is_none() && peers.groups.iter().all(|group| group.count.is_some()) {
                peers.count = Some(peers.groups.iter().filter_map(|group| group.count).sum());
            }
        }
        Rest::Share(share) => {
            peers.groups.push(Group {
                share: Share::new(share),
                ..Group::named("other")
            });
        }
        Rest::Count(count) => {
            peers.groups.push(Group {
                count: Some(count),
                ..Group::named("other")
            });
        }
    }
}

/// The peers that the groups leave over.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Rest {
    /// None.
    None,
    /// A share of all peers.
    Share(f64),
    /// So many.
    Count(u64),
}

/// The peers that the groups leave over: shares are of what groups with a `count` leave.
pub(crate) fn rest(groups: &[Group], count: Option<u64>) -> Rest {
    let shares: Vec<f64> = groups
        .iter()
        .filter_map(|group| group.share)
        .map(Share::get)
        .collect();
    if shares.is_empty() {
        return match count.map(|count| count.saturating_sub(counted(groups))) {
            Some(0) | None => Rest::None,
            Some(left) => Rest::Count(left),
        };
    }
    let left = 1.0 - shares.iter().sum::<f64>();
    // Without the noise of binary fractions behind the last digit that matters.
    let left = (left * 1e12).round() / 1e12;
    if left > SHARE_TOLERANCE {
        Rest::Share(left)
    } else {
        Rest::None
    }
}

/// Peers of groups with a `count`.
pub(crate) fn counted(groups: &[Group]) -> u64 {
    groups
        .iter()
        .filter_map(|group| group.count)
        .fold(0, u64::saturating_add)
}

/// The scenario as TOML with every default spelled out. Reading it gives an equal scenario, and showing that the same
/// text.
///
/// # Panics
/// Never for a scenario that was read.
pub fn show(scenario: &Scenario) -> String {
    toml::to_string(scenario).expect("every scenario that was read can be written as TOML")
}

//! What a plan is refused for.

use super::{Regime, Roster};
use crate::engine::PeerId;
use crate::population::Law;

/// Why there is no such churn.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum ChurnError {
    /// The crash share is no number from 0 to 1.
    #[error("the crash share is {0}, not a number from 0 to 1")]
    Crash(f64),
    /// A start in equilibrium needs finite means.
    #[error(
        "the mean {of} is infinite ({law}), so there is no equilibrium to start in: \
         start fresh, or take a Pareto alpha above 1"
    )]
    InfiniteMean {
        /// "session" or "absence".
        of: &'static str,
        /// The law.
        law: Law,
    },
}

/// Why there is no such plan.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum PlanError {
    /// The crash share of a trace's departures is out of range.
    #[error(transparent)]
    Churn(#[from] ChurnError),
    /// Not one regime for each group.
    #[error("there are {regimes} regimes for {groups} groups")]
    Regimes {
        /// Regimes given.
        regimes: usize,
        /// Groups declared.
        groups: usize,
    },
    /// The number of arrival times is not that of the peers that arrive.
    #[error("there are {times} arrival times for {peers} arriving peers")]
    Arrivals {
        /// Times given.
        times: usize,
        /// Peers beyond the residents.
        peers: u32,
    },
    /// More peers and service nodes than numbers.
    #[error("{0} peers and service nodes are more than 4,294,967,295")]
    TooMany(u64),
    /// A member of a crowd is no resident.
    #[error("peer {} cannot be in a crowd: there are {residents} residents", peer.0)]
    NoResident {
        /// The peer.
        peer: PeerId,
        /// Number of residents.
        residents: u32,
    },
    /// A peer is twice in crowds.
    #[error("peer {} is in more than one crowd, or twice in one", peer.0)]
    TwoCrowds {
        /// The peer.
        peer: PeerId,
    },
    /// A member of a crowd follows a trace.
    #[error("peer {} cannot be in a crowd: its group {group:?} follows a trace", peer.0)]
    CrowdOfTrace {
        /// The peer.
        peer: PeerId,
        /// Its group.
        group: String,
    },
    /// A peer that arrives belongs to a group that follows a trace.
    #[error("group {group:?} follows a trace, so no peer of it can arrive at a drawn time")]
    ArrivalOfTrace {
        /// The group.
        group: String,
    },
    /// A group follows a trace that is not given.
    #[error("group {group:?} follows a trace, but there is none")]
    NoTrace {
        /// The group.
        group: String,
    },
    /// The trace has fewer hosts than peers follow it.
    #[error("{peers} peers follow a trace of {hosts} hosts: allow it to repeat hosts, or take fewer peers")]
    TooFewHosts {
        /// Peers that follow the trace.
        peers: u32,
        /// Hosts in it.
        hosts: u32,
    },
}

pub(super) fn crash_share(crash: f64) -> Result<(), ChurnError> {
    if (0.0..=1.0).contains(&crash) {
        Ok(())
    } else {
        Err(ChurnError::Crash(crash))
    }
}

/// Probability of being online in equilibrium; 1 for who never returns (those present are found in their session).
pub(super) fn availability(session: &Law, absence: Option<&Law>) -> Result<f64, ChurnError> {
    let mean = |of, law: &Law| law.mean_ns().ok_or(ChurnError::InfiniteMean { of, law: *law });
    let online = mean("session", session)?;
    let Some(absence) = absence else {
        return Ok(1.0);
    };
    let offline = mean("absence", absence)?;
    Ok(online / (online + offline))
}

pub(super) fn roster(roster: &Roster) -> Result<(), PlanError> {
    let population = &roster.population;
    let groups = population.groups();
    if roster.regimes.len() != groups.len() {
        return Err(PlanError::Regimes {
            regimes: roster.regimes.len(),
            groups: groups.len(),
        });
    }
    let arriving = population.peers() - population.residents();
    if roster.arrivals.times_ns().len() != arriving as usize {
        return Err(PlanError::Arrivals {
            times: roster.arrivals.times_ns().len(),
            peers: arriving,
        });
    }
    let nodes = u64::from(population.peers()) + u64::from(roster.services);
    if nodes > u64::from(u32::MAX) {
        return Err(PlanError::TooMany(nodes));
    }
    for regime in &roster.regimes {
        if let Regime::Trace { crash } = regime {
            crash_share(*crash)?;
        }
    }
    let group_in_trace = |peer: PeerId| {
        let group = usize::from(population.group_of(peer));
        matches!(roster.regimes[group], Regime::Trace { .. }).then(|| groups[group].name.clone())
    };
    for peer in (population.residents()..population.peers()).map(PeerId) {
        if let Some(group) = group_in_trace(peer) {
            return Err(PlanError::ArrivalOfTrace { group });
        }
    }
    let mut members: Vec<PeerId> = Vec::new();
    for crowd in &roster.crowds {
        members.extend(&crowd.members);
    }
    members.sort_unstable();
    for (place, &peer) in members.iter().enumerate() {
        let residents = population.residents();
        if peer.0 >= residents {
            return Err(PlanError::NoResident { peer, residents });
        }
        if place > 0 && members[place - 1] == peer {
            return Err(PlanError::TwoCrowds { peer });
        }
        if let Some(group) = group_in_trace(peer) {
            return Err(PlanError::CrowdOfTrace { peer, group });
        }
    }
    Ok(())
}

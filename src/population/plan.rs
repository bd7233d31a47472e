//! When every peer is online: the engine's [`Sessions`], drawn session by session.
//!
//! A session is a pure function of (seed, peer, its number, the end of the one before): each has a stream of its own, so
//! the engine, the workload and an observer may ask at any time and in any order, and nothing that happens in a run
//! changes who comes and goes. Within a session's stream the words go, in this order, to: how it ends, chance at the
//! start (is the peer online, where in a crowd's ramp does it come), its length, the absence before it. So another crash
//! share leaves every time as it is, and another law of absences every session's length.
//!
//! What a plan does not know: what the peers do while they are online, and departures that a scenario forces.

mod check;
mod playback;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use check::{ChurnError, PlanError};
pub use playback::{Assignment, Playback};

use super::{Arrivals, Law, Population};
use crate::engine::random::{Stream, unit_of};
use crate::engine::time::NEVER_NS;
use crate::engine::{Departure, Draw, PeerId, PlannedSession, Purpose, Seed, Sessions};

/// Streams of [`Purpose::Churn`] that belong to no single peer: beyond the 32 bits of a peer's number.
pub(super) mod stream_of_plan {
    /// The times of the arrivals.
    pub(in crate::population) const ARRIVALS: u64 = 1 << 32;
    /// Which peer plays which host of a trace.
    pub(in crate::population) const HOSTS: u64 = (1 << 32) + 1;
    /// How many of an open population are present at the start.
    pub(in crate::population) const PRESENT: u64 = (1 << 32) + 2;
}

/// How alternating peers stand at time 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// As if it had always been so: online with probability E\[session\] / (E\[session\] + E\[absence\]), and what is
    /// under way has its residual length. The population is flat from the first moment.
    Equilibrium,
    /// All online, with whole sessions before them: a bias that dies away slowly where sessions vary much.
    Fresh,
}

/// Sessions and absences in turn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Churn {
    session: Law,
    absence: Option<Law>,
    crash: f64,
    start: Start,
    /// Probability of being online at the start.
    availability: f64,
}

impl Churn {
    /// Alternation of sessions and absences; without a law of absences a peer is there once and never returns.
    /// `crash` is the share of departures, 0 to 1, without a goodbye.
    ///
    /// Refused where the start is to be in equilibrium and there is none because a mean is infinite.
    pub fn new(session: Law, absence: Option<Law>, crash: f64, start: Start) -> Result<Self, ChurnError> {
        check::crash_share(crash)?;
        let availability = match start {
            Start::Fresh => 1.0,
            Start::Equilibrium => check::availability(&session, absence.as_ref())?,
        };
        Ok(Self {
            session,
            absence,
            crash,
            start,
            availability,
        })
    }

    /// Probability that a peer is online at time 0.
    pub fn availability_at_start(&self) -> f64 {
        self.availability
    }
}

/// When the peers of a group are online.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Regime {
    /// From their coming to the end.
    Always,
    /// By drawn lengths. A peer that arrives in an open population stays for one session, whatever the law of absences.
    Churn(Churn),
    /// As hosts of the measured trace were; never again after its end.
    Trace {
        /// Share of departures, 0 to 1, without a goodbye (a trace does not tell).
        crash: f64,
    },
}

/// Peers that stay away until something draws them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crowd {
    /// Who they are: residents, in any order.
    pub members: Vec<PeerId>,
    /// The moment from which they come, in nanoseconds.
    pub at_ns: u64,
    /// Each comes uniformly within this time after it, in nanoseconds; 0: all at once.
    pub ramp_ns: u64,
}

/// All that a plan is made of.
#[derive(Clone, Debug)]
pub struct Roster {
    /// Length of the run in nanoseconds.
    pub duration_ns: u64,
    /// The peers: residents, then those that arrive.
    pub population: Arc<Population>,
    /// One regime for each group.
    pub regimes: Vec<Regime>,
    /// When those that arrive do so.
    pub arrivals: Arrivals,
    /// Peers that are dormant at first. No peer is in two crowds.
    pub crowds: Vec<Crowd>,
    /// The trace, if a group follows one.
    pub playback: Option<Playback>,
    /// Number of service nodes: they have the last numbers and are always online.
    pub services: u32,
}

/// The plan of everybody's sessions.
#[derive(Clone, Debug)]
pub struct Plan {
    seed: Seed,
    duration_ns: u64,
    population: Arc<Population>,
    regimes: Vec<Regime>,
    arrivals: Arrivals,
    /// Moment and ramp of each crowd.
    crowds: Vec<(u64, u64)>,
    /// Who is in which crowd, ascending by peer.
    crowd_of: Vec<(PeerId, u32)>,
    hosts: playback::Hosts,
    services: u32,
}

/// How a peer's first session comes about.
#[derive(Clone, Copy)]
enum Opening {
    Resident,
    Arrival { at_ns: u64 },
    Crowd { at_ns: u64, ramp_ns: u64 },
}

impl Plan {
    /// Makes the plan; everything random is drawn from `seed`.
    pub fn new(seed: Seed, roster: Roster) -> Result<Self, PlanError> {
        check::roster(&roster)?;
        let mut crowd_of = Vec::new();
        for (crowd, declared) in (0..).zip(&roster.crowds) {
            crowd_of.extend(declared.members.iter().map(|peer| (*peer, crowd)));
        }
        crowd_of.sort_unstable();
        Ok(Self {
            hosts: playback::Hosts::assign(seed, &roster)?,
            seed,
            duration_ns: roster.duration_ns,
            population: roster.population,
            regimes: roster.regimes,
            arrivals: roster.arrivals,
            crowds: roster
                .crowds
                .iter()
                .map(|crowd| (crowd.at_ns, crowd.ramp_ns))
                .collect(),
            crowd_of,
            services: roster.services,
        })
    }

    /// Number of peers and service nodes.
    pub fn nodes(&self) -> u32 {
        self.population.peers() + self.services
    }

    /// The service nodes: the last numbers.
    pub fn service_nodes(&self) -> impl Iterator<Item = PeerId> + use<> {
        (self.population.peers()..self.nodes()).map(PeerId)
    }

    /// The peers, without service nodes, that are online at time 0, ascending.
    pub fn online_at_start(&self) -> Vec<PeerId> {
        let is_online = |peer: &PeerId| self.session(*peer, 0, 0).is_some_and(|first| first.start_ns == 0);
        (0..self.population.peers())
            .map(PeerId)
            .filter(is_online)
            .collect()
    }

    /// A peer's sessions in order, as far as they begin before the end of the run.
    pub fn stays(&self, peer: PeerId) -> impl Iterator<Item = PlannedSession> + '_ {
        let mut number = 0;
        let mut previous_end_ns = 0;
        std::iter::from_fn(move || {
            let next = self.session(peer, number, previous_end_ns)?;
            number += 1;
            previous_end_ns = next.end_ns;
            (next.start_ns < self.duration_ns).then_some(next)
        })
    }

    fn opening(&self, peer: PeerId) -> Opening {
        if let Some(arrived) = peer.0.checked_sub(self.population.residents()) {
            let at_ns = self.arrivals.times_ns()[arrived as usize];
            return Opening::Arrival { at_ns };
        }
        match self.crowd_of.binary_search_by_key(&peer, |entry| entry.0) {
            Ok(place) => {
                let (at_ns, ramp_ns) = self.crowds[self.crowd_of[place].1 as usize];
                Opening::Crowd { at_ns, ramp_ns }
            }
            Err(_) => Opening::Resident,
        }
    }

    fn permanent(&self, peer: PeerId) -> PlannedSession {
        let start_ns = match self.opening(peer) {
            Opening::Resident => 0,
            Opening::Arrival { at_ns } => at_ns,
            Opening::Crowd { at_ns, ramp_ns } => {
                let mut draw = self.seed.stream_at(Purpose::Churn, u64::from(peer.0), 0);
                draw.bits();
                within(at_ns, ramp_ns, draw.bits())
            }
        };
        PlannedSession {
            start_ns,
            end_ns: NEVER_NS,
            departure: Departure::Graceful,
        }
    }

    fn first(&self, churn: &Churn, peer: PeerId) -> Option<PlannedSession> {
        let mut draw = self.seed.stream_at(Purpose::Churn, u64::from(peer.0), 0);
        let departure = departure(churn.crash, &mut draw);
        let chance = draw.bits();
        let (start_ns, length_ns) = match self.opening(peer) {
            Opening::Arrival { at_ns } => (at_ns, churn.session.sample_ns(&mut draw)),
            Opening::Crowd { at_ns, ramp_ns } => {
                (within(at_ns, ramp_ns, chance), churn.session.sample_ns(&mut draw))
            }
            Opening::Resident => match (churn.start, churn.absence) {
                (Start::Fresh, _) => (0, churn.session.sample_ns(&mut draw)),
                (Start::Equilibrium, Some(absence)) if unit_of(chance) >= churn.availability => {
                    let length_ns = churn.session.sample_ns(&mut draw);
                    (absence.residual_ns(&mut draw)?, length_ns)
                }
                (Start::Equilibrium, _) => (0, churn.session.residual_ns(&mut draw)?),
            },
        };
        session(start_ns, length_ns, departure)
    }

    fn later(
        &self,
        churn: &Churn,
        peer: PeerId,
        number: u32,
        previous_end_ns: u64,
    ) -> Option<PlannedSession> {
        let absence = churn.absence.filter(|_| peer.0 < self.population.residents())?;
        let mut draw = self.seed.stream_at(Purpose::Churn, u64::from(peer.0), number);
        let departure = departure(churn.crash, &mut draw);
        draw.bits();
        let length_ns = churn.session.sample_ns(&mut draw);
        // An absence lasts 1 ns at least: after a session that never ends there is no other.
        let start_ns = previous_end_ns.checked_add(absence.sample_ns(&mut draw))?;
        session(start_ns, length_ns, departure)
    }

    fn of_trace(&self, crash: f64, peer: PeerId, number: u32) -> Option<PlannedSession> {
        let (start_ns, end_ns) = *self.hosts.sessions(peer)?.get(number as usize)?;
        let mut draw = self.seed.stream_at(Purpose::Churn, u64::from(peer.0), number);
        Some(PlannedSession {
            start_ns,
            end_ns,
            departure: departure(crash, &mut draw),
        })
    }
}

impl Sessions for Plan {
    /// # Panics
    /// When there is no such peer or service node.
    fn session(&self, peer: PeerId, number: u32, previous_end_ns: u64) -> Option<PlannedSession> {
        assert!(
            peer.0 < self.nodes(),
            "sessions are those of peers and service nodes"
        );
        if peer.0 >= self.population.peers() {
            return (number == 0).then_some(PlannedSession {
                start_ns: 0,
                end_ns: NEVER_NS,
                departure: Departure::Graceful,
            });
        }
        match &self.regimes[usize::from(self.population.group_of(peer))] {
            Regime::Always => (number == 0).then(|| self.permanent(peer)),
            Regime::Churn(churn) if number == 0 => self.first(churn, peer),
            Regime::Churn(churn) => self.later(churn, peer, number, previous_end_ns),
            Regime::Trace { crash } => self.of_trace(*crash, peer, number),
        }
    }
}

/// How a session ends. The word is drawn even where the answer is certain, so that times do not depend on the share.
fn departure(crash: f64, draw: &mut Stream) -> Departure {
    if draw.unit() < crash {
        Departure::Crash
    } else {
        Departure::Graceful
    }
}

/// The moment within a ramp that a random word stands for.
fn within(at_ns: u64, ramp_ns: u64, word: u64) -> u64 {
    let part = (u128::from(word) * u128::from(ramp_ns)) >> 64;
    at_ns.saturating_add(u64::try_from(part).expect("less than the ramp"))
}

/// A session of so many nanoseconds; none where it would begin at the end of time.
fn session(start_ns: u64, length_ns: u64, departure: Departure) -> Option<PlannedSession> {
    (start_ns < NEVER_NS).then(|| PlannedSession {
        start_ns,
        end_ns: start_ns.saturating_add(length_ns),
        departure,
    })
}

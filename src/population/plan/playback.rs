//! A measured trace played by peers: which of them plays which host.

use super::{PlanError, Regime, Roster, stream_of_plan};
use crate::engine::{Draw, PeerId, Purpose, Seed};
use crate::population::Trace;

/// Which peer plays which host of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assignment {
    /// The first peer (by number) that follows the trace plays its first host, and so on.
    InOrder,
    /// Hosts are drawn without replacement.
    Random,
}

/// A trace and how it is played.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Playback {
    /// The sessions as measured.
    pub trace: Trace,
    /// Who plays whom.
    pub assignment: Assignment,
    /// The moment of the trace that is time 0 of the run, in nanoseconds.
    pub offset_ns: u64,
    /// Whether a host may be played by several peers where there are more peers than hosts: each then by as many as any
    /// other, give or take one. Those peers come and go together to the nanosecond, so it has to be asked for.
    pub repeat: bool,
}

/// No host.
const NONE: u32 = u32::MAX;

/// The hosts that peers play.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    /// Cut at the offset, without what nobody can play.
    trace: Option<Trace>,
    /// The host of each resident; empty without a trace.
    host_of: Vec<u32>,
}

impl Hosts {
    pub(super) fn assign(seed: Seed, roster: &Roster) -> Result<Self, PlanError> {
        let population = &roster.population;
        let follows = |group: usize| matches!(roster.regimes[group], Regime::Trace { .. });
        let Some(playback) = &roster.playback else {
            return match (0..roster.regimes.len()).find(|group| follows(*group)) {
                Some(group) => Err(PlanError::NoTrace {
                    group: population.groups()[group].name.clone(),
                }),
                None => Ok(Self {
                    trace: None,
                    host_of: Vec::new(),
                }),
            };
        };
        let players: Vec<u32> = (0..population.residents())
            .filter(|peer| follows(usize::from(population.group_of(PeerId(*peer)))))
            .collect();
        let hosts = playback.trace.hosts();
        let peers = u32::try_from(players.len()).expect("no more than there are peers");
        if peers > hosts && !playback.repeat {
            return Err(PlanError::TooFewHosts { peers, hosts });
        }
        let mut host_of = vec![NONE; population.residents() as usize];
        // Every round goes through all hosts: in the order of the trace, or each round in a random one of its own.
        for (round, players) in (0..).zip(players.chunks(hosts as usize)) {
            let mut order: Vec<u32> = (0..hosts).collect();
            if playback.assignment == Assignment::Random {
                seed.stream_at(Purpose::Churn, stream_of_plan::HOSTS, round)
                    .shuffle(&mut order);
            }
            for (player, host) in players.iter().zip(order) {
                host_of[*player as usize] = host;
            }
        }
        Ok(Self {
            trace: Some(playback.trace.from_offset(playback.offset_ns)),
            host_of,
        })
    }

    /// Start and end in nanoseconds of the sessions that a peer plays.
    pub(super) fn sessions(&self, peer: PeerId) -> Option<&[(u64, u64)]> {
        let trace = self.trace.as_ref()?;
        let host = *self.host_of.get(peer.index())?;
        (host != NONE).then(|| trace.of_host(host))
    }
}

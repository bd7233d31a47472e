//! When peers are online: asked of the population, played by the engine.

use super::peer::{Departure, PeerId};

/// One stay online, as planned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedSession {
    /// When it begins, in nanoseconds.
    pub start_ns: u64,
    /// When it ends, in nanoseconds, after the start; `NEVER_NS` if it outlasts the run.
    pub end_ns: u64,
    /// How it ends.
    pub departure: Departure,
}

/// The plan of every peer's sessions: a pure function, so that workload and engine can both ask at any time.
pub trait Sessions: Send + Sync {
    /// The `number`-th session (from 0) of a peer whose previous one was planned to end at `previous_end_ns` (0 for the
    /// first); `None` when there is none any more. Starts never lie before `previous_end_ns`.
    fn session(&self, peer: PeerId, number: u32, previous_end_ns: u64) -> Option<PlannedSession>;
}

/// Everybody is online from the start to the end.
#[derive(Clone, Copy, Debug)]
pub struct AlwaysOnline;

impl Sessions for AlwaysOnline {
    fn session(&self, _: PeerId, number: u32, _: u64) -> Option<PlannedSession> {
        (number == 0).then_some(PlannedSession {
            start_ns: 0,
            end_ns: super::time::NEVER_NS,
            departure: Departure::Graceful,
        })
    }
}

//! Events and their total order, which comes from what they are and never from when or where they were inserted.

use super::network::FlowNotice;
use super::peer::{Contact, PeerId, SessionNumber};
use super::queue::Timed;

/// Source of events that no peer caused: the workload.
pub const WORKLOAD: u32 = u32::MAX;

/// What happens to a peer.
#[derive(Clone, Debug)]
pub(crate) enum Occurrence<M, T, C> {
    /// Planned session of this number begins.
    Join(u32),
    /// A session cut short by an action goes on: the planned one of this number.
    Rejoin(u32),
    /// Planned session of this number ends; true: by a crash.
    Leave(u32, bool),
    /// The workload orders something.
    Command(C),
    /// A flow ended.
    Notice(Box<FlowNotice>),
    /// A message reaches the peer's access link.
    Arrival(M),
    /// A message has come through the peer's access link.
    Reception(M),
    /// A timer expires.
    Timer(T),
    /// It has been taken out to be handled.
    Taken,
}

/// Classes of events, in their order at equal times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Class {
    /// Coming online and going offline.
    Lifecycle = 0,
    /// Commands of the workload.
    Command = 1,
    /// Ends of flows.
    Notice = 2,
    /// Messages.
    Message = 3,
    /// Timers.
    Timer = 4,
}

/// Something due at a peer.
#[derive(Clone, Debug)]
pub(crate) struct Event<M, T, C> {
    pub(crate) time_ns: u64,
    pub(crate) target: u32,
    pub(crate) source: u32,
    pub(crate) sequence: u32,
    pub(crate) target_session: SessionNumber,
    pub(crate) source_session: SessionNumber,
    pub(crate) what: Occurrence<M, T, C>,
}

/// Order among the events of one peer: `(time, class, source, the source's own sequence number)`.
pub(crate) type PeerKey = (u64, u64, u32);

impl<M, T, C> Event<M, T, C> {
    #[inline]
    pub(crate) fn class(&self) -> Class {
        match self.what {
            Occurrence::Join(_) | Occurrence::Rejoin(_) | Occurrence::Leave(..) => Class::Lifecycle,
            Occurrence::Command(_) => Class::Command,
            Occurrence::Notice(_) => Class::Notice,
            Occurrence::Arrival(_) | Occurrence::Reception(_) => Class::Message,
            Occurrence::Timer(_) | Occurrence::Taken => Class::Timer,
        }
    }

    /// Whom it comes from.
    #[inline]
    pub(crate) fn from(&self) -> Contact {
        Contact {
            peer: PeerId(self.source),
            session: self.source_session,
        }
    }

    /// From whom to whom.
    #[inline]
    pub(crate) fn route(&self) -> (u32, u32) {
        (self.source, self.target)
    }

    #[inline]
    pub(crate) fn peer_key(&self) -> PeerKey {
        (
            self.time_ns,
            (self.class() as u64) << 32 | u64::from(self.source),
            self.sequence,
        )
    }

    /// What tells apart events of one peer at equal times and of one class.
    #[inline]
    pub(crate) fn tie(&self) -> u64 {
        u64::from(self.source) << 32 | u64::from(self.sequence)
    }
}

impl<M, T, C> Timed for Event<M, T, C> {
    #[inline]
    fn time_ns(&self) -> u64 {
        self.time_ns
    }
}

/// Sequence number of a planned session's beginning (its own kind of source).
pub(crate) fn join_sequence(number: u32) -> u32 {
    number
        .checked_mul(3)
        .expect("a peer has fewer than 2^30 sessions")
}

/// Sequence number of a planned session's end.
pub(crate) fn leave_sequence(number: u32) -> u32 {
    join_sequence(number) + 1
}

/// Sequence number of a session's resumption: after its end at equal times, for no session is over where it begins.
pub(crate) fn rejoin_sequence(number: u32) -> u32 {
    join_sequence(number) + 2
}

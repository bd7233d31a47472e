//! Events and their total order, which comes from what they are and never from when or where they were inserted.

use super::network::FlowNotice;
use super::peer::{Contact, PeerId, SessionNumber};
use super::prefetch::prefetch_index;
use super::queue::Timed;

/// Source of events that no peer caused: the workload.
pub const WORKLOAD: u32 = u32::MAX;

/// A message on its way: nearly everything that is ever pending, hence apart from all other events and small.
#[derive(Clone, Debug)]
pub(crate) struct Letter<M> {
    /// When it is due, and in the highest bit whether it has come through the receiver's access link.
    due: u64,
    pub(crate) target: u32,
    pub(crate) source: u32,
    pub(crate) sequence: u32,
    pub(crate) target_session: SessionNumber,
    pub(crate) source_session: SessionNumber,
    /// `None` once it was received or came through an access link; what was dismissed or dropped stays.
    pub(crate) message: Option<M>,
}

/// Set in [`Letter::due`] of a message that has come through the receiver's access link.
const THROUGH: u64 = 1 << 63;

impl<M> Letter<M> {
    /// A message that reaches its receiver's access link at `arrival_ns`.
    ///
    /// # Panics
    /// When that is more than 292 years from the start.
    #[inline]
    pub(crate) fn new(arrival_ns: u64, from: Contact, to: Contact, sequence: u32, message: M) -> Self {
        assert!(arrival_ns < THROUGH, "no message takes 292 years");
        Self {
            due: arrival_ns,
            target: to.peer.0,
            source: from.peer.0,
            sequence,
            target_session: to.session,
            source_session: from.session,
            message: Some(message),
        }
    }

    /// The same message, which is taken out of this letter, when it has come through the access link in the receiver's
    /// `session`.
    pub(crate) fn through(&mut self, through_ns: u64, session: SessionNumber) -> Self {
        assert!(through_ns < THROUGH, "no message takes 292 years");
        Self {
            due: through_ns | THROUGH,
            target_session: session,
            message: self.message.take(),
            ..*self
        }
    }

    /// Whether it has come through the receiver's access link.
    #[inline]
    pub(crate) fn is_through(&self) -> bool {
        self.due & THROUGH != 0
    }

    /// Has it fetched: it may lie across two lines, and what comes first of it is its message.
    #[inline]
    pub(crate) fn prefetch(&self) {
        prefetch_index(std::slice::from_ref(self), 0);
        prefetch_index(std::slice::from_ref(&self.source_session), 0);
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
        peer_key(self.time_ns(), Class::Message, self.source, self.sequence)
    }
}

impl<M> Timed for Letter<M> {
    #[inline]
    fn time_ns(&self) -> u64 {
        self.due & !THROUGH
    }
}

/// What else happens to a peer.
#[derive(Clone, Debug)]
pub(crate) enum Occurrence<T, C> {
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
    /// A timer expires.
    Timer(T),
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

/// Something due at a peer that is no message.
#[derive(Clone, Debug)]
pub(crate) struct Event<T, C> {
    pub(crate) time_ns: u64,
    pub(crate) target: u32,
    pub(crate) source: u32,
    pub(crate) sequence: u32,
    pub(crate) session: SessionNumber,
    /// `None` once it was handled.
    pub(crate) what: Option<Occurrence<T, C>>,
}

/// Order among the events of one peer: `(time, class and source, the source's own sequence number)`.
pub(crate) type PeerKey = (u64, u64, u32);

#[inline]
fn peer_key(time_ns: u64, class: Class, source: u32, sequence: u32) -> PeerKey {
    (time_ns, (class as u64) << 32 | u64::from(source), sequence)
}

impl<T, C> Event<T, C> {
    /// Its class.
    ///
    /// # Panics
    /// When it was handled before.
    #[inline]
    pub(crate) fn class(&self) -> Class {
        match self.what.as_ref().expect("an event is handled once") {
            Occurrence::Join(_) | Occurrence::Rejoin(_) | Occurrence::Leave(..) => Class::Lifecycle,
            Occurrence::Command(_) => Class::Command,
            Occurrence::Notice(_) => Class::Notice,
            Occurrence::Timer(_) => Class::Timer,
        }
    }

    #[inline]
    pub(crate) fn peer_key(&self) -> PeerKey {
        peer_key(self.time_ns, self.class(), self.source, self.sequence)
    }
}

impl<T, C> Timed for Event<T, C> {
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

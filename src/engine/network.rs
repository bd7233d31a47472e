//! What the engine asks of whatever carries messages and bytes. The answers are the underlay's.

use super::peer::{Contact, Departure, PeerId};
use super::random::SmallStream;

/// How a message travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// In order and reliable, as over TCP: messages never overtake one another, loss only delays.
    Connection,
    /// Unordered and unreliable, as over UDP.
    Datagram,
}

/// What noise does to one message beyond its base latency.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Noise {
    /// It arrives this much later than it would have (jitter, retransmissions).
    Delayed {
        /// Additional delay in nanoseconds, 0 or more.
        extra_ns: u64,
    },
    /// It is lost.
    Lost,
}

/// A copy of a message on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch {
    /// When it arrives, as far as that is known by now, in nanoseconds.
    pub time_ns: u64,
    /// Whom it is for; session 0 reaches whichever is under way.
    pub to: Contact,
}

/// Latencies, access links, loss and partitions: everything a message needs to know of its way.
///
/// Everything here is read-only while a window runs; partitions change only between windows.
pub trait Network: Send + Sync {
    /// The lookahead: no message between two different peers takes less. At least 1.
    fn lookahead_ns(&self) -> u64;

    /// Base one-way latency from one peer to another, without jitter; at least the lookahead.
    fn latency_ns(&self, from: PeerId, to: PeerId) -> u64;

    /// Delays what leaves a peer by what each takes to its receiver: see [`Network::latency_ns`]. A table need not be
    /// searched anew for every one where the receivers ascend, nor for the first where its way is the one of this number, from 0 on,
    /// of all that start at the sender, ascending by where they lead: the sender's guess, on which no result depends. See
    /// [`super::protocol::Context::send_to_neighbour`].
    #[inline]
    fn delay(&self, from: PeerId, guess: u16, dispatches: &mut [Dispatch]) {
        let _ = guess;
        for dispatch in dispatches {
            dispatch.time_ns += self.latency_ns(from, dispatch.to.peer);
        }
    }

    /// Has the memory fetched that anything which reaches or leaves a peer is going to need: see [`super::prefetch`].
    #[inline]
    fn prefetch(&self, peer: PeerId) {
        let _ = peer;
    }

    /// Has the memory fetched that leads to what sending from a peer is going to need.
    #[inline]
    fn prefetch_sender(&self, from: PeerId) {
        let _ = from;
    }

    /// Has the memory fetched that sending from a peer is going to need, some time after [`Network::prefetch_sender`].
    #[inline]
    fn prefetch_ways(&self, from: PeerId) {
        let _ = from;
    }

    /// Whether any peer has a declared access rate. Unless overridden, nobody has.
    fn has_links(&self) -> bool {
        false
    }

    /// Upstream rate of a peer in bit/s; 0: none declared, infinite.
    fn up_bps(&self, peer: PeerId) -> u64 {
        let _ = peer;
        0
    }

    /// Downstream rate of a peer in bit/s; 0: none declared, infinite.
    fn down_bps(&self, peer: PeerId) -> u64 {
        let _ = peer;
        0
    }

    /// Whether there is jitter or loss at all. Unless overridden, there is none.
    fn has_noise(&self) -> bool {
        false
    }

    /// Draws what noise does to a message; `random` is the sender's own stream for this.
    fn noise(&self, channel: Channel, random: &mut SmallStream) -> Noise {
        let _ = (channel, random);
        Noise::Delayed { extra_ns: 0 }
    }

    /// Whether the peers are divided: where they are not, nobody asks for sides.
    fn is_partitioned(&self) -> bool {
        true
    }

    /// Side of the partition a peer is on; messages and flows between different sides do not pass.
    fn side(&self, peer: PeerId) -> u8;

    /// Divides the peers: `sides[i]` is peer i's side; `None`: everybody is on one side. Called between windows only.
    fn set_sides(&mut self, sides: Option<Vec<u8>>);
}

/// A bulk transfer, named by its source and the source's own counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlowId {
    /// The peer that sends the bytes.
    pub source: PeerId,
    /// The source's own sequence number.
    pub number: u32,
}

/// What a flow is to carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowSpec {
    /// Its name.
    pub flow: FlowId,
    /// The source's session.
    pub source: Contact,
    /// The receiving end.
    pub sink: Contact,
    /// Payload in bytes, at least 1.
    pub bytes: u64,
    /// A word of the program's own, handed back with every notice.
    pub tag: u64,
    /// After how long without progress an end gives up, in nanoseconds.
    pub idle_timeout_ns: u64,
}

/// What happens to flows at a moment. The order of the variants is the order at equal times (after completions).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlowChange {
    /// A peer's session is over: all its flows end. After a goodbye the other ends learn of it a propagation delay
    /// later; after a crash they learn nothing until their idle time-out.
    Down {
        /// The peer and the session that is over.
        contact: Contact,
        /// How it ended.
        departure: Departure,
    },
    /// One end stops a flow; the other learns of it a propagation delay later.
    Stop {
        /// The flow.
        flow: FlowId,
        /// The end that stops it.
        by: PeerId,
    },
    /// A peer's session begins.
    Up {
        /// The peer and its new session.
        contact: Contact,
    },
    /// A flow starts.
    Start {
        /// What it carries.
        spec: FlowSpec,
    },
}

impl FlowChange {
    /// Sort key among changes of one instant: kind first, then who.
    pub fn rank(&self) -> (u8, u32, u32) {
        match self {
            Self::Down { contact, .. } => (0, contact.peer.0, u32::from(contact.session)),
            Self::Stop { flow, .. } => (1, flow.source.0, flow.number),
            Self::Up { contact } => (2, contact.peer.0, u32::from(contact.session)),
            Self::Start { spec } => (3, spec.flow.source.0, spec.flow.number),
        }
    }
}

/// How a flow ended, as one of its ends sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FlowEnd {
    /// All bytes were carried.
    Completed,
    /// The other end stopped it or said goodbye.
    Stopped,
    /// Nothing came for the idle time-out.
    TimedOut,
}

/// What an end of a flow is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowNotice {
    /// When the end learns of it, in nanoseconds; at least a propagation delay after it happened.
    pub at_ns: u64,
    /// The end that is told.
    pub target: Contact,
    /// What the flow was to carry.
    pub spec: FlowSpec,
    /// How it ended.
    pub end: FlowEnd,
    /// Bytes carried until then (whole bytes, rounded down).
    pub carried_bytes: u64,
    /// When the last byte had left the source, for a completed flow, in nanoseconds.
    pub drained_ns: u64,
}

/// Exact books of the flow layer, checked at the end of every run:
/// `offered = carried + abandoned + remaining`, all in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FlowBooks {
    /// Flows started.
    pub started: u64,
    /// Flows completed.
    pub completed: u64,
    /// Flows stopped, abandoned or timed out.
    pub ended: u64,
    /// Flows under way.
    pub active: u64,
    /// Payload of all flows started, bytes.
    pub offered_bytes: u128,
    /// Bytes carried by completed and ended flows and by those under way (whole bytes, rounded down per flow).
    pub carried_bytes: u128,
    /// Bytes given up by ended flows.
    pub abandoned_bytes: u128,
    /// Bytes still to carry by flows under way.
    pub remaining_bytes: u128,
}

impl FlowBooks {
    /// Whether `offered = carried + abandoned + remaining` and every flow is in one state.
    pub fn is_balanced(&self) -> bool {
        self.offered_bytes == self.carried_bytes + self.abandoned_bytes + self.remaining_bytes
            && self.started == self.completed + self.ended + self.active
    }
}

/// The solver that shares access links among bulk transfers.
pub trait Flows<N: Network>: Send {
    /// Plays all changes (in any order of entry; they carry their times) and all completions with time < `until_ns`,
    /// in exact time order, and appends what the peers are told.
    fn play(
        &mut self,
        until_ns: u64,
        changes: &mut Vec<(u64, FlowChange)>,
        network: &N,
        notices: &mut Vec<FlowNotice>,
    );

    /// The next moment at which a flow completes or times out if nothing changes; `NEVER_NS` for none.
    fn next_ns(&self) -> u64;

    /// The partition changed at `at_ns`: flows across it stall, others resume. Everything before was played.
    fn repartition(&mut self, at_ns: u64, network: &N);

    /// The books as of `at_ns`.
    fn books(&self, at_ns: u64) -> FlowBooks;
}

/// No solver: where nobody starts bulk transfers, `Setup::flows` is `None::<NoFlows>`.
#[derive(Clone, Copy, Debug)]
pub enum NoFlows {}

impl<N: Network> Flows<N> for NoFlows {
    fn play(&mut self, _: u64, _: &mut Vec<(u64, FlowChange)>, _: &N, _: &mut Vec<FlowNotice>) {
        match *self {}
    }

    fn next_ns(&self) -> u64 {
        match *self {}
    }

    fn repartition(&mut self, _: u64, _: &N) {
        match *self {}
    }

    fn books(&self, _: u64) -> FlowBooks {
        match *self {}
    }
}

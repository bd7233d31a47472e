//! What the engine itself keeps of a peer, apart by how often it is touched: [`Seat`] at every event, [`Presence`] when
//! the peer comes and goes, [`ProtocolStream`] when it draws, [`LinkSeat`] and [`NoiseSeat`] only where access links or noise are
//! simulated.

use std::collections::BTreeMap;

use super::accounts::{Count, PeerAccounts};
use super::peer::{Contact, PeerId, SessionNumber};
use super::random::{Purpose, Seed, SmallStream};

/// What every event touches: half a cache line, beside which the peer's program begins.
#[derive(Clone, Default)]
pub(crate) struct Seat {
    /// Session under way, or the last one.
    pub(crate) session: SessionNumber,
    pub(crate) is_online: bool,
    /// The next sequence number of the peer's own.
    pub(crate) sequence: u32,
    /// Messages sent: each has a sequence number, so there are no more of them.
    sent_messages: u32,
    received_messages: u32,
    sent_bytes: u64,
    received_bytes: u64,
}

const _: () = assert!(
    size_of::<Seat>() == 32,
    "an event touches half a cache line of the engine's own"
);

impl Seat {
    pub(crate) fn contact(&self, peer: PeerId) -> Contact {
        Contact {
            peer,
            session: self.session,
        }
    }

    /// The session under way, 0 if there is none.
    pub(crate) fn under_way(&self) -> SessionNumber {
        if self.is_online { self.session } else { 0 }
    }

    /// Whether an event addressed to `session` concerns the session under way (0: whichever it is).
    #[inline]
    pub(crate) fn is_current(&self, session: SessionNumber) -> bool {
        self.is_online && (session == 0 || session == self.session)
    }

    /// Enters messages of so many bytes each that the peer sends.
    #[inline]
    pub(crate) fn enter_sent(&mut self, copies: u32, bytes: u32) {
        self.sent_messages += copies;
        self.sent_bytes = self.sent_bytes.wrapping_add(u64::from(copies) * u64::from(bytes));
    }

    /// Enters a message that is delivered to the peer.
    ///
    /// # Panics
    /// At the 2^32nd.
    #[inline]
    pub(crate) fn enter_received(&mut self, bytes: u32) {
        self.received_messages += 1;
        self.received_bytes = self.received_bytes.wrapping_add(u64::from(bytes));
    }

    /// The peer's books at `end_ns`.
    pub(crate) fn accounts(&self, presence: &Presence, end_ns: u64) -> PeerAccounts {
        let under_way_ns = if self.is_online {
            end_ns - presence.since_ns
        } else {
            0
        };
        let count = |messages: u32, bytes| Count {
            messages: u64::from(messages),
            bytes,
        };
        PeerAccounts {
            sent: count(self.sent_messages, self.sent_bytes),
            received: count(self.received_messages, self.received_bytes),
            sessions: u32::from(self.session),
            online_ns: presence.online_ns + under_way_ns,
        }
    }
}

/// How long a peer was online and when it is to be next.
#[derive(Clone, Default)]
pub(crate) struct Presence {
    /// In sessions that are over, nanoseconds.
    pub(crate) online_ns: u64,
    /// Beginning of the session under way, nanoseconds.
    pub(crate) since_ns: u64,
    /// The planned session under way or to come.
    pub(crate) planned: u32,
}

/// A peer's stream for protocol draws; made when it first draws, for most of a million peers never do.
pub(crate) type ProtocolStream = Option<SmallStream>;

/// When a peer's access link is free again, in each direction, nanoseconds.
#[derive(Clone, Copy, Default)]
pub(crate) struct LinkSeat {
    pub(crate) up_free_ns: u64,
    pub(crate) down_free_ns: u64,
}

/// Entries about connections that a peer keeps at least before it looks for old ones.
const CROWDED_MIN: usize = 16;

/// What noise needs to know per peer.
pub(crate) struct NoiseSeat {
    pub(crate) random: SmallStream,
    /// Latest arrival on each connection that may still lie ahead: nothing overtakes it.
    latest_arrival_ns: BTreeMap<PeerId, u64>,
    /// At how many entries those that lie behind are thrown out: twice as many as were left the last time, so that
    /// a message costs no walk over all connections.
    crowded_at: usize,
}

impl NoiseSeat {
    pub(crate) fn new(seed: Seed, peer: u64) -> Self {
        Self {
            random: seed.small(Purpose::Loss, peer),
            latest_arrival_ns: BTreeMap::new(),
            crowded_at: CROWDED_MIN,
        }
    }

    /// When a message that would arrive at `arrival_ns` over the connection to `to` does arrive: not before those that
    /// were sent before it.
    pub(crate) fn in_order_ns(&mut self, to: PeerId, arrival_ns: u64, now_ns: u64) -> u64 {
        if self.latest_arrival_ns.len() >= self.crowded_at {
            self.latest_arrival_ns.retain(|_, latest_ns| *latest_ns > now_ns);
            self.crowded_at = CROWDED_MIN.max(2 * self.latest_arrival_ns.len());
        }
        let latest_ns = self.latest_arrival_ns.entry(to).or_insert(0);
        *latest_ns = arrival_ns.max(*latest_ns);
        *latest_ns
    }

    /// All connections are over.
    pub(crate) fn forget(&mut self) {
        self.latest_arrival_ns.clear();
    }
}

//! Who is who: dense peer numbers, and a peer in one of its sessions.

/// A peer or a service node, numbered densely from 0.
///
/// Numbers are given once and never reused: a peer that leaves and comes back keeps its number
/// and begins a new session (see [`Contact`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PeerId(pub u32);

impl PeerId {
    /// Where this peer's entry lies in a table indexed by peer.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The peer whose entry lies at `index`.
    ///
    /// # Panics
    /// When `index` does not fit 32 bits.
    #[inline]
    pub fn at(index: usize) -> Self {
        Self(u32::try_from(index).expect("peer numbers fit 32 bits"))
    }
}

/// Number of a peer's session: 1 for the first time online, 0 for "whichever is under way".
pub type SessionNumber = u16;

/// A peer in one particular session: the two ends of a connection know each other so.
///
/// What is addressed to a session that is over is dropped as stale, even when the peer is online again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Contact {
    /// The peer.
    pub peer: PeerId,
    /// Its session.
    pub session: SessionNumber,
}

impl Contact {
    /// The address alone: reaches whichever session is under way.
    #[inline]
    pub const fn any(peer: PeerId) -> Self {
        Self { peer, session: 0 }
    }
}

/// How a session ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Departure {
    /// The peer says goodbye: its last messages are sent.
    Graceful,
    /// The peer is gone from one instant to the next and tells nobody.
    Crash,
}

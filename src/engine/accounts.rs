//! Exact books of messages: sent = delivered + lost + dropped by reason + in flight, in messages and in bytes.

/// Why a message that was sent never reached its receiver's program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Drop {
    /// Lost on the way (datagrams only).
    Lost = 0,
    /// Sent across a partition.
    Partitioned = 1,
    /// The receiver was offline.
    Offline = 2,
    /// It was addressed to a session that was over, though the receiver was online again.
    Stale = 3,
}

impl Drop {
    /// All reasons, in order of their numbers.
    pub const ALL: [Self; 4] = [Self::Lost, Self::Partitioned, Self::Offline, Self::Stale];

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Partitioned => "partitioned",
            Self::Offline => "offline",
            Self::Stale => "stale",
        }
    }
}

/// A number of messages and their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// Messages.
    pub messages: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
}

impl Count {
    /// Enters one message.
    #[inline]
    pub fn enter(&mut self, bytes: u32) {
        self.enter_copies(1, bytes);
    }

    /// Enters `copies` messages of so many bytes each. Unchecked: a run does not last long enough for 2^64 of either.
    #[inline]
    pub fn enter_copies(&mut self, copies: u32, bytes: u32) {
        self.messages = self.messages.wrapping_add(u64::from(copies));
        self.bytes = self.bytes.wrapping_add(u64::from(copies) * u64::from(bytes));
    }

    /// Adds another count.
    pub fn merge(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

/// Books of a run or a shard, by kind of message.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Accounts {
    /// Sent, by kind.
    pub sent: Vec<Count>,
    /// Delivered, by kind.
    pub delivered: Vec<Count>,
    /// Dropped, by reason.
    pub dropped: [Count; 4],
    /// Events handled.
    pub events: u64,
    /// Timers that expired in a session that was over.
    pub stale_timers: u64,
    /// Notices of flows to sessions that were over.
    pub stale_notices: u64,
}

impl Accounts {
    /// Empty books for so many kinds of message.
    pub fn new(kinds: usize) -> Self {
        Self {
            sent: vec![Count::default(); kinds],
            delivered: vec![Count::default(); kinds],
            ..Self::default()
        }
    }

    /// Adds another shard's books.
    pub fn merge(&mut self, other: &Self) {
        let kinds = self.sent.len().max(other.sent.len());
        self.sent.resize(kinds, Count::default());
        self.delivered.resize(kinds, Count::default());
        for (mine, theirs) in self.sent.iter_mut().zip(&other.sent) {
            mine.merge(*theirs);
        }
        for (mine, theirs) in self.delivered.iter_mut().zip(&other.delivered) {
            mine.merge(*theirs);
        }
        for (mine, theirs) in self.dropped.iter_mut().zip(&other.dropped) {
            mine.merge(*theirs);
        }
        self.events += other.events;
        self.stale_timers += other.stale_timers;
        self.stale_notices += other.stale_notices;
    }

    /// What was sent and has neither arrived nor been dropped: in flight, if the books are right.
    ///
    /// # Panics
    /// When more arrived or was dropped than was sent.
    pub fn outstanding(&self) -> Count {
        let mut rest = Count::default();
        for count in &self.sent {
            rest.merge(*count);
        }
        for count in self.delivered.iter().chain(&self.dropped) {
            rest.messages = rest
                .messages
                .checked_sub(count.messages)
                .expect("no message arrives that was not sent");
            rest.bytes = rest
                .bytes
                .checked_sub(count.bytes)
                .expect("no byte arrives that was not sent");
        }
        rest
    }
}

/// One peer's own books.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PeerAccounts {
    /// Messages sent and their bytes.
    pub sent: Count,
    /// Messages delivered to it and their bytes.
    pub received: Count,
    /// Sessions begun.
    pub sessions: u32,
    /// Time online, nanoseconds, up to the end of the run.
    pub online_ns: u64,
}

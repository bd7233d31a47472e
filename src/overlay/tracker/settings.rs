//! Parameters of a network with trackers: common to all nodes and read-only during a run.

/// Parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How often a client announces an item again, nanoseconds.
    pub interval_ns: u64,
    /// A member of a swarm that did not announce for so long is struck off, nanoseconds.
    pub expiry_ns: u64,
    /// Most members that a tracker names in an answer, at least 1.
    pub numwant: u32,
    /// How long a client may announce with the number that it was given, nanoseconds.
    pub connection_ns: u64,
    /// How long a client waits for an answer before it announces anew, nanoseconds: the first time; then it doubles.
    pub timeout_ns: u64,
    /// How often it does so, and then waits for the next time that it is to announce.
    pub retries: u32,
    /// What messages are charged as.
    pub wire: Wire,
}

/// Sizes of messages, bytes. Every message has the header; what follows it is said here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wire {
    /// The headers of any datagram.
    pub header: u32,
    /// Request for a number.
    pub connect: u32,
    /// The answer to it.
    pub connected: u32,
    /// Announcement, or taking one's leave.
    pub announce: u32,
    /// The answer to an announcement, without the members that it names.
    pub answer: u32,
    /// A member in it.
    pub member: u32,
}

impl Wire {
    /// BEP 15, in IPv4.
    pub const UDP: Self = Self {
        // IPv4 20, UDP 8.
        header: 28,
        // Protocol 8, action 4, transaction 4.
        connect: 16,
        // Action 4, transaction 4, connection 8.
        connected: 16,
        // Connection 8, action 4, transaction 4, hash 20, peer 20, downloaded 8, left 8, uploaded 8, event 4, address 4, key 4,
        // number wanted 4, port 2.
        announce: 98,
        // Action 4, transaction 4, interval 4, leechers 4, seeders 4.
        answer: 20,
        // Address 4, port 2.
        member: 6,
    };

    /// Size of an answer that names so many.
    pub(super) fn answer_bytes(&self, members: usize) -> u32 {
        let members = u32::try_from(members).expect("peers are numbered by 32 bits");
        self.header + self.answer + members * self.member
    }
}

//! Parameters of a network with index servers: common to all nodes and read-only during a run.

/// Parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How long a client waits until a server lets it in, nanoseconds.
    pub login_timeout_ns: u64,
    /// When a client that no server let in tries again, nanoseconds: the first time; then it doubles.
    pub retry_ns: u64,
    /// Longest time between two such attempts, nanoseconds.
    pub retry_ns_max: u64,
    /// How often a client says that it is still there, nanoseconds.
    pub keep_alive_ns: u64,
    /// A client that was silent for so long is struck off the index, nanoseconds.
    pub expiry_ns: u64,
    /// A server that owes an answer and was silent for so long is taken for gone, nanoseconds.
    pub answer_timeout_ns: u64,
    /// Most holders that a server names in an answer, at least 1.
    pub answers_max: u32,
    /// So many answers are enough for a client that would ask the other servers, too.
    pub enough_answers: u32,
    /// How long after one of the other servers the next is asked, nanoseconds.
    pub ask_every_ns: u64,
    /// What messages are charged as.
    pub wire: Wire,
}

/// Sizes of messages, bytes. Every message has the header; what follows it is said here, names and texts apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wire {
    /// Any message's header; a keep-alive is nothing else.
    pub header: u32,
    /// Request to be let in.
    pub login: u32,
    /// The answer to it.
    pub accepted: u32,
    /// A file in a list of what is shared; its name comes on top.
    pub file: u32,
    /// A file in a list of what is no longer shared.
    pub withdrawn: u32,
    /// Query; its text comes on top.
    pub query: u32,
    /// Answer, without the holders.
    pub answer: u32,
    /// A holder in an answer.
    pub holder: u32,
    /// To the server: have this holder call me back.
    pub call_back: u32,
    /// To the holder: somebody wants to be called.
    pub calling: u32,
    /// The whole of what closes a connection.
    pub close: u32,
    /// Whether files go by their names, which are then part of every mention; otherwise they go by hashes, which the sizes
    /// include, and an answer has the name once.
    pub is_by_name: bool,
}

impl Wire {
    /// Napster's messages ("napster messages", drscholl, 2001), with a nick of 10 bytes, a password of 8, addresses and file
    /// sizes of as many digits as they mostly had: our assumptions. What Napster says in one message for each file or holder
    /// is charged as so many messages.
    pub const NAPSTER: Self = Self {
        // Length 2, type 2.
        header: 4,
        // Type 2: <nick> <password> <port> "nap v0.8" <link-type>.
        login: 37,
        // Type 3: the e-mail address.
        accepted: 20,
        // Type 100: "<name>" <md5> <size> <bitrate> <frequency> <time>; its own header.
        file: 61,
        // Type 102: "<name>"; its own header.
        withdrawn: 6,
        // Type 200: FILENAME CONTAINS "<text>" MAX_RESULTS 100.
        query: 37,
        // Type 202: no more.
        answer: 0,
        // Type 201: as 100, and <nick> <address> <link-type>; its own header.
        holder: 85,
        // Type 500: <nick> "<name>".
        call_back: 13,
        // Type 501: <nick> <address> <port> "<name>" <md5> <speed>.
        calling: 64,
        // The headers of a TCP segment.
        close: 40,
        is_by_name: true,
    };

    /// eDonkey's messages (Kulbak and Bickson, "The eMule Protocol Specification", 2005, section 6), with a nick of 10 bytes
    /// (our assumption). The two exchanges by which a client finds a file and then its sources are charged as one.
    pub const EDONKEY: Self = Self {
        // Protocol 1, length 4, type 1.
        header: 6,
        // User hash 16, client 4, port 2, number of tags 4; name 6 + 10, version 8, port 8, flags 8.
        login: 66,
        // Client 4, flags 4.
        accepted: 8,
        // Hash 16, client 4, port 2, number of tags 4; name 6, size 8.
        file: 40,
        // A hash: eDonkey has no such message, a list without the file takes its place.
        withdrawn: 16,
        // Search term: type 1, length 2.
        query: 3,
        // Found file: number 4, hash 16, client 4, port 2, number of tags 4; name 6, size 8, sources 8. Question for its
        // sources: header 6, hash 16. Sources: header 6, hash 16, number 1.
        answer: 97,
        // Client 4, port 2.
        holder: 6,
        // Client 4.
        call_back: 4,
        // Address 4, port 2.
        calling: 6,
        close: 40,
        is_by_name: false,
    };

    /// Size of a file's name where it is mentioned again.
    pub(super) fn mention(&self, name_bytes: u16) -> u32 {
        if self.is_by_name { u32::from(name_bytes) } else { 0 }
    }

    /// Size of an answer that names so many holders.
    pub(super) fn answer_bytes(&self, holders: u32, name_bytes: u16) -> u32 {
        let names = if self.is_by_name { holders } else { holders.min(1) };
        self.header + self.answer + holders * self.holder + names * u32::from(name_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_name_once_or_for_every_holder() {
        for (wire, holders, expected) in [
            (Wire::NAPSTER, 0, 4),
            (Wire::NAPSTER, 1, 4 + 85 + 30),
            (Wire::NAPSTER, 3, 4 + 3 * (85 + 30)),
            (Wire::EDONKEY, 0, 103),
            (Wire::EDONKEY, 1, 103 + 6 + 30),
            (Wire::EDONKEY, 3, 103 + 3 * 6 + 30),
        ] {
            assert_eq!(wire.answer_bytes(holders, 30), expected, "{holders} holders");
        }
        assert_eq!((Wire::NAPSTER.mention(30), Wire::EDONKEY.mention(30)), (30, 0));
    }
}

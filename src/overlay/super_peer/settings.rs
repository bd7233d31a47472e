//! Parameters of a network of super-peers: common to all nodes and read-only during a run.

use crate::engine::PeerId;

/// What a super-peer knows of what its clients share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IndexKind {
    /// Names of all files: it answers for its clients.
    Metadata,
    /// Whether a client may have something: it passes queries on to those clients, which answer themselves. Tables are perfect: no
    /// client is asked in vain.
    Routing,
}

/// Parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Peers of a cluster that are aimed at, its super-peers included.
    pub cluster_size: u32,
    /// Most clients that a super-peer takes; partners are none.
    pub clients_max: u32,
    /// Super-peers of a cluster.
    pub redundancy: u32,
    /// Neighbouring clusters that a super-peer looks for.
    pub out_degree: u32,
    /// Neighbouring clusters with which it accepts no more.
    pub out_degree_max: u32,
    /// Hops that a query makes from super-peer to super-peer, 0 to 255 (more counts as 255).
    pub ttl: u32,
    /// What a super-peer knows of its clients.
    pub index: IndexKind,
    /// Most holders that a super-peer names in an answer, at least 1.
    pub answers_max: u32,
    /// How long a peer has been online before it becomes a super-peer, nanoseconds.
    pub uptime_min_ns: u64,
    /// How long a peer waits for the answer to a request for a connection, nanoseconds.
    pub login_timeout_ns: u64,
    /// When a peer that found nobody asks a cache again, nanoseconds: the first time; then it doubles.
    pub retry_ns: u64,
    /// Longest time between two such questions, nanoseconds.
    pub retry_ns_max: u64,
    /// How often peers say that they are still there, nanoseconds.
    pub keep_alive_ns: u64,
    /// Who was silent for so long is taken for gone by super-peers and caches, nanoseconds.
    pub expiry_ns: u64,
    /// A super-peer that does not say within so long, nanoseconds, that it is still there is given up by its clients.
    pub answer_timeout_ns: u64,
    /// How long the GUID of a query is remembered, nanoseconds: at least so long, at most twice.
    pub guid_expiry_ns: u64,
    /// Addresses that a super-peer or a cache gives at a time.
    pub addresses_given: u32,
    /// Addresses of super-peers that a peer remembers.
    pub known_addresses_max: u32,
    /// The nodes that tell addresses.
    pub caches: Vec<PeerId>,
    /// What messages are charged as.
    pub wire: Wire,
}

/// Sizes of messages, bytes. Every message but a closed connection has the header; what follows it is said here, names, texts and
/// addresses apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wire {
    /// Any message's header; a sign of life is nothing else.
    pub header: u32,
    /// Request to be let in, or to be linked.
    pub login: u32,
    /// The answer to it, whatever it is.
    pub accepted: u32,
    /// A file in a list of what is shared; its name comes on top where it is told.
    pub file: u32,
    /// A file in a list of what is no longer shared.
    pub withdrawn: u32,
    /// Query; its text comes on top.
    pub query: u32,
    /// Answer, without the holders.
    pub hit: u32,
    /// A holder in an answer; the file's name comes on top.
    pub holder: u32,
    /// An address in a list.
    pub address: u32,
    /// Somebody is to call back.
    pub call_back: u32,
    /// To a client: become a super-peer, go to another one; from it: I am one.
    pub promotion: u32,
    /// A question to a cache, or an announcement there.
    pub cache_request: u32,
    /// The answer to it, without the addresses.
    pub cache_reply: u32,
    /// The whole of what closes a connection.
    pub close: u32,
}

impl Wire {
    /// Gnutella's messages where it has them (descriptors as in 0.4 and the 0.6 draft; handshakes of 0.6 with the headers of the
    /// ultrapeer proposal), and a file's metadata after Yang and Garcia-Molina (72 bytes with a name of 40).
    pub const METADATA: Self = Self {
        // GUID 16, type 1, TTL 1, hops 1, length 4.
        header: 23,
        // `GNUTELLA CONNECT/0.6`, `X-Ultrapeer: False`, `X-Query-Routing: 0.1`, an empty line; and at the end of the handshake
        // `GNUTELLA/0.6 200 OK` and an empty line, 89 bytes in all: a handshake has no header.
        login: 66,
        // `GNUTELLA/0.6 200 OK`, `X-Ultrapeer: True`, `X-Query-Routing: 0.1`, an empty line: 64 bytes in all.
        accepted: 41,
        file: 32,
        // A hash.
        withdrawn: 20,
        // Minimum speed 2, terminator 1.
        query: 3,
        // Number of hits 1.
        hit: 1,
        // Port 2, address 4, speed 4, servent id 16; index 4, size 4, terminators 2.
        holder: 36,
        // Address 4, port 2.
        address: 6,
        // A Push: servent id 16, index 4, address 4, port 2.
        call_back: 26,
        // An address.
        promotion: 6,
        // A Ping with the block `SCP` of UDP host caches.
        cache_request: 7,
        // A Pong with the block `IPP`: port 2, address 4, number of files 4, kilobytes shared 4; magic 1, flags 1, name 3, length 1.
        cache_reply: 20,
        // The headers of a TCP segment.
        close: 40,
    };

    /// The same with tables of the query routing protocol (Rohrs, 2002): a byte for a keyword once compressed (some 12 kB for 12,000
    /// keywords), three keywords a file.
    pub const ROUTING: Self = Self {
        file: 3,
        withdrawn: 3,
        ..Self::METADATA
    };

    /// Size of a message that lists so many addresses besides.
    pub(super) fn listing(&self, beside: u32, addresses: usize) -> u32 {
        let addresses = u32::try_from(addresses).expect("lists of addresses are short");
        self.header + beside + addresses * self.address
    }

    /// Size of an answer with so many holders of a file whose name has so many bytes.
    pub(super) fn hit_bytes(&self, holders: usize, name_bytes: u16) -> u32 {
        let holders = u32::try_from(holders).expect("peers are numbered by 32 bits");
        self.header + self.hit + holders * (self.holder + u32::from(name_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::gnutella::message as gnutella;

    #[test]
    fn what_gnutella_has_is_charged_as_there() {
        let wire = Wire::METADATA;
        assert_eq!(wire.hit_bytes(1, 30), gnutella::hit_bytes(30));
        assert_eq!(wire.hit_bytes(3, 30), 24 + 3 * 66);
        assert_eq!(wire.header + wire.query + 20, gnutella::query_bytes(20));
        assert_eq!(
            wire.listing(wire.cache_reply, 10),
            gnutella::cache_reply_bytes(10)
        );
        assert_eq!(wire.header + wire.cache_request, gnutella::CACHE_REQUEST_BYTES);
        assert_eq!(wire.header + wire.call_back, gnutella::PUSH_BYTES);
        assert_eq!(wire.file + 40, 72);
    }
}

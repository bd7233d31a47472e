//! What servents send each other, with its exact size on the wire.
//!
//! Sizes are those of the protocol's own bytes, without TCP/IP headers: a 23-byte descriptor header plus the payload
//! of the 0.4 document and the 0.6 draft (§2.2), both unchanged between the versions. GUIDs are not stored: a query is
//! named by its dense number, a ping by its origin and the origin's counter, a servent by its peer number.
//!
//! A message in flight is 16 bytes. Descriptors that are rare (hits) or long (lists of addresses) are boxed.

use crate::engine::digest::hashed;
use crate::engine::{Contact, PeerId};
use crate::overlay::QueryId;

/// Descriptor header: GUID 16, type 1, TTL 1, hops 1, payload length 4.
pub const HEADER_BYTES: u32 = 23;
/// Pong payload: port 2, address 4, number of files 4, kilobytes shared 4.
pub const PONG_BYTES: u32 = HEADER_BYTES + 14;
/// Push payload: servent id 16, file index 4, address 4, port 2.
pub const PUSH_BYTES: u32 = HEADER_BYTES + 26;
/// `GNUTELLA CONNECT/0.4\n\n`.
pub const CONNECT_BYTES: u32 = 22;
/// `GNUTELLA OK\n\n`.
pub const ACCEPT_BYTES: u32 = 13;
/// A TCP segment with FIN or RST and no payload: 20 bytes of IP and 20 of TCP header. Version 0.4 has no goodbye and no
/// refusal of its own; the segment is nothing but headers, and charging nothing would make signalling free.
pub const CLOSE_BYTES: u32 = 40;
/// What a walker's query carries beside the query, as a GGEP block: magic, flags, one-letter name and length (4), the
/// steps made so far (4), the requester's address and port (6).
pub const WALK_EXTENSION_BYTES: u32 = 14;
/// GGEP block of a hit or push that has more hops to go than the header's bytes can count: 4 and a 32-bit number.
pub const HOPS_EXTENSION_BYTES: u32 = 8;
/// A walker's question to its requester: a header with the query's GUID.
pub const CHECK_BYTES: u32 = HEADER_BYTES;
/// The answer to it: a header and one byte, go on or stop.
pub const CHECK_REPLY_BYTES: u32 = HEADER_BYTES + 1;
/// Question to a host cache: a Ping with the GGEP block `SCP` of UDP host caches (magic 1, flags 1, name 3, length 1,
/// data 1).
pub const CACHE_REQUEST_BYTES: u32 = HEADER_BYTES + 7;

/// Size of a Query whose text has so many bytes: header, minimum speed 2, text, terminator.
#[inline]
pub fn query_bytes(text_bytes: u16) -> u32 {
    HEADER_BYTES + 2 + u32::from(text_bytes) + 1
}

/// Size of a walking Query whose text has so many bytes.
#[inline]
pub fn walk_bytes(text_bytes: u16) -> u32 {
    query_bytes(text_bytes) + WALK_EXTENSION_BYTES
}

/// Size of a QueryHit with one result: header; number of hits 1, port 2, address 4, speed 4, servent id 16; and for
/// the result index 4, size 4, name, two terminators.
#[inline]
pub fn hit_bytes(name_bytes: u16) -> u32 {
    HEADER_BYTES + 27 + 10 + u32::from(name_bytes)
}

/// Size of a host cache's answer: a Pong with the GGEP block `IPP` (magic 1, flags 1, name 3, length 1 to 3, six bytes
/// per address).
pub fn cache_reply_bytes(addresses: u32) -> u32 {
    let data = 6 * addresses;
    let length = match data {
        0..=63 => 1,
        64..=4_095 => 2,
        _ => 3,
    };
    PONG_BYTES + 5 + length + data
}

/// An answer to a query, on its way back to whoever asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// The query.
    pub query: QueryId,
    /// Who has the item.
    pub holder: Contact,
    /// Hops the query had made when it got to the holder; for a walk the steps.
    pub distance: u32,
    /// Hops the hit may still make.
    pub ttl: u32,
    /// Hops the hit has made.
    pub hops: u32,
    /// Length of the file's name.
    pub name_bytes: u16,
    /// Whether the holder must be asked to call back.
    pub firewalled: bool,
}

/// Addresses that a host cache gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addresses {
    /// The peers.
    pub peers: Vec<PeerId>,
}

/// What travels between servents, and between servents and host caches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Who is there?
    Ping {
        /// Whose ping it is.
        origin: PeerId,
        /// The origin's own number for it.
        counter: u32,
        /// Hops it may still make.
        ttl: u8,
        /// Hops it has made.
        hops: u8,
    },
    /// I am, or somebody is.
    Pong {
        /// Whose ping is answered.
        origin: PeerId,
        /// The origin's number for the ping.
        counter: u32,
        /// The address that is told.
        about: PeerId,
        /// Hops it may still make.
        ttl: u8,
        /// Hops it has made.
        hops: u8,
    },
    /// Who has this? Flooded.
    Query {
        /// The query.
        query: QueryId,
        /// Length of the search text.
        text_bytes: u16,
        /// Hops it may still make.
        ttl: u8,
        /// Hops it has made.
        hops: u8,
    },
    /// Who has this? Walking.
    Walk {
        /// The query.
        query: QueryId,
        /// Whose query it is: checks go there.
        origin: PeerId,
        /// Steps made, the one under way included.
        steps: u32,
        /// Length of the search text.
        text_bytes: u16,
        /// Whether the requester can be asked (nobody can connect to a firewalled one).
        checkable: bool,
    },
    /// I have it.
    QueryHit(Box<Hit>),
    /// To a firewalled holder: call the requester and hand over the file.
    Push {
        /// The query that was answered; stands for the file's index.
        query: QueryId,
        /// Whom to tell.
        holder: PeerId,
        /// Whom to call.
        requester: PeerId,
        /// Hops it may still make.
        ttl: u16,
    },
    /// A walker asks its requester whether to go on.
    Check {
        /// The walker's query.
        query: QueryId,
    },
    /// What the requester says.
    CheckReply {
        /// The walker's query.
        query: QueryId,
        /// Whether it still lacks an answer.
        go_on: bool,
    },
    /// Opens a connection.
    Connect,
    /// The connection stands.
    Accept,
    /// The connection is closed, refused, or was never there: version 0.4 has one way of saying all three.
    Close,
    /// To a host cache: whom can I connect to?
    CacheRequest {
        /// Whether the sender can be connected to and may be told to others.
        listed: bool,
    },
    /// A host cache's answer.
    CacheReply(Box<Addresses>),
}

const _: () = assert!(size_of::<Message>() == 16, "a message in flight is two words");

/// Positions in [`Message::KINDS`].
mod kind {
    pub(super) const PING: usize = 0;
    pub(super) const PONG: usize = 1;
    pub(super) const QUERY: usize = 2;
    pub(super) const QUERY_HIT: usize = 3;
    pub(super) const PUSH: usize = 4;
    pub(super) const CHECK: usize = 5;
    pub(super) const HANDSHAKE: usize = 6;
    pub(super) const HOST_CACHE: usize = 7;
}

impl crate::engine::Message for Message {
    const KINDS: &'static [&'static str] = &[
        "ping",
        "pong",
        "query",
        "query_hit",
        "push",
        "check",
        "handshake",
        "host_cache",
    ];

    #[inline]
    fn kind(&self) -> usize {
        match self {
            Self::Ping { .. } => kind::PING,
            Self::Pong { .. } => kind::PONG,
            Self::Query { .. } | Self::Walk { .. } => kind::QUERY,
            Self::QueryHit(_) => kind::QUERY_HIT,
            Self::Push { .. } => kind::PUSH,
            Self::Check { .. } | Self::CheckReply { .. } => kind::CHECK,
            Self::Connect | Self::Accept | Self::Close => kind::HANDSHAKE,
            Self::CacheRequest { .. } | Self::CacheReply(_) => kind::HOST_CACHE,
        }
    }

    #[inline]
    fn size_bytes(&self) -> u32 {
        match self {
            Self::Query { text_bytes, .. } => query_bytes(*text_bytes),
            Self::Walk { text_bytes, .. } => walk_bytes(*text_bytes),
            other => other.size_bytes_of_others(),
        }
    }

    #[inline]
    fn fingerprint(&self) -> u64 {
        match self {
            Self::Query {
                query,
                text_bytes,
                ttl,
                hops,
            } => {
                // Whatever may differ fits one word.
                let way = u16::from_le_bytes([*ttl, *hops]);
                let rest = u32::from(*text_bytes) << 16 | u32::from(way);
                words(2, pair(query.0, rest), 0)
            }
            Self::Walk {
                query,
                origin,
                steps,
                text_bytes,
                checkable,
            } => words(
                3,
                pair(query.0, origin.0),
                pair(*steps, u32::from(*text_bytes) << 1 | u32::from(*checkable)),
            ),
            other => other.fingerprint_of_others(),
        }
    }

    #[inline]
    fn copier(&self) -> Option<impl Fn() -> Self + use<>> {
        let Self::Query {
            query,
            text_bytes,
            ttl,
            hops,
        } = *self
        else {
            return None;
        };
        Some(move || Self::Query {
            query,
            text_bytes,
            ttl,
            hops,
        })
    }

    /// A walker's way is drawn.
    #[inline]
    fn is_drawn_for(&self) -> bool {
        matches!(self, Self::Walk { .. })
    }
}

/// Sizes and fingerprints of what is no query: most messages are, and those are answered where they are asked.
impl Message {
    fn size_bytes_of_others(&self) -> u32 {
        match self {
            Self::Ping { .. } => HEADER_BYTES,
            Self::Pong { .. } => PONG_BYTES,
            Self::Query { .. } | Self::Walk { .. } => unreachable!("answered where it is asked"),
            Self::QueryHit(hit) => hit_bytes(hit.name_bytes) + hops_extension(hit.ttl + hit.hops),
            Self::Push { ttl, .. } => PUSH_BYTES + hops_extension(u32::from(*ttl)),
            Self::Check { .. } => CHECK_BYTES,
            Self::CheckReply { .. } => CHECK_REPLY_BYTES,
            Self::Connect => CONNECT_BYTES,
            Self::Accept => ACCEPT_BYTES,
            Self::Close => CLOSE_BYTES,
            Self::CacheRequest { .. } => CACHE_REQUEST_BYTES,
            Self::CacheReply(addresses) => {
                cache_reply_bytes(u32::try_from(addresses.peers.len()).expect("a reply holds few addresses"))
            }
        }
    }

    fn fingerprint_of_others(&self) -> u64 {
        match self {
            Self::Ping {
                origin,
                counter,
                ttl,
                hops,
            } => words(
                0,
                pair(origin.0, *counter),
                pair(u32::from(*ttl), u32::from(*hops)),
            ),
            Self::Pong {
                origin,
                counter,
                about,
                ttl,
                hops,
            } => words(
                1,
                pair(origin.0, *counter),
                pair(about.0, u32::from(*ttl) << 8 | u32::from(*hops)),
            ),
            Self::Query { .. } | Self::Walk { .. } => unreachable!("answered where it is asked"),
            Self::QueryHit(hit) => words(
                4,
                hashed(
                    pair(hit.query.0, hit.holder.peer.0),
                    pair(hit.distance, u32::from(hit.holder.session)),
                    pair(u32::from(hit.name_bytes), u32::from(hit.firewalled)),
                ),
                pair(hit.ttl, hit.hops),
            ),
            Self::Push {
                query,
                holder,
                requester,
                ttl,
            } => words(5, pair(query.0, holder.0), pair(requester.0, u32::from(*ttl))),
            Self::Check { query } => words(6, u64::from(query.0), 0),
            Self::CheckReply { query, go_on } => words(7, u64::from(query.0), u64::from(*go_on)),
            Self::Connect => words(8, 0, 0),
            Self::Accept => words(9, 0, 0),
            Self::Close => words(10, 0, 0),
            Self::CacheRequest { listed } => words(11, u64::from(*listed), 0),
            Self::CacheReply(addresses) => {
                let peers = addresses.peers.iter();
                words(
                    12,
                    peers.fold(0, |sum, peer| hashed(sum, u64::from(peer.0), 1)),
                    0,
                )
            }
        }
    }
}

/// The extension is there when the hops do not fit the header's byte.
#[inline]
fn hops_extension(hops: u32) -> u32 {
    if hops > u32::from(u8::MAX) {
        HOPS_EXTENSION_BYTES
    } else {
        0
    }
}

#[inline]
fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Folds a kind and two words into one by a sum of multiples: the digest does the rest. The multiplier is not the digest's own.
#[inline]
fn words(kind: u64, a: u64, b: u64) -> u64 {
    const MULTIPLIER: u64 = 0xbf58_476d_1ce4_e5b9;
    a.wrapping_mul(MULTIPLIER)
        .wrapping_add(b)
        .wrapping_mul(MULTIPLIER)
        .wrapping_add(kind)
}

#[cfg(test)]
mod tests;

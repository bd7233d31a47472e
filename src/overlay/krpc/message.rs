//! KRPC messages: the queries of BEP 5, what answers them, and errors.
//!
//! A message is one bencoded dictionary in one UDP datagram (BEP 5, "KRPC Protocol"). Keys that are not of BEP 5 are ignored
//! when a message is read, as its extensions need; encoded again they are gone, so that bytes come back only where there
//! were none.
//!
//! This file does not know which query a response answers: whoever asked does, by the transaction.

mod error;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::MessageError;

use super::Identifier;
use super::compact::{Address, NodeInfo};

/// What a node sends another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Key `t`: chosen by whoever asks, echoed by whoever answers; "typically ... 2 characters" (BEP 5, "KRPC Protocol").
    pub transaction: Vec<u8>,
    /// Key `v`: the sender's client and version, if it tells them; of four bytes by convention (BEP 5, "KRPC Protocol").
    pub version: Option<Vec<u8>>,
    /// Key `y` and what belongs to it.
    pub body: Body,
}

/// What kind of message it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// `y` = `q`: asks something.
    Query {
        /// Who asks.
        id: Identifier,
        /// What it asks.
        query: Query,
    },
    /// `y` = `r`: answers.
    Response(Response),
    /// `y` = `e`: refuses.
    Error {
        /// Why.
        code: ErrorCode,
        /// The same in words; not necessarily text.
        text: Vec<u8>,
    },
}

/// What can be asked (BEP 5, "DHT Queries").
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Query {
    /// Are you there?
    Ping,
    /// Which nodes are closest?
    FindNode {
        /// To what.
        target: Identifier,
    },
    /// Who has this?
    GetPeers {
        /// The torrent.
        info_hash: Identifier,
    },
    /// I have this.
    AnnouncePeer {
        /// The torrent.
        info_hash: Identifier,
        /// The port at which the sender serves it.
        port: u16,
        /// Whether the datagram's source port holds instead of `port`, for senders behind a NAT. Written as 1 or not at all.
        implied_port: bool,
        /// What the receiver gave the sender in answer to `get_peers`.
        token: Vec<u8>,
    },
}

/// An answer: a key that is not there and one that is empty are told apart, for both occur (BEP 5, "DHT Queries").
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// Who answers.
    pub id: Identifier,
    /// Nodes that are closer to what was asked for.
    pub nodes: Option<Vec<NodeInfo>>,
    /// Peers that have the torrent.
    pub values: Option<Vec<Address>>,
    /// What the sender wants to see in an `announce_peer`.
    pub token: Option<Vec<u8>>,
}

impl Response {
    /// An answer that tells nothing but who answers: to `ping` and `announce_peer`.
    pub const fn bare(id: Identifier) -> Self {
        Self {
            id,
            nodes: None,
            values: None,
            token: None,
        }
    }
}

/// Why a query is refused (BEP 5, "Errors").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ErrorCode {
    /// A generic error.
    Generic = 201,
    /// A server error.
    Server = 202,
    /// A protocol error, such as a malformed packet, invalid arguments, or a bad token.
    Protocol = 203,
    /// The method is not known.
    MethodUnknown = 204,
}

impl ErrorCode {
    /// The code with this number, 201 to 204; `None` for any other.
    pub const fn of(number: i64) -> Option<Self> {
        match number {
            201 => Some(Self::Generic),
            202 => Some(Self::Server),
            203 => Some(Self::Protocol),
            204 => Some(Self::MethodUnknown),
            _ => None,
        }
    }
}

impl Message {
    /// The bytes of the datagram's payload.
    pub fn encode(&self) -> Vec<u8> {
        write::value(self).encode()
    }

    /// The message that a datagram's payload holds.
    ///
    /// # Errors
    /// [`MessageError`] says what is wrong first: bytes that are not bencoded, a key of BEP 5 that is missing or holds
    /// something else than it should, or a query or error that BEP 5 does not know.
    pub fn decode(payload: &[u8]) -> Result<Self, MessageError> {
        read::message(payload)
    }
}

//! How long messages are, without encoding them: what a simulation charges for each.
//!
//! Lengths are of the datagram's payload, in bytes; the headers around it are [`packet::HEADERS_BYTES`] more. They hold for
//! messages in the shape in which the simulator sends them: transactions of [`TRANSACTION_BYTES`], no version. They are sums
//! over the keys of BEP 5 and the bencoding of BEP 3, and hold for counts up to a million, which is far more than a
//! datagram has room for.
//!
//! [`packet::HEADERS_BYTES`]: super::packet::HEADERS_BYTES

use super::IDENTIFIER_BYTES;
use super::compact::{NODE_BYTES, PEER_BYTES};

#[cfg(test)]
mod tests;

/// Length of a transaction: "typically short binary numbers ... 2 characters" are enough (BEP 5, "KRPC Protocol").
pub const TRANSACTION_BYTES: u32 = 2;

/// `d` or `l`, and `e`.
const BRACKETS: u32 = 2;
/// A byte string that holds an identifier.
const IDENTIFIER: u32 = string(short(IDENTIFIER_BYTES));
/// What is in every dictionary of arguments and of answers: `id`.
const ID_ENTRY: u32 = string(2) + IDENTIFIER;
/// What is in every message: its brackets, `t`, `y`, and the key (`a`, `r` or `e`) of what it holds.
const ENVELOPE: u32 = BRACKETS + string(1) + string(TRANSACTION_BYTES) + string(1) + string(1) + string(1);
/// What stands in `info_hash`: the key has nine bytes.
const INFO_HASH_ENTRY: u32 = string(9) + IDENTIFIER;

/// A `ping` query.
pub const PING_BYTES: u32 = query(4, 0);
/// A `find_node` query.
pub const FIND_NODE_BYTES: u32 = query(9, string(6) + IDENTIFIER);
/// A `get_peers` query.
pub const GET_PEERS_BYTES: u32 = query(9, INFO_HASH_ENTRY);
/// A response that tells nothing but who answers: to `ping` and to `announce_peer`.
pub const BARE_RESPONSE_BYTES: u32 = response(0);

/// An `announce_peer` query with a token of `token_bytes`.
pub const fn announce_peer_bytes(token_bytes: u32, port: u16, implied_port: bool) -> u32 {
    // `implied_port`, twelve bytes, and `i1e`.
    let flag = if implied_port { string(12) + 3 } else { 0 };
    let port = string(4) + BRACKETS + digits(port as u32);
    query(13, flag + INFO_HASH_ENTRY + port + token_entry(token_bytes))
}

/// A response to `find_node` with this number of nodes.
pub const fn find_node_response_bytes(nodes: u32) -> u32 {
    response(nodes_entry(nodes))
}

/// A response to `get_peers` with a token of `token_bytes`, and as many nodes and values as given; `None` is for a key that
/// is not there at all.
pub const fn get_peers_response_bytes(nodes: Option<u32>, values: Option<u32>, token_bytes: u32) -> u32 {
    let nodes = match nodes {
        Some(nodes) => nodes_entry(nodes),
        None => 0,
    };
    let values = match values {
        Some(values) => string(6) + BRACKETS + values * string(short(PEER_BYTES)),
        None => 0,
    };
    response(nodes + token_entry(token_bytes) + values)
}

/// An error with a text of `text_bytes`: every code has three digits.
pub const fn error_bytes(text_bytes: u32) -> u32 {
    ENVELOPE + BRACKETS + BRACKETS + 3 + string(text_bytes)
}

/// A query whose method has a name so long, and whose arguments beside `id` take up so much.
const fn query(method_bytes: u32, arguments: u32) -> u32 {
    ENVELOPE + string(1) + string(method_bytes) + BRACKETS + ID_ENTRY + arguments
}

/// A response whose entries beside `id` take up so much.
const fn response(entries: u32) -> u32 {
    ENVELOPE + BRACKETS + ID_ENTRY + entries
}

const fn nodes_entry(nodes: u32) -> u32 {
    string(5) + string(nodes * short(NODE_BYTES))
}

const fn token_entry(token_bytes: u32) -> u32 {
    string(5) + string(token_bytes)
}

/// A byte string with its length and the colon.
const fn string(length_bytes: u32) -> u32 {
    digits(length_bytes) + 1 + length_bytes
}

/// Number of decimal digits.
const fn digits(number: u32) -> u32 {
    match number.checked_ilog10() {
        Some(logarithm) => logarithm + 1,
        None => 1,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the assertion says that it fits")]
const fn short(length_bytes: usize) -> u32 {
    assert!(length_bytes < 1 << 16, "a length of the protocol's own");
    length_bytes as u32
}

//! The wire format of BitTorrent's mainline DHT, a Kademlia over UDP.
//!
//! What its nodes send each other (BEP 5: KRPC, bencoded dictionaries), how long each message is, which identifiers a node
//! may have (BEP 42), and how simulated messages become packets that other tools read.
//!
//! Sources: BEP 3 "The BitTorrent Protocol Specification" for bencoding, BEP 5 "DHT Protocol", BEP 42 "DHT Security
//! Extension", all at bittorrent.org/beps.
//!
//! This room holds no state: it turns values into bytes and back. It knows nothing of routing tables, look-ups, timers or
//! peers' programs, and writes no files.

pub mod address;
pub mod bencode;
pub mod compact;
pub mod message;
pub mod node_id;
pub mod packet;
pub mod size;
#[cfg(test)]
mod tests;

/// Length of an identifier in bytes: 160 bits (BEP 5, "Overview").
pub const IDENTIFIER_BYTES: usize = 20;

/// Who a node is, or what is looked for: node identifiers and infohashes are points of one space (BEP 5, "Overview"). The
/// first byte is the most significant one.
pub type Identifier = [u8; IDENTIFIER_BYTES];

//! Which address a simulated peer has: its number, written as a public IPv4 address.
//!
//! Addresses count up from 11.0.0.1, so that whoever looks at packets can still tell peers apart, and leave out those that
//! end in 0 or 255, which tools take for networks and broadcasts. They stop before 100.0.0.0: none of the blocks of IANA's
//! "IPv4 Special-Purpose Address Registry" (RFC 6890: private, loopback, link-local, shared, documentation, ...) lies between
//! 11.0.0.0 and 99.255.255.255. This file does not know what peers there are.

use super::compact::Address;

/// UDP port of every simulated peer: the first of BitTorrent's customary ports 6881 to 6889 (BEP 3, "trackers").
pub const PORT: u16 = 6_881;
/// How many peers have addresses: numbers from 0 to one less.
pub const MOST_PEERS: u32 = (END_FIRST_BYTE - FIRST_BYTE) as u32 * NETWORKS * HOSTS;

/// First byte of the first address: 11.0.0.0 to 99.255.255.255 are free of special blocks.
const FIRST_BYTE: u8 = 11;
/// First byte after the last address; 100.64.0.0/10 is shared address space (RFC 6598).
const END_FIRST_BYTE: u8 = 100;
/// Networks of 256 addresses under one first byte.
const NETWORKS: u32 = 1 << 16;
/// Addresses of a network that are used: 1 to 254.
const HOSTS: u32 = 254;

const _: () = assert!(MOST_PEERS >= 10_000_000, "enough for the largest simulations");

/// The address of a peer.
///
/// # Panics
/// When `number` is [`MOST_PEERS`] or more.
pub fn of_peer(number: u32) -> Address {
    assert!(number < MOST_PEERS, "peer {number} has no address");
    let network = (u32::from(FIRST_BYTE) * NETWORKS + number / HOSTS) << 8;
    let address = network + 1 + number % HOSTS;
    Address {
        ip: address.to_be_bytes(),
        port: PORT,
    }
}

/// The number of the peer that has an address; `None` if no peer has it.
pub fn peer_of(address: Address) -> Option<u32> {
    let [first, second, third, host] = address.ip;
    let is_ours = address.port == PORT
        && (FIRST_BYTE..END_FIRST_BYTE).contains(&first)
        && (1..=HOSTS).contains(&u32::from(host));
    let network = u32::from_be_bytes([0, first.wrapping_sub(FIRST_BYTE), second, third]);
    is_ours.then(|| network * HOSTS + u32::from(host) - 1)
}

#[cfg(test)]
mod tests;

//! Node identifiers that are bound to IPv4 addresses (BEP 42, "DHT Security Extension").
//!
//! The first 21 bits of an identifier follow from the address and the identifier's last byte, so that nobody can choose
//! freely where in the space to be. This file does not know who checks and what comes of it.

use super::{IDENTIFIER_BYTES, Identifier};
use crc::{CRC_32_ISCSI, Crc, Table};

/// The bits of an address that count, byte by byte (BEP 42, "The formula").
const MASK: [u8; 4] = [0x03, 0x0f, 0x3f, 0xff];
/// The bits of the last byte that count (BEP 42, "The formula": `r = rand & 0x7`).
const LAST_BYTE_MASK: u8 = 0x07;
/// The bits of an identifier's third byte that are bound: the upper five, with the two bytes before them 21 bits.
const THIRD_BYTE_MASK: u8 = 0xf8;

/// CRC-32C (Castagnoli), which is iSCSI's (RFC 3720, section 12.1).
static CRC32C: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// The first three bytes of the identifiers that end with `last_byte` and belong to an IPv4 address, given in network order.
/// The last three bits are free and 0 here.
pub fn prefix(ip: [u8; 4], last_byte: u8) -> [u8; 3] {
    let mut masked: [u8; 4] = std::array::from_fn(|place| ip[place] & MASK[place]);
    masked[0] |= (last_byte & LAST_BYTE_MASK) << 5;
    let [first, second, third, _] = CRC32C.checksum(&masked).to_be_bytes();
    [first, second, third & THIRD_BYTE_MASK]
}

/// An identifier that belongs to an IPv4 address, given in network order. All bits that are not bound, the last byte among
/// them, are those of `random`.
pub fn bound(ip: [u8; 4], random: Identifier) -> Identifier {
    let [first, second, third] = prefix(ip, random[IDENTIFIER_BYTES - 1]);
    let mut id = random;
    id[0] = first;
    id[1] = second;
    id[2] = third | random[2] & !THIRD_BYTE_MASK;
    id
}

/// Whether an identifier belongs to an IPv4 address, given in network order. Nodes in local networks, which BEP 42 exempts,
/// get no exemption here.
pub fn is_bound(id: &Identifier, ip: [u8; 4]) -> bool {
    let [first, second, third] = prefix(ip, id[IDENTIFIER_BYTES - 1]);
    [id[0], id[1], id[2] & THIRD_BYTE_MASK] == [first, second, third]
}

#[cfg(test)]
mod tests;

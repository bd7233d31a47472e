//! The headers of IPv4 and UDP, with their checksums, in network order.

use crate::overlay::krpc::compact::Address;

/// Length of an IPv4 header without options (RFC 791, section 3.1).
pub(super) const IPV4_BYTES: usize = 20;
/// Length of a UDP header (RFC 768).
pub(super) const UDP_BYTES: usize = 8;

/// Version 4, and a header of five words (RFC 791, section 3.1).
const VERSION_AND_LENGTH: u8 = 0x45;
/// Flag DF: a datagram that is never in parts needs no identification of its own (RFC 6864, section 4.1).
const DO_NOT_FRAGMENT: u16 = 0x4000;
/// Time to live, hops: what RFC 1700 recommends ("IP TIME TO LIVE PARAMETER").
const TIME_TO_LIVE: u8 = 64;
/// UDP's number (IANA, "Protocol Numbers").
const PROTOCOL: u8 = 17;

/// The IPv4 header of a packet of `packet_bytes`, itself included.
pub(super) fn ipv4(source: [u8; 4], target: [u8; 4], packet_bytes: u16) -> [u8; IPV4_BYTES] {
    let mut header = [0; IPV4_BYTES];
    header[0] = VERSION_AND_LENGTH;
    header[2..4].copy_from_slice(&packet_bytes.to_be_bytes());
    header[6..8].copy_from_slice(&DO_NOT_FRAGMENT.to_be_bytes());
    header[8] = TIME_TO_LIVE;
    header[9] = PROTOCOL;
    header[12..16].copy_from_slice(&source);
    header[16..].copy_from_slice(&target);
    let checksum = !sum(0, &header);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    header
}

/// The UDP header before a payload of at most 65507 bytes.
pub(super) fn udp(source: Address, target: Address, payload: &[u8]) -> [u8; UDP_BYTES] {
    let length_bytes = u16::try_from(UDP_BYTES + payload.len()).expect("a payload that fits a packet");
    let mut header = [0; UDP_BYTES];
    header[..2].copy_from_slice(&source.port.to_be_bytes());
    header[2..4].copy_from_slice(&target.port.to_be_bytes());
    header[4..6].copy_from_slice(&length_bytes.to_be_bytes());
    // The pseudo-header of RFC 768: both addresses, the protocol, the length.
    let pseudo = [
        &source.ip[..],
        &target.ip,
        &[0, PROTOCOL],
        &length_bytes.to_be_bytes(),
    ]
    .concat();
    let checksum = match !sum(sum(sum(0, &pseudo), &header), payload) {
        // Nothing but zeros would say that there is no checksum (RFC 768).
        0 => u16::MAX,
        checksum => checksum,
    };
    header[6..].copy_from_slice(&checksum.to_be_bytes());
    header
}

/// Adds the 16-bit words of `bytes`, an odd last byte as a word's upper half, in one's complement (RFC 1071, section 1).
pub(super) fn sum(start: u16, bytes: &[u8]) -> u16 {
    let (words, rest) = bytes.as_chunks::<2>();
    let words = words.iter().copied();
    let last = rest.first().map(|byte| [*byte, 0]);
    words
        .chain(last)
        .map(u16::from_be_bytes)
        .fold(start, |sum, word| {
            let (sum, carry) = sum.overflowing_add(word);
            sum + u16::from(carry)
        })
}

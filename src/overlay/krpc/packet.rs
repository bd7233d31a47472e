//! Simulated datagrams as the bytes of a packet capture, for tcpdump, tshark and Wireshark.
//!
//! The classic format of libpcap: a header for the file, and a record for each packet (draft-ietf-opsawg-pcap, sections 4
//! and 5), all in little-endian order so that a file is the same on every machine. Packets begin with their IPv4 header.
//! This file appends to vectors; it does not know where the bytes go.

mod headers;
#[cfg(test)]
mod tests;

use super::address;

/// Length of a file's header.
pub const FILE_HEADER_BYTES: usize = 24;
/// Length of a record's header.
pub const RECORD_HEADER_BYTES: usize = 16;
/// What IPv4 (20, RFC 791, section 3.1) and UDP (8, RFC 768) put before a payload.
pub const HEADERS_BYTES: usize = headers::IPV4_BYTES + headers::UDP_BYTES;
/// The longest payload: a packet's length has 16 bits (RFC 791, section 3.1: "Total Length").
pub const MOST_PAYLOAD_BYTES: usize = u16::MAX as usize - HEADERS_BYTES;

/// Says that times are in nanoseconds, and the order of bytes (draft-ietf-opsawg-pcap, section 4).
const MAGIC: u32 = 0xa1b2_3c4d;
/// Version 2.4 of the format, the only one in use (section 4).
const VERSION: [u16; 2] = [2, 4];
/// No packet is cut off: none can be longer.
const SNAPSHOT_BYTES: u32 = u16::MAX as u32;
/// LINKTYPE_RAW: a packet begins with its IPv4 or IPv6 header (tcpdump.org/linktypes.html).
const LINK_TYPE: u32 = 101;

const SECOND_NS: u64 = 1_000_000_000;

/// A datagram from one simulated peer to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Datagram<'payload> {
    /// When it was sent, nanoseconds since the simulation's beginning, which becomes the beginning of 1970.
    pub time_ns: u64,
    /// Number of the peer that sent it, below [`address::MOST_PEERS`].
    pub source: u32,
    /// Number of the peer that it was sent to, below [`address::MOST_PEERS`].
    pub target: u32,
    /// What it holds.
    pub payload: &'payload [u8],
}

/// Why a datagram cannot be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PacketError {
    /// A payload of more than [`MOST_PAYLOAD_BYTES`].
    #[error("a payload of {payload_bytes} bytes; a datagram holds {MOST_PAYLOAD_BYTES}")]
    TooLong {
        /// Its length.
        payload_bytes: usize,
    },
    /// A time of 2^32 seconds (136 years) or more: a record's seconds have 32 bits.
    #[error("a time of {time_ns} ns; a record's time ends at 2^32 s")]
    TooLate {
        /// The time.
        time_ns: u64,
    },
}

/// What a file begins with.
pub fn file_header() -> [u8; FILE_HEADER_BYTES] {
    let [major, minor] = VERSION;
    let mut header = [0; FILE_HEADER_BYTES];
    header[..4].copy_from_slice(&MAGIC.to_le_bytes());
    header[4..6].copy_from_slice(&major.to_le_bytes());
    header[6..8].copy_from_slice(&minor.to_le_bytes());
    // Eight bytes that were the time zone and the precision, 0 in every file (section 4: "Reserved1", "Reserved2").
    header[16..20].copy_from_slice(&SNAPSHOT_BYTES.to_le_bytes());
    header[20..].copy_from_slice(&LINK_TYPE.to_le_bytes());
    header
}

impl Datagram<'_> {
    /// Appends the datagram's record: its header, then the packet.
    ///
    /// # Errors
    /// [`PacketError`], and nothing is appended.
    ///
    /// # Panics
    /// When a peer's number is out of range.
    pub fn append_to(&self, file: &mut Vec<u8>) -> Result<(), PacketError> {
        let (payload_bytes, time_ns) = (self.payload.len(), self.time_ns);
        let too_long = PacketError::TooLong { payload_bytes };
        let packet_bytes = u16::try_from(HEADERS_BYTES + payload_bytes).map_err(|_| too_long)?;
        let too_late = PacketError::TooLate { time_ns };
        let time_s = u32::try_from(time_ns / SECOND_NS).map_err(|_| too_late)?;
        let rest_ns = u32::try_from(time_ns % SECOND_NS).expect("a second has fewer nanoseconds");
        let (source, target) = (address::of_peer(self.source), address::of_peer(self.target));

        let captured_bytes = u32::from(packet_bytes);
        for word in [time_s, rest_ns, captured_bytes, captured_bytes] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&headers::ipv4(source.ip, target.ip, packet_bytes));
        file.extend_from_slice(&headers::udp(source, target, self.payload));
        file.extend_from_slice(self.payload);
        Ok(())
    }
}

use super::*;
use proptest::prelude::*;

fn record(datagram: Datagram<'_>) -> Vec<u8> {
    let mut file = Vec::new();
    datagram.append_to(&mut file).unwrap();
    file
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Of a packet whose checksums are right, header and pseudo-header with payload both add up to all ones.
fn sums(packet: &[u8]) -> (u16, u16) {
    let (ipv4, udp) = packet.split_at(headers::IPV4_BYTES);
    let length = u16::try_from(udp.len()).unwrap().to_be_bytes();
    let pseudo = [&ipv4[12..20], &[0, 17], &length].concat();
    (headers::sum(0, ipv4), headers::sum(headers::sum(0, &pseudo), udp))
}

const PING: Datagram<'static> = Datagram {
    time_ns: 3_000_000_007,
    source: 0,
    target: 300,
    payload: b"ping",
};

#[test]
fn the_header_of_a_file() {
    assert_eq!(
        file_header(),
        *b"\x4d\x3c\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0"
    );
}

#[test]
fn a_record_byte_by_byte() {
    // Checksums worked out by hand: 4500 + 0020 + 4000 + 4011 + 0b00 + 0001 + 0b00 + 012f = dc61 of the header; the
    // pseudo-header's 0b00 + 0001 + 0b00 + 012f + 0011 + 000c, the header's 1ae1 + 1ae1 + 000c and the payload's
    // 7069 + 6e67 make 12beb, which folds to 2bec.
    let expected: [u8; 48] = [
        3, 0, 0, 0, 7, 0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, // record
        0x45, 0, 0, 32, 0, 0, 0x40, 0, 64, 17, 0x23, 0x9e, 11, 0, 0, 1, 11, 0, 1, 47, // IPv4
        0x1a, 0xe1, 0x1a, 0xe1, 0, 12, 0xd4, 0x13, b'p', b'i', b'n', b'g', // UDP
    ];
    assert_eq!(record(PING), expected);
}

#[test]
fn the_sum_of_rfc_1071() {
    // Section 3: 0001 + f203 + f4f5 + f6f7 = 2ddf0, which folds to ddf2.
    let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    assert_eq!(headers::sum(0, &bytes), 0xddf2);
    assert_eq!(headers::sum(0xddf2, &[0x01]), 0xdef2);
    assert_eq!(headers::sum(0xffff, &[0xff, 0xff]), 0xffff);
}

#[test]
fn a_checksum_of_zero_is_written_as_all_ones() {
    let empty = record(Datagram {
        payload: &[0, 0],
        ..PING
    });
    // The payload that makes up what is missing to all ones is the checksum of the packet without it.
    let payload = &empty[RECORD_HEADER_BYTES + 26..][..2];
    let packet = record(Datagram { payload, ..PING }).split_off(RECORD_HEADER_BYTES);
    assert_eq!(packet[26..28], [0xff, 0xff]);
    assert_eq!(sums(&packet), (0xffff, 0xffff));
}

#[test]
fn the_longest_payload_is_written_and_a_longer_one_is_not() {
    let payload = vec![7; MOST_PAYLOAD_BYTES];
    let longest = record(Datagram {
        payload: &payload,
        ..PING
    });
    assert_eq!(longest.len(), RECORD_HEADER_BYTES + 65_535);
    assert_eq!(sums(&longest[RECORD_HEADER_BYTES..]), (0xffff, 0xffff));
    let payload = vec![7; MOST_PAYLOAD_BYTES + 1];
    let mut file = vec![1];
    let longer = Datagram {
        payload: &payload,
        ..PING
    };
    let payload_bytes = 65_508;
    assert_eq!(
        longer.append_to(&mut file),
        Err(PacketError::TooLong { payload_bytes })
    );
    assert_eq!(file, [1]);
}

#[test]
fn the_last_time_is_written_and_a_later_one_is_not() {
    let time_ns = 4_294_967_295_999_999_999;
    let last = record(Datagram { time_ns, ..PING });
    assert_eq!((word(&last, 0), word(&last, 4)), (u32::MAX, 999_999_999));
    let time_ns = time_ns + 1;
    let mut file = Vec::new();
    let later = Datagram { time_ns, ..PING };
    assert_eq!(later.append_to(&mut file), Err(PacketError::TooLate { time_ns }));
    assert!(file.is_empty());
}

proptest! {
    #[test]
    fn checksums_and_lengths_are_right(
        time_ns in 0..4_294_967_296_000_000_000_u64,
        source in 0..address::MOST_PEERS,
        target in 0..address::MOST_PEERS,
        payload in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let record = record(Datagram { time_ns, source, target, payload: &payload });
        let (header, packet) = record.split_at(RECORD_HEADER_BYTES);
        prop_assert_eq!(u64::from(word(header, 0)) * SECOND_NS + u64::from(word(header, 4)), time_ns);
        prop_assert_eq!(word(header, 8) as usize, packet.len());
        prop_assert_eq!(word(header, 12) as usize, packet.len());
        prop_assert_eq!(packet.len(), HEADERS_BYTES + payload.len());
        prop_assert_eq!(sums(packet), (0xffff, 0xffff));
        prop_assert_eq!(&packet[12..16], &address::of_peer(source).ip);
        prop_assert_eq!(&packet[16..20], &address::of_peer(target).ip);
        prop_assert_eq!(&packet[28..], &payload);
    }
}

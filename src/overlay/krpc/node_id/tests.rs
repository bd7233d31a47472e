use super::*;
use proptest::prelude::*;

#[test]
fn the_checksum_is_the_one_of_iscsi() {
    // RFC 3720, appendix B.4: 32 bytes of zeros, of ones, and counting up; and the check value of the catalogue of CRCs.
    assert_eq!(CRC32C.checksum(&[0; 32]), 0x8a91_36aa);
    assert_eq!(CRC32C.checksum(&[0xff; 32]), 0x62a8_ab43);
    assert_eq!(
        CRC32C.checksum(&std::array::from_fn::<u8, 32, _>(
            |place| u8::try_from(place).unwrap()
        )),
        0x46dd_794e
    );
    assert_eq!(CRC32C.checksum(b"123456789"), 0xe306_9283);
}

#[test]
fn the_test_vectors_of_bep_42() {
    // The table under "test vectors": the first 21 bits and the last byte are fixed, the rest is random.
    let cases: [([u8; 4], u8, [u8; 3]); 5] = [
        ([124, 31, 75, 21], 1, [0x5f, 0xbf, 0xbf]),
        ([21, 75, 31, 124], 86, [0x5a, 0x3c, 0xe9]),
        ([65, 23, 51, 170], 22, [0xa5, 0xd4, 0x32]),
        ([84, 124, 73, 14], 65, [0x1b, 0x03, 0x21]),
        ([43, 213, 53, 83], 90, [0xe5, 0x6f, 0x6c]),
    ];
    for (ip, last_byte, [first, second, third]) in cases {
        assert_eq!(prefix(ip, last_byte), [first, second, third & 0xf8]);
    }
}

#[test]
fn bits_that_are_free_are_free_and_others_are_not() {
    let ip = [124, 31, 75, 21];
    let id = bound(ip, [0x55; 20]);
    assert!(is_bound(&id, ip));
    for bit in 0..160 {
        let mut other = id;
        other[bit / 8] ^= 0x80 >> (bit % 8);
        // The low bits of the last byte go into the checksum; the rest of it does not.
        let is_free = (21..157).contains(&bit);
        assert_eq!(is_bound(&other, ip), is_free, "bit {bit}");
    }
}

#[test]
fn bits_of_the_address_that_are_masked_do_not_count() {
    let ip = [124, 31, 75, 21];
    let id = bound(ip, [0x55; 20]);
    for bit in 0..32 {
        let mut other = ip;
        other[bit / 8] ^= 0x80 >> (bit % 8);
        let is_masked = MASK[bit / 8] & (0x80 >> (bit % 8)) == 0;
        assert_eq!(is_bound(&id, other), is_masked, "bit {bit}");
    }
}

proptest! {
    #[test]
    fn what_is_bound_passes_and_keeps_its_random_bits(ip in any::<[u8; 4]>(), random in any::<Identifier>()) {
        let id = bound(ip, random);
        prop_assert!(is_bound(&id, ip));
        prop_assert_eq!(&id[3..], &random[3..]);
        prop_assert_eq!(id[2] & 0x07, random[2] & 0x07);
    }
}

use super::*;
use proptest::prelude::*;
use std::net::Ipv4Addr;

/// The blocks of the "IPv4 Special-Purpose Address Registry" and of multicast and reserved addresses, as first address and
/// length of the prefix in bits.
const SPECIAL: [([u8; 4], u32); 19] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([255, 255, 255, 255], 32),
];

fn is_special(ip: [u8; 4]) -> bool {
    let is_within = |(block, bits): ([u8; 4], u32)| {
        (u32::from_be_bytes(block) ^ u32::from_be_bytes(ip)).leading_zeros() >= bits
    };
    SPECIAL.into_iter().any(is_within)
}

fn ip(number: u32) -> [u8; 4] {
    of_peer(number).ip
}

#[test]
fn addresses_count_up_and_leave_out_networks_and_broadcasts() {
    assert_eq!(ip(0), [11, 0, 0, 1]);
    assert_eq!(ip(253), [11, 0, 0, 254]);
    assert_eq!(ip(254), [11, 0, 1, 1]);
    assert_eq!(ip(254 * 65_536 - 1), [11, 255, 255, 254]);
    assert_eq!(ip(254 * 65_536), [12, 0, 0, 1]);
    assert_eq!(ip(MOST_PEERS - 1), [99, 255, 255, 254]);
    assert_eq!(of_peer(5).port, 6_881);
}

#[test]
fn no_two_of_ten_million_peers_share_an_address() {
    // Strictly ascending, hence all different.
    let mut last = 0;
    for number in 0..10_000_000 {
        let address = u32::from_be_bytes(ip(number));
        assert!(address > last, "peer {number}");
        last = address;
    }
}

#[test]
fn no_address_is_of_a_special_block() {
    assert!(is_special([127, 0, 0, 1]) && is_special([192, 168, 3, 4]) && !is_special([192, 169, 0, 1]));
    // What the standard library can tell, and the registry; every network but its hosts.
    for number in (0..MOST_PEERS).step_by(254) {
        let ip = ip(number);
        let known = Ipv4Addr::from(ip);
        let is_other = known.is_private()
            || known.is_loopback()
            || known.is_multicast()
            || known.is_documentation()
            || known.is_link_local();
        assert!(!is_other && !is_special(ip), "{known}");
    }
}

#[test]
#[should_panic(expected = "has no address")]
fn a_peer_too_many_has_no_address() {
    of_peer(MOST_PEERS);
}

#[test]
fn addresses_of_others_are_nobodys() {
    let others = [
        [10, 255, 255, 254],
        [100, 0, 0, 1],
        [0, 0, 0, 1],
        [255, 255, 255, 255],
        [11, 0, 0, 0],
        [11, 0, 0, 255],
    ];
    for ip in others {
        assert_eq!(peer_of(Address { ip, port: PORT }), None, "{ip:?}");
    }
    let port = PORT + 1;
    assert_eq!(peer_of(Address { port, ..of_peer(3) }), None);
}

proptest! {
    #[test]
    fn a_number_comes_back(number in 0..MOST_PEERS) {
        prop_assert_eq!(peer_of(of_peer(number)), Some(number));
    }

    #[test]
    fn an_address_is_its_peers_or_nobodys(ip in any::<[u8; 4]>()) {
        let address = Address { ip, port: PORT };
        if let Some(number) = peer_of(address) {
            prop_assert_eq!(of_peer(number), address);
        }
    }
}

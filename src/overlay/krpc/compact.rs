//! Compact encodings of where a node is and who it is (BEP 5, "Contact Encoding").

use super::{IDENTIFIER_BYTES, Identifier};

/// Length of compact IP-address/port info: address 4, port 2.
pub const PEER_BYTES: usize = 6;
/// Length of compact node info: identifier 20, address 4, port 2.
pub const NODE_BYTES: usize = IDENTIFIER_BYTES + PEER_BYTES;

/// Where datagrams are sent to: an IPv4 address and a UDP port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Address {
    /// The IPv4 address, in network order: `[11, 0, 0, 1]` is 11.0.0.1.
    pub ip: [u8; 4],
    /// The UDP port.
    pub port: u16,
}

impl Address {
    /// Compact IP-address/port info: both in network order.
    pub const fn to_compact(self) -> [u8; PEER_BYTES] {
        let [a, b, c, d] = self.ip;
        let [high, low] = self.port.to_be_bytes();
        [a, b, c, d, high, low]
    }

    /// The address that compact IP-address/port info tells; every six bytes tell one.
    pub const fn from_compact(bytes: [u8; PEER_BYTES]) -> Self {
        let [a, b, c, d, high, low] = bytes;
        Self {
            ip: [a, b, c, d],
            port: u16::from_be_bytes([high, low]),
        }
    }
}

/// A node as others are told of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeInfo {
    /// Who it is.
    pub id: Identifier,
    /// Where it is.
    pub address: Address,
}

impl NodeInfo {
    /// Compact node info: the identifier, then the compact address.
    pub fn to_compact(self) -> [u8; NODE_BYTES] {
        let mut bytes = [0; NODE_BYTES];
        let (id, address) = bytes.split_at_mut(IDENTIFIER_BYTES);
        id.copy_from_slice(&self.id);
        address.copy_from_slice(&self.address.to_compact());
        bytes
    }

    /// The node that compact node info tells; every 26 bytes tell one.
    pub fn from_compact(bytes: [u8; NODE_BYTES]) -> Self {
        let part = |from: usize, place: usize| bytes[from + place];
        Self {
            id: std::array::from_fn(|place| part(0, place)),
            address: Address::from_compact(std::array::from_fn(|place| part(IDENTIFIER_BYTES, place))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_and_ports_are_in_network_order() {
        let address = Address {
            ip: [11, 22, 33, 44],
            port: 6_881,
        };
        assert_eq!(address.to_compact(), [11, 22, 33, 44, 0x1a, 0xe1]);
        let node = NodeInfo {
            id: *b"abcdefghij0123456789",
            address,
        };
        assert_eq!(
            &node.to_compact(),
            b"abcdefghij0123456789\x0b\x16\x21\x2c\x1a\xe1"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_somebody(bytes in any::<[u8; NODE_BYTES]>(), address in any::<[u8; PEER_BYTES]>()) {
            prop_assert_eq!(NodeInfo::from_compact(bytes).to_compact(), bytes);
            prop_assert_eq!(Address::from_compact(address).to_compact(), address);
        }
    }
}

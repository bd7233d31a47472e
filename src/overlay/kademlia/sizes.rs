//! What messages are charged as on the wire.

use super::settings::{Settings, Wire};
use crate::overlay::dht::message::Content;
use crate::overlay::dht::store::Deposit;
use crate::overlay::krpc::address::PORT;
use crate::overlay::krpc::packet::HEADERS_BYTES;
use crate::overlay::krpc::size;
use std::convert::Infallible;

/// Bytes of the token with which the answer to `get_peers` permits to announce: those of the examples of BEP 5.
pub(super) const TOKEN_BYTES: u32 = 8;

/// Size of a message, bytes, a value, words and lists of items in it apart.
pub(super) fn size_bytes(content: &Content<Infallible>, settings: &Settings) -> u32 {
    match settings.wire {
        Wire::Krpc => count(HEADERS_BYTES) + krpc_bytes(content),
        Wire::Plain {
            header_bytes,
            entry_bytes,
        } => header_bytes + entry_bytes * entries(content),
    }
}

/// Keys, contacts and holders in a message beyond what every one has.
fn entries(content: &Content<Infallible>) -> u32 {
    match content {
        Content::FindNode(_)
        | Content::FindValue(_)
        | Content::FindItems(_)
        | Content::CallBack(_)
        | Content::Joined(_) => 1,
        Content::Nodes(guidance) => count(guidance.entries()),
        Content::Values(values) => count(values.known.holders().len() + values.guidance.entries()),
        Content::Store(posting) => 1 + count(posting.deposit.holders().len()),
        // The key and the origin.
        Content::Route(_) => 2,
        // The origin too.
        Content::Arrived(arrival) => 1 + count(arrival.owners.len()),
        // The origin, and every word's key and node.
        Content::Join(join) => 1 + 2 * count(join.words.len()),
        Content::Taken | Content::Ping | Content::Pong => 0,
        Content::Own(never) => match *never {},
    }
}

fn count(nodes: usize) -> u32 {
    u32::try_from(nodes).expect("a message carries fewer than 2^32 nodes")
}

/// Size of a message's payload as the mainline DHT encodes it.
///
/// What BEP 5 does not have (see [`super::packets`]) is charged as what carries as much: a route as `find_node`, its arrival as
/// an answer to that one, that it was taken on as an answer to `ping`, a call back as `ping`, and several holders that are stored
/// at once as so many announcements. A question for a word's items is a `get_peers`, with so many bytes more for other words; a
/// list is stored as a value is; lists that are being joined are charged as an answer that names the nodes, and what comes out as a
/// `ping`, with so many bytes more for what is in them.
fn krpc_bytes(content: &Content<Infallible>) -> u32 {
    match content {
        Content::FindNode(_) | Content::Route(_) => size::FIND_NODE_BYTES,
        Content::Nodes(guidance) => size::find_node_response_bytes(count(guidance.entries())),
        Content::Arrived(arrival) => size::find_node_response_bytes(count(arrival.owners.len())),
        Content::FindValue(_) | Content::FindItems(_) => size::GET_PEERS_BYTES,
        Content::Join(join) => size::find_node_response_bytes(1 + count(join.words.len())),
        Content::Values(values) => {
            let holders = count(values.known.holders().len());
            let nodes = Some(count(values.guidance.entries()));
            size::get_peers_response_bytes(nodes, (holders > 0).then_some(holders), TOKEN_BYTES)
        }
        Content::Store(posting) => {
            let announcements = match &posting.deposit {
                Deposit::Holders(holders) => count(holders.len()),
                // A value and a list are stored as a holder is, with so many bytes more.
                Deposit::Items(_) | Deposit::Value(..) => 1,
            };
            announcements * size::announce_peer_bytes(TOKEN_BYTES, PORT, false)
        }
        Content::Ping | Content::CallBack(_) | Content::Joined(_) => size::PING_BYTES,
        Content::Taken | Content::Pong => size::BARE_RESPONSE_BYTES,
        Content::Own(never) => match *never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::dht::message::Guidance;
    use crate::overlay::dht::{Identifier, NodeId};

    fn settings(wire: Wire) -> Settings {
        Settings {
            wire,
            ..crate::overlay::kademlia::tests::SETTINGS
        }
    }

    fn nodes(count: u32) -> Content<Infallible> {
        let closer = (0..count).map(NodeId).collect();
        let guidance = Guidance {
            closer,
            owners: Vec::new(),
        };
        Content::Nodes(Box::new(guidance))
    }

    /// A message as it is on the wire, identifiers and the like filled in.
    fn encoded(text: &str, nodes: u32) -> u32 {
        let list = "n".repeat(26 * nodes as usize);
        let text = text.replace("<20>", &"i".repeat(20)).replace("<2>", "tt");
        let text = text.replace("<nodes>", &format!("{}:{list}", list.len()));
        u32::try_from(text.len()).unwrap() + 28
    }

    #[test]
    fn krpc_is_as_long_as_the_encoding() {
        let check = |content, text: &str, nodes| {
            assert_eq!(
                size_bytes(&content, &settings(Wire::Krpc)),
                encoded(text, nodes),
                "{text}"
            );
        };
        check(Content::Ping, "d1:ad2:id20:<20>e1:q4:ping1:t2:<2>1:y1:qe", 0);
        check(Content::Pong, "d1:rd2:id20:<20>e1:t2:<2>1:y1:re", 0);
        check(
            Content::FindNode(Identifier::ZERO),
            "d1:ad2:id20:<20>6:target20:<20>e1:q9:find_node1:t2:<2>1:y1:qe",
            0,
        );
        for count in [0, 1, 3, 4, 8, 38, 39] {
            let answer = "d1:rd2:id20:<20>5:nodes<nodes>e1:t2:<2>1:y1:re";
            check(nodes(count), answer, count);
        }
    }

    #[test]
    fn plain_messages_pay_for_what_they_carry() {
        let wire = Wire::Plain {
            header_bytes: 20,
            entry_bytes: 4,
        };
        let check = |content, expect| assert_eq!(size_bytes(&content, &settings(wire)), expect);
        check(Content::Ping, 20);
        check(Content::FindNode(Identifier::ZERO), 24);
        check(nodes(20), 100);
    }
}

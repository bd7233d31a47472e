//! Every kind of message: how long it is, and what it says.

use super::*;
use crate::overlay::QueryId;
use crate::overlay::dht::Identifier;
use crate::overlay::dht::message::{Arrival, Cause, Route};
use crate::overlay::dht::store::{Deposit, Holder, Lifetime, Standing, Version};
use crate::overlay::kademlia::tests::{SETTINGS, random_directory, seed};
use crate::overlay::kademlia::{Settings, Wire, sizes};
use crate::overlay::krpc::packet::HEADERS_BYTES;
use proptest::prelude::*;
use std::convert::Infallible;

const NODES: u32 = 300;
const ASKER: NodeId = NodeId(7);
const ANSWERER: NodeId = NodeId(299);

fn directory() -> Directory {
    random_directory(NODES as usize, seed(1))
}

fn message(content: Content<Infallible>, from: NodeId, to: NodeId) -> Message<Kademlia> {
    let settings = Settings {
        wire: Wire::Krpc,
        ..SETTINGS
    };
    Message {
        from,
        to,
        ticket: 0x0007_6162,
        size_bytes: sizes::size_bytes(&content, &settings),
        cause: Cause::Upkeep,
        content,
    }
}

fn guidance(closer: u32, owners: u32) -> Guidance {
    Guidance {
        closer: (0..closer).map(NodeId).collect(),
        owners: (0..owners).map(NodeId).collect(),
    }
}

fn holder(peer: u32) -> Holder {
    Holder {
        peer: PeerId(peer),
        firewalled: false,
    }
}

fn values(holders: u32, closer: u32, owners: u32) -> Content<Infallible> {
    let values = Values {
        known: Known::of_holders((0..holders).map(holder).collect()),
        guidance: guidance(closer, owners),
    };
    Content::Values(Box::new(values))
}

fn store(key: Identifier, peers: &[u32]) -> Content<Infallible> {
    let holders = peers.iter().map(|peer| (holder(*peer), Lifetime(1))).collect();
    posting(key, Deposit::Holders(holders))
}

fn posting(key: Identifier, deposit: Deposit) -> Content<Infallible> {
    Content::Store(Box::new(Posting {
        key,
        deposit,
        standing: Standing::Replica,
    }))
}

fn read(content: Content<Infallible>, from: NodeId, to: NodeId) -> krpc::Message {
    let payload = encoded(&message(content, from, to), &directory()).unwrap();
    krpc::Message::decode(&payload).unwrap()
}

fn id(node: NodeId) -> [u8; 20] {
    directory().identifier(node).to_bytes()
}

#[test]
fn queries_say_who_asks_for_what() {
    let key = Identifier::hashed(b"key", 160);
    let target = key.to_bytes();
    let check = |content, expect| {
        let read = read(content, ASKER, ANSWERER);
        assert_eq!(read.transaction, b"ab", "the low bits of the ticket");
        let (id, query) = (id(ASKER), expect);
        assert_eq!(read.body, krpc::Body::Query { id, query });
    };
    check(Content::Ping, krpc::Query::Ping);
    check(Content::FindNode(key), krpc::Query::FindNode { target });
    check(
        Content::FindValue(key),
        krpc::Query::GetPeers { info_hash: target },
    );
}

#[test]
fn answers_say_where_nodes_and_holders_are() {
    let response = |content| match read(content, ANSWERER, ASKER).body {
        krpc::Body::Response(response) => response,
        other => panic!("{other:?} is no response"),
    };
    let bare = krpc::Response::bare(id(ANSWERER));
    assert_eq!(response(Content::Pong), bare);
    let found = response(Content::Nodes(Box::new(guidance(3, 0)))).nodes.unwrap();
    let expect = [0, 1, 2].map(|number| NodeInfo {
        id: id(NodeId(number)),
        address: address::of_peer(number),
    });
    assert_eq!(found, expect);
    let found = response(values(2, 3, 0));
    assert_eq!(found.nodes.unwrap(), expect);
    assert_eq!(found.values.unwrap(), [0, 1].map(address::of_peer));
    assert_eq!(
        response(values(0, 3, 0)).values,
        None,
        "nobody is known to hold it"
    );
}

/// BEP 5, "announce_peer": "the token received in response to a previous get_peers query".
#[test]
fn whoever_announces_shows_the_token_that_it_was_given() {
    let krpc::Body::Response(given) = read(values(0, 1, 0), ANSWERER, ASKER).body else {
        panic!("an answer to get_peers is a response")
    };
    let token = given.token.unwrap();
    let key = Identifier::hashed(b"key", 160);
    let announced = read(store(key, &[ASKER.0]), ASKER, ANSWERER).body;
    let query = krpc::Query::AnnouncePeer {
        info_hash: key.to_bytes(),
        port: PORT,
        implied_port: false,
        token: token.clone(),
    };
    assert_eq!(announced, krpc::Body::Query { id: id(ASKER), query });
    let krpc::Body::Response(other) = read(values(0, 1, 0), ANSWERER, NodeId(8)).body else {
        panic!("an answer to get_peers is a response")
    };
    assert_ne!(other.token.unwrap(), token, "a token is one asker's");
}

#[test]
fn what_bep_5_has_no_words_for_is_no_packet() {
    let key = Identifier::ZERO;
    let route = Route {
        key,
        origin: ASKER,
        search: 1,
        hops: 1,
        returns: false,
    };
    let arrival = Arrival {
        origin: ASKER,
        search: 1,
        hops: 1,
        owners: vec![ANSWERER],
    };
    for content in [
        Content::Route(Box::new(route)),
        Content::Taken,
        Content::Arrived(Box::new(arrival)),
        Content::CallBack(QueryId(1)),
        posting(key, Deposit::Value(Version(1), Lifetime(1))),
        Content::Values(Box::new(Values {
            known: Known::Value(Version(1)),
            guidance: guidance(1, 0),
        })),
        store(key, &[]),
        store(key, &[ANSWERER.0]),
        store(key, &[ASKER.0, ANSWERER.0]),
    ] {
        let message = message(content, ASKER, ANSWERER);
        assert_eq!(encoded(&message, &directory()), None, "{message:?}");
    }
}

fn any_content() -> impl Strategy<Value = Content<Infallible>> {
    let key = any::<[u8; 20]>().prop_map(Identifier::of_bytes);
    let count = 0..NODES / 2;
    prop_oneof![
        Just(Content::Ping),
        Just(Content::Pong),
        key.clone().prop_map(Content::FindNode),
        key.clone().prop_map(Content::FindValue),
        key.prop_map(|key| store(key, &[ASKER.0])),
        (count.clone(), 0..3_u32)
            .prop_map(|(closer, owners)| Content::Nodes(Box::new(guidance(closer, owners)))),
        (count.clone(), count, 0..3_u32)
            .prop_map(|(holders, closer, owners)| values(holders, closer, owners)),
    ]
}

proptest! {
    #[test]
    fn a_packet_is_as_long_as_is_charged(content in any_content()) {
        let message = message(content, ASKER, ANSWERER);
        let payload = encoded(&message, &directory()).unwrap();
        prop_assert_eq!(payload.len() + HEADERS_BYTES, message.size_bytes as usize);
    }
}

use super::*;
use crate::overlay::krpc::bencode::{BencodeError, Fault};
use proptest::prelude::*;

mod malformed;

const ID: &Identifier = b"abcdefghij0123456789";
const OTHER: &Identifier = b"mnopqrstuvwxyz123456";

fn message(body: Body) -> Message {
    Message {
        transaction: b"aa".to_vec(),
        version: None,
        body,
    }
}

fn query(query: Query) -> Message {
    message(Body::Query { id: *ID, query })
}

/// The messages of BEP 5, "Example Packets", but for the two whose `nodes` are cut short there: here they tell one node.
fn examples() -> Vec<(Message, &'static str)> {
    let node = NodeInfo {
        id: *b"0123456789abcdefghij",
        address: Address {
            ip: *b"axje",
            port: u16::from_be_bytes(*b".u"),
        },
    };
    let peer = Address {
        ip: *b"idht",
        port: u16::from_be_bytes(*b"nm"),
    };
    let announce = |implied_port| {
        query(Query::AnnouncePeer {
            info_hash: *OTHER,
            port: 6_881,
            implied_port,
            token: b"aoeusnth".to_vec(),
        })
    };
    vec![
        (
            message(Body::Error {
                code: ErrorCode::Generic,
                text: b"A Generic Error Ocurred".to_vec(),
            }),
            "d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
        ),
        (
            query(Query::Ping),
            "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe",
        ),
        (
            message(Body::Response(Response::bare(*OTHER))),
            "d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re",
        ),
        (
            query(Query::FindNode { target: *OTHER }),
            "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe",
        ),
        (
            query(Query::GetPeers { info_hash: *OTHER }),
            "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe",
        ),
        (
            message(Body::Response(Response {
                values: Some(vec![node.address, peer]),
                token: Some(b"aoeusnth".to_vec()),
                ..Response::bare(*ID)
            })),
            "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re",
        ),
        (
            message(Body::Response(Response {
                nodes: Some(vec![node]),
                ..Response::bare(*ID)
            })),
            "d1:rd2:id20:abcdefghij01234567895:nodes26:0123456789abcdefghijaxje.ue1:t2:aa1:y1:re",
        ),
        (
            announce(true),
            "d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e\
             5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
        ),
        (
            announce(false),
            "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe\
             1:q13:announce_peer1:t2:aa1:y1:qe",
        ),
        (
            Message {
                version: Some(b"UT01".to_vec()),
                ..query(Query::Ping)
            },
            "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:v4:UT011:y1:qe",
        ),
        (
            message(Body::Response(Response {
                nodes: Some(Vec::new()),
                values: Some(Vec::new()),
                token: Some(Vec::new()),
                ..Response::bare(*ID)
            })),
            "d1:rd2:id20:abcdefghij01234567895:nodes0:5:token0:6:valueslee1:t2:aa1:y1:re",
        ),
    ]
}

#[test]
fn the_examples_are_written_and_read() {
    for (message, encoding) in examples() {
        assert_eq!(message.encode().escape_ascii().to_string(), encoding);
        assert_eq!(Message::decode(encoding.as_bytes()), Ok(message));
    }
}

#[test]
fn keys_of_extensions_are_ignored() {
    // `ip` (BEP 42), `ro` (BEP 43), `nodes6` and `want` (BEP 32), and keys of a type that nobody expects.
    let cases = [
        (
            "d1:ad2:id20:abcdefghij01234567894:wantl2:n42:n6ee1:q4:ping2:roi1e1:t2:aa1:y1:qe",
            query(Query::Ping),
        ),
        (
            "d2:ip6:axje.u1:qi7e1:rd2:id20:mnopqrstuvwxyz1234566:nodes60:1:vdee1:t2:aa1:y1:re",
            message(Body::Response(Response::bare(*OTHER))),
        ),
    ];
    for (encoding, message) in cases {
        assert_eq!(Message::decode(encoding.as_bytes()), Ok(message));
    }
}

#[test]
fn a_port_is_implied_by_any_flag_but_zero() {
    for (flag, expected) in [("0", false), ("1", true), ("-1", true), ("2", true)] {
        let encoding = format!(
            "d1:ad2:id20:abcdefghij012345678912:implied_porti{flag}e9:info_hash20:mnopqrstuvwxyz123456\
             4:porti0e5:token0:e1:q13:announce_peer1:t0:1:y1:qe"
        );
        let Ok(Message {
            transaction,
            body:
                Body::Query {
                    query:
                        Query::AnnouncePeer {
                            implied_port, port, ..
                        },
                    ..
                },
            ..
        }) = Message::decode(encoding.as_bytes())
        else {
            panic!("{encoding} is an announcement");
        };
        assert_eq!((implied_port, port), (expected, 0));
        assert_eq!(transaction, b"");
    }
}

#[test]
fn codes_of_errors_are_201_to_204() {
    let codes: Vec<i64> = (-1_000..1_000)
        .filter(|code| ErrorCode::of(*code).is_some())
        .collect();
    assert_eq!(codes, [201, 202, 203, 204]);
    assert!(
        codes
            .iter()
            .all(|code| ErrorCode::of(*code).unwrap() as i64 == *code)
    );
}

fn addresses() -> impl Strategy<Value = Address> {
    any::<[u8; 6]>().prop_map(Address::from_compact)
}

fn short_bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..20)
}

fn bodies() -> impl Strategy<Value = Body> {
    let node = (any::<Identifier>(), addresses()).prop_map(|(id, address)| NodeInfo { id, address });
    let nodes = proptest::option::of(proptest::collection::vec(node, 0..10));
    let values = proptest::option::of(proptest::collection::vec(addresses(), 0..10));
    let token = proptest::option::of(short_bytes());
    let response =
        (any::<Identifier>(), nodes, values, token).prop_map(|(id, nodes, values, token)| Response {
            id,
            nodes,
            values,
            token,
        });
    let announce = (any::<Identifier>(), any::<u16>(), any::<bool>(), short_bytes()).prop_map(
        |(info_hash, port, implied_port, token)| Query::AnnouncePeer {
            info_hash,
            port,
            implied_port,
            token,
        },
    );
    let query = prop_oneof![
        Just(Query::Ping),
        any::<Identifier>().prop_map(|target| Query::FindNode { target }),
        any::<Identifier>().prop_map(|info_hash| Query::GetPeers { info_hash }),
        announce,
    ];
    let codes = (201..=204_i64).prop_map(|code| ErrorCode::of(code).unwrap());
    prop_oneof![
        (any::<Identifier>(), query).prop_map(|(id, query)| Body::Query { id, query }),
        response.prop_map(Body::Response),
        (codes, short_bytes()).prop_map(|(code, text)| Body::Error { code, text }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        transaction in short_bytes(),
        version in proptest::option::of(short_bytes()),
        body in bodies(),
    ) {
        let message = Message { transaction, version, body };
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    /// One byte of a message is changed: it is refused, or it is a message that comes back.
    #[test]
    fn changed_messages_never_panic(body in bodies(), place in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut payload = message(body).encode();
        let place = place.index(payload.len());
        payload[place] = byte;
        if let Ok(message) = Message::decode(&payload) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn any_bytes_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(message) = Message::decode(&payload) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }
}

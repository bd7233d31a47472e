use super::*;
use crate::overlay::krpc::compact::{Address, NodeInfo};
use crate::overlay::krpc::message::{Body, ErrorCode, Message, Query, Response};
use proptest::prelude::*;

const ID: [u8; IDENTIFIER_BYTES] = [0xff; IDENTIFIER_BYTES];
const ADDRESS: Address = Address {
    ip: [11, 0, 0, 1],
    port: 6_881,
};

fn encoded_bytes(body: Body) -> u32 {
    let message = Message {
        transaction: vec![0; TRANSACTION_BYTES as usize],
        version: None,
        body,
    };
    u32::try_from(message.encode().len()).unwrap()
}

fn query_bytes(query: Query) -> u32 {
    encoded_bytes(Body::Query { id: ID, query })
}

fn response_bytes(nodes: Option<u32>, values: Option<u32>, token_bytes: Option<u32>) -> u32 {
    let node = NodeInfo {
        id: ID,
        address: ADDRESS,
    };
    encoded_bytes(Body::Response(Response {
        id: ID,
        nodes: nodes.map(|count| vec![node; count as usize]),
        values: values.map(|count| vec![ADDRESS; count as usize]),
        token: token_bytes.map(|length| vec![b'x'; length as usize]),
    }))
}

#[test]
fn fixed_lengths_are_those_of_the_examples_of_bep_5() {
    // Of the document's encodings; the error's text is "A Generic Error Ocurred".
    assert_eq!(PING_BYTES, 56);
    assert_eq!(BARE_RESPONSE_BYTES, 47);
    assert_eq!(FIND_NODE_BYTES, 92);
    assert_eq!(GET_PEERS_BYTES, 95);
    assert_eq!(announce_peer_bytes(8, 6_881, true), 147);
    assert_eq!(get_peers_response_bytes(None, Some(2), 8), 90);
    assert_eq!(error_bytes(23), 51);
}

#[test]
fn fixed_lengths_are_those_of_the_encodings() {
    let (target, info_hash) = (ID, ID);
    assert_eq!(PING_BYTES, query_bytes(Query::Ping));
    assert_eq!(FIND_NODE_BYTES, query_bytes(Query::FindNode { target }));
    assert_eq!(GET_PEERS_BYTES, query_bytes(Query::GetPeers { info_hash }));
    assert_eq!(
        BARE_RESPONSE_BYTES,
        encoded_bytes(Body::Response(Response::bare(ID)))
    );
}

#[test]
fn lengths_are_right_where_a_number_gets_another_digit() {
    // 3 nodes are 78 bytes and 4 are 104; 38 are 988 and 39 are 1014.
    for nodes in [0, 1, 3, 4, 8, 38, 39, 400] {
        assert_eq!(
            find_node_response_bytes(nodes),
            response_bytes(Some(nodes), None, None)
        );
    }
    for token_bytes in [0, 9, 10, 99, 100] {
        assert_eq!(
            get_peers_response_bytes(None, None, token_bytes),
            response_bytes(None, None, Some(token_bytes))
        );
    }
}

proptest! {
    #[test]
    fn announcements(
        token_bytes in 0..300_u32,
        port in prop_oneof![any::<u16>(), 0..1_100_u16],
        implied_port in any::<bool>(),
    ) {
        let query = Query::AnnouncePeer { info_hash: ID, port, implied_port, token: vec![b'x'; token_bytes as usize] };
        prop_assert_eq!(announce_peer_bytes(token_bytes, port, implied_port), query_bytes(query));
    }

    #[test]
    fn answers_to_find_node(nodes in 0..500_u32) {
        prop_assert_eq!(find_node_response_bytes(nodes), response_bytes(Some(nodes), None, None));
    }

    #[test]
    fn answers_to_get_peers(
        nodes in proptest::option::of(0..100_u32),
        values in proptest::option::of(0..300_u32),
        token_bytes in 0..300_u32,
    ) {
        prop_assert_eq!(
            get_peers_response_bytes(nodes, values, token_bytes),
            response_bytes(nodes, values, Some(token_bytes))
        );
    }

    #[test]
    fn errors(text_bytes in 0..300_u32, code in 201..=204_i64) {
        let code = ErrorCode::of(code).unwrap();
        let body = Body::Error { code, text: vec![b'x'; text_bytes as usize] };
        prop_assert_eq!(error_bytes(text_bytes), encoded_bytes(body));
    }
}

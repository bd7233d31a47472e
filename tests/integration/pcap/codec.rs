//! Every kind of message that the codec knows, as the `bt-dht` dissector of tshark sees it.

use std::fs;

use servent::overlay::krpc::compact::{Address, NodeInfo};
use servent::overlay::krpc::message::{Body, ErrorCode, Message, Query, Response};
use servent::overlay::krpc::packet::{self, Datagram};
use servent::overlay::krpc::{Identifier, address, node_id};

use super::dissect;

/// What tshark tells of each packet, in this order: the headers, what the dissector makes of the payload, complaints.
const FIELDS: [&str; 18] = [
    "frame.time_epoch",
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ip.checksum.status",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "udp.checksum.status",
    "bt-dht.bencoded.string",
    "bt-dht.bencoded.int",
    "bt-dht.id",
    "bt-dht.ip",
    "bt-dht.port",
    "bt-dht.truncated_data",
    "bt-dht.invalid_length",
    "_ws.malformed",
    "_ws.expert.message",
];

/// A message, and what the dissector should find in it: byte strings (those that are no text in hexadecimal), integers, and
/// the nodes' identifiers, addresses and ports.
struct Case {
    message: Message,
    found: [String; 5],
}

fn id(peer: u32) -> Identifier {
    node_id::bound(address::of_peer(peer).ip, [0x61; 20])
}

fn hexadecimal(bytes: &[u8]) -> String {
    let append = |text: String, byte: &u8| text + &format!("{byte:02x}");
    bytes.iter().fold(String::new(), append)
}

fn cases() -> Vec<Case> {
    let case = |body, strings: &str, others: [&str; 4]| {
        let [integers, ids, addresses, ports] = others.map(str::to_owned);
        Case {
            message: Message {
                transaction: b"aa".to_vec(),
                version: None,
                body,
            },
            found: [format!("{strings}6161,y,"), integers, ids, addresses, ports],
        }
    };
    let (asker, answerer) = (hexadecimal(&id(0)), hexadecimal(&id(1)));
    let (hash, hash_text) = (*b"mnopqrstuvwxyz123456", hexadecimal(b"mnopqrstuvwxyz123456"));
    let (token, token_text) = (b"aoeusnth", hexadecimal(b"aoeusnth"));
    let query = |query, strings: &str, integers| {
        let strings = format!("a,id,{asker},{strings},t,");
        let mut case = case(Body::Query { id: id(0), query }, &strings, [integers, "", "", ""]);
        case.found[0].push('q');
        case
    };
    let response = |response, strings: &str, others| {
        let mut case = case(
            Body::Response(response),
            &format!("r,id,{answerer},{strings}t,"),
            others,
        );
        case.found[0].push('r');
        case
    };
    let node = |peer| NodeInfo {
        id: id(peer),
        address: address::of_peer(peer),
    };
    let far = Address {
        ip: [99, 1, 2, 3],
        port: 80,
    };
    let announce = |port, implied_port| Query::AnnouncePeer {
        info_hash: hash,
        port,
        implied_port,
        token: token.to_vec(),
    };
    let bare = Response::bare(id(1));
    let three = [5, 254, 9_999_999];
    let mut versioned = query(Query::Ping, "q,ping", "");
    versioned.message.version = Some(b"SV01".to_vec());
    versioned.found[0] = versioned.found[0].replace("6161,y", "6161,v,53563031,y");
    let mut refusal = case(
        Body::Error {
            code: ErrorCode::Protocol,
            text: b"Bad token".to_vec(),
        },
        "",
        ["203", "", "", ""],
    );
    // Of an error the dissector shows the list only.
    "e,Bad token".clone_into(&mut refusal.found[0]);
    vec![
        query(Query::Ping, "q,ping", ""),
        response(bare.clone(), "", [""; 4]),
        query(
            Query::FindNode { target: hash },
            &format!("target,{hash_text},q,find_node"),
            "",
        ),
        response(
            Response {
                nodes: Some(three.map(node).to_vec()),
                ..bare.clone()
            },
            "nodes,",
            [
                "",
                &three.map(|peer| hexadecimal(&id(peer))).join(","),
                "11.0.0.6,11.0.1.1,11.153.202.20",
                "6881,6881,6881",
            ],
        ),
        query(
            Query::GetPeers { info_hash: hash },
            &format!("info_hash,{hash_text},q,get_peers"),
            "",
        ),
        response(
            Response {
                values: Some(vec![far, address::of_peer(9)]),
                token: Some(token.to_vec()),
                ..bare.clone()
            },
            &format!("token,{token_text},values,"),
            ["", "", "99.1.2.3,11.0.0.10", "80,6881"],
        ),
        response(
            Response {
                nodes: Some(vec![node(5)]),
                values: Some(vec![far]),
                token: Some(token.to_vec()),
                ..bare
            },
            &format!("nodes,token,{token_text},values,"),
            ["", &hexadecimal(&id(5)), "11.0.0.6,99.1.2.3", "6881,80"],
        ),
        query(
            announce(6_881, true),
            &format!("implied_port,info_hash,{hash_text},port,token,{token_text},q,announce_peer"),
            "1,6881",
        ),
        query(
            announce(70, false),
            &format!("info_hash,{hash_text},port,token,{token_text},q,announce_peer"),
            "70",
        ),
        refusal,
        versioned,
    ]
}

#[test]
fn tshark_finds_what_was_put_into_a_capture() {
    let mut capture = packet::file_header().to_vec();
    let mut expected = Vec::new();
    for (number, Case { message, found }) in (0_u32..).zip(cases()) {
        let payload = message.encode();
        let (time_s, rest_ns) = (u64::from(number), number + 1);
        let datagram = Datagram {
            time_ns: time_s * 1_000_000_000 + u64::from(rest_ns),
            source: number,
            target: 254 * 300 + number,
            payload: &payload,
        };
        datagram.append_to(&mut capture).unwrap();
        let (host, udp_bytes) = (number + 1, payload.len() + 8);
        // A status of 1 is a checksum that is right.
        expected.push(format!(
            "{time_s}.{rest_ns:09}|raw:ip:udp:bt-dht|11.0.0.{host}|11.1.44.{host}|1|6881|6881|{udp_bytes}|1|{}||||",
            found.join("|")
        ));
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), capture).unwrap();
    if let Some(lines) = dissect(file.path(), &FIELDS) {
        assert_eq!(lines, expected);
    }
}

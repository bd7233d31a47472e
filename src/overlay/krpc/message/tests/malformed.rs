//! Bencoded or nearly so, but no messages of BEP 5.

use super::*;

/// The error that a payload gives.
fn error(payload: &str) -> MessageError {
    match Message::decode(payload.as_bytes()) {
        Err(error) => error,
        Ok(message) => panic!("{payload} is {message:?}"),
    }
}

fn check(cases: &[(&str, MessageError)]) {
    for (payload, expected) in cases {
        assert_eq!(error(payload), *expected, "{payload}");
    }
}

fn missing(key: &'static str) -> MessageError {
    MessageError::MissingKey { key }
}

fn wrong_type(key: &'static str, expected: &'static str, found: &'static str) -> MessageError {
    MessageError::WrongType { key, expected, found }
}

fn wrong_length(key: &'static str, expected_bytes: usize, length_bytes: usize) -> MessageError {
    MessageError::WrongLength {
        key,
        expected_bytes,
        length_bytes,
    }
}

#[test]
fn what_is_not_bencoded_or_no_dictionary() {
    let bencode = |offset, fault| MessageError::Bencode(BencodeError { offset, fault });
    let kind = |found| MessageError::NotADictionary { found };
    check(&[
        ("", bencode(0, Fault::Truncated)),
        ("GET / HTTP/1.1", bencode(0, Fault::UnexpectedByte { byte: b'G' })),
        ("d1:t2:aa1:y1:q", bencode(14, Fault::Truncated)),
        ("d1:t2:aa1:y1:qe\n", bencode(15, Fault::Trailing)),
        ("d1:y1:q1:t2:aae", bencode(7, Fault::UnsortedKey)),
        ("d1:t2:aa1:t2:aa1:y1:qe", bencode(8, Fault::RepeatedKey)),
        ("0:", kind("byte string")),
        ("i201e", kind("integer")),
        ("le", kind("list")),
    ]);
}

#[test]
fn what_lacks_or_confuses_the_keys_of_every_message() {
    let unknown = |kind: &str| MessageError::UnknownKind {
        kind: kind.as_bytes().to_vec(),
    };
    check(&[
        ("de", missing("t")),
        ("d1:y1:qe", missing("t")),
        ("d1:ti7e1:y1:qe", wrong_type("t", "byte string", "integer")),
        ("d1:t2:aa1:vi7e1:y1:qe", wrong_type("v", "byte string", "integer")),
        ("d1:t2:aae", missing("y")),
        ("d1:t2:aa1:yi1ee", wrong_type("y", "byte string", "integer")),
        ("d1:t2:aa1:y0:e", unknown("")),
        ("d1:t2:aa1:y1:Qe", unknown("Q")),
        ("d1:t2:aa1:y2:qqe", unknown("qq")),
    ]);
}

#[test]
fn queries() {
    // What stands in `a` after the identifier, and the method.
    let query = |arguments: &str, method: &str| {
        let length = method.len();
        format!("d1:ad2:id20:abcdefghij0123456789{arguments}e1:q{length}:{method}1:t2:aa1:y1:qe")
    };
    check(&[
        ("d1:t2:aa1:y1:qe", missing("q")),
        ("d1:qi1e1:t2:aa1:y1:qe", wrong_type("q", "byte string", "integer")),
        ("d1:q4:ping1:t2:aa1:y1:qe", missing("a")),
        (
            "d1:ale1:q4:ping1:t2:aa1:y1:qe",
            wrong_type("a", "dictionary", "list"),
        ),
        ("d1:ade1:q4:ping1:t2:aa1:y1:qe", missing("a.id")),
        (
            "d1:ad2:idi1ee1:q4:ping1:t2:aa1:y1:qe",
            wrong_type("a.id", "byte string", "integer"),
        ),
        (
            "d1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe",
            wrong_length("a.id", 20, 19),
        ),
    ]);
    let hash = "9:info_hash20:mnopqrstuvwxyz123456";
    let unknown = |method: &str| MessageError::UnknownMethod {
        method: method.as_bytes().to_vec(),
    };
    let port = |number| MessageError::NotAPort {
        key: "a.port",
        number,
    };
    let cases: [(String, &str, MessageError); 18] = [
        (String::new(), "", unknown("")),
        (String::new(), "PING", unknown("PING")),
        (hash.to_owned(), "get", unknown("get")),
        (String::new(), "find_node", missing("a.target")),
        (hash.to_owned(), "find_node", missing("a.target")),
        (
            "6:target0:".to_owned(),
            "find_node",
            wrong_length("a.target", 20, 0),
        ),
        (
            "6:target21:mnopqrstuvwxyz1234567".to_owned(),
            "find_node",
            wrong_length("a.target", 20, 21),
        ),
        (
            "6:targetle".to_owned(),
            "find_node",
            wrong_type("a.target", "byte string", "list"),
        ),
        (String::new(), "get_peers", missing("a.info_hash")),
        (
            "9:info_hash1:x".to_owned(),
            "get_peers",
            wrong_length("a.info_hash", 20, 1),
        ),
        (
            "4:porti1e5:token0:".to_owned(),
            "announce_peer",
            missing("a.info_hash"),
        ),
        (format!("{hash}5:token0:"), "announce_peer", missing("a.port")),
        (format!("{hash}4:porti1e"), "announce_peer", missing("a.token")),
        (format!("{hash}4:porti-1e5:token0:"), "announce_peer", port(-1)),
        (
            format!("{hash}4:porti65536e5:token0:"),
            "announce_peer",
            port(65_536),
        ),
        (
            format!("{hash}4:port4:68815:token0:"),
            "announce_peer",
            wrong_type("a.port", "integer", "byte string"),
        ),
        (
            format!("{hash}4:porti1e5:tokende"),
            "announce_peer",
            wrong_type("a.token", "byte string", "dictionary"),
        ),
        (
            format!("12:implied_port1:1{hash}4:porti1e5:token0:"),
            "announce_peer",
            wrong_type("a.implied_port", "integer", "byte string"),
        ),
    ];
    for (arguments, method, expected) in cases {
        let payload = query(&arguments, method);
        assert_eq!(error(&payload), expected, "{payload}");
    }
}

#[test]
fn responses() {
    // What stands in `r` after the identifier.
    let response = |entries: &str| format!("d1:rd2:id20:abcdefghij0123456789{entries}e1:t2:aa1:y1:re");
    check(&[
        ("d1:t2:aa1:y1:re", missing("r")),
        (
            "d1:r0:1:t2:aa1:y1:re",
            wrong_type("r", "dictionary", "byte string"),
        ),
        ("d1:rde1:t2:aa1:y1:re", missing("r.id")),
        ("d1:rd2:id0:e1:t2:aa1:y1:re", wrong_length("r.id", 20, 0)),
    ]);
    let multiple = |length_bytes| MessageError::WrongMultiple {
        key: "r.nodes",
        unit_bytes: 26,
        length_bytes,
    };
    let cases = [
        ("5:nodes9:def456...", multiple(9)),
        ("5:nodes27:0123456789abcdefghijaxje.ux", multiple(27)),
        ("5:nodesle", wrong_type("r.nodes", "byte string", "list")),
        ("5:tokeni1e", wrong_type("r.token", "byte string", "integer")),
        ("6:values6:axje.u", wrong_type("r.values", "list", "byte string")),
        ("6:valuesl5:axje.e", wrong_length("r.values[]", 6, 5)),
        ("6:valuesl6:axje.u7:idhtnmse", wrong_length("r.values[]", 6, 7)),
        (
            "6:valuesli6881ee",
            wrong_type("r.values[]", "byte string", "integer"),
        ),
    ];
    for (entries, expected) in cases {
        let payload = response(entries);
        assert_eq!(error(&payload), expected, "{payload}");
    }
}

#[test]
fn errors() {
    let count = |found| MessageError::WrongCount {
        key: "e",
        expected: 2,
        found,
    };
    let unknown = |code| MessageError::UnknownErrorCode { code };
    check(&[
        ("d1:t2:aa1:y1:ee", missing("e")),
        ("d1:e3:2011:t2:aa1:y1:ee", wrong_type("e", "list", "byte string")),
        ("d1:ele1:t2:aa1:y1:ee", count(0)),
        ("d1:eli201ee1:t2:aa1:y1:ee", count(1)),
        ("d1:eli201e1:x1:ye1:t2:aa1:y1:ee", count(3)),
        (
            "d1:el3:2011:xe1:t2:aa1:y1:ee",
            wrong_type("e[0]", "integer", "byte string"),
        ),
        (
            "d1:eli201ei1ee1:t2:aa1:y1:ee",
            wrong_type("e[1]", "byte string", "integer"),
        ),
        ("d1:eli200e1:xe1:t2:aa1:y1:ee", unknown(200)),
        ("d1:eli205e1:xe1:t2:aa1:y1:ee", unknown(205)),
    ]);
}

#[test]
fn errors_can_be_read() {
    let cases = [
        ("x", "not bencoded: byte 0: the byte 0x78 cannot stand here"),
        ("le", "the message is of type list, not dictionary"),
        ("d1:t2:aa1:y1:\u{7}e", "a message of kind `\\x07`"),
        ("d1:ti7e1:y1:qe", "`t` is of type integer, not byte string"),
    ];
    for (payload, text) in cases {
        assert_eq!(error(payload).to_string(), text);
    }
}

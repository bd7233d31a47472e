//! The examples of BEP 5 and the test vectors of BEP 42, where the files are at hand.

use crate::overlay::krpc::bencode::Value;
use crate::overlay::krpc::message::{Message, MessageError};
use crate::overlay::krpc::{Identifier, node_id};

/// The rows of a file of vectors, or `None`, with a word about it.
fn rows(name: &str) -> Option<Vec<csv::StringRecord>> {
    let path = format!("{}/../shared/data/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    let rows = csv::Reader::from_reader(bytes.as_slice()).into_records();
    Some(rows.map(Result::unwrap).collect())
}

/// The value that JSON writes down: strings are byte strings.
fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::String(text) => Value::bytes(text),
        serde_json::Value::Number(number) => Value::Integer(number.as_i64().unwrap()),
        serde_json::Value::Array(values) => Value::List(values.iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => Value::dictionary(
            entries
                .iter()
                .map(|(key, value)| (key.as_str(), from_json(value))),
        ),
        other => panic!("{other} cannot be bencoded"),
    }
}

#[test]
fn the_examples_of_bep_5_byte_for_byte() {
    let Some(rows) = rows("bep5-krpc.csv") else { return };
    assert_eq!(rows.len(), 10);
    let mut typed = 0;
    for row in &rows {
        let (name, dictionary, encoding) = (&row[0], &row[1], &row[2]);
        let value = from_json(&serde_json::from_str(dictionary).unwrap());
        assert_eq!(value.encode().escape_ascii().to_string(), encoding, "{name}");
        assert_eq!(Value::decode(encoding.as_bytes()), Ok(value), "{name}");

        match Message::decode(encoding.as_bytes()) {
            Ok(message) => {
                typed += 1;
                assert_eq!(message.encode().escape_ascii().to_string(), encoding, "{name}");
            }
            // The document cuts node info short where it has `def456...`, which no node could read.
            Err(error) => {
                let cut_short = MessageError::WrongMultiple {
                    key: "r.nodes",
                    unit_bytes: 26,
                    length_bytes: 9,
                };
                assert!(dictionary.contains("def456..."), "{name}: {error}");
                assert_eq!(error, cut_short, "{name}");
            }
        }
    }
    assert_eq!(typed, 8);
}

#[test]
fn the_vectors_of_bep_42() {
    let Some(rows) = rows("bep42-node-id.csv") else {
        return;
    };
    assert_eq!(rows.len(), 5);
    for row in &rows {
        let bytes: Vec<u8> = row[0].split('.').map(|byte| byte.parse().unwrap()).collect();
        let ip: [u8; 4] = bytes.try_into().unwrap();
        let last_byte: u8 = row[1].parse().unwrap();
        let id: Identifier =
            std::array::from_fn(|place| u8::from_str_radix(&row[2][2 * place..][..2], 16).unwrap());
        assert_eq!((row[2].len(), id[19]), (40, last_byte), "{row:?}");

        assert!(node_id::is_bound(&id, ip), "{row:?}");
        // Only 21 bits and the last byte are bound; with the vector's own for the others, all come out equal.
        assert_eq!(node_id::bound(ip, id), id, "{row:?}");
        let mut zeros = [0; 20];
        zeros[19] = last_byte;
        let other = node_id::bound(ip, zeros);
        assert_eq!(
            (other[..2].to_vec(), other[2]),
            (id[..2].to_vec(), id[2] & 0xf8),
            "{row:?}"
        );
        // Of the next address, one that differs in a bit that counts.
        assert!(
            !node_id::is_bound(&id, [ip[0], ip[1], ip[2], ip[3] ^ 1]),
            "{row:?}"
        );
    }
}

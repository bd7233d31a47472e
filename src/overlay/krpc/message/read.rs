//! From bytes to a message, with every type, length and range checked.

use super::{Body, ErrorCode, Message, MessageError, Query, Response};
use crate::overlay::krpc::bencode::{Dictionary, Value};
use crate::overlay::krpc::compact::{Address, NODE_BYTES, NodeInfo};

type Result<T> = std::result::Result<T, MessageError>;

/// Reads a message.
pub(super) fn message(payload: &[u8]) -> Result<Message> {
    let mut entries = match Value::decode(payload)? {
        Value::Dictionary(entries) => entries,
        other => return Err(MessageError::NotADictionary { found: other.kind() }),
    };
    let entries = &mut entries;
    Ok(Message {
        transaction: required(entries, "t", bytes)?,
        version: optional(entries, "v", bytes)?,
        body: body(entries)?,
    })
}

fn body(entries: &mut Dictionary) -> Result<Body> {
    let kind = required(entries, "y", bytes)?;
    match kind.as_slice() {
        b"q" => {
            let method = required(entries, "q", bytes)?;
            let arguments = &mut required(entries, "a", dictionary)?;
            Ok(Body::Query {
                id: required(arguments, "a.id", array)?,
                query: query(method, arguments)?,
            })
        }
        b"r" => {
            let answer = &mut required(entries, "r", dictionary)?;
            Ok(Body::Response(Response {
                id: required(answer, "r.id", array)?,
                nodes: optional(answer, "r.nodes", nodes)?,
                values: optional(answer, "r.values", values)?,
                token: optional(answer, "r.token", bytes)?,
            }))
        }
        b"e" => required(entries, "e", error),
        _ => Err(MessageError::UnknownKind { kind }),
    }
}

fn query(method: Vec<u8>, arguments: &mut Dictionary) -> Result<Query> {
    match method.as_slice() {
        b"ping" => Ok(Query::Ping),
        b"find_node" => Ok(Query::FindNode {
            target: required(arguments, "a.target", array)?,
        }),
        b"get_peers" => Ok(Query::GetPeers {
            info_hash: required(arguments, "a.info_hash", array)?,
        }),
        b"announce_peer" => Ok(Query::AnnouncePeer {
            info_hash: required(arguments, "a.info_hash", array)?,
            port: required(arguments, "a.port", port)?,
            implied_port: optional(arguments, "a.implied_port", integer)?.is_some_and(|number| number != 0),
            token: required(arguments, "a.token", bytes)?,
        }),
        _ => Err(MessageError::UnknownMethod { method }),
    }
}

/// Takes the value of a key out of its dictionary and reads it. `key` is the way to it, of which the last part counts here.
fn optional<T>(
    entries: &mut Dictionary,
    key: &'static str,
    read: fn(&'static str, Value) -> Result<T>,
) -> Result<Option<T>> {
    let name = key.rsplit('.').next().unwrap_or(key);
    let value = entries.remove(name.as_bytes());
    value.map(|value| read(key, value)).transpose()
}

fn required<T>(
    entries: &mut Dictionary,
    key: &'static str,
    read: fn(&'static str, Value) -> Result<T>,
) -> Result<T> {
    optional(entries, key, read)?.ok_or(MessageError::MissingKey { key })
}

fn wrong_type(key: &'static str, expected: &'static str, found: &Value) -> MessageError {
    MessageError::WrongType {
        key,
        expected,
        found: found.kind(),
    }
}

fn bytes(key: &'static str, value: Value) -> Result<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        other => Err(wrong_type(key, "byte string", &other)),
    }
}

fn integer(key: &'static str, value: Value) -> Result<i64> {
    match value {
        Value::Integer(number) => Ok(number),
        other => Err(wrong_type(key, "integer", &other)),
    }
}

fn list(key: &'static str, value: Value) -> Result<Vec<Value>> {
    match value {
        Value::List(values) => Ok(values),
        other => Err(wrong_type(key, "list", &other)),
    }
}

fn dictionary(key: &'static str, value: Value) -> Result<Dictionary> {
    match value {
        Value::Dictionary(entries) => Ok(entries),
        other => Err(wrong_type(key, "dictionary", &other)),
    }
}

/// A byte string of exactly this length.
fn array<const LENGTH_BYTES: usize>(key: &'static str, value: Value) -> Result<[u8; LENGTH_BYTES]> {
    let bytes = bytes(key, value)?;
    <[u8; LENGTH_BYTES]>::try_from(bytes).map_err(|bytes| MessageError::WrongLength {
        key,
        expected_bytes: LENGTH_BYTES,
        length_bytes: bytes.len(),
    })
}

fn port(key: &'static str, value: Value) -> Result<u16> {
    let number = integer(key, value)?;
    u16::try_from(number).map_err(|_| MessageError::NotAPort { key, number })
}

fn nodes(key: &'static str, value: Value) -> Result<Vec<NodeInfo>> {
    let bytes = bytes(key, value)?;
    let (nodes, rest) = bytes.as_chunks::<NODE_BYTES>();
    if !rest.is_empty() {
        return Err(MessageError::WrongMultiple {
            key,
            unit_bytes: NODE_BYTES,
            length_bytes: bytes.len(),
        });
    }
    Ok(nodes.iter().copied().map(NodeInfo::from_compact).collect())
}

fn values(key: &'static str, value: Value) -> Result<Vec<Address>> {
    let peer = |value| array("r.values[]", value).map(Address::from_compact);
    list(key, value)?.into_iter().map(peer).collect()
}

/// The list of an error: its code and its text.
fn error(key: &'static str, value: Value) -> Result<Body> {
    let elements = list(key, value)?;
    let [code, text] = <[Value; 2]>::try_from(elements).map_err(|elements| MessageError::WrongCount {
        key,
        expected: 2,
        found: elements.len(),
    })?;
    let code = integer("e[0]", code)?;
    Ok(Body::Error {
        code: ErrorCode::of(code).ok_or(MessageError::UnknownErrorCode { code })?,
        text: bytes("e[1]", text)?,
    })
}

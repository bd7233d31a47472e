//! From a message to its bencoded dictionary.

use super::{Body, Message, Query, Response};
use crate::overlay::krpc::Identifier;
use crate::overlay::krpc::bencode::Value;
use crate::overlay::krpc::compact::{Address, NodeInfo};

type Entry = (&'static str, Value);

/// The dictionary.
pub(super) fn value(message: &Message) -> Value {
    let mut entries = vec![("t", Value::bytes(&message.transaction))];
    entries.extend(optional("v", message.version.as_ref().map(Value::bytes)));
    match &message.body {
        Body::Query { id, query } => entries.extend([
            ("y", Value::bytes("q")),
            ("q", Value::bytes(method(query))),
            ("a", arguments(id, query)),
        ]),
        Body::Response(response) => {
            entries.extend([("y", Value::bytes("r")), ("r", answer(response))]);
        }
        Body::Error { code, text } => {
            let error = vec![Value::Integer(*code as i64), Value::bytes(text)];
            entries.extend([("y", Value::bytes("e")), ("e", Value::List(error))]);
        }
    }
    Value::dictionary(entries)
}

fn optional(key: &'static str, value: Option<Value>) -> Option<Entry> {
    value.map(|value| (key, value))
}

fn method(query: &Query) -> &'static str {
    match query {
        Query::Ping => "ping",
        Query::FindNode { .. } => "find_node",
        Query::GetPeers { .. } => "get_peers",
        Query::AnnouncePeer { .. } => "announce_peer",
    }
}

fn arguments(id: &Identifier, query: &Query) -> Value {
    let mut entries = vec![("id", Value::bytes(id))];
    match query {
        Query::Ping => {}
        Query::FindNode { target } => entries.push(("target", Value::bytes(target))),
        Query::GetPeers { info_hash } => entries.push(("info_hash", Value::bytes(info_hash))),
        Query::AnnouncePeer {
            info_hash,
            port,
            implied_port,
            token,
        } => {
            entries.extend([
                ("info_hash", Value::bytes(info_hash)),
                ("port", Value::Integer(i64::from(*port))),
                ("token", Value::bytes(token)),
            ]);
            entries.extend(implied_port.then_some(("implied_port", Value::Integer(1))));
        }
    }
    Value::dictionary(entries)
}

fn answer(response: &Response) -> Value {
    let mut entries = vec![("id", Value::bytes(response.id))];
    entries.extend(optional("nodes", response.nodes.as_deref().map(compact_nodes)));
    entries.extend(optional("values", response.values.as_deref().map(compact_peers)));
    entries.extend(optional("token", response.token.as_ref().map(Value::bytes)));
    Value::dictionary(entries)
}

/// One byte string for all.
fn compact_nodes(nodes: &[NodeInfo]) -> Value {
    Value::Bytes(nodes.iter().flat_map(|node| node.to_compact()).collect())
}

/// A list with a byte string for each.
fn compact_peers(peers: &[Address]) -> Value {
    Value::List(peers.iter().map(|peer| Value::bytes(peer.to_compact())).collect())
}

//! Messages as the packets that they are charged as, for captures.

use super::Kademlia;
use super::sizes::TOKEN_BYTES;
use crate::engine::PeerId;
use crate::overlay::dht::message::{Content, Guidance, Message, Posting, Values};
use crate::overlay::dht::store::Known;
use crate::overlay::dht::{Directory, NodeId};
use crate::overlay::krpc::address::{self, PORT};
use crate::overlay::krpc::compact::{Address, NodeInfo};
use crate::overlay::krpc::message as krpc;
use sha1::{Digest, Sha1};

/// A message as a node of the mainline DHT would send it (BEP 5): it is as long as [`super::sizes`] charges.
///
/// `None` for what BEP 5 has no words for, which is charged as something that carries as much: lookups that nodes pass on and
/// how they arrive, call backs, values, everything about words, and storing anything but the sender's own address, alone. An answer to one of these that
/// only says who answers is like any other.
pub(super) fn encoded(message: &Message<Kademlia>, directory: &Directory) -> Option<Vec<u8>> {
    let id = directory.identifier(message.from).to_bytes();
    let query = |query| krpc::Body::Query { id, query };
    let bare = krpc::Response::bare(id);
    let body = match &message.content {
        Content::Ping => query(krpc::Query::Ping),
        Content::FindNode(key) => query(krpc::Query::FindNode {
            target: key.to_bytes(),
        }),
        Content::FindValue(key) => query(krpc::Query::GetPeers {
            info_hash: key.to_bytes(),
        }),
        Content::Store(posting) => query(announcement(posting, message, directory)?),
        Content::Pong => krpc::Body::Response(bare),
        Content::Nodes(guidance) => krpc::Body::Response(krpc::Response {
            nodes: Some(nodes(guidance, directory)),
            ..bare
        }),
        Content::Values(values) if matches!(values.known, Known::Value(_) | Known::Items(_)) => return None,
        Content::Values(values) => krpc::Body::Response(krpc::Response {
            nodes: Some(nodes(&values.guidance, directory)),
            values: addresses(values),
            token: Some(token(message.to, message.from, directory)),
            ..bare
        }),
        Content::Route(_)
        | Content::Taken
        | Content::Arrived(_)
        | Content::CallBack(_)
        | Content::FindItems(_)
        | Content::Join(_)
        | Content::Joined(_) => return None,
        Content::Own(never) => match *never {},
    };
    let [.., high, low] = message.ticket.to_be_bytes();
    let message = krpc::Message {
        transaction: vec![high, low],
        version: None,
        body,
    };
    Some(message.encode())
}

/// Whoever announces is the one that the receiver notes down (BEP 5, "announce_peer"): nobody can do it for another.
fn announcement(
    posting: &Posting,
    message: &Message<Kademlia>,
    directory: &Directory,
) -> Option<krpc::Query> {
    let is_own = |peer: PeerId| peer == directory.peer_of(message.from);
    match posting.deposit.holders() {
        [(holder, _)] if is_own(holder.peer) => Some(krpc::Query::AnnouncePeer {
            info_hash: posting.key.to_bytes(),
            port: PORT,
            implied_port: false,
            token: token(message.from, message.to, directory),
        }),
        _ => None,
    }
}

fn nodes(guidance: &Guidance, directory: &Directory) -> Vec<NodeInfo> {
    let info = |node: &NodeId| NodeInfo {
        id: directory.identifier(*node).to_bytes(),
        address: address::of_peer(directory.peer_of(*node).0),
    };
    guidance.closer.iter().chain(&guidance.owners).map(info).collect()
}

/// Who holds it; nothing at all where nobody is known to.
fn addresses(values: &Values) -> Option<Vec<Address>> {
    let holders = values.known.holders();
    let addresses = holders.iter().map(|holder| address::of_peer(holder.peer.0));
    (!holders.is_empty()).then(|| addresses.collect())
}

/// What an answerer gives an asker to announce with: BEP 5 ("announce_peer") leaves to nodes what they make of the asker's
/// address and a secret. Here both identifiers take part, and no secret, since nobody forges.
fn token(asker: NodeId, answerer: NodeId, directory: &Directory) -> Vec<u8> {
    let mut hash = Sha1::new();
    for node in [asker, answerer] {
        hash.update(directory.identifier(node).to_bytes());
    }
    hash.finalize()[..TOKEN_BYTES as usize].to_vec()
}

#[cfg(test)]
mod tests;

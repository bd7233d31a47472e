//! What nodes of a Chord ring send each other to keep it.

use super::settings::Settings;
use crate::overlay::dht::NodeId;
use crate::overlay::dht::message::{Content, mixed_nodes};

/// A node's neighbours on the ring, as it sees them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Neighbours {
    /// The one before it, if it knows any.
    pub predecessor: Option<NodeId>,
    /// Those after it, the next first.
    pub successors: Vec<NodeId>,
}

/// A message of the ring's upkeep.
#[derive(Clone, Debug)]
pub enum Body {
    /// Request: who are your neighbours?
    AskNeighbours,
    /// Answer to it.
    Neighbours(Box<Neighbours>),
    /// I may be your predecessor.
    Notify,
    /// I am leaving: these were my neighbours.
    Leave(Box<Neighbours>),
}

/// Names of the kinds of [`Body`], in its order.
pub const KINDS: [&str; 4] = ["AskNeighbours", "Neighbours", "Notify", "Leave"];

impl Body {
    /// Position in [`KINDS`].
    pub fn kind(&self) -> usize {
        match self {
            Self::AskNeighbours => 0,
            Self::Neighbours(_) => 1,
            Self::Notify => 2,
            Self::Leave(_) => 3,
        }
    }

    /// What it means, for the digest.
    pub fn fingerprint(&self) -> u64 {
        match self {
            Self::AskNeighbours | Self::Notify => 0,
            Self::Neighbours(neighbours) | Self::Leave(neighbours) => {
                let before = neighbours.predecessor.map_or(0, |node| u64::from(node.0) + 1);
                mixed_nodes(before, &neighbours.successors)
            }
        }
    }

    fn entries(&self) -> usize {
        match self {
            Self::AskNeighbours | Self::Notify => 0,
            Self::Neighbours(neighbours) | Self::Leave(neighbours) => {
                neighbours.successors.len() + usize::from(neighbours.predecessor.is_some())
            }
        }
    }
}

/// Size of a message on the wire, bytes, a value, words and lists of items in it apart: p2psim's convention of so many bytes for a message and so many more
/// for every identifier or address in it (Li, Stribling, Morris, Kaashoek and Gil 2005, section 3).
pub fn size_bytes(content: &Content<Body>, settings: &Settings) -> u32 {
    let entries = match content {
        Content::FindNode(_)
        | Content::FindValue(_)
        | Content::FindItems(_)
        | Content::CallBack(_)
        | Content::Joined(_) => 1,
        Content::Nodes(guidance) => guidance.entries(),
        Content::Values(values) => values.known.holders().len() + values.guidance.entries(),
        Content::Store(posting) => 1 + posting.deposit.holders().len(),
        // The key, and the origin with its number.
        Content::Route(_) => 3,
        Content::Arrived(arrival) => 2 + arrival.owners.len(),
        // The origin, and every word's key and node.
        Content::Join(join) => 1 + 2 * join.words.len(),
        Content::Taken | Content::Ping | Content::Pong => 0,
        Content::Own(body) => body.entries(),
    };
    let entries = u32::try_from(entries).expect("a message carries fewer than 2^32 entries");
    settings.header_bytes + entries * settings.entry_bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::chord::tests::SETTINGS;
    use crate::overlay::dht::Identifier;
    use crate::overlay::dht::message::Guidance;

    #[test]
    fn messages_pay_for_what_they_carry() {
        let check = |content: Content<Body>, expect| assert_eq!(size_bytes(&content, &SETTINGS), expect);
        let nodes = |count| (0..count).map(NodeId).collect::<Vec<NodeId>>();
        let neighbours = |predecessor| {
            Box::new(Neighbours {
                predecessor,
                successors: nodes(3),
            })
        };
        check(Content::Ping, 20);
        check(Content::FindNode(Identifier::ZERO), 24);
        let guidance = Guidance {
            closer: nodes(5),
            owners: nodes(2),
        };
        check(Content::Nodes(Box::new(guidance)), 48);
        check(Content::Own(Body::Notify), 20);
        check(Content::Own(Body::Neighbours(neighbours(None))), 32);
        check(Content::Own(Body::Leave(neighbours(Some(NodeId(9))))), 36);
    }
}

//! Who has which identifier: made once for a run, read-only.
//!
//! A contact in a routing table or in a message is a node's number. On the wire it carries the identifier and the address,
//! and so a node may look up the identifier of any node that it was told of; it may not look for nodes here. What is in
//! order of identifiers is for observers and for building networks that have converged.

use super::identifier::{Identifier, WIDTH_MAX};
use crate::engine::PeerId;
use std::fmt;

/// Number of a node: a peer's virtual nodes follow one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

impl NodeId {
    /// As an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Two nodes that have one identifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nodes {0} and {1} have the same identifier: no lookup could tell them apart")]
pub struct DuplicateIdentifier(pub u32, pub u32);

/// The identifiers of all nodes.
#[derive(Clone)]
pub struct Directory {
    width: u32,
    nodes_per_peer: u32,
    identifiers: Vec<Identifier>,
    /// The first bits of each: they nearly always say what is closer, and more of them fit the caches.
    first_bits: Vec<u64>,
    /// All nodes in order of identifiers.
    order: Vec<NodeId>,
}

impl Directory {
    /// A directory of nodes whose identifiers of `width` bits are given by number, `nodes_per_peer` to a peer.
    ///
    /// # Errors
    /// When two nodes have one identifier.
    ///
    /// # Panics
    /// When `width` is not 1 to 160, or the last peer has fewer nodes than the others.
    pub fn new(
        width: u32,
        nodes_per_peer: u32,
        identifiers: Vec<Identifier>,
    ) -> Result<Self, DuplicateIdentifier> {
        assert!((1..=WIDTH_MAX).contains(&width), "identifiers have 1 to 160 bits");
        let nodes = u32::try_from(identifiers.len()).expect("there are fewer than 2^32 nodes");
        assert!(
            nodes_per_peer > 0 && nodes.is_multiple_of(nodes_per_peer),
            "every peer has as many nodes"
        );
        let mut order: Vec<NodeId> = (0..nodes).map(NodeId).collect();
        order.sort_unstable_by_key(|node| (identifiers[node.index()], *node));
        let twins = order
            .windows(2)
            .find(|pair| identifiers[pair[0].index()] == identifiers[pair[1].index()]);
        if let Some(twins) = twins {
            return Err(DuplicateIdentifier(twins[0].0, twins[1].0));
        }
        Ok(Self {
            width,
            nodes_per_peer,
            first_bits: identifiers.iter().map(|one| one.first_bits()).collect(),
            identifiers,
            order,
        })
    }

    /// Bits of an identifier.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Virtual nodes of every peer.
    pub fn nodes_per_peer(&self) -> u32 {
        self.nodes_per_peer
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.identifiers.len()
    }

    /// Identifier of a node.
    #[inline]
    pub fn identifier(&self, node: NodeId) -> Identifier {
        self.identifiers[node.index()]
    }

    /// The first 64 bits of a node's identifier.
    #[inline]
    pub fn first_bits(&self, node: NodeId) -> u64 {
        self.first_bits[node.index()]
    }

    /// The peer that a node runs on.
    #[inline]
    pub fn peer_of(&self, node: NodeId) -> PeerId {
        if self.nodes_per_peer == 1 {
            return PeerId(node.0);
        }
        PeerId(node.0 / self.nodes_per_peer)
    }

    /// The first node of a peer.
    #[inline]
    pub fn first_node_of(&self, peer: PeerId) -> NodeId {
        NodeId(peer.0 * self.nodes_per_peer)
    }

    /// All nodes in order of identifiers: for observers and builders only.
    pub fn order(&self) -> &[NodeId] {
        &self.order
    }

    /// How many nodes in [`Directory::order`] have a lower identifier than this: for observers and builders only.
    pub fn place(&self, identifier: Identifier) -> usize {
        self.order
            .partition_point(|node| self.identifier(*node) < identifier)
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("width", &self.width)
            .field("nodes_per_peer", &self.nodes_per_peer)
            .field("nodes", &self.nodes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_come_in_the_order_of_identifiers() {
        let identifiers = [5, 1, 9, 3].map(|value| Identifier::of_number(value, 4)).to_vec();
        let directory = Directory::new(4, 2, identifiers).expect("all differ");
        assert_eq!(directory.order(), [1, 3, 0, 2].map(NodeId));
        assert_eq!(directory.place(Identifier::of_number(4, 4)), 2);
        assert_eq!(directory.peer_of(NodeId(3)), PeerId(1));
        assert_eq!(directory.first_node_of(PeerId(1)), NodeId(2));
    }

    #[test]
    fn twins_are_refused() {
        let identifiers = [5, 1, 5].map(|value| Identifier::of_number(value, 4)).to_vec();
        let refused = Directory::new(4, 1, identifiers).err();
        assert_eq!(refused, Some(DuplicateIdentifier(0, 2)));
    }
}

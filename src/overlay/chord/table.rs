//! What a node knows of the ring: its predecessor, its successors, its fingers. Pure: nothing is sent here.

use super::message::Neighbours;
use crate::overlay::dht::{Directory, Identifier, NodeId};

/// The first node at least half of the ring, a quarter, an eighth ... away, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Finger {
    /// Its distance is that of this bit, counted from 0 for half of the ring.
    bit: u8,
    node: NodeId,
}

/// A node's view of the ring.
#[derive(Clone, Default, Debug)]
pub(super) struct Table {
    /// The node before it.
    pub(super) predecessor: Option<NodeId>,
    /// The nodes after it, the next first; none while it is alone or has not joined.
    successors: Vec<NodeId>,
    /// By bit; those that would be the first successor are left out.
    fingers: Vec<Finger>,
}

impl Table {
    /// The nodes after it, the next first.
    pub(super) fn successors(&self) -> &[NodeId] {
        &self.successors
    }

    /// The next node.
    pub(super) fn successor(&self) -> Option<NodeId> {
        self.successors.first().copied()
    }

    /// The fingers, the farthest first, with their bits.
    pub(super) fn fingers(&self) -> impl Iterator<Item = (u8, NodeId)> {
        self.fingers.iter().map(|finger| (finger.bit, finger.node))
    }

    /// What it tells of its neighbours.
    pub(super) fn neighbours(&self) -> Neighbours {
        Neighbours {
            predecessor: self.predecessor,
            successors: self.successors.clone(),
        }
    }

    /// Takes `first` and those after it for its successors, `length` at most; never `me`, nor anybody behind it.
    pub(super) fn adopt(&mut self, first: NodeId, rest: &[NodeId], me: NodeId, length: u16) {
        self.successors.clear();
        let nodes = std::iter::once(first).chain(rest.iter().copied());
        self.successors
            .extend(nodes.take_while(|node| *node != me).take(usize::from(length)));
        self.successors.dedup();
    }

    /// Sets a finger, or removes it.
    pub(super) fn set_finger(&mut self, bit: u8, node: Option<NodeId>) {
        let place = self.fingers.binary_search_by_key(&bit, |finger| finger.bit);
        match (place, node) {
            (Ok(place), Some(node)) => self.fingers[place].node = node,
            (Ok(place), None) => {
                self.fingers.remove(place);
            }
            (Err(place), Some(node)) => self.fingers.insert(place, Finger { bit, node }),
            (Err(_), None) => {}
        }
    }

    /// Forgets a node that is gone.
    pub(super) fn forget(&mut self, node: NodeId) {
        self.successors.retain(|other| *other != node);
        self.fingers.retain(|finger| finger.node != node);
        if self.predecessor == Some(node) {
            self.predecessor = None;
        }
    }

    /// A node says goodbye, and who its neighbours were: these take its place.
    pub(super) fn replace(&mut self, leaver: NodeId, its: &Neighbours, me: NodeId, length: u16) {
        if self.predecessor == Some(leaver) {
            self.predecessor = its.predecessor.filter(|node| *node != me);
        }
        let heir = its.successors.first().copied().filter(|heir| *heir != me);
        for finger in &mut self.fingers {
            if finger.node == leaver {
                finger.node = heir.unwrap_or(leaver);
            }
        }
        if self.successor() == Some(leaver) {
            match its.successors.split_first() {
                Some((first, rest)) if *first != me => self.adopt(*first, rest, me, length),
                _ => self.successors.clear(),
            }
        }
        self.forget(leaver);
    }

    /// Nodes before the key, the closest to it first, `length` at most (Stoica et al. 2001, `closest_preceding_finger`;
    /// successors are looked through, too).
    pub(super) fn preceding(
        &self,
        key: Identifier,
        me: NodeId,
        directory: &Directory,
        length: u16,
    ) -> Vec<NodeId> {
        let from = directory.identifier(me);
        let reach = from.distance_to(key);
        let is_before = |distance: Identifier| reach == Identifier::ZERO || distance < reach;
        let fingers = self.fingers.iter().map(|finger| finger.node);
        let known = self.successors.iter().copied().chain(fingers);
        let mut before: Vec<(Identifier, NodeId)> = known
            .map(|node| (from.distance_to(directory.identifier(node)), node))
            .filter(|(distance, _)| is_before(*distance))
            .collect();
        before.sort_unstable_by(|one, other| other.cmp(one));
        before.dedup();
        before.truncate(usize::from(length));
        before.into_iter().map(|(_, node)| node).collect()
    }

    /// Those of its successors that are at the key or after it: responsible for it, as far as it knows.
    pub(super) fn owners(&self, key: Identifier, me: NodeId, directory: &Directory) -> Vec<NodeId> {
        let from = directory.identifier(me);
        let is_owner = |node: &NodeId| key.is_in(from, directory.identifier(*node));
        self.successors.iter().copied().filter(is_owner).collect()
    }

    /// Calls `visit` with every node in it.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(NodeId)) {
        self.predecessor.iter().copied().for_each(&mut *visit);
        self.successors.iter().copied().for_each(&mut *visit);
        self.fingers.iter().for_each(|finger| visit(finger.node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId(0);

    /// Node 10 n at n sixteenths of the ring; node 0 is `ME`.
    fn directory() -> Directory {
        let mut identifiers: Vec<Identifier> = (1..=150)
            .map(|node| Identifier::of_fraction(node, 1_007, 160))
            .collect();
        identifiers.insert(0, Identifier::ZERO);
        for node in 1..=15 {
            identifiers[node as usize * 10] = Identifier::of_fraction(node, 16, 160);
        }
        Directory::new(160, 1, identifiers).expect("all differ")
    }

    fn nodes(numbers: &[u32]) -> Vec<NodeId> {
        numbers.iter().copied().map(NodeId).collect()
    }

    /// A node with successors 10, 20 and 30 and fingers at a half, a quarter and an eighth of the ring.
    fn table() -> Table {
        let mut table = Table::default();
        table.adopt(NodeId(10), &nodes(&[20, 30, 40]), ME, 3);
        table.predecessor = Some(NodeId(150));
        for (bit, node) in [(2, 20), (0, 80), (1, 40)] {
            table.set_finger(bit, Some(NodeId(node)));
        }
        table
    }

    #[test]
    fn a_list_is_as_long_as_it_may_be_and_ends_before_the_node_itself() {
        let check = |rest: &[u32], length, expect: &[u32]| {
            let mut table = table();
            table.adopt(NodeId(10), &nodes(rest), ME, length);
            assert_eq!(table.successors(), nodes(expect), "{rest:?} cut at {length}");
        };
        check(&[20, 30, 40], 3, &[10, 20, 30]);
        check(&[20], 3, &[10, 20]);
        check(&[20, 0, 10], 3, &[10, 20]);
        check(&[], 1, &[10]);
    }

    #[test]
    fn nodes_before_a_key_come_closest_first() {
        let check = |sixteenths, length, expect: &[u32]| {
            let key = Identifier::of_fraction(sixteenths, 16, 160);
            let preceding = table().preceding(key, ME, &directory(), length);
            assert_eq!(preceding, nodes(expect), "before {sixteenths}/16");
        };
        check(9, 8, &[80, 40, 30, 20, 10]);
        check(9, 2, &[80, 40]);
        check(8, 8, &[40, 30, 20, 10]);
        check(1, 8, &[]);
        // The node's own place: the whole ring is before it.
        check(0, 8, &[80, 40, 30, 20, 10]);
    }

    #[test]
    fn successors_at_a_key_or_after_it_own_it() {
        let check = |sixteenths, expect: &[u32]| {
            let key = Identifier::of_fraction(sixteenths, 16, 160);
            let owners = table().owners(key, ME, &directory());
            assert_eq!(owners, nodes(expect), "at {sixteenths}/16");
        };
        check(1, &[10, 20, 30]);
        check(2, &[20, 30]);
        check(3, &[30]);
        check(4, &[]);
        check(15, &[]);
        check(0, &[]);
    }

    #[test]
    fn who_is_gone_is_in_no_list() {
        let mut table = table();
        table.forget(NodeId(20));
        assert_eq!(table.successors(), nodes(&[10, 30]));
        assert_eq!(
            table.fingers().collect::<Vec<_>>(),
            [(0, NodeId(80)), (1, NodeId(40))]
        );
        table.forget(NodeId(150));
        assert_eq!(table.predecessor, None);
    }

    #[test]
    fn the_neighbours_of_who_leaves_take_its_place() {
        let mut table = table();
        let its = Neighbours {
            predecessor: Some(ME),
            successors: nodes(&[20, 30, 40]),
        };
        table.replace(NodeId(10), &its, ME, 3);
        assert_eq!(table.successors(), nodes(&[20, 30, 40]));
        let its = Neighbours {
            predecessor: Some(NodeId(70)),
            successors: nodes(&[90, 100]),
        };
        table.replace(NodeId(80), &its, ME, 3);
        assert_eq!(table.fingers().next(), Some((0, NodeId(90))));
        let its = Neighbours {
            predecessor: Some(NodeId(140)),
            successors: nodes(&[0, 20]),
        };
        table.replace(NodeId(150), &its, ME, 3);
        assert_eq!(table.predecessor, Some(NodeId(140)));
    }

    #[test]
    fn the_last_of_two_stays_alone() {
        let mut table = Table::default();
        table.adopt(NodeId(10), &[], ME, 3);
        table.predecessor = Some(NodeId(10));
        let its = Neighbours {
            predecessor: Some(ME),
            successors: nodes(&[0]),
        };
        table.replace(NodeId(10), &its, ME, 3);
        assert_eq!(table.successors(), []);
        assert_eq!(table.predecessor, None);
    }
}

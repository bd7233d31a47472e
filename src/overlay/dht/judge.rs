//! The judge of lookups: who was really responsible for a key. For observers only.
//!
//! A lookup takes a while, and nodes come and go meanwhile. Its answer is correct if the node that it names was responsible
//! for the key at some instant between issue and end: then the lookup did what one made at that instant by somebody who knows
//! everything would have done (Herlihy and Wing's linearizability, 1990).

use super::books::{LookupBooks, MemberLine, Membership};
use super::directory::{Directory, NodeId};
use super::identifier::Identifier;
use crate::engine::time::NEVER_NS;

/// When each node was part of the network and known where it had to be: responsible for keys.
#[derive(Debug)]
pub struct Judge<'a> {
    directory: &'a Directory,
    /// By node and then time.
    stays: Vec<Stay>,
    /// Where the stays of each node begin, and where those of the last end.
    firsts: Vec<usize>,
}

/// A node is responsible for keys from an instant on and until just before another.
#[derive(Clone, Copy, Debug)]
struct Stay {
    from_ns: u64,
    until_ns: u64,
}

impl<'a> Judge<'a> {
    /// A judge who has read the books.
    pub fn new(directory: &'a Directory, books: &LookupBooks) -> Self {
        let mut lines: Vec<MemberLine> = books.members().to_vec();
        lines.sort_unstable();
        let mut stays: Vec<Stay> = Vec::with_capacity(lines.len() / 2 + 1);
        let mut firsts = vec![0; directory.nodes() + 1];
        for of_node in lines.chunk_by(|one, other| one.node == other.node) {
            let first = stays.len();
            // Others may not have noticed yet that a node is gone: their word counts while it is there.
            let (mut has_joined, mut is_placed) = (false, false);
            for line in of_node {
                match line.what {
                    Membership::Left => {
                        if is_placed && let Some(stay) = stays.last_mut() {
                            stay.until_ns = line.at_ns;
                        }
                        (has_joined, is_placed) = (false, false);
                    }
                    Membership::Joined => has_joined = true,
                    Membership::Placed if has_joined && !is_placed => {
                        is_placed = true;
                        stays.push(Stay {
                            from_ns: line.at_ns,
                            until_ns: NEVER_NS,
                        });
                    }
                    Membership::Placed => {}
                }
            }
            firsts[of_node[0].node.index() + 1] = stays.len() - first;
        }
        for node in 1..firsts.len() {
            firsts[node] += firsts[node - 1];
        }
        Self {
            directory,
            stays,
            firsts,
        }
    }

    fn stays(&self, node: NodeId) -> &[Stay] {
        &self.stays[self.firsts[node.index()]..self.firsts[node.index() + 1]]
    }

    /// Whether a node was responsible for a key at some instant from `from_ns` on and until `until_ns`, inclusive, where `nearer`
    /// goes through the nodes that would be in its place if they were there.
    fn was_responsible(
        &self,
        node: NodeId,
        nearer: impl Iterator<Item = NodeId>,
        from_ns: u64,
        until_ns: u64,
    ) -> bool {
        let within = Stay {
            from_ns,
            until_ns: until_ns.saturating_add(1),
        };
        // What is left of the node's own time when that of all nearer ones is taken away.
        let mut left: Vec<Stay> = self
            .stays(node)
            .iter()
            .filter_map(|stay| common(*stay, within))
            .collect();
        for other in nearer {
            if left.is_empty() {
                return false;
            }
            for stay in self.stays(other) {
                left = left.into_iter().flat_map(|part| without(part, *stay)).collect();
            }
        }
        !left.is_empty()
    }

    /// Whether a node was the first at a key or after it at some instant from `from_ns` on and until `until_ns`, inclusive.
    pub fn was_successor(&self, node: NodeId, key: Identifier, from_ns: u64, until_ns: u64) -> bool {
        let order = self.directory.order();
        let first = self.directory.place(key);
        let before = (first..first + order.len())
            .map(|place| order[place % order.len()])
            .take_while(|other| *other != node);
        self.was_responsible(node, before, from_ns, until_ns)
    }

    /// Whether a node was the closest to a key in the XOR metric at some instant from `from_ns` on and until `until_ns`,
    /// inclusive.
    pub fn was_closest(&self, node: NodeId, key: Identifier, from_ns: u64, until_ns: u64) -> bool {
        let distance = key.xor(self.directory.identifier(node));
        // Whoever is closer agrees with the key in a bit in which the node does not, and with the node in all before.
        let order = self.directory.order();
        let closer = (distance.leading_zeros()..self.directory.width())
            .filter(|bit| distance.bit(*bit))
            .flat_map(|bit| {
                let flipped = self.directory.identifier(node).xor(Identifier::of_bit(bit));
                let from = flipped.truncated(bit + 1);
                let first = self.directory.place(from);
                let nodes = order[first..].iter().copied();
                nodes.take_while(move |other| self.directory.identifier(*other).truncated(bit + 1) == from)
            });
        self.was_responsible(node, closer, from_ns, until_ns)
    }
}

/// The time that two stays have in common.
fn common(one: Stay, other: Stay) -> Option<Stay> {
    let both = Stay {
        from_ns: one.from_ns.max(other.from_ns),
        until_ns: one.until_ns.min(other.until_ns),
    };
    (both.from_ns < both.until_ns).then_some(both)
}

/// What is left of a stay when another is taken away.
fn without(stay: Stay, other: Stay) -> impl Iterator<Item = Stay> {
    let before = Stay {
        until_ns: stay.until_ns.min(other.from_ns),
        ..stay
    };
    let after = Stay {
        from_ns: stay.from_ns.max(other.until_ns),
        ..stay
    };
    let parts = [before, after].into_iter();
    parts.filter(|part| part.from_ns < part.until_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes at 1/16, 4/16, 9/16 and 12/16 of the ring; the second comes at 10 and leaves at 20, the third comes at 15. Of the
    /// second, others believe that it is there at other times, too.
    fn check(judge: impl Fn(&Judge<'_>) -> bool, expect: bool) {
        let identifiers = [1, 4, 9, 12]
            .map(|value| Identifier::of_number(value, 4))
            .to_vec();
        let directory = Directory::new(4, 1, identifiers).expect("all differ");
        let mut books = LookupBooks::default();
        for (at_ns, node, what) in [
            (20, 1, Membership::Left),
            (25, 1, Membership::Placed),
            (0, 0, Membership::Joined),
            (0, 0, Membership::Placed),
            (5, 1, Membership::Joined),
            (10, 1, Membership::Placed),
            (12, 1, Membership::Placed),
            (3, 1, Membership::Placed),
            (20, 1, Membership::Placed),
            (15, 2, Membership::Placed),
            (15, 2, Membership::Joined),
            (0, 3, Membership::Joined),
            (0, 3, Membership::Placed),
        ] {
            books.note_member(at_ns, NodeId(node), what);
        }
        assert_eq!(judge(&Judge::new(&directory, &books)), expect);
    }

    fn key(value: u64) -> Identifier {
        Identifier::of_number(value, 4)
    }

    #[test]
    fn the_first_member_at_a_key_or_after_it_is_its_successor() {
        check(|judge| judge.was_successor(NodeId(3), key(3), 0, 5), true);
        check(|judge| judge.was_successor(NodeId(1), key(3), 0, 9), false);
        check(|judge| judge.was_successor(NodeId(1), key(3), 0, 10), true);
        check(|judge| judge.was_successor(NodeId(3), key(3), 10, 12), false);
        check(|judge| judge.was_successor(NodeId(3), key(3), 9, 12), true);
        check(|judge| judge.was_successor(NodeId(2), key(3), 16, 19), false);
        check(|judge| judge.was_successor(NodeId(2), key(3), 16, 20), true);
        check(|judge| judge.was_successor(NodeId(0), key(13), 0, 100), true);
        check(|judge| judge.was_successor(NodeId(0), key(12), 0, 100), false);
        check(|judge| judge.was_successor(NodeId(1), key(4), 12, 12), true);
    }

    #[test]
    fn the_member_at_the_least_distance_is_the_closest() {
        // Distances to 5: 4, 1, 12, 9.
        check(|judge| judge.was_closest(NodeId(0), key(5), 0, 9), true);
        check(|judge| judge.was_closest(NodeId(0), key(5), 10, 19), false);
        check(|judge| judge.was_closest(NodeId(0), key(5), 10, 20), true);
        check(|judge| judge.was_closest(NodeId(1), key(5), 0, 9), false);
        check(|judge| judge.was_closest(NodeId(1), key(5), 0, 10), true);
        check(|judge| judge.was_closest(NodeId(3), key(5), 0, 100), false);
        // Distances to 8: 9, 12, 1, 4.
        check(|judge| judge.was_closest(NodeId(3), key(8), 0, 14), true);
        check(|judge| judge.was_closest(NodeId(3), key(8), 15, 99), false);
        check(|judge| judge.was_closest(NodeId(2), key(8), 15, 99), true);
    }
}

//! Taking nodes out of a graph, as failures and attacks do.

use super::Graph;
use crate::engine::{Draw, Purpose, Seed};
use std::cmp::Reverse;

/// Which nodes are taken out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Removal {
    /// This share of them, drawn at random; of two shares with one seed the larger takes all that the smaller does.
    Random {
        /// From 0 to 1.
        share: f64,
    },
    /// This share of them, those with the most neighbours first, as the whole graph has them; of equals the lower number goes first.
    BestConnected {
        /// From 0 to 1.
        share: f64,
    },
}

/// Which stream of [`Purpose::Faults`] nodes are drawn from. Actions of scenarios draw from one for each instant of a run, and this is
/// none.
const NODES_ENTITY: u64 = u64::MAX;

impl Removal {
    /// The nodes that stay, ascending. As many go as the share says, rounded to the nearest whole number.
    pub fn survivors(self, graph: &Graph, seed: Seed) -> Vec<u32> {
        let mut nodes: Vec<u32> = (0..graph.nodes()).collect();
        let share = match self {
            Self::Random { share } => {
                seed.stream(Purpose::Faults, NODES_ENTITY).shuffle(&mut nodes);
                share
            }
            Self::BestConnected { share } => {
                nodes.sort_by_key(|&node| (Reverse(graph.degree(node)), node));
                share
            }
        };
        let mut left = nodes.split_off(number(share, nodes.len()));
        left.sort_unstable();
        left
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the nodes is no more than all of them"
)]
fn number(share: f64, nodes: usize) -> usize {
    (nodes as f64 * share.clamp(0.0, 1.0) + 0.5) as usize
}

impl Graph {
    /// The graph of some of the nodes and the edges between these: node i of it is `nodes[i]`. Annotations are left out.
    ///
    /// # Panics
    /// When a node is not there.
    #[must_use]
    pub fn among(&self, nodes: &[u32]) -> Self {
        let mut numbers = vec![None; self.nodes() as usize];
        for (number, &node) in (0_u32..).zip(nodes) {
            numbers[node as usize] = Some(number);
        }
        let ends = |(u, v): (u32, u32)| Some((numbers[u as usize]?, numbers[v as usize]?));
        let edges: Vec<(u32, u32)> = self.edge_pairs().filter_map(ends).collect();
        let number = u32::try_from(nodes.len()).expect("nodes are numbered with 32 bits");
        Self::from_edges(number, &edges, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Generator;

    const SEED: Seed = Seed {
        seed: 7,
        replication: 0,
    };

    #[test]
    fn the_best_connected_go_first_and_of_equals_the_lower_number() {
        let check = |edges: &[(u32, u32)], share, expected: &[u32]| {
            let graph = Graph::from_edges(5, edges, None);
            let left = Removal::BestConnected { share }.survivors(&graph, SEED);
            assert_eq!(left, expected, "{share}");
        };
        let star = [(3, 0), (3, 1), (3, 2), (3, 4), (1, 2)];
        check(&star, 0.0, &[0, 1, 2, 3, 4]);
        check(&star, 0.2, &[0, 1, 2, 4]);
        check(&star, 0.4, &[0, 2, 4]);
        check(&star, 0.8, &[4]);
        check(&star, 1.0, &[]);
    }

    #[test]
    fn a_larger_share_takes_all_that_a_smaller_one_does() {
        let graph = Generator::Ring.generate(1_000, SEED).unwrap();
        let left = |share, seed| Removal::Random { share }.survivors(&graph, seed);
        let (many, few) = (left(0.3, SEED), left(0.55, SEED));
        assert_eq!((many.len(), few.len()), (700, 450));
        assert!(few.iter().all(|node| many.binary_search(node).is_ok()));
        let other = Seed { seed: 8, ..SEED };
        assert_ne!(many, left(0.3, other));
    }

    #[test]
    fn what_stays_keeps_its_edges() {
        let ring = Generator::Ring.generate(6, SEED).unwrap();
        let path = ring.among(&[5, 0, 1, 3]);
        let edges: Vec<(u32, u32)> = path.edge_pairs().collect();
        assert_eq!((path.nodes(), edges), (4, vec![(0, 1), (1, 2)]));
        assert_eq!(ring.among(&[0, 1, 2, 3, 4, 5]), ring);
        assert_eq!(ring.among(&[]).nodes(), 0);
    }
}

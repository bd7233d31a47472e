//! Small worlds: a ring lattice with some links moved (Watts and Strogatz 1998).

#![expect(
    clippy::cast_possible_truncation,
    reason = "draws lie below the number of nodes"
)]

use crate::engine::Draw;
use crate::topology::Graph;
use fixedbitset::FixedBitSet;
use rustc_hash::FxHashSet;

/// The lattice as it is being rewired. Link (i, step) of the lattice joins i and i + step, 1 <= step <= half.
struct Lattice {
    nodes: u32,
    half: u32,
    /// The lattice's links that are where they were, at i * half + step - 1.
    kept: FixedBitSet,
    /// Links that were moved, in the order of moving, ...
    moved: Vec<(u32, u32)>,
    /// ... and as (lower, higher), for look-up only.
    moved_set: FxHashSet<(u32, u32)>,
    degrees: Vec<u32>,
}

/// The node `step` places further round the ring.
fn step_on(node: u32, step: u32, nodes: u32) -> u32 {
    let left = nodes - node;
    if step < left { node + step } else { step - left }
}

/// A small world. The degree is even and below the number of nodes.
pub(super) fn graph(nodes: u32, degree: u32, rewired: f64, draw: &mut impl Draw) -> Graph {
    let half = degree / 2;
    let links = nodes as usize * half as usize;
    let mut kept = FixedBitSet::with_capacity(links);
    kept.insert_range(..);
    let mut lattice = Lattice {
        nodes,
        half,
        kept,
        moved: Vec::new(),
        moved_set: FxHashSet::default(),
        degrees: vec![degree; nodes as usize],
    };
    // The original order: all links to the next node first, then those to the next but one, ...
    for step in 1..=half {
        for node in 0..nodes {
            if draw.chance(rewired) {
                lattice.rewire(node, step, draw);
            }
        }
    }
    let mut edges = lattice.moved;
    for link in lattice.kept.ones() {
        let node = (link / half as usize) as u32;
        let step = (link % half as usize) as u32 + 1;
        edges.push((node, step_on(node, step, nodes)));
    }
    Graph::from_edges(nodes, &edges, None)
}

impl Lattice {
    /// Moves the far end of a lattice link to a random node; leaves it where its node is linked to all others.
    fn rewire(&mut self, node: u32, step: u32, draw: &mut impl Draw) {
        if self.degrees[node as usize] == self.nodes - 1 {
            return;
        }
        let to = loop {
            let to = draw.below(u64::from(self.nodes)) as u32;
            if to != node && !self.is_linked(node, to) {
                break to;
            }
        };
        let old = step_on(node, step, self.nodes);
        self.kept.set(self.link(node, step), false);
        self.degrees[old as usize] -= 1;
        self.degrees[to as usize] += 1;
        self.moved.push((node, to));
        self.moved_set.insert((node.min(to), node.max(to)));
    }

    fn link(&self, node: u32, step: u32) -> usize {
        node as usize * self.half as usize + step as usize - 1
    }

    fn is_linked(&self, u: u32, v: u32) -> bool {
        let forward = if v > u { v - u } else { self.nodes - (u - v) };
        let backward = self.nodes - forward;
        let in_lattice = if forward <= self.half {
            self.kept.contains(self.link(u, forward))
        } else if backward <= self.half {
            self.kept.contains(self.link(v, backward))
        } else {
            false
        };
        in_lattice || self.moved_set.contains(&(u.min(v), u.max(v)))
    }
}

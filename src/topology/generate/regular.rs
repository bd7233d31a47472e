//! Random regular graphs: pair the stubs at random, then switch away what is not simple.
//!
//! Pairing is Bollobás's (1980), switching McKay and Wormald's (1990) without their rejection: a bad pair (u, v) and a
//! random other pair (x, y) become (u, x) and (v, y) if both of those are new. Each switch removes a bad pair and
//! makes none, so one pass over the pairs is enough.

use crate::engine::Draw;
use crate::topology::Graph;

/// How often pairing starts afresh before giving up. Only tiny graphs ever need a second attempt.
pub(super) const ATTEMPTS: u32 = 1_000;

/// How many random partners are tried for one bad pair before pairing starts afresh.
const PARTNERS: u32 = 10_000;

/// A graph where every node has `degree` neighbours; `None` if all attempts fail. Nodes times degree is even and the
/// degree below the number of nodes.
pub(super) fn graph(nodes: u32, degree: u32, draw: &mut impl Draw) -> Option<Graph> {
    if nodes > 0 && degree > (nodes - 1) / 2 {
        // Dense: what is left out is a sparse regular graph, where switching always finds room.
        let absent = sparse(nodes, nodes - 1 - degree, draw)?;
        return Some(complement(&absent, degree));
    }
    sparse(nodes, degree, draw)
}

fn sparse(nodes: u32, degree: u32, draw: &mut impl Draw) -> Option<Graph> {
    for _ in 0..ATTEMPTS {
        let mut pairing = Pairing::new(nodes, degree, draw);
        if pairing.repair(draw) {
            let offsets = (0..=nodes).map(|node| node * degree).collect();
            return Some(Graph::from_lists(pairing.rows, offsets));
        }
    }
    None
}

/// The graph of all pairs that `absent` lacks; every node has `degree` of them.
fn complement(absent: &Graph, degree: u32) -> Graph {
    let nodes = absent.nodes();
    let mut targets = Vec::with_capacity(nodes as usize * degree as usize);
    for node in 0..nodes {
        let mut left_out = absent.neighbours(node).iter().copied().peekable();
        targets.extend((0..nodes).filter(|&to| left_out.next_if_eq(&to).is_none() && to != node));
    }
    Graph::from_lists(targets, (0..=nodes).map(|node| node * degree).collect())
}

/// A regular multigraph: its pairs, and for each node a row of its partners (a loop stands twice in its row).
struct Pairing {
    degree: usize,
    pairs: Vec<(u32, u32)>,
    rows: Vec<u32>,
}

impl Pairing {
    fn new(nodes: u32, degree: u32, draw: &mut impl Draw) -> Self {
        let mut stubs: Vec<u32> = (0..nodes)
            .flat_map(|node| std::iter::repeat_n(node, degree as usize))
            .collect();
        draw.shuffle(&mut stubs);
        let pairs: Vec<(u32, u32)> = stubs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let mut next: Vec<u32> = (0..nodes).map(|node| node * degree).collect();
        let mut rows = vec![0; stubs.len()];
        for &(u, v) in &pairs {
            for (from, to) in [(u, v), (v, u)] {
                rows[next[from as usize] as usize] = to;
                next[from as usize] += 1;
            }
        }
        Self {
            degree: degree as usize,
            pairs,
            rows,
        }
    }

    fn row(&mut self, node: u32) -> &mut [u32] {
        &mut self.rows[node as usize * self.degree..][..self.degree]
    }

    fn count(&mut self, from: u32, to: u32) -> usize {
        self.row(from).iter().filter(|&&other| other == to).count()
    }

    fn replace(&mut self, node: u32, old: u32, new: u32) {
        let place = self.row(node).iter().position(|&other| other == old);
        self.row(node)[place.expect("rows and pairs tell the same graph")] = new;
    }

    /// Makes the graph simple; false if some pair found no partner.
    fn repair(&mut self, draw: &mut impl Draw) -> bool {
        for bad in 0..self.pairs.len() {
            let (u, v) = self.pairs[bad];
            if u == v || self.count(u, v) > 1 {
                let switched = (0..PARTNERS).any(|_| {
                    let other = draw.position(self.pairs.len());
                    let turned = draw.bits() >> 63 == 1;
                    self.switch(bad, other, turned)
                });
                if !switched {
                    return false;
                }
            }
        }
        true
    }

    /// Replaces two pairs by two others that are simple and new; false, and nothing changed, if they are not.
    fn switch(&mut self, bad: usize, other: usize, turned: bool) -> bool {
        let (u, v) = self.pairs[bad];
        let (x, y) = if turned {
            (self.pairs[other].1, self.pairs[other].0)
        } else {
            self.pairs[other]
        };
        // The two new pairs are one and the same where a loop meets a loop.
        let repeated = u == v && x == y;
        if bad == other || u == x || v == y || repeated || self.count(u, x) > 0 || self.count(v, y) > 0 {
            return false;
        }
        self.replace(u, v, x);
        self.replace(v, u, y);
        self.replace(x, y, u);
        self.replace(y, x, v);
        self.pairs[bad] = (u, x);
        self.pairs[other] = (v, y);
        true
    }
}

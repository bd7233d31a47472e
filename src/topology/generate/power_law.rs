//! Power laws of degrees: by growth (Barabási and Albert 1999) and by drawing the degrees (configuration model).

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "stubs are below 2^32, which the caller checks; an expectation's cast saturates"
)]

use crate::engine::{Draw, math};
use crate::topology::Graph;

/// Edges of a graph grown with `links` links per node.
pub(super) fn attachment_edges(nodes: u32, links: u32) -> u64 {
    let (n, m) = (u64::from(nodes), u64::from(links));
    m * (m + 1) / 2 + m * n.saturating_sub(m + 1)
}

/// Growth with preferential attachment. Nodes are more than links.
pub(super) fn attachment(nodes: u32, links: u32, draw: &mut impl Draw) -> Graph {
    let core = links + 1;
    let mut edges: Vec<(u32, u32)> = Vec::with_capacity(attachment_edges(nodes, links) as usize);
    edges.extend((0..core).flat_map(|u| (u + 1..core).map(move |v| (u, v))));
    // The last node that chose this one: a node chooses each other at most once.
    let mut chosen_by = vec![u32::MAX; nodes as usize];
    for node in core..nodes {
        // A random end of a random older edge is a node in proportion to its degree.
        let ends = edges.len() as u64 * 2;
        for _ in 0..links {
            let to = loop {
                let end = draw.below(ends);
                let (low, high) = edges[(end / 2) as usize];
                let to = if end.is_multiple_of(2) { low } else { high };
                if chosen_by[to as usize] != node {
                    break to;
                }
            };
            chosen_by[to as usize] = node;
            edges.push((to, node));
        }
    }
    Graph::from_edges(nodes, &edges, None)
}

/// The law P(k) in proportion to k^-exponent, on whole degrees.
struct DegreeLaw {
    degree_min: u32,
    /// Running sums of the weights from `degree_min` on.
    sums: Vec<f64>,
}

impl DegreeLaw {
    fn new(exponent: f64, degree_min: u32, degree_max: u32) -> Self {
        let mut total = 0.0;
        let sums = (degree_min..=degree_max)
            .map(|degree| {
                // Relative to the smallest degree: a large exponent must not underflow them all.
                total += math::pow(f64::from(degree) / f64::from(degree_min), -exponent);
                total
            })
            .collect();
        Self { degree_min, sums }
    }

    fn draw(&self, draw: &mut impl Draw) -> u32 {
        let total = self.sums[self.sums.len() - 1];
        let at = draw.unit() * total;
        let place = self
            .sums
            .partition_point(|&sum| sum <= at)
            .min(self.sums.len() - 1);
        self.degree_min + place as u32
    }

    fn mean(&self) -> f64 {
        let total = self.sums[self.sums.len() - 1];
        let mut below = 0.0;
        let mut mean = 0.0;
        for (degree, &sum) in (self.degree_min..).zip(&self.sums) {
            mean += f64::from(degree) * (sum - below) / total;
            below = sum;
        }
        mean
    }
}

/// Expected edges of the configuration model, before erasing.
pub(super) fn configuration_edges(nodes: u32, exponent: f64, degree_min: u32, degree_max: u32) -> u64 {
    let possible = exponent.is_finite() && degree_min >= 1 && degree_min <= degree_max && degree_max < nodes;
    if !possible {
        return 0;
    }
    let mean = DegreeLaw::new(exponent, degree_min, degree_max).mean();
    (f64::from(nodes) * mean / 2.0).round() as u64
}

/// The erased configuration model. Not all degrees are odd when the number of nodes is.
pub(super) fn configuration(
    nodes: u32,
    exponent: f64,
    degree_min: u32,
    degree_max: u32,
    draw: &mut impl Draw,
) -> Graph {
    let law = DegreeLaw::new(exponent, degree_min, degree_max);
    let mut degrees: Vec<u32> = (0..nodes).map(|_| law.draw(draw)).collect();
    while degrees.iter().map(|&degree| u64::from(degree)).sum::<u64>() % 2 == 1 {
        let node = draw.position(degrees.len());
        degrees[node] = law.draw(draw);
    }
    let mut stubs: Vec<u32> = (0..nodes)
        .zip(&degrees)
        .flat_map(|(node, &degree)| std::iter::repeat_n(node, degree as usize))
        .collect();
    draw.shuffle(&mut stubs);
    // Building the graph erases loops and repeated pairs.
    let edges: Vec<(u32, u32)> = stubs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    Graph::from_edges(nodes, &edges, None)
}

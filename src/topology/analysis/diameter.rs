//! The diameter of a component that is too large to be searched from every node: double sweeps for a lower bound, and
//! the iFUB method (Crescenzi et al. 2013) to prove it.

use super::paths::{Sweep, distances, sweep};
use crate::topology::Graph;

/// How many of the sampled sources with the largest eccentricities are swept again from their far ends.
const DOUBLE_SWEEPS: usize = 2;

/// The best lower bound found, and whether it is proven to be the diameter, spending at most `budget` searches on the
/// proof. `sampled` is the sweep from `sources`, of which there is at least one.
pub(super) fn improve(graph: &Graph, sampled: &Sweep, sources: &[u32], budget: u32) -> (u32, bool) {
    let mut ranked: Vec<(u32, u32)> = sampled
        .eccentricities
        .iter()
        .copied()
        .zip(sources.iter().copied())
        .collect();
    // Farthest first, lower node first.
    ranked.sort_unstable_by_key(|&(eccentricity, node)| (std::cmp::Reverse(eccentricity), node));
    let mut bound = 0;
    let mut centre = sources[0];
    for &(_, source) in ranked.iter().take(DOUBLE_SWEEPS) {
        let (far, _) = farthest(&distances(graph, source));
        let hops = distances(graph, far);
        let (end, eccentricity) = farthest(&hops);
        if eccentricity > bound {
            bound = eccentricity;
            centre = middle(graph, &hops, end);
        }
    }
    prove(graph, centre, bound.max(sampled.diameter()), budget as usize)
}

/// The farthest node that can be reached (the lowest of them), and its distance.
fn farthest(hops: &[u32]) -> (u32, u32) {
    let mut best = (0, 0);
    for (node, &hops) in (0..).zip(hops) {
        if hops != u32::MAX && hops > best.1 {
            best = (node, hops);
        }
    }
    best
}

/// A node half-way along a shortest path between two nodes, one of them the source of `hops`: of all such nodes the
/// one with the most neighbours, which tends to have everybody near; of several, the median in number.
fn middle(graph: &Graph, hops: &[u32], end: u32) -> u32 {
    let back = distances(graph, end);
    let length = hops[end as usize];
    let half_way =
        |&node: &u32| hops[node as usize] == length / 2 && back[node as usize] == length - length / 2;
    let candidates: Vec<u32> = (0..graph.nodes()).filter(half_way).collect();
    let degree_max = candidates.iter().map(|&node| graph.degree(node)).max();
    let best: Vec<u32> = candidates
        .into_iter()
        .filter(|&node| Some(graph.degree(node)) == degree_max)
        .collect();
    best[best.len() / 2]
}

/// Searches from the nodes farthest from `centre`, level by level inwards. Once all nodes farther than i have been
/// searched from, any other pair is at most 2 i apart: a bound of that size is the diameter.
fn prove(graph: &Graph, centre: u32, mut bound: u32, mut budget: usize) -> (u32, bool) {
    let hops = distances(graph, centre);
    let (_, depth) = farthest(&hops);
    bound = bound.max(depth);
    for level in (1..=depth).rev() {
        if bound >= 2 * level {
            return (bound, true);
        }
        let fringe: Vec<u32> = (0..graph.nodes())
            .filter(|&node| hops[node as usize] == level)
            .collect();
        if fringe.len() > budget {
            return (bound, false);
        }
        budget -= fringe.len();
        bound = bound.max(sweep(graph, &fringe).diameter());
    }
    // Everything but the centre has been searched from.
    (bound, true)
}

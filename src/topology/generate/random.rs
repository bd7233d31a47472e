//! G(n, m): a uniformly chosen simple graph with exactly m edges (Erdős and Rényi 1959).

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "draws lie below bounds of 32 bits; the number of edges is checked by the caller, the cast saturates"
)]

use crate::engine::Draw;
use crate::topology::Graph;

/// Number of pairs of nodes.
pub(super) fn pairs(nodes: u32) -> u64 {
    u64::from(nodes) * u64::from(nodes).saturating_sub(1) / 2
}

/// The number of edges that makes a mean degree: n * mean / 2, rounded half up; saturates.
pub(super) fn edges(nodes: u32, mean_degree: f64) -> u64 {
    (f64::from(nodes) * mean_degree / 2.0).round() as u64
}

/// A graph with `edges` edges, which must be at most the number of pairs.
pub(super) fn graph(nodes: u32, edges: u64, draw: &mut impl Draw) -> Graph {
    let missing = pairs(nodes) - edges;
    let list: Vec<(u32, u32)> = if edges <= missing {
        distinct_pairs(nodes, edges, draw)
    } else {
        // More than half of all pairs: draw those that are left out.
        let absent = distinct_pairs(nodes, missing, draw);
        let mut absent = absent.into_iter().peekable();
        (0..nodes)
            .flat_map(|u| (u + 1..nodes).map(move |v| (u, v)))
            .filter(|pair| absent.next_if_eq(pair).is_none())
            .collect()
    };
    Graph::from_edges(nodes, &list, None)
}

/// `count` distinct pairs (lower, higher), ascending. At most half of all pairs, so that few draws are repetitions.
///
/// Rounds of independent draws, repetitions dropped, until there are enough. Renaming the pairs does not change the
/// process, and no round overshoots, so all sets of `count` pairs are equally likely.
fn distinct_pairs(nodes: u32, count: u64, draw: &mut impl Draw) -> Vec<(u32, u32)> {
    let count = count as usize;
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        for _ in chosen.len()..count {
            let u = draw.below(u64::from(nodes)) as u32;
            let other = draw.below(u64::from(nodes) - 1) as u32;
            let v = other + u32::from(other >= u);
            chosen.push((u.min(v), u.max(v)));
        }
        // Not the unstable sort: this one takes what earlier rounds sorted as one run.
        chosen.sort_by_key(|&(u, v)| u64::from(u) << 32 | u64::from(v));
        chosen.dedup();
    }
    chosen
}

//! Triangles and clustering.
//!
//! The forward algorithm (Schank and Wagner 2005): every edge points from its end of lower degree to that of higher
//! degree, and a triangle is found once, where two out-lists of an edge's ends meet. Hubs then have short lists.

use crate::topology::Graph;

/// What [`measure`] finds.
pub(super) struct Clustering {
    pub(super) triangles: u64,
    pub(super) closed_fraction: f64,
    pub(super) mean: f64,
}

/// Counts triangles, at each node and in all.
pub(super) fn measure(graph: &Graph) -> Clustering {
    let nodes = graph.nodes();
    let corners = corners(graph);
    let mut wedges = 0;
    let mut sum = 0.0;
    for (node, &closed) in (0..nodes).zip(&corners) {
        let degree = u64::from(graph.degree(node));
        let pairs = degree * degree.saturating_sub(1) / 2;
        wedges += pairs;
        if pairs > 0 {
            sum += closed as f64 / pairs as f64;
        }
    }
    let closed: u64 = corners.iter().sum();
    Clustering {
        triangles: closed / 3,
        closed_fraction: if wedges == 0 {
            0.0
        } else {
            closed as f64 / wedges as f64
        },
        mean: if nodes == 0 { 0.0 } else { sum / f64::from(nodes) },
    }
}

/// The number of triangles that each node is a corner of.
fn corners(graph: &Graph) -> Vec<u64> {
    let nodes = graph.nodes();
    let rank = |node: u32| (graph.degree(node), node);
    let mut offsets = vec![0_usize];
    let mut ahead: Vec<u32> = Vec::new();
    for node in 0..nodes {
        let list = graph.neighbours(node).iter().copied();
        ahead.extend(list.filter(|&to| rank(node) < rank(to)));
        offsets.push(ahead.len());
    }
    let list = |node: u32| &ahead[offsets[node as usize]..offsets[node as usize + 1]];
    let mut corners = vec![0_u64; nodes as usize];
    for u in 0..nodes {
        for &v in list(u) {
            for_each_common(list(u), list(v), |w| {
                for corner in [u, v, w] {
                    corners[corner as usize] += 1;
                }
            });
        }
    }
    corners
}

/// Calls for each element of two ascending lists that stands in both.
fn for_each_common(a: &[u32], b: &[u32], mut call: impl FnMut(u32)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                call(a[i]);
                i += 1;
                j += 1;
            }
        }
    }
}

//! Connected components, by petgraph's union-find.

use crate::topology::Graph;
use petgraph::unionfind::UnionFind;

/// Counts the connected components of a live overlay, given as links in any order (repetitions and both directions
/// are fine), and the nodes of the largest. Only nodes that are members count, and links between two members.
///
/// Node numbers are below `nodes`. Almost linear time.
///
/// # Panics
/// When a link between members names a node that is not below `nodes`.
pub fn components(
    nodes: usize,
    edges: impl Iterator<Item = (u32, u32)>,
    member: impl Fn(u32) -> bool,
) -> (u32, u32) {
    let count = u32::try_from(nodes).expect("nodes are numbered with 32 bits");
    let mut sets = UnionFind::<u32>::new(nodes);
    let mut apart = (0..count).filter(|&node| member(node)).count();
    for (u, v) in edges {
        // Where all hang together, further links tell nothing.
        if apart <= 1 {
            break;
        }
        if member(u) && member(v) && sets.union(u, v) {
            apart -= 1;
        }
    }
    let mut sizes = vec![0_u32; nodes];
    for node in (0..count).filter(|&node| member(node)) {
        sizes[sets.find_mut(node) as usize] += 1;
    }
    let components = sizes.iter().map(|&size| u32::from(size > 0)).sum();
    (components, sizes.into_iter().max().unwrap_or(0))
}

/// The number of components, and the nodes of the largest (of the one with the lowest node, where several are),
/// breadth first from its lowest node.
pub(super) fn largest_component(graph: &Graph) -> (u32, Vec<u32>) {
    let nodes = graph.nodes() as usize;
    let mut sets = UnionFind::<u32>::new(nodes);
    for (u, v) in graph.edge_pairs() {
        sets.union(u, v);
    }
    let mut sizes = vec![0_u32; nodes];
    // The lowest node of each set, in ascending order.
    let mut lowest = Vec::new();
    for node in 0..graph.nodes() {
        let size = &mut sizes[sets.find_mut(node) as usize];
        if *size == 0 {
            lowest.push(node);
        }
        *size += 1;
    }
    let mut start = None;
    let mut size_max = 0;
    for &node in &lowest {
        let size = sizes[sets.find_mut(node) as usize];
        if size > size_max {
            size_max = size;
            start = Some(node);
        }
    }
    let count = u32::try_from(lowest.len()).expect("a part of 32-bit many nodes");
    (
        count,
        start.map_or_else(Vec::new, |node| breadth_first(graph, node)),
    )
}

/// All nodes that can be reached, nearest first.
fn breadth_first(graph: &Graph, start: u32) -> Vec<u32> {
    let mut seen = vec![false; graph.nodes() as usize];
    seen[start as usize] = true;
    let mut order = vec![start];
    let mut next = 0;
    while next < order.len() {
        for &to in graph.neighbours(order[next]) {
            if !seen[to as usize] {
                seen[to as usize] = true;
                order.push(to);
            }
        }
        next += 1;
    }
    order
}

//! The families without chance: grid, ring, hypercube, trees, complete graph, star.
//!
//! Callers have checked the parameters, and that nodes and edges fit.

use crate::topology::Graph;

/// Nodes of a tree whose root has `first` children and every other inner node `others`; saturates.
pub(super) fn tree_nodes(first: u32, others: u32, depth: u32) -> u64 {
    let mut level = u64::from(first);
    let mut nodes = 1_u64;
    if others == 1 {
        // A bundle of paths may be deep: no loop over its levels.
        return nodes.saturating_add(level.saturating_mul(u64::from(depth)));
    }
    // Levels grow at least twofold (or are empty), so this ends at saturation.
    for _ in 0..depth {
        nodes = nodes.saturating_add(level);
        level = level.saturating_mul(u64::from(others));
        if level == 0 || nodes == u64::MAX {
            break;
        }
    }
    nodes
}

/// The tree with `nodes` nodes whose root has `first` children and every other inner node `others`, breadth first.
pub(super) fn tree(nodes: u32, first: u32, others: u32) -> Graph {
    let mut edges = Vec::with_capacity(nodes as usize);
    let mut parent = 0;
    let mut children_left = first;
    for child in 1..nodes {
        if children_left == 0 {
            parent += 1;
            children_left = others;
        }
        children_left -= 1;
        edges.push((parent, child));
    }
    Graph::from_edges(nodes, &edges, None)
}

/// Edges of a grid.
pub(super) fn grid_edges(rows: u32, columns: u32, torus: bool) -> u64 {
    let along = |length: u32| {
        let wrap = u64::from(torus && length >= 3);
        u64::from(length).saturating_sub(1) + wrap
    };
    u64::from(rows) * along(columns) + u64::from(columns) * along(rows)
}

/// A grid, or the torus on it.
pub(super) fn grid(rows: u32, columns: u32, torus: bool) -> Graph {
    let mut edges = Vec::new();
    let at = |row: u32, column: u32| row * columns + column;
    for row in 0..rows {
        for column in 0..columns {
            if column + 1 < columns {
                edges.push((at(row, column), at(row, column + 1)));
            } else if torus && columns >= 3 {
                edges.push((at(row, column), at(row, 0)));
            }
            if row + 1 < rows {
                edges.push((at(row, column), at(row + 1, column)));
            } else if torus && rows >= 3 {
                edges.push((at(row, column), at(0, column)));
            }
        }
    }
    Graph::from_edges(rows * columns, &edges, None)
}

/// A ring.
pub(super) fn ring(nodes: u32) -> Graph {
    let mut edges: Vec<(u32, u32)> = (1..nodes).map(|node| (node - 1, node)).collect();
    if nodes >= 3 {
        edges.push((nodes - 1, 0));
    }
    Graph::from_edges(nodes, &edges, None)
}

/// A hypercube.
pub(super) fn hypercube(dimension: u32) -> Graph {
    let nodes = 1_u32 << dimension;
    let edges: Vec<(u32, u32)> = (0..nodes)
        .flat_map(|node| (0..dimension).map(move |bit| (node, node ^ (1 << bit))))
        .filter(|(node, other)| node < other)
        .collect();
    Graph::from_edges(nodes, &edges, None)
}

/// The complete graph.
pub(super) fn complete(nodes: u32) -> Graph {
    let edges: Vec<(u32, u32)> = (0..nodes)
        .flat_map(|u| (u + 1..nodes).map(move |v| (u, v)))
        .collect();
    Graph::from_edges(nodes, &edges, None)
}

/// The star around node 0.
pub(super) fn star(nodes: u32) -> Graph {
    let edges: Vec<(u32, u32)> = (1..nodes).map(|leaf| (0, leaf)).collect();
    Graph::from_edges(nodes, &edges, None)
}

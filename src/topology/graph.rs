//! The graph that every other part of this room makes or reads.

#![expect(
    clippy::cast_possible_truncation,
    reason = "places are below 2^32, which construction asserts"
)]

use petgraph::graph::{NodeIndex, UnGraph};

/// An undirected simple graph in compressed form: the neighbours of every node, ascending.
///
/// Nodes are `0..nodes()`. Each edge stands at both of its ends, with the same annotation if it has one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Graph {
    /// `offsets[v]..offsets[v + 1]` are the places of v's neighbours.
    offsets: Vec<u32>,
    /// Neighbours, ascending within a node.
    targets: Vec<u32>,
    /// One word per place (a link's latency, say), if the file had a third column.
    annotations: Option<Vec<u64>>,
}

impl Graph {
    /// Graphs have fewer edges than this, so that places fit 32 bits.
    pub const EDGES_LIMIT: u64 = 1 << 31;

    /// Builds a graph of `nodes` nodes from undirected edges. Loops and repeated pairs are dropped (the first
    /// annotation of a pair stands). `annotations`, if given, has one word per edge.
    ///
    /// Takes time in proportion to nodes and edges, and 16 bytes per edge (48 with annotations) at its peak.
    ///
    /// # Panics
    /// When an edge names a node that is not there, there are 2^31 edges or more, or the annotations are not as
    /// many as the edges.
    pub fn from_edges(nodes: u32, edges: &[(u32, u32)], annotations: Option<&[u64]>) -> Self {
        assert!(
            (edges.len() as u64) < Self::EDGES_LIMIT,
            "a graph has fewer than 2^31 edges"
        );
        let mut offsets = vec![0_u32; nodes as usize + 1];
        for &(u, v) in edges {
            assert!(u < nodes && v < nodes, "edges join nodes of the graph");
            if u != v {
                offsets[u as usize + 1] += 1;
                offsets[v as usize + 1] += 1;
            }
        }
        for node in 0..nodes as usize {
            offsets[node + 1] += offsets[node];
        }
        match annotations {
            None => Self::from_lists(scatter(&offsets, edges, |to, _| to), offsets),
            Some(words) => {
                assert_eq!(words.len(), edges.len(), "every edge has one annotation");
                Self::from_annotated(&scatter(&offsets, edges, |to, edge| (to, edge)), &offsets, words)
            }
        }
    }

    /// Builds a graph from the neighbours of every node, in any order: `targets[offsets[v]..offsets[v + 1]]`. Each
    /// edge must stand at both of its ends; repeated pairs are dropped.
    pub(super) fn from_lists(mut targets: Vec<u32>, mut offsets: Vec<u32>) -> Self {
        let mut kept = 0;
        let mut first = 0;
        for offset in &mut offsets[1..] {
            let end = *offset as usize;
            targets[first..end].sort_unstable();
            let list_start = kept;
            for place in first..end {
                let to = targets[place];
                if kept == list_start || targets[kept - 1] != to {
                    targets[kept] = to;
                    kept += 1;
                }
            }
            first = end;
            *offset = kept as u32;
        }
        targets.truncate(kept);
        Self {
            offsets,
            targets,
            annotations: None,
        }
    }

    /// As [`Graph::from_lists`], for places that also name their edge in `words`.
    fn from_annotated(slots: &[(u32, u32)], offsets: &[u32], words: &[u64]) -> Self {
        let mut compact = vec![0_u32; offsets.len()];
        let mut targets = Vec::with_capacity(slots.len());
        let mut annotations = Vec::with_capacity(slots.len());
        let mut list = Vec::new();
        for node in 1..offsets.len() {
            list.clear();
            list.extend_from_slice(&slots[offsets[node - 1] as usize..offsets[node] as usize]);
            // By neighbour, then by place in the input: the first of a repeated pair stands.
            list.sort_unstable();
            list.dedup_by_key(|&mut (to, _)| to);
            for &(to, edge) in &list {
                targets.push(to);
                annotations.push(words[edge as usize]);
            }
            compact[node] = targets.len() as u32;
        }
        Self {
            offsets: compact,
            targets,
            annotations: Some(annotations),
        }
    }

    /// The same graph with isolated nodes added at the end, up to `nodes` nodes.
    ///
    /// # Panics
    /// When the graph has more nodes than that.
    #[must_use]
    pub fn padded(mut self, nodes: u32) -> Self {
        assert!(nodes >= self.nodes(), "padding never removes nodes");
        let last = self.targets.len() as u32;
        self.offsets.resize(nodes as usize + 1, last);
        self
    }

    /// The compressed form: offsets by node, neighbours, and one word for each neighbour (none if edges carry none).
    pub fn into_parts(self) -> (Vec<u32>, Vec<u32>, Vec<u64>) {
        (self.offsets, self.targets, self.annotations.unwrap_or_default())
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        (self.offsets.len() - 1) as u32
    }

    /// Number of edges, each counted once.
    pub fn edges(&self) -> u64 {
        self.targets.len() as u64 / 2
    }

    /// Neighbours of a node, ascending.
    #[inline]
    pub fn neighbours(&self, node: u32) -> &[u32] {
        &self.targets[self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }

    /// Annotations of a node's edges, in the order of its neighbours; empty if the graph has none.
    #[inline]
    pub fn annotations(&self, node: u32) -> &[u64] {
        self.annotations.as_ref().map_or(&[], |words| {
            &words[self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
        })
    }

    /// Whether edges carry annotations.
    pub fn is_annotated(&self) -> bool {
        self.annotations.is_some()
    }

    /// The annotation of the edge between two nodes, if there is such an edge and it has one.
    #[inline]
    pub fn annotation(&self, from: u32, to: u32) -> Option<u64> {
        let words = self.annotations.as_ref()?;
        let first = self.offsets[from as usize] as usize;
        let place = self.neighbours(from).binary_search(&to).ok()?;
        Some(words[first + place])
    }

    /// Number of neighbours.
    #[inline]
    pub fn degree(&self, node: u32) -> u32 {
        self.offsets[node as usize + 1] - self.offsets[node as usize]
    }

    /// Whether two nodes are neighbours.
    pub fn is_linked(&self, from: u32, to: u32) -> bool {
        self.neighbours(from).binary_search(&to).is_ok()
    }

    /// Every edge once, as (lower node, higher node), ascending.
    pub fn edge_pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.nodes()).flat_map(|node| {
            let list = self.neighbours(node);
            let higher = list.partition_point(|&to| to < node);
            list[higher..].iter().map(move |&to| (node, to))
        })
    }

    /// The graph as petgraph's, for its algorithms: node indices are node numbers, edges stand in the order of
    /// [`Graph::edge_pairs`], with their annotation (0 if there is none) as weight.
    pub fn to_petgraph(&self) -> UnGraph<(), u64> {
        let mut graph = UnGraph::with_capacity(self.nodes() as usize, self.targets.len() / 2);
        for _ in 0..self.nodes() {
            graph.add_node(());
        }
        for (u, v) in self.edge_pairs() {
            let weight = self.annotation(u, v).unwrap_or(0);
            graph.add_edge(NodeIndex::new(u as usize), NodeIndex::new(v as usize), weight);
        }
        graph
    }
}

/// Puts each edge at the places of both of its ends; loops have none.
fn scatter<T: Copy + Default>(offsets: &[u32], edges: &[(u32, u32)], slot: impl Fn(u32, u32) -> T) -> Vec<T> {
    let mut next = offsets.to_vec();
    let mut slots = vec![T::default(); offsets[offsets.len() - 1] as usize];
    for (edge, &(u, v)) in edges.iter().enumerate() {
        if u == v {
            continue;
        }
        for (from, to) in [(u, v), (v, u)] {
            slots[next[from as usize] as usize] = slot(to, edge as u32);
            next[from as usize] += 1;
        }
    }
    slots
}

/// Panics unless the graph is symmetric, ascending, without loops and repetitions.
#[cfg(test)]
pub(crate) fn check_simple(graph: &Graph) {
    for node in 0..graph.nodes() {
        let list = graph.neighbours(node);
        assert!(
            list.windows(2).all(|pair| pair[0] < pair[1]),
            "ascending: {list:?}"
        );
        for &to in list {
            assert_ne!(to, node);
            assert!(graph.is_linked(to, node), "{node} - {to} stands at one end only");
            assert_eq!(graph.annotation(node, to), graph.annotation(to, node));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn loops_and_repeated_pairs_are_dropped() {
        let graph = Graph::from_edges(4, &[(0, 1), (1, 0), (2, 2), (3, 1)], Some(&[5, 6, 7, 8]));
        assert_eq!((graph.nodes(), graph.edges()), (4, 2));
        assert_eq!(graph.neighbours(1), [0, 3]);
        assert_eq!(graph.annotation(0, 1), Some(5));
        assert_eq!(graph.annotation(1, 3), Some(8));
        assert_eq!(graph.annotation(0, 3), None);
        assert_eq!(graph.degree(2), 0);
    }

    #[test]
    fn padding_adds_isolated_nodes_only() {
        let graph = Graph::from_edges(3, &[(0, 2), (1, 2)], None);
        let padded = graph.clone().padded(5);
        assert_eq!((padded.nodes(), padded.edges()), (5, 2));
        assert_eq!((padded.degree(3), padded.degree(4)), (0, 0));
        assert!(padded.edge_pairs().eq(graph.edge_pairs()));
    }

    proptest! {
        /// Against the naive model: an ordered map of pairs.
        #[test]
        fn a_graph_is_its_set_of_pairs(
            edges in proptest::collection::vec((0_u32..20, 0_u32..20, 0_u64..9), 0..120),
            annotated: bool,
        ) {
            let mut model = BTreeMap::new();
            for &(u, v, word) in &edges {
                if u != v {
                    model.entry((u.min(v), u.max(v))).or_insert(word);
                }
            }
            let pairs: Vec<_> = edges.iter().map(|&(u, v, _)| (u, v)).collect();
            let words: Vec<_> = edges.iter().map(|&(.., word)| word).collect();
            let graph = Graph::from_edges(20, &pairs, annotated.then_some(&words[..]));
            check_simple(&graph);
            prop_assert_eq!(graph.edges(), model.len() as u64);
            prop_assert!(graph.edge_pairs().eq(model.keys().copied()));
            prop_assert_eq!(graph.is_annotated(), annotated);
            for (&(u, v), &word) in &model {
                prop_assert_eq!(graph.annotation(u, v), annotated.then_some(word));
            }
            let petgraph = graph.to_petgraph();
            prop_assert_eq!(petgraph.edge_count() as u64, graph.edges());
            prop_assert_eq!(petgraph.node_count(), 20);
        }
    }
}

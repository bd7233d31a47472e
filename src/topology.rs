//! Graphs: generators, snapshot files, analysis.
//!
//! The only room that knows petgraph. It knows nothing of peers' protocols and reads no files: parsers take bytes.

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
    /// Builds a graph of `nodes` nodes from undirected edges. Loops and repeated pairs are dropped (the first
    /// annotation of a pair stands). `annotations`, if given, has one word per edge.
    ///
    /// # Panics
    /// When an edge names a node that is not there, or there are more than 2^31 edges.
    pub fn from_edges(nodes: u32, edges: &[(u32, u32)], annotations: Option<&[u64]>) -> Self {
        assert!(edges.len() < 1 << 31, "a graph has fewer than 2^31 edges");
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
        let places = offsets[nodes as usize] as usize;
        let mut next = offsets.clone();
        let mut slots = vec![(0_u32, 0_u32); places];
        for (edge, &(u, v)) in edges.iter().enumerate() {
            if u == v {
                continue;
            }
            for (from, to) in [(u, v), (v, u)] {
                slots[next[from as usize] as usize] = (to, edge as u32);
                next[from as usize] += 1;
            }
        }
        let mut compact = vec![0_u32; nodes as usize + 1];
        let mut targets = Vec::with_capacity(places);
        let mut words = annotations.map(|_| Vec::with_capacity(places));
        for node in 0..nodes as usize {
            let list = &mut slots[offsets[node] as usize..offsets[node + 1] as usize];
            list.sort_unstable();
            let mut last = None;
            for &(to, edge) in &*list {
                if last == Some(to) {
                    continue;
                }
                last = Some(to);
                targets.push(to);
                if let (Some(words), Some(annotations)) = (&mut words, annotations) {
                    words.push(annotations[edge as usize]);
                }
            }
            compact[node + 1] = targets.len() as u32;
        }
        Self {
            offsets: compact,
            targets,
            annotations: words,
        }
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
    pub fn degree(&self, node: u32) -> u32 {
        self.neighbours(node).len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

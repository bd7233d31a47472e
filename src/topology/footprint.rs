//! What making a graph costs in memory: for estimates before a run.

/// A node of a graph: its offset.
pub fn node_bytes() -> usize {
    size_of::<u32>()
}

/// An edge of a finished graph: at both of its ends, with a word at each if edges are annotated.
pub fn edge_bytes(is_annotated: bool) -> usize {
    let words = if is_annotated { 2 * size_of::<u64>() } else { 0 };
    2 * size_of::<u32>() + words
}

/// An edge while a generator makes a graph of it: in the list of pairs, and as the finished graph is scattered.
pub fn generated_edge_bytes() -> usize {
    size_of::<(u32, u32)>() + edge_bytes(false)
}

/// A line of an edge list while it is read: the numbers, the pair that is made of them, and the finished edge.
pub fn read_edge_bytes(is_annotated: bool) -> usize {
    let (word, places) = if is_annotated {
        (size_of::<u64>(), 2 * size_of::<(u32, u32)>())
    } else {
        (0, 0)
    };
    size_of::<(u64, u64)>() + word + size_of::<(u32, u32)>() + places + edge_bytes(is_annotated)
}

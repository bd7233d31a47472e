//! Breadth-first searches: one, or many at once.
//!
//! Many at once is the multi-source search of Then et al. ("The More the Merrier", VLDB 2014): each node holds one bit
//! per source, so that sources whose fronts cross a node at the same level share the work. In overlays, whose fronts
//! cover most nodes within a few hops, this is 20 to 50 times as fast as one search after another.

use crate::topology::Graph;
use rayon::prelude::*;

/// Words of bits per node.
const WORDS: usize = 4;

/// Sources that are searched from at once.
pub(super) const BATCH: usize = 64 * WORDS;

type Bits = [u64; WORDS];

const NONE: Bits = [0; WORDS];

/// Hops from a node to every node; `u32::MAX` where there is no path.
pub fn distances(graph: &Graph, source: u32) -> Vec<u32> {
    let mut hops = vec![u32::MAX; graph.nodes() as usize];
    hops[source as usize] = 0;
    let mut order = vec![source];
    let mut next = 0;
    while next < order.len() {
        let node = order[next];
        next += 1;
        for &to in graph.neighbours(node) {
            if hops[to as usize] == u32::MAX {
                hops[to as usize] = hops[node as usize] + 1;
                order.push(to);
            }
        }
    }
    hops
}

/// Path lengths from a set of sources.
pub(super) struct Sweep {
    /// Number of ordered pairs (source, other node) at each distance; index 0 counts none.
    pub(super) pairs: Vec<u64>,
    /// The largest distance from each source, in the sources' order.
    pub(super) eccentricities: Vec<u32>,
}

impl Sweep {
    /// The largest distance from any source.
    pub(super) fn diameter(&self) -> u32 {
        self.eccentricities.iter().copied().max().unwrap_or(0)
    }

    /// Mean distance of the pairs.
    pub(super) fn mean(&self) -> Option<f64> {
        let count: u64 = self.pairs.iter().sum();
        let hops: u64 = (0..)
            .zip(&self.pairs)
            .map(|(hops, &pairs): (u64, _)| hops * pairs)
            .sum();
        (count > 0).then(|| hops as f64 / count as f64)
    }

    /// The smallest real number of hops that a share of the pairs is within, linear between whole hops.
    pub(super) fn effective_diameter(&self, share: f64) -> Option<f64> {
        let count: u64 = self.pairs.iter().sum();
        let wanted = share * count as f64;
        let mut below = 0;
        for (hops, &pairs) in self.pairs.iter().enumerate().skip(1) {
            let within = below + pairs;
            if pairs > 0 && within as f64 >= wanted {
                return Some((hops - 1) as f64 + (wanted - below as f64) / pairs as f64);
            }
            below = within;
        }
        None
    }
}

/// Searches from all sources, which must be different nodes. Batches run in parallel; their integers are added up in
/// order.
pub(super) fn sweep(graph: &Graph, sources: &[u32]) -> Sweep {
    let parts: Vec<Sweep> = sources
        .par_chunks(BATCH)
        .map_init(
            || Scratch::new(graph),
            |scratch, batch| scratch.search(graph, batch),
        )
        .collect();
    let mut all = Sweep {
        pairs: Vec::new(),
        eccentricities: Vec::with_capacity(sources.len()),
    };
    for part in parts {
        if all.pairs.len() < part.pairs.len() {
            all.pairs.resize(part.pairs.len(), 0);
        }
        for (sum, pairs) in all.pairs.iter_mut().zip(part.pairs) {
            *sum += pairs;
        }
        all.eccentricities.extend(part.eccentricities);
    }
    all
}

/// What the search keeps of a node: both parts are touched together, hence on one cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Mark {
    /// Sources that have reached the node.
    seen: Bits,
    /// Sources that reach it at the next level.
    next: Bits,
}

/// What a thread reuses from batch to batch.
struct Scratch {
    marks: Vec<Mark>,
    /// Nodes with a front: the sources that reached them at the present level.
    fronts: Vec<(u32, Bits)>,
    /// Nodes that will have one at the next.
    reached: Vec<u32>,
}

impl Scratch {
    const UNSEEN: Mark = Mark {
        seen: NONE,
        next: NONE,
    };

    fn new(graph: &Graph) -> Self {
        Self {
            marks: vec![Self::UNSEEN; graph.nodes() as usize],
            fronts: Vec::new(),
            reached: Vec::new(),
        }
    }

    fn search(&mut self, graph: &Graph, sources: &[u32]) -> Sweep {
        self.marks.fill(Self::UNSEEN);
        self.fronts.clear();
        for (bit, &source) in sources.iter().enumerate() {
            let mut own = NONE;
            own[bit / 64] = 1 << (bit % 64);
            self.marks[source as usize].seen = own;
            self.fronts.push((source, own));
        }
        let mut pairs = vec![0];
        let mut eccentricities = vec![0; sources.len()];
        for level in 1.. {
            self.advance(graph);
            let (count, fresh) = self.settle();
            if count == 0 {
                break;
            }
            pairs.push(count);
            for (bit, eccentricity) in eccentricities.iter_mut().enumerate() {
                if fresh[bit / 64] >> (bit % 64) & 1 == 1 {
                    *eccentricity = level;
                }
            }
        }
        Sweep {
            pairs,
            eccentricities,
        }
    }

    /// Moves every front on to the neighbours that its sources have not reached.
    fn advance(&mut self, graph: &Graph) {
        for &(node, front) in &self.fronts {
            for &to in graph.neighbours(node) {
                let mark = &mut self.marks[to as usize];
                let mut fresh = NONE;
                let mut any = 0;
                let mut before = 0;
                for word in 0..WORDS {
                    fresh[word] = front[word] & !mark.seen[word];
                    any |= fresh[word];
                    before |= mark.next[word];
                }
                if any == 0 {
                    continue;
                }
                if before == 0 {
                    self.reached.push(to);
                }
                for (next, fresh) in mark.next.iter_mut().zip(fresh) {
                    *next |= fresh;
                }
            }
        }
    }

    /// Makes what was reached the new fronts: how many (source, node) pairs they are, and which sources.
    fn settle(&mut self) -> (u64, Bits) {
        let mut count = 0;
        let mut sources = NONE;
        self.fronts.clear();
        for node in self.reached.drain(..) {
            let mark = &mut self.marks[node as usize];
            let fresh = std::mem::take(&mut mark.next);
            for word in 0..WORDS {
                mark.seen[word] |= fresh[word];
                sources[word] |= fresh[word];
                count += u64::from(fresh[word].count_ones());
            }
            self.fronts.push((node, fresh));
        }
        (count, sources)
    }
}

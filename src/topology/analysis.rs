//! What a graph is like: components, degrees, clustering, path lengths.
//!
//! It reads graphs only and knows no simulation. Everything is counted in integers and reduced in a fixed order, so
//! the numbers are equal to the byte on any number of threads.

mod clustering;
mod components;
mod diameter;
mod paths;

#[cfg(test)]
mod tests;

pub use components::components;
pub use paths::distances;

use super::Graph;
use crate::engine::{Draw, Purpose, Seed};
use components::largest_component;
use paths::Sweep;
use serde::Serialize;
use std::collections::BTreeMap;

/// A graph in numbers. Path lengths are those of the largest component.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Analysis {
    /// Number of nodes, isolated ones included.
    pub nodes: u32,
    /// Number of edges.
    pub edges: u64,
    /// Number of connected components; an isolated node is one.
    pub components: u32,
    /// Nodes of the largest component (of the one with the lowest node, where several are largest).
    pub largest_component_nodes: u32,
    /// Edges of the largest component.
    pub largest_component_edges: u64,
    /// Mean number of neighbours over all nodes; 0 without nodes.
    pub degree_mean: f64,
    /// Median number of neighbours over all nodes; the mean of the middle two where nodes are even in number.
    pub degree_median: f64,
    /// Largest number of neighbours.
    pub degree_max: u32,
    /// Number of nodes of each degree that occurs.
    pub degree_histogram: BTreeMap<u32, u64>,
    /// Number of triangles.
    pub triangles: u64,
    /// Closed share of all paths of two edges (3 * triangles / paths, "transitivity"); 0 without such paths. SNAP's
    /// pages print triangles / (paths - 2 * triangles) under a similar name.
    pub closed_fraction: f64,
    /// Mean over all nodes of the share of neighbour pairs that are linked (Watts and Strogatz 1998), where nodes with
    /// fewer than two neighbours count as 0. 0 without nodes.
    pub clustering_mean: f64,
    /// Mean number of hops between two different nodes; none without such a pair. From all nodes, or from sampled
    /// sources to all nodes: see [`Effort`].
    pub path_mean: Option<f64>,
    /// Largest number of hops between two nodes.
    pub diameter: u32,
    /// Whether `diameter` is proven; otherwise it is the largest distance found, a lower bound.
    pub diameter_exact: bool,
    /// The smallest real number of hops that 90 % of the pairs of different nodes are within, linear between whole
    /// hops (Leskovec, Kleinberg, Faloutsos 2007); none without pairs. From the same sources as `path_mean`.
    pub effective_diameter_90: Option<f64>,
    /// Number of nodes that path lengths were measured from: all of the largest component, or a sample.
    #[serde(skip)]
    pub path_sources: u32,
}

/// How much work path lengths may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// A largest component is searched from every node, and all path numbers are exact, where that takes at most about
    /// this many steps: nodes / 256 * 2 * edges * levels, where levels (256 if there are more) are the hops from its
    /// lowest node to the farthest.
    pub exact_steps_max: u64,
    /// Otherwise it is searched from this many sampled nodes. At least 1.
    pub sampled_sources: u32,
    /// Further searches that may then be spent on proving the diameter.
    pub proof_sources: u32,
}

impl Default for Effort {
    /// About 10 s of processor time for the largest Gnutella snapshot (62,586 nodes, exact), and as much for a million
    /// nodes of mean degree 8 (sampled).
    fn default() -> Self {
        Self {
            exact_steps_max: 1_000_000_000,
            sampled_sources: 256,
            proof_sources: 1_024,
        }
    }
}

/// Which stream of [`Purpose::Observation`] the sampled sources are drawn from.
const SOURCES_ENTITY: u64 = 0x0074_6f70_6f6c_6f67;

impl Analysis {
    /// Analyses a graph. The seed matters only where sources are sampled.
    pub fn of(graph: &Graph, effort: Effort, seed: Seed) -> Self {
        let nodes = graph.nodes();
        let edges = graph.edges();
        let (component_count, largest) = largest_component(graph);
        let ends: u64 = largest.iter().map(|&node| u64::from(graph.degree(node))).sum();
        let clustering = clustering::measure(graph);
        let degrees = Degrees::of(graph);
        let paths = Paths::of(graph, &largest, effort, seed);
        Self {
            nodes,
            edges,
            components: component_count,
            largest_component_nodes: u32::try_from(largest.len()).expect("a part of 32-bit many nodes"),
            largest_component_edges: ends / 2,
            degree_mean: if nodes == 0 {
                0.0
            } else {
                2.0 * edges as f64 / f64::from(nodes)
            },
            degree_median: degrees.median,
            degree_max: degrees.histogram.keys().next_back().copied().unwrap_or(0),
            degree_histogram: degrees.histogram,
            triangles: clustering.triangles,
            closed_fraction: clustering.closed_fraction,
            clustering_mean: clustering.mean,
            path_mean: paths.sweep.mean(),
            diameter: paths.diameter,
            diameter_exact: paths.exact,
            effective_diameter_90: paths.sweep.effective_diameter(0.9),
            path_sources: paths.sources,
        }
    }
}

struct Degrees {
    histogram: BTreeMap<u32, u64>,
    median: f64,
}

impl Degrees {
    fn of(graph: &Graph) -> Self {
        let mut sorted: Vec<u32> = (0..graph.nodes()).map(|node| graph.degree(node)).collect();
        sorted.sort_unstable();
        let histogram = sorted
            .chunk_by(|a, b| a == b)
            .map(|equal| (equal[0], equal.len() as u64))
            .collect();
        let median = match sorted.len() {
            0 => 0.0,
            len => f64::midpoint(sorted[(len - 1) / 2].into(), sorted[len / 2].into()),
        };
        Self { histogram, median }
    }
}

struct Paths {
    sweep: Sweep,
    sources: u32,
    diameter: u32,
    exact: bool,
}

impl Paths {
    /// Measures the paths of one component, whose nodes stand breadth first.
    fn of(graph: &Graph, component: &[u32], effort: Effort, seed: Seed) -> Self {
        let part = renumbered(graph, component);
        let exact = steps_of_all(&part) <= effort.exact_steps_max;
        let sources = if exact {
            (0..part.nodes()).collect()
        } else {
            sample(component, effort.sampled_sources.max(1), seed)
        };
        let sweep = paths::sweep(&part, &sources);
        let (diameter, exact) = if exact {
            (sweep.diameter(), true)
        } else {
            diameter::improve(&part, &sweep, &sources, effort.proof_sources)
        };
        Self {
            sources: u32::try_from(sources.len()).expect("a part of 32-bit many nodes"),
            sweep,
            diameter,
            exact,
        }
    }
}

/// The graph of one component, numbered breadth first as `component` lists it: neighbours then lie close together in
/// memory, and sources searched from at once lie close together in the graph.
fn renumbered(graph: &Graph, component: &[u32]) -> Graph {
    let mut numbers = vec![u32::MAX; graph.nodes() as usize];
    for (number, &node) in (0..).zip(component) {
        numbers[node as usize] = number;
    }
    let mut offsets = Vec::with_capacity(component.len() + 1);
    let mut targets = Vec::new();
    offsets.push(0);
    for &node in component {
        targets.extend(graph.neighbours(node).iter().map(|&to| numbers[to as usize]));
        offsets.push(u32::try_from(targets.len()).expect("a part of what fits 32 bits"));
    }
    Graph::from_lists(targets, offsets)
}

/// About how many steps over an edge it takes to search a connected graph from every node: each batch of sources goes
/// over each edge at most once per level, and at most once per source.
fn steps_of_all(graph: &Graph) -> u64 {
    if graph.nodes() == 0 {
        return 0;
    }
    let levels = u64::from(distances(graph, 0).into_iter().max().unwrap_or(0));
    let batches = u64::from(graph.nodes()).div_ceil(paths::BATCH as u64);
    let ends = graph.edges() * 2;
    batches
        .saturating_mul(ends)
        .saturating_mul(levels.min(paths::BATCH as u64))
}

/// Different nodes of a component, uniformly drawn, as places in it.
fn sample(component: &[u32], count: u32, seed: Seed) -> Vec<u32> {
    let mut stream = seed.stream(Purpose::Observation, SOURCES_ENTITY);
    let mut places: Vec<u32> = (0..).zip(component).map(|(place, _)| place).collect();
    // By node first, so that the draw depends on who the members are, not on how they were found.
    places.sort_unstable_by_key(|&place| component[place as usize]);
    let count = places.len().min(count as usize);
    for place in 0..count {
        let other = place + stream.position(places.len() - place);
        places.swap(place, other);
    }
    places.truncate(count);
    places
}

//! Generated graphs: what to build is a pure value, [`Generator`], and its links come from `(seed, replication,
//! parameters, number of nodes)` and nothing else.
//!
//! The room knows neither peers nor scenarios: whoever asks says over which nodes a graph is laid
//! ([`Generator::generate_over`]).

mod closed;
mod power_law;
mod random;
mod regular;
mod small_world;

#[cfg(test)]
mod tests;

use super::Graph;
use crate::engine::{Purpose, Seed};

/// A family of graphs with its parameters.
///
/// Families whose size follows from their parameters ([`Generator::nodes`] says it) refuse any other number of nodes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Generator {
    /// G(n, m) of Erdős and Rényi (1959): every simple graph with exactly m = round(n * mean / 2) edges is equally
    /// likely.
    Random {
        /// Mean number of neighbours, 0 to n - 1.
        mean_degree: f64,
    },
    /// Every node has the same number of neighbours: stubs paired at random (Bollobás 1980), loops and repeated
    /// pairs then removed by switching ends with randomly chosen other edges (McKay and Wormald 1990, without their
    /// rejection step, so uniform only in the limit of many nodes). Need not be connected.
    Regular {
        /// Number of neighbours, below the number of nodes; nodes times degree must be even.
        degree: u32,
    },
    /// Growth with preferential attachment (Barabási and Albert 1999): a complete core of `links` + 1 nodes, then
    /// each further node links to `links` different older ones, chosen in proportion to their degrees. Node numbers
    /// are ages: the well-connected ones are low. Edges: links * (links + 1) / 2 + links * (n - links - 1).
    PreferentialAttachment {
        /// Links that each node brings, from 1.
        links: u32,
    },
    /// A power law of degrees, P(k) in proportion to k^-exponent on `degree_min..=degree_max`: independent degrees
    /// (nodes are drawn anew until the sum is even), stubs paired at random, loops and repeated pairs erased (the
    /// erased configuration model: Britton, Deijfen, Martin-Löf 2006). Erasing lowers the degrees of the very largest
    /// hubs; with an exponent above 3 or a cut-off of about the square root of n it hardly shows. A node may end
    /// with fewer neighbours than `degree_min`.
    Configuration {
        /// The law's exponent, above 0; measured overlays have 2 to 3.
        exponent: f64,
        /// Smallest degree drawn, from 1.
        degree_min: u32,
        /// Largest degree drawn; without one, n - 1.
        degree_max: Option<u32>,
    },
    /// Watts and Strogatz (1998): a ring where each node is linked to its `degree` nearest, then each link's far end is
    /// moved to a random node with probability `rewired`, never making a loop or a repeated pair. Edges: n * degree / 2.
    SmallWorld {
        /// Links of each node before any is moved: even, from 2, below the number of nodes.
        degree: u32,
        /// Probability that a link is moved, 0 to 1.
        rewired: f64,
    },
    /// Rows of columns, each node linked to those above, below, left and right. Node number: row * columns + column.
    Grid {
        /// Number of rows, from 1.
        rows: u32,
        /// Number of columns, from 1.
        columns: u32,
        /// Whether opposite borders are joined. With fewer than three rows (or columns) the joint would be a loop or
        /// repeat a link, and is left out.
        torus: bool,
    },
    /// Each node is linked to the next, the last to the first (two nodes: one link).
    Ring,
    /// The hypercube: 2^dimension nodes, linked where their numbers differ in one bit.
    Hypercube {
        /// Number of dimensions, 0 to 31.
        dimension: u32,
    },
    /// The tree whose every inner node has `degree` neighbours: the root has `degree` children, the others
    /// `degree` - 1, to the given depth. Numbered breadth first from the root, 0.
    RegularTree {
        /// Neighbours of every inner node, from 1.
        degree: u32,
        /// Levels below the root.
        depth: u32,
    },
    /// The tree whose every inner node has `branching` children. Numbered breadth first from the root, 0.
    Tree {
        /// Children of every inner node, from 1.
        branching: u32,
        /// Levels below the root.
        depth: u32,
    },
    /// Everybody is linked to everybody.
    Complete,
    /// Node 0 is linked to all others, and no others are linked.
    Star,
}

/// Why a graph cannot be generated.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum GenerateError {
    /// A parameter lies outside its range whatever the number of nodes.
    #[error("{family}: {parameter} = {} is not {expected}", shown(*value))]
    BadParameter {
        /// The graph family.
        family: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// What it must be, in words.
        expected: &'static str,
    },
    /// The parameters ask for more neighbours than there are other nodes.
    #[error("{family}: {parameter} = {} needs at least {nodes_min} nodes, there are {nodes}", shown(*value))]
    TooFewNodes {
        /// The graph family.
        family: &'static str,
        /// The parameter that asks for more.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// Number of nodes given.
        nodes: u32,
        /// Smallest number that will do.
        nodes_min: u64,
    },
    /// The parameters fix a size, and another was given.
    #[error("{family}: the parameters make {nodes_fixed} nodes, {nodes} are given")]
    WrongSize {
        /// The graph family.
        family: &'static str,
        /// Number of nodes given.
        nodes: u32,
        /// Number of nodes that the parameters make.
        nodes_fixed: u64,
    },
    /// No graph has an odd sum of degrees.
    #[error("{family}: {nodes} nodes of degree {degree} make an odd sum; every link has two ends")]
    OddDegreeSum {
        /// The graph family.
        family: &'static str,
        /// Number of nodes given.
        nodes: u32,
        /// The degree that all of them would have.
        degree: u32,
    },
    /// More nodes than 32 bits can number.
    #[error("{family}: the parameters make 2^32 nodes or more")]
    TooManyNodes {
        /// The graph family.
        family: &'static str,
    },
    /// More edges than a [`Graph`] can hold.
    #[error("{family}: {edges} edges are more than a graph can hold (2^31 - 1)")]
    TooManyEdges {
        /// The graph family.
        family: &'static str,
        /// Number of edges asked for (expected, where it is random).
        edges: u64,
    },
    /// Pairing found no simple graph. Does not happen but by an astronomical accident; another seed will do.
    #[error("{family}: no simple graph found in {attempts} attempts")]
    GaveUp {
        /// The graph family.
        family: &'static str,
        /// Number of attempts made.
        attempts: u32,
    },
}

/// A number as messages show it: huge ones by their exponent.
fn shown(value: f64) -> String {
    if value.is_finite() && value.abs() >= 1e16 {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// Which stream of [`Purpose::Topology`] a family draws from. Part of every result: append, never renumber.
#[derive(Clone, Copy)]
enum Entity {
    Random = 1,
    Regular = 2,
    PreferentialAttachment = 3,
    Configuration = 4,
    SmallWorld = 5,
}

impl Generator {
    /// The family's name, as errors show it.
    pub const fn family(&self) -> &'static str {
        match self {
            Self::Random { .. } => "random graph",
            Self::Regular { .. } => "regular graph",
            Self::PreferentialAttachment { .. } => "preferential attachment",
            Self::Configuration { .. } => "configuration model",
            Self::SmallWorld { .. } => "small world",
            Self::Grid { .. } => "grid",
            Self::Ring => "ring",
            Self::Hypercube { .. } => "hypercube",
            Self::RegularTree { .. } => "regular tree",
            Self::Tree { .. } => "tree",
            Self::Complete => "complete graph",
            Self::Star => "star",
        }
    }

    /// The number of nodes that the parameters make, `None` where any number will do. Parameters that make 2^32 - 1 or
    /// more give `u32::MAX`; [`Generator::generate`] then refuses those that do not fit.
    pub fn nodes(&self) -> Option<u32> {
        let exact = self.nodes_exact()?;
        Some(u32::try_from(exact).unwrap_or(u32::MAX))
    }

    /// As [`Generator::nodes`], saturating at `u64::MAX`.
    fn nodes_exact(&self) -> Option<u64> {
        match *self {
            Self::Grid { rows, columns, .. } => Some(u64::from(rows) * u64::from(columns)),
            Self::Hypercube { dimension } => Some(1_u64.checked_shl(dimension).unwrap_or(u64::MAX)),
            Self::RegularTree { degree, depth } => {
                Some(closed::tree_nodes(degree, degree.saturating_sub(1), depth))
            }
            Self::Tree { branching, depth } => Some(closed::tree_nodes(branching, branching, depth)),
            _ => None,
        }
    }

    /// How many edges the graph over `nodes` nodes will have: exact, but for the configuration model, where it is the
    /// expectation before erasing, rounded. Meant for limits that are checked before work starts; says nothing on
    /// whether the parameters are valid.
    pub fn edges_expected(&self, nodes: u32) -> u64 {
        let n = u64::from(nodes);
        match *self {
            Self::Random { mean_degree } => random::edges(nodes, mean_degree),
            Self::Regular { degree } | Self::SmallWorld { degree, .. } => n * u64::from(degree) / 2,
            Self::PreferentialAttachment { links } => power_law::attachment_edges(nodes, links),
            Self::Configuration {
                exponent,
                degree_min,
                degree_max,
            } => {
                let max = degree_max.unwrap_or(nodes.saturating_sub(1));
                power_law::configuration_edges(nodes, exponent, degree_min, max)
            }
            Self::Grid { rows, columns, torus } => closed::grid_edges(rows, columns, torus),
            Self::Ring => {
                if n < 3 {
                    n.saturating_sub(1)
                } else {
                    n
                }
            }
            Self::Hypercube { dimension } => {
                1_u64
                    .checked_shl(dimension)
                    .unwrap_or(u64::MAX)
                    .saturating_mul(u64::from(dimension))
                    / 2
            }
            Self::RegularTree { .. } | Self::Tree { .. } => {
                self.nodes_exact().map_or(0, |nodes| nodes.saturating_sub(1))
            }
            Self::Complete => n * n.saturating_sub(1) / 2,
            Self::Star => n.saturating_sub(1),
        }
    }

    /// Builds the graph over `nodes` nodes.
    pub fn generate(&self, nodes: u32, seed: Seed) -> Result<Graph, GenerateError> {
        self.check(nodes)?;
        let stream = |entity: Entity| seed.stream(Purpose::Topology, entity as u64);
        Ok(match *self {
            Self::Random { mean_degree } => random::graph(
                nodes,
                random::edges(nodes, mean_degree),
                &mut stream(Entity::Random),
            ),
            Self::Regular { degree } => {
                regular::graph(nodes, degree, &mut stream(Entity::Regular)).ok_or(GenerateError::GaveUp {
                    family: self.family(),
                    attempts: regular::ATTEMPTS,
                })?
            }
            Self::PreferentialAttachment { links } => {
                power_law::attachment(nodes, links, &mut stream(Entity::PreferentialAttachment))
            }
            Self::Configuration {
                exponent,
                degree_min,
                degree_max,
            } => {
                let max = degree_max.unwrap_or(nodes - 1);
                power_law::configuration(
                    nodes,
                    exponent,
                    degree_min,
                    max,
                    &mut stream(Entity::Configuration),
                )
            }
            Self::SmallWorld { degree, rewired } => {
                small_world::graph(nodes, degree, rewired, &mut stream(Entity::SmallWorld))
            }
            Self::Grid { rows, columns, torus } => closed::grid(rows, columns, torus),
            Self::Ring => closed::ring(nodes),
            Self::Hypercube { dimension } => closed::hypercube(dimension),
            Self::RegularTree { degree, .. } => closed::tree(nodes, degree, degree.saturating_sub(1)),
            Self::Tree { branching, .. } => closed::tree(nodes, branching, branching),
            Self::Complete => closed::complete(nodes),
            Self::Star => closed::star(nodes),
        })
    }

    /// Builds the graph over some of `total` nodes (the peers online at time 0, say) and leaves the others isolated:
    /// node i of the generated graph is `members[i]`. No members, no links, whatever the family.
    ///
    /// # Panics
    /// When a member is not below `total` or stands twice.
    pub fn generate_over(&self, members: &[u32], total: u32, seed: Seed) -> Result<Graph, GenerateError> {
        let mut sorted = members.to_vec();
        sorted.sort_unstable();
        assert!(
            sorted.windows(2).all(|pair| pair[0] < pair[1]),
            "each member stands once"
        );
        assert!(
            sorted.last().is_none_or(|&last| last < total),
            "members are among the nodes"
        );
        let count = u32::try_from(members.len()).expect("distinct numbers below a 32-bit total fit 32 bits");
        if count == 0 {
            return Ok(Graph::from_edges(total, &[], None));
        }
        let graph = self.generate(count, seed)?;
        if members.iter().copied().eq(0..count) {
            return Ok(graph.padded(total));
        }
        let placed: Vec<(u32, u32)> = graph
            .edge_pairs()
            .map(|(u, v)| (members[u as usize], members[v as usize]))
            .collect();
        Ok(Graph::from_edges(total, &placed, None))
    }

    /// Finds the contradiction, if there is one, before any work is done.
    fn check(&self, nodes: u32) -> Result<(), GenerateError> {
        let family = self.family();
        let bad = |parameter, value: f64, expected| GenerateError::BadParameter {
            family,
            parameter,
            value,
            expected,
        };
        let few = |parameter, value: f64, nodes_min| GenerateError::TooFewNodes {
            family,
            parameter,
            value,
            nodes,
            nodes_min,
        };
        let n = u64::from(nodes);
        match *self {
            Self::Random { mean_degree } => {
                if !(mean_degree.is_finite() && mean_degree >= 0.0) {
                    return Err(bad("mean degree", mean_degree, "a number from 0"));
                }
                if random::edges(nodes, mean_degree) > random::pairs(nodes) {
                    // Saturates for absurd degrees, which is all that a message needs.
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "finite and positive; saturates"
                    )]
                    let nodes_min = (mean_degree.ceil() as u64).saturating_add(1);
                    return Err(few("mean degree", mean_degree, nodes_min));
                }
            }
            Self::Regular { degree } => {
                if degree > 0 && n <= u64::from(degree) {
                    return Err(few("degree", degree.into(), u64::from(degree) + 1));
                }
                if n * u64::from(degree) % 2 == 1 {
                    return Err(GenerateError::OddDegreeSum {
                        family,
                        nodes,
                        degree,
                    });
                }
            }
            Self::PreferentialAttachment { links } => {
                if links == 0 {
                    return Err(bad("links", 0.0, "at least 1"));
                }
                if n <= u64::from(links) {
                    return Err(few("links", links.into(), u64::from(links) + 1));
                }
            }
            Self::Configuration {
                exponent,
                degree_min,
                degree_max,
            } => {
                if !(exponent.is_finite() && exponent > 0.0) {
                    return Err(bad("exponent", exponent, "a number above 0"));
                }
                if degree_min == 0 {
                    return Err(bad("smallest degree", 0.0, "at least 1"));
                }
                if let Some(max) = degree_max.filter(|&max| max < degree_min) {
                    return Err(bad("largest degree", max.into(), "at least the smallest"));
                }
                let needed = degree_max.unwrap_or(degree_min);
                if n <= u64::from(needed) {
                    let parameter = if degree_max.is_some() {
                        "largest degree"
                    } else {
                        "smallest degree"
                    };
                    return Err(few(parameter, needed.into(), u64::from(needed) + 1));
                }
                let max = degree_max.unwrap_or(nodes - 1);
                if max == degree_min && n * u64::from(max) % 2 == 1 {
                    return Err(GenerateError::OddDegreeSum {
                        family,
                        nodes,
                        degree: max,
                    });
                }
            }
            Self::SmallWorld { degree, rewired } => {
                if degree < 2 || degree % 2 == 1 {
                    return Err(bad("degree", degree.into(), "an even number from 2"));
                }
                if !(0.0..=1.0).contains(&rewired) {
                    return Err(bad("share rewired", rewired, "between 0 and 1"));
                }
                if n <= u64::from(degree) {
                    return Err(few("degree", degree.into(), u64::from(degree) + 1));
                }
            }
            Self::Grid { rows, columns, .. } => {
                for (parameter, value) in [("rows", rows), ("columns", columns)] {
                    if value == 0 {
                        return Err(bad(parameter, 0.0, "at least 1"));
                    }
                }
            }
            Self::RegularTree { degree: children, .. }
            | Self::Tree {
                branching: children, ..
            } => {
                if children == 0 {
                    let parameter = if matches!(self, Self::Tree { .. }) {
                        "branching"
                    } else {
                        "degree"
                    };
                    return Err(bad(parameter, 0.0, "at least 1"));
                }
            }
            Self::Ring | Self::Hypercube { .. } | Self::Complete | Self::Star => {}
        }
        if let Some(nodes_fixed) = self.nodes_exact() {
            if u32::try_from(nodes_fixed).is_err() {
                return Err(GenerateError::TooManyNodes { family });
            }
            if nodes_fixed != n {
                return Err(GenerateError::WrongSize {
                    family,
                    nodes,
                    nodes_fixed,
                });
            }
        }
        let edges = self.edges_expected(nodes);
        if edges >= Graph::EDGES_LIMIT {
            return Err(GenerateError::TooManyEdges { family, edges });
        }
        Ok(())
    }
}

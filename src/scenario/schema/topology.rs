//! `[topology]`: the links that peers begin with.

use super::Nothing;
use crate::scenario::units::{Positive, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the first links come from. Generated graphs join the peers that are online at time 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// An edge list.
    File(TopologyFile),
    /// Uniformly random with a given number of edges, G(n, m).
    Random(RandomGraph),
    /// Random, every node with the same degree.
    Regular(RegularGraph),
    /// A few nodes with very many links.
    PowerLaw(PowerLaw),
    /// A ring lattice with some edges rewired (Watts and Strogatz 1998).
    SmallWorld(SmallWorld),
    /// A rectangular grid.
    Grid(Grid),
    /// A cycle.
    Ring(Nothing),
    /// A hypercube.
    Hypercube(Hypercube),
    /// A regular tree.
    Tree(Tree),
    /// Everybody with everybody.
    Complete(Nothing),
    /// Everybody with peer 0.
    Star(Nothing),
}

/// `[topology.file]`: an edge list in SNAP's format.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopologyFile {
    /// File `from to [latency]` a line, `#` begins a comment (may be gzipped), relative to the scenario file. Labels are
    /// kept. Required.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// `[topology.random]`: G(n, m).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomGraph {
    /// Mean degree; m = n * mean_degree / 2, rounded. Required.
    pub mean_degree: Positive,
}

/// `[topology.regular]`: a random regular graph.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegularGraph {
    /// Degree of every node, less than the number of peers; one of the two is even. Required.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub degree: u32,
}

/// `[topology.power_law]`: a choice of two models.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PowerLaw {
    /// Preferential attachment (Barabasi and Albert 1999).
    Preferential(Preferential),
    /// Configuration model: degrees drawn from a power law, then joined at random.
    Configuration(Configuration),
}

/// `[topology.power_law.preferential]`: nodes come one by one and prefer the well connected.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferential {
    /// Links that every new node opens, less than the number of peers. Required.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub links: u32,
}

/// `[topology.power_law.configuration]`: P(degree = k) ~ k^-exponent between two bounds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Exponent; 2 to 3 are common, 10 the largest. Required.
    #[schemars(extend("maximum" = 10.0))]
    pub exponent: Positive,
    /// Smallest degree. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub degree_min: u32,
    /// Largest degree, less than the number of peers. Default: the square root of the number of peers, where the model
    /// keeps degrees uncorrelated (Catanzaro, Boguna and Pastor-Satorras 2005).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub degree_max: Option<u32>,
}

/// `[topology.small_world]`: a ring lattice with some edges rewired.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmallWorld {
    /// Nearest neighbours on the ring, even, less than the number of peers. Required.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub neighbours: u32,
    /// Share of edges whose far end is moved to a random node. Required.
    pub rewired: Share,
}

/// `[topology.grid]`: node r * columns + c has neighbours above, below, left and right.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Rows. Required.
    #[schemars(range(min = 1, max = 2_147_483_648_u64))]
    pub rows: u32,
    /// Columns. Required.
    #[schemars(range(min = 1, max = 2_147_483_648_u64))]
    pub columns: u32,
    /// Whether opposite sides are joined. Default: false.
    #[serde(default)]
    pub torus: bool,
}

/// `[topology.hypercube]`: nodes whose numbers differ in one bit are neighbours.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hypercube {
    /// Dimension: 2^dimension nodes. Required.
    #[schemars(range(min = 1, max = 31))]
    pub dimension: u32,
}

/// `[topology.tree]`: every node that is not a leaf has the same degree, the root (node 0) included.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// Degree of the root and of inner nodes. Required.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub degree: u32,
    /// Hops from the root to the leaves. Required.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub depth: u32,
}

impl Topology {
    /// Number of nodes, where the shape alone says it; `None` where the peers' number does or a file. Saturates.
    pub fn own_nodes(&self) -> Option<u64> {
        match self {
            Self::Grid(grid) => Some(u64::from(grid.rows) * u64::from(grid.columns)),
            Self::Hypercube(cube) => Some(1_u64 << cube.dimension.min(63)),
            Self::Tree(tree) => {
                let mut nodes = 1_u64;
                let mut layer = u64::from(tree.degree);
                for _ in 0..tree.depth {
                    nodes = nodes.saturating_add(layer);
                    layer = layer.saturating_mul(u64::from(tree.degree) - 1);
                    if nodes == u64::MAX {
                        break;
                    }
                }
                Some(nodes)
            }
            _ => None,
        }
    }
}

fn one() -> u32 {
    1
}

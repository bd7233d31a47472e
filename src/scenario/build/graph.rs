//! The links that peers begin with.

use super::Desk;
use crate::engine::PeerId;
use crate::scenario::schema::{Latency, PowerLaw, Topology};
use crate::topology::{Generator, Graph, snapshot};

/// A graph from a file, with its labels; or a generator.
pub(in crate::scenario) enum Source {
    /// From a file.
    File {
        /// The graph.
        graph: Graph,
        /// Label of every node.
        labels: Vec<u64>,
    },
    /// Generated when it is known who is online.
    Generated(Generator),
    /// None: peers begin without links.
    Nothing,
}

impl Source {
    /// Nodes that the source itself says there are.
    pub(super) fn nodes(&self) -> Option<u64> {
        match self {
            Self::File { graph, .. } => Some(u64::from(graph.nodes())),
            Self::Generated(generator) => generator.nodes().map(u64::from),
            Self::Nothing => None,
        }
    }
}

/// Reads or chooses the source of the graph.
pub(in crate::scenario) fn source(desk: &mut Desk<'_>) -> Option<Source> {
    let Some(topology) = &desk.scenario.topology else {
        return Some(Source::Nothing);
    };
    if let Topology::File(file) = topology {
        const KEY: &str = "topology.file.path";
        let unit_ns = match &desk.scenario.underlay.latency {
            Latency::Edges(edges) => edges.unit.ns(),
            _ => 1,
        };
        let bytes = desk.read(KEY, &file.path)?;
        let parsed = snapshot::parse(&bytes, unit_ns).map_err(|error| format!("{}: {error}", file.path));
        let snapshot = desk.take(KEY, parsed)?;
        if snapshot.latency_conflicts > 0 {
            // Without the file's name: a result names its copy, and must give the same bytes.
            desk.warn(format!(
                "`{KEY}`: {} lines repeat a link with another latency; the first of each stands",
                snapshot.latency_conflicts
            ));
        }
        return Some(Source::File {
            graph: snapshot.graph,
            labels: snapshot.labels,
        });
    }
    Some(Source::Generated(generator(topology)))
}

fn generator(topology: &Topology) -> Generator {
    match topology {
        Topology::Random(random) => Generator::Random {
            mean_degree: random.mean_degree.get(),
        },
        Topology::Regular(regular) => Generator::Regular {
            degree: regular.degree,
        },
        Topology::PowerLaw(PowerLaw::Preferential(law)) => {
            Generator::PreferentialAttachment { links: law.links }
        }
        Topology::PowerLaw(PowerLaw::Configuration(law)) => Generator::Configuration {
            exponent: law.exponent.get(),
            degree_min: law.degree_min,
            degree_max: law.degree_max,
        },
        Topology::SmallWorld(world) => Generator::SmallWorld {
            degree: world.neighbours,
            rewired: world.rewired.get(),
        },
        Topology::Grid(grid) => Generator::Grid {
            rows: grid.rows,
            columns: grid.columns,
            torus: grid.torus,
        },
        Topology::Ring(_) => Generator::Ring,
        Topology::Hypercube(cube) => Generator::Hypercube {
            dimension: cube.dimension,
        },
        Topology::Tree(tree) => Generator::RegularTree {
            degree: tree.degree,
            depth: tree.depth,
        },
        Topology::Complete(_) => Generator::Complete,
        Topology::Star(_) => Generator::Star,
        Topology::File(_) => unreachable!("a file is no generator"),
    }
}

/// The graph over `peers` peers: a file's as it stands, a generated one over those `online` at the start.
pub(in crate::scenario) fn graph(
    desk: &mut Desk<'_>,
    source: Source,
    peers: u32,
    online: &[PeerId],
) -> Option<Graph> {
    match source {
        Source::Nothing => Some(Graph::from_edges(peers, &[], None)),
        Source::File { graph, .. } => Some(graph.padded(peers)),
        Source::Generated(generator) => {
            let members: Vec<u32> = online.iter().map(|peer| peer.0).collect();
            let graph = generator.generate_over(&members, peers, desk.seed);
            desk.take("topology", graph)
        }
    }
}

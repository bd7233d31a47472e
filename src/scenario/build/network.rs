//! What carries messages: latency, access links, noise.

use super::Desk;
use crate::engine::PeerId;
use crate::population::Population;
use crate::scenario::schema::{self, LatencyKind, MatrixAssignment, MissingEntries};
use crate::scenario::units::Duration;
use crate::topology::Graph;
use crate::underlay::Underlay;
use crate::underlay::latency::{
    Assignment, Direction, Edges, Latency, LatencyTable, Matrix, MatrixOptions, Missing, Plane,
};
use crate::underlay::links::{AccessLink, Links};
use crate::underlay::noise::{Jitter, Loss, NoiseModel, RETRANSMISSION_NS_MAX};

/// The underlay of `nodes` peers and service nodes, which is the last to need the graph. Service nodes have no declared access rate.
pub(in crate::scenario) fn underlay(
    desk: &mut Desk<'_>,
    nodes: u32,
    population: &Population,
    graph: Graph,
) -> Option<Underlay> {
    underlay_with(desk, nodes, population, None, graph)
}

/// The same, where so many service nodes, the first ones, have this access link.
pub(in crate::scenario) fn underlay_with(
    desk: &mut Desk<'_>,
    nodes: u32,
    population: &Population,
    service_link: Option<(&schema::Link, usize)>,
    graph: Graph,
) -> Option<Underlay> {
    let latency = latency(desk, nodes, graph);
    let noise = noise(desk);
    Some(Underlay::new(latency?, links(population, service_link), noise?))
}

fn latency(desk: &mut Desk<'_>, nodes: u32, graph: Graph) -> Option<Latency> {
    let seed = desk.seed;
    match &desk.scenario.underlay.latency {
        schema::Latency::Constant(constant) => desk.take(
            "underlay.latency.constant.one_way",
            Latency::constant(constant.one_way.ns()),
        ),
        schema::Latency::Plane(plane) => {
            // The time across the side is what counts; it is rounded down to a whole nanosecond.
            let side_ns = u128::from(plane.width.metres()) * 1_000_000_000
                / u128::from(plane.speed.metres_per_second().max(1));
            let side_ns = u64::try_from(side_ns).unwrap_or(u64::MAX);
            let model = Plane::new(seed, nodes, side_ns, 1, plane.base.ns());
            desk.take("underlay.latency.plane", model).map(Latency::Plane)
        }
        schema::Latency::Matrix(matrix) => {
            const KEY: &str = "underlay.latency.matrix.path";
            let text = desk.read_text(KEY, &matrix.path)?;
            let direction = match matrix.kind {
                LatencyKind::RoundTrip => Direction::RoundTrip,
                LatencyKind::OneWay => Direction::OneWay,
            };
            let table =
                LatencyTable::parse(&text, direction).map_err(|error| format!("{}: {error}", matrix.path));
            let table = desk.take(KEY, table)?;
            let options = MatrixOptions {
                assignment: match matrix.assign {
                    MatrixAssignment::Random => Assignment::Random,
                    MatrixAssignment::InOrder => Assignment::InOrder,
                },
                same_site_ns: matrix.same_site.map(Duration::ns),
                missing: match matrix.missing {
                    MissingEntries::Refuse => Missing::Refuse,
                    MissingEntries::Median => Missing::Median,
                },
                floor_ns: matrix.floor.map(Duration::ns),
            };
            let model = Matrix::new(&table, seed, nodes, options)
                .map_err(|error| format!("{}: {error}", matrix.path));
            desk.take("underlay.latency.matrix", model).map(Latency::Matrix)
        }
        schema::Latency::Edges(edges) => {
            if !graph.is_annotated() {
                desk.fail(
                    "underlay.latency.edges",
                    "the latencies of links are the third column of `[topology.file]`, which has none",
                );
                return None;
            }
            let (offsets, targets, latencies_ns) = graph.into_parts();
            let otherwise_ns = edges.otherwise.map(Duration::ns);
            let model = Edges::new(offsets, targets, latencies_ns, otherwise_ns);
            desk.take("underlay.latency.edges", model).map(Latency::Edges)
        }
    }
}

fn links(population: &Population, service_link: Option<(&schema::Link, usize)>) -> Links {
    if !population.has_links() && service_link.is_none() {
        return Links::none();
    }
    let of_peer = |peer| {
        let link = population.link(PeerId(peer));
        AccessLink {
            up_bps: link.up_bps,
            down_bps: link.down_bps,
        }
    };
    let services = service_link.into_iter().flat_map(|(link, count)| {
        let link = AccessLink {
            up_bps: link.up.bps(),
            down_bps: link.down.bps(),
        };
        std::iter::repeat_n(link, count)
    });
    Links::each((0..population.peers()).map(of_peer).chain(services).collect())
}

fn noise(desk: &mut Desk<'_>) -> Option<NoiseModel> {
    let underlay = &desk.scenario.underlay;
    let jitter = underlay.jitter.as_ref().map(|jitter| match jitter {
        schema::Jitter::Uniform(uniform) => Jitter::Uniform {
            max_ns: uniform.max.ns(),
        },
        schema::Jitter::Exponential(exponential) => Jitter::Exponential {
            mean_ns: exponential.mean.ns(),
        },
    });
    let retransmission_ns = underlay.retransmission_timeout.ns();
    let loss = Loss {
        probability: underlay.loss.get(),
        retransmission_ns,
        retransmission_ns_max: retransmission_ns.max(RETRANSMISSION_NS_MAX),
    };
    desk.take("underlay.loss", NoiseModel::new(jitter, Some(loss)))
}

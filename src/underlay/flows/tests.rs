//! A small laboratory for the solver: a network of declared rates, and scripts of changes.

mod closed_forms;
mod crumbs;
mod exact;
mod notices;
mod random;

use super::MaxMin;
use crate::engine::Network as _;
use crate::engine::network::{FlowBooks, FlowChange, FlowEnd, FlowId, FlowNotice, FlowSpec, Flows};
use crate::engine::peer::{Contact, Departure, PeerId};
use crate::engine::random::{Draw, Stream};
use crate::engine::time::{NEVER_NS, SECOND_NS};
use crate::underlay::Underlay;
use crate::underlay::latency::{
    Assignment, Direction, Latency, LatencyTable, Matrix, MatrixOptions, Missing,
};
use crate::underlay::links::{AccessLink, Links};
use crate::underlay::noise::NoiseModel;

const LATENCY_NS: u64 = 1_000;
const IDLE_NS: u64 = 30 * SECOND_NS;

/// Links of all peers as (up, down) in bit/s; the same latency between all.
fn network(rates_bps: &[(u64, u64)]) -> Underlay {
    let links = rates_bps
        .iter()
        .map(|&(up_bps, down_bps)| AccessLink { up_bps, down_bps })
        .collect();
    Underlay::new(
        Latency::constant(LATENCY_NS).unwrap(),
        Links::each(links),
        NoiseModel::SILENT,
    )
}

fn contact(peer: u32) -> Contact {
    Contact {
        peer: PeerId(peer),
        session: 1,
    }
}

fn id(source: u32, number: u32) -> FlowId {
    FlowId {
        source: PeerId(source),
        number,
    }
}

fn start(source: u32, number: u32, sink: u32, bytes: u64) -> FlowChange {
    FlowChange::Start {
        spec: FlowSpec {
            flow: id(source, number),
            source: contact(source),
            sink: contact(sink),
            bytes,
            tag: 0,
            idle_timeout_ns: IDLE_NS,
        },
    }
}

fn stop(source: u32, number: u32, by: u32) -> FlowChange {
    FlowChange::Stop {
        flow: id(source, number),
        by: PeerId(by),
    }
}

fn up(peer: u32) -> FlowChange {
    FlowChange::Up {
        contact: contact(peer),
    }
}

fn down(peer: u32, departure: Departure) -> FlowChange {
    FlowChange::Down {
        contact: contact(peer),
        departure,
    }
}

/// A solver, its network, and all it ever said.
struct Lab {
    solver: MaxMin,
    network: Underlay,
    notices: Vec<FlowNotice>,
    /// Entered and not yet played.
    entered: Vec<(u64, FlowChange)>,
}

impl Lab {
    /// All peers are up from time 0.
    fn new(rates_bps: &[(u64, u64)]) -> Self {
        Self::on(network(rates_bps), u32::try_from(rates_bps.len()).unwrap())
    }

    fn on(network: Underlay, peers: u32) -> Self {
        Self {
            solver: MaxMin::new(),
            network,
            notices: Vec::new(),
            entered: (0..peers).map(|peer| (0, up(peer))).collect(),
        }
    }

    /// Plays everything entered before `until_ns`.
    fn play_before(&mut self, until_ns: u64) {
        self.solver
            .play(until_ns, &mut self.entered, &self.network, &mut self.notices);
    }

    /// Enters changes and plays up to and including `now_ns`.
    fn play(&mut self, now_ns: u64, changes: Vec<(u64, FlowChange)>) {
        self.entered.extend(changes);
        self.play_before(now_ns.saturating_add(1));
        assert!(self.entered.is_empty());
    }

    fn finish(&mut self) {
        self.play(NEVER_NS, Vec::new());
    }

    fn partition(&mut self, at_ns: u64, sides: Option<Vec<u8>>) {
        self.play_before(at_ns);
        self.network.set_sides(sides);
        self.solver.repartition(at_ns, &self.network);
    }

    /// When a flow's last bit left its source.
    fn drained_ns(&self, source: u32, number: u32) -> u64 {
        let completed = |notice: &&FlowNotice| {
            notice.spec.flow == id(source, number)
                && notice.end == FlowEnd::Completed
                && notice.target == notice.spec.sink
        };
        self.notices
            .iter()
            .find(completed)
            .expect("the flow completed")
            .drained_ns
    }

    /// The rates of all flows under way, by name, in bit/s.
    fn rates_bps(&self) -> Vec<(FlowId, f64)> {
        let mut rates: Vec<_> = self
            .solver
            .allocation
            .flows
            .iter()
            .filter(|flow| flow.is_alive)
            .map(|flow| (flow.spec.flow, flow.rate as f64 / 4_294_967_296.0))
            .collect();
        rates.sort_by_key(|(flow, _)| *flow);
        rates
    }
}

/// A uniform number below `bound`.
fn below(draw: &mut Stream, bound: u32) -> u32 {
    u32::try_from(draw.below(u64::from(bound))).unwrap()
}

fn assert_balanced(books: FlowBooks) {
    assert_eq!(
        books.offered_bytes,
        books.carried_bytes + books.abandoned_bytes + books.remaining_bytes,
        "{books:?}"
    );
    assert_eq!(
        books.started,
        books.completed + books.ended + books.active,
        "{books:?}"
    );
}

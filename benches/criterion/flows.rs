//! The flow solver under a steady turnover: whenever a transfer ends another one starts, so `n` are always under way.
//! One element is one transfer, start to completion. Transfers go between random peers with modems, cable and campus
//! links, a quarter as many peers as transfers.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use servent::engine::network::{FlowChange, FlowId, FlowSpec, Flows};
use servent::engine::time::{MILLISECOND_NS, NEVER_NS};
use servent::engine::{Contact, Draw, PeerId, Purpose, SmallStream};
use servent::underlay::Underlay;
use servent::underlay::flows::MaxMin;
use servent::underlay::latency::Latency;
use servent::underlay::links::{AccessLink, Links};
use servent::underlay::noise::NoiseModel;

use super::SEED;

const LINKS: [AccessLink; 3] = [
    AccessLink {
        up_bps: 33_600,
        down_bps: 56_000,
    },
    AccessLink {
        up_bps: 256_000,
        down_bps: 1_500_000,
    },
    AccessLink {
        up_bps: 10_000_000,
        down_bps: 10_000_000,
    },
];

#[derive(Clone)]
struct Transfers {
    solver: MaxMin,
    network: Underlay,
    draw: SmallStream,
    peers: usize,
    started: u32,
    changes: Vec<(u64, FlowChange)>,
}

impl Transfers {
    fn new(under_way: u32) -> Self {
        let peers = (under_way as usize / 4).max(4);
        let links = (0..peers).map(|peer| LINKS[peer % LINKS.len()]).collect();
        let latency = Latency::constant(50 * MILLISECOND_NS).expect("50 ms is a latency");
        let mut transfers = Self {
            solver: MaxMin::new(),
            network: Underlay::new(latency, Links::each(links), NoiseModel::SILENT),
            draw: SEED.small(Purpose::Workload, 0),
            peers,
            started: 0,
            changes: Vec::new(),
        };
        for peer in 0..peers {
            let contact = contact(peer);
            transfers.changes.push((0, FlowChange::Up { contact }));
        }
        for _ in 0..under_way {
            transfers.start(0);
        }
        // Until the mix is that of a network that has run for a while.
        transfers.turn(2 * under_way);
        transfers
    }

    fn start(&mut self, at_ns: u64) {
        let source = self.draw.position(self.peers);
        let sink = (source + 1 + self.draw.position(self.peers - 1)) % self.peers;
        let spec = FlowSpec {
            flow: FlowId {
                source: PeerId::at(source),
                number: self.started,
            },
            source: contact(source),
            sink: contact(sink),
            bytes: 50_000 + self.draw.below(200_000),
            tag: 0,
            idle_timeout_ns: u64::MAX,
        };
        self.started += 1;
        self.changes.push((at_ns, FlowChange::Start { spec }));
    }

    /// Plays until `count` more transfers have ended.
    fn turn(&mut self, count: u32) {
        let mut notices = Vec::new();
        let mut ended = 0;
        while ended < count {
            let change_ns = self.changes.first().map_or(NEVER_NS, |(at_ns, _)| *at_ns);
            let now_ns = change_ns.min(Flows::<Underlay>::next_ns(&self.solver));
            self.solver
                .play(now_ns + 1, &mut self.changes, &self.network, &mut notices);
            // Both ends are told of every completion.
            for _ in 0..notices.len() / 2 {
                self.start(now_ns + 1);
                ended += 1;
            }
            notices.clear();
        }
    }
}

fn contact(peer: usize) -> Contact {
    Contact {
        peer: PeerId::at(peer),
        session: 1,
    }
}

pub(super) fn turnover(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flows");
    for under_way in [10, 100, 1_000, 10_000] {
        let transfers = Transfers::new(under_way);
        let count = 100;
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{under_way} under way")),
            |bencher| {
                bencher.iter_batched_ref(
                    || transfers.clone(),
                    |transfers| transfers.turn(count),
                    BatchSize::LargeInput,
                );
            },
        );
    }
    group.finish();
}

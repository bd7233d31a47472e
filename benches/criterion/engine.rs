//! How fast the bare engine plays events: the hold model, a flood, and windows without a queue to speak of.
//!
//! * PHOLD (Fujimoto 1990): a fixed number of jobs; each event sends its job on to a random peer, so the pending set
//!   keeps its size. It measures the queue and the exchange between shards.
//! * Flood: one message over a random graph, every link once or twice: bursts, and hardly any state.
//! * Window: events that all fall into one window of one shard, for peers that do nothing with them: what it costs to
//!   take events, to put them in order and to hand them out.
//!
//! All without access links, noise or flows; the first two on one thread and on two.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use servent::engine::time::{MILLISECOND_NS, SECOND_NS};
use servent::engine::{
    AlwaysOnline, Contact, Context, Draw, Message, Network, NoFlows, Nobody, PeerId, Protocol, Purpose,
    Setup, run,
};

use super::SEED;

/// 20 ms to 60 ms by pair.
struct Pairs;

impl Network for Pairs {
    fn lookahead_ns(&self) -> u64 {
        20 * MILLISECOND_NS
    }

    fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        let pair = u64::from(from.0) << 32 | u64::from(to.0);
        let mixed = pair.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
        self.lookahead_ns() + mixed % (40 * MILLISECOND_NS)
    }

    fn side(&self, _: PeerId) -> u8 {
        0
    }

    fn set_sides(&mut self, _: Option<Vec<u8>>) {}
}

#[derive(Clone)]
struct Job;

impl Message for Job {
    const KINDS: &'static [&'static str] = &["job"];

    fn size_bytes(&self) -> u32 {
        83
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

#[derive(Clone, Default)]
struct Phold;

impl Phold {
    fn pass_on(cx: &mut Context<'_, Self>) {
        let (me, others) = (cx.me().peer.index(), *cx.world() - 1);
        let other = cx.random().position(others);
        cx.datagram(PeerId::at(other + usize::from(other >= me)), Job);
    }
}

impl Protocol for Phold {
    type Message = Job;
    type Timer = ();
    type Command = ();
    /// Number of peers.
    type World = usize;
    type Tally = ();

    fn tally(_: &usize) {}

    fn join(&mut self, cx: &mut Context<'_, Self>) {
        Self::pass_on(cx);
    }

    fn receive(&mut self, _: Contact, _: Job, cx: &mut Context<'_, Self>) {
        Self::pass_on(cx);
    }
}

#[derive(Clone, Default)]
struct Flood {
    has_heard: bool,
}

impl Flood {
    fn hear(&mut self, from: Option<PeerId>, cx: &mut Context<'_, Self>) {
        if self.has_heard {
            return;
        }
        self.has_heard = true;
        for neighbour in &cx.world()[cx.me().peer.index()] {
            if Some(*neighbour) != from {
                cx.send(Contact::any(*neighbour), Job);
            }
        }
    }
}

impl Protocol for Flood {
    type Message = Job;
    type Timer = ();
    type Command = ();
    /// Neighbours by peer.
    type World = Vec<Vec<PeerId>>;
    type Tally = ();

    fn tally(_: &Self::World) {}

    fn receive(&mut self, from: Contact, _: Job, cx: &mut Context<'_, Self>) {
        self.hear(Some(from.peer), cx);
    }

    fn command(&mut self, (): (), cx: &mut Context<'_, Self>) {
        self.hear(None, cx);
    }
}

/// A random graph with a mean degree of 8 (doubled links count twice).
fn random_graph(peers: usize) -> Vec<Vec<PeerId>> {
    let mut draw = SEED.small(Purpose::Topology, 0);
    let mut neighbours = vec![Vec::new(); peers];
    for _ in 0..4 * peers {
        let (a, b) = (draw.position(peers), draw.position(peers));
        if a != b {
            neighbours[a].push(PeerId::at(b));
            neighbours[b].push(PeerId::at(a));
        }
    }
    neighbours
}

fn play<P: Protocol<Command = ()> + Clone>(
    program: P,
    peers: usize,
    world: P::World,
    has_origin: bool,
    duration_ns: u64,
    threads: usize,
) -> u64 {
    let setup = Setup {
        world,
        peers: vec![program; peers].into(),
        network: Pairs,
        flows: None::<NoFlows>,
        sessions: AlwaysOnline,
        commands: has_origin.then_some((0, PeerId(0), ())).into_iter().collect(),
        seed: SEED,
        duration_ns,
    };
    run(setup, &mut Nobody, threads).accounts.events
}

pub(super) fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("phold");
    for peers in [1_000, 100_000] {
        // About a million events each: a job is passed on every 40 ms.
        let duration_ns = 40 * MILLISECOND_NS * (1_000_000 / peers as u64);
        for threads in [1, 2] {
            let events = play(Phold, peers, peers, false, duration_ns, threads);
            group.throughput(Throughput::Elements(events));
            group.bench_function(
                BenchmarkId::new(format!("{peers} peers"), format!("{threads} threads")),
                |bencher| {
                    bencher.iter(|| play(Phold, peers, peers, false, duration_ns, threads));
                },
            );
        }
    }
    group.finish();
}

pub(super) fn flood(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flood");
    for peers in [1_000, 100_000] {
        let graph = random_graph(peers);
        for threads in [1, 2] {
            let events = play(
                Flood::default(),
                peers,
                graph.clone(),
                true,
                100 * SECOND_NS,
                threads,
            );
            group.throughput(Throughput::Elements(events));
            group.bench_function(
                BenchmarkId::new(format!("{peers} peers"), format!("{threads} threads")),
                |bencher| {
                    bencher.iter_batched(
                        || graph.clone(),
                        |graph| play(Flood::default(), peers, graph, true, 100 * SECOND_NS, threads),
                        BatchSize::LargeInput,
                    );
                },
            );
        }
    }
    group.finish();
}

/// Does nothing with what it gets.
#[derive(Clone, Default)]
struct Idle;

impl Protocol for Idle {
    type Message = Job;
    type Timer = ();
    type Command = u32;
    type World = ();
    type Tally = ();

    fn tally((): &()) {}

    fn receive(&mut self, _: Contact, _: Job, _: &mut Context<'_, Self>) {}
}

/// Few enough peers for a single shard.
const SHARD_PEERS: usize = 64;

/// A run of one window in which `events` commands are due, at random times and peers.
fn one_window(events: u32) -> Setup<Idle, Pairs, NoFlows, AlwaysOnline> {
    let mut draw = SEED.small(Purpose::Workload, 0);
    let window_ns = 16 * MILLISECOND_NS;
    let mut commands: Vec<_> = (0..events)
        .map(|row| (draw.below(window_ns), PeerId::at(draw.position(SHARD_PEERS)), row))
        .collect();
    commands.sort_by_key(|(at_ns, ..)| *at_ns);
    Setup {
        commands,
        ..Setup::plain((), vec![Idle; SHARD_PEERS], Pairs, 1, window_ns)
    }
}

pub(super) fn window(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("window");
    for events in [1_000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(u64::from(events)));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{events} events")),
            |bencher| {
                bencher.iter_batched(
                    || one_window(events),
                    |setup| run(setup, &mut Nobody, 1),
                    BatchSize::LargeInput,
                );
            },
        );
    }
    group.finish();
}

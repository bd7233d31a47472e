//! Laws that hold whatever the numbers are: what changes when the world changes in a known way.

use servent::engine::{
    AlwaysOnline, Contact, Context, Draw, Message, NoFlows, Nobody, PeerId, Peers, PlannedSession, Protocol,
    Seed, Sessions, Setup,
};

use super::case::{Case, assert_same};
use super::toy::{ToyNetwork, stream};

/// Passes on what it hears for the first time.
#[derive(Clone, Default)]
struct Flooder {
    first_arrival_ns: Option<u64>,
    copies: u32,
}

#[derive(Clone)]
struct Copy;

impl Message for Copy {
    const KINDS: &'static [&'static str] = &["copy"];

    fn size_bytes(&self) -> u32 {
        83
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

impl Flooder {
    fn hear(&mut self, except: Option<PeerId>, cx: &mut Context<'_, Self>) {
        self.copies += 1;
        if self.first_arrival_ns.is_some() {
            return;
        }
        self.first_arrival_ns = Some(cx.now_ns());
        for neighbour in &cx.world()[cx.me().peer.index()] {
            if Some(*neighbour) != except {
                cx.send(Contact::any(*neighbour), Copy);
            }
        }
    }
}

impl Protocol for Flooder {
    type Message = Copy;
    type Timer = ();
    type Command = ();
    type World = Vec<Vec<PeerId>>;
    type Tally = ();

    fn tally(_: &Self::World) {}

    fn receive(&mut self, from: Contact, _: Copy, cx: &mut Context<'_, Self>) {
        self.hear(Some(from.peer), cx);
    }

    fn command(&mut self, (): (), cx: &mut Context<'_, Self>) {
        self.hear(None, cx);
    }
}

/// A ring with random chords.
fn graph(peers: u32, chords: u32) -> Vec<Vec<PeerId>> {
    let mut draw = stream(1, 9, 0);
    let mut neighbours = vec![Vec::new(); peers as usize];
    let mut link = |a: u32, b: u32| {
        if a != b && !neighbours[a as usize].contains(&PeerId(b)) {
            neighbours[a as usize].push(PeerId(b));
            neighbours[b as usize].push(PeerId(a));
        }
    };
    for peer in 0..peers {
        link(peer, (peer + 1) % peers);
    }
    for _ in 0..chords {
        let mut end = || u32::try_from(draw.below(u64::from(peers))).unwrap();
        link(end(), end());
    }
    neighbours
}

fn flood(stretch: u64, threads: usize) -> Peers<Flooder> {
    const PEERS: u32 = 3_000;
    let setup = Setup {
        world: graph(PEERS, 3 * PEERS),
        peers: vec![Flooder::default(); PEERS as usize].into(),
        network: ToyNetwork {
            spread_ns: 40_000_000,
            stretch,
            ..ToyNetwork::constant(10_000_000)
        },
        flows: None::<NoFlows>,
        sessions: AlwaysOnline,
        commands: vec![(0, PeerId(17), ())],
        seed: Seed {
            seed: 1,
            replication: 0,
        },
        duration_ns: 1_000_000_000_000,
    };
    servent::engine::run(setup, &mut Nobody, threads).peers
}

/// A flood reaches everybody at the length of the shortest path, and doubling every latency doubles it.
#[test]
fn a_flood_takes_shortest_paths_and_scales_with_latency() {
    let network = ToyNetwork {
        spread_ns: 40_000_000,
        ..ToyNetwork::constant(10_000_000)
    };
    let expected = shortest_paths_ns(&graph(3_000, 9_000), &network, PeerId(17));
    for (stretch, threads) in [(1, 1), (2, 2), (7, 8)] {
        for (peer, expected_ns) in flood(stretch, threads).iter().zip(&expected) {
            assert_eq!(peer.first_arrival_ns, Some(expected_ns * stretch));
            assert!(peer.copies > 0);
        }
    }
}

/// Rounds of relaxation until nothing changes (Bellman and Ford).
fn shortest_paths_ns(graph: &[Vec<PeerId>], network: &ToyNetwork, origin: PeerId) -> Vec<u64> {
    use servent::engine::Network;
    let mut known = vec![u64::MAX; graph.len()];
    known[origin.index()] = 0;
    loop {
        let mut is_changed = false;
        for (from, neighbours) in graph
            .iter()
            .enumerate()
            .filter(|(_, neighbours)| !neighbours.is_empty())
        {
            for to in neighbours {
                let from_ns = known[from];
                if from_ns == u64::MAX {
                    continue;
                }
                let through_ns = from_ns + network.latency_ns(PeerId::at(from), *to);
                if through_ns < known[to.index()] {
                    known[to.index()] = through_ns;
                    is_changed = true;
                }
            }
        }
        if !is_changed {
            return known;
        }
    }
}

/// The others' plan, and one more peer that never comes.
struct WithIdle<S>(S, u32);

impl<S: Sessions> Sessions for WithIdle<S> {
    fn session(&self, peer: PeerId, number: u32, previous_end_ns: u64) -> Option<PlannedSession> {
        if peer.0 >= self.1 {
            return None;
        }
        self.0.session(peer, number, previous_end_ns)
    }
}

/// More peers mean more shards and other buckets, but those who never come online change nothing.
#[test]
fn idle_peers_change_nothing() {
    for idle in [1, 66, 5_000] {
        let case = Case {
            actions: 0,
            ..Case::busy(3, 130)
        };
        let (expected, _) = case.play(1);
        let setup = case.setup();
        let idlers = vec![super::chaos::Chaos::default(); idle];
        let peers = setup.peers.into_programs().chain(idlers).collect();
        let setup = Setup {
            peers,
            sessions: WithIdle(setup.sessions, 130),
            world: setup.world,
            network: setup.network,
            flows: setup.flows,
            commands: setup.commands,
            seed: setup.seed,
            duration_ns: setup.duration_ns,
        };
        let mut outcome = servent::engine::run(setup, &mut Nobody, 2);
        outcome.peers = outcome.peers.into_programs().take(130).collect();
        outcome.peer_accounts.truncate(130);
        assert_same(&outcome, &expected, "with idle peers");
    }
}

/// Ending a run earlier gives the beginning of the longer run: the books at a sample equal those at the end of a run
/// that ends there.
#[test]
fn a_shorter_run_is_the_beginning_of_a_longer_one() {
    let case = Case::busy(4, 100);
    let (_, director) = case.play(1);
    for (index, sample) in director.samples.iter().enumerate().step_by(5) {
        let mut setup = case.setup();
        setup.duration_ns = sample.at_ns;
        let mut shorter = case.director();
        let outcome = servent::engine::run(setup, &mut shorter, 2);
        assert_eq!(shorter.samples[index], *sample);
        let last = shorter.samples.last().unwrap();
        assert_eq!(outcome.accounts, last.accounts);
        assert_eq!(outcome.digests, last.digests);
    }
}

/// Another seed is another run; the same seed is the same run.
#[test]
fn seeds_matter() {
    let run = |seed| Case::busy(seed, 70).play(2).0;
    assert_same(&run(5), &run(5), "the same seed");
    let (one, other) = (run(5), run(6));
    for ((name, one), (_, other)) in one.digests.channels().iter().zip(other.digests.channels()) {
        assert_ne!(one.hex(), other.hex(), "digest of {name}");
    }
}

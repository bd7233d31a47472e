//! A whole run drawn from a few numbers, played on both engines and compared in everything they leave.

use servent::engine::{Departure, Draw, Outcome, PeerId, Seed, Setup};

use super::chaos::{Chaos, Rules};
use super::toy::{Action, ToyDirector, ToyNetwork, ToyNoise, ToySessions, stream};
use crate::reference;
use servent::underlay::flows::MaxMin;

/// Everything that a run of the chaotic protocol is made of.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) peers: u32,
    pub(super) lookahead_ns: u64,
    pub(super) spread_ns: u64,
    /// Common divisor of most times, so that events coincide.
    pub(super) grain_ns: u64,
    /// Length of the run in grains.
    pub(super) duration_grains: u64,
    pub(super) idle_grains: u64,
    pub(super) hops: u8,
    /// Longest session in grains; 0: no churn.
    pub(super) session_grains: u64,
    pub(super) crash: f64,
    pub(super) has_links: bool,
    pub(super) has_noise: bool,
    pub(super) has_flows: bool,
    pub(super) commands: u32,
    pub(super) actions: u32,
}

impl Case {
    /// Everything switched on, with some thousands of events.
    pub(super) fn busy(seed: u64, peers: u32) -> Self {
        Self {
            seed,
            peers,
            lookahead_ns: 1_000_000,
            spread_ns: 9_000_000,
            grain_ns: 1_000_000,
            duration_grains: 400,
            idle_grains: 10,
            hops: 4,
            session_grains: 100,
            crash: 0.5,
            has_links: true,
            has_noise: true,
            has_flows: true,
            commands: 100,
            actions: 30,
        }
    }

    pub(super) fn duration_ns(&self) -> u64 {
        self.duration_grains * self.grain_ns
    }

    /// A time in the run, its end included: on the grain, or next to it.
    fn moment(&self, draw: &mut impl Draw) -> u64 {
        let on_grain = draw.below(self.duration_grains + 1) * self.grain_ns;
        let moment = match draw.below(4) {
            0 => on_grain.saturating_sub(1),
            1 => on_grain + 1,
            _ => on_grain,
        };
        moment.min(self.duration_ns())
    }

    pub(super) fn setup(&self) -> Setup<Chaos, ToyNetwork, MaxMin, ToySessions> {
        let mut draw = stream(self.seed, 2, 0);
        let links = if self.has_links {
            // From slower than a message per grain to infinite.
            let scale = 8_000_000_000 / self.grain_ns.clamp(1, 1_000_000_000);
            (0..7)
                .map(|_| (draw.below(4) * scale * 20, draw.below(4) * scale * 60))
                .collect()
        } else {
            Vec::new()
        };
        let noise = self.has_noise.then(|| ToyNoise {
            jitter_ns_max: draw.below(2) * self.lookahead_ns * 2,
            loss: 0.1,
            retransmission_ns: self.lookahead_ns * 3,
        });
        let mut commands: Vec<_> = (0..self.commands)
            .map(|_| {
                let peer = u32::try_from(draw.below(u64::from(self.peers))).unwrap();
                let burst = u8::try_from(1 + draw.below(4)).unwrap();
                (self.moment(&mut draw), PeerId(peer), burst)
            })
            .collect();
        commands.sort_by_key(|(at_ns, ..)| *at_ns);
        Setup {
            world: Rules {
                peers: self.peers,
                grain_ns: self.grain_ns,
                idle_grains: self.idle_grains,
                hops: self.hops,
                size_bytes_max: 100,
                flow_bytes_max: if self.has_flows { 600 } else { 0 },
            },
            peers: vec![Chaos::default(); self.peers as usize].into(),
            network: ToyNetwork {
                seed: self.seed,
                lookahead_ns: self.lookahead_ns,
                spread_ns: self.spread_ns,
                stretch: 1,
                links,
                noise,
                sides: None,
            },
            flows: self.has_flows.then(MaxMin::default),
            sessions: ToySessions {
                seed: self.seed,
                grain_ns: self.grain_ns,
                grains_max: self.session_grains,
                crash: self.crash,
            },
            commands,
            seed: Seed {
                seed: self.seed,
                replication: 0,
            },
            duration_ns: self.duration_ns(),
        }
    }

    pub(super) fn director(&self) -> ToyDirector {
        let mut draw = stream(self.seed, 3, 0);
        let mut actions: Vec<_> = (0..self.actions)
            .map(|_| {
                let at_ns = self.moment(&mut draw);
                let action = match draw.below(6) {
                    0 | 1 => Action::Sample,
                    2 | 3 => {
                        let peer = PeerId(u32::try_from(draw.below(u64::from(self.peers))).unwrap());
                        let departure = [Departure::Graceful, Departure::Crash][draw.position(2)];
                        let until_ns = match draw.below(4) {
                            0 => at_ns,
                            1 => u64::MAX,
                            _ => self.moment(&mut draw),
                        };
                        Action::Depart(peer, departure, until_ns)
                    }
                    4 => Action::Partition((0..self.peers).map(|_| u8::from(draw.below(4) == 0)).collect()),
                    _ => Action::Heal,
                };
                (at_ns, action)
            })
            .collect();
        // One action in three strikes at the same instant as its predecessor.
        for index in 1..actions.len() {
            if draw.below(3) == 0 {
                actions[index].0 = actions[index - 1].0;
            }
        }
        actions.sort_by_key(|(at_ns, _)| *at_ns);
        ToyDirector {
            actions,
            ..ToyDirector::default()
        }
    }

    pub(super) fn play_reference(&self) -> (Outcome<Chaos>, ToyDirector) {
        let mut director = self.director();
        (reference::run(self.setup(), &mut director), director)
    }

    pub(super) fn play(&self, threads: usize) -> (Outcome<Chaos>, ToyDirector) {
        let mut director = self.director();
        (
            servent::engine::run(self.setup(), &mut director, threads),
            director,
        )
    }

    /// Plays the case on the reference engine and on the real one with each number of threads; gives the reference's
    /// outcome back.
    pub(super) fn check(&self, thread_counts: &[usize]) -> Outcome<Chaos> {
        let (expected, expected_director) = self.play_reference();
        for threads in thread_counts {
            let (outcome, director) = self.play(*threads);
            assert_eq!(
                director.samples, expected_director.samples,
                "samples, {threads} threads, {self:?}"
            );
            assert_same(&outcome, &expected, &format!("{threads} threads, {self:?}"));
        }
        expected
    }
}

/// Compares all that two runs left.
pub(super) fn assert_same(outcome: &Outcome<Chaos>, expected: &Outcome<Chaos>, hint: &str) {
    for ((name, channel), (_, expected)) in outcome.digests.channels().iter().zip(expected.digests.channels())
    {
        assert_eq!(channel.hex(), expected.hex(), "digest of {name}, {hint}");
    }
    assert_eq!(outcome.accounts, expected.accounts, "accounts, {hint}");
    assert_eq!(outcome.flow_books, expected.flow_books, "flow books, {hint}");
    assert_eq!(outcome.in_flight, expected.in_flight, "in flight, {hint}");
    assert_eq!(outcome.tally, expected.tally, "tally, {hint}");
    assert_eq!(outcome.peers, expected.peers, "peers, {hint}");
    assert_eq!(
        outcome.peer_accounts, expected.peer_accounts,
        "peer accounts, {hint}"
    );
    assert_eq!(outcome.end_ns, expected.end_ns, "end, {hint}");
    assert_eq!(
        outcome.is_interrupted, expected.is_interrupted,
        "interrupted, {hint}"
    );
}

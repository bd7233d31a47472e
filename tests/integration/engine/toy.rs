//! A small configurable world: network, sessions and director, all pure functions of a seed.

use servent::engine::accounts::Accounts;
use servent::engine::digest::Digests;
use servent::engine::network::{FlowBooks, Noise};
use servent::engine::time::NEVER_NS;
use servent::engine::{
    Channel, Departure, Director, Draw, Network, PeerId, PlannedSession, Purpose, Seed, Sessions,
    SmallStream, Stage,
};

use super::chaos::Chaos;

/// A stream for the matter that these numbers name.
pub(super) fn stream(seed: u64, matter: u64, index: u64) -> SmallStream {
    Seed {
        seed,
        replication: matter,
    }
    .small(Purpose::Observation, index)
}

#[derive(Clone, Debug)]
pub(super) struct ToyNetwork {
    pub(super) seed: u64,
    pub(super) lookahead_ns: u64,
    /// Latencies lie up to so much above the lookahead; 0: all are equal.
    pub(super) spread_ns: u64,
    /// All latencies are multiplied by it.
    pub(super) stretch: u64,
    /// Up and down, by peer modulo the length; empty: no links.
    pub(super) links: Vec<(u64, u64)>,
    pub(super) noise: Option<ToyNoise>,
    pub(super) sides: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub(super) struct ToyNoise {
    pub(super) jitter_ns_max: u64,
    pub(super) loss: f64,
    pub(super) retransmission_ns: u64,
}

impl ToyNetwork {
    pub(super) fn constant(latency_ns: u64) -> Self {
        Self {
            seed: 0,
            lookahead_ns: latency_ns,
            spread_ns: 0,
            stretch: 1,
            links: Vec::new(),
            noise: None,
            sides: None,
        }
    }

    fn link(&self, peer: PeerId) -> (u64, u64) {
        if self.links.is_empty() {
            return (0, 0);
        }
        self.links[peer.index() % self.links.len()]
    }
}

impl Network for ToyNetwork {
    fn lookahead_ns(&self) -> u64 {
        self.lookahead_ns * self.stretch
    }

    fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        let pair = u64::from(from.0) << 32 | u64::from(to.0);
        let above_ns = match self.spread_ns {
            0 => 0,
            spread_ns => {
                let mixed = (pair ^ self.seed).wrapping_mul(0xd6e8_feb8_6659_fd93);
                (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93) % (spread_ns + 1)
            }
        };
        (self.lookahead_ns + above_ns) * self.stretch
    }

    fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    fn up_bps(&self, peer: PeerId) -> u64 {
        self.link(peer).0
    }

    fn down_bps(&self, peer: PeerId) -> u64 {
        self.link(peer).1
    }

    fn has_noise(&self) -> bool {
        self.noise.is_some()
    }

    fn noise(&self, channel: Channel, random: &mut SmallStream) -> Noise {
        let noise = self.noise.as_ref().unwrap();
        let mut extra_ns = random.below(noise.jitter_ns_max + 1);
        if random.chance(noise.loss) {
            match channel {
                Channel::Datagram => return Noise::Lost,
                Channel::Connection => extra_ns += noise.retransmission_ns,
            }
        }
        Noise::Delayed { extra_ns }
    }

    fn side(&self, peer: PeerId) -> u8 {
        self.sides.as_ref().map_or(0, |sides| sides[peer.index()])
    }

    fn set_sides(&mut self, sides: Option<Vec<u8>>) {
        self.sides = sides;
    }
}

/// Sessions whose lengths and gaps are multiples of a grain, some gaps being 0.
#[derive(Clone, Debug)]
pub(super) struct ToySessions {
    pub(super) seed: u64,
    pub(super) grain_ns: u64,
    /// Longest session in grains; 0: everybody stays.
    pub(super) grains_max: u64,
    pub(super) crash: f64,
}

impl Sessions for ToySessions {
    fn session(&self, peer: PeerId, number: u32, previous_end_ns: u64) -> Option<PlannedSession> {
        let mut draw = stream(self.seed, 1, u64::from(peer.0) << 32 | u64::from(number));
        if self.grains_max == 0 {
            return (number == 0).then_some(PlannedSession {
                start_ns: draw.below(2) * self.grain_ns,
                end_ns: NEVER_NS,
                departure: Departure::Graceful,
            });
        }
        let gap = if draw.below(3) == 0 {
            0
        } else {
            draw.below(self.grains_max + 1)
        };
        let start_ns = previous_end_ns + gap * self.grain_ns;
        let length_ns = (1 + draw.below(self.grains_max)) * self.grain_ns;
        Some(PlannedSession {
            start_ns,
            end_ns: match draw.below(10) {
                0 => NEVER_NS,
                1 => start_ns + 1,
                _ => start_ns + length_ns,
            },
            departure: if draw.chance(self.crash) {
                Departure::Crash
            } else {
                Departure::Graceful
            },
        })
    }
}

/// What a [`ToyDirector`] does at an instant.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Sample,
    Depart(PeerId, Departure, u64),
    Partition(Vec<u8>),
    Heal,
}

/// Everything that a director can see, at one instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Sample {
    pub(super) at_ns: u64,
    pub(super) accounts: Accounts,
    pub(super) digests: Digests,
    flow_books: FlowBooks,
    online: u64,
    memories: u64,
    missed: u64,
}

/// Plays a list of actions and notes everything it sees at each.
#[derive(Clone, Default, Debug)]
pub(super) struct ToyDirector {
    /// In order of time.
    pub(super) actions: Vec<(u64, Action)>,
    pub(super) done: usize,
    pub(super) samples: Vec<Sample>,
}

impl Director<Chaos> for ToyDirector {
    fn next_instant_ns(&self) -> u64 {
        self.actions.get(self.done).map_or(NEVER_NS, |(at_ns, _)| *at_ns)
    }

    fn act(&mut self, stage: &mut dyn Stage<Chaos>) {
        let (at_ns, action) = self.actions[self.done].clone();
        self.done += 1;
        assert_eq!(at_ns, stage.now_ns());
        match action {
            Action::Sample => {}
            Action::Depart(peer, departure, until_ns) => stage.depart(peer, departure, until_ns),
            Action::Partition(sides) => stage.partition(Some(sides)),
            Action::Heal => stage.partition(None),
        }
        let mut sample = Sample {
            at_ns,
            accounts: stage.accounts(),
            digests: stage.digests(),
            flow_books: stage.flow_books(),
            online: 0,
            memories: 0,
            missed: 0,
        };
        for index in 0..stage.peers() {
            let peer = PeerId::at(index);
            sample.memories = sample.memories.rotate_left(1) ^ stage.peer(peer).memory;
            if let Some(contact) = stage.online(peer) {
                let who = u64::from(contact.peer.0) << 16 | u64::from(contact.session);
                sample.online = sample.online.rotate_left(5) ^ who;
            }
        }
        stage.visit_tallies(&mut |tally| sample.missed = sample.missed.wrapping_add(tally.missed));
        self.samples.push(sample);
    }
}

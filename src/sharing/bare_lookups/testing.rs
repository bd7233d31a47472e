//! For tests: networks of any router, run by the engine, with sessions as listed and a constant latency.

use crate::engine::time::NEVER_NS;
use crate::engine::{self, Departure, Nobody, Outcome, PeerId, PlannedSession, Seed, Sessions, Setup};
use crate::overlay::dht::settings::Settings;
use crate::overlay::dht::{Dht, Router};
use crate::sharing::{BareLookups, LookupsWorld, PlannedLookup};
use crate::underlay::Underlay;
use crate::underlay::latency::Latency;
use crate::underlay::links::Links;
use crate::underlay::noise::{Loss, NoiseModel};

const LATENCY_NS: u64 = 50_000_000;

/// Sessions as listed.
pub(super) struct Listed(pub(super) Vec<Vec<PlannedSession>>);

impl Sessions for Listed {
    fn session(&self, peer: PeerId, number: u32, _: u64) -> Option<PlannedSession> {
        self.0[peer.index()].get(number as usize).copied()
    }
}

/// A session from then on.
pub(super) fn from(start_ns: u64) -> PlannedSession {
    PlannedSession {
        start_ns,
        end_ns: NEVER_NS,
        departure: Departure::Graceful,
    }
}

/// Runs a network.
pub(super) struct Trial<R: Router, S> {
    pub(super) overlay: Settings<R::Settings>,
    pub(super) routers: Vec<R>,
    pub(super) sessions: S,
    pub(super) lookups: Vec<PlannedLookup>,
    pub(super) loss: f64,
    pub(super) duration_ns: u64,
}

impl<R: Router, S: Sessions> Trial<R, S> {
    pub(super) fn run(self, seed: Seed, threads: usize) -> Outcome<BareLookups<R>> {
        let world = LookupsWorld {
            overlay: self.overlay,
            lookups: self.lookups,
            values: None,
        };
        let routers = self.routers.into_iter();
        let programs = routers.map(|router| BareLookups::new(Dht::new(std::iter::once(router))));
        let noise = NoiseModel::new(None, Some(Loss::with_probability(self.loss)));
        let setup = Setup {
            commands: world.tasks(),
            world,
            peers: programs.collect(),
            network: Underlay::new(
                Latency::constant(LATENCY_NS).unwrap(),
                Links::none(),
                noise.unwrap(),
            ),
            flows: None::<engine::NoFlows>,
            sessions: self.sessions,
            seed,
            duration_ns: self.duration_ns,
        };
        engine::run(setup, &mut Nobody, threads)
    }
}

//! Kademlia in whole networks, run by the engine.

mod hops;
mod networks;
mod upkeep;

use crate::engine::time::{NEVER_NS, SECOND_NS};
use crate::engine::{
    self, AlwaysOnline, Departure, Draw, Nobody, Outcome, PeerId, PlannedSession, Purpose, Seed,
};
use crate::engine::{Sessions, Setup};
use crate::overlay::dht::books::{Ending, Membership};
use crate::overlay::dht::settings::Way;
use crate::overlay::dht::{Dht, Directory, Identifier, LookupId, NodeId, settings as shared};
use crate::overlay::kademlia::tests::{
    SETTINGS, all_nodes, overlay, random_directory, random_identifier, seed,
};
use crate::overlay::kademlia::{Kademlia, Settings, warm};
use crate::sharing::{BareLookups, LookupsWorld, PlannedLookup};
use crate::underlay::Underlay;
use crate::underlay::latency::Latency;
use crate::underlay::links::Links;
use crate::underlay::noise::{Loss, NoiseModel};

const LATENCY_NS: u64 = 50_000_000;
/// Positions of the kinds of message.
const FIND_NODE: usize = 0;
const PING: usize = 5;

/// The member of `nodes` closest to a key, by looking at each.
fn closest_of(nodes: &[NodeId], key: Identifier, directory: &Directory) -> NodeId {
    let distance = |node: &&NodeId| directory.identifier(**node).xor(key);
    *nodes.iter().min_by_key(distance).unwrap()
}

/// `count` lookups of random keys by random members of `origins`, one each `every_ns`.
fn random_lookups(
    count: u64,
    origins: &[NodeId],
    width: u32,
    (first_ns, every_ns): (u64, u64),
    seed: Seed,
) -> Vec<PlannedLookup> {
    let mut random = seed.stream(Purpose::Workload, 0);
    let lookup = |number| PlannedLookup {
        at_ns: first_ns + number * every_ns,
        origin: PeerId(origins[random.position(origins.len())].0),
        key: random_identifier(&mut random, width),
    };
    (0..count).map(lookup).collect()
}

/// Sessions as listed.
struct Listed(Vec<Vec<PlannedSession>>);

impl Sessions for Listed {
    fn session(&self, peer: PeerId, number: u32, _: u64) -> Option<PlannedSession> {
        self.0[peer.index()].get(number as usize).copied()
    }
}

/// A session from then on.
fn from(start_ns: u64) -> PlannedSession {
    PlannedSession {
        start_ns,
        end_ns: NEVER_NS,
        departure: Departure::Graceful,
    }
}

fn cold(directory: &Directory) -> Vec<Kademlia> {
    all_nodes(directory).iter().map(|_| Kademlia::cold()).collect()
}

/// Runs a network.
struct Trial<S> {
    overlay: shared::Settings<Settings>,
    routers: Vec<Kademlia>,
    sessions: S,
    lookups: Vec<PlannedLookup>,
    loss: f64,
    duration_ns: u64,
}

/// A network that has converged, and in which everybody stays: nobody looks anything up yet.
fn still(overlay: shared::Settings<Settings>, seed: Seed, duration_ns: u64) -> Trial<AlwaysOnline> {
    let routers = warm(&overlay, &all_nodes(&overlay.directory), seed);
    Trial {
        overlay,
        routers,
        sessions: AlwaysOnline,
        lookups: Vec::new(),
        loss: 0.0,
        duration_ns,
    }
}

impl<S: Sessions> Trial<S> {
    fn run(self, seed: Seed, threads: usize) -> Outcome<BareLookups<Kademlia>> {
        let commands = (0..).zip(&self.lookups);
        let commands = commands
            .map(|(number, lookup)| (lookup.at_ns, lookup.origin, LookupId(number)))
            .collect();
        let routers = self.routers.into_iter();
        let programs = routers.map(|router| BareLookups::new(Dht::new(std::iter::once(router))));
        let noise = NoiseModel::new(None, Some(Loss::with_probability(self.loss)));
        let setup = Setup {
            world: LookupsWorld {
                overlay: self.overlay,
                lookups: self.lookups,
            },
            peers: programs.collect(),
            network: Underlay::new(
                Latency::constant(LATENCY_NS).unwrap(),
                Links::none(),
                noise.unwrap(),
            ),
            flows: None::<engine::NoFlows>,
            sessions: self.sessions,
            commands,
            seed,
            duration_ns: self.duration_ns,
        };
        engine::run(setup, &mut Nobody, threads)
    }
}

/// How many lookups were answered by the member of `online` closest to their key; the others are printed.
fn right_answers(outcome: &Outcome<BareLookups<Kademlia>>, online: &[NodeId]) -> usize {
    let world = &outcome.world;
    let numbered = (0..).zip(&world.lookups);
    let is_right = |(number, lookup): &(u32, &PlannedLookup)| {
        let right = closest_of(online, lookup.key, &world.overlay.directory);
        let line = outcome.tally.lookups.read(LookupId(*number));
        let is_right = line.ending == Some(Ending::Answered(right));
        if !is_right {
            println!("{number} {lookup:?}: {line:?} instead of {right:?}");
        }
        is_right
    };
    numbered.filter(is_right).count()
}

/// The tables of those who are online hold what must hold.
fn check_tables(outcome: &Outcome<BareLookups<Kademlia>>) {
    for (node, peer) in (0..).map(NodeId).zip(outcome.peers.iter()) {
        for router in peer.overlay().routers() {
            assert_eq!(router.violations(node, &outcome.world.overlay), [], "{node:?}");
        }
    }
}

//! Kademlia in whole networks, run by the engine.

mod hops;
mod networks;
mod upkeep;

use super::testing::{Listed, Trial, from};
use crate::engine::time::{NEVER_NS, SECOND_NS};
use crate::engine::{AlwaysOnline, Departure, Draw, Outcome, PeerId, PlannedSession, Purpose, Seed};
use crate::overlay::dht::books::{Ending, Membership};
use crate::overlay::dht::settings::Way;
use crate::overlay::dht::{Directory, Identifier, LookupId, NodeId, settings as shared};
use crate::overlay::kademlia::tests::{
    SETTINGS, all_nodes, overlay, random_directory, random_identifier, seed,
};
use crate::overlay::kademlia::{Kademlia, Settings, warm};
use crate::sharing::{BareLookups, PlannedLookup};

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

fn cold(directory: &Directory) -> Vec<Kademlia> {
    all_nodes(directory).iter().map(|_| Kademlia::cold()).collect()
}

/// A network that has converged, and in which everybody stays: nobody looks anything up yet.
fn still(overlay: shared::Settings<Settings>, seed: Seed, duration_ns: u64) -> Trial<Kademlia, AlwaysOnline> {
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

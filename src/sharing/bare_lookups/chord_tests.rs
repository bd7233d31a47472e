//! Chord in whole networks, run by the engine.

use super::testing::{Listed, Trial, from};
use crate::engine::time::SECOND_NS;
use crate::engine::{Departure, PlannedSession, Seed};
use crate::overlay::chord::invariants::{RingReport, report};
use crate::overlay::chord::tests::{SETTINGS, overlay};
use crate::overlay::chord::warm::converged;
use crate::overlay::dht::{Directory, Identifier, NodeId};

const SEED: Seed = Seed {
    seed: 1,
    replication: 0,
};

/// Of ten nodes in order, all but the bootstrap node, which never comes, are a ring; number 5 crashes and comes back at once. It
/// cannot join, and has to keep silent: what it knew is gone, and whoever took its word would lose those behind it.
#[test]
fn who_has_come_back_and_not_joined_is_passed_over() {
    const NODES: u32 = 10;
    let identifiers = (0..NODES).map(|node| Identifier::of_fraction(node, NODES, 160));
    let directory = Directory::new(160, 1, identifiers.collect()).unwrap();
    let overlay = overlay(directory, NodeId(9));
    let members: Vec<NodeId> = (0..9).map(NodeId).collect();
    let mut sessions = vec![vec![from(0)]; NODES as usize];
    let first = PlannedSession {
        end_ns: 100 * SECOND_NS,
        departure: Departure::Crash,
        ..from(0)
    };
    sessions[5] = vec![first, from(100 * SECOND_NS + 1)];
    sessions[9].clear();
    let trial = Trial {
        routers: converged(&overlay, &members, |_, _| 0),
        overlay,
        sessions: Listed(sessions),
        lookups: Vec::new(),
        loss: 0.0,
        duration_ns: 200 * SECOND_NS,
    };
    let outcome = trial.run(SEED, 1);
    let joined = |node: NodeId| {
        let router = outcome.peers[node.index()].overlay().routers().next()?;
        (outcome.online[node.index()] && node != NodeId(5)).then_some(router)
    };
    let whole = RingReport {
        members: 8,
        rings: 1,
        ..RingReport::default()
    };
    assert!(outcome.online[5]);
    let found = report(&outcome.world.overlay.directory, SETTINGS.successors, joined);
    assert_eq!(found, whole);
}

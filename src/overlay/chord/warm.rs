//! A ring that has converged: built, not grown.

use super::Chord;
use super::ring::is_finger;
use super::settings::Settings;
use crate::overlay::dht::settings::Settings as DhtSettings;
use crate::overlay::dht::{Directory, NodeId};

/// The routing parts of all nodes of the directory, by number: those of `members`, which are in order of identifiers, know
/// each other as if nobody had come or gone for long; all others have to join.
///
/// `latency_ns` says how far one node is from another: with several finger choices, the nearest of them is the finger.
pub fn converged(
    settings: &DhtSettings<Settings>,
    members: &[NodeId],
    latency_ns: impl Fn(NodeId, NodeId) -> u64,
) -> Vec<Chord> {
    let directory = &settings.directory;
    let mut nodes = vec![Chord::cold(); directory.nodes()];
    let ring = Ring { directory, members };
    for (place, member) in members.iter().enumerate() {
        let node = &mut nodes[member.index()];
        node.is_warm = true;
        let others = members.len() - 1;
        if others == 0 {
            continue;
        }
        let length = others.min(usize::from(settings.router.successors));
        let after: Vec<NodeId> = (1..=length).map(|step| ring.at(place + step)).collect();
        node.table
            .adopt(after[0], &after[1..], *member, settings.router.successors);
        node.table.predecessor = Some(ring.at(place + others));
        for (bit, finger) in ring.fingers(*member, settings.router.finger_choices, &latency_ns) {
            node.table.set_finger(bit, Some(finger));
        }
    }
    nodes
}

struct Ring<'a> {
    directory: &'a Directory,
    members: &'a [NodeId],
}

impl Ring<'_> {
    /// The member so many places from the first on.
    fn at(&self, place: usize) -> NodeId {
        self.members[place % self.members.len()]
    }

    fn fingers(
        &self,
        member: NodeId,
        choices: u16,
        latency_ns: &impl Fn(NodeId, NodeId) -> u64,
    ) -> Vec<(u8, NodeId)> {
        let mine = self.directory.identifier(member);
        let width = u8::try_from(self.directory.width()).expect("identifiers have at most 160 bits");
        let mut fingers = Vec::new();
        for bit in 0..width {
            let from = Chord::start(mine, bit);
            let first = self
                .members
                .partition_point(|node| self.directory.identifier(*node) < from);
            // All closer fingers would be the successor, too.
            if self.is_successor(first, member) {
                break;
            }
            let candidates = (first..first + usize::from(choices)).map(|place| self.at(place));
            let nearest = candidates
                .take_while(|node| *node != member && is_finger(mine, bit, self.directory.identifier(*node)))
                .min_by_key(|node| latency_ns(member, *node));
            fingers.extend(nearest.map(|node| (bit, node)));
        }
        fingers
    }

    fn is_successor(&self, place: usize, member: NodeId) -> bool {
        let mine = self.directory.identifier(member);
        let place_of_mine = self
            .members
            .partition_point(|node| self.directory.identifier(*node) < mine);
        self.at(place) == self.at(place_of_mine + 1)
    }
}

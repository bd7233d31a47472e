//! The lookup object: which node to ask next on the way to a key, and when to stop.
//!
//! Every structured overlay uses it. It knows nothing of messages, timers or peers: nodes are numbers at a distance from the
//! key, the meaning of which (clockwise, XOR) is its user's.
//!
//! Candidates are kept in order of distance. Of the `breadth` closest that have not failed, those not asked yet are asked,
//! `alpha` at a time; when all of these have answered, no closer node is known, and the lookup ends. With a breadth of 1 and
//! a distance to the key's predecessor this is Chord's iterative `find_predecessor` (Stoica et al. 2001, figure 4); with a
//! breadth of k and the XOR metric it is Kademlia's node lookup (Maymounkov and Mazières 2002, section 2.3). With several
//! paths, candidates are divided among them and no node is asked on two (Baumgart and Mies, S/Kademlia, 2007, section 4.3).

use super::directory::NodeId;
use super::identifier::Identifier;
use crate::engine::footprint::grown_bytes;
use smallvec::{SmallVec, smallvec};

/// How a lookup goes about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Requests under way at a time, on each path: 1 or more.
    pub alpha: u16,
    /// Closest nodes that must have answered: 1 or more.
    pub breadth: u16,
    /// Disjoint paths: 1 or more.
    pub paths: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Untried,
    Waiting,
    Answered,
    Failed,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    distance: Identifier,
    node: NodeId,
    depth: u16,
    path: u16,
    state: State,
}

/// What a lookup keeps of so many candidates.
pub(super) fn candidates_bytes(candidates: usize) -> usize {
    grown_bytes::<Candidate>(candidates)
}

/// A node that answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reached {
    /// The node.
    pub node: NodeId,
    /// Length of the chain of nodes from the origin, exclusive, to it, inclusive, in which each told of the next.
    pub depth: u16,
}

/// A lookup under way.
#[derive(Clone, Debug)]
pub struct Lookup {
    rules: Rules,
    /// Ascending by distance.
    candidates: Vec<Candidate>,
    /// Nodes waited for, by path.
    waiting: SmallVec<[u16; 2]>,
}

impl Lookup {
    /// A lookup that knows of nobody yet.
    ///
    /// # Panics
    /// When one of the rules is 0.
    pub fn new(rules: Rules) -> Self {
        assert!(
            rules.alpha > 0 && rules.breadth > 0 && rules.paths > 0,
            "a lookup asks somebody"
        );
        Self {
            rules,
            candidates: Vec::new(),
            waiting: smallvec![0; usize::from(rules.paths)],
        }
    }

    /// The origin itself, which needs not be asked.
    pub fn begin_at(&mut self, origin: NodeId, distance: Identifier) {
        let origin = Candidate {
            distance,
            node: origin,
            depth: 0,
            path: 0,
            state: State::Answered,
        };
        self.insert(std::iter::once(origin));
    }

    /// Nodes that the origin knows, with their distances: dealt out to the paths in turn.
    pub fn seed(&mut self, nodes: impl Iterator<Item = (NodeId, Identifier)>) {
        let paths = self.rules.paths;
        let places = (0_u16..=u16::MAX).cycle();
        self.insert(places.zip(nodes).map(|(place, (node, distance))| Candidate {
            distance,
            node,
            depth: 1,
            path: place % paths,
            state: State::Untried,
        }));
    }

    /// Adds those that are not known yet. Who tells of nodes names the closest first, and so the places where several belong
    /// are found in one pass, and made in another.
    fn insert(&mut self, told: impl Iterator<Item = Candidate>) {
        let mut fresh: SmallVec<[(usize, Candidate); 20]> = SmallVec::new();
        let mut place = 0;
        for candidate in told {
            let is_in_order = fresh
                .last()
                .is_none_or(|(_, last)| last.distance < candidate.distance);
            let is_beyond = self.candidates[..place]
                .last()
                .is_none_or(|before| before.distance < candidate.distance);
            if !(is_in_order && is_beyond) {
                self.put(&fresh);
                fresh.clear();
                place = 0;
            }
            let rest = &self.candidates[place..];
            place += rest
                .iter()
                .take_while(|known| known.distance < candidate.distance)
                .count();
            // No two nodes have one identifier, hence no two one distance.
            let known = self.candidates.get(place);
            if known.is_none_or(|known| known.distance != candidate.distance) {
                fresh.push((place, candidate));
            }
        }
        self.put(&fresh);
    }

    /// Puts candidates before those at the places that are given with them, in ascending order of both.
    fn put(&mut self, fresh: &[(usize, Candidate)]) {
        let mut end = self.candidates.len();
        self.candidates
            .extend(fresh.iter().map(|(_, candidate)| candidate));
        for (shift, (place, candidate)) in fresh.iter().enumerate().rev() {
            self.candidates.copy_within(*place..end, place + shift + 1);
            self.candidates[place + shift] = *candidate;
            end = *place;
        }
    }

    /// The next node to ask, which then is waited for; `None`: nobody for now.
    pub fn ask(&mut self) -> Option<NodeId> {
        (0..self.rules.paths).find_map(|path| self.ask_on(path))
    }

    fn ask_on(&mut self, path: u16) -> Option<NodeId> {
        let Rules { alpha, breadth, .. } = self.rules;
        if self.waiting[usize::from(path)] >= alpha || self.is_path_done(path) {
            return None;
        }
        let next = self
            .candidates
            .iter_mut()
            .filter(|candidate| candidate.path == path && candidate.state != State::Failed)
            .take(usize::from(breadth.max(alpha)))
            .find(|candidate| candidate.state == State::Untried)?;
        next.state = State::Waiting;
        self.waiting[usize::from(path)] += 1;
        Some(next.node)
    }

    fn on(&self, path: u16) -> impl Iterator<Item = &Candidate> {
        self.candidates
            .iter()
            .filter(move |candidate| candidate.path == path)
    }

    /// A node that was waited for answered, and told of others.
    pub fn answered(&mut self, node: NodeId, told: impl Iterator<Item = (NodeId, Identifier)>) {
        let Some(teller) = self.settle(node, State::Answered) else {
            return;
        };
        self.insert(told.map(|(node, distance)| Candidate {
            distance,
            node,
            depth: teller.depth.saturating_add(1),
            path: teller.path,
            state: State::Untried,
        }));
    }

    /// A node that was waited for did not answer.
    pub fn failed(&mut self, node: NodeId) {
        self.settle(node, State::Failed);
    }

    fn settle(&mut self, node: NodeId, state: State) -> Option<Candidate> {
        let candidate = self
            .candidates
            .iter_mut()
            .find(|candidate| candidate.node == node && candidate.state == State::Waiting)?;
        candidate.state = state;
        self.waiting[usize::from(candidate.path)] -= 1;
        Some(*candidate)
    }

    /// Length of the chain to a node that is known: see [`Reached::depth`].
    pub fn depth(&self, node: NodeId) -> u16 {
        let known = self.candidates.iter().find(|candidate| candidate.node == node);
        known.map_or(0, |candidate| candidate.depth)
    }

    /// Whether a node was waited for and did not answer.
    pub fn has_failed(&self, node: NodeId) -> bool {
        self.candidates
            .iter()
            .any(|candidate| candidate.node == node && candidate.state == State::Failed)
    }

    /// Whether nobody is left to ask and, on every path, the closest have answered.
    pub fn is_done(&self) -> bool {
        (0..self.rules.paths).all(|path| self.is_path_done(path))
    }

    fn is_path_done(&self, path: u16) -> bool {
        self.on(path)
            .filter(|candidate| candidate.state != State::Failed)
            .take(usize::from(self.rules.breadth))
            .all(|candidate| candidate.state == State::Answered)
    }

    /// The nodes that answered, the closest first; the origin may be among them.
    pub fn reached(&self) -> impl Iterator<Item = Reached> {
        let answered = self
            .candidates
            .iter()
            .filter(|candidate| candidate.state == State::Answered);
        answered.map(|candidate| Reached {
            node: candidate.node,
            depth: candidate.depth,
        })
    }
}

#[cfg(test)]
mod tests;

//! What observers note of lookups, and of who was part of the network when.

use super::LookupId;
use super::directory::NodeId;
use crate::engine::time::NEVER_NS;
use crate::overlay::books::Pages;

/// How a lookup ended, as its origin saw it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ending {
    /// A node is responsible for the key, or says so.
    Answered(NodeId),
    /// None was found.
    Unanswered,
    /// The origin left before.
    OriginLeft,
    /// The origin was offline at its time.
    OriginOffline,
}

/// One lookup's line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookupLine {
    /// Transmissions it caused, at all nodes.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Nodes that did not answer.
    pub timeouts: u64,
    /// When it ended, nanoseconds; `NEVER_NS`: it did not.
    pub ended_ns: u64,
    /// How; `None`: it did not.
    pub ending: Option<Ending>,
    /// Nodes on the way: see [`super::service::Found::hops`].
    pub hops: u16,
}

impl Default for LookupLine {
    fn default() -> Self {
        Self {
            messages: 0,
            bytes: 0,
            timeouts: 0,
            ended_ns: NEVER_NS,
            ending: None,
            hops: 0,
        }
    }
}

impl LookupLine {
    fn merge(&mut self, other: &Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.timeouts += other.timeouts;
        if other.ending.is_some() {
            assert!(self.ending.is_none(), "a lookup ends once, at its origin");
            (self.ended_ns, self.ending, self.hops) = (other.ended_ns, other.ending, other.hops);
        }
    }
}

/// Something that has to do with who is responsible for keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Membership {
    /// The node is no longer part of the network.
    Left,
    /// The node has joined.
    Joined,
    /// Others know it where it has to be known: from now on, if it is part of the network, it is responsible for keys.
    Placed,
}

/// A line about a node's membership.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MemberLine {
    /// The node.
    pub node: NodeId,
    /// When, nanoseconds.
    pub at_ns: u64,
    /// What happened.
    pub what: Membership,
}

/// The observers' notes of one shard.
#[derive(Default, Debug)]
pub struct LookupBooks {
    lines: Pages<LookupLine>,
    members: Vec<MemberLine>,
}

impl LookupBooks {
    /// The line of a lookup, for writing.
    pub fn line(&mut self, lookup: LookupId) -> &mut LookupLine {
        self.lines.line(lookup.0)
    }

    /// The line of a lookup as noted so far.
    pub fn read(&self, lookup: LookupId) -> LookupLine {
        self.lines.read(lookup.0)
    }

    /// Notes how a lookup ended.
    pub fn note_end(&mut self, lookup: LookupId, at_ns: u64, ending: Ending, hops: u16) {
        let line = self.line(lookup);
        assert!(line.ending.is_none(), "a lookup ends once");
        (line.ended_ns, line.ending, line.hops) = (at_ns, Some(ending), hops);
    }

    /// Notes something about a node's membership.
    pub fn note_member(&mut self, at_ns: u64, node: NodeId, what: Membership) {
        self.members.push(MemberLine { node, at_ns, what });
    }

    /// What was noted about membership, in no order.
    pub fn members(&self) -> &[MemberLine] {
        &self.members
    }

    /// Adds another shard's notes.
    pub fn merge(&mut self, other: Self) {
        self.lines.merge(other.lines, LookupLine::merge);
        self.members.extend(other.members);
    }
}

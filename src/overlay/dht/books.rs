//! What observers note of lookups, of reads and writes of values, and of who was part of the network when.

use super::directory::NodeId;
use super::store::Version;
use super::{LookupId, ReadId, WriteId};
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

/// How a read ended, as its origin saw it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReadEnding {
    /// It found this version.
    Found(Version),
    /// It came to an end and found nothing.
    Missing,
    /// It gave up, or nobody answered whom it could ask.
    Failed,
    /// The origin left before.
    OriginLeft,
    /// The origin was offline at its time.
    OriginOffline,
}

/// How a write ended, as its origin saw it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum WriteEnding {
    /// So many nodes keep it, 1 or more.
    Kept(u16),
    /// None does. Its writer publishes it again later.
    Unkept,
    /// The origin left before.
    OriginLeft,
    /// The origin was offline at its time: that version was never made.
    OriginOffline,
}

/// How a search by words ended, as its origin saw it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum KeywordEnding {
    /// It was told which items have all words in their names.
    Answered {
        /// How many.
        matches: u32,
        /// Whether the one that the query is after is among them.
        is_found: bool,
    },
    /// It gave up, or nobody answered whom it could ask.
    Failed,
    /// The origin left before.
    OriginLeft,
}

/// The line of something that the workload has nodes do: `E` says how such things end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line<E> {
    /// Transmissions it caused, at all nodes.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Nodes that did not answer.
    pub timeouts: u64,
    /// When it ended, nanoseconds; `NEVER_NS`: it did not.
    pub ended_ns: u64,
    /// How; `None`: it did not.
    pub ending: Option<E>,
    /// Nodes on the way: see [`super::service::Found::hops`]; of a read that found something, up to and including the node that
    /// gave it.
    pub hops: u16,
}

/// One lookup's line.
pub type LookupLine = Line<Ending>;
/// One read's line.
pub type ReadLine = Line<ReadEnding>;
/// One write's line.
pub type WriteLine = Line<WriteEnding>;

impl<E> Default for Line<E> {
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

impl<E: Copy> Line<E> {
    /// Notes a transmission.
    pub(super) fn note_sent(&mut self, size_bytes: u32) {
        self.messages += 1;
        self.bytes += u64::from(size_bytes);
    }

    fn end(&mut self, at_ns: u64, ending: E, hops: u16) {
        assert!(self.ending.is_none(), "what the workload asks for ends once");
        (self.ended_ns, self.ending, self.hops) = (at_ns, Some(ending), hops);
    }

    fn merge_costs(&mut self, other: &Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.timeouts += other.timeouts;
    }

    fn merge(&mut self, other: &Self) {
        self.merge_costs(other);
        if let Some(ending) = other.ending {
            self.end(other.ended_ns, ending, other.hops);
        }
    }
}

/// One search by words' line: what it took until the items were known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct KeywordLine {
    /// Whether it was begun.
    pub is_begun: bool,
    /// What it took, and how it ended.
    pub line: Line<KeywordEnding>,
    /// Items in the lists that its messages carried.
    pub postings: u64,
    /// Bytes of the Bloom filters that they carried.
    pub filter_bytes: u64,
    /// Items that Bloom filters let through and that did not belong there.
    pub false_positives: u64,
}

impl KeywordLine {
    /// Notes how the search ended. Several nodes may search for one query, on behalf of a peer that is no part of the network: what
    /// ends first is its end.
    pub(super) fn end(&mut self, at_ns: u64, ending: KeywordEnding) {
        let Line {
            ended_ns,
            ending: earlier,
            ..
        } = &mut self.line;
        if earlier.is_none_or(|earlier| (at_ns, ending) < (*ended_ns, earlier)) {
            (*ended_ns, *earlier) = (at_ns, Some(ending));
        }
    }

    /// Adds what another shard noted of the same query.
    pub fn merge(&mut self, other: &Self) {
        self.is_begun |= other.is_begun;
        self.line.merge_costs(&other.line);
        self.postings += other.postings;
        self.filter_bytes += other.filter_bytes;
        self.false_positives += other.false_positives;
        if let Some(ending) = other.line.ending {
            self.end(other.line.ended_ns, ending);
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
        self.line(lookup).end(at_ns, ending, hops);
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

/// When a version was first kept by all nodes that it was stored at and that were there, nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Completion(u64);

impl Default for Completion {
    fn default() -> Self {
        Self(NEVER_NS)
    }
}

/// The observers' notes of one shard about values.
#[derive(Default, Debug)]
pub struct ValueBooks {
    reads: Pages<ReadLine>,
    writes: Pages<WriteLine>,
    completions: Pages<Completion>,
}

impl ValueBooks {
    /// The line of a read, for writing.
    pub fn read_line(&mut self, read: ReadId) -> &mut ReadLine {
        self.reads.line(read.0)
    }

    /// The line of a write, for writing.
    pub fn write_line(&mut self, write: WriteId) -> &mut WriteLine {
        self.writes.line(write.0)
    }

    /// The line of a read as noted so far.
    pub fn read_of(&self, read: ReadId) -> ReadLine {
        self.reads.read(read.0)
    }

    /// The line of a write as noted so far.
    pub fn write_of(&self, write: WriteId) -> WriteLine {
        self.writes.read(write.0)
    }

    /// When the version that a write makes was first stored, by the write itself or when it was published again, nanoseconds;
    /// `NEVER_NS`: it was not.
    pub fn completed_ns(&self, write: WriteId) -> u64 {
        self.completions.read(write.0).0
    }

    /// Notes how a read ended.
    pub fn note_read(&mut self, read: ReadId, at_ns: u64, ending: ReadEnding, hops: u16) {
        self.read_line(read).end(at_ns, ending, hops);
    }

    /// Notes how a write ended.
    pub fn note_write(&mut self, write: WriteId, at_ns: u64, ending: WriteEnding, hops: u16) {
        self.write_line(write).end(at_ns, ending, hops);
    }

    /// Notes that the version that a write makes is stored.
    pub fn note_completed(&mut self, write: WriteId, at_ns: u64) {
        let completion = self.completions.line(write.0);
        completion.0 = completion.0.min(at_ns);
    }

    /// Adds another shard's notes.
    pub fn merge(&mut self, other: Self) {
        self.reads.merge(other.reads, ReadLine::merge);
        self.writes.merge(other.writes, WriteLine::merge);
        self.completions
            .merge(other.completions, |one, other| one.0 = one.0.min(other.0));
    }
}

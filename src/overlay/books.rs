//! What observers note of searches: one line per query, kept per shard and added up.

use super::QueryId;
use super::dht::books::{KeywordLine, LookupBooks, ValueBooks};
use crate::engine::prefetch::{LINE_BYTES, prefetch_index};
use crate::engine::time::NEVER_NS;
use crate::engine::{PeerId, Tally};
use std::mem::offset_of;

/// One query's line. What every message writes in lies in one line of a cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub struct QueryLine {
    /// Peers that accepted the query first-hand, origin excluded.
    pub reached_peers: u64,
    /// Query transmissions sent.
    pub query_messages: u64,
    /// Deliveries of a query already seen, the origin's included.
    pub duplicate_messages: u64,
    /// Bytes of all transmissions: of queries, hits and checks.
    pub bytes: u64,
    /// Over the peers reached, first arrival minus issue, nanoseconds.
    pub first_arrival_sum_ns: u128,
    /// QueryHit transmissions sent.
    pub hit_messages: u64,
    /// Transmissions by which walkers check back.
    pub check_messages: u64,
    /// QueryHits that arrived at the origin.
    pub hits: u64,
    /// When the first hit arrived at the origin, and over how many hops; `(NEVER_NS, u32::MAX)` for none.
    pub first_hit: (u64, u32),
}

const _: () = assert!(
    offset_of!(QueryLine, hit_messages) <= LINE_BYTES && offset_of!(QueryLine, reached_peers) == 0,
    "what every message writes in comes first, and ends where a line does or before"
);

impl Default for QueryLine {
    fn default() -> Self {
        Self {
            reached_peers: 0,
            query_messages: 0,
            duplicate_messages: 0,
            bytes: 0,
            first_arrival_sum_ns: 0,
            hit_messages: 0,
            check_messages: 0,
            hits: 0,
            first_hit: (NEVER_NS, u32::MAX),
        }
    }
}

impl QueryLine {
    /// Notes a Query transmission.
    pub fn note_query_sent(&mut self, size_bytes: u32) {
        self.note_queries_sent(1, size_bytes);
    }

    /// Notes Query transmissions of one size.
    #[inline]
    pub fn note_queries_sent(&mut self, copies: u64, size_bytes: u32) {
        self.query_messages += copies;
        self.bytes += copies * u64::from(size_bytes);
    }

    /// Notes a QueryHit transmission.
    pub fn note_hit_sent(&mut self, size_bytes: u32) {
        self.hit_messages += 1;
        self.bytes += u64::from(size_bytes);
    }

    /// Notes a peer that accepted the query first-hand, so long after it was issued.
    pub fn note_reached(&mut self, after_ns: u64) {
        self.reached_peers += 1;
        self.first_arrival_sum_ns += u128::from(after_ns);
    }

    /// Notes a hit that arrived at the origin.
    pub fn note_hit(&mut self, at_ns: u64, hops: u32) {
        self.hits += 1;
        self.first_hit = self.first_hit.min((at_ns, hops));
    }

    /// Adds what another shard noted of the same query.
    pub fn merge(&mut self, other: &Self) {
        self.reached_peers += other.reached_peers;
        self.query_messages += other.query_messages;
        self.duplicate_messages += other.duplicate_messages;
        self.hit_messages += other.hit_messages;
        self.check_messages += other.check_messages;
        self.bytes += other.bytes;
        self.hits += other.hits;
        self.first_arrival_sum_ns += other.first_arrival_sum_ns;
        self.first_hit = self.first_hit.min(other.first_hit);
    }
}

/// The fate of a descriptor at a peer, for traces.
///
/// Every copy of a query that a peer gets has one line that says `Accepted` or `Duplicate`; more lines may follow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// First copy: accepted.
    Accepted,
    /// A copy already seen: dropped.
    Duplicate,
    /// The peer has what was asked for, and answered.
    Answered,
    /// The peer does not have it, but knows who does, and answered with that: a server, a super-peer, a node of a DHT.
    Named,
    /// It goes no further from here: its TTL is used up, or a walker ends.
    Expired,
    /// A hit or push for which no way back was known: dropped.
    NoRoute,
    /// The hit arrived at the origin.
    Arrived,
}

/// One line of a trace: a descriptor of a query at a peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TraceLine {
    /// When, nanoseconds.
    pub at_ns: u64,
    /// The query.
    pub query: u32,
    /// The peer that handled the descriptor.
    pub peer: u32,
    /// Who it came from; the peer itself at the origin.
    pub from: u32,
    /// Hops it had made on arrival.
    pub hops: u32,
    /// TTL left after this peer lowered it.
    pub ttl: u32,
    /// What became of it.
    pub fate: Fate,
}

/// A datagram that a peer sent, for captures. Whether it arrived does not matter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// When, nanoseconds.
    pub at_ns: u64,
    /// Who sent it.
    pub from: PeerId,
    /// To whom.
    pub to: PeerId,
    /// What it holds, as on a real network.
    pub payload: Vec<u8>,
}

/// Lines per page: pages are made when first touched, so that shards pay only for what they saw.
const PAGE: usize = 128;

/// The page of a line, and its place there.
#[inline]
fn place(number: u32) -> (usize, usize) {
    (number as usize / PAGE, number as usize % PAGE)
}

/// Lines by number, most of which are never written in most shards.
#[derive(Debug)]
pub struct Pages<L>(Vec<Option<Box<[L; PAGE]>>>);

impl<L> Default for Pages<L> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<L: Copy + Default> Pages<L> {
    /// A line, for writing.
    #[inline]
    pub fn line(&mut self, number: u32) -> &mut L {
        let (page, row) = place(number);
        // Said twice for the borrow checker; the compiler sees that the first answer is the second's.
        if matches!(self.0.get(page), Some(Some(_))) {
            let Some(Some(lines)) = self.0.get_mut(page) else {
                unreachable!("it is there");
            };
            return &mut lines[row];
        }
        &mut self.add_page(page)[row]
    }

    #[cold]
    #[inline(never)]
    fn add_page(&mut self, page: usize) -> &mut [L; PAGE] {
        if page >= self.0.len() {
            self.0.resize_with(page + 1, || None);
        }
        self.0[page].insert(Box::new([L::default(); PAGE]))
    }

    /// Has the beginning of a line fetched that was written before: see [`crate::engine::prefetch`].
    #[inline]
    fn prefetch(&self, number: u32) {
        let (page, row) = place(number);
        if let Some(Some(lines)) = self.0.get(page) {
            prefetch_index(&lines[..], row);
        }
    }

    /// A line as noted so far.
    pub fn read(&self, number: u32) -> L {
        let (page, row) = place(number);
        self.0
            .get(page)
            .and_then(Option::as_ref)
            .map_or_else(L::default, |lines| lines[row])
    }

    /// Adds another shard's lines.
    pub fn merge(&mut self, other: Self, merge: impl Fn(&mut L, &L)) {
        if other.0.len() > self.0.len() {
            self.0.resize_with(other.0.len(), || None);
        }
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            let Some(theirs) = theirs else { continue };
            match mine {
                None => *mine = Some(theirs),
                Some(mine) => mine.iter_mut().zip(theirs.iter()).for_each(|(a, b)| merge(a, b)),
            }
        }
    }
}

/// The observers' notes of one shard.
#[derive(Default, Debug)]
pub struct SearchBooks {
    lines: Pages<QueryLine>,
    /// Lookups of structured overlays.
    pub lookups: LookupBooks,
    /// Reads and writes of values in structured overlays.
    pub values: ValueBooks,
    /// Searches by words in structured overlays, by the number of the query.
    pub keywords: Pages<KeywordLine>,
    /// Trace lines since they were last taken; only written while `tracing`.
    pub trace: Vec<TraceLine>,
    /// Whether traces are wanted.
    pub tracing: bool,
    /// Packets since they were last taken, each sender's in the order in which it sent them; only written where an overlay
    /// captures them.
    pub packets: Vec<Packet>,
    /// What the structured part of a hybrid notes, beside those of its other part.
    structured: Option<Box<StructuredBooks>>,
}

/// What is noted of the structured part of a hybrid.
#[derive(Default, Debug)]
pub struct StructuredBooks {
    /// Its own notes.
    pub search: SearchBooks,
    asked: Pages<Asked>,
}

/// When a query was first put to a part of a hybrid, nanoseconds; `NEVER_NS`: it was not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Asked {
    at_ns: u64,
}

impl Default for Asked {
    fn default() -> Self {
        Self { at_ns: NEVER_NS }
    }
}

impl StructuredBooks {
    /// Notes that a query was put to the structured overlay.
    pub fn note_asked(&mut self, query: QueryId, at_ns: u64) {
        let asked = self.asked.line(query.0);
        asked.at_ns = asked.at_ns.min(at_ns);
    }
}

impl Tally for StructuredBooks {
    fn merge(&mut self, other: Self) {
        self.search.merge(other.search);
        self.asked.merge(other.asked, |mine, theirs| {
            mine.at_ns = mine.at_ns.min(theirs.at_ns);
        });
    }
}

impl SearchBooks {
    /// Has what every message writes in of a query's line fetched.
    #[inline]
    pub(super) fn prefetch(&self, query: QueryId) {
        self.lines.prefetch(query.0);
    }

    /// The line of a query, for writing.
    #[inline]
    pub fn line(&mut self, query: QueryId) -> &mut QueryLine {
        self.lines.line(query.0)
    }

    /// The line of a query as noted so far, by all parts of a hybrid together.
    pub fn read(&self, query: QueryId) -> QueryLine {
        let mut line = self.lines.read(query.0);
        line.merge(&self.read_structured(query).0);
        line
    }

    /// The line of a query as the unstructured part of a hybrid noted it.
    pub fn read_unstructured(&self, query: QueryId) -> QueryLine {
        self.lines.read(query.0)
    }

    /// The line of a query as the structured part of a hybrid noted it, and when that part was first asked; `NEVER_NS`: it was
    /// not.
    pub fn read_structured(&self, query: QueryId) -> (QueryLine, u64) {
        self.structured
            .as_ref()
            .map_or((QueryLine::default(), NEVER_NS), |books| {
                (books.search.read(query), books.asked.read(query.0).at_ns)
            })
    }

    /// The line of a query's search by words, by whichever part of a hybrid makes it.
    pub fn read_keywords(&self, query: QueryId) -> KeywordLine {
        let mut line = self.keywords.read(query.0);
        if let Some(books) = &self.structured {
            line.merge(&books.search.keywords.read(query.0));
        }
        line
    }

    /// The books of the structured part of a hybrid, for writing.
    pub fn structured(&mut self) -> &mut StructuredBooks {
        self.structured.get_or_insert_with(|| {
            let mut books = Box::<StructuredBooks>::default();
            books.search.tracing = self.tracing;
            books
        })
    }

    /// Hands over the lines of traces and the packets since this was last done, those of both parts of a hybrid: each sender's
    /// packets in the order in which it sent them.
    pub fn hand_over(&mut self, lines: &mut Vec<TraceLine>, packets: &mut Vec<Packet>) {
        lines.append(&mut self.trace);
        packets.append(&mut self.packets);
        if let Some(books) = &mut self.structured {
            books.search.hand_over(lines, packets);
        }
    }

    /// Notes a line of the trace if traces are wanted.
    #[inline]
    pub fn note(&mut self, line: impl FnOnce() -> TraceLine) {
        if self.tracing {
            self.trace.push(line());
        }
    }
}

impl Tally for SearchBooks {
    fn merge(&mut self, other: Self) {
        self.lines.merge(other.lines, QueryLine::merge);
        self.lookups.merge(other.lookups);
        self.values.merge(other.values);
        self.keywords.merge(other.keywords, KeywordLine::merge);
        self.trace.extend(other.trace);
        self.packets.extend(other.packets);
        if let Some(theirs) = other.structured {
            self.structured().merge(*theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_line_of_its_own() {
        let mut pages = Pages::<u32>::default();
        let numbers = (0..400).step_by(3);
        for number in numbers.clone() {
            *pages.line(number) = number + 1;
        }
        for number in 0..500 {
            let expected = if number < 400 && number % 3 == 0 {
                number + 1
            } else {
                0
            };
            assert_eq!(pages.read(number), expected, "{number}");
        }
    }
}

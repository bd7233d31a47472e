//! Latencies written on the links of a graph: neighbours are as far apart as their edge says, all others equally.
//!
//! It takes plain vectors in compressed form and knows nothing of where they came from.

#![expect(
    clippy::cast_possible_truncation,
    reason = "node numbers are 32 bits wide, and so are latencies that were checked to be"
)]

use std::ops::Range;

use super::{LatencyError, accept};
use crate::engine::memory::{HugeVec, huge_from};
use crate::engine::network::Dispatch;
use crate::engine::peer::PeerId;
use crate::engine::prefetch::{prefetch_ends, prefetch_index};

/// A link as one of its ends sees it.
#[derive(Clone, Copy, Debug)]
struct Way<T> {
    to: u32,
    latency_ns: T,
}

/// All ways, by where they start and then ascending by where they lead; in eight bytes each where latencies allow it (up to
/// 4.29 s), so that a peer's eight ways lie in one or two cache lines.
#[derive(Clone, Debug)]
enum Ways {
    Narrow(HugeVec<Way<u32>>),
    Wide(HugeVec<Way<u64>>),
}

impl Ways {
    fn new(targets: Vec<u32>, latencies_ns: Vec<u64>) -> Self {
        let ways = targets.into_iter().zip(latencies_ns);
        if ways
            .clone()
            .all(|(_, latency_ns)| u32::try_from(latency_ns).is_ok())
        {
            let narrow = |(to, latency_ns)| Way {
                to,
                latency_ns: latency_ns as u32,
            };
            Self::Narrow(huge_from(ways.map(narrow)))
        } else {
            Self::Wide(huge_from(ways.map(|(to, latency_ns)| Way { to, latency_ns })))
        }
    }
}

/// Finds the way to a peer among those from one peer.
fn find<T: Copy + Into<u64>>(ways: &[Way<T>], to: PeerId) -> Option<u64> {
    let place = ways.binary_search_by_key(&to.0, |way| way.to).ok()?;
    Some(ways[place].latency_ns.into())
}

/// One-way latency by edge, and a constant for pairs that are no neighbours.
#[derive(Clone, Debug)]
pub struct Edges {
    offsets: HugeVec<u32>,
    ways: Ways,
    otherwise_ns: Option<u64>,
    lookahead_ns: u64,
}

impl Edges {
    /// `targets[offsets[v]..offsets[v + 1]]` are node v's neighbours, strictly ascending, and `latencies_ns` at the same
    /// places how long a message from v takes to them. `otherwise_ns` holds for all other pairs.
    ///
    /// Peers beyond the graph's nodes have no neighbours. A graph without any edge needs `otherwise_ns`.
    pub fn new(
        offsets: Vec<u32>,
        targets: Vec<u32>,
        latencies_ns: Vec<u64>,
        otherwise_ns: Option<u64>,
    ) -> Result<Self, LatencyError> {
        let malformed = |node: usize| LatencyError::Malformed { node: node as u32 };
        if offsets.first() != Some(&0) || latencies_ns.len() != targets.len() {
            return Err(malformed(0));
        }
        let nodes = offsets.len() - 1;
        if offsets[nodes] as usize != targets.len() {
            return Err(malformed(nodes));
        }
        let mut lookahead_ns = otherwise_ns.map(accept).transpose()?;
        for node in 0..nodes {
            let (first, end) = (offsets[node] as usize, offsets[node + 1] as usize);
            let ascending =
                first <= end && end <= targets.len() && targets[first..end].is_sorted_by(|a, b| a < b);
            if !ascending {
                return Err(malformed(node));
            }
            for place in first..end {
                let latency_ns = accept(latencies_ns[place]).map_err(|error| match error {
                    LatencyError::Zero => LatencyError::ZeroEdge {
                        from: node as u32,
                        to: targets[place],
                    },
                    other => other,
                })?;
                lookahead_ns = Some(lookahead_ns.map_or(latency_ns, |least| least.min(latency_ns)));
            }
        }
        Ok(Self {
            offsets: huge_from(offsets.into_iter()),
            ways: Ways::new(targets, latencies_ns),
            otherwise_ns,
            lookahead_ns: lookahead_ns.ok_or(LatencyError::Zero)?,
        })
    }

    /// Whether peers that are no neighbours can talk at all.
    pub const fn has_otherwise(&self) -> bool {
        self.otherwise_ns.is_some()
    }

    /// Where a peer's ways lie in the table.
    #[inline]
    fn row(&self, from: PeerId) -> Range<usize> {
        match self.offsets.get(from.index()..from.index() + 2) {
            Some(bounds) => bounds[0] as usize..bounds[1] as usize,
            None => 0..0,
        }
    }

    #[inline]
    pub(super) fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        let row = self.row(from);
        let found = match &self.ways {
            Ways::Narrow(ways) => find(&ways[row], to),
            Ways::Wide(ways) => find(&ways[row], to),
        };
        found.unwrap_or_else(|| self.otherwise_ns(from, to))
    }

    /// Delays what leaves a peer, the first of which may go the way at the place `guess` of the peer's.
    #[inline]
    pub(super) fn delay(&self, from: PeerId, guess: u16, dispatches: &mut [Dispatch]) {
        let row = self.row(from);
        match &self.ways {
            Ways::Narrow(ways) => self.delay_by(&ways[row], (from, guess), dispatches),
            Ways::Wide(ways) => self.delay_by(&ways[row], (from, guess), dispatches),
        }
    }

    #[inline]
    fn delay_by<T: Copy + Into<u64>>(
        &self,
        ways: &[Way<T>],
        (from, guess): (PeerId, u16),
        dispatches: &mut [Dispatch],
    ) {
        // Receivers are mostly neighbours in ascending order: one, or all of them, or all but the one a message came from.
        let mut next = ways.get(usize::from(guess)..).unwrap_or_default().iter();
        for dispatch in dispatches {
            let to = dispatch.to.peer;
            dispatch.time_ns += match next.next() {
                Some(way) if way.to == to.0 => way.latency_ns.into(),
                _ => match next.next() {
                    Some(way) if way.to == to.0 => way.latency_ns.into(),
                    _ => find(ways, to).unwrap_or_else(|| self.otherwise_ns(from, to)),
                },
            };
        }
    }

    #[cold]
    fn otherwise_ns(&self, from: PeerId, to: PeerId) -> u64 {
        match self.otherwise_ns {
            Some(otherwise_ns) => otherwise_ns,
            None if from == to => self.lookahead_ns,
            None => panic!(
                "peers {} and {} are no neighbours: `otherwise` must say how far apart such peers are",
                from.0, to.0
            ),
        }
    }

    /// Has a peer's place in the table fetched.
    #[inline]
    pub fn prefetch(&self, from: PeerId) {
        prefetch_index(&self.offsets, from.index());
    }

    /// Has a peer's ways fetched.
    #[inline]
    pub fn prefetch_ways(&self, from: PeerId) {
        let row = self.row(from);
        match &self.ways {
            Ways::Narrow(ways) => prefetch_ends(&ways[row]),
            Ways::Wide(ways) => prefetch_ends(&ways[row]),
        }
    }

    /// The smallest of all edges and of the constant for other pairs.
    pub const fn lookahead_ns(&self) -> u64 {
        self.lookahead_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Contact;

    fn path(otherwise_ns: Option<u64>) -> Result<Edges, LatencyError> {
        // 0 -(10, back 11)- 1 -(20)- 2, and node 3 alone.
        Edges::new(
            vec![0, 1, 3, 4, 4],
            vec![1, 0, 2, 1],
            vec![10, 11, 20, 20],
            otherwise_ns,
        )
    }

    #[test]
    fn edges_and_the_rest() {
        let edges = path(Some(500)).unwrap();
        for (from, to, expected) in [
            (0, 1, 10),
            (1, 0, 11),
            (1, 2, 20),
            (0, 2, 500),
            (3, 0, 500),
            (9, 1, 500),
            (1, 9, 500),
        ] {
            assert_eq!(edges.latency_ns(PeerId(from), PeerId(to)), expected);
            for other in [1, 0, 2].map(PeerId) {
                if other.0 != from {
                    let mut dispatches = [other, PeerId(to)].map(|to| Dispatch {
                        time_ns: 5,
                        to: Contact::any(to),
                    });
                    let guess = u16::try_from((from + to + other.0) % 4).expect("small");
                    edges.delay(PeerId(from), guess, &mut dispatches);
                    let arrival_ns = dispatches[1].time_ns;
                    assert_eq!(arrival_ns, 5 + expected, "{from} to {to} after {}", other.0);
                    edges.delay(PeerId(from), guess, &mut dispatches[1..]);
                    let twice_ns = dispatches[1].time_ns;
                    assert_eq!(twice_ns, 5 + 2 * expected, "{from} to {to} by {guess}");
                }
            }
        }
        assert_eq!(edges.lookahead_ns(), 10);
        assert_eq!(path(Some(3)).unwrap().lookahead_ns(), 3);
        assert!(path(None).is_ok_and(|edges| edges.lookahead_ns() == 10 && !edges.has_otherwise()));
    }

    #[test]
    #[should_panic(expected = "no neighbours")]
    fn strangers_need_a_declared_latency() {
        path(None).unwrap().latency_ns(PeerId(0), PeerId(2));
    }

    #[test]
    fn refusals() {
        let zero = Edges::new(vec![0, 1, 2], vec![1, 0], vec![0, 5], None);
        assert_eq!(zero.unwrap_err(), LatencyError::ZeroEdge { from: 0, to: 1 });
        assert_eq!(path(Some(0)).unwrap_err(), LatencyError::Zero);
        assert_eq!(
            Edges::new(vec![0], vec![], vec![], None).unwrap_err(),
            LatencyError::Zero
        );
        for (offsets, targets, latencies) in [
            (vec![], vec![], vec![]),
            (vec![0, 2], vec![2, 1], vec![1, 1]),
            (vec![0, 2], vec![1, 1], vec![1, 1]),
            (vec![0, 3], vec![1, 2], vec![1, 1]),
            (vec![0, 2], vec![1, 2], vec![1]),
            (vec![0, 5, 2], vec![1, 2], vec![1, 1]),
        ] {
            let refused = Edges::new(offsets, targets, latencies, None);
            assert!(matches!(refused, Err(LatencyError::Malformed { .. })));
        }
    }
}

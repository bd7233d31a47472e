//! The links of a network that work at an instant.
//!
//! Structured overlays of a hundred thousand peers have millions of them, and a run is sampled a hundred times and more: what
//! is asked of every end of a link lies in a small table, and the ends of a link are brought together by counting.

use super::observed::Observed;
use crate::engine::{Contact, PeerId, SessionNumber, Stage};
use std::ops::Range;

/// A session's number where none is under way; in a contact it stands for an address alone.
const NONE: SessionNumber = Contact::any(PeerId(0)).session;

/// What a peer knows of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Connection,
    Address,
}

/// Every working link once: both ends are online and hold it. Where a peer knows another by its address alone, as it does
/// without a connection, one end that holds it is enough.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkingLinks {
    /// Of each peer, that under way.
    sessions: Vec<SessionNumber>,
    /// The higher ends, by the lower one.
    links: Groups,
}

impl WorkingLinks {
    /// The working links that the first `peers` peers have among each other.
    pub fn of<P: Observed>(stage: &dyn Stage<P>, peers: usize) -> Self {
        let session = |peer| {
            stage
                .online(PeerId::at(peer))
                .map_or(NONE, |online| online.session)
        };
        let sessions: Vec<SessionNumber> = (0..peers).map(session).collect();
        let links = Self::among(&sessions, |peer, visit| stage.peer(peer).visit_neighbours(visit));
        Self { sessions, links }
    }

    /// By the lower end, the working links of peers in these sessions; each holds links to whom `visit_neighbours` visits, one
    /// to each.
    fn among(
        sessions: &[SessionNumber],
        visit_neighbours: impl Fn(PeerId, &mut dyn FnMut(Contact)),
    ) -> Groups {
        // Calls `visit` with the numbers of both ends, once for each end that holds a link.
        let visit_held = |visit: &mut dyn FnMut(u32, u32, Kind)| {
            let online = (0..).zip(sessions).filter(|(_, session)| **session != NONE);
            for (peer, _) in online {
                visit_neighbours(PeerId(peer), &mut |other| {
                    let session = sessions.get(other.peer.index()).copied().unwrap_or(NONE);
                    let kind = match other.session {
                        NONE => Kind::Address,
                        _ => Kind::Connection,
                    };
                    let is_live = session != NONE && (kind == Kind::Address || other.session == session);
                    let other = other.peer.0;
                    if is_live && other != peer {
                        visit(peer.min(other), peer.max(other), kind);
                    }
                });
            }
        };
        let mut ends = [vec![0; sessions.len()], vec![0; sessions.len()]];
        visit_held(&mut |lower, _, kind| ends[kind as usize][lower as usize] += 1);
        let [mut connections, mut addresses] = ends.map(Groups::with_room);
        visit_held(&mut |lower, higher, kind| match kind {
            Kind::Connection => connections.put(lower, higher),
            Kind::Address => addresses.put(lower, higher),
        });
        united(&connections, &addresses)
    }

    /// Whether a peer is online.
    pub fn is_online(&self, peer: u32) -> bool {
        self.sessions[peer as usize] != NONE
    }

    /// Peers that are online.
    pub fn online_peers(&self) -> usize {
        self.sessions.iter().filter(|session| **session != NONE).count()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.links.members.len()
    }

    /// Each as `(lower, higher)`, those with a lower end together.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        (0_u32..)
            .zip(self.links.iter())
            .flat_map(|(lower, highers)| highers.iter().map(move |higher| (lower, *higher)))
    }
}

/// Numbers in groups, which are numbered from 0.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Groups {
    /// Where each group ends.
    ends: Vec<usize>,
    members: Vec<u32>,
}

impl Groups {
    /// Groups that are empty, with room for so many members each: until all are put, groups end where the next member goes.
    fn with_room(sizes: Vec<usize>) -> Self {
        let mut starts = sizes;
        let mut start = 0;
        for size in &mut starts {
            start += std::mem::replace(size, start);
        }
        Self {
            ends: starts,
            members: vec![0; start],
        }
    }

    fn put(&mut self, group: u32, member: u32) {
        let end = &mut self.ends[group as usize];
        self.members[*end] = member;
        *end += 1;
    }

    fn range(&self, group: usize) -> Range<usize> {
        let start = group.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[group]
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.ends.len()).map(|group| &self.members[self.range(group)])
    }
}

/// Links that work, by lower end: both ends hold a connection, at least one an address.
fn united(connections: &Groups, addresses: &Groups) -> Groups {
    let mut links = Groups {
        ends: Vec::with_capacity(addresses.ends.len()),
        members: Vec::with_capacity(addresses.members.len() + connections.members.len() / 2),
    };
    // The group, counted from 1, in which a number came up last: as one end of a connection, as a working link.
    let mut held = vec![0; addresses.ends.len()];
    let mut linked = held.clone();
    for (group, (connected, known)) in (1_u32..).zip(connections.iter().zip(addresses.iter())) {
        let mut link = |higher: u32| {
            if std::mem::replace(&mut linked[higher as usize], group) != group {
                links.members.push(higher);
            }
        };
        for &higher in connected {
            if std::mem::replace(&mut held[higher as usize], group) == group {
                link(higher);
            }
        }
        for &higher in known {
            link(higher);
        }
        links.ends.push(links.members.len());
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Every pair asked for both its ends' lists.
    fn slow(sessions: &[SessionNumber], known: &[Vec<Contact>]) -> Vec<(u32, u32)> {
        let peers = u32::try_from(sessions.len()).unwrap();
        let holds = |peer: u32, other: u32, session: SessionNumber| {
            sessions[peer as usize] != NONE
                && sessions[other as usize] != NONE
                && known[peer as usize].contains(&Contact {
                    peer: PeerId(other),
                    session,
                })
        };
        let works = |lower: u32, higher: u32| {
            let connection = holds(lower, higher, sessions[higher as usize])
                && holds(higher, lower, sessions[lower as usize]);
            connection || holds(lower, higher, NONE) || holds(higher, lower, NONE)
        };
        let pairs = (0..peers).flat_map(|lower| (lower + 1..peers).map(move |higher| (lower, higher)));
        pairs.filter(|&(lower, higher)| works(lower, higher)).collect()
    }

    proptest! {
        #[test]
        fn each_is_found_once(
            sessions in vec(0_u16..3, 8),
            known in vec((0_u32..8, 0_u32..8, 0_u16..3), 0..60),
        ) {
            let mut lists: Vec<Vec<Contact>> = vec![Vec::new(); 8];
            for (peer, other, session) in known {
                let contact = Contact { peer: PeerId(other), session };
                if !lists[peer as usize].contains(&contact) {
                    lists[peer as usize].push(contact);
                }
            }
            let links = WorkingLinks::among(&sessions, |peer, visit| {
                lists[peer.index()].iter().for_each(|contact| visit(*contact));
            });
            let expect = slow(&sessions, &lists);
            let found = WorkingLinks { sessions, links };
            let mut pairs: Vec<(u32, u32)> = found.pairs().collect();
            prop_assert_eq!(pairs.len(), found.count());
            pairs.sort_unstable();
            prop_assert_eq!(pairs, expect);
        }
    }
}

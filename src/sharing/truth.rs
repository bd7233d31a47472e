//! The truth about a query at the moment of its issue: who really holds the item, and who of them could be reached.
//! No protocol can see it.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::FileSharing;
use super::observed::{Observed, is_session};
use crate::engine::{Contact, PeerId, Stage};
use crate::overlay::{ItemId, Overlay};

/// What is true of a query when it is issued.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Truth {
    /// Online holders, the origin excluded: peers that would answer, so those of an unfinished file too where these
    /// are offered.
    pub live_replicas: u64,
    /// Those of them within the query's TTL, counted in hops over working links, each peer's as it believes.
    pub reachable_replicas: u64,
}

/// Somebody who can tell the truth.
pub trait Oracle<P: Observed>: Send {
    /// The truth about a query for `item` that `origin` is about to send `ttl` hops far.
    fn tell(&mut self, stage: &mut dyn Stage<P>, origin: PeerId, item: ItemId, ttl: u32) -> Truth;
}

/// The oracle that runs use: candidates are looked up by item, and links are searched breadth first, only if there
/// is a live holder and no further than the last of them.
#[derive(Debug)]
pub struct Lookup {
    search: Search,
    /// Who has verified a chunk of what since the start.
    gained: BTreeMap<ItemId, Vec<PeerId>>,
}

impl Lookup {
    /// An oracle for a network of `peers`.
    pub fn new(peers: usize) -> Self {
        Self {
            search: Search::new(peers),
            gained: BTreeMap::new(),
        }
    }
}

impl<O: Overlay + 'static> Oracle<FileSharing<O>> for Lookup {
    fn tell(
        &mut self,
        stage: &mut dyn Stage<FileSharing<O>>,
        origin: PeerId,
        item: ItemId,
        ttl: u32,
    ) -> Truth {
        stage.visit_tallies(&mut |tally| {
            for (item, peer) in tally.gained.drain(..) {
                self.gained.entry(item).or_default().push(peer);
            }
        });
        let later = self.gained.get(&item).map_or(&[][..], Vec::as_slice);
        let mut candidates = later.to_vec();
        let library = &stage.world().library;
        library.visit_holders(item, |peer| candidates.push(peer));
        self.search
            .tell_of(stage, origin, item, ttl, candidates.into_iter())
    }
}

/// Nobody asks.
#[derive(Clone, Copy, Debug)]
pub struct NoOracle;

impl<P: Observed> Oracle<P> for NoOracle {
    fn tell(&mut self, _: &mut dyn Stage<P>, _: PeerId, _: ItemId, _: u32) -> Truth {
        Truth::default()
    }
}

/// A breadth-first search over working links.
#[derive(Debug)]
struct Search {
    /// Of whom nothing new can come in the search under way: visited, or offline. In a large structured overlay most links
    /// lead there, and are done with by a look at this.
    done: FixedBitSet,
    /// The layer under way and the next.
    layer: Vec<PeerId>,
    next: Vec<PeerId>,
}

impl Search {
    fn new(peers: usize) -> Self {
        Self {
            done: FixedBitSet::with_capacity(peers),
            layer: Vec::new(),
            next: Vec::new(),
        }
    }

    /// The truth, given a superset of the item's holders.
    fn tell_of<P: Observed>(
        &mut self,
        stage: &dyn Stage<P>,
        origin: PeerId,
        item: ItemId,
        ttl: u32,
        candidates: impl Iterator<Item = PeerId>,
    ) -> Truth {
        let holds = |peer: PeerId| stage.peer(peer).holds(peer, item, stage.world());
        let mut live: Vec<PeerId> = candidates
            .filter(|&peer| peer != origin && stage.online(peer).is_some() && holds(peer))
            .collect();
        live.sort_unstable();
        live.dedup();
        let live_replicas = live.len() as u64;
        if live.is_empty() || stage.online(origin).is_none() {
            return Truth {
                live_replicas,
                reachable_replicas: 0,
            };
        }
        let online = |peer| stage.online(peer);
        let visit = |peer: PeerId, each: &mut dyn FnMut(Contact)| stage.peer(peer).visit_neighbours(each);
        let reachable_replicas = self.count_within(origin, ttl, &live, online, visit);
        Truth {
            live_replicas,
            reachable_replicas,
        }
    }

    /// How many of `wanted`, which ascend and do not hold `origin`, are within `ttl` hops. `online` tells in which session a
    /// peer is, `visit` calls with whom it believes to have links.
    fn count_within(
        &mut self,
        origin: PeerId,
        ttl: u32,
        wanted: &[PeerId],
        online: impl Fn(PeerId) -> Option<Contact>,
        visit: impl Fn(PeerId, &mut dyn FnMut(Contact)),
    ) -> u64 {
        let mut found = 0;
        self.done.clear();
        self.done.insert(origin.index());
        self.layer.clear();
        self.layer.push(origin);
        self.next.clear();
        for _ in 0..ttl {
            for &peer in &self.layer {
                visit(peer, &mut |contact| {
                    let index = contact.peer.index();
                    if self.done.contains(index) {
                        return;
                    }
                    let session = online(contact.peer);
                    let is_live = session.is_some_and(|session| is_session(session, contact));
                    // Where the session is over that this one names, somebody else may know of the one under way.
                    if is_live || session.is_none() {
                        self.done.insert(index);
                    }
                    if is_live {
                        self.next.push(contact.peer);
                        found += usize::from(wanted.binary_search(&contact.peer).is_ok());
                    }
                });
                if found == wanted.len() {
                    return found as u64;
                }
            }
            std::mem::swap(&mut self.layer, &mut self.next);
            self.next.clear();
            if self.layer.is_empty() {
                break;
            }
        }
        found as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const PEERS: u32 = 24;

    /// Who is within reach, by hops, in the simplest way: nothing is remembered but who was reached.
    fn reached(
        origin: PeerId,
        ttl: u32,
        sessions: &[Option<u16>],
        links: &[Vec<Contact>],
    ) -> BTreeSet<PeerId> {
        let mut reached = BTreeSet::from([origin]);
        for _ in 0..ttl {
            let contacts = reached.iter().flat_map(|peer| &links[peer.index()]);
            let is_there = |contact: &&Contact| {
                sessions[contact.peer.index()]
                    .is_some_and(|session| contact.session == 0 || contact.session == session)
            };
            let further: Vec<PeerId> = contacts.filter(is_there).map(|contact| contact.peer).collect();
            reached.extend(further);
        }
        reached.remove(&origin);
        reached
    }

    proptest! {
        #[test]
        fn as_many_are_found_as_the_simplest_search_reaches(
            sessions in prop::collection::vec(prop::option::weighted(0.8, 1_u16..4), PEERS as usize),
            links in prop::collection::vec((0..PEERS, 0..PEERS, 0_u16..4), 0..120),
            wanted in prop::collection::btree_set((0..PEERS).prop_map(PeerId), 1..8),
            origin in (0..PEERS).prop_map(PeerId),
            ttl in 0_u32..7,
        ) {
            let mut lists = vec![Vec::new(); PEERS as usize];
            for (from, to, session) in links {
                lists[from as usize].push(Contact { peer: PeerId(to), session });
            }
            let wanted: Vec<PeerId> = wanted.into_iter().filter(|peer| *peer != origin).collect();
            let mut search = Search::new(PEERS as usize);
            let expected = reached(origin, ttl, &sessions, &lists);
            let expected = wanted.iter().filter(|peer| expected.contains(peer)).count() as u64;
            let online = |peer: PeerId| sessions[peer.index()].map(|session| Contact { peer, session });
            let visit = |peer: PeerId, each: &mut dyn FnMut(Contact)| {
                lists[peer.index()].iter().copied().for_each(each);
            };
            // What an earlier search left plays no part.
            for _ in 0..2 {
                prop_assert_eq!(search.count_within(origin, ttl, &wanted, online, visit), expected);
            }
        }
    }
}

//! The other ends of a servent's links, ascending: in its own struct, unless they are many.
//!
//! It is a list with a place of its own for few, as `smallvec` has them, but for one thing: there, places that are not in use cannot be
//! read, and so a search has to decide how far to go. Here all places are compared, in use or not.

use std::ops::{Deref, DerefMut};

use crate::engine::PeerId;

/// So many lie in the servent's own struct: as many as fill the lines that it has anyway. In a random network of mean degree 8 one
/// peer in thirty has more.
pub(super) const INLINE: usize = 13;

/// Peers, ascending.
#[derive(Debug)]
pub(super) enum Neighbours {
    /// As many as `count` says.
    Few { count: u8, peers: [PeerId; INLINE] },
    /// It has been more than those.
    Many(Vec<PeerId>),
}

const _: () = assert!(
    size_of::<Neighbours>() == 56,
    "with the ledger's word, a cache line"
);

impl Default for Neighbours {
    fn default() -> Self {
        Self::Few {
            count: 0,
            peers: [PeerId(0); INLINE],
        }
    }
}

impl Deref for Neighbours {
    type Target = [PeerId];

    #[inline]
    fn deref(&self) -> &[PeerId] {
        match self {
            Self::Few { count, peers } => &peers[..usize::from(*count)],
            Self::Many(peers) => peers,
        }
    }
}

impl DerefMut for Neighbours {
    fn deref_mut(&mut self) -> &mut [PeerId] {
        match self {
            Self::Few { count, peers } => &mut peers[..usize::from(*count)],
            Self::Many(peers) => peers,
        }
    }
}

impl Neighbours {
    /// Those peers.
    ///
    /// # Panics
    /// When one is named twice.
    pub(super) fn new(peers: &[PeerId]) -> Self {
        let mut all = Self::default();
        match &mut all {
            Self::Few { count, peers: few } if peers.len() <= INLINE => {
                few[..peers.len()].copy_from_slice(peers);
                *count = u8::try_from(peers.len()).expect("few are few");
            }
            _ => all = Self::Many(peers.to_vec()),
        }
        all.sort_unstable();
        assert!(
            all.windows(2).all(|pair| pair[0] != pair[1]),
            "there is at most one link between two peers"
        );
        all
    }

    /// Where a peer is.
    #[inline]
    pub(super) fn place_of(&self, peer: PeerId) -> Option<usize> {
        match self {
            Self::Few { count, peers } => {
                // All are looked at, for that takes no decisions: how many there are is not to be foretold.
                let same = (0..)
                    .zip(peers)
                    .map(|(place, other)| u32::from(*other == peer) << place);
                let found = same.fold(0, |found, bit| found | bit) & ((1 << count) - 1);
                (found != 0).then(|| found.trailing_zeros() as usize)
            }
            Self::Many(peers) => peers.binary_search(&peer).ok(),
        }
    }

    /// Adds a peer and returns its place.
    ///
    /// # Panics
    /// When it is there already.
    pub(super) fn insert(&mut self, peer: PeerId) -> usize {
        let place = self
            .binary_search(&peer)
            .expect_err("there is at most one link between two peers");
        match self {
            Self::Few { count, peers } if usize::from(*count) < INLINE => {
                peers.copy_within(place..usize::from(*count), place + 1);
                peers[place] = peer;
                *count += 1;
            }
            Self::Few { peers, .. } => {
                let mut many = Vec::with_capacity(INLINE.next_power_of_two());
                many.extend_from_slice(peers);
                many.insert(place, peer);
                *self = Self::Many(many);
            }
            Self::Many(peers) => peers.insert(place, peer),
        }
        place
    }

    /// Takes out the peer at a place.
    ///
    /// # Panics
    /// When there is none.
    pub(super) fn remove(&mut self, place: usize) {
        assert!(place < self.len(), "there is a peer at the place");
        match self {
            Self::Few { count, peers } => {
                peers.copy_within(place + 1.., place);
                *count -= 1;
            }
            Self::Many(peers) => {
                peers.remove(place);
            }
        }
    }

    /// Those that lie elsewhere than in this struct; none where all lie in it.
    #[inline]
    pub(super) fn elsewhere(&self) -> &[PeerId] {
        match self {
            Self::Few { .. } => &[],
            Self::Many(peers) => peers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn assert_are(neighbours: &Neighbours, model: &BTreeSet<PeerId>) {
        assert!(neighbours.iter().eq(model), "{neighbours:?}");
        for number in 0..40 {
            let place = model.iter().position(|peer| peer.0 == number);
            assert_eq!(
                neighbours.place_of(PeerId(number)),
                place,
                "{number} of {model:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn they_are_an_ordered_set(given: BTreeSet<u8>, steps in prop::collection::vec((0_u32..40, any::<bool>()), 0..120)) {
            let mut model: BTreeSet<PeerId> = given.into_iter().map(|number| PeerId(u32::from(number) % 40)).collect();
            let backwards: Vec<PeerId> = model.iter().rev().copied().collect();
            let mut neighbours = Neighbours::new(&backwards);
            assert_are(&neighbours, &model);
            let mut were_many = model.len() > INLINE;
            for (number, is_removed) in steps {
                let peer = PeerId(number);
                match neighbours.place_of(peer) {
                    Some(place) if is_removed => neighbours.remove(place),
                    None if !is_removed => {
                        let place = neighbours.insert(peer);
                        prop_assert_eq!(neighbours[place], peer);
                    }
                    _ => {}
                }
                if is_removed {
                    model.remove(&peer);
                } else {
                    model.insert(peer);
                }
                assert_are(&neighbours, &model);
                were_many |= model.len() > INLINE;
                prop_assert_eq!(neighbours.elsewhere().len(), if were_many { model.len() } else { 0 });
            }
        }
    }

    #[test]
    #[should_panic(expected = "at most one link")]
    fn nobody_is_there_twice() {
        Neighbours::new(&[3, 1, 3].map(PeerId));
    }
}

//! The addresses that a peer knows: fed by what others and caches tell, used up by trying them.
//!
//! Real servents kept them in a file, so they outlast a session.

use crate::engine::{Draw, PeerId};

/// A bounded set of addresses without order.
#[derive(Default, Debug)]
pub(super) struct KnownAddresses {
    list: Vec<PeerId>,
}

impl KnownAddresses {
    /// Enters an address; when `max` are known already, it takes the place of a random one.
    pub(super) fn learn(&mut self, peer: PeerId, max: usize, random: &mut impl Draw) {
        if self.list.contains(&peer) {
            return;
        }
        if self.list.len() < max {
            self.list.push(peer);
        } else {
            let place = random.position(self.list.len());
            self.list[place] = peer;
        }
    }

    /// Takes out a random address for which `wanted` holds; those for which it does not are taken out too.
    pub(super) fn take(&mut self, random: &mut impl Draw, wanted: impl Fn(PeerId) -> bool) -> Option<PeerId> {
        while !self.list.is_empty() {
            let peer = self.list.swap_remove(random.position(self.list.len()));
            if wanted(peer) {
                return Some(peer);
            }
        }
        None
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Seed};

    #[test]
    fn they_are_bounded_and_distinct_and_every_one_may_stay() {
        let mut random = Seed {
            seed: 1,
            replication: 0,
        }
        .small(Purpose::Protocol, 1);
        let mut kept = [0_u32; 40];
        for _ in 0..2_000 {
            let mut known = KnownAddresses::default();
            for peer in (0..40).chain(0..1) {
                known.learn(PeerId(peer), 10, &mut random);
            }
            assert_eq!(known.len(), 10);
            while let Some(peer) = known.take(&mut random, |_| true) {
                kept[peer.index()] += 1;
            }
        }
        assert!(kept.iter().all(|times| *times > 0), "{kept:?}");
        assert!(
            kept.iter().all(|times| *times <= 2_000),
            "no address is kept twice: {kept:?}"
        );
    }

    #[test]
    fn unwanted_ones_are_not_taken() {
        let mut random = Seed {
            seed: 1,
            replication: 0,
        }
        .small(Purpose::Protocol, 1);
        let mut known = KnownAddresses::default();
        for peer in 0..9 {
            known.learn(PeerId(peer), 10, &mut random);
        }
        assert_eq!(known.take(&mut random, |peer| peer.0 == 5), Some(PeerId(5)));
        assert_eq!(known.take(&mut random, |peer| peer.0 == 5), None);
        assert_eq!(known.len(), 0);
    }
}

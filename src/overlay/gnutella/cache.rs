//! The host cache: a node that has no links and tells servents the addresses of others that asked lately.
//!
//! It answers as UDP host caches do: a datagram with a few addresses, drawn at random from those it heard from most
//! recently. It is a source of the overlay's randomness, not of truth: it does not know who is still online.

use super::Gnutella;
use super::message::{Addresses, Message};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::Host;
use std::collections::VecDeque;

/// A host cache's state.
#[derive(Default, Debug)]
pub(super) struct HostCache {
    /// Who asked lately, the latest last; nobody twice.
    recent: VecDeque<PeerId>,
}

impl HostCache {
    pub(super) fn receive<H: Host<Gnutella>>(&mut self, from: Contact, message: &Message, host: &mut H) {
        match message {
            Message::CacheRequest { listed } => self.give(from.peer, *listed, host),
            Message::CacheReply(_) | Message::Close => {}
            _ => host.send(from, Message::Close),
        }
    }

    fn give<H: Host<Gnutella>>(&mut self, asker: PeerId, listed: bool, host: &mut H) {
        if let Some(place) = self.recent.iter().position(|peer| *peer == asker) {
            self.recent.remove(place);
        }
        let given = host.settings().host_cache.addresses_given as usize;
        let peers = distinct(self.recent.len(), given, host.random())
            .into_iter()
            .map(|place| self.recent[place])
            .collect();
        host.datagram(asker, Message::CacheReply(Box::new(Addresses { peers })));
        if listed {
            self.recent.push_back(asker);
            let kept = host.settings().host_cache.addresses_kept as usize;
            while self.recent.len() > kept {
                self.recent.pop_front();
            }
        }
    }
}

/// Draws `count` distinct places below `len` (all of them if there are no more), every set equally likely (Floyd's
/// method, Bentley 1987).
pub(in crate::overlay) fn distinct(len: usize, count: usize, random: &mut impl Draw) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(count.min(len));
    for last in len.saturating_sub(count)..len {
        let place = random.position(last + 1);
        chosen.push(if chosen.contains(&place) { last } else { place });
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Seed};

    #[test]
    fn distinct_places_are_distinct_and_all_sets_occur_alike() {
        let mut random = Seed {
            seed: 4,
            replication: 0,
        }
        .small(Purpose::Protocol, 1);
        assert_eq!(distinct(0, 5, &mut random), Vec::<usize>::new());
        let mut all = distinct(3, 5, &mut random);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        let mut counts = [0_u32; 64];
        for _ in 0..10_000 {
            let set = distinct(6, 3, &mut random);
            let word = set.iter().fold(0_usize, |word, place| word | 1 << place);
            assert_eq!(word.count_ones(), 3, "{set:?}");
            counts[word] += 1;
        }
        let sets: Vec<u32> = counts.into_iter().filter(|count| *count > 0).collect();
        assert_eq!(sets.len(), 20);
        // 500 expected each, standard deviation 21.8: five of them.
        assert!(sets.iter().all(|count| (391..=609).contains(count)), "{sets:?}");
    }
}

//! Caching along the path: whoever found what a key stands for stores it where others will come by.
//!
//! Maymounkov and Mazières 2002, section 2.3: the requester stores it at the closest node that it observed and that did not
//! return it. So that a popular key is not cached everywhere, such a copy is kept for a time that shrinks exponentially with the
//! number of nodes between the one that keeps it and the one closest to the key; that number the keeper knows from its routing
//! table.

use super::message::{Content, Posting};
use super::node::Dht;
use super::router::Router;
use super::search::{Search, Stage};
use super::service::{Matter, Service};
use super::store::{Deposit, Known, Lifetime, Standing};
use crate::overlay::Host;

/// How copies on the way to a key are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caching {
    /// A copy is kept half as long for every so many nodes between its keeper and the node closest to the key, 1 or more.
    ///
    /// The paper names no base. With the k closest nodes responsible, nodes that are next to them are k away from the closest
    /// already: halved at every node, k being 20, their copies would be kept for less than a tenth of a second of a day.
    pub halving_nodes: u16,
}

impl Caching {
    /// How often the time is halved for which a node keeps a copy that has so many others between itself and the key.
    fn halvings(self, nodes_between: u64) -> u32 {
        let halvings = nodes_between / u64::from(self.halving_nodes);
        u32::try_from(halvings).unwrap_or(u32::MAX)
    }
}

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// A search is about to end with what a node told it: it is stored at the closest other node that answered, and did not tell
    /// it.
    pub(super) fn cache(&mut self, number: u32, known: Known) {
        if R::caching(&self.settings().router).is_none() {
            return;
        }
        let Some(search) = self.search(number) else { return };
        // The node that told it is still waited for.
        let Search {
            key,
            stage: Stage::Asking { lookup, .. },
            ..
        } = search
        else {
            return;
        };
        let (key, cause, me) = (*key, search.cause(), self.me);
        let closest = lookup.reached().map(|reached| reached.node);
        let Some(closest) = closest.into_iter().find(|node| *node != me) else {
            return;
        };
        let lifetime = Lifetime(self.settings().storage.expiry_ns);
        let deposit = match known {
            // Lists of items grow at those who keep them.
            Known::Nothing | Known::Items(_) => return,
            Known::Holders(holders) => {
                Deposit::Holders(holders.into_iter().map(|holder| (holder, lifetime)).collect())
            }
            Known::Value(version) => Deposit::Value(version, lifetime),
        };
        let posting = Posting {
            key,
            deposit,
            standing: Standing::Cached,
        };
        self.request(closest, Content::Store(Box::new(posting)), Matter::Return, cause);
    }

    /// Somebody stores something here: for as long as it says, or, as a copy on the way, as the routing table says.
    pub(super) fn keep_told(&mut self, posting: &Posting, router: &R) {
        let settings = self.settings();
        let halvings = match (posting.standing, R::caching(&settings.router)) {
            (Standing::Cached, Some(caching)) => {
                caching.halvings(router.nodes_between(posting.key, self.me, settings))
            }
            (Standing::Replica, _) => 0,
            (Standing::Cached, None) => unreachable!("nobody stores copies on the way"),
        };
        self.keep(posting, halvings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_kept_half_as_long_for_every_so_many_nodes() {
        const DAY: Lifetime = Lifetime(86_400);
        let kept = |lifetime: Lifetime, nodes_between, halving_nodes| {
            lifetime.halved(Caching { halving_nodes }.halvings(nodes_between))
        };
        let check = |nodes_between, expect| {
            assert_eq!(kept(DAY, nodes_between, 20), Lifetime(expect), "{nodes_between}");
        };
        check(0, 86_400);
        check(19, 86_400);
        check(20, 43_200);
        check(39, 43_200);
        check(40, 21_600);
        check(100, 2_700);
        check(20 * 17, 0);
        check(20 * 64, 0);
        check(u64::MAX, 0);
        assert_eq!(kept(Lifetime(u64::MAX), 63, 1), Lifetime(1));
        assert_eq!(kept(Lifetime(u64::MAX), 64, 1), Lifetime(0));
    }
}

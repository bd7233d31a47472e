//! What observers read of a peer: its links and what it shares. No program may read this of another.

use super::{BareLookups, BareTransfers, FileSharing, LookupsWorld, TransfersWorld, World};
use crate::engine::{Contact, PeerId, Protocol, Stage};
use crate::overlay::dht::{Dht, Router};
use crate::overlay::{Finding, ItemId, Overlay};

/// A program whose links and holdings observers can read.
pub trait Observed: Protocol {
    /// Calls `visit` once with every peer this one has a link with, as this one believes: in one session, or, where it knows no
    /// more than an address, in any.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact));

    /// Whether the peer shares an item now.
    fn holds(&self, peer: PeerId, item: ItemId, world: &Self::World) -> bool;

    /// Checks what ought to hold of the network as a whole.
    fn findings(stage: &dyn Stage<Self>) -> Vec<Finding>;
}

impl<O: Overlay + 'static> Observed for FileSharing<O> {
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        self.overlay().visit_neighbours(visit);
    }

    fn holds(&self, peer: PeerId, item: ItemId, world: &World<O::Settings>) -> bool {
        self.offers(item, peer, world)
    }

    fn findings(stage: &dyn Stage<Self>) -> Vec<Finding> {
        O::findings(&stage.world().overlay, &|peer| {
            stage.online(peer).map(|_| stage.peer(peer).overlay())
        })
    }
}

impl Observed for BareTransfers {
    fn visit_neighbours(&self, _: &mut dyn FnMut(Contact)) {}

    fn holds(&self, _: PeerId, _: ItemId, _: &TransfersWorld) -> bool {
        false
    }

    fn findings(_: &dyn Stage<Self>) -> Vec<Finding> {
        Vec::new()
    }
}

impl<R: Router> Observed for BareLookups<R> {
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        self.overlay().visit_neighbours(visit);
    }

    fn holds(&self, _: PeerId, _: ItemId, _: &LookupsWorld<R::Settings>) -> bool {
        false
    }

    fn findings(stage: &dyn Stage<Self>) -> Vec<Finding> {
        Dht::<R>::findings(&stage.world().overlay, &|peer| {
            stage.online(peer).map(|_| stage.peer(peer).overlay())
        })
    }
}

/// Whether `contact` is online: in just that session, if it names one.
pub fn is_live<P: Protocol>(stage: &dyn Stage<P>, contact: Contact) -> bool {
    let online = stage.online(contact.peer);
    online.is_some_and(|online| online == contact || contact == Contact::any(contact.peer))
}

/// Every working link once, as `(lower, higher)`, ascending: both ends are online and hold it. Where a peer knows another by its
/// address alone, as it does without a connection, one end that holds it is enough.
pub fn working_links<P: Observed>(stage: &dyn Stage<P>) -> Vec<(u32, u32)> {
    // A link works where each end lists the other's session under way: then its pair of numbers comes up twice. Sorting
    // them finds that out without looking into the other end's list, which lies anywhere.
    let mut ends: Vec<u64> = Vec::new();
    let mut addresses: Vec<u64> = Vec::new();
    for peer in (0..stage.peers()).map(PeerId::at) {
        if stage.online(peer).is_none() {
            continue;
        }
        stage.peer(peer).visit_neighbours(&mut |other| {
            if is_live(stage, other) {
                let (lower, higher) = (peer.min(other.peer), peer.max(other.peer));
                let pair = u64::from(lower.0) << 32 | u64::from(higher.0);
                if other != Contact::any(other.peer) {
                    ends.push(pair);
                } else if lower != higher {
                    addresses.push(pair);
                }
            }
        });
    }
    ends.sort_unstable();
    let connections = ends
        .chunk_by(|one, other| one == other)
        .filter(|ends| ends.len() == 2)
        .map(|ends| ends[0]);
    addresses.extend(connections);
    addresses.sort_unstable();
    addresses.dedup();
    addresses.into_iter().map(pair_of).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "two halves of a word")]
const fn pair_of(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

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
    online.is_some_and(|online| is_session(online, contact))
}

/// Whether a peer that is online as `online` is in the session that `contact` names, if it names one.
pub(super) fn is_session(online: Contact, contact: Contact) -> bool {
    online == contact || contact == Contact::any(online.peer)
}

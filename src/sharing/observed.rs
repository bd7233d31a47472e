//! What observers read of a peer: its links and what it shares. No program may read this of another.

use super::{BareTransfers, FileSharing, TransfersWorld, World};
use crate::engine::{Contact, PeerId, Protocol, Stage};
use crate::overlay::{ItemId, Overlay};

/// A program whose links and holdings observers can read.
pub trait Observed: Protocol {
    /// Calls `visit` with every peer this one has a link with, as this one believes.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact));

    /// Whether the peer shares an item now.
    fn holds(&self, peer: PeerId, item: ItemId, world: &Self::World) -> bool;
}

impl<O: Overlay + 'static> Observed for FileSharing<O> {
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        self.overlay().visit_neighbours(visit);
    }

    fn holds(&self, peer: PeerId, item: ItemId, world: &World<O::Settings>) -> bool {
        self.offers(item, peer, world)
    }
}

impl Observed for BareTransfers {
    fn visit_neighbours(&self, _: &mut dyn FnMut(Contact)) {}

    fn holds(&self, _: PeerId, _: ItemId, _: &TransfersWorld) -> bool {
        false
    }
}

/// Whether `contact` is online in just that session.
pub fn is_live<P: Protocol>(stage: &dyn Stage<P>, contact: Contact) -> bool {
    stage.online(contact.peer) == Some(contact)
}

/// Calls `visit` with every working link once, as `(lower, higher)`: both ends are online and hold it.
pub fn visit_links<P: Observed>(stage: &dyn Stage<P>, visit: &mut dyn FnMut(PeerId, PeerId)) {
    for peer in (0..stage.peers()).map(PeerId::at) {
        let Some(contact) = stage.online(peer) else {
            continue;
        };
        stage.peer(peer).visit_neighbours(&mut |other| {
            if other.peer > peer && is_live(stage, other) && lists(stage.peer(other.peer), contact) {
                visit(peer, other.peer);
            }
        });
    }
}

fn lists<P: Observed>(program: &P, wanted: Contact) -> bool {
    let mut is_listed = false;
    program.visit_neighbours(&mut |contact| is_listed |= contact == wanted);
    is_listed
}

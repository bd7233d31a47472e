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

/// Every working link once, as `(lower, higher)`, ascending: both ends are online and hold it.
pub fn working_links<P: Observed>(stage: &dyn Stage<P>) -> Vec<(u32, u32)> {
    // A link works where each end lists the other's session under way: then its pair of numbers comes up twice. Sorting
    // them finds that out without looking into the other end's list, which lies anywhere.
    let mut ends: Vec<u64> = Vec::new();
    for peer in (0..stage.peers()).map(PeerId::at) {
        if stage.online(peer).is_none() {
            continue;
        }
        stage.peer(peer).visit_neighbours(&mut |other| {
            if is_live(stage, other) {
                let (lower, higher) = (peer.min(other.peer), peer.max(other.peer));
                ends.push(u64::from(lower.0) << 32 | u64::from(higher.0));
            }
        });
    }
    ends.sort_unstable();
    ends.chunk_by(|one, other| one == other)
        .filter(|ends| ends.len() == 2)
        .map(|ends| pair_of(ends[0]))
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "two halves of a word")]
const fn pair_of(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

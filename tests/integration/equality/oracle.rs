//! The truth about a query, as plainly as it can be said: everybody is asked whether they hold the item, and links are
//! followed breadth first from the origin. Shares no code with `sharing/truth.rs`.

use std::collections::VecDeque;

use servent::engine::{Contact, PeerId, Stage};
use servent::overlay::ItemId;
use servent::sharing::observed::Observed;
use servent::sharing::truth::{Oracle, Truth};

/// Knows nothing from one query to the next.
pub(super) struct Naive;

impl<P: Observed> Oracle<P> for Naive {
    fn tell(&mut self, stage: &mut dyn Stage<P>, origin: PeerId, item: ItemId, ttl: u32) -> Truth {
        let hops = hops_from(stage, origin);
        let mut truth = Truth::default();
        for number in 0..stage.peers() {
            let peer = PeerId(u32::try_from(number).unwrap());
            let is_holder = stage.peer(peer).holds(peer, item, stage.world());
            if peer == origin || stage.online(peer).is_none() || !is_holder {
                continue;
            }
            truth.live_replicas += 1;
            if hops[number].is_some_and(|hops| hops <= ttl) {
                truth.reachable_replicas += 1;
            }
        }
        truth
    }
}

/// How many hops each peer is from `origin` over links to peers that are online in the session the link is with.
fn hops_from<P: Observed>(stage: &dyn Stage<P>, origin: PeerId) -> Vec<Option<u32>> {
    let mut hops = vec![None; stage.peers()];
    let mut queue = VecDeque::new();
    if stage.online(origin).is_some() {
        hops[origin.0 as usize] = Some(0);
        queue.push_back((origin, 0));
    }
    while let Some((peer, distance)) = queue.pop_front() {
        stage.peer(peer).visit_neighbours(&mut |contact| {
            let place = &mut hops[contact.peer.0 as usize];
            // Some overlays know addresses only: session 0 is any.
            let is_there = |online: Contact| contact.session == 0 || online == contact;
            if stage.online(contact.peer).is_some_and(is_there) && place.is_none() {
                *place = Some(distance + 1);
                queue.push_back((contact.peer, distance + 1));
            }
        });
    }
    hops
}

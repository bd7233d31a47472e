//! The flows under way and the access links they share: who is where, and who counts.
//!
//! Flows and links lie in slabs with reused slots; a peer has its two links here only while it has a flow. The rates
//! are found in [`super::fill`].

use super::fill::Scratch;
use super::units::{Rate, UNLIMITED, Work, capacity};
use crate::engine::network::{FlowSpec, Network};
use crate::engine::peer::{Contact, PeerId};
use crate::engine::time::NEVER_NS;
use rustc_hash::FxHashMap;

/// No slot, no place.
pub(super) const NONE: u32 = u32::MAX;

/// A bulk transfer under way.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) spec: FlowSpec,
    /// The ends in their sessions.
    pub(super) source: Contact,
    pub(super) sink: Contact,
    /// What was left at `updated_ns`.
    pub(super) work: Work,
    pub(super) updated_ns: u64,
    /// The rate since `updated_ns`; 0 unless active.
    pub(super) rate: Rate,
    /// During a solution: the rate before it.
    pub(super) rate_before: Rate,
    /// Since when a partition holds it up; `NEVER_NS` if none does.
    pub(super) stalled_ns: u64,
    /// The source's uplink and the sink's downlink.
    pub(super) links: [u32; 2],
    /// Where it stands in their lists.
    places: [u32; 2],
    /// Whether it takes part in the sharing.
    pub(super) is_active: bool,
    /// Whether the slot is in use.
    pub(super) is_alive: bool,
    /// Whether it stands in the list of flows whose rate was set in this solution.
    pub(super) is_marked: bool,
    /// The filling that froze it last.
    pub(super) frozen: u64,
}

impl Flow {
    /// The other one of its two links.
    #[inline]
    pub(super) const fn other(&self, link: u32) -> u32 {
        self.links[0] ^ self.links[1] ^ link
    }
}

/// One direction of a peer's access link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) capacity: Rate,
    /// The rate at which it is full: no flow on it has more. `UNLIMITED` if all its flows are limited elsewhere.
    pub(super) level: Rate,
    /// Sum of the rates of its flows.
    pub(super) used: Rate,
    /// Flows on it, active or not.
    pub(super) flows: Vec<u32>,
    /// How many of them are active.
    pub(super) active: u32,
    /// Its place in the region being solved.
    pub(super) region: u32,
    is_touched: bool,
    peer: PeerId,
}

impl Link {
    fn new(peer: PeerId, rate_bps: u64) -> Self {
        Self {
            capacity: capacity(rate_bps),
            level: UNLIMITED,
            used: 0,
            flows: Vec::new(),
            active: 0,
            region: NONE,
            is_touched: false,
            peer,
        }
    }

    pub(super) const fn is_limited(&self) -> bool {
        self.capacity != UNLIMITED
    }

    /// Whether its flows, all limited elsewhere, leave it so much room that it cannot be full at any level: the room
    /// left is at least one unit for each of them.
    pub(super) const fn has_room(&self) -> bool {
        self.capacity == UNLIMITED || self.used + self.active as Rate <= self.capacity
    }
}

/// All flows under way, and the links they run over.
#[derive(Clone, Debug, Default)]
pub(super) struct Allocation {
    pub(super) flows: Vec<Flow>,
    flows_free: Vec<u32>,
    /// A peer's uplink at an even place, its downlink at the next.
    pub(super) links: Vec<Link>,
    links_free: Vec<u32>,
    /// The uplink of every peer that has flows. For look-up only.
    uplinks: FxHashMap<PeerId, u32>,
    /// Links whose set of active flows changed since the last solution, and some that only lost a flow.
    pub(super) touched: Vec<u32>,
    /// Flows that became active since the last solution.
    pub(super) fresh: Vec<u32>,
    pub(super) scratch: Scratch,
}

impl Allocation {
    /// Takes in a flow, not yet active.
    pub(super) fn insert(
        &mut self,
        spec: FlowSpec,
        source: Contact,
        sink: Contact,
        work: Work,
        network: &impl Network,
    ) -> u32 {
        let links = [
            self.uplink(source.peer, network),
            self.uplink(sink.peer, network) + 1,
        ];
        let places = links.map(|link| slot_number(self.links[link as usize].flows.len()));
        let flow = Flow {
            spec,
            source,
            sink,
            work,
            updated_ns: 0,
            rate: 0,
            rate_before: 0,
            stalled_ns: NEVER_NS,
            links,
            places,
            is_active: false,
            is_alive: true,
            is_marked: false,
            frozen: 0,
        };
        let slot = if let Some(slot) = self.flows_free.pop() {
            self.flows[slot as usize] = flow;
            slot
        } else {
            self.flows.push(flow);
            slot_number(self.flows.len() - 1)
        };
        for link in links {
            self.links[link as usize].flows.push(slot);
        }
        slot
    }

    /// Takes a flow out; its links are given back by the next solution if they have no other.
    pub(super) fn remove(&mut self, slot: u32) {
        self.deactivate(slot);
        let flow = &mut self.flows[slot as usize];
        assert!(flow.is_alive, "a flow ends once");
        flow.is_alive = false;
        let (links, places) = (flow.links, flow.places);
        for (end, (link, place)) in links.into_iter().zip(places).enumerate() {
            self.touch(link);
            let flows = &mut self.links[link as usize].flows;
            flows.swap_remove(place as usize);
            if let Some(&moved) = flows.get(place as usize) {
                self.flows[moved as usize].places[end] = place;
            }
        }
        self.flows_free.push(slot);
    }

    /// Lets a flow take part in the sharing from the next solution on.
    pub(super) fn activate(&mut self, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        assert!(!flow.is_active && flow.rate == 0, "a flow becomes active once");
        flow.is_active = true;
        for link in flow.links {
            self.links[link as usize].active += 1;
            self.touch(link);
        }
        self.fresh.push(slot);
    }

    /// Takes a flow out of the sharing, if it takes part.
    pub(super) fn deactivate(&mut self, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        if !flow.is_active {
            return;
        }
        flow.is_active = false;
        let rate = std::mem::take(&mut flow.rate);
        for link in flow.links {
            self.links[link as usize].active -= 1;
            self.links[link as usize].used -= rate;
            self.touch(link);
        }
    }

    /// Whether either end of a flow limits it.
    pub(super) fn is_limited(&self, slot: u32) -> bool {
        let links = self.flows[slot as usize].links;
        links.iter().any(|link| self.links[*link as usize].is_limited())
    }

    /// The flows that a peer sends and receives, in no particular order.
    pub(super) fn flows_of(&self, peer: PeerId) -> impl Iterator<Item = u32> + '_ {
        let ends = self.uplinks.get(&peer).map_or(0..0, |up| *up..*up + 2);
        ends.flat_map(|link| self.links[link as usize].flows.iter().copied())
    }

    /// Gives links without flows back. Right after a solution.
    pub(super) fn release(&mut self) {
        while let Some(link) = self.touched.pop() {
            self.links[link as usize].is_touched = false;
            let up = link & !1;
            let peer = self.links[up as usize].peer;
            let is_idle =
                self.links[up as usize].flows.is_empty() && self.links[up as usize + 1].flows.is_empty();
            // A link may be touched twice: its other direction counts too.
            if is_idle && self.uplinks.get(&peer) == Some(&up) {
                self.uplinks.remove(&peer);
                self.links_free.push(up);
            }
        }
        self.fresh.clear();
    }

    /// Number of peers that have flows.
    #[cfg(test)]
    pub(super) fn peers(&self) -> usize {
        self.uplinks.len()
    }

    fn touch(&mut self, link: u32) {
        let entry = &mut self.links[link as usize];
        if !entry.is_touched {
            entry.is_touched = true;
            self.touched.push(link);
        }
    }

    fn uplink(&mut self, peer: PeerId, network: &impl Network) -> u32 {
        if let Some(&up) = self.uplinks.get(&peer) {
            return up;
        }
        let pair = [
            Link::new(peer, network.up_bps(peer)),
            Link::new(peer, network.down_bps(peer)),
        ];
        let up = if let Some(up) = self.links_free.pop() {
            for (link, new) in self.links[up as usize..].iter_mut().zip(pair) {
                *link = new;
            }
            up
        } else {
            self.links.extend(pair);
            slot_number(self.links.len() - 2)
        };
        self.uplinks.insert(peer, up);
        up
    }
}

/// A slot's number.
fn slot_number(index: usize) -> u32 {
    u32::try_from(index)
        .ok()
        .filter(|slot| *slot < NONE - 1)
        .expect("fewer than 2^32 - 2 flows and links at once")
}

//! Max-min fair rates by canonical progressive filling, solved again only where something changed.
//!
//! **The canonical solution.** All rates rise together from zero. At each level every link's share is what it has left
//! divided by its flows that are not frozen yet, rounded down; the smallest share is the level, *all* links whose share
//! equals it are full at once, and all their flows freeze at it; repeat (Bertsekas and Gallager, Data Networks,
//! section 6.5.2, with integer rates). Shares never fall from level to level, so the result does not depend on any order.
//!
//! **It is local.** Let `level(l)` be the level at which link l was full, infinite if all its flows froze elsewhere. A
//! flow's rate is the lower level of its two links, so link l sees of the others only caps: for each of its flows the
//! level of the flow's other link. Filling l alone under those caps gives `level(l)` again. Conversely, levels that
//! satisfy this at every link are the canonical ones: a link's level is at least its capacity divided by its flows,
//! hence the links at which that is smallest have that very level in both; take them out with their flows, and repeat.
//!
//! **Hence regions.** To solve after a change, take a region of links around it, fill it with the flows that leave it
//! capped by the old levels outside, and look at the links just outside. If each of them would fill at its old level
//! under its new caps, every link satisfies the condition, so the whole is the canonical solution: the same integers as
//! from solving everything. If one might not, it joins the region. Two cheap tests, each sufficient, spare a link:
//! one that was full at level s keeps it if every cap that changed was, and is, at least s (filling it never looks
//! beyond s); one that was not full stays so if its flows leave it at least a unit each (its share at any level then
//! exceeds that level). A region grows link by link at first, then ring by ring, so that the work is at most
//! a small multiple of solving the connected component.

use super::allocation::{Allocation, NONE};
use super::units::{Rate, UNLIMITED, share};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Fillings after which a region grows by whole rings, that is at least as fast as breadth-first search does.
const ROUNDS_BEFORE_RINGS: u32 = 4;

/// Fillings after which the region becomes everything connected to it.
const ROUNDS_BEFORE_COMPONENT: u32 = 8;

/// A link in the region being solved.
#[derive(Clone, Debug)]
struct Member {
    link: u32,
    /// Capacity not given to frozen flows.
    left: Rate,
    /// Active flows not frozen yet.
    unfrozen: u32,
    /// The level before this solution, and by it.
    level_before: Rate,
    level: Rate,
}

/// Storage of a solution, kept for the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    region: Vec<Member>,
    /// Each member once, by a share that is not above its present one.
    shares: BinaryHeap<Reverse<(Rate, u32)>>,
    /// Flows that leave the region, by the level of the link outside.
    capped: Vec<(Rate, u32)>,
    full: Vec<u32>,
    /// Number of fillings ever made: marks the flows frozen in the present one.
    fillings: u64,
    /// Flows whose rate was set in this solution.
    marked: Vec<u32>,
}

impl Allocation {
    /// Finds the rates after all changes since the last solution, and gives every flow whose rate differs to `changed`
    /// together with the rate it had.
    pub(super) fn solve(&mut self, changed: &mut Vec<(u32, Rate)>) {
        self.begin_region();
        let mut round = 0;
        loop {
            self.fill();
            let members = self.scratch.region.len();
            self.join_unsettled();
            if self.scratch.region.len() == members {
                break;
            }
            round += 1;
            if round >= ROUNDS_BEFORE_COMPONENT {
                self.join_rings(u32::MAX);
            } else if round >= ROUNDS_BEFORE_RINGS {
                self.join_rings(1);
            }
        }
        self.end_region(changed);
    }

    /// The region starts as the touched links that were full, and one link of every fresh flow that has none there.
    fn begin_region(&mut self) {
        for place in 0..self.touched.len() {
            let link = self.touched[place];
            if self.links[link as usize].level != UNLIMITED {
                self.join(link);
            }
        }
        for place in 0..self.fresh.len() {
            let flow = &self.flows[self.fresh[place] as usize];
            if !flow.is_alive || !flow.is_active {
                continue;
            }
            let is_covered = flow
                .links
                .iter()
                .any(|link| self.links[*link as usize].region != NONE);
            if !is_covered {
                let limited = flow
                    .links
                    .into_iter()
                    .filter(|link| self.links[*link as usize].is_limited());
                let least = limited.min_by_key(|link| self.links[*link as usize].active);
                self.join(least.expect("an active flow has a link with a declared rate"));
            }
        }
    }

    /// Takes a link into the region, if it is not there and has a declared rate.
    fn join(&mut self, link: u32) {
        let entry = &mut self.links[link as usize];
        if entry.region != NONE || !entry.is_limited() {
            return;
        }
        entry.region = u32::try_from(self.scratch.region.len()).expect("links are counted in 32 bits");
        self.scratch.region.push(Member {
            link,
            left: 0,
            unfrozen: 0,
            level_before: entry.level,
            level: UNLIMITED,
        });
    }

    /// Progressive filling of the region, capped by the levels outside.
    fn fill(&mut self) {
        self.scratch.fillings += 1;
        self.scratch.shares.clear();
        self.scratch.capped.clear();
        for (number, place) in (0_u32..).zip(0..self.scratch.region.len()) {
            let link = &self.links[self.scratch.region[place].link as usize];
            let member = &mut self.scratch.region[place];
            member.left = link.capacity;
            member.unfrozen = link.active;
            member.level = UNLIMITED;
            if link.active == 0 {
                continue;
            }
            let entry = (share(link.capacity, link.active), number);
            self.scratch.shares.push(Reverse(entry));
            for &slot in &link.flows {
                let flow = &self.flows[slot as usize];
                let outside = &self.links[flow.other(member.link) as usize];
                if flow.is_active && outside.region == NONE && outside.level != UNLIMITED {
                    self.scratch.capped.push((outside.level, slot));
                }
            }
        }
        self.scratch.capped.sort_unstable();
        let mut next_capped = 0;
        loop {
            let cap = self.next_cap(&mut next_capped);
            let level = self.smallest_share().min(cap);
            if level == UNLIMITED {
                break;
            }
            // Which links are full is settled before any flow freezes at this level.
            self.collect_full(level);
            for place in 0..self.scratch.full.len() {
                let member = &mut self.scratch.region[self.scratch.full[place] as usize];
                member.level = level;
                let link = member.link as usize;
                for flow in 0..self.links[link].flows.len() {
                    let slot = self.links[link].flows[flow];
                    self.freeze(slot, level);
                }
            }
            while let Some(&(cap, slot)) = self.scratch.capped.get(next_capped)
                && cap == level
            {
                self.freeze(slot, level);
                next_capped += 1;
            }
        }
        assert!(
            self.scratch.region.iter().all(|member| member.unfrozen == 0),
            "every flow of the region is limited by some link"
        );
    }

    /// The lowest cap of a flow that is not frozen yet; `UNLIMITED` if there is none.
    fn next_cap(&self, next: &mut usize) -> Rate {
        while let Some(&(cap, slot)) = self.scratch.capped.get(*next) {
            if self.flows[slot as usize].frozen != self.scratch.fillings {
                return cap;
            }
            *next += 1;
        }
        UNLIMITED
    }

    /// The smallest share of a link with flows that are not frozen; `UNLIMITED` if there is none. Shares only rise, so
    /// an entry may lie too low, never too high: it is put right when it comes to the top.
    fn smallest_share(&mut self) -> Rate {
        let Scratch { region, shares, .. } = &mut self.scratch;
        while let Some(mut top) = shares.peek_mut() {
            let Reverse((known, place)) = *top;
            let member = &region[place as usize];
            if member.unfrozen == 0 {
                std::collections::binary_heap::PeekMut::pop(top);
                continue;
            }
            let present = share(member.left, member.unfrozen);
            if present == known {
                return known;
            }
            *top = Reverse((present, place));
        }
        UNLIMITED
    }

    /// Takes out all links whose share is `level`.
    fn collect_full(&mut self, level: Rate) {
        self.scratch.full.clear();
        while self.smallest_share() == level {
            let Some(Reverse((_, place))) = self.scratch.shares.pop() else {
                break;
            };
            self.scratch.full.push(place);
        }
    }

    /// Sets the rate of a flow for this filling, unless it is frozen already or takes no part.
    fn freeze(&mut self, slot: u32, level: Rate) {
        let flow = &mut self.flows[slot as usize];
        if !flow.is_active || flow.frozen == self.scratch.fillings {
            return;
        }
        flow.frozen = self.scratch.fillings;
        if !flow.is_marked {
            flow.is_marked = true;
            flow.rate_before = flow.rate;
            self.scratch.marked.push(slot);
        }
        let rate = std::mem::replace(&mut flow.rate, level);
        for link in flow.links {
            let link = &mut self.links[link as usize];
            link.used = link.used - rate + level;
            if let Some(member) = self.scratch.region.get_mut(link.region as usize) {
                member.left -= level;
                member.unfrozen -= 1;
            }
        }
    }

    /// Takes in the links just outside whose level might not stand.
    fn join_unsettled(&mut self) {
        for place in 0..self.touched.len() {
            let link = self.touched[place];
            if !self.links[link as usize].has_room() {
                self.join(link);
            }
        }
        for place in 0..self.scratch.region.len() {
            let Member {
                link,
                level_before,
                level,
                ..
            } = self.scratch.region[place];
            if level == level_before {
                continue;
            }
            let lower = level.min(level_before);
            for flow in 0..self.links[link as usize].flows.len() {
                let flow = &self.flows[self.links[link as usize].flows[flow] as usize];
                if !flow.is_active {
                    continue;
                }
                let other = flow.other(link);
                let outside = &self.links[other as usize];
                let is_settled = match outside.level {
                    UNLIMITED => outside.has_room(),
                    full_at => lower >= full_at,
                };
                if !is_settled {
                    self.join(other);
                }
            }
        }
    }

    /// Takes in the neighbours of the region, `rings` times or until there are none.
    fn join_rings(&mut self, rings: u32) {
        let mut from = 0;
        for _ in 0..rings {
            let members = from..self.scratch.region.len();
            if members.is_empty() {
                break;
            }
            from = members.end;
            for place in members {
                let link = self.scratch.region[place].link;
                for flow in 0..self.links[link as usize].flows.len() {
                    let flow = &self.flows[self.links[link as usize].flows[flow] as usize];
                    if flow.is_active {
                        self.join(flow.other(link));
                    }
                }
            }
        }
    }

    /// Writes the levels down and hands out what changed.
    fn end_region(&mut self, changed: &mut Vec<(u32, Rate)>) {
        for member in self.scratch.region.drain(..) {
            let link = &mut self.links[member.link as usize];
            link.level = member.level;
            link.region = NONE;
            assert!(
                link.used <= link.capacity,
                "no link carries more than its capacity"
            );
        }
        for slot in self.scratch.marked.drain(..) {
            let flow = &mut self.flows[slot as usize];
            flow.is_marked = false;
            for link in flow.links {
                let link = &self.links[link as usize];
                assert!(
                    link.used <= link.capacity,
                    "no link carries more than its capacity"
                );
            }
            if flow.rate != flow.rate_before {
                changed.push((slot, flow.rate_before));
            }
        }
    }
}

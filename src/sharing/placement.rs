//! Who holds which item at the start: how many copies of each item there are, and which peers have them.
//!
//! Copies of one item lie at distinct peers, and only at peers that share. All draws are keyed by item (or by peer,
//! for the weights), so the placement does not depend on the order in which it is made.

mod allocation;
mod choice;

use super::library::PeerTraits;
use crate::engine::{Draw, PeerId, Purpose, Seed, sample};
use crate::overlay::ItemId;
use allocation::allocate;
use choice::Chooser;
use thiserror::Error;

/// How many copies each item gets. The three rules of Cohen and Shenker (2002); integers of at least 1 by largest
/// remainder, none above the number of peers that share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CopyRule {
    /// Every item alike.
    Uniform,
    /// In proportion to popularity.
    Proportional,
    /// In proportion to the square root of popularity: the smallest mean search size under uniform probing.
    SquareRoot,
}

/// How a group's peers differ in what they share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ShareLaw {
    /// Alike.
    Equal,
    /// Log-normal weights. With a sigma of 1.55 over the third of peers that share anything, the top 1 % of all peers
    /// hold 37 % of the files and the top 20 % hold 96 %: what Adar and Huberman (2000) saw was 37 % and 98 %.
    LogNormal {
        /// Standard deviation of the weights' logarithm.
        sigma: f64,
    },
    /// Pareto weights: the smaller the shape, the more unequal.
    Pareto {
        /// The exponent of the tail, above 0.
        shape: f64,
    },
}

/// What a group shares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GroupShare {
    /// How its peers differ.
    pub law: ShareLaw,
    /// The group's share of all copies relative to the other groups' shares; `None`: each of its peers counts as much
    /// as a peer of any other group without one.
    pub share: Option<f64>,
}

/// Why copies cannot be placed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PlacementError {
    /// Nobody shares.
    #[error("there are copies to place but no peer shares anything")]
    NobodyShares,
    /// There are fewer copies than items.
    #[error("{copies} copies are fewer than the {items} items: each needs at least one")]
    TooFew {
        /// Copies to place.
        copies: u64,
        /// Items.
        items: u32,
    },
    /// There are more copies than places.
    #[error("{copies} copies of {items} items do not fit {sharers} peers that share")]
    TooMany {
        /// Copies to place.
        copies: u64,
        /// Items.
        items: u32,
        /// Peers that share.
        sharers: u32,
    },
    /// More than 2^32 copies.
    #[error("{0} copies are more than the 4294967295 there may be")]
    TooLarge(u64),
    /// One group has a share and another has none.
    #[error("group {0} has no share of the copies although another group has one: give all or none")]
    MixedShares(u16),
    /// A share or the parameter of a law is no positive number.
    #[error("group {0}: {1} must be a positive number")]
    BadNumber(u16, &'static str),
    /// A peer belongs to a group that is not there.
    #[error("a peer belongs to group {0}, which is not there")]
    UnknownGroup(u16),
    /// A group with a share has no peer that shares.
    #[error("group {0} has a share of the copies but no peer that shares")]
    EmptyGroup(u16),
}

/// Number of copies of every item: `copies` in all, by the rule.
pub fn copies_by_rule(
    rule: CopyRule,
    copies: u64,
    probabilities: &[f64],
    sharers: u32,
) -> Result<Vec<u32>, PlacementError> {
    let weights: Vec<f64> = match rule {
        CopyRule::Uniform => vec![1.0; probabilities.len()],
        CopyRule::Proportional => probabilities.to_vec(),
        CopyRule::SquareRoot => probabilities.iter().map(|p| p.sqrt()).collect(),
    };
    allocate(&weights, copies, sharers)
}

/// Every peer's weight as a holder: 0 for free riders; drawn by its group's law, scaled to its group's share.
pub fn holder_weights(
    traits: &[PeerTraits],
    groups: &[GroupShare],
    seed: Seed,
) -> Result<Vec<f64>, PlacementError> {
    check_groups(groups)?;
    let mut weights = Vec::with_capacity(traits.len());
    let mut sums = vec![0.0; groups.len()];
    for (peer, traits) in (0_u32..).zip(traits) {
        let group = groups
            .get(usize::from(traits.group))
            .ok_or(PlacementError::UnknownGroup(traits.group))?;
        let weight = if traits.shares {
            let entity = PEER_NAMESPACE | u64::from(peer);
            group.law.draw(&mut seed.stream(Purpose::Content, entity))
        } else {
            0.0
        };
        sums[usize::from(traits.group)] += weight;
        weights.push(weight);
    }
    for (number, (group, sum)) in (0_u16..).zip(groups.iter().zip(&sums)) {
        if group.share.is_some() && *sum == 0.0 {
            return Err(PlacementError::EmptyGroup(number));
        }
    }
    for (weight, traits) in weights.iter_mut().zip(traits) {
        let group = usize::from(traits.group);
        if let Some(share) = groups[group].share {
            *weight *= share / sums[group];
        }
    }
    Ok(weights)
}

/// Peers' streams of purpose [`Purpose::Content`] lie above the items'.
const PEER_NAMESPACE: u64 = 1 << 32;
/// Index of an item's stream from which its holders are drawn; those below are the catalogue's.
const HOLDERS: u32 = 3;

fn check_groups(groups: &[GroupShare]) -> Result<(), PlacementError> {
    let any_share = groups.iter().any(|group| group.share.is_some());
    for (number, group) in (0_u16..).zip(groups) {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        match group.share {
            None if any_share => return Err(PlacementError::MixedShares(number)),
            Some(share) if !positive(share) => return Err(PlacementError::BadNumber(number, "the share")),
            _ => {}
        }
        match group.law {
            ShareLaw::LogNormal { sigma } if !(sigma >= 0.0 && sigma.is_finite()) => {
                return Err(PlacementError::BadNumber(number, "sigma"));
            }
            ShareLaw::Pareto { shape } if !positive(shape) => {
                return Err(PlacementError::BadNumber(number, "the shape"));
            }
            _ => {}
        }
    }
    Ok(())
}

impl ShareLaw {
    fn draw(self, draw: &mut impl Draw) -> f64 {
        match self {
            Self::Equal => 1.0,
            Self::LogNormal { sigma } => sample::log_normal(0.0, sigma, draw),
            Self::Pareto { shape } => sample::pareto(shape, 1.0, draw),
        }
    }
}

/// Who holds what, in compressed form both ways: sorted items by peer, sorted peers by item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placement {
    item_offsets: Vec<u32>,
    holders: Vec<PeerId>,
    /// Nothing if nobody holds anything.
    peer_offsets: Vec<u32>,
    files: Vec<ItemId>,
}

impl Placement {
    /// Nobody holds anything.
    pub fn empty(items: u32) -> Self {
        Self {
            item_offsets: vec![0; items as usize + 1],
            holders: Vec::new(),
            peer_offsets: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Places `copies[item]` copies of every item at distinct peers, drawn one after the other without replacement
    /// with probabilities proportional to `weights[peer]`; a peer of weight 0 gets nothing.
    ///
    /// # Panics
    /// When a weight is negative or no number.
    pub fn draw(copies: &[u32], weights: &[f64], seed: Seed) -> Result<Self, PlacementError> {
        let total: u64 = copies.iter().copied().map(u64::from).sum();
        if u32::try_from(total).is_err() {
            return Err(PlacementError::TooLarge(total));
        }
        let mut chooser = Chooser::new(weights);
        if total > 0 && chooser.sharers() == 0 {
            return Err(PlacementError::NobodyShares);
        }
        if copies.iter().any(|&copies| copies > chooser.sharers()) {
            return Err(PlacementError::TooMany {
                copies: total,
                items: u32::try_from(copies.len()).unwrap_or(u32::MAX),
                sharers: chooser.sharers(),
            });
        }
        let mut item_offsets = Vec::with_capacity(copies.len() + 1);
        let mut holders: Vec<PeerId> = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
        item_offsets.push(0);
        for (item, &copies) in (0_u64..).zip(copies) {
            let mut stream = seed.stream_at(Purpose::Content, item, HOLDERS);
            let first = holders.len();
            chooser.choose(copies, &mut stream, &mut holders);
            holders[first..].sort_unstable();
            item_offsets.push(u32::try_from(holders.len()).expect("there are fewer than 2^32 copies"));
        }
        Ok(Self::from_item_lists(item_offsets, holders, weights.len()))
    }

    /// The placement that a list of (holder, item) names; repeated pairs count once.
    ///
    /// # Panics
    /// When a pair names a peer or an item that is not there, or there are 2^32 pairs.
    pub fn from_pairs(items: u32, peers: u32, pairs: &[(PeerId, ItemId)]) -> Self {
        let mut sorted: Vec<(ItemId, PeerId)> = pairs.iter().map(|&(peer, item)| (item, peer)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut item_offsets = vec![0_u32; items as usize + 1];
        for &(item, peer) in &sorted {
            assert!(peer.0 < peers, "a holder is one of the peers");
            item_offsets[item.0 as usize + 1] += 1;
        }
        for item in 0..items as usize {
            item_offsets[item + 1] += item_offsets[item];
        }
        let holders = sorted.into_iter().map(|(_, peer)| peer).collect();
        Self::from_item_lists(item_offsets, holders, peers as usize)
    }

    fn from_item_lists(item_offsets: Vec<u32>, holders: Vec<PeerId>, peers: usize) -> Self {
        if holders.is_empty() {
            return Self {
                item_offsets,
                holders,
                peer_offsets: Vec::new(),
                files: Vec::new(),
            };
        }
        let mut peer_offsets = vec![0_u32; peers + 1];
        for holder in &holders {
            peer_offsets[holder.index() + 1] += 1;
        }
        for peer in 0..peers {
            peer_offsets[peer + 1] += peer_offsets[peer];
        }
        let mut next = peer_offsets.clone();
        let mut files = vec![ItemId(0); holders.len()];
        for (item, bounds) in (0_u32..).zip(item_offsets.windows(2)) {
            for holder in &holders[bounds[0] as usize..bounds[1] as usize] {
                let place = &mut next[holder.index()];
                files[*place as usize] = ItemId(item);
                *place += 1;
            }
        }
        Self {
            item_offsets,
            holders,
            peer_offsets,
            files,
        }
    }

    /// Number of copies in all.
    pub fn copies(&self) -> u64 {
        self.holders.len() as u64
    }

    /// An item's holders, ascending.
    pub fn holders(&self, item: ItemId) -> &[PeerId] {
        let first = self.item_offsets[item.0 as usize] as usize;
        &self.holders[first..self.item_offsets[item.0 as usize + 1] as usize]
    }

    /// A peer's items, ascending; none for a peer beyond the table (a service node).
    pub fn files(&self, peer: PeerId) -> &[ItemId] {
        match self.peer_offsets.get(peer.index()..peer.index() + 2) {
            Some(bounds) => &self.files[bounds[0] as usize..bounds[1] as usize],
            None => &[],
        }
    }

    /// Whether a peer holds an item (O(log of its files)).
    pub fn holds(&self, peer: PeerId, item: ItemId) -> bool {
        self.files(peer).binary_search(&item).is_ok()
    }
}

#[cfg(test)]
mod tests;

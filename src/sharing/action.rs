//! What a scenario does to its peers at set times. A flash crowd's joining is part of the plan of sessions; everything
//! that depends on who is online, and how well connected, happens here.

use super::observed::{Observed, is_live};
use crate::engine::{Departure, Draw, PeerId, Purpose, Seed, Stage};
use std::ops::Range;

/// How many of those online.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Amount {
    /// This share of them, rounded to the nearest whole number.
    Share(f64),
    /// So many, or all if there are fewer.
    Count(u32),
}

impl Amount {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a population is no larger than the population"
    )]
    fn of(self, population: usize) -> usize {
        match self {
            Self::Share(share) => (population as f64 * share.clamp(0.0, 1.0) + 0.5) as usize,
            Self::Count(count) => (count as usize).min(population),
        }
    }
}

/// How the peers are divided.
#[derive(Clone, PartialEq, Debug)]
pub enum Sides {
    /// Every peer draws its side; shares add up to 1.
    Shares(Vec<f64>),
    /// The side of every peer, by number.
    Given(Vec<u8>),
}

/// Something that happens to the peers.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Randomly chosen online peers leave and stay away until the given time.
    Depart {
        /// How many.
        amount: Amount,
        /// Only peers for which this holds, by number; `None` for all.
        among: Option<Vec<bool>>,
        /// Share of them that leave without a goodbye.
        crash: f64,
        /// For how long, nanoseconds; `NEVER_NS` for good.
        away_ns: u64,
    },
    /// The online peers with the most working links crash; of equals the lower number goes first.
    RemoveBestConnected {
        /// How many.
        amount: Amount,
        /// For how long, nanoseconds; `NEVER_NS` for good.
        away_ns: u64,
    },
    /// Randomly chosen service nodes that are online crash.
    FailServers {
        /// How many.
        amount: Amount,
        /// Only nodes for which this holds, by number; `None` for all.
        among: Option<Vec<bool>>,
        /// For how long, nanoseconds; `NEVER_NS` for good.
        away_ns: u64,
    },
    /// Messages and transfers between sides do not pass.
    Partition(Sides),
    /// Every partition ends.
    Heal,
}

impl Action {
    /// Does it. `place` is its place among the actions of the same instant, so that what it draws depends on no action
    /// of another time; `peers` is the number of peers proper: service nodes come after them, are taken away by
    /// [`Action::FailServers`] only, and are on side 0.
    pub fn perform<P: Observed>(&self, place: u32, peers: usize, seed: Seed, stage: &mut dyn Stage<P>) {
        let now_ns = stage.now_ns();
        let mut draw = seed.stream_at(Purpose::Faults, now_ns, place);
        match self {
            Self::Depart {
                amount,
                among,
                crash,
                away_ns,
            } => {
                let is_meant = |peer: PeerId| among.as_ref().is_none_or(|among| among[peer.index()]);
                let online = online(stage, 0..peers).filter(|&peer| is_meant(peer)).collect();
                for peer in chosen(*amount, online, &mut draw) {
                    let departure = if draw.chance(*crash) {
                        Departure::Crash
                    } else {
                        Departure::Graceful
                    };
                    stage.depart(peer, departure, now_ns.saturating_add(*away_ns));
                }
            }
            Self::RemoveBestConnected { amount, away_ns } => {
                let mut ranked: Vec<(std::cmp::Reverse<u32>, PeerId)> = online(stage, 0..peers)
                    .map(|peer| (std::cmp::Reverse(degree(stage, peer)), peer))
                    .collect();
                ranked.sort_unstable();
                ranked.truncate(amount.of(ranked.len()));
                for (_, peer) in ranked {
                    stage.depart(peer, Departure::Crash, now_ns.saturating_add(*away_ns));
                }
            }
            Self::FailServers {
                amount,
                among,
                away_ns,
            } => {
                let is_meant = |node: PeerId| among.as_ref().is_none_or(|among| among[node.index()]);
                let nodes = online(stage, peers..stage.peers());
                let nodes = nodes.filter(|&node| is_meant(node)).collect();
                for node in chosen(*amount, nodes, &mut draw) {
                    stage.depart(node, Departure::Crash, now_ns.saturating_add(*away_ns));
                }
            }
            Self::Partition(sides) => {
                let mut of_peer = match sides {
                    Sides::Given(sides) => sides.clone(),
                    Sides::Shares(shares) => (0..peers).map(|_| side(shares, draw.unit())).collect(),
                };
                of_peer.resize(stage.peers(), 0);
                stage.partition(Some(of_peer));
            }
            Self::Heal => stage.partition(None),
        }
    }
}

fn online<P: Observed>(stage: &dyn Stage<P>, peers: Range<usize>) -> impl Iterator<Item = PeerId> {
    peers
        .map(PeerId::at)
        .filter(move |&peer| stage.online(peer).is_some())
}

/// So many of them, drawn at random.
fn chosen(amount: Amount, mut online: Vec<PeerId>, draw: &mut impl Draw) -> Vec<PeerId> {
    let count = amount.of(online.len());
    draw.shuffle(&mut online);
    online.truncate(count);
    online
}

fn degree<P: Observed>(stage: &dyn Stage<P>, peer: PeerId) -> u32 {
    let mut degree = 0;
    stage
        .peer(peer)
        .visit_neighbours(&mut |contact| degree += u32::from(is_live(stage, contact)));
    degree
}

/// The side that a uniform draw falls to.
fn side(shares: &[f64], draw: f64) -> u8 {
    let mut sum = 0.0;
    let last = shares.len().saturating_sub(1);
    let place = shares.iter().position(|share| {
        sum += share;
        draw < sum
    });
    u8::try_from(place.unwrap_or(last)).expect("there are at most 255 sides")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_and_bounded() {
        for (amount, population, expected) in [
            (Amount::Share(0.3), 10, 3),
            (Amount::Share(0.25), 10, 3),
            (Amount::Share(0.24), 10, 2),
            (Amount::Share(1.0), 7, 7),
            (Amount::Share(0.0), 7, 0),
            (Amount::Count(5), 3, 3),
            (Amount::Count(5), 9, 5),
        ] {
            assert_eq!(amount.of(population), expected, "{amount:?} of {population}");
        }
    }

    #[test]
    fn sides_are_drawn_by_their_shares() {
        let shares = [0.2, 0.3, 0.5];
        for (draw, expected) in [(0.1, 0), (0.2, 1), (0.49, 1), (0.51, 2), (0.999_999, 2)] {
            assert_eq!(side(&shares, draw), expected);
        }
        assert_eq!(side(&[0.3, 0.3], 0.9), 1);
    }
}

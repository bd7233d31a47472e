//! The servers whose addresses every peer of an overlay knows, as from a list that came with its software.
//!
//! They are an overlay's service nodes, which have the last numbers. That one is on the list says nothing of whether it is
//! online.

use crate::engine::{Draw, PeerId};

/// A list of servers: places go from 0, and round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Servers {
    first: u32,
    count: u32,
}

impl Servers {
    /// So many servers after the last of so many peers.
    ///
    /// # Panics
    /// When there are none.
    pub fn after(peers: u32, count: u32) -> Self {
        assert!(count > 0, "an overlay with servers has one");
        Self { first: peers, count }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The server at a place; behind the last comes the first.
    pub fn at(&self, place: u32) -> PeerId {
        PeerId(self.first + place % self.count)
    }

    /// A place, all equally likely.
    pub fn draw(&self, random: &mut impl Draw) -> u32 {
        let place = random.below(u64::from(self.count));
        u32::try_from(place).expect("less than their number")
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = PeerId> + use<> {
        (self.first..self.first + self.count).map(PeerId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Seed};

    #[test]
    fn places_go_round_and_each_is_drawn_alike() {
        let servers = Servers::after(100, 3);
        let order: Vec<u32> = (0..5).map(|place| servers.at(place).0).collect();
        assert_eq!(order, [100, 101, 102, 100, 101]);
        assert_eq!(servers.all().collect::<Vec<_>>(), [100, 101, 102].map(PeerId));
        let mut random = Seed {
            seed: 2,
            replication: 0,
        }
        .small(Purpose::Protocol, 1);
        let mut counts = [0_u32; 3];
        for _ in 0..3_000 {
            counts[servers.draw(&mut random) as usize] += 1;
        }
        // 1000 expected each, standard deviation 25.8: five of them.
        assert!(
            counts.iter().all(|count| (871..=1_129).contains(count)),
            "{counts:?}"
        );
    }
}

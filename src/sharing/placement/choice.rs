//! Choosing distinct peers one after the other with given weights.

use crate::engine::sample::AliasTable;
use crate::engine::{Draw, PeerId, math};

/// Draws sets of distinct peers by successive sampling: each next one among those left, in proportion to weight.
pub(super) struct Chooser {
    sharers: Vec<PeerId>,
    /// None if nobody shares.
    table: Option<AliasTable>,
    weights: Vec<f64>,
    /// Which sharers the present set has, by stamp.
    stamps: Vec<u32>,
    stamp: u32,
}

impl Chooser {
    /// A chooser among the peers with a positive weight.
    pub(super) fn new(weights: &[f64]) -> Self {
        assert!(
            weights.iter().all(|weight| *weight >= 0.0 && weight.is_finite()),
            "weights are numbers of 0 or more"
        );
        let (sharers, weights): (Vec<PeerId>, Vec<f64>) = weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(index, weight)| (PeerId::at(index), *weight))
            .unzip();
        let table =
            (!weights.is_empty()).then(|| AliasTable::new(&weights).expect("the weights are positive"));
        Self {
            stamps: vec![0; sharers.len()],
            stamp: 0,
            sharers,
            table,
            weights,
        }
    }

    /// Number of peers with a positive weight.
    pub(super) fn sharers(&self) -> u32 {
        u32::try_from(self.sharers.len()).expect("peers are numbered by 32 bits")
    }

    /// Appends `count` distinct peers, at most as many as there are sharers.
    pub(super) fn choose(&mut self, count: u32, draw: &mut impl Draw, chosen: &mut Vec<PeerId>) {
        self.choose_with_attempts(count, 16 + 4 * u64::from(count), draw, chosen);
    }

    /// Rejection is quick while little of the weight is taken. Where it is not, the rest is drawn by exponential keys,
    /// which is the same law: successive sampling depends on the past only by what is left (Efraimidis and Spirakis,
    /// 2006).
    pub(super) fn choose_with_attempts(
        &mut self,
        count: u32,
        mut attempts: u64,
        draw: &mut impl Draw,
        chosen: &mut Vec<PeerId>,
    ) {
        self.stamp += 1;
        let mut missing = count;
        while missing > 0 && attempts > 0 {
            attempts -= 1;
            let table = self
                .table
                .as_ref()
                .expect("somebody shares if anything is placed");
            let place = table.draw(draw) as usize;
            if self.stamps[place] != self.stamp {
                self.stamps[place] = self.stamp;
                chosen.push(self.sharers[place]);
                missing -= 1;
            }
        }
        if missing > 0 {
            self.choose_by_keys(missing as usize, draw, chosen);
        }
    }

    fn choose_by_keys(&mut self, count: usize, draw: &mut impl Draw, chosen: &mut Vec<PeerId>) {
        let mut keys: Vec<(f64, usize)> = (0..self.sharers.len())
            .filter(|&place| self.stamps[place] != self.stamp)
            .map(|place| (-math::ln(draw.unit()) / self.weights[place], place))
            .collect();
        keys.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for &(_, place) in &keys[..count] {
            self.stamps[place] = self.stamp;
            chosen.push(self.sharers[place]);
        }
    }
}

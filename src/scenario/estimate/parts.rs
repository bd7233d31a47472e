//! What things cost, as the rooms that keep them say, times how many there are.

mod application;
mod inputs;
mod peers;

use super::demand::Demand;
use super::inputs::Inputs;
use super::{Part, Prices, Stage};
use crate::engine::footprint as engine;
use crate::overlay::gnutella::{Gnutella, footprint as gnutella};
use crate::scenario::schema::Scenario;
use crate::sharing::{BareTransfers, FileSharing};

use Stage::{Building, Finishing, Running, Tabulating};

/// The program itself, its threads' stacks and the plots' text: measured on runs of a few peers.
const PROGRAM_BYTES: f64 = 11.5 * 1024.0 * 1024.0;
/// How many times a message in flight is held at the height of a flood: in the bucket being handled, whose chunks are free
/// only when it is over, beside the words by which that is put in order, and in the next bucket.
pub(in crate::scenario) const MESSAGE_COPIES: f64 = 2.0;
/// What small blocks take up more than they would side by side: those that were outgrown or given back lie between
/// those in use. Measured.
pub(in crate::scenario) const SMALL_BLOCKS: f64 = 1.15;

/// Threads that a run is thought to have: with more, there are more books.
pub(in crate::scenario) const THREADS: usize = 2;

/// From the first window until rows are made of what the run leaves.
pub(in crate::scenario) const RUN: [Stage; 3] = [Running, Finishing, Tabulating];
/// The same, and while the run is built.
pub(in crate::scenario) const HELD: [Stage; 4] = [Building, Running, Finishing, Tabulating];

/// What file sharing over Gnutella runs at every peer.
type Sharing = FileSharing<Gnutella>;

/// All parts of a scenario's run.
pub(super) fn parts(scenario: &Scenario, demand: &Demand, inputs: &Inputs) -> Vec<Part> {
    let mut list = List {
        scenario,
        demand,
        inputs,
        parts: Vec::new(),
    };
    list.add(("program", "", ""), 1.0, PROGRAM_BYTES, &Stage::ALL);
    match &scenario.overlay {
        Some(overlay) if !demand.is_transfers => {
            let (key, table) = overlay.table();
            table.list(key, &mut list);
        }
        _ => list.peers::<BareTransfers>(),
    }
    list.files();
    list.graph();
    list.network();
    list.content_and_queries();
    list.downloads();
    list.transfers();
    list.observers();
    list.parts.retain(|part| part.bytes() >= 1.0);
    list.parts
}

/// Prices of single things, for people.
pub(super) fn prices() -> Prices {
    Prices {
        idle_peer: engine::resident_bytes::<Sharing>() + engine::presence_bytes() + peers::plan_bytes(),
        neighbour: gnutella::link_bytes(),
        message: engine::message_bytes::<Sharing>(),
        seen: gnutella::seen_query_bytes(),
    }
}

/// The parts so far, and what they are found from.
pub(in crate::scenario) struct List<'a> {
    pub(in crate::scenario) scenario: &'a Scenario,
    pub(in crate::scenario) demand: &'a Demand,
    inputs: &'a Inputs,
    parts: Vec<Part>,
}

impl List<'_> {
    /// Adds a part: what it is, what is counted, and the key it comes from; how many; what one takes up; when.
    pub(in crate::scenario) fn add(&mut self, what: Label, count: f64, bytes_each: f64, stages: &[Stage]) {
        let (name, unit, key) = what;
        self.parts.push(Part {
            name,
            unit,
            key,
            count,
            bytes_each,
            stages: Stage::ALL.map(|stage| stages.contains(&stage)),
        });
    }
}

/// Name, unit and key of a part.
pub(in crate::scenario) type Label = (&'static str, &'static str, &'static str);

/// A size as a number to reckon with.
pub(in crate::scenario) fn bytes(size: usize) -> f64 {
    size as f64
}

/// The mean cost of a table whose number of entries varies: a fifth each of a normal law's quintiles.
pub(in crate::scenario) fn around(mean: f64, deviation: f64, cost: impl Fn(usize) -> usize) -> f64 {
    const QUINTILES: [f64; 5] = [-1.4, -0.53, 0.0, 0.53, 1.4];
    let cost_at = |quintile: f64| bytes(cost(rounded(mean + quintile * deviation)));
    QUINTILES.into_iter().map(cost_at).sum::<f64>() / QUINTILES.len() as f64
}

/// A count to the nearest whole number, 0 or more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; saturates where no machine could hold so many"
)]
pub(in crate::scenario) fn rounded(count: f64) -> usize {
    (count.max(0.0) + 0.5).min(1e15) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_cost_of_a_step_lies_between_its_sides() {
        let cost = |entries: usize| if entries > 10 { 100 } else { 50 };
        assert_eq!(around(5.0, 1.0, cost).to_bits(), 50.0_f64.to_bits());
        assert_eq!(around(20.0, 1.0, cost).to_bits(), 100.0_f64.to_bits());
        assert_eq!(around(10.2, 4.0, cost).to_bits(), 70.0_f64.to_bits());
    }
}

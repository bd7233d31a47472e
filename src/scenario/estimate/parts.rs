//! What things cost, as the rooms that keep them say, times how many there are.

mod application;
mod inputs;
mod peers;
mod servers;
mod structured;
mod super_peer;

use super::demand::Demand;
use super::inputs::Inputs;
use super::{Part, Prices, Stage};
use crate::engine::footprint as engine;
use crate::overlay;
use crate::overlay::central::Central;
use crate::overlay::chord::{Chord, footprint as chord};
use crate::overlay::dht::message::Message;
use crate::overlay::dht::{Dht, Router};
use crate::overlay::gnutella::{Gnutella, footprint as gnutella};
use crate::overlay::hybrid::{Hybrid, footprint as hybrid};
use crate::overlay::kademlia::{Kademlia, footprint as kademlia};
use crate::overlay::tracker::Tracker;
use crate::records::footprint as records;
use crate::scenario::schema::{Overlay, Scenario, Structured};
use crate::sharing::{BareLookups, BareTransfers, FileSharing};

use Stage::{Building, Finishing, Running, Tabulating};

/// The program itself, its threads' stacks and the plots' text: measured on runs of a few peers.
const PROGRAM_BYTES: f64 = 11.5 * 1024.0 * 1024.0;
/// How many times a message in flight is held at the height of a flood: in the bucket being handled, whose chunks are free
/// only when it is over, beside the words by which that is put in order, and in the next bucket.
const MESSAGE_COPIES: f64 = 2.0;
/// What small blocks take up more than they would side by side: those that were outgrown or given back lie between
/// those in use. Measured.
const SMALL_BLOCKS: f64 = 1.15;

/// Threads that a run is thought to have: with more, there are more books.
const THREADS: usize = 2;

/// From the first window until rows are made of what the run leaves.
const RUN: [Stage; 3] = [Running, Finishing, Tabulating];
/// The same, and while the run is built.
const HELD: [Stage; 4] = [Building, Running, Finishing, Tabulating];

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
        Some(Overlay::Gnutella(overlay)) if !demand.is_transfers => {
            list.peers::<Sharing>();
            list.servents::<Sharing>(overlay, "overlay.gnutella");
        }
        Some(overlay @ (Overlay::Chord(_) | Overlay::Kademlia(_) | Overlay::Hybrid(_)))
            if !demand.is_transfers =>
        {
            list.with_structured(overlay);
        }
        Some(Overlay::Central(_)) if !demand.is_transfers => {
            list.peers::<FileSharing<Central>>();
            list.central::<FileSharing<Central>>("overlay.central");
        }
        Some(Overlay::SuperPeer(_)) if !demand.is_transfers => list.super_peer(),
        Some(Overlay::Tracker(_)) if !demand.is_transfers => {
            list.peers::<FileSharing<Tracker>>();
            list.tracker::<FileSharing<Tracker>>("overlay.tracker");
        }
        Some(Overlay::ClientServer(_)) if !demand.is_transfers => list.client_server(),
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
struct List<'a> {
    scenario: &'a Scenario,
    demand: &'a Demand,
    inputs: &'a Inputs,
    parts: Vec<Part>,
}

impl List<'_> {
    /// Peers of a structured overlay or of a hybrid with one.
    fn with_structured(&mut self, overlay: &Overlay) {
        let (demand, common) = (self.demand.structured, overlay.structured());
        let common = common.expect("it has a structured part");
        if let Some(chord) = overlay.chord() {
            let table = chord::table_bytes(chord.successors as usize, rounded(demand.fingers));
            self.nodes::<Chord>(overlay, &common, table);
        }
        if let Some(kademlia) = overlay.kademlia() {
            // Nobody waits for a place in a bucket that is not full, or at the start.
            let full = demand.fingers;
            let waiting = f64::from(kademlia.replacement_contacts()) * full;
            let waiting = waiting.min(demand.heard);
            let table = kademlia::table_bytes(rounded(full), rounded(demand.contacts), rounded(waiting));
            self.nodes::<Kademlia>(overlay, &common, table);
        }
    }

    /// Such peers, and what they keep.
    fn nodes<R: Router>(&mut self, whole: &Overlay, overlay: &Structured<'_>, table_bytes: usize) {
        if let Overlay::Hybrid(_) = whole {
            if let Some((key, gnutella)) = whole.gnutella() {
                self.hybrid::<Gnutella, R>(overlay, table_bytes);
                self.servents::<FileSharing<Hybrid<Gnutella, Dht<R>>>>(gnutella, key);
            } else if let Some((key, _)) = whole.central() {
                self.hybrid::<Central, R>(overlay, table_bytes);
                self.central::<FileSharing<Hybrid<Central, Dht<R>>>>(key);
            } else if let Some((key, _)) = whole.tracker() {
                self.hybrid::<Tracker, R>(overlay, table_bytes);
                self.tracker::<FileSharing<Hybrid<Tracker, Dht<R>>>>(key);
            }
        } else if self.scenario.content.is_some() {
            self.peers::<FileSharing<Dht<R>>>();
            self.structured::<R, FileSharing<Dht<R>>>(overlay, table_bytes);
        } else {
            self.peers::<BareLookups<R>>();
            self.structured::<R, BareLookups<R>>(overlay, table_bytes);
            self.lookups::<BareLookups<R>>();
        }
    }

    /// Peers of a hybrid of the unstructured overlay `U` and a structured one, and what they keep besides the unstructured part.
    fn hybrid<U: overlay::Overlay + 'static, R: Router>(
        &mut self,
        overlay: &Structured<'_>,
        table_bytes: usize,
    ) {
        const KEY: &str = "overlay.hybrid";
        let demand = self.demand;
        self.peers::<FileSharing<Hybrid<U, Dht<R>>>>();
        self.structured::<R, FileSharing<Hybrid<U, Dht<R>>>>(overlay, table_bytes);
        let size = bytes(hybrid::rest_bytes::<Dht<R>>());
        self.add(("structured parts", "peers", KEY), demand.peers, size, &HELD);
        let size = bytes(size_of::<Message<R>>());
        let boxed = ("messages in boxes", "messages", KEY);
        self.add(
            boxed,
            demand.structured.in_flight,
            size * SMALL_BLOCKS,
            &[Running, Finishing],
        );
        let books = engine::shards(rounded(demand.peers), THREADS) * hybrid::query_books_bytes();
        let key = self.queries_key();
        let part = ("books of the structured part", "queries", key);
        self.add(part, demand.queries, bytes(books), &RUN);
        let rows = ("rows of hybrid.csv", "queries", key);
        self.rows(rows, demand.queries, records::hybrid_bytes());
    }

    /// Adds a part: what it is, what is counted, and the key it comes from; how many; what one takes up; when.
    fn add(&mut self, what: Label, count: f64, bytes_each: f64, stages: &[Stage]) {
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
type Label = (&'static str, &'static str, &'static str);

/// A size as a number to reckon with.
fn bytes(size: usize) -> f64 {
    size as f64
}

/// The mean cost of a table whose number of entries varies: a fifth each of a normal law's quintiles.
fn around(mean: f64, deviation: f64, cost: impl Fn(usize) -> usize) -> f64 {
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
fn rounded(count: f64) -> usize {
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

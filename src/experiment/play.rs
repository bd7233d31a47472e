//! Plays a model to its end: the engine, its director and the observers' notes.

use super::results::Results;
use super::watchers::{OverlayWatcher, PlainWatcher};
use crate::engine::{self, Outcome, Protocol, Verdict};
use crate::overlay::Overlay;
use crate::overlay::books::{Packet, TraceLine};
use crate::overlay::dht::Router;
use crate::records::Unfinished;
use crate::scenario::build::{Frame, Model, Player, UnderlaySetup};
use crate::sharing::director::{Notes, Observatory, Watcher};
use crate::sharing::observed::Observed;
use crate::sharing::truth::{Lookup, NoOracle, Oracle};
use crate::sharing::{BareLookups, BareTransfers, FileSharing, Keepers};

/// Whoever watches a run from outside.
pub trait Witness {
    /// A result is begun: whoever ends the process from outside removes what is unfinished.
    fn result_begun(&mut self, unfinished: &Unfinished) {
        let _ = unfinished;
    }

    /// A window closed at `end_ns`; `events` were handled so far.
    fn window_closed(&mut self, end_ns: u64, events: u64) -> Verdict;

    /// Whether lines of a trace are wanted.
    fn wants_trace(&self) -> bool {
        false
    }

    /// Lines of the trace of one window, sorted by time, query and peer; `label` gives a peer's label in tables.
    fn trace(&mut self, lines: &[TraceLine], label: &dyn Fn(u32) -> u64) {
        let _ = (lines, label);
    }

    /// Whether packets are wanted.
    fn wants_packets(&self) -> bool {
        false
    }

    /// The packets sent in one window, sorted by time and sender, each sender's in the order in which it sent them.
    fn packets(&mut self, packets: &[Packet]) {
        let _ = packets;
    }
}

/// A run that was played. Its rows are yet to be made: they belong to the results and not to the time of the run.
pub struct Played {
    rows: Box<dyn FnOnce() -> Results>,
    /// Events handled.
    pub events: u64,
    /// Whether it was stopped before its time.
    pub is_interrupted: bool,
}

impl Played {
    /// A run that left `outcome`, of which `rows` makes what goes into tables.
    pub fn new<P: Protocol + 'static>(
        outcome: Outcome<P>,
        rows: impl FnOnce(&Outcome<P>) -> Results + 'static,
    ) -> Self {
        Self {
            events: outcome.accounts.events,
            is_interrupted: outcome.is_interrupted,
            rows: Box::new(move || rows(&outcome)),
        }
    }

    /// What the run leaves, as rows.
    pub fn into_results(self) -> Results {
        (self.rows)()
    }
}

/// Plays a model on `threads` threads.
pub fn play(mut model: Model, threads: usize, witness: &mut dyn Witness) -> Played {
    if witness.wants_packets() {
        model.capture();
    }
    model.play(Engine { threads, witness })
}

/// Plays models on the engine.
struct Engine<'w> {
    threads: usize,
    witness: &'w mut dyn Witness,
}

impl Player for Engine<'_> {
    type Outcome = Played;

    fn sharing<O: Overlay + 'static>(self, mut setup: UnderlaySetup<FileSharing<O>>, frame: Frame) -> Played {
        setup.world.library.is_traced = self.witness.wants_trace();
        let oracle = Box::new(Lookup::new(setup.peers.len()));
        let mut watcher = OverlayWatcher::new(self.witness, &frame.roll.labels);
        let (outcome, notes) = conduct(setup, &frame, oracle, &mut watcher, self.threads);
        Played::new(outcome, move |outcome| {
            Results::of_sharing(frame, outcome, &notes)
        })
    }

    fn lookups<R: Router>(self, setup: UnderlaySetup<BareLookups<R>>, frame: Frame) -> Played {
        let mut watcher = OverlayWatcher::new(self.witness, &frame.roll.labels);
        let (outcome, notes) = conduct(setup, &frame, Box::new(Keepers), &mut watcher, self.threads);
        Played::new(outcome, move |outcome| {
            Results::of_lookups(frame, outcome, &notes)
        })
    }

    fn transfers(self, setup: UnderlaySetup<BareTransfers>, frame: Frame) -> Played {
        let mut watcher = PlainWatcher(self.witness);
        let (outcome, notes) = conduct(setup, &frame, Box::new(NoOracle), &mut watcher, self.threads);
        Played::new(outcome, move |outcome| {
            Results::of_transfers(frame, outcome, &notes)
        })
    }
}

fn conduct<P: Observed>(
    setup: UnderlaySetup<P>,
    frame: &Frame,
    oracle: Box<dyn Oracle<P>>,
    watcher: &mut dyn Watcher<P>,
    threads: usize,
) -> (Outcome<P>, Notes) {
    let mut observatory = Observatory::new(frame.programme.clone(), frame.seed, oracle, watcher);
    let outcome = engine::run(setup, &mut observatory, threads);
    (outcome, observatory.notes)
}

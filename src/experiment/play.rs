//! Plays a model to its end: the engine, its director and the observers' notes.

use super::results::Results;
use super::watchers::{OverlayWatcher, PlainWatcher};
use crate::engine::{self, Outcome, Protocol, Verdict};
use crate::overlay::Overlay;
use crate::overlay::books::{Packet, TraceLine};
use crate::overlay::dht::Router;
use crate::records::Unfinished;
use crate::scenario::build::{Frame, Model, UnderlaySetup};
use crate::sharing::director::{Notes, Observatory, Watcher};
use crate::sharing::observed::Observed;
use crate::sharing::truth::{Lookup, NoOracle, Oracle};
use crate::sharing::{BareLookups, FileSharing, Keepers};

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
pub fn play(model: Model, threads: usize, witness: &mut dyn Witness) -> Played {
    match model {
        Model::Gnutella(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::Chord(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::ChordLookups(setup, frame) => play_lookups(*setup, *frame, threads, witness),
        Model::Kademlia(mut setup, frame) => {
            setup.world.overlay.router.is_captured = witness.wants_packets();
            play_sharing(*setup, *frame, threads, witness)
        }
        Model::KademliaLookups(mut setup, frame) => {
            setup.world.overlay.router.is_captured = witness.wants_packets();
            play_lookups(*setup, *frame, threads, witness)
        }
        Model::Central(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::Tracker(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::ClientServer(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::SuperPeer(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::GnutellaChord(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::GnutellaKademlia(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::CentralChord(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::CentralKademlia(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::TrackerChord(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::TrackerKademlia(setup, frame) => play_sharing(*setup, *frame, threads, witness),
        Model::Transfers(setup, frame) => {
            let (outcome, notes) = conduct(
                *setup,
                &frame,
                Box::new(NoOracle),
                &mut PlainWatcher(witness),
                threads,
            );
            Played::new(outcome, move |outcome| {
                Results::of_transfers(*frame, outcome, &notes)
            })
        }
    }
}

fn play_sharing<O: Overlay + 'static>(
    mut setup: UnderlaySetup<FileSharing<O>>,
    frame: Frame,
    threads: usize,
    witness: &mut dyn Witness,
) -> Played {
    setup.world.library.is_traced = witness.wants_trace();
    let oracle = Box::new(Lookup::new(setup.peers.len()));
    let mut watcher = OverlayWatcher::new(witness, &frame.roll.labels);
    let (outcome, notes) = conduct(setup, &frame, oracle, &mut watcher, threads);
    Played::new(outcome, move |outcome| {
        Results::of_sharing(frame, outcome, &notes)
    })
}

fn play_lookups<R: Router>(
    setup: UnderlaySetup<BareLookups<R>>,
    frame: Frame,
    threads: usize,
    witness: &mut dyn Witness,
) -> Played {
    let mut watcher = OverlayWatcher::new(witness, &frame.roll.labels);
    let (outcome, notes) = conduct(setup, &frame, Box::new(Keepers), &mut watcher, threads);
    Played::new(outcome, move |outcome| {
        Results::of_lookups(frame, outcome, &notes)
    })
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

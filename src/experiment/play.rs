//! Plays a model to its end: the engine, its director and the observers' notes.

use super::results::Results;
use crate::engine::{self, Outcome, Protocol, Stage, Verdict};
use crate::overlay::books::TraceLine;
use crate::overlay::gnutella::Gnutella;
use crate::records::Unfinished;
use crate::scenario::build::{Frame, Model, UnderlaySetup};
use crate::sharing::director::{Notes, Observatory, Watcher};
use crate::sharing::observed::Observed;
use crate::sharing::truth::{Lookup, NoOracle, Oracle};
use crate::sharing::{BareTransfers, FileSharing};

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
}

/// A run that was played.
#[derive(Debug)]
pub struct Played {
    /// What it leaves.
    pub results: Results,
    /// Events handled.
    pub events: u64,
    /// Whether it was stopped before its time.
    pub is_interrupted: bool,
}

/// Plays a model on `threads` threads.
pub fn play(model: Model, threads: usize, witness: &mut dyn Witness) -> Played {
    match model {
        Model::Gnutella(mut setup, frame) => {
            setup.world.library.is_traced = witness.wants_trace();
            let oracle = Box::new(Lookup::new(setup.peers.len()));
            let (outcome, notes) = conduct(
                *setup,
                &frame,
                oracle,
                &mut SharingWatcher::new(witness, &frame.roll.labels),
                threads,
            );
            played::<FileSharing<Gnutella>>(&outcome, Results::of_sharing(*frame, &outcome, &notes))
        }
        Model::Transfers(setup, frame) => {
            let (outcome, notes) = conduct(
                *setup,
                &frame,
                Box::new(NoOracle),
                &mut PlainWatcher(witness),
                threads,
            );
            played::<BareTransfers>(&outcome, Results::of_transfers(*frame, &outcome, &notes))
        }
    }
}

fn played<P: Protocol>(outcome: &Outcome<P>, results: Results) -> Played {
    Played {
        results,
        events: outcome.accounts.events,
        is_interrupted: outcome.is_interrupted,
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

/// Watches any program.
struct PlainWatcher<'w>(&'w mut dyn Witness);

impl<P: Observed> Watcher<P> for PlainWatcher<'_> {
    fn window_closed(&mut self, end_ns: u64, events: u64, _: &mut dyn Stage<P>) -> Verdict {
        self.0.window_closed(end_ns, events)
    }
}

/// Watches file sharing, and streams its traces.
struct SharingWatcher<'w> {
    witness: &'w mut dyn Witness,
    labels: &'w [u64],
    is_tracing: bool,
    lines: Vec<TraceLine>,
}

impl<'w> SharingWatcher<'w> {
    fn new(witness: &'w mut dyn Witness, labels: &'w [u64]) -> Self {
        Self {
            labels,
            is_tracing: witness.wants_trace(),
            witness,
            lines: Vec::new(),
        }
    }
}

impl Watcher<FileSharing<Gnutella>> for SharingWatcher<'_> {
    fn window_closed(
        &mut self,
        end_ns: u64,
        events: u64,
        stage: &mut dyn Stage<FileSharing<Gnutella>>,
    ) -> Verdict {
        if self.is_tracing {
            stage.visit_tallies(&mut |tally| self.lines.append(&mut tally.search.trace));
            self.lines.sort_unstable();
            let labels = self.labels;
            self.witness.trace(&self.lines, &|peer| labels[peer as usize]);
            self.lines.clear();
        }
        self.witness.window_closed(end_ns, events)
    }
}

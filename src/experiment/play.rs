//! Plays a model to its end: the engine, its director and the observers' notes.

use super::results::Results;
use crate::engine::{self, Outcome, Protocol, Stage, Verdict};
use crate::overlay::books::TraceLine;
use crate::overlay::gnutella::Gnutella;
use crate::records::Unfinished;
use crate::scenario::build::{Frame, Model, UnderlaySetup};
use crate::sharing::FileSharing;
use crate::sharing::director::{Notes, Observatory, Watcher};
use crate::sharing::observed::Observed;
use crate::sharing::truth::{Lookup, NoOracle, Oracle};

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
            Played::new(outcome, move |outcome| {
                Results::of_sharing(*frame, outcome, &notes)
            })
        }
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

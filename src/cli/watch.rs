//! Watches many runs for whoever called for them.

use indicatif::ProgressBar;

use super::progress;
use super::signals::Signals;
use crate::engine::Verdict;
use crate::experiment::CrewWitness;
use crate::records::{Provenance, Unfinished};

/// Counts runs on a bar, and stops them at a signal.
pub(super) struct Watch<'s> {
    signals: &'s Signals,
    bar: ProgressBar,
}

impl<'s> Watch<'s> {
    /// Watches so many runs.
    pub(super) fn new(signals: &'s Signals, runs: u64, quiet: bool) -> Self {
        Self {
            signals,
            bar: progress::count(runs, quiet),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl CrewWitness for Watch<'_> {
    fn result_begun(&self, unfinished: &Unfinished) {
        self.signals.remove_at_the_end(unfinished);
    }

    fn verdict(&self) -> Verdict {
        if self.signals.exit().is_some() {
            Verdict::Stop
        } else {
            Verdict::Continue
        }
    }

    fn run_ended(&self) {
        self.bar.inc(1);
    }
}

/// So many replications, in words.
pub(super) fn replications(number: u64) -> String {
    match number {
        1 => "1 replication".to_owned(),
        _ => format!("{number} replications"),
    }
}

/// How long so many runs took.
pub(super) fn speed(runs: u64, provenance: &Provenance) -> String {
    let runs = match runs {
        1 => "1 run".to_owned(),
        _ => format!("{runs} runs"),
    };
    format!(
        "{runs} in {:.1} s: {} events, {:.2} million per second",
        provenance.run_wall_s,
        provenance.events,
        provenance.events_per_s / 1e6,
    )
}

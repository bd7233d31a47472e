//! Watches many runs for whoever called for them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;

use super::progress;
use super::signals::Signals;
use crate::engine::Verdict;
use crate::experiment::CrewWitness;
use crate::records::{Provenance, Unfinished};

/// How often a line is written where there is no terminal, at most.
const PAUSE: Duration = Duration::from_secs(60);

/// Counts runs, on a bar or in lines, and stops them at a signal.
pub(super) struct Watch<'s> {
    signals: &'s Signals,
    bar: ProgressBar,
    /// Where lines are written: how far into the work the last one was.
    told: Option<Mutex<Duration>>,
}

impl<'s> Watch<'s> {
    /// Watches so many runs.
    pub(super) fn new(signals: &'s Signals, runs: u64, quiet: bool) -> Self {
        let bar = progress::count(runs, quiet);
        let is_in_lines = bar.is_hidden() && !quiet;
        Self {
            signals,
            bar,
            told: is_in_lines.then(Mutex::default),
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
        let Some(told) = &self.told else { return };
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.elapsed() >= *told + PAUSE {
            *told = self.bar.elapsed();
            let runs = self.bar.length().unwrap_or_default();
            super::say(&format!("{} of {runs} runs are done", self.bar.position()));
        }
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

//! Watches many runs for whoever called for them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;

use super::leftovers;
use super::progress;
use super::signals::Signals;
use crate::engine::Verdict;
use crate::experiment::CrewWitness;
use crate::records::{Provenance, Unfinished};

/// How often a line is written where there is no terminal, at most.
const PAUSE: Duration = Duration::from_secs(60);

/// What is said of the work where there is no bar to show it.
#[derive(Default)]
struct Lines {
    /// How far into the work the last line was written.
    told: Duration,
}

impl Lines {
    /// A line, if it is time for one.
    fn next(&mut self, elapsed: Duration, done: u64, runs: u64) -> Option<String> {
        (elapsed >= self.told + PAUSE).then(|| {
            self.told = elapsed;
            format!("{done} of {runs} runs are done")
        })
    }
}

/// Counts runs, on a bar or in lines, and stops them at a signal.
pub(super) struct Watch<'s> {
    signals: &'s Signals,
    bar: ProgressBar,
    /// Where lines are written.
    lines: Option<Mutex<Lines>>,
}

impl<'s> Watch<'s> {
    /// Watches so many runs.
    pub(super) fn new(signals: &'s Signals, runs: u64, quiet: bool) -> Self {
        let bar = progress::count(runs, quiet);
        let is_in_lines = bar.is_hidden() && !quiet;
        Self {
            signals,
            bar,
            lines: is_in_lines.then(Mutex::default),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl CrewWitness for Watch<'_> {
    fn result_begun(&self, unfinished: &Unfinished) {
        leftovers::note(unfinished);
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
        let Some(lines) = &self.lines else { return };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = self.bar.length().unwrap_or_default();
        if let Some(line) = lines.next(self.bar.elapsed(), self.bar.position(), runs) {
            super::say(&line);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_once_a_minute_at_most() {
        let mut lines = Lines::default();
        let mut at = |seconds: u64, done: u64| lines.next(Duration::from_secs(seconds), done, 9);
        assert_eq!(at(1, 1), None);
        assert_eq!(at(59, 2), None);
        assert_eq!(at(60, 3).as_deref(), Some("3 of 9 runs are done"));
        assert_eq!(at(60, 4), None);
        assert_eq!(at(119, 5), None);
        assert_eq!(at(200, 6).as_deref(), Some("6 of 9 runs are done"));
        assert_eq!(
            at(259, 7),
            None,
            "a minute after the last line, not after the last full minute"
        );
        assert_eq!(at(260, 8).as_deref(), Some("8 of 9 runs are done"));
    }
}

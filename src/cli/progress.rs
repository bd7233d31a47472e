//! The progress bar: on a terminal only, on standard error only, and never part of a result.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::time::SECOND_NS;

/// A bar of simulated time.
pub(crate) struct Progress {
    bar: ProgressBar,
    windows: u32,
}

/// A bar that counts `runs`; an invisible one if `quiet` or not on a terminal.
pub(crate) fn count(runs: u64, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(runs), target(quiet));
    let style = ProgressStyle::with_template("{bar:32} {percent:>3} %  {pos} of {len} runs  {eta} left")
        .expect("the template is well-formed");
    bar.set_style(style);
    bar
}

/// Where bars are drawn, at most so often per second.
fn target(quiet: bool) -> ProgressDrawTarget {
    if quiet || !std::io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(5)
    }
}

/// Windows between two looks at the clock.
const WINDOWS: u32 = 256;

impl Progress {
    /// A bar for a run of `duration_ns`; an invisible one if `quiet` or not on a terminal.
    pub(crate) fn new(duration_ns: u64, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some((duration_ns / SECOND_NS).max(1)), target(quiet));
        let style = ProgressStyle::with_template("{bar:32} {percent:>3} %  {msg}  {eta} left")
            .expect("the template is well-formed");
        bar.set_style(style);
        Self { bar, windows: 0 }
    }

    /// Notes that a window closed.
    pub(crate) fn window_closed(&mut self, end_ns: u64, events: u64) {
        self.windows = (self.windows + 1) % WINDOWS;
        if self.windows != 0 || self.bar.is_hidden() {
            return;
        }
        let seconds = self.bar.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_position(end_ns / SECOND_NS);
        self.bar.set_message(format!(
            "{} s simulated, {:.2} million events/s",
            end_ns / SECOND_NS,
            events as f64 / seconds / 1e6
        ));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

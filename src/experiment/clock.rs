//! How long the parts of some work take, for provenance: results do not tell.

#![expect(
    clippy::disallowed_methods,
    reason = "provenance tells how long a run took; results do not"
)]

use std::time::Instant;

use crate::records::Provenance;

/// A clock that was started with the work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    built: Option<Instant>,
    played: Option<Instant>,
}

impl Clock {
    /// The work begins: first of all, it is built.
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            built: None,
            played: None,
        }
    }

    /// Everything is built: now it is played.
    pub(super) fn built(&mut self) {
        self.built = Some(Instant::now());
    }

    /// Everything is played: now it is written.
    pub(super) fn played(&mut self) {
        self.played = Some(Instant::now());
    }

    /// Everything is written: provenance of so many events on so many threads.
    pub(super) fn written(self, command_line: &[String], events: u64, threads: usize) -> Provenance {
        let now = Instant::now();
        let played = self.played.unwrap_or(now);
        let built = self.built.unwrap_or(played);
        let seconds = |from: Instant, to: Instant| to.duration_since(from).as_secs_f64();
        let mut provenance = Provenance::here(command_line.to_vec());
        provenance.build_wall_s = seconds(self.started, built);
        provenance.run_wall_s = seconds(built, played);
        provenance.write_wall_s = seconds(played, now);
        provenance.wall_s = seconds(self.started, now);
        provenance.events = events;
        provenance.events_per_s = if provenance.run_wall_s > 0.0 {
            events as f64 / provenance.run_wall_s
        } else {
            0.0
        };
        provenance.threads = threads as u64;
        provenance
    }
}

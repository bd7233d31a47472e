//! Interruption: a signal is noted, the run stops at the next window, and nothing half-written gets its final name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use super::exit::{Exit, Failure};
use super::leftovers;

/// How long after a signal the process may still tidy up before it is ended.
const GRACE: Duration = Duration::from_secs(1);
/// How often a signal is looked for.
const POLL: Duration = Duration::from_millis(20);

/// The signal that arrived, if any.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    seen: Arc<AtomicUsize>,
}

impl Signals {
    /// Begins to listen for interrupt and termination. Should the work not stop by itself soon after one, the process
    /// ends with the signal's exit code: results are written under a temporary name until they are complete.
    ///
    /// # Errors
    /// When the operating system refuses to install a handler.
    pub(super) fn listen() -> Result<Self, Failure> {
        Self::installed()
            .map_err(|error| Failure::new(Exit::Io, format_args!("cannot listen for signals: {error}")))
    }

    fn installed() -> std::io::Result<Self> {
        let seen = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).expect("signal numbers are positive");
            signal_hook::flag::register_usize(signal, Arc::clone(&seen), number)?;
        }
        let signals = Self { seen };
        let watched = signals.clone();
        thread::spawn(move || watched.enforce());
        Ok(signals)
    }

    /// The exit code that a signal asks for, if one arrived.
    pub(super) fn exit(&self) -> Option<Exit> {
        match i32::try_from(self.seen.load(Ordering::Relaxed)).ok()? {
            SIGINT => Some(Exit::Interrupted),
            SIGTERM => Some(Exit::Terminated),
            _ => None,
        }
    }

    /// Ends work that does not look for signals.
    fn enforce(&self) {
        loop {
            if let Some(exit) = self.exit() {
                thread::sleep(GRACE);
                leftovers::remove();
                super::say("interrupted: nothing was written");
                std::process::exit(i32::from(exit as u8));
            }
            thread::sleep(POLL);
        }
    }
}

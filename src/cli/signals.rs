//! Interruption: a signal is noted, the run stops at the next window, and nothing half-written gets its final name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use super::exit::Exit;

/// How long after a signal the process may still tidy up before it is ended.
const GRACE: Duration = Duration::from_millis(1_500);
/// How often a signal is looked for.
const POLL: Duration = Duration::from_millis(50);

/// The signal that arrived, if any.
#[derive(Clone, Debug)]
pub struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// Begins to listen for interrupt and termination. Should the work not stop by itself soon after one, the process
    /// ends with the signal's exit code: results are written under a temporary name until they are complete.
    ///
    /// # Errors
    /// When the operating system refuses to install a handler.
    pub fn listen() -> std::io::Result<Self> {
        let seen = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).expect("signal numbers are positive");
            signal_hook::flag::register_usize(signal, Arc::clone(&seen), number)?;
        }
        let signals = Self(seen);
        let watched = signals.clone();
        thread::spawn(move || watched.enforce());
        Ok(signals)
    }

    /// The exit code that a signal asks for, if one arrived.
    pub fn exit(&self) -> Option<Exit> {
        match i32::try_from(self.0.load(Ordering::Relaxed)).ok()? {
            SIGINT => Some(Exit::Interrupted),
            SIGTERM => Some(Exit::Terminated),
            _ => None,
        }
    }

    #[expect(
        clippy::exit,
        reason = "work that does not look for signals is ended from here"
    )]
    fn enforce(&self) {
        loop {
            if let Some(exit) = self.exit() {
                thread::sleep(GRACE);
                std::process::exit(i32::from(exit as u8));
            }
            thread::sleep(POLL);
        }
    }
}

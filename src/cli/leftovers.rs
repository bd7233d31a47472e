//! What would stay on the disk half-written if the process ended now: whoever ends it early has that removed first.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::records::Unfinished;

/// All that was begun; what was completed has another name by now, and is not found any more.
static BEGUN: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

/// How often what is unfinished is removed, since somebody may be writing there still.
const ATTEMPTS: u32 = 5;
/// How long that takes altogether.
const PATIENCE: Duration = Duration::from_millis(20);

/// Notes what is to be removed if the process has to be ended before whoever writes it is done.
pub(super) fn note(unfinished: &Unfinished) {
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    begun.push(unfinished.clone());
}

/// Removes everything that is unfinished.
pub(super) fn remove() {
    let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..ATTEMPTS {
        begun.iter().for_each(Unfinished::remove);
        thread::sleep(PATIENCE / ATTEMPTS);
    }
}

//! Many runs: work divided among threads, whose results come in the order of the work.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::machine::memory_left_bytes;
use super::play::{Played, Witness, play};
use super::run::{Error, Request, Run};
use crate::engine::digest::Digests;
use crate::engine::{Seed, Verdict};
use crate::records::{Summary, Unfinished, Written};

/// What is asked for of many runs.
#[derive(Clone, Debug)]
pub struct CrewRequest {
    /// The scenario files, at least one.
    pub scenarios: Vec<PathBuf>,
    /// `KEY=VALUE` settings, for every scenario.
    pub set: Vec<String>,
    /// Where to look for inputs that are not beside the scenario.
    pub inputs: Vec<PathBuf>,
    /// Instead of the scenarios' seed.
    pub seed: Option<u64>,
    /// Replications of everything, numbered from 0, at least 1.
    pub replications: u64,
    /// Threads, at least 1: each plays one run at a time.
    pub threads: usize,
    /// Directory of the results; a default below `results/` otherwise.
    pub out: Option<PathBuf>,
    /// The command line, for provenance.
    pub command_line: Vec<String>,
}

impl CrewRequest {
    /// The request to read one of the scenarios.
    pub(super) fn of(&self, file: &Path) -> Request {
        Request {
            set: self.set.clone(),
            inputs: self.inputs.clone(),
            seed: self.seed,
            ..Request::plain(file.to_path_buf())
        }
    }
}

/// Whoever watches many runs from outside, from all their threads.
pub trait CrewWitness: Sync {
    /// A result is begun: whoever ends the process from outside removes what is unfinished.
    fn result_begun(&self, unfinished: &Unfinished);

    /// Whether the work goes on: asked after every window of every run.
    fn verdict(&self) -> Verdict;

    /// A run is over.
    fn run_ended(&self);
}

/// Watches one run for whoever watches all of them.
struct Delegate<'w>(&'w dyn CrewWitness);

impl Witness for Delegate<'_> {
    fn window_closed(&mut self, _: u64, _: u64) -> Verdict {
        self.0.verdict()
    }
}

/// Builds one of many runs and plays it, on one thread.
pub(super) fn play_one(run: &mut Run, witness: &dyn CrewWitness) -> Result<Played, Error> {
    let model = run.build()?;
    let played = play(model, 1, &mut Delegate(witness));
    if played.is_interrupted {
        return Err(Error::Interrupted);
    }
    witness.run_ended();
    Ok(played)
}

/// How many of so many threads can play runs side by side the largest of which needs so much memory: one at least.
pub(super) fn side_by_side(threads: usize, largest_bytes: f64) -> usize {
    let left_bytes = memory_left_bytes().map_or(f64::INFINITY, |left_bytes| left_bytes as f64);
    let fits = |threads: &usize| *threads as f64 * largest_bytes <= left_bytes;
    (1..=threads).rev().find(fits).unwrap_or(1)
}

/// What tables and plots call the scenario of a file: its name without the ending.
pub(super) fn name(file: &Path) -> String {
    file.file_stem().unwrap_or_default().display().to_string()
}

/// The summary of many runs with one seed, which left these tables: what each had in its channels is not in it.
pub(super) fn summary(title: impl Into<String>, seed: u64, notes: Vec<String>, written: &Written) -> Summary {
    let seed = Seed { seed, replication: 0 };
    let mut summary = Summary::new(title, seed);
    summary.notes = notes;
    summary.set_digests(&Digests::default(), written.digest);
    summary
}

/// Refuses scenarios that do not go together: of files of one name, or with different seeds.
pub(super) fn check_together(runs: &[&Run]) -> Result<(), Error> {
    for (place, run) in runs.iter().enumerate() {
        let name = name(run.file());
        if let Some(other) = runs[..place]
            .iter()
            .find(|other| self::name(other.file()) == name)
        {
            return Err(Error::SameName {
                name,
                one: other.file().to_path_buf(),
                other: run.file().to_path_buf(),
            });
        }
    }
    let seed = |run: &Run| run.scenario.seed;
    match runs.iter().find(|run| seed(run) != seed(runs[0])) {
        None => Ok(()),
        Some(other) => Err(Error::Seeds {
            one: runs[0].file().to_path_buf(),
            seed: seed(runs[0]),
            other: other.file().to_path_buf(),
            other_seed: seed(other),
        }),
    }
}

/// Does all of `work` on so many threads, each of which takes the next piece when it is done with one, and gives what came of
/// each in its order.
///
/// # Errors
/// The error of the earliest piece that failed among those that were begun; nothing more is begun after one.
///
/// # Panics
/// When `work` does.
pub(super) fn divide<T, R, E>(
    pieces: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Sync,
    R: Send,
    E: Send,
{
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<R, E>)>> = Mutex::new(Vec::with_capacity(pieces.len()));
    thread::scope(|scope| {
        for _ in 0..threads.min(pieces.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(piece) = pieces.get(place) else { return };
                    let result = work(piece);
                    if result.is_err() {
                        next.store(pieces.len(), Ordering::Relaxed);
                    }
                    done.lock()
                        .expect("nobody panics while holding the list")
                        .push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody panics while holding the list");
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_work_on_any_number_of_threads() {
        let pieces: Vec<u64> = (0..100).collect();
        let expected: Vec<u64> = pieces.iter().map(|piece| piece * piece).collect();
        for threads in [1, 2, 7, 1000] {
            let squares = divide(&pieces, threads, |piece| Ok::<u64, ()>(piece * piece));
            assert_eq!(squares.as_ref(), Ok(&expected));
        }
        assert_eq!(divide(&[], 2, |piece: &u64| Ok::<u64, ()>(*piece)), Ok(vec![]));
    }

    #[test]
    fn after_an_error_nothing_is_begun() {
        let pieces: Vec<u64> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let failed = divide(&pieces, 1, |piece| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *piece == 3 { Err(*piece) } else { Ok(()) }
        });
        assert_eq!(failed, Err(3));
        assert_eq!(begun.into_inner(), 4);
        let failed = divide(
            &pieces,
            3,
            |piece| if piece % 2 == 1 { Err(*piece) } else { Ok(()) },
        );
        assert!(failed.is_err_and(|piece| piece % 2 == 1));
    }
}

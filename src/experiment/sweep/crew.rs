//! Work divided among threads, whose results come in the order of the work.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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

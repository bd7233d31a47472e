//! The example of a user's own protocol does what its text says.

#[path = "../../../examples/gossip.rs"]
#[expect(dead_code, reason = "the example's own main is not called here")]
mod gossip;

use gossip::{Knobs, knowing, play};

const PEERS: usize = 20_000;

fn knobs(fan_out: usize) -> Knobs {
    Knobs {
        peers: PEERS,
        fan_out,
    }
}

/// At first the number grows by `1 + fan_out` a round; at the end each round leaves `exp(-fan_out)` of those who have
/// not heard (Demers et al. 1987 for a fan-out of 1).
#[test]
fn rumours_spread_as_published() {
    for fan_out in [1, 2] {
        let outcome = play(knobs(fan_out), 40, 2);
        let know: Vec<usize> = (1..=40).map(|second| knowing(&outcome, second)).collect();
        assert_eq!(know[0], 1);
        assert_eq!(know.last(), Some(&PEERS));
        let early = know.iter().position(|count| *count > 200).unwrap();
        let growth = know[early + 1] as f64 / know[early] as f64;
        let expected = (1 + fan_out) as f64;
        assert!(growth < expected && growth > 0.9 * expected, "growth {growth}");
        let late = know.iter().position(|count| *count > PEERS * 9 / 10).unwrap();
        let left = |second: usize| (PEERS - know[second]) as f64;
        let share = left(late + 1) / left(late);
        let expected = servent::engine::math::exp(-(fan_out as f64));
        assert!(
            (share / expected - 1.0).abs() < 0.2,
            "share {share}, expected {expected}"
        );
    }
}

#[test]
fn the_example_is_the_same_on_any_number_of_threads() {
    let one = play(knobs(2), 30, 1);
    for threads in [2, 8] {
        let other = play(knobs(2), 30, threads);
        assert_eq!(one.digests, other.digests);
        assert_eq!(one.accounts, other.accounts);
    }
}

/// Short enough to be read in one go.
#[test]
fn the_example_has_fewer_than_a_hundred_lines() {
    let lines = include_str!("../../../examples/gossip.rs").lines().count();
    assert!(lines < 100, "{lines} lines");
}

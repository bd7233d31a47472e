//! The real engine on 1, 2 and 8 threads leaves what the reference engine leaves.

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use servent::engine::Draw;

use super::case::Case;
use super::toy::stream;

/// A case drawn from a seed: small, with everything switched on or off at random.
fn drawn(seed: u64) -> Case {
    let mut draw = stream(seed, 4, 0);
    let mut flip = || draw.below(3) > 0;
    let (has_links, has_noise, has_flows, has_churn) = (flip(), flip(), flip(), flip());
    let lookahead_ns = [
        1,
        2,
        3,
        1_000,
        4_096,
        1_000_000,
        50_000_000,
        1 << 30,
        3_000_000_000,
    ][draw.position(9)];
    let grain_ns = match draw.below(4) {
        0 => (lookahead_ns / 7).max(1),
        1 => lookahead_ns * 5,
        2 => 1_000_000,
        _ => lookahead_ns,
    };
    Case {
        seed,
        peers: u32::try_from([1, 2, 5, 63, 64, 65, 130, 300][draw.position(8)]).unwrap(),
        lookahead_ns,
        spread_ns: [0, lookahead_ns / 3, lookahead_ns * 2, lookahead_ns * 900][draw.position(4)],
        grain_ns,
        duration_grains: 10 + draw.below(120),
        idle_grains: 1 + draw.below(20),
        hops: u8::try_from(draw.below(6)).unwrap(),
        session_grains: if has_churn { 1 + draw.below(60) } else { 0 },
        crash: 0.5,
        has_links,
        has_noise,
        has_flows,
        commands: u32::try_from(draw.below(60)).unwrap(),
        actions: u32::try_from(draw.below(40)).unwrap(),
    }
}

/// Checks the cases of many seeds and names all that fail.
fn check_seeds(seeds: std::ops::Range<u64>, thread_counts: &[usize]) {
    let mut events = 0;
    let mut failed = Vec::new();
    for seed in seeds {
        match std::panic::catch_unwind(|| drawn(seed).check(thread_counts).accounts.events) {
            Ok(more) => events += more,
            Err(_) => failed.push(seed),
        }
    }
    println!("{events} events");
    assert!(failed.is_empty(), "cases that differ: {failed:?}");
}

#[test]
fn drawn_cases_agree() {
    check_seeds(0..240, &[1, 2]);
}

/// With eight threads the shards' order of execution differs from run to run; the outcome does not.
#[test]
fn eight_threads_agree() {
    check_seeds(1_000..1_040, &[8, 8]);
}

/// Windows of several thousand events over 16 shards are what really runs in parallel.
#[test]
fn wide_windows_agree() {
    for (seed, has_flows) in [(1, false), (2, true)] {
        let case = Case {
            // A power of two: windows are as wide as the lookahead.
            lookahead_ns: 1 << 20,
            grain_ns: 1 << 20,
            spread_ns: 500_000,
            duration_grains: 25,
            idle_grains: 1,
            session_grains: 20,
            has_flows,
            // The naive solver recomputes everything at every change.
            peers: if has_flows { 4_000 } else { 6_000 },
            hops: if has_flows { 2 } else { 4 },
            ..Case::busy(seed, 0)
        };
        let outcome = case.check(&[1, 2, 8]);
        let windows = case.duration_ns() / case.lookahead_ns;
        let mean = outcome.accounts.events / windows;
        println!("{} events, about {mean} a window", outcome.accounts.events);
        assert!(
            mean > 2_048,
            "only {mean} events a window: it would not run in parallel"
        );
    }
}

/// The smallest lookahead and the largest, with everything switched on.
#[test]
fn extreme_lookaheads_agree() {
    for lookahead_ns in [1, 2, 1 << 29, (1 << 30) + 1, 1 << 32, 1 << 36] {
        for grain_ns in [(lookahead_ns / 16).max(1), lookahead_ns, lookahead_ns * 16] {
            let case = Case {
                lookahead_ns,
                spread_ns: lookahead_ns,
                grain_ns,
                duration_grains: 60,
                ..Case::busy(lookahead_ns ^ grain_ns, 40)
            };
            case.check(&[1, 2]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        max_shrink_iters: 300,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/integration/engine/failures.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_case_agrees(
        seed in any::<u64>(),
        (peers, lookahead_ns) in (1_u32..140, prop_oneof![1_u64..5, 1_u64..100_000, 1_u64..5_000_000_000]),
        (spread_ns, grain_ns) in (0_u64..10_000_000, 1_u64..10_000_000),
        (duration_grains, idle_grains, session_grains) in (1_u64..80, 1_u64..20, 0_u64..50),
        (has_links, has_noise, has_flows) in any::<(bool, bool, bool)>(),
        (hops, commands, actions) in (0_u8..5, 0_u32..40, 0_u32..30),
    ) {
        let case = Case {
            seed, peers, lookahead_ns, spread_ns, grain_ns, duration_grains, idle_grains, hops, session_grains,
            crash: 0.4, has_links, has_noise, has_flows, commands, actions,
        };
        case.check(&[1, 2]);
    }
}

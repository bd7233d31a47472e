//! The real engine on 1, 2 and 8 threads leaves what the reference engine leaves.

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
    check_seeds(0..600, &[1, 2]);
}

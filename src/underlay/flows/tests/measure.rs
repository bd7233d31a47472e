//! What a start and a stop cost with many flows under way. Run by hand, in release:
//! `cargo test --release --lib flows::tests::measure -- --ignored --nocapture`.

use super::*;
use crate::engine::random::{Purpose, Seed};

const FLOWS: u32 = 10_000;
const CHANGES: u32 = 2_000;

/// Starts `FLOWS` flows between random ends, then stops one and starts another `CHANGES` times, each at its own instant.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement for people; no result depends on it"
)]
fn measure(name: &str, rates: &[(u64, u64)], mut ends: impl FnMut(&mut Stream) -> (u32, u32)) {
    let mut draw = Seed {
        seed: 1,
        replication: 0,
    }
    .stream(Purpose::Protocol, 7);
    let mut lab = Lab::new(rates);
    let mut flows = Vec::new();
    let mut next = |number: u32, draw: &mut Stream| {
        let (source, sink) = ends(draw);
        (start(source, number, sink, 1 << 50), (source, number))
    };
    let mut batch = Vec::new();
    for number in 0..FLOWS {
        let (change, flow) = next(number, &mut draw);
        batch.push((1, change));
        flows.push(flow);
    }
    let begin = std::time::Instant::now();
    lab.play(1, batch);
    println!("{name}: {FLOWS} flows at once in {:?}", begin.elapsed());
    let mut now_ns = 1_000;
    let begin = std::time::Instant::now();
    for number in FLOWS..FLOWS + CHANGES {
        let victim = draw.position(flows.len());
        let (source, stopped) = flows.swap_remove(victim);
        lab.play(now_ns, vec![(now_ns, stop(source, stopped, source))]);
        let (change, flow) = next(number, &mut draw);
        lab.play(now_ns + 1, vec![(now_ns + 1, change)]);
        flows.push(flow);
        now_ns += 1_000;
    }
    let each = begin.elapsed() / (2 * CHANGES);
    println!("{name}: {each:?} for a start or a stop");
    assert_eq!(lab.solver.books.active, u64::from(FLOWS));
}

#[test]
#[ignore = "a measurement, run by hand"]
fn cost_of_a_change() {
    measure("small components", &vec![(256_000, 1_500_000); 10_000], |draw| {
        // Groups of 8 peers with 8 flows each.
        let group = below(draw, 1_250) * 8;
        let (source, sink) = (below(draw, 8), 1 + below(draw, 7));
        (group + source, group + (source + sink) % 8)
    });
    let random = |draw: &mut Stream| {
        let (source, sink) = (below(draw, 2_000), 1 + below(draw, 1_999));
        (source, (source + sink) % 2_000)
    };
    measure(
        "giant, broadband (uplinks limit)",
        &vec![(256_000, 1_500_000); 2_000],
        random,
    );
    let mut draw = Seed {
        seed: 2,
        replication: 0,
    }
    .stream(Purpose::Protocol, 8);
    let mixed: Vec<_> = (0..2_000)
        .map(|_| (100_000 + draw.below(900_000), 100_000 + draw.below(900_000)))
        .collect();
    measure("giant, symmetric random rates (worst)", &mixed, random);
    let mut server = vec![(100_000_000, 0)];
    server.extend((0..10_000).map(|_| (0, 1_500_000)));
    measure("one server, full", &server, |draw| (0, 1 + below(draw, 10_000)));
    server[0].0 = 100_000_000_000;
    measure("one server, not full", &server, |draw| {
        (0, 1 + below(draw, 10_000))
    });
}

//! Random scripts: the region solver against plain progressive filling, fairness, conservation, order of entry.

use super::*;
use crate::engine::random::{Purpose, Seed};

/// Progressive filling as in the textbook, with the floor at each level: all flows, all links, no heap, no regions.
/// `flows` are (up link, down link); a capacity of `u128::MAX` is a link without limit. Gives the rates of the flows and
/// the levels at which the links were full (`u128::MAX` if they were not).
pub(super) fn naive_solution(flows: &[(usize, usize)], capacities: &[u128]) -> (Vec<u128>, Vec<u128>) {
    let mut left = capacities.to_vec();
    let mut rates = vec![None; flows.len()];
    let mut levels = vec![u128::MAX; capacities.len()];
    while rates.iter().any(Option::is_none) {
        let share = |link: usize| {
            let on_it = |(flow, rate): &(&(usize, usize), &Option<u128>)| {
                rate.is_none() && (flow.0 == link || flow.1 == link)
            };
            let unfrozen = flows.iter().zip(&rates).filter(on_it).count() as u128;
            (left[link] != u128::MAX && unfrozen > 0).then(|| left[link] / unfrozen)
        };
        let shares: Vec<Option<u128>> = (0..left.len()).map(share).collect();
        let level = shares
            .iter()
            .flatten()
            .min()
            .copied()
            .expect("every flow has a limited link");
        for (full_at, share) in levels.iter_mut().zip(&shares) {
            if *share == Some(level) {
                *full_at = level;
            }
        }
        for (flow, rate) in flows.iter().zip(&mut rates) {
            if rate.is_none() && (shares[flow.0] == Some(level) || shares[flow.1] == Some(level)) {
                *rate = Some(level);
                for link in [flow.0, flow.1] {
                    if left[link] != u128::MAX {
                        left[link] -= level;
                    }
                }
            }
        }
    }
    (rates.into_iter().flatten().collect(), levels)
}

/// The kinds of networks that scripts run on.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Uplinks are slow, downlinks fast.
    Broadband,
    /// Both directions drawn from a few equal values: many ties.
    Ties,
    /// Tiny odd capacities, in which the rounding shows.
    Crumbs,
    /// All sizes, some not declared.
    Mixed,
    /// Peer k sends to k + 1 only: changes travel far.
    Path,
}

const SHAPES: [Shape; 5] = [
    Shape::Broadband,
    Shape::Ties,
    Shape::Crumbs,
    Shape::Mixed,
    Shape::Path,
];

fn rates(shape: Shape, peers: u32, draw: &mut Stream) -> Vec<(u64, u64)> {
    let mut of = |choices: &[u64]| choices[draw.position(choices.len())];
    (0..peers)
        .map(|_| match shape {
            Shape::Broadband => (of(&[33_600, 128_000, 256_000]), of(&[1_500_000, 8_000_000])),
            Shape::Ties => (of(&[1_000, 2_000, 3_000]), of(&[1_000, 2_000, 3_000])),
            Shape::Crumbs => (of(&[1, 2, 3, 5, 7]), of(&[1, 2, 3, 5, 7])),
            Shape::Mixed => (
                of(&[0, 1, 999, 56_000, 10_000_000]),
                of(&[0, 7, 1_001, 1_000_000, u64::MAX]),
            ),
            Shape::Path => (
                of(&[1_000, 1_500, 1_700, 2_300]),
                of(&[1_100, 1_600, 1_900, 2_100]),
            ),
        })
        .collect()
}

/// Compares every rate with plain filling, and checks that the allocation is feasible and max-min fair.
fn check(lab: &Lab) {
    let allocation = &lab.solver.allocation;
    let active: Vec<_> = allocation
        .flows
        .iter()
        .filter(|flow| flow.is_alive && flow.is_active)
        .collect();
    let ends: Vec<_> = active
        .iter()
        .map(|flow| (flow.links[0] as usize, flow.links[1] as usize))
        .collect();
    let capacities: Vec<u128> = allocation.links.iter().map(|link| link.capacity).collect();
    let (expected, _) = naive_solution(&ends, &capacities);
    let found: Vec<u128> = active.iter().map(|flow| flow.rate).collect();
    assert_eq!(found, expected);
    let on = |link: usize| {
        ends.iter()
            .zip(&found)
            .filter(move |(end, _)| end.0 == link || end.1 == link)
    };
    for (end, rate) in ends.iter().zip(&found) {
        let has_bottleneck = [end.0, end.1].into_iter().any(|link| {
            let (used, count) = on(link).fold((0, 0), |(used, count), (_, rate)| (used + rate, count + 1));
            assert!(used <= capacities[link], "feasible");
            assert!(used == allocation.links[link].used || capacities[link] == u128::MAX);
            capacities[link] != u128::MAX
                && capacities[link] - used < count
                && on(link).all(|(_, other)| other <= rate)
        });
        assert!(has_bottleneck, "some full link on which no other flow has more");
    }
    for flow in allocation
        .flows
        .iter()
        .filter(|flow| flow.is_alive && !flow.is_active)
    {
        assert_eq!(flow.rate, 0);
    }
}

/// One step of a script at one instant.
enum Step {
    Changes(Vec<FlowChange>),
    Partition(Option<Vec<u8>>),
}

/// A random script of moments and what happens at them.
fn script(shape: Shape, peers: u32, steps: u32, draw: &mut Stream) -> Vec<(u64, Step)> {
    let bytes_max = if matches!(shape, Shape::Crumbs) {
        3
    } else {
        200_000
    };
    let mut sessions = vec![1_u16; peers as usize];
    let mut is_up = vec![true; peers as usize];
    let mut numbers = vec![0_u32; peers as usize];
    let mut known: Vec<(FlowId, u32)> = Vec::new();
    let mut at_ns = 0;
    let mut script = Vec::new();
    for _ in 0..steps {
        at_ns += 1 + draw.below(SECOND_NS / 4);
        if draw.chance(0.02) {
            let sides = draw
                .chance(0.5)
                .then(|| (0..peers).map(|_| u8::from(draw.chance(0.3))).collect());
            script.push((at_ns, Step::Partition(sides)));
            continue;
        }
        let mut changes = Vec::new();
        let mut moved = Vec::new();
        for _ in 0..=draw.below(4) {
            let peer = below(draw, peers);
            let index = peer as usize;
            let kind = draw.unit();
            if kind < 0.6 {
                let sink = match shape {
                    Shape::Path => (peer + 1) % peers,
                    // A few popular ends, so that links have many flows.
                    _ if draw.chance(0.3) => below(draw, 3),
                    _ => below(draw, peers),
                };
                if sink == peer {
                    continue;
                }
                let FlowChange::Start { mut spec } =
                    start(peer, numbers[index], sink, 1 + draw.below(bytes_max))
                else {
                    unreachable!()
                };
                spec.source.session = sessions[index];
                spec.sink.session = if draw.chance(0.1) {
                    0
                } else {
                    sessions[sink as usize]
                };
                spec.idle_timeout_ns = draw.below(3 * SECOND_NS);
                numbers[index] += 1;
                known.push((spec.flow, sink));
                changes.push(FlowChange::Start { spec });
            } else if kind < 0.8 && !known.is_empty() {
                let (flow, sink) = known.swap_remove(draw.position(known.len()));
                let by = if draw.chance(0.5) {
                    flow.source
                } else {
                    PeerId(sink)
                };
                changes.push(FlowChange::Stop { flow, by });
            } else if kind > 0.9 && !moved.contains(&peer) && (!is_up[index] || draw.chance(0.15)) {
                moved.push(peer);
                let session = sessions[index];
                if is_up[index] {
                    let departure = if draw.chance(0.5) {
                        Departure::Crash
                    } else {
                        Departure::Graceful
                    };
                    changes.push(FlowChange::Down {
                        contact: Contact {
                            peer: PeerId(peer),
                            session,
                        },
                        departure,
                    });
                } else {
                    sessions[index] += 1;
                    changes.push(FlowChange::Up {
                        contact: Contact {
                            peer: PeerId(peer),
                            session: session + 1,
                        },
                    });
                }
                is_up[index] = !is_up[index];
            }
        }
        script.push((at_ns, Step::Changes(changes)));
    }
    script
}

fn run(lab: &mut Lab, script: &[(u64, Step)], mut after: impl FnMut(&mut Lab, u64)) {
    for (at_ns, step) in script {
        // Completions on the way are instants of their own.
        loop {
            let next_ns = Flows::<Underlay>::next_ns(&lab.solver);
            if next_ns >= *at_ns {
                break;
            }
            lab.play(next_ns, Vec::new());
            after(lab, next_ns);
        }
        match step {
            Step::Changes(changes) => {
                lab.play(*at_ns, changes.iter().map(|change| (*at_ns, *change)).collect());
            }
            Step::Partition(sides) => {
                lab.partition(*at_ns, sides.clone());
                after(lab, *at_ns);
                lab.play(*at_ns, Vec::new());
            }
        }
        after(lab, *at_ns);
    }
}

#[test]
fn regions_give_the_integers_of_solving_everything() {
    let mut totals = [0; 3];
    for seed in 0..12 {
        for shape in SHAPES {
            let mut draw = Seed { seed, replication: 0 }.stream(Purpose::Protocol, shape as u64);
            let peers = 3 + below(&mut draw, 28);
            let mut lab = Lab::new(&rates(shape, peers, &mut draw));
            let script = script(shape, peers, 120, &mut draw);
            run(&mut lab, &script, |lab, now_ns| {
                check(lab);
                assert_balanced(Flows::<Underlay>::books(&lab.solver, now_ns));
            });
            lab.finish();
            let books = Flows::<Underlay>::books(&lab.solver, NEVER_NS);
            assert_balanced(books);
            totals = [
                totals[0] + books.started,
                totals[1] + books.completed,
                totals[2] + books.ended,
            ];
        }
    }
    // Started, completed, ended otherwise.
    assert!(
        totals[0] > 6_000 && totals[1] > 1_000 && totals[2] > 1_000,
        "{totals:?}"
    );
}

#[test]
fn simultaneous_changes_may_be_entered_in_any_order() {
    for shape in SHAPES {
        let mut draw = Seed {
            seed: 77,
            replication: 0,
        }
        .stream(Purpose::Protocol, shape as u64);
        let rates = rates(shape, 12, &mut draw);
        let script = script(shape, 12, 150, &mut draw);
        let mut runs = Vec::new();
        for _ in 0..3 {
            let mut lab = Lab::new(&rates);
            // Everything between two partitions is entered at once, shuffled.
            for (at_ns, step) in &script {
                match step {
                    Step::Changes(changes) => {
                        lab.entered.extend(changes.iter().map(|change| (*at_ns, *change)));
                    }
                    Step::Partition(sides) => {
                        draw.shuffle(&mut lab.entered);
                        lab.partition(*at_ns, sides.clone());
                    }
                }
            }
            draw.shuffle(&mut lab.entered);
            lab.finish();
            runs.push((lab.notices, lab.solver.books));
        }
        assert!(runs[0].0.len() > 100);
        assert!(runs[1..].iter().all(|run| *run == runs[0]));
    }
}

#[test]
fn windows_of_any_width_tell_the_same() {
    let mut draw = Seed {
        seed: 5,
        replication: 0,
    }
    .stream(Purpose::Protocol, 99);
    let rates = rates(Shape::Mixed, 10, &mut draw);
    let script = script(Shape::Mixed, 10, 60, &mut draw);
    let mut told = Vec::new();
    for width_ns in [1_000_003, SECOND_NS, 1 << 60] {
        let mut lab = Lab::new(&rates);
        let changes = script
            .iter()
            .filter_map(|(at_ns, step)| match step {
                Step::Changes(changes) => Some(changes.iter().map(|change| (*at_ns, *change))),
                Step::Partition(_) => None,
            })
            .flatten();
        lab.entered.extend(changes);
        let mut until_ns = 1;
        while until_ns < 40 * SECOND_NS {
            until_ns += width_ns;
            lab.play_before(until_ns);
        }
        lab.finish();
        told.push(lab.notices);
    }
    assert!(told[0].len() > 20 && told[1] == told[0] && told[2] == told[0]);
}

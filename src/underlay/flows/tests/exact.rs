//! The whole solver against an obvious one in exact rationals: everything computed anew at every instant.

use super::*;
use crate::engine::random::{Purpose, Seed};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A rational number; operations give `None` when 128 bits do not hold the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    const ZERO: Self = Self::whole(0);

    const fn whole(value: i128) -> Self {
        Self {
            numerator: value,
            denominator: 1,
        }
    }

    fn new(numerator: i128, denominator: i128) -> Self {
        let (mut a, mut b) = (numerator.abs(), denominator.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1) * denominator.signum();
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Some(Self::new(
            left.checked_add(right)?,
            self.denominator.checked_mul(other.denominator)?,
        ))
    }

    fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self {
            numerator: -other.numerator,
            ..other
        })
    }

    fn times(self, other: Self) -> Option<Self> {
        // Crosswise reduction first keeps the products small.
        let (a, b) = (
            Self::new(self.numerator, other.denominator),
            Self::new(other.numerator, self.denominator),
        );
        Some(Self::new(
            a.numerator.checked_mul(b.numerator)?,
            a.denominator.checked_mul(b.denominator)?,
        ))
    }

    fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.denominator, other.numerator))
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        Some(self.minus(other)?.numerator.cmp(&0))
    }

    fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// A flow of the exact model.
#[derive(Clone, Debug)]
struct ExactFlow {
    id: FlowId,
    sink: u32,
    left_bits: Ratio,
    is_over: bool,
}

/// Max-min fair rates in bit/s: the same idea as the solver's, in rationals and without any cleverness.
fn exact_rates(flows: &[(usize, usize)], capacities_bps: &[u64]) -> Option<Vec<Ratio>> {
    let mut left: Vec<Ratio> = capacities_bps
        .iter()
        .map(|bps| Ratio::whole(i128::from(*bps)))
        .collect();
    let mut rates: Vec<Option<Ratio>> = vec![None; flows.len()];
    while rates.iter().any(Option::is_none) {
        let mut lowest: Option<(Ratio, usize)> = None;
        for link in (0..left.len()).filter(|link| capacities_bps[*link] > 0) {
            let waiting = flows
                .iter()
                .zip(&rates)
                .filter(|(flow, rate)| rate.is_none() && (flow.0 == link || flow.1 == link));
            let waiting = waiting.count() as i128;
            if waiting > 0 {
                let share = left[link].over(Ratio::whole(waiting))?;
                let is_lower = match lowest {
                    Some((least, _)) => share.compare(least)? == Ordering::Less,
                    None => true,
                };
                if is_lower {
                    lowest = Some((share, link));
                }
            }
        }
        let (level, link) = lowest.expect("every flow has a limited link");
        for (flow, rate) in flows.iter().zip(&mut rates) {
            if rate.is_none() && (flow.0 == link || flow.1 == link) {
                *rate = Some(level);
                for link in [flow.0, flow.1] {
                    left[link] = left[link].minus(level)?;
                }
            }
        }
    }
    rates.into_iter().collect()
}

/// When each flow is over and the rates it had on the way, times in nanoseconds; `None` when 128 bits do not suffice or
/// a completion falls so near to a change that rounding may decide which comes first.
fn exact_completions(
    rates_bps: &[(u64, u64)],
    changes: &[(u64, FlowChange)],
    mut at_change: impl FnMut(u64, &BTreeMap<FlowId, f64>),
) -> Option<BTreeMap<FlowId, Ratio>> {
    let capacities: Vec<u64> = rates_bps.iter().flat_map(|(up, down)| [*up, *down]).collect();
    let nanosecond = Ratio::new(1, i128::from(SECOND_NS));
    let mut flows: Vec<ExactFlow> = Vec::new();
    let mut done = BTreeMap::new();
    let mut now = Ratio::ZERO;
    let mut next = 0;
    loop {
        let open: Vec<usize> = (0..flows.len()).filter(|flow| !flows[*flow].is_over).collect();
        let ends: Vec<_> = open
            .iter()
            .map(|flow| {
                (
                    2 * flows[*flow].id.source.index(),
                    2 * flows[*flow].sink as usize + 1,
                )
            })
            .collect();
        let rates = exact_rates(&ends, &capacities)?;
        if next > 0 && now == nanosecond.times(Ratio::whole(i128::from(changes[next - 1].0)))? {
            at_change(
                changes[next - 1].0,
                &open
                    .iter()
                    .zip(&rates)
                    .map(|(flow, rate)| (flows[*flow].id, rate.value()))
                    .collect(),
            );
        }
        let mut soonest: Option<Ratio> = None;
        for (flow, rate) in open.iter().zip(&rates) {
            let end = now.plus(flows[*flow].left_bits.over(*rate)?)?;
            if soonest.is_none_or(|soonest| end.compare(soonest) == Some(Ordering::Less)) {
                soonest = Some(end);
            }
        }
        let change = match changes.get(next) {
            Some((at_ns, _)) => Some(nanosecond.times(Ratio::whole(i128::from(*at_ns)))?),
            None => None,
        };
        let instant = match (soonest, change) {
            (None, None) => return Some(done),
            (Some(end), None) => end,
            (None, Some(change)) => change,
            (Some(end), Some(change)) => {
                if (end.minus(change)?.value() * 1e9).abs() < 1_000.0 {
                    return None;
                }
                if end.compare(change)? == Ordering::Less {
                    end
                } else {
                    change
                }
            }
        };
        let elapsed = instant.minus(now)?;
        for (flow, rate) in open.iter().zip(&rates) {
            flows[*flow].left_bits = flows[*flow].left_bits.minus(rate.times(elapsed)?)?;
            if flows[*flow].left_bits == Ratio::ZERO {
                flows[*flow].is_over = true;
                done.insert(
                    flows[*flow].id,
                    instant.times(Ratio::whole(i128::from(SECOND_NS)))?,
                );
            }
        }
        now = instant;
        while let Some((at_ns, change)) = changes.get(next)
            && Some(instant) == nanosecond.times(Ratio::whole(i128::from(*at_ns)))
        {
            next += 1;
            match *change {
                FlowChange::Start { spec } => flows.push(ExactFlow {
                    id: spec.flow,
                    sink: spec.sink.peer.0,
                    left_bits: Ratio::whole(8 * i128::from(spec.bytes)),
                    is_over: false,
                }),
                FlowChange::Stop { flow, .. } => {
                    flows
                        .iter_mut()
                        .filter(|entry| entry.id == flow)
                        .for_each(|entry| entry.is_over = true);
                }
                FlowChange::Down { contact, .. } => flows
                    .iter_mut()
                    .filter(|entry| entry.id.source == contact.peer || entry.sink == contact.peer.0)
                    .for_each(|entry| entry.is_over = true),
                FlowChange::Up { .. } => unreachable!("everybody is up from the start"),
            }
        }
    }
}

#[test]
fn times_and_rates_are_those_of_exact_rationals() {
    let mut compared = 0;
    let mut given_up = 0;
    for seed in 0..200 {
        let mut draw = Seed { seed, replication: 1 }.stream(Purpose::Protocol, 0);
        let rates: Vec<(u64, u64)> = (0..6)
            .map(|_| (1_000 * (1 + draw.below(9)), 1_000 * (1 + draw.below(9))))
            .collect();
        let mut changes = Vec::new();
        let mut at_ns = 0;
        for number in 0..9 {
            at_ns += 1 + draw.below(400) * 1_000_000;
            let source = below(&mut draw, 6);
            let sink = (source + 1 + below(&mut draw, 5)) % 6;
            changes.push((at_ns, start(source, number, sink, 50 + draw.below(2_000))));
            if draw.chance(0.15) {
                changes.push((at_ns + 700_000_000, stop(source, number, sink)));
            }
        }
        if draw.chance(0.3) {
            changes.push((at_ns + 300_000_001, down(below(&mut draw, 6), Departure::Crash)));
        }
        changes.sort_by_key(|(at_ns, change)| (*at_ns, change.rank()));
        // No start towards the peer that went down: the exact model knows no sessions.
        let mut lab = Lab::new(&rates);
        let exact = exact_completions(&rates, &changes, |now_ns, expected| {
            let due = changes
                .iter()
                .filter(|(at_ns, _)| *at_ns == now_ns)
                .copied()
                .collect();
            lab.play(now_ns, due);
            let found = lab.rates_bps();
            assert_eq!(found.len(), expected.len());
            for (flow, rate_bps) in found {
                assert!(
                    (rate_bps / expected[&flow] - 1.0).abs() < 1e-9,
                    "{flow:?}: {rate_bps}"
                );
            }
        });
        let Some(exact) = exact else {
            given_up += 1;
            continue;
        };
        lab.finish();
        let completed: Vec<_> = lab
            .notices
            .iter()
            .filter(|notice| notice.end == FlowEnd::Completed && notice.target == notice.spec.sink)
            .collect();
        assert_eq!(completed.len(), exact.len());
        // Each completion so far may have been rounded up by a nanosecond.
        for (before, notice) in completed.iter().enumerate() {
            let exact_ns = exact[&notice.spec.flow].value();
            let off_ns = (notice.drained_ns as f64 - exact_ns).abs();
            assert!(
                off_ns <= 1.0 + before as f64,
                "{:?}: off by {off_ns} ns",
                notice.spec.flow
            );
            compared += 1;
        }
    }
    println!("{compared} completions compared, {given_up} scripts beyond exact reach");
    assert!(compared > 800 && given_up < 60);
}

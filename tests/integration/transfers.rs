//! Transfers against exact answers: max-min fair rates, pipelines, queues, and whatever follows when flows end at
//! different times, computed here in rational numbers.
//!
//! A flow is done when its last byte is at the sink: when it has drained, rounded up to a nanosecond, plus the one-way
//! latency. What depends on it may be a nanosecond later for each flow that it depends on.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::support::scenario;
use servent::records::FlowRow;

const LATENCY_NS: u64 = 10_000_000;

/// An access link nobody can fill.
const WIDE_BPS: u64 = 1_000_000_000_000;

/// `flow,at_s,source,sink,size_bytes,after`.
struct Transfer {
    at_s: String,
    source: usize,
    sink: usize,
    bytes: u64,
    after: Option<usize>,
}

fn transfer(source: usize, sink: usize, bytes: u64) -> Transfer {
    Transfer {
        at_s: "0".to_owned(),
        source,
        sink,
        bytes,
        after: None,
    }
}

/// Runs transfers between peers with these (up, down) rates in bit/s.
fn run(links: &[(u64, u64)], transfers: &[Transfer]) -> Vec<FlowRow> {
    let mut peers = String::from("peer,down_bps,up_bps\n");
    for (peer, (up, down)) in links.iter().enumerate() {
        writeln!(peers, "{peer},{down},{up}").unwrap();
    }
    let mut flows = String::from("flow,at_s,source,sink,size_bytes,after\n");
    for (number, transfer) in transfers.iter().enumerate() {
        let after = transfer
            .after
            .map_or_else(String::new, |after| format!("f{after}"));
        let Transfer {
            at_s,
            source,
            sink,
            bytes,
            ..
        } = transfer;
        writeln!(flows, "f{number},{at_s},{source},{sink},{bytes},{after}").unwrap();
    }
    let done = scenario(
        r#"
duration = "1000 s"
peers.file.path = "peers.csv"
workload.transfers.path = "flows.csv"
underlay.latency.constant.one_way = "10 ms"
"#,
    )
    .file("peers.csv", peers)
    .file("flows.csv", flows)
    .run();
    let rows = done.flows();
    assert_eq!(rows.len(), transfers.len());
    for (number, (row, transfer)) in rows.iter().zip(transfers).enumerate() {
        assert_eq!(*row.flow, format!("f{number}"), "flows keep their order");
        assert_eq!(
            (row.source, row.sink),
            (transfer.source as u64, transfer.sink as u64)
        );
        assert_eq!(row.size_bytes, transfer.bytes);
    }
    assert_eq!(done.integer("transfers_finished"), transfers.len() as i128);
    rows
}

fn finished_ns(row: &FlowRow) -> u64 {
    row.finished_ns.expect("every transfer ends")
}

/// A non-negative rational number; panics where it outgrows 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rational {
    above: u128,
    below: u128,
}

impl Rational {
    fn new(above: u128, below: u128) -> Self {
        let (mut a, mut b) = (above, below);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Self {
            above: above / a.max(1),
            below: below / a.max(1),
        }
    }

    fn whole(number: u64) -> Self {
        Self::new(u128::from(number), 1)
    }

    fn plus(self, other: Self) -> Self {
        let left = self.above.checked_mul(other.below).unwrap();
        let right = other.above.checked_mul(self.below).unwrap();
        Self::new(
            left.checked_add(right).unwrap(),
            self.below.checked_mul(other.below).unwrap(),
        )
    }

    fn minus(self, other: Self) -> Self {
        let left = self.above.checked_mul(other.below).unwrap();
        let right = other.above.checked_mul(self.below).unwrap();
        Self::new(
            left.checked_sub(right).unwrap(),
            self.below.checked_mul(other.below).unwrap(),
        )
    }

    fn times(self, other: Self) -> Self {
        // Crosswise first, to stay small.
        let (one, two) = (
            Self::new(self.above, other.below),
            Self::new(other.above, self.below),
        );
        Self::new(
            one.above.checked_mul(two.above).unwrap(),
            one.below.checked_mul(two.below).unwrap(),
        )
    }

    fn over(self, other: Self) -> Self {
        self.times(Self {
            above: other.below,
            below: other.above,
        })
    }

    fn before(self, other: Self) -> bool {
        let left = self.above.checked_mul(other.below).unwrap();
        left.cmp(&other.above.checked_mul(self.below).unwrap()) == Ordering::Less
    }
}

/// Max-min fair rates in bit/s of the flows under way, by progressive filling as the textbook has it (Bertsekas and
/// Gallager, "Data Networks", section 6.5.2): the link with the smallest fair share is filled next.
fn fair_rates(links: &[(u64, u64)], ends: &[(usize, usize)], under_way: &[bool]) -> Vec<Rational> {
    let mut rates: Vec<Option<Rational>> = vec![None; ends.len()];
    loop {
        let mut tightest: Option<(Rational, Vec<usize>)> = None;
        for (peer, (up, down)) in links.iter().enumerate() {
            for is_uplink in [true, false] {
                let capacity = if is_uplink { *up } else { *down };
                let on_link = |flow: &usize| {
                    under_way[*flow] && (if is_uplink { ends[*flow].0 } else { ends[*flow].1 }) == peer
                };
                let flows: Vec<usize> = (0..ends.len()).filter(on_link).collect();
                let open: Vec<usize> = flows
                    .iter()
                    .copied()
                    .filter(|flow| rates[*flow].is_none())
                    .collect();
                if open.is_empty() {
                    continue;
                }
                let used = flows.iter().filter_map(|flow| rates[*flow]);
                let left = used.fold(Rational::whole(capacity), Rational::minus);
                let share = left.over(Rational::whole(open.len() as u64));
                if tightest
                    .as_ref()
                    .is_none_or(|(smallest, _)| share.before(*smallest))
                {
                    tightest = Some((share, open));
                }
            }
        }
        let Some((share, flows)) = tightest else {
            return rates
                .into_iter()
                .map(|rate| rate.unwrap_or(Rational::whole(0)))
                .collect();
        };
        for flow in flows {
            rates[flow] = Some(share);
        }
    }
}

/// Checks the definition: every flow has a full link on which nobody is faster.
fn assert_max_min(links: &[(u64, u64)], ends: &[(usize, usize)], rates: &[Rational]) {
    for (flow, &(source, sink)) in ends.iter().enumerate() {
        let is_bottleneck = |capacity: u64, on_link: &dyn Fn((usize, usize)) -> bool| {
            let others = || (0..ends.len()).filter(|&other| on_link(ends[other]));
            let sum = others().fold(Rational::whole(0), |sum, other| sum.plus(rates[other]));
            sum == Rational::whole(capacity) && others().all(|other| !rates[flow].before(rates[other]))
        };
        let up = is_bottleneck(links[source].0, &|ends| ends.0 == source);
        let down = is_bottleneck(links[sink].1, &|ends| ends.1 == sink);
        assert!(up || down, "flow {flow} has no bottleneck");
    }
}

/// When flows that all start at 0 have drained, in seconds, exactly.
fn drained_s(links: &[(u64, u64)], transfers: &[Transfer]) -> Vec<Rational> {
    let ends: Vec<_> = transfers
        .iter()
        .map(|transfer| (transfer.source, transfer.sink))
        .collect();
    let mut left: Vec<Rational> = transfers
        .iter()
        .map(|transfer| Rational::whole(8 * transfer.bytes))
        .collect();
    let mut under_way = vec![true; transfers.len()];
    let mut ended = vec![Rational::whole(0); transfers.len()];
    let mut now = Rational::whole(0);
    while under_way.contains(&true) {
        let rates = fair_rates(links, &ends, &under_way);
        let flows: Vec<usize> = (0..ends.len()).filter(|flow| under_way[*flow]).collect();
        let needs = |flow: &usize| left[*flow].over(rates[*flow]);
        let step = flows
            .iter()
            .map(needs)
            .reduce(|a, b| if b.before(a) { b } else { a })
            .unwrap();
        now = now.plus(step);
        for flow in flows {
            left[flow] = left[flow].minus(rates[flow].times(step));
            if left[flow] == Rational::whole(0) {
                under_way[flow] = false;
                ended[flow] = now;
            }
        }
    }
    ended
}

/// Runs flows that all start at 0 and compares each end with the exact one: not early, at most a nanosecond late for
/// each flow that ended before (and itself), and within 10^-9 of it. Rates may have been rounded down in between.
fn check_against_rationals(links: &[(u64, u64)], transfers: &[Transfer]) {
    let exact = drained_s(links, transfers);
    let rows = run(links, transfers);
    for (flow, row) in rows.iter().enumerate() {
        assert_eq!(row.started_ns, Some(0));
        let drained_ns = finished_ns(row) - LATENCY_NS;
        let exact_ns = exact[flow].times(Rational::whole(1_000_000_000));
        let earlier = exact.iter().filter(|other| other.before(exact[flow])).count() as u64;
        let floor_ns = u64::try_from(exact_ns.above / exact_ns.below).unwrap();
        assert!(
            (floor_ns..=floor_ns + 1 + earlier).contains(&drained_ns),
            "flow {flow}: {drained_ns} ns, exactly {exact_ns:?} ns, {earlier} before it"
        );
        let exact_ns = exact_ns.above as f64 / exact_ns.below as f64;
        assert!(
            (drained_ns as f64 - exact_ns).abs() <= 1e-9 * exact_ns,
            "flow {flow}"
        );
    }
}

/// Flows whose sizes are in proportion to their fair rates all end together, after 8 s.
fn check_rates(links: &[(u64, u64)], flows: &[(usize, usize, u64)]) {
    let ends: Vec<_> = flows.iter().map(|&(source, sink, _)| (source, sink)).collect();
    let rates: Vec<_> = flows.iter().map(|&(.., bps)| Rational::whole(bps)).collect();
    assert_eq!(fair_rates(links, &ends, &vec![true; ends.len()]), rates);
    assert_max_min(links, &ends, &rates);
    let transfers: Vec<_> = flows
        .iter()
        .map(|&(source, sink, bps)| transfer(source, sink, bps))
        .collect();
    for row in run(links, &transfers) {
        assert_eq!(finished_ns(&row), 8_000_000_000 + LATENCY_NS, "{}", row.flow);
    }
    // Sizes against the order of the rates: links change hands several times.
    let sizes = [3_000_000, 1_000_000, 7_000_000, 500_000];
    let transfers: Vec<_> = ends
        .iter()
        .zip(sizes)
        .map(|(&(source, sink), bytes)| transfer(source, sink, bytes))
        .collect();
    check_against_rationals(links, &transfers);
}

#[test]
fn one_sender_and_three_capped_receivers() {
    let links = [
        (10_000_000, WIDE_BPS),
        (WIDE_BPS, 2_000_000),
        (WIDE_BPS, 3_000_000),
        (WIDE_BPS, 8_000_000),
    ];
    check_rates(&links, &[(0, 1, 2_000_000), (0, 2, 3_000_000), (0, 3, 5_000_000)]);
}

#[test]
fn two_senders_to_two_receivers_each() {
    let links = [
        (6_000_000, WIDE_BPS),
        (3_000_000, WIDE_BPS),
        (WIDE_BPS, 5_000_000),
        (WIDE_BPS, 4_000_000),
    ];
    let flows = [
        (0, 2, 3_500_000),
        (0, 3, 2_500_000),
        (1, 2, 1_500_000),
        (1, 3, 1_500_000),
    ];
    check_rates(&links, &flows);
}

#[test]
fn two_senders_in_a_chain_of_bottlenecks() {
    let links = [
        (10_000_000, WIDE_BPS),
        (1_000_000, WIDE_BPS),
        (WIDE_BPS, 4_000_000),
        (WIDE_BPS, 9_000_000),
    ];
    check_rates(&links, &[(0, 2, 4_000_000), (0, 3, 6_000_000), (1, 3, 1_000_000)]);
}

/// Rates that are no whole numbers of anything: thirds and sevenths, and ends that are never whole nanoseconds.
#[test]
fn awkward_shares_are_exact_too() {
    let links = [
        (1_000_003, WIDE_BPS),
        (999_983, WIDE_BPS),
        (WIDE_BPS, 700_001),
        (WIDE_BPS, 500_009),
        (WIDE_BPS, WIDE_BPS),
    ];
    let sizes = [100_003, 99_991, 50_021, 77_777, 33_331];
    let ends = [(0, 2), (0, 3), (0, 4), (1, 2), (1, 3)];
    let transfers: Vec<_> = ends
        .iter()
        .zip(sizes)
        .map(|(&(source, sink), bytes)| transfer(source, sink, bytes))
        .collect();
    check_against_rationals(&links, &transfers);
    let seven: Vec<_> = (0..7)
        .map(|place| transfer(0, 1 + place, 1_000_000 + 7 * place as u64))
        .collect();
    let mut links = vec![(10_000_019, WIDE_BPS)];
    links.extend([(WIDE_BPS, WIDE_BPS); 7]);
    check_against_rationals(&links, &seven);
}

/// A file of F bits in C chunks over n hops of u bit/s: T = (F/u)(1 + (n - 1)/C) plus n latencies (the first hop's
/// source has everything; every other hop passes a chunk on as soon as it has it).
#[test]
fn store_and_forward_along_a_chain() {
    for (hops, chunks, chunk_bytes, up_bps) in [
        (1, 1, 1_000_000, 8_000_000),
        (5, 1, 1_000_000, 8_000_000),
        (5, 8, 125_000, 8_000_000),
        (3, 40, 262_144, 1_000_000),
        // A chunk takes 1/3 of a millisecond more than 2333: no whole number of nanoseconds.
        (4, 9, 875_125, 3_000_000),
    ] {
        let links = vec![(up_bps, WIDE_BPS); hops + 1];
        let mut transfers = Vec::new();
        for chunk in 0..chunks {
            for hop in 0..hops {
                // The source sends chunk after chunk without a pause: each begins when the one before has drained.
                let start_ns = (u128::from(chunk_bytes) * 8 * chunk as u128 * 1_000_000_000)
                    .div_ceil(u128::from(up_bps));
                transfers.push(Transfer {
                    at_s: format!("{}.{:09}", start_ns / 1_000_000_000, start_ns % 1_000_000_000),
                    after: (hop > 0).then(|| transfers.len() - 1),
                    ..transfer(hop, hop + 1, chunk_bytes)
                });
                if hop > 0 {
                    transfers.last_mut().unwrap().at_s = String::new();
                }
            }
        }
        let rows = run(&links, &transfers);
        let end_ns = rows.iter().map(finished_ns).max().unwrap();
        assert_eq!(
            Some(end_ns),
            rows.last().map(finished_ns),
            "the last chunk is the last"
        );
        // (F/u)(1 + (n - 1)/C) = (chunk/u)(C + n - 1), a rational number of nanoseconds.
        let numerator = u128::from(chunk_bytes) * 8 * 1_000_000_000 * (chunks + hops - 1) as u128;
        let exact_ns = u64::try_from(numerator / u128::from(up_bps)).unwrap() + hops as u64 * LATENCY_NS;
        // Where a chunk takes a whole number of nanoseconds nothing is rounded; else each of the C + n - 1 chunk times on
        // the way to the last byte may be.
        let is_whole = u128::from(chunk_bytes) * 8 * 1_000_000_000 % u128::from(up_bps) == 0;
        let dependent = if is_whole { 0 } else { (chunks + hops - 1) as u64 };
        assert!(
            (exact_ns..=exact_ns + dependent).contains(&end_ns),
            "{hops} hops, {chunks} chunks: {end_ns}, not {exact_ns} (+ {dependent})"
        );
    }
}

/// N equal clients of one server: all at once they all end at N F / u_s.
#[test]
fn equal_clients_end_together() {
    for clients in [1_usize, 2, 10, 100] {
        let mut links = vec![(30_000_000, WIDE_BPS)];
        links.extend(vec![(300_000, 2_000_000_000); clients]);
        let transfers: Vec<_> = (0..clients)
            .map(|client| transfer(0, client + 1, 750_000))
            .collect();
        for row in run(&links, &transfers) {
            assert_eq!(finished_ns(&row), 200_000_000 * clients as u64 + LATENCY_NS);
        }
    }
}

/// Kurose and Ross: with d the clients' downlink, T = max(N F / u_s, F / d).
#[test]
fn slow_clients_limit_themselves() {
    for (clients, expected_ns) in [
        (10_u64, 7_500_000_000),
        (15, 7_500_000_000),
        (100, 50_000_000_000_u64),
    ] {
        // A millionth of the book's 15 Gbit at a thousandth of its rates.
        let mut links = vec![(30_000, WIDE_BPS)];
        links.extend(vec![(300, 2_000); usize::try_from(clients).unwrap()]);
        let transfers: Vec<_> = (1..links.len())
            .map(|client| transfer(0, client, 1_875))
            .collect();
        for row in run(&links, &transfers) {
            assert_eq!(finished_ns(&row), expected_ns + LATENCY_NS, "{clients} clients");
        }
    }
}

/// One client after the other: client i ends at i F / u_s, its mean at (N + 1)/2; and each begins a latency later,
/// when the server knows that the one before is done.
#[test]
fn clients_in_turn() {
    const CLIENTS: usize = 10;
    let mut links = vec![(30_000_000, WIDE_BPS)];
    links.extend(vec![(300_000, WIDE_BPS); CLIENTS]);
    let transfers: Vec<_> = (0..CLIENTS)
        .map(|client| Transfer {
            after: client.checked_sub(1),
            ..transfer(0, client + 1, 750_000)
        })
        .collect();
    let rows = run(&links, &transfers);
    for (place, row) in (1_u64..).zip(&rows) {
        assert_eq!(row.started_ns, Some((place - 1) * (200_000_000 + LATENCY_NS)));
        assert_eq!(finished_ns(row), place * (200_000_000 + LATENCY_NS));
    }
    let sum_ns: u64 = rows.iter().map(finished_ns).sum();
    assert_eq!(
        2 * sum_ns,
        (CLIENTS as u64) * (CLIENTS as u64 + 1) * (200_000_000 + LATENCY_NS)
    );
}

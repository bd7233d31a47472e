//! Rates and times that are known in closed form.

use super::*;

const MBIT: u64 = 1_000_000;

/// Starts one flow per pair at time 0 and compares all rates, in Mbit/s, to 1e-9 relative.
fn check_rates(rates_bps: &[(u64, u64)], pairs: &[(u32, u32)], expected_mbit: &[f64]) {
    let mut lab = Lab::new(rates_bps);
    let changes = (0..)
        .zip(pairs)
        .map(|(number, &(source, sink))| (1, start(source, number, sink, 1 << 40)));
    lab.play(1, changes.collect());
    for (number, ((source, _), expected)) in (0..).zip(pairs.iter().zip(expected_mbit)) {
        let rate_mbit = lab.solver.rate(id(*source, number)).unwrap() as f64 / 4_294_967_296.0 / MBIT as f64;
        assert!(
            (rate_mbit / expected - 1.0).abs() < 1e-9,
            "flow {number}: {rate_mbit} for {expected}"
        );
    }
}

#[test]
fn published_examples() {
    // One sender of 10 Mbit/s, receivers of 2, 3 and 8.
    let sender = [(10 * MBIT, 0), (0, 2 * MBIT), (0, 3 * MBIT), (0, 8 * MBIT)];
    check_rates(&sender, &[(0, 1), (0, 2), (0, 3)], &[2.0, 3.0, 5.0]);
    // Up 6 and 3, down 5 and 4, all four flows.
    let square = [(6 * MBIT, 1), (3 * MBIT, 1), (1, 5 * MBIT), (1, 4 * MBIT)];
    check_rates(&square, &[(0, 2), (0, 3), (1, 2), (1, 3)], &[3.5, 2.5, 1.5, 1.5]);
    // Up 10 and 1, down 4 and 9, three flows.
    let chain = [(10 * MBIT, 1), (MBIT, 1), (1, 4 * MBIT), (1, 9 * MBIT)];
    check_rates(&chain, &[(0, 2), (0, 3), (1, 3)], &[4.0, 6.0, 1.0]);
}

#[test]
fn examples_with_links_that_are_not_declared() {
    let sender = [(10 * MBIT, 0), (0, 2 * MBIT), (0, 3 * MBIT), (0, 0)];
    check_rates(&sender, &[(0, 1), (0, 2), (0, 3)], &[2.0, 3.0, 5.0]);
    let receivers = [(0, 0), (0, 2 * MBIT), (0, 3 * MBIT), (0, 8 * MBIT)];
    check_rates(&receivers, &[(0, 1), (0, 2), (0, 3)], &[2.0, 3.0, 8.0]);
    let square = [(6 * MBIT, 0), (3 * MBIT, 0), (0, 0), (0, 4 * MBIT)];
    check_rates(&square, &[(0, 2), (0, 3), (1, 2), (1, 3)], &[3.5, 2.5, 1.5, 1.5]);
    let chain = [(0, 0), (MBIT, 0), (0, 4 * MBIT), (0, 9 * MBIT)];
    check_rates(&chain, &[(0, 2), (0, 3), (1, 3)], &[4.0, 8.0, 1.0]);
}

#[test]
fn a_lone_flow_takes_its_size_over_the_slower_link() {
    for (up_bps, down_bps) in [(8_000, 0), (0, 8_000), (8_000, 9_000), (1_000_000, 8_000)] {
        let mut lab = Lab::new(&[(up_bps, 0), (0, down_bps)]);
        lab.play(5, vec![(5, start(0, 0, 1, 3_000))]);
        assert_eq!(Flows::<Underlay>::next_ns(&lab.solver), 5 + 3 * SECOND_NS);
        lab.finish();
        assert_eq!(lab.drained_ns(0, 0), 5 + 3 * SECOND_NS);
    }
}

#[test]
fn equal_clients_of_one_server_all_finish_together() {
    for clients in [1_u32, 2, 3, 7, 100, 1_000] {
        let (bytes, up_bps) = (1_000_003_u64, 30 * MBIT);
        let mut rates = vec![(up_bps, 0)];
        rates.extend((0..clients).map(|_| (0, up_bps)));
        let mut lab = Lab::new(&rates);
        lab.play(
            0,
            (1..=clients)
                .map(|client| (0, start(0, client, client, bytes)))
                .collect(),
        );
        lab.finish();
        let exact_ns =
            u128::from(clients) * u128::from(bytes) * 8 * u128::from(SECOND_NS) / u128::from(up_bps);
        for client in 1..=clients {
            let off_ns = u128::from(lab.drained_ns(0, client)).abs_diff(exact_ns);
            assert!(
                off_ns <= 1 + u128::from(clients),
                "{clients} clients: off by {off_ns} ns"
            );
            assert_eq!(lab.drained_ns(0, client), lab.drained_ns(0, 1), "all at once");
        }
    }
}

#[test]
fn clients_one_after_the_other_share_what_the_rest_leaves() {
    // Two flows of 8,000 bits over 8,000 bit/s, the second half a second later: 0.5 s alone, then halves. The first
    // has 4,000 left at 0.5 s and ends at 1.5 s; the second has 4,000 left then and ends at 2 s.
    let mut lab = Lab::new(&[(8_000, 0), (0, 0), (0, 0)]);
    let half = SECOND_NS / 2;
    lab.play(
        half,
        vec![(0, start(0, 1, 1, 1_000)), (half, start(0, 2, 2, 1_000))],
    );
    lab.finish();
    assert_eq!((lab.drained_ns(0, 1), lab.drained_ns(0, 2)), (3 * half, 4 * half));
}

#[test]
fn store_and_forward_takes_file_time_and_a_chunk_per_further_hop() {
    // F = 1,000,000 bytes in 10 chunks over 4 hops of 8 Mbit/s: 1 s * (1 + 3 / 10), and 4 latencies.
    let (hops, chunks, bytes) = (4_u32, 10_u32, 100_000_u64);
    let mut lab = Lab::new(&[(8 * MBIT, 8 * MBIT); 5]);
    // A hop sends its chunks in order, each as soon as it has arrived and the one before has left.
    let mut pending: Vec<(u64, FlowChange)> = vec![(0, start(0, 0, 1, bytes))];
    let mut arrived = vec![vec![0_u64; chunks as usize]; hops as usize + 1];
    let mut last_ns = 0;
    while !pending.is_empty() || lab.solver.books.active > 0 {
        let next_ns = pending.iter().map(|(at_ns, _)| *at_ns).min().unwrap_or(NEVER_NS);
        let now_ns = next_ns.min(Flows::<Underlay>::next_ns(&lab.solver));
        let due = pending.extract_if(.., |(at_ns, _)| *at_ns == now_ns).collect();
        let told = lab.notices.len();
        lab.play(now_ns, due);
        for notice in lab.notices.split_off(told) {
            let (hop, chunk) = (notice.spec.flow.source.0, notice.spec.flow.number);
            assert_eq!(notice.end, FlowEnd::Completed);
            if notice.target != notice.spec.sink {
                continue;
            }
            arrived[hop as usize + 1][chunk as usize] = notice.at_ns;
            last_ns = last_ns.max(notice.at_ns);
            // The link is free at the drain, which the closed form counts from.
            if chunk + 1 < chunks {
                let ready_ns = if hop == 0 {
                    0
                } else {
                    arrived[hop as usize][chunk as usize + 1]
                };
                if hop == 0 || ready_ns > 0 {
                    pending.push((now_ns.max(ready_ns) + 1, start(hop, chunk + 1, hop + 1, bytes)));
                }
            }
            let is_free = chunk == 0
                || arrived[hop as usize + 2..]
                    .first()
                    .is_some_and(|next| next[chunk as usize - 1] > 0);
            if hop + 1 < hops && is_free {
                pending.push((notice.at_ns, start(hop + 1, chunk, hop + 2, bytes)));
            }
        }
    }
    let closed_ns = 1_300_000_000 + u64::from(hops) * LATENCY_NS;
    // A chunk waits at most a latency or a nanosecond for the one before it.
    let slack_ns = u64::from(chunks) * (LATENCY_NS + 1);
    assert!(
        (closed_ns..=closed_ns + slack_ns).contains(&last_ns),
        "{last_ns} for {closed_ns}"
    );
}

#[test]
fn huge_and_tiny_rates_do_not_overflow() {
    let mut lab = Lab::new(&[(u64::MAX, 0), (0, u64::MAX), (1, 0), (0, 1)]);
    lab.play(
        0,
        vec![(0, start(0, 0, 1, 1 << 60)), (0, start(2, 0, 3, 1 << 60))],
    );
    // 2^63 bits at 2^64 - 1 bit/s.
    assert_eq!(Flows::<Underlay>::next_ns(&lab.solver), SECOND_NS / 2 + 1);
    lab.play(SECOND_NS, Vec::new());
    assert_eq!(lab.drained_ns(0, 0), SECOND_NS / 2 + 1);
    // The other one takes 292 thousand million years.
    assert_eq!(Flows::<Underlay>::next_ns(&lab.solver), NEVER_NS);
    let books = Flows::<Underlay>::books(&lab.solver, NEVER_NS - 1);
    assert_balanced(books);
    // 2^64 ns at 1 bit/s.
    assert_eq!(books.carried_bytes, (1 << 60) + 2_305_843_009);
}

#[test]
fn memory_goes_with_the_flows_under_way() {
    let mut lab = Lab::new(&[(MBIT, MBIT); 500]);
    let mut now_ns = 0;
    for number in 0..5_000_u32 {
        let source = number % 500;
        lab.play(
            now_ns,
            vec![(now_ns, start(source, number, (source + 1) % 500, 1_000))],
        );
        now_ns += SECOND_NS;
    }
    lab.finish();
    assert_eq!(lab.solver.books.completed, 5_000);
    let allocation = &lab.solver.allocation;
    assert_eq!(
        (allocation.flows.len(), allocation.links.len()),
        (1, 4),
        "one flow and two peers at a time"
    );
    assert_eq!((allocation.peers(), lab.solver.slots.len()), (0, 0));
}

#[test]
fn a_rate_that_does_not_change_keeps_its_completion() {
    // Flow 0 to 1 is limited by its own sink; what others do at the source does not touch it.
    let mut lab = Lab::new(&[(10_000, 0), (0, 1_000), (0, 0), (0, 0)]);
    lab.play(0, vec![(0, start(0, 0, 1, 777))]);
    let completion_ns = Flows::<Underlay>::next_ns(&lab.solver);
    for number in 1..9 {
        lab.play(
            u64::from(number) * 1_001,
            vec![(u64::from(number) * 1_001, start(0, number, 2, 1 << 30))],
        );
    }
    let flow = lab
        .solver
        .allocation
        .flows
        .iter()
        .find(|flow| flow.spec.flow == id(0, 0))
        .unwrap();
    assert_eq!(
        flow.updated_ns, 0,
        "not touched: 9 flows get more than 1,000 bit/s each"
    );
    lab.play(
        9_009,
        vec![
            (9_009, start(0, 9, 2, 1 << 30)),
            (9_009, start(0, 10, 2, 1 << 30)),
        ],
    );
    assert!(
        Flows::<Underlay>::next_ns(&lab.solver) > completion_ns,
        "with 11 it gets less"
    );
}

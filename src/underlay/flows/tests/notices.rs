//! Who is told what, and when.

use super::*;

/// What was told: (when, whom, how it ended, bytes carried, drained).
fn told(lab: &Lab) -> Vec<(u64, u32, FlowEnd, u64, u64)> {
    let mut told: Vec<_> = lab
        .notices
        .iter()
        .map(|notice| {
            (
                notice.at_ns,
                notice.target.peer.0,
                notice.end,
                notice.carried_bytes,
                notice.drained_ns,
            )
        })
        .collect();
    told.sort_unstable();
    told
}

/// Peers 0 and 1, one second for 1,000 bytes; 3 us from 0 to 1, 5 us back.
fn pair() -> Lab {
    let table = LatencyTable::parse("0 0.003\n0.005 0", Direction::OneWay).unwrap();
    let options = MatrixOptions {
        assignment: Assignment::InOrder,
        same_site_ns: None,
        missing: Missing::Refuse,
        floor_ns: None,
    };
    let seed = crate::engine::Seed {
        seed: 0,
        replication: 0,
    };
    let latency = Latency::Matrix(Matrix::new(&table, seed, 2, options).unwrap());
    let links = Links::each(vec![
        AccessLink {
            up_bps: 8_000,
            down_bps: 0
        };
        2
    ]);
    Lab::on(Underlay::new(latency, links, NoiseModel::SILENT), 2)
}

const L: u64 = 3_000;
const HALF: u64 = SECOND_NS / 2;

#[test]
fn completion_is_told_to_both_a_propagation_later() {
    let mut lab = pair();
    lab.play(0, vec![(0, start(0, 7, 1, 1_000))]);
    lab.finish();
    let expected = [
        (SECOND_NS + 3_000, 1, FlowEnd::Completed, 1_000, SECOND_NS),
        (SECOND_NS + 5_000, 0, FlowEnd::Completed, 1_000, SECOND_NS),
    ];
    assert_eq!(told(&lab), expected);
    assert!(
        lab.notices
            .iter()
            .all(|notice| notice.spec.flow == id(0, 7) && notice.target.session == 1)
    );
}

#[test]
fn a_stop_is_told_to_the_other_end_and_frees_the_links_at_once() {
    for (by, at_ns, whom) in [(0, HALF + 3_000, 1), (1, HALF + 5_000, 0)] {
        let mut lab = pair();
        lab.play(
            HALF,
            vec![
                (0, start(0, 0, 1, 1_000)),
                (0, start(0, 1, 1, 10_000)),
                (HALF, stop(0, 0, by)),
            ],
        );
        assert_eq!(told(&lab), [(at_ns, whom, FlowEnd::Stopped, 250, 0)]);
        assert_eq!(lab.rates_bps(), [(id(0, 1), 8_000.0)]);
        // A second stop, or one of a flow that never was, changes nothing.
        lab.play(
            HALF + 1,
            vec![(HALF + 1, stop(0, 0, by)), (HALF + 1, stop(1, 5, by))],
        );
        assert_eq!(lab.notices.len(), 1);
        assert_balanced(Flows::<Underlay>::books(&lab.solver, HALF + 1));
    }
}

#[test]
fn bytes_carried_are_rounded_down() {
    let mut lab = pair();
    // A byte takes a million ns.
    lab.play(
        2_999_999,
        vec![(0, start(0, 0, 1, 1_000)), (2_999_999, stop(0, 0, 0))],
    );
    assert_eq!(lab.notices[0].carried_bytes, 2);
}

#[test]
fn a_goodbye_is_a_stop_and_a_crash_is_silence() {
    for (departure, who, expected) in [
        (
            Departure::Graceful,
            0,
            (HALF + 3_000, 1, FlowEnd::Stopped, 500, 0),
        ),
        (
            Departure::Graceful,
            1,
            (HALF + 5_000, 0, FlowEnd::Stopped, 500, 0),
        ),
        (
            Departure::Crash,
            0,
            (HALF + IDLE_NS, 1, FlowEnd::TimedOut, 500, 0),
        ),
        (
            Departure::Crash,
            1,
            (HALF + IDLE_NS, 0, FlowEnd::TimedOut, 500, 0),
        ),
    ] {
        let mut lab = pair();
        lab.play(
            HALF,
            vec![(0, start(0, 0, 1, 1_000)), (HALF, down(who, departure))],
        );
        lab.finish();
        assert_eq!(told(&lab), [expected]);
        let books = Flows::<Underlay>::books(&lab.solver, NEVER_NS);
        assert_eq!(
            (books.carried_bytes, books.abandoned_bytes, books.ended),
            (500, 500, 1)
        );
        assert_balanced(books);
    }
}

#[test]
fn a_short_time_out_still_takes_the_lookahead() {
    let mut lab = pair();
    let FlowChange::Start { mut spec } = start(0, 0, 1, 1_000) else {
        unreachable!()
    };
    spec.idle_timeout_ns = 1;
    lab.play(
        HALF,
        vec![(0, FlowChange::Start { spec }), (HALF, down(1, Departure::Crash))],
    );
    assert_eq!(told(&lab), [(HALF + L, 0, FlowEnd::TimedOut, 500, 0)]);
    spec.idle_timeout_ns = NEVER_NS;
    spec.flow.number = 1;
    lab.play(SECOND_NS, vec![(SECOND_NS, FlowChange::Start { spec })]);
    assert_eq!(lab.notices.len(), 1, "who never gives up is never told");
}

#[test]
fn a_sink_that_is_not_there_is_silent() {
    let mut lab = pair();
    lab.play(
        1,
        vec![(1, down(1, Departure::Graceful)), (1, start(0, 0, 1, 1_000))],
    );
    assert_eq!(told(&lab), [(1 + IDLE_NS, 0, FlowEnd::TimedOut, 0, 0)]);
    // Back in another session: not the one the source knows; but any will do for who does not ask for one.
    let second = Contact {
        peer: PeerId(1),
        session: 2,
    };
    lab.play(
        2,
        vec![
            (2, FlowChange::Up { contact: second }),
            (2, start(0, 1, 1, 1_000)),
        ],
    );
    assert_eq!(told(&lab)[1], (2 + IDLE_NS, 0, FlowEnd::TimedOut, 0, 0));
    let FlowChange::Start { mut spec } = start(0, 2, 1, 1_000) else {
        unreachable!()
    };
    spec.sink = Contact::any(PeerId(1));
    lab.play(3, vec![(3, FlowChange::Start { spec })]);
    lab.finish();
    assert!(
        lab.notices
            .iter()
            .any(|notice| notice.target == second && notice.end == FlowEnd::Completed)
    );
    assert_balanced(Flows::<Underlay>::books(&lab.solver, NEVER_NS));
}

#[test]
fn a_source_that_is_gone_starts_nothing() {
    let mut lab = pair();
    lab.play(
        1,
        vec![(1, start(0, 0, 1, 1_000)), (1, down(0, Departure::Crash))],
    );
    assert_eq!(lab.notices, []);
    let books = Flows::<Underlay>::books(&lab.solver, 1);
    assert_eq!((books.started, books.ended, books.abandoned_bytes), (1, 1, 1_000));
}

#[test]
fn a_flow_stopped_in_the_instant_of_its_start_carries_nothing() {
    let mut lab = pair();
    lab.play(
        4,
        vec![
            (4, stop(0, 0, 0)),
            (4, start(0, 0, 1, 1_000)),
            (4, start(0, 1, 1, 1_000)),
        ],
    );
    assert_eq!(told(&lab), [(4 + 3_000, 1, FlowEnd::Stopped, 0, 0)]);
    assert_eq!(lab.rates_bps(), [(id(0, 1), 8_000.0)]);
}

#[test]
fn flows_across_a_partition_stall_and_resume() {
    let mut lab = pair();
    lab.play(0, vec![(0, start(0, 0, 1, 1_000))]);
    lab.partition(HALF, Some(vec![0, 1]));
    assert_eq!(lab.rates_bps(), [(id(0, 0), 0.0)]);
    assert_eq!(Flows::<Underlay>::next_ns(&lab.solver), HALF + IDLE_NS);
    lab.partition(HALF + 7, None);
    lab.finish();
    assert_eq!(lab.drained_ns(0, 0), SECOND_NS + 7);
}

#[test]
fn a_stalled_flow_is_given_up_by_both_ends() {
    let mut lab = pair();
    lab.play(0, vec![(0, start(0, 0, 1, 1_000)), (0, start(0, 1, 1, 1_000))]);
    lab.partition(HALF, Some(vec![0, 1]));
    // One more that starts across it, and one whose end leaves meanwhile.
    lab.play(
        HALF + 9,
        vec![(HALF + 9, start(1, 0, 0, 50)), (HALF + 9, stop(0, 1, 0))],
    );
    lab.finish();
    let (at_ns, later_ns) = (HALF + IDLE_NS + L, HALF + 9 + IDLE_NS + L);
    let expected = [
        (HALF + IDLE_NS, 1, FlowEnd::TimedOut, 250, 0),
        (at_ns, 0, FlowEnd::TimedOut, 250, 0),
        (at_ns, 1, FlowEnd::TimedOut, 250, 0),
        (later_ns, 0, FlowEnd::TimedOut, 0, 0),
        (later_ns, 1, FlowEnd::TimedOut, 0, 0),
    ];
    assert_eq!(told(&lab), expected);
    assert_balanced(Flows::<Underlay>::books(&lab.solver, NEVER_NS));
}

#[test]
fn what_is_drained_when_the_partition_comes_has_passed() {
    let mut lab = pair();
    lab.play(0, vec![(0, start(0, 0, 1, 1_000))]);
    lab.partition(SECOND_NS, Some(vec![0, 1]));
    lab.finish();
    assert_eq!(lab.drained_ns(0, 0), SECOND_NS);
}

#[test]
fn without_declared_rates_flows_take_no_time() {
    let mut lab = Lab::new(&[(0, 0), (0, 0), (8_000, 0)]);
    lab.play(5, vec![(5, start(0, 0, 1, 1 << 50)), (5, start(2, 0, 1, 1_000))]);
    assert_eq!(lab.drained_ns(0, 0), 5);
    // Across a partition even such a flow stalls; it is through as soon as it heals.
    lab.partition(6, Some(vec![0, 1, 1]));
    lab.play(7, vec![(7, start(0, 1, 1, 1 << 50))]);
    lab.partition(100, None);
    lab.finish();
    assert_eq!(lab.drained_ns(0, 1), 100);
    assert_eq!(lab.drained_ns(2, 0), 5 + SECOND_NS);
}

#[test]
fn only_what_lies_before_the_end_is_played() {
    let mut lab = pair();
    lab.entered
        .extend([(20, stop(0, 0, 0)), (10, start(0, 0, 1, 1_000))]);
    lab.play_before(20);
    assert_eq!(lab.entered, [(20, stop(0, 0, 0))]);
    assert_eq!(lab.solver.books.active, 1);
    lab.play_before(21);
    assert_eq!(lab.solver.books.active, 0);
}

#[test]
#[should_panic(expected = "time does not run backwards")]
fn the_past_cannot_change() {
    let mut lab = pair();
    lab.play(10, Vec::new());
    lab.play(10, vec![(10, start(0, 0, 1, 1))]);
}

#[test]
#[should_panic(expected = "not used again")]
fn a_name_is_used_once() {
    let mut lab = pair();
    lab.play(0, vec![(0, start(0, 0, 1, 10)), (0, start(0, 0, 1, 20))]);
}

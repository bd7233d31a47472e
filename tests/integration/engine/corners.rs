//! Corners that once went wrong, or could: one test each.

use servent::engine::event::Class;
use servent::engine::network::{FlowBooks, FlowChange, FlowEnd, FlowId, FlowNotice, FlowSpec};
use servent::engine::time::NEVER_NS;
use servent::engine::{
    AlwaysOnline, Contact, Context, Departure, Director, Flows, Message, NoFlows, Nobody, Outcome, PeerId,
    PlannedSession, Protocol, Seed, Sessions, Setup, Stage, Verdict,
};

use super::toy::ToyNetwork;
use crate::reference;
use crate::reference::flows::NaiveFlows;

/// What a diary's owner does when it is ordered to.
type Act = fn(u32, &mut Context<'_, Diary>);

/// Writes down everything that happens to it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Diary(Vec<(u64, Entry)>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entry {
    Joined(u16),
    Left,
    Received(u32),
    Expired(u32),
    Ended(FlowEnd, u64),
}

#[derive(Clone, Debug)]
struct Word(u32, u32);

impl Message for Word {
    const KINDS: &'static [&'static str] = &["word"];

    fn size_bytes(&self) -> u32 {
        self.1
    }

    fn fingerprint(&self) -> u64 {
        u64::from(self.0)
    }
}

impl Protocol for Diary {
    type Message = Word;
    type Timer = u32;
    type Command = u32;
    type World = Act;
    type Tally = ();

    fn tally(_: &Act) {}

    fn join(&mut self, cx: &mut Context<'_, Self>) {
        self.0.push((cx.now_ns(), Entry::Joined(cx.me().session)));
    }

    fn receive(&mut self, _: Contact, message: Word, cx: &mut Context<'_, Self>) {
        self.0.push((cx.now_ns(), Entry::Received(message.0)));
    }

    fn expire(&mut self, timer: u32, cx: &mut Context<'_, Self>) {
        self.0.push((cx.now_ns(), Entry::Expired(timer)));
    }

    fn leave(&mut self, _: Departure, cx: &mut Context<'_, Self>) {
        self.0.push((cx.now_ns(), Entry::Left));
    }

    fn command(&mut self, command: u32, cx: &mut Context<'_, Self>) {
        cx.world()(command, cx);
    }

    fn flow_ended(&mut self, notice: &FlowNotice, cx: &mut Context<'_, Self>) {
        self.0
            .push((cx.now_ns(), Entry::Ended(notice.end, notice.carried_bytes)));
    }
}

fn setup<F, S>(
    act: Act,
    network: ToyNetwork,
    flows: Option<F>,
    sessions: S,
    duration_ns: u64,
) -> Setup<Diary, ToyNetwork, F, S> {
    Setup {
        world: act,
        peers: vec![Diary::default(); 2].into(),
        network,
        flows,
        sessions,
        commands: Vec::new(),
        seed: Seed {
            seed: 1,
            replication: 0,
        },
        duration_ns,
    }
}

/// Runs on both engines and compares the diaries.
fn check<F: Flows<ToyNetwork>, S: Sessions>(
    setup: impl Fn() -> Setup<Diary, ToyNetwork, F, S>,
    director: impl Fn() -> Box<dyn Director<Diary>>,
) -> Outcome<Diary> {
    let expected = reference::run(setup(), &mut *director());
    let outcome = servent::engine::run(setup(), &mut *director(), 1);
    assert_eq!(outcome.peers, expected.peers);
    assert_eq!(outcome.digests, expected.digests);
    assert_eq!(outcome.accounts, expected.accounts);
    assert_eq!(outcome.flow_books, expected.flow_books);
    outcome
}

/// Sends peers away at given times.
#[derive(Clone)]
struct Departures(Vec<(u64, PeerId, u64)>);

impl Director<Diary> for Departures {
    fn next_instant_ns(&self) -> u64 {
        self.0.first().map_or(NEVER_NS, |(at_ns, ..)| *at_ns)
    }

    fn act(&mut self, stage: &mut dyn Stage<Diary>) {
        let (_, peer, until_ns) = self.0.remove(0);
        stage.depart(peer, Departure::Graceful, until_ns);
    }
}

/// Online from 0 to 100, and from 200 on.
struct TwoSessions;

impl Sessions for TwoSessions {
    fn session(&self, _: PeerId, number: u32, _: u64) -> Option<PlannedSession> {
        let (start_ns, end_ns) = *[(0, 100), (200, NEVER_NS)].get(number as usize)?;
        Some(PlannedSession {
            start_ns,
            end_ns,
            departure: Departure::Graceful,
        })
    }
}

#[test]
fn nobody_resumes_a_session_where_it_ends() {
    let outcome = check(
        || {
            setup(
                |_, _| {},
                ToyNetwork::constant(10),
                None::<NoFlows>,
                TwoSessions,
                300,
            )
        },
        || Box::new(Departures(vec![(50, PeerId(0), 100)])),
    );
    let expected = [(0, Entry::Joined(1)), (50, Entry::Left), (200, Entry::Joined(2))];
    assert_eq!(outcome.peers[0].0, expected);
}

#[test]
fn who_is_sent_away_comes_back_when_told_or_with_the_next_session() {
    for (until_ns, back) in [
        (
            0,
            vec![
                (51, Entry::Joined(2)),
                (100, Entry::Left),
                (200, Entry::Joined(3)),
            ],
        ),
        (
            70,
            vec![
                (70, Entry::Joined(2)),
                (100, Entry::Left),
                (200, Entry::Joined(3)),
            ],
        ),
        (150, vec![(200, Entry::Joined(2))]),
        (200, vec![(200, Entry::Joined(2))]),
        (201, vec![(201, Entry::Joined(2))]),
        (NEVER_NS, vec![]),
    ] {
        for lookahead_ns in [1, 2, 10, 64, 1_000_000] {
            let outcome = check(
                || {
                    let network = ToyNetwork::constant(lookahead_ns);
                    setup(|_, _| {}, network, None::<NoFlows>, TwoSessions, 300)
                },
                || Box::new(Departures(vec![(50, PeerId(0), until_ns)])),
            );
            let expected: Vec<_> = [(0, Entry::Joined(1)), (50, Entry::Left)]
                .into_iter()
                .chain(back.clone())
                .collect();
            assert_eq!(
                outcome.peers[0].0, expected,
                "until {until_ns}, lookahead {lookahead_ns}"
            );
        }
    }
}

/// Counts windows, and acts in one if it is told to.
struct Windows {
    closed: u64,
    departs: bool,
}

impl Director<Diary> for Windows {
    fn next_instant_ns(&self) -> u64 {
        NEVER_NS
    }

    fn act(&mut self, _: &mut dyn Stage<Diary>) {
        unreachable!("it names no instant")
    }

    fn window_closed(&mut self, _: u64, _: u64, stage: &mut dyn Stage<Diary>) -> Verdict {
        self.closed += 1;
        if self.departs {
            stage.depart(PeerId(0), Departure::Crash, NEVER_NS);
        }
        Verdict::Continue
    }
}

/// Without a solver nothing would ever take the change away, and window after window would be played for its sake.
#[test]
fn stopping_a_flow_where_there_are_none_does_nothing() {
    let stop: Act = |_, cx| {
        cx.stop_flow(FlowId {
            source: PeerId(0),
            number: 0,
        });
    };
    let mut setup = setup(
        stop,
        ToyNetwork::constant(1),
        None::<NoFlows>,
        AlwaysOnline,
        100_000,
    );
    setup.commands = vec![(5, PeerId(0), 0)];
    let mut windows = Windows {
        closed: 0,
        departs: false,
    };
    servent::engine::run(setup, &mut windows, 1);
    assert!(windows.closed < 10, "{} windows", windows.closed);
}

#[test]
#[should_panic(expected = "only at an instant that it named")]
fn the_end_of_a_window_changes_nothing() {
    let setup = setup(
        |_, _| {},
        ToyNetwork::constant(10),
        None::<NoFlows>,
        AlwaysOnline,
        100,
    );
    let mut windows = Windows {
        closed: 0,
        departs: true,
    };
    servent::engine::run(setup, &mut windows, 1);
}

/// A run without an end is over when nothing is pending any more; a timer at the end of time is never reached.
#[test]
fn time_itself_may_be_the_limit() {
    for lookahead_ns in [1, 1 << 20, 1 << 40] {
        let timers: Act = |_, cx| {
            cx.set_timer(NEVER_NS, 1);
            cx.set_timer(NEVER_NS - 30, 2);
            cx.set_timer(NEVER_NS - 10 - cx.now_ns(), 3);
        };
        let mut setup = setup(
            timers,
            ToyNetwork::constant(lookahead_ns),
            None::<NoFlows>,
            AlwaysOnline,
            NEVER_NS,
        );
        setup.commands = vec![(20, PeerId(0), 0)];
        let outcome = servent::engine::run(setup, &mut Nobody, 1);
        let expected = [
            (0, Entry::Joined(1)),
            (NEVER_NS - 10, Entry::Expired(2)),
            (NEVER_NS - 10, Entry::Expired(3)),
        ];
        assert_eq!(outcome.peers[0].0, expected, "{lookahead_ns}");
    }
}

/// Messages on one connection stay in order through links and noise; on a slow link they queue.
#[test]
fn access_links_are_first_in_first_out() {
    let burst: Act = |_, cx| {
        let to = Contact {
            peer: PeerId(1),
            session: 1,
        };
        for (word, size_bytes) in [(1, 100), (2, 0), (3, 50), (4, 0), (5, 1)] {
            cx.send(to, Word(word, size_bytes));
        }
    };
    let outcome = check(
        || {
            let mut network = ToyNetwork::constant(1_000);
            // A byte takes 8 ns up and 16 ns down.
            network.links = vec![(1_000_000_000, 500_000_000)];
            let mut setup = setup(burst, network, None::<NoFlows>, AlwaysOnline, 10_000);
            setup.commands = vec![(100, PeerId(0), 0)];
            setup
        },
        || Box::new(Nobody),
    );
    let at = |time_ns, word| (time_ns, Entry::Received(word));
    let expected = [
        (0, Entry::Joined(1)),
        at(100 + 800 + 1_000 + 1_600, 1),
        at(3_500, 2),
        at(3_500 + 800, 3),
        at(4_300, 4),
        at(4_316, 5),
    ];
    assert_eq!(outcome.peers[1].0, expected);
}

/// Changes of one instant: what is started and stopped at once is stopped; what is stopped tells the other end.
#[test]
fn flows_of_an_instant() {
    let act: Act = |command, cx| {
        let sink = Contact {
            peer: PeerId(1),
            session: 1,
        };
        let flow = cx.start_flow(sink, 1_000, 7, 0);
        if command == 1 {
            cx.stop_flow(flow);
        }
    };
    let outcome = check(
        || {
            let mut network = ToyNetwork::constant(50);
            network.links = vec![(8_000_000, 0)];
            let mut setup = setup(
                act,
                network,
                Some(NaiveFlows::default()),
                AlwaysOnline,
                10_000_000_000,
            );
            setup.commands = vec![(100, PeerId(0), 0), (100, PeerId(0), 1)];
            setup
        },
        || Box::new(Nobody),
    );
    assert_eq!(
        outcome.peers[1].0[1..],
        [
            (150, Entry::Ended(FlowEnd::Stopped, 0)),
            (100 + 1_000_000 + 50, Entry::Ended(FlowEnd::Completed, 1_000)),
        ]
    );
    assert_eq!(outcome.flow_books.completed, 1);
    assert_eq!(outcome.flow_books.ended, 1);
}

/// A solver that says everything twice.
#[derive(Default)]
struct Stammer(NaiveFlows);

impl Flows<ToyNetwork> for Stammer {
    fn play(
        &mut self,
        until_ns: u64,
        changes: &mut Vec<(u64, FlowChange)>,
        network: &ToyNetwork,
        notices: &mut Vec<FlowNotice>,
    ) {
        self.0.play(until_ns, changes, network, notices);
        notices.extend_from_within(..);
    }

    fn next_ns(&self) -> u64 {
        Flows::<ToyNetwork>::next_ns(&self.0)
    }

    fn repartition(&mut self, at_ns: u64, network: &ToyNetwork) {
        self.0.repartition(at_ns, network);
    }

    fn books(&self, at_ns: u64) -> FlowBooks {
        Flows::<ToyNetwork>::books(&self.0, at_ns)
    }
}

#[test]
#[should_panic(expected = "equal keys")]
fn two_events_with_equal_keys_stop_the_run() {
    let act: Act = |_, cx| {
        cx.start_flow(Contact::any(PeerId(1)), 1, 0, 0);
    };
    let mut setup = setup(
        act,
        ToyNetwork::constant(50),
        Some(Stammer::default()),
        AlwaysOnline,
        1_000,
    );
    setup.commands = vec![(100, PeerId(0), 0)];
    servent::engine::run(setup, &mut Nobody, 1);
}

#[test]
fn classes_keep_their_order() {
    let classes = [
        Class::Lifecycle,
        Class::Command,
        Class::Notice,
        Class::Message,
        Class::Timer,
    ];
    assert!(classes.is_sorted());
}

/// The naive solver against a case that can be done by hand: two flows share an uplink of 3 bit/ns, one of them is
/// held to 1 bit/ns by its own downlink.
#[test]
fn the_naive_solver_is_max_min_fair() {
    let mut network = ToyNetwork::constant(5);
    network.links = vec![(3_000_000_000, 0), (0, 1_000_000_000), (0, 0)];
    let contact = |peer| Contact {
        peer: PeerId(peer),
        session: 1,
    };
    let start = |sink, bytes, number| FlowChange::Start {
        spec: FlowSpec {
            flow: FlowId {
                source: PeerId(0),
                number,
            },
            source: contact(0),
            sink: contact(sink),
            bytes,
            tag: 0,
            idle_timeout_ns: 1_000_000_000,
        },
    };
    let mut changes: Vec<_> = (0..3)
        .map(|peer| FlowChange::Up {
            contact: contact(peer),
        })
        .chain([start(1, 100, 1), start(2, 100, 2)])
        .map(|change| (10, change))
        .collect();
    let mut notices = Vec::new();
    NaiveFlows::default().play(NEVER_NS, &mut changes, &network, &mut notices);
    let drained: Vec<_> = notices
        .iter()
        .map(|notice| (notice.spec.flow.number, notice.drained_ns))
        .collect();
    // 800 bits at 2 bit/ns, 800 bits at 1 bit/ns.
    assert_eq!(drained, [(2, 410), (2, 410), (1, 810), (1, 810)]);
}

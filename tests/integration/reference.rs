//! The reference engine: what a run *means*, as plainly as it can be said, to hold the real engine against.
//!
//! One binary heap, one event at a time, one thread. It shares no queue, no window and no flow code with the crate;
//! it takes the same [`Setup`] (the flow solver of the setup is replaced by [`flows::Solver`], which computes every rate
//! from scratch at every change), drives the same programs through [`Context::new`], and returns the same [`Outcome`].
//!
//! At an instant T this happens, in this order:
//! 1. the director acts, as often as it names T;
//! 2. every event due at T, in the order `(class, target, source, sequence)`;
//! 3. flows: completions at T, idle time-outs at T, then the changes made at T by rank.
//!
//! So what a director sees is all events, completions and changes with an earlier time and none later.
//! What is left out: [`Director::window_closed`] is never called, because there are no windows.

pub(crate) mod flows;
mod seat;
mod stage;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use servent::engine::accounts::{Accounts, Count, Drop};
use servent::engine::digest::Digests;
use servent::engine::event::{Class, WORKLOAD};
use servent::engine::network::{FlowChange, FlowNotice, Noise};
use servent::engine::protocol::{Belongings, Commons, Effect, Effects};
use servent::engine::time::{NEVER_NS, serialisation_ns};
use servent::engine::{
    Channel, Contact, Context, Departure, Director, Message, Network, Outcome, PeerId, Protocol, Seed,
    Sessions, Setup, Tally,
};

use seat::Seat;

/// `(time, class, target, source, the source's own sequence number)`.
type Key = (u64, Class, u32, u32, u32);

/// What happens to a peer.
enum What<P: Protocol> {
    Join(u32),
    Rejoin(u32),
    Leave(u32, Departure),
    Command(P::Command),
    Notice(FlowNotice),
    /// A message reaches the access link; the sender's session, the session it is addressed to.
    Arrival(P::Message, Contact, u16),
    /// A message is through the access link.
    Reception(P::Message, Contact, u16),
    Timer(P::Timer, u16),
}

struct Pending<P: Protocol> {
    key: Key,
    what: What<P>,
}

impl<P: Protocol> PartialEq for Pending<P> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<P: Protocol> Eq for Pending<P> {}
impl<P: Protocol> PartialOrd for Pending<P> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<P: Protocol> Ord for Pending<P> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

struct Reference<P: Protocol, N, S> {
    now_ns: u64,
    world: P::World,
    network: N,
    sessions: S,
    seed: Seed,
    peers: Vec<P>,
    seats: Vec<Seat>,
    heap: BinaryHeap<Reverse<Pending<P>>>,
    has_flows: bool,
    flows: flows::Solver,
    /// Changes made at `now_ns`, not yet applied.
    changes: Vec<FlowChange>,
    commons: Commons<P>,
    accounts: Accounts,
    digests: Digests,
}

/// Runs `setup` to its end.
pub(crate) fn run<P, N, F, S>(setup: Setup<P, N, F, S>, director: &mut dyn Director<P>) -> Outcome<P>
where
    P: Protocol,
    N: Network,
    S: Sessions,
{
    let count = u32::try_from(setup.peers.len()).unwrap();
    let mut reference = Reference {
        now_ns: 0,
        commons: Commons::new(&setup.world),
        world: setup.world,
        network: setup.network,
        sessions: setup.sessions,
        seed: setup.seed,
        seats: (0..count).map(|peer| Seat::new(setup.seed, peer)).collect(),
        peers: setup.peers.into_programs().collect(),
        heap: BinaryHeap::new(),
        has_flows: setup.flows.is_some(),
        flows: flows::Solver::default(),
        changes: Vec::new(),
        accounts: Accounts::new(P::Message::KINDS.len()),
        digests: Digests::default(),
    };
    for peer in 0..count {
        reference.plan(peer, 0, 0);
    }
    for (row, (time_ns, peer, command)) in setup.commands.into_iter().enumerate() {
        let key = (
            time_ns,
            Class::Command,
            peer.0,
            WORKLOAD,
            u32::try_from(row).unwrap(),
        );
        reference.push(key, What::Command(command));
    }
    reference.play(director, setup.duration_ns);
    reference.finish()
}

impl<P: Protocol, N: Network, S: Sessions> Reference<P, N, S> {
    fn push(&mut self, key: Key, what: What<P>) {
        assert!(key.0 >= self.now_ns, "nothing is scheduled into the past");
        self.heap.push(Reverse(Pending { key, what }));
    }

    /// Plays everything before `duration_ns`, instant by instant.
    fn play(&mut self, director: &mut dyn Director<P>, duration_ns: u64) {
        loop {
            let event_ns = self.heap.peek().map_or(NEVER_NS, |Reverse(next)| next.key.0);
            let changes_ns = if self.changes.is_empty() {
                NEVER_NS
            } else {
                self.now_ns
            };
            let next_ns = event_ns.min(changes_ns).min(self.flows.next_ns());
            let instant_ns = director.next_instant_ns();
            let rung_ns = director.rungs().first().copied().unwrap_or(NEVER_NS);
            if rung_ns <= next_ns.min(instant_ns).min(duration_ns) && rung_ns < NEVER_NS {
                director.note_rung(self.digests);
                continue;
            }
            if instant_ns <= next_ns && instant_ns <= duration_ns {
                self.now_ns = instant_ns;
                director.act(self);
                continue;
            }
            if next_ns >= duration_ns {
                self.now_ns = duration_ns;
                return;
            }
            self.now_ns = next_ns;
            self.handle_instant();
            self.settle_flows();
        }
    }

    /// Handles every event due now.
    fn handle_instant(&mut self) {
        let mut last = None;
        while self
            .heap
            .peek()
            .is_some_and(|Reverse(next)| next.key.0 == self.now_ns)
        {
            let Reverse(Pending { key, what }) = self.heap.pop().unwrap();
            assert!(
                last < Some(key),
                "equal keys or a step back: {last:?}, then {key:?}"
            );
            last = Some(key);
            self.handle(key, what);
        }
    }

    fn settle_flows(&mut self) {
        if !self.has_flows {
            return;
        }
        let mut changes = std::mem::take(&mut self.changes);
        for notice in self.flows.settle(self.now_ns, &mut changes, &self.network) {
            assert!(notice.at_ns > self.now_ns, "ends of flows learn of things later");
            let flow = notice.spec.flow;
            let key = (
                notice.at_ns,
                Class::Notice,
                notice.target.peer.0,
                flow.source.0,
                flow.number,
            );
            self.push(key, What::Notice(notice));
        }
    }

    fn handle(&mut self, key: Key, what: What<P>) {
        let (now_ns, class, target, source, sequence) = key;
        self.accounts.events += 1;
        if class != Class::Message {
            self.digests.note_event(now_ns, class, target);
        }
        match what {
            What::Join(number) | What::Rejoin(number) => self.come(target, number),
            What::Leave(number, departure) => {
                if self.seat(target).is_online {
                    self.go(target, departure);
                }
                self.seat(target).planned = number + 1;
                self.plan(target, number + 1, now_ns);
            }
            What::Command(command) => {
                self.digests.note_command(now_ns, target, sequence);
                if self.seat(target).is_online {
                    self.call(target, |program, cx| program.command(command, cx));
                } else {
                    P::missed(command, now_ns, &self.world, &mut self.commons.tally);
                }
            }
            What::Notice(notice) => {
                if self.seat(target).is_in(notice.target.session) {
                    self.digests.note_notice(&notice);
                    self.call(target, |program, cx| program.flow_ended(&notice, cx));
                } else {
                    self.accounts.stale_notices += 1;
                }
            }
            What::Arrival(message, from, session) => {
                let down_bps = self.network.down_bps(PeerId(target));
                let seat = self.seat(target);
                if !seat.is_in(session) {
                    return self.drop_at_receiver(key, session, &message);
                }
                let through_ns = seat.down_free_ns.max(now_ns)
                    + serialisation_ns(u64::from(message.size_bytes()), down_bps);
                seat.down_free_ns = through_ns;
                if through_ns == now_ns {
                    return self.deliver(key, from, message);
                }
                let session = seat.session;
                let key = (through_ns, class, target, source, sequence);
                self.push(key, What::Reception(message, from, session));
            }
            What::Reception(message, from, session) => {
                if self.seat(target).is_in(session) {
                    self.deliver(key, from, message);
                } else {
                    self.drop_at_receiver(key, session, &message);
                }
            }
            What::Timer(timer, session) => {
                if self.seat(target).is_in(session) {
                    self.call(target, |program, cx| program.expire(timer, cx));
                } else {
                    self.accounts.stale_timers += 1;
                }
            }
        }
    }

    fn seat(&mut self, peer: u32) -> &mut Seat {
        &mut self.seats[peer as usize]
    }

    fn deliver(&mut self, key: Key, from: Contact, message: P::Message) {
        let (now_ns, _, target, source, sequence) = key;
        self.accounts.delivered[message.kind()].enter(message.size_bytes());
        self.seat(target).accounts.received.enter(message.size_bytes());
        self.digests
            .note_message(now_ns, (source, target), sequence, message.fingerprint(), 0);
        self.call(target, |program, cx| program.receive(from, message, cx));
    }

    fn drop_at_receiver(&mut self, key: Key, session: u16, message: &P::Message) {
        let (_, _, target, source, sequence) = key;
        let is_stale = self.seat(target).is_online && session != 0;
        let reason = if is_stale { Drop::Stale } else { Drop::Offline };
        self.enter_drop((source, target), sequence, message, reason);
    }

    fn enter_drop(&mut self, route: (u32, u32), sequence: u32, message: &P::Message, reason: Drop) {
        self.accounts.dropped[reason as usize].enter(message.size_bytes());
        self.digests.note_message(
            self.now_ns,
            route,
            sequence,
            message.fingerprint(),
            1 + reason as u8,
        );
    }

    /// Lets a peer's program handle something and carries out its answers.
    fn call(&mut self, peer: u32, handler: impl FnOnce(&mut P, &mut Context<'_, P>)) {
        let me = self.seats[peer as usize].contact(peer);
        let effects = self.ask(peer, me, handler);
        self.carry_out(me, effects);
    }

    fn ask(
        &mut self,
        peer: u32,
        me: Contact,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) -> Effects<P> {
        let mut effects = Effects::default();
        let seat = &mut self.seats[peer as usize];
        let mut cx = Context::new(
            self.now_ns,
            me,
            &self.world,
            &self.seed,
            Belongings {
                sequence: &mut seat.sequence,
                random: &mut seat.random,
            },
            &mut self.commons,
            &mut effects,
        );
        handler(&mut self.peers[peer as usize], &mut cx);
        effects
    }

    fn carry_out(&mut self, me: Contact, effects: Effects<P>) {
        let mut dispatches = effects.dispatches.iter();
        for sending in effects.sendings {
            let copies = dispatches.by_ref().take(sending.copies as usize);
            for (dispatch, sequence) in copies.zip(sending.sequence..) {
                self.send(
                    me,
                    (dispatch.to, sequence, sending.channel),
                    sending.message.clone(),
                );
            }
        }
        for (sequence, effect) in effects.others {
            match effect {
                Effect::Timer { at_ns, timer } => {
                    assert!(at_ns > self.now_ns, "timers lie ahead");
                    let key = (at_ns, Class::Timer, me.peer.0, me.peer.0, sequence);
                    self.push(key, What::Timer(timer, me.session));
                }
                Effect::StartFlow { spec } => {
                    assert!(self.has_flows, "no flows in this run");
                    self.digests.note_flow_start(self.now_ns, &spec);
                    self.changes.push(FlowChange::Start { spec });
                }
                Effect::StopFlow { flow } if self.has_flows => {
                    self.changes.push(FlowChange::Stop { flow, by: me.peer });
                }
                Effect::StopFlow { .. } => {}
            }
        }
    }

    /// Puts a message on its way: uplink, partition, noise, propagation.
    fn send(&mut self, me: Contact, (to, sequence, channel): (Contact, u32, Channel), message: P::Message) {
        let (now_ns, bytes) = (self.now_ns, message.size_bytes());
        self.accounts.sent[message.kind()].enter(bytes);
        let up_bps = self.network.up_bps(me.peer);
        let seat = &mut self.seats[me.peer.index()];
        seat.accounts.sent.enter(bytes);
        let depart_ns = seat.up_free_ns.max(now_ns) + serialisation_ns(u64::from(bytes), up_bps);
        seat.up_free_ns = depart_ns;
        let route = (me.peer.0, to.peer.0);
        if self.network.side(me.peer) != self.network.side(to.peer) {
            return self.enter_drop(route, sequence, &message, Drop::Partitioned);
        }
        let latency_ns = self.network.latency_ns(me.peer, to.peer);
        let mut arrival_ns = depart_ns + latency_ns;
        if self.network.has_noise() {
            match self.network.noise(channel, &mut seat.noise) {
                Noise::Lost => return self.enter_drop(route, sequence, &message, Drop::Lost),
                Noise::Delayed { extra_ns } => arrival_ns += extra_ns,
            }
            if channel == Channel::Connection {
                let latest_ns = seat.latest_arrival_ns.entry(to.peer).or_insert(0);
                arrival_ns = arrival_ns.max(*latest_ns);
                *latest_ns = arrival_ns;
            }
        }
        let key = (arrival_ns, Class::Message, to.peer.0, me.peer.0, sequence);
        self.push(key, What::Arrival(message, me, to.session));
    }

    /// Schedules the beginning and the end of planned session `number`.
    fn plan(&mut self, peer: u32, number: u32, previous_end_ns: u64) {
        let Some(session) = self.sessions.session(PeerId(peer), number, previous_end_ns) else {
            return;
        };
        assert!(session.start_ns >= previous_end_ns && session.end_ns > session.start_ns);
        // Three kinds of lifecycle events of one planned session, in this order at equal times.
        let key = |time_ns, kind| (time_ns, Class::Lifecycle, peer, peer, number * 3 + kind);
        if session.start_ns < NEVER_NS {
            self.push(key(session.start_ns, 0), What::Join(number));
        }
        if session.end_ns < NEVER_NS {
            self.push(key(session.end_ns, LEAVE), What::Leave(number, session.departure));
        }
    }

    fn plan_rejoin(&mut self, peer: u32, number: u32, at_ns: u64) {
        let key = (at_ns, Class::Lifecycle, peer, peer, number * 3 + REJOIN);
        self.push(key, What::Rejoin(number));
    }

    fn come(&mut self, peer: u32, number: u32) {
        let (now_ns, has_flows) = (self.now_ns, self.has_flows);
        let seat = self.seat(peer);
        if seat.is_online || seat.planned != number {
            return;
        }
        if now_ns < seat.away_until_ns {
            let until_ns = seat.away_until_ns;
            if until_ns < NEVER_NS {
                self.plan_rejoin(peer, number, until_ns);
            }
            return;
        }
        seat.begin(now_ns);
        let contact = seat.contact(peer);
        self.digests.note_churn(now_ns, contact, None);
        if has_flows {
            self.changes.push(FlowChange::Up { contact });
        }
        self.call(peer, P::join);
    }

    fn go(&mut self, peer: u32, departure: Departure) {
        let now_ns = self.now_ns;
        let contact = self.seats[peer as usize].contact(peer);
        let mut effects = self.ask(peer, contact, |program, cx| program.leave(departure, cx));
        effects.others.clear();
        if departure == Departure::Crash {
            effects.withhold();
        }
        self.carry_out(contact, effects);
        self.seat(peer).end(now_ns);
        self.digests.note_churn(now_ns, contact, Some(departure));
        if self.has_flows {
            self.changes.push(FlowChange::Down { contact, departure });
        }
    }

    fn finish(mut self) -> Outcome<P> {
        let end_ns = self.now_ns;
        let mut in_flight = Count::default();
        for Reverse(pending) in &self.heap {
            if let What::Arrival(message, ..) | What::Reception(message, ..) = &pending.what {
                in_flight.enter(message.size_bytes());
            }
        }
        for seat in self.seats.iter_mut().filter(|seat| seat.is_online) {
            seat.accounts.online_ns += end_ns - seat.since_ns;
        }
        let mut tally = P::tally(&self.world);
        tally.merge(self.commons.tally);
        assert_eq!(
            self.accounts.outstanding(),
            in_flight,
            "the reference's own books"
        );
        let flow_books = self.flows.books(end_ns);
        assert!(flow_books.is_balanced(), "{flow_books:?}");
        Outcome {
            peers: self.peers.into(),
            online: self.seats.iter().map(|seat| seat.is_online).collect(),
            peer_accounts: self.seats.into_iter().map(|seat| seat.accounts).collect(),
            world: self.world,
            tally,
            accounts: self.accounts,
            in_flight,
            flow_books,
            digests: self.digests,
            end_ns,
            is_interrupted: false,
        }
    }
}

/// Kinds of lifecycle events of one planned session, in their order at equal times (0: its beginning).
const LEAVE: u32 = 1;
const REJOIN: u32 = 2;

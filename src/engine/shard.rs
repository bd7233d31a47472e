//! A fixed share of the peers: their state in arrays, their pending events, and what they do in one window.
//!
//! Peers of one window are independent of each other, so a shard hands each peer its events in one go (peer by peer,
//! in time order within a peer): the peer's state is touched once, and the order is the same however many threads
//! run the shards.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::accounts::{Accounts, Drop, PeerAccounts};
use super::digest::Digests;
use super::event::{Event, Occurrence, PeerKey, WORKLOAD, join_sequence, leave_sequence, rejoin_sequence};
use super::network::{Channel, FlowChange, FlowNotice, Network, Noise};
use super::peer::{Contact, Departure, PeerId, SessionNumber};
use super::protocol::{Context, Effect, Effects, Message, Protocol};
use super::queue::Queue;
use super::random::{Purpose, Seed, SmallStream};
use super::sessions::Sessions;
use super::time::{NEVER_NS, serialisation_ns};

pub(crate) type PeerEvent<P> =
    Event<<P as Protocol>::Message, <P as Protocol>::Timer, <P as Protocol>::Command>;

/// What all shards share while a window runs.
pub(crate) struct Surroundings<'a, P: Protocol, N, S> {
    pub(crate) world: &'a P::World,
    pub(crate) network: &'a N,
    pub(crate) sessions: &'a S,
    /// Peer p lives in shard `p >> shard_shift`.
    pub(crate) shard_shift: u32,
    /// Whether flows are simulated at all.
    pub(crate) has_flows: bool,
    /// Events at or after this time are not handled in this window.
    pub(crate) until_ns: u64,
}

/// What the engine itself keeps of a peer.
pub(crate) struct Seat {
    /// Session under way, or the last one.
    pub(crate) session: SessionNumber,
    pub(crate) is_online: bool,
    /// The planned session under way or to come.
    planned: u32,
    /// The peer's own counter of messages, timers and flows.
    sequence: u32,
    random: SmallStream,
    /// When the access link is free again, in each direction.
    up_free_ns: u64,
    down_free_ns: u64,
    /// Kept offline by an action until then.
    banned_until_ns: u64,
    pub(crate) accounts: PeerAccounts,
}

impl Seat {
    fn contact(&self, peer: PeerId) -> Contact {
        Contact {
            peer,
            session: self.session,
        }
    }
}

/// Whether an event addressed to `session` concerns the session under way (0: whichever it is).
fn is_current(seat: &Seat, session: SessionNumber) -> bool {
    seat.is_online && (session == 0 || session == seat.session)
}

/// What noise needs to know per peer; absent where there is none.
struct NoiseSeat {
    random: SmallStream,
    /// Latest arrival on each connection that may still lie ahead: nothing overtakes it.
    latest_arrival_ns: BTreeMap<PeerId, u64>,
    /// At how many entries those that lie behind are thrown out: twice as many as were left the last time, so that
    /// a message costs no walk over all connections.
    crowded_at: usize,
}

/// Entries about connections that a peer keeps at least before it looks for old ones.
const CROWDED_MIN: usize = 16;

/// One shard.
pub(crate) struct Shard<P: Protocol> {
    /// Number of its first peer.
    first: u32,
    pub(crate) peers: Vec<P>,
    pub(crate) seats: Vec<Seat>,
    noise: Vec<NoiseSeat>,
    pub(crate) queue: Queue<PeerEvent<P>>,
    /// Events that the peer being served caused to itself within the window.
    own: BinaryHeap<Reverse<OwnEvent<P>>>,
    /// Key of the event that the peer being served handled last in this window.
    last: Option<PeerKey>,
    effects: Effects<P>,
    /// What goes to other shards, by shard.
    pub(crate) outboxes: Vec<Vec<PeerEvent<P>>>,
    pub(crate) flow_changes: Vec<(u64, FlowChange)>,
    pub(crate) tally: P::Tally,
    pub(crate) accounts: Accounts,
    pub(crate) digests: Digests,
}

/// An event of the peer being served, ordered by its key.
struct OwnEvent<P: Protocol>(PeerKey, PeerEvent<P>);

impl<P: Protocol> PartialEq for OwnEvent<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<P: Protocol> Eq for OwnEvent<P> {}
impl<P: Protocol> PartialOrd for OwnEvent<P> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<P: Protocol> Ord for OwnEvent<P> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<P: Protocol> Shard<P> {
    /// A shard of `peers` from number `first` on, with their first planned sessions pending.
    pub(crate) fn new<N: Network, S: Sessions>(
        first: u32,
        peers: Vec<P>,
        shards: usize,
        queue_shift: u32,
        seed: Seed,
        around: &Surroundings<'_, P, N, S>,
    ) -> Self {
        let seat = |index: usize| Seat {
            session: 0,
            is_online: false,
            planned: 0,
            sequence: 0,
            random: seed.small(Purpose::Protocol, u64::from(first) + index as u64),
            up_free_ns: 0,
            down_free_ns: 0,
            banned_until_ns: 0,
            accounts: PeerAccounts::default(),
        };
        let noise = |index: usize| NoiseSeat {
            random: seed.small(Purpose::Loss, u64::from(first) + index as u64),
            latest_arrival_ns: BTreeMap::new(),
            crowded_at: CROWDED_MIN,
        };
        let noisy = if around.network.has_noise() {
            peers.len()
        } else {
            0
        };
        let mut shard = Self {
            first,
            seats: (0..peers.len()).map(seat).collect(),
            noise: (0..noisy).map(noise).collect(),
            peers,
            queue: Queue::new(queue_shift),
            own: BinaryHeap::new(),
            last: None,
            effects: Vec::new(),
            outboxes: (0..shards).map(|_| Vec::new()).collect(),
            flow_changes: Vec::new(),
            tally: P::tally(around.world),
            accounts: Accounts::new(P::Message::KINDS.len()),
            digests: Digests::default(),
        };
        for index in 0..shard.peers.len() {
            let peer = PeerId(first + u32::try_from(index).expect("peer numbers fit 32 bits"));
            for event in Self::plan(peer, 0, 0, around).into_iter().flatten() {
                shard.queue.push(event);
            }
        }
        shard
    }

    /// Runs the events of `bucket` that are due before `around.until_ns`.
    pub(crate) fn run<N: Network, S: Sessions>(&mut self, bucket: u64, around: &Surroundings<'_, P, N, S>) {
        let mut events = self.queue.take(bucket);
        let is_cut = events.iter().any(|event| event.time_ns >= around.until_ns);
        if is_cut {
            for event in events.extract_if(.., |event| event.time_ns >= around.until_ns) {
                self.queue.push(event);
            }
        }
        events.sort_unstable_by_key(|event| (event.target, event.peer_key()));
        let mut served = u32::MAX;
        for event in events.drain(..) {
            if event.target != served {
                self.serve_own(None, around);
                served = event.target;
                self.last = None;
            } else if !self.own.is_empty() {
                self.serve_own(Some(event.peer_key()), around);
            }
            self.handle(event, around);
        }
        self.serve_own(None, around);
        self.queue.recycle(events);
    }

    /// Handles what the peer being served caused to itself, up to (not including) `limit`.
    fn serve_own<N: Network, S: Sessions>(
        &mut self,
        limit: Option<PeerKey>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        while let Some(Reverse(next)) = self.own.peek() {
            if limit.is_some_and(|limit| next.0 > limit) {
                return;
            }
            let Some(Reverse(OwnEvent(_, event))) = self.own.pop() else {
                return;
            };
            self.handle(event, around);
        }
    }

    /// Takes in what other shards sent.
    pub(crate) fn absorb(&mut self, mut events: Vec<PeerEvent<P>>) -> Vec<PeerEvent<P>> {
        for event in events.drain(..) {
            self.queue.push(event);
        }
        events
    }

    /// The events by which planned session `number` begins and ends, if there is one.
    fn plan<N: Network, S: Sessions>(
        peer: PeerId,
        number: u32,
        previous_end_ns: u64,
        around: &Surroundings<'_, P, N, S>,
    ) -> [Option<PeerEvent<P>>; 2] {
        let Some(session) = around.sessions.session(peer, number, previous_end_ns) else {
            return [None, None];
        };
        assert!(
            session.start_ns >= previous_end_ns,
            "sessions of a peer do not overlap"
        );
        assert!(session.end_ns > session.start_ns, "a session has a length");
        let crash = session.departure == Departure::Crash;
        let event = |time_ns, sequence, what| Event {
            time_ns,
            target: peer.0,
            source: peer.0,
            sequence,
            target_session: 0,
            source_session: 0,
            what,
        };
        let end = (session.end_ns < NEVER_NS).then(|| {
            event(
                session.end_ns,
                leave_sequence(number),
                Occurrence::Leave(number, crash),
            )
        });
        let start = (session.start_ns < NEVER_NS)
            .then(|| event(session.start_ns, join_sequence(number), Occurrence::Join(number)));
        [start, end]
    }

    /// Schedules an event of the peer being served for itself.
    #[inline]
    fn schedule_own(&mut self, event: PeerEvent<P>, until_ns: u64) {
        if event.time_ns < until_ns {
            self.own.push(Reverse(OwnEvent(event.peer_key(), event)));
        } else {
            self.queue.push(event);
        }
    }

    fn handle<N: Network, S: Sessions>(&mut self, event: PeerEvent<P>, around: &Surroundings<'_, P, N, S>) {
        let key = event.peer_key();
        assert!(
            self.last < Some(key),
            "equal keys or a step back in time: the order would depend on insertion"
        );
        self.last = Some(key);
        self.accounts.events += 1;
        self.digests
            .note_event(event.time_ns, event.class(), event.target);
        let Event {
            time_ns,
            target,
            source,
            sequence,
            target_session,
            source_session,
            what,
        } = event;
        let peer = PeerId(target);
        let from = Contact {
            peer: PeerId(source),
            session: source_session,
        };
        match what {
            Occurrence::Arrival(message) => {
                let seat = &mut self.seats[(target - self.first) as usize];
                if !is_current(seat, target_session) {
                    self.drop_message(time_ns, source, peer, sequence, target_session, &message);
                    return;
                }
                if around.network.has_links() {
                    let busy_ns =
                        serialisation_ns(u64::from(message.size_bytes()), around.network.down_bps(peer));
                    let through_ns = seat.down_free_ns.max(time_ns) + busy_ns;
                    seat.down_free_ns = through_ns;
                    if through_ns > time_ns {
                        let event = Event {
                            time_ns: through_ns,
                            target,
                            source,
                            sequence,
                            target_session: seat.session,
                            source_session,
                            what: Occurrence::Reception(message),
                        };
                        self.schedule_own(event, around.until_ns);
                        return;
                    }
                }
                self.deliver(time_ns, from, peer, sequence, message, around);
            }
            Occurrence::Reception(message) => {
                if is_current(&self.seats[(target - self.first) as usize], target_session) {
                    self.deliver(time_ns, from, peer, sequence, message, around);
                } else {
                    self.drop_message(time_ns, source, peer, sequence, target_session, &message);
                }
            }
            Occurrence::Timer(timer) => {
                if is_current(&self.seats[(target - self.first) as usize], target_session) {
                    self.call(time_ns, peer, around, |program, cx| program.expire(timer, cx));
                } else {
                    self.accounts.stale_timers += 1;
                }
            }
            Occurrence::Command(command) => {
                self.digests.note_command(time_ns, target, sequence);
                if self.seats[(target - self.first) as usize].is_online {
                    self.call(time_ns, peer, around, |program, cx| program.command(command, cx));
                } else {
                    P::missed(command, time_ns, around.world, &mut self.tally);
                }
            }
            Occurrence::Notice(notice) => self.notify(&notice, around),
            Occurrence::Join(number) | Occurrence::Rejoin(number) => self.come(time_ns, peer, number, around),
            Occurrence::Leave(number, crash) => {
                let departure = if crash {
                    Departure::Crash
                } else {
                    Departure::Graceful
                };
                if self.seats[(target - self.first) as usize].is_online {
                    self.go(time_ns, peer, departure, around);
                }
                self.seats[(target - self.first) as usize].planned = number + 1;
                for event in Self::plan(peer, number + 1, time_ns, around)
                    .into_iter()
                    .flatten()
                {
                    self.schedule_own(event, around.until_ns);
                }
            }
        }
    }

    fn notify<N: Network, S: Sessions>(&mut self, notice: &FlowNotice, around: &Surroundings<'_, P, N, S>) {
        let peer = notice.target.peer;
        if is_current(&self.seats[(peer.0 - self.first) as usize], notice.target.session) {
            self.digests.note_notice(notice);
            self.call(notice.at_ns, peer, around, |program, cx| {
                program.flow_ended(notice, cx);
            });
        } else {
            self.accounts.stale_notices += 1;
        }
    }

    fn drop_message(
        &mut self,
        time_ns: u64,
        source: u32,
        target: PeerId,
        sequence: u32,
        session: SessionNumber,
        message: &P::Message,
    ) {
        let is_online = self.seats[(target.0 - self.first) as usize].is_online;
        let reason = if is_online && session != 0 {
            Drop::Stale
        } else {
            Drop::Offline
        };
        self.enter_drop(time_ns, (source, target.0), sequence, message, reason);
    }

    fn enter_drop(
        &mut self,
        time_ns: u64,
        route: (u32, u32),
        sequence: u32,
        message: &P::Message,
        reason: Drop,
    ) {
        self.accounts.dropped[reason as usize].enter(message.size_bytes());
        self.digests
            .note_message(time_ns, route, sequence, message.fingerprint(), 1 + reason as u8);
    }

    fn deliver<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        from: Contact,
        peer: PeerId,
        sequence: u32,
        message: P::Message,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let bytes = message.size_bytes();
        self.accounts.delivered[message.kind()].enter(bytes);
        self.seats[(peer.0 - self.first) as usize]
            .accounts
            .received
            .enter(bytes);
        self.digests
            .note_message(time_ns, (from.peer.0, peer.0), sequence, message.fingerprint(), 0);
        self.call(time_ns, peer, around, |program, cx| {
            program.receive(from, message, cx);
        });
    }

    /// Lets the peer's program handle something and carries out its answers.
    #[inline]
    fn call<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        around: &Surroundings<'_, P, N, S>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) {
        let index = (peer.0 - self.first) as usize;
        let seat = &mut self.seats[index];
        let me = seat.contact(peer);
        let mut cx = Context::new(
            time_ns,
            me,
            &mut seat.sequence,
            around.world,
            &mut seat.random,
            &mut self.tally,
            &mut self.effects,
        );
        handler(&mut self.peers[index], &mut cx);
        self.carry_out(time_ns, me, around);
    }

    /// Carries out what the peer answered.
    fn carry_out<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let mut effects = std::mem::take(&mut self.effects);
        for (sequence, effect) in effects.drain(..) {
            match effect {
                Effect::Send { to, channel, message } => {
                    self.transmit(time_ns, me, sequence, to, channel, message, around);
                }
                Effect::Timer { at_ns, timer } => {
                    let event = Event {
                        time_ns: at_ns,
                        target: me.peer.0,
                        source: me.peer.0,
                        sequence,
                        target_session: me.session,
                        source_session: me.session,
                        what: Occurrence::Timer(timer),
                    };
                    self.schedule_own(event, around.until_ns);
                }
                Effect::StartFlow { spec } => {
                    assert!(
                        around.has_flows,
                        "flows are only started where they are simulated"
                    );
                    self.digests.note_flow_start(time_ns, &spec);
                    self.flow_changes.push((time_ns, FlowChange::Start { spec }));
                }
                Effect::StopFlow { flow } => {
                    if around.has_flows {
                        self.flow_changes
                            .push((time_ns, FlowChange::Stop { flow, by: me.peer }));
                    }
                }
            }
        }
        self.effects = effects;
    }

    /// Puts a message on its way: uplink, partition, noise, propagation.
    #[inline]
    fn transmit<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        sequence: u32,
        to: Contact,
        channel: Channel,
        message: P::Message,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = (me.peer.0 - self.first) as usize;
        let seat = &mut self.seats[index];
        let bytes = message.size_bytes();
        self.accounts.sent[message.kind()].enter(bytes);
        seat.accounts.sent.enter(bytes);
        let mut depart_ns = time_ns;
        if around.network.has_links() {
            let busy_ns = serialisation_ns(u64::from(bytes), around.network.up_bps(me.peer));
            depart_ns = seat.up_free_ns.max(time_ns) + busy_ns;
            seat.up_free_ns = depart_ns;
        }
        let route = (me.peer.0, to.peer.0);
        if around.network.side(me.peer) != around.network.side(to.peer) {
            self.enter_drop(time_ns, route, sequence, &message, Drop::Partitioned);
            return;
        }
        let mut arrival_ns = depart_ns + around.network.latency_ns(me.peer, to.peer);
        if around.network.has_noise() {
            let noise = &mut self.noise[index];
            match around.network.noise(channel, &mut noise.random) {
                Noise::Lost => {
                    self.enter_drop(time_ns, route, sequence, &message, Drop::Lost);
                    return;
                }
                Noise::Delayed { extra_ns } => arrival_ns += extra_ns,
            }
            if channel == Channel::Connection {
                if noise.latest_arrival_ns.len() >= noise.crowded_at {
                    noise
                        .latest_arrival_ns
                        .retain(|_, latest_ns| *latest_ns > time_ns);
                    noise.crowded_at = CROWDED_MIN.max(2 * noise.latest_arrival_ns.len());
                }
                let latest_ns = noise.latest_arrival_ns.entry(to.peer).or_insert(0);
                arrival_ns = arrival_ns.max(*latest_ns);
                *latest_ns = arrival_ns;
            }
        }
        let event = Event {
            time_ns: arrival_ns,
            target: to.peer.0,
            source: me.peer.0,
            sequence,
            target_session: to.session,
            source_session: me.session,
            what: Occurrence::Arrival(message),
        };
        let shard = to.peer.0 >> around.shard_shift;
        if self.first >> around.shard_shift == shard {
            self.queue.push(event);
        } else {
            self.outboxes[shard as usize].push(event);
        }
    }

    /// Planned session `number` begins or goes on, unless an action keeps the peer away.
    fn come<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        number: u32,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let seat = &mut self.seats[(peer.0 - self.first) as usize];
        if seat.is_online || seat.planned != number {
            return;
        }
        if time_ns < seat.banned_until_ns {
            let until_ns = seat.banned_until_ns;
            if until_ns < NEVER_NS {
                self.schedule_rejoin(peer, number, until_ns, around.until_ns);
            }
            return;
        }
        seat.is_online = true;
        seat.session = seat
            .session
            .checked_add(1)
            .expect("a peer has fewer than 2^16 sessions in a run");
        seat.up_free_ns = time_ns;
        seat.down_free_ns = time_ns;
        seat.accounts.sessions += 1;
        seat.accounts.since_ns = time_ns;
        let contact = seat.contact(peer);
        self.digests.note_churn(time_ns, contact, None);
        if around.has_flows {
            self.flow_changes.push((time_ns, FlowChange::Up { contact }));
        }
        self.call(time_ns, peer, around, P::join);
    }

    fn schedule_rejoin(&mut self, peer: PeerId, number: u32, at_ns: u64, until_ns: u64) {
        let event = Event {
            time_ns: at_ns,
            target: peer.0,
            source: peer.0,
            sequence: rejoin_sequence(number),
            target_session: 0,
            source_session: 0,
            what: Occurrence::Rejoin(number),
        };
        self.schedule_own(event, until_ns);
    }

    /// The peer's session ends.
    fn go<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        departure: Departure,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = (peer.0 - self.first) as usize;
        let seat = &mut self.seats[index];
        let contact = seat.contact(peer);
        seat.accounts.online_ns += time_ns - seat.accounts.since_ns;
        let mut cx = Context::new(
            time_ns,
            contact,
            &mut seat.sequence,
            around.world,
            &mut seat.random,
            &mut self.tally,
            &mut self.effects,
        );
        self.peers[index].leave(departure, &mut cx);
        match departure {
            Departure::Graceful => {
                self.effects
                    .retain(|(_, effect)| matches!(effect, Effect::Send { .. }));
                self.carry_out(time_ns, contact, around);
            }
            Departure::Crash => self.effects.clear(),
        }
        self.seats[index].is_online = false;
        if let Some(noise) = self.noise.get_mut(index) {
            noise.latest_arrival_ns.clear();
        }
        self.digests.note_churn(time_ns, contact, Some(departure));
        if around.has_flows {
            self.flow_changes
                .push((time_ns, FlowChange::Down { contact, departure }));
        }
    }

    /// An action ends the peer's session and keeps it away until `until_ns`.
    pub(crate) fn banish<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        departure: Departure,
        until_ns: u64,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = (peer.0 - self.first) as usize;
        let until_ns = until_ns.max(self.seats[index].banned_until_ns);
        self.seats[index].banned_until_ns = until_ns;
        if !self.seats[index].is_online {
            return;
        }
        self.go(time_ns, peer, departure, around);
        if until_ns < NEVER_NS {
            let number = self.seats[index].planned;
            self.schedule_rejoin(peer, number, until_ns.max(time_ns + 1), around.until_ns);
        }
    }

    /// Hands a command of the workload to the peer it is for.
    pub(crate) fn order(&mut self, time_ns: u64, peer: PeerId, row: u32, command: P::Command) {
        self.queue.push(Event {
            time_ns,
            target: peer.0,
            source: WORKLOAD,
            sequence: row,
            target_session: 0,
            source_session: 0,
            what: Occurrence::Command(command),
        });
    }

    /// Delivers the notice of a flow's end when it is due.
    pub(crate) fn announce(&mut self, notice: FlowNotice) {
        self.queue.push(Event {
            time_ns: notice.at_ns,
            target: notice.target.peer.0,
            source: notice.spec.flow.source.0,
            sequence: notice.spec.flow.number,
            target_session: notice.target.session,
            source_session: 0,
            what: Occurrence::Notice(Box::new(notice)),
        });
    }
}

#[cfg(test)]
mod tests;

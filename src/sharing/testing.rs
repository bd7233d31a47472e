//! For tests: the simplest engine that lets programs of this floor really run (one heap, one event at a time, constant
//! latency, every flow at a constant rate of its own), and the simplest overlay (everybody is asked directly).

use crate::engine::network::{Dispatch, FlowEnd, FlowId, FlowNotice, FlowSpec};
use crate::engine::protocol::{Belongings, Commons, Effect, Effects, Sending};
use crate::engine::{Contact, Context, Departure, Message, PeerId, Protocol, Seed, SmallStream};
use crate::overlay::{Answer, Host, Overlay, QueryId};
use std::collections::{BTreeMap, BTreeSet};

/// The seed of all tests here.
pub(super) const SEED: Seed = Seed {
    seed: 7,
    replication: 0,
};

/// What happens at a moment.
pub(super) enum Event<P: Protocol> {
    Join(PeerId),
    Leave(PeerId, Departure),
    Command(PeerId, P::Command),
    Message(Contact, Contact, P::Message),
    Timer(Contact, P::Timer),
    FlowDone(FlowId),
    Notice(FlowNotice),
}

struct Actor<P> {
    program: P,
    session: u16,
    online: bool,
    sequence: u32,
    random: Option<SmallStream>,
}

/// A running world.
pub(super) struct Lab<P: Protocol> {
    pub(super) world: P::World,
    actors: Vec<Actor<P>>,
    pub(super) commons: Commons<P>,
    events: BTreeMap<(u64, u64), Event<P>>,
    order: u64,
    flows: BTreeMap<FlowId, (FlowSpec, u64)>,
    latency_ns: u64,
    rate_bps: u64,
    pub(super) now_ns: u64,
    /// Everything that was sent: (when, from, to, message).
    pub(super) sent: Vec<(u64, Contact, Contact, P::Message)>,
    /// Most flows under way from one peer at one time.
    pub(super) flows_max: BTreeMap<PeerId, usize>,
    /// Everything that was carried, bytes, whoever was told.
    pub(super) carried_bytes: u64,
    /// Flows that were started.
    pub(super) flows_started: u64,
}

impl<P: Protocol> Lab<P> {
    /// A world in which everybody joins at the start.
    pub(super) fn new(world: P::World, programs: Vec<P>, latency_ns: u64, rate_bps: u64) -> Self {
        let commons = Commons::new(&world);
        let actors = programs
            .into_iter()
            .map(|program| Actor {
                program,
                session: 0,
                online: false,
                sequence: 0,
                random: None,
            })
            .collect::<Vec<_>>();
        let mut lab = Self {
            world,
            commons,
            events: BTreeMap::new(),
            order: 0,
            flows: BTreeMap::new(),
            latency_ns,
            rate_bps,
            now_ns: 0,
            sent: Vec::new(),
            flows_max: BTreeMap::new(),
            carried_bytes: 0,
            flows_started: 0,
            actors,
        };
        for peer in 0..lab.actors.len() {
            lab.at(0, Event::Join(PeerId::at(peer)));
        }
        lab
    }

    /// Enters an event.
    pub(super) fn at(&mut self, at_ns: u64, event: Event<P>) {
        assert!(at_ns >= self.now_ns, "nothing happens in the past");
        self.events.insert((at_ns, self.order), event);
        self.order += 1;
    }

    /// A peer's program.
    pub(super) fn peer(&self, peer: u32) -> &P {
        &self.actors[peer as usize].program
    }

    /// Plays all events before `until_ns`, calling `check` after each.
    pub(super) fn run(&mut self, until_ns: u64, mut check: impl FnMut(&Self)) {
        let mut played = 0;
        while let Some(entry) = self.events.first_entry()
            && entry.key().0 < until_ns
        {
            let ((at_ns, _), event) = entry.remove_entry();
            self.now_ns = at_ns;
            self.play(event);
            check(self);
            played += 1;
            assert!(played < 5_000_000, "the world does not come to rest");
        }
        self.now_ns = until_ns;
    }

    fn play(&mut self, event: Event<P>) {
        match event {
            Event::Join(peer) => {
                let actor = &mut self.actors[peer.index()];
                assert!(!actor.online);
                actor.online = true;
                actor.session += 1;
                self.act(peer, P::join);
            }
            Event::Leave(peer, departure) => self.depart(peer, departure),
            Event::Command(peer, command) => {
                if self.actors[peer.index()].online {
                    self.act(peer, |program, cx| program.command(command, cx));
                } else {
                    P::missed(command, self.now_ns, &self.world, &mut self.commons.tally);
                }
            }
            Event::Message(from, to, message) => {
                if self.reaches(to) {
                    self.act(to.peer, |program, cx| program.receive(from, message, cx));
                }
            }
            Event::Timer(of, timer) => {
                if self.reaches(of) {
                    self.act(of.peer, |program, cx| program.expire(timer, cx));
                }
            }
            Event::FlowDone(flow) => self.complete(flow),
            Event::Notice(notice) => {
                if self.reaches(notice.target) {
                    self.act(notice.target.peer, |program, cx| program.flow_ended(&notice, cx));
                }
            }
        }
    }

    fn reaches(&self, contact: Contact) -> bool {
        let actor = &self.actors[contact.peer.index()];
        actor.online && (contact.session == 0 || contact.session == actor.session)
    }

    fn contact(&self, peer: PeerId) -> Contact {
        let session = self.actors[peer.index()].session;
        Contact { peer, session }
    }

    fn act(&mut self, peer: PeerId, act: impl FnOnce(&mut P, &mut Context<'_, P>)) {
        let me = self.contact(peer);
        let effects = self.effects(me, act);
        self.carry_out(me, effects, true);
    }

    fn effects(&mut self, me: Contact, act: impl FnOnce(&mut P, &mut Context<'_, P>)) -> Effects<P> {
        let mut effects = Effects::default();
        let actor = &mut self.actors[me.peer.index()];
        let cx = &mut Context::new(
            self.now_ns,
            me,
            &self.world,
            &SEED,
            Belongings {
                sequence: &mut actor.sequence,
                random: &mut actor.random,
            },
            &mut self.commons,
            &mut effects,
        );
        act(&mut actor.program, cx);
        effects
    }

    fn carry_out(&mut self, me: Contact, effects: Effects<P>, alive: bool) {
        let mut dispatches = effects.dispatches.into_iter();
        for Sending { copies, message, .. } in effects.sendings {
            for Dispatch { to, .. } in dispatches.by_ref().take(copies as usize) {
                self.sent.push((self.now_ns, me, to, message.clone()));
                let arrival = Event::Message(me, to, message.clone());
                self.at(self.now_ns + self.latency_ns, arrival);
            }
        }
        for (_, effect) in effects.others {
            match effect {
                Effect::Timer { at_ns, timer } => self.at(at_ns, Event::Timer(me, timer)),
                Effect::StartFlow { spec } if alive => self.start_flow(spec),
                Effect::StopFlow { flow } if alive => {
                    if let Some((spec, started_ns)) = self.flows.remove(&flow) {
                        let other = if spec.source.peer == me.peer {
                            spec.sink
                        } else {
                            spec.source
                        };
                        let carried = self.carried(&spec, started_ns);
                        self.carried_bytes += carried;
                        self.notify(spec, other, FlowEnd::Stopped, carried, self.latency_ns);
                    }
                }
                Effect::StartFlow { .. } | Effect::StopFlow { .. } => {}
            }
        }
    }

    fn start_flow(&mut self, mut spec: FlowSpec) {
        self.flows_started += 1;
        if !self.reaches(spec.sink) {
            let patience_ns = spec.idle_timeout_ns;
            self.notify(spec, spec.source, FlowEnd::TimedOut, 0, patience_ns);
            return;
        }
        spec.sink = self.contact(spec.sink.peer);
        let needed_ns =
            u64::try_from((u128::from(spec.bytes) * 8_000_000_000).div_ceil(u128::from(self.rate_bps)));
        self.flows.insert(spec.flow, (spec, self.now_ns));
        self.at(self.now_ns + needed_ns.unwrap(), Event::FlowDone(spec.flow));
        let source = spec.source.peer;
        let active = self
            .flows
            .values()
            .filter(|(spec, _)| spec.source.peer == source)
            .count();
        let most = self.flows_max.entry(source).or_default();
        *most = active.max(*most);
    }

    fn carried(&self, spec: &FlowSpec, started_ns: u64) -> u64 {
        let bits = u128::from(self.now_ns - started_ns) * u128::from(self.rate_bps) / 8_000_000_000;
        u64::try_from(bits).unwrap().min(spec.bytes)
    }

    fn notify(&mut self, spec: FlowSpec, target: Contact, end: FlowEnd, carried_bytes: u64, after_ns: u64) {
        let notice = FlowNotice {
            at_ns: self.now_ns + after_ns,
            target,
            spec,
            end,
            carried_bytes,
            drained_ns: self.now_ns,
        };
        self.at(notice.at_ns, Event::Notice(notice));
    }

    fn complete(&mut self, flow: FlowId) {
        if let Some((spec, _)) = self.flows.remove(&flow) {
            self.carried_bytes += spec.bytes;
            for end in [spec.source, spec.sink] {
                self.notify(spec, end, FlowEnd::Completed, spec.bytes, self.latency_ns);
            }
        }
    }

    fn depart(&mut self, peer: PeerId, departure: Departure) {
        let me = self.contact(peer);
        let effects = self.effects(me, |program, cx| program.leave(departure, cx));
        if departure == Departure::Graceful {
            self.carry_out(me, effects, false);
        }
        self.actors[peer.index()].online = false;
        let ends: Vec<FlowId> = self
            .flows
            .iter()
            .filter(|(_, (spec, _))| spec.source == me || spec.sink == me)
            .map(|(flow, _)| *flow)
            .collect();
        for flow in ends {
            let (spec, started_ns) = self.flows.remove(&flow).unwrap();
            let other = if spec.source == me { spec.sink } else { spec.source };
            let carried = self.carried(&spec, started_ns);
            self.carried_bytes += carried;
            match departure {
                Departure::Graceful => {
                    self.notify(spec, other, FlowEnd::Stopped, carried, self.latency_ns);
                }
                Departure::Crash => {
                    self.notify(spec, other, FlowEnd::TimedOut, carried, spec.idle_timeout_ns);
                }
            }
        }
    }
}

/// The overlay in which everybody asks a list of peers directly. As in others, a query is asked once.
#[derive(Default)]
pub(super) struct Direct(BTreeSet<QueryId>);

/// Whom [`Direct`] asks: by item.
#[derive(Default)]
pub(super) struct Directory(pub(super) Vec<BTreeSet<PeerId>>);

#[derive(Clone, Debug)]
pub(super) enum DirectMessage {
    Ask(QueryId),
    Hit(QueryId, bool),
    Push(QueryId),
}

impl Message for DirectMessage {
    const KINDS: &'static [&'static str] = &["Ask", "Hit", "Push"];

    fn kind(&self) -> usize {
        match self {
            Self::Ask(_) => 0,
            Self::Hit(..) => 1,
            Self::Push(_) => 2,
        }
    }

    fn size_bytes(&self) -> u32 {
        40
    }

    fn fingerprint(&self) -> u64 {
        match self {
            Self::Ask(query) | Self::Hit(query, _) | Self::Push(query) => u64::from(query.0),
        }
    }
}

impl Overlay for Direct {
    type Message = DirectMessage;
    type Timer = ();
    type Settings = Directory;

    fn join<H: Host<Self>>(&mut self, _: &mut H) {}

    fn leave<H: Host<Self>>(&mut self, _: Departure, _: &mut H) {}

    fn receive<H: Host<Self>>(&mut self, from: Contact, message: DirectMessage, host: &mut H) {
        match message {
            DirectMessage::Ask(query) => {
                if host.holds(host.question(query).item) {
                    let firewalled = host.firewalled();
                    host.send(from, DirectMessage::Hit(query, firewalled));
                }
            }
            DirectMessage::Hit(query, firewalled) => {
                host.books().line(query).hits += 1;
                let answer = Answer {
                    holder: from,
                    hops: 1,
                    firewalled,
                };
                host.found(query, answer);
            }
            DirectMessage::Push(query) => host.call_back(from.peer, query),
        }
    }

    fn expire<H: Host<Self>>(&mut self, (): (), _: &mut H) {}

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        let is_new = self.0.insert(query);
        assert!(is_new, "a query is asked once");
        let item = host.question(query).item;
        let me = host.me().peer;
        let asked: Vec<PeerId> = host.settings().0[item.0 as usize].iter().copied().collect();
        for peer in asked.into_iter().filter(|peer| *peer != me) {
            host.send(Contact::any(peer), DirectMessage::Ask(query));
        }
    }

    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H) {
        host.send(holder, DirectMessage::Push(query));
    }

    fn visit_neighbours(&self, _: &mut dyn FnMut(Contact)) {}
}

//! The naive flow solver: every rate of every flow from scratch at every change.
//!
//! What it takes the documents to mean, corner by corner (L is the lookahead):
//! * Rates: progressive filling. The level is the least `floor(remaining / unfrozen)` of all links; every link at that
//!   level saturates at once, its flows keep the level. Rates in 2^-32 bit/s. Without any declared link: no time at all.
//! * At an instant: completions, then idle time-outs, then the changes by [`rank`]; a flow that is both started and
//!   stopped at an instant is stopped; of two ends that stop it at once the lower number is first.
//! * Completed at T: the sink is told at T plus the latency from the source, the source at T plus that from the sink.
//! * Stopped, or a goodbye, at T: the other end is told at T plus the latency to it.
//! * A crash at T frees the links at T and tells nobody. The other end gives up at T plus the larger of its time-out
//!   and L, even if it stops the flow in between.
//! * A flow to a session that is over when it starts ends at once; the source gives up in the same way. A flow of a
//!   source that is itself gone ends at once and tells nobody. Session 0 of the sink: the one under way at the start.
//! * A flow across a partition stalls from S on with rate 0 and holds no share of its links; at S plus the time-out
//!   it ends and both ends are told L later. If the partition is healed at that very instant, it goes on. If one end
//!   stops it or leaves at T in between, the other gives up at S plus the time-out, and not before T + L.

use std::collections::BTreeMap;

use servent::engine::network::{FlowBooks, FlowChange, FlowEnd, FlowId, FlowNotice, FlowSpec};
use servent::engine::time::NEVER_NS;
use servent::engine::{Contact, Departure, Flows, Network, PeerId};

/// Work is counted in 2^-32 bit/s times nanoseconds.
const WORK_PER_BYTE: u128 = 8 * (1 << 32) * 1_000_000_000;

struct Flow {
    spec: FlowSpec,
    /// The sink's session, resolved.
    sink: Contact,
    remaining: u128,
    /// Since the last change; 0 while stalled.
    rate: u128,
    stalled_since_ns: Option<u64>,
}

impl Flow {
    fn offered(&self) -> u128 {
        u128::from(self.spec.bytes) * WORK_PER_BYTE
    }

    fn remaining_after(&self, ns: u64) -> u128 {
        self.remaining.saturating_sub(self.rate * u128::from(ns))
    }

    fn carried_bytes(&self) -> u64 {
        u64::try_from((self.offered() - self.remaining) / WORK_PER_BYTE).unwrap()
    }

    fn deadline_ns(&self) -> u64 {
        self.stalled_since_ns.map_or(NEVER_NS, |since_ns| {
            since_ns.saturating_add(self.spec.idle_timeout_ns)
        })
    }

    fn notice(&self, target: Contact, end: FlowEnd, at_ns: u64) -> FlowNotice {
        FlowNotice {
            at_ns,
            target,
            spec: self.spec,
            end,
            carried_bytes: self.carried_bytes(),
            drained_ns: 0,
        }
    }

    /// The end that `peer` is and the other one.
    fn end_of(&self, peer: PeerId) -> Option<(Contact, Contact)> {
        if self.spec.source.peer == peer {
            Some((self.spec.source, self.sink))
        } else if self.sink.peer == peer {
            Some((self.sink, self.spec.source))
        } else {
            None
        }
    }
}

/// Takes out of `map` all that `is_wanted`.
fn take<K: Ord, V>(map: &mut BTreeMap<K, V>, is_wanted: impl Fn(&V) -> bool) -> Vec<(K, V)> {
    let (wanted, rest) = std::mem::take(map)
        .into_iter()
        .partition(|(_, value)| is_wanted(value));
    *map = Vec::into_iter(rest).collect();
    wanted
}

/// All flows under way.
#[derive(Default)]
pub(crate) struct Solver {
    now_ns: u64,
    flows: BTreeMap<FlowId, Flow>,
    /// Session under way of everybody online.
    online: BTreeMap<PeerId, u16>,
    /// Books of flows that are over.
    over: FlowBooks,
}

/// Order among the changes of one instant: who is gone, who is there, what starts, what stops.
fn rank(change: &FlowChange) -> (u8, u32, u32, u32) {
    match change {
        FlowChange::Down { contact, .. } => (0, contact.peer.0, contact.session.into(), 0),
        FlowChange::Up { contact } => (1, contact.peer.0, contact.session.into(), 0),
        FlowChange::Start { spec } => (2, spec.flow.source.0, spec.flow.number, 0),
        FlowChange::Stop { flow, by } => (3, flow.source.0, flow.number, by.0),
    }
}

impl Solver {
    /// The next moment at which something happens if nothing changes.
    pub(crate) fn next_ns(&self) -> u64 {
        let completions = self.flows.values().filter_map(|flow| match flow.rate {
            _ if flow.remaining == 0 => Some(self.now_ns),
            0 => None,
            rate => u64::try_from(flow.remaining.div_ceil(rate))
                .ok()
                .and_then(|wait_ns| self.now_ns.checked_add(wait_ns)),
        });
        let deadlines = self.flows.values().map(Flow::deadline_ns);
        completions.chain(deadlines).min().unwrap_or(NEVER_NS)
    }

    /// Moves every flow on to `now_ns`, which must not lie beyond [`Self::next_ns`].
    fn advance(&mut self, now_ns: u64) {
        for flow in self.flows.values_mut() {
            flow.remaining = flow.remaining_after(now_ns - self.now_ns);
        }
        self.now_ns = now_ns;
    }

    /// Plays the instant `now_ns`: completions, time-outs, `changes`.
    pub(crate) fn settle(
        &mut self,
        now_ns: u64,
        changes: &mut Vec<FlowChange>,
        network: &impl Network,
    ) -> Vec<FlowNotice> {
        let mut notices = Vec::new();
        self.advance(now_ns);
        self.complete(network, &mut notices);
        self.time_out(network, &mut notices);
        changes.sort_by_key(rank);
        for change in changes.drain(..) {
            self.apply(change, network, &mut notices);
        }
        self.share(network);
        // Flows without any declared link are through at once.
        self.complete(network, &mut notices);
        // A time-out that never comes tells nobody anything.
        notices.retain(|notice| notice.at_ns < NEVER_NS);
        notices
    }

    pub(crate) fn repartition(&mut self, now_ns: u64, network: &impl Network) {
        self.advance(now_ns);
        self.share(network);
    }

    pub(crate) fn books(&self, at_ns: u64) -> FlowBooks {
        let mut books = self.over;
        for flow in self.flows.values() {
            let remaining = flow.remaining_after(at_ns - self.now_ns);
            let carried_bytes = (flow.offered() - remaining) / WORK_PER_BYTE;
            books.active += 1;
            books.carried_bytes += carried_bytes;
            books.remaining_bytes += u128::from(flow.spec.bytes) - carried_bytes;
        }
        books
    }

    fn complete(&mut self, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        let now_ns = self.now_ns;
        for (_, flow) in take(&mut self.flows, |flow| flow.remaining == 0) {
            self.over.completed += 1;
            self.over.carried_bytes += u128::from(flow.spec.bytes);
            let (source, sink) = (flow.spec.source, flow.sink);
            for (target, other) in [(source, sink), (sink, source)] {
                let at_ns = now_ns + network.latency_ns(other.peer, target.peer);
                notices.push(FlowNotice {
                    drained_ns: now_ns,
                    ..flow.notice(target, FlowEnd::Completed, at_ns)
                });
            }
        }
    }

    fn time_out(&mut self, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        let now_ns = self.now_ns;
        for (_, flow) in take(&mut self.flows, |flow| flow.deadline_ns() == now_ns) {
            self.enter_end(&flow);
            for target in [flow.spec.source, flow.sink] {
                notices.push(flow.notice(target, FlowEnd::TimedOut, now_ns + network.lookahead_ns()));
            }
        }
    }

    /// Lets `target`, which has heard nothing since the flow stalled or else since now, give up when its time has come.
    fn give_up(&self, flow: &Flow, target: Contact, network: &impl Network) -> FlowNotice {
        let since_ns = flow.stalled_since_ns.unwrap_or(self.now_ns);
        let at_ns = since_ns
            .saturating_add(flow.spec.idle_timeout_ns)
            .max(self.now_ns + network.lookahead_ns());
        flow.notice(target, FlowEnd::TimedOut, at_ns)
    }

    fn enter_end(&mut self, flow: &Flow) {
        let carried_bytes = flow.carried_bytes();
        self.over.ended += 1;
        self.over.carried_bytes += u128::from(carried_bytes);
        self.over.abandoned_bytes += u128::from(flow.spec.bytes - carried_bytes);
    }

    fn apply(&mut self, change: FlowChange, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        match change {
            FlowChange::Up { contact } => {
                self.online.insert(contact.peer, contact.session);
            }
            FlowChange::Down { contact, departure } => {
                self.online.remove(&contact.peer);
                let theirs: Vec<FlowId> = self
                    .flows
                    .iter()
                    .filter(|(_, flow)| flow.end_of(contact.peer).is_some())
                    .map(|(id, _)| *id)
                    .collect();
                for id in theirs {
                    self.end(
                        id,
                        contact.peer,
                        departure == Departure::Graceful,
                        network,
                        notices,
                    );
                }
            }
            FlowChange::Stop { flow, by } => {
                if self
                    .flows
                    .get(&flow)
                    .is_some_and(|flow| flow.end_of(by).is_some())
                {
                    self.end(flow, by, true, network, notices);
                }
            }
            FlowChange::Start { spec } => self.start(spec, network, notices),
        }
    }

    fn start(&mut self, spec: FlowSpec, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        self.over.started += 1;
        self.over.offered_bytes += u128::from(spec.bytes);
        let session = self.online.get(&spec.sink.peer).copied();
        let sink = match session {
            Some(session) if spec.sink.session == 0 => Contact { session, ..spec.sink },
            _ => spec.sink,
        };
        let is_parted = network.side(spec.source.peer) != network.side(sink.peer);
        let mut flow = Flow {
            spec,
            sink,
            remaining: u128::from(spec.bytes) * WORK_PER_BYTE,
            rate: 0,
            stalled_since_ns: is_parted.then_some(self.now_ns),
        };
        let is_limited = network.up_bps(spec.source.peer) > 0 || network.down_bps(sink.peer) > 0;
        if self.online.get(&spec.source.peer) != Some(&spec.source.session) {
            self.enter_end(&flow);
        } else if session.is_none_or(|session| session != sink.session) {
            self.enter_end(&flow);
            notices.push(self.give_up(&flow, spec.source, network));
        } else {
            if !is_parted && !is_limited {
                flow.remaining = 0;
            }
            self.flows.insert(spec.flow, flow);
        }
    }

    /// `by` ends the flow, with or without a word to the other end.
    fn end(
        &mut self,
        id: FlowId,
        by: PeerId,
        tells: bool,
        network: &impl Network,
        notices: &mut Vec<FlowNotice>,
    ) {
        let flow = self.flows.remove(&id).unwrap();
        let (_, other) = flow.end_of(by).unwrap();
        self.enter_end(&flow);
        notices.push(if tells && flow.stalled_since_ns.is_none() {
            let at_ns = self.now_ns + network.latency_ns(by, other.peer);
            flow.notice(other, FlowEnd::Stopped, at_ns)
        } else {
            self.give_up(&flow, other, network)
        });
    }

    /// Computes every rate anew.
    fn share(&mut self, network: &impl Network) {
        // A link is (peer, is it the downlink).
        let mut left = BTreeMap::<(PeerId, bool), u128>::new();
        let mut unfrozen = BTreeMap::<FlowId, Vec<(PeerId, bool)>>::new();
        for (id, flow) in &mut self.flows {
            if network.side(flow.spec.source.peer) != network.side(flow.sink.peer) {
                flow.rate = 0;
                flow.stalled_since_ns.get_or_insert(self.now_ns);
                continue;
            }
            flow.stalled_since_ns = None;
            let mut links = Vec::new();
            for (link, bps) in [
                (
                    (flow.spec.source.peer, false),
                    network.up_bps(flow.spec.source.peer),
                ),
                ((flow.sink.peer, true), network.down_bps(flow.sink.peer)),
            ] {
                if bps > 0 {
                    left.insert(link, u128::from(bps) << 32);
                    links.push(link);
                }
            }
            if links.is_empty() {
                flow.remaining = 0;
            } else {
                unfrozen.insert(*id, links);
            }
        }
        while !unfrozen.is_empty() {
            let mut users = BTreeMap::<(PeerId, bool), u128>::new();
            for link in unfrozen.values().flatten() {
                *users.entry(*link).or_default() += 1;
            }
            let levels: BTreeMap<_, _> = users
                .iter()
                .map(|(link, users)| (*link, left[link] / users))
                .collect();
            let level = *levels.values().min().unwrap();
            let full = |link: &(PeerId, bool)| levels[link] == level;
            for (id, links) in take(&mut unfrozen, |links| links.iter().any(full)) {
                self.flows.get_mut(&id).unwrap().rate = level;
                for link in links {
                    *left.get_mut(&link).unwrap() -= level;
                }
            }
        }
    }
}

/// The naive solver in the place of the real one, under the real engine's windows.
#[derive(Default)]
pub(crate) struct NaiveFlows(Solver);

impl<N: Network> Flows<N> for NaiveFlows {
    fn play(
        &mut self,
        until_ns: u64,
        changes: &mut Vec<(u64, FlowChange)>,
        network: &N,
        notices: &mut Vec<FlowNotice>,
    ) {
        loop {
            let change_ns = changes
                .iter()
                .map(|(time_ns, _)| *time_ns)
                .min()
                .unwrap_or(NEVER_NS);
            let now_ns = change_ns.min(self.0.next_ns());
            if now_ns >= until_ns {
                return;
            }
            let mut due = changes
                .extract_if(.., |(time_ns, _)| *time_ns == now_ns)
                .map(|(_, change)| change)
                .collect();
            notices.extend(self.0.settle(now_ns, &mut due, network));
        }
    }

    fn next_ns(&self) -> u64 {
        self.0.next_ns()
    }

    fn repartition(&mut self, at_ns: u64, network: &N) {
        self.0.repartition(at_ns, network);
    }

    fn books(&self, at_ns: u64) -> FlowBooks {
        self.0.books(at_ns)
    }
}

//! The naive flow solver: every rate of every flow from scratch at every change.
//!
//! What it takes the documents to mean, corner by corner:
//! * Rates: progressive filling. The level is the least `floor(remaining / unfrozen)` of all links; every link at that
//!   level saturates at once, its flows keep the level. Rates in 2^-32 bit/s. Without any declared link: no time at all.
//! * At an instant: completions, then idle time-outs, then the changes by rank ([`rank`]); a flow that is both started
//!   and stopped at an instant is stopped.
//! * Completed at T: both ends are told at T plus the latency from source to sink.
//! * Stopped, or a goodbye, at T: the other end is told at T plus the latency to it, unless a partition lies between:
//!   then it hears nothing and times out like after a crash.
//! * A crash at T frees the links at T and tells nobody. The other end gives up when it has seen no progress for the
//!   time-out, counted from T or from when the flow stalled, and is told so a propagation delay after that; if it
//!   stops the flow or leaves before, it is told nothing.
//! * A flow to a session that is over when it starts ends at once; the source times out. A flow of a source that is
//!   itself gone ends at once and tells nobody. Session 0 of the sink means the one under way at the start.
//! * A flow across a partition stalls with rate 0 and holds no share of its links; after the time-out both ends give
//!   up and are told a propagation delay later. If the partition is healed at that very instant, it goes on.

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
        self.stalled_since_ns
            .map_or(NEVER_NS, |since_ns| since_ns + self.spec.idle_timeout_ns)
    }

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

/// An end that does not know yet that its flow is over.
struct Unaware {
    target: Contact,
    other: PeerId,
    spec: FlowSpec,
    carried_bytes: u64,
    deadline_ns: u64,
}

/// All flows under way.
#[derive(Default)]
pub(crate) struct Solver {
    now_ns: u64,
    flows: BTreeMap<FlowId, Flow>,
    unaware: Vec<Unaware>,
    /// Session under way of everybody online.
    online: BTreeMap<PeerId, u16>,
    /// Books of flows that are over.
    over: FlowBooks,
}

/// Order among the changes of one instant: who is gone, who is there, what starts, what stops.
fn rank(change: &FlowChange) -> (u8, u32, u32) {
    match change {
        FlowChange::Down { contact, .. } => (0, contact.peer.0, contact.session.into()),
        FlowChange::Up { contact } => (1, contact.peer.0, contact.session.into()),
        FlowChange::Start { spec } => (2, spec.flow.source.0, spec.flow.number),
        FlowChange::Stop { flow, .. } => (3, flow.source.0, flow.number),
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
        let unaware = self.unaware.iter().map(|end| end.deadline_ns);
        completions
            .chain(deadlines)
            .chain(unaware)
            .min()
            .unwrap_or(NEVER_NS)
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
        for (_, flow) in self.flows.extract_if(.., |_, flow| flow.remaining == 0) {
            self.over.completed += 1;
            self.over.carried_bytes += u128::from(flow.spec.bytes);
            for target in [flow.spec.source, flow.sink] {
                notices.push(FlowNotice {
                    at_ns: now_ns + network.latency_ns(flow.spec.source.peer, flow.sink.peer),
                    target,
                    spec: flow.spec,
                    end: FlowEnd::Completed,
                    carried_bytes: flow.spec.bytes,
                    drained_ns: now_ns,
                });
            }
        }
    }

    fn time_out(&mut self, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        let now_ns = self.now_ns;
        let late: Vec<Flow> = self
            .flows
            .extract_if(.., |_, flow| flow.deadline_ns() == now_ns)
            .map(|(_, flow)| flow)
            .collect();
        for flow in late {
            self.enter_end(&flow);
            self.forget(&flow, flow.spec.source, flow.sink.peer);
            self.forget(&flow, flow.sink, flow.spec.source.peer);
        }
        for end in self.unaware.extract_if(.., |end| end.deadline_ns <= now_ns) {
            notices.push(FlowNotice {
                at_ns: now_ns + network.latency_ns(end.other, end.target.peer),
                target: end.target,
                spec: end.spec,
                end: FlowEnd::TimedOut,
                carried_bytes: end.carried_bytes,
                drained_ns: 0,
            });
        }
    }

    /// Leaves `target` to find out by itself that the flow is over.
    fn forget(&mut self, flow: &Flow, target: Contact, other: PeerId) {
        let since_ns = flow.stalled_since_ns.unwrap_or(self.now_ns);
        self.unaware.push(Unaware {
            target,
            other,
            spec: flow.spec,
            carried_bytes: flow.carried_bytes(),
            deadline_ns: since_ns + flow.spec.idle_timeout_ns,
        });
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
                self.unaware.retain(|end| end.target.peer != contact.peer);
                let theirs: Vec<FlowId> = self
                    .flows
                    .iter()
                    .filter(|(_, flow)| flow.end_of(contact.peer).is_some())
                    .map(|(id, _)| *id)
                    .collect();
                for id in theirs {
                    self.end(id, contact.peer, departure == Departure::Graceful, network, notices);
                }
            }
            FlowChange::Stop { flow, by } => {
                self.unaware
                    .retain(|end| end.spec.flow != flow || end.target.peer != by);
                if self.flows.get(&flow).is_some_and(|flow| flow.end_of(by).is_some()) {
                    self.end(flow, by, true, network, notices);
                }
            }
            FlowChange::Start { spec } => self.start(spec),
        }
    }

    fn start(&mut self, spec: FlowSpec) {
        self.over.started += 1;
        self.over.offered_bytes += u128::from(spec.bytes);
        let session = self.online.get(&spec.sink.peer).copied();
        let sink = match session {
            Some(session) if spec.sink.session == 0 => Contact { session, ..spec.sink },
            _ => spec.sink,
        };
        let flow = Flow {
            spec,
            sink,
            remaining: u128::from(spec.bytes) * WORK_PER_BYTE,
            rate: 0,
            stalled_since_ns: None,
        };
        if self.online.get(&spec.source.peer) != Some(&spec.source.session) {
            self.enter_end(&flow);
        } else if session.is_none_or(|session| session != sink.session) {
            self.enter_end(&flow);
            self.forget(&flow, spec.source, sink.peer);
        } else {
            self.flows.insert(spec.flow, flow);
        }
    }

    /// `by` ends the flow, with or without a word to the other end.
    fn end(&mut self, id: FlowId, by: PeerId, tells: bool, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        let flow = self.flows.remove(&id).unwrap();
        let (_, other) = flow.end_of(by).unwrap();
        self.enter_end(&flow);
        if tells && network.side(by) == network.side(other.peer) {
            notices.push(FlowNotice {
                at_ns: self.now_ns + network.latency_ns(by, other.peer),
                target: other,
                spec: flow.spec,
                end: FlowEnd::Stopped,
                carried_bytes: flow.carried_bytes(),
                drained_ns: 0,
            });
        } else {
            self.forget(&flow, other, by);
        }
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
                ((flow.spec.source.peer, false), network.up_bps(flow.spec.source.peer)),
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
            let levels: BTreeMap<_, _> = users.iter().map(|(link, users)| (*link, left[link] / users)).collect();
            let level = *levels.values().min().unwrap();
            let full = |link: &(PeerId, bool)| levels[link] == level;
            let frozen: Vec<(FlowId, Vec<(PeerId, bool)>)> = unfrozen
                .extract_if(.., |_, links| links.iter().any(full))
                .collect();
            for (id, links) in frozen {
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
            let change_ns = changes.iter().map(|(time_ns, _)| *time_ns).min().unwrap_or(NEVER_NS);
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

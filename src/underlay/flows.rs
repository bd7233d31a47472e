//! Bulk transfers as fluid: max-min fair sharing of up- and downlinks, in exact integers and exact time order.
//!
//! A flow runs at the max-min fair rate from its start until its last bit has left; rates change only when a flow
//! starts or ends or a partition comes or goes. Everything of one instant happens together: completions and time-outs,
//! then changes by [`FlowChange::rank`], then the rates are found anew where they can differ (`flows::fill` says
//! how and why that gives the same integers as solving everything). The end of a flow frees both links at that instant;
//! the peers learn of it a propagation delay later.
//!
//! Remaining work is exact: rate times elapsed nanoseconds in 128 bits. A completion is rounded up to a whole
//! nanosecond, rates are rounded down to 2^-32 bit/s.
//!
//! What an end is told, `t` being when it happened and L the lookahead:
//!
//! | what | who | when | as |
//! | --- | --- | --- | --- |
//! | the last bit left the source | sink | t + latency source to sink | `Completed` |
//! | | source | t + latency sink to source | `Completed` |
//! | an end stopped, or said goodbye | the other | t + latency to it | `Stopped` |
//! | an end crashed | the other | t + max(idle time-out, L) | `TimedOut` |
//! | the sink was not there at the start | source | t + max(idle time-out, L) | `TimedOut` |
//! | a partition held the flow up from s on, for the idle time-out | both | s + idle time-out + L | `TimedOut` |
//! | an end stopped or left meanwhile | the other | max(s + idle time-out, t + L) | `TimedOut` |
//!
//! An end may hear of a flow that it has itself stopped in the meantime, as it may in a real network; and nothing
//! is told of flows whose idle time-out never comes. A flow between two peers without declared rates takes no time.

mod allocation;
mod fill;
pub(super) mod footprint;
mod schedule;
#[cfg(test)]
mod tests;
mod units;

use crate::engine::network::{FlowBooks, FlowChange, FlowEnd, FlowId, FlowNotice, FlowSpec, Flows, Network};
use crate::engine::peer::{Contact, Departure, PeerId, SessionNumber};
use crate::engine::time::NEVER_NS;
use allocation::{Allocation, Flow};
use rustc_hash::FxHashMap;
use schedule::Schedule;
use units::{BYTE_WORK, FLOW_BYTES_MAX, Rate, Work, carried_bytes, completion_ns};

/// The solver: max-min fair sharing among all flows under way.
///
/// It keeps one session number per peer that was ever up, and otherwise memory for the flows under way and their links.
#[derive(Clone, Debug, Default)]
pub struct MaxMin {
    /// Every peer's session under way; 0 for none.
    live: Vec<SessionNumber>,
    allocation: Allocation,
    /// Slots of the flows under way. For look-up only.
    slots: FxHashMap<FlowId, u32>,
    schedule: Schedule,
    /// Counts of what is over; the flows under way are added when asked.
    books: FlowBooks,
    /// Everything before this was played.
    played_ns: u64,
    changed: Vec<(u32, Rate)>,
    due: Vec<u32>,
}

impl MaxMin {
    /// No peers, no flows, time 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The present rate of a flow in units of 2^-32 bit/s; `None` if it is not under way.
    pub fn rate(&self, flow: FlowId) -> Option<u128> {
        let slot = *self.slots.get(&flow)?;
        Some(self.allocation.flows[slot as usize].rate)
    }

    fn live_session(&self, peer: PeerId) -> SessionNumber {
        self.live.get(peer.index()).copied().unwrap_or(0)
    }

    /// The contact's session if it is under way; of contacts without session number, whichever is.
    fn live_contact(&self, contact: Contact) -> Option<Contact> {
        let session = self.live_session(contact.peer);
        let is_live = session != 0 && (contact.session == 0 || contact.session == session);
        is_live.then_some(Contact {
            peer: contact.peer,
            session,
        })
    }

    /// Ends what completes or times out at this instant, by name.
    fn finish_due(&mut self, now_ns: u64, network: &impl Network, notices: &mut Vec<FlowNotice>) {
        let mut due = std::mem::take(&mut self.due);
        self.schedule.take_due(now_ns, &mut due);
        let flows = &self.allocation.flows;
        due.sort_unstable_by_key(|slot| {
            let flow = &flows[*slot as usize];
            (flow.stalled_ns != NEVER_NS, flow.spec.flow)
        });
        for slot in due.drain(..) {
            let is_stalled = self.allocation.flows[slot as usize].stalled_ns != NEVER_NS;
            let flow = self.end(slot, now_ns);
            let (source, sink) = (flow.source, flow.sink);
            if is_stalled {
                let at_ns = now_ns.saturating_add(network.lookahead_ns());
                self.close(&flow, false);
                tell(notices, &flow, source, FlowEnd::TimedOut, at_ns, 0);
                tell(notices, &flow, sink, FlowEnd::TimedOut, at_ns, 0);
            } else {
                assert!(flow.work == 0, "a flow that completes has nothing left");
                self.close(&flow, true);
                let sink_ns = now_ns.saturating_add(network.latency_ns(source.peer, sink.peer));
                let source_ns = now_ns.saturating_add(network.latency_ns(sink.peer, source.peer));
                tell(notices, &flow, sink, FlowEnd::Completed, sink_ns, now_ns);
                tell(notices, &flow, source, FlowEnd::Completed, source_ns, now_ns);
            }
        }
        self.due = due;
    }

    /// Plays the changes of one instant, in order.
    fn apply(
        &mut self,
        now_ns: u64,
        changes: &[(u64, FlowChange)],
        network: &impl Network,
        notices: &mut Vec<FlowNotice>,
    ) {
        for (_, change) in changes {
            match *change {
                FlowChange::Down { contact, departure } => {
                    self.take_down(now_ns, contact, departure, network, notices);
                }
                FlowChange::Stop { flow, by } => {
                    if let Some(&slot) = self.slots.get(&flow) {
                        self.leave(now_ns, slot, by, Departure::Graceful, network, notices);
                    }
                }
                FlowChange::Up { contact } => {
                    let index = contact.peer.index();
                    if self.live.len() <= index {
                        self.live.resize(index + 1, 0);
                    }
                    assert!(
                        self.live[index] == 0,
                        "a session begins when the one before is over"
                    );
                    assert!(contact.session != 0, "a session has a number");
                    self.live[index] = contact.session;
                }
                FlowChange::Start { spec } => {
                    let Some(slot) = self.start(now_ns, spec, network, notices) else {
                        continue;
                    };
                    // Stops come before starts: one meant for this very flow has found nothing yet.
                    let sought = (1, spec.flow.source.0, spec.flow.number);
                    let stop = changes.partition_point(|(_, earlier)| earlier.rank() < sought);
                    if let FlowChange::Stop { flow, by } = changes[stop].1
                        && flow == spec.flow
                    {
                        self.leave(now_ns, slot, by, Departure::Graceful, network, notices);
                    }
                }
            }
        }
    }

    /// Starts a flow, unless an end is not there; gives its slot.
    fn start(
        &mut self,
        now_ns: u64,
        spec: FlowSpec,
        network: &impl Network,
        notices: &mut Vec<FlowNotice>,
    ) -> Option<u32> {
        assert!(
            (1..=FLOW_BYTES_MAX).contains(&spec.bytes),
            "a flow carries between 1 byte and 1 EiB"
        );
        assert!(
            spec.flow.source == spec.source.peer,
            "a flow is named by its source"
        );
        assert!(spec.source.peer != spec.sink.peer, "a flow joins two peers");
        self.books.started += 1;
        self.books.offered_bytes += u128::from(spec.bytes);
        let (source, sink) = (self.live_contact(spec.source), self.live_contact(spec.sink));
        let (Some(source), Some(sink)) = (source, sink) else {
            self.books.ended += 1;
            self.books.abandoned_bytes += u128::from(spec.bytes);
            if let Some(source) = source {
                notices.extend(notice(
                    spec,
                    source,
                    FlowEnd::TimedOut,
                    given_up_ns(now_ns, now_ns, &spec, network),
                    0,
                    0,
                ));
            }
            return None;
        };
        let work = Work::from(spec.bytes) * BYTE_WORK;
        let slot = self.allocation.insert(spec, source, sink, work, network);
        let former = self.slots.insert(spec.flow, slot);
        assert!(
            former.is_none(),
            "a flow's name is not used again while it is under way"
        );
        self.books.active += 1;
        if network.side(source.peer) == network.side(sink.peer) {
            self.resume(now_ns, slot);
        } else {
            self.stall(now_ns, slot);
        }
        Some(slot)
    }

    /// A peer's session is over, and with it all its flows.
    fn take_down(
        &mut self,
        now_ns: u64,
        contact: Contact,
        departure: Departure,
        network: &impl Network,
        notices: &mut Vec<FlowNotice>,
    ) {
        if self.live_contact(contact).is_none() {
            return;
        }
        self.live[contact.peer.index()] = 0;
        let flows = &self.allocation.flows;
        let mut slots: Vec<u32> = self.allocation.flows_of(contact.peer).collect();
        slots.sort_unstable_by_key(|slot| flows[*slot as usize].spec.flow);
        for slot in slots {
            self.leave(now_ns, slot, contact.peer, departure, network, notices);
        }
    }

    /// One end leaves a flow; the other is told when it can know.
    fn leave(
        &mut self,
        now_ns: u64,
        slot: u32,
        by: PeerId,
        departure: Departure,
        network: &impl Network,
        notices: &mut Vec<FlowNotice>,
    ) {
        let stalled_ns = self.allocation.flows[slot as usize].stalled_ns;
        let flow = self.end(slot, now_ns);
        self.close(&flow, false);
        let other = if by == flow.source.peer {
            flow.sink
        } else {
            assert!(by == flow.sink.peer, "a flow is stopped by one of its ends");
            flow.source
        };
        let (end, at_ns) = if stalled_ns != NEVER_NS {
            (
                FlowEnd::TimedOut,
                given_up_ns(stalled_ns, now_ns, &flow.spec, network),
            )
        } else if departure == Departure::Crash {
            (
                FlowEnd::TimedOut,
                given_up_ns(now_ns, now_ns, &flow.spec, network),
            )
        } else {
            let at_ns = now_ns.saturating_add(network.latency_ns(by, other.peer));
            (FlowEnd::Stopped, at_ns)
        };
        tell(notices, &flow, other, end, at_ns, 0);
    }

    /// Takes a flow out of everything but the books; its work is that left at `now_ns`.
    fn end(&mut self, slot: u32, now_ns: u64) -> Flow {
        advance(&mut self.allocation.flows[slot as usize], now_ns, None);
        self.schedule.set(slot, NEVER_NS);
        self.allocation.remove(slot);
        let flow = self.allocation.flows[slot as usize].clone();
        self.slots.remove(&flow.spec.flow);
        flow
    }

    /// Books the end of a flow.
    fn close(&mut self, flow: &Flow, is_completed: bool) {
        let carried = carried_bytes(flow.spec.bytes, flow.work);
        self.books.active -= 1;
        if is_completed {
            self.books.completed += 1;
        } else {
            self.books.ended += 1;
        }
        self.books.carried_bytes += u128::from(carried);
        self.books.abandoned_bytes += u128::from(flow.spec.bytes - carried);
    }

    /// A partition holds a flow up.
    fn stall(&mut self, now_ns: u64, slot: u32) {
        self.allocation.deactivate(slot);
        let flow = &mut self.allocation.flows[slot as usize];
        flow.stalled_ns = now_ns;
        flow.updated_ns = now_ns;
        let timeout_ns = now_ns.saturating_add(flow.spec.idle_timeout_ns);
        self.schedule.set(slot, timeout_ns);
    }

    /// Nothing holds a flow up (any longer).
    fn resume(&mut self, now_ns: u64, slot: u32) {
        let is_limited = self.allocation.is_limited(slot);
        let flow = &mut self.allocation.flows[slot as usize];
        flow.stalled_ns = NEVER_NS;
        flow.updated_ns = now_ns;
        if is_limited {
            self.schedule.set(slot, NEVER_NS);
            self.allocation.activate(slot);
        } else {
            flow.work = 0;
            self.schedule.set(slot, now_ns);
        }
    }

    /// Finds the rates anew and when the flows whose rate changed complete.
    fn settle(&mut self, now_ns: u64) {
        if !self.allocation.touched.is_empty() {
            self.allocation.solve(&mut self.changed);
            self.allocation.release();
            for (slot, rate_before) in self.changed.drain(..) {
                let flow = &mut self.allocation.flows[slot as usize];
                advance(flow, now_ns, Some(rate_before));
                self.schedule
                    .set(slot, completion_ns(now_ns, flow.work, flow.rate));
            }
        }
        self.schedule.settle();
    }
}

impl<N: Network> Flows<N> for MaxMin {
    fn play(
        &mut self,
        until_ns: u64,
        changes: &mut Vec<(u64, FlowChange)>,
        network: &N,
        notices: &mut Vec<FlowNotice>,
    ) {
        changes.sort_unstable_by_key(|(at_ns, change)| (*at_ns, order(change)));
        let mut played = 0;
        loop {
            let change_ns = changes.get(played).map_or(NEVER_NS, |(at_ns, _)| *at_ns);
            let now_ns = change_ns.min(self.schedule.next_ns());
            if now_ns >= until_ns {
                break;
            }
            assert!(now_ns >= self.played_ns, "time does not run backwards");
            self.played_ns = now_ns;
            self.finish_due(now_ns, network, notices);
            let now = changes[played..].partition_point(|(at_ns, _)| *at_ns == now_ns);
            self.apply(now_ns, &changes[played..played + now], network, notices);
            played += now;
            self.settle(now_ns);
        }
        changes.drain(..played);
        self.played_ns = self.played_ns.max(until_ns);
    }

    fn next_ns(&self) -> u64 {
        self.schedule.next_ns()
    }

    fn repartition(&mut self, at_ns: u64, network: &N) {
        assert!(at_ns >= self.played_ns, "time does not run backwards");
        assert!(
            self.schedule.next_ns() >= at_ns,
            "everything before a partition was played"
        );
        self.played_ns = at_ns;
        for slot in 0..self.allocation.flows.len() {
            let flow = &mut self.allocation.flows[slot];
            if !flow.is_alive {
                continue;
            }
            let slot = u32::try_from(slot).expect("slots are numbered in 32 bits");
            let is_parted = network.side(flow.source.peer) != network.side(flow.sink.peer);
            match (is_parted, flow.stalled_ns != NEVER_NS) {
                (true, false) => {
                    advance(flow, at_ns, None);
                    // What is drained at this very instant has passed.
                    if flow.work > 0 {
                        self.stall(at_ns, slot);
                    }
                }
                (false, true) => self.resume(at_ns, slot),
                _ => {}
            }
        }
        self.settle(at_ns);
    }

    fn books(&self, at_ns: u64) -> FlowBooks {
        let mut books = self.books;
        for flow in self.allocation.flows.iter().filter(|flow| flow.is_alive) {
            let mut flow = flow.clone();
            advance(&mut flow, at_ns, None);
            let carried = carried_bytes(flow.spec.bytes, flow.work);
            books.carried_bytes += u128::from(carried);
            books.remaining_bytes += u128::from(flow.spec.bytes - carried);
        }
        books
    }
}

/// The order of changes at one instant; of two ends that stop one flow, the lower number comes first.
fn order(change: &FlowChange) -> ((u8, u32, u32), u32) {
    let by = match change {
        FlowChange::Stop { by, .. } => by.0,
        _ => 0,
    };
    (change.rank(), by)
}

/// Brings a flow's work up to `now_ns` at the rate it had since the last time (given where it has another already).
fn advance(flow: &mut Flow, now_ns: u64, rate_before: Option<Rate>) {
    let elapsed_ns = now_ns - flow.updated_ns;
    flow.updated_ns = now_ns;
    let rate = rate_before.unwrap_or(flow.rate);
    if elapsed_ns == 0 || rate == 0 {
        return;
    }
    // A product beyond 128 bits is more than any flow's work. More than there was is done in the nanosecond that a
    // completion is rounded up by, or when the books are asked for a later moment.
    let done = rate.saturating_mul(Work::from(elapsed_ns));
    flow.work = flow.work.saturating_sub(done);
}

/// When an end gives up a flow of which it has heard nothing since `silent_ns`, said at `now_ns`.
fn given_up_ns(silent_ns: u64, now_ns: u64, spec: &FlowSpec, network: &impl Network) -> u64 {
    let soonest_ns = now_ns.saturating_add(network.lookahead_ns());
    silent_ns.saturating_add(spec.idle_timeout_ns).max(soonest_ns)
}

/// What an end is told; nothing if that would be at the end of all times.
fn notice(
    spec: FlowSpec,
    target: Contact,
    end: FlowEnd,
    at_ns: u64,
    carried: u64,
    drained_ns: u64,
) -> Option<FlowNotice> {
    (at_ns != NEVER_NS).then_some(FlowNotice {
        at_ns,
        target,
        spec,
        end,
        carried_bytes: carried,
        drained_ns,
    })
}

/// Tells an end how a flow ended.
fn tell(
    notices: &mut Vec<FlowNotice>,
    flow: &Flow,
    target: Contact,
    end: FlowEnd,
    at_ns: u64,
    drained_ns: u64,
) {
    let carried = carried_bytes(flow.spec.bytes, flow.work);
    notices.extend(notice(flow.spec, target, end, at_ns, carried, drained_ns));
}

//! What an event does to its peer.

use super::{PeerEvent, Shard, Surroundings};
use crate::engine::accounts::Drop;
use crate::engine::event::{Event, Occurrence, WORKLOAD};
use crate::engine::network::{FlowChange, FlowNotice, Network};
use crate::engine::peer::{Contact, Departure, PeerId};
use crate::engine::protocol::{Belongings, Context, Effect, Message, Protocol};
use crate::engine::sessions::Sessions;
use crate::engine::time::serialisation_ns;

impl<P: Protocol> Shard<P> {
    /// Handles an event and leaves its empty shell.
    #[inline]
    pub(super) fn handle<N: Network, S: Sessions>(
        &mut self,
        event: &mut PeerEvent<P>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        self.digests
            .note_event(event.time_ns, event.class(), event.target);
        match std::mem::replace(&mut event.what, Occurrence::Taken) {
            Occurrence::Arrival(message) if around.has_links => self.come_down(event, message, around),
            Occurrence::Arrival(message) | Occurrence::Reception(message) => {
                self.deliver(event, message, around);
            }
            rarer => self.handle_rarer(event, rarer, around),
        }
    }

    /// Everything but messages.
    #[inline(never)]
    fn handle_rarer<N: Network, S: Sessions>(
        &mut self,
        event: &PeerEvent<P>,
        what: Occurrence<P::Message, P::Timer, P::Command>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let (time_ns, peer) = (event.time_ns, PeerId(event.target));
        let seat = &self.seats[self.index(peer)];
        match what {
            Occurrence::Arrival(_) | Occurrence::Reception(_) | Occurrence::Taken => {
                unreachable!("messages are handled before, and an event is taken once")
            }
            Occurrence::Timer(timer) => {
                if seat.is_current(event.target_session) {
                    self.call(time_ns, peer, around, |program, cx| program.expire(timer, cx));
                } else {
                    self.accounts.stale_timers += 1;
                }
            }
            Occurrence::Command(command) => {
                self.digests.note_command(time_ns, peer.0, event.sequence);
                if seat.is_online {
                    self.call(time_ns, peer, around, |program, cx| program.command(command, cx));
                } else {
                    P::missed(command, time_ns, around.world, &mut self.tally);
                }
            }
            Occurrence::Notice(notice) => {
                if seat.is_current(notice.target.session) {
                    self.digests.note_notice(&notice);
                    self.call(time_ns, peer, around, |program, cx| {
                        program.flow_ended(&notice, cx);
                    });
                } else {
                    self.accounts.stale_notices += 1;
                }
            }
            Occurrence::Join(number) | Occurrence::Rejoin(number) => self.come(time_ns, peer, number, around),
            Occurrence::Leave(number, is_crash) => {
                let departure = if is_crash {
                    Departure::Crash
                } else {
                    Departure::Graceful
                };
                self.end_planned(time_ns, peer, number, departure, around);
            }
        }
    }

    #[inline]
    pub(super) fn index(&self, peer: PeerId) -> usize {
        (peer.0 - self.first) as usize
    }

    /// A message reaches an access link: it comes through when what came before it has.
    #[inline(never)]
    fn come_down<N: Network, S: Sessions>(
        &mut self,
        event: &PeerEvent<P>,
        message: P::Message,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let peer = PeerId(event.target);
        let index = self.index(peer);
        let seat = &self.seats[index];
        if !seat.is_current(event.target_session) {
            self.drop_message(event, &message);
            return;
        }
        let rate_bps = around.network.down_bps(peer);
        let busy_ns = serialisation_ns(u64::from(message.size_bytes()), rate_bps);
        let link = &mut self.links[index];
        let through_ns = link.down_free_ns.max(event.time_ns) + busy_ns;
        link.down_free_ns = through_ns;
        if through_ns == event.time_ns {
            self.deliver(event, message, around);
            return;
        }
        let reception = Event {
            time_ns: through_ns,
            target_session: seat.session,
            what: Occurrence::Reception(message),
            ..*event
        };
        self.schedule_own(event.time_ns, reception, around.until_ns);
    }

    #[inline]
    fn deliver<N: Network, S: Sessions>(
        &mut self,
        event: &PeerEvent<P>,
        message: P::Message,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let peer = PeerId(event.target);
        let index = self.index(peer);
        let seat = &mut self.seats[index];
        if !seat.is_current(event.target_session) {
            self.drop_message(event, &message);
            return;
        }
        let bytes = message.size_bytes();
        self.accounts.delivered[message.kind()].enter(bytes);
        seat.received.enter(bytes);
        self.digests.note_message(
            event.time_ns,
            event.route(),
            event.sequence,
            message.fingerprint(),
            0,
        );
        let from = event.from();
        self.call(event.time_ns, peer, around, |program, cx| {
            program.receive(from, message, cx);
        });
    }

    #[cold]
    fn drop_message(&mut self, event: &PeerEvent<P>, message: &P::Message) {
        let is_online = self.seats[self.index(PeerId(event.target))].is_online;
        let reason = if is_online && event.target_session != 0 {
            Drop::Stale
        } else {
            Drop::Offline
        };
        self.enter_drop(event.time_ns, event.route(), event.sequence, message, reason);
    }

    /// Lets the peer's program handle something and carries out its answers.
    #[inline]
    pub(super) fn call<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        around: &Surroundings<'_, P, N, S>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) {
        let me = self.ask(time_ns, peer, around, handler);
        self.carry_out(time_ns, me, around);
    }

    /// Lets the peer's program handle something; its answers wait in `effects`.
    #[inline]
    pub(super) fn ask<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        around: &Surroundings<'_, P, N, S>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) -> Contact {
        let index = self.index(peer);
        let seat = &mut self.seats[index];
        let me = seat.contact(peer);
        let belongings = Belongings {
            sequence: &mut seat.sequence,
            random: &mut seat.random,
        };
        let mut cx = Context::new(
            time_ns,
            me,
            around.world,
            around.seed,
            belongings,
            &mut self.tally,
            &mut self.effects,
        );
        handler(&mut self.peers[index], &mut cx);
        me
    }

    /// Carries out what the peer answered.
    #[inline]
    pub(super) fn carry_out<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        around: &Surroundings<'_, P, N, S>,
    ) {
        if !self.effects.sendings.is_empty() {
            self.transmit_all(time_ns, me, around);
        }
        if !self.effects.others.is_empty() {
            self.carry_out_others(time_ns, me, around);
        }
    }

    fn carry_out_others<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        me: Contact,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let mut others = std::mem::take(&mut self.effects.others);
        for (sequence, effect) in others.drain(..) {
            match effect {
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
                    self.schedule_own(time_ns, event, around.until_ns);
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
        self.effects.others = others;
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

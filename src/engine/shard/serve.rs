//! What an event does to its peer.

use std::cmp::Reverse;

use super::{Own, OwnEvent, PeerEvent, PeerLetter, Shard, Surroundings};
use crate::engine::accounts::Drop;
use crate::engine::event::{Event, Occurrence, WORKLOAD};
use crate::engine::network::{FlowChange, FlowNotice, Network};
use crate::engine::peer::{Contact, Departure, PeerId};
use crate::engine::peers::Resident;
use crate::engine::protocol::{Belongings, Context, Effect, Message, Protocol};
use crate::engine::queue::Timed;
use crate::engine::sessions::Sessions;
use crate::engine::time::serialisation_ns;

/// What stops a run that handles a letter twice.
const OPENED_ONCE: &str = "a letter is opened once";

impl<P: Protocol> Shard<'_, P> {
    /// Handles a message: books and digests first, then the peer's program unless it dismisses the message.
    #[expect(
        clippy::inline_always,
        reason = "once a message: half of what a call costs is saving what the caller is going to need"
    )]
    #[inline(always)]
    pub(super) fn handle_letter<N: Network, S: Sessions>(
        &mut self,
        letter: &mut PeerLetter<P>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let time_ns = letter.time_ns();
        let index = self.index(PeerId(letter.target));
        if !self.residents[index].seat.is_current(letter.target_session) {
            self.drop_message(letter);
            return;
        }
        if around.has_links && !letter.is_through() && !self.comes_down(letter, around) {
            return;
        }
        let message = letter.message.as_ref().expect(OPENED_ONCE);
        // All that the message itself says, before anything is written: so the compiler looks once at what kind it is.
        let (kind, bytes, fingerprint) = (message.kind(), message.size_bytes(), message.fingerprint());
        self.accounts.delivered[kind].enter(bytes);
        let (route, sequence) = (letter.route(), letter.sequence);
        self.digests.note(time_ns, |digests| {
            digests.note_message(time_ns, route, sequence, fingerprint, 0);
        });
        let Resident { seat, program } = &mut self.residents[index];
        seat.enter_received(bytes);
        if !program.dismiss(message, time_ns, around.world, &mut self.commons) {
            self.receive(letter, around);
        }
    }

    /// Lets the peer's program receive a message that it does not dismiss.
    #[inline(never)]
    fn receive<N: Network, S: Sessions>(
        &mut self,
        letter: &mut PeerLetter<P>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let from = letter.from();
        let message = letter.message.take().expect(OPENED_ONCE);
        self.call(letter.time_ns(), PeerId(letter.target), around, |program, cx| {
            program.receive(from, message, cx);
        });
    }

    /// Handles everything but messages.
    #[inline(never)]
    pub(super) fn handle_other<N: Network, S: Sessions>(
        &mut self,
        event: &mut PeerEvent<P>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        self.digests.note(event.time_ns, |digests| {
            digests.note_event(event.time_ns, event.class(), event.target);
        });
        let what = event.what.take().expect("an event is handled once");
        let (time_ns, peer) = (event.time_ns, PeerId(event.target));
        let seat = &self.residents[self.index(peer)].seat;
        match what {
            Occurrence::Timer(timer) => {
                if seat.is_current(event.session) {
                    self.call(time_ns, peer, around, |program, cx| program.expire(timer, cx));
                } else {
                    self.accounts.stale_timers += 1;
                }
            }
            Occurrence::Command(command) => {
                self.digests.note(time_ns, |digests| {
                    digests.note_command(time_ns, peer.0, event.sequence);
                });
                if seat.is_online {
                    self.call(time_ns, peer, around, |program, cx| program.command(command, cx));
                } else {
                    P::missed(command, time_ns, around.world, &mut self.commons.tally);
                }
            }
            Occurrence::Notice(notice) => {
                if seat.is_current(notice.target.session) {
                    self.digests.note(time_ns, |digests| digests.note_notice(&notice));
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

    /// Index of a peer that lives here.
    #[inline]
    pub(crate) fn index(&self, peer: PeerId) -> usize {
        (peer.0 - self.first) as usize
    }

    /// A message reaches the access link of a peer that is there: it comes through when what came before it has. Whether
    /// that is at once.
    #[inline(never)]
    fn comes_down<N: Network, S: Sessions>(
        &mut self,
        letter: &mut PeerLetter<P>,
        around: &Surroundings<'_, P, N, S>,
    ) -> bool {
        let (peer, time_ns) = (PeerId(letter.target), letter.time_ns());
        let index = self.index(peer);
        let message = letter.message.as_ref().expect(OPENED_ONCE);
        let busy_ns = serialisation_ns(u64::from(message.size_bytes()), around.network.down_bps(peer));
        let link = &mut self.links[index];
        let through_ns = link.down_free_ns.max(time_ns) + busy_ns;
        link.down_free_ns = through_ns;
        if through_ns == time_ns {
            return true;
        }
        let letter = letter.through(through_ns, self.residents[index].seat.session);
        if through_ns < around.until_ns {
            let own = Own::Letter(letter);
            self.own.push(Reverse(OwnEvent(own.peer_key(), own)));
        } else {
            self.letters.push(letter);
        }
        false
    }

    #[cold]
    fn drop_message(&mut self, letter: &PeerLetter<P>) {
        let is_online = self.residents[self.index(PeerId(letter.target))].seat.is_online;
        let reason = if is_online && letter.target_session != 0 {
            Drop::Stale
        } else {
            Drop::Offline
        };
        let message = letter.message.as_ref().expect(OPENED_ONCE);
        self.enter_drop(letter.time_ns(), letter.route(), letter.sequence, message, reason);
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
        if !self.effects.is_empty() {
            self.carry_out(time_ns, me, around);
        }
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
        let Resident { seat, program } = &mut self.residents[index];
        let me = seat.contact(peer);
        let belongings = Belongings {
            sequence: &mut seat.sequence,
            random: &mut self.streams[index],
        };
        let mut cx = Context::new(
            time_ns,
            me,
            around.world,
            &around.seed,
            belongings,
            &mut self.commons,
            &mut self.effects,
        );
        handler(program, &mut cx);
        me
    }

    /// Carries out what the peer answered.
    #[inline(never)]
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

    /// Carries out what the peer answered besides messages.
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
                        session: me.session,
                        what: Some(Occurrence::Timer(timer)),
                    };
                    self.schedule_own(time_ns, event, around.until_ns);
                }
                Effect::StartFlow { spec } => {
                    assert!(
                        around.has_flows,
                        "flows are only started where they are simulated"
                    );
                    self.digests
                        .note(time_ns, |digests| digests.note_flow_start(time_ns, &spec));
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
        self.others.push(Event {
            time_ns,
            target: peer.0,
            source: WORKLOAD,
            sequence: row,
            session: 0,
            what: Some(Occurrence::Command(command)),
        });
    }

    /// Delivers the notice of a flow's end when it is due.
    pub(crate) fn announce(&mut self, notice: FlowNotice) {
        self.others.push(Event {
            time_ns: notice.at_ns,
            target: notice.target.peer.0,
            source: notice.spec.flow.source.0,
            sequence: notice.spec.flow.number,
            session: notice.target.session,
            what: Some(Occurrence::Notice(Box::new(notice))),
        });
    }
}

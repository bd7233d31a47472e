//! How peers come and go, as planned or by an action.

use super::{PeerEvent, Shard, Surroundings};
use crate::engine::event::{Event, Occurrence, join_sequence, leave_sequence, rejoin_sequence};
use crate::engine::network::{FlowChange, Network};
use crate::engine::peer::{Departure, PeerId};
use crate::engine::protocol::Protocol;
use crate::engine::seat::LinkSeat;
use crate::engine::sessions::Sessions;
use crate::engine::time::NEVER_NS;

impl<P: Protocol> Shard<'_, P> {
    pub(super) fn lifecycle_event(
        peer: PeerId,
        time_ns: u64,
        sequence: u32,
        what: Occurrence<P::Timer, P::Command>,
    ) -> PeerEvent<P> {
        Event {
            time_ns,
            target: peer.0,
            source: peer.0,
            sequence,
            session: 0,
            what: Some(what),
        }
    }

    /// The events by which planned session `number` begins and ends, if there is one.
    pub(super) fn plan<N: Network, S: Sessions>(
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
        let is_crash = session.departure == Departure::Crash;
        let end = (session.end_ns < NEVER_NS).then(|| {
            let leave = Occurrence::Leave(number, is_crash);
            Self::lifecycle_event(peer, session.end_ns, leave_sequence(number), leave)
        });
        let start = (session.start_ns < NEVER_NS).then(|| {
            let join = Occurrence::Join(number);
            Self::lifecycle_event(peer, session.start_ns, join_sequence(number), join)
        });
        [start, end]
    }

    /// Planned session `number` begins or goes on, unless an action keeps the peer away.
    pub(super) fn come<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        number: u32,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = self.index(peer);
        let seat = &mut self.residents[index].seat;
        if seat.is_online || self.presences[index].planned != number {
            return;
        }
        let banished_until_ns = self.banished.get(&peer).copied().unwrap_or(0);
        if time_ns < banished_until_ns {
            if banished_until_ns < NEVER_NS {
                self.schedule_rejoin(time_ns, peer, number, banished_until_ns, around.until_ns);
            }
            return;
        }
        seat.is_online = true;
        seat.session = seat
            .session
            .checked_add(1)
            .expect("a peer has fewer than 2^16 sessions in a run");
        let contact = seat.contact(peer);
        self.sessions[index] = contact.session;
        self.presences[index].since_ns = time_ns;
        if let Some(link) = self.links.get_mut(index) {
            *link = LinkSeat {
                up_free_ns: time_ns,
                down_free_ns: time_ns,
            };
        }
        self.attendance.begin(time_ns);
        self.digests
            .note(time_ns, |digests| digests.note_churn(time_ns, contact, None));
        if around.has_flows {
            self.flow_changes.push((time_ns, FlowChange::Up { contact }));
        }
        self.call(time_ns, peer, around, P::join);
    }

    fn schedule_rejoin(&mut self, now_ns: u64, peer: PeerId, number: u32, at_ns: u64, until_ns: u64) {
        let rejoin = Occurrence::Rejoin(number);
        let event = Self::lifecycle_event(peer, at_ns, rejoin_sequence(number), rejoin);
        self.schedule_own(now_ns, event, until_ns);
    }

    /// Planned session `number` ends, and the next one is planned.
    pub(super) fn end_planned<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        number: u32,
        departure: Departure,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = self.index(peer);
        if self.residents[index].seat.is_online {
            self.go(time_ns, peer, departure, around);
        }
        self.presences[index].planned = number + 1;
        let next = Self::plan(peer, number + 1, time_ns, around);
        for event in next.into_iter().flatten() {
            self.schedule_own(time_ns, event, around.until_ns);
        }
    }

    /// The peer's session ends.
    fn go<N: Network, S: Sessions>(
        &mut self,
        time_ns: u64,
        peer: PeerId,
        departure: Departure,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let index = self.index(peer);
        let presence = &mut self.presences[index];
        presence.online_ns += time_ns - presence.since_ns;
        let contact = self.ask(time_ns, peer, around, |program, cx| program.leave(departure, cx));
        // Of what a peer does in leaving, only messages that it sends in good order have any effect.
        self.effects.others.clear();
        match departure {
            Departure::Graceful => self.carry_out(time_ns, contact, around),
            Departure::Crash => self.effects.withhold(),
        }
        self.residents[index].seat.is_online = false;
        self.sessions[index] = 0;
        if let Some(noise) = self.noise.get_mut(index) {
            noise.forget();
        }
        self.attendance.end(time_ns);
        self.digests.note(time_ns, |digests| {
            digests.note_churn(time_ns, contact, Some(departure));
        });
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
        let banished_until_ns = self.banished.entry(peer).or_insert(0);
        *banished_until_ns = until_ns.max(*banished_until_ns);
        let until_ns = *banished_until_ns;
        let index = self.index(peer);
        if !self.residents[index].seat.is_online {
            return;
        }
        self.go(time_ns, peer, departure, around);
        if until_ns < NEVER_NS {
            let number = self.presences[index].planned;
            let at_ns = until_ns.max(time_ns + 1);
            self.schedule_rejoin(time_ns, peer, number, at_ns, around.until_ns);
        }
    }
}

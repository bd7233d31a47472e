//! A cache: a service node that tells addresses of super-peers that announced themselves lately. It does not know who of them is
//! still there.

use super::message::{Long, Message, Short};
use super::{SuperPeer, long};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::Host;

/// A cache's state.
#[derive(Default, Debug)]
pub(super) struct Cache {
    /// Who announced itself, and when, the latest last; nobody twice.
    recent: Vec<(PeerId, u64)>,
}

impl Cache {
    pub(super) fn receive<H: Host<SuperPeer>>(&mut self, from: Contact, message: &Message, host: &mut H) {
        let Message::Short { body, .. } = message else {
            return;
        };
        match body {
            Short::Announce { is_over } => self.list(from.peer, *is_over, host.now_ns()),
            Short::Ask => self.tell(from.peer, host),
            _ => {}
        }
    }

    fn list(&mut self, peer: PeerId, is_over: bool, now_ns: u64) {
        self.recent.retain(|(other, _)| *other != peer);
        if !is_over {
            self.recent.push((peer, now_ns));
        }
    }

    fn tell<H: Host<SuperPeer>>(&mut self, asker: PeerId, host: &mut H) {
        let (now_ns, settings) = (host.now_ns(), host.settings());
        let (expiry_ns, given, wire) = (
            settings.expiry_ns,
            settings.addresses_given as usize,
            settings.wire,
        );
        let gone = self
            .recent
            .partition_point(|(_, at_ns)| now_ns - at_ns >= expiry_ns);
        self.recent.drain(..gone);
        let places = host.random().distinct(self.recent.len(), given);
        let others = places.into_iter().map(|place| self.recent[place].0);
        let told: Vec<PeerId> = others.filter(|peer| *peer != asker).collect();
        let size_bytes = wire.listing(wire.cache_reply, told.len());
        host.datagram(asker, long(Long::Told(told), size_bytes));
    }
}

//! The host cache: a node that has no links and tells servents the addresses of others that asked lately.
//!
//! It answers as UDP host caches do: a datagram with a few addresses, drawn at random from those it heard from most
//! recently. It is a source of the overlay's randomness, not of truth: it does not know who is still online.

use super::Gnutella;
use super::message::{Addresses, Message};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::Host;
use std::collections::VecDeque;

/// A host cache's state.
#[derive(Default, Debug)]
pub(super) struct HostCache {
    /// Who asked lately, the latest last; nobody twice.
    recent: VecDeque<PeerId>,
}

impl HostCache {
    pub(super) fn receive<H: Host<Gnutella>>(&mut self, from: Contact, message: &Message, host: &mut H) {
        match message {
            Message::CacheRequest { listed } => self.give(from.peer, *listed, host),
            Message::CacheReply(_) | Message::Close => {}
            _ => host.send(from, Message::Close),
        }
    }

    fn give<H: Host<Gnutella>>(&mut self, asker: PeerId, listed: bool, host: &mut H) {
        if let Some(place) = self.recent.iter().position(|peer| *peer == asker) {
            self.recent.remove(place);
        }
        let given = host.settings().host_cache.addresses_given as usize;
        let peers = host
            .random()
            .distinct(self.recent.len(), given)
            .into_iter()
            .map(|place| self.recent[place])
            .collect();
        host.datagram(asker, Message::CacheReply(Box::new(Addresses { peers })));
        if listed {
            self.recent.push_back(asker);
            let kept = host.settings().host_cache.addresses_kept as usize;
            while self.recent.len() > kept {
                self.recent.pop_front();
            }
        }
    }
}

//! Kademlia: nodes know others by how many leading digits of the identifier they share, closeness is XOR.
//!
//! After Maymounkov and Mazières, "Kademlia: a peer-to-peer information system based on the XOR metric" (IPTPS 2002), whose
//! sections are named where they are followed. With other parameters it is BitTorrent's mainline DHT (BEP 5: k = 8) or eMule's
//! KAD (k = 10, three bits to a level).
//!
//! A node's knowledge comes from messages that reached it: whoever is heard is put into the routing table if there is room,
//! whoever stays silent is dropped. This room knows nothing of lookups' progress, of values, of files, or of who is online.

mod between;
mod check;
mod closest;
mod contact;
pub mod footprint;
mod packets;
mod place;
pub mod settings;
mod sizes;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod upkeep;
mod warm;

pub use check::Violation;
pub use place::Place;
pub use settings::{Settings, Wire};
pub use warm::warm;

use crate::engine::Departure;
use crate::overlay::dht::caches::Caching;
use crate::overlay::dht::judge::Judge;
use crate::overlay::dht::message::{Content, Guidance, Message};
use crate::overlay::dht::service::{Found, Service};
use crate::overlay::dht::{Dht, Directory, Identifier, NodeId, Router, settings as shared};
use crate::overlay::{Finding, Host};
use place::Digits;
use std::convert::Infallible;
use table::Table;

/// The routing part of a Kademlia node.
#[derive(Default, Debug)]
pub struct Kademlia {
    table: Table,
    /// When it last became part of the network, or found back to it, nanoseconds.
    joined_ns: u64,
    /// Bootstrap nodes that were tried in a row without an answer.
    tries: u16,
    /// Whether it looks itself up through a bootstrap node.
    is_joining: bool,
    /// Whether observers were told that it is part of the network.
    is_member: bool,
}

/// Why a node asks another, or looks a key up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To become part of the network: it looks its own identifier up.
    Join,
    /// To learn of nodes in a part of the identifier space.
    Refresh,
    /// To see whether the least recently heard contact of a full bucket is alive.
    Probe,
    /// To become known to another, and to know it.
    Greet,
}

/// What a node wakes up for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// To try bootstrap nodes again.
    Retry,
    /// To refresh the buckets that are due.
    Refresh,
}

impl Settings {
    fn digits(&self, directory: &Directory) -> Digits {
        Digits {
            bits: u32::from(self.bits_per_level),
            width: directory.width(),
        }
    }
}

impl<H: Host<Dht<Kademlia>>> Service<'_, Kademlia, H> {
    fn digits(&self) -> Digits {
        let settings = self.settings();
        settings.router.digits(&settings.directory)
    }

    fn place(&self, of: Identifier) -> Option<Place> {
        self.digits().place(self.my_identifier(), of)
    }
}

impl Kademlia {
    /// A node that knows nobody.
    pub fn cold() -> Self {
        Self::default()
    }
}

impl Router for Kademlia {
    type Settings = Settings;
    type Body = Infallible;
    type Timer = Timer;
    type Purpose = Purpose;

    const KINDS: &'static [&'static str] = &[];
    const TELLS_OWNERS: bool = false;

    fn kind(body: &Infallible) -> usize {
        match *body {}
    }

    fn fingerprint(body: &Infallible) -> u64 {
        match *body {}
    }

    fn is_answer(body: &Infallible) -> bool {
        match *body {}
    }

    fn size_bytes(content: &Content<Infallible>, settings: &shared::Settings<Settings>) -> u32 {
        sizes::size_bytes(content, &settings.router) + content.cargo_bytes(&settings.storage)
    }

    fn packet(message: &Message<Self>, settings: &shared::Settings<Settings>) -> Option<Vec<u8>> {
        let is_wanted = settings.router.is_captured && settings.router.wire == Wire::Krpc;
        is_wanted
            .then(|| packets::encoded(message, &settings.directory))
            .flatten()
    }

    /// Section 2.1.
    fn distance(key: Identifier, node: Identifier) -> Identifier {
        key.xor(node)
    }

    /// Section 2.3: a lookup ends when the k closest nodes have answered.
    fn breadth(settings: &Settings) -> u16 {
        settings.bucket_contacts
    }

    /// Section 2.3: the k closest that it knows.
    fn guide(&self, key: Identifier, me: NodeId, settings: &shared::Settings<Settings>) -> Guidance {
        let directory = &settings.directory;
        let closer = closest::closest(
            &self.table,
            key,
            directory.identifier(me),
            settings.router.digits(directory),
            directory,
            usize::from(settings.router.bucket_contacts),
        );
        let owners = Vec::new();
        Guidance { closer, owners }
    }

    /// Section 2.3.
    fn caching(settings: &Settings) -> Option<Caching> {
        settings.caching
    }

    fn nodes_between(&self, key: Identifier, me: NodeId, settings: &shared::Settings<Settings>) -> u64 {
        let (directory, router) = (&settings.directory, &settings.router);
        let (me, digits) = (directory.identifier(me), router.digits(directory));
        between::nodes_between(&self.table, key, me, digits, router.bucket_contacts)
    }

    fn join<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>) {
        self.come_online(service);
    }

    /// Nobody is told, even at a graceful departure: Kademlia has no such message, and contacts find out by silence.
    fn leave<H: Host<Dht<Self>>>(&mut self, _: Departure, service: &mut Service<'_, Self, H>) {
        if self.is_member {
            service.note_left();
        }
        *self = Self::cold();
    }

    #[inline]
    fn prefetch(&self) {
        self.table.prefetch();
    }

    /// Section 2.2. Whoever only says that it is alive gives no reason to doubt another: otherwise a ping of a node that its
    /// receiver does not know would have this one ping a third, and so on through the whole network.
    fn heard<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        says_more: bool,
        service: &mut Service<'_, Self, H>,
    ) {
        let Some(place) = service.place(service.identifier(from)) else {
            return;
        };
        let now_ns = service.now_ns();
        let settings = &service.settings().router;
        let may_doubt = says_more && settings.pings_before_eviction;
        let doubted = self.table.heard(place, from, now_ns, may_doubt, settings);
        if let Some(doubted) = doubted {
            service.ask(doubted, Content::Ping, Purpose::Probe);
        }
    }

    fn receive<H: Host<Dht<Self>>>(
        &mut self,
        _: NodeId,
        _: u32,
        body: Infallible,
        _: &mut Service<'_, Self, H>,
    ) {
        match body {}
    }

    fn answered<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        purpose: Purpose,
        _: Content<Infallible>,
        service: &mut Service<'_, Self, H>,
    ) {
        // That it is alive was noted when it was heard.
        if purpose == Purpose::Probe
            && let Some(place) = service.place(service.identifier(from))
        {
            self.table.probed(place);
        }
    }

    fn unanswered<H: Host<Dht<Self>>>(
        &mut self,
        node: NodeId,
        purpose: Option<Purpose>,
        service: &mut Service<'_, Self, H>,
    ) {
        self.note_silence(node, purpose, service);
    }

    /// Section 2.3: a bucket in which something is looked up needs no refresh for a while.
    fn looks_up<H: Host<Dht<Self>>>(&mut self, key: Identifier, service: &mut Service<'_, Self, H>) {
        let now_ns = service.now_ns();
        // When buckets are due that were filled at joining has been drawn: see `Self::admit`.
        if now_ns == self.joined_ns {
            return;
        }
        if let Some(place) = service.place(key) {
            let due_ns = now_ns.saturating_add(service.settings().router.refresh_ns);
            self.table.set_due(place, due_ns);
        }
    }

    fn expire<H: Host<Dht<Self>>>(&mut self, timer: Timer, service: &mut Service<'_, Self, H>) {
        match timer {
            Timer::Retry => self.enter(service),
            Timer::Refresh => self.refresh(service),
        }
    }

    fn looked_up<H: Host<Dht<Self>>>(
        &mut self,
        purpose: Purpose,
        found: Option<Found>,
        service: &mut Service<'_, Self, H>,
    ) {
        match (purpose, found) {
            (Purpose::Join, Some(_)) => self.entered(service),
            (Purpose::Join, None) => self.not_entered(service),
            (Purpose::Refresh, Some(found)) => self.greet(&found.owners, service),
            (Purpose::Refresh, None) => {}
            (Purpose::Probe | Purpose::Greet, _) => unreachable!("nothing is looked up for that"),
        }
    }

    fn was_responsible(
        judge: &Judge<'_>,
        node: NodeId,
        key: Identifier,
        from_ns: u64,
        until_ns: u64,
    ) -> bool {
        judge.was_closest(node, key, from_ns, until_ns)
    }

    fn findings<'n>(
        settings: &shared::Settings<Settings>,
        online: &dyn Fn(NodeId) -> Option<&'n Self>,
    ) -> Vec<Finding> {
        check::findings(settings, online)
    }

    fn visit_neighbours(&self, visit: &mut dyn FnMut(NodeId)) {
        let contacts = self.table.contacts().iter();
        contacts.for_each(|contact| visit(contact.node()));
    }
}

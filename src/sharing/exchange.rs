//! Source exchange: peers between which a file is transferred tell each other who else has it.
//!
//! A peer names the sources of its own download that gave it a slot or a place in their queue, and those to whom it delivered
//! a chunk itself: nobody else, so that whoever is named has the file or a part of it, as far as the namer can know. There are
//! two ways: a download asks its sources now and then (eDonkey), or both ends of a connection say what has changed (BitTorrent).
//!
//! This room knows nothing of the overlay. Where a named peer cannot be connected to, nothing here has it call back.

use super::message::{Named, SourceList, TransferBody, TransferTimer};
use super::sharer::Desk;
use crate::engine::footprint::grown_bytes;
use crate::engine::{Contact, PeerId};
use crate::overlay::ItemId;

/// How sources are exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExchangeSettings {
    /// Who speaks, and when.
    pub way: ExchangeWay,
    /// Shortest time between two messages about one item to one peer, nanoseconds, at least 1: questions, or changes.
    pub every_ns: u64,
    /// Most sources named in a message, at least 1.
    pub sources_max: u16,
    /// How long a peer is still named to whom a chunk was delivered and who wants no more, nanoseconds.
    pub remember_ns: u64,
    /// Whether peers are named to whom nobody can connect.
    pub names_firewalled: bool,
    /// Size of a message that names nobody, bytes.
    pub message_bytes: u32,
    /// Size of a named source, bytes.
    pub source_bytes: u32,
}

/// Who speaks of sources, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExchangeWay {
    /// A download asks a source that gives it a slot or a place in its queue.
    Questions {
        /// Shortest time between two questions about one item, whomever they are put to, nanoseconds.
        pause_ns: u64,
        /// With fewer sources known it does not wait for that.
        few_sources: u32,
        /// Size of a question, bytes.
        request_bytes: u32,
    },
    /// Both ends of a connection say whom they have come to know, and whom they know no longer.
    Changes {
        /// Most peers in a message that are known no longer.
        dropped_max: u16,
        /// Size of one of them, bytes.
        dropped_bytes: u32,
    },
}

/// A peer that is told of changes.
#[derive(Debug)]
struct Partner {
    /// By which its timer knows it.
    number: u32,
    contact: Contact,
    item: ItemId,
    /// Whom it was told of, in that order.
    told: Vec<PeerId>,
}

/// Whom a peer tells of changes.
#[derive(Default, Debug)]
pub(super) struct Exchange {
    partners: Vec<Partner>,
    next_partner: u32,
}

impl Exchange {
    /// Whether a peer is told of changes in who has an item.
    pub(super) fn has(&self, contact: Contact, item: ItemId) -> bool {
        let mut partners = self.partners.iter();
        partners.any(|partner| partner.contact == contact && partner.item == item)
    }

    /// From now on a peer is told of changes, `known` being what there is to tell it at once.
    pub(super) fn begin<'w>(
        &mut self,
        (contact, item): (Contact, ItemId),
        known: &[Named],
        settings: &ExchangeSettings,
        desk: &mut impl Desk<'w>,
    ) {
        let number = self.next_partner;
        self.next_partner = number.wrapping_add(1);
        let mut partner = Partner {
            number,
            contact,
            item,
            told: Vec::new(),
        };
        partner.tell(known, settings, desk);
        self.partners.push(partner);
        desk.wake(settings.every_ns, TransferTimer::Exchange { partner: number });
    }

    /// Whom a timer is about, if it still means something.
    pub(super) fn partner(&self, number: u32) -> Option<(Contact, ItemId)> {
        let partner = self.partners.iter().find(|partner| partner.number == number)?;
        Some((partner.contact, partner.item))
    }

    /// It is time to tell a peer what has changed.
    pub(super) fn go_on<'w>(
        &mut self,
        number: u32,
        known: &[Named],
        settings: &ExchangeSettings,
        desk: &mut impl Desk<'w>,
    ) {
        if let Some(partner) = self.partners.iter_mut().find(|partner| partner.number == number) {
            partner.tell(known, settings, desk);
            desk.wake(settings.every_ns, TransferTimer::Exchange { partner: number });
        }
    }

    /// The connection to a peer is over.
    pub(super) fn end(&mut self, number: u32) {
        self.partners.retain(|partner| partner.number != number);
    }

    /// The session ends.
    pub(super) fn leave(&mut self) {
        self.partners.clear();
    }
}

impl Partner {
    /// Says what has changed, as much as goes into one message; nothing if nothing has.
    fn tell<'w>(&mut self, known: &[Named], settings: &ExchangeSettings, desk: &mut impl Desk<'w>) {
        let ExchangeWay::Changes {
            dropped_max,
            dropped_bytes,
        } = settings.way
        else {
            return;
        };
        let is_known = |peer: PeerId| known.iter().any(|named| named.peer == peer);
        let gone = self.told.iter().copied().filter(|peer| !is_known(*peer));
        let dropped: Box<[PeerId]> = gone.take(usize::from(dropped_max)).collect();
        let new = known.iter().filter(|named| !self.told.contains(&named.peer));
        let added: Box<[Named]> = new.copied().take(usize::from(settings.sources_max)).collect();
        if added.is_empty() && dropped.is_empty() {
            return;
        }
        self.told.retain(|peer| !dropped.contains(peer));
        self.told.extend(added.iter().map(|named| named.peer));
        let size_bytes = settings.list_bytes(added.len()) + dropped_bytes * count(dropped.len());
        let list = SourceList {
            item: self.item,
            added,
            dropped,
        };
        desk.tell(self.contact, TransferBody::Sources(Box::new(list)), size_bytes);
    }
}

impl ExchangeSettings {
    /// Size of a message that names so many sources, bytes.
    fn list_bytes(&self, sources: usize) -> u32 {
        self.message_bytes + self.source_bytes * count(sources)
    }

    /// Answers a question with the first of those that are known; does not if there are none.
    pub(super) fn answer<'w>(&self, to: Contact, item: ItemId, known: &[Named], desk: &mut impl Desk<'w>) {
        let added: Box<[Named]> = known
            .iter()
            .copied()
            .take(usize::from(self.sources_max))
            .collect();
        if added.is_empty() {
            return;
        }
        let size_bytes = self.list_bytes(added.len());
        let list = SourceList {
            item,
            added,
            dropped: Box::default(),
        };
        desk.tell(to, TransferBody::Sources(Box::new(list)), size_bytes);
    }
}

/// What a peer that fetches or serves keeps to tell so many others of so many sources each: for estimates.
pub fn exchange_bytes(partners: usize, sources: usize) -> usize {
    grown_bytes::<Partner>(partners) + partners * grown_bytes::<PeerId>(sources)
}

fn count(peers: usize) -> u32 {
    u32::try_from(peers).expect("a message names fewer than 2^32 peers")
}

/// When a download last asked for sources, and whom.
#[derive(Default, Debug)]
pub(super) struct Asked(Vec<(PeerId, u64)>);

impl Asked {
    /// Whether a source may be asked now that so many are known; notes that it is.
    pub(super) fn ask(
        &mut self,
        source: PeerId,
        now_ns: u64,
        known_sources: usize,
        settings: &ExchangeSettings,
    ) -> bool {
        let ExchangeWay::Questions {
            pause_ns,
            few_sources,
            ..
        } = settings.way
        else {
            return false;
        };
        let since_ns = |(_, at_ns): &(PeerId, u64)| now_ns - at_ns;
        let own = self.0.iter().find(|(peer, _)| *peer == source);
        let is_too_soon = own
            .map(since_ns)
            .is_some_and(|since_ns| since_ns < settings.every_ns);
        let last = self.0.iter().map(since_ns).min();
        let is_patient = known_sources >= few_sources as usize;
        if is_too_soon || (is_patient && last.is_some_and(|since_ns| since_ns < pause_ns)) {
            return false;
        }
        self.0.retain(|(peer, _)| *peer != source);
        self.0.push((source, now_ns));
        true
    }
}

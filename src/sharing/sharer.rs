//! A peer's part in sharing, whatever overlay runs beside it: what it has, fetches and serves.

use super::books::SharingBooks;
use super::chunks::ChunkSet;
use super::downloads::Downloads;
use super::exchange::{Exchange, ExchangeSettings, ExchangeWay};
use super::library::{Library, TransferSettings};
use super::message::{Named, TransferBody, TransferTimer};
use super::signature::Signature;
use super::uploads::Uploads;
use crate::engine::network::{FlowId, FlowNotice};
use crate::engine::{Contact, PeerId, SmallStream};
use crate::overlay::{Answer, ItemId, QueryId};
use std::collections::VecDeque;

/// What sharing needs of its peer: the engine's context without the overlay's types.
pub(super) trait Desk<'w> {
    fn now_ns(&self) -> u64;
    fn me(&self) -> Contact;
    fn library(&self) -> &'w Library;
    fn random(&mut self) -> &mut SmallStream;
    fn books(&mut self) -> &mut SharingBooks;
    fn tell(&mut self, to: Contact, body: TransferBody, size_bytes: u32);
    fn wake(&mut self, after_ns: u64, timer: TransferTimer);
    fn start_flow(&mut self, sink: Contact, bytes: u64, tag: u64, idle_timeout_ns: u64) -> FlowId;
    fn stop_flow(&mut self, flow: FlowId);

    /// How files are fetched.
    ///
    /// # Panics
    /// When nothing is fetched in this run: then nobody gets this far.
    fn settings(&self) -> &'w TransferSettings {
        let settings = self.library().transfers.as_ref();
        settings.expect("transfers happen only where they are set up")
    }
}

/// Something the application wants of the overlay: to have `holder` call back about a query, or, without a holder, to
/// search again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wish {
    pub(super) query: QueryId,
    pub(super) holder: Option<Contact>,
}

/// A peer's part. Two words while it has neither fetched nor served anything.
#[derive(Default)]
pub(super) struct Sharer {
    /// Whatever it may offer once it has been online, whether it does at the moment or not.
    signature: Signature,
    activity: Option<Box<Activity>>,
}

#[derive(Default)]
pub(super) struct Activity {
    /// Items fetched, ascending; they stay from session to session.
    fetched: Vec<ItemId>,
    downloads: Downloads,
    uploads: Uploads,
    exchange: Exchange,
    wishes: VecDeque<Wish>,
}

/// What a peer can serve at the moment.
pub(super) struct Shelf<'s, 'w> {
    fetched: &'s [ItemId],
    downloads: &'s Downloads,
    me: PeerId,
    library: &'w Library,
}

/// What a peer has of an item: the whole, or some chunks.
pub(super) enum Offer<'s> {
    Whole,
    Part(&'s ChunkSet),
}

impl<'s> Shelf<'s, '_> {
    /// What the peer offers of an item, if anything.
    pub(super) fn offer(&self, item: ItemId) -> Option<Offer<'s>> {
        let traits = self.library.traits(self.me);
        if !traits.shares {
            return None;
        }
        if self.library.holds(self.me, item) {
            return Some(Offer::Whole);
        }
        if !traits.shares_finished {
            return None;
        }
        if self.fetched.binary_search(&item).is_ok() {
            return Some(Offer::Whole);
        }
        match &self.library.transfers {
            Some(settings) if settings.partial_sharing => self.downloads.part(item).map(Offer::Part),
            _ => None,
        }
    }
}

impl Activity {
    fn shelf<'s, 'w>(&'s self, me: PeerId, library: &'w Library) -> Shelf<'s, 'w> {
        Shelf {
            fetched: &self.fetched,
            downloads: &self.downloads,
            me,
            library,
        }
    }

    /// The uploads, for acting, beside what there is to serve.
    fn counter<'s, 'w>(&'s mut self, me: PeerId, library: &'w Library) -> (&'s mut Uploads, Shelf<'s, 'w>) {
        let shelf = Shelf {
            fetched: &self.fetched,
            downloads: &self.downloads,
            me,
            library,
        };
        (&mut self.uploads, shelf)
    }

    /// Who has an item as far as the peer knows, for naming to `other`.
    fn known_sources(
        &mut self,
        item: ItemId,
        other: PeerId,
        now_ns: u64,
        settings: &ExchangeSettings,
    ) -> Vec<Named> {
        let mut known: Vec<Named> = Vec::new();
        let mut visit = |named: Named| {
            let is_meant = named.peer != other && (settings.names_firewalled || !named.firewalled);
            if is_meant && known.iter().all(|earlier| earlier.peer != named.peer) {
                known.push(named);
            }
        };
        self.downloads.visit_sources(item, &mut visit);
        self.uploads
            .visit_served(item, (now_ns, settings.remember_ns), &mut visit);
        known
    }

    /// Whether an item is transferred, or about to be, between the peer and another.
    fn is_connected(&self, other: Contact, item: ItemId) -> bool {
        self.uploads.serves(other, item) || self.downloads.has_source(other, item)
    }

    /// There may be a connection now over which sources are exchanged.
    fn meet<'w>(&mut self, other: Contact, item: ItemId, desk: &mut impl Desk<'w>) {
        let Some(settings) = &desk.settings().exchange else {
            return;
        };
        match settings.way {
            ExchangeWay::Questions { .. } => self.downloads.ask_for_sources(other, item, desk),
            ExchangeWay::Changes { .. } => {
                if self.is_connected(other, item) && !self.exchange.has(other, item) {
                    let known = self.known_sources(item, other.peer, desk.now_ns(), settings);
                    self.exchange.begin((other, item), &known, settings, desk);
                }
            }
        }
    }

    /// It is time to tell another peer of changes.
    fn exchange_expired<'w>(&mut self, number: u32, desk: &mut impl Desk<'w>) {
        let (Some(settings), Some((other, item))) =
            (&desk.settings().exchange, self.exchange.partner(number))
        else {
            return;
        };
        if self.is_connected(other, item) {
            let known = self.known_sources(item, other.peer, desk.now_ns(), settings);
            self.exchange.go_on(number, &known, settings, desk);
        } else {
            self.exchange.end(number);
        }
    }

    /// Another peer asks who has an item.
    fn answer_sources<'w>(&mut self, other: Contact, item: ItemId, desk: &mut impl Desk<'w>) {
        if let Some(settings) = &desk.settings().exchange {
            let known = self.known_sources(item, other.peer, desk.now_ns(), settings);
            settings.answer(other, item, &known, desk);
        }
    }

    /// Enters what was completed, so that it can be served.
    fn shelve(&mut self) {
        while let Some(item) = self.downloads.take_completed() {
            if let Err(place) = self.fetched.binary_search(&item) {
                self.fetched.insert(place, item);
            }
        }
    }
}

impl Sharer {
    /// The peer comes online.
    pub(super) fn join(&mut self, me: PeerId, library: &Library) {
        if library.traits(me).shares {
            library.visit_held(me, |item| self.signature.enter(item));
        }
    }

    /// Whether the peer answers a query for an item now that it is online: as [`Sharer::offers`], and nearly always
    /// quicker where it does not.
    #[inline]
    pub(super) fn answers(&self, item: ItemId, me: PeerId, library: &Library) -> bool {
        self.signature.may_hold(item) && self.offers(item, me, library)
    }

    /// Whether the peer would answer queries for an item if it were online.
    pub(super) fn offers(&self, item: ItemId, me: PeerId, library: &Library) -> bool {
        match &self.activity {
            Some(activity) => activity.shelf(me, library).offer(item).is_some(),
            None => library.traits(me).shares && library.holds(me, item),
        }
    }

    /// Whether the peer has the whole item.
    pub(super) fn has(&self, item: ItemId, me: PeerId, library: &Library) -> bool {
        library.holds(me, item) || self.fetched().binary_search(&item).is_ok()
    }

    /// Number of whole files the peer shares.
    pub(super) fn shared_files(&self, me: PeerId, library: &Library) -> u32 {
        let traits = library.traits(me);
        if !traits.shares {
            return 0;
        }
        let fetched = if traits.shares_finished {
            self.fetched().len()
        } else {
            0
        };
        let files = library.held(me) + fetched;
        u32::try_from(files).expect("a peer shares fewer than 2^32 files")
    }

    /// Calls `visit` with every file that the overlay is to know of: whole ones that the peer shares, and parts where these are
    /// announced.
    pub(super) fn visit_shared(&self, me: PeerId, library: &Library, visit: &mut dyn FnMut(ItemId)) {
        let traits = library.traits(me);
        if traits.shares {
            library.visit_held(me, &mut *visit);
            if traits.shares_finished {
                self.fetched().iter().copied().for_each(&mut *visit);
                if let Some(activity) = &self.activity
                    && announces_partial(library)
                {
                    activity.downloads.visit_parts(visit);
                }
            }
        }
    }

    /// Whether the overlay is to be told that other parts of files are there than before.
    pub(super) fn take_parts_changed(&mut self, library: &Library) -> bool {
        announces_partial(library)
            && self
                .activity
                .as_mut()
                .is_some_and(|activity| activity.downloads.take_parts_changed())
    }

    /// Whether the peer is fetching an item.
    pub(super) fn fetches(&self, item: ItemId) -> bool {
        let activity = self.activity.as_ref();
        activity.is_some_and(|activity| activity.downloads.fetches(item))
    }

    pub(super) fn fetched(&self) -> &[ItemId] {
        self.activity.as_ref().map_or(&[], |activity| &activity.fetched)
    }

    pub(super) fn active_downloads(&self) -> usize {
        self.activity
            .as_ref()
            .map_or(0, |activity| activity.downloads.active())
    }

    pub(super) fn active_uploads(&self) -> usize {
        self.activity
            .as_ref()
            .map_or(0, |activity| activity.uploads.active())
    }

    /// The next thing wanted of the overlay, in the order in which they came up.
    #[inline]
    pub(super) fn take_wish(&mut self) -> Option<Wish> {
        self.activity.as_mut()?.wishes.pop_front()
    }

    /// Whether anything is wanted of the overlay.
    pub(super) fn has_wish(&self) -> bool {
        let activity = self.activity.as_ref();
        activity.is_some_and(|activity| !activity.wishes.is_empty())
    }

    /// A hit came back: begin a download with it, or add it to the one that it belongs to.
    pub(super) fn found<'w>(&mut self, query: QueryId, answer: Answer, desk: &mut impl Desk<'w>) {
        let (library, me) = (desk.library(), desk.me().peer);
        let item = library.item(query);
        // Two peers behind firewalls can never connect.
        let unreachable = answer.firewalled && library.traits(me).firewalled;
        if library.transfers.is_none()
            || answer.holder.peer == me
            || unreachable
            || self.has(item, me, library)
        {
            return;
        }
        self.signature.enter(item);
        let activity = self.activity.get_or_insert_default();
        activity
            .downloads
            .found(query, answer, &mut activity.wishes, desk);
    }

    /// Somebody who cannot connect to this peer wants its query's item: open the connection from here.
    pub(super) fn call_back<'w>(&mut self, requester: PeerId, query: QueryId, desk: &mut impl Desk<'w>) {
        let (library, me) = (desk.library(), desk.me().peer);
        let item = library.item(query);
        if let Some(settings) = &library.transfers
            && requester != me
            && self.offers(item, me, library)
        {
            desk.tell(
                Contact::any(requester),
                TransferBody::Give { item },
                settings.give_bytes,
            );
        }
    }

    /// A message about a transfer arrived.
    pub(super) fn receive<'w>(&mut self, from: Contact, body: TransferBody, desk: &mut impl Desk<'w>) {
        let (library, me) = (desk.library(), desk.me().peer);
        let activity = self.activity.get_or_insert_default();
        let opened = body.opens();
        let wishes = &mut activity.wishes;
        let downloads = &mut activity.downloads;
        match body {
            TransferBody::Request { item, firewalled } => {
                let (uploads, shelf) = activity.counter(me, library);
                uploads.request(from, (item, firewalled), &shelf, desk);
            }
            TransferBody::ChunkRequest { item, chunk, ticket } => {
                let (uploads, shelf) = activity.counter(me, library);
                uploads.chunk_request(from, item, (chunk, ticket), &shelf, desk);
            }
            TransferBody::Cancel { item } => {
                let (uploads, shelf) = activity.counter(me, library);
                uploads.cancel(from, item, &shelf, desk);
            }
            TransferBody::Granted { item, have } => downloads.granted(from, item, have, wishes, desk),
            TransferBody::Queued { item, .. } => downloads.queued(from, item, wishes, desk),
            TransferBody::Busy { item } => downloads.busy(from, item, wishes, desk),
            TransferBody::NotFound { item } => downloads.refused(from, item, wishes, desk),
            TransferBody::Closed { item } => downloads.closed(from, item, wishes, desk),
            TransferBody::ChunkHead { ticket } => downloads.begun(ticket),
            // A connection from outside does not come through the peer's own firewall.
            TransferBody::Give { item } if !library.traits(me).firewalled => {
                downloads.given(from, item, desk);
            }
            TransferBody::Give { .. } => {}
            TransferBody::SourcesRequest { item } => activity.answer_sources(from, item, desk),
            TransferBody::Sources(list) => downloads.named(&list, wishes, desk),
        }
        if let Some(item) = opened {
            activity.meet(from, item, desk);
        }
    }

    /// A transfer's timer expired.
    pub(super) fn expire<'w>(&mut self, timer: TransferTimer, desk: &mut impl Desk<'w>) {
        let (library, me) = (desk.library(), desk.me().peer);
        let Some(activity) = &mut self.activity else {
            return;
        };
        let wishes = &mut activity.wishes;
        match timer {
            TransferTimer::HitsCollected { download } => {
                activity.downloads.hits_collected(download, wishes, desk);
            }
            TransferTimer::Source { download, state } => {
                activity.downloads.source_expired(download, state, wishes, desk);
            }
            TransferTimer::Head { ticket } => activity.downloads.head_expired(ticket, wishes, desk),
            TransferTimer::Slot { slot } => {
                let (uploads, shelf) = activity.counter(me, library);
                uploads.slot_expired(slot, &shelf, desk);
            }
            TransferTimer::Exchange { partner } => activity.exchange_expired(partner, desk),
        }
    }

    /// A chunk's transfer ended, at either end.
    pub(super) fn flow_ended<'w>(&mut self, notice: &FlowNotice, desk: &mut impl Desk<'w>) {
        let (library, me) = (desk.library(), desk.me().peer);
        let Some(activity) = &mut self.activity else {
            return;
        };
        if notice.spec.source.peer == me {
            let (uploads, shelf) = activity.counter(me, library);
            uploads.flow_ended(notice, &shelf, desk);
        } else {
            activity.downloads.flow_ended(notice, &mut activity.wishes, desk);
            activity.shelve();
        }
    }

    /// The session ends: what was fetched stays, all else is given up.
    pub(super) fn leave<'w>(&mut self, desk: &mut impl Desk<'w>) {
        let Some(activity) = &mut self.activity else {
            return;
        };
        activity.downloads.leave(desk);
        activity.uploads.leave(desk);
        activity.exchange.leave();
        activity.wishes.clear();
    }
}

/// Whether the overlay is told of parts of files.
fn announces_partial(library: &Library) -> bool {
    let settings = library.transfers.as_ref();
    settings.is_some_and(|settings| settings.partial_sharing && settings.announces_partial)
}

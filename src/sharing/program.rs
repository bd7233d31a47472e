//! The program of a peer that shares files over any overlay.

use super::books::{Issue, SharingBooks};
use super::host::OverlayHost;
use super::library::World;
use super::message::{SharingMessage, SharingTimer};
use super::sharer::Sharer;
use crate::engine::network::FlowNotice;
use crate::engine::prefetch::{LINE_BYTES, prefetch_index};
use crate::engine::protocol::Commons;
use crate::engine::{Contact, Context, Departure, PeerId, Protocol};
use crate::overlay::gnutella::Gnutella;
use crate::overlay::{ItemId, Overlay, QueryId};
use std::mem::offset_of;

/// A peer: its part in the overlay, and what it shares, fetches and serves.
// Aligned, so that it lies in no more cache lines than it must; in this order, so that what an overlay has at its beginning
// lies in one, the first.
#[repr(C, align(32))]
pub struct FileSharing<O> {
    overlay: O,
    sharer: Sharer,
}

impl<O: Overlay + 'static> FileSharing<O> {
    /// A peer that has not been online yet.
    pub fn new(overlay: O) -> Self {
        Self {
            overlay,
            sharer: Sharer::default(),
        }
    }

    /// Its part in the overlay: for observers.
    pub fn overlay(&self) -> &O {
        &self.overlay
    }

    /// Whether the peer, which is `me`, would answer a query for `item` if it were online: the truth, for observers.
    pub fn offers(&self, item: ItemId, me: PeerId, world: &World<O::Settings>) -> bool {
        self.sharer.offers(item, me, &world.library)
    }

    /// As [`FileSharing::offers`], in the way in which the peer itself finds out while it is online.
    #[cfg(test)]
    fn answers(&self, item: ItemId, me: PeerId, world: &World<O::Settings>) -> bool {
        self.sharer.answers(item, me, &world.library)
    }

    /// Whether the peer, which is `me`, has the whole item, shared or not: for observers.
    pub fn has(&self, item: ItemId, me: PeerId, world: &World<O::Settings>) -> bool {
        self.sharer.has(item, me, &world.library)
    }

    /// Number of files the peer, which is `me`, shares: for observers.
    pub fn shared_files(&self, me: PeerId, world: &World<O::Settings>) -> u32 {
        self.sharer.shared_files(me, &world.library)
    }

    /// Items fetched so far, ascending: for observers.
    pub fn fetched(&self) -> &[ItemId] {
        self.sharer.fetched()
    }

    /// Number of downloads under way: for observers.
    pub fn active_downloads(&self) -> usize {
        self.sharer.active_downloads()
    }

    /// Number of downloads this peer serves at the moment: for observers.
    pub fn active_uploads(&self) -> usize {
        self.sharer.active_uploads()
    }

    /// Lets the overlay act, then does what it could not do from within: ask it to have holders call back, or to search
    /// again.
    #[inline]
    fn with_overlay(
        &mut self,
        cx: &mut Context<'_, Self>,
        act: impl FnOnce(&mut O, &mut OverlayHost<'_, '_, O>),
    ) {
        let Self { overlay, sharer } = self;
        let mut host = OverlayHost::new(sharer, cx);
        act(overlay, &mut host);
        if host.has_found() {
            self.settle(cx);
        }
        debug_assert!(!self.sharer.has_wish(), "wishes come of what was found");
    }

    /// Passes on to the overlay what the application wants of it. Bounded: each wish is a source's or that of a search made
    /// anew, and there are only so many of either.
    #[inline]
    fn settle(&mut self, cx: &mut Context<'_, Self>) {
        while let Some(wish) = self.sharer.take_wish() {
            let Self { overlay, sharer } = self;
            let host = &mut OverlayHost::new(sharer, cx);
            match wish.holder {
                Some(holder) => overlay.request_call_back(wish.query, holder, host),
                None => overlay.search(wish.query, host),
            }
        }
        if self.sharer.take_parts_changed(&cx.world().library) {
            self.with_overlay(cx, |overlay, host| overlay.shares_changed(host));
        }
    }
}

const _: () = assert!(
    offset_of!(FileSharing<()>, overlay) == 0 && align_of::<FileSharing<()>>() == 32,
    "half a cache line at an overlay's beginning lies in one line"
);
const _: () = assert!(
    size_of::<Sharer>() == 16,
    "a peer that shares nothing costs two words"
);
const _: () = assert!(
    size_of::<FileSharing<Gnutella>>() == 160,
    "beside its first half line, a peer has two lines"
);
/// As many sharers as fill a cache line.
const LINE_SHARERS: usize = LINE_BYTES / size_of::<Sharer>();

impl<O: Overlay + 'static> Protocol for FileSharing<O> {
    type Message = SharingMessage<O::Message>;
    type Timer = SharingTimer<O::Timer>;
    type Command = QueryId;
    type World = World<O::Settings>;
    type Tally = SharingBooks;

    const PARALLEL_EVENTS_MIN: usize = O::PARALLEL_EVENTS_MIN;

    fn tally(world: &Self::World) -> SharingBooks {
        let mut books = SharingBooks::default();
        books.search.tracing = world.library.is_traced;
        books
    }

    fn join(&mut self, cx: &mut Context<'_, Self>) {
        self.sharer.join(cx.me().peer, &cx.world().library);
        self.with_overlay(cx, |overlay, host| overlay.join(host));
    }

    #[inline]
    fn dismiss(
        &self,
        message: &Self::Message,
        now_ns: u64,
        world: &Self::World,
        commons: &mut Commons<Self>,
    ) -> bool {
        match message {
            SharingMessage::Overlay(message) => {
                let Commons { tally, arena } = commons;
                self.overlay
                    .dismiss(message, now_ns, &world.overlay, &mut tally.search, arena)
            }
            SharingMessage::Transfer(_) => false,
        }
    }

    #[inline]
    fn receive(&mut self, from: Contact, message: Self::Message, cx: &mut Context<'_, Self>) {
        match message {
            SharingMessage::Overlay(message) => {
                self.with_overlay(cx, |overlay, host| overlay.receive(from, message, host));
            }
            SharingMessage::Transfer(message) => {
                self.sharer.receive(from, message.body, cx);
                self.settle(cx);
            }
        }
    }

    /// Fetches the rest of the program: half a line for the overlay's beginning comes by itself, and all the rest lies in the
    /// line in which it ends and in the one before that.
    #[inline]
    fn prefetch(&self, message: &Self::Message) -> bool {
        let needs_more = match message {
            SharingMessage::Overlay(message) => self.overlay.needs_more(message),
            SharingMessage::Transfer(_) => true,
        };
        if needs_more {
            let end = std::slice::from_ref(&self.sharer);
            prefetch_index(end, 0);
            // A hint may name a place outside of a slice.
            prefetch_index(end, 0_usize.wrapping_sub(LINE_SHARERS));
        }
        needs_more
    }

    #[inline]
    fn prefetch_for_answer(&self, message: &Self::Message, commons: &Commons<Self>) -> bool {
        match message {
            SharingMessage::Overlay(message) => {
                self.overlay
                    .prefetch(message, &commons.tally.search, &commons.arena)
            }
            SharingMessage::Transfer(_) => true,
        }
    }

    fn expire(&mut self, timer: Self::Timer, cx: &mut Context<'_, Self>) {
        match timer {
            SharingTimer::Overlay(timer) => {
                self.with_overlay(cx, |overlay, host| overlay.expire(timer, host));
            }
            SharingTimer::Transfer(timer) => {
                self.sharer.expire(timer, cx);
                self.settle(cx);
            }
        }
    }

    fn leave(&mut self, departure: Departure, cx: &mut Context<'_, Self>) {
        self.sharer.leave(cx);
        self.with_overlay(cx, |overlay, host| overlay.leave(departure, host));
    }

    fn command(&mut self, query: QueryId, cx: &mut Context<'_, Self>) {
        let library = &cx.world().library;
        let held = self.sharer.has(library.item(query), cx.me().peer, library);
        if held && !library.search_held {
            cx.tally().note_issue(query, Issue::AlreadyHeld);
            return;
        }
        cx.tally().note_issue(query, Issue::Sent);
        self.with_overlay(cx, |overlay, host| overlay.search(query, host));
    }

    fn missed(query: QueryId, _: u64, _: &Self::World, tally: &mut SharingBooks) {
        tally.note_issue(query, Issue::OriginOffline);
    }

    fn flow_ended(&mut self, notice: &FlowNotice, cx: &mut Context<'_, Self>) {
        let before = self.sharer.fetched().len();
        self.sharer.flow_ended(notice, cx);
        self.settle(cx);
        if self.sharer.fetched().len() > before {
            self.with_overlay(cx, |overlay, host| overlay.shares_changed(host));
        }
    }
}

#[cfg(test)]
mod tests;

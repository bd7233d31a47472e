//! How an overlay sees the peer it runs on when that peer's program is [`FileSharing`].

use super::books::SharingBooks;
use super::library::Library;
use super::message::TransferMessage;
use super::message::{SharingMessage, SharingTimer, TransferBody, TransferTimer};
use super::program::FileSharing;
use super::sharer::{Desk, Sharer};
use crate::engine::network::FlowId;
use crate::engine::{Arena, Contact, Context, PeerId, SmallStream};
use crate::overlay::books::SearchBooks;
use crate::overlay::{Answer, Host, ItemId, Overlay, QueryId, Question, WordId};

/// The adapter: the engine's context on one side, the overlay's host on the other.
pub struct OverlayHost<'h, 'w, O: Overlay + 'static> {
    sharer: &'h mut Sharer,
    cx: &'h mut Context<'w, FileSharing<O>>,
    has_found: bool,
}

impl<'h, 'w, O: Overlay + 'static> OverlayHost<'h, 'w, O> {
    #[inline]
    pub(super) fn new(sharer: &'h mut Sharer, cx: &'h mut Context<'w, FileSharing<O>>) -> Self {
        Self {
            sharer,
            cx,
            has_found: false,
        }
    }

    /// Whether the overlay brought an answer: nothing else that it does makes the application want something of it.
    #[inline]
    pub(super) fn has_found(&self) -> bool {
        self.has_found
    }
}

impl<O: Overlay + 'static> Host<O> for OverlayHost<'_, '_, O> {
    #[inline]
    fn now_ns(&self) -> u64 {
        self.cx.now_ns()
    }

    #[inline]
    fn me(&self) -> Contact {
        self.cx.me()
    }

    #[inline]
    fn settings(&self) -> &O::Settings {
        &self.cx.world().overlay
    }

    #[inline]
    fn random(&mut self) -> &mut SmallStream {
        self.cx.random()
    }

    #[inline]
    fn send(&mut self, to: Contact, message: O::Message) {
        self.cx.send(to, SharingMessage::Overlay(message));
    }

    #[inline]
    fn send_to_neighbour(&mut self, place: usize, to: Contact, message: O::Message) {
        self.cx
            .send_to_neighbour(place, to, SharingMessage::Overlay(message));
    }

    #[inline]
    fn send_all(&mut self, to: impl Iterator<Item = Contact>, message: O::Message) {
        self.cx.send_all(to, SharingMessage::Overlay(message));
    }

    #[inline]
    fn datagram(&mut self, to: PeerId, message: O::Message) {
        self.cx.datagram(to, SharingMessage::Overlay(message));
    }

    #[inline]
    fn set_timer(&mut self, after_ns: u64, timer: O::Timer) {
        self.cx.set_timer(after_ns, SharingTimer::Overlay(timer));
    }

    #[inline]
    fn question(&self, query: QueryId) -> Question {
        self.cx.world().library.question(query)
    }

    #[inline]
    fn holds(&self, item: ItemId) -> bool {
        self.sharer
            .answers(item, self.me().peer, &self.cx.world().library)
    }

    fn visit_shared(&self, visit: &mut dyn FnMut(ItemId)) {
        self.sharer
            .visit_shared(self.me().peer, &self.cx.world().library, visit);
    }

    fn shared_files(&self) -> u32 {
        self.sharer.shared_files(self.me().peer, &self.cx.world().library)
    }

    fn text_bytes(&self, item: ItemId) -> u16 {
        self.cx.world().library.catalogue.text_bytes(item)
    }

    fn name_bytes(&self, item: ItemId) -> u16 {
        self.cx.world().library.catalogue.name_bytes(item)
    }

    fn name_words(&self, item: ItemId) -> &[WordId] {
        self.cx.world().library.catalogue.name_words(item)
    }

    fn asked_words(&self, item: ItemId) -> &[WordId] {
        self.cx.world().library.catalogue.asked_words(item)
    }

    fn fetches(&self, item: ItemId) -> bool {
        self.sharer.fetches(item)
    }

    fn firewalled(&self) -> bool {
        self.cx.world().library.traits(self.me().peer).firewalled
    }

    fn found(&mut self, query: QueryId, answer: Answer) {
        self.has_found = true;
        self.sharer.found(query, answer, self.cx);
    }

    fn call_back(&mut self, requester: PeerId, query: QueryId) {
        self.sharer.call_back(requester, query, self.cx);
    }

    #[inline]
    fn books(&mut self) -> &mut SearchBooks {
        &mut self.cx.tally().search
    }

    #[inline]
    fn arena(&mut self) -> &mut Arena {
        self.cx.arena()
    }
}

/// What the application needs of its peer; which overlay runs beside it does not matter.
impl<'w, O: Overlay + 'static> Desk<'w> for Context<'w, FileSharing<O>> {
    fn now_ns(&self) -> u64 {
        Context::now_ns(self)
    }

    fn me(&self) -> Contact {
        Context::me(self)
    }

    fn library(&self) -> &'w Library {
        &self.world().library
    }

    fn random(&mut self) -> &mut SmallStream {
        Context::random(self)
    }

    fn books(&mut self) -> &mut SharingBooks {
        self.tally()
    }

    fn tell(&mut self, to: Contact, body: TransferBody, size_bytes: u32) {
        let message = TransferMessage { body, size_bytes };
        self.send(to, SharingMessage::Transfer(Box::new(message)));
    }

    fn wake(&mut self, after_ns: u64, timer: TransferTimer) {
        self.set_timer(after_ns, SharingTimer::Transfer(timer));
    }

    fn start_flow(&mut self, sink: Contact, bytes: u64, tag: u64, idle_timeout_ns: u64) -> FlowId {
        Context::start_flow(self, sink, bytes, tag, idle_timeout_ns)
    }

    fn stop_flow(&mut self, flow: FlowId) {
        Context::stop_flow(self, flow);
    }
}

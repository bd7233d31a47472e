//! The peer as either overlay sees it: the same, but for what the policy wants to know or to change.

use super::gateway::tell;
use super::message::{HybridMessage, HybridTimer};
use super::policy::{Desk, Publish};
use super::rarity::Scheme;
use super::{Hybrid, OwnStream};
use crate::engine::{Arena, Contact, PeerId, SmallStream};
use crate::overlay::books::SearchBooks;
use crate::overlay::{Answer, Host, ItemId, Overlay, QueryId, Question, WordId, book_and_find};
use std::marker::PhantomData;

/// The host of the unstructured overlay.
pub(super) struct UnstructuredHost<'h, U, S, H> {
    host: &'h mut H,
    desk: &'h mut Desk,
    overlays: PhantomData<fn() -> (U, S)>,
}

/// The host of the structured overlay.
pub(super) struct StructuredHost<'h, U, S, H> {
    host: &'h mut H,
    desk: &'h mut Desk,
    random: &'h mut OwnStream,
    overlays: PhantomData<fn() -> (U, S)>,
}

impl<'h, U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>> UnstructuredHost<'h, U, S, H> {
    #[inline]
    pub(super) fn new(host: &'h mut H, desk: &'h mut Desk) -> Self {
        let overlays = PhantomData;
        Self { host, desk, overlays }
    }

    /// A hit says who has what a query asks for; `is_of_use`: the peer has it, or may come to have it.
    fn listen(&mut self, item: ItemId, holder: PeerId, is_of_use: bool) {
        let Publish::Rare { scheme, .. } = self.host.settings().policy.publish else {
            return;
        };
        match scheme {
            Scheme::SampledHits { holders_max } => {
                if is_of_use && holder != self.host.me().peer {
                    self.desk.sightings.note_holder(item, holder, holders_max);
                }
            }
            Scheme::TermFrequency { .. } => self.desk.sightings.note_words(self.host.name_words(item)),
            Scheme::SampledNeighbours(_) => {}
        }
    }
}

impl<'h, U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>> StructuredHost<'h, U, S, H> {
    pub(super) fn new(host: &'h mut H, desk: &'h mut Desk, random: &'h mut OwnStream) -> Self {
        Self {
            host,
            desk,
            random,
            overlays: PhantomData,
        }
    }
}

/// What both see of the peer alike.
macro_rules! alike {
    () => {
        #[inline]
        fn now_ns(&self) -> u64 {
            self.host.now_ns()
        }

        #[inline]
        fn me(&self) -> Contact {
            self.host.me()
        }

        #[inline]
        fn question(&self, query: QueryId) -> Question {
            self.host.question(query)
        }

        #[inline]
        fn holds(&self, item: ItemId) -> bool {
            self.host.holds(item)
        }

        fn fetches(&self, item: ItemId) -> bool {
            self.host.fetches(item)
        }

        fn shared_files(&self) -> u32 {
            self.host.shared_files()
        }

        fn text_bytes(&self, item: ItemId) -> u16 {
            self.host.text_bytes(item)
        }

        fn name_bytes(&self, item: ItemId) -> u16 {
            self.host.name_bytes(item)
        }

        fn name_words(&self, item: ItemId) -> &[WordId] {
            self.host.name_words(item)
        }

        fn asked_words(&self, item: ItemId) -> &[WordId] {
            self.host.asked_words(item)
        }

        fn firewalled(&self) -> bool {
            self.host.firewalled()
        }

        fn call_back(&mut self, requester: PeerId, query: QueryId) {
            self.host.call_back(requester, query);
        }
    };
}

impl<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>> Host<U> for UnstructuredHost<'_, U, S, H> {
    alike!();

    #[inline]
    fn settings(&self) -> &U::Settings {
        &self.host.settings().unstructured
    }

    #[inline]
    fn random(&mut self) -> &mut SmallStream {
        self.host.random()
    }

    #[inline]
    fn send(&mut self, to: Contact, message: U::Message) {
        self.host.send(to, HybridMessage::Unstructured(message));
    }

    #[inline]
    fn send_to_neighbour(&mut self, place: usize, to: Contact, message: U::Message) {
        self.host
            .send_to_neighbour(place, to, HybridMessage::Unstructured(message));
    }

    #[inline]
    fn send_all(&mut self, to: impl Iterator<Item = Contact>, message: U::Message) {
        self.host.send_all(to, HybridMessage::Unstructured(message));
    }

    #[inline]
    fn datagram(&mut self, to: PeerId, message: U::Message) {
        self.host.datagram(to, HybridMessage::Unstructured(message));
    }

    #[inline]
    fn set_timer(&mut self, after_ns: u64, timer: U::Timer) {
        self.host.set_timer(after_ns, HybridTimer::Unstructured(timer));
    }

    fn visit_shared(&self, visit: &mut dyn FnMut(ItemId)) {
        self.host.visit_shared(visit);
    }

    fn found(&mut self, query: QueryId, answer: Answer) {
        self.desk.note_hit(query);
        self.listen(self.host.question(query).item, answer.holder.peer, true);
        self.host.found(query, answer);
    }

    fn passed_on(&mut self, query: QueryId, answer: Answer) {
        let item = self.host.question(query).item;
        self.listen(item, answer.holder.peer, self.host.holds(item));
        self.host.passed_on(query, answer);
    }

    #[inline]
    fn books(&mut self) -> &mut SearchBooks {
        self.host.books()
    }

    #[inline]
    fn arena(&mut self) -> &mut Arena {
        self.host.arena()
    }
}

impl<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>> Host<S> for StructuredHost<'_, U, S, H> {
    alike!();

    fn settings(&self) -> &S::Settings {
        &self.host.settings().structured
    }

    fn random(&mut self) -> &mut SmallStream {
        self.random.of(self.host.me().peer, self.host.settings().seed)
    }

    fn send(&mut self, to: Contact, message: S::Message) {
        self.host.send(to, HybridMessage::Structured(Box::new(message)));
    }

    fn send_all(&mut self, to: impl Iterator<Item = Contact>, message: S::Message) {
        self.host
            .send_all(to, HybridMessage::Structured(Box::new(message)));
    }

    fn datagram(&mut self, to: PeerId, message: S::Message) {
        self.host
            .datagram(to, HybridMessage::Structured(Box::new(message)));
    }

    fn set_timer(&mut self, after_ns: u64, timer: S::Timer) {
        self.host.set_timer(after_ns, HybridTimer::Structured(timer));
    }

    /// Nothing but what the policy has published.
    fn visit_shared(&self, visit: &mut dyn FnMut(ItemId)) {
        let publish = &self.host.settings().policy.publish;
        self.host.visit_shared(&mut |item| {
            if self.desk.publishes(item, self.host.name_words(item), publish) {
                visit(item);
            }
        });
    }

    fn found(&mut self, query: QueryId, answer: Answer) {
        if answer.firewalled {
            self.desk.note_by_structured(query, answer.holder.peer);
        }
        self.host.found(query, answer);
    }

    /// An answer to a query that was taken on for another is not this peer's.
    fn deliver(&mut self, query: QueryId, answer: Answer) {
        if let Some(asker) = self.desk.gateway.asker(query) {
            // It knows what it has itself.
            if answer.holder.peer != asker.peer {
                tell(asker, query, answer, self.host);
            }
        } else {
            book_and_find(self, query, answer);
        }
    }

    fn passed_on(&mut self, query: QueryId, answer: Answer) {
        self.host.passed_on(query, answer);
    }

    fn books(&mut self) -> &mut SearchBooks {
        &mut self.host.books().structured().search
    }

    fn arena(&mut self) -> &mut Arena {
        self.host.arena()
    }
}

//! Lookups without any sharing: a program that finds the nodes responsible for keys, to measure structured overlays.

use crate::engine::{Contact, Context, Departure, PeerId, Protocol, SmallStream};
use crate::overlay::books::SearchBooks;
use crate::overlay::dht::{Dht, Identifier, LookupId, Router, message, node, settings};
use crate::overlay::{Answer, Host, ItemId, Overlay, QueryId, Question};

/// A lookup that is going to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedLookup {
    /// When, nanoseconds.
    pub at_ns: u64,
    /// By whom.
    pub origin: PeerId,
    /// Of which key.
    pub key: Identifier,
}

/// The world of a [`BareLookups`] program.
#[derive(Debug)]
pub struct LookupsWorld<S> {
    /// The overlay's parameters.
    pub overlay: settings::Settings<S>,
    /// The workload: a lookup's number is its position.
    pub lookups: Vec<PlannedLookup>,
}

/// A peer that only takes part in a structured overlay.
#[derive(Debug)]
pub struct BareLookups<R: Router> {
    overlay: Dht<R>,
}

impl<R: Router> BareLookups<R> {
    /// A peer that has not been online yet.
    pub fn new(overlay: Dht<R>) -> Self {
        Self { overlay }
    }

    /// Its part in the overlay: for observers.
    pub fn overlay(&self) -> &Dht<R> {
        &self.overlay
    }
}

impl<R: Router> Protocol for BareLookups<R> {
    type Message = message::Message<R>;
    type Timer = node::Timer<R::Timer>;
    type Command = LookupId;
    type World = LookupsWorld<R::Settings>;
    type Tally = SearchBooks;

    const PARALLEL_EVENTS_MIN: usize = <Dht<R> as Overlay>::PARALLEL_EVENTS_MIN;

    fn tally(_: &Self::World) -> SearchBooks {
        SearchBooks::default()
    }

    fn join(&mut self, cx: &mut Context<'_, Self>) {
        self.overlay.join(&mut LookupHost(cx));
    }

    /// Fetches what half a line for the program's beginning does not hold.
    #[inline]
    fn prefetch(&self, _: &Self::Message) -> bool {
        self.overlay.prefetch_rest();
        true
    }

    #[inline]
    fn prefetch_for_answer(&self, message: &Self::Message) -> bool {
        self.overlay.prefetch(message)
    }

    fn receive(&mut self, from: Contact, message: Self::Message, cx: &mut Context<'_, Self>) {
        self.overlay.receive(from, message, &mut LookupHost(cx));
    }

    fn expire(&mut self, timer: Self::Timer, cx: &mut Context<'_, Self>) {
        self.overlay.expire(timer, &mut LookupHost(cx));
    }

    fn leave(&mut self, departure: Departure, cx: &mut Context<'_, Self>) {
        self.overlay.leave(departure, &mut LookupHost(cx));
    }

    fn command(&mut self, lookup: LookupId, cx: &mut Context<'_, Self>) {
        let key = cx.world().lookups[lookup.0 as usize].key;
        self.overlay.look_up(lookup, key, &mut LookupHost(cx));
    }

    fn missed(lookup: LookupId, at_ns: u64, _: &Self::World, tally: &mut SearchBooks) {
        Dht::<R>::miss(lookup, at_ns, tally);
    }
}

/// How a structured overlay sees a peer that shares nothing.
struct LookupHost<'h, 'w, R: Router>(&'h mut Context<'w, BareLookups<R>>);

/// Why an overlay has no reason to ask about files.
const NO_FILES: &str = "where there are only lookups, nobody asks for files";

impl<R: Router> Host<Dht<R>> for LookupHost<'_, '_, R> {
    fn now_ns(&self) -> u64 {
        self.0.now_ns()
    }

    fn me(&self) -> Contact {
        self.0.me()
    }

    fn settings(&self) -> &settings::Settings<R::Settings> {
        &self.0.world().overlay
    }

    fn random(&mut self) -> &mut SmallStream {
        self.0.random()
    }

    fn send(&mut self, to: Contact, message: message::Message<R>) {
        self.0.send(to, message);
    }

    fn datagram(&mut self, to: PeerId, message: message::Message<R>) {
        self.0.datagram(to, message);
    }

    fn set_timer(&mut self, after_ns: u64, timer: node::Timer<R::Timer>) {
        self.0.set_timer(after_ns, timer);
    }

    fn question(&self, _: QueryId) -> Question {
        unreachable!("{NO_FILES}");
    }

    fn holds(&self, _: ItemId) -> bool {
        false
    }

    fn visit_shared(&self, _: &mut dyn FnMut(ItemId)) {}

    fn shared_files(&self) -> u32 {
        0
    }

    fn text_bytes(&self, _: ItemId) -> u16 {
        unreachable!("{NO_FILES}");
    }

    fn name_bytes(&self, _: ItemId) -> u16 {
        unreachable!("{NO_FILES}");
    }

    fn firewalled(&self) -> bool {
        false
    }

    fn found(&mut self, _: QueryId, _: Answer) {
        unreachable!("{NO_FILES}");
    }

    fn call_back(&mut self, _: PeerId, _: QueryId) {
        unreachable!("{NO_FILES}");
    }

    fn books(&mut self) -> &mut SearchBooks {
        self.0.tally()
    }
}

#[cfg(test)]
mod chord_tests;
#[cfg(test)]
mod kademlia_tests;
#[cfg(test)]
mod testing;

//! Hybrids: an unstructured overlay and a structured one side by side, joined by a policy.
//!
//! Common files are found cheaply by flooding, rare ones surely by lookups: a peer takes part in both overlays, and the policy
//! says which of them is asked, in which order, and what is published in the structured one.
//!
//! Sources: Loo, Huebsch, Stoica and Hellerstein, "The Case for a Hybrid P2P Search Infrastructure" (IPTPS 2004); Loo,
//! Hellerstein, Huebsch, Shenker and Stoica, "Enhancing P2P File-Sharing with an Internet-Scale Query Processor" (VLDB 2004).
//!
//! This room knows of either overlay nothing but that it is one: what is said here holds for any two.

pub mod footprint;
mod gateway;
mod host;
mod message;
mod policy;
mod rarity;
#[cfg(test)]
mod tests;

pub use message::{HybridMessage, HybridTimer};
pub use policy::{GatewaySettings, Policy, Publish, Search, Settings};
pub use rarity::{NeighbourSampling, Scheme};

use self::host::{StructuredHost, UnstructuredHost};
use self::message::OwnTimer;
use self::policy::Desk;
use self::rarity::begin_listening;
use super::books::SearchBooks;
use super::{Finding, Host, Overlay, QueryId};
use crate::engine::prefetch::prefetch_index;
use crate::engine::{Arena, Contact, Departure, PeerId, Purpose, Seed, SmallStream};
use std::mem::offset_of;
use std::slice::from_ref;

/// A peer's part in a hybrid of the unstructured overlay `U` and the structured one `S`.
// In this order: most messages are the unstructured overlay's, and what they need lies where it would without a hybrid.
#[repr(C)]
#[derive(Debug)]
pub struct Hybrid<U, S> {
    unstructured: U,
    rest: Box<Rest<S>>,
}

/// What the messages of the unstructured overlay do not need.
#[derive(Debug)]
struct Rest<S> {
    structured: S,
    seat: Seat,
    desk: Desk,
    random: OwnStream,
}

/// What a node is in a hybrid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seat {
    /// A peer in both overlays.
    Member,
    /// A peer in the unstructured overlay alone: members ask and publish for it.
    Guest,
    /// A service node of the unstructured overlay.
    UnstructuredService,
    /// A service node of the structured overlay.
    StructuredService,
}

impl Seat {
    fn has_unstructured(self) -> bool {
        self != Self::StructuredService
    }

    /// Whether it has a part in the structured overlay.
    pub fn has_structured(self) -> bool {
        matches!(self, Self::Member | Self::StructuredService)
    }

    fn is_peer(self) -> bool {
        matches!(self, Self::Member | Self::Guest)
    }
}

/// What the structured overlay draws from: a stream of its own, so that whether there is one does not change what the other draws.
#[derive(Default, Debug)]
struct OwnStream(Option<SmallStream>);

impl OwnStream {
    /// That of a peer.
    fn of(&mut self, peer: PeerId, seed: Seed) -> &mut SmallStream {
        self.0
            .get_or_insert_with(|| seed.small(Purpose::Structured, u64::from(peer.0)))
    }
}

/// What is found first in a program: the other overlay does not move it.
const _: () = assert!(
    offset_of!(Hybrid<super::gnutella::Gnutella, ()>, unstructured) == 0
        && size_of::<Hybrid<super::gnutella::Gnutella, ()>>()
            == size_of::<super::gnutella::Gnutella>() + size_of::<usize>(),
    "a hybrid costs the messages of the unstructured overlay one word of a peer's program"
);

impl<U: Overlay, S: Overlay> Hybrid<U, S> {
    /// A node that takes part in the overlays that `seat` says; its part in the other one is never used.
    pub fn new(unstructured: U, structured: S, seat: Seat) -> Self {
        Self {
            unstructured,
            rest: Box::new(Rest {
                structured,
                seat,
                desk: Desk::default(),
                random: OwnStream::default(),
            }),
        }
    }

    /// Lets the unstructured overlay act.
    #[inline]
    fn with_unstructured<H: Host<Self>>(
        &mut self,
        host: &mut H,
        act: impl FnOnce(&mut U, &mut UnstructuredHost<'_, U, S, H>),
    ) {
        let mut host = UnstructuredHost::new(host, &mut self.rest.desk);
        act(&mut self.unstructured, &mut host);
    }

    /// Lets the structured overlay act.
    fn with_structured<H: Host<Self>>(
        &mut self,
        host: &mut H,
        act: impl FnOnce(&mut S, &mut StructuredHost<'_, U, S, H>),
    ) {
        let Rest {
            structured,
            desk,
            random,
            ..
        } = &mut *self.rest;
        act(structured, &mut StructuredHost::new(host, desk, random));
    }

    fn ask_structured<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        let now_ns = host.now_ns();
        host.books().structured().note_asked(query, now_ns);
        if !self.rest.seat.has_structured() {
            return self.ask_through_member(query, host);
        }
        self.with_structured(host, |structured, host| structured.search(query, host));
    }

    /// There may be more to be published.
    fn publish_news<H: Host<Self>>(&mut self, host: &mut H) {
        if self.rest.seat.has_structured() {
            self.with_structured(host, |structured, host| structured.shares_changed(host));
        }
    }

    fn expire_own<H: Host<Self>>(&mut self, timer: OwnTimer, host: &mut H) {
        match timer {
            OwnTimer::Waited { query } => {
                let hits = self.rest.desk.waited(query);
                if let Search::UnstructuredFirst { fewer_than, .. } = host.settings().policy.search
                    && hits.is_some_and(|hits| hits < fewer_than)
                {
                    self.ask_structured(query, host);
                }
            }
            OwnTimer::Sample => self.sample(host),
            OwnTimer::Listened => {
                self.rest.desk.note_listened();
                self.publish_news(host);
            }
            OwnTimer::Announce => self.announce(host),
            OwnTimer::Publish => self.publish_through_member(host),
            OwnTimer::Unanswered { query } => self.ask_next_member(query, host),
            OwnTimer::Forget { query } => self.forget_asker(query),
        }
    }
}

impl<U: Overlay, S: Overlay> Overlay for Hybrid<U, S> {
    type Message = HybridMessage<U::Message, S::Message>;
    type Timer = HybridTimer<U::Timer, S::Timer>;
    type Settings = Settings<U::Settings, S::Settings>;

    const IS_HYBRID: bool = true;
    const PARALLEL_EVENTS_MIN: usize = if U::PARALLEL_EVENTS_MIN < S::PARALLEL_EVENTS_MIN {
        U::PARALLEL_EVENTS_MIN
    } else {
        S::PARALLEL_EVENTS_MIN
    };

    fn join<H: Host<Self>>(&mut self, host: &mut H) {
        let seat = self.rest.seat;
        if seat.has_unstructured() {
            self.with_unstructured(host, |unstructured, host| unstructured.join(host));
        }
        if seat.has_structured() {
            self.with_structured(host, |structured, host| structured.join(host));
        }
        self.open_gateway(host);
        if seat.is_peer() {
            begin_listening(host);
        }
    }

    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H) {
        let seat = self.rest.seat;
        if seat.has_unstructured() {
            self.with_unstructured(host, |unstructured, host| unstructured.leave(departure, host));
        }
        if seat.has_structured() {
            self.with_structured(host, |structured, host| structured.leave(departure, host));
        }
        self.rest.desk = Desk::default();
    }

    #[inline]
    fn dismiss(
        &self,
        message: &Self::Message,
        now_ns: u64,
        settings: &Self::Settings,
        books: &mut SearchBooks,
        arena: &Arena,
    ) -> bool {
        match message {
            HybridMessage::Unstructured(message) => {
                self.unstructured
                    .dismiss(message, now_ns, &settings.unstructured, books, arena)
            }
            HybridMessage::Structured(message) => self.rest.structured.dismiss(
                message,
                now_ns,
                &settings.structured,
                &mut books.structured().search,
                arena,
            ),
            HybridMessage::Gateway(_) | HybridMessage::Sample(_) => false,
        }
    }

    #[inline]
    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Self::Message, host: &mut H) {
        match message {
            HybridMessage::Unstructured(message) => {
                self.with_unstructured(host, |unstructured, host| {
                    unstructured.receive(from, message, host);
                });
            }
            // Whoever is no member does not hear what is said among members.
            HybridMessage::Structured(message) if self.rest.seat.has_structured() => {
                self.with_structured(host, |structured, host| {
                    structured.receive(from, *message, host);
                });
            }
            HybridMessage::Structured(_) => {}
            HybridMessage::Gateway(message) => self.receive_gateway(from, message.body, host),
            HybridMessage::Sample(message) => self.receive_sample(from, message.body, host),
        }
    }

    #[inline]
    fn needs_more(&self, message: &Self::Message) -> bool {
        match message {
            HybridMessage::Unstructured(message) => self.unstructured.needs_more(message),
            HybridMessage::Structured(_) | HybridMessage::Gateway(_) | HybridMessage::Sample(_) => true,
        }
    }

    /// Of the structured overlay its beginning is fetched: to ask it for more would be to wait for that.
    #[inline]
    fn prefetch(&self, message: &Self::Message, books: &SearchBooks, arena: &Arena) -> bool {
        match message {
            HybridMessage::Unstructured(message) => self.unstructured.prefetch(message, books, arena),
            HybridMessage::Structured(message) => {
                prefetch_index(from_ref(&*self.rest), 0);
                prefetch_index(from_ref(&**message), 0);
                true
            }
            HybridMessage::Gateway(_) | HybridMessage::Sample(_) => true,
        }
    }

    fn expire<H: Host<Self>>(&mut self, timer: Self::Timer, host: &mut H) {
        match timer {
            HybridTimer::Unstructured(timer) => {
                self.with_unstructured(host, |unstructured, host| unstructured.expire(timer, host));
            }
            HybridTimer::Structured(timer) => {
                self.with_structured(host, |structured, host| structured.expire(timer, host));
            }
            HybridTimer::Own(timer) => self.expire_own(timer, host),
        }
    }

    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H) {
        let search = host.settings().policy.search;
        if let Search::UnstructuredFirst { wait_ns, .. } = search {
            self.rest.desk.begin_waiting(query);
            host.set_timer(wait_ns, HybridTimer::Own(OwnTimer::Waited { query }));
        }
        if search != Search::StructuredOnly {
            self.with_unstructured(host, |unstructured, host| unstructured.search(query, host));
        }
        if matches!(search, Search::Both | Search::StructuredOnly) {
            self.ask_structured(query, host);
        }
    }

    fn shares_changed<H: Host<Self>>(&mut self, host: &mut H) {
        self.with_unstructured(host, |unstructured, host| unstructured.shares_changed(host));
        self.publish_news(host);
    }

    /// A holder is called by the way by which it was found: the unstructured overlay knows none to others. Whoever is no member
    /// has no way to those whom a member found for it.
    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H) {
        if self.rest.desk.is_by_structured(query, holder.peer) {
            if !self.rest.seat.has_structured() {
                return;
            }
            self.with_structured(host, |structured, host| {
                structured.request_call_back(query, holder, host);
            });
        } else {
            self.with_unstructured(host, |unstructured, host| {
                unstructured.request_call_back(query, holder, host);
            });
        }
    }

    /// The unstructured overlay's: they make the horizon of a query. Those whom the structured one knows are no links.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        if self.rest.seat.has_unstructured() {
            self.unstructured.visit_neighbours(visit);
        }
    }

    fn findings<'p>(settings: &Self::Settings, online: &dyn Fn(PeerId) -> Option<&'p Self>) -> Vec<Finding>
    where
        Self: 'p,
    {
        let mut findings = U::findings(&settings.unstructured, &|peer| {
            let hybrid = online(peer).filter(|hybrid| hybrid.rest.seat.has_unstructured());
            Some(&hybrid?.unstructured)
        });
        findings.extend(S::findings(&settings.structured, &|peer| {
            let hybrid = online(peer).filter(|hybrid| hybrid.rest.seat.has_structured());
            Some(&hybrid?.rest.structured)
        }));
        findings
    }
}

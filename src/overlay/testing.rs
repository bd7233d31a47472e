//! For tests: a peer on a table. What its overlay does is written down, and nothing happens by itself.

use super::books::SearchBooks;
use super::{Answer, Host, ItemId, Overlay, QueryId, Question};
use crate::engine::{Arena, Contact, PeerId, Purpose, Seed, SmallStream};

/// What a file's name and a query's text measure.
pub(super) const NAME_BYTES: u16 = 30;
pub(super) const TEXT_BYTES: u16 = 10;

/// A peer as its overlay sees it. Query n asks for item n.
pub(super) struct Table<O: Overlay> {
    pub(super) me: Contact,
    pub(super) now_ns: u64,
    pub(super) settings: O::Settings,
    pub(super) shared: Vec<ItemId>,
    pub(super) fetching: Vec<ItemId>,
    /// Sent since the last look, with whether it was a datagram.
    pub(super) sent: Vec<(Contact, O::Message, bool)>,
    pub(super) timers: Vec<(u64, O::Timer)>,
    pub(super) found: Vec<(QueryId, Answer)>,
    pub(super) called_back: Vec<(PeerId, QueryId)>,
    pub(super) books: SearchBooks,
    arena: Arena,
    random: SmallStream,
}

impl<O: Overlay> Table<O> {
    pub(super) fn new(me: u32, settings: O::Settings) -> Self {
        let seed = Seed {
            seed: 6,
            replication: 0,
        };
        Self {
            me: in_session(me, 1),
            now_ns: 0,
            settings,
            shared: Vec::new(),
            fetching: Vec::new(),
            sent: Vec::new(),
            timers: Vec::new(),
            found: Vec::new(),
            called_back: Vec::new(),
            books: SearchBooks::default(),
            arena: Arena::default(),
            random: seed.small(Purpose::Protocol, u64::from(me)),
        }
    }

    /// The timer that was set last.
    pub(super) fn last_timer(&self) -> O::Timer {
        self.timers.last().expect("a timer was set").1
    }
}

/// A peer in a session.
pub(super) fn in_session(peer: u32, session: u16) -> Contact {
    Contact {
        peer: PeerId(peer),
        session,
    }
}

impl<O: Overlay> Host<O> for Table<O> {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn me(&self) -> Contact {
        self.me
    }

    fn settings(&self) -> &O::Settings {
        &self.settings
    }

    fn random(&mut self) -> &mut SmallStream {
        &mut self.random
    }

    fn send(&mut self, to: Contact, message: O::Message) {
        self.sent.push((to, message, false));
    }

    fn datagram(&mut self, to: PeerId, message: O::Message) {
        self.sent.push((Contact::any(to), message, true));
    }

    fn set_timer(&mut self, after_ns: u64, timer: O::Timer) {
        self.timers.push((self.now_ns + after_ns, timer));
    }

    fn question(&self, query: QueryId) -> Question {
        Question {
            item: ItemId(query.0),
            ttl: None,
            issued_ns: 0,
        }
    }

    fn holds(&self, item: ItemId) -> bool {
        self.shared.contains(&item)
    }

    fn fetches(&self, item: ItemId) -> bool {
        self.fetching.contains(&item)
    }

    fn visit_shared(&self, visit: &mut dyn FnMut(ItemId)) {
        self.shared.iter().copied().for_each(visit);
    }

    fn shared_files(&self) -> u32 {
        u32::try_from(self.shared.len()).expect("few")
    }

    fn text_bytes(&self, _: ItemId) -> u16 {
        TEXT_BYTES
    }

    fn name_bytes(&self, _: ItemId) -> u16 {
        NAME_BYTES
    }

    fn firewalled(&self) -> bool {
        false
    }

    fn found(&mut self, query: QueryId, answer: Answer) {
        self.found.push((query, answer));
    }

    fn call_back(&mut self, requester: PeerId, query: QueryId) {
        self.called_back.push((requester, query));
    }

    fn books(&mut self) -> &mut SearchBooks {
        &mut self.books
    }

    fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }
}

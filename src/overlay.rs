//! Overlays: who is linked to whom, and "who has this?".
//!
//! Every overlay answers that one question through one trait, [`Overlay`], so that one application runs over all of
//! them and systems can be compared on one workload. An overlay sees its peer through a [`Host`], which a composition
//! (an application over an overlay, a hybrid over two) adapts without cost.
//!
//! An overlay knows nothing of files on disk, of transfers, or of the truth about who holds what.

mod addresses;
pub mod books;
pub mod central;
pub mod chord;
pub mod client_server;
pub mod dht;
pub mod gnutella;
pub mod hybrid;
mod index;
pub mod kademlia;
pub mod krpc;
pub mod servers;
pub mod super_peer;
#[cfg(test)]
mod testing;
pub mod tracker;

pub use index::Holder;

use crate::engine::{Arena, Contact, Departure, Message, PeerId, SmallStream};
use books::{Fate, SearchBooks, TraceLine};

/// Number of an item of the catalogue, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ItemId(pub u32);

/// Number of a query of the workload, from 0, in order of issue: its text, origin and target are stored once under it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct QueryId(pub u32);

/// Number of a word of which names of files are made, from 0, the most frequent first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WordId(pub u32);

/// What a query asks, as everybody who gets it can read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// The item whose name is asked for.
    pub item: ItemId,
    /// Largest number of hops, if the workload sets one for this query; otherwise the overlay's own.
    pub ttl: Option<u32>,
    /// When it was issued, nanoseconds: for the observers' books only.
    pub issued_ns: u64,
}

/// Somebody who says that it has what was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The holder.
    pub holder: Contact,
    /// Overlay hops from the origin to the holder; a neighbour is 1.
    pub hops: u32,
    /// Whether the holder cannot be connected to and must be asked to call back.
    pub firewalled: bool,
}

/// What an observer found when it checked something that ought to hold of an overlay as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was checked.
    pub invariant: &'static str,
    /// The number that says how far it holds: its meaning, and what it ought to be, goes with the name.
    pub value: u64,
}

/// What an overlay sees of the peer it runs on.
pub trait Host<O: Overlay> {
    /// The time in nanoseconds.
    fn now_ns(&self) -> u64;
    /// The peer itself.
    fn me(&self) -> Contact;
    /// The overlay's parameters.
    fn settings(&self) -> &O::Settings;
    /// The peer's random stream.
    fn random(&mut self) -> &mut SmallStream;
    /// Sends over a connection.
    fn send(&mut self, to: Contact, message: O::Message);
    /// Sends a message to the neighbour at this place of all that the peer has, ascending: as by [`Host::send`], at less cost where the
    /// place is right.
    fn send_to_neighbour(&mut self, place: usize, to: Contact, message: O::Message) {
        let _ = place;
        self.send(to, message);
    }
    /// Sends a copy of a message over each of several connections, one after the other.
    fn send_all(&mut self, to: impl Iterator<Item = Contact>, message: O::Message) {
        to.for_each(|to| self.send(to, message.clone()));
    }
    /// Sends a datagram.
    fn datagram(&mut self, to: PeerId, message: O::Message);
    /// Sets a timer.
    fn set_timer(&mut self, after_ns: u64, timer: O::Timer);
    /// What a query asks.
    fn question(&self, query: QueryId) -> Question;
    /// Whether this peer shares an item.
    fn holds(&self, item: ItemId) -> bool;
    /// Whether this peer is fetching an item, so that further holders are of use to it.
    fn fetches(&self, item: ItemId) -> bool {
        let _ = item;
        false
    }
    /// Calls `visit` with every item this peer shares.
    fn visit_shared(&self, visit: &mut dyn FnMut(ItemId));
    /// Number of files this peer shares.
    fn shared_files(&self) -> u32;
    /// Length in bytes of the search text that asks for an item, without terminator.
    fn text_bytes(&self, item: ItemId) -> u16;
    /// Length of an item's file name in bytes, as hits carry it.
    fn name_bytes(&self, item: ItemId) -> u16;
    /// Words of which an item's name is made, each once; none where names are not made of words.
    fn name_words(&self, item: ItemId) -> &[WordId] {
        let _ = item;
        &[]
    }
    /// Words of the search text that asks for an item: some of its name's.
    fn asked_words(&self, item: ItemId) -> &[WordId] {
        let _ = item;
        &[]
    }
    /// Whether nobody can open a connection to this peer.
    fn firewalled(&self) -> bool;
    /// An answer to a query of this peer's is in the books: see [`Host::deliver`].
    fn found(&mut self, query: QueryId, answer: Answer);
    /// An answer to a query of this peer's came back: books it and passes it on.
    fn deliver(&mut self, query: QueryId, answer: Answer) {
        book_and_find(self, query, answer);
    }
    /// An answer to somebody else's query went by here, on its way back: for whoever wants to know what others find.
    fn passed_on(&mut self, query: QueryId, answer: Answer) {
        let _ = (query, answer);
    }
    /// Somebody asks, through the overlay, to be called back about a query's item.
    fn call_back(&mut self, requester: PeerId, query: QueryId);
    /// The observers' books: write only.
    fn books(&mut self) -> &mut SearchBooks;
    /// Memory that the overlay may keep what is this peer's own in, always the same one: see [`Arena`].
    fn arena(&mut self) -> &mut Arena;
}

/// Books an answer to a query of the peer's own, and passes it on.
fn book_and_find<O: Overlay, H: Host<O> + ?Sized>(host: &mut H, query: QueryId, answer: Answer) {
    let now_ns = host.now_ns();
    host.books().line(query).note_hit(now_ns, answer.hops);
    host.found(query, answer);
}

/// Notes what became of a query, or of a hit for it, that came from a peer: for whoever reads a trace.
#[inline]
fn note_fate<O: Overlay, H: Host<O>>(
    host: &mut H,
    query: QueryId,
    from: PeerId,
    (hops, ttl): (u32, u32),
    fate: Fate,
) {
    let (at_ns, peer) = (host.now_ns(), host.me().peer.0);
    host.books().note(|| TraceLine {
        at_ns,
        query: query.0,
        peer,
        from: from.0,
        hops,
        ttl,
        fate,
    });
}

/// Notes that a peer begins to look for what its query asks for, where nothing counts hops of the query itself.
fn note_asked<O: Overlay, H: Host<O>>(host: &mut H, query: QueryId) {
    let me = host.me().peer;
    note_fate(host, query, me, (0, 0), Fate::Accepted);
}

/// A peer's part in an overlay.
pub trait Overlay: Sized + Send {
    /// What peers of this overlay send each other.
    type Message: Message;
    /// What its timers carry.
    type Timer: Copy + Send;
    /// Its parameters, common to all peers and read-only during a run.
    type Settings: Send + Sync;

    /// See [`crate::engine::Protocol::PARALLEL_EVENTS_MIN`].
    const PARALLEL_EVENTS_MIN: usize = crate::engine::protocol::PARALLEL_EVENTS_MIN;

    /// Whether it is two overlays in one, of which observers keep books apart: see [`SearchBooks::structured`].
    const IS_HYBRID: bool = false;

    /// The peer comes online.
    fn join<H: Host<Self>>(&mut self, host: &mut H);
    /// The session ends; after a goodbye, messages sent here still leave.
    fn leave<H: Host<Self>>(&mut self, departure: Departure, host: &mut H);
    /// Whether a message that arrived only has to be noted in the books, which is done here: see
    /// [`crate::engine::Protocol::dismiss`].
    #[inline]
    fn dismiss(
        &self,
        message: &Self::Message,
        now_ns: u64,
        settings: &Self::Settings,
        books: &mut SearchBooks,
        arena: &Arena,
    ) -> bool {
        let _ = (message, now_ns, settings, books, arena);
        false
    }
    /// A message arrived.
    fn receive<H: Host<Self>>(&mut self, from: Contact, message: Self::Message, host: &mut H);
    /// Whether receiving `message` is going to need more than the beginning of the overlay's own struct, which is all that
    /// is read here: asked some events ahead, so that the rest can be fetched.
    fn needs_more(&self, message: &Self::Message) -> bool {
        let _ = message;
        true
    }
    /// Has the memory fetched that the overlay's state points to, in `arena` or elsewhere, and receiving `message` is going to need,
    /// some events after [`Overlay::needs_more`], and that in which `books` are going to be written; returns whether something is
    /// going to be sent in answer, as far as can be seen. It changes nothing: see [`crate::engine::Protocol::prefetch`].
    fn prefetch(&self, message: &Self::Message, books: &SearchBooks, arena: &Arena) -> bool {
        let _ = (message, books, arena);
        true
    }
    /// A timer expired.
    fn expire<H: Host<Self>>(&mut self, timer: Self::Timer, host: &mut H);
    /// Asks who has what `query` asks for; answers come through [`Host::deliver`].
    fn search<H: Host<Self>>(&mut self, query: QueryId, host: &mut H);
    /// Asks a firewalled holder that answered `query` to call back; it may never come.
    fn request_call_back<H: Host<Self>>(&mut self, query: QueryId, holder: Contact, host: &mut H);
    /// What [`Host::visit_shared`] visits has changed since this peer came online: an overlay in which it is published, or registered,
    /// does so now and not only when it would the next time.
    fn shares_changed<H: Host<Self>>(&mut self, host: &mut H) {
        let _ = host;
    }
    /// Publishes that another peer, to which anybody can connect, has an item, where items are published.
    fn publish_for<H: Host<Self>>(&mut self, item: ItemId, holder: PeerId, host: &mut H) {
        let _ = (item, holder, host);
    }
    /// Calls `visit` with every peer this one has a working link with: for observers, and for the peer itself.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact));
    /// Checks what ought to hold of the overlay as a whole, always in the same order: for observers only. `online` gives the
    /// part of a peer or service node that is online.
    fn findings<'p>(settings: &Self::Settings, online: &dyn Fn(PeerId) -> Option<&'p Self>) -> Vec<Finding>
    where
        Self: 'p,
    {
        let _ = (settings, online);
        Vec::new()
    }
}

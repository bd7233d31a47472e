//! What happens between windows: actions of the scenario, samples, the truth about a query.
//!
//! A window ends at every instant the [`Director`] names; what happens there sees all events with an earlier time and
//! none later. A director may read everything and change little: who is online, and the partition.

use super::accounts::Accounts;
use super::digest::Digests;
use super::network::FlowBooks;
use super::peer::{Contact, Departure, PeerId};
use super::protocol::Protocol;
use super::time::NEVER_NS;

/// The simulated world as a director sees it at an instant.
pub trait Stage<P: Protocol> {
    /// The instant, in nanoseconds.
    fn now_ns(&self) -> u64;

    /// The run's parameters.
    fn world(&self) -> &P::World;

    /// Number of peers and service nodes.
    fn peers(&self) -> usize;

    /// The state of a peer's program.
    fn peer(&self, peer: PeerId) -> &P;

    /// The peer's session under way, or `None` while it is offline.
    fn online(&self, peer: PeerId) -> Option<Contact>;

    /// How many sessions have begun and ended so far: equal numbers mean that nobody has come or gone in between.
    fn attendance(&self) -> Attendance;

    /// Messages and bytes by kind and fate so far.
    fn accounts(&self) -> Accounts;

    /// The flow layer's books.
    fn flow_books(&self) -> FlowBooks;

    /// The digests so far.
    fn digests(&self) -> Digests;

    /// Calls `visit` with every shard's books (order unspecified: use it for commutative sums only).
    fn visit_tallies(&mut self, visit: &mut dyn FnMut(&mut P::Tally));

    /// Ends a peer's session now and keeps it offline until `until_ns`; nothing happens to one that is offline except
    /// that it stays away as long.
    fn depart(&mut self, peer: PeerId, departure: Departure, until_ns: u64);

    /// Divides the peers: `sides[i]` is peer i's side; `None` heals every partition.
    fn partition(&mut self, sides: Option<Vec<u8>>);
}

/// Sessions of all peers and service nodes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Attendance {
    /// Begun so far.
    pub begun: u64,
    /// Ended so far.
    pub ended: u64,
    /// Sum of the times at which they ended less that of the times at which they began, nanoseconds.
    pub balance_ns: i128,
}

impl Attendance {
    /// Adds another part of the peers.
    pub fn merge(&mut self, other: Self) {
        self.begun += other.begun;
        self.ended += other.ended;
        self.balance_ns += other.balance_ns;
    }

    /// A session begins.
    pub fn begin(&mut self, at_ns: u64) {
        self.begun += 1;
        self.balance_ns -= i128::from(at_ns);
    }

    /// A session ends.
    pub fn end(&mut self, at_ns: u64) {
        self.ended += 1;
        self.balance_ns += i128::from(at_ns);
    }

    /// Length of all sessions until `now_ns`, nanoseconds: those under way end then.
    ///
    /// # Panics
    /// When that lies before some of them.
    pub fn online_ns(&self, now_ns: u64) -> u128 {
        let under_way = i128::from(self.begun - self.ended);
        u128::try_from(self.balance_ns + under_way * i128::from(now_ns))
            .expect("sessions begin before they end")
    }
}

/// Whether a run goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It goes on.
    Continue,
    /// It is to stop here and now (the user asked for it).
    Stop,
}

/// Whoever acts between windows.
pub trait Director<P: Protocol> {
    /// The next instant at which [`Director::act`] is to be called; `NEVER_NS` for none. Never in the past.
    /// It acts again and again at an instant until it names a later one.
    fn next_instant_ns(&self) -> u64;

    /// The next times, ascending, before which the digests are wanted. At an instant they come before [`Director::act`].
    /// Unlike an instant such a time does not end a window: nothing can be seen or done there.
    fn rungs(&self) -> &[u64] {
        &[]
    }

    /// Takes the digests of everything before the first of [`Director::rungs`], which is done with then.
    fn note_rung(&mut self, digests: Digests) {
        let _ = digests;
    }

    /// Acts at the instant it named.
    fn act(&mut self, stage: &mut dyn Stage<P>);

    /// Called after every window with its end and the number of events so far: progress, streamed traces, interruption.
    /// Where windows end is the engine's own business, so nothing may be changed here: [`Stage::depart`] and
    /// [`Stage::partition`] panic.
    fn window_closed(&mut self, end_ns: u64, events: u64, stage: &mut dyn Stage<P>) -> Verdict {
        let _ = (end_ns, events, stage);
        Verdict::Continue
    }
}

/// A director that does nothing: for runs that are only watched by their outcome.
#[derive(Clone, Copy, Default, Debug)]
pub struct Nobody;

impl<P: Protocol> Director<P> for Nobody {
    fn next_instant_ns(&self) -> u64 {
        NEVER_NS
    }

    fn act(&mut self, _: &mut dyn Stage<P>) {
        unreachable!("it names no instant")
    }
}

//! The program that every peer runs, and what it can see and do.
//!
//! A peer is an actor: it owns its state, gets events one at a time and answers with effects through its [`Context`].
//! It reads no other peer's state: that a peer is gone, it learns as a real one would.

use super::arena::Arena;
use super::network::{Channel, Dispatch, FlowId, FlowNotice, FlowSpec};
use super::peer::{Contact, Departure, PeerId};
use super::random::{Purpose, Seed, SmallStream};
use super::time::SECOND_NS;

/// Most kinds of message that a program may have.
pub const KINDS_MAX: usize = 64;

/// The names of two lists of kinds, one after the other: for messages that are another room's or one's own. The rest is empty.
///
/// # Panics
/// When there are more than [`KINDS_MAX`].
pub const fn joined_kinds(first: &[&'static str], second: &[&'static str]) -> [&'static str; KINDS_MAX] {
    let mut all = [""; KINDS_MAX];
    let mut place = 0;
    while place < first.len() {
        all[place] = first[place];
        place += 1;
    }
    while place < first.len() + second.len() {
        all[place] = second[place - first.len()];
        place += 1;
    }
    all
}

/// Events of some hundred nanoseconds from which on a window is handed out to several threads: with fewer, that costs more than it
/// gains. Messages cost as much to move.
pub const PARALLEL_EVENTS_MIN: usize = 512;

/// Something that travels from peer to peer.
pub trait Message: Clone + Send {
    /// Names of the kinds of message, for the books; [`Message::kind`] is a position in it. At most
    /// [`KINDS_MAX`].
    const KINDS: &'static [&'static str];

    /// Position of this message's kind in [`Message::KINDS`]; the first unless overridden.
    fn kind(&self) -> usize {
        0
    }

    /// Size on the wire in bytes.
    fn size_bytes(&self) -> u32;

    /// What the message means, for the digest: equal messages give equal words.
    fn fingerprint(&self) -> u64;

    /// What makes copies of this message at less cost than cloning it, if there is such a thing. What is sent to many
    /// receivers again and again, such as a flooded query, should be made anew for each, part by part:
    /// a message that is moved as a whole right after its parts were written stalls the processor.
    #[inline]
    fn copier(&self) -> Option<impl Fn() -> Self + use<Self>> {
        None::<fn() -> Self>
    }

    /// Whether its receiver is going to draw at random, as far as can be seen: then what it draws from is fetched some events
    /// ahead. Nothing depends on the answer.
    #[inline]
    fn is_drawn_for(&self) -> bool {
        false
    }
}

/// Books that observers keep while peers run: one per shard, added up in any order.
///
/// A program may write to them and never read them: they are no part of the simulated world.
pub trait Tally: Send {
    /// Adds another shard's books. Must be commutative and associative.
    fn merge(&mut self, other: Self);
}

impl Tally for () {
    fn merge(&mut self, (): Self) {}
}

/// What the programs of a shard have in common.
#[derive(Debug)]
pub struct Commons<P: Protocol> {
    /// The observers' books.
    pub tally: P::Tally,
    /// Where programs may keep what is their own: see [`Arena`].
    pub arena: Arena,
}

impl<P: Protocol> Commons<P> {
    /// Of a shard whose peers have done nothing yet.
    pub fn new(world: &P::World) -> Self {
        Self {
            tally: P::tally(world),
            arena: Arena::default(),
        }
    }
}

/// The program that every peer runs.
pub trait Protocol: Sized + Send {
    /// What peers send each other.
    type Message: Message;
    /// What a timer carries back.
    type Timer: Copy + Send;
    /// What the workload orders a peer to do.
    type Command: Copy + Send;
    /// Parameters and catalogue: read-only during a run.
    type World: Sync;
    /// What observers keep books of.
    type Tally: Tally;

    /// Events from which on a window is handed out to several threads: fewer where each costs more. Results do not depend on it.
    const PARALLEL_EVENTS_MIN: usize = PARALLEL_EVENTS_MIN;

    /// Empty books for one shard.
    fn tally(world: &Self::World) -> Self::Tally;

    /// The peer comes online.
    fn join(&mut self, cx: &mut Context<'_, Self>) {
        let _ = cx;
    }

    /// A message arrived.
    fn receive(&mut self, from: Contact, message: Self::Message, cx: &mut Context<'_, Self>);

    /// Whether a message that arrived is of no concern to the peer itself and only has to be noted in the books, which is
    /// done here: it is not received then. A program that never says so does the same at more cost.
    #[inline]
    fn dismiss(
        &self,
        message: &Self::Message,
        now_ns: u64,
        world: &Self::World,
        commons: &mut Commons<Self>,
    ) -> bool {
        let _ = (message, now_ns, world, commons);
        false
    }

    /// Has the memory fetched that receiving `message` is going to need, besides the program's first line: that has been
    /// fetched already. Returns whether it is going to be received and not dismissed, as far as can be seen. The engine
    /// calls this some events ahead; it changes nothing. See [`super::prefetch`].
    fn prefetch(&self, message: &Self::Message) -> bool {
        let _ = message;
        true
    }

    /// As [`Protocol::prefetch`], some events later, for what the program is going to need only if it sends something in
    /// answer to `message`, and for where it is going to note that; returns whether it is going to, as far as can be seen.
    fn prefetch_for_answer(&self, message: &Self::Message, commons: &Commons<Self>) -> bool {
        let _ = (message, commons);
        true
    }

    /// A timer set in this session expired.
    fn expire(&mut self, timer: Self::Timer, cx: &mut Context<'_, Self>) {
        let _ = (timer, cx);
    }

    /// The session ends. After [`Departure::Graceful`], messages sent here still leave; after a crash they do not.
    fn leave(&mut self, departure: Departure, cx: &mut Context<'_, Self>) {
        let _ = (departure, cx);
    }

    /// The workload orders something.
    fn command(&mut self, command: Self::Command, cx: &mut Context<'_, Self>) {
        let _ = (command, cx);
    }

    /// The workload ordered something of a peer that is offline.
    fn missed(command: Self::Command, at_ns: u64, world: &Self::World, tally: &mut Self::Tally) {
        let _ = (command, at_ns, world, tally);
    }

    /// A flow of this session ended.
    fn flow_ended(&mut self, notice: &FlowNotice, cx: &mut Context<'_, Self>) {
        let _ = (notice, cx);
    }
}

/// A message that a peer sends in answer to an event, to one receiver or to several.
#[derive(Debug)]
pub struct Sending<M> {
    /// How many of [`Effects::dispatches`] are its copies: at least one, those behind the sending's before.
    pub copies: u32,
    /// The sender's sequence number for the first copy; those of the others follow.
    pub sequence: u32,
    /// How they travel.
    pub channel: Channel,
    /// Where the way to the first receiver may stand: see [`Network::delay`](super::network::Network::delay).
    pub guess: u16,
    /// The message.
    pub message: M,
}

/// What a peer does in answer to an event besides sending messages.
#[derive(Debug)]
pub enum Effect<T> {
    /// Set a timer of this session.
    Timer {
        /// When it expires, in nanoseconds.
        at_ns: u64,
        /// What it carries.
        timer: T,
    },
    /// Start a flow.
    StartFlow {
        /// What it carries.
        spec: FlowSpec,
    },
    /// Stop a flow.
    StopFlow {
        /// The flow.
        flow: FlowId,
    },
}

/// A peer's answers to one event, in order, each with the sequence number it was given.
#[derive(Debug)]
pub struct Effects<P: Protocol> {
    /// Messages: nearly everything, hence apart.
    pub sendings: Vec<Sending<P::Message>>,
    /// Where their copies go.
    pub dispatches: Vec<Dispatch>,
    /// Everything else.
    pub others: Vec<(u32, Effect<P::Timer>)>,
}

impl<P: Protocol> Effects<P> {
    /// Whether the peer does nothing: its answer to most messages.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.sendings.is_empty() && self.others.is_empty()
    }

    /// The peer does not send after all.
    pub fn withhold(&mut self) {
        self.sendings.clear();
        self.dispatches.clear();
    }
}

impl<P: Protocol> Default for Effects<P> {
    fn default() -> Self {
        Self {
            sendings: Vec::new(),
            dispatches: Vec::new(),
            others: Vec::new(),
        }
    }
}

/// What stops a program that sends to its own peer.
const NOT_TO_ITSELF: &str = "a peer does not send to itself";

/// What a peer sees and does while it handles one event.
pub struct Context<'a, P: Protocol> {
    /// The time, in nanoseconds.
    now_ns: u64,
    /// The peer itself.
    me: Contact,
    /// Parameters.
    world: &'a P::World,
    /// What the peer's own randomness grows from.
    seed: &'a Seed,
    /// The peer's own.
    belongings: Belongings<'a>,
    /// The observers' books, and the arena.
    commons: &'a mut Commons<P>,
    /// The answers.
    effects: &'a mut Effects<P>,
}

/// A peer's own things that engines keep, from 0 and nothing on, and a [`Context`] lends to its program.
#[derive(Debug)]
pub struct Belongings<'a> {
    /// The next sequence number: one for every message, timer and flow.
    pub sequence: &'a mut u32,
    /// The peer's stream for protocol draws; made when it first draws.
    pub random: &'a mut Option<SmallStream>,
}

impl<'a, P: Protocol> Context<'a, P> {
    /// Puts a context together: for engines only.
    #[inline]
    pub fn new(
        now_ns: u64,
        me: Contact,
        world: &'a P::World,
        seed: &'a Seed,
        belongings: Belongings<'a>,
        commons: &'a mut Commons<P>,
        effects: &'a mut Effects<P>,
    ) -> Self {
        Self {
            now_ns,
            me,
            world,
            seed,
            belongings,
            commons,
            effects,
        }
    }

    /// The time in nanoseconds since the start of the run.
    #[inline]
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// The peer that handles the event, in its present session.
    #[inline]
    pub fn me(&self) -> Contact {
        self.me
    }

    /// The run's parameters.
    #[inline]
    pub fn world(&self) -> &'a P::World {
        self.world
    }

    /// The peer's own random stream.
    #[inline]
    pub fn random(&mut self) -> &mut SmallStream {
        let (seed, me) = (self.seed, self.me.peer);
        self.belongings
            .random
            .get_or_insert_with(|| seed.small(Purpose::Protocol, u64::from(me.0)))
    }

    /// The observers' books: write only.
    #[inline]
    pub fn tally(&mut self) -> &mut P::Tally {
        &mut self.commons.tally
    }

    /// Where the program may keep what is its own, as long as it is online: see [`Arena`].
    #[inline]
    pub fn arena(&mut self) -> &mut Arena {
        &mut self.commons.arena
    }

    /// The first of `count` new sequence numbers.
    #[inline]
    fn numbers(&mut self, count: u32) -> u32 {
        let number = *self.belongings.sequence;
        *self.belongings.sequence = number
            .checked_add(count)
            .expect("a peer causes fewer than 2^32 events");
        number
    }

    /// Sends to one receiver, as nearly all but floods do.
    #[inline]
    fn dispatch(&mut self, to: Contact, channel: Channel, guess: u16, message: P::Message) {
        assert!(to.peer != self.me.peer, "{NOT_TO_ITSELF}");
        let time_ns = self.now_ns;
        self.effects.dispatches.push(Dispatch { time_ns, to });
        self.enter_sending(1, channel, guess, message);
    }

    /// Enters a sending whose dispatches were added last.
    #[inline]
    fn enter_sending(&mut self, copies: u32, channel: Channel, guess: u16, message: P::Message) {
        let sequence = self.numbers(copies);
        self.effects.sendings.push(Sending {
            copies,
            sequence,
            channel,
            guess,
            message,
        });
    }

    fn push(&mut self, effect: Effect<P::Timer>) {
        let number = self.numbers(1);
        self.effects.others.push((number, effect));
    }

    /// Sends a message over a connection: in order, delayed by loss but never lost on the way.
    ///
    /// # Panics
    /// When the receiver is the sender itself.
    #[inline]
    pub fn send(&mut self, to: Contact, message: P::Message) {
        self.dispatch(to, Channel::Connection, 0, message);
    }

    /// As [`Context::send`], by who knows that the receiver is the one at `place`, from 0 on, of all its neighbours, ascending: where
    /// latencies stand on the links of a graph, and these are its links, nobody has to look for it. A wrong place costs a search and
    /// changes nothing; one above 65,535 counts as 0.
    ///
    /// # Panics
    /// As there.
    #[inline]
    pub fn send_to_neighbour(&mut self, place: usize, to: Contact, message: P::Message) {
        self.dispatch(
            to,
            Channel::Connection,
            u16::try_from(place).unwrap_or(0),
            message,
        );
    }

    /// Sends a copy of a message over each of several connections: as if by [`Context::send`] to one after the other, at
    /// less cost. Cheapest where the receivers ascend.
    ///
    /// # Panics
    /// When a receiver is the sender itself.
    #[inline]
    pub fn send_all(&mut self, to: impl Iterator<Item = Contact>, message: P::Message) {
        let (time_ns, me) = (self.now_ns, self.me.peer);
        let dispatches = &mut self.effects.dispatches;
        let before = dispatches.len();
        dispatches.extend(to.map(|to| {
            assert!(to.peer != me, "{NOT_TO_ITSELF}");
            Dispatch { time_ns, to }
        }));
        let copies = u32::try_from(dispatches.len() - before).expect("a peer causes fewer than 2^32 events");
        if copies > 0 {
            self.enter_sending(copies, Channel::Connection, 0, message);
        }
    }

    /// Sends a datagram to whichever session of `to` is under way: it may be lost.
    ///
    /// # Panics
    /// When the receiver is the sender itself.
    #[inline]
    pub fn datagram(&mut self, to: PeerId, message: P::Message) {
        self.dispatch(Contact::any(to), Channel::Datagram, 0, message);
    }

    /// Sets a timer that expires `after_ns` from now (at least 1 ns ahead) unless the session ends before.
    #[inline]
    pub fn set_timer(&mut self, after_ns: u64, timer: P::Timer) {
        let at_ns = self.now_ns.saturating_add(after_ns.max(1));
        self.push(Effect::Timer { at_ns, timer });
    }

    /// Starts a bulk transfer of `bytes` (at least 1) from this peer to `sink`; an end that sees no progress for
    /// `idle_timeout_ns` (at least a second) gives up. Both ends get a notice with `tag` when it is over.
    pub fn start_flow(&mut self, sink: Contact, bytes: u64, tag: u64, idle_timeout_ns: u64) -> FlowId {
        assert!(sink.peer != self.me.peer, "a peer does not transfer to itself");
        assert!(bytes > 0, "a flow carries at least a byte");
        let flow = FlowId {
            source: self.me.peer,
            number: *self.belongings.sequence,
        };
        let idle_timeout_ns = idle_timeout_ns.max(SECOND_NS);
        let spec = FlowSpec {
            flow,
            source: self.me,
            sink,
            bytes,
            tag,
            idle_timeout_ns,
        };
        self.push(Effect::StartFlow { spec });
        flow
    }

    /// Stops a flow of which this peer is an end; no notice comes back to it.
    pub fn stop_flow(&mut self, flow: FlowId) {
        self.push(Effect::StopFlow { flow });
    }
}

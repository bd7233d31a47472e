//! Lookups without any sharing: a program that finds the nodes responsible for keys, or writes and reads values, to measure
//! structured overlays.

use super::value_plan::ValuePlan;
use crate::engine::protocol::Commons;
use crate::engine::{Arena, Contact, Context, Departure, PeerId, Protocol, SmallStream};
use crate::overlay::books::SearchBooks;
use crate::overlay::dht::{Dht, Identifier, LookupId, ReadId, Router, WriteId, message, node, settings};
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
    /// Lookups of the workload: a lookup's number is its position.
    pub lookups: Vec<PlannedLookup>,
    /// Values of the workload, if that is what it is.
    pub values: Option<ValuePlan>,
}

/// What a peer is told to do by the workload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// To look a key up.
    LookUp(LookupId),
    /// To write a value.
    Write(WriteId),
    /// To read one.
    Read(ReadId),
}

impl<S> LookupsWorld<S> {
    /// All tasks with their times and peers, in order of time. At one time a peer looks up, writes and reads in this order.
    pub fn tasks(&self) -> Vec<(u64, PeerId, Task)> {
        let lookups = (0..).map(LookupId).zip(&self.lookups);
        let mut tasks: Vec<(u64, PeerId, Task)> = lookups
            .map(|(number, lookup)| (lookup.at_ns, lookup.origin, Task::LookUp(number)))
            .collect();
        if let Some(plan) = &self.values {
            let writes = (0..).map(WriteId).zip(&plan.writes);
            tasks.extend(writes.map(|(number, write)| {
                let writer = plan.values[write.value as usize].writer;
                (write.at_ns, writer, Task::Write(number))
            }));
            let reads = (0..).map(ReadId).zip(&plan.reads);
            tasks.extend(reads.map(|(number, read)| (read.at_ns, read.origin, Task::Read(number))));
        }
        tasks.sort_by_key(|(at_ns, peer, _)| (*at_ns, *peer));
        tasks
    }
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
    type Command = Task;
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
    fn prefetch(&self, message: &Self::Message) -> bool {
        self.overlay.prefetch_rest(message);
        true
    }

    #[inline]
    fn prefetch_for_answer(&self, message: &Self::Message, commons: &Commons<Self>) -> bool {
        self.overlay.prefetch(message, &commons.tally, &commons.arena)
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

    fn command(&mut self, task: Task, cx: &mut Context<'_, Self>) {
        let world = cx.world();
        let plan = || {
            world
                .values
                .as_ref()
                .expect("where values are written or read, there is a plan")
        };
        match task {
            Task::LookUp(lookup) => {
                let key = world.lookups[lookup.0 as usize].key;
                self.overlay.look_up(lookup, key, &mut LookupHost(cx));
            }
            Task::Write(write) => {
                let planned = plan().writes[write.0 as usize];
                let key = plan().values[planned.value as usize].key;
                self.overlay
                    .write(write, key, planned.version, &mut LookupHost(cx));
            }
            Task::Read(read) => {
                let planned = plan().reads[read.0 as usize];
                let key = plan().values[planned.value as usize].key;
                self.overlay.read(read, key, &mut LookupHost(cx));
            }
        }
    }

    fn missed(task: Task, at_ns: u64, _: &Self::World, tally: &mut SearchBooks) {
        match task {
            Task::LookUp(lookup) => Dht::<R>::miss(lookup, at_ns, tally),
            Task::Write(write) => Dht::<R>::miss_write(write, at_ns, tally),
            Task::Read(read) => Dht::<R>::miss_read(read, at_ns, tally),
        }
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

    fn arena(&mut self) -> &mut Arena {
        self.0.arena()
    }
}

#[cfg(test)]
mod chord_tests;
#[cfg(test)]
mod kademlia_tests;
#[cfg(test)]
mod testing;

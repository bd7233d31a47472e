//! A fixed share of the peers: their state in arrays, their pending events, and the order of one window.
//!
//! Peers of one window are independent of each other, so a shard hands each peer its events in one go (peer by peer,
//! in time order within a peer): the peer's state is touched once, and the order is the same however many threads
//! run the shards. What an event does to a peer is in `serve`, how its messages leave in `transmit`, how it comes
//! and goes in `lifecycle`, and how memory is fetched before its turn in `ahead`.

mod ahead;
mod lifecycle;
mod order;
mod outbox;
mod serve;
#[cfg(test)]
mod tests;
mod transmit;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use fixedbitset::FixedBitSet;

use super::accounts::Accounts;
use super::control::Attendance;
use super::digest::RungDigests;
use super::event::{Event, Letter, Occurrence, PeerKey};
use super::memory::{HugeVec, huge_from};
use super::network::{FlowChange, Network};
use super::peer::{PeerId, SessionNumber};
use super::peers::Resident;
use super::protocol::{Commons, Effects, Message, Protocol};
use super::queue::Queue;
use super::random::Seed;
use super::seat::{LinkSeat, NoiseSeat, Presence, ProtocolStream};
use super::sessions::Sessions;
use super::shares::Shares;

use ahead::Upcoming;
pub(crate) use order::WINDOW_SHIFT_MAX;
use order::{Bucket, Layout, Order, Place};
pub(crate) use outbox::Outbox;

pub(crate) type PeerLetter<P> = Letter<<P as Protocol>::Message>;
pub(crate) type PeerEvent<P> = Event<<P as Protocol>::Timer, <P as Protocol>::Command>;
type PeerBucket<P> = Bucket<<P as Protocol>::Message, <P as Protocol>::Timer, <P as Protocol>::Command>;

/// What all shards share while a window runs.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one thing whether it is simulated at all"
)]
pub(crate) struct Surroundings<'a, P: Protocol, N, S> {
    pub(crate) world: &'a P::World,
    pub(crate) network: &'a N,
    pub(crate) sessions: &'a S,
    seed: Seed,
    shares: Shares,
    has_flows: bool,
    /// What the network says of itself: asked once a window and not once a message.
    has_links: bool,
    has_noise: bool,
    is_partitioned: bool,
    until_ns: u64,
}

/// What holds for a whole run.
#[derive(Clone, Copy)]
pub(crate) struct Constants {
    pub(crate) seed: Seed,
    /// In which shard each peer lives.
    pub(crate) shares: Shares,
    /// Whether flows are simulated at all.
    pub(crate) has_flows: bool,
}

impl<'a, P: Protocol, N: Network, S> Surroundings<'a, P, N, S> {
    /// What surrounds a window: events at `until_ns` or after are not handled in it.
    pub(crate) fn new(
        (world, network, sessions): (&'a P::World, &'a N, &'a S),
        constants: Constants,
        until_ns: u64,
    ) -> Self {
        let Constants {
            seed,
            shares,
            has_flows,
        } = constants;
        Self {
            world,
            network,
            sessions,
            seed,
            shares,
            has_flows,
            has_links: network.has_links(),
            has_noise: network.has_noise(),
            is_partitioned: network.is_partitioned(),
            until_ns,
        }
    }
}

/// What stops a run whose order is not total.
const EQUAL_KEYS: &str = "two events of a peer have equal keys: their order would depend on insertion";

/// One shard.
pub(crate) struct Shard<'p, P: Protocol> {
    /// Number of its first peer.
    first: u32,
    pub(crate) residents: &'p mut [Resident<P>],
    pub(crate) presences: HugeVec<Presence>,
    /// What peers draw from, close together.
    streams: HugeVec<ProtocolStream>,
    /// By peer the session under way, 0 where there is none: as its seat has it, but close together, for observers ask about many
    /// peers at once.
    pub(crate) sessions: Vec<SessionNumber>,
    /// Empty where no access link is declared.
    links: Vec<LinkSeat>,
    /// Empty where there is no noise.
    noise: Vec<NoiseSeat>,
    /// Peers that actions keep offline, and until when; those whose time is over may still be here.
    banished: BTreeMap<PeerId, u64>,
    /// Peers whose first session begins at 0: a million of them need no event each.
    starting: FixedBitSet,
    pub(crate) letters: Queue<PeerLetter<P>>,
    others: Queue<PeerEvent<P>>,
    /// Room for the window under way; away only while one runs, and boxed, for most windows have few events and taking it is to
    /// move a word.
    desk: Option<Box<WindowDesk<P>>>,
    /// Windows are at most `2^window_shift` nanoseconds wide.
    window_shift: u32,
    /// Events that the peer being served caused to itself within the window.
    own: BinaryHeap<Reverse<OwnEvent<P>>>,
    effects: Effects<P>,
    /// What goes to other shards, by shard.
    pub(crate) outboxes: Vec<Outbox<PeerLetter<P>>>,
    pub(crate) flow_changes: Vec<(u64, FlowChange)>,
    pub(crate) attendance: Attendance,
    pub(crate) commons: Commons<P>,
    pub(crate) accounts: Accounts,
    pub(crate) digests: RungDigests,
}

/// What is due in a window, and its order: both empty between windows but for their memory.
struct WindowDesk<P: Protocol> {
    due: PeerBucket<P>,
    order: Order,
}

impl<P: Protocol> Default for WindowDesk<P> {
    fn default() -> Self {
        Self {
            due: Bucket::default(),
            order: Order::default(),
        }
    }
}

/// What a peer causes to itself.
enum Own<P: Protocol> {
    /// A message comes through its access link.
    Letter(PeerLetter<P>),
    Other(PeerEvent<P>),
}

impl<P: Protocol> Own<P> {
    fn peer_key(&self) -> PeerKey {
        match self {
            Self::Letter(letter) => letter.peer_key(),
            Self::Other(event) => event.peer_key(),
        }
    }
}

/// An event of the peer being served, ordered by its key.
struct OwnEvent<P: Protocol>(PeerKey, Own<P>);

impl<P: Protocol> PartialEq for OwnEvent<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<P: Protocol> Eq for OwnEvent<P> {}
impl<P: Protocol> PartialOrd for OwnEvent<P> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<P: Protocol> Ord for OwnEvent<P> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<'p, P: Protocol> Shard<'p, P> {
    /// A shard of `residents` from number `first` on, with their first planned sessions pending.
    pub(crate) fn new<N: Network, S: Sessions>(
        first: u32,
        residents: &'p mut [Resident<P>],
        shards: usize,
        window_shift: u32,
        around: &Surroundings<'_, P, N, S>,
    ) -> Self {
        let count = residents.len();
        let only_if = |needed: bool| if needed { count } else { 0 };
        let noise = |index: usize| NoiseSeat::new(around.seed, u64::from(first) + index as u64);
        let mut shard = Self {
            first,
            presences: huge_from((0..count).map(|_| Presence::default())),
            streams: huge_from((0..count).map(|_| ProtocolStream::default())),
            sessions: residents
                .iter()
                .map(|resident| resident.seat.under_way())
                .collect(),
            links: vec![LinkSeat::default(); only_if(around.has_links)],
            noise: (0..only_if(around.has_noise)).map(noise).collect(),
            banished: BTreeMap::new(),
            starting: FixedBitSet::with_capacity(count),
            residents,
            letters: Queue::new(window_shift),
            others: Queue::new(window_shift),
            desk: Some(Box::default()),
            window_shift,
            own: BinaryHeap::new(),
            effects: Effects::default(),
            outboxes: (0..shards).map(|_| Outbox::default()).collect(),
            flow_changes: Vec::new(),
            attendance: Attendance::default(),
            commons: Commons::new(around.world),
            accounts: Accounts::new(P::Message::KINDS.len()),
            digests: RungDigests::default(),
        };
        for index in 0..count {
            let peer = PeerId(first + u32::try_from(index).expect("peer numbers fit 32 bits"));
            for event in Self::plan(peer, 0, 0, around).into_iter().flatten() {
                if event.time_ns == 0 {
                    shard.starting.insert(index);
                } else {
                    shard.others.push(event);
                }
            }
        }
        shard
    }

    /// The earliest bucket in which something is due.
    pub(crate) fn next_bucket(&self) -> Option<u64> {
        if !self.starting.is_empty() {
            return Some(0);
        }
        let (letter, other) = (self.letters.next_bucket(), self.others.next_bucket());
        letter.into_iter().chain(other).min()
    }

    /// Number of events that are known to be due in a bucket.
    pub(crate) fn events_due(&self, bucket: u64) -> usize {
        let starting = if bucket == 0 { self.starting.len() } else { 0 };
        starting + self.letters.size_of(bucket) + self.others.size_of(bucket)
    }

    /// Runs the events of `bucket` that are due before `around.until_ns`.
    pub(crate) fn run<N: Network, S: Sessions>(&mut self, bucket: u64, around: &Surroundings<'_, P, N, S>) {
        let next = bucket + 1;
        self.outboxes.iter_mut().for_each(|outbox| outbox.begin(next));
        let until_ns = around.until_ns;
        let mut desk = self.desk.take().expect("a window runs after another");
        let WindowDesk { due, order } = &mut *desk;
        self.letters.take(bucket, until_ns, &mut due.letters);
        self.others.take(bucket, until_ns, &mut due.others);
        self.accounts.events += due.len() as u64;
        let (places, layout) = order.by_peer(due, self.first, self.residents.len(), self.window_shift);
        if self.starting.is_empty() {
            self.run_in_order(due, places, layout, around);
        } else {
            self.start(due, places, layout, around);
        }
        self.letters.recycle(&mut due.letters);
        self.others.recycle(&mut due.others);
        self.desk = Some(desk);
    }

    /// The first window of all: peers that are online from 0 on come before anything else happens to them.
    #[cold]
    fn start<N: Network, S: Sessions>(
        &mut self,
        bucket: &mut PeerBucket<P>,
        places: &mut [Place],
        layout: Layout,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let starting = std::mem::take(&mut self.starting);
        let mut rest = places;
        for index in starting.ones() {
            let (before, after) =
                rest.split_at_mut(rest.partition_point(|place| layout.peer(*place) < index));
            let (his, after) =
                after.split_at_mut(after.partition_point(|place| layout.peer(*place) == index));
            self.run_in_order(bucket, before, layout, around);
            let peer = self.number(index);
            self.accounts.events += 1;
            let mut join = Self::lifecycle_event(peer, 0, 0, Occurrence::Join(0));
            self.handle_other(&mut join, around);
            self.run_in_order(bucket, his, layout, around);
            self.serve_own_until(None, around);
            rest = after;
        }
        self.run_in_order(bucket, rest, layout, around);
    }

    /// Hands peers their events, one peer after the other.
    fn run_in_order<N: Network, S: Sessions>(
        &mut self,
        bucket: &mut PeerBucket<P>,
        places: &mut [Place],
        layout: Layout,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let is_far = self.is_fetched_ahead();
        let mut answers = Upcoming::default();
        if is_far {
            answers = self.ahead(bucket, layout, around.network).fetch_beginning(places);
        }
        let mut rest = places;
        while let Some(first) = rest.first() {
            let peer = layout.peer(*first);
            let mut count = 1;
            while rest.get(count).is_some_and(|place| layout.peer(*place) == peer) {
                count += 1;
            }
            if is_far {
                for position in 0..count {
                    let ahead = self.ahead(bucket, layout, around.network);
                    ahead.fetch_next(&rest[position..], &mut answers);
                }
            }
            let (his, after) = rest.split_at_mut(count);
            self.serve(bucket, his, layout, around);
            rest = after;
        }
    }

    /// Hands one peer its events, which are at these places, and in between what it causes to itself.
    #[inline]
    fn serve<N: Network, S: Sessions>(
        &mut self,
        bucket: &mut PeerBucket<P>,
        places: &mut [Place],
        layout: Layout,
        around: &Surroundings<'_, P, N, S>,
    ) {
        if places.len() > 1 {
            bucket.sort(places, layout);
        }
        for place in &*places {
            if !self.own.is_empty() {
                self.serve_own_until(Some(bucket.key(*place, layout)), around);
            }
            match bucket.letter_mut(*place, layout) {
                Some(letter) => self.handle_letter(letter, around),
                None => self.handle_other(bucket.other_mut(*place, layout), around),
            }
        }
        if !self.own.is_empty() {
            self.serve_own_until(None, around);
        }
    }

    /// Number of the peer at an index.
    #[inline]
    fn number(&self, index: usize) -> PeerId {
        PeerId(self.first + u32::try_from(index).expect("peer numbers fit 32 bits"))
    }

    /// Handles what the peer being served caused to itself: before `limit`, or all of it.
    #[cold]
    fn serve_own_until<N: Network, S: Sessions>(
        &mut self,
        limit: Option<PeerKey>,
        around: &Surroundings<'_, P, N, S>,
    ) {
        let mut last = None;
        while let Some(Reverse(next)) = self.own.peek() {
            let key = next.0;
            assert!(last < Some(key) && limit != Some(key), "{EQUAL_KEYS}");
            if limit.is_some_and(|limit| key > limit) {
                return;
            }
            let Some(Reverse(OwnEvent(_, own))) = self.own.pop() else {
                return;
            };
            last = Some(key);
            self.accounts.events += 1;
            match own {
                Own::Letter(mut letter) => self.handle_letter(&mut letter, around),
                Own::Other(mut event) => self.handle_other(&mut event, around),
            }
        }
    }

    /// Takes in what another shard sent.
    pub(crate) fn absorb(&mut self, outbox: &mut Outbox<PeerLetter<P>>) {
        outbox.empty_into(&mut self.letters);
    }

    /// Schedules an event of the peer being served for itself.
    #[inline]
    fn schedule_own(&mut self, now_ns: u64, event: PeerEvent<P>, until_ns: u64) {
        assert!(event.time_ns >= now_ns, "nothing is scheduled into the past");
        if event.time_ns < until_ns {
            let own = Own::Other(event);
            self.own.push(Reverse(OwnEvent(own.peer_key(), own)));
        } else {
            self.others.push(event);
        }
    }
}

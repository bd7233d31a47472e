//! A run: windows one after another, shards on any number of threads, flows after the peers, directors in between.

mod stage;

use rayon::prelude::*;

use super::accounts::{Accounts, Count, PeerAccounts};
use super::control::{Director, Stage, Verdict};
use super::digest::Digests;
use super::memory::HugeVec;
use super::network::{FlowBooks, FlowChange, FlowNotice, Flows, Network, NoFlows};
use super::peer::PeerId;
use super::peers::{Peers, Resident};
use super::protocol::{Message, PARALLEL_EVENTS_MIN, Protocol, Tally};
use super::random::Seed;
use super::seat::Seat;
use super::sessions::{AlwaysOnline, Sessions};
use super::shard::{Constants, Outbox, PeerLetter, Shard, Surroundings, WINDOW_SHIFT_MAX};
use super::shares::Shares;
use super::time::NEVER_NS;

/// Where windows end is no part of the simulated world, so what happens there may not change it.
const ONLY_WHILE_ACTING: &str = "a director changes the world only at an instant that it named";

/// What one shard is sent in a window: outboxes by the shard they are of.
type Inbox<P> = Vec<(usize, Outbox<PeerLetter<P>>)>;

/// Everything a run consists of.
#[derive(Debug)]
pub struct Setup<P: Protocol, N, F, S> {
    /// Parameters and catalogue.
    pub world: P::World,
    /// The peers' programs, by number.
    pub peers: Peers<P>,
    /// What carries messages.
    pub network: N,
    /// What carries bulk transfers; `None` where nobody starts any.
    pub flows: Option<F>,
    /// When peers are online.
    pub sessions: S,
    /// The workload: time, peer, command; ascending by time.
    pub commands: Vec<(u64, PeerId, P::Command)>,
    /// What randomness grows from.
    pub seed: Seed,
    /// Events before this time are simulated, in nanoseconds.
    pub duration_ns: u64,
}

impl<P: Protocol, N> Setup<P, N, NoFlows, AlwaysOnline> {
    /// The plainest run: everybody is always online, nobody starts flows, and there is no workload unless it is added.
    pub fn plain(
        world: P::World,
        peers: impl Into<Peers<P>>,
        network: N,
        seed: u64,
        duration_ns: u64,
    ) -> Self {
        Self {
            world,
            peers: peers.into(),
            network,
            flows: None,
            sessions: AlwaysOnline,
            commands: Vec::new(),
            seed: Seed { seed, replication: 0 },
            duration_ns,
        }
    }
}

impl<P: Protocol, N, F, S> Setup<P, N, F, S> {
    /// The peers apart from everything else.
    fn without_peers(mut self) -> (Self, HugeVec<Resident<P>>) {
        let peers = std::mem::take(&mut self.peers);
        (self, peers.into_residents())
    }
}

/// What a run leaves in memory.
#[derive(Debug)]
pub struct Outcome<P: Protocol> {
    /// The peers' programs in their last state, for looking at: of those online what they kept in an [arena](super::arena::Arena) is gone,
    /// so that they cannot be run again.
    pub peers: Peers<P>,
    /// Which peers are online at the end.
    pub online: Vec<bool>,
    /// The peers' own books.
    pub peer_accounts: Vec<PeerAccounts>,
    /// The parameters, given back.
    pub world: P::World,
    /// The observers' books.
    pub tally: P::Tally,
    /// Books of messages.
    pub accounts: Accounts,
    /// Messages in flight at the end, counted one by one.
    pub in_flight: Count,
    /// Books of flows at the end.
    pub flow_books: FlowBooks,
    /// The digests.
    pub digests: Digests,
    /// When the run ended, in nanoseconds.
    pub end_ns: u64,
    /// Whether it was stopped before its time.
    pub is_interrupted: bool,
}

struct Simulation<'p, P: Protocol, N, F, S> {
    shards: Vec<Shard<'p, P>>,
    /// Earliest bucket of each shard that holds an event; `u64::MAX` for none.
    next_buckets: Vec<u64>,
    constants: Constants,
    window_shift: u32,
    world: P::World,
    network: N,
    flows: Option<F>,
    flow_changes: Vec<(u64, FlowChange)>,
    notices: Vec<FlowNotice>,
    sessions: S,
    commands: Vec<(u64, PeerId, P::Command)>,
    next_command: usize,
    peer_count: usize,
    now_ns: u64,
    /// Whether the director is at an instant of its own: only there it may change things.
    is_acting: bool,
}

/// Runs `setup` to its end on `threads` threads (at least 1), with `director` acting between windows.
///
/// # Panics
/// When books do not balance or two events have equal keys: bugs of ours, never the user's.
pub fn run<P, N, F, S>(setup: Setup<P, N, F, S>, director: &mut dyn Director<P>, threads: usize) -> Outcome<P>
where
    P: Protocol,
    N: Network,
    F: Flows<N>,
    S: Sessions,
{
    let duration_ns = setup.duration_ns;
    let (setup, mut residents) = setup.without_peers();
    let shares = Shares::for_threads(residents.len(), threads);
    let pool = (shares.count() > 1).then(|| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started")
    });
    let mut simulation = Simulation::new(setup, &mut residents, shares, pool.as_ref());
    let is_interrupted = simulation.play(director, duration_ns, pool.as_ref());
    let outcome = simulation.finish(is_interrupted);
    Outcome {
        peers: Peers::of_residents(residents),
        ..outcome
    }
}

impl<'p, P, N, F, S> Simulation<'p, P, N, F, S>
where
    P: Protocol,
    N: Network,
    F: Flows<N>,
    S: Sessions,
{
    /// A run of `setup`, whose peers are `residents`, in these shares.
    fn new(
        setup: Setup<P, N, F, S>,
        residents: &'p mut [Resident<P>],
        shares: Shares,
        pool: Option<&rayon::ThreadPool>,
    ) -> Self {
        let Setup {
            world,
            network,
            flows,
            sessions,
            commands,
            seed,
            ..
        } = setup;
        assert!(
            commands.is_sorted_by_key(|(time_ns, ..)| *time_ns),
            "the workload is in order of time"
        );
        let lookahead_ns = network.lookahead_ns();
        assert!(lookahead_ns > 0, "messages take time");
        let window_shift = lookahead_ns.ilog2().min(WINDOW_SHIFT_MAX);
        let peer_count = residents.len();
        let constants = Constants {
            seed,
            shares,
            has_flows: flows.is_some(),
        };
        let around = Surroundings::new((&world, &network, &sessions), constants, 0);
        let mut rest = residents;
        let mut shared = Vec::with_capacity(shares.count());
        for share in 0..shares.count() {
            let (his, others) = rest.split_at_mut(shares.size(share));
            shared.push((share, his));
            rest = others;
        }
        let shard = |(share, residents): (usize, &'p mut [Resident<P>])| {
            Shard::new(
                shares.first(share),
                residents,
                shares.count(),
                window_shift,
                &around,
            )
        };
        let shards: Vec<_> = match pool {
            Some(pool) => pool.install(|| shared.into_par_iter().map(shard).collect()),
            None => shared.into_iter().map(shard).collect(),
        };
        let mut simulation = Self {
            next_buckets: vec![u64::MAX; shards.len()],
            shards,
            constants,
            window_shift,
            world,
            network,
            flows,
            flow_changes: Vec::new(),
            notices: Vec::new(),
            sessions,
            commands,
            next_command: 0,
            peer_count,
            now_ns: 0,
            is_acting: false,
        };
        for shard in 0..simulation.shards.len() {
            simulation.refresh(shard);
        }
        simulation
    }

    fn refresh(&mut self, shard: usize) {
        self.next_buckets[shard] = self.shards[shard].next_bucket().unwrap_or(u64::MAX);
    }

    /// Plays everything before `duration_ns`; true if it was interrupted.
    fn play(
        &mut self,
        director: &mut dyn Director<P>,
        duration_ns: u64,
        pool: Option<&rayon::ThreadPool>,
    ) -> bool {
        loop {
            let bucket = self.next_bucket();
            let start_ns = bucket
                .checked_shl(self.window_shift)
                .filter(|_| bucket != u64::MAX);
            let start_ns = start_ns.map_or(NEVER_NS, |start_ns| start_ns.max(self.now_ns));
            let instant_ns = director.next_instant_ns();
            assert!(instant_ns >= self.now_ns, "a director does not act in the past");
            let rungs = director.rungs();
            let rung_ns = rungs.first().map_or(NEVER_NS, |rung_ns| *rung_ns);
            if rung_ns <= start_ns.min(instant_ns).min(duration_ns) && rung_ns < NEVER_NS {
                director.note_rung(Stage::digests(self));
                continue;
            }
            if instant_ns <= start_ns && instant_ns <= duration_ns && instant_ns < NEVER_NS {
                self.now_ns = instant_ns;
                self.play_flows(instant_ns);
                self.is_acting = true;
                director.act(self);
                self.is_acting = false;
                self.exchange(None);
                continue;
            }
            if start_ns >= duration_ns {
                self.now_ns = duration_ns;
                self.play_flows(duration_ns);
                return false;
            }
            let bucket_end_ns = (bucket + 1)
                .checked_mul(1 << self.window_shift)
                .unwrap_or(NEVER_NS);
            // One rung in a window is told apart by the shards; at a second one the window ends.
            let second_rung_ns = rungs.get(1).map_or(NEVER_NS, |rung_ns| *rung_ns);
            let until_ns = bucket_end_ns.min(instant_ns).min(duration_ns).min(second_rung_ns);
            for shard in &mut self.shards {
                shard.digests.part_at(rung_ns);
            }
            self.run_window(bucket, until_ns, pool);
            self.now_ns = until_ns;
            if rung_ns < until_ns {
                let mut digests = Digests::default();
                let shards = self.shards.iter();
                shards.for_each(|shard| digests.merge(&shard.digests.before()));
                director.note_rung(digests);
            }
            let events = self.shards.iter().map(|shard| shard.accounts.events).sum();
            if director.window_closed(until_ns, events, self) == Verdict::Stop {
                return true;
            }
        }
    }

    /// The earliest bucket in which anything is due.
    fn next_bucket(&self) -> u64 {
        let mut bucket = self.next_buckets.iter().copied().min().unwrap_or(u64::MAX);
        if let Some((time_ns, ..)) = self.commands.get(self.next_command) {
            bucket = bucket.min(time_ns >> self.window_shift);
        }
        if !self.flow_changes.is_empty() {
            bucket = bucket.min(self.now_ns >> self.window_shift);
        }
        if let Some(flows) = &self.flows {
            let next_ns = flows.next_ns();
            if next_ns < NEVER_NS {
                bucket = bucket.min(next_ns >> self.window_shift);
            }
        }
        bucket
    }

    /// One window: the peers, then the flows.
    fn run_window(&mut self, bucket: u64, until_ns: u64, pool: Option<&rayon::ThreadPool>) {
        while let Some((time_ns, peer, command)) = self.commands.get(self.next_command).copied() {
            if time_ns >= until_ns {
                break;
            }
            let row = u32::try_from(self.next_command).expect("a workload has fewer than 2^32 rows");
            let shard = self.constants.shares.of(peer) as usize;
            self.shards[shard].order(time_ns, peer, row, command);
            self.next_buckets[shard] = self.next_buckets[shard].min(bucket);
            self.next_command += 1;
        }
        let surroundings = (&self.world, &self.network, &self.sessions);
        let around = Surroundings::new(surroundings, self.constants, until_ns);
        let due =
            |(shard, next): &(&mut Shard<'_, P>, &u64)| (**next == bucket).then(|| shard.events_due(bucket));
        let work: usize = self
            .shards
            .iter_mut()
            .zip(&self.next_buckets)
            .filter_map(|pair| due(&pair))
            .sum();
        match pool.filter(|_| work >= P::PARALLEL_EVENTS_MIN) {
            Some(pool) => pool.install(|| {
                self.shards
                    .par_iter_mut()
                    .zip(&self.next_buckets)
                    .filter(|(_, next)| **next == bucket)
                    .for_each(|(shard, _)| shard.run(bucket, &around));
            }),
            None => {
                for (shard, next) in self.shards.iter_mut().zip(&self.next_buckets) {
                    if *next == bucket {
                        shard.run(bucket, &around);
                    }
                }
            }
        }
        for shard in 0..self.shards.len() {
            if self.next_buckets[shard] == bucket {
                self.refresh(shard);
            }
        }
        // What events cost plays no part here.
        self.exchange(pool.filter(|_| work >= PARALLEL_EVENTS_MIN));
        self.play_flows(until_ns);
    }

    /// Moves what shards sent each other into the receivers' queues.
    fn exchange(&mut self, pool: Option<&rayon::ThreadPool>) {
        let mut inboxes: Vec<Inbox<P>> = Vec::new();
        let mut is_any = false;
        for source in 0..self.shards.len() {
            for target in 0..self.shards.len() {
                if self.shards[source].outboxes[target].is_empty() {
                    continue;
                }
                if !is_any {
                    is_any = true;
                    inboxes.resize_with(self.shards.len(), Vec::new);
                }
                inboxes[target].push((source, std::mem::take(&mut self.shards[source].outboxes[target])));
            }
            let shard = &mut self.shards[source];
            self.flow_changes.append(&mut shard.flow_changes);
        }
        if !is_any {
            return;
        }
        let absorb = |(shard, inbox): (&mut Shard<'_, P>, &mut Inbox<P>)| {
            for (_, outbox) in inbox {
                shard.absorb(outbox);
            }
        };
        match pool {
            Some(pool) => pool.install(|| {
                self.shards
                    .par_iter_mut()
                    .zip(inboxes.par_iter_mut())
                    .for_each(absorb);
            }),
            None => self.shards.iter_mut().zip(inboxes.iter_mut()).for_each(absorb),
        }
        for (target, inbox) in inboxes.into_iter().enumerate() {
            if !inbox.is_empty() {
                self.refresh(target);
            }
            for (source, outbox) in inbox {
                self.shards[source].outboxes[target] = outbox;
            }
        }
    }

    /// Plays the flows up to `until_ns` and hands out what the peers are told.
    fn play_flows(&mut self, until_ns: u64) {
        let Some(flows) = &mut self.flows else { return };
        if self.flow_changes.is_empty() && flows.next_ns() >= until_ns {
            return;
        }
        flows.play(until_ns, &mut self.flow_changes, &self.network, &mut self.notices);
        let mut notices = std::mem::take(&mut self.notices);
        for notice in notices.drain(..) {
            assert!(
                notice.at_ns >= until_ns,
                "what a flow tells its ends arrives in a later window"
            );
            let shard = self.constants.shares.of(notice.target.peer) as usize;
            self.shards[shard].announce(notice);
            self.refresh(shard);
        }
        self.notices = notices;
    }

    /// What the run leaves but for the peers.
    fn finish(self, is_interrupted: bool) -> Outcome<P> {
        let end_ns = self.now_ns;
        let mut in_flight = Count::default();
        let letters = self.shards.iter().flat_map(|shard| shard.letters.iter());
        for message in letters.filter_map(|letter| letter.message.as_ref()) {
            in_flight.enter(message.size_bytes());
        }
        let flow_books = Stage::flow_books(&self);
        assert!(
            flow_books.is_balanced(),
            "every byte offered to a flow is accounted for: {flow_books:?}"
        );
        let mut accounts = Accounts::new(P::Message::KINDS.len());
        let mut digests = Digests::default();
        let mut tally = P::tally(&self.world);
        let mut peer_accounts = Vec::with_capacity(self.peer_count);
        let mut online = Vec::with_capacity(self.peer_count);
        for shard in self.shards {
            accounts.merge(&shard.accounts);
            digests.merge(&shard.digests.total());
            tally.merge(shard.commons.tally);
            let seats = || shard.residents.iter().map(|resident| &resident.seat);
            assert!(
                seats().map(Seat::under_way).eq(shard.sessions.iter().copied()),
                "observers were told who is online"
            );
            online.extend(seats().map(|seat| seat.is_online));
            let books = seats().zip(&shard.presences);
            peer_accounts.extend(books.map(|(seat, presence)| seat.accounts(presence, end_ns)));
        }
        assert_eq!(
            accounts.outstanding(),
            in_flight,
            "messages sent = delivered + dropped + in flight"
        );
        Outcome {
            peers: Peers::default(),
            online,
            peer_accounts,
            world: self.world,
            tally,
            accounts,
            in_flight,
            flow_books,
            digests,
            end_ns,
            is_interrupted,
        }
    }

    fn place(&self, peer: PeerId) -> (usize, usize) {
        let shard = self.constants.shares.of(peer) as usize;
        (shard, self.shards[shard].index(peer))
    }
}

//! The director of a run: plays the scenario's actions and takes the observers' notes at their instants, in one order.
//!
//! At equal times samples come first, then actions and the truths about queries: all see every event with an earlier
//! time and none later, and so do the steps of the ladder of digests.

use super::action::Action;
use super::observed::Observed;
use super::truth::{Oracle, Truth};
use super::working_links::WorkingLinks;
use crate::engine::accounts::Accounts;
use crate::engine::digest::Digests;
use crate::engine::network::FlowBooks;
use crate::engine::time::NEVER_NS;
use crate::engine::{Attendance, Director, PeerId, Seed, Stage, Verdict};
use crate::overlay::{Finding, ItemId};
use crate::topology::analysis;

/// Steps of the ladder of digests.
pub const LADDER_STEPS: u64 = 1024;

/// The state of the network at an instant, with the books up to it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// When, nanoseconds.
    pub time_ns: u64,
    /// Peers online, service nodes not counted.
    pub online_peers: u64,
    /// Working links between them: see [`WorkingLinks`].
    pub links: u64,
    /// Connected components among the peers online; a peer without links is one.
    pub components: u64,
    /// Peers in the largest.
    pub largest_component: u64,
    /// Sessions so far, those of service nodes included.
    pub attendance: Attendance,
    /// Messages so far.
    pub accounts: Accounts,
    /// Flows so far.
    pub flow_books: FlowBooks,
}

/// A query whose truth is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inquiry {
    /// When it is issued, nanoseconds.
    pub at_ns: u64,
    /// Its number.
    pub query: u32,
    /// Who asks.
    pub origin: PeerId,
    /// For what.
    pub item: ItemId,
    /// How many hops far.
    pub ttl: u32,
}

/// What is to be done when.
#[derive(Clone, Debug, Default)]
pub struct Programme {
    /// The run's length, nanoseconds.
    pub duration_ns: u64,
    /// Interval of samples, nanoseconds; at least 1.
    pub sample_every_ns: u64,
    /// Interval of checks of invariants, nanoseconds; at least 1. `None`: nobody asks for them.
    pub invariants_every_ns: Option<u64>,
    /// Peers proper, without service nodes.
    pub peers: usize,
    /// Whether links change only where peers come and go: a sample then need not look again while nobody does.
    pub has_fixed_links: bool,
    /// The network's shape where everybody is online in the first session, if that is known beforehand.
    pub full_shape: Option<Shape>,
    /// Actions with their times, in the scenario's order.
    pub actions: Vec<(u64, Action)>,
    /// Queries whose truth is wanted.
    pub inquiries: Vec<Inquiry>,
}

/// Kinds of instants, in their order at equal times; the number is the place in the programme's list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Occasion {
    Sample,
    Invariants,
    Action(usize),
    Inquiry(usize),
}

/// Whoever watches a run from outside: progress, streamed traces, interruption.
pub trait Watcher<P: Observed> {
    /// Called after every window.
    fn window_closed(&mut self, end_ns: u64, events: u64, stage: &mut dyn Stage<P>) -> Verdict;
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl<P: Observed> Watcher<P> for Unwatched {
    fn window_closed(&mut self, _: u64, _: u64, _: &mut dyn Stage<P>) -> Verdict {
        Verdict::Continue
    }
}

/// What the observers noted.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Digests by step of the ladder, with their times.
    pub ladder: Vec<(u64, Digests)>,
    /// Samples, in order of time.
    pub samples: Vec<Sample>,
    /// Truths by query number.
    pub truths: Vec<(u32, Truth)>,
    /// What was found of invariants, by time.
    pub findings: Vec<(u64, Vec<Finding>)>,
}

/// The director.
pub struct Observatory<'a, P: Observed> {
    programme: Programme,
    seed: Seed,
    instants: Vec<(u64, Occasion)>,
    next: usize,
    /// Times of the ladder's steps.
    rungs: Vec<u64>,
    oracle: Box<dyn Oracle<P> + 'a>,
    watcher: &'a mut dyn Watcher<P>,
    /// Shape of the network at the latest sample, with the comings and goings until then; kept where links are fixed.
    shape: Option<(Attendance, Shape)>,
    /// What was noted so far.
    pub notes: Notes,
}

impl<'a, P: Observed> Observatory<'a, P> {
    /// A director for this programme.
    pub fn new(
        programme: Programme,
        seed: Seed,
        oracle: Box<dyn Oracle<P> + 'a>,
        watcher: &'a mut dyn Watcher<P>,
    ) -> Self {
        let instants = instants(&programme);
        let rungs = rungs(programme.duration_ns);
        let everybody = Attendance {
            begun: programme.peers as u64,
            ..Attendance::default()
        };
        Self {
            shape: programme.full_shape.map(|shape| (everybody, shape)),
            programme,
            seed,
            instants,
            next: 0,
            rungs,
            oracle,
            watcher,
            notes: Notes::default(),
        }
    }
}

/// Times of the ladder's steps.
fn rungs(duration_ns: u64) -> Vec<u64> {
    let rung = |step: u64| {
        let at_ns = u128::from(duration_ns) * u128::from(step) / u128::from(LADDER_STEPS);
        u64::try_from(at_ns).expect("a step is no later than the end")
    };
    (1..=LADDER_STEPS).map(rung).collect()
}

/// All instants of a programme, in order.
fn instants(programme: &Programme) -> Vec<(u64, Occasion)> {
    let duration_ns = programme.duration_ns;
    let every_ns = programme.sample_every_ns.max(1);
    let samples = (1..=duration_ns / every_ns).map(|number| number * every_ns);
    let last = (!duration_ns.is_multiple_of(every_ns)).then_some(duration_ns);
    let samples = samples.chain(last).map(|at_ns| (at_ns, Occasion::Sample));
    let mut instants: Vec<(u64, Occasion)> = samples.collect();
    if let Some(every_ns) = programme.invariants_every_ns {
        let times = (1..=duration_ns / every_ns.max(1)).map(|number| number * every_ns.max(1));
        instants.extend(times.map(|at_ns| (at_ns, Occasion::Invariants)));
    }
    instants.extend(
        programme
            .actions
            .iter()
            .enumerate()
            .map(|(place, (at_ns, _))| (*at_ns, Occasion::Action(place))),
    );
    instants.extend(
        programme
            .inquiries
            .iter()
            .enumerate()
            .map(|(place, inquiry)| (inquiry.at_ns, Occasion::Inquiry(place))),
    );
    instants.sort_unstable();
    instants
}

impl<P: Observed> Director<P> for Observatory<'_, P> {
    fn next_instant_ns(&self) -> u64 {
        self.instants.get(self.next).map_or(NEVER_NS, |(at_ns, _)| *at_ns)
    }

    fn rungs(&self) -> &[u64] {
        &self.rungs[self.notes.ladder.len()..]
    }

    fn note_rung(&mut self, digests: Digests) {
        let at_ns = self.rungs[self.notes.ladder.len()];
        self.notes.ladder.push((at_ns, digests));
    }

    fn act(&mut self, stage: &mut dyn Stage<P>) {
        let (at_ns, occasion) = self.instants[self.next];
        self.next += 1;
        match occasion {
            Occasion::Sample => {
                let sample = self.sample(stage);
                self.notes.samples.push(sample);
            }
            Occasion::Invariants => self.notes.findings.push((at_ns, P::findings(stage))),
            Occasion::Action(place) => {
                let (earlier, rest) = self.programme.actions.split_at(place);
                let alike = earlier.iter().filter(|(other_ns, _)| *other_ns == at_ns).count();
                let alike = u32::try_from(alike).expect("a scenario has fewer than 2^32 actions");
                rest[0].1.perform(alike, self.programme.peers, self.seed, stage);
            }
            Occasion::Inquiry(place) => {
                let inquiry = self.programme.inquiries[place];
                let truth = self.oracle.tell(stage, inquiry.origin, inquiry.item, inquiry.ttl);
                self.notes.truths.push((inquiry.query, truth));
            }
        }
    }

    fn window_closed(&mut self, end_ns: u64, events: u64, stage: &mut dyn Stage<P>) -> Verdict {
        self.watcher.window_closed(end_ns, events, stage)
    }
}

/// Who is online and how they hang together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Peers online, service nodes not counted.
    pub online_peers: u64,
    /// Working links between them.
    pub links: u64,
    /// Connected components; a peer without links is one.
    pub components: u64,
    /// Peers in the largest.
    pub largest_component: u64,
}

impl<P: Observed> Observatory<'_, P> {
    fn sample(&mut self, stage: &dyn Stage<P>) -> Sample {
        let attendance = stage.attendance();
        let kept = self
            .shape
            .filter(|(then, _)| *then == attendance && self.programme.has_fixed_links);
        let shape = kept.map_or_else(|| shape(stage, self.programme.peers), |(_, shape)| shape);
        self.shape = Some((attendance, shape));
        Sample {
            time_ns: stage.now_ns(),
            online_peers: shape.online_peers,
            links: shape.links,
            components: shape.components,
            largest_component: shape.largest_component,
            attendance,
            accounts: stage.accounts(),
            flow_books: stage.flow_books(),
        }
    }
}

fn shape<P: Observed>(stage: &dyn Stage<P>, peers: usize) -> Shape {
    // Service nodes come last.
    let links = WorkingLinks::of(stage, peers);
    let (components, largest_component) =
        analysis::components(peers, links.pairs(), |peer| links.is_online(peer));
    Shape {
        online_peers: links.online_peers() as u64,
        links: links.count() as u64,
        components: components.into(),
        largest_component: largest_component.into(),
    }
}

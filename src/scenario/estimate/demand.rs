//! How much of everything a scenario makes: peers online, links, messages in flight, entries in tables.
//!
//! These are models of what is usual, biased upwards where it is not known: every peer that may come is counted, every
//! layer of a flood is counted as if no link were slower than the mean, and queries overlap as their rate says.

use super::inputs::Inputs;
use crate::engine::math::exp;
use crate::scenario::overlays::gnutella::Traffic;
use crate::scenario::overlays::servers::ServersDemand;
use crate::scenario::overlays::structured::StructuredDemand;
use crate::scenario::overlays::super_peer::SuperPeerDemand;
use crate::scenario::schema::{
    Arrivals, Churn, ChurnStart, Copies, Latency, LengthLaw, Overlay, PowerLaw, Replicas, Scenario, SizeLaw,
    Topology, Workload,
};
use crate::scenario::units::{Bytes, Duration, Frequency, Share};

/// Nanoseconds in a second.
pub(in crate::scenario) const SECOND: f64 = 1e9;
/// Share of the time that a host of a session trace is online: that of measured ones is below.
const TRACE_AVAILABILITY: f64 = 0.5;
/// One-way latency where only a file tells it, nanoseconds.
const LATENCY_NS: f64 = 0.1 * SECOND;
/// Share of a flood's layer that is in flight at once where latencies differ as distances in a plane do ...
const PLANE_OVERLAP: f64 = 0.75;
/// ... and where they are read from a table, and differ by a factor of ten or more. Both measured.
const TABLE_OVERLAP: f64 = 0.35;
/// Mean distance of two points of a square of side 1.
const MEAN_DISTANCE: f64 = 0.5214;

/// What demand is found from.
#[derive(Clone, Copy)]
pub(in crate::scenario) struct Basis<'a> {
    pub(in crate::scenario) scenario: &'a Scenario,
    /// Sizes of the files that it names.
    pub(in crate::scenario) inputs: &'a Inputs,
}

impl Basis<'_> {
    /// Length of the run.
    pub(in crate::scenario) fn seconds(&self) -> f64 {
        seconds(self.scenario)
    }
}

/// What a scenario makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(in crate::scenario) struct Demand {
    /// Peers, those to come included, and service nodes.
    pub(in crate::scenario) peers: f64,
    /// Of them online at a time, and at any time of the run.
    pub(in crate::scenario) online: f64,
    pub(in crate::scenario) present: f64,
    /// Whether sessions end.
    pub(in crate::scenario) has_churn: bool,
    /// Links of the first graph.
    pub(in crate::scenario) first_links: f64,
    /// Links of a peer that is online, and how far that varies.
    pub(in crate::scenario) degree: f64,
    pub(in crate::scenario) degree_deviation: f64,
    /// Neighbours that a neighbour has besides.
    pub(in crate::scenario) branching: f64,
    /// One-way latency, nanoseconds, and the share of a flood's layer that is in flight at once.
    pub(in crate::scenario) latency_ns: f64,
    pub(in crate::scenario) layer_overlap: f64,
    /// Items, and their copies.
    pub(in crate::scenario) items: f64,
    pub(in crate::scenario) replicas: f64,
    /// Words of a name, where names are made of words.
    pub(in crate::scenario) words_per_name: f64,
    /// Queries of the whole run, and in a second.
    pub(in crate::scenario) queries: f64,
    pub(in crate::scenario) queries_per_s: f64,
    /// Queries whose truth is asked for.
    pub(in crate::scenario) truths: f64,
    /// What queries cause.
    pub(in crate::scenario) traffic: Traffic,
    /// Pings that a peer remembers of one generation.
    pub(in crate::scenario) pings_seen: f64,
    /// Addresses that a peer knows.
    pub(in crate::scenario) addresses: f64,
    /// Downloads of the whole run, and under way at a time.
    pub(in crate::scenario) downloads: f64,
    pub(in crate::scenario) downloads_active: f64,
    /// Chunks of an item.
    pub(in crate::scenario) chunks: f64,
    /// Whether the workload is bare transfers; how many in the whole run, and under way at a time.
    pub(in crate::scenario) is_transfers: bool,
    pub(in crate::scenario) transfers: f64,
    pub(in crate::scenario) transfers_active: f64,
    /// Samples of the network.
    pub(in crate::scenario) samples: f64,
    /// What a structured overlay makes.
    pub(in crate::scenario) structured: StructuredDemand,
    /// What an overlay with servers makes.
    pub(in crate::scenario) servers: ServersDemand,
    /// What a network of super-peers makes.
    pub(in crate::scenario) super_peer: SuperPeerDemand,
}

impl Demand {
    pub(in crate::scenario) fn of(scenario: &Scenario, inputs: &Inputs) -> Self {
        let mut demand = Self::default();
        demand.count_peers(scenario, inputs);
        demand.count_links(scenario, inputs);
        demand.latency_ns = latency_ns(scenario, inputs);
        demand.layer_overlap = match scenario.underlay.latency {
            Latency::Constant(_) => 1.0,
            Latency::Plane(_) => PLANE_OVERLAP,
            Latency::Matrix(_) | Latency::Edges(_) => TABLE_OVERLAP,
        };
        demand.count_content(scenario, inputs);
        let basis = Basis { scenario, inputs };
        let overlay = scenario.overlay.as_ref().map(Overlay::table);
        if let Some((key, overlay)) = overlay {
            overlay.count_nodes(key, &mut demand, &basis);
        }
        demand.count_queries(scenario, inputs);
        demand.count_downloads(scenario);
        if let Some((_, overlay)) = overlay {
            overlay.count_traffic(&mut demand, &basis);
        }
        if let Some(every) = scenario.observe.sample_every {
            demand.samples = scenario.duration.ns() as f64 / every.ns().max(1) as f64;
        }
        demand
    }

    fn count_peers(&mut self, scenario: &Scenario, inputs: &Inputs) {
        let peers = &scenario.peers;
        let by_files = || {
            let rows = inputs.of("peers.file.path").rows;
            let transfers = inputs.of("workload.transfers.path");
            let named = transfers.largest[2].max(transfers.largest[3]);
            let nodes = inputs.of("topology.file.path").labels.max(rows) as f64;
            if nodes > 0.0 { nodes } else { named + 1.0 }
        };
        let residents = scenario
            .peers_declared()
            .map_or_else(by_files, |peers| peers as f64);
        let (mut arriving, mut present) = (0.0, 0.0);
        if let Some(Arrivals::Poisson(arrivals)) = &peers.arrivals {
            arriving = seconds(scenario) * SECOND / arrivals.rate.mean_ns();
            if let Some(session) = &arrivals.session {
                present = mean_ns(session) / arrivals.rate.mean_ns();
            }
        }
        let share = match (&peers.churn, &peers.sessions) {
            (_, Some(_)) => TRACE_AVAILABILITY,
            (Some(churn), None) => availability(churn),
            (None, None) => 1.0,
        };
        self.has_churn = peers.churn.is_some()
            || peers.sessions.is_some()
            || peers.arrivals.is_some()
            || peers.groups.iter().any(|group| group.churn.is_some());
        let in_between = residents.max(if peers.count.is_none() { present } else { 0.0 });
        self.peers = in_between + arriving;
        self.online = (in_between * share + arriving.min(present))
            .min(self.peers)
            .max(1.0);
        let absence = peers.churn.as_ref().and_then(|churn| churn.absence.as_ref());
        let coming = absence.map_or(1.0, |absence| {
            1.0 - exp(-seconds(scenario) * SECOND / mean_ns(absence).max(1.0))
        });
        self.present = self.online + coming * (self.peers - self.online);
    }

    fn count_links(&mut self, scenario: &Scenario, inputs: &Inputs) {
        if let Some(topology) = &scenario.topology {
            self.first_links = match topology {
                Topology::File(_) => inputs.of("topology.file.path").rows as f64,
                topology => generated_links(topology, self.online),
            };
            self.degree = 2.0 * self.first_links / self.online;
            (self.branching, self.degree_deviation) = spread(topology, self.degree, self.online);
        }
    }

    fn count_content(&mut self, scenario: &Scenario, inputs: &Inputs) {
        let Some(content) = &scenario.content else { return };
        self.items = f64::from(content.items);
        let keywords = content.keywords.as_ref();
        self.words_per_name = keywords.map_or(0.0, |keywords| f64::from(keywords.per_name));
        let copies = |copies: &Copies| {
            let by_item = copies.per_item.map_or(0.0, |mean| mean.get() * self.items);
            by_item + copies.per_peer.map_or(0.0, |mean| mean.get() * self.peers)
        };
        self.replicas = match &content.replicas {
            Some(Replicas::Uniform(law) | Replicas::Proportional(law) | Replicas::SquareRoot(law)) => {
                copies(law)
            }
            Some(Replicas::File(_)) => inputs.of("content.replicas.file.path").rows as f64,
            None => 0.0,
        };
        let chunk = scenario
            .sharing
            .as_ref()
            .map_or(Bytes::new(1 << 18), |sharing| sharing.chunk);
        self.chunks = (mean_size(content.size.as_ref()) / chunk.bytes().max(1) as f64)
            .ceil()
            .max(1.0);
    }

    fn count_queries(&mut self, scenario: &Scenario, inputs: &Inputs) {
        match &scenario.workload {
            Some(Workload::Poisson(poisson)) => {
                let span = (poisson.from, poisson.until);
                (self.queries, self.queries_per_s) =
                    self.random_events(scenario, poisson.rate_per_peer, span);
            }
            Some(Workload::FlashCrowd(crowd)) => {
                let every_s = crowd.every.map_or(1.0, |every| every.ns() as f64 / SECOND);
                let (from, until) = (crowd.from, crowd.until.unwrap_or(scenario.duration));
                let span_s = until.ns().saturating_sub(from.ns()) as f64 / SECOND;
                let rounds = crowd.every.map_or(1.0, |_| (span_s / every_s).ceil().max(1.0));
                self.queries = self.online * rounds;
                self.queries_per_s = self.online / every_s;
            }
            Some(Workload::File(_)) => {
                let file = inputs.of("workload.file.path");
                let span_s = (file.largest[0] - file.first_min).max(0.0);
                self.queries = file.rows as f64;
                self.queries_per_s = self.queries / span_s.max(1.0);
            }
            Some(Workload::Transfers(_)) => self.count_transfers(scenario, inputs),
            // Those are counted with their overlay.
            Some(Workload::Lookups(_) | Workload::RandomLookups(_) | Workload::Values(_)) | None => {}
        }
        let share = match scenario.observe.truth {
            crate::scenario::schema::Truth::Full => 1.0,
            crate::scenario::schema::Truth::Sample => scenario.observe.truth_share.get(),
            crate::scenario::schema::Truth::Off => 0.0,
        };
        if self.replicas > 0.0 || scenario.sharing.is_some() {
            self.truths = self.queries * share;
        }
    }

    /// Events of a workload in which every online peer acts at random: in all, and in a second.
    pub(in crate::scenario) fn random_events(
        &self,
        scenario: &Scenario,
        rate_per_peer: Frequency,
        (from, until): (Duration, Option<Duration>),
    ) -> (f64, f64) {
        let groups = &scenario.peers.groups;
        let shares: f64 = groups
            .iter()
            .filter_map(|group| group.share)
            .map(Share::get)
            .sum();
        let weighted = groups
            .iter()
            .filter_map(|group| Some(group.share?.get() * group.activity.get()));
        let activity = if shares > 0.0 {
            weighted.sum::<f64>() / shares
        } else {
            1.0
        };
        let end_ns = until.map_or(scenario.duration.ns(), Duration::ns);
        let span_ns = end_ns.min(scenario.duration.ns()).saturating_sub(from.ns()) as f64;
        let per_s = self.online * activity * SECOND / rate_per_peer.mean_ns();
        (per_s * span_ns / SECOND, per_s)
    }

    /// Every query with an answer begins a download; it lasts as long as the slower of the two access links says, at
    /// half of its rate.
    fn count_downloads(&mut self, scenario: &Scenario) {
        if scenario.sharing.is_none() {
            return;
        }
        self.downloads = self.queries;
        let size = scenario
            .content
            .as_ref()
            .map_or(1.0, |content| mean_size(content.size.as_ref()));
        let lasts_s = transfer_s(scenario, size).min(seconds(scenario));
        self.downloads_active = (self.queries_per_s * lasts_s).min(self.downloads);
    }

    /// The sizes of transfers are taken to lie evenly below the largest.
    fn count_transfers(&mut self, scenario: &Scenario, inputs: &Inputs) {
        let file = inputs.of("workload.transfers.path");
        self.is_transfers = true;
        self.transfers = file.rows as f64;
        let per_s = self.transfers / file.largest[1].max(1.0);
        let lasts_s = transfer_s(scenario, file.largest[4] / 2.0);
        self.transfers_active = (per_s * lasts_s).min(self.transfers);
    }
}

/// How long so many bytes take between two typical peers, seconds.
fn transfer_s(scenario: &Scenario, bytes: f64) -> f64 {
    let mut seconds = 0.0;
    let mut shares = 0.0;
    for group in &scenario.peers.groups {
        let share = group.share.map_or(1.0, Share::get);
        shares += share;
        if let Some(link) = &group.link {
            let bps = link.up.bps().min(link.down.bps()).max(1) as f64;
            seconds += share * 2.0 * bytes * 8.0 / bps;
        }
    }
    if shares > 0.0 { seconds / shares } else { 0.0 }
}

pub(in crate::scenario) fn seconds(scenario: &Scenario) -> f64 {
    scenario.duration.ns() as f64 / SECOND
}

/// Share of the time that peers are online.
fn availability(churn: &Churn) -> f64 {
    let session = mean_ns(&churn.session);
    match (&churn.absence, churn.start) {
        (_, ChurnStart::Fresh) | (None, _) => 1.0,
        (Some(absence), ChurnStart::Equilibrium) => session / (session + mean_ns(absence)).max(1.0),
    }
}

pub(in crate::scenario) fn mean_ns(law: &LengthLaw) -> f64 {
    match law {
        LengthLaw::Exponential(law) => law.mean.ns() as f64,
        LengthLaw::Weibull(law) => law.mean.ns() as f64,
        LengthLaw::LogNormal(law) => law.mean.or(law.median).map_or(0.0, |mean| mean.ns() as f64),
        LengthLaw::Pareto(law) => law.mean.or(law.minimum).map_or(0.0, |mean| mean.ns() as f64),
        LengthLaw::Uniform(law) => f64::midpoint(law.min.ns() as f64, law.max.ns() as f64),
        LengthLaw::Fixed(law) => law.length.ns() as f64,
    }
}

fn mean_size(law: Option<&SizeLaw>) -> f64 {
    match law {
        Some(SizeLaw::Fixed(law)) => law.size.bytes() as f64,
        Some(SizeLaw::LogNormal(law)) => law.median.bytes() as f64,
        Some(SizeLaw::Uniform(law)) => f64::midpoint(law.min.bytes() as f64, law.max.bytes() as f64),
        None => 1.0,
    }
}

fn latency_ns(scenario: &Scenario, inputs: &Inputs) -> f64 {
    match &scenario.underlay.latency {
        Latency::Constant(constant) => constant.one_way.ns() as f64,
        Latency::Plane(plane) => {
            let side_ns =
                plane.width.metres() as f64 / plane.speed.metres_per_second().max(1) as f64 * SECOND;
            plane.base.ns() as f64 + MEAN_DISTANCE * side_ns
        }
        Latency::Matrix(_) => LATENCY_NS,
        Latency::Edges(edges) => {
            let longest = inputs.of("topology.file.path").largest[2] * edges.unit.ns() as f64;
            if longest > 0.0 { longest / 2.0 } else { LATENCY_NS }
        }
    }
}

/// Links of a generated graph of so many peers.
fn generated_links(topology: &Topology, peers: f64) -> f64 {
    match topology {
        Topology::Random(random) => peers * random.mean_degree.get() / 2.0,
        Topology::Regular(regular) => peers * f64::from(regular.degree) / 2.0,
        Topology::PowerLaw(PowerLaw::Preferential(law)) => peers * f64::from(law.links),
        Topology::PowerLaw(PowerLaw::Configuration(law)) => peers * f64::from(law.degree_min.max(3)),
        Topology::SmallWorld(world) => peers * f64::from(world.neighbours) / 2.0,
        Topology::Hypercube(cube) => peers * f64::from(cube.dimension) / 2.0,
        Topology::Complete(_) => peers * (peers - 1.0) / 2.0,
        Topology::Grid(_) => peers * 2.0,
        Topology::Ring(_) | Topology::Tree(_) | Topology::Star(_) => peers,
        Topology::File(_) => 0.0,
    }
}

/// How many further neighbours a neighbour has, and how far degrees vary: heavy tails reach more, and sooner.
fn spread(topology: &Topology, degree: f64, peers: f64) -> (f64, f64) {
    match topology {
        Topology::Random(_) => (degree, degree.sqrt()),
        Topology::File(_) => (degree, degree),
        Topology::PowerLaw(_) => {
            let second_moment = degree * crate::engine::math::ln(peers.max(2.0)) / 4.0;
            ((second_moment - 1.0).max(degree), degree)
        }
        Topology::Star(_) => (peers, 0.0),
        _ => ((degree - 1.0).max(1.0), 0.0),
    }
}

//! What things cost, as the rooms that keep them say, times how many there are.

use super::demand::{Demand, seconds};
use super::inputs::Inputs;
use super::{Part, Prices, Stage};
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::overlay::gnutella::{Gnutella, footprint as gnutella};
use crate::population::footprint as population;
use crate::records::footprint as records;
use crate::scenario::schema::{Latency, Maintenance, Overlay, Scenario, Search, Topology, Workload};
use crate::sharing::{BareTransfers, FileSharing, footprint as sharing};
use crate::topology::footprint as topology;
use crate::underlay::footprint as underlay;

/// The program itself, its threads' stacks and the plots' text: measured on runs of a few peers.
const PROGRAM_BYTES: f64 = 8.0 * 1024.0 * 1024.0;
/// How many times a message in flight is held at the height of a flood: in the bucket being handled, in the outbox to
/// another shard, and in the next bucket. Buffers keep their room for the next flood.
const MESSAGE_COPIES: f64 = 3.0;
/// What small blocks take up more than they would side by side: those that were outgrown or given back lie between
/// those in use. Measured.
const SMALL_BLOCKS: f64 = 1.15;
/// Slots of a latency matrix while it is read: the words as 64-bit numbers, then twice as cells.
const MATRIX_COPIES: f64 = 4.0;

use Stage::{Building, Finishing, Running, Writing};

/// All parts of a scenario's run.
pub(super) fn parts(scenario: &Scenario, demand: &Demand, inputs: &Inputs) -> Vec<Part> {
    let mut parts = vec![Part::new("program", "", "", 1.0, PROGRAM_BYTES, &Stage::ALL)];
    match &scenario.overlay {
        Some(Overlay::Gnutella(overlay)) if demand.transfers == 0.0 => {
            peers::<FileSharing<Gnutella>>(scenario, demand, &mut parts);
            servents(scenario, overlay, demand, &mut parts);
        }
        _ => peers::<BareTransfers>(scenario, demand, &mut parts),
    }
    files_and_graph(scenario, demand, inputs, &mut parts);
    network(scenario, demand, inputs, &mut parts);
    content_and_queries(demand, &mut parts);
    transfers(demand, &mut parts);
    observers(scenario, demand, &mut parts);
    parts.retain(|part| part.count * part.bytes_each >= 1.0);
    parts
}

/// Prices of single things, for people.
pub(super) fn prices() -> Prices {
    type Program = FileSharing<Gnutella>;
    Prices {
        idle_peer: engine::peer_bytes::<Program>() + plan_bytes(),
        neighbour: gnutella::link_bytes(),
        message: engine::event_bytes::<Program>(),
        seen: gnutella::seen_query_bytes(),
    }
}

/// What plan, library and lists of names keep of a peer.
fn plan_bytes() -> usize {
    population::peer_bytes() + sharing::peer_bytes() + size_of::<u64>() + size_of::<u16>()
}

fn peers<P: Protocol>(scenario: &Scenario, demand: &Demand, parts: &mut Vec<Part>) {
    let key = peers_key(scenario);
    let mut add = |name, key, count, bytes: usize, stages: &[Stage]| {
        parts.push(Part::new(name, "peers", key, count, bytes as f64, stages));
    };
    add(
        "peers: names, groups, traits",
        key,
        demand.peers,
        plan_bytes(),
        &Stage::ALL,
    );
    add("peers: programs", key, demand.peers, size_of::<P>(), &[Building]);
    add(
        "peers: programs and seats",
        key,
        demand.peers,
        engine::peer_bytes::<P>(),
        &[Running, Finishing],
    );
    add(
        "peers: handed over at the end",
        key,
        demand.peers,
        engine::outcome_bytes::<P>(),
        &[Finishing],
    );
    // Its beginning and its end; where nobody leaves, beginnings alone, but their buffers stay.
    let planned = if demand.has_churn { 2.0 } else { 1.0 };
    parts.push(Part::new(
        "planned sessions",
        "events",
        if demand.has_churn { "peers.churn" } else { key },
        demand.peers * planned,
        engine::event_bytes::<P>() as f64,
        &[Running, Finishing],
    ));
}

/// The key that says how many peers there are.
fn peers_key(scenario: &Scenario) -> &'static str {
    if scenario.peers.count.is_some() {
        "peers.count"
    } else if scenario.peers.file.is_some() {
        "peers.file.path"
    } else if matches!(scenario.workload, Some(Workload::Transfers(_))) && scenario.topology.is_none() {
        "workload.transfers.path"
    } else if scenario.topology.is_some() {
        "topology"
    } else {
        "peers"
    }
}

fn servents(
    scenario: &Scenario,
    overlay: &crate::scenario::schema::Gnutella,
    demand: &Demand,
    parts: &mut Vec<Part>,
) {
    type Program = FileSharing<Gnutella>;
    let run = [Running, Finishing];
    let held = [Building, Running, Finishing];
    let mut add = |name, unit, key, count: f64, bytes: f64, stages: &[Stage]| {
        parts.push(Part::new(name, unit, key, count, bytes, stages));
    };
    let has_upkeep = overlay.maintenance == Maintenance::Full;
    let links_key = if scenario.topology.is_some() {
        "topology"
    } else {
        "overlay.gnutella.degree"
    };
    if demand.first_links > 0.0 {
        let degree = 2.0 * demand.first_links / demand.online;
        let bytes = around(degree, demand.degree_deviation, gnutella::first_links_bytes);
        add(
            "links to begin with",
            "peers",
            "topology",
            demand.online,
            bytes,
            &held,
        );
    }
    let bytes = around(demand.degree, demand.degree_deviation, gnutella::links_bytes);
    add(
        "neighbours",
        "peers",
        links_key,
        demand.online,
        bytes * SMALL_BLOCKS,
        &run,
    );

    let traffic = &demand.traffic;
    let deviation = (traffic.seen * (1.0 - traffic.reached / demand.online).max(0.0)).sqrt();
    let bytes = around(traffic.seen, deviation, gnutella::seen_queries_bytes) * traffic.generations;
    let search = match overlay.search {
        Search::Flood(_) => "overlay.gnutella.search.flood",
        Search::Walk(_) => "overlay.gnutella.search.walk",
    };
    add(
        "queries seen",
        "peers",
        search,
        demand.online,
        bytes * SMALL_BLOCKS,
        &run,
    );
    let bytes = MESSAGE_COPIES * engine::event_bytes::<Program>() as f64;
    add(
        "messages in flight",
        "messages",
        search,
        traffic.in_flight,
        bytes,
        &run,
    );
    add(
        "hits in flight",
        "hits",
        search,
        traffic.hits,
        gnutella::hit_bytes() as f64,
        &run,
    );
    let bytes = gnutella::walks_bytes() as f64;
    add(
        "walkers waiting",
        "peers",
        search,
        traffic.waited_at,
        bytes * SMALL_BLOCKS,
        &run,
    );
    if has_upkeep {
        let key = "overlay.gnutella.maintenance";
        let bytes = gnutella::upkeep_bytes(rounded(demand.addresses)) as f64;
        // Addresses outlast sessions.
        add(
            "addresses",
            "peers",
            key,
            demand.peers,
            bytes * SMALL_BLOCKS,
            &run,
        );
        let bytes = around(
            demand.pings_seen,
            demand.pings_seen.sqrt(),
            gnutella::seen_pings_bytes,
        );
        let pings = "overlay.gnutella.ping";
        add(
            "pings seen",
            "peers",
            pings,
            demand.online,
            bytes * traffic.generations * SMALL_BLOCKS,
            &run,
        );
        // To watch, to ping, to ask a host cache.
        let bytes = engine::event_bytes::<Program>() as f64;
        add("timers", "events", key, 3.0 * demand.online, bytes, &run);
    }
}

fn files_and_graph(scenario: &Scenario, demand: &Demand, inputs: &Inputs, parts: &mut Vec<Part>) {
    let building = [Building];
    if let Some(Topology::File(_)) = &scenario.topology {
        let key = "topology.file.path";
        let file = inputs.of(key);
        let is_annotated = file.columns > 2;
        // As read, and as inflated.
        parts.push(Part::new(
            "edge list: text",
            "bytes",
            key,
            file.text_bytes as f64,
            2.0,
            &building,
        ));
        let bytes = topology::read_edge_bytes(is_annotated) as f64;
        parts.push(Part::new(
            "edge list: links",
            "links",
            key,
            file.rows as f64,
            bytes,
            &building,
        ));
    } else {
        let bytes = topology::generated_edge_bytes() as f64;
        parts.push(Part::new(
            "graph being made",
            "links",
            "topology",
            demand.first_links,
            bytes,
            &building,
        ));
    }
    for key in [
        "workload.file.path",
        "workload.transfers.path",
        "content.replicas.file.path",
        "peers.file.path",
    ] {
        let text = inputs.of(key).text_bytes as f64;
        parts.push(Part::new("text of a file", "bytes", key, text, 2.0, &building));
    }
    let key = "peers.sessions.path";
    let trace = inputs.of(key);
    parts.push(Part::new(
        "trace: text",
        "bytes",
        key,
        trace.text_bytes as f64,
        2.0,
        &building,
    ));
    let bytes = population::session_bytes() as f64;
    let sessions = trace.words as f64 / 2.0;
    parts.push(Part::new(
        "trace: sessions",
        "sessions",
        key,
        sessions,
        bytes,
        &[Building, Running, Finishing],
    ));
}

fn network(scenario: &Scenario, demand: &Demand, inputs: &Inputs, parts: &mut Vec<Part>) {
    let held = [Building, Running, Finishing];
    let mut add = |name, unit, key, count: f64, bytes: f64, stages: &[Stage]| {
        parts.push(Part::new(name, unit, key, count, bytes, stages));
    };
    match &scenario.underlay.latency {
        Latency::Constant(_) => {}
        Latency::Plane(_) => {
            let bytes = underlay::point_bytes() as f64;
            add(
                "points in the plane",
                "peers",
                "underlay.latency.plane",
                demand.peers,
                bytes,
                &held,
            );
        }
        Latency::Matrix(_) => {
            let key = "underlay.latency.matrix.path";
            let file = inputs.of(key);
            let bytes = underlay::entry_bytes() as f64;
            add(
                "latency matrix: text",
                "bytes",
                key,
                file.text_bytes as f64,
                2.0,
                &[Building],
            );
            add(
                "latency matrix: being read",
                "entries",
                key,
                file.words as f64,
                MATRIX_COPIES * bytes,
                &[Building],
            );
            add("latency matrix", "entries", key, file.words as f64, bytes, &held);
            add(
                "rows of the matrix",
                "peers",
                key,
                demand.peers,
                underlay::row_bytes() as f64,
                &held,
            );
        }
        Latency::Edges(_) => {
            let bytes = underlay::edge_bytes() as f64;
            add(
                "latencies of links",
                "links",
                "topology.file.path",
                demand.first_links,
                bytes,
                &held,
            );
        }
    }
    if scenario.peers.groups.iter().any(|group| group.link.is_some()) || scenario.peers.file.is_some() {
        let bytes = underlay::access_bytes() as f64;
        add("access links", "peers", "peers.group", demand.peers, bytes, &held);
    }
    if scenario.underlay.jitter.is_some() || scenario.underlay.loss.get() > 0.0 {
        let bytes = engine::noise_bytes(rounded(demand.degree)) as f64;
        add(
            "noise",
            "peers",
            "underlay.jitter",
            demand.peers,
            bytes,
            &[Running, Finishing],
        );
    }
}

fn content_and_queries(demand: &Demand, parts: &mut Vec<Part>) {
    let held = [Building, Running, Finishing];
    let mut add = |name, unit, key, count: f64, bytes: f64, stages: &[Stage]| {
        parts.push(Part::new(name, unit, key, count, bytes, stages));
    };
    add(
        "items",
        "items",
        "content.items",
        demand.items,
        sharing::item_bytes() as f64,
        &held,
    );
    let bytes = sharing::replica_bytes() as f64;
    add(
        "replicas",
        "copies",
        "content.replicas",
        demand.replicas,
        bytes,
        &held,
    );
    let key = "workload";
    let bytes = sharing::query_bytes() + engine::command_bytes::<FileSharing<Gnutella>>();
    add(
        "queries to come",
        "queries",
        key,
        demand.queries,
        bytes as f64,
        &held,
    );
    let bytes = sharing::truth_bytes() as f64;
    add(
        "truths about queries",
        "queries",
        "observe.truth",
        demand.truths,
        bytes,
        &held,
    );
    // A page of the books is made in every shard that sees one of its queries.
    let shards = engine::shards(rounded(demand.peers)) as f64;
    let bytes = shards * sharing::query_books_bytes() as f64;
    add(
        "books of queries",
        "queries",
        key,
        demand.queries,
        bytes,
        &[Running, Finishing],
    );
    rows(
        "rows of queries.csv",
        "queries",
        key,
        demand.queries,
        records::query_bytes(),
        parts,
    );
}

fn transfers(demand: &Demand, parts: &mut Vec<Part>) {
    let run = [Running, Finishing];
    let mut add = |name, unit, key, count: f64, bytes: usize, stages: &[Stage]| {
        parts.push(Part::new(name, unit, key, count, bytes as f64, stages));
    };
    let key = "sharing";
    if demand.downloads > 0.0 {
        const SOURCES: usize = 4;
        let active = sharing::download_bytes(rounded(demand.chunks), SOURCES, SOURCES);
        add(
            "downloads under way",
            "downloads",
            key,
            demand.downloads_active,
            active,
            &run,
        );
        let moving = (2.0 * demand.downloads).min(demand.peers);
        let bytes = sharing::activity_bytes() + sharing::moved_books_bytes();
        add("peers that fetch or serve", "peers", key, moving, bytes, &run);
        let bytes = sharing::download_books_bytes();
        add(
            "books of downloads",
            "downloads",
            key,
            demand.downloads,
            bytes,
            &run,
        );
    }
    let flows = demand.downloads_active;
    let per_flow = underlay::flow_bytes() + engine::notice_bytes::<FileSharing<Gnutella>>();
    let flow_key = if demand.transfers > 0.0 {
        "workload.transfers.path"
    } else {
        key
    };
    add("flows under way", "flows", flow_key, flows, per_flow, &run);
    let key = "workload.transfers.path";
    let bytes = sharing::transfer_bytes(NAME_BYTES) + engine::command_bytes::<BareTransfers>();
    add(
        "transfers to come",
        "transfers",
        key,
        demand.transfers,
        bytes,
        &[Building, Running, Finishing],
    );
    add(
        "books of transfers",
        "transfers",
        key,
        demand.transfers,
        sharing::transfer_books_bytes(),
        &run,
    );
    rows(
        "rows of downloads.csv",
        "downloads",
        "sharing",
        demand.downloads,
        records::download_bytes(),
        parts,
    );
    rows(
        "rows of flows.csv",
        "transfers",
        key,
        demand.transfers,
        records::flow_bytes(),
        parts,
    );
}

/// Length of a transfer's name.
const NAME_BYTES: usize = 8;

fn observers(scenario: &Scenario, demand: &Demand, parts: &mut Vec<Part>) {
    let links = demand.online * demand.degree / 2.0;
    let bytes = 2 * size_of::<(u32, u32)>();
    let run = [Running, Finishing];
    parts.push(Part::new(
        "samples of the network",
        "links",
        "observe.sample_every",
        links,
        bytes as f64,
        &run,
    ));
    let every_s = scenario
        .observe
        .sample_every
        .map_or(1.0, |every| every.ns() as f64 / 1e9);
    let samples = seconds(scenario) / every_s.max(1e-9);
    let bytes = 2.0 * SAMPLE_BYTES;
    parts.push(Part::new(
        "rows of series.csv",
        "samples",
        "observe.sample_every",
        samples,
        bytes,
        &run,
    ));
    rows(
        "rows of peers.csv",
        "peers",
        peers_key(scenario),
        demand.peers,
        records::peer_bytes(),
        parts,
    );
}

/// A sample with its books by kind of message.
const SAMPLE_BYTES: f64 = 640.0;

/// Rows as they are made, and as they are read back for the plots.
fn rows(
    name: &'static str,
    unit: &'static str,
    key: &'static str,
    count: f64,
    (made, read_back): (usize, usize),
    parts: &mut Vec<Part>,
) {
    parts.push(Part::new(name, unit, key, count, made as f64, &[Writing]));
    parts.push(Part::new(
        "the same, read back for plots",
        unit,
        key,
        count,
        read_back as f64,
        &[Writing],
    ));
}

/// The mean cost of a table whose number of entries varies: a fifth each of a normal law's quintiles.
fn around(mean: f64, deviation: f64, cost: impl Fn(usize) -> usize) -> f64 {
    const QUINTILES: [f64; 5] = [-1.4, -0.53, 0.0, 0.53, 1.4];
    let cost_at = |quintile: f64| cost(rounded(mean + quintile * deviation)) as f64;
    QUINTILES.into_iter().map(cost_at).sum::<f64>() / QUINTILES.len() as f64
}

/// A count to the nearest whole number, 0 or more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; saturates where no machine could hold so many"
)]
fn rounded(count: f64) -> usize {
    (count.max(0.0) + 0.5).min(1e15) as usize
}

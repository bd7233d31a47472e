//! What is read and made before the peers run: texts, graphs, tables of latencies.

use super::{HELD, List, bytes};
use crate::population::footprint as population;
use crate::scenario::estimate::Stage::Building;
use crate::scenario::schema::{Latency, Topology};
use crate::topology::footprint as topology;
use crate::underlay::footprint as underlay;

/// A text is held as it was read and as it was inflated.
const TEXT_COPIES: f64 = 2.0;
/// A latency matrix while it is read: entries of 64 bits, twice, before there are cells of 32.
const MATRIX_COPIES: f64 = 4.0;

/// The keys that name files.
const KEYS: [&str; 8] = [
    "peers.file.path",
    "peers.sessions.path",
    "underlay.latency.matrix.path",
    "topology.file.path",
    "content.replicas.file.path",
    "workload.file.path",
    "workload.lookups.path",
    "workload.transfers.path",
];

impl List<'_> {
    /// The files' texts, and the sessions that one of them tells.
    pub(super) fn files(&mut self) {
        for key in KEYS {
            let text = self.inputs.of(key).text_bytes as f64;
            self.add(("text of a file", "bytes", key), text, TEXT_COPIES, &[Building]);
        }
        let key = "peers.sessions.path";
        let sessions = self.inputs.of(key).words as f64 / 2.0;
        let size = bytes(population::session_bytes());
        self.add(("sessions of a trace", "sessions", key), sessions, size, &HELD);
    }

    /// The graph, until the peers know their neighbours.
    pub(super) fn graph(&mut self) {
        let what = ("graph being made", "links", "topology");
        let (links, size) = match &self.scenario.topology {
            Some(Topology::File(_)) => {
                let file = self.inputs.of("topology.file.path");
                (file.rows as f64, topology::read_edge_bytes(file.columns > 2))
            }
            _ => (self.demand.first_links, topology::generated_edge_bytes()),
        };
        self.add(what, links, bytes(size), &[Building]);
        let nodes = if links > 0.0 { self.demand.peers } else { 0.0 };
        let size = bytes(topology::node_bytes());
        self.add(
            ("places of peers in the graph", "peers", "topology"),
            nodes,
            size,
            &[Building],
        );
    }

    /// Latencies and access links.
    pub(super) fn network(&mut self) {
        let peers = self.demand.peers;
        match &self.scenario.underlay.latency {
            Latency::Constant(_) => {}
            Latency::Plane(_) => {
                let what = ("points in the plane", "peers", "underlay.latency.plane");
                self.add(what, peers, bytes(underlay::point_bytes()), &HELD);
            }
            Latency::Matrix(_) => {
                let key = "underlay.latency.matrix.path";
                let entries = self.inputs.of(key).words as f64;
                let size = bytes(underlay::entry_bytes());
                let being_read = ("latency matrix being read", "entries", key);
                self.add(being_read, entries, MATRIX_COPIES * size, &[Building]);
                self.add(("latency matrix", "entries", key), entries, size, &HELD);
                let rows = ("rows of the matrix", "peers", key);
                self.add(rows, peers, bytes(underlay::row_bytes()), &HELD);
            }
            Latency::Edges(_) => {
                let what = ("latencies of links", "links", "topology.file.path");
                self.add(
                    what,
                    self.demand.first_links,
                    bytes(underlay::edge_bytes()),
                    &HELD,
                );
            }
        }
        let has_links = self
            .scenario
            .peers
            .groups
            .iter()
            .any(|group| group.link.is_some());
        if has_links || self.scenario.peers.file.is_some() {
            let what = ("access links", "peers", "peers.group");
            self.add(what, peers, bytes(underlay::access_bytes()), &HELD);
        }
    }
}

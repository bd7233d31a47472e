//! What an overlay adds to a scenario: its table, what can be wrong with it, how it is built, what it takes up.
//!
//! All of that stands in one module for each overlay, which implements [`OverlayTable`], and the list at [`Overlay`] has a line for
//! it; the list in `build/model.rs` has one for what its peers run. The rest of this room asks the table, and does not tell overlays
//! apart. What several have in common is in [`structured`], [`servers`] and [`unstructured`], and what makes two of them one in
//! [`hybrid`].

pub(super) mod central;
pub(super) mod chord;
pub(super) mod client_server;
pub(super) mod gnutella;
pub(super) mod hybrid;
pub(super) mod kademlia;
pub(super) mod servers;
pub(super) mod structured;
pub(super) mod super_peer;
pub(super) mod tracker;
mod unstructured;

use super::build::{Desk, Model};
use super::check::Checker;
use super::estimate::demand::{Basis, Demand};
use super::estimate::parts::List;
use super::schema::{Link, ServiceKind};
use central::Central;
use chord::Chord;
use client_server::ClientServer;
use gnutella::Gnutella;
use hybrid::Hybrid;
use kademlia::Kademlia;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use structured::Structured;
use super_peer::SuperPeer;
use tracker::Tracker;

/// What a scenario needs to know of an overlay's table. `key` is that of the table, which may be a part of another.
pub(super) trait OverlayTable {
    /// Sets what is not set and depends on other keys.
    fn resolve(&mut self) {}

    /// Says what is wrong with it, by itself or beside the rest of the scenario.
    fn check(&self, key: &'static str, checker: &mut Checker<'_>) {
        let _ = (key, checker);
    }

    /// Its service nodes, those of a kind together.
    fn services(&self) -> Vec<ServiceKind> {
        Vec::new()
    }

    /// Whether its peers make their own links; otherwise they begin with those of a graph.
    fn makes_links(&self) -> bool {
        true
    }

    /// Whether links stay what they are at the start.
    fn has_fixed_links(&self) -> bool {
        false
    }

    /// What makes peers talk that are no neighbours, in words, where peers begin with the links of a graph.
    fn talk_of_strangers(&self) -> Option<&'static str> {
        None
    }

    /// The largest TTL that a query may be sent with; `None`: queries go to servers or to those responsible, and to nobody else.
    fn ttl_max(&self) -> Option<u32> {
        None
    }

    /// What it has in common with other structured overlays, if it is one or has one.
    fn structured(&self, key: &'static str) -> Option<Structured<'_>> {
        let _ = key;
        None
    }

    /// Whether messages are encoded as in BitTorrent's mainline DHT, and nothing else is sent.
    fn sends_krpc(&self) -> bool {
        false
    }

    /// How many servers hold everything, and the access link of each; `None`: peers fetch from each other.
    fn file_servers(&self) -> Option<(u32, &Link)> {
        None
    }

    /// The key that says how many links there are where no topology does.
    fn links_key(&self) -> &'static str {
        "overlay"
    }

    /// Builds it; `None` if something is wrong, which the desk was told of.
    fn build(&self, key: &'static str, desk: &mut Desk<'_>) -> Option<Model>;

    /// Counts its service nodes and links, and what does not depend on queries. Peers, content and latencies are counted, queries are
    /// not.
    fn count_nodes(&self, key: &'static str, demand: &mut Demand, basis: &Basis<'_>);

    /// Counts what queries and downloads cause; they are counted.
    fn count_traffic(&self, demand: &mut Demand, basis: &Basis<'_>) {
        let _ = (demand, basis);
    }

    /// Lists what its peers and service nodes keep.
    fn list(&self, key: &'static str, list: &mut List<'_>);
}

/// Declares the overlays: what variant and table are called, and the key, which ends in the same word as scenario files have it.
macro_rules! overlays {
    ($($(#[$meta:meta])* $name:ident at $key:literal,)*) => {
        /// How content is found.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Overlay {
            $($(#[$meta])* $name(Box<$name>),)*
        }

        impl Overlay {
            /// The key of its table, and the table.
            pub(super) fn table(&self) -> (&'static str, &dyn OverlayTable) {
                match self {
                    $(Self::$name(table) => ($key, &**table),)*
                }
            }

            /// Sets what is not set and depends on other keys.
            pub(super) fn resolve(&mut self) {
                match self {
                    $(Self::$name(table) => table.resolve(),)*
                }
            }
        }
    };
}

overlays! {
    /// Unstructured: queries spread from neighbour to neighbour.
    Gnutella at "overlay.gnutella",
    /// Structured: a ring on which every key belongs to the next node.
    Chord at "overlay.chord",
    /// Structured: every key belongs to the nodes whose identifiers differ from it in the lowest bits only.
    Kademlia at "overlay.kademlia",
    /// Index servers know who shares what.
    Central at "overlay.central",
    /// Trackers know who takes part in the swarm of each item.
    Tracker at "overlay.tracker",
    /// Servers hold everything.
    ClientServer at "overlay.client_server",
    /// Some peers answer for the others, and queries spread among them.
    SuperPeer at "overlay.super_peer",
    /// An unstructured overlay and a structured one side by side.
    Hybrid at "overlay.hybrid",
}

impl Overlay {
    /// What structured overlays have in common, alone or as part of a hybrid; `None`: there is none.
    pub fn structured(&self) -> Option<Structured<'_>> {
        let (key, table) = self.table();
        table.structured(key)
    }

    /// The overlay's key, if its peers make their own links; `None`: they begin with those of a graph.
    pub fn without_graph(&self) -> Option<&'static str> {
        let (key, table) = self.table();
        table.makes_links().then_some(key)
    }

    /// Kinds of its service nodes.
    pub fn service_kinds(&self) -> Vec<ServiceKind> {
        let mut kinds = self.table().1.services();
        kinds.dedup();
        kinds
    }

    /// How many servers hold everything, and the access link of each; `None`: peers fetch from each other.
    pub fn file_servers(&self) -> Option<(u32, &Link)> {
        self.table().1.file_servers()
    }

    /// Whether messages are encoded as in BitTorrent's mainline DHT, and nothing else is sent.
    pub fn sends_krpc(&self) -> bool {
        self.table().1.sends_krpc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    /// The overlay of a scenario with this table.
    fn overlay(table: &str) -> Overlay {
        let text = format!("duration = \"1 min\"\n[peers]\ncount = 10\n[content]\nitems = 1\n{table}\n");
        let scenario: Scenario = crate::scenario::read("test.toml", &text, &[])
            .unwrap_or_else(|report| panic!("{table}: {:?}", report.problems()));
        scenario.overlay.expect("there is a table")
    }

    /// Messages point at keys: each must be the one under which its table is read.
    #[test]
    fn keys_are_those_of_scenario_files() {
        for (name, more) in [
            ("gnutella", ""),
            ("chord", ""),
            ("kademlia", ""),
            ("central", ""),
            ("tracker", ""),
            (
                "client_server",
                "link = { down = \"1 Mbit/s\", up = \"1 Mbit/s\" }",
            ),
            ("super_peer", ""),
        ] {
            let (key, _) = overlay(&format!("[overlay.{name}]\n{more}")).table();
            assert_eq!(key, format!("overlay.{name}"));
        }
        for base in ["gnutella", "central", "tracker"] {
            for design in ["chord", "kademlia"] {
                let (unstructured, structured) = (
                    format!("overlay.hybrid.unstructured.{base}"),
                    format!("overlay.hybrid.structured.{design}"),
                );
                let hybrid = overlay(&format!("[{unstructured}]\n[{structured}]"));
                assert_eq!(hybrid.table().0, "overlay.hybrid");
                let Overlay::Hybrid(hybrid) = hybrid else {
                    panic!("no hybrid")
                };
                assert_eq!(hybrid.unstructured.table().0, unstructured);
                assert_eq!(hybrid.structured.table().0, structured);
            }
        }
    }
}

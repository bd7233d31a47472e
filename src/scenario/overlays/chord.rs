//! `[overlay.chord]`: a ring on which every key belongs to the next node.

use super::Model;
use super::structured::{
    Built, Identifiers, Lookup, Membership, Start, Storage, Structured, StructuredDefaults, StructuredDemand,
    StructuredDesign, Upkeep, upside_down,
};
use crate::engine::{Network as _, Seed};
use crate::overlay::chord::{self, Settings, footprint, settings, warm};
use crate::overlay::dht::{NodeId, settings as dht};
use crate::scenario::build::small;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::SECOND;
use crate::scenario::estimate::parts::rounded;
use crate::scenario::schema::{Keywords, yes};
use crate::scenario::units::Duration;
use crate::underlay::Underlay;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.chord]`: a ring (Stoica et al., SIGCOMM 2001 and IEEE/ACM Transactions on Networking 11(1), 2003; Zave 2017).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Chord {
    /// Where nodes and keys lie.
    pub identifiers: Identifiers,
    /// Virtual nodes of a peer; lookups begin at its first. Default: 1.
    #[schemars(range(min = 1, max = 1000))]
    pub nodes_per_peer: u32,
    /// What nodes know at time 0. Default: "warm".
    pub start: Start,
    /// Service nodes that are always online and part of the ring, and through which others join; none only where nobody ever
    /// joins. Default: one more than `successors`, the stable base of Zave (2017), or 1 under `maintenance = "original"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub bootstrap_nodes: Option<u32>,
    /// How the ring is kept. Default: "corrected".
    pub maintenance: ChordMaintenance,
    /// Length of the list of nodes that follow on the ring. Default: 8 (OverSim; Baumgart, Heep and Krause 2007). Stoica et
    /// al. (2003) take twice the binary logarithm of the number of nodes, 20 for 1,000.
    #[schemars(range(min = 1, max = 1000))]
    pub successors: u32,
    /// How often a node looks after its successors. Stoica et al. 2003, section VI.
    pub stabilize: TimeRange,
    /// How often a node looks one of its fingers up. Stoica et al. 2003, section VI.
    pub fix_fingers: TimeRange,
    /// Which finger that is. Default: "in_turn".
    pub finger_order: FingerOrder,
    /// Whether a node that did not answer a lookup is dropped from the table at once; otherwise it stays until that finger is
    /// looked up, or the successors are looked after. Default: true.
    #[serde(default = "yes")]
    pub drops_silent: bool,
    /// How often a node asks its predecessor for a sign of life. Stoica et al. 2003, section VI.
    pub check_predecessor: TimeRange,
    /// After how long a node that could not join tries again. Default: "10 s" (OverSim).
    #[schemars(extend("x-positive" = true))]
    pub join_retry: Duration,
    /// Nodes of a finger's interval, the first ones, of which the nearest by latency becomes the finger: proximity neighbour
    /// selection (Dabek et al. 2004, section 4.2). At most `successors`. Default: 1, the first itself.
    #[schemars(range(min = 1, max = 1000))]
    pub finger_choices: u32,
    /// Size of a message that carries nothing, in bytes, headers included. Default: 20 (p2psim; Li et al. 2005).
    #[schemars(range(max = 65_535))]
    pub header_bytes: u32,
    /// Size of an identifier or address in a message, in bytes. Default: 4 (p2psim; Li et al. 2005).
    #[schemars(range(max = 65_535))]
    pub entry_bytes: u32,
    /// How the nodes responsible for a key are found.
    pub lookup: Lookup,
    /// How nodes keep what others publish.
    pub storage: Storage,
    /// How items are found by the words of their names. Default: they are not, but by the keys of their content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Keywords>,
}

/// How the ring is kept.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChordMaintenance {
    /// As Zave corrected it ("Reasoning about identifier spaces: how to make Chord correct", 2017).
    #[default]
    Corrected,
    /// As first published (Stoica et al., SIGCOMM 2001): the ring can break.
    Original,
}

/// Which finger is looked up next.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FingerOrder {
    /// One after the other, the farthest first (Stoica et al. 2003, figure 6).
    #[default]
    InTurn,
    /// Any (Stoica et al. 2001, figure 7).
    Random,
}

/// A time drawn anew at every turn, uniformly from a range.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeRange {
    /// Shortest. Default: "15 s".
    #[schemars(extend("x-positive" = true))]
    pub min: Duration,
    /// Longest. Default: "45 s".
    #[schemars(extend("x-positive" = true))]
    pub max: Duration,
}

impl Chord {
    fn defaults(&self) -> StructuredDefaults {
        StructuredDefaults {
            bits: 160,
            alpha: 1,
            give_up: Duration::new(4_000_000_000),
            replicas: self.successors.min(6),
            republish: Duration::new(3_600_000_000_000),
            replicate: None,
            expiry: Duration::new(86_400_000_000_000),
            asks_for_token: false,
            keyword_republish: None,
        }
    }
}

impl Default for Chord {
    fn default() -> Self {
        Self {
            identifiers: Identifiers::default(),
            nodes_per_peer: 1,
            start: Start::default(),
            bootstrap_nodes: None,
            maintenance: ChordMaintenance::default(),
            successors: 8,
            stabilize: TimeRange::default(),
            fix_fingers: TimeRange::default(),
            finger_order: FingerOrder::default(),
            drops_silent: true,
            check_predecessor: TimeRange::default(),
            join_retry: Duration::new(10_000_000_000),
            finger_choices: 1,
            header_bytes: 20,
            entry_bytes: 4,
            lookup: Lookup::default(),
            storage: Storage::default(),
            keywords: None,
        }
    }
}

impl Default for TimeRange {
    fn default() -> Self {
        Self {
            min: Duration::new(15_000_000_000),
            max: Duration::new(45_000_000_000),
        }
    }
}

impl StructuredDesign for Chord {
    type Router = chord::Chord;

    fn fill(&mut self) {
        self.bootstrap_nodes = Some(self.bootstrap_nodes());
        let defaults = self.defaults();
        defaults.fill(
            &mut self.identifiers,
            &mut self.lookup,
            &mut self.storage,
            self.keywords.as_mut(),
        );
    }

    fn check_own(&self, key: &'static str, checker: &mut Checker<'_>) {
        ring(checker, key, self);
    }

    fn model(built: Built<Self::Router>) -> Model {
        match built {
            Built::Sharing(setup, frame) => Model::Chord(setup, frame),
            Built::Lookups(setup, frame) => Model::ChordLookups(setup, frame),
        }
    }

    fn bootstrap_nodes(&self) -> u32 {
        self.bootstrap_nodes.unwrap_or(match self.maintenance {
            ChordMaintenance::Corrected => self.successors.saturating_add(1),
            ChordMaintenance::Original => 1,
        })
    }

    fn common(&self, key: &'static str) -> Structured<'_> {
        Structured {
            key,
            identifiers: &self.identifiers,
            nodes_per_peer: self.nodes_per_peer,
            start: self.start,
            bootstrap_nodes: self.bootstrap_nodes(),
            lookup: &self.lookup,
            storage: &self.storage,
            keywords: self.keywords.as_ref(),
            defaults: self.defaults(),
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            successors: small(self.successors),
            maintenance: match self.maintenance {
                ChordMaintenance::Corrected => settings::Maintenance::Corrected,
                ChordMaintenance::Original => settings::Maintenance::Original,
            },
            stabilize: interval(&self.stabilize),
            fix_fingers: interval(&self.fix_fingers),
            check_predecessor: interval(&self.check_predecessor),
            join_retry_ns: self.join_retry.ns(),
            finger_choices: small(self.finger_choices),
            finger_order: match self.finger_order {
                FingerOrder::InTurn => settings::FingerOrder::InTurn,
                FingerOrder::Random => settings::FingerOrder::Random,
            },
            drops_silent: self.drops_silent,
            header_bytes: self.header_bytes,
            entry_bytes: self.entry_bytes,
        }
    }

    fn routers(
        &self,
        settings: &dht::Settings<Settings>,
        members: &[NodeId],
        network: &Underlay,
        _: Seed,
    ) -> Vec<chord::Chord> {
        let directory = &settings.directory;
        warm::converged(settings, members, |from, to| {
            let (from, to) = (directory.peer_of(from), directory.peer_of(to));
            if from == to {
                0
            } else {
                network.latency_ns(from, to)
            }
        })
    }

    fn upkeep(&self, membership: &Membership, demand: &mut StructuredDemand) -> Upkeep {
        demand.fingers = membership.doublings;
        demand.contacts = f64::from(self.successors) + 1.0 + membership.doublings;
        let per_s = |range: &TimeRange| {
            let mean_ns = f64::midpoint(range.min.ns() as f64, range.max.ns() as f64);
            membership.nodes * SECOND / mean_ns.max(1.0)
        };
        Upkeep {
            recurring: 3.0,
            // To stabilize is to ask and to notify.
            requests: 1.5 * per_s(&self.stabilize) + per_s(&self.check_predecessor),
            lookups: per_s(&self.fix_fingers),
        }
    }

    fn answer_contacts(&self) -> u32 {
        self.successors
    }

    fn table_bytes(&self, demand: &StructuredDemand) -> usize {
        footprint::table_bytes(self.successors as usize, rounded(demand.fingers))
    }
}

fn interval(range: &TimeRange) -> settings::Interval {
    settings::Interval {
        min_ns: range.min.ns(),
        max_ns: range.max.ns(),
    }
}

/// What Chord alone can have wrong.
fn ring(c: &mut Checker<'_>, table: &str, chord: &Chord) {
    for (name, range) in [
        ("stabilize", &chord.stabilize),
        ("fix_fingers", &chord.fix_fingers),
        ("check_predecessor", &chord.check_predecessor),
    ] {
        let TimeRange { min, max } = range;
        if min > max {
            let (min, max) = (min.to_string(), max.to_string());
            upside_down(c, &format!("{table}.{name}"), &min, &max);
        }
    }
    let successors = chord.successors;
    for (name, count) in [
        ("finger_choices", Some(chord.finger_choices)),
        ("storage.replicas", chord.storage.replicas),
    ] {
        let key = format!("{table}.{name}");
        if let Some(count) = count.filter(|count| *count > successors) {
            c.say(
                &key,
                &[&format!("{table}.successors")],
                format!("`{key}` ({count}) is more than `successors` ({successors}), the nodes that a node can name"),
                "more than `successors`",
                "",
            );
        }
    }
}

//! How much memory a run will need, before it starts.
//!
//! A run goes through five stages, and what is held differs: a graph is gone when the peers run, rows are made when they
//! have stopped. An [`Estimate`] is a list of [`Part`]s, each a count times a price, with the stages in which it is held; the
//! expected peak is the stage with the largest sum. Counts are modelled from the scenario and the sizes of its files,
//! prices come from the rooms that keep the things, so they follow the code.

pub(super) mod demand;
pub mod inputs;
pub(super) mod parts;

pub use inputs::{Counter, InputSize, Inputs};

use super::schema::Scenario;
use super::units::Bytes;
use demand::Demand;

/// How much memory a run may use, and who says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// The command line.
    Asked(Bytes),
    /// The scenario.
    Declared(Bytes),
    /// What the machine has left.
    Machine(Bytes),
}

impl Limit {
    /// The limit.
    pub fn bytes(self) -> Bytes {
        match self {
            Self::Asked(bytes) | Self::Declared(bytes) | Self::Machine(bytes) => bytes,
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Asked(bytes) => write!(out, "`--memory-limit` ({bytes})"),
            Self::Declared(bytes) => write!(out, "`limits.memory` ({bytes})"),
            Self::Machine(bytes) => write!(out, "what this machine has left ({bytes})"),
        }
    }
}

/// Why a run is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excess {
    /// The key of the scenario that the largest part comes from.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// The same in a few words.
    pub label: String,
    /// What can be done.
    pub help: &'static str,
}

/// Stages of a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Files are read, the graph and the peers' programs are made.
    Building,
    /// The peers run.
    Running,
    /// The peers have stopped and hand over their state.
    Finishing,
    /// Rows are made of it.
    Tabulating,
    /// Tables are written and plots drawn.
    Writing,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 5] = [
        Self::Building,
        Self::Running,
        Self::Finishing,
        Self::Tabulating,
        Self::Writing,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Running => "running",
            Self::Finishing => "finishing",
            Self::Tabulating => "tabulating",
            Self::Writing => "writing",
        }
    }
}

/// Something that a run keeps in memory.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// The key of the scenario that it comes from; empty for the program itself.
    pub key: &'static str,
    /// How many there are.
    pub count: f64,
    /// What one of them takes up.
    pub bytes_each: f64,
    stages: [bool; Stage::ALL.len()],
}

impl Part {
    /// Memory in bytes.
    pub fn bytes(&self) -> f64 {
        self.count * self.bytes_each
    }

    /// Whether it is held during a stage.
    pub fn is_held(&self, stage: Stage) -> bool {
        self.stages[stage as usize]
    }
}

/// What single things cost, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prices {
    /// A peer that does nothing and knows nobody.
    pub idle_peer: usize,
    /// One neighbour of a peer.
    pub neighbour: usize,
    /// A message in flight.
    pub message: usize,
    /// An entry in a peer's table of queries seen.
    pub seen: usize,
}

impl Prices {
    /// As the program was built.
    pub fn of_build() -> Self {
        parts::prices()
    }
}

/// The memory that a run will need.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// What it consists of.
    pub parts: Vec<Part>,
}

impl Estimate {
    /// Estimates a scenario, given the sizes of the files that it names.
    pub fn of(scenario: &Scenario, inputs: &Inputs) -> Self {
        let demand = Demand::of(scenario, inputs);
        Self {
            parts: parts::parts(scenario, &demand, inputs),
        }
    }

    /// The same for somebody who only makes the graph.
    #[must_use]
    pub fn of_graph(&self) -> Self {
        let is_needed = |part: &&Part| {
            let is_of_peers = part.key.starts_with("topology") || part.key.starts_with("peers");
            part.is_held(Stage::Building) && (is_of_peers || part.key.is_empty())
        };
        let mut parts: Vec<Part> = self.parts.iter().filter(is_needed).cloned().collect();
        for part in &mut parts {
            part.stages = Stage::ALL.map(|stage| stage == Stage::Building);
        }
        Self { parts }
    }

    /// Memory during a stage, in bytes.
    pub fn bytes(&self, stage: Stage) -> f64 {
        self.held(stage).map(Part::bytes).sum()
    }

    /// The stage that needs most.
    pub fn peak(&self) -> Stage {
        let stages = Stage::ALL.into_iter();
        stages
            .max_by(|a, b| self.bytes(*a).total_cmp(&self.bytes(*b)))
            .expect("a run has stages")
    }

    /// The expected peak, in bytes.
    pub fn peak_bytes(&self) -> f64 {
        self.bytes(self.peak())
    }

    /// The largest part of the stage that needs most, the program itself aside.
    pub fn largest(&self) -> Option<&Part> {
        self.held(self.peak())
            .filter(|part| !part.key.is_empty())
            .max_by(|a, b| a.bytes().total_cmp(&b.bytes()))
    }

    /// What is wrong if the run needs more than `limit`.
    pub fn excess(&self, limit: Limit) -> Option<Excess> {
        let needed = self.peak_bytes();
        if needed <= limit.bytes().bytes() as f64 {
            return None;
        }
        let largest = self.largest()?;
        let label = format!("{} {}", grouped(largest.count), largest.unit);
        Some(Excess {
            key: largest.key,
            message: format!(
                "`{}`: the run would need about {}, above {limit}, mostly for {} ({label} of {} bytes)",
                largest.key,
                memory(needed),
                largest.name,
                grouped(largest.bytes_each)
            ),
            label,
            help: "make it smaller, or raise memory under [limits] or --memory-limit",
        })
    }

    fn held(&self, stage: Stage) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.is_held(stage))
    }
}

/// Memory for people, in MiB or GiB.
pub fn memory(bytes: f64) -> String {
    let mebibytes = bytes / f64::from(1 << 20);
    if mebibytes < 1024.0 {
        format!("{mebibytes:.1} MiB")
    } else {
        format!("{:.1} GiB", mebibytes / 1024.0)
    }
}

/// A count to the nearest whole number, with its digits in threes.
pub fn grouped(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut out = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

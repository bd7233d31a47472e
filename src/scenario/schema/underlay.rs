//! `[underlay]`: latency, jitter, loss.

use crate::scenario::units::{Distance, Duration, Share, Speed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[underlay]`: what carries messages and bytes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Underlay {
    /// Base one-way latency between any two peers. Default: constant, "50 ms".
    pub latency: Latency,
    /// Additional delay of each message. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Jitter>,
    /// Share of messages that are lost: datagrams are gone, on connections each loss delays by a time-out. Default: 0.
    pub loss: Share,
    /// What a loss on a connection costs each time. Default: "1 s" (initial time-out of RFC 6298, section 2.1).
    #[schemars(extend("x-positive" = true))]
    pub retransmission_timeout: Duration,
}

/// Base one-way latency.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// The same everywhere.
    Constant(ConstantLatency),
    /// Points in a square, latency by distance.
    Plane(PlaneLatency),
    /// Measured between sites, from a file.
    Matrix(MatrixLatency),
    /// Third column of the topology file: one latency per link.
    Edges(EdgeLatency),
}

/// `[underlay.latency.constant]`: the same between any two peers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantLatency {
    /// One-way latency, at least 1 ns. Default: "50 ms".
    #[serde(default = "fifty_milliseconds")]
    #[schemars(extend("x-positive" = true))]
    pub one_way: Duration,
}

/// `[underlay.latency.plane]`: peers are uniformly random points in a square; latency is base + distance / speed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaneLatency {
    /// Side of the square. Default: "5000 km", about a continent.
    #[serde(default = "continent")]
    #[schemars(extend("x-positive" = true))]
    pub width: Distance,
    /// Speed of propagation. Default: "200000 km/s", light in fibre.
    #[serde(default = "light_in_fibre")]
    #[schemars(extend("x-positive" = true))]
    pub speed: Speed,
    /// Latency over no distance: last mile and processing, both ends together; at least 1 ns. Default: "10 ms".
    #[serde(default = "ten_milliseconds")]
    #[schemars(extend("x-positive" = true))]
    pub base: Duration,
}

/// `[underlay.latency.matrix]`: a table of latencies between sites; each peer is at a site.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixLatency {
    /// File of n rows of n numbers, separated by commas or white space, with or without labels (may be gzipped),
    /// relative to the scenario file. Required.
    #[schemars(length(min = 1))]
    pub path: String,
    /// What an entry, in milliseconds, measures. Required.
    pub kind: LatencyKind,
    /// Which row a peer has. Default: "random".
    #[serde(default)]
    pub assign: MatrixAssignment,
    /// One-way latency between peers of the same row, if the diagonal is zero. Default: none; then it is an error that
    /// peers share a row whose diagonal is zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub same_site: Option<Duration>,
    /// What a zero off the diagonal (not measured) becomes. Default: "refuse".
    #[serde(default)]
    pub missing: MissingEntries,
    /// Smallest one-way latency: lower ones are raised to it. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub floor: Option<Duration>,
}

/// `[underlay.latency.edges]`: the third column of the topology file is the link's one-way latency.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeLatency {
    /// Unit of the third column. Required.
    pub unit: LatencyUnit,
    /// One-way latency between peers that are not neighbours in the file. Required as soon as such peers talk
    /// (downloads, maintenance).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub otherwise: Option<Duration>,
}

/// Unit of numbers in a file.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LatencyUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    #[default]
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl LatencyUnit {
    /// Nanoseconds in the unit.
    pub const fn ns(self) -> u64 {
        match self {
            Self::S => 1_000_000_000,
            Self::Ms => 1_000_000,
            Self::Us => 1_000,
            Self::Ns => 1,
        }
    }
}

/// What an entry of a matrix measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LatencyKind {
    /// There and back: half of it, rounded up to a nanosecond, is the one-way latency.
    RoundTrip,
    /// One way, from the row to the column.
    OneWay,
}

/// Which row of a matrix a peer has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatrixAssignment {
    /// A row drawn at random.
    #[default]
    Random,
    /// Peer i has row i, starting over after the last.
    InOrder,
}

/// What an entry that was not measured becomes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingEntries {
    /// An error.
    #[default]
    Refuse,
    /// The median of the measured ones.
    Median,
}

/// Additional delay of each message.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Anything up to a bound.
    Uniform(JitterUniform),
    /// Memoryless.
    Exponential(JitterExponential),
}

/// Uniform jitter from 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JitterUniform {
    /// Largest additional delay. Required.
    #[schemars(extend("x-positive" = true))]
    pub max: Duration,
}

/// Exponential jitter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JitterExponential {
    /// Mean additional delay. Required.
    #[schemars(extend("x-positive" = true))]
    pub mean: Duration,
}

impl Default for Underlay {
    fn default() -> Self {
        Self {
            latency: Latency::Constant(ConstantLatency {
                one_way: fifty_milliseconds(),
            }),
            jitter: None,
            loss: Share::constant(0.0),
            retransmission_timeout: Duration::new(1_000_000_000),
        }
    }
}

fn fifty_milliseconds() -> Duration {
    Duration::new(50_000_000)
}

fn ten_milliseconds() -> Duration {
    Duration::new(10_000_000)
}

fn continent() -> Distance {
    Distance::new(5_000_000)
}

fn light_in_fibre() -> Speed {
    Speed::new(200_000_000)
}

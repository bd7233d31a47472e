//! `[peers]`: who they are, how they are connected to the net, when they are online.

use super::Nothing;
use super::laws::LengthLaw;
use crate::scenario::units::{Duration, Frequency, NonNegative, Positive, Rate, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[peers]`: who takes part.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Peers {
    /// Number of peers, dormant groups included: 1 to 2147483648. Default: as many as `[peers.file]` has rows, the
    /// topology has nodes, the groups count together or `[workload.transfers]` names, whichever of these is there
    /// first; with `[peers.arrivals]` and none of these, as many as the open population begins with. With a topology
    /// file it may be larger than the file's number of nodes: the rest begin without links.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_648_u64))]
    pub count: Option<u64>,
    /// Access links and groups from a file instead of `[[peers.group]]` shares. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PeersFile>,
    /// Sessions and absences drawn from laws. Default: none; everybody is always online.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn: Option<Churn>,
    /// Sessions from a trace, instead of `[peers.churn]`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<SessionTrace>,
    /// An open population: new peers arrive, stay once and never come back. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// Kinds of peers. Default: one group "all" with the defaults; if shares leave a rest, it is a group "other".
    #[serde(rename = "group", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

/// `[[peers.group]]`: peers that have something in common.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name, by which actions, files and tables speak of it. Required.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Share, from 0 to 1, of the peers that groups with a `count` leave over. This or `count` is required, unless
    /// `[peers.file]` says who belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Number of peers. This or `share` is required, unless `[peers.file]` says who belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_648_u64))]
    pub count: Option<u64>,
    /// Access link. Default: none; infinite rates, no time for serialisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Sessions and absences of this group. Default: those of `[peers.churn]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub churn: Option<Churn>,
    /// Whether the group stays online throughout, whatever churn the others have. Default: false.
    #[serde(default)]
    pub always_online: bool,
    /// Whether the group is offline until an action joins it (a flash crowd). Default: false.
    #[serde(default)]
    pub dormant: bool,
    /// Share of the group's peers that share nothing. Default: 0. (Measured: 25 % in Saroiu et al. 2002, 66 % in Adar
    /// and Huberman 2000.)
    #[serde(default = "none_of_them")]
    pub free_riders: Share,
    /// Share of the group's peers that nobody can connect to: they must be pushed to. Default: 0.
    #[serde(default = "none_of_them")]
    pub firewalled: Share,
    /// Share of the group's peers that send corrupt chunks. Default: 0.
    #[serde(default = "none_of_them")]
    pub corrupting: Share,
    /// How much content a peer of this group attracts under `holders = "skewed"`, relative to other groups. Default: 1.
    #[serde(default = "as_others")]
    pub holdings: NonNegative,
    /// How the peers of this group differ in how much content they attract. Default: they are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_law: Option<ShareLaw>,
    /// How often a peer of this group asks, relative to `[workload.poisson] rate_per_peer`. Default: 1.
    #[serde(default = "as_others")]
    pub activity: NonNegative,
    /// Whether finished downloads are shared. Default: that of `[sharing]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_finished: Option<bool>,
}

/// How the peers of a group differ in how much content they attract.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareLaw {
    /// Alike.
    Equal(Nothing),
    /// Log-normal weights.
    LogNormal(LogNormalShare),
    /// Weights with a power-law tail.
    Pareto(ParetoShare),
}

/// `share_law.log_normal`. With sigma 1.55 among sharers the top 1 % of all peers hold 37 % of the files, as Adar and
/// Huberman saw in 2000.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogNormalShare {
    /// Standard deviation of the weights' natural logarithm, at most 6. Required.
    #[schemars(range(max = 6.0))]
    pub sigma: Positive,
}

/// `share_law.pareto`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParetoShare {
    /// Exponent of the tail, from 0.1 to 100: the smaller, the more unequal. Required.
    #[schemars(range(min = 0.1, max = 100.0))]
    pub shape: Positive,
}

/// An access link. Rates are of payload bits; messages and transfers each see the full rate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Downstream rate. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["1.5 Mbit/s"]))]
    pub down: Rate,
    /// Upstream rate. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["256 kbit/s"]))]
    pub up: Rate,
}

/// `[peers.file]`: access links from a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeersFile {
    /// CSV file `peer,down_bps,up_bps[,group]`, relative to the scenario file. Required.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// `[peers.churn]`: alternating sessions and absences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Churn {
    /// Law of session lengths. Required.
    pub session: LengthLaw,
    /// Law of absences. Required for an equilibrium start; with `start = "fresh"` and no law nobody comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<LengthLaw>,
    /// Share of departures without a goodbye. Default: 0.
    #[serde(default = "none_of_them")]
    pub crash: Share,
    /// How peers begin. Default: "equilibrium".
    #[serde(default)]
    pub start: ChurnStart,
}

/// How a population under churn begins.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChurnStart {
    /// As after a long time: online with probability mean session / (mean session + mean absence), with what is left
    /// of the session or absence under way drawn from the residual law.
    #[default]
    Equilibrium,
    /// Everybody begins a session at time 0.
    Fresh,
}

/// `[peers.sessions]`: sessions from a trace file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionTrace {
    /// Trace file, a line per host `host k start end ...` in seconds (may be gzipped), relative to the scenario file.
    /// Required.
    #[schemars(length(min = 1))]
    pub path: String,
    /// Which host of the trace a peer follows. Default: "in_order".
    #[serde(default)]
    pub assign: TraceAssignment,
    /// Moment of the trace that is time 0 of the run. Default: "0 s".
    #[serde(default)]
    pub offset: Duration,
    /// Whether several peers may follow one host where there are more peers than hosts: they come and go together.
    /// Default: false; more peers than hosts are refused.
    #[serde(default)]
    pub repeat: bool,
    /// Share of departures without a goodbye. Default: 0.
    #[serde(default = "none_of_them")]
    pub crash: Share,
}

/// Which host of a trace a peer follows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TraceAssignment {
    /// Peer i follows the i-th host of the file; the trace must have as many.
    #[default]
    InOrder,
    /// Each peer follows a host drawn at random.
    Random,
}

/// `[peers.arrivals]`: how new peers come to an open population.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// A Poisson process.
    Poisson(PoissonArrivals),
}

/// `[peers.arrivals.poisson]`: peers arrive independently of one another, stay for one session and are gone for good.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoissonArrivals {
    /// Arrivals per time. Required.
    #[schemars(extend("x-positive" = true))]
    pub rate: Frequency,
    /// Law of session lengths. Default: that of `[peers.churn]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<LengthLaw>,
    /// Share of departures without a goodbye. Default: 0.
    #[serde(default = "none_of_them")]
    pub crash: Share,
    /// How the population begins: in equilibrium, with rate times mean session peers on average, or empty ("fresh").
    /// Default: "equilibrium".
    #[serde(default)]
    pub start: ChurnStart,
}

fn none_of_them() -> Share {
    Share::constant(0.0)
}

fn as_others() -> NonNegative {
    NonNegative::constant(1.0)
}

impl Group {
    /// A group of the given name in which everything has its default.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            share: None,
            count: None,
            link: None,
            churn: None,
            always_online: false,
            dormant: false,
            free_riders: none_of_them(),
            firewalled: none_of_them(),
            corrupting: none_of_them(),
            holdings: as_others(),
            activity: as_others(),
            share_law: None,
            share_finished: None,
        }
    }
}

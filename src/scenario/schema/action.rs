//! `[[action]]`: what happens to the peers at set times.

use crate::scenario::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[action]]`: at a set time, exactly one of the six things.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// When; within the duration. Required.
    #[schemars(extend("examples" = ["30 min"]))]
    pub at: Duration,
    /// A dormant group joins: a flash crowd.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// Online peers leave: a mass departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depart: Option<Depart>,
    /// The online peers with the most links are taken out: a targeted attack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_best_connected: Option<RemoveBestConnected>,
    /// Service nodes (index servers, file servers, host caches, bootstrap nodes) crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_servers: Option<FailServers>,
    /// The network falls apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// Every partition ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heal: Option<Heal>,
}

impl Action {
    /// Whether whom it strikes depends on the overlay.
    pub fn looks_at_overlay(&self) -> bool {
        self.remove_best_connected.is_some()
    }
}

/// `join`: a dormant group joins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Name of a group with `dormant = true`. Required.
    #[schemars(length(min = 1))]
    pub group: String,
    /// Its peers come at times spread evenly at random over this span. Default: "0 s", all at once.
    #[serde(default)]
    pub over: Duration,
}

/// `depart`: randomly chosen online peers leave. Exactly one of `share` and `count`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Depart {
    /// Share of those online. This or `count` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Number of peers, all if there are fewer. This or `share` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub count: Option<u32>,
    /// Only peers of this group. Default: of all groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Share of them that leave without a goodbye. Default: 0.
    #[serde(default = "none_of_them")]
    pub crash: Share,
    /// How long they stay away at least. Default: to the end of the run.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub away: Option<Duration>,
}

/// `remove_best_connected`: the online peers with the most links crash. Exactly one of `share` and `count`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveBestConnected {
    /// Share of those online. This or `count` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Number of peers, all if there are fewer. This or `share` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub count: Option<u32>,
    /// How long they stay away at least. Default: to the end of the run.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub away: Option<Duration>,
}

/// `fail_servers`: randomly chosen service nodes that are online crash: all that the overlay has besides its peers. Exactly one of
/// `share` and `count`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailServers {
    /// Share of those online. This or `count` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Number of service nodes, all if there are fewer. This or `share` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub count: Option<u32>,
    /// Only those of this kind. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ServiceKind>,
    /// How long they stay away. What they knew is lost. Default: to the end of the run.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub away: Option<Duration>,
}

/// What a service node is there for: the name of its group in results.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Knows who shares what.
    IndexServer,
    /// Knows who takes part in swarms.
    Tracker,
    /// Has all files.
    Server,
    /// Gives addresses to those who look for links.
    HostCache,
    /// Gives addresses of super-peers.
    SuperPeerCache,
    /// Is where peers join a structured overlay.
    Bootstrap,
}

impl ServiceKind {
    /// Whether it knows who has what, or has the files itself; from others, peers only learn of one another.
    pub fn knows_content(self) -> bool {
        match self {
            Self::IndexServer | Self::Tracker | Self::Server => true,
            Self::HostCache | Self::SuperPeerCache | Self::Bootstrap => false,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::IndexServer => "index_server",
            Self::Tracker => "tracker",
            Self::Server => "server",
            Self::HostCache => "host_cache",
            Self::SuperPeerCache => "super_peer_cache",
            Self::Bootstrap => "bootstrap",
        }
    }
}

/// `partition`: messages between sides do not pass. Exactly one of `shares` and `groups`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Share of the peers on each side, drawn at random; 2 to 255 sides, their sum is 1. This or `groups` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<Vec<Share>>,
    /// Names of the groups on each side, as lists; groups that are not named are on the first side. This or `shares` is
    /// required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Vec<String>>>,
}

/// `heal`: every partition ends.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heal {}

fn none_of_them() -> Share {
    Share::constant(0.0)
}

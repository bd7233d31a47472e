//! `[workload]`: who asks for what, and when.

use crate::scenario::units::{Duration, Frequency};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who asks for what, and when.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// Queries from a file.
    File(WorkloadFile),
    /// Every online peer asks at random times.
    Poisson(PoissonWorkload),
    /// Bare flows without any search: needs no overlay, topology or content.
    Transfers(TransfersFile),
    /// Lookups from a file: need a structured overlay, and no content.
    Lookups(LookupsFile),
    /// Every online peer looks keys up at random times: needs a structured overlay, and no content.
    RandomLookups(RandomLookups),
}

/// `[workload.file]`: queries from a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadFile {
    /// CSV file `at_s,origin,item[,ttl]`, origins being the topology file's labels, relative to the scenario file.
    /// Required.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// `[workload.poisson]`: every online peer asks at random times; items are drawn by popularity.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoissonWorkload {
    /// Queries of one online peer per time. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["1 /h"]))]
    pub rate_per_peer: Frequency,
    /// When asking begins. Default: "0 s".
    #[serde(default)]
    pub from: Duration,
    /// When asking ends. Default: the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

/// `[workload.transfers]`: bare flows from a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransfersFile {
    /// CSV file `flow,at_s,source,sink,size_bytes[,after]`, relative to the scenario file. Required.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// `[workload.lookups]`: lookups from a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupsFile {
    /// CSV file `at_s,origin,key`, relative to the scenario file; keys are hexadecimal digits, of which fewer than an
    /// identifier's say the first bits. Required.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// `[workload.random_lookups]`: every online peer looks keys up at random times; keys are drawn uniformly from all
/// identifiers. Times, origins and the first bits of keys are the same under every overlay.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomLookups {
    /// Lookups of one online peer per time. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["1 /min"]))]
    pub rate_per_peer: Frequency,
    /// When looking up begins. Default: "0 s".
    #[serde(default)]
    pub from: Duration,
    /// When looking up ends. Default: the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

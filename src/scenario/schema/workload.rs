//! `[workload]`: who asks for what, and when.

use super::content::Popularity;
use crate::scenario::units::{Bytes, Duration, Frequency};
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
    /// Everybody asks for one item at once.
    FlashCrowd(FlashCrowd),
    /// Bare flows without any search: needs no overlay, topology or content.
    Transfers(TransfersFile),
    /// Lookups from a file: need a structured overlay, and no content.
    Lookups(LookupsFile),
    /// Every online peer looks keys up at random times: needs a structured overlay, and no content.
    RandomLookups(RandomLookups),
    /// Values are written by one peer each, and every online peer reads them at random times: needs a structured overlay, and
    /// no content.
    Values(ValuesWorkload),
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

/// `[workload.flash_crowd]`: every online peer asks for one item at one instant, and perhaps again and again; peers of groups whose
/// `activity` is 0 do not.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FlashCrowd {
    /// The item. Default: 0, the most popular.
    pub item: u32,
    /// When they ask. Default: "0 s".
    pub from: Duration,
    /// How often they ask again, whether they found anything or not: who fetches the item already learns of further sources.
    /// Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub every: Option<Duration>,
    /// When asking again ends. Default: the end of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

impl FlashCrowd {
    /// When they ask, nanoseconds, in a run that ends at `end_ns`.
    pub fn times_ns(&self, end_ns: u64) -> impl Iterator<Item = u64> + use<> {
        let end_ns = self.until.map_or(end_ns, |until| until.ns().min(end_ns));
        let (from_ns, every_ns) = (self.from.ns(), self.every.map(Duration::ns));
        let next = move |at_ns: &u64| at_ns.checked_add(every_ns?).filter(|&at_ns| at_ns < end_ns);
        std::iter::successors((from_ns < end_ns).then_some(from_ns), next)
    }
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

/// `[workload.values]`: values are written by one peer each, and every online peer reads them at random times. Times, writers,
/// readers and what they read are the same under every overlay.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValuesWorkload {
    /// Number of values, each with a key and a writer of its own, drawn among the peers that read. Required.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub values: u32,
    /// Size of a value in a message, at most 65000 B. Default: "1 kB" (BEP 44: the most that the mainline DHT keeps).
    #[serde(default = "kilobyte")]
    pub size: Bytes,
    /// When writing begins. Default: "0 s".
    #[serde(default)]
    pub from: Duration,
    /// Every value is first written at a random moment within so long after `from`; then reading begins. Default: "1 min".
    #[serde(default = "minute")]
    #[schemars(extend("x-positive" = true))]
    pub first_writes: Duration,
    /// Further writes of a value per time, each of the next version, while its writer is online. Default: none, every value is
    /// written once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true, "examples" = ["2 /h"]))]
    pub writes_per_value: Option<Frequency>,
    /// Reads of one online peer per time. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["6 /h"]))]
    pub reads_per_peer: Frequency,
    /// How often each value is read, the first being the most popular. Default: Zipf with exponent 1 (as `content.popularity`).
    #[serde(default)]
    pub popularity: Popularity,
    /// When writing and reading end. Default: the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

impl ValuesWorkload {
    /// When reading begins.
    pub fn reads_from(&self) -> Duration {
        Duration::new(self.from.ns().saturating_add(self.first_writes.ns()))
    }
}

fn kilobyte() -> Bytes {
    Bytes::new(1_000)
}

fn minute() -> Duration {
    Duration::new(60_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_asks_until_its_time_or_the_run_is_over() {
        let check = |from, every: Option<u64>, until: Option<u64>, expected: &[u64]| {
            let crowd = FlashCrowd {
                item: 0,
                from: Duration::new(from),
                every: every.map(Duration::new),
                until: until.map(Duration::new),
            };
            let times: Vec<u64> = crowd.times_ns(100).collect();
            assert_eq!(times, expected, "{crowd:?}");
        };
        check(0, None, None, &[0]);
        check(99, None, None, &[99]);
        check(100, None, None, &[]);
        check(10, Some(30), None, &[10, 40, 70]);
        check(10, Some(30), Some(40), &[10]);
        check(10, Some(30), Some(41), &[10, 40]);
        check(10, Some(u64::MAX), Some(500), &[10]);
    }
}

//! `[overlay.client_server]`.

use super::peers::Link;
use crate::scenario::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.client_server]`: servers hold everything in the catalogue, and peers fetch from them alone. What peers hold by
/// `[content.replicas]` they hold, as under any other overlay, and serve to nobody.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientServer {
    /// Service nodes that hold the whole catalogue and are always online unless an action has them fail. A peer asks one of them,
    /// drawn for every query from the peer's own random stream, and after a time-out the next. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 65_535))]
    pub servers: u32,
    /// Access link of each server: one whose link is never full is no baseline. Required.
    pub link: Link,
    /// Downloads that a server serves at a time, instead of `sharing.upload_slots`. Default: 256 (`MaxRequestWorkers` of the Apache
    /// HTTP server).
    #[serde(default = "upload_slots")]
    #[schemars(range(min = 1, max = 65_535))]
    pub upload_slots: u32,
    /// Downloads that wait for a slot at a server, instead of `sharing.queue_max`; further ones are told to come back. Default: 511
    /// (`ListenBacklog` of the Apache HTTP server).
    #[serde(default = "queue_max")]
    #[schemars(range(max = 65_535))]
    pub queue_max: u32,
    /// How long a peer waits for a server's answer before it asks the next; it asks each once. Default: "30 s" (as
    /// `sharing.response_timeout`; our assumption).
    #[serde(default = "answer_timeout")]
    #[schemars(extend("x-positive" = true))]
    pub answer_timeout: Duration,
    /// Size of a query without its text, in bytes. Default: 300 (as `sharing.request_bytes`; our assumption).
    #[serde(default = "head_bytes")]
    #[schemars(range(min = 1, max = 65_535))]
    pub query_bytes: u32,
    /// Size of an answer, in bytes. Default: 300 (as `sharing.answer_bytes`; our assumption).
    #[serde(default = "head_bytes")]
    #[schemars(range(min = 1, max = 65_535))]
    pub answer_bytes: u32,
}

fn one() -> u32 {
    1
}

fn upload_slots() -> u32 {
    256
}

fn queue_max() -> u32 {
    511
}

fn answer_timeout() -> Duration {
    Duration::new(30_000_000_000)
}

fn head_bytes() -> u32 {
    300
}

//! `[sharing]`: how what was found is downloaded.

use crate::scenario::units::{Bytes, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[sharing]`: downloads in chunks from several sources. An empty table is enough.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sharing {
    /// Size of a chunk, the unit of request and verification. Default: "256 KiB".
    #[schemars(extend("x-positive" = true))]
    pub chunk: Bytes,
    /// Sources that a download uses at a time. Default: 4.
    #[schemars(range(min = 1, max = 65_535))]
    pub sources_max: u32,
    /// Downloads that a peer has under way at a time; more wait. Default: 4.
    #[schemars(range(min = 1, max = 65_535))]
    pub downloads_max: u32,
    /// Chunks that a peer uploads at a time; groups may have another number. Default: 4.
    #[schemars(range(max = 65_535))]
    pub upload_slots: u32,
    /// Requests that wait for a slot; more are refused. Default: 10.
    #[schemars(range(max = 65_535))]
    pub queue_max: u32,
    /// How chunks are checked. Default: "tag".
    pub verification: Verification,
    /// How long hits are gathered before sources are chosen. Default: "5 s".
    pub hit_wait: Duration,
    /// A request without an answer for so long has failed. Default: "30 s".
    #[schemars(extend("x-positive" = true))]
    pub request_timeout: Duration,
    /// A transfer without progress for so long is given up. Default: "1 min".
    #[schemars(extend("x-positive" = true))]
    pub transfer_timeout: Duration,
    /// A refusing or failing source is asked again after so long. Default: "1 min" (Gnutella 0.6 draft: at least 60 s).
    #[schemars(extend("x-positive" = true))]
    pub retry_after: Duration,
    /// So many failures in a row, and a source is not asked again. Default: 5.
    #[schemars(range(min = 1, max = 65_535))]
    pub attempts_max: u32,
    /// So many corrupt chunks, and a source is not asked again. Default: 1.
    #[schemars(range(min = 1, max = 65_535))]
    pub corrupt_chunks_max: u32,
    /// A download without a new chunk for so long is given up. Default: "1 h".
    #[schemars(extend("x-positive" = true))]
    pub give_up_after: Duration,
    /// Whether finished downloads are shared; groups may do otherwise. Default: true.
    pub share_finished: bool,
    /// Whether chunks of unfinished downloads are offered. Default: false.
    pub share_partial: bool,
    /// Size of a request or of an answer without payload, in bytes. Default: 300 (our assumption: an HTTP header).
    #[schemars(range(min = 1, max = 65_535))]
    pub request_bytes: u32,
}

/// How chunks are checked; the outcomes are equal.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// By a keyed tag that stands for the content: cheap.
    #[default]
    Tag,
    /// The bytes are really made and their SHA-1 compared.
    Bytes,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            chunk: Bytes::new(256 << 10),
            sources_max: 4,
            downloads_max: 4,
            upload_slots: 4,
            queue_max: 10,
            verification: Verification::Tag,
            hit_wait: Duration::new(5_000_000_000),
            request_timeout: Duration::new(30_000_000_000),
            transfer_timeout: Duration::new(60_000_000_000),
            retry_after: Duration::new(60_000_000_000),
            attempts_max: 5,
            corrupt_chunks_max: 1,
            give_up_after: Duration::new(3_600_000_000_000),
            share_finished: true,
            share_partial: false,
            request_bytes: 300,
        }
    }
}

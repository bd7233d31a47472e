//! `[sharing]`: how what was found is downloaded.

use super::source_exchange::SourceExchange;
use crate::scenario::units::{Bytes, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[sharing]`: downloads in chunks from several sources. An empty table is enough.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sharing {
    /// Size of a chunk, the unit of request and verification; less than 4 GiB. Default: "256 KiB".
    #[schemars(extend("x-positive" = true))]
    pub chunk: Bytes,
    /// How long hits are gathered before sources are chosen. Default: "5 s".
    pub hit_wait: Duration,
    /// Sources that deliver to a download at a time. Default: 4.
    #[schemars(range(min = 1, max = 65_535))]
    pub sources_max: u32,
    /// Further sources that a download keeps in mind. Default: 32.
    #[schemars(range(max = 65_535))]
    pub candidates_max: u32,
    /// In which order a download turns to the sources it knows. Default: "arrival".
    pub source_order: SourceOrder,
    /// Chunk requests under way to one source at a time; it still sends one chunk after the other. Default: 1.
    #[schemars(range(min = 1, max = 255))]
    pub pipeline: u32,
    /// Downloads that a peer serves at a time. Default: 4.
    #[schemars(range(min = 1, max = 65_535))]
    pub upload_slots: u32,
    /// Downloads that wait for a slot; further ones are told to come back. Default: 10.
    #[schemars(range(max = 65_535))]
    pub queue_max: u32,
    /// Chunks that a download is sent in a row while others wait for its slot; then it goes to the end of the queue. With 1,
    /// whoever waits takes turns chunk by chunk. Clients of eDonkey do so after one of their chunks (eMule: `SESSIONMAXTRANS`),
    /// those of Gnutella keep a slot. Default: it keeps its slot until it wants no more.
    #[schemars(range(min = 1, max = 65_535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_chunks: Option<u32>,
    /// When a download comes back to a busy source, or to one that had nothing new. Default: "1 min" (Gnutella 0.6
    /// draft: at least 60 s).
    #[schemars(extend("x-positive" = true))]
    pub busy_retry: Duration,
    /// How often it comes back in vain before it gives the source up. Default: 10.
    #[schemars(range(max = 65_535))]
    pub busy_retries: u32,
    /// How often a download that waits in a queue asks whether its source is still there. Default: "1 min".
    #[schemars(extend("x-positive" = true))]
    pub queue_poll: Duration,
    /// A request without an answer for so long has failed. Default: "30 s".
    #[schemars(extend("x-positive" = true))]
    pub response_timeout: Duration,
    /// How long a firewalled source has to call back. Default: "30 s".
    #[schemars(extend("x-positive" = true))]
    pub call_back_timeout: Duration,
    /// How long a slot may lie idle before it is taken away. Default: "30 s".
    #[schemars(extend("x-positive" = true))]
    pub slot_idle: Duration,
    /// A chunk's transfer without progress for so long, at least 1 s, is given up. Default: "1 min".
    #[schemars(extend("x-positive" = true))]
    pub transfer_timeout: Duration,
    /// So many corrupt chunks, and a source is not asked again. Default: 1.
    #[schemars(range(min = 1, max = 65_535))]
    pub corrupt_chunks_max: u32,
    /// Searches made anew when a download has run out of sources. Default: 0.
    #[schemars(range(max = 65_535))]
    pub search_retries: u32,
    /// Whether finished downloads are shared; groups may do otherwise. Default: true.
    pub share_finished: bool,
    /// Whether verified chunks of unfinished downloads are offered. Default: false.
    pub share_partial: bool,
    /// Whether the overlay is told of a file as soon as one chunk of it is verified, and not only when it is complete: who fetches
    /// registers, publishes or announces it then, as eDonkey's clients do with part files, and is found as a source. Needs
    /// `share_partial`, under which such a peer counts among the live replicas of the truth: it would answer. It belongs to the
    /// architecture: scenarios that are compared may differ in it. Default: false.
    pub announce_partial: bool,
    /// How chunks are checked. Default: "tag".
    pub verification: Verification,
    /// Size of a request, in bytes. Default: 300 (our assumption: an HTTP GET with Gnutella's headers, RFC 2616).
    #[schemars(range(min = 1, max = 65_535))]
    pub request_bytes: u32,
    /// Size of an answer's header, in bytes. Default: 300 (our assumption).
    #[schemars(range(min = 1, max = 65_535))]
    pub answer_bytes: u32,
    /// Size of the line by which a firewalled holder calls back, in bytes. Default: 72 (`GIV 1:<servent>/<name>`).
    #[schemars(range(min = 1, max = 65_535))]
    pub give_bytes: u32,
    /// Size of what closes a connection, in bytes. Default: 40 (TCP and IP headers).
    #[schemars(range(min = 1, max = 65_535))]
    pub close_bytes: u32,
    /// How peers between which a file is transferred tell each other who else has it. Default: they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_exchange: Option<SourceExchange>,
}

/// In which order a download turns to the sources it knows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceOrder {
    /// As their hits came.
    #[default]
    Arrival,
    /// At random: spreads the load over the holders of popular items.
    Random,
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
        const SECOND_NS: u64 = 1_000_000_000;
        Self {
            chunk: Bytes::new(256 << 10),
            hit_wait: Duration::new(5 * SECOND_NS),
            sources_max: 4,
            candidates_max: 32,
            source_order: SourceOrder::Arrival,
            pipeline: 1,
            upload_slots: 4,
            queue_max: 10,
            session_chunks: None,
            busy_retry: Duration::new(60 * SECOND_NS),
            busy_retries: 10,
            queue_poll: Duration::new(60 * SECOND_NS),
            response_timeout: Duration::new(30 * SECOND_NS),
            call_back_timeout: Duration::new(30 * SECOND_NS),
            slot_idle: Duration::new(30 * SECOND_NS),
            transfer_timeout: Duration::new(60 * SECOND_NS),
            corrupt_chunks_max: 1,
            search_retries: 0,
            share_finished: true,
            share_partial: false,
            announce_partial: false,
            verification: Verification::Tag,
            request_bytes: 300,
            answer_bytes: 300,
            give_bytes: 72,
            close_bytes: 40,
            source_exchange: None,
        }
    }
}

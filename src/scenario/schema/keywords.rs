//! Words: of which names are made, and by which structured overlays find items.

use super::Nothing;
use crate::scenario::units::{Duration, NonNegative};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[content.keywords]`: the words that names are made of. A query asks for one item by some of its name's words.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContentKeywords {
    /// Number of words there are. Default: 10000 (our assumption).
    #[schemars(range(min = 1, max = 100_000_000))]
    pub vocabulary: u32,
    /// How often words are used: of rank r in proportion to r^-exponent; at most 10. Default: 1 (Zipf's law of words).
    #[schemars(extend("maximum" = 10.0))]
    pub exponent: NonNegative,
    /// Different words of every name. Default: 4 (our assumption).
    #[schemars(range(min = 1, max = 32))]
    pub per_name: u32,
    /// Words of its name in a query for an item. Default: 2 (our assumption).
    #[schemars(range(min = 1, max = 32))]
    pub per_query: u32,
}

/// `keywords`: items are found by the words of a query, under each of which a list of items is kept; otherwise by a key that
/// everybody who asks is taken to know. `[content.keywords]` says what names are made of.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keywords {
    /// How the lists of several words are joined. Default: `chain` (Loo, Hellerstein, Huebsch, Shenker and Stoica 2004, section 3).
    pub join: KeywordJoin,
    /// How often a peer publishes the words of what it shares anew. Default: as `storage.republish`; "kad": "1 d" (Steiner,
    /// En-Najjary and Biersack 2007).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub republish: Option<Duration>,
    /// How long a node keeps in a list what was not published anew. Default: as `storage.expiry`, or as `republish` if that is
    /// longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub expiry: Option<Duration>,
    /// What an item in a list is charged as, in bytes; under `join.cached` its name comes on top. Default: 20, a SHA-1 hash.
    #[schemars(range(max = 65_535))]
    pub posting_bytes: u32,
}

/// How lists of items are joined.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeywordJoin {
    /// The origin asks for all lists and joins them itself.
    Origin(ListsAtOrigin),
    /// What is left goes from the node that keeps the first word's list to that of the second, and so on, and from the last to the
    /// origin.
    Chain(Nothing),
    /// As a chain, but a Bloom filter of what is left goes on, and what comes out goes back the same way (Reynolds and Vahdat
    /// 2003).
    Bloom(BloomJoin),
    /// Each list holds whole names, so that one is enough (Loo et al. 2004; eMule).
    Cached(ListsAtOrigin),
}

/// `join.origin`, `join.cached`: lists go to the origin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListsAtOrigin {
    /// Items of a list named in one answer, those published last. Default: 300 (eMule asks for so many).
    #[schemars(range(min = 1, max = 1_000_000))]
    pub postings_max: u32,
}

/// `join.bloom`: filters go from node to node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BloomJoin {
    /// Bits of a filter for every item in it. Default: 8, which lets 2 % of others pass (our assumption).
    #[schemars(range(min = 1, max = 64))]
    pub bits_per_item: u32,
}

impl Keywords {
    /// How often words are published anew, by default as often as things are.
    pub fn republish(&self, by_default: Duration) -> Duration {
        self.republish.unwrap_or(by_default)
    }

    /// How long lists keep what was not published anew, by default as long as things are kept.
    pub fn expiry(&self, republish: Duration, by_default: Duration) -> Duration {
        self.expiry.unwrap_or(by_default.max(republish))
    }
}

impl Default for ContentKeywords {
    fn default() -> Self {
        Self {
            vocabulary: 10_000,
            exponent: NonNegative::constant(1.0),
            per_name: 4,
            per_query: 2,
        }
    }
}

impl Default for Keywords {
    fn default() -> Self {
        Self {
            join: KeywordJoin::Chain(Nothing {}),
            republish: None,
            expiry: None,
            posting_bytes: 20,
        }
    }
}

impl Default for ListsAtOrigin {
    fn default() -> Self {
        Self { postings_max: 300 }
    }
}

impl Default for BloomJoin {
    fn default() -> Self {
        Self { bits_per_item: 8 }
    }
}

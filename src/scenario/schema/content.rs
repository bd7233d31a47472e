//! `[content]`: the catalogue, and who holds what at the beginning.

use super::Nothing;
use super::keywords::ContentKeywords;
use super::laws::SizeLaw;
use crate::scenario::units::{NonNegative, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[content]`: what there is to be found. Items are numbered from 0, the most popular first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Number of items, 1 to 1000000000. Required.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub items: u32,
    /// Law of the items' sizes. Required for downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeLaw>,
    /// How often items are asked for. Default: Zipf with exponent 1 (Gummadi et al. 2003, before fetch-at-most-once).
    #[serde(default)]
    pub popularity: Popularity,
    /// Who holds what at the beginning. Default: nobody holds anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Replicas>,
    /// Length of a file name in a hit, in bytes. Default: 40 (our assumption).
    #[serde(default = "name_bytes")]
    #[schemars(range(min = 1, max = 1000))]
    pub name_bytes: u32,
    /// Length of a query's search text, in bytes. Default: 20 (our assumption).
    #[serde(default = "query_text_bytes")]
    #[schemars(range(min = 1, max = 4000))]
    pub query_text_bytes: u32,
    /// Words that names are made of, where an overlay finds items by words. Default: names are not looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keywords: Option<ContentKeywords>,
}

/// How often items are asked for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Popularity {
    /// Item of rank r in proportion to r^-exponent.
    Zipf(Zipf),
    /// All alike.
    Uniform(Nothing),
}

/// `popularity.zipf`: rank r (from 1) in proportion to max(r, flat_head)^-exponent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Zipf {
    /// Exponent, at most 10; measured 0.63 to 1.24 (Sripanidkulchai 2001). Default: 1.
    #[schemars(extend("maximum" = 10.0))]
    pub exponent: NonNegative,
    /// The first so many ranks are equally popular; 1 for plain Zipf. Default: 1. (Sripanidkulchai 2001: about 100.)
    #[schemars(range(min = 1))]
    pub flat_head: u32,
}

/// Who holds what at the beginning: how copies are shared out among items.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replicas {
    /// Equally many of every item.
    Uniform(Copies),
    /// In proportion to popularity.
    Proportional(Copies),
    /// In proportion to the square root of popularity (Cohen and Shenker 2002).
    SquareRoot(Copies),
    /// As a file says.
    File(ReplicasFile),
}

/// How many copies there are, and who gets them. Exactly one of the two numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Copies {
    /// Mean number of copies per item; every item has at least one. This or `per_peer` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_item: Option<Positive>,
    /// Mean number of copies per peer, free riders included in the count. This or `per_item` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_peer: Option<Positive>,
    /// Which of the peers that share get them. Default: "even".
    #[serde(default)]
    pub holders: Holders,
}

/// Which peers get copies. Free riders never do.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holders {
    /// All that share alike.
    #[default]
    Even,
    /// In proportion to their group's `holdings`.
    Skewed,
}

/// `replicas.file`: who holds what, from a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplicasFile {
    /// CSV file `peer,item`, peers being the topology file's labels, relative to the scenario file. Required.
    #[schemars(length(min = 1))]
    pub path: String,
}

impl Default for Popularity {
    fn default() -> Self {
        Self::Zipf(Zipf::default())
    }
}

impl Default for Zipf {
    fn default() -> Self {
        Self {
            exponent: NonNegative::constant(1.0),
            flat_head: 1,
        }
    }
}

fn name_bytes() -> u32 {
    40
}

fn query_text_bytes() -> u32 {
    20
}

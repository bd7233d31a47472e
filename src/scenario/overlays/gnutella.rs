//! `[overlay.gnutella]`: queries spread from neighbour to neighbour.

mod build;
mod check;
mod memory;
mod traffic;

pub(in crate::scenario) use traffic::Traffic;

use super::unstructured;
use super::{Model, OverlayTable};
use crate::scenario::build::Desk;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::{Basis, Demand};
use crate::scenario::estimate::parts::List;
use crate::scenario::schema::{ServiceKind, yes};
use crate::scenario::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.gnutella]`: the Gnutella protocol (Clip2, "The Gnutella Protocol Specification v0.4", 2001).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gnutella {
    /// Version of the protocol. Default: "0.4".
    pub version: GnutellaVersion,
    /// Whether servents look after their links. Default: "full".
    pub maintenance: Maintenance,
    /// How queries spread. Default: flood with TTL 7.
    pub search: Search,
    /// Largest TTL of a flood; 255 is the byte's limit. Default: 7 for live networks (Gnutella 0.6 draft, section 2.2:
    /// TTL plus hops should not exceed 7), 255 under `maintenance = "none"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 255))]
    pub max_ttl: Option<u32>,
    /// How many links a servent keeps.
    pub degree: Degree,
    /// How servents look for others and for life on their links.
    pub ping: Ping,
    /// A neighbour that was silent for so long, at least 1 s, is taken for gone; after half of it, it is asked for a sign
    /// of life. Default: "1 min".
    #[schemars(extend("x-positive" = true))]
    pub idle_timeout: Duration,
    /// After so long without an answer an attempt to connect has failed. Default: "5 s".
    #[schemars(extend("x-positive" = true))]
    pub connect_timeout: Duration,
    /// How long a servent remembers the GUIDs of descriptors and the way back. Default: "10 min".
    #[schemars(extend("x-positive" = true))]
    pub guid_expiry: Duration,
    /// Addresses of others that a servent remembers. Default: 100.
    #[schemars(range(min = 1, max = 65_535))]
    pub known_addresses: u32,
    /// The host cache that servents ask for addresses when they know none.
    pub host_cache: HostCache,
}

/// Version of the Gnutella protocol.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
pub enum GnutellaVersion {
    /// All servents are equal.
    #[default]
    #[serde(rename = "0.4")]
    V04,
}

/// Whether servents look after their links.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// They ping, notice dead links and replace them.
    #[default]
    Full,
    /// No pings, no handshakes: the graph stays as given.
    None,
}

/// How queries spread.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// To all neighbours, theirs, and so on.
    Flood(Flood),
    /// Along random walks (Lv, Cao, Cohen, Li, Shenker 2002).
    Walk(Walk),
}

/// `search.flood`: every servent passes a query on to all neighbours but the one it came from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Flood {
    /// TTL as sent by the origin, 1 to 255; the workload's file may set another per query. Default: 7.
    #[schemars(range(min = 1, max = 255))]
    pub ttl: u32,
}

/// `search.walk`: independent random walkers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Walk {
    /// Walkers per query. Default: 32 (Lv et al. 2002).
    #[schemars(range(min = 1, max = 65_535))]
    pub walkers: u32,
    /// Steps that each walker makes at most. Default: 1024.
    #[schemars(range(min = 1))]
    pub ttl: u32,
    /// Every so many steps a walker asks the origin whether to go on; 0: it stops at the first hit of its own.
    /// Default: 4 (Lv et al. 2002).
    pub check_every: u32,
    /// Whether a walker does not go straight back where it came from, unless there is no other way. Default: true.
    #[serde(default = "yes")]
    pub avoid_return: bool,
    /// How long a walker waits for the origin's word before it dies. Default: "10 s".
    #[schemars(extend("x-positive" = true))]
    pub check_timeout: Duration,
}

/// `degree`: how many links a servent keeps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Degree {
    /// With fewer links it looks for more. Default: 3. (Ripeanu et al. 2002: mean degree 3.4.)
    #[schemars(range(min = 1, max = 65_535))]
    pub min: u32,
    /// With as many links it refuses more. Default: 8.
    #[schemars(range(min = 1, max = 65_535))]
    pub max: u32,
}

/// `ping`: how servents look for others and for life on their links.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ping {
    /// TTL of pings, 1 to 255. Default: 2.
    #[schemars(range(min = 1, max = 255))]
    pub ttl: u32,
    /// How often each servent pings; new neighbours are pinged at once. Default: "5 min".
    #[schemars(extend("x-positive" = true))]
    pub every: Duration,
}

/// `host_cache`: a node of its own with an address, which knows who asked it lately.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostCache {
    /// Addresses it remembers, the latest ones. Default: 1000.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub addresses_kept: u32,
    /// Addresses it gives at a time. Default: 20.
    #[schemars(range(min = 1, max = 65_535))]
    pub addresses_given: u32,
    /// After how long an unsuccessful servent asks again: the first time; then it doubles. Default: "5 s".
    #[schemars(extend("x-positive" = true))]
    pub retry: Duration,
    /// Longest time between two questions. Default: "5 min".
    #[schemars(extend("x-positive" = true))]
    pub retry_max: Duration,
}

impl OverlayTable for Gnutella {
    fn resolve(&mut self) {
        self.max_ttl = Some(self.max_ttl());
    }

    fn check(&self, key: &'static str, checker: &mut Checker<'_>) {
        check::check(self, key, checker);
    }

    fn services(&self) -> Vec<ServiceKind> {
        match self.maintenance {
            Maintenance::Full => vec![ServiceKind::HostCache],
            Maintenance::None => Vec::new(),
        }
    }

    fn makes_links(&self) -> bool {
        false
    }

    fn has_fixed_links(&self) -> bool {
        self.maintenance == Maintenance::None
    }

    fn talk_of_strangers(&self) -> Option<&'static str> {
        (self.maintenance == Maintenance::Full).then_some("`maintenance = \"full\"`")
    }

    /// A flood's TTL is a byte of the descriptor, and servents let none pass that is above `max_ttl`; a walker's steps have 32 bits of
    /// their own.
    fn ttl_max(&self) -> Option<u32> {
        Some(match self.search {
            Search::Flood(_) => self.max_ttl(),
            Search::Walk(_) => u32::MAX,
        })
    }

    fn links_key(&self) -> &'static str {
        "overlay.gnutella.degree"
    }

    fn build(&self, key: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        let (setup, frame) = unstructured::build(desk, self, key)?;
        Some(Model::Gnutella(setup, frame))
    }

    fn count_nodes(&self, _: &'static str, demand: &mut Demand, _: &Basis<'_>) {
        memory::count_links(self, demand);
    }

    fn count_traffic(&self, demand: &mut Demand, basis: &Basis<'_>) {
        demand.traffic = traffic::traffic(demand, self, basis);
        memory::count_upkeep(self, demand, basis);
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        unstructured::list(self, key, list);
    }
}

impl Gnutella {
    /// Largest TTL of a flood.
    fn max_ttl(&self) -> u32 {
        let by_default = match self.maintenance {
            Maintenance::Full => 7,
            Maintenance::None => 255,
        };
        self.max_ttl.unwrap_or(by_default)
    }
}

impl Default for Gnutella {
    fn default() -> Self {
        Self {
            version: GnutellaVersion::default(),
            maintenance: Maintenance::default(),
            search: Search::Flood(Flood::default()),
            max_ttl: None,
            degree: Degree::default(),
            ping: Ping::default(),
            idle_timeout: Duration::new(60_000_000_000),
            connect_timeout: Duration::new(5_000_000_000),
            guid_expiry: Duration::new(600_000_000_000),
            known_addresses: 100,
            host_cache: HostCache::default(),
        }
    }
}

impl Default for Flood {
    fn default() -> Self {
        Self { ttl: 7 }
    }
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            walkers: 32,
            ttl: 1024,
            check_every: 4,
            avoid_return: true,
            check_timeout: Duration::new(10_000_000_000),
        }
    }
}

impl Default for Degree {
    fn default() -> Self {
        Self { min: 3, max: 8 }
    }
}

impl Default for Ping {
    fn default() -> Self {
        Self {
            ttl: 2,
            every: Duration::new(300_000_000_000),
        }
    }
}

impl Default for HostCache {
    fn default() -> Self {
        Self {
            addresses_kept: 1000,
            addresses_given: 20,
            retry: Duration::new(5_000_000_000),
            retry_max: Duration::new(300_000_000_000),
        }
    }
}

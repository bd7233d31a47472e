//! Parameters of a Gnutella network: common to all servents and read-only during a run.
//!
//! Every constant of the protocol that is not a wire format is a field here, with its default and where that is from.

use crate::engine::PeerId;
use crate::engine::time::SECOND_NS;

/// Version of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Version {
    /// 0.4: all servents are equal, queries are flooded.
    #[default]
    V04,
}

/// Whether servents look after their links.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Maintenance {
    /// They ping, find each other, connect, notice losses and replace them.
    #[default]
    Full,
    /// The graph stays as given: no pings, no handshakes, no timers; only queries and what answers them.
    None,
}

/// How a query looks for its item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Search {
    /// To everybody within so many hops.
    Flood {
        /// TTL as sent by the origin, 0 to 255 (the header's byte is the limit; more counts as 255).
        ttl: u32,
    },
    /// By random walkers.
    Walk(Walk),
}

/// A search by random walkers (Lv, Cao, Cohen, Li, Shenker, ICS 2002).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Walk {
    /// Number of walkers, at least 1. Default 16 (Lv et al. found 16 to 64 good).
    pub walkers: u32,
    /// Steps after which a walker dies. Default 1024 (Lv et al.).
    pub ttl: u32,
    /// Steps after which a walker asks the requester whether to go on; 0: never, it stops at the first hit. Default 4
    /// (Lv et al.).
    pub check_every: u32,
    /// Whether a walker does not go straight back to where it came from, unless there is no other way. Default yes.
    pub avoid_return: bool,
    /// How long a walker waits for the requester's word before it dies, nanoseconds. Default 10 s.
    pub check_timeout_ns: u64,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            walkers: 16,
            ttl: 1024,
            check_every: 4,
            avoid_return: true,
            check_timeout_ns: 10 * SECOND_NS,
        }
    }
}

/// Pings by which servents find each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ping {
    /// TTL of a ping, 1 to 255. Default 2: servents of 2001 no longer flooded pings over 7 hops, which had been half
    /// of all traffic in 2000 (Ripeanu, Foster, Iamnitchi 2002).
    pub ttl: u8,
    /// Time between a servent's pings, nanoseconds; 0: it pings new neighbours only. Default 5 min.
    pub every_ns: u64,
}

/// The nodes that tell newcomers addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostCacheSettings {
    /// Which nodes are host caches; none: servents only know what pongs tell them.
    pub nodes: Vec<PeerId>,
    /// Most recent addresses that a cache keeps. Default 200.
    pub addresses_kept: u32,
    /// Addresses in an answer, at most. Default 10 (the pongs of one answer in the 0.6 draft).
    pub addresses_given: u32,
    /// After how long an unsuccessful servent asks again, nanoseconds: the first time; then it doubles. Default 5 s.
    pub retry_ns: u64,
    /// Largest time between two questions, nanoseconds. Default 5 min.
    pub retry_ns_max: u64,
}

impl Default for HostCacheSettings {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            addresses_kept: 200,
            addresses_given: 10,
            retry_ns: 5 * SECOND_NS,
            retry_ns_max: 300 * SECOND_NS,
        }
    }
}

/// Parameters of a Gnutella network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Version of the protocol.
    pub version: Version,
    /// Whether servents look after their links.
    pub maintenance: Maintenance,
    /// How queries look for their item.
    pub search: Search,
    /// Largest sum of TTL and hops that a servent lets pass, 1 to 255: others' broadcasts above it are lowered.
    /// Default 7 (0.6 draft, §2.2).
    pub max_ttl: u8,
    /// A servent with fewer links looks for more. Default 4.
    pub degree_min: u32,
    /// A servent with so many links accepts no more; links of the initial graph stay even above it. Default 12.
    pub degree_max: u32,
    /// Pings by which servents find each other.
    pub ping: Ping,
    /// A neighbour that was silent so long is taken for gone, nanoseconds; after half of it, it is asked for a sign of
    /// life. Resolved to 17 ms. Default 60 s.
    pub idle_timeout_ns: u64,
    /// How long a servent waits for the answer to a connection attempt, nanoseconds. Default 5 s.
    pub connect_timeout_ns: u64,
    /// How long the GUID of a descriptor is remembered, nanoseconds: at least so long, at most twice. Default 10 min
    /// (two tables that take turns, as LimeWire's). Walks that last longer are forgotten on their way back.
    pub guid_expiry_ns: u64,
    /// Addresses that a servent keeps. Default 100.
    pub known_addresses_max: u32,
    /// The nodes that tell newcomers addresses.
    pub host_cache: HostCacheSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: Version::V04,
            maintenance: Maintenance::Full,
            search: Search::Flood { ttl: 7 },
            max_ttl: 7,
            degree_min: 4,
            degree_max: 12,
            ping: Ping {
                ttl: 2,
                every_ns: 300 * SECOND_NS,
            },
            idle_timeout_ns: 60 * SECOND_NS,
            connect_timeout_ns: 5 * SECOND_NS,
            guid_expiry_ns: 600 * SECOND_NS,
            known_addresses_max: 100,
            host_cache: HostCacheSettings::default(),
        }
    }
}

/// What is wrong with [`Settings`]: the field, and what it must be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{field}` must be {wanted}")]
pub struct SettingsError {
    /// The field, with dots for those inside others.
    pub field: &'static str,
    /// What it must be.
    pub wanted: &'static str,
}

impl Settings {
    /// Finds everything wrong.
    pub fn problems(&self) -> Vec<SettingsError> {
        let walk = match self.search {
            Search::Walk(walk) => walk,
            Search::Flood { .. } => Walk::default(),
        };
        let cache = &self.host_cache;
        [
            (self.max_ttl >= 1, "max_ttl", "1 to 255"),
            (self.ping.ttl >= 1, "ping.ttl", "1 to 255"),
            (self.degree_max >= 1, "degree_max", "at least 1"),
            (self.degree_max < 1 << 31, "degree_max", "less than 2^31"),
            (
                self.degree_min <= self.degree_max,
                "degree_min",
                "at most `degree_max`",
            ),
            (self.idle_timeout_ns >= SECOND_NS, "idle_timeout", "at least 1 s"),
            (
                self.idle_timeout_ns < 1 << 54,
                "idle_timeout",
                "less than half a year",
            ),
            (self.connect_timeout_ns >= 1, "connect_timeout", "more than 0"),
            (self.guid_expiry_ns >= 1, "guid_expiry", "more than 0"),
            (self.known_addresses_max >= 1, "known_addresses_max", "at least 1"),
            (walk.walkers >= 1, "search.walk.walkers", "at least 1"),
            (walk.walkers <= 65_536, "search.walk.walkers", "at most 65536"),
            (
                walk.check_timeout_ns >= 1,
                "search.walk.check_timeout",
                "more than 0",
            ),
            (
                cache.addresses_kept >= 1,
                "host_cache.addresses_kept",
                "at least 1",
            ),
            (
                cache.addresses_given >= 1,
                "host_cache.addresses_given",
                "at least 1",
            ),
            (
                cache.addresses_given <= 2_000,
                "host_cache.addresses_given",
                "at most 2000",
            ),
            (cache.retry_ns >= 1, "host_cache.retry", "more than 0"),
            (
                cache.retry_ns <= cache.retry_ns_max,
                "host_cache.retry",
                "at most `host_cache.retry_max`",
            ),
        ]
        .into_iter()
        .filter(|(fine, ..)| !fine)
        .map(|(_, field, wanted)| SettingsError { field, wanted })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_fine_and_nonsense_is_named() {
        assert!(Settings::default().problems().is_empty());
        let wrong = Settings {
            degree_min: 9,
            degree_max: 3,
            max_ttl: 0,
            search: Search::Walk(Walk {
                walkers: 0,
                ..Walk::default()
            }),
            ..Settings::default()
        };
        let fields: Vec<_> = wrong.problems().iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["max_ttl", "degree_min", "search.walk.walkers"]);
    }
}

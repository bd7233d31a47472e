//! What tests of Kademlia have in common, here and where there are programs to run it in; tables by themselves.

mod static_tables;
mod tables;

use super::{Kademlia, Settings, Wire, warm};
use crate::engine::random::Stream;
use crate::engine::time::SECOND_NS;
use crate::engine::{Draw, Purpose, Seed};
use crate::overlay::dht::settings::{LookupSettings, StorageSettings, Timeout, Way};
use crate::overlay::dht::{Directory, Identifier, NodeId, settings as shared};

/// The paper's k would hide mistakes in networks as small as these.
pub(crate) const SETTINGS: Settings = Settings {
    bucket_contacts: 8,
    replacement_contacts: 8,
    bits_per_level: 1,
    refresh_ns: 3_600 * SECOND_NS,
    pings_before_eviction: true,
    failures_max: 2,
    wire: Wire::Plain {
        header_bytes: 20,
        entry_bytes: 4,
    },
    caching: None,
    is_captured: false,
};

pub(crate) fn seed(number: u64) -> Seed {
    Seed {
        seed: number,
        replication: 0,
    }
}

pub(crate) fn random_identifier(random: &mut Stream, width: u32) -> Identifier {
    let mut bytes = [0; 20];
    for byte in &mut bytes {
        *byte = u8::try_from(random.below(256)).unwrap();
    }
    Identifier::of_bytes(bytes).truncated(width)
}

pub(crate) fn random_directory(nodes: usize, seed: Seed) -> Directory {
    let mut random = seed.stream(Purpose::Population, 0);
    let identifiers = (0..nodes).map(|_| random_identifier(&mut random, 160)).collect();
    Directory::new(160, 1, identifiers).unwrap()
}

pub(crate) fn overlay(directory: Directory, router: Settings, alpha: u16) -> shared::Settings<Settings> {
    shared::Settings {
        directory,
        bootstrap: vec![NodeId(0)],
        lookup: LookupSettings {
            way: Way::Iterative,
            alpha,
            paths: 1,
            timeout: Timeout::Fixed {
                after_ns: SECOND_NS / 2,
            },
            resends: 0,
            restarts: 0,
            give_up_ns: 60 * SECOND_NS,
        },
        storage: StorageSettings {
            replicas: router.bucket_contacts,
            republish_ns: 86_400 * SECOND_NS,
            replicate_ns: 3_600 * SECOND_NS,
            expiry_ns: 86_400 * SECOND_NS,
            publishes_at_once: 4,
            holders_max: 50,
            stops_at_value: true,
            asks_for_token: false,
            value_bytes: 1_000,
            keywords: None,
        },
        router,
    }
}

pub(crate) fn all_nodes(directory: &Directory) -> Vec<NodeId> {
    (0..u32::try_from(directory.nodes()).unwrap())
        .map(NodeId)
        .collect()
}

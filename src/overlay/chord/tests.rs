//! What tests of rings have in common.

use super::settings::{FingerOrder, Interval, Maintenance, Settings};
use crate::engine::time::SECOND_NS;
use crate::overlay::dht::settings::{LookupSettings, Settings as Shared, StorageSettings, Timeout, Way};
use crate::overlay::dht::{Directory, NodeId};

const EVERY: Interval = Interval {
    min_ns: 5 * SECOND_NS,
    max_ns: 15 * SECOND_NS,
};

pub(crate) const SETTINGS: Settings = Settings {
    successors: 3,
    maintenance: Maintenance::Corrected,
    stabilize: EVERY,
    fix_fingers: EVERY,
    finger_order: FingerOrder::InTurn,
    drops_silent: true,
    check_predecessor: EVERY,
    join_retry_ns: 10 * SECOND_NS,
    finger_choices: 1,
    header_bytes: 20,
    entry_bytes: 4,
};

/// A ring of nodes of the directory that join through `bootstrap`.
pub(crate) fn overlay(directory: Directory, bootstrap: NodeId) -> Shared<Settings> {
    Shared {
        directory,
        bootstrap: vec![bootstrap],
        lookup: LookupSettings {
            way: Way::Iterative,
            alpha: 1,
            paths: 1,
            timeout: Timeout::Fixed {
                after_ns: SECOND_NS / 2,
            },
            resends: 0,
            restarts: 0,
            give_up_ns: 60 * SECOND_NS,
        },
        storage: StorageSettings {
            replicas: SETTINGS.successors,
            republish_ns: 3_600 * SECOND_NS,
            replicate_ns: 3_600 * SECOND_NS,
            expiry_ns: 3_600 * SECOND_NS,
            publishes_at_once: 1,
            holders_max: 1,
            stops_at_value: true,
            asks_for_token: false,
            value_bytes: 1_000,
            keywords: None,
        },
        router: SETTINGS,
    }
}

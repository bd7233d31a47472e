//! Small scenarios that together switch on everything: each leaves the same bytes on every engine.

use servent::records::Value;

use super::engines::{Left, check};

/// What must have happened, so that a scenario compares what it is there for: metrics that are not zero.
const SHOWN: &[(&str, &[&str])] = &[
    ("attack", &["messages_dropped_offline", "queries_hit"]),
    (
        "central_files",
        &[
            "downloads_completed",
            "messages_sent_call_back",
            "messages_sent_calling",
            "messages_sent_give",
            "messages_sent_close",
            "messages_sent_keep_alive",
            "queries_existed_not_found",
        ],
    ),
    (
        "central_servers",
        &[
            "downloads_completed",
            "messages_dropped_lost",
            "messages_dropped_partitioned",
            "messages_dropped_stale",
            "messages_sent_close",
        ],
    ),
    (
        "client_server",
        &[
            "downloads_completed",
            "downloads_failed",
            "messages_sent_queued",
            "messages_sent_busy",
            "queries_already_held",
        ],
    ),
    (
        "chord_files",
        &[
            "downloads_completed",
            "messages_sent_store",
            "messages_sent_call_back",
            "messages_sent_arrived",
        ],
    ),
    (
        "chord_lookups",
        &[
            "lookups",
            "messages_dropped_lost",
            "messages_dropped_offline",
            "messages_sent_taken",
        ],
    ),
    (
        "churn_downloads",
        &[
            "downloads_completed",
            "downloads_aborted",
            "downloads_multi_source",
            "messages_dropped_stale",
        ],
    ),
    (
        "close_maintenance",
        &[
            "downloads_completed",
            "messages_sent_host_cache",
            "messages_dropped_stale",
        ],
    ),
    (
        "coincidences",
        &[
            "downloads_completed",
            "messages_dropped_partitioned",
            "messages_dropped_offline",
        ],
    ),
    ("corrupting", &["download_corrupt_chunks", "downloads_completed"]),
    (
        "everything",
        &[
            "messages_dropped_lost",
            "messages_dropped_partitioned",
            "messages_sent_push",
            "messages_sent_give",
            "query_check_messages",
            "download_corrupt_chunks",
            "downloads_failed",
            "queries_origin_offline",
        ],
    ),
    (
        "firewalled",
        &["messages_sent_push", "messages_sent_give", "downloads_completed"],
    ),
    (
        "flash_crowd",
        &["messages_sent_host_cache", "downloads_completed"],
    ),
    ("flood_snapshot", &["queries_hit"]),
    ("free_riders", &["downloads_completed", "messages_sent_queued"]),
    (
        "hybrid_both",
        &[
            "queries_hit_by_unstructured",
            "queries_hit_by_structured_only",
            "messages_dropped_lost",
            "messages_sent_dht_store",
        ],
    ),
    (
        "hybrid_files",
        &[
            "downloads_completed",
            "queries_hit_by_structured_only",
            "messages_sent_push",
            "messages_sent_dht_call_back",
            "messages_sent_dht_store",
            "messages_sent_host_cache",
        ],
    ),
    (
        "hybrid_members",
        &[
            "queries_hit_by_structured_only",
            "messages_sent_gateway_member",
            "messages_sent_gateway_ask",
            "messages_sent_gateway_told",
            "messages_sent_gateway_publish",
            "messages_dropped_offline",
        ],
    ),
    (
        "kademlia_files",
        &[
            "downloads_completed",
            "messages_sent_store",
            "messages_sent_values",
        ],
    ),
    (
        "kademlia_lookups",
        &["lookups", "messages_dropped_lost", "messages_sent_ping"],
    ),
    (
        "margins",
        &[
            "messages_dropped_partitioned",
            "downloads_unfinished",
            "queries_origin_offline",
        ],
    ),
    (
        "mass_departure",
        &["downloads_aborted", "messages_dropped_offline"],
    ),
    ("noise", &["messages_dropped_lost", "downloads_completed"]),
    ("open_population", &["downloads_completed"]),
    (
        "overnet_files",
        &[
            "downloads_completed",
            "queries_hit_by_unstructured",
            "queries_hit_by_structured_only",
            "messages_sent_calling",
            "messages_sent_gateway_ask",
            "messages_sent_gateway_publish",
        ],
    ),
    (
        "partition",
        &[
            "messages_dropped_partitioned",
            "queries_existed_not_found",
            "download_refetched_bytes",
        ],
    ),
    (
        "queues",
        &[
            "messages_sent_busy",
            "messages_sent_queued",
            "messages_sent_not_found",
            "downloads_failed",
            "download_refetched_bytes",
        ],
    ),
    (
        "super_peer_files",
        &[
            "downloads_completed",
            "messages_sent_call_back",
            "messages_sent_calling",
            "messages_sent_give",
            "messages_sent_group",
            "messages_sent_promotion",
            "messages_sent_refused",
            "messages_sent_super_peer_cache",
        ],
    ),
    (
        "super_peer_routing",
        &[
            "downloads_completed",
            "messages_dropped_lost",
            "messages_dropped_partitioned",
            "messages_dropped_stale",
            "messages_sent_promotion",
            "messages_sent_connect",
        ],
    ),
    (
        "swarms_by_exchange",
        &[
            "downloads_completed",
            "messages_sent_sources_request",
            "messages_sent_sources",
            "messages_dropped_stale",
            "sources_named",
        ],
    ),
    (
        "swarms_by_tracker",
        &[
            "downloads_completed",
            "messages_sent_announce",
            "messages_sent_stopped",
            "messages_sent_sources",
            "messages_dropped_lost",
            "messages_dropped_offline",
            "sources_named",
        ],
    ),
    ("transfers", &["transfers_finished"]),
    (
        "transfers_partition",
        &["transfers_finished", "flow_bytes_abandoned"],
    ),
    ("values", &["reads_fresh", "reads_stale", "writes_kept"]),
    ("walks_checked", &["query_check_messages", "queries_hit"]),
    (
        "wide_churn",
        &["queries_hit", "messages_dropped_lost", "messages_dropped_offline"],
    ),
];

/// One test a scenario: its file stands in `scenarios/`.
macro_rules! cases {
    ($($name:ident)*) => {
        /// All scenarios: name and text.
        pub(super) const ALL: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("scenarios/", stringify!($name), ".toml")))),*
        ];
        $(
            #[test]
            fn $name() {
                let left = check(stringify!($name), text(stringify!($name)));
                check_shown(stringify!($name), &left);
            }
        )*
    };
}

cases! {
    attack
    central_files
    central_servers
    chord_files
    chord_lookups
    churn_downloads
    client_server
    close_flood
    close_maintenance
    coincidences
    corrupting
    edges_flood
    everything
    firewalled
    flash_crowd
    flood_snapshot
    free_riders
    hybrid_both
    hybrid_files
    hybrid_members
    kademlia_files
    kademlia_lookups
    laws
    margins
    mass_departure
    matrix_trace
    noise
    open_population
    overnet_files
    partition
    plane_truth_sample
    queues
    super_peer_files
    super_peer_routing
    swarms_by_exchange
    swarms_by_tracker
    transfers
    transfers_partition
    values
    walks_checked
    walks_first_hit
    wide_churn
    wide_flood
}

/// The text of a scenario.
pub(super) fn text(name: &str) -> &'static str {
    let (_, text) = ALL.iter().find(|(other, _)| *other == name).unwrap();
    text
}

fn check_shown(name: &str, left: &Left) {
    assert!(left.events > 0, "nothing happened");
    let shown = SHOWN.iter().filter(|(other, _)| *other == name);
    for metric in shown.flat_map(|(_, metrics)| *metrics) {
        let value = &left
            .summary
            .metric(metric)
            .unwrap_or_else(|| panic!("there is no metric {metric}"))
            .value;
        assert!(
            matches!(value, Value::Integer(value) if *value > 0),
            "{name}: {metric} is {value:?}"
        );
    }
}

//! Small scenarios that together switch on everything: each leaves the same bytes on every engine.

use super::engines::check;

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
                assert!(left.events > 0, "nothing happened");
            }
        )*
    };
}

cases! {
    attack
    churn_downloads
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
    laws
    margins
    mass_departure
    matrix_trace
    noise
    open_population
    partition
    plane_truth_sample
    queues
    transfers
    transfers_partition
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

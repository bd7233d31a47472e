//! Values in structured overlays outlive the nodes that keep them.

use servent::records::{QueryOutcome, QueryRow};

use crate::support::scenario;

/// Fifty steady peers publish, once, what they share; four hundred others keep it, and come and go every ten minutes, crashing.
/// Only the steady ones are asked for, and ask, after the keepers of the beginning are all gone.
const RESTLESS_KEEPERS: &str = r#"
title    = "values under churn"
duration = "100 min"
[peers]
[[peers.group]]
name  = "steady"
count = 50
[[peers.group]]
name  = "restless"
count = 400
free_riders = 1.0
activity = 0.0
[peers.group.churn]
session.exponential = { mean = "10 min" }
absence.exponential = { mean = "10 min" }
crash = 1.0
[underlay.latency.constant]
one_way = "50 ms"
[overlay.chord]
storage = { republish = "1 d", replicas = 8 }
[content]
items = 100
replicas.uniform = { per_item = 2 }
[workload.poisson]
rate_per_peer = "0.2 /min"
from  = "60 min"
until = "95 min"
"#;

/// Queries whose item somebody had, and how many of them found nothing.
fn lost(overlay: &str, replicate: &str) -> (usize, usize) {
    // Copies on the way would be found where all that nodes were told to keep is gone.
    let settings = match overlay {
        "kademlia" => "caches_on_path = false\n",
        _ => "",
    };
    let toml = RESTLESS_KEEPERS.replace("[overlay.chord]\n", &format!("[overlay.{overlay}]\n{settings}"));
    let lab = scenario(&toml).set(format!("overlay.{overlay}.storage.replicate=\"{replicate}\""));
    let rows: Vec<QueryRow> = lab.run().queries();
    let answerable = rows.iter().filter(|row| row.live_replicas > Some(0));
    let lost = answerable.clone().filter(|row| row.outcome != QueryOutcome::Hit);
    (answerable.count(), lost.count())
}

#[test]
fn values_that_are_stored_again_outlive_those_who_keep_them() {
    for overlay in ["chord", "kademlia"] {
        let (asked, lost_kept) = lost(overlay, "1 min");
        let (asked_alone, lost_alone) = lost(overlay, "1 d");
        println!(
            "{overlay}: of {asked} queries {lost_kept} found nothing, {lost_alone} where nothing is stored again"
        );
        assert!(asked > 200 && asked == asked_alone, "{asked}");
        assert_eq!(lost_kept, 0, "of {asked}");
        assert!(lost_alone > 10, "{lost_alone} of {asked}");
    }
}

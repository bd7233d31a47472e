//! What must not change when something else does.

use servent::records::QueryRow;

use super::cases::text;
use super::engines::{Left, by_engine, differences, lab};
use crate::support::scenario;

/// A scenario with one part of its text replaced, which must be there.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not there");
    text.replace(from, to)
}

fn play(text: &str) -> Left {
    by_engine(&lab(text), 2)
}

/// Which channels of two results differ.
fn changed(one: &Left, other: &Left) -> Vec<String> {
    one.summary
        .digests()
        .iter()
        .filter(|(channel, digest)| other.digest(channel) != digest.as_str())
        .map(|(channel, _)| channel.clone())
        .collect()
}

/// Nothing but latency takes time in a flood without access links.
#[test]
fn twice_the_latency_is_twice_the_time() {
    let plain = text("edges_flood");
    let doubled = replaced(plain, "links.txt", "doubled.txt");
    let constant = replaced(
        plain,
        "[underlay.latency.edges]\nunit = \"ms\"",
        "[underlay.latency.constant]\none_way = \"37 ms\"",
    );
    let constant_doubled = replaced(&constant, "37 ms", "74 ms");
    for (once, twice) in [(plain, doubled.as_str()), (&constant, &constant_doubled)] {
        let queries = |toml: &str| -> Vec<QueryRow> {
            let mut lab = scenario(toml);
            for (name, text) in super::inputs::all() {
                lab = lab.file(name, text);
            }
            lab.run().queries()
        };
        let (once, twice) = (queries(once), queries(twice));
        assert_eq!(once.len(), twice.len());
        assert!(once.iter().filter(|row| row.first_hit_ns.is_some()).count() > 20);
        for (once, twice) in once.into_iter().zip(twice) {
            let expected = QueryRow {
                first_hit_ns: once.first_hit_ns.map(|time_ns| 2 * time_ns),
                first_arrival_sum_ns: 2 * once.first_arrival_sum_ns,
                ..once
            };
            assert_eq!(twice, expected);
        }
    }
}

/// Common random numbers: protocols are compared on the same world.
#[test]
fn another_search_meets_the_same_world() {
    for (name, search) in [
        (
            "walks_checked",
            "search.walk = { walkers = 6, ttl = 60, check_every = 4, check_timeout = \"2 s\" }",
        ),
        ("laws", "search.flood = { ttl = 4 }"),
        ("matrix_trace", "search.flood = { ttl = 5 }"),
        ("open_population", "search.flood = { ttl = 6 }"),
        ("mass_departure", "search.flood = { ttl = 5 }"),
    ] {
        let before = play(text(name));
        for other in [
            "search.flood = { ttl = 2 }",
            "search.walk = { walkers = 3, ttl = 30, check_every = 0 }",
        ] {
            let after = play(&replaced(text(name), search, other));
            let changed = changed(&before, &after);
            for channel in ["churn", "workload"] {
                assert!(
                    !changed.iter().any(|other| other == channel),
                    "{name}: {channel} changed"
                );
            }
            assert!(
                changed.iter().any(|other| other == "messages"),
                "{name}: nothing changed"
            );
        }
    }
}

/// Neither do other parts of a scenario draw from each other's streams.
#[test]
fn parts_of_a_world_do_not_disturb_each_other() {
    for (name, from, to, same) in [
        ("walks_checked", "crash = 0.4", "crash = 0.9", &["workload"][..]),
        (
            "walks_checked",
            "per_item = 5",
            "per_item = 9",
            &["churn", "workload"],
        ),
        ("walks_checked", "8000 km", "80 km", &["churn", "workload"]),
        (
            "walks_checked",
            "degree = 4",
            "degree = 6",
            &["churn", "workload"],
        ),
        ("noise", "loss = 0.1", "loss = 0.2", &["churn", "workload"]),
        ("noise", "600 kB", "900 kB", &["churn", "workload"]),
        ("noise", "10 /h", "11 /h", &["churn"]),
    ] {
        let before = play(text(name));
        let after = play(&replaced(text(name), from, to));
        let changed = changed(&before, &after);
        assert!(!changed.is_empty(), "{name}, {to}: nothing changed");
        for &channel in same {
            assert!(
                !changed.iter().any(|other| other == channel),
                "{name}, {to}: {channel} changed"
            );
        }
    }
}

/// What observers look at changes nothing of what they see.
#[test]
fn observers_change_nothing() {
    let plain = text("everything");
    let before = play(plain);
    for observe in [
        "sample_every = \"777 ms\"",
        "truth = \"off\"",
        "truth = \"sample\"\ntruth_share = 0.3",
    ] {
        let after = play(&replaced(plain, "sample_every = \"13 s\"", observe));
        let changed = changed(&before, &after);
        let is_results_only = changed.iter().all(|channel| channel == "results");
        assert!(is_results_only, "{observe}: {changed:?}");
        for table in ["downloads.csv", "peers.csv", "digests.csv"] {
            assert!(
                before.text(table) == after.text(table),
                "{observe}: {table} changed"
            );
        }
    }
}

/// Really making and hashing the bytes has the same outcome as the tags that stand for them.
#[test]
fn bytes_and_tags_have_equal_outcomes() {
    let bytes = play(text("corrupting"));
    let tags = play(&replaced(
        text("corrupting"),
        "verification       = \"bytes\"",
        "",
    ));
    only_the_scenario_differs(&bytes, &tags);
    assert!(bytes.text("downloads.csv").lines().count() > 100);
}

/// Actions that do nothing: their instants cut windows short, and that is no part of the world.
#[test]
fn idle_actions_change_nothing() {
    let idle = "\n[[action]]\nat = \"123456789 ns\"\npartition.shares = [1, 0]\n\
                [[action]]\nat = \"234567891 ns\"\nheal = {}\n\
                [[action]]\nat = \"61234567891 ns\"\ndepart = { share = 0 }\n";
    for name in [
        "everything",
        "partition",
        "noise",
        "coincidences",
        "transfers_partition",
        "close_maintenance",
    ] {
        let before = play(text(name));
        let (head, actions) = text(name).split_at(text(name).find("[[action]]").unwrap_or(text(name).len()));
        // Neither does the order of entry matter.
        for text in [format!("{head}{actions}{idle}"), format!("{head}{idle}{actions}")] {
            only_the_scenario_differs(&before, &play(&text));
        }
    }
}

fn only_the_scenario_differs(one: &Left, other: &Left) {
    let but_scenario = |left: &Left| -> Vec<(String, Vec<u8>)> {
        let files = left.files.iter().filter(|(name, _)| name != "scenario.toml");
        files.cloned().collect()
    };
    let found = differences(&but_scenario(one), &but_scenario(other));
    assert!(found.is_empty(), "{found}");
    assert_ne!(one.text("scenario.toml"), other.text("scenario.toml"));
}

/// Another replication or another seed is another world in every channel.
#[test]
fn replications_and_seeds_differ_in_everything() {
    for name in ["walks_checked", "noise"] {
        let toml = text(name);
        let first = play(toml);
        let replication = by_engine(&lab(toml).replication(1), 2);
        let seed = by_engine(&lab(toml).set("seed=99"), 2);
        let mut worlds = vec![first, replication, seed];
        while let Some(world) = worlds.pop() {
            for other in &worlds {
                for channel in changed_not(&world, other) {
                    let is_idle = name == "walks_checked" && channel == "transfers";
                    assert!(is_idle, "{name}: {channel} is the same in two worlds");
                }
            }
        }
    }
}

fn changed_not(one: &Left, other: &Left) -> Vec<String> {
    let changed = changed(one, other);
    let mut same: Vec<String> = one.summary.digests().keys().cloned().collect();
    same.retain(|channel| !changed.contains(channel));
    same
}

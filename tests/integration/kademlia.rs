//! Kademlia, from scenario files.

use servent::records::{LookupOutcome, LookupRow};

use crate::chord::{CHURNING, count};
use crate::support::{Done, scenario};

/// The network of peers that come and go, as Kademlia.
fn run(set: &[&str]) -> Done {
    let toml = CHURNING.replace("[overlay.chord]\nsuccessors = 4", "[overlay.kademlia]");
    assert_ne!(toml, CHURNING);
    let lab = set
        .iter()
        .fold(scenario(&toml), |lab, assignment| lab.set(*assignment));
    lab.run()
}

#[test]
fn lookups_under_churn_mostly_find_the_closest_node() {
    for set in [
        &[][..],
        &["overlay.kademlia.start=organic"],
        &["overlay.kademlia.preset=kad"],
        &[
            "overlay.kademlia.preset=mainline",
            "overlay.kademlia.lookup.paths=2",
        ],
        &["overlay.kademlia.lookup.way=semi_recursive"],
    ] {
        let done = run(set);
        let (right, all) = (count(&done, LookupOutcome::Correct), done.lookups().len());
        assert!(all > 200 && right * 10 > all * 6, "{set:?}: {right} of {all}");
    }
}

/// Chord and Kademlia are compared on the same lookups.
#[test]
fn lookups_at_random_are_those_of_chord() {
    let issued = |row: LookupRow| (row.issued_ns, row.origin, row.key);
    let issued = |done: Done| done.lookups().into_iter().map(issued).collect::<Vec<_>>();
    assert_eq!(issued(run(&[])), issued(scenario(CHURNING).run()));
}

/// Some 1,024 of 2,048 nodes online at a time, which look keys up one request at a time, as those of the published table do.
const HALF_ONLINE: &str = r#"
title    = "hops under churn"
duration = "20 min"
[peers]
count = 2048
[peers.churn]
session.exponential = { mean = "10 h" }
absence.exponential = { mean = "10 h" }
crash = 0.5
[underlay.latency.constant]
one_way = "50 ms"
[overlay.kademlia]
lookup.alpha = 1
[workload.random_lookups]
rate_per_peer = "18 /h"
"#;

/// Mean number of hops of lookups that found the closest node, and the share of all answered that did.
fn hops_and_share(contacts: u32, session: &str) -> (f64, f64) {
    let lab = scenario(HALF_ONLINE)
        .set(format!("overlay.kademlia.bucket_contacts={contacts}"))
        .set(format!("peers.churn.session.exponential.mean=\"{session}\""))
        .set(format!("peers.churn.absence.exponential.mean=\"{session}\""));
    let rows = lab.run().lookups();
    let answered = rows.iter().filter(|row| row.outcome.is_answered()).count();
    let correct = rows.iter().filter(|row| row.outcome == LookupOutcome::Correct);
    let hops: Vec<u32> = correct.filter_map(|row| row.hops).collect();
    let mean = f64::from(hops.iter().sum::<u32>()) / hops.len() as f64;
    (mean, hops.len() as f64 / answered as f64)
}

/// The table for static networks of 1,024 nodes holds for one in which sessions last ten hours; where they last an hour, the dead among
/// the contacts cost hops.
#[test]
fn hops_under_churn_are_those_of_the_published_table() {
    for (contacts, published) in [(2, 3.70), (8, 2.38), (16, 2.02), (20, 1.96)] {
        let (calm, share) = hops_and_share(contacts, "10 h");
        println!("k = {contacts}: {calm:.3} hops, published {published}; {share:.4} correct");
        assert!((calm - published).abs() <= 0.06, "k = {contacts}: {calm}");
        assert!(share > 0.995, "k = {contacts}: {share}");
    }
    let (restless, share) = hops_and_share(8, "1 h");
    println!("k = 8 with sessions of an hour: {restless:.3} hops; {share:.4} correct");
    assert!(restless > 2.44 && share > 0.99, "{restless}, {share}");
}

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

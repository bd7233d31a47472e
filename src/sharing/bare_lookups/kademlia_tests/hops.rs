//! Lengths of lookups over tables that have converged, against closed forms, tables of reference and a walk by hand.

use super::*;
use crate::overlay::dht::Router;

/// A network whose tables have converged; hops of its lookups, all of which found the closest node, and as many as the walk by
/// hand takes.
fn hops(directory: Directory, bucket_contacts: u16, lookups: u64, seed: Seed) -> Vec<u16> {
    let router = Settings {
        bucket_contacts,
        ..SETTINGS
    };
    let width = directory.width();
    let nodes = all_nodes(&directory);
    let overlay = overlay(directory, router, 1);
    let lookups = random_lookups(lookups, &nodes, width, (SECOND_NS, SECOND_NS / 1_000), seed);
    let last_ns = lookups.last().map_or(0, |lookup| lookup.at_ns);
    let trial = Trial {
        lookups,
        ..still(overlay, seed, last_ns + 60 * SECOND_NS)
    };
    let directory = &trial.overlay.directory;
    let walked: Vec<u16> = trial
        .lookups
        .iter()
        .map(|lookup| walk(&trial.routers, NodeId(lookup.origin.0), lookup.key, directory))
        .collect();
    let outcome = trial.run(seed, 1);
    assert_eq!(right_answers(&outcome, &nodes), walked.len());
    check_tables(&outcome);
    let numbers = 0..u32::try_from(walked.len()).unwrap();
    let taken: Vec<u16> = numbers
        .map(|number| outcome.tally.lookups.read(LookupId(number)).hops)
        .collect();
    assert_eq!(taken, walked);
    taken
}

/// Goes from node to the contact closest to the key until there is none closer, by looking at every contact.
fn walk(routers: &[Kademlia], origin: NodeId, key: Identifier, directory: &Directory) -> u16 {
    let distance = |node: NodeId| directory.identifier(node).xor(key);
    let (mut at, mut hops) = (origin, 0);
    loop {
        let mut best = at;
        routers[at.index()].visit_neighbours(&mut |contact| {
            if distance(contact) < distance(best) {
                best = contact;
            }
        });
        if best == at {
            return hops;
        }
        (at, hops) = (best, hops + 1);
    }
}

fn mean_and_variance(hops: &[u16]) -> (f64, f64) {
    let count = hops.len() as f64;
    let mean = hops.iter().map(|hops| f64::from(*hops)).sum::<f64>() / count;
    let squares = hops
        .iter()
        .map(|hops| (f64::from(*hops) - mean) * (f64::from(*hops) - mean));
    (mean, squares.sum::<f64>() / (count - 1.0))
}

/// Where every identifier is a node's and buckets hold one contact, each hop sets the first wrong bit right and the others
/// anew: as many hops as the key's lower bits come up wrong, Binomial(m, 1/2) by induction on the first bit.
#[test]
fn hops_in_a_full_space_are_binomial() {
    const LOOKUPS: u16 = 4_000;
    let identifiers = (0..1_024)
        .map(|number| Identifier::of_number(number, 10))
        .collect();
    let directory = Directory::new(10, 1, identifiers).unwrap();
    let (mean, variance) = mean_and_variance(&hops(directory, 1, u64::from(LOOKUPS), seed(1)));
    println!("mean {mean:.4}, variance {variance:.4}");
    let error = (2.5 / f64::from(LOOKUPS)).sqrt();
    assert!((mean - 5.0).abs() < 3.0 * error, "mean {mean}");
    assert!((variance - 2.5).abs() < 0.25, "variance {variance}");
}

/// Mean hops to the closest of N nodes with random identifiers, greedily over ideal tables: computed apart from this project.
fn check_means(nodes: usize, expect: [(u16, f64); 5]) {
    for (bucket_contacts, expect) in expect {
        let tolerance = if bucket_contacts == 1 { 0.12 } else { 0.06 };
        let all: Vec<u16> = (0..3)
            .flat_map(|number| {
                let seed = seed(100 + number);
                hops(random_directory(nodes, seed), bucket_contacts, 600, seed)
            })
            .collect();
        let (mean, _) = mean_and_variance(&all);
        println!("{nodes} nodes, k = {bucket_contacts}: {mean:.3}, expected {expect}");
        assert!(
            (mean - expect).abs() <= tolerance,
            "{nodes} nodes, k = {bucket_contacts}: {mean} instead of {expect}"
        );
    }
}

#[test]
fn hops_among_1024_are_those_of_ideal_tables() {
    check_means(1_024, [(1, 4.88), (2, 3.70), (8, 2.38), (16, 2.02), (20, 1.96)]);
}

#[test]
fn hops_among_4096_are_those_of_ideal_tables() {
    check_means(4_096, [(1, 5.76), (2, 4.46), (8, 2.80), (16, 2.40), (20, 2.27)]);
}

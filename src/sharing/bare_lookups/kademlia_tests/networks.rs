//! Networks that grow, lose messages and change.

use super::*;
use crate::engine::sample;

/// 200 nodes come one after the other, a second apart, and find each other through one; then so many of 400 lookups
/// find the closest node. Also, how many pings were sent meanwhile.
fn found_after_growth(router: Settings, way: Way, loss: f64, resends: u32) -> (usize, u64) {
    let seed = seed(3);
    let directory = random_directory(200, seed);
    let nodes = all_nodes(&directory);
    let sessions = nodes.iter().map(|node| vec![from(u64::from(node.0) * SECOND_NS)]);
    let sessions = Listed(sessions.collect());
    let mut overlay = overlay(directory, router, 3);
    overlay.lookup.way = way;
    overlay.lookup.resends = resends;
    let routers = cold(&overlay.directory);
    let first_ns = 260 * SECOND_NS;
    let lookups = random_lookups(400, &nodes, 160, (first_ns, SECOND_NS / 4), seed);
    let last_ns = lookups.last().map_or(0, |lookup| lookup.at_ns);
    let trial = Trial {
        overlay,
        routers,
        sessions,
        lookups,
        loss,
        duration_ns: last_ns + 60 * SECOND_NS,
    };
    let outcome = trial.run(seed, 1);
    check_tables(&outcome);
    let members = outcome.tally.lookups.members();
    // Each has joined, and is known where it has to be.
    assert_eq!(members.len(), 2 * 200);
    assert!(members.iter().all(|line| line.what != Membership::Left));
    let right = right_answers(&outcome, &nodes);
    (right, outcome.accounts.sent[PING].messages)
}

#[test]
fn a_network_grows_from_one_node() {
    assert_eq!(found_after_growth(SETTINGS, Way::Iterative, 0.0, 0).0, 400);
}

/// With KAD's three bits to a level and ten contacts to a bucket.
#[test]
fn wide_levels_find_as_well() {
    let router = Settings {
        bits_per_level: 3,
        bucket_contacts: 10,
        pings_before_eviction: false,
        ..SETTINGS
    };
    assert_eq!(found_after_growth(router, Way::Iterative, 0.0, 0).0, 400);
}

/// The closest node is missed when its answer is: with the request and two repetitions of it in 0.1 % of the lookups, without
/// repetitions in 9.75 % (5.9 lookups of 400 are a standard deviation).
#[test]
fn lost_messages_seldom_mislead() {
    let (right, _) = found_after_growth(SETTINGS, Way::Iterative, 0.05, 2);
    assert!(right >= 396, "{right} of 400");
    let (right, _) = found_after_growth(SETTINGS, Way::Iterative, 0.05, 0);
    assert!(right.abs_diff(361) < 18, "{right} of 400");
}

/// Nodes learn of others by greeting those that routed lookups found.
#[test]
fn routed_lookups_find_as_well() {
    let router = Settings {
        pings_before_eviction: false,
        ..SETTINGS
    };
    let (right, greeted) = found_after_growth(router, Way::SemiRecursive, 0.0, 0);
    assert_eq!(right, 400);
    assert!(greeted > 0);
    let (_, greeted) = found_after_growth(router, Way::Iterative, 0.0, 0);
    assert_eq!(greeted, 0);
}

const CHURN_NS: u64 = 1_800 * SECOND_NS;

/// Sessions and absences of ten minutes on average until [`CHURN_NS`]; who is online then stays, who is not stays away. The
/// bootstrap node always is. Half of the departures are crashes.
fn churn(nodes: &[NodeId], seed: Seed) -> Listed {
    let of = |node: &NodeId| {
        if node.0 == 0 {
            return vec![from(0)];
        }
        let mut random = seed.stream(Purpose::Churn, u64::from(node.0));
        let mut drawn_ns = |mean_s: f64| {
            let seconds = sample::exponential(mean_s, &mut random);
            u64::try_from(std::time::Duration::from_secs_f64(seconds).as_nanos()).unwrap()
        };
        let mut sessions = Vec::new();
        let mut start_ns = if node.0.is_multiple_of(2) {
            0
        } else {
            drawn_ns(600.0)
        };
        while start_ns < CHURN_NS {
            let end_ns = start_ns + drawn_ns(600.0);
            sessions.push(PlannedSession {
                start_ns,
                end_ns: if end_ns < CHURN_NS { end_ns } else { NEVER_NS },
                departure: if node.0 % 4 < 2 {
                    Departure::Graceful
                } else {
                    Departure::Crash
                },
            });
            start_ns = end_ns + drawn_ns(600.0);
        }
        sessions
    };
    Listed(nodes.iter().map(of).collect())
}

/// With buckets refreshed every five minutes, ten minutes after the last change everybody finds everything again.
#[test]
fn a_network_recovers_from_churn() {
    const NODES: usize = 160;
    let seed = seed(4);
    let directory = random_directory(NODES, seed);
    let nodes = all_nodes(&directory);
    let router = Settings {
        refresh_ns: 300 * SECOND_NS,
        ..SETTINGS
    };
    let overlay = overlay(directory, router, 3);
    let staying: Vec<NodeId> = nodes
        .iter()
        .zip(&churn(&nodes, seed).0)
        .filter(|(_, sessions)| sessions.last().is_some_and(|last| last.end_ns == NEVER_NS))
        .map(|(node, _)| *node)
        .collect();
    let first: Vec<NodeId> = nodes
        .iter()
        .zip(&churn(&nodes, seed).0)
        .filter(|(_, sessions)| sessions.first().is_some_and(|first| first.start_ns == 0))
        .map(|(node, _)| *node)
        .collect();
    // Half while nodes come and go, half when all is quiet again.
    let mut lookups = random_lookups(200, &nodes, 160, (SECOND_NS, CHURN_NS / 200), seed);
    let quiet_ns = CHURN_NS + 600 * SECOND_NS;
    let quiet = random_lookups(200, &staying, 160, (quiet_ns, SECOND_NS / 2), seed);
    lookups.extend(&quiet);
    let run = |threads| {
        let trial = Trial {
            overlay: overlay.clone(),
            routers: warm(&overlay, &first, seed),
            sessions: churn(&nodes, seed),
            lookups: lookups.clone(),
            loss: 0.0,
            duration_ns: quiet_ns + 160 * SECOND_NS,
        };
        trial.run(seed, threads)
    };
    let outcome = run(1);
    check_tables(&outcome);
    let lines = quiet.iter().zip(200..);
    for (lookup, number) in lines {
        let closest = closest_of(&staying, lookup.key, &overlay.directory);
        let line = outcome.tally.lookups.read(LookupId(number));
        assert_eq!(line.ending, Some(Ending::Answered(closest)), "{lookup:?}");
    }
    let parallel = run(2);
    assert_eq!(parallel.digests, outcome.digests);
    assert_eq!(parallel.accounts.events, outcome.accounts.events);
}

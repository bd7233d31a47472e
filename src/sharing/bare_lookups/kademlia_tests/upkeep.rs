//! When buckets are refreshed, and how nodes get in.

use super::*;

const REFRESH_NS: u64 = 600 * SECOND_NS;

/// Two nodes that know each other and differ first at bit `level`, with lookups of the first node's.
fn pair(level: u32, lookups: Vec<PlannedLookup>, duration_ns: u64) -> Outcome<BareLookups<Kademlia>> {
    let identifiers = vec![Identifier::ZERO, Identifier::of_bit(level)];
    let router = Settings {
        refresh_ns: REFRESH_NS,
        ..SETTINGS
    };
    let overlay = overlay(Directory::new(160, 1, identifiers).unwrap(), router, 3);
    let trial = Trial {
        lookups,
        ..still(overlay, seed(1), duration_ns)
    };
    trial.run(seed(1), 1)
}

/// A lookup between two nodes is one question. Every bucket is refreshed once in each interval, those too that are empty but
/// nearer than the other node is not.
#[test]
fn every_bucket_is_refreshed_once_in_each_interval() {
    let check = |level, expect: u64| {
        let outcome = pair(level, Vec::new(), 10 * REFRESH_NS + SECOND_NS);
        assert_eq!(outcome.accounts.sent[FIND_NODE].messages, expect, "level {level}");
        assert_eq!(outcome.accounts.sent[PING].messages, 0);
    };
    check(0, 2 * 10);
    // The empty buckets are opened when the first refresh of the other is due, which is within the first interval, and are due
    // an interval later: each misses the first.
    check(1, 2 * (10 + 9));
    check(2, 2 * (10 + 2 * 9));
}

#[test]
fn a_bucket_in_which_something_was_looked_up_is_not_due() {
    let every_ns = REFRESH_NS / 2;
    let lookups = (0..20).map(|number| PlannedLookup {
        at_ns: SECOND_NS + number * every_ns,
        origin: PeerId(0),
        key: Identifier::of_bit(0),
    });
    let outcome = pair(0, lookups.collect(), 10 * REFRESH_NS + SECOND_NS);
    // Only the second node has to refresh.
    assert_eq!(outcome.accounts.sent[FIND_NODE].messages, 20 + 10);
}

/// Two bootstrap nodes of which the second comes late, if ever: by trying one after the other, and again later, all get in.
fn check_late_bootstrap(second_ns: Option<u64>, bootstrap: &[u32]) {
    let directory = random_directory(20, seed(5));
    let nodes = all_nodes(&directory);
    let mut overlay = overlay(directory, SETTINGS, 3);
    overlay.bootstrap = bootstrap.iter().map(|node| NodeId(*node)).collect();
    let sessions = nodes.iter().map(|node| match node.0 {
        1 => second_ns.map(from).into_iter().collect(),
        number => vec![from(u64::from(number) * SECOND_NS)],
    });
    let sessions = Listed(sessions.collect());
    let online: Vec<NodeId> = nodes
        .iter()
        .copied()
        .filter(|node| node.0 != 1 || second_ns.is_some())
        .collect();
    let routers = cold(&overlay.directory);
    let trial = Trial {
        overlay,
        routers,
        sessions,
        lookups: random_lookups(100, &online, 160, (120 * SECOND_NS, SECOND_NS / 10), seed(5)),
        loss: 0.0,
        duration_ns: 200 * SECOND_NS,
    };
    let outcome = trial.run(seed(5), 1);
    let mut members: Vec<NodeId> = outcome
        .tally
        .lookups
        .members()
        .iter()
        .filter(|line| line.what == Membership::Joined)
        .map(|line| line.node)
        .collect();
    members.sort_unstable();
    assert_eq!(members, online);
    assert_eq!(right_answers(&outcome, &online), 100);
}

#[test]
fn bootstrap_nodes_are_tried_one_after_the_other_and_again() {
    check_late_bootstrap(None, &[0, 1]);
    check_late_bootstrap(Some(40 * SECOND_NS), &[1]);
    check_late_bootstrap(Some(40 * SECOND_NS), &[0, 1]);
}

/// Node 0 is the bootstrap node; node 1, which at first knows of node 2 only, and node 2 of node 1, looks a key up at these
/// seconds.
fn two_acquaintances(
    overlay: shared::Settings<Settings>,
    sessions: [Vec<PlannedSession>; 3],
    key: Identifier,
    lookups_s: [u64; 2],
) -> Outcome<BareLookups<Kademlia>> {
    let routers = warm(&overlay, &[NodeId(1), NodeId(2)], seed(6));
    let lookup = |at_s| PlannedLookup {
        at_ns: at_s * SECOND_NS,
        origin: PeerId(1),
        key,
    };
    let trial = Trial {
        overlay,
        routers,
        sessions: Listed(sessions.into()),
        lookups: lookups_s.map(lookup).to_vec(),
        loss: 0.0,
        duration_ns: 40 * SECOND_NS,
    };
    trial.run(seed(6), 1)
}

/// A node whose only contact never comes finds back through the bootstrap node, and is noted as a member once.
#[test]
fn a_node_without_contacts_joins_anew() {
    let directory = random_directory(3, seed(6));
    let router = Settings {
        failures_max: 1,
        ..SETTINGS
    };
    let overlay = overlay(directory, router, 3);
    let key = overlay.directory.identifier(NodeId(0));
    let sessions = [vec![from(0)], vec![from(0)], Vec::new()];
    let outcome = two_acquaintances(overlay, sessions, key, [1, 20]);
    let ending = |number| outcome.tally.lookups.read(LookupId(number)).ending;
    assert_eq!(ending(0), Some(Ending::Answered(NodeId(1))));
    assert_eq!(ending(1), Some(Ending::Answered(NodeId(0))));
    let members = outcome.tally.lookups.members().iter();
    let joined = members.filter(|line| line.what == Membership::Joined);
    assert_eq!(joined.count(), 2);
}

/// Half of the first refreshes lie in the first half of the interval: nodes that begin together are not in step.
#[test]
fn refreshes_are_spread_over_the_interval() {
    let asked = |duration_ns| {
        let router = Settings {
            refresh_ns: REFRESH_NS,
            ..SETTINGS
        };
        let overlay = overlay(random_directory(50, seed(7)), router, 3);
        let trial = still(overlay, seed(7), duration_ns);
        trial.run(seed(7), 1).accounts.sent[FIND_NODE].messages
    };
    let (half, whole) = (asked(REFRESH_NS / 2), asked(REFRESH_NS));
    assert!((4 * whole..6 * whole).contains(&(10 * half)), "{half} of {whole}");
}

/// Node 1 knows of node 2 in its first session, and in its second of the bootstrap node only, which knows nobody else.
#[test]
fn who_comes_back_knows_nobody() {
    let router = Settings {
        refresh_ns: NEVER_NS / 4,
        ..SETTINGS
    };
    let overlay = overlay(random_directory(3, seed(6)), router, 3);
    let first = PlannedSession {
        end_ns: 10 * SECOND_NS,
        ..from(0)
    };
    let sessions = [vec![from(0)], vec![first, from(20 * SECOND_NS)], vec![from(0)]];
    let key = overlay.directory.identifier(NodeId(2));
    let known = closest_of(&[NodeId(0), NodeId(1)], key, &overlay.directory);
    let outcome = two_acquaintances(overlay, sessions, key, [1, 25]);
    let ending = |number| outcome.tally.lookups.read(LookupId(number)).ending;
    assert_eq!(ending(0), Some(Ending::Answered(NodeId(2))));
    assert_eq!(ending(1), Some(Ending::Answered(known)));
    let members = outcome.tally.lookups.members().iter();
    let mut ones: Vec<_> = members.filter(|line| line.node == NodeId(1)).collect();
    ones.sort_unstable();
    ones.retain(|line| line.what != Membership::Placed);
    let stays: Vec<Membership> = ones.iter().map(|line| line.what).collect();
    assert_eq!(stays, [Membership::Joined, Membership::Left, Membership::Joined]);
}

/// Buckets are small and full, and nearly every message is a stranger's: it may cost a ping to the contact whose place the
/// stranger would have, but that ping, which is a stranger's message as well, none.
#[test]
fn pings_provoke_no_pings() {
    let router = Settings {
        bucket_contacts: 2,
        replacement_contacts: 2,
        refresh_ns: NEVER_NS / 4,
        ..SETTINGS
    };
    let directory = random_directory(256, seed(6));
    let nodes = all_nodes(&directory);
    let trial = Trial {
        lookups: random_lookups(100, &nodes, 160, (0, SECOND_NS), seed(6)),
        ..still(overlay(directory, router, 2), seed(6), 200 * SECOND_NS)
    };
    let outcome = trial.run(seed(6), 1);
    let sent = |kind: usize| outcome.accounts.sent[kind].messages;
    let others = sent(FIND_NODE) + sent(FIND_NODE + 1);
    assert!(
        sent(PING) > others / 2 && sent(PING) <= others,
        "{} of {others}",
        sent(PING)
    );
}

//! Lookups over made-up networks, step by step.

use super::*;

const RULES: Rules = Rules {
    alpha: 1,
    breadth: 1,
    paths: 1,
};

fn node(number: u32) -> (NodeId, Identifier) {
    (NodeId(number), Identifier::of_number(u64::from(number), 160))
}

fn told(numbers: &[u32]) -> impl Iterator<Item = (NodeId, Identifier)> {
    numbers.iter().map(|number| node(*number))
}

/// A lookup at a distance of 100 that knows some nodes, each as far from the key as its number says.
fn begun(rules: Rules, known: &[u32]) -> Lookup {
    let mut lookup = Lookup::new(rules);
    let (origin, distance) = node(100);
    lookup.begin_at(origin, distance);
    lookup.seed(told(known));
    lookup
}

fn asks(lookup: &mut Lookup) -> Vec<u32> {
    std::iter::from_fn(|| lookup.ask().map(|node| node.0)).collect()
}

fn reached(lookup: &Lookup) -> Vec<(u32, u16)> {
    let reached = lookup.reached();
    reached.map(|reached| (reached.node.0, reached.depth)).collect()
}

#[test]
fn the_closest_is_asked_until_nobody_is_closer() {
    let mut lookup = begun(RULES, &[50, 70]);
    assert_eq!(asks(&mut lookup), [50]);
    lookup.answered(NodeId(50), told(&[20, 30]));
    assert_eq!(asks(&mut lookup), [20]);
    assert!(!lookup.is_done());
    lookup.answered(NodeId(20), told(&[30, 50, 90]));
    assert_eq!(asks(&mut lookup), [0; 0]);
    assert!(lookup.is_done());
    assert_eq!(reached(&lookup), [(20, 2), (50, 1), (100, 0)]);
}

#[test]
fn an_origin_that_knows_nobody_closer_is_done() {
    let lookup = begun(RULES, &[]);
    assert!(lookup.is_done());
    assert_eq!(reached(&lookup), [(100, 0)]);
}

#[test]
fn who_fails_is_passed_over() {
    let mut lookup = begun(RULES, &[50, 70]);
    assert_eq!(asks(&mut lookup), [50]);
    lookup.failed(NodeId(50));
    assert_eq!(asks(&mut lookup), [70]);
    lookup.answered(NodeId(70), told(&[50, 60]));
    assert_eq!(asks(&mut lookup), [60]);
    lookup.failed(NodeId(60));
    assert!(lookup.is_done());
    assert_eq!(reached(&lookup), [(70, 1), (100, 0)]);
    assert!(lookup.has_failed(NodeId(50)));
}

#[test]
fn several_are_asked_at_a_time_and_the_closest_must_all_answer() {
    let rules = Rules {
        alpha: 2,
        breadth: 3,
        paths: 1,
    };
    let mut lookup = begun(rules, &[50, 60, 70, 80]);
    assert_eq!(asks(&mut lookup), [50, 60]);
    lookup.answered(NodeId(60), told(&[40]));
    assert_eq!(asks(&mut lookup), [40]);
    lookup.answered(NodeId(50), told(&[]));
    lookup.answered(NodeId(40), told(&[]));
    // 40, 50 and 60 are the closest three, and have answered.
    assert!(lookup.is_done());
    assert_eq!(asks(&mut lookup), [0; 0]);
    assert_eq!(reached(&lookup), [(40, 2), (50, 1), (60, 1), (100, 0)]);
}

#[test]
fn a_late_or_strange_answer_changes_nothing() {
    let mut lookup = begun(RULES, &[50]);
    assert_eq!(asks(&mut lookup), [50]);
    lookup.failed(NodeId(50));
    lookup.answered(NodeId(50), told(&[10]));
    lookup.answered(NodeId(77), told(&[10]));
    assert!(lookup.is_done());
    assert_eq!(reached(&lookup), [(100, 0)]);
}

#[test]
fn paths_share_no_node() {
    let rules = Rules {
        alpha: 1,
        breadth: 1,
        paths: 2,
    };
    let mut lookup = begun(rules, &[50, 60]);
    assert_eq!(asks(&mut lookup), [50, 60]);
    lookup.answered(NodeId(50), told(&[10]));
    assert_eq!(asks(&mut lookup), [10]);
    // The other path is told of the same node, and may not ask it.
    lookup.answered(NodeId(60), told(&[10, 20]));
    assert_eq!(asks(&mut lookup), [20]);
    lookup.answered(NodeId(10), told(&[]));
    assert!(!lookup.is_done());
    lookup.answered(NodeId(20), told(&[]));
    assert!(lookup.is_done());
}

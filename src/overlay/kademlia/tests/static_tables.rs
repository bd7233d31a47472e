//! Tables that have converged, what is told from them, and what is wrong with others.

use super::*;
use crate::overlay::dht::Router;
use crate::overlay::kademlia::place::{Digits, Place};
use crate::overlay::kademlia::table::Table;
use crate::overlay::kademlia::{Violation, warm::choose};
use std::collections::BTreeMap;

/// Nodes of `online` by the place where they belong in the table of `me`, by looking at each.
fn by_place(
    me: NodeId,
    online: &[NodeId],
    overlay: &shared::Settings<Settings>,
) -> BTreeMap<Place, Vec<NodeId>> {
    let digits = digits(overlay);
    let identifier = |node| overlay.directory.identifier(node);
    let mut places: BTreeMap<Place, Vec<NodeId>> = BTreeMap::new();
    for node in online {
        if let Some(place) = digits.place(identifier(me), identifier(*node)) {
            places.entry(place).or_default().push(*node);
        }
    }
    places
}

fn digits(overlay: &shared::Settings<Settings>) -> Digits {
    overlay.router.digits(&overlay.directory)
}

fn check_converged(bits_per_level: u8, bucket_contacts: u16, width: u32) {
    let router = Settings {
        bucket_contacts,
        bits_per_level,
        ..SETTINGS
    };
    let directory = if width == 160 {
        random_directory(300, seed(2))
    } else {
        let identifiers = (0..300).map(|number| Identifier::of_number(3 * number, width));
        Directory::new(width, 1, identifiers.collect()).unwrap()
    };
    let overlay = overlay(directory, router, 1);
    let online: Vec<NodeId> = (0..300).filter(|node| node % 3 > 0).map(NodeId).collect();
    let routers = warm(&overlay, &online, seed(2));
    for (me, router) in (0..300).map(NodeId).zip(&routers) {
        if !online.contains(&me) {
            assert!(router.table.is_empty());
            continue;
        }
        assert_eq!(router.violations(me, &overlay), []);
        let expect = by_place(me, &online, &overlay);
        let buckets: Vec<_> = router.table.buckets().collect();
        assert_eq!(buckets.len(), expect.len());
        for ((bucket, contacts, waiting), (place, nodes)) in buckets.iter().zip(&expect) {
            assert_eq!(bucket.place, *place);
            assert_eq!(contacts.len(), nodes.len().min(usize::from(bucket_contacts)));
            assert!(contacts.iter().all(|contact| nodes.contains(&contact.node())));
            assert!(waiting.is_empty());
        }
    }
    // A node's draws are its own, whoever else is there to be built.
    let mut reversed = online.clone();
    reversed.reverse();
    let again = warm(&overlay, &reversed, seed(2));
    assert_eq!(format!("{again:?}"), format!("{routers:?}"));
    check_guidance(&overlay, &routers, &online);
}

/// What a node tells is what sorting all its contacts tells.
fn check_guidance(overlay: &shared::Settings<Settings>, routers: &[Kademlia], online: &[NodeId]) {
    let mut random = seed(9).stream(Purpose::Observation, 0);
    let directory = &overlay.directory;
    for me in online {
        let router = &routers[me.index()];
        let mine = directory.identifier(*me);
        let other = directory.identifier(online[random.position(online.len())]);
        let any = random_identifier(&mut random, directory.width());
        for key in [mine, other, any] {
            let mut all = Vec::new();
            router.visit_neighbours(&mut |node| all.push(node));
            all.sort_by_key(|node| directory.identifier(*node).xor(key));
            all.truncate(usize::from(overlay.router.bucket_contacts));
            let guidance = router.guide(key, *me, overlay);
            assert_eq!(guidance.closer, all);
            assert!(guidance.owners.is_empty());
        }
    }
}

#[test]
fn tables_converge_to_all_that_belongs_there() {
    check_converged(1, 1, 160);
    check_converged(1, 8, 160);
    check_converged(3, 10, 160);
    check_converged(8, 4, 160);
    check_converged(1, 4, 10);
    check_converged(3, 4, 10);
}

/// 12,000 draws of 3 of 5 in order: 60 outcomes, 200 each on average, standard deviation 14.
#[test]
fn every_choice_and_order_is_equally_likely() {
    let mut random = seed(8).small(Purpose::Topology, 0);
    let mut seen: BTreeMap<Vec<usize>, i32> = BTreeMap::new();
    let mut chosen = Vec::new();
    for _ in 0..12_000 {
        choose(7..12, 3, &mut random, &mut chosen);
        *seen.entry(chosen.clone()).or_default() += 1;
    }
    assert_eq!(seen.len(), 60);
    assert!(seen.values().all(|count| (count - 200).abs() < 60), "{seen:?}");
    choose(7..9, 3, &mut random, &mut chosen);
    chosen.sort_unstable();
    assert_eq!(chosen, [7, 8]);
}

#[test]
fn what_must_not_be_is_found() {
    let identifiers = (0..16).map(|number| Identifier::of_number(number, 4)).collect();
    let router = Settings {
        bucket_contacts: 2,
        ..SETTINGS
    };
    let overlay = overlay(Directory::new(4, 1, identifiers).unwrap(), router, 1);
    let place = |level, digit| Place { level, digit };
    let check = |contacts: &[(Place, u32)], expect: &[Violation]| {
        let contacts: Vec<_> = contacts
            .iter()
            .map(|(place, node)| (*place, NodeId(*node)))
            .collect();
        let router = Kademlia {
            table: Table::warm(&contacts),
            ..Kademlia::cold()
        };
        assert_eq!(router.violations(NodeId(0), &overlay), expect, "{contacts:?}");
    };
    let (far, near) = (place(0, 1), place(3, 1));
    check(&[(far, 8), (far, 9), (near, 1)], &[]);
    check(&[(far, 8), (far, 9), (far, 10)], &[Violation::Overfull(far)]);
    check(&[(far, 8), (far, 8)], &[Violation::Twice(NodeId(8), far)]);
    check(&[(far, 8), (near, 2)], &[Violation::Misplaced(NodeId(2), near)]);
    check(&[(near, 0)], &[Violation::Itself]);
    check(&[(near, 1), (far, 8)], &[Violation::BucketsOutOfOrder(far)]);
}

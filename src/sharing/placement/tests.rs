use super::*;
use crate::sharing::popularity::{Popularity, PopularityLaw};
use crate::sharing::testing::SEED;

fn zipf(items: u32) -> Vec<f64> {
    let law = PopularityLaw::Zipf {
        exponent: 1.0,
        flat_head: 0,
    };
    Popularity::new(law, items).unwrap().probabilities()
}

#[test]
fn copies_follow_the_rules_exactly() {
    // Weights 12 6 4 3 of 25, as Zipf's law of four items: 50 copies come out even.
    let p = zipf(4);
    let copies = |rule, total| copies_by_rule(rule, total, &p, 1_000).unwrap();
    assert_eq!(copies(CopyRule::Proportional, 50), [24, 12, 8, 6]);
    assert_eq!(copies(CopyRule::Uniform, 50), [13, 13, 12, 12]);
    // 5 copies: the last item is owed 0.6 and gets 1; the others divide 4 as 24/11, 12/11, 8/11.. of which the third
    // is owed less than 1 too.
    assert_eq!(copies(CopyRule::Proportional, 5), [2, 1, 1, 1]);
    assert_eq!(copies(CopyRule::Proportional, 4), [1, 1, 1, 1]);
    // Square roots: sqrt(12) : sqrt(6) : 2 : sqrt(3), 100 copies are 35.9, 25.4, 20.7, 18.0.
    assert_eq!(copies(CopyRule::SquareRoot, 100), [36, 25, 21, 18]);
    // No item has more copies than there are peers: the rest goes to the others.
    assert_eq!(
        copies_by_rule(CopyRule::Proportional, 50, &p, 15).unwrap(),
        [15, 15, 11, 9]
    );
    assert_eq!(
        copies_by_rule(CopyRule::Proportional, 60, &p, 15).unwrap(),
        [15; 4]
    );
}

#[test]
fn copies_add_up_within_their_bounds() {
    for items in [1, 7, 1_000] {
        let p = zipf(items);
        for rule in [CopyRule::Uniform, CopyRule::Proportional, CopyRule::SquareRoot] {
            for per_item in [1, 3, 10, 50] {
                let total = u64::from(items) * per_item + u64::from(items > 1 && per_item < 50) / 2;
                let copies = copies_by_rule(rule, total, &p, 50).unwrap();
                assert_eq!(copies.iter().copied().map(u64::from).sum::<u64>(), total);
                assert!(copies.iter().all(|&copies| (1..=50).contains(&copies)));
                assert!(
                    copies.is_sorted_by(|a, b| a >= b),
                    "the more popular, the more copies"
                );
            }
        }
    }
}

#[test]
fn holders_are_distinct_and_share() {
    let mut weights = vec![1.0; 500];
    for weight in weights.iter_mut().step_by(3) {
        *weight = 0.0;
    }
    let copies: Vec<u32> = (0..200).map(|item| 1 + item * 332 / 199).collect();
    let placement = Placement::draw(&copies, &weights, SEED).unwrap();
    assert_eq!(
        placement.copies(),
        copies.iter().copied().map(u64::from).sum::<u64>()
    );
    let mut files = 0;
    for (item, &copies) in (0_u32..).zip(&copies) {
        let holders = placement.holders(ItemId(item));
        assert_eq!(holders.len(), copies as usize);
        assert!(holders.is_sorted_by(|a, b| a < b), "ascending and distinct");
        for holder in holders {
            assert!(holder.0 % 3 != 0, "a free rider holds nothing");
            assert!(placement.holds(*holder, ItemId(item)));
        }
    }
    for peer in (0..500).map(PeerId) {
        let held = placement.files(peer);
        assert!(held.is_sorted_by(|a, b| a < b));
        assert!(held.iter().all(|&item| placement.holders(item).contains(&peer)));
        files += held.len() as u64;
    }
    assert_eq!(files, placement.copies());
    assert!(
        placement.files(PeerId(500)).is_empty(),
        "a service node holds nothing"
    );
}

#[test]
fn an_items_holders_do_not_depend_on_the_other_items() {
    let weights: Vec<f64> = (1..=100).map(f64::from).collect();
    let few = Placement::draw(&[5, 90], &weights, SEED).unwrap();
    let many = Placement::draw(&[5, 90, 7, 100], &weights, SEED).unwrap();
    for item in (0..2).map(ItemId) {
        assert_eq!(few.holders(item), many.holders(item));
    }
    assert_eq!(many.holders(ItemId(3)).len(), 100);
}

#[test]
fn successive_sampling_has_its_known_probabilities() {
    // Weights 1 2 3 4, two copies: P(i) = w_i/10 (1 + sum over j != i of w_j / (10 - w_j)).
    let weights = [1.0, 2.0, 3.0, 4.0];
    let items = 40_000;
    let placement = Placement::draw(&vec![2; items], &weights, SEED).unwrap();
    let by_keys = {
        // The same by exponential keys alone.
        let mut chooser = Chooser::new(&weights);
        let mut counts = [0_u32; 4];
        for item in 0..items {
            let mut chosen: Vec<PeerId> = Vec::new();
            let mut stream = SEED.stream(Purpose::Observation, item as u64);
            chooser.choose_with_attempts(2, 0, &mut stream, &mut chosen);
            for peer in chosen {
                counts[peer.index()] += 1;
            }
        }
        counts
    };
    for (peer, weight) in weights.iter().enumerate() {
        let odds = |weight: f64| weight / (10.0 - weight);
        let others = weights.iter().map(|&other| odds(other)).sum::<f64>() - odds(*weight);
        let p = weight / 10.0 * (1.0 + others);
        let error = (p * (1.0 - p) / items as f64).sqrt();
        for count in [placement.files(PeerId::at(peer)).len(), by_keys[peer] as usize] {
            let seen = count as f64 / items as f64;
            assert!(
                (seen - p).abs() < 3.5 * error,
                "peer {peer}: {seen}, expected {p}"
            );
        }
    }
}

fn population(peers: u32) -> Vec<PeerTraits> {
    // A third shares, as Adar and Huberman saw; groups alternate.
    (0..peers)
        .map(|peer| PeerTraits {
            group: u16::from(peer % 2 == 1),
            shares: peer % 3 == 0,
            ..PeerTraits::SHARING
        })
        .collect()
}

#[test]
fn groups_get_their_shares_and_free_riders_nothing() {
    let traits = population(3_000);
    let equal = |share| GroupShare {
        law: ShareLaw::Equal,
        share,
    };
    let groups = [equal(Some(0.9)), equal(Some(0.1))];
    let weights = holder_weights(&traits, &groups, SEED).unwrap();
    for (weight, traits) in weights.iter().zip(&traits) {
        assert_eq!(*weight > 0.0, traits.shares);
    }
    let placement = Placement::draw(&vec![10; 2_000], &weights, SEED).unwrap();
    let first: usize = (0..3_000)
        .step_by(2)
        .map(|peer| placement.files(PeerId(peer)).len())
        .sum();
    let share = first as f64 / 20_000.0;
    assert!((share - 0.9).abs() < 0.01, "{share}");
}

#[test]
fn the_skew_is_that_of_adar_and_huberman() {
    let traits = population(33_335);
    let group = GroupShare {
        law: ShareLaw::LogNormal { sigma: 1.55 },
        share: None,
    };
    let mut weights = holder_weights(&traits, &[group, group], SEED).unwrap();
    weights.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = weights.iter().sum();
    let top = |peers: usize| weights[..peers].iter().sum::<f64>() / total;
    assert!((top(333) - 0.37).abs() < 0.03, "top 1 %: {}", top(333));
    assert!((top(6_667) - 0.96).abs() < 0.02, "top 20 %: {}", top(6_667));
}

#[test]
fn impossible_placements_are_refused() {
    let p = zipf(10);
    let error = |copies, sharers| copies_by_rule(CopyRule::Uniform, copies, &p, sharers).unwrap_err();
    assert_eq!(error(9, 5), PlacementError::TooFew { copies: 9, items: 10 });
    assert_eq!(error(20, 0), PlacementError::NobodyShares);
    assert!(matches!(error(51, 5), PlacementError::TooMany { copies: 51, .. }));
    assert!(matches!(
        Placement::draw(&[3], &[1.0, 0.0, 1.0], SEED),
        Err(PlacementError::TooMany { sharers: 2, .. })
    ));
    assert_eq!(
        Placement::draw(&[1], &[0.0], SEED),
        Err(PlacementError::NobodyShares)
    );
    assert_eq!(Placement::draw(&[0], &[0.0], SEED), Ok(Placement::empty(1)));
    assert!(matches!(
        Placement::draw(&[u32::MAX, 1], &[1.0], SEED),
        Err(PlacementError::TooLarge(_))
    ));

    let traits = population(10);
    let group = |law, share| GroupShare { law, share };
    let of = |groups: &[GroupShare]| holder_weights(&traits, groups, SEED).unwrap_err();
    let equal = |share| group(ShareLaw::Equal, share);
    assert_eq!(of(&[equal(None)]), PlacementError::UnknownGroup(1));
    assert_eq!(
        of(&[equal(Some(0.5)), equal(None)]),
        PlacementError::MixedShares(1)
    );
    for bad in [0.0, -1.0, f64::NAN] {
        assert!(matches!(
            of(&[equal(Some(bad)); 2]),
            PlacementError::BadNumber(0, "the share")
        ));
        let pareto = group(ShareLaw::Pareto { shape: bad }, None);
        assert!(matches!(
            of(&[pareto; 2]),
            PlacementError::BadNumber(0, "the shape")
        ));
    }
    assert_eq!(of(&[equal(Some(1.0)); 3]), PlacementError::EmptyGroup(2));
}

#[test]
fn a_hundred_thousand_items_are_placed_quickly() {
    let traits = population(30_000);
    let group = GroupShare {
        law: ShareLaw::Pareto { shape: 1.1 },
        share: None,
    };
    let weights = holder_weights(&traits, &[group, group], SEED).unwrap();
    let copies = copies_by_rule(CopyRule::SquareRoot, 1_000_000, &zipf(100_000), 10_000).unwrap();
    let placement = Placement::draw(&copies, &weights, SEED).unwrap();
    assert_eq!(placement.copies(), 1_000_000);
}

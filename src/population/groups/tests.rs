use super::*;

const SEED: Seed = Seed {
    seed: 11,
    replication: 0,
};

fn groups(sizes: &[Size]) -> Vec<Group> {
    let named = |(number, size): (usize, &Size)| Group::named(&format!("g{number}"), *size);
    sizes.iter().enumerate().map(named).collect()
}

fn counts(population: &Population) -> Vec<usize> {
    (0_u16..)
        .zip(population.groups())
        .map(|(group, _)| population.members_of(group).count())
        .collect()
}

#[test]
fn sizes_are_apportioned_exactly() {
    use Size::{Count, Rest, Share};
    for (peers, sizes, expected) in [
        (10, vec![Rest], vec![10]),
        (10, vec![Share(1.0)], vec![10]),
        (10, vec![Count(3), Count(7)], vec![3, 7]),
        (10, vec![Share(0.3), Share(0.7)], vec![3, 7]),
        // Quotas 3.33: one more for the first.
        (10, vec![Share(1.0 / 3.0); 3], vec![4, 3, 3]),
        // Quotas 1.5, 2.5, 6: the earlier of equal fractions.
        (10, vec![Share(0.15), Share(0.25), Share(0.6)], vec![2, 2, 6]),
        // Shares are of the 90 that the count leaves.
        (100, vec![Count(10), Share(0.1), Rest], vec![10, 9, 81]),
        (10, vec![Share(0.0), Rest], vec![0, 10]),
        (3, vec![Share(0.1); 10], vec![1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
        (0, vec![Share(0.5), Share(0.5)], vec![0, 0]),
        (
            u32::MAX,
            vec![Share(0.7), Share(0.2), Share(0.1)],
            vec![3_006_477_107, 858_993_459, 429_496_729],
        ),
    ] {
        assert_eq!(apportion(peers, &groups(&sizes)), Ok(expected), "{sizes:?}");
    }
}

#[test]
fn contradictory_sizes_are_refused() {
    use Size::{Count, Rest, Share};
    for (sizes, message) in [
        (
            vec![Count(11)],
            "the groups' counts add up to 11, but there are 10 peers",
        ),
        (
            vec![Count(9)],
            "the groups' counts add up to 9, but there are 10 peers",
        ),
        (
            vec![Count(11), Rest],
            "the groups' counts add up to 11, but there are 10 peers",
        ),
        (
            vec![Share(0.5), Share(0.25)],
            "the groups' shares add up to 0.75, not to 1",
        ),
        (
            vec![Share(0.75), Share(0.5), Rest],
            "the groups' shares add up to 1.25, not to 1",
        ),
        (
            vec![Rest, Count(1), Rest],
            "groups \"g0\" and \"g2\" both take the rest: give one a count or a share",
        ),
        (
            vec![Share(f64::NAN)],
            "group \"g0\": the share of all peers is NaN, not a number from 0 to 1",
        ),
        (
            vec![Share(-0.5)],
            "group \"g0\": the share of all peers is -0.5, not a number from 0 to 1",
        ),
    ] {
        let error = apportion(10, &groups(&sizes)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn groups_are_not_contiguous() {
    let population = Population::deal(SEED, groups(&[Size::Share(0.5), Size::Rest]), 10_000, 0).unwrap();
    assert_eq!(counts(&population), [5000, 5000]);
    let changes = (1..10_000)
        .filter(|peer| population.group_of(PeerId(peer - 1)) != population.group_of(PeerId(*peer)))
        .count();
    // Half of all neighbours differ; standard deviation 50.
    assert!(changes.abs_diff(5000) < 250, "{changes}");
}

#[test]
fn shares_of_a_group_have_a_flag_exactly_and_nest() {
    let with = |free_riders: f64, corrupting: f64| {
        let mut groups = groups(&[Size::Count(400), Size::Rest]);
        groups[1].free_riders = free_riders;
        groups[1].corrupting = corrupting;
        Population::deal(SEED, groups, 1000, 0).unwrap()
    };
    let flagged = |population: &Population, is: fn(&Population, PeerId) -> bool| -> Vec<u32> {
        (0..1000).filter(|peer| is(population, PeerId(*peer))).collect()
    };
    let (few, many) = (with(0.25, 0.1), with(0.5, 0.0));
    let (riders, more) = (
        flagged(&few, Population::is_free_rider),
        flagged(&many, Population::is_free_rider),
    );
    assert_eq!((riders.len(), more.len()), (150, 300));
    assert!(riders.iter().all(|peer| more.contains(peer)));
    assert!(riders.iter().all(|peer| few.group_of(PeerId(*peer)) == 1));
    let liars = flagged(&few, Population::is_corrupting);
    assert_eq!(
        (liars.len(), flagged(&few, Population::is_firewalled).len()),
        (60, 0)
    );
    assert_eq!(liars, flagged(&with(0.9, 0.1), Population::is_corrupting));
    // Independent flags: about a quarter of 60 have both, standard deviation 3.
    let both = liars.iter().filter(|peer| riders.contains(peer)).count();
    assert!((3..=27).contains(&both), "{both}");
}

#[test]
fn arrivals_resemble_the_residents() {
    let mut declared = groups(&[Size::Count(250), Size::Rest]);
    declared[0].free_riders = 0.4;
    declared[1].firewalled = 1.0;
    let short = Population::deal(SEED, declared.clone(), 1000, 4000).unwrap();
    let long = Population::deal(SEED, declared.clone(), 1000, 8000).unwrap();
    assert_eq!(short.members, long.members[..5000]);
    assert_eq!((short.peers(), short.residents()), (5000, 1000));
    let arrived = |group: u16| short.members_of(group).filter(|peer| peer.0 >= 1000);
    // Standard deviations 27 and 16.
    assert!(arrived(0).count().abs_diff(1000) < 110);
    let riders = arrived(0).filter(|peer| short.is_free_rider(*peer)).count();
    assert!(riders.abs_diff(400) < 64, "{riders}");
    assert!(arrived(1).all(|peer| short.is_firewalled(peer) && !short.is_free_rider(peer)));
    // From nothing: by the declared shares, and not at all where there are none.
    let open = Population::deal(SEED, groups(&[Size::Share(0.2), Size::Rest]), 0, 4000).unwrap();
    assert!(counts(&open)[0].abs_diff(800) < 102);
    let nobody = Population::deal(SEED, groups(&[Size::Count(0)]), 0, 1);
    assert_eq!(nobody, Err(GroupError::NobodyToResemble));
}

#[test]
fn links_come_from_the_group_or_the_file() {
    let mut declared = groups(&[Size::Count(2), Size::Rest]);
    declared[0].link = Link {
        down_bps: 56_000,
        up_bps: 33_600,
    };
    let dealt = Population::deal(SEED, declared.clone(), 4, 1).unwrap();
    assert!(dealt.has_links());
    for peer in (0..5).map(PeerId) {
        let expected = if dealt.group_of(peer) == 0 { 33_600 } else { 0 };
        assert_eq!(dealt.up_bps(peer), expected);
    }
    assert_eq!(
        (dealt.link(PeerId(99)), dealt.is_firewalled(PeerId(99))),
        (Link::default(), false)
    );

    let row = |peer: u32, group: Option<&str>| PeerRow {
        line: u64::from(peer) + 2,
        peer,
        link: Link {
            down_bps: 100 + u64::from(peer),
            up_bps: 10,
        },
        group: group.map(str::to_owned),
    };
    let make = |rows: &[PeerRow]| Population::from_rows(SEED, declared.clone(), 3, rows, 0);
    let named = make(&[row(2, Some("g0")), row(0, Some("g1")), row(1, Some("g0"))]).unwrap();
    assert_eq!(counts(&named), [2, 1]);
    assert_eq!((named.group_of(PeerId(0)), named.down_bps(PeerId(2))), (1, 102));
    let unnamed = make(&[row(0, None), row(1, None), row(2, None)]).unwrap();
    assert_eq!((counts(&unnamed), unnamed.down_bps(PeerId(1))), (vec![2, 1], 101));

    let broken = PeerRow {
        link: Link::default(),
        ..row(1, None)
    };
    for (rows, message) in [
        (
            vec![row(0, None), row(3, None)],
            "line 5 is for peer 3, but there are 3 peers, numbered from 0",
        ),
        (
            vec![row(0, None), row(0, None)],
            "line 2 is the second one for peer 0",
        ),
        (vec![row(0, None), row(2, None)], "there is no row for peer 1"),
        (
            vec![row(0, None), broken],
            "line 3: the rate of peer 1 is 0 bit/s",
        ),
        (
            vec![row(0, Some("g0")), row(1, Some("x")), row(2, Some("g0"))],
            "line 3: there is no group \"x\"",
        ),
        (
            vec![row(0, Some("g0")), row(1, None), row(2, Some("g0"))],
            "line 3 names no group although others do",
        ),
    ] {
        assert_eq!(make(&rows).unwrap_err().to_string(), message);
    }
}

#[test]
fn impossible_groups_are_refused() {
    assert_eq!(Population::deal(SEED, Vec::new(), 1, 0), Err(GroupError::NoGroup));
    let mut twins = groups(&[Size::Rest, Size::Count(0)]);
    twins[1].name = "g0".to_owned();
    assert_eq!(
        Population::deal(SEED, twins, 1, 0),
        Err(GroupError::SameName("g0".to_owned()))
    );
    let mut wrong = groups(&[Size::Rest]);
    wrong[0].corrupting = 1.5;
    assert!(matches!(
        Population::deal(SEED, wrong, 1, 0),
        Err(GroupError::Share {
            of: "corrupting peers",
            ..
        })
    ));
    let many = Population::deal(SEED, groups(&[Size::Rest]), 1, u32::MAX - 1);
    assert_eq!(many, Err(GroupError::TooManyPeers(u64::from(u32::MAX))));
    assert_eq!(size_of::<Member>(), 4);
}

/// Frozen: whoever changes it changes every result and raises the trajectory epoch.
#[test]
fn a_population_is_frozen() {
    let mut declared = groups(&[Size::Count(3), Size::Share(0.3), Size::Rest]);
    for group in &mut declared {
        group.free_riders = 0.4;
        group.firewalled = 0.3;
        group.corrupting = 0.2;
    }
    let population = Population::deal(SEED, declared, 20, 12).unwrap();
    let text: Vec<String> = population
        .members
        .iter()
        .map(|member| format!("{}{}", member.group, member.flags))
        .collect();
    assert_eq!(
        text.join(" "),
        "10 13 25 22 13 24 00 20 21 10 21 20 14 20 02 23 22 20 23 05 20 12 10 02 20 23 25 04 23 11 11 03"
    );
}

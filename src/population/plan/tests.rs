use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::engine::math;
use crate::engine::time::SECOND_NS;
use crate::population::{Group, Size, Trace};

const HOUR_NS: u64 = 3600 * SECOND_NS;
const SEED: Seed = Seed {
    seed: 3,
    replication: 0,
};

/// Residents of one group, nobody else.
fn roster(residents: u32, regime: Regime) -> Roster {
    let group = Group::named("all", Size::Rest);
    Roster {
        duration_ns: 10 * HOUR_NS,
        population: Arc::new(Population::deal(SEED, vec![group], residents, 0).unwrap()),
        regimes: vec![regime],
        arrivals: Arrivals::default(),
        crowds: Vec::new(),
        playback: None,
        services: 0,
    }
}

/// Residents and Poisson arrivals of one group.
fn open(residents: u32, rate_per_s: f64, duration_ns: u64, churn: Churn) -> Roster {
    let group = Group::named("all", Size::Share(1.0));
    let arrivals = Arrivals::poisson(SEED, rate_per_s, duration_ns, u32::MAX).unwrap();
    let population = Population::deal(SEED, vec![group], residents, arrivals.count()).unwrap();
    Roster {
        duration_ns,
        population: Arc::new(population),
        arrivals,
        ..roster(residents, Regime::Churn(churn))
    }
}

fn churn(session: Law, absence: Law, start: Start) -> Churn {
    Churn::new(session, Some(absence), 0.2, start).unwrap()
}

fn weibull() -> Law {
    Law::weibull(0.5, HOUR_NS).unwrap()
}

fn peers(plan: &Plan) -> impl Iterator<Item = PeerId> + use<> {
    (0..plan.nodes()).map(PeerId)
}

/// How many peers are online at each of these moments (ascending), in one pass over all sessions.
fn online_at(plan: &Plan, moments_ns: &[u64]) -> Vec<f64> {
    let mut counts = vec![0.0; moments_ns.len()];
    for stay in peers(plan).flat_map(|peer| plan.stays(peer)) {
        let first = moments_ns.partition_point(|at_ns| *at_ns < stay.start_ns);
        let moments = moments_ns[first..].iter().zip(&mut counts[first..]);
        for (_, count) in moments.take_while(|(at_ns, _)| **at_ns < stay.end_ns) {
            *count += 1.0;
        }
    }
    counts
}

fn assert_near(seen: f64, expected: f64, standard_error: f64, what: &str) {
    assert!(
        (seen - expected).abs() < 4.0 * standard_error,
        "{what}: {seen}, not {expected} (standard error {standard_error})"
    );
}

#[test]
fn everybody_is_online_from_the_start_to_the_end() {
    let plan = Plan::new(SEED, roster(3, Regime::Always)).unwrap();
    for peer in peers(&plan) {
        let stays: Vec<_> = plan.stays(peer).collect();
        assert_eq!(stays.len(), 1);
        assert_eq!((stays[0].start_ns, stays[0].end_ns), (0, NEVER_NS));
    }
    assert_eq!(plan.online_at_start().len(), 3);
}

/// Online with probability E[on] / (E[on] + E[off]) at any moment, whatever the shapes.
#[test]
fn availability_is_insensitive_to_the_shapes() {
    const PEERS: u32 = 8000;
    let laws = [
        Law::exponential(HOUR_NS).unwrap(),
        weibull(),
        Law::log_normal_mean(HOUR_NS, 1.5).unwrap(),
        Law::pareto_mean(2.5, HOUR_NS).unwrap(),
        Law::uniform(0, 2 * HOUR_NS).unwrap(),
        Law::fixed(HOUR_NS).unwrap(),
    ];
    for (number, session) in laws.iter().enumerate() {
        let absence = match number % 3 {
            0 => Law::weibull(0.6, 3 * HOUR_NS),
            1 => Law::exponential(3 * HOUR_NS),
            _ => Law::uniform(2 * HOUR_NS, 4 * HOUR_NS),
        };
        let regime = churn(*session, absence.unwrap(), Start::Equilibrium);
        assert!((regime.availability_at_start() - 0.25).abs() < 1e-12);
        let plan = Plan::new(SEED, roster(PEERS, Regime::Churn(regime))).unwrap();
        let moments: Vec<u64> = [0, 1, 5, 60, 480]
            .iter()
            .map(|minutes| minutes * 60 * SECOND_NS)
            .collect();
        for (seen, at_ns) in online_at(&plan, &moments).iter().zip(&moments) {
            assert_near(
                *seen,
                2000.0,
                f64::sqrt(1500.0),
                &format!("{session} at {at_ns} ns"),
            );
        }
    }
}

/// A start in equilibrium is flat from the first moment; a fresh one dips and comes back only slowly. The fresh curve
/// has a closed form where nobody returns: of N at the start, N P(S > t) are left, and arrivals at the rate N / E[S]
/// have added N times the integral of P(S > u) / E[S] up to t.
#[test]
fn only_an_equilibrium_start_is_flat() {
    const PEERS: u32 = 20_000;
    let rate_per_s = f64::from(PEERS) / 3600.0;
    let population = |start| {
        let once = Churn::new(weibull(), None, 0.0, start).unwrap();
        Plan::new(SEED, open(PEERS, rate_per_s, 3 * HOUR_NS, once)).unwrap()
    };
    let minutes = [0_u32, 1, 6, 18, 60, 150];
    let moments: Vec<u64> = minutes
        .iter()
        .map(|minute| u64::from(*minute) * 60 * SECOND_NS)
        .collect();
    let flat = online_at(&population(Start::Equilibrium), &moments);
    let fresh = online_at(&population(Start::Fresh), &moments);
    let size = f64::from(PEERS);
    for ((minute, flat), fresh) in minutes.iter().zip(flat).zip(fresh) {
        let hour = f64::from(*minute) / 60.0;
        assert_near(flat, size, size.sqrt(), &format!("in equilibrium after {hour} h"));
        // P(S > t) = exp(-sqrt(2 t)) for mean 1 and shape 1/2; its integral is 1 - (1 + sqrt(2 t)) exp(-sqrt(2 t)).
        let root = f64::sqrt(2.0 * hour);
        let expected = size * (1.0 - root * math::exp(-root));
        assert_near(fresh, expected, size.sqrt(), &format!("fresh after {hour} h"));
        assert!(
            !(0.3..=1.0).contains(&hour) || fresh < 0.7 * size,
            "the bias is large"
        );
    }
}

/// The same for peers that return: flat from the start in equilibrium, far from it fresh.
#[test]
fn alternating_peers_are_flat_in_equilibrium_only() {
    const PEERS: u32 = 10_000;
    let online = |start| {
        let plan = Plan::new(
            SEED,
            roster(PEERS, Regime::Churn(churn(weibull(), weibull(), start))),
        )
        .unwrap();
        let moments: Vec<u64> = (0..20).map(|step| step * HOUR_NS / 10).collect();
        online_at(&plan, &moments)
    };
    for count in online(Start::Equilibrium) {
        assert_near(count, 5000.0, 50.0, "in equilibrium");
    }
    let fresh = online(Start::Fresh);
    assert!(fresh[0] > 9999.0 && fresh[2] > 5600.0, "{fresh:?}");
}

/// M/G/infinity: the number online is Poisson with mean rate times E[S], whatever the law of sessions.
#[test]
fn an_open_population_is_poisson() {
    // Snapshots far apart compared with a session: the dispersion index of so many has a standard error of 0.016.
    const SNAPSHOTS: u64 = 8000;
    for (session, apart_h, mean) in [
        (Law::fixed(HOUR_NS).unwrap(), 2, 10.0),
        (Law::uniform(0, 2 * HOUR_NS).unwrap(), 2, 10.0),
        (weibull(), 20, 1.5),
    ] {
        let duration_ns = (SNAPSHOTS + 10) * apart_h * HOUR_NS;
        let once = Churn::new(session, None, 0.0, Start::Fresh).unwrap();
        let plan = Plan::new(SEED, open(0, mean / 3600.0, duration_ns, once)).unwrap();
        let moments: Vec<u64> = (10..SNAPSHOTS + 10)
            .map(|step| step * apart_h * HOUR_NS)
            .collect();
        let counts = online_at(&plan, &moments);
        let snapshots = SNAPSHOTS as f64;
        let average = counts.iter().sum::<f64>() / snapshots;
        let variance = counts
            .iter()
            .map(|count| (count - average) * (count - average))
            .sum::<f64>()
            / (snapshots - 1.0);
        assert_near(
            average,
            mean,
            (mean / snapshots).sqrt(),
            &format!("{session}: mean"),
        );
        let dispersion = variance / average;
        assert!((dispersion - 1.0).abs() < 0.05, "{session}: {dispersion}");
        // The whole law, not only its first two moments: nobody is there with probability exp(-mean).
        let nobody = counts.iter().filter(|count| **count < 0.5).count() as f64;
        let expected = snapshots * math::exp(-mean);
        assert_near(
            nobody,
            expected,
            expected.sqrt().max(0.5),
            &format!("{session}: nobody"),
        );
    }
}

/// Little: the mean number online is the rate of coming times the mean stay, on the sessions themselves.
#[test]
fn an_initial_population_in_equilibrium_keeps_its_size() {
    let once = Churn::new(weibull(), None, 0.5, Start::Equilibrium).unwrap();
    let plan = Plan::new(SEED, open(3600, 1.0, 4 * HOUR_NS, once)).unwrap();
    assert_eq!(plan.online_at_start().len(), 3600);
    for peer in peers(&plan) {
        assert_eq!(plan.stays(peer).count(), 1, "nobody returns");
    }
    for count in online_at(&plan, &[0, HOUR_NS / 4, HOUR_NS, 3 * HOUR_NS]) {
        assert_near(count, 3600.0, 60.0, "online");
    }
}

/// The inspection paradox on the plan itself: who is present at a moment still stays for three mean sessions.
#[test]
fn present_peers_still_stay_three_mean_sessions() {
    let regime = Regime::Churn(churn(weibull(), weibull(), Start::Equilibrium));
    let plan = Plan::new(SEED, roster(120_000, regime)).unwrap();
    for at_ns in [0, HOUR_NS / 2] {
        let (mut sum, mut present) = (0.0, 0.0);
        for peer in peers(&plan) {
            let mut stays = plan.stays(peer).take_while(|stay| stay.start_ns <= at_ns);
            if let Some(stay) = stays.find(|stay| stay.end_ns > at_ns) {
                sum += (stay.end_ns - at_ns) as f64 / HOUR_NS as f64;
                present += 1.0;
            }
        }
        let ratio: f64 = sum / present;
        assert!((ratio / 3.0 - 1.0).abs() < 0.03, "{ratio} at {at_ns} ns");
    }
}

#[test]
fn sessions_are_a_pure_function_in_order() {
    for start in [Start::Fresh, Start::Equilibrium] {
        let brief = Law::weibull(0.3, 1000).unwrap();
        let regime = Regime::Churn(churn(brief, Law::exponential(2).unwrap(), start));
        let mut declared = roster(50, regime);
        declared.duration_ns = 100_000;
        let plan = Plan::new(SEED, declared).unwrap();
        let forward: Vec<Vec<_>> = peers(&plan).map(|peer| plan.stays(peer).collect()).collect();
        assert!(forward.iter().map(Vec::len).sum::<usize>() > 500);
        for (peer, stays) in (0..50).map(PeerId).zip(&forward).rev() {
            for (number, stay) in stays.iter().enumerate().rev() {
                let previous_end_ns = if number == 0 { 0 } else { stays[number - 1].end_ns };
                let again = plan.session(peer, u32::try_from(number).unwrap(), previous_end_ns);
                assert_eq!(again.as_ref(), Some(stay));
                assert!(
                    stay.start_ns > previous_end_ns || number == 0,
                    "absent for 1 ns at least"
                );
                assert!(stay.end_ns > stay.start_ns);
            }
        }
    }
}

/// Common random numbers: what is not meant to change does not.
#[test]
fn each_parameter_changes_its_own_draws_only() {
    let plan = |absence: Law, crash: f64, replication: u64| {
        let churn = Churn::new(weibull(), Some(absence), crash, Start::Fresh).unwrap();
        let seed = Seed { replication, ..SEED };
        Plan::new(seed, roster(200, Regime::Churn(churn))).unwrap()
    };
    let short = Law::exponential(HOUR_NS).unwrap();
    let (base, rude, idle, other) = (
        plan(short, 0.1, 0),
        plan(short, 0.6, 0),
        plan(weibull(), 0.1, 0),
        plan(short, 0.1, 1),
    );
    let (mut crashes, mut more, mut total) = (0, 0, 0);
    for peer in peers(&base) {
        let stays = |plan: &Plan| plan.stays(peer).collect::<Vec<_>>();
        for (stay, ruder) in stays(&base).iter().zip(stays(&rude)) {
            assert_eq!((stay.start_ns, stay.end_ns), (ruder.start_ns, ruder.end_ns));
            assert!(stay.departure == Departure::Graceful || ruder.departure == Departure::Crash);
            crashes += u32::from(stay.departure == Departure::Crash);
            more += u32::from(ruder.departure == Departure::Crash);
            total += 1;
        }
        for (stay, idler) in stays(&base).iter().zip(stays(&idle)) {
            assert_eq!(stay.end_ns - stay.start_ns, idler.end_ns - idler.start_ns);
        }
        assert_ne!(stays(&base), stays(&other));
    }
    let expected = f64::from(total);
    assert_near(
        f64::from(crashes),
        0.1 * expected,
        (0.09 * expected).sqrt(),
        "crashes",
    );
    assert_near(
        f64::from(more),
        0.6 * expected,
        (0.24 * expected).sqrt(),
        "more crashes",
    );
}

#[test]
fn a_crowd_comes_within_its_ramp() {
    let members: Vec<PeerId> = (1000..3000).map(PeerId).rev().collect();
    let crowd = Crowd {
        members,
        at_ns: HOUR_NS,
        ramp_ns: HOUR_NS / 2,
    };
    for regime in [
        Regime::Always,
        Regime::Churn(churn(weibull(), weibull(), Start::Equilibrium)),
    ] {
        let calm = Plan::new(SEED, roster(4000, regime)).unwrap();
        let mut declared = roster(4000, regime);
        declared.crowds = vec![crowd.clone()];
        let plan = Plan::new(SEED, declared).unwrap();
        let mut starts = Vec::new();
        for peer in peers(&plan) {
            if !(1000..3000).contains(&peer.0) {
                assert!(
                    plan.stays(peer).eq(calm.stays(peer)),
                    "a crowd changes nobody else"
                );
                continue;
            }
            let stays: Vec<_> = plan.stays(peer).collect();
            starts.push((stays[0].start_ns - HOUR_NS) as f64 / (HOUR_NS / 2) as f64);
            assert_eq!(stays[0].end_ns == NEVER_NS, regime == Regime::Always);
        }
        assert!(starts.iter().all(|part| (0.0..1.0).contains(part)));
        let mean = starts.iter().sum::<f64>() / 2000.0;
        assert_near(mean, 0.5, (1.0_f64 / 12.0 / 2000.0).sqrt(), "place in the ramp");
        let lives_on = (1000..3000)
            .filter(|peer| plan.stays(PeerId(*peer)).count() > 1)
            .count();
        assert_eq!(lives_on == 0, regime == Regime::Always);
    }
    let mut sudden = roster(4000, Regime::Always);
    sudden.crowds = vec![Crowd { ramp_ns: 0, ..crowd }];
    let plan = Plan::new(SEED, sudden).unwrap();
    assert!((1000..3000).all(|peer| plan.session(PeerId(peer), 0, 0).unwrap().start_ns == HOUR_NS));
    assert_eq!(plan.online_at_start().len(), 2000);
}

#[test]
fn service_nodes_have_the_last_numbers_and_never_leave() {
    let once = Churn::new(weibull(), None, 1.0, Start::Equilibrium).unwrap();
    let mut declared = open(10, 0.01, HOUR_NS, once);
    declared.services = 2;
    let plan = Plan::new(SEED, declared).unwrap();
    let services: Vec<PeerId> = plan.service_nodes().collect();
    assert_eq!(services.len(), 2);
    assert_eq!(services[1].0 + 1, plan.nodes());
    for service in services {
        let stays: Vec<_> = plan.stays(service).collect();
        assert_eq!(
            (stays.len(), stays[0].start_ns, stays[0].end_ns),
            (1, 0, NEVER_NS)
        );
        assert!(!plan.online_at_start().contains(&service));
    }
}

fn playback(text: &str, assignment: Assignment, repeat: bool) -> Playback {
    Playback {
        trace: Trace::parse(text).unwrap(),
        assignment,
        offset_ns: 4 * SECOND_NS,
        repeat,
    }
}

#[test]
fn a_trace_is_played_from_its_offset() {
    let text = "a 3 1 2 3 6 8 9\nb 0\nc 2 5 5 10 20\n";
    let plan = |residents: u32, assignment, repeat| {
        let mut declared = roster(residents, Regime::Trace { crash: 1.0 });
        declared.playback = Some(playback(text, assignment, repeat));
        Plan::new(SEED, declared)
    };
    let spans = |plan: &Plan, peer: u32| -> Vec<(u64, u64)> {
        let seconds = |stay: PlannedSession| (stay.start_ns / SECOND_NS, stay.end_ns / SECOND_NS);
        plan.stays(PeerId(peer)).map(seconds).collect()
    };
    let hosts = [vec![(0, 2), (4, 5)], vec![], vec![(6, 16)]];
    let ordered = plan(3, Assignment::InOrder, false).unwrap();
    for (peer, expected) in (0..).zip(&hosts) {
        assert_eq!(spans(&ordered, peer), *expected);
    }
    assert!(
        ordered
            .stays(PeerId(0))
            .all(|stay| stay.departure == Departure::Crash)
    );
    assert_eq!(ordered.online_at_start(), [PeerId(0)]);
    assert_eq!(
        plan(4, Assignment::Random, false).unwrap_err(),
        PlanError::TooFewHosts { peers: 4, hosts: 3 }
    );
    // With repetition, every host is played equally often.
    for assignment in [Assignment::InOrder, Assignment::Random] {
        let many = plan(300, assignment, true).unwrap();
        let played: Vec<usize> = (0..300)
            .map(|peer| hosts.iter().position(|host| *host == spans(&many, peer)).unwrap())
            .collect();
        for host in 0..3 {
            assert_eq!(played.iter().filter(|other| **other == host).count(), 100);
        }
        let repeats = played.windows(4).all(|hosts| hosts[0] == hosts[3]);
        assert_eq!(
            repeats,
            assignment == Assignment::InOrder,
            "each round has an order of its own"
        );
    }
}

#[test]
fn a_trace_can_be_one_groups_only() {
    let groups = vec![
        Group::named("measured", Size::Count(2)),
        Group::named("fixed", Size::Rest),
    ];
    let population = Population::deal(SEED, groups, 6, 0).unwrap();
    let declared = Roster {
        population: Arc::new(population),
        regimes: vec![Regime::Trace { crash: 0.0 }, Regime::Always],
        playback: Some(playback("a 1 4 5\nb 1 4 6\n", Assignment::InOrder, false)),
        ..roster(0, Regime::Always)
    };
    let population = Arc::clone(&declared.population);
    let plan = Plan::new(SEED, declared).unwrap();
    let ends: Vec<u64> = population
        .members_of(0)
        .map(|peer| plan.session(peer, 0, 0).unwrap().end_ns / SECOND_NS)
        .collect();
    assert_eq!(ends, [1, 2]);
    assert!(
        population
            .members_of(1)
            .all(|peer| plan.session(peer, 0, 0).unwrap().end_ns == NEVER_NS)
    );
}

#[test]
fn times_end_before_they_overflow() {
    let long = Law::fixed(super::super::law::LENGTH_NS_MAX).unwrap();
    let mut declared = roster(1, Regime::Churn(churn(long, long, Start::Fresh)));
    declared.duration_ns = NEVER_NS;
    let plan = Plan::new(SEED, declared).unwrap();
    let stays: Vec<_> = plan.stays(PeerId(0)).collect();
    assert_eq!(stays.len(), 8);
    assert!(stays.iter().all(|stay| stay.end_ns > stay.start_ns));
    assert_eq!(plan.session(PeerId(0), 1, NEVER_NS - 5), None);
    assert_eq!(plan.session(PeerId(0), 1, NEVER_NS), None);
}

#[test]
fn impossible_plans_are_refused() {
    let endless = Law::pareto_minimum(1.0, HOUR_NS).unwrap();
    for (session, absence, of) in [(endless, weibull(), "session"), (weibull(), endless, "absence")] {
        let refused = Churn::new(session, Some(absence), 0.0, Start::Equilibrium);
        assert_eq!(refused, Err(ChurnError::InfiniteMean { of, law: endless }));
        assert!(Churn::new(session, Some(absence), 0.0, Start::Fresh).is_ok());
    }
    assert!(Churn::new(endless, None, 0.0, Start::Equilibrium).is_err());
    for crash in [-0.1, 1.1, f64::NAN] {
        assert!(Churn::new(weibull(), None, crash, Start::Fresh).is_err());
    }

    let crowd = |members: &[u32]| Crowd {
        members: members.iter().copied().map(PeerId).collect(),
        at_ns: 1,
        ramp_ns: 1,
    };
    let trace = Regime::Trace { crash: 0.0 };
    let played = Some(playback("a 0\nb 0\n", Assignment::InOrder, false));
    let base = || roster(2, Regime::Always);
    let group = "all".to_owned();
    for (declared, expected) in [
        (
            Roster {
                regimes: Vec::new(),
                ..base()
            },
            PlanError::Regimes {
                regimes: 0,
                groups: 1,
            },
        ),
        (
            Roster {
                arrivals: Arrivals::at(vec![1]),
                ..base()
            },
            PlanError::Arrivals { times: 1, peers: 0 },
        ),
        (
            Roster {
                services: u32::MAX,
                ..base()
            },
            PlanError::TooMany(u64::from(u32::MAX) + 2),
        ),
        (
            Roster {
                crowds: vec![crowd(&[2])],
                ..base()
            },
            PlanError::NoResident {
                peer: PeerId(2),
                residents: 2,
            },
        ),
        (
            Roster {
                crowds: vec![crowd(&[1]), crowd(&[0, 1])],
                ..base()
            },
            PlanError::TwoCrowds { peer: PeerId(1) },
        ),
        (roster(2, trace), PlanError::NoTrace { group: group.clone() }),
        (
            Roster {
                crowds: vec![crowd(&[0])],
                playback: played.clone(),
                ..roster(2, trace)
            },
            PlanError::CrowdOfTrace {
                peer: PeerId(0),
                group: group.clone(),
            },
        ),
        (
            Roster {
                regimes: vec![trace],
                playback: played,
                ..open(
                    1,
                    1.0,
                    60 * SECOND_NS,
                    Churn::new(weibull(), None, 0.0, Start::Fresh).unwrap(),
                )
            },
            PlanError::ArrivalOfTrace { group },
        ),
        (
            roster(2, Regime::Trace { crash: 2.0 }),
            PlanError::Churn(ChurnError::Crash(2.0)),
        ),
    ] {
        assert_eq!(Plan::new(SEED, declared).unwrap_err(), expected);
    }
}

/// Everybody's first sessions, frozen: whoever changes them changes every result and raises the trajectory epoch.
#[test]
fn a_plan_is_frozen() {
    use crate::engine::digest::Channel;
    let laws = [
        weibull(),
        Law::exponential(HOUR_NS).unwrap(),
        Law::log_normal_mean(HOUR_NS, 1.0).unwrap(),
        Law::pareto_mean(2.0, HOUR_NS).unwrap(),
        Law::uniform(1, HOUR_NS).unwrap(),
        Law::fixed(HOUR_NS).unwrap(),
    ];
    let mut text = String::new();
    for law in laws {
        let regime = churn(law, law, Start::Equilibrium);
        let plan = Plan::new(SEED, open(100, 0.01, 5 * HOUR_NS, regime)).unwrap();
        let mut sum = Channel::default();
        for peer in peers(&plan) {
            for stay in plan.stays(peer) {
                let crashes = u64::from(stay.departure == Departure::Crash) << 32;
                sum.add(u64::from(peer.0) | crashes, stay.start_ns, stay.end_ns);
            }
        }
        writeln!(text, "{law}: {}", sum.hex()).unwrap();
    }
    assert_eq!(
        text,
        "Weibull, shape 0.5, scale 1800 s: aba6617558576b80e4f9ceb468fd4a16\n\
         exponential, mean 3600 s: 081d3c1d30e7d33adb736c0e1a531399\n\
         log-normal, median 2183.510374965 s, sigma 1: cdbcf8080f6074803cb6906c8c9988af\n\
         Pareto, alpha 2, minimum 1800 s: 9d3503b508ea60a1471d9c1074540402\n\
         uniform, 0.000000001 to 3600 s: b90a18850bc2bef8bcb223d5b15e5051\n\
         fixed, 3600 s: 4005fae502148a45c8e7ae2c174e24bc\n"
    );
}

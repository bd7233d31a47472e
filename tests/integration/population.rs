//! Populations against renewal theory, through ordinary runs: counts of an open population are Poisson, who is present
//! is in the middle of an unusually long session, availability depends on means alone, and a population that begins in
//! equilibrium is flat from the first moment.

use std::fmt::Write as _;

use crate::support::{Lab, scenario};
use servent::experiment::{Request, Run};
use servent::population::Plan;
use servent::scenario::build::Model;

/// Peers that come and go and do nothing else.
fn idle(duration: &str, sample_every: &str, peers: &str) -> Lab {
    scenario(&format!(
        r#"
seed = 20_021_022
duration = "{duration}"
observe.sample_every = "{sample_every}"
workload.transfers.path = "flows.csv"
{peers}
"#
    ))
    .file("flows.csv", "flow,at_s,source,sink,size_bytes\n")
}

/// Online peers at the samples. A sample sees what happened before its moment: at time 0 nothing has.
fn online(lab: Lab) -> Vec<u64> {
    let rows = lab.run().series().rows;
    let later = rows.iter().filter(|row| row.time_ns > 0);
    later.map(|row| row.online_peers).collect()
}

fn square(value: f64) -> f64 {
    value * value
}

/// Mean, and variance over mean.
fn mean_and_dispersion(counts: &[u64]) -> (f64, f64) {
    let number = counts.len() as f64;
    let mean = counts.iter().sum::<u64>() as f64 / number;
    let squares: f64 = counts.iter().map(|&count| square(count as f64 - mean)).sum();
    (mean, squares / (number - 1.0) / mean)
}

/// Poisson arrivals, any law of stays: the number present is Poisson with mean rate times mean stay, at every moment
/// from the first on. 12,000 samples give the index of dispersion with a standard error of 0.013.
fn check_open_population(law: &str, sample_every: &str) {
    const REPLICATIONS: u64 = 40;
    const SAMPLES: usize = 300;
    // Five peers on average: one a minute, each for five minutes.
    let peers = format!("peers.arrivals.poisson = {{ rate = \"60 /h\", session.{law} }}");
    let minutes: usize = sample_every.strip_suffix(" min").unwrap().parse().unwrap();
    let duration = format!("{} min", minutes * SAMPLES);
    let mut counts = Vec::new();
    let mut first = Vec::new();
    for replication in 0..REPLICATIONS {
        let samples = online(idle(&duration, sample_every, &peers).replication(replication));
        assert!(samples.len() >= SAMPLES - 1);
        first.push(samples[0]);
        counts.extend(samples);
    }
    let (mean, dispersion) = mean_and_dispersion(&counts);
    let error = (5.0 / counts.len() as f64).sqrt();
    println!("{law}: mean {mean:.4} +- {error:.4}, dispersion {dispersion:.4}");
    assert!(
        (mean - 5.0).abs() < 4.0 * error,
        "{law}: mean {mean} +- {error}, not 5"
    );
    assert!(
        (dispersion - 1.0).abs() <= 0.05,
        "{law}: variance/mean {dispersion}, not 1"
    );
    // Little's law at the very beginning too: nobody has to wait for equilibrium.
    let early = first.iter().sum::<u64>() as f64 / REPLICATIONS as f64;
    let error = (5.0 / REPLICATIONS as f64).sqrt();
    assert!(
        (early - 5.0).abs() < 4.0 * error,
        "{law}: at first {early} +- {error}, not 5"
    );
}

#[test]
fn open_populations_are_poisson() {
    check_open_population("fixed.length = \"5 min\"", "10 min");
    check_open_population("exponential.mean = \"5 min\"", "40 min");
    check_open_population("weibull = { shape = 0.5, mean = \"5 min\" }", "100 min");
}

/// Right at the start: counts at time 0 over many replications are Poisson, or zero after a fresh start.
#[test]
fn open_populations_begin_as_they_say() {
    let peers = |start: &str| {
        format!(
            "peers.arrivals.poisson = {{ rate = \"60 /h\", session.exponential.mean = \"5 min\", start = \"{start}\" }}"
        )
    };
    let equilibrium = idle("2 s", "1 s", &peers("equilibrium"));
    let counts: Vec<u64> = (0..10_000)
        .map(|replication| present_at_start(&equilibrium, replication))
        .collect();
    let (mean, dispersion) = mean_and_dispersion(&counts);
    assert!((mean - 5.0).abs() < 4.0 * (5.0_f64 / 10_000.0).sqrt(), "{mean}");
    assert!((dispersion - 1.0).abs() <= 0.05, "{dispersion}");
    let fresh = idle("2 s", "1 s", &peers("fresh"));
    assert!((0..10).all(|replication| present_at_start(&fresh, replication) == 0));
}

/// How many a replication of a scenario begins with.
fn present_at_start(lab: &Lab, replication: u64) -> u64 {
    let request = Request {
        replication,
        ..lab.request()
    };
    plan_of(request).online_at_start().len() as u64
}

/// The plan of a scenario's sessions.
fn plan_of(request: Request) -> Plan {
    let model = Run::read(request).unwrap().build().unwrap();
    match model {
        Model::Gnutella(setup, _) => setup.sessions,
        Model::Chord(setup, _) => setup.sessions,
        Model::ChordLookups(setup, _) => setup.sessions,
        Model::Kademlia(setup, _) => setup.sessions,
        Model::KademliaLookups(setup, _) => setup.sessions,
        Model::Central(setup, _) => setup.sessions,
        Model::Tracker(setup, _) => setup.sessions,
        Model::ClientServer(setup, _) => setup.sessions,
        Model::SuperPeer(setup, _) => setup.sessions,
        Model::GnutellaChord(setup, _) => setup.sessions,
        Model::GnutellaKademlia(setup, _) => setup.sessions,
        Model::CentralChord(setup, _) => setup.sessions,
        Model::CentralKademlia(setup, _) => setup.sessions,
        Model::TrackerChord(setup, _) => setup.sessions,
        Model::TrackerKademlia(setup, _) => setup.sessions,
        Model::Transfers(setup, _) => setup.sessions,
    }
}

/// Age and residual life of the sessions of those present at a moment, mean of each in multiples of the mean session.
fn age_and_residual(plan: &Plan, peers: u32, at_ns: u64, session_ns_mean: f64) -> (f64, f64, f64) {
    let (mut ages, mut residuals, mut present) = (0.0, 0.0, 0.0);
    for peer in 0..peers {
        let mut sessions = plan.stays(servent::engine::PeerId(peer));
        let under_way = sessions.find(|session| session.end_ns > at_ns);
        let Some(session) = under_way.filter(|session| session.start_ns <= at_ns) else {
            continue;
        };
        ages += (at_ns - session.start_ns) as f64;
        residuals += (session.end_ns - at_ns) as f64;
        present += 1.0;
    }
    let scale = present * session_ns_mean;
    (ages / scale, residuals / scale, present)
}

/// Who is present is on average in the middle of a longer session: mean age = mean residual = E[S^2] / (2 E[S]).
#[test]
fn those_present_are_in_long_sessions() {
    const PEERS: u32 = 60_000;
    const MINUTE_NS: u64 = 60_000_000_000;
    for (law, ratio) in [
        ("weibull = { shape = 0.5, mean = \"10 min\" }", 3.0),
        ("exponential.mean = \"10 min\"", 1.0),
        ("uniform.max = \"20 min\"", 2.0 / 3.0),
        ("log_normal = { mean = \"10 min\", sigma = 1.0 }", 1.359_141),
        ("fixed.length = \"10 min\"", 0.5),
    ] {
        let peers = format!(
            "peers.count = {PEERS}\npeers.churn = {{ session.{law}, absence.exponential.mean = \"1 min\" }}"
        );
        let lab = idle("1000 min", "1000 min", &peers);
        let plan = plan_of(lab.request());
        let at = |minutes: u64| age_and_residual(&plan, PEERS, minutes * MINUTE_NS, 6e11);
        // From the first moment on there is a mean residual; ages have come of age later.
        let (_, residual_first, present_first) = at(0);
        let (age, residual, present) = at(900);
        println!("{law}: age {age:.4}, residual {residual_first:.4} then {residual:.4}, not {ratio:.4}");
        for value in [age, residual_first, residual] {
            assert!((value / ratio - 1.0).abs() <= 0.03, "{law}: {value}, not {ratio}");
        }
        // Present with probability 10 / 11 at both moments.
        let expected = f64::from(PEERS) * 10.0 / 11.0;
        let error = (expected / 11.0).sqrt();
        for count in [present_first, present] {
            assert!(
                (count - expected).abs() < 4.0 * error,
                "{law}: {count} of {expected} +- {error}"
            );
        }
    }
    // Fresh sessions have everything before them: the mean session, not three of it.
    let peers = format!(
        "peers.count = {PEERS}\npeers.churn = {{ session.weibull = {{ shape = 0.5, mean = \"10 min\" }}, start = \"fresh\" }}"
    );
    let fresh = idle("1 h", "1 h", &peers);
    let (age, residual, present) = age_and_residual(&plan_of(fresh.request()), PEERS, 0, 6e11);
    assert!(age.abs() < 1e-12, "{age}");
    assert!((present - f64::from(PEERS)).abs() < 0.5, "{present}");
    assert!((residual - 1.0).abs() < 0.03, "{residual}");
}

/// The share of time online is E[on] / (E[on] + E[off]), whatever the shapes of the two laws.
#[test]
fn availability_depends_on_means_alone() {
    const PEERS: usize = 3_000;
    for (session, absence) in [
        ("exponential.mean = \"30 min\"", "exponential.mean = \"60 min\""),
        (
            "weibull = { shape = 0.5, mean = \"30 min\" }",
            "fixed.length = \"60 min\"",
        ),
        (
            "fixed.length = \"30 min\"",
            "pareto = { shape = 2.5, mean = \"60 min\" }",
        ),
        (
            "log_normal = { mean = \"30 min\", sigma = 1.5 }",
            "uniform.max = \"120 min\"",
        ),
        (
            "uniform = { min = \"20 min\", max = \"40 min\" }",
            "weibull = { shape = 0.38, mean = \"60 min\" }",
        ),
    ] {
        let peers =
            format!("peers.count = {PEERS}\npeers.churn = {{ session.{session}, absence.{absence} }}");
        let rows = idle("100 h", "100 h", &peers).run().peers();
        assert_eq!(rows.len(), PEERS);
        let shares: Vec<f64> = rows.iter().map(|row| row.online_ns as f64 / 3.6e14).collect();
        let mean = shares.iter().sum::<f64>() / PEERS as f64;
        let squares: f64 = shares.iter().map(|share| square(share - mean)).sum();
        let error = (squares / (PEERS as f64 - 1.0) / PEERS as f64).sqrt();
        println!("{session}, {absence}: {mean:.5} +- {error:.5}");
        assert!(
            3.0 * error < 0.02 / 3.0,
            "{session}, {absence}: {error} is too noisy"
        );
        assert!(
            (mean - 1.0 / 3.0).abs() <= 3.0 * error,
            "{session}, {absence}: {mean} +- {error}"
        );
    }
}

/// With an equilibrium start the population is flat; when all start fresh it is not, for a long time.
#[test]
fn a_population_in_equilibrium_is_flat_from_the_start() {
    const PEERS: u64 = 20_000;
    let churn = |start: &str| {
        let mut peers = String::new();
        writeln!(peers, "peers.count = {PEERS}").unwrap();
        writeln!(peers, "peers.churn.start = \"{start}\"").unwrap();
        writeln!(
            peers,
            "peers.churn.session.weibull = {{ shape = 0.5, mean = \"1 h\" }}"
        )
        .unwrap();
        writeln!(
            peers,
            "peers.churn.absence.weibull = {{ shape = 0.5, mean = \"1 h\" }}"
        )
        .unwrap();
        let counts: Vec<f64> = online(idle("6 h", "3 min", &peers))
            .into_iter()
            .map(|count| count as f64)
            .collect();
        assert_eq!(counts.len(), 120);
        counts
    };
    // Half are online: 10,000, with a standard deviation of 71.
    let flat = churn("equilibrium");
    for (sample, count) in flat.iter().enumerate() {
        assert!((count - 10_000.0).abs() < 4.5 * 70.7, "sample {sample}: {count}");
    }
    let mean = |counts: &[f64]| counts.iter().sum::<f64>() / counts.len() as f64;
    let drift = mean(&flat[..40]) - mean(&flat[flat.len() - 40..]);
    assert!(drift.abs() < 300.0, "{drift}");
    // All fresh: everybody is there at first, and it takes hours to wear off.
    let fresh = churn("fresh");
    assert!(fresh[0] > 15_000.0, "{}", fresh[0]);
    let drift = mean(&fresh[..40]) - mean(&fresh[fresh.len() - 40..]);
    println!("fresh: {:?}, drift {drift}", &fresh[..5]);
    assert!(drift.abs() > 300.0, "{drift}");
}

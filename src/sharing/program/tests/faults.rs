//! Sources that lie, leave or fall silent.

use super::*;
use crate::engine::SmallStream;
use crate::engine::{Draw, Purpose};

/// A world of liars and leavers, drawn from a number.
fn troubled(number: u64) -> (Setup, Vec<(u64, u32, Departure)>) {
    let mut random: SmallStream = SEED.small(Purpose::Faults, number);
    let mut setup = Setup::new(14, 12, &[4, 5, 6, 7]);
    setup.queries = (0..4)
        .map(|peer| (SECOND_NS * (1 + random.below(40)), peer, 0))
        .collect();
    for traits in &mut setup.traits {
        traits.spoils_percent = [0, 0, 30, 100][random.position(4)];
        traits.firewalled = random.chance(0.3);
        traits.shares = random.chance(0.9);
    }
    let settings = setup.settings();
    settings.pipeline = 1 + u8::try_from(random.below(3)).unwrap();
    settings.upload_slots = 1 + u16::try_from(random.below(3)).unwrap();
    settings.queue_max = u16::try_from(random.below(3)).unwrap();
    settings.sources_max = 1 + u16::try_from(random.below(4)).unwrap();
    settings.failures_max = 1 + u16::try_from(random.below(3)).unwrap();
    settings.search_retries = u16::try_from(random.below(3)).unwrap();
    settings.partial_sharing = random.chance(0.5);
    let departures = (0..8)
        .map(|_| {
            let departure = if random.chance(0.5) {
                Departure::Crash
            } else {
                Departure::Graceful
            };
            let at_ns = random.below(60 * SECOND_NS);
            (at_ns, u32::try_from(random.below(10)).unwrap(), departure)
        })
        .collect();
    setup.settings().session_chunks = [None, Some(1), Some(3)][random.position(3)];
    (setup, departures)
}

fn run_troubled(setup: &Setup, departures: &[(u64, u32, Departure)]) -> Lab<FileSharing<Direct>> {
    let mut lab = setup.lab();
    let mut gone = Vec::new();
    for &(at_ns, peer, departure) in departures {
        if !gone.contains(&peer) {
            gone.push(peer);
            lab.at(at_ns, Event::Leave(PeerId(peer), departure));
            lab.at(at_ns + 30 * SECOND_NS, Event::Join(PeerId(peer)));
        }
    }
    let slots = usize::from(setup.transfers.unwrap().upload_slots);
    lab.run(END_NS, |lab| {
        for peer in 0..14 {
            assert!(lab.peer(peer).active_uploads() <= slots);
        }
    });
    check(&lab);
    lab
}

#[test]
fn whatever_happens_downloads_end_and_books_balance() {
    let mut seen = std::collections::BTreeMap::<&str, u32>::new();
    let (mut corrupt, mut refetched) = (0, 0);
    for number in 0..200 {
        let (setup, departures) = troubled(number);
        let lab = run_troubled(&setup, &departures);
        for line in lab.commons.tally.downloads() {
            assert_ne!(
                line.outcome,
                DownloadOutcome::Unfinished,
                "world {number}: {line:?}"
            );
            *seen.entry(line.outcome.name()).or_default() += 1;
            corrupt += line.corrupt_chunks;
            refetched += line.refetched_bytes;
        }
        for peer in 0..14 {
            assert_eq!(lab.peer(peer).active_downloads(), 0);
            assert_eq!(
                lab.peer(peer).active_uploads(),
                0,
                "world {number}: a slot is stuck"
            );
        }
    }
    assert!(
        seen.values().all(|&count| count > 20) && seen.len() == 3,
        "{seen:?}"
    );
    assert!(corrupt > 100 && refetched > 0);
}

#[test]
fn tags_and_real_bytes_give_equal_outcomes() {
    let mut corrupt = 0;
    for number in 0..20 {
        let (mut setup, departures) = troubled(number);
        let by_tag = run_troubled(&setup, &departures);
        setup.settings().verification = Verification::Bytes;
        let by_bytes = run_troubled(&setup, &departures);
        assert_eq!(
            by_tag.commons.tally.downloads(),
            by_bytes.commons.tally.downloads()
        );
        assert_eq!(by_tag.sent.len(), by_bytes.sent.len());
        corrupt += by_tag
            .commons
            .tally
            .downloads()
            .iter()
            .map(|line| line.corrupt_chunks)
            .sum::<u32>();
    }
    assert!(corrupt > 0, "there was something to catch");
}

#[test]
fn a_chunk_is_fetched_a_geometric_number_of_times() {
    for percent in [10, 30, 50] {
        let spoils = f64::from(percent) / 100.0;
        let mut setup = Setup::new(7, 1, &[1, 2, 3, 4, 5, 6]);
        setup.chunk_bytes = 10;
        setup.size_bytes = 40_000;
        setup.settings().failures_max = u16::MAX;
        for traits in &mut setup.traits {
            traits.spoils_percent = percent;
        }
        let lab = setup.run();
        let line = only_line(&lab);
        assert_eq!(line.outcome, DownloadOutcome::Completed);
        let chunks = 4_000.0;
        let mean = lab.flows_started as f64 / chunks;
        let expected = 1.0 / (1.0 - spoils);
        let error = (spoils / chunks).sqrt() / (1.0 - spoils);
        assert!(
            (mean - expected).abs() < 3.0 * error,
            "q = {spoils}: {mean} transfers a chunk"
        );
        assert_eq!(line.refetched_bytes, u64::from(line.corrupt_chunks) * 10);
        assert_eq!(lab.flows_started, 4_000 + u64::from(line.corrupt_chunks));
    }
}

#[test]
fn a_liar_is_dropped_after_its_first_lie() {
    let mut setup = Setup::new(4, 10, &[1, 2]);
    setup.traits[1].spoils_percent = 100;
    let lab = setup.run();
    let line = only_line(&lab);
    assert_eq!(
        (line.outcome, line.corrupt_chunks, line.sources),
        (DownloadOutcome::Completed, 1, 1)
    );
    assert_eq!(lab.flows_started, 11);

    setup.holders = vec![(1, 0)];
    let line = only_line(&setup.run());
    assert_eq!(
        (line.outcome, line.corrupt_chunks, line.sources),
        (DownloadOutcome::Failed, 1, 0)
    );
}

#[test]
fn a_source_that_goes_mid_chunk_loses_it_to_another() {
    for (departure, patience_ns) in [(Departure::Graceful, 0), (Departure::Crash, 60 * SECOND_NS)] {
        let mut lab = Setup::new(3, 6, &[1, 2]).lab();
        // Chunks begin 6.35 s after the start: half a second later half a chunk has come.
        let gone_ns = 6 * SECOND_NS + 850 * MILLISECOND_NS - 250 * MILLISECOND_NS;
        lab.at(gone_ns, Event::Leave(PeerId(1), departure));
        lab.run(END_NS, |_| {});
        check(&lab);
        let line = only_line(&lab);
        assert_eq!((line.outcome, line.sources), (DownloadOutcome::Completed, 1));
        assert_eq!(line.refetched_bytes, 350, "what had come of the chunk");
        assert_eq!(lab.flows_started, 7);
        assert!(line.finished_ns.unwrap() >= gone_ns + patience_ns);
    }
}

#[test]
fn without_any_source_left_a_download_fails() {
    for departure in [Departure::Graceful, Departure::Crash] {
        // While chunks come; and after the hits came but before anything was asked.
        for gone_ns in [8 * SECOND_NS, 3 * SECOND_NS] {
            let mut lab = Setup::new(3, 6, &[1, 2]).lab();
            for peer in [1, 2] {
                lab.at(gone_ns, Event::Leave(PeerId(peer), departure));
            }
            lab.run(END_NS, |_| {});
            check(&lab);
            let line = only_line(&lab);
            assert_eq!(line.outcome, DownloadOutcome::Failed);
            assert!(!lab.peer(0).has(ItemId(0), PeerId(0), &lab.world));
            assert_eq!(lab.commons.tally.outcome(QueryId(0)), QueryOutcome::Hit);
        }
    }
}

#[test]
fn a_search_made_anew_finds_new_sources() {
    let mut setup = Setup::new(4, 30, &[1, 2]);
    for (retries, outcome) in [(0, DownloadOutcome::Failed), (1, DownloadOutcome::Completed)] {
        setup.settings().search_retries = retries;
        let mut lab = setup.lab();
        lab.at(0, Event::Leave(PeerId(2), Departure::Crash));
        lab.at(8 * SECOND_NS, Event::Join(PeerId(2)));
        lab.at(10 * SECOND_NS, Event::Leave(PeerId(1), Departure::Graceful));
        lab.run(END_NS, |_| {});
        check(&lab);
        assert_eq!(only_line(&lab).outcome, outcome);
    }
}

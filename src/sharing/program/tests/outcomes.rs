//! What becomes of queries and downloads when nothing goes wrong, or nothing is there.

use super::*;

#[test]
fn queries_have_a_word_each() {
    let mut setup = Setup::new(4, 2, &[1]);
    setup.items = 2;
    setup.queries = vec![
        (SECOND_NS, 0, 0),
        (SECOND_NS, 0, 1),
        (SECOND_NS, 1, 0),
        (2 * SECOND_NS, 3, 0),
        (END_NS, 0, 1),
    ];
    let mut lab = setup.lab();
    lab.at(SECOND_NS, Event::Leave(PeerId(3), Departure::Crash));
    lab.run(END_NS, |_| {});
    check(&lab);
    let words: Vec<&str> = (0..6)
        .map(|query| lab.commons.tally.outcome(QueryId(query)).name())
        .collect();
    assert_eq!(
        words,
        [
            "hit",
            "no_hit",
            "already_held",
            "origin_offline",
            "not_issued",
            "not_issued"
        ]
    );
    let asked = |peer: u32| {
        lab.sent
            .iter()
            .any(|(_, from, _, message)| from.peer.0 == peer && message.kind() == 0)
    };
    assert!(!asked(1), "what is held is not searched for");

    setup.search_held = true;
    let lab = setup.run();
    assert_eq!(
        lab.commons.tally.outcome(QueryId(2)),
        QueryOutcome::NoHit,
        "searched, though held"
    );
}

#[test]
fn without_transfers_peers_only_search() {
    let mut setup = Setup::new(3, 4, &[1, 2]);
    setup.transfers = None;
    let lab = setup.run();
    assert_eq!(lab.commons.tally.outcome(QueryId(0)), QueryOutcome::Hit);
    assert!(lab.commons.tally.downloads().is_empty());
    assert_eq!(bodies(&lab, |_| true), 0);
}

#[test]
fn free_riders_serve_nothing_and_keep_what_they_fetch() {
    let mut setup = Setup::new(4, 4, &[1, 2]);
    setup.traits[2].shares = false;
    setup.traits[0].shares_finished = false;
    setup.queries.push((1_000 * SECOND_NS, 3, 0));
    let lab = setup.run();
    for line in lab.commons.tally.downloads() {
        assert_eq!((line.outcome, line.sources), (DownloadOutcome::Completed, 1));
    }
    assert!(lab.peer(0).has(ItemId(0), PeerId(0), &lab.world));
    assert!(!lab.peer(0).offers(ItemId(0), PeerId(0), &lab.world));
    assert_eq!(lab.commons.tally.peer_bytes(PeerId(0)).uploaded, 0);
    assert_eq!(lab.commons.tally.peer_bytes(PeerId(2)).uploaded, 0);
}

#[test]
fn a_finished_file_serves_others() {
    let mut setup = Setup::new(4, 4, &[1]);
    setup.queries.push((1_000 * SECOND_NS, 3, 0));
    let lab = setup.run();
    let lines = lab.commons.tally.downloads();
    assert_eq!(lines.iter().map(|line| line.sources).collect::<Vec<_>>(), [1, 2]);
    assert!(lab.commons.tally.peer_bytes(PeerId(0)).uploaded > 0);
}

#[test]
fn what_is_under_way_at_the_end_is_unfinished() {
    let mut lab = Setup::new(2, 100, &[1]).lab();
    lab.run(30 * SECOND_NS, |_| {});
    let line = only_line(&lab);
    assert_eq!((line.outcome.name(), line.finished_ns), ("unfinished", None));
    assert!(line.verified_bytes > 0 && line.verified_bytes < line.size_bytes);
    assert_eq!(lab.peer(0).active_downloads(), 1);
    check(&lab);
}

#[test]
fn whoever_leaves_aborts_and_may_ask_again() {
    for departure in [Departure::Graceful, Departure::Crash] {
        let mut setup = Setup::new(3, 20, &[1, 2]);
        setup.queries.push((200 * SECOND_NS, 0, 0));
        let mut lab = setup.lab();
        lab.at(10 * SECOND_NS, Event::Leave(PeerId(0), departure));
        lab.at(100 * SECOND_NS, Event::Join(PeerId(0)));
        lab.run(END_NS, |_| {});
        let lines = lab.commons.tally.downloads();
        let outcomes: Vec<&str> = lines.iter().map(|line| line.outcome.name()).collect();
        assert_eq!(outcomes, ["aborted", "completed"]);
        assert_eq!(lines[0].finished_ns, Some(10 * SECOND_NS));
        assert_eq!((lines[0].number, lines[1].number), (0, 1));
        for holder in 1..3 {
            assert_eq!(lab.peer(holder).active_uploads(), 0);
        }
        check(&lab);
    }
}

#[test]
fn a_second_query_for_an_item_under_way_adds_its_hits_to_the_same_download() {
    let mut setup = Setup::new(4, 30, &[1, 2]);
    setup.queries.push((20 * SECOND_NS, 0, 0));
    let mut lab = setup.lab();
    lab.at(0, Event::Leave(PeerId(2), Departure::Crash));
    lab.at(15 * SECOND_NS, Event::Join(PeerId(2)));
    lab.run(END_NS, |_| {});
    check(&lab);
    let line = only_line(&lab);
    assert_eq!((line.outcome, line.sources), (DownloadOutcome::Completed, 2));
    assert_eq!(lab.commons.tally.outcome(QueryId(1)), QueryOutcome::Hit);
}

#[test]
fn books_add_up_in_any_order() {
    let parts = || -> Vec<SharingBooks> {
        (0..3_u32)
            .map(|peer| {
                let mut books = SharingBooks::default();
                books.note_issue(QueryId(peer * 300), crate::sharing::books::Issue::Sent);
                books.search.line(QueryId(0)).hits += u64::from(peer);
                books.bytes(PeerId(peer)).uploaded += 5;
                books.bytes(PeerId(9)).downloaded += u64::from(peer);
                books.open(DownloadLine {
                    started_ns: 10 - u64::from(peer),
                    peer: PeerId(peer),
                    number: 0,
                    query: QueryId(peer),
                    item: ItemId(0),
                    size_bytes: 1,
                    sources: 0,
                    found: SourcesFound::default(),
                    finished_ns: None,
                    verified_bytes: 0,
                    corrupt_chunks: 0,
                    refetched_bytes: 0,
                    outcome: DownloadOutcome::Unfinished,
                });
                books
            })
            .collect()
    };
    let added = |order: [usize; 3]| {
        let mut parts: Vec<Option<SharingBooks>> = parts().into_iter().map(Some).collect();
        let mut sum = SharingBooks::default();
        for place in order {
            sum.merge(parts[place].take().unwrap());
        }
        let peers: Vec<u32> = sum.downloads().iter().map(|line| line.peer.0).collect();
        let outcomes: Vec<QueryOutcome> = (0..700).map(|query| sum.outcome(QueryId(query))).collect();
        (
            peers,
            outcomes,
            sum.peer_bytes(PeerId(9)),
            sum.peer_bytes(PeerId(1)),
        )
    };
    let first = added([0, 1, 2]);
    assert_eq!(first.0, [2, 1, 0], "numbered by start");
    assert_eq!(first.2.downloaded, 3);
    for order in [[2, 1, 0], [1, 0, 2]] {
        assert_eq!(added(order), first);
    }
}

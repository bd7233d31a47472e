use super::*;
use crate::engine::Departure;
use crate::engine::time::{MILLISECOND_NS, SECOND_NS};
use crate::sharing::testing::{Event, Lab};
use crate::sharing::transfer_rows::parse_transfers;
use std::fmt::Write;

const LATENCY_NS: u64 = 10 * MILLISECOND_NS;
/// A megabyte a second.
const RATE_BPS: u64 = 8_000_000;

fn label(text: &str) -> Option<PeerId> {
    let number: u32 = text.parse().ok()?;
    (number < 10).then_some(PeerId(number))
}

fn lab(text: &str) -> Lab<BareTransfers> {
    let world = TransfersWorld::new(parse_transfers(text, label).unwrap());
    let commands: Vec<(u64, PeerId, u32)> = world.commands().collect();
    let mut lab = Lab::new(world, vec![BareTransfers; 10], LATENCY_NS, RATE_BPS);
    for (at_ns, source, number) in commands {
        lab.at(at_ns, Event::Command(source, number));
    }
    lab
}

fn run(text: &str) -> TransferBooks {
    let mut lab = lab(text);
    lab.run(1_000 * SECOND_NS, |_| {});
    lab.commons.tally
}

#[test]
fn store_and_forward_takes_its_closed_form() {
    // A file of F bytes over n hops in C chunks: T = (F/u)(1 + (n-1)/C) + n latencies.
    for (hops, chunks) in [(1_u64, 1_u64), (4, 5), (9, 4), (3, 1)] {
        let chunk_bytes = 10_000_000 / chunks;
        let chunk_ns = 10 * SECOND_NS / chunks;
        let mut text = String::from("flow,at_s,source,sink,size_bytes,after\n");
        for chunk in 0..chunks {
            let at_s = crate::engine::time::seconds(chunk * chunk_ns);
            writeln!(text, "{chunk}-0,{at_s},0,1,{chunk_bytes}").unwrap();
            for hop in 1..hops {
                let (next, previous) = (hop + 1, hop - 1);
                writeln!(
                    text,
                    "{chunk}-{hop},,{hop},{next},{chunk_bytes},{chunk}-{previous}"
                )
                .unwrap();
            }
        }
        let books = run(&text);
        let last = u32::try_from(hops * chunks - 1).unwrap();
        let expected = chunks * chunk_ns + (hops - 1) * chunk_ns + hops * LATENCY_NS;
        assert_eq!(
            books.line(last).finished_ns,
            Some(expected),
            "{hops} hops, {chunks} chunks"
        );
    }
}

#[test]
fn a_source_may_wait_for_its_own_transfer() {
    // A server serves three clients one after the other; each waits until the byte has arrived.
    let books = run("a,1,0,1,1000000\nc,0,0,3,1000000,b\nb,0,0,2,1000000,a\n");
    let finished = |number: u32| books.line(number).finished_ns.unwrap() - SECOND_NS;
    assert_eq!(finished(0), SECOND_NS + LATENCY_NS);
    assert_eq!(finished(2), 2 * (SECOND_NS + LATENCY_NS));
    assert_eq!(finished(1), 3 * (SECOND_NS + LATENCY_NS));
    assert_eq!(books.line(2).started_ns, Some(2 * SECOND_NS + LATENCY_NS));
}

#[test]
fn a_transfer_does_not_start_before_its_own_time() {
    let books = run("a,0,0,1,1000000\nb,5,1,2,1000000,a\n");
    assert_eq!(books.line(1).started_ns, Some(5 * SECOND_NS));
    assert_eq!(books.line(1).outcome(), "completed");
}

#[test]
fn what_does_not_finish_has_its_word() {
    let mut lab = lab("a,1,0,1,5000000\nb,1,2,3,1000\nc,2,4,5,9000000000\nd,0,5,6,1,c\n");
    lab.at(0, Event::Leave(PeerId(2), Departure::Crash));
    lab.at(2 * SECOND_NS, Event::Leave(PeerId(0), Departure::Graceful));
    lab.run(100 * SECOND_NS, |_| {});
    let words: Vec<&str> = (0..4)
        .map(|number| lab.commons.tally.line(number).outcome())
        .collect();
    assert_eq!(words, ["broken", "source_offline", "unfinished", "not_started"]);
}

#[test]
fn parts_of_books_add_up_in_any_order() {
    let part = |started: Option<u64>, finished: Option<u64>| {
        let mut books = TransferBooks::default();
        books.write(3).started_ns = started;
        books.write(3).finished_ns = finished;
        books
    };
    let (mut first, mut second) = (part(Some(1), None), part(None, Some(2)));
    first.merge(part(None, Some(2)));
    second.merge(part(Some(1), None));
    assert_eq!(first.line(3), second.line(3));
    assert_eq!(first.line(3).outcome(), "completed");
}

#[test]
fn bad_rows_are_named_with_their_line() {
    for (rows, message) in [
        (
            "a,0,0,1\n",
            "line 2: expected 5 or 6 fields separated by commas, found 4",
        ),
        ("a,0,0,10,5\n", "line 2: there is no peer `10`"),
        ("a,0,0,0,5\n", "line 2: flow `a` has one peer as source and sink"),
        ("a,0,0,1,0\n", "line 2: the size must be at least 1"),
        ("a,0,0,1,-5\n", "line 2: `-5` is not a whole number"),
        (
            "a,0,0,1,2000000000000000000\n",
            "line 2: `2000000000000000000` is too large",
        ),
        ("a,,0,1,5\n", "line 2: `` is not a time"),
        ("a,nan,0,1,5\n", "line 2: `nan` is not a time"),
        ("a,0,0,1,5\na,0,0,1,5\n", "line 3: flow `a` is named twice"),
        ("a,0,0,1,5,z\n", "line 2: there is no flow `z` to come after"),
        (
            "a,0,0,1,5\nb,0,2,3,5,a\n",
            "line 3: flow `b` comes after `a`, but its source",
        ),
        ("a,0,0,1,5,a\n", "line 2: flow `a` comes after itself"),
        (
            "a,0,0,1,5,c\nb,0,1,0,5,a\nc,0,0,1,5,b\nd,0,0,1,5,a\n",
            "line 2: flow `a` comes after itself",
        ),
        (
            "d,0,0,1,5,a\na,0,0,1,5,c\nb,0,1,0,5,a\nc,0,0,1,5,b\n",
            "line 3: flow `a` comes after itself",
        ),
    ] {
        let text = format!("flow,at_s,source,sink,size_bytes,after\n{rows}");
        let error = parse_transfers(&text, label).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

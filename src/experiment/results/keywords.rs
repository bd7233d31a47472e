//! Rows of searches by words.

use crate::engine::Outcome;
use crate::overlay::dht::books::KeywordEnding;
use crate::overlay::{Overlay, QueryId};
use crate::records::KeywordRow;
use crate::scenario::build::Roll;
use crate::sharing::{FileSharing, KeywordOutcome, QueryOutcome};

/// Rows of `keywords.csv`: those of queries that were really asked.
pub(super) fn rows<O: Overlay + 'static>(roll: &Roll, outcome: &Outcome<FileSharing<O>>) -> Vec<KeywordRow> {
    let (library, tally) = (&outcome.world.library, &outcome.tally);
    let asked = (0_u32..).zip(&library.queries).filter(|(number, _)| {
        let outcome: QueryOutcome = tally.outcome(QueryId(*number));
        outcome.is_asked()
    });
    let row = |(number, planned): (u32, &crate::sharing::PlannedQuery)| {
        let line = tally.search.read_keywords(QueryId(number));
        let matches = match line.ending {
            Some(KeywordEnding::Answered { matches, .. }) => Some(matches),
            _ => None,
        };
        let words = library.catalogue.asked_words(planned.item).len();
        KeywordRow {
            query: u64::from(number),
            issued_ns: planned.at_ns,
            origin: roll.labels[planned.origin.index()],
            words: u32::try_from(words).expect("a name has fewer than 2^32 words"),
            messages: line.messages,
            bytes: line.bytes,
            postings: line.postings,
            filter_bytes: line.filter_bytes,
            false_positives: line.false_positives,
            timeouts: line.timeouts,
            matches,
            latency_ns: matches.map(|_| line.ended_ns - planned.at_ns),
            outcome: KeywordOutcome::of(&line),
        }
    };
    asked.map(row).collect()
}

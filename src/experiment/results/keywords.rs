//! Rows of searches by words.

use crate::engine::Outcome;
use crate::overlay::dht::books::KeywordEnding;
use crate::overlay::{Overlay, QueryId};
use crate::records::KeywordRow;
use crate::scenario::build::Roll;
use crate::sharing::{FileSharing, KeywordOutcome, PlannedQuery};

/// Rows of `keywords.csv`: those of queries for which items were looked for by words. Over a hybrid that need not be all.
pub(super) fn rows<O: Overlay + 'static>(roll: &Roll, outcome: &Outcome<FileSharing<O>>) -> Vec<KeywordRow> {
    let library = &outcome.world.library;
    let row = |(number, planned): (u32, &PlannedQuery)| {
        let keywords = outcome.tally.search.read_keywords(QueryId(number));
        let line = keywords.line;
        let matches = match line.ending {
            Some(KeywordEnding::Answered { matches, .. }) => Some(matches),
            _ => None,
        };
        let words = library.catalogue.asked_words(planned.item).len();
        keywords.is_begun.then(|| KeywordRow {
            query: u64::from(number),
            issued_ns: planned.at_ns,
            origin: roll.labels[planned.origin.index()],
            words: u32::try_from(words).expect("a name has fewer than 2^32 words"),
            messages: line.messages,
            bytes: line.bytes,
            postings: keywords.postings,
            filter_bytes: keywords.filter_bytes,
            false_positives: keywords.false_positives,
            timeouts: line.timeouts,
            matches,
            latency_ns: matches.map(|_| line.ended_ns - planned.at_ns),
            outcome: KeywordOutcome::of(&keywords),
        })
    };
    (0..).zip(&library.queries).filter_map(row).collect()
}

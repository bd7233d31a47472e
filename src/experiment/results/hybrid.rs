//! Rows of what the parts of a hybrid did for queries.

use crate::engine::Outcome;
use crate::engine::time::NEVER_NS;
use crate::overlay::books::QueryLine;
use crate::overlay::{Overlay, QueryId};
use crate::records::HybridRow;
use crate::sharing::FileSharing;

/// A row for every query.
pub(super) fn rows<O: Overlay + 'static>(outcome: &Outcome<FileSharing<O>>) -> Vec<HybridRow> {
    let books = &outcome.tally.search;
    let messages = |line: &QueryLine| line.query_messages + line.hit_messages + line.check_messages;
    let row = |(number, issued_ns): (u32, u64)| {
        let since_issue_ns = |at_ns: u64| (at_ns < NEVER_NS).then(|| at_ns - issued_ns);
        let unstructured = books.read_unstructured(QueryId(number));
        let (structured, asked_ns) = books.read_structured(QueryId(number));
        HybridRow {
            query: u64::from(number),
            structured_asked_ns: since_issue_ns(asked_ns),
            unstructured_messages: messages(&unstructured),
            unstructured_bytes: unstructured.bytes,
            unstructured_hits: unstructured.hits,
            unstructured_first_hit_ns: since_issue_ns(unstructured.first_hit.0),
            structured_messages: messages(&structured),
            structured_bytes: structured.bytes,
            structured_hits: structured.hits,
            structured_first_hit_ns: since_issue_ns(structured.first_hit.0),
        }
    };
    let queries = outcome.world.library.queries.iter();
    (0_u32..).zip(queries.map(|query| query.at_ns)).map(row).collect()
}

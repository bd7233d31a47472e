//! What hybrids cost in memory: for estimates before a run.

use super::Rest;
use crate::overlay::books::QueryLine;

/// What lies beside a peer's unstructured part: a structured one of type `S`, and what is remembered for the policy.
pub fn rest_bytes<S>() -> usize {
    size_of::<Rest<S>>()
}

/// What the structured part's books keep of a query.
pub fn query_books_bytes() -> usize {
    size_of::<QueryLine>() + size_of::<u64>()
}

//! What a Kademlia node keeps on the heap: for estimates before a run.

use super::contact::Contact;
use super::table::Bucket;
use crate::engine::footprint::grown_bytes;

/// A table with so many buckets and contacts.
pub fn table_bytes(buckets: usize, contacts: usize) -> usize {
    grown_bytes::<Bucket>(buckets) + grown_bytes::<Contact>(contacts)
}

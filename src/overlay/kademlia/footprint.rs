//! What a Kademlia node keeps on the heap: for estimates before a run.

use super::contact::Contact;
use super::table::{Bucket, GROWTH};
use crate::engine::footprint::block_bytes;

/// A table with so many buckets and contacts, and so many that wait.
pub fn table_bytes(buckets: usize, contacts: usize, replacements: usize) -> usize {
    let room = |count: usize| count.next_multiple_of(GROWTH);
    let contacts = block_bytes(room(contacts) * size_of::<Contact>());
    let replacements = block_bytes(room(replacements) * size_of::<Contact>());
    block_bytes(room(buckets) * size_of::<Bucket>()) + contacts + replacements
}

//! Rows of the sources that were found for downloads.

use crate::engine::Outcome;
use crate::engine::PeerId;
use crate::overlay::{ItemId, Overlay};
use crate::records::SourceRow;
use crate::sharing::FileSharing;
use std::collections::BTreeSet;

/// A row for every download.
pub(super) fn rows<O: Overlay + 'static>(outcome: &Outcome<FileSharing<O>>) -> Vec<SourceRow> {
    let lines = outcome.tally.downloads();
    let fetched = lines.iter().filter(|line| line.verified_bytes > 0);
    let fetched: BTreeSet<(ItemId, PeerId)> = fetched.map(|line| (line.item, line.peer)).collect();
    let library = &outcome.world.library;
    let rows = (0_u64..).zip(&lines).map(|(download, line)| {
        let key = (line.peer, line.number);
        let first = (key, PeerId(0));
        let last = (key, PeerId(u32::MAX));
        let named = outcome.tally.named.range(first..=last).map(|(_, peer)| *peer);
        let is_unfounded = |peer: &PeerId| {
            let had = library.holds(*peer, line.item) || fetched.contains(&(line.item, *peer));
            !had
        };
        SourceRow {
            download,
            started_ns: line.started_ns,
            by_overlay: u64::from(line.found.by_overlay),
            by_exchange: u64::from(line.found.by_exchange),
            delivered_by_exchange: u64::from(line.found.delivered_by_exchange),
            named: named.clone().count() as u64,
            unfounded: named.filter(is_unfounded).count() as u64,
        }
    });
    rows.collect()
}

//! Fetching: from hits to a verified file, chunk by chunk from several sources.
//!
//! A source is approached (asked to call back first if it sits behind a firewall), grants a slot or has the download
//! wait, and then delivers chunks, the rarest among what is offered first. Whoever stays silent, leaves or lies loses
//! its chunks to other sources; when none is left the download has failed.

mod answers;
mod download;
mod exchanged;
mod fetching;
pub(super) mod footprint;

use super::books::{DownloadLine, DownloadOutcome, SourcesFound};
use super::chunks::ChunkSet;
use super::library::SourceOrder;
use super::message::{TransferBody, TransferTimer};
use super::sharer::{Desk, Wish};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::{Answer, ItemId, QueryId};
use download::{Candidate, Download, Source, State, Way};
use std::collections::VecDeque;

/// A request for a chunk that is under way.
struct Ticket {
    number: u32,
    download: u32,
    from: PeerId,
    chunk: u32,
    /// Whether its transfer has begun.
    begun: bool,
    /// Whether the chunk is still wanted from there.
    live: bool,
}

/// All that a peer fetches.
#[derive(Default)]
pub(super) struct Downloads {
    list: Vec<Download>,
    tickets: Vec<Ticket>,
    /// Queries of the workload, asked in this session, whose download failed: later hits do not begin it again.
    failed: Vec<QueryId>,
    completed: Vec<ItemId>,
    /// Whether the items of which there are verified chunks, but not all, have changed.
    parts_changed: bool,
    next_download: u32,
    next_ticket: u32,
    next_stamp: u32,
}

/// What the overlay is to be asked, in order.
type Wishes = VecDeque<Wish>;

impl Downloads {
    pub(super) fn active(&self) -> usize {
        self.list.len()
    }

    /// The next item that was completed and is not on the shelf yet.
    pub(super) fn take_completed(&mut self) -> Option<ItemId> {
        self.completed.pop()
    }

    /// The verified chunks of an item that is being fetched, if there are any.
    pub(super) fn part(&self, item: ItemId) -> Option<&ChunkSet> {
        let download = self.list.iter().find(|download| download.item == item)?;
        (download.verified.count() > 0).then_some(&download.verified)
    }

    /// Calls `visit` with every item that is being fetched and of which there are verified chunks.
    pub(super) fn visit_parts(&self, visit: &mut dyn FnMut(ItemId)) {
        let parts = self.list.iter().filter(|download| download.verified.count() > 0);
        parts.for_each(|download| visit(download.item));
    }

    /// Whether other items came to be fetched in part, or are no longer, since this was last asked.
    pub(super) fn take_parts_changed(&mut self) -> bool {
        std::mem::take(&mut self.parts_changed)
    }

    /// Whether an item is being fetched.
    pub(super) fn fetches(&self, item: ItemId) -> bool {
        self.list.iter().any(|download| download.item == item)
    }

    /// A hit came back.
    pub(super) fn found<'w>(
        &mut self,
        query: QueryId,
        answer: Answer,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let (library, settings) = (desk.library(), desk.settings());
        let item = library.item(query);
        let candidate = Candidate {
            contact: answer.holder,
            firewalled: answer.firewalled,
            query,
            way: Way::Overlay,
        };
        if let Some(index) = self.list.iter().position(|download| download.item == item) {
            let download = &mut self.list[index];
            download.offer(candidate, usize::from(settings.candidates_max));
            if download.started {
                self.note_sources(index, desk);
                self.fill(index, wishes, desk);
            }
        } else if !self.failed.contains(&library.planned(query)) {
            let number = self.next_download;
            self.next_download += 1;
            let chunks = library.catalogue.chunks(item);
            let mut download = Download::new(number, item, library.planned(query), chunks);
            download.offer(candidate, usize::from(settings.candidates_max));
            self.list.push(download);
            desk.wake(
                settings.hit_wait_ns,
                TransferTimer::HitsCollected { download: number },
            );
        }
    }

    /// Hits were collected long enough, for the first time or after a search made anew.
    pub(super) fn hits_collected<'w>(&mut self, number: u32, wishes: &mut Wishes, desk: &mut impl Desk<'w>) {
        let Some(index) = self.find(number) else { return };
        let download = &mut self.list[index];
        download.searching = false;
        if !download.started {
            download.started = true;
            let line = DownloadLine {
                started_ns: desk.now_ns(),
                peer: desk.me().peer,
                number,
                query: download.query,
                item: download.item,
                size_bytes: desk.library().catalogue.size_bytes(download.item),
                sources: 0,
                found: SourcesFound::default(),
                finished_ns: None,
                verified_bytes: 0,
                corrupt_chunks: 0,
                refetched_bytes: 0,
                outcome: DownloadOutcome::Unfinished,
            };
            desk.books().open(line);
            self.note_sources(index, desk);
        }
        self.fill(index, wishes, desk);
    }

    fn find(&self, number: u32) -> Option<usize> {
        self.list.iter().position(|download| download.number == number)
    }

    /// The source that a message about an item came from. One that was known by its address alone is known in its session from
    /// then on.
    fn source_of(&mut self, from: Contact, item: ItemId) -> Option<(usize, usize)> {
        let index = self.list.iter().position(|download| download.item == item)?;
        let sources = &mut self.list[index].sources;
        let source = sources
            .iter()
            .position(|source| source.contact == from || source.contact == Contact::any(from.peer))?;
        sources[source].contact = from;
        Some((index, source))
    }

    /// Turns to as many further sources as the download can use. Comes last in whatever handles an event, for it ends a
    /// download that has no source left.
    fn fill<'w>(&mut self, index: usize, wishes: &mut Wishes, desk: &mut impl Desk<'w>) {
        let settings = desk.settings();
        loop {
            let download = &mut self.list[index];
            let pending = download.pending_sources();
            let busy = pending + download.granted_sources();
            if download.candidates.is_empty()
                || busy >= usize::from(settings.sources_max)
                || download.open_chunks() as usize <= pending
            {
                break;
            }
            let place = match settings.source_order {
                SourceOrder::Arrival => 0,
                SourceOrder::Random => desk.random().position(download.candidates.len()),
            };
            let candidate = download.candidates.remove(place);
            download.sources.push(Source::new(candidate));
            let source = download.sources.len() - 1;
            self.approach(index, source, wishes, desk);
        }
        let download = &mut self.list[index];
        if !(download.sources.is_empty() && download.candidates.is_empty() && !download.searching) {
            return;
        }
        let attempt = download.searches_anew.saturating_add(1);
        let anew = desk.library().anew(download.query, attempt);
        if let Some(query) = anew
            && attempt <= settings.search_retries
        {
            download.searches_anew = attempt;
            download.searching = true;
            let number = download.number;
            wishes.push_back(Wish { query, holder: None });
            desk.wake(
                settings.hit_wait_ns,
                TransferTimer::HitsCollected { download: number },
            );
        } else {
            self.failed.push(self.list[index].query);
            self.finish(index, DownloadOutcome::Failed, desk);
        }
    }

    /// Drops a source: its chunks go back to those that are open. Tells it so if it may still be there.
    fn part_with<'w>(&mut self, index: usize, source: usize, tell: bool, desk: &mut impl Desk<'w>) -> Source {
        let source = self.list[index].sources.remove(source);
        self.take_back(index, source.contact.peer);
        let download = &self.list[index];
        if tell && source.state != State::CallingBack {
            let item = download.item;
            desk.tell(
                source.contact,
                TransferBody::Cancel { item },
                desk.settings().close_bytes,
            );
        }
        source
    }

    /// Takes back what a source was asked for: those chunks are open again.
    fn take_back(&mut self, index: usize, from: PeerId) {
        let download = &mut self.list[index];
        for ticket in &mut self.tickets {
            if ticket.live && ticket.download == download.number && ticket.from == from {
                ticket.live = false;
                download.fetching.remove(ticket.chunk);
            }
        }
    }

    /// Ends a download: its line is closed, its sources are told.
    fn finish<'w>(&mut self, index: usize, outcome: DownloadOutcome, desk: &mut impl Desk<'w>) {
        while !self.list[index].sources.is_empty() {
            self.part_with(index, 0, true, desk);
        }
        let download = self.list.remove(index);
        self.parts_changed |= download.verified.count() > 0;
        if download.started {
            let now_ns = desk.now_ns();
            let me = desk.me().peer;
            let line = desk.books().download(me, download.number);
            line.finished_ns = Some(now_ns);
            line.outcome = outcome;
        }
    }

    /// The session ends: downloads under way are aborted.
    pub(super) fn leave<'w>(&mut self, desk: &mut impl Desk<'w>) {
        while !self.list.is_empty() {
            self.finish(0, DownloadOutcome::Aborted, desk);
        }
        self.tickets.clear();
        self.failed.clear();
        self.parts_changed = false;
    }
}

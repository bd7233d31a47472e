//! Fetching: from hits to a verified file, chunk by chunk from several sources.
//!
//! A source is approached (asked to call back first if it sits behind a firewall), grants a slot or has the download
//! wait, and then delivers chunks, the rarest among what is offered first. Whoever stays silent, leaves or lies loses
//! its chunks to other sources; when none is left the download has failed.

mod download;

use super::books::{DownloadLine, DownloadOutcome};
use super::chunks::ChunkSet;
use super::library::SourceOrder;
use super::message::{TransferBody, TransferTimer};
use super::sharer::{Desk, Wish};
use crate::engine::network::{FlowEnd, FlowNotice};
use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::{Answer, ItemId, QueryId};
use download::{Candidate, Download, Source, State};
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
    /// Queries of this session whose download failed: later hits do not begin it again.
    failed: Vec<QueryId>,
    completed: Vec<ItemId>,
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
        };
        if let Some(index) = self.list.iter().position(|download| download.item == item) {
            let download = &mut self.list[index];
            download.offer(candidate, usize::from(settings.candidates_max));
            if download.started {
                self.fill(index, wishes, desk);
            }
        } else if !self.failed.contains(&query) {
            let number = self.next_download;
            self.next_download += 1;
            let chunks = library.catalogue.chunks(item);
            let mut download = Download::new(number, item, query, chunks, settings.search_retries);
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
                finished_ns: None,
                verified_bytes: 0,
                corrupt_chunks: 0,
                refetched_bytes: 0,
                outcome: DownloadOutcome::Unfinished,
            };
            desk.books().open(line);
        }
        self.fill(index, wishes, desk);
    }

    fn find(&self, number: u32) -> Option<usize> {
        self.list.iter().position(|download| download.number == number)
    }

    /// The source that a message about an item came from.
    fn source_of(&self, from: Contact, item: ItemId) -> Option<(usize, usize)> {
        let index = self.list.iter().position(|download| download.item == item)?;
        let source = self.list[index]
            .sources
            .iter()
            .position(|source| source.contact == from)?;
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
        if download.retries_left > 0 {
            download.retries_left -= 1;
            download.searching = true;
            let (query, number) = (download.query, download.number);
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

    /// Opens, or has opened, a connection to a source and asks for the item.
    fn approach<'w>(&mut self, index: usize, source: usize, wishes: &mut Wishes, desk: &mut impl Desk<'w>) {
        let candidate = self.list[index].sources[source].candidate();
        if candidate.firewalled {
            let settings = desk.settings();
            self.enter(
                index,
                source,
                State::CallingBack,
                settings.call_back_timeout_ns,
                desk,
            );
            wishes.push_back(Wish {
                query: candidate.query,
                holder: Some(candidate.contact),
            });
        } else {
            self.ask(index, source, desk);
        }
    }

    /// Asks for the item over a connection that is there or can be opened.
    fn ask<'w>(&mut self, index: usize, source: usize, desk: &mut impl Desk<'w>) {
        let settings = desk.settings();
        let item = self.list[index].item;
        let contact = self.list[index].sources[source].contact;
        self.enter(
            index,
            source,
            State::Requested,
            settings.response_timeout_ns,
            desk,
        );
        desk.tell(contact, TransferBody::Request { item }, settings.request_bytes);
    }

    /// Puts a source into a state that lasts at most `timeout_ns`.
    fn enter<'w>(
        &mut self,
        index: usize,
        source: usize,
        state: State,
        timeout_ns: u64,
        desk: &mut impl Desk<'w>,
    ) {
        let stamp = self.next_stamp;
        self.next_stamp = stamp.wrapping_add(1);
        let download = &mut self.list[index];
        download.sources[source].state = state;
        download.sources[source].stamp = stamp;
        let timer = TransferTimer::Source {
            download: download.number,
            state: stamp,
        };
        desk.wake(timeout_ns, timer);
    }

    /// A source's state has lasted as long as it may.
    pub(super) fn source_expired<'w>(
        &mut self,
        number: u32,
        stamp: u32,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let Some(index) = self.find(number) else { return };
        let sources = &self.list[index].sources;
        let Some(source) = sources.iter().position(|source| source.stamp == stamp) else {
            return;
        };
        match sources[source].state {
            State::Granted => {}
            State::CallingBack | State::Requested => {
                self.part_with(index, source, true, desk);
                self.fill(index, wishes, desk);
            }
            State::Queued => self.ask(index, source, desk),
            State::Resting => self.approach(index, source, wishes, desk),
        }
    }

    /// A firewalled source opened the connection.
    pub(super) fn given<'w>(&mut self, from: Contact, item: ItemId, desk: &mut impl Desk<'w>) {
        let Some(index) = self.list.iter().position(|download| download.item == item) else {
            return;
        };
        let waiting =
            |source: &Source| source.contact.peer == from.peer && source.state == State::CallingBack;
        if let Some(source) = self.list[index].sources.iter().position(waiting) {
            self.list[index].sources[source].contact = from;
            self.ask(index, source, desk);
        }
    }

    /// A source gave a slot.
    pub(super) fn granted<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        have: Option<Box<ChunkSet>>,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let settings = desk.settings();
        let Some((index, place)) = self.source_of(from, item) else {
            desk.tell(from, TransferBody::Cancel { item }, settings.close_bytes);
            return;
        };
        let download = &mut self.list[index];
        let surplus = download.granted_sources() >= usize::from(settings.sources_max);
        let source = &mut download.sources[place];
        match source.state {
            State::Granted => source.have = have,
            State::Requested | State::Queued if !surplus => {
                source.state = State::Granted;
                source.have = have;
                self.assign(index, place, desk);
                self.fill(index, wishes, desk);
            }
            State::Requested | State::Queued | State::CallingBack | State::Resting => {
                download.set_aside(place);
                desk.tell(from, TransferBody::Cancel { item }, settings.close_bytes);
                self.fill(index, wishes, desk);
            }
        }
    }

    /// A source has the download wait for a slot.
    pub(super) fn queued<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let Some((index, source)) = self.source_of(from, item) else {
            let close_bytes = desk.settings().close_bytes;
            desk.tell(from, TransferBody::Cancel { item }, close_bytes);
            return;
        };
        if self.list[index].sources[source].state == State::Requested {
            self.enter(index, source, State::Queued, desk.settings().queue_poll_ns, desk);
            self.fill(index, wishes, desk);
        }
    }

    /// A source is too busy: come back later, or not at all after too many attempts.
    pub(super) fn busy<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        if let Some((index, source)) = self.source_of(from, item)
            && self.list[index].sources[source].state == State::Requested
        {
            self.rest(index, source, desk);
            self.fill(index, wishes, desk);
        }
    }

    /// Leaves a source alone for a while; for good after too many attempts.
    fn rest<'w>(&mut self, index: usize, source: usize, desk: &mut impl Desk<'w>) {
        let settings = desk.settings();
        let attempts = &mut self.list[index].sources[source].attempts;
        *attempts += 1;
        if *attempts > settings.busy_retries {
            self.list[index].sources.remove(source);
        } else {
            self.enter(index, source, State::Resting, settings.busy_retry_ns, desk);
        }
    }

    /// A source does not have the item.
    pub(super) fn refused<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        if let Some((index, source)) = self.source_of(from, item) {
            let source = self.part_with(index, source, false, desk);
            self.list[index].banned.push(source.contact.peer);
            self.fill(index, wishes, desk);
        }
    }

    /// A source took its slot or queue place back, or says goodbye.
    pub(super) fn closed<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        if let Some((index, source)) = self.source_of(from, item) {
            self.part_with(index, source, false, desk);
            self.fill(index, wishes, desk);
        }
    }

    /// Drops a source: its chunks go back to those that are open. Tells it so if it may still be there.
    fn part_with<'w>(&mut self, index: usize, source: usize, tell: bool, desk: &mut impl Desk<'w>) -> Source {
        let download = &mut self.list[index];
        let source = download.sources.remove(source);
        for ticket in &mut self.tickets {
            if ticket.live && ticket.download == download.number && ticket.from == source.contact.peer {
                ticket.live = false;
                download.fetching.remove(ticket.chunk);
            }
        }
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

    /// Asks a source with a slot for chunks, the rarest first; lets it go if it has none that is open.
    fn assign<'w>(&mut self, index: usize, source: usize, desk: &mut impl Desk<'w>) {
        let (library, settings) = (desk.library(), desk.settings());
        let download = &mut self.list[index];
        let contact = download.sources[source].contact;
        let item = download.item;
        while download.sources[source].requests < usize::from(settings.pipeline) {
            let Some(chunk) = download.rarest(source, desk.random()) else {
                break;
            };
            let ticket = self.next_ticket;
            self.next_ticket = ticket.wrapping_add(1);
            self.tickets.push(Ticket {
                number: ticket,
                download: download.number,
                from: contact.peer,
                chunk,
                begun: false,
                live: true,
            });
            download.fetching.insert(chunk);
            download.sources[source].requests += 1;
            let body = TransferBody::ChunkRequest { item, chunk, ticket };
            desk.tell(contact, body, settings.request_bytes);
            desk.wake(settings.response_timeout_ns, TransferTimer::Head { ticket });
        }
        if download.sources[source].requests > 0 {
            return;
        }
        desk.tell(contact, TransferBody::Cancel { item }, settings.close_bytes);
        let lacks = |have: &ChunkSet| have.count() < library.catalogue.chunks(item);
        if download.sources[source].have.as_deref().is_some_and(lacks) {
            // It fetches too: it may have more later.
            self.rest(index, source, desk);
        } else {
            download.set_aside(source);
        }
    }

    /// A chunk's transfer has begun.
    pub(super) fn begun(&mut self, number: u32) {
        if let Some(ticket) = self.tickets.iter_mut().find(|ticket| ticket.number == number) {
            ticket.begun = true;
        }
    }

    /// A chunk's transfer should have begun by now: if it has not, its source is gone.
    pub(super) fn head_expired<'w>(&mut self, number: u32, wishes: &mut Wishes, desk: &mut impl Desk<'w>) {
        let late = |ticket: &Ticket| ticket.number == number && !ticket.begun;
        let Some(place) = self.tickets.iter().position(late) else {
            return;
        };
        let ticket = self.tickets.remove(place);
        if !ticket.live {
            return;
        }
        let index = self.find(ticket.download).expect("a live ticket has a download");
        let source = self.source_of_ticket(index, &ticket);
        self.list[index].fetching.remove(ticket.chunk);
        self.part_with(index, source, true, desk);
        self.fill(index, wishes, desk);
    }

    fn source_of_ticket(&self, index: usize, ticket: &Ticket) -> usize {
        let sources = &self.list[index].sources;
        let source = sources
            .iter()
            .position(|source| source.contact.peer == ticket.from);
        source.expect("a live ticket has a source")
    }

    /// A chunk's transfer to here ended.
    pub(super) fn flow_ended<'w>(
        &mut self,
        notice: &FlowNotice,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let me = desk.me().peer;
        let carried = notice.carried_bytes;
        desk.books().bytes(me).downloaded += carried;
        let (number, tag) = ((notice.spec.tag >> 32) as u32, notice.spec.tag as u32);
        let place = self.tickets.iter().position(|ticket| ticket.number == number);
        let Some(ticket) = place.map(|place| self.tickets.swap_remove(place)) else {
            desk.books().stray_bytes += carried;
            return;
        };
        if !ticket.live {
            desk.books().download(me, ticket.download).refetched_bytes += carried;
            return;
        }
        let index = self.find(ticket.download).expect("a live ticket has a download");
        let source = self.source_of_ticket(index, &ticket);
        let download = &mut self.list[index];
        download.fetching.remove(ticket.chunk);
        download.sources[source].requests -= 1;
        let (library, settings) = (desk.library(), desk.settings());
        if notice.end != FlowEnd::Completed {
            desk.books().download(me, ticket.download).refetched_bytes += carried;
            self.part_with(index, source, true, desk);
        } else if library
            .check
            .passes(&library.catalogue, download.item, ticket.chunk, tag)
        {
            download.verified.insert(ticket.chunk);
            let delivered = &mut download.delivered;
            if !delivered.contains(&ticket.from) {
                delivered.push(ticket.from);
            }
            let sources = u32::try_from(delivered.len()).expect("sources are fewer than 2^32");
            let line = desk.books().download(me, ticket.download);
            line.verified_bytes += carried;
            line.sources = sources;
            if download.verified.count() == library.catalogue.chunks(download.item) {
                self.completed.push(download.item);
                desk.books().fetched.push((download.item, me));
                self.finish(index, DownloadOutcome::Completed, desk);
                return;
            }
            self.assign(index, source, desk);
        } else {
            let line = desk.books().download(me, ticket.download);
            line.corrupt_chunks += 1;
            line.refetched_bytes += carried;
            download.sources[source].failures += 1;
            if download.sources[source].failures >= settings.failures_max {
                let liar = self.part_with(index, source, true, desk);
                self.list[index].banned.push(liar.contact.peer);
            } else {
                self.assign(index, source, desk);
            }
        }
        self.fill(index, wishes, desk);
    }

    /// Ends a download: its line is closed, its sources are told.
    fn finish<'w>(&mut self, index: usize, outcome: DownloadOutcome, desk: &mut impl Desk<'w>) {
        while !self.list[index].sources.is_empty() {
            self.part_with(index, 0, true, desk);
        }
        let download = self.list.remove(index);
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
    }
}

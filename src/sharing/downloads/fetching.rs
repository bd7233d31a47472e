//! Chunks: asked for, begun, arrived, verified.

use super::download::Way;
use super::{Downloads, Ticket, Wishes};
use crate::engine::network::{FlowEnd, FlowNotice};
use crate::sharing::books::DownloadOutcome;
use crate::sharing::chunks::ChunkSet;
use crate::sharing::message::{TransferBody, TransferTimer};
use crate::sharing::sharer::Desk;

impl Downloads {
    /// Asks a source with a slot for chunks, the rarest first; lets it go if it has none that is open.
    pub(super) fn assign<'w>(&mut self, index: usize, source: usize, desk: &mut impl Desk<'w>) {
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
    pub(in crate::sharing) fn begun(&mut self, number: u32) {
        if let Some(ticket) = self.tickets.iter_mut().find(|ticket| ticket.number == number) {
            ticket.begun = true;
        }
    }

    /// A chunk's transfer should have begun by now: if it has not, its source is gone.
    pub(in crate::sharing) fn head_expired<'w>(
        &mut self,
        number: u32,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
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
    pub(in crate::sharing) fn flow_ended<'w>(
        &mut self,
        notice: &FlowNotice,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let me = desk.me().peer;
        let carried = notice.carried_bytes;
        desk.books().bytes(me).downloaded += carried;
        let number = (notice.spec.tag >> 32) as u32;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the lower half is the content's tag"
        )]
        let tag = notice.spec.tag as u32;
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
            if download.verified.count() == 1 {
                desk.books().gained.push((download.item, me));
                self.parts_changed = true;
            }
            let delivered = &mut download.delivered;
            if !delivered.contains(&ticket.from) {
                delivered.push(ticket.from);
                let way = download.sources[source].way;
                download.found.delivered_by_exchange += u32::from(way == Way::Exchange);
            }
            let found = download.found;
            let sources = u32::try_from(delivered.len()).expect("sources are fewer than 2^32");
            let line = desk.books().download(me, ticket.download);
            line.verified_bytes += carried;
            line.sources = sources;
            line.found = found;
            if download.verified.count() == library.catalogue.chunks(download.item) {
                self.completed.push(download.item);
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
}

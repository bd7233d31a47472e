//! Sources that others name, and that are named to others.

use super::download::{Candidate, Way};
use super::{Downloads, Wishes};
use crate::engine::Contact;
use crate::overlay::ItemId;
use crate::sharing::exchange::ExchangeWay;
use crate::sharing::message::{Named, SourceList, TransferBody};
use crate::sharing::sharer::Desk;

impl Downloads {
    /// Whether a peer gave a slot for an item, or a place in its queue.
    pub(in crate::sharing) fn has_source(&self, contact: Contact, item: ItemId) -> bool {
        let downloads = self.list.iter().filter(|download| download.item == item);
        let mut sources = downloads.flat_map(|download| &download.sources);
        sources.any(|source| source.contact == contact && source.has_let_in)
    }

    /// Calls `visit` with every source of an item's download that gave a slot or a place in its queue.
    pub(in crate::sharing) fn visit_sources(&self, item: ItemId, visit: impl FnMut(Named)) {
        let downloads = self.list.iter().filter(|download| download.item == item);
        let sources = downloads.flat_map(|download| &download.sources);
        sources
            .filter(|source| source.has_let_in)
            .map(|source| Named {
                peer: source.contact.peer,
                firewalled: source.firewalled,
            })
            .for_each(visit);
    }

    /// Asks a source that gave a slot or a place in its queue for others, if it is time and there is room for any.
    pub(in crate::sharing) fn ask_for_sources<'w>(
        &mut self,
        source: Contact,
        item: ItemId,
        desk: &mut impl Desk<'w>,
    ) {
        let settings = desk.settings();
        let Some(exchange) = &settings.exchange else {
            return;
        };
        let ExchangeWay::Questions { request_bytes, .. } = exchange.way else {
            return;
        };
        if !self.has_source(source, item) {
            return;
        }
        let download = self.list.iter_mut().find(|download| download.item == item);
        let download = download.expect("it has a source");
        let known = download.sources.len() + download.candidates.len();
        if download.candidates.len() < usize::from(settings.candidates_max)
            && download.asked.ask(source.peer, desk.now_ns(), known, exchange)
        {
            desk.tell(source, TransferBody::SourcesRequest { item }, request_bytes);
        }
    }

    /// Another peer names sources. Those to whom nobody can connect are of no use: nobody is there to have them call back.
    pub(in crate::sharing) fn named<'w>(
        &mut self,
        list: &SourceList,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let (me, candidates_max) = (desk.me().peer, usize::from(desk.settings().candidates_max));
        let Some(index) = self.list.iter().position(|download| download.item == list.item) else {
            return;
        };
        let download = &mut self.list[index];
        if !download.started {
            return;
        }
        let key = (me, download.number);
        for named in &list.added {
            if named.peer == me {
                continue;
            }
            desk.books().named.insert((key, named.peer));
            if !named.firewalled {
                let candidate = Candidate {
                    contact: Contact::any(named.peer),
                    firewalled: false,
                    query: download.query,
                    way: Way::Exchange,
                };
                download.offer(candidate, candidates_max);
            }
        }
        self.note_sources(index, desk);
        self.fill(index, wishes, desk);
    }

    /// Writes down how many sources were found so far.
    pub(super) fn note_sources<'w>(&self, index: usize, desk: &mut impl Desk<'w>) {
        let download = &self.list[index];
        let me = desk.me().peer;
        desk.books().download(me, download.number).found = download.found;
    }
}

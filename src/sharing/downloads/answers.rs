//! What sources answer, or fail to answer.

use super::download::{Source, State};
use super::{Downloads, Wishes};
use crate::engine::Contact;
use crate::overlay::ItemId;
use crate::sharing::chunks::ChunkSet;
use crate::sharing::message::{TransferBody, TransferTimer};
use crate::sharing::sharer::{Desk, Wish};

impl Downloads {
    /// Opens, or has opened, a connection to a source and asks for the item.
    pub(super) fn approach<'w>(
        &mut self,
        index: usize,
        source: usize,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
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
        // Who is named to others says whether they can connect.
        let firewalled = settings.exchange.is_some() && desk.library().traits(desk.me().peer).firewalled;
        let body = TransferBody::Request { item, firewalled };
        desk.tell(contact, body, settings.request_bytes);
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
        let entry = &mut download.sources[source];
        entry.has_let_in = match state {
            State::Granted | State::Queued => true,
            State::Requested => entry.has_let_in,
            State::CallingBack | State::Resting => false,
        };
        entry.state = state;
        entry.stamp = stamp;
        let timer = TransferTimer::Source {
            download: download.number,
            state: stamp,
        };
        desk.wake(timeout_ns, timer);
    }

    /// A source's state has lasted as long as it may.
    pub(in crate::sharing) fn source_expired<'w>(
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
    pub(in crate::sharing) fn given<'w>(&mut self, from: Contact, item: ItemId, desk: &mut impl Desk<'w>) {
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
    pub(in crate::sharing) fn granted<'w>(
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
                (source.state, source.has_let_in) = (State::Granted, true);
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

    /// A source has the download wait for a slot: for its first, or for the next after a session of chunks.
    pub(in crate::sharing) fn queued<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        wishes: &mut Wishes,
        desk: &mut impl Desk<'w>,
    ) {
        let Some((index, place)) = self.source_of(from, item) else {
            let close_bytes = desk.settings().close_bytes;
            desk.tell(from, TransferBody::Cancel { item }, close_bytes);
            return;
        };
        let state = self.list[index].sources[place].state;
        if matches!(state, State::Requested | State::Granted) {
            self.take_back(index, from.peer);
            self.list[index].sources[place].requests = 0;
            self.enter(index, place, State::Queued, desk.settings().queue_poll_ns, desk);
            self.fill(index, wishes, desk);
        }
    }

    /// A source is too busy: come back later, or not at all after too many attempts.
    pub(in crate::sharing) fn busy<'w>(
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
    pub(super) fn rest<'w>(&mut self, index: usize, source: usize, desk: &mut impl Desk<'w>) {
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
    pub(in crate::sharing) fn refused<'w>(
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
    pub(in crate::sharing) fn closed<'w>(
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
}

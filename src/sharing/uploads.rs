//! Serving: slots, the queue for them, and one chunk after the other in each slot.

use super::message::{Named, TransferBody, TransferTimer};
use super::sharer::{Desk, Offer, Shelf};
use crate::engine::network::{FlowEnd, FlowId, FlowNotice};
use crate::engine::{Contact, Draw};
use crate::overlay::ItemId;
use std::collections::VecDeque;

/// A peer and what it downloads from here.
#[derive(Clone, Copy)]
struct Fetch {
    client: Contact,
    /// Whether nobody can connect to the client.
    firewalled: bool,
    item: ItemId,
}

impl Fetch {
    fn is(&self, client: Contact, item: ItemId) -> bool {
        self.client == client && self.item == item
    }

    /// Whether the peer has come back since, in another session.
    fn is_of_past_session(&self, client: Contact) -> bool {
        self.client.peer == client.peer && self.client != client
    }
}

/// A download that this peer serves.
struct Slot {
    number: u32,
    fetch: Fetch,
    /// The chunk on its way.
    flow: Option<FlowId>,
    /// Whether that is as it ought to be.
    is_true: bool,
    /// Chunks that were sent in it.
    sent_chunks: u32,
    /// Requests for chunks still to come: (chunk, ticket).
    pending: VecDeque<(u32, u32)>,
    /// When something last happened in it, nanoseconds.
    touched_ns: u64,
}

/// A download of which a chunk was delivered, so that the client has a part of the item by now.
struct Served {
    fetch: Fetch,
    /// Since when it wants no more, nanoseconds; `None`: it does.
    content_ns: Option<u64>,
}

/// All that a peer serves.
#[derive(Default)]
pub(super) struct Uploads {
    slots: Vec<Slot>,
    /// Those that wait for a slot.
    queue: VecDeque<Fetch>,
    next_slot: u32,
    /// In the order in which they were served first; nobody where sources are not exchanged.
    served: Vec<Served>,
}

/// Most requests for chunks that a slot keeps; who sends more is cut off.
const PENDING_MAX: usize = 256;

impl Uploads {
    pub(super) fn active(&self) -> usize {
        self.slots.len()
    }

    /// A peer asks for an item.
    pub(super) fn request<'w>(
        &mut self,
        from: Contact,
        (item, firewalled): (ItemId, bool),
        shelf: &Shelf<'_, 'w>,
        desk: &mut impl Desk<'w>,
    ) {
        let settings = desk.settings();
        let (slots, queue) = desk.library().room(desk.me().peer);
        if shelf.offer(item).is_none() {
            desk.tell(from, TransferBody::NotFound { item }, settings.answer_bytes);
            return;
        }
        // Somebody back in a new session leaves nothing to its old one.
        self.slots
            .retain(|slot| !slot.fetch.is_of_past_session(from) || slot.flow.is_some());
        self.queue.retain(|waiting| !waiting.is_of_past_session(from));
        self.served
            .retain(|served| !served.fetch.is_of_past_session(from));
        self.promote(shelf, desk);
        let fetch = Fetch {
            client: from,
            firewalled,
            item,
        };
        if self.slots.iter().any(|slot| slot.fetch.is(from, item)) {
            grant(from, item, shelf, desk);
        } else if let Some(place) = self.queue.iter().position(|waiting| waiting.is(from, item)) {
            queue_up(from, item, place, desk);
        } else if self.slots.len() < slots {
            self.open(fetch, shelf, desk);
        } else if self.queue.len() < queue {
            self.queue.push_back(fetch);
            desk.books().queued += 1;
            queue_up(from, item, self.queue.len() - 1, desk);
        } else {
            desk.books().turned_away += 1;
            desk.tell(from, TransferBody::Busy { item }, settings.answer_bytes);
        }
        if self.serves(from, item) {
            self.note_wish(from, item, None);
        }
    }

    /// A peer wants no more of an item that it was served since `content_ns`, or does again.
    fn note_wish(&mut self, client: Contact, item: ItemId, content_ns: Option<u64>) {
        let mut served = self.served.iter_mut();
        if let Some(served) = served.find(|served| served.fetch.is(client, item)) {
            served.content_ns = content_ns;
        }
    }

    fn open<'w>(&mut self, fetch: Fetch, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
        let number = self.next_slot;
        self.next_slot += 1;
        self.slots.push(Slot {
            number,
            fetch,
            flow: None,
            is_true: false,
            sent_chunks: 0,
            pending: VecDeque::new(),
            touched_ns: desk.now_ns(),
        });
        grant(fetch.client, fetch.item, shelf, desk);
        desk.wake(desk.settings().slot_idle_ns, TransferTimer::Slot { slot: number });
    }

    /// Gives free slots to those who wait, first come first served.
    fn promote<'w>(&mut self, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
        let (slots, _) = desk.library().room(desk.me().peer);
        while self.slots.len() < slots {
            let Some(fetch) = self.queue.pop_front() else {
                return;
            };
            if shelf.offer(fetch.item).is_some() {
                self.open(fetch, shelf, desk);
            } else {
                let Fetch { client, item, .. } = fetch;
                self.forget_served(client, item);
                desk.tell(
                    client,
                    TransferBody::NotFound { item },
                    desk.settings().answer_bytes,
                );
            }
        }
    }

    /// A peer that was served an item is cut off from it: what it does with its part is not known from now on.
    fn forget_served(&mut self, client: Contact, item: ItemId) {
        self.served.retain(|served| !served.fetch.is(client, item));
    }

    /// A peer with a slot asks for a chunk.
    pub(super) fn chunk_request<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        (chunk, ticket): (u32, u32),
        shelf: &Shelf<'_, 'w>,
        desk: &mut impl Desk<'w>,
    ) {
        let there = chunk < desk.library().catalogue.chunks(item)
            && match shelf.offer(item) {
                Some(Offer::Whole) => true,
                Some(Offer::Part(set)) => set.contains(chunk),
                None => false,
            };
        let slot = self
            .slots
            .iter_mut()
            .find(|slot| slot.fetch.is(from, item) && slot.pending.len() < PENDING_MAX);
        match slot {
            Some(slot) if there => {
                slot.pending.push_back((chunk, ticket));
                slot.touched_ns = desk.now_ns();
                slot.pump(desk);
            }
            // It has not heard yet that its session is over.
            None if self.queue.iter().any(|waiting| waiting.is(from, item)) => {}
            _ => desk.tell(from, TransferBody::Closed { item }, desk.settings().close_bytes),
        }
    }

    /// A peer wants nothing more of an item.
    pub(super) fn cancel<'w>(
        &mut self,
        from: Contact,
        item: ItemId,
        shelf: &Shelf<'_, 'w>,
        desk: &mut impl Desk<'w>,
    ) {
        self.queue.retain(|waiting| !waiting.is(from, item));
        self.note_wish(from, item, Some(desk.now_ns()));
        let mut slots = self.slots.iter();
        if let Some(place) = slots.position(|slot| slot.fetch.is(from, item)) {
            if let Some(flow) = self.slots.remove(place).flow {
                desk.stop_flow(flow);
            }
            self.promote(shelf, desk);
        }
    }

    /// A chunk's transfer from here ended.
    pub(super) fn flow_ended<'w>(
        &mut self,
        notice: &FlowNotice,
        shelf: &Shelf<'_, 'w>,
        desk: &mut impl Desk<'w>,
    ) {
        let me = desk.me().peer;
        desk.books().bytes(me).uploaded += notice.carried_bytes;
        let flow = Some(notice.spec.flow);
        let Some(place) = self.slots.iter().position(|slot| slot.flow == flow) else {
            return;
        };
        if notice.end == FlowEnd::Completed {
            self.note_served(place, desk);
            let slot = &mut self.slots[place];
            slot.flow = None;
            slot.sent_chunks += 1;
            slot.touched_ns = desk.now_ns();
            if self.is_session_over(place, shelf, desk) {
                self.end_session(place, shelf, desk);
            } else {
                self.slots[place].pump(desk);
            }
        } else {
            let Fetch { client, .. } = self.slots.remove(place).fetch;
            self.served.retain(|served| served.fetch.client != client);
            self.promote(shelf, desk);
        }
    }

    /// Whether who has the slot at `place` has been sent its chunks in a row and somebody waits for it.
    fn is_session_over<'w>(&self, place: usize, shelf: &Shelf<'_, 'w>, desk: &impl Desk<'w>) -> bool {
        let chunks_max = desk.settings().session_chunks.unwrap_or(u32::MAX);
        let is_served = |waiting: &Fetch| shelf.offer(waiting.item).is_some();
        self.slots[place].sent_chunks >= chunks_max && self.queue.iter().any(is_served)
    }

    /// Hands the slot at `place` to who waits for it, and has who had it wait.
    fn end_session<'w>(&mut self, place: usize, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
        let fetch = self.slots.remove(place).fetch;
        self.promote(shelf, desk);
        self.queue.push_back(fetch);
        queue_up(fetch.client, fetch.item, self.queue.len() - 1, desk);
    }

    /// A chunk arrived at the client that has the slot at `place`.
    fn note_served<'w>(&mut self, place: usize, desk: &impl Desk<'w>) {
        let Slot { fetch, is_true, .. } = self.slots[place];
        if desk.settings().exchange.is_none() || !is_true {
            return;
        }
        let is_known = |served: &Served| served.fetch.is(fetch.client, fetch.item);
        if !self.served.iter().any(is_known) {
            self.served.push(Served {
                fetch,
                content_ns: None,
            });
        }
    }

    /// Calls `visit` with everybody who has a part of an item because it was delivered from here, and who still wants more or
    /// did not long ago; forgets the others.
    pub(super) fn visit_served(
        &mut self,
        item: ItemId,
        (now_ns, remember_ns): (u64, u64),
        mut visit: impl FnMut(Named),
    ) {
        self.served.retain(|served| {
            let is_over = |since_ns: u64| now_ns - since_ns >= remember_ns;
            !served.content_ns.is_some_and(is_over)
        });
        let fetches = self.served.iter().map(|served| served.fetch);
        for fetch in fetches.filter(|fetch| fetch.item == item) {
            visit(Named {
                peer: fetch.client.peer,
                firewalled: fetch.firewalled,
            });
        }
    }

    /// Whether a peer has a slot for an item, or waits for one.
    pub(super) fn serves(&self, client: Contact, item: ItemId) -> bool {
        let mut fetches = self.slots.iter().map(|slot| &slot.fetch).chain(&self.queue);
        fetches.any(|fetch| fetch.is(client, item))
    }

    /// A slot may have lain idle: whoever has it may be gone.
    pub(super) fn slot_expired<'w>(&mut self, number: u32, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
        let Some(place) = self.slots.iter().position(|slot| slot.number == number) else {
            return;
        };
        let slot = &self.slots[place];
        let idle_ns = if slot.flow.is_some() {
            0
        } else {
            desk.now_ns() - slot.touched_ns
        };
        let patience_ns = desk.settings().slot_idle_ns;
        if idle_ns < patience_ns {
            desk.wake(patience_ns - idle_ns, TransferTimer::Slot { slot: number });
            return;
        }
        let Fetch { client, item, .. } = self.slots.remove(place).fetch;
        self.forget_served(client, item);
        desk.tell(client, TransferBody::Closed { item }, desk.settings().close_bytes);
        self.promote(shelf, desk);
    }

    /// The session ends.
    pub(super) fn leave<'w>(&mut self, desk: &mut impl Desk<'w>) {
        let served = self.slots.drain(..).map(|slot| slot.fetch);
        for Fetch { client, item, .. } in served.chain(self.queue.drain(..)) {
            desk.tell(client, TransferBody::Closed { item }, desk.settings().close_bytes);
        }
        self.served.clear();
    }
}

impl Slot {
    /// Sends the next chunk if none is on its way. The flow's tag is the ticket and the chunk's tag, true or spoilt.
    fn pump<'w>(&mut self, desk: &mut impl Desk<'w>) {
        if self.flow.is_some() {
            return;
        }
        let Some((chunk, ticket)) = self.pending.pop_front() else {
            return;
        };
        let Fetch { client, item, .. } = self.fetch;
        let (library, settings) = (desk.library(), desk.settings());
        let spoils = f64::from(library.traits(desk.me().peer).spoils_percent) / 100.0;
        let is_spoilt = desk.random().chance(spoils);
        let tag = if is_spoilt {
            library.check.spoilt_tag(item, chunk, desk.random())
        } else {
            library.check.tag(item, chunk)
        };
        desk.tell(client, TransferBody::ChunkHead { ticket }, settings.answer_bytes);
        let bytes = u64::from(library.catalogue.chunk_bytes(item, chunk));
        self.is_true = !is_spoilt;
        let word = u64::from(ticket) << 32 | u64::from(tag);
        self.flow = Some(desk.start_flow(client, bytes, word, settings.idle_timeout_ns));
    }
}

fn grant<'w>(client: Contact, item: ItemId, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
    let have = match shelf.offer(item) {
        Some(Offer::Part(set)) => Some(Box::new(set.clone())),
        _ => None,
    };
    let size_bytes = desk.settings().answer_bytes + have.as_ref().map_or(0, |set| set.wire_bytes());
    desk.tell(client, TransferBody::Granted { item, have }, size_bytes);
}

fn queue_up<'w>(client: Contact, item: ItemId, place: usize, desk: &mut impl Desk<'w>) {
    let position = u16::try_from(place + 1).unwrap_or(u16::MAX);
    let body = TransferBody::Queued { item, position };
    desk.tell(client, body, desk.settings().answer_bytes);
}

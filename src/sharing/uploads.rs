//! Serving: slots, the queue for them, and one chunk after the other in each slot.

use super::message::{TransferBody, TransferTimer};
use super::sharer::{Desk, Offer, Shelf};
use crate::engine::network::{FlowEnd, FlowId, FlowNotice};
use crate::engine::{Contact, Draw};
use crate::overlay::ItemId;
use std::collections::VecDeque;

/// A download that this peer serves.
struct Slot {
    number: u32,
    client: Contact,
    item: ItemId,
    /// The chunk on its way.
    flow: Option<FlowId>,
    /// Requests for chunks still to come: (chunk, ticket).
    pending: VecDeque<(u32, u32)>,
    /// When something last happened in it, nanoseconds.
    touched_ns: u64,
}

/// All that a peer serves.
#[derive(Default)]
pub(super) struct Uploads {
    slots: Vec<Slot>,
    queue: VecDeque<(Contact, ItemId)>,
    next_slot: u32,
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
        item: ItemId,
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
            .retain(|slot| slot.client == from || slot.client.peer != from.peer || slot.flow.is_some());
        self.queue
            .retain(|(client, _)| client == &from || client.peer != from.peer);
        self.promote(shelf, desk);
        if self
            .slots
            .iter()
            .any(|slot| slot.client == from && slot.item == item)
        {
            grant(from, item, shelf, desk);
        } else if let Some(place) = self.queue.iter().position(|entry| *entry == (from, item)) {
            queue_up(from, item, place, desk);
        } else if self.slots.len() < slots {
            self.open(from, item, shelf, desk);
        } else if self.queue.len() < queue {
            self.queue.push_back((from, item));
            desk.books().queued += 1;
            queue_up(from, item, self.queue.len() - 1, desk);
        } else {
            desk.books().turned_away += 1;
            desk.tell(from, TransferBody::Busy { item }, settings.answer_bytes);
        }
    }

    fn open<'w>(&mut self, client: Contact, item: ItemId, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
        let number = self.next_slot;
        self.next_slot += 1;
        self.slots.push(Slot {
            number,
            client,
            item,
            flow: None,
            pending: VecDeque::new(),
            touched_ns: desk.now_ns(),
        });
        grant(client, item, shelf, desk);
        desk.wake(desk.settings().slot_idle_ns, TransferTimer::Slot { slot: number });
    }

    /// Gives free slots to those who wait, first come first served.
    fn promote<'w>(&mut self, shelf: &Shelf<'_, 'w>, desk: &mut impl Desk<'w>) {
        let (slots, _) = desk.library().room(desk.me().peer);
        while self.slots.len() < slots {
            let Some((client, item)) = self.queue.pop_front() else {
                return;
            };
            if shelf.offer(item).is_some() {
                self.open(client, item, shelf, desk);
            } else {
                desk.tell(
                    client,
                    TransferBody::NotFound { item },
                    desk.settings().answer_bytes,
                );
            }
        }
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
            .find(|slot| slot.client == from && slot.item == item && slot.pending.len() < PENDING_MAX);
        match slot {
            Some(slot) if there => {
                slot.pending.push_back((chunk, ticket));
                slot.touched_ns = desk.now_ns();
                slot.pump(desk);
            }
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
        self.queue.retain(|entry| *entry != (from, item));
        let place = self
            .slots
            .iter()
            .position(|slot| slot.client == from && slot.item == item);
        if let Some(place) = place {
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
            let slot = &mut self.slots[place];
            slot.flow = None;
            slot.touched_ns = desk.now_ns();
            slot.pump(desk);
        } else {
            self.slots.remove(place);
            self.promote(shelf, desk);
        }
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
        let Slot { client, item, .. } = self.slots.remove(place);
        desk.tell(client, TransferBody::Closed { item }, desk.settings().close_bytes);
        self.promote(shelf, desk);
    }

    /// The session ends.
    pub(super) fn leave<'w>(&mut self, desk: &mut impl Desk<'w>) {
        let clients = self.slots.drain(..).map(|slot| (slot.client, slot.item));
        for (client, item) in clients.chain(self.queue.drain(..)) {
            desk.tell(client, TransferBody::Closed { item }, desk.settings().close_bytes);
        }
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
        let (library, settings) = (desk.library(), desk.settings());
        let spoils = f64::from(library.traits(desk.me().peer).spoils_percent) / 100.0;
        let tag = if desk.random().chance(spoils) {
            library.check.spoilt_tag(self.item, chunk, desk.random())
        } else {
            library.check.tag(self.item, chunk)
        };
        desk.tell(
            self.client,
            TransferBody::ChunkHead { ticket },
            settings.answer_bytes,
        );
        let bytes = u64::from(library.catalogue.chunk_bytes(self.item, chunk));
        let word = u64::from(ticket) << 32 | u64::from(tag);
        self.flow = Some(desk.start_flow(self.client, bytes, word, settings.idle_timeout_ns));
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

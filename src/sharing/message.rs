//! What peers of the application send each other beside the overlay's own messages, and what their timers carry.

use super::chunks::ChunkSet;
use crate::engine::digest::hashed;
use crate::engine::protocol::{KINDS_MAX, joined_kinds};
use crate::engine::{Message, PeerId};
use crate::overlay::ItemId;

/// A message: the overlay's or a transfer's.
#[derive(Clone, Debug)]
pub enum SharingMessage<M> {
    /// The overlay's.
    Overlay(M),
    /// A transfer's: boxed, so that the overlay's, which are many more, stay small.
    Transfer(Box<TransferMessage>),
}

const _: () = assert!(
    size_of::<SharingMessage<crate::overlay::gnutella::Message>>() == 16,
    "a message in flight is two words"
);

/// A message about a transfer. The bytes of chunks travel as flows, not as messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransferMessage {
    /// What it says.
    pub body: TransferBody,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What a message about a transfer says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TransferBody {
    /// To a holder: I want this item.
    Request {
        /// The item.
        item: ItemId,
        /// Whether nobody can connect to the sender: it says so where sources are exchanged, for others to be told, and nowhere
        /// else.
        firewalled: bool,
    },
    /// From a holder: here is a slot.
    Granted {
        /// The item.
        item: ItemId,
        /// The chunks it has; `None`: all of them.
        have: Option<Box<ChunkSet>>,
    },
    /// From a holder: all slots are taken, wait in the queue.
    Queued {
        /// The item.
        item: ItemId,
        /// Place in the queue, from 1.
        position: u16,
    },
    /// From a holder: the queue is full too, come back later.
    Busy {
        /// The item.
        item: ItemId,
    },
    /// From a peer that does not share the item (any more).
    NotFound {
        /// The item.
        item: ItemId,
    },
    /// To a holder that gave a slot: send this chunk.
    ChunkRequest {
        /// The item.
        item: ItemId,
        /// The chunk.
        chunk: u32,
        /// The requester's number for this request; the flow carries it back.
        ticket: u32,
    },
    /// From a holder: the header of the chunk's transfer, which begins now.
    ChunkHead {
        /// The request it answers.
        ticket: u32,
    },
    /// To a holder: I want nothing more of this item from you now.
    Cancel {
        /// The item.
        item: ItemId,
    },
    /// From a holder: your slot or your place in the queue is gone.
    Closed {
        /// The item.
        item: ItemId,
    },
    /// From a holder behind a firewall that was asked to call back: here is the connection.
    Give {
        /// The item.
        item: ItemId,
    },
    /// To a holder that gave a slot or a place in its queue: who else has this item?
    SourcesRequest {
        /// The item.
        item: ItemId,
    },
    /// About the item that is transferred between the two: these have it, too.
    Sources(Box<SourceList>),
}

/// Who has an item, as a peer knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceList {
    /// The item.
    pub item: ItemId,
    /// Who has it, or a part of it.
    pub added: Box<[Named]>,
    /// Who was named before and is no longer known to.
    pub dropped: Box<[PeerId]>,
}

/// A source that a peer names to another, by its address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    /// Who it is.
    pub peer: PeerId,
    /// Whether nobody can connect to it.
    pub firewalled: bool,
}

/// Names of the kinds of transfer messages, in the order of [`TransferBody`].
pub const TRANSFER_KINDS: [&str; 12] = [
    "Request",
    "Granted",
    "Queued",
    "Busy",
    "NotFound",
    "ChunkRequest",
    "ChunkHead",
    "Cancel",
    "Closed",
    "Give",
    "SourcesRequest",
    "Sources",
];

/// Of them, those at the end that nobody sends where sources are not exchanged.
pub const EXCHANGE_KINDS: usize = 2;

impl TransferBody {
    /// The item about which a message says that there is a connection now: the first that goes either way.
    pub(super) fn opens(&self) -> Option<ItemId> {
        match self {
            Self::Request { item, .. } | Self::Granted { item, .. } | Self::Queued { item, .. } => {
                Some(*item)
            }
            _ => None,
        }
    }

    /// Position in [`TRANSFER_KINDS`].
    pub fn kind(&self) -> usize {
        match self {
            Self::Request { .. } => 0,
            Self::Granted { .. } => 1,
            Self::Queued { .. } => 2,
            Self::Busy { .. } => 3,
            Self::NotFound { .. } => 4,
            Self::ChunkRequest { .. } => 5,
            Self::ChunkHead { .. } => 6,
            Self::Cancel { .. } => 7,
            Self::Closed { .. } => 8,
            Self::Give { .. } => 9,
            Self::SourcesRequest { .. } => 10,
            Self::Sources(_) => 11,
        }
    }

    fn fingerprint(&self) -> u64 {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let (first, second) = match self {
            Self::Request { item, firewalled } => (u64::from(item.0), u64::from(*firewalled)),
            Self::Busy { item }
            | Self::NotFound { item }
            | Self::Cancel { item }
            | Self::Closed { item }
            | Self::Give { item }
            | Self::SourcesRequest { item } => (u64::from(item.0), 0),
            Self::Sources(list) => {
                let added = list.added.iter();
                let added = added.map(|named| pair(named.peer.0, u32::from(named.firewalled)));
                let dropped = list.dropped.iter().map(|peer| u64::from(peer.0));
                let folded = |words: &mut dyn Iterator<Item = u64>| {
                    words.fold(u64::from(list.item.0), |sum, word| hashed(sum, word, 1))
                };
                (folded(&mut { added }), folded(&mut { dropped }))
            }
            Self::Granted { item, have } => {
                let set = have.as_ref().map_or(0, |have| have.fingerprint());
                (u64::from(item.0), set)
            }
            Self::Queued { item, position } => (u64::from(item.0), u64::from(*position)),
            Self::ChunkRequest { item, chunk, ticket } => (pair(item.0, *chunk), u64::from(*ticket)),
            Self::ChunkHead { ticket } => (u64::from(*ticket), 0),
        };
        hashed(self.kind() as u64, first, second)
    }
}

impl<M: Message> SharingMessage<M> {
    /// The overlay's kinds, then those of transfers, then nothing.
    const ALL: &'static [&'static str; KINDS_MAX] = &joined_kinds(M::KINDS, &TRANSFER_KINDS);
}

impl<M: Message> Message for SharingMessage<M> {
    const KINDS: &'static [&'static str] = Self::ALL.split_at(M::KINDS.len() + TRANSFER_KINDS.len()).0;

    #[inline]
    fn kind(&self) -> usize {
        match self {
            Self::Overlay(message) => message.kind(),
            Self::Transfer(message) => M::KINDS.len() + message.body.kind(),
        }
    }

    #[inline]
    fn size_bytes(&self) -> u32 {
        match self {
            Self::Overlay(message) => message.size_bytes(),
            Self::Transfer(message) => message.size_bytes,
        }
    }

    #[inline]
    fn fingerprint(&self) -> u64 {
        match self {
            Self::Overlay(message) => message.fingerprint(),
            Self::Transfer(message) => message.body.fingerprint(),
        }
    }

    #[inline]
    fn copier(&self) -> Option<impl Fn() -> Self + use<M>> {
        match self {
            Self::Overlay(message) => {
                let copier = message.copier()?;
                Some(move || Self::Overlay(copier()))
            }
            Self::Transfer(_) => None,
        }
    }

    #[inline]
    fn is_drawn_for(&self) -> bool {
        match self {
            Self::Overlay(message) => message.is_drawn_for(),
            Self::Transfer(_) => false,
        }
    }
}

/// A timer: the overlay's or a transfer's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SharingTimer<T> {
    /// The overlay's.
    Overlay(T),
    /// A transfer's.
    Transfer(TransferTimer),
}

/// What a transfer's timer carries. Numbers name what it was set for; where that is over, the timer means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransferTimer {
    /// Hits were collected long enough.
    HitsCollected {
        /// The download.
        download: u32,
    },
    /// A source's state has lasted long enough: no answer, time to poll, time to come back.
    Source {
        /// The download.
        download: u32,
        /// The source's state then.
        state: u32,
    },
    /// A chunk's transfer should have begun.
    Head {
        /// The request.
        ticket: u32,
    },
    /// A slot may have lain idle.
    Slot {
        /// The slot's number.
        slot: u32,
    },
    /// It is time to tell a peer whom this one has come to know, and whom it knows no longer.
    Exchange {
        /// The number of who is told.
        partner: u32,
    },
}

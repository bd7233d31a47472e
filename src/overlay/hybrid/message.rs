//! What peers of a hybrid send each other, and what their timers carry: one overlay's, the other's, or the hybrid's own.

use crate::engine::Message;
use crate::engine::digest::hashed;
use crate::engine::protocol::{KINDS_MAX, joined_kinds};
use crate::overlay::{Answer, ItemId, QueryId};

/// A message of the unstructured overlay, `A`, of the structured one, `B`, or of the hybrid.
#[derive(Clone, Debug)]
pub enum HybridMessage<A, B> {
    /// The unstructured overlay's.
    Unstructured(A),
    /// The structured overlay's: boxed, so that the other's, which are many more, stay small.
    Structured(Box<B>),
    /// The hybrid's own, between members of the structured overlay and others.
    Gateway(Box<GatewayMessage>),
    /// The hybrid's own, between neighbours.
    Sample(Box<SampleMessage>),
}

/// A message between members of the structured overlay and others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewayMessage {
    /// What it says.
    pub body: GatewayBody,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayBody {
    /// To neighbours: I am a member.
    Member,
    /// To a member: ask this for me.
    Ask(QueryId),
    /// Of a member: I do.
    Taken(QueryId),
    /// Of a member: this was found.
    Told(QueryId, Answer),
    /// To a member: publish that I have these.
    Publish(Vec<ItemId>),
}

/// A message by which a peer samples its neighbours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleMessage {
    /// What it says.
    pub body: SampleBody,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SampleBody {
    /// What do you share?
    Ask,
    /// These.
    Shares(Vec<ItemId>),
}

/// Names of the kinds of [`SampleBody`], in its order.
const SAMPLE_KINDS: [&str; 2] = ["SampleAsk", "SampleShares"];

impl SampleBody {
    fn kind(&self) -> usize {
        match self {
            Self::Ask => 0,
            Self::Shares(_) => 1,
        }
    }

    fn fingerprint(&self) -> u64 {
        match self {
            Self::Ask => hashed(GATEWAY_KINDS.len() as u64, 0, 0),
            Self::Shares(items) => mixed(1 + GATEWAY_KINDS.len() as u64, items),
        }
    }
}

/// A word that stands for a list of items, in its order, and a kind of message.
fn mixed(kind: u64, items: &[ItemId]) -> u64 {
    let (first, second) = items
        .iter()
        .fold((items.len() as u64, 0), |(first, second), item| {
            (hashed(first, second, u64::from(item.0)), second + 1)
        });
    hashed(kind, first, second)
}

/// Names of the kinds of [`GatewayBody`], in its order.
const GATEWAY_KINDS: [&str; 5] = [
    "GatewayMember",
    "GatewayAsk",
    "GatewayTaken",
    "GatewayTold",
    "GatewayPublish",
];

impl GatewayBody {
    fn kind(&self) -> usize {
        match self {
            Self::Member => 0,
            Self::Ask(_) => 1,
            Self::Taken(_) => 2,
            Self::Told(..) => 3,
            Self::Publish(_) => 4,
        }
    }

    fn fingerprint(&self) -> u64 {
        let (first, second) = match self {
            Self::Member => (0, 0),
            Self::Ask(query) | Self::Taken(query) => (u64::from(query.0), 0),
            Self::Told(query, answer) => {
                let holder = u64::from(answer.holder.peer.0) << 1 | u64::from(answer.firewalled);
                (u64::from(query.0) << 32 | u64::from(answer.hops), holder)
            }
            Self::Publish(items) => return mixed(self.kind() as u64, items),
        };
        hashed(self.kind() as u64, first, second)
    }
}

const _: () = assert!(
    size_of::<HybridMessage<crate::overlay::gnutella::Message, ()>>() == 16,
    "a message in flight is two words"
);

/// What comes before the names of the structured overlay's kinds: both have pings.
const PREFIX: &[u8] = b"Dht";
/// Longest name of a kind, prefix included, in bytes.
const NAME_BYTES_MAX: usize = 40;

/// A name as it is put together.
#[derive(Clone, Copy)]
struct Name {
    bytes: [u8; NAME_BYTES_MAX],
    length: usize,
}

/// The names with the prefix before them.
///
/// # Panics
/// When a name is too long.
const fn prefixed(names: &[&str]) -> [Name; KINDS_MAX] {
    let empty = Name {
        bytes: [0; NAME_BYTES_MAX],
        length: 0,
    };
    let mut all = [empty; KINDS_MAX];
    let mut place = 0;
    while place < names.len() {
        let (name, length) = (names[place].as_bytes(), PREFIX.len() + names[place].len());
        let mut byte = 0;
        while byte < length {
            all[place].bytes[byte] = if byte < PREFIX.len() {
                PREFIX[byte]
            } else {
                name[byte - PREFIX.len()]
            };
            byte += 1;
        }
        all[place].length = length;
        place += 1;
    }
    all
}

const fn texts(names: &'static [Name; KINDS_MAX]) -> [&'static str; KINDS_MAX] {
    let mut all = [""; KINDS_MAX];
    let mut place = 0;
    while place < KINDS_MAX {
        let (text, _) = names[place].bytes.split_at(names[place].length);
        all[place] = match str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => panic!("text before text is text"),
        };
        place += 1;
    }
    all
}

impl<A: Message, B: Message> HybridMessage<A, B> {
    const NAMES: &'static [Name; KINDS_MAX] = &prefixed(B::KINDS);
    const STRUCTURED: &'static [&'static str; KINDS_MAX] = &texts(Self::NAMES);
    const PARTS: &'static [&'static str; KINDS_MAX] =
        &joined_kinds(A::KINDS, Self::STRUCTURED.split_at(B::KINDS.len()).0);
    const GATEWAY: &'static [&'static str; KINDS_MAX] = &joined_kinds(
        Self::PARTS.split_at(A::KINDS.len() + B::KINDS.len()).0,
        &GATEWAY_KINDS,
    );
    /// Kinds of the parts' messages and the gateway's.
    const FIRST: usize = A::KINDS.len() + B::KINDS.len() + GATEWAY_KINDS.len();
    /// The unstructured overlay's kinds, then the structured one's, then the hybrid's own, then nothing.
    const ALL: &'static [&'static str; KINDS_MAX] =
        &joined_kinds(Self::GATEWAY.split_at(Self::FIRST).0, &SAMPLE_KINDS);
}

impl<A: Message, B: Message> Message for HybridMessage<A, B> {
    const KINDS: &'static [&'static str] = Self::ALL.split_at(Self::FIRST + SAMPLE_KINDS.len()).0;

    #[inline]
    fn kind(&self) -> usize {
        match self {
            Self::Unstructured(message) => message.kind(),
            Self::Structured(message) => A::KINDS.len() + message.kind(),
            Self::Gateway(message) => A::KINDS.len() + B::KINDS.len() + message.body.kind(),
            Self::Sample(message) => Self::FIRST + message.body.kind(),
        }
    }

    #[inline]
    fn size_bytes(&self) -> u32 {
        match self {
            Self::Unstructured(message) => message.size_bytes(),
            Self::Structured(message) => message.size_bytes(),
            Self::Gateway(message) => message.size_bytes,
            Self::Sample(message) => message.size_bytes,
        }
    }

    #[inline]
    fn fingerprint(&self) -> u64 {
        match self {
            Self::Unstructured(message) => message.fingerprint(),
            Self::Structured(message) => message.fingerprint(),
            Self::Gateway(message) => message.body.fingerprint(),
            Self::Sample(message) => message.body.fingerprint(),
        }
    }

    #[inline]
    fn copier(&self) -> Option<impl Fn() -> Self + use<A, B>> {
        match self {
            Self::Unstructured(message) => {
                let copier = message.copier()?;
                Some(move || Self::Unstructured(copier()))
            }
            Self::Structured(_) | Self::Gateway(_) | Self::Sample(_) => None,
        }
    }

    #[inline]
    fn is_drawn_for(&self) -> bool {
        match self {
            Self::Unstructured(message) => message.is_drawn_for(),
            Self::Structured(message) => message.is_drawn_for(),
            Self::Gateway(_) | Self::Sample(_) => false,
        }
    }
}

/// A timer of the unstructured overlay, of the structured one, or of the policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HybridTimer<A, B> {
    /// The unstructured overlay's.
    Unstructured(A),
    /// The structured overlay's.
    Structured(B),
    /// The policy's.
    Own(OwnTimer),
}

/// What the policy's timers carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnTimer {
    /// A query has had its time in the unstructured overlay.
    Waited {
        /// The query.
        query: QueryId,
    },
    /// It is time to ask neighbours for lists of what they share.
    Sample,
    /// Others were listened to for long enough to tell what is rare.
    Listened,
    /// It is time to tell neighbours that this peer is a member.
    Announce,
    /// It is time to have a member publish.
    Publish,
    /// A member ought to have taken on a query.
    Unanswered {
        /// The query.
        query: QueryId,
    },
    /// A query that was taken on for another has had its time.
    Forget {
        /// The query.
        query: QueryId,
    },
}

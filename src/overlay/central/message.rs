//! What clients and index servers send each other. Sizes are parameters, so a message carries its own. Lists are boxed.

use crate::engine::PeerId;
use crate::engine::digest::hashed;
use crate::overlay::{Holder, ItemId, QueryId};

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// What it says.
    pub body: Body,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// To a server: let me in.
    Login {
        /// Whether nobody can open a connection to the client.
        firewalled: bool,
    },
    /// From a server: you are in.
    Accepted,
    /// To the own server: I share these, too.
    Offer(Box<[ItemId]>),
    /// To the own server: I do not share these any more.
    Withdraw(Box<[ItemId]>),
    /// To a server: who has this?
    Query {
        /// The query.
        query: QueryId,
        /// Whether it came as a datagram, from a client of any server, and is to be answered by one.
        is_datagram: bool,
    },
    /// From a server: these, as far as I know.
    Answer(Box<Holders>),
    /// To the own server: have this holder call me back.
    CallBack {
        /// The query that the holder answers; stands for the file.
        query: QueryId,
        /// Whom to tell.
        holder: PeerId,
    },
    /// From the own server: somebody wants to be called back.
    Calling {
        /// The query; stands for the file.
        query: QueryId,
        /// Whom to call.
        requester: PeerId,
    },
    /// To the own server: I am still here; from it: so am I.
    KeepAlive,
    /// The connection is closed, or was never there.
    Close,
}

/// Holders of what a query asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holders {
    /// The query.
    pub query: QueryId,
    /// Who they are.
    pub list: Vec<Holder>,
}

impl crate::engine::Message for Message {
    const KINDS: &'static [&'static str] = &[
        "login",
        "accepted",
        "offer",
        "withdraw",
        "query",
        "answer",
        "call_back",
        "calling",
        "keep_alive",
        "close",
    ];

    fn kind(&self) -> usize {
        match self.body {
            Body::Login { .. } => 0,
            Body::Accepted => 1,
            Body::Offer(_) => 2,
            Body::Withdraw(_) => 3,
            Body::Query { .. } => 4,
            Body::Answer(_) => 5,
            Body::CallBack { .. } => 6,
            Body::Calling { .. } => 7,
            Body::KeepAlive => 8,
            Body::Close => 9,
        }
    }

    fn size_bytes(&self) -> u32 {
        self.size_bytes
    }

    fn fingerprint(&self) -> u64 {
        let content = match &self.body {
            Body::Login { firewalled } => u64::from(*firewalled),
            Body::Accepted | Body::KeepAlive | Body::Close => 0,
            Body::Offer(items) | Body::Withdraw(items) => folded(items.iter().map(|item| u64::from(item.0))),
            Body::Query { query, is_datagram } => pair(query.0, u32::from(*is_datagram)),
            Body::Answer(holders) => folded(holders.list.iter().map(|holder| {
                let session = u32::from(holder.contact.session);
                pair(holder.contact.peer.0, session << 1 | u32::from(holder.firewalled))
            }))
            .wrapping_add(u64::from(holders.query.0)),
            Body::CallBack { query, holder } => pair(query.0, holder.0),
            Body::Calling { query, requester } => pair(query.0, requester.0),
        };
        hashed(self.kind() as u64, content, u64::from(self.size_bytes))
    }
}

fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// One word of many, whose order counts.
fn folded(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0, |sum, word| hashed(sum, word, 1))
}

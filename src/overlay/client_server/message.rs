//! What clients and servers say to each other before a file is fetched. Sizes are parameters, so a message carries its own.

use crate::engine::digest::hashed;
use crate::overlay::QueryId;

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    /// What it says.
    pub body: Body,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What a message says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body {
    /// To a server: have you got this?
    Query {
        /// The query.
        query: QueryId,
    },
    /// From a server: yes.
    Answer {
        /// The query.
        query: QueryId,
    },
}

impl crate::engine::Message for Message {
    const KINDS: &'static [&'static str] = &["query", "answer"];

    fn kind(&self) -> usize {
        match self.body {
            Body::Query { .. } => 0,
            Body::Answer { .. } => 1,
        }
    }

    fn size_bytes(&self) -> u32 {
        self.size_bytes
    }

    fn fingerprint(&self) -> u64 {
        let (Body::Query { query } | Body::Answer { query }) = self.body;
        hashed(self.kind() as u64, u64::from(query.0), u64::from(self.size_bytes))
    }
}

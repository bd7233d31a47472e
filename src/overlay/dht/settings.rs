//! Parameters that all structured overlays share.

use super::directory::{Directory, NodeId};

/// How a lookup gets to the node responsible for its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// The origin asks one node after the other.
    Iterative,
    /// Each node passes the lookup on to the next; the last answers straight to the origin.
    SemiRecursive,
    /// Each node passes the lookup on to the next; the answer returns the same way.
    FullRecursive,
}

/// How long a node waits for an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timeout {
    /// Always as long.
    Fixed {
        /// So many nanoseconds.
        after_ns: u64,
    },
    /// As long as answers have taken so far, as TCP does (RFC 6298).
    Measured {
        /// Before the first answer, nanoseconds.
        initial_ns: u64,
        /// At least so many nanoseconds.
        min_ns: u64,
        /// At most so many nanoseconds.
        max_ns: u64,
    },
}

/// How lookups are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookupSettings {
    /// How a lookup gets there.
    pub way: Way,
    /// Requests of an iterative one under way at a time, on each path: 1 or more.
    pub alpha: u16,
    /// Disjoint paths of an iterative one: 1 or more.
    pub paths: u16,
    /// How long to wait for an answer.
    pub timeout: Timeout,
    /// How often a request is sent again before its receiver is taken for gone.
    pub resends: u32,
    /// How often a recursive lookup of which nothing was heard is begun anew.
    pub restarts: u32,
    /// After so many nanoseconds a lookup has failed.
    pub give_up_ns: u64,
}

/// How lists of items, each kept under one word of their names, are joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JoinWay {
    /// The origin asks for all lists and joins them itself.
    Origin {
        /// Items of a list named in one answer; 1 or more.
        postings_max: u32,
    },
    /// What is left goes from the node that keeps the first word's list to that of the second, and so on, and from the last to the
    /// origin.
    Chain,
    /// As a chain, but a Bloom filter of what is left goes on, and what comes out goes back the same way (Reynolds and Vahdat 2003,
    /// "Efficient peer-to-peer keyword searching", section 3).
    Bloom {
        /// Bits of a filter for every item in it; 1 or more.
        bits_per_item: u16,
    },
    /// Each list says the whole names, so that one is enough (Loo et al. 2004: InvertedCache).
    Cached {
        /// Items of a list named in one answer; 1 or more.
        postings_max: u32,
    },
}

impl JoinWay {
    /// Whether the origin asks for lists, rather than who keeps them.
    pub(super) fn asks_for_lists(self) -> bool {
        matches!(self, Self::Origin { .. } | Self::Cached { .. })
    }
}

/// How items are published under the words of their names, and found by them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeywordSettings {
    /// How the lists of several words are joined.
    pub join: JoinWay,
    /// How often a peer publishes the words of what it shares anew, nanoseconds.
    pub republish_ns: u64,
    /// How long a node keeps in a list what was not published anew, nanoseconds.
    pub expiry_ns: u64,
    /// What an item in a list is charged as, bytes.
    pub posting_bytes: u32,
    /// What the words of a query are charged as, bytes.
    pub text_bytes: u32,
}

/// How nodes keep what others publish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StorageSettings {
    /// Nodes at which a value is stored: those first responsible for its key; 1 or more.
    pub replicas: u16,
    /// How often a peer publishes what it shares anew, nanoseconds.
    pub republish_ns: u64,
    /// How often a node stores what it keeps at the nodes that have come to be responsible for it, unless another did so since,
    /// nanoseconds.
    pub replicate_ns: u64,
    /// How long a node keeps what was not published anew, nanoseconds.
    pub expiry_ns: u64,
    /// Keys that a peer publishes, or that a node stores elsewhere, at a time; 1 or more.
    pub publishes_at_once: u16,
    /// Holders named in one answer; 1 or more.
    pub holders_max: u16,
    /// Whether a lookup of a value ends with the first node that knows holders; otherwise it goes on to all that are
    /// responsible for the key.
    pub stops_at_value: bool,
    /// Whether whoever publishes asks the nodes for the value first, because they give a token for storing with the answer
    /// (BEP 5); otherwise it only looks for them.
    pub asks_for_token: bool,
    /// Size of a value in a message, bytes.
    pub value_bytes: u32,
    /// How items are found by words; `None`: by the key of their content alone.
    pub keywords: Option<KeywordSettings>,
}

/// Parameters of a structured overlay whose router has settings of type `S`.
#[derive(Clone, Debug)]
pub struct Settings<S> {
    /// Who has which identifier.
    pub directory: Directory,
    /// Nodes through which others join: always online.
    pub bootstrap: Vec<NodeId>,
    /// How lookups are made.
    pub lookup: LookupSettings,
    /// How nodes keep what others publish.
    pub storage: StorageSettings,
    /// The router's.
    pub router: S,
}

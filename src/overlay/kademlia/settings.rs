//! Kademlia's parameters.

use crate::overlay::dht::caches::Caching;

/// What messages are charged as on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wire {
    /// As BitTorrent's mainline DHT encodes them (BEP 5).
    Krpc,
    /// So many bytes for any message, headers included, and so many for every identifier or contact in it beyond.
    Plain {
        /// Bytes of a message that carries nothing.
        header_bytes: u32,
        /// Bytes of a key or a contact.
        entry_bytes: u32,
    },
}

/// Kademlia's parameters: see [`crate::overlay::kademlia`] for their sources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Contacts in a bucket, and nodes that a lookup ends with: k, 1 or more.
    pub bucket_contacts: u16,
    /// Contacts that wait for a place in a bucket.
    pub replacement_contacts: u16,
    /// Bits of the identifier that one level of the routing table resolves: b, 1 to 8.
    pub bits_per_level: u8,
    /// A bucket in which nothing was looked up for so long is refreshed, nanoseconds.
    pub refresh_ns: u64,
    /// Whether the least recently seen contact of a full bucket is asked for a sign of life before it gives way to a new one;
    /// otherwise the new one waits until a contact fails. Whoever only sends a ping, or its answer, waits in any case.
    pub pings_before_eviction: bool,
    /// Requests in a row without an answer after which a contact is dropped, 1 or more.
    pub failures_max: u8,
    /// How copies are stored on the way to a key; `None`: they are not.
    pub caching: Option<Caching>,
    /// What messages are charged as.
    pub wire: Wire,
    /// Whether observers write down the packets that messages are, where those are KRPC's; nodes behave the same.
    pub is_captured: bool,
}

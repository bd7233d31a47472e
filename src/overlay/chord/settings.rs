//! Chord's parameters.

/// How the ring is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Maintenance {
    /// As Zave corrected it ("Reasoning about identifier spaces: how to make Chord correct", 2017).
    Corrected,
    /// As first published (Stoica et al., SIGCOMM 2001): the ring can break.
    Original,
}

/// Which finger is looked up next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FingerOrder {
    /// One after the other (Stoica et al. 2003, figure 6).
    InTurn,
    /// Any (Stoica et al. 2001, figure 7).
    Random,
}

/// A time drawn anew at every turn, uniformly from a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// Shortest, nanoseconds; at least 1.
    pub min_ns: u64,
    /// Longest, nanoseconds.
    pub max_ns: u64,
}

/// Chord's parameters: see [`crate::overlay::chord`] for their sources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Length of successor lists: r, 1 or more.
    pub successors: u16,
    /// How the ring is kept.
    pub maintenance: Maintenance,
    /// How often a node looks after its successors.
    pub stabilize: Interval,
    /// How often it looks one finger up.
    pub fix_fingers: Interval,
    /// Which finger that is.
    pub finger_order: FingerOrder,
    /// Whether a node that did not answer a lookup is dropped from the table at once; otherwise it stays until that finger is
    /// looked up, or the successors are looked after.
    pub drops_silent: bool,
    /// How often it looks after its predecessor.
    pub check_predecessor: Interval,
    /// After how long a node that could not join tries again, nanoseconds.
    pub join_retry_ns: u64,
    /// Nodes of a finger's interval among which the nearest is chosen (proximity neighbour selection); 1: the first is.
    pub finger_choices: u16,
    /// Bytes of a message that carries nothing, headers included.
    pub header_bytes: u32,
    /// Bytes of an identifier or an address in a message.
    pub entry_bytes: u32,
}

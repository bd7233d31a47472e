//! A contact as a routing table stores it: eight bytes, for a million nodes have hundreds of them each.

use crate::engine::time::SECOND_NS;
use crate::overlay::dht::NodeId;

/// A node that was heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Contact {
    node: NodeId,
    /// Requests in a row that it did not answer in the lowest 8 bits; above, when it was last heard, in whole seconds.
    state: u32,
}

/// A million nodes with twenty contacts in each of seventeen buckets (2^20 / 20 nodes and more have that many full ones) take
/// 2.6 GiB for them; identifiers and addresses are looked up by number.
const _: () = assert!(size_of::<Contact>() == 8);

/// Bits that count failures.
const FAILURE_BITS: u32 = 8;

/// The latest second that can be told: after 194 days of simulated time.
const SECOND_MAX: u64 = (1 << (u32::BITS - FAILURE_BITS)) - 1;

impl Contact {
    /// A node that is heard now.
    pub(super) fn heard(node: NodeId, now_ns: u64) -> Self {
        let second = (now_ns / SECOND_NS).min(SECOND_MAX);
        let second = u32::try_from(second).expect("seconds were cut at 24 bits");
        Self {
            node,
            state: second << FAILURE_BITS,
        }
    }

    /// Which node.
    pub(super) fn node(self) -> NodeId {
        self.node
    }

    /// When it was last heard, seconds.
    pub(super) fn second(self) -> u32 {
        self.state >> FAILURE_BITS
    }

    /// Requests in a row that it did not answer, 255 at most.
    pub(super) fn failures(self) -> u8 {
        self.state.to_le_bytes()[0]
    }

    /// The same after one more request that it did not answer.
    #[must_use]
    pub(super) fn failed(self) -> Self {
        let more = u32::from(self.failures() < u8::MAX);
        Self {
            state: self.state + more,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_and_times_do_not_disturb_each_other() {
        let mut contact = Contact::heard(NodeId(7), 5_999_999_999);
        for failures in 1..300_u32 {
            contact = contact.failed();
            assert_eq!(u32::from(contact.failures()), failures.min(255));
            assert_eq!((contact.node(), contact.second()), (NodeId(7), 5));
        }
        let last = Contact::heard(NodeId(7), u64::MAX);
        assert_eq!((last.second(), last.failures()), ((1 << 24) - 1, 0));
    }
}

//! Queries that a peer has seen and where each came from first, by which hits find back; and where firewalled holders are reached.
//!
//! The way back is named by the peer at its beginning: a connection that was lost and made anew serves as well.

use crate::engine::PeerId;
use crate::overlay::QueryId;
use crate::overlay::gnutella::links::LinkId;
use crate::overlay::gnutella::seen::Seen;

/// Where a query came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// It is the peer's own.
    Own,
    /// This peer sent it.
    To(PeerId),
}

impl Way {
    fn name(self) -> LinkId {
        match self {
            Self::Own => LinkId::OWN,
            // Peers are numbered below 2^31.
            Self::To(peer) => LinkId(peer.0 + 1),
        }
    }

    fn named(name: LinkId) -> Self {
        match name {
            LinkId::OWN => Self::Own,
            LinkId(next) => Self::To(PeerId(next - 1)),
        }
    }
}

/// Ways of a peer's session.
#[derive(Default, Debug)]
pub(super) struct Ways {
    queries: Seen<u32>,
    /// Super-peers of firewalled holders of which a hit told.
    holders: Seen<u32>,
}

impl Ways {
    /// Enters a query unless it is known. True for a first copy.
    pub(super) fn first(&mut self, query: QueryId, from: Way, now_ns: u64, expiry_ns: u64) -> bool {
        self.queries.first(query.0, from.name(), now_ns, expiry_ns)
    }

    /// Where a query came from first.
    pub(super) fn back(&mut self, query: QueryId, now_ns: u64, expiry_ns: u64) -> Option<Way> {
        self.queries.route(query.0, now_ns, expiry_ns).map(Way::named)
    }

    /// A hit says that this holder is reached through this super-peer.
    pub(super) fn learn(&mut self, holder: PeerId, super_peer: PeerId, now_ns: u64, expiry_ns: u64) {
        let way = Way::To(super_peer).name();
        self.holders.set(holder.0, way, now_ns, expiry_ns);
    }

    /// The super-peer through which a holder is reached.
    pub(super) fn through(&mut self, holder: PeerId, now_ns: u64, expiry_ns: u64) -> Option<PeerId> {
        match Way::named(self.holders.route(holder.0, now_ns, expiry_ns)?) {
            Way::To(super_peer) => Some(super_peer),
            Way::Own => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_lead_back_to_where_a_query_came_from_first_until_it_is_forgotten() {
        let mut ways = Ways::default();
        assert!(ways.first(QueryId(7), Way::To(PeerId(0)), 0, 10));
        assert!(!ways.first(QueryId(7), Way::Own, 5, 10));
        assert!(ways.first(QueryId(8), Way::Own, 5, 10));
        assert_eq!(ways.back(QueryId(7), 9, 10), Some(Way::To(PeerId(0))));
        assert_eq!(ways.back(QueryId(8), 9, 10), Some(Way::Own));
        assert_eq!(ways.back(QueryId(9), 9, 10), None);
        ways.learn(PeerId(3), PeerId(4), 9, 10);
        ways.learn(PeerId(3), PeerId(5), 9, 10);
        assert_eq!(ways.through(PeerId(3), 9, 10), Some(PeerId(5)));
        assert_eq!(ways.through(PeerId(7), 9, 10), None);
        assert_eq!(ways.back(QueryId(7), 20, 10), None);
        assert_eq!(ways.through(PeerId(3), 40, 10), None);
    }
}

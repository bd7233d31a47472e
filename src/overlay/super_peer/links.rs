//! The links of a super-peer to those of other clusters. A cluster is one neighbour, be there links to several of its partners.

use crate::engine::{Contact, PeerId};
use crate::overlay::QueryId;

/// One connection, as one of its ends knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Link {
    /// The cluster of the super-peer at the other end, by one of its super-peers.
    pub(super) cluster: Contact,
    /// The other end.
    pub(super) contact: Contact,
    /// When the other end was last heard, nanoseconds.
    pub(super) heard_ns: u64,
}

/// Links, ordered by cluster and peer.
#[derive(Default, Debug)]
pub(super) struct Links(Vec<Link>);

impl Links {
    /// All of them, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Link> {
        self.0.iter()
    }

    /// The clusters, each with the links to it.
    fn by_cluster(&self) -> impl Iterator<Item = &[Link]> {
        self.0.chunk_by(|one, other| one.cluster == other.cluster)
    }

    /// Number of neighbouring clusters.
    pub(super) fn clusters(&self) -> usize {
        self.by_cluster().count()
    }

    /// Whether a cluster is a neighbour.
    pub(super) fn has_cluster(&self, cluster: Contact) -> bool {
        self.0.iter().any(|link| link.cluster == cluster)
    }

    /// The link to a peer, whatever its session.
    pub(super) fn to(&self, peer: PeerId) -> Option<&Link> {
        self.0.iter().find(|link| link.contact.peer == peer)
    }

    /// Adds a link; one to an earlier session of the same peer is gone.
    pub(super) fn add(&mut self, link: Link) {
        self.0.retain(|other| other.contact.peer != link.contact.peer);
        let key = |link: &Link| (link.cluster, link.contact);
        let place = self.0.partition_point(|other| key(other) < key(&link));
        self.0.insert(place, link);
    }

    /// Takes out the link to a peer in this session; whether there was one.
    pub(super) fn remove(&mut self, contact: Contact) -> bool {
        let before = self.0.len();
        self.0.retain(|link| link.contact != contact);
        self.0.len() < before
    }

    /// Takes out the links whose other ends were not heard since `deadline_ns`.
    pub(super) fn take_silent(&mut self, deadline_ns: u64) -> Vec<Contact> {
        let is_silent = |link: &Link| link.heard_ns < deadline_ns;
        let silent = self.0.iter().filter(|link| is_silent(link));
        let silent = silent.map(|link| link.contact).collect();
        self.0.retain(|link| !is_silent(link));
        silent
    }

    /// Takes out the links to those of a cluster who are no more among its super-peers.
    pub(super) fn take_former(&mut self, cluster: Contact, group: &[PeerId]) -> Vec<Contact> {
        let is_former = |link: &Link| link.cluster == cluster && !group.contains(&link.contact.peer);
        let former = self.0.iter().filter(|link| is_former(link));
        let former = former.map(|link| link.contact).collect();
        self.0.retain(|link| !is_former(link));
        former
    }

    /// Notes that somebody was heard; the cluster of whoever has a link, in this session.
    pub(super) fn hear(&mut self, contact: Contact, now_ns: u64) -> Option<Contact> {
        let link = self.0.iter_mut().find(|link| link.contact == contact)?;
        link.heard_ns = now_ns;
        Some(link.cluster)
    }

    /// Of every cluster but one the partner whose turn a query is. Its GUID says which, so that all copies of a query come to the same
    /// partner, whoever sends them, and queries go round.
    pub(super) fn turns(&self, query: QueryId, except: Option<Contact>) -> impl Iterator<Item = Contact> {
        let others = self
            .by_cluster()
            .filter(move |links| Some(links[0].cluster) != except);
        others.map(move |links| links[turn(query, links.len())].contact)
    }
}

/// Whose turn a query is among so many.
pub(super) fn turn(query: QueryId, partners: usize) -> usize {
    query.0 as usize % partners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::testing::in_session;

    fn links(list: &[(u32, u32)]) -> Links {
        let mut links = Links::default();
        for (heard_ns, (cluster, peer)) in (0..).zip(list) {
            links.add(Link {
                cluster: in_session(*cluster, 1),
                contact: in_session(*peer, 1),
                heard_ns,
            });
        }
        links
    }

    fn turns(links: &Links, query: u32, except: Option<u32>) -> Vec<u32> {
        let except = except.map(|cluster| in_session(cluster, 1));
        let turns = links.turns(QueryId(query), except);
        turns.map(|contact| contact.peer.0).collect()
    }

    #[test]
    fn a_query_goes_to_one_partner_of_each_cluster_whichever_order_they_came_in() {
        for list in [
            [(2, 9), (1, 4), (1, 3), (2, 8), (1, 5)],
            [(1, 5), (2, 8), (2, 9), (1, 3), (1, 4)],
        ] {
            let links = links(&list);
            assert_eq!(links.clusters(), 2);
            assert_eq!(turns(&links, 0, None), [3, 8]);
            assert_eq!(turns(&links, 1, None), [4, 9]);
            assert_eq!(turns(&links, 5, None), [5, 9]);
            assert_eq!(turns(&links, 5, Some(2)), [5]);
            assert_eq!(turns(&links, 5, Some(7)), [5, 9]);
            let mut links = links;
            let former = links.take_former(in_session(1, 1), &[9, 4].map(PeerId));
            assert_eq!(former, [in_session(3, 1), in_session(5, 1)]);
            assert_eq!(turns(&links, 5, None), [4, 9]);
        }
    }

    #[test]
    fn a_link_is_to_a_session_and_there_is_one_to_a_peer() {
        let mut links = links(&[(1, 3), (2, 4)]);
        assert_eq!(links.hear(in_session(3, 1), 50), Some(in_session(1, 1)));
        assert_eq!(links.hear(in_session(3, 2), 90), None);
        links.add(Link {
            cluster: in_session(4, 2),
            contact: in_session(4, 2),
            heard_ns: 7,
        });
        assert_eq!(links.clusters(), 2);
        assert!(!links.has_cluster(in_session(2, 1)) && links.has_cluster(in_session(4, 2)));
        assert!(!links.remove(in_session(4, 1)) && links.to(PeerId(4)).is_some());
        assert_eq!(links.take_silent(50), [in_session(4, 2)]);
        assert!(links.to(PeerId(4)).is_none() && links.remove(in_session(3, 1)));
        assert_eq!((links.clusters(), links.all().count()), (0, 0));
    }
}

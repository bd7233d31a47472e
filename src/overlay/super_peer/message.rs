//! What peers of a network of super-peers send each other. Sizes are parameters, so a message carries its own.
//!
//! A message in flight is 16 bytes: a flooded query and what is short as they are, lists and hits in boxes.

use crate::engine::digest::hashed;
use crate::engine::{Contact, PeerId};
use crate::overlay::{Holder, ItemId, QueryId};

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Who has this?
    Query {
        /// The query.
        query: QueryId,
        /// Its size on the wire.
        size_bytes: u32,
        /// Hops that it may still make from super-peer to super-peer.
        ttl: u8,
        /// Hops that it has made.
        hops: u8,
    },
    /// These have it.
    Hit(Box<Hit>),
    /// Something short.
    Short {
        /// What it says.
        body: Short,
        /// Its size on the wire.
        size_bytes: u32,
    },
    /// Something long.
    Long(Box<Letter>),
}

const _: () = assert!(size_of::<Message>() == 16, "a message in flight is two words");

/// A long message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// What it says.
    pub body: Long,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// An answer to a query, on its way back to whoever asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// The query.
    pub query: QueryId,
    /// Who has it, each once.
    pub holders: Vec<Holder>,
    /// The super-peer that speaks, for itself or for its clients, or whose client does.
    pub super_peer: PeerId,
    /// Hops from whoever asked to that super-peer. Its clients are one further.
    pub distance: u32,
    /// Its size on the wire.
    pub size_bytes: u32,
}

/// What a short message says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Short {
    /// To a super-peer: let me in.
    Login {
        /// Whether nobody can open a connection to the client.
        firewalled: bool,
        /// Whether it could be a super-peer.
        is_eligible: bool,
    },
    /// I am still here.
    KeepAlive {
        /// Whether that is no question for the same.
        is_answer: bool,
        /// Whether the sender is a client that could be a super-peer.
        is_eligible: bool,
    },
    /// The connection is closed, or was never there.
    Close,
    /// To a holder's super-peer: have it call me back.
    CallBack {
        /// The query that the holder answers; stands for the file.
        query: QueryId,
        /// Whom to tell.
        holder: PeerId,
    },
    /// From the own super-peer: somebody wants to be called back.
    Calling {
        /// The query; stands for the file.
        query: QueryId,
        /// Whom to call.
        requester: PeerId,
    },
    /// From super-peer to super-peer: let us be linked.
    Connect {
        /// The sender's cluster.
        cluster: Contact,
    },
    /// We are.
    Linked {
        /// The sender's cluster.
        cluster: Contact,
    },
    /// To the super-peer that asked for it: I am a super-peer now.
    Promoted,
    /// To a client: there is more room over there.
    Redirect {
        /// Where.
        to: PeerId,
    },
    /// To a cache: which super-peers are there?
    Ask,
    /// To a cache: I am a super-peer.
    Announce {
        /// Or I was one.
        is_over: bool,
    },
}

/// What a long message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Long {
    /// From a super-peer: you are in.
    Accepted {
        /// All super-peers of the cluster.
        group: Vec<PeerId>,
        /// Some of other clusters.
        others: Vec<PeerId>,
    },
    /// From a super-peer: there is no room here.
    Refused {
        /// Super-peers of other clusters.
        others: Vec<PeerId>,
    },
    /// To the own super-peer: I share these, too.
    Offer(Box<[ItemId]>),
    /// To the own super-peer: I do not share these any more.
    Withdraw(Box<[ItemId]>),
    /// From a super-peer to clients, neighbours and partners: these are all super-peers of my cluster now.
    Group(Vec<PeerId>),
    /// To a client: become a super-peer.
    Invite {
        /// Of this cluster, beside these; `None`: of one of its own.
        partners: Option<(Contact, Vec<PeerId>)>,
        /// Super-peers of other clusters, to be linked with.
        others: Vec<PeerId>,
    },
    /// From a cache: these are super-peers.
    Told(Vec<PeerId>),
}

impl crate::engine::Message for Message {
    const KINDS: &'static [&'static str] = &[
        "query",
        "query_hit",
        "login",
        "accepted",
        "refused",
        "offer",
        "withdraw",
        "keep_alive",
        "close",
        "call_back",
        "calling",
        "connect",
        "group",
        "promotion",
        "super_peer_cache",
    ];

    fn kind(&self) -> usize {
        match self {
            Self::Query { .. } => 0,
            Self::Hit(_) => 1,
            Self::Short { body, .. } => match body {
                Short::Login { .. } => 2,
                Short::KeepAlive { .. } => 7,
                Short::Close => 8,
                Short::CallBack { .. } => 9,
                Short::Calling { .. } => 10,
                Short::Connect { .. } | Short::Linked { .. } => 11,
                Short::Promoted | Short::Redirect { .. } => 13,
                Short::Ask | Short::Announce { .. } => 14,
            },
            Self::Long(letter) => match letter.body {
                Long::Accepted { .. } => 3,
                Long::Refused { .. } => 4,
                Long::Offer(_) => 5,
                Long::Withdraw(_) => 6,
                Long::Group(_) => 12,
                Long::Invite { .. } => 13,
                Long::Told(_) => 14,
            },
        }
    }

    fn size_bytes(&self) -> u32 {
        match self {
            Self::Query { size_bytes, .. } | Self::Short { size_bytes, .. } => *size_bytes,
            Self::Hit(hit) => hit.size_bytes,
            Self::Long(letter) => letter.size_bytes,
        }
    }

    fn fingerprint(&self) -> u64 {
        let content = match self {
            Self::Query { query, ttl, hops, .. } => {
                hashed(0, u64::from(query.0), pair(u32::from(*ttl), u32::from(*hops)))
            }
            Self::Hit(hit) => {
                let holders = hit.holders.iter().map(|holder| {
                    let session = u32::from(holder.contact.session);
                    pair(holder.contact.peer.0, session << 1 | u32::from(holder.firewalled))
                });
                hashed(
                    folded(1, holders),
                    u64::from(hit.query.0),
                    pair(hit.super_peer.0, hit.distance),
                )
            }
            Self::Short { body, .. } => body.fingerprint(),
            Self::Long(letter) => letter.body.fingerprint(),
        };
        hashed(self.kind() as u64, content, u64::from(self.size_bytes()))
    }

    #[inline]
    fn copier(&self) -> Option<impl Fn() -> Self + use<>> {
        let Self::Query {
            query,
            size_bytes,
            ttl,
            hops,
        } = *self
        else {
            return None;
        };
        Some(move || Self::Query {
            query,
            size_bytes,
            ttl,
            hops,
        })
    }
}

impl Short {
    fn fingerprint(&self) -> u64 {
        let contact = |contact: &Contact| pair(contact.peer.0, u32::from(contact.session));
        match self {
            Self::Login {
                firewalled,
                is_eligible,
            } => hashed(0, u64::from(*firewalled), u64::from(*is_eligible)),
            Self::KeepAlive {
                is_answer,
                is_eligible,
            } => hashed(1, u64::from(*is_answer), u64::from(*is_eligible)),
            Self::Close => hashed(2, 0, 0),
            Self::CallBack { query, holder } => hashed(3, u64::from(query.0), u64::from(holder.0)),
            Self::Calling { query, requester } => hashed(4, u64::from(query.0), u64::from(requester.0)),
            Self::Connect { cluster } => hashed(5, contact(cluster), 0),
            Self::Linked { cluster } => hashed(6, contact(cluster), 0),
            Self::Promoted => hashed(7, 0, 0),
            Self::Redirect { to } => hashed(8, u64::from(to.0), 0),
            Self::Ask => hashed(9, 0, 0),
            Self::Announce { is_over } => hashed(10, u64::from(*is_over), 0),
        }
    }
}

impl Long {
    fn fingerprint(&self) -> u64 {
        match self {
            Self::Accepted { group, others } => peers(peers(11, group), others),
            Self::Refused { others } => peers(12, others),
            Self::Offer(list) => folded(13, list.iter().map(|item| u64::from(item.0))),
            Self::Withdraw(list) => folded(14, list.iter().map(|item| u64::from(item.0))),
            Self::Group(group) => peers(15, group),
            Self::Invite { partners, others } => {
                let of = partners.as_ref().map_or(16, |(cluster, partners)| {
                    let cluster = pair(cluster.peer.0, u32::from(cluster.session));
                    peers(hashed(17, cluster, 0), partners)
                });
                peers(of, others)
            }
            Self::Told(list) => peers(18, list),
        }
    }
}

fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// One word of many, whose order and number count.
fn folded(first: u64, words: impl Iterator<Item = u64>) -> u64 {
    words.fold(hashed(first, 0, 0), |sum, word| hashed(sum, word, 1))
}

fn peers(first: u64, list: &[PeerId]) -> u64 {
    folded(first, list.iter().map(|peer| u64::from(peer.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Message as _;
    use std::collections::BTreeSet;

    #[test]
    fn what_differs_has_another_fingerprint_and_every_kind_a_name() {
        let contact = |peer, session| Contact {
            peer: PeerId(peer),
            session,
        };
        let holder = |peer, firewalled| Holder {
            contact: contact(peer, 1),
            firewalled,
        };
        let list = |numbers: &[u32]| numbers.iter().copied().map(PeerId).collect::<Vec<_>>();
        let hit = |holders: Vec<Holder>, distance| {
            Message::Hit(Box::new(Hit {
                query: QueryId(1),
                holders,
                super_peer: PeerId(2),
                distance,
                size_bytes: 9,
            }))
        };
        let short = |body| Message::Short { body, size_bytes: 9 };
        let long = |body| Message::Long(Box::new(Letter { body, size_bytes: 9 }));
        let query = |query, ttl, hops| Message::Query {
            query: QueryId(query),
            size_bytes: 9,
            ttl,
            hops,
        };
        let all = [
            query(1, 2, 3),
            query(2, 2, 3),
            query(1, 3, 2),
            hit(vec![holder(1, false)], 1),
            hit(vec![holder(1, true)], 1),
            hit(vec![holder(1, false)], 2),
            hit(vec![holder(1, false), holder(2, false)], 1),
            short(Short::Login {
                firewalled: false,
                is_eligible: true,
            }),
            short(Short::Login {
                firewalled: true,
                is_eligible: false,
            }),
            short(Short::KeepAlive {
                is_answer: false,
                is_eligible: true,
            }),
            short(Short::KeepAlive {
                is_answer: true,
                is_eligible: false,
            }),
            short(Short::Close),
            short(Short::CallBack {
                query: QueryId(1),
                holder: PeerId(2),
            }),
            short(Short::Calling {
                query: QueryId(1),
                requester: PeerId(2),
            }),
            short(Short::Connect {
                cluster: contact(1, 1),
            }),
            short(Short::Connect {
                cluster: contact(1, 2),
            }),
            short(Short::Linked {
                cluster: contact(1, 1),
            }),
            short(Short::Promoted),
            short(Short::Redirect { to: PeerId(1) }),
            short(Short::Ask),
            short(Short::Announce { is_over: false }),
            short(Short::Announce { is_over: true }),
            long(Long::Accepted {
                group: list(&[1]),
                others: list(&[2]),
            }),
            long(Long::Accepted {
                group: list(&[1, 2]),
                others: list(&[]),
            }),
            long(Long::Refused { others: list(&[1]) }),
            long(Long::Offer(Box::new([ItemId(1)]))),
            long(Long::Withdraw(Box::new([ItemId(1)]))),
            long(Long::Group(list(&[1]))),
            long(Long::Invite {
                partners: None,
                others: list(&[1]),
            }),
            long(Long::Invite {
                partners: Some((contact(1, 1), list(&[1]))),
                others: list(&[]),
            }),
            long(Long::Told(list(&[1]))),
        ];
        let fingerprints: BTreeSet<u64> = all.iter().map(Message::fingerprint).collect();
        assert_eq!(fingerprints.len(), all.len());
        let kinds: BTreeSet<usize> = all.iter().map(Message::kind).collect();
        assert!(kinds.into_iter().eq(0..Message::KINDS.len()));
        assert!(all.iter().all(|message| message.size_bytes() == 9));
    }
}

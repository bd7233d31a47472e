//! Who is in which group, and what a peer is like: its access link, whether it shares, can be reached, tells the truth.
//!
//! Everything here is drawn from [`Purpose::Population`] alone, keyed by group and peer: raising a group's share of
//! free riders makes more of the same peers free riders and changes nothing else.

mod sizes;

pub use sizes::{Size, apportion};

use crate::engine::{Draw, PeerId, Purpose, Seed};

/// An access link in bit/s; 0: none declared, infinite.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Link {
    /// Downstream, bit/s.
    pub down_bps: u64,
    /// Upstream, bit/s.
    pub up_bps: u64,
}

/// A kind of peer, as declared.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many peers it has.
    pub size: Size,
    /// Their access link.
    pub link: Link,
    /// Share of them, 0 to 1, that share nothing.
    pub free_riders: f64,
    /// Share of them, 0 to 1, that nobody can open a connection to.
    pub firewalled: f64,
    /// Share of them, 0 to 1, that serve false bytes.
    pub corrupting: f64,
}

impl Group {
    /// A group of honest, reachable peers that share and have no declared link.
    pub fn named(name: &str, size: Size) -> Self {
        Self {
            name: name.to_owned(),
            size,
            link: Link::default(),
            free_riders: 0.0,
            firewalled: 0.0,
            corrupting: 0.0,
        }
    }

    /// The shares in the order of the flags.
    fn shares(&self) -> [(&'static str, f64); 3] {
        [
            ("free riders", self.free_riders),
            ("firewalled peers", self.firewalled),
            ("corrupting peers", self.corrupting),
        ]
    }
}

/// What a file says of one peer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerRow {
    /// Line of the file, from 1, for messages.
    pub line: u64,
    /// Its number, from 0.
    pub peer: u32,
    /// Its access link; neither rate is 0.
    pub link: Link,
    /// The name of its group, if the file has that column.
    pub group: Option<String>,
}

/// Why there is no such population.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum GroupError {
    /// There is no group at all.
    #[error("there is no group of peers")]
    NoGroup,
    /// More than 65,535 groups.
    #[error("there are {0} groups of peers, more than 65,535")]
    TooManyGroups(usize),
    /// Residents and arrivals together are too many.
    #[error("{0} peers are more than 4,294,967,294")]
    TooManyPeers(u64),
    /// Two groups have the same name.
    #[error("two groups are named {0:?}")]
    SameName(String),
    /// A share is no number from 0 to 1.
    #[error("group {group:?}: the share of {of} is {share}, not a number from 0 to 1")]
    Share {
        /// The group.
        group: String,
        /// What it is the share of.
        of: &'static str,
        /// Its value.
        share: f64,
    },
    /// More than one group takes the rest.
    #[error("groups {0:?} and {1:?} both take the rest: give one a count or a share")]
    TwoRests(String, String),
    /// Counts exceed the number of peers, or do not reach it.
    #[error("the groups' counts add up to {counted}, but there are {peers} peers")]
    Counts {
        /// Sum of the counts.
        counted: u64,
        /// Number of peers.
        peers: u32,
    },
    /// Shares do not add up to 1.
    #[error("the groups' shares add up to {sum}, not to 1")]
    Shares {
        /// Their sum.
        sum: f64,
    },
    /// Arriving peers find no group that has anybody.
    #[error("no group has a share or a resident, so peers that arrive have none to belong to")]
    NobodyToResemble,
    /// A row names a peer that is not there.
    #[error("line {line} is for peer {peer}, but there are {peers} peers, numbered from 0")]
    NoSuchPeer {
        /// The row's line, from 1.
        line: u64,
        /// The peer.
        peer: u32,
        /// Number of peers.
        peers: u32,
    },
    /// A peer has two rows.
    #[error("line {line} is the second one for peer {peer}")]
    Twice {
        /// The row's line, from 1.
        line: u64,
        /// The peer.
        peer: u32,
    },
    /// A peer has no row.
    #[error("there is no row for peer {peer}")]
    Missing {
        /// The peer.
        peer: u32,
    },
    /// A row has a rate of 0.
    #[error("line {line}: the rate of peer {peer} is 0 bit/s")]
    ZeroRate {
        /// The row's line, from 1.
        line: u64,
        /// The peer.
        peer: u32,
    },
    /// A row names a group that is not declared.
    #[error("line {line}: there is no group {group:?}")]
    NoSuchGroup {
        /// The row's line, from 1.
        line: u64,
        /// The name.
        group: String,
    },
    /// Some rows name a group and others do not.
    #[error("line {line} names no group although others do")]
    NoGroupNamed {
        /// The row's line, from 1.
        line: u64,
    },
}

/// One peer's entry: 4 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Member {
    group: u16,
    flags: u8,
}

const FREE_RIDER: u8 = 1;
const FIREWALLED: u8 = 2;
const CORRUPTING: u8 = 4;

/// Streams of [`Purpose::Population`] that belong to no single peer: beyond the 32 bits of a peer's number.
mod stream_of_population {
    /// Who is in which group.
    pub(super) const GROUPS: u64 = 1 << 32;

    /// Which of a group's peers have a flag.
    pub(super) fn flag(flag: u64, group: u16) -> u64 {
        (2 + flag) << 32 | u64::from(group)
    }
}

/// Every peer's group and traits. Peers are numbered from 0: first the residents, then those that arrive.
///
/// Service nodes, numbered after them, are not part of it: asked about one, it knows no link and no vice.
#[derive(Clone, PartialEq, Debug)]
pub struct Population {
    groups: Vec<Group>,
    members: Vec<Member>,
    residents: u32,
    /// Links of the residents where a file gives them one by one; otherwise a peer has its group's.
    links: Vec<Link>,
}

impl Population {
    /// Deals `residents` peers into groups of exactly the declared sizes (see [`apportion`]) in random order, and
    /// `arriving` ones independently, each with the chances of the residents' groups (of the declared shares where
    /// there are no residents).
    ///
    /// Of a group's residents, exactly the declared share (rounded to the nearest whole number) has each flag; a peer
    /// that arrives has it with that probability. A run with more arrivals therefore begins with the same ones.
    pub fn deal(seed: Seed, groups: Vec<Group>, residents: u32, arriving: u32) -> Result<Self, GroupError> {
        check(&groups, residents, arriving)?;
        let sizes = apportion(residents, &groups)?;
        let mut order = Vec::with_capacity(residents as usize);
        for (group, size) in (0_u16..).zip(&sizes) {
            order.extend(std::iter::repeat_n(group, *size as usize));
        }
        seed.stream(Purpose::Population, stream_of_population::GROUPS)
            .shuffle(&mut order);
        Self::with_groups(seed, groups, order, Vec::new(), arriving)
    }

    /// The residents are those of a file, one row each in any order, with their links. Where rows name groups, a
    /// group's declared size does not matter; where none does, residents are dealt as by [`Population::deal`].
    /// Peers that arrive have their group's link.
    pub fn from_rows(
        seed: Seed,
        groups: Vec<Group>,
        residents: u32,
        rows: &[PeerRow],
        arriving: u32,
    ) -> Result<Self, GroupError> {
        check(&groups, residents, arriving)?;
        let mut links: Vec<Option<Link>> = vec![None; residents as usize];
        for content in rows {
            let PeerRow { line, peer, link, .. } = *content;
            let peers = residents;
            let place = links
                .get_mut(peer as usize)
                .ok_or(GroupError::NoSuchPeer { line, peer, peers })?;
            if place.is_some() {
                return Err(GroupError::Twice { line, peer });
            }
            if link.down_bps == 0 || link.up_bps == 0 {
                return Err(GroupError::ZeroRate { line, peer });
            }
            *place = Some(link);
        }
        let links: Vec<Link> = (0..)
            .zip(links)
            .map(|(peer, link)| link.ok_or(GroupError::Missing { peer }))
            .collect::<Result<_, _>>()?;
        if rows.iter().all(|row| row.group.is_none()) {
            let dealt = Self::deal(seed, groups, residents, arriving)?;
            return Ok(Self { links, ..dealt });
        }
        let mut order = vec![0_u16; residents as usize];
        for content in rows {
            let line = content.line;
            let name = content.group.as_ref().ok_or(GroupError::NoGroupNamed { line })?;
            let found = (0_u16..).zip(&groups).find(|(_, group)| group.name == *name);
            let (group, _) = found.ok_or_else(|| GroupError::NoSuchGroup {
                line,
                group: name.clone(),
            })?;
            order[content.peer as usize] = group;
        }
        Self::with_groups(seed, groups, order, links, arriving)
    }

    fn with_groups(
        seed: Seed,
        groups: Vec<Group>,
        order: Vec<u16>,
        links: Vec<Link>,
        arriving: u32,
    ) -> Result<Self, GroupError> {
        let residents = u32::try_from(order.len()).expect("one entry for each resident");
        let members = order
            .into_iter()
            .map(|group| Member { group, flags: 0 })
            .collect();
        let mut population = Self {
            groups,
            members,
            residents,
            links,
        };
        let chances = population.chances(arriving)?;
        population.flag_residents(seed);
        population.admit(seed, &chances, arriving);
        Ok(population)
    }

    /// Cumulative chances of the groups for a peer that arrives.
    fn chances(&self, arriving: u32) -> Result<Vec<f64>, GroupError> {
        let mut weights = vec![0.0; self.groups.len()];
        if self.residents == 0 {
            sizes::share_weights(&self.groups, &mut weights);
        } else {
            for member in &self.members {
                weights[usize::from(member.group)] += 1.0;
            }
        }
        let sum: f64 = weights.iter().sum();
        if arriving > 0 && sum <= 0.0 {
            return Err(GroupError::NobodyToResemble);
        }
        let mut total = 0.0;
        for weight in &mut weights {
            total += *weight;
            *weight = total / sum;
        }
        Ok(weights)
    }

    fn flag_residents(&mut self, seed: Seed) {
        let mut of_group: Vec<Vec<u32>> = vec![Vec::new(); self.groups.len()];
        for (peer, member) in (0_u32..).zip(&self.members) {
            of_group[usize::from(member.group)].push(peer);
        }
        for ((group, declared), peers) in (0_u16..).zip(&self.groups).zip(&mut of_group) {
            for (flag, (_, share)) in declared.shares().into_iter().enumerate() {
                let count = nearest(share * peers.len() as f64);
                if count == 0 {
                    continue;
                }
                // From ascending order each time: a flag does not depend on whether another was dealt.
                peers.sort_unstable();
                seed.stream(
                    Purpose::Population,
                    stream_of_population::flag(flag as u64, group),
                )
                .shuffle(peers);
                for peer in &peers[..count] {
                    self.members[*peer as usize].flags |= 1 << flag;
                }
            }
        }
    }

    fn admit(&mut self, seed: Seed, chances: &[f64], arriving: u32) {
        self.members.reserve_exact(arriving as usize);
        for peer in self.residents..self.residents + arriving {
            let mut draw = seed.stream(Purpose::Population, u64::from(peer));
            let unit = draw.unit();
            let group = chances.partition_point(|chance| *chance <= unit);
            let mut flags = 0;
            for (flag, (_, share)) in self.groups[group].shares().into_iter().enumerate() {
                // The word is drawn even where the answer is certain, so that flags do not depend on one another.
                flags |= u8::from(draw.unit() < share) << flag;
            }
            let group = u16::try_from(group).expect("there are at most 65,535 groups");
            self.members.push(Member { group, flags });
        }
    }

    /// Number of peers, those that arrive included, without service nodes.
    pub fn peers(&self) -> u32 {
        u32::try_from(self.members.len()).expect("checked when it was made")
    }

    /// Number of peers that are there from the start, as opposed to those that arrive.
    pub fn residents(&self) -> u32 {
        self.residents
    }

    /// The groups, as declared.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Position of a peer's group among [`Population::groups`].
    ///
    /// # Panics
    /// When it is not one of the peers.
    #[inline]
    pub fn group_of(&self, peer: PeerId) -> u16 {
        self.members[peer.index()].group
    }

    /// The peers of a group, ascending, those that arrive included.
    pub fn members_of(&self, group: u16) -> impl Iterator<Item = PeerId> + '_ {
        (0..)
            .map(PeerId)
            .zip(&self.members)
            .filter_map(move |(peer, member)| (member.group == group).then_some(peer))
    }

    /// Whether a peer shares nothing.
    #[inline]
    pub fn is_free_rider(&self, peer: PeerId) -> bool {
        self.has(peer, FREE_RIDER)
    }

    /// Whether nobody can open a connection to a peer.
    #[inline]
    pub fn is_firewalled(&self, peer: PeerId) -> bool {
        self.has(peer, FIREWALLED)
    }

    /// Whether a peer serves false bytes.
    #[inline]
    pub fn is_corrupting(&self, peer: PeerId) -> bool {
        self.has(peer, CORRUPTING)
    }

    fn has(&self, peer: PeerId, flag: u8) -> bool {
        self.members
            .get(peer.index())
            .is_some_and(|member| member.flags & flag != 0)
    }

    /// A peer's access link; rates are 0 where none is declared.
    #[inline]
    pub fn link(&self, peer: PeerId) -> Link {
        if let Some(link) = self.links.get(peer.index()) {
            return *link;
        }
        self.members.get(peer.index()).map_or(Link::default(), |member| {
            self.groups[usize::from(member.group)].link
        })
    }

    /// A peer's upstream rate in bit/s; 0: none declared, infinite.
    #[inline]
    pub fn up_bps(&self, peer: PeerId) -> u64 {
        self.link(peer).up_bps
    }

    /// A peer's downstream rate in bit/s; 0: none declared, infinite.
    #[inline]
    pub fn down_bps(&self, peer: PeerId) -> u64 {
        self.link(peer).down_bps
    }

    /// Whether any peer has a declared rate.
    pub fn has_links(&self) -> bool {
        !self.links.is_empty() || self.groups.iter().any(|group| group.link != Link::default())
    }
}

fn check(groups: &[Group], residents: u32, arriving: u32) -> Result<(), GroupError> {
    let peers = u64::from(residents) + u64::from(arriving);
    if peers >= u64::from(u32::MAX) {
        return Err(GroupError::TooManyPeers(peers));
    }
    if groups.is_empty() {
        return Err(GroupError::NoGroup);
    }
    if groups.len() > usize::from(u16::MAX) {
        return Err(GroupError::TooManyGroups(groups.len()));
    }
    let mut names = std::collections::BTreeSet::new();
    for group in groups {
        if !names.insert(&group.name) {
            return Err(GroupError::SameName(group.name.clone()));
        }
        for (of, share) in group.shares() {
            if !(0.0..=1.0).contains(&share) {
                let group = group.name.clone();
                return Err(GroupError::Share { group, of, share });
            }
        }
    }
    Ok(())
}

/// The nearest whole number to a float that is not negative; halves up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of at most all of a group's peers"
)]
fn nearest(x: f64) -> usize {
    (x + 0.5) as usize
}

#[cfg(test)]
mod tests;

//! What the reference engine keeps of a peer besides its program.

use std::collections::BTreeMap;

use servent::engine::accounts::PeerAccounts;
use servent::engine::{Contact, PeerId, Purpose, Seed, SmallStream};

pub(super) struct Seat {
    pub(super) is_online: bool,
    /// Session under way or the last one.
    pub(super) session: u16,
    /// Planned session under way or to come.
    pub(super) planned: u32,
    /// Kept offline by a director until then.
    pub(super) away_until_ns: u64,
    /// The next sequence number of the peer's own.
    pub(super) sequence: u32,
    pub(super) random: Option<SmallStream>,
    pub(super) noise: SmallStream,
    /// When the access link is free again, per direction.
    pub(super) up_free_ns: u64,
    pub(super) down_free_ns: u64,
    /// Latest arrival on each connection of this session (kept only where there is noise).
    pub(super) latest_arrival_ns: BTreeMap<PeerId, u64>,
    /// Beginning of the session under way.
    pub(super) since_ns: u64,
    pub(super) accounts: PeerAccounts,
}

impl Seat {
    pub(super) fn new(seed: Seed, peer: u32) -> Self {
        Self {
            is_online: false,
            session: 0,
            planned: 0,
            away_until_ns: 0,
            sequence: 0,
            random: None,
            noise: seed.small(Purpose::Loss, u64::from(peer)),
            up_free_ns: 0,
            down_free_ns: 0,
            latest_arrival_ns: BTreeMap::new(),
            since_ns: 0,
            accounts: PeerAccounts::default(),
        }
    }

    pub(super) fn contact(&self, peer: u32) -> Contact {
        Contact {
            peer: PeerId(peer),
            session: self.session,
        }
    }

    /// Whether what is addressed to `session` (0: any) reaches the peer now.
    pub(super) fn is_in(&self, session: u16) -> bool {
        self.is_online && (session == 0 || session == self.session)
    }

    pub(super) fn begin(&mut self, now_ns: u64) {
        self.is_online = true;
        self.session += 1;
        self.up_free_ns = now_ns;
        self.down_free_ns = now_ns;
        self.accounts.sessions += 1;
        self.since_ns = now_ns;
    }

    pub(super) fn end(&mut self, now_ns: u64) {
        self.is_online = false;
        self.latest_arrival_ns.clear();
        self.accounts.online_ns += now_ns - self.since_ns;
    }
}

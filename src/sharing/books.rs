//! What observers note of the application: the fate of every query, a line for every download, bytes per peer.

use crate::engine::{PeerId, Tally};
use crate::overlay::books::SearchBooks;
use crate::overlay::{ItemId, QueryId};
use std::collections::{BTreeMap, BTreeSet};

/// What became of a query.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum QueryOutcome {
    /// The run ended before its time.
    NotIssued,
    /// Its origin was offline at its time.
    OriginOffline,
    /// Its origin held the item and did not search.
    AlreadyHeld,
    /// It was sent and nobody answered, or no answer found its way back.
    NoHit,
    /// At least one hit arrived.
    Hit,
}

impl QueryOutcome {
    /// All outcomes.
    pub const ALL: [Self; 5] = [
        Self::NotIssued,
        Self::OriginOffline,
        Self::AlreadyHeld,
        Self::NoHit,
        Self::Hit,
    ];

    /// Whether others were asked: only such queries cost anything, and only they can succeed.
    pub fn is_asked(self) -> bool {
        matches!(self, Self::NoHit | Self::Hit)
    }

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotIssued => "not_issued",
            Self::OriginOffline => "origin_offline",
            Self::AlreadyHeld => "already_held",
            Self::NoHit => "no_hit",
            Self::Hit => "hit",
        }
    }
}

/// What became of a query when its time came: the origin's shard notes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) enum Issue {
    #[default]
    Pending,
    OriginOffline,
    AlreadyHeld,
    Sent,
}

/// How a download ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DownloadOutcome {
    /// The run ended first.
    Unfinished,
    /// Every chunk arrived and was verified.
    Completed,
    /// No source was left.
    Failed,
    /// The peer left.
    Aborted,
}

impl DownloadOutcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Unfinished, Self::Completed, Self::Failed, Self::Aborted];

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// One download's line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DownloadLine {
    /// When its first source was turned to, nanoseconds.
    pub started_ns: u64,
    /// Who fetched.
    pub peer: PeerId,
    /// The peer's own number for it.
    pub number: u32,
    /// The query whose hit began it.
    pub query: QueryId,
    /// What was fetched.
    pub item: ItemId,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Distinct peers that delivered at least one verified chunk.
    pub sources: u32,
    /// Sources that were found for it, used or not.
    pub found: SourcesFound,
    /// When the last chunk was verified (`Completed`), or when it ended otherwise; `None` while `Unfinished`.
    pub finished_ns: Option<u64>,
    /// Payload that arrived and was kept, bytes.
    pub verified_bytes: u64,
    /// Chunks that failed verification.
    pub corrupt_chunks: u32,
    /// Payload that arrived in vain (spoilt chunks, parts of chunks whose source went away), bytes.
    pub refetched_bytes: u64,
    /// How it ended.
    pub outcome: DownloadOutcome,
}

/// Sources that were found for a download, by how each was found first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SourcesFound {
    /// By the overlay. One that was given up and found again counts anew.
    pub by_overlay: u32,
    /// By other peers between which the item was transferred.
    pub by_exchange: u32,
    /// Of these, those that delivered at least one verified chunk.
    pub delivered_by_exchange: u32,
}

/// Payload a peer moved.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PeerBytes {
    /// Sent, as it was told at the end of each transfer, bytes.
    pub uploaded: u64,
    /// Received, bytes.
    pub downloaded: u64,
}

/// The observers' books of one shard: the [`Tally`] of [`super::FileSharing`].
#[derive(Default, Debug)]
pub struct SharingBooks {
    /// The overlay's part.
    pub search: SearchBooks,
    issues: Vec<Issue>,
    downloads: BTreeMap<(PeerId, u32), DownloadLine>,
    bytes: BTreeMap<PeerId, PeerBytes>,
    /// Payload that arrived for requests given up so long ago that no download was left to charge, bytes:
    /// downloaded = verified + refetched + stray, over all peers.
    pub stray_bytes: u64,
    /// Who verified a first chunk of what since this was last drained: these may hold more than at the start, whole
    /// files or, where those are offered, unfinished ones. For observers.
    pub gained: Vec<(ItemId, PeerId)>,
    /// Who was named, where sources are exchanged, for which download: its peer and that one's own number for it.
    pub named: BTreeSet<((PeerId, u32), PeerId)>,
    /// Download requests that a holder queued.
    pub queued: u64,
    /// Download requests that a holder turned away.
    pub turned_away: u64,
}

impl SharingBooks {
    /// Notes what became of a query at its time.
    pub(super) fn note_issue(&mut self, query: QueryId, issue: Issue) {
        let index = query.0 as usize;
        if index >= self.issues.len() {
            self.issues.resize(index + 1, Issue::Pending);
        }
        self.issues[index] = issue;
    }

    /// Opens a download's line.
    pub(super) fn open(&mut self, line: DownloadLine) {
        let earlier = self.downloads.insert((line.peer, line.number), line);
        assert!(earlier.is_none(), "a peer numbers its downloads once");
    }

    /// The line of a download that was opened.
    pub(super) fn download(&mut self, peer: PeerId, number: u32) -> &mut DownloadLine {
        self.downloads
            .get_mut(&(peer, number))
            .expect("a download's line is opened when it starts")
    }

    /// A peer's payload, for writing.
    pub(super) fn bytes(&mut self, peer: PeerId) -> &mut PeerBytes {
        self.bytes.entry(peer).or_default()
    }

    /// What became of a query.
    pub fn outcome(&self, query: QueryId) -> QueryOutcome {
        match self.issues.get(query.0 as usize).copied().unwrap_or_default() {
            Issue::Pending => QueryOutcome::NotIssued,
            Issue::OriginOffline => QueryOutcome::OriginOffline,
            Issue::AlreadyHeld => QueryOutcome::AlreadyHeld,
            Issue::Sent if self.search.read(query).hits > 0 => QueryOutcome::Hit,
            Issue::Sent => QueryOutcome::NoHit,
        }
    }

    /// Payload a peer moved.
    pub fn peer_bytes(&self, peer: PeerId) -> PeerBytes {
        self.bytes.get(&peer).copied().unwrap_or_default()
    }

    /// All downloads, in the order in which results number them: by start, then peer, then the peer's own number.
    pub fn downloads(&self) -> Vec<DownloadLine> {
        let mut lines: Vec<DownloadLine> = self.downloads.values().copied().collect();
        lines.sort_by_key(|line| (line.started_ns, line.peer, line.number));
        lines
    }
}

impl Tally for SharingBooks {
    fn merge(&mut self, other: Self) {
        self.search.merge(other.search);
        if other.issues.len() > self.issues.len() {
            self.issues.resize(other.issues.len(), Issue::Pending);
        }
        for (mine, theirs) in self.issues.iter_mut().zip(other.issues) {
            *mine = (*mine).max(theirs);
        }
        for (key, line) in other.downloads {
            let earlier = self.downloads.insert(key, line);
            assert!(earlier.is_none(), "a peer belongs to one shard");
        }
        for (peer, bytes) in other.bytes {
            let sum = self.bytes.entry(peer).or_default();
            sum.uploaded += bytes.uploaded;
            sum.downloaded += bytes.downloaded;
        }
        self.stray_bytes += other.stray_bytes;
        self.gained.extend(other.gained);
        self.named.extend(other.named);
        self.queued += other.queued;
        self.turned_away += other.turned_away;
    }
}

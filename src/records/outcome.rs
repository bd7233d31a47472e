//! The words of the columns called `outcome`.

use super::column::Vocabulary;

/// What became of a query. It says what the origin saw and never uses the truth, so it is the same whether the truth
/// is recorded or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum QueryOutcome {
    /// `not_issued`: the run ended before its time.
    NotIssued,
    /// `origin_offline`: its origin was offline at its time; nothing was sent.
    OriginOffline,
    /// `already_held`: its origin held the item and asked nobody.
    AlreadyHeld,
    /// `no_hit`: it was sent, and no hit arrived at the origin.
    NoHit,
    /// `hit`: at least one hit arrived at the origin.
    Hit,
}

impl QueryOutcome {
    /// Whether others were asked: only such queries cost anything, and only they can succeed.
    pub fn is_asked(self) -> bool {
        matches!(self, Self::NoHit | Self::Hit)
    }
}

impl Vocabulary for QueryOutcome {
    const ALL: &'static [Self] = &[
        Self::NotIssued,
        Self::OriginOffline,
        Self::AlreadyHeld,
        Self::NoHit,
        Self::Hit,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::NotIssued => "not_issued",
            Self::OriginOffline => "origin_offline",
            Self::AlreadyHeld => "already_held",
            Self::NoHit => "no_hit",
            Self::Hit => "hit",
        }
    }
}

/// What became of a download.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DownloadOutcome {
    /// `unfinished`: the run ended first.
    Unfinished,
    /// `completed`: every chunk arrived and its hash was right.
    Completed,
    /// `failed`: no source was left.
    Failed,
    /// `aborted`: the downloading peer left.
    Aborted,
}

impl Vocabulary for DownloadOutcome {
    const ALL: &'static [Self] = &[Self::Unfinished, Self::Completed, Self::Failed, Self::Aborted];

    fn word(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

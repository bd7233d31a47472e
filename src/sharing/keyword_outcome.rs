//! What became of searches by words.

use crate::overlay::dht::books::{KeywordEnding, KeywordLine};

/// What became of a search by words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeywordOutcome {
    /// The item that the query is after was among those that have all words.
    Found,
    /// It was not.
    NotListed,
    /// Nobody told what the lists have in common.
    Failed,
    /// The run ended first.
    Unfinished,
    /// The origin left before.
    OriginLeft,
}

impl KeywordOutcome {
    /// All outcomes.
    pub const ALL: [Self; 5] = [
        Self::Found,
        Self::NotListed,
        Self::Failed,
        Self::Unfinished,
        Self::OriginLeft,
    ];

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NotListed => "not_listed",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
            Self::OriginLeft => "origin_left",
        }
    }

    /// What became of a search of which the books say this.
    pub fn of(line: &KeywordLine) -> Self {
        match line.line.ending {
            Some(KeywordEnding::Answered { is_found: true, .. }) => Self::Found,
            Some(KeywordEnding::Answered { is_found: false, .. }) => Self::NotListed,
            Some(KeywordEnding::Failed) => Self::Failed,
            Some(KeywordEnding::OriginLeft) => Self::OriginLeft,
            None => Self::Unfinished,
        }
    }
}

//! What became of lookups, as a judge sees it who knows everything.

use super::bare_lookups::PlannedLookup;
use crate::overlay::dht::Router;
use crate::overlay::dht::books::{Ending, LookupLine};
use crate::overlay::dht::judge::Judge;

/// What became of a lookup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupOutcome {
    /// The node that it found was responsible for the key at some instant between issue and answer.
    Correct,
    /// The node that it found was not.
    Incorrect,
    /// No node was found.
    Failed,
    /// The run ended first.
    Unfinished,
    /// The origin was offline at its time.
    OriginOffline,
    /// The origin left before.
    OriginLeft,
}

impl LookupOutcome {
    /// All outcomes.
    pub const ALL: [Self; 6] = [
        Self::Correct,
        Self::Incorrect,
        Self::Failed,
        Self::Unfinished,
        Self::OriginOffline,
        Self::OriginLeft,
    ];

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Incorrect => "incorrect",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
            Self::OriginOffline => "origin_offline",
            Self::OriginLeft => "origin_left",
        }
    }

    /// Whether a node was found, the right one or not.
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Correct | Self::Incorrect)
    }

    /// What became of a lookup of which the books say this.
    pub fn of<R: Router>(planned: &PlannedLookup, line: &LookupLine, judge: &Judge<'_>) -> Self {
        match line.ending {
            Some(Ending::Answered(node)) => {
                if R::was_responsible(judge, node, planned.key, planned.at_ns, line.ended_ns) {
                    Self::Correct
                } else {
                    Self::Incorrect
                }
            }
            Some(Ending::Unanswered) => Self::Failed,
            Some(Ending::OriginLeft) => Self::OriginLeft,
            Some(Ending::OriginOffline) => Self::OriginOffline,
            None => Self::Unfinished,
        }
    }
}

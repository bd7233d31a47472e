//! The words of the columns called `outcome`: those of the application's books.

use super::column::Vocabulary;
pub use crate::sharing::{
    DownloadOutcome, KeywordOutcome, LookupOutcome, QueryOutcome, ReadOutcome, WriteOutcome,
};

impl Vocabulary for QueryOutcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for DownloadOutcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for KeywordOutcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for LookupOutcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for ReadOutcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for WriteOutcome {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

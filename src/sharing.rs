//! Sharing: the application that runs over any overlay. Who holds which file, who asks for what, and how a query's
//! hits become a verified file.
//!
//! [`FileSharing`] is the program of a peer: it asks its overlay "who has this?" and fetches what it asked for in
//! chunks from several sources. What it needs besides lies in its [`World`]: a [`Catalogue`] of items, a [`Placement`]
//! of copies, the [`Planned queries`](PlannedQuery), every peer's [`PeerTraits`] and the [`TransferSettings`].
//! [`BareTransfers`] moves bytes without any search, to test what carries them; [`BareLookups`] finds nodes for keys, or
//! writes and reads values, without any sharing, to measure structured overlays.
//!
//! This floor knows nothing of how an overlay finds content, of access links and latencies, or of files on the disk
//! of the machine: parsers take text.

pub mod action;
pub mod bare_lookups;
pub mod bare_transfers;
pub mod books;
pub mod catalogue;
pub mod chunks;
pub mod director;
mod downloads;
pub mod exchange;
pub mod footprint;
pub mod host;
pub mod keepers;
pub mod keyword_outcome;
pub mod library;
pub mod lookup_outcome;
pub mod lookup_rows;
pub mod message;
pub mod observed;
pub mod placement;
pub mod popularity;
pub mod program;
pub mod rows;
mod sharer;
mod signature;
#[cfg(test)]
mod testing;
pub mod transfer_rows;
pub mod truth;
mod uploads;
pub mod value_outcome;
pub mod value_plan;
pub mod vocabulary;
pub mod working_links;
pub mod workload;

pub use bare_lookups::{BareLookups, LookupsWorld, PlannedLookup, Task};
pub use bare_transfers::{BareTransfers, TransferBooks, TransfersWorld};
pub use books::{DownloadLine, DownloadOutcome, PeerBytes, QueryOutcome, SharingBooks, SourcesFound};
pub use catalogue::{Catalogue, CatalogueError, CataloguePlan, LengthLaw, SizeLaw};
pub use chunks::{ContentCheck, Verification};
pub use exchange::{ExchangeSettings, ExchangeWay};
pub use host::OverlayHost;
pub use keepers::Keepers;
pub use keyword_outcome::KeywordOutcome;
pub use library::{FileServers, Library, PeerTraits, TransferSettings, World};
pub use lookup_outcome::LookupOutcome;
pub use lookup_rows::parse_lookups;
pub use message::{SharingMessage, SharingTimer};
pub use placement::{GroupShare, Placement, PlacementError, ShareLaw};
pub use popularity::{Popularity, PopularityLaw};
pub use program::FileSharing;
pub use rows::RowError;
pub use transfer_rows::{PlannedTransfer, parse_transfers};
pub use value_outcome::{Chronicle, ReadOutcome, WriteOutcome};
pub use value_plan::{PlannedRead, PlannedValue, PlannedWrite, ValueLaw, ValuePlan, value_plan};
pub use vocabulary::{Vocabulary, VocabularyPlan};
pub use workload::{
    PlannedQuery, QueryBounds, crowd_queries, parse_queries, poisson_queries, random_lookups,
};

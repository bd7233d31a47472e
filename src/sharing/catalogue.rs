//! The catalogue: which items exist, how long they and their names are, how they are cut into chunks.

use super::popularity::{Popularity, PopularityLaw};
use super::vocabulary::{Vocabulary, VocabularyPlan};
use crate::engine::sample::{self, WeightError};
use crate::engine::{Draw, Purpose, Seed, math};
use crate::overlay::{ItemId, WordId};
use thiserror::Error;

/// The law of the items' sizes, in bytes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum SizeLaw {
    /// All alike.
    Fixed(u64),
    /// Uniform integers between two sizes, both included.
    Uniform {
        /// Smallest size.
        bytes_min: u64,
        /// Largest size.
        bytes_max: u64,
    },
    /// Log-normal, rounded to whole bytes and clamped to `1..=bytes_max`.
    LogNormal {
        /// The median.
        bytes_median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// No item is larger.
        bytes_max: u64,
    },
}

/// The law of a text's length, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LengthLaw {
    /// All alike.
    Fixed(u16),
    /// Uniform integers between two lengths, both included.
    Uniform {
        /// Shortest.
        bytes_min: u16,
        /// Longest.
        bytes_max: u16,
    },
}

/// What a catalogue is made from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CataloguePlan {
    /// Number of items, at least 1.
    pub items: u32,
    /// Their sizes.
    pub size: SizeLaw,
    /// Size of a chunk in bytes, at least 1; an item's last chunk is shorter if it does not divide the size. LimeWire
    /// fetched 131,072 bytes at a time.
    pub chunk_bytes: u32,
    /// Their popularity.
    pub popularity: PopularityLaw,
    /// Lengths of their file names, as hits carry them.
    pub name_bytes: LengthLaw,
    /// Lengths of the search texts that ask for them, as queries carry them.
    pub text_bytes: LengthLaw,
    /// What words their names are made of, if that matters.
    pub vocabulary: Option<VocabularyPlan>,
}

/// Why a plan makes no catalogue.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CatalogueError {
    /// There is no item.
    #[error("a catalogue needs at least one item")]
    Empty,
    /// A chunk has no bytes.
    #[error("a chunk needs at least one byte")]
    EmptyChunk,
    /// The law of sizes has no meaning.
    #[error("the law of sizes is not possible: {0}")]
    Size(&'static str),
    /// The law of lengths has no meaning.
    #[error("the law of text lengths is not possible: the shortest is longer than the longest")]
    Length,
    /// The law of popularity has no meaning.
    #[error("the exponent of Zipf's law must be a number of 0 or more, not {0}")]
    Exponent(f64),
    /// The law of popularity gives no item any weight.
    #[error("the law of popularity is not possible: {0}")]
    Popularity(#[from] WeightError),
    /// The law by which words are used gives no word any weight.
    #[error("the law of words is not possible: {0}")]
    Words(#[source] WeightError),
    /// An item has more chunks than a download can keep account of.
    #[error("item {item} of {size_bytes} bytes has more than {CHUNKS_MAX} chunks: make chunks larger")]
    TooManyChunks {
        /// The item.
        item: u32,
        /// Its size.
        size_bytes: u64,
    },
}

/// Most chunks an item may have.
pub const CHUNKS_MAX: u64 = 1 << 20;

/// All items.
#[derive(Clone, Debug)]
pub struct Catalogue {
    sizes: Vec<u64>,
    name_bytes: Vec<u16>,
    text_bytes: Vec<u16>,
    chunk_bytes: u32,
    popularity: Popularity,
    vocabulary: Option<Vocabulary>,
}

/// What is drawn for an item, in the order of its stream's indices.
const SIZE: u32 = 0;
const NAME: u32 = 1;
const TEXT: u32 = 2;
const WORDS: u32 = 3;

impl Catalogue {
    /// Makes a catalogue: every item's draws are keyed by its number, so more items leave the first ones as they were.
    pub fn new(plan: &CataloguePlan, seed: Seed) -> Result<Self, CatalogueError> {
        plan.check()?;
        let stream = |item: u32, what: u32| seed.stream_at(Purpose::Content, u64::from(item), what);
        let lengths = |law: LengthLaw, what: u32| -> Vec<u16> {
            match law {
                LengthLaw::Fixed(bytes) => vec![bytes; plan.items as usize],
                LengthLaw::Uniform { .. } => (0..plan.items)
                    .map(|item| law.draw(&mut stream(item, what)))
                    .collect(),
            }
        };
        let sizes: Vec<u64> = match plan.size {
            SizeLaw::Fixed(bytes) => vec![bytes; plan.items as usize],
            law => (0..plan.items)
                .map(|item| law.draw(&mut stream(item, SIZE)))
                .collect(),
        };
        let longest = u64::from(plan.chunk_bytes) * CHUNKS_MAX;
        if let Some(item) = sizes.iter().position(|&bytes| bytes > longest) {
            return Err(CatalogueError::TooManyChunks {
                item: u32::try_from(item).expect("items are numbered by 32 bits"),
                size_bytes: sizes[item],
            });
        }
        let vocabulary = plan
            .vocabulary
            .map(|words| Vocabulary::new(&words, plan.items, seed, WORDS));
        Ok(Self {
            vocabulary: vocabulary.transpose().map_err(CatalogueError::Words)?,
            sizes,
            name_bytes: lengths(plan.name_bytes, NAME),
            text_bytes: lengths(plan.text_bytes, TEXT),
            chunk_bytes: plan.chunk_bytes,
            popularity: Popularity::new(plan.popularity, plan.items)?,
        })
    }

    /// Number of items.
    pub fn items(&self) -> u32 {
        u32::try_from(self.sizes.len()).expect("items are numbered by 32 bits")
    }

    /// An item's size in bytes.
    pub fn size_bytes(&self, item: ItemId) -> u64 {
        self.sizes[item.0 as usize]
    }

    /// Length of an item's file name in bytes.
    pub fn name_bytes(&self, item: ItemId) -> u16 {
        self.name_bytes[item.0 as usize]
    }

    /// Length in bytes of the search text that asks for an item.
    pub fn text_bytes(&self, item: ItemId) -> u16 {
        self.text_bytes[item.0 as usize]
    }

    /// Words of an item's name; none where names are not made of words.
    pub fn name_words(&self, item: ItemId) -> &[WordId] {
        self.vocabulary.as_ref().map_or(&[], |words| words.name(item))
    }

    /// Words of the search text that asks for an item; none where names are not made of words.
    pub fn asked_words(&self, item: ItemId) -> &[WordId] {
        self.vocabulary.as_ref().map_or(&[], |words| words.asked(item))
    }

    /// Number of an item's chunks, at least 1.
    pub fn chunks(&self, item: ItemId) -> u32 {
        let chunks = self.size_bytes(item).div_ceil(u64::from(self.chunk_bytes));
        u32::try_from(chunks).expect("the number of chunks is limited")
    }

    /// Length of one of an item's chunks in bytes: the full size for all but the last.
    ///
    /// # Panics
    /// When the item has no such chunk.
    pub fn chunk_bytes(&self, item: ItemId, chunk: u32) -> u32 {
        assert!(chunk < self.chunks(item), "an item has only so many chunks");
        let begin = u64::from(chunk) * u64::from(self.chunk_bytes);
        let rest = self.size_bytes(item) - begin;
        u32::try_from(rest).map_or(self.chunk_bytes, |rest| rest.min(self.chunk_bytes))
    }

    /// The items' popularity.
    pub fn popularity(&self) -> &Popularity {
        &self.popularity
    }
}

impl CataloguePlan {
    fn check(&self) -> Result<(), CatalogueError> {
        if self.items == 0 {
            return Err(CatalogueError::Empty);
        }
        if self.chunk_bytes == 0 {
            return Err(CatalogueError::EmptyChunk);
        }
        self.size.check().map_err(CatalogueError::Size)?;
        for law in [self.name_bytes, self.text_bytes] {
            if let LengthLaw::Uniform { bytes_min, bytes_max } = law
                && bytes_min > bytes_max
            {
                return Err(CatalogueError::Length);
            }
        }
        match self.popularity {
            PopularityLaw::Zipf { exponent, .. } if !(exponent >= 0.0 && exponent.is_finite()) => {
                Err(CatalogueError::Exponent(exponent))
            }
            _ => Ok(()),
        }
    }
}

impl SizeLaw {
    fn check(self) -> Result<(), &'static str> {
        match self {
            Self::Fixed(0) => Err("an item needs at least one byte"),
            Self::Uniform { bytes_min: 0, .. } => Err("the smallest size must be at least one byte"),
            Self::Uniform { bytes_min, bytes_max } if bytes_min > bytes_max => {
                Err("the smallest size is larger than the largest")
            }
            Self::LogNormal { bytes_max: 0, .. } => Err("the largest size must be at least one byte"),
            Self::LogNormal { bytes_median, .. } if !(bytes_median >= 1.0 && bytes_median.is_finite()) => {
                Err("the median must be at least one byte")
            }
            Self::LogNormal { sigma, .. } if !(sigma >= 0.0 && sigma.is_finite()) => {
                Err("sigma must be a number of 0 or more")
            }
            _ => Ok(()),
        }
    }

    fn draw(self, draw: &mut impl Draw) -> u64 {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Uniform { bytes_min, bytes_max } => match (bytes_max - bytes_min).checked_add(1) {
                Some(outcomes) => bytes_min + draw.below(outcomes),
                None => draw.bits(),
            },
            Self::LogNormal {
                bytes_median,
                sigma,
                bytes_max,
            } => {
                let bytes = sample::log_normal(math::ln(bytes_median), sigma, draw);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is positive, and one beyond the range saturates before it is clamped"
                )]
                let bytes = bytes.round() as u64;
                bytes.clamp(1, bytes_max)
            }
        }
    }
}

impl LengthLaw {
    fn draw(self, draw: &mut impl Draw) -> u16 {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Uniform { bytes_min, bytes_max } => {
                let extra = draw.below(u64::from(bytes_max - bytes_min) + 1);
                bytes_min + u16::try_from(extra).expect("the difference of two lengths fits 16 bits")
            }
        }
    }
}

#[cfg(test)]
mod tests;

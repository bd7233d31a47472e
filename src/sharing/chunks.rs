//! What chunks consist of, and how a receiver tells a true one from a false one.
//!
//! A chunk's content is modelled by a keyed tag that travels with it; the hash list that a real hit points to is the
//! tag every peer can compute. With [`Verification::Bytes`] the bytes are really made, spoilt if their sender spoils
//! them, and hashed with SHA-1. Both give the same outcomes.

use super::catalogue::Catalogue;
use crate::engine::{Draw, Purpose, Seed, SmallStream, digest::hashed};
use crate::overlay::ItemId;
use sha1::{Digest, Sha1};
use std::sync::OnceLock;

/// How a received chunk is checked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Verification {
    /// By the tag that came with it: cheap.
    #[default]
    Tag,
    /// By the SHA-1 of bytes that are really made.
    Bytes,
}

/// A SHA-1 value.
type Hash = [u8; 20];

/// The reference every peer checks chunks against.
#[derive(Debug)]
pub struct ContentCheck {
    seed: Seed,
    key: u64,
    verification: Verification,
    /// Hash lists by item, made when first needed; empty unless bytes are checked. The values are pure functions of
    /// the item, so it does not matter which thread makes them.
    hashes: Vec<OnceLock<Box<[Hash]>>>,
}

/// Entity of the stream that keys the tags; items are 32-bit numbers, so none has it.
const TAG_KEY: u64 = u64::MAX;

impl ContentCheck {
    /// The reference for a catalogue of `items` items.
    pub fn new(verification: Verification, items: u32, seed: Seed) -> Self {
        let lists = match verification {
            Verification::Tag => 0,
            Verification::Bytes => items as usize,
        };
        Self {
            seed,
            key: seed.stream(Purpose::Chunks, TAG_KEY).bits(),
            verification,
            hashes: (0..lists).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The tag of a true chunk: 32 bits of a keyed hash of (item, chunk).
    pub fn tag(&self, item: ItemId, chunk: u32) -> u32 {
        (hashed(self.key, u64::from(item.0), u64::from(chunk)) >> 32) as u32
    }

    /// The tag of a spoilt chunk: any but the true one.
    pub fn spoilt_tag(&self, item: ItemId, chunk: u32, random: &mut SmallStream) -> u32 {
        let damage = 1 + random.below(u64::from(u32::MAX));
        self.tag(item, chunk) ^ u32::try_from(damage).expect("the damage fits 32 bits")
    }

    /// Whether a chunk that came with `tag` is the true one.
    pub fn passes(&self, catalogue: &Catalogue, item: ItemId, chunk: u32, tag: u32) -> bool {
        let expected = self.tag(item, chunk);
        match self.verification {
            Verification::Tag => tag == expected,
            Verification::Bytes => {
                let bytes = self.received(catalogue, item, chunk, tag ^ expected);
                let list = self.hashes[item.0 as usize].get_or_init(|| self.hash_list(catalogue, item));
                hash(&bytes) == list[chunk as usize]
            }
        }
    }

    /// The true bytes of a chunk: uniform noise keyed by (item, chunk).
    pub fn bytes(&self, catalogue: &Catalogue, item: ItemId, chunk: u32) -> Vec<u8> {
        let len = catalogue.chunk_bytes(item, chunk) as usize;
        let mut stream = self.seed.stream_at(Purpose::Chunks, u64::from(item.0), chunk);
        let mut bytes = Vec::with_capacity(len.next_multiple_of(8));
        while bytes.len() < len {
            bytes.extend(stream.bits().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    /// The bytes as they came: `damage`, if it is not 0, has flipped bits of one byte.
    fn received(&self, catalogue: &Catalogue, item: ItemId, chunk: u32, damage: u32) -> Vec<u8> {
        let mut bytes = self.bytes(catalogue, item, chunk);
        if let Some(flip) = damage.to_le_bytes().into_iter().find(|&byte| byte != 0) {
            let place = damage as usize % bytes.len();
            bytes[place] ^= flip;
        }
        bytes
    }

    fn hash_list(&self, catalogue: &Catalogue, item: ItemId) -> Box<[Hash]> {
        (0..catalogue.chunks(item))
            .map(|chunk| hash(&self.bytes(catalogue, item, chunk)))
            .collect()
    }
}

fn hash(bytes: &[u8]) -> Hash {
    Sha1::digest(bytes).into()
}

/// A set of an item's chunks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChunkSet {
    words: Box<[u64]>,
    len: u32,
}

impl ChunkSet {
    /// No chunk of `chunks`.
    pub fn none(chunks: u32) -> Self {
        Self {
            words: vec![0; (chunks as usize).div_ceil(64)].into_boxed_slice(),
            len: chunks,
        }
    }

    /// Whether a chunk is in it.
    ///
    /// # Panics
    /// When the item has no such chunk.
    pub fn contains(&self, chunk: u32) -> bool {
        assert!(chunk < self.len, "an item has only so many chunks");
        self.words[chunk as usize / 64] >> (chunk % 64) & 1 == 1
    }

    /// Puts a chunk in.
    ///
    /// # Panics
    /// When the item has no such chunk.
    pub fn insert(&mut self, chunk: u32) {
        assert!(chunk < self.len, "an item has only so many chunks");
        self.words[chunk as usize / 64] |= 1 << (chunk % 64);
    }

    /// Takes a chunk out.
    ///
    /// # Panics
    /// When the item has no such chunk.
    pub fn remove(&mut self, chunk: u32) {
        assert!(chunk < self.len, "an item has only so many chunks");
        self.words[chunk as usize / 64] &= !(1 << (chunk % 64));
    }

    /// Number of chunks in it.
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Length on the wire in bytes: one bit a chunk.
    pub fn wire_bytes(&self) -> u32 {
        self.len.div_ceil(8)
    }

    /// Its content as one word, for digests.
    pub fn fingerprint(&self) -> u64 {
        (0_u64..).zip(&self.words).fold(0, |sum: u64, (place, &word)| {
            sum.wrapping_add(hashed(u64::from(self.len), place, word))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::catalogue::{CataloguePlan, LengthLaw, SizeLaw};
    use crate::sharing::popularity::PopularityLaw;
    use crate::sharing::testing::SEED;

    fn catalogue() -> Catalogue {
        let plan = CataloguePlan {
            items: 3,
            size: SizeLaw::Fixed(2_501),
            chunk_bytes: 1_000,
            popularity: PopularityLaw::Uniform,
            name_bytes: LengthLaw::Fixed(1),
            text_bytes: LengthLaw::Fixed(1),
            vocabulary: None,
        };
        Catalogue::new(&plan, SEED).unwrap()
    }

    #[test]
    fn both_ways_of_checking_agree() {
        let catalogue = catalogue();
        let by_tag = ContentCheck::new(Verification::Tag, 3, SEED);
        let by_bytes = ContentCheck::new(Verification::Bytes, 3, SEED);
        let mut random = SEED.small(Purpose::Protocol, 0);
        for item in (0..3).map(ItemId) {
            for chunk in 0..3 {
                let tag = by_tag.tag(item, chunk);
                let spoilt = by_tag.spoilt_tag(item, chunk, &mut random);
                for check in [&by_tag, &by_bytes] {
                    assert!(check.passes(&catalogue, item, chunk, tag));
                    assert!(!check.passes(&catalogue, item, chunk, spoilt));
                    assert!(!check.passes(&catalogue, item, chunk, tag ^ 0x8000_0000));
                }
            }
        }
    }

    #[test]
    fn bytes_are_keyed_by_item_and_chunk() {
        let catalogue = catalogue();
        let check = ContentCheck::new(Verification::Bytes, 3, SEED);
        let first = check.bytes(&catalogue, ItemId(0), 0);
        assert_eq!(first, check.bytes(&catalogue, ItemId(0), 0));
        assert_eq!(check.bytes(&catalogue, ItemId(0), 2).len(), 501);
        assert_ne!(first, check.bytes(&catalogue, ItemId(0), 1));
        assert_ne!(first, check.bytes(&catalogue, ItemId(1), 0));
        assert_ne!(check.tag(ItemId(0), 1), check.tag(ItemId(1), 0));
        // One of FIPS 180's examples, so that the hash is what its name says.
        assert_eq!(
            hash(b"abc"),
            [
                0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2,
                0x6c, 0x9c, 0xd0, 0xd8, 0x9d
            ]
        );
    }

    #[test]
    fn sets_of_chunks_are_exact() {
        let mut set = ChunkSet::none(130);
        for chunk in [0, 63, 64, 129] {
            set.insert(chunk);
        }
        assert_eq!((set.count(), set.wire_bytes()), (4, 17));
        let before = set.fingerprint();
        set.remove(64);
        assert!(!set.contains(64) && set.contains(63) && set.contains(129));
        assert_ne!(set.fingerprint(), before);
        set.insert(64);
        assert_eq!(set.fingerprint(), before);
    }
}

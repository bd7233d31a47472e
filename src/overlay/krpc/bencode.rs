//! Bencoding: byte strings, integers, lists, dictionaries (BEP 3, "bencoding").
//!
//! Every value has one encoding and every encoding one value; whatever is not the encoding of a value is refused. This file
//! does not know what the values mean.
//!
//! It is code of our own because the crates at hand fall short of that: `bendy` is as strict, but its errors have an offset
//! in prose only and one kind for unsorted and repeated keys; `bt_bencode` takes keys in any order.

mod decode;
mod error;
#[cfg(test)]
mod tests;

pub use error::{BencodeError, Fault};

use std::collections::BTreeMap;

/// How deep lists and dictionaries may lie in each other when they are decoded; a byte string or integer alone has depth 0. A
/// KRPC message needs 3 (BEP 5, "get_peers": the values of a response); the rest is room for keys that are not ours.
/// Decoding recurses, so that without a limit a few kilobytes of `l` would exhaust the stack.
pub const MOST_DEPTH: u32 = 32;

/// The entries of a dictionary, in the order of their keys as raw bytes, which is how they are encoded.
pub type Dictionary = BTreeMap<Vec<u8>, Value>;

/// Anything that can be bencoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A byte string, not necessarily text.
    Bytes(Vec<u8>),
    /// An integer. BEP 3 sets no bounds; KRPC has error codes, ports and flags only, so 64 bits are plenty.
    Integer(i64),
    /// A list.
    List(Vec<Value>),
    /// A dictionary.
    Dictionary(Dictionary),
}

impl Value {
    /// A dictionary of these entries, in any order; of entries with equal keys the last stands.
    pub fn dictionary<'key>(entries: impl IntoIterator<Item = (&'key str, Self)>) -> Self {
        let own = |(key, value): (&str, Self)| (key.as_bytes().to_vec(), value);
        Self::Dictionary(entries.into_iter().map(own).collect())
    }

    /// A byte string that holds these bytes.
    pub fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bytes(bytes.as_ref().to_vec())
    }

    /// What kind of value it is, in words, for messages about errors.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "byte string",
            Self::Integer(_) => "integer",
            Self::List(_) => "list",
            Self::Dictionary(_) => "dictionary",
        }
    }

    /// The encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut output = Vec::new();
        self.encode_into(&mut output);
        output
    }

    /// Appends the encoding.
    pub fn encode_into(&self, output: &mut Vec<u8>) {
        match self {
            Self::Bytes(bytes) => encode_bytes(bytes, output),
            Self::Integer(number) => output.extend_from_slice(format!("i{number}e").as_bytes()),
            Self::List(values) => {
                output.push(b'l');
                for value in values {
                    value.encode_into(output);
                }
                output.push(b'e');
            }
            Self::Dictionary(entries) => {
                output.push(b'd');
                for (key, value) in entries {
                    encode_bytes(key, output);
                    value.encode_into(output);
                }
                output.push(b'e');
            }
        }
    }

    /// The value that `input`, all of it, is the encoding of.
    ///
    /// # Errors
    /// [`BencodeError`] says what is wrong first, and where: anything but the one encoding of a value with integers of
    /// 64 bits and a depth of at most [`MOST_DEPTH`].
    pub fn decode(input: &[u8]) -> Result<Self, BencodeError> {
        decode::decode(input)
    }
}

fn encode_bytes(bytes: &[u8], output: &mut Vec<u8>) {
    output.extend_from_slice(format!("{}:", bytes.len()).as_bytes());
    output.extend_from_slice(bytes);
}

//! What can be wrong with bytes that should be bencoded.

/// Why bytes are not the encoding of a value, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("byte {offset}: {fault}")]
pub struct BencodeError {
    /// Offset from the beginning of the input, in bytes from 0: of the first byte that cannot stand where it does; of a number
    /// that is wrong as a whole its first digit, of a key, list or dictionary its first byte; at an end that comes too early
    /// the input's length.
    pub offset: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with an encoding (BEP 3, "bencoding").
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// The input ends within a value.
    #[error("the input ends within a value")]
    Truncated,
    /// More bytes follow the value.
    #[error("more bytes follow the value")]
    Trailing,
    /// A byte that no value begins with, or that does not go on with the one begun.
    #[error("the byte 0x{byte:02x} cannot stand here")]
    UnexpectedByte {
        /// The byte.
        byte: u8,
    },
    /// A number other than 0 that begins with 0.
    #[error("a number has a leading zero")]
    LeadingZero,
    /// `i-0e`, which would be a second encoding of 0.
    #[error("zero has a sign")]
    NegativeZero,
    /// An integer that 64 bits with a sign do not hold, or a length of more than 2^63 - 1 bytes.
    #[error("a number is too large")]
    TooLarge,
    /// A dictionary's key is no byte string.
    #[error("a key is not a byte string")]
    KeyType,
    /// A key that should stand before the one before it.
    #[error("a key is out of order")]
    UnsortedKey,
    /// A key that the dictionary has already.
    #[error("a key is repeated")]
    RepeatedKey,
    /// A list or dictionary deeper than [`MOST_DEPTH`](super::MOST_DEPTH).
    #[error("lists and dictionaries lie too deep in each other")]
    TooDeep,
}

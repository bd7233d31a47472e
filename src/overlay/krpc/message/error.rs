//! What can be wrong with bytes that should be a KRPC message.

use crate::overlay::krpc::bencode::BencodeError;

/// Why a payload is no KRPC message of BEP 5. Keys are named by their way from the message's dictionary: `a.id` is `id` in
/// what `a` holds, `e[0]` the first element of the list `e`, `r.values[]` any element of the list `values` in `r`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MessageError {
    /// It is not bencoded.
    #[error("not bencoded: {0}")]
    Bencode(#[from] BencodeError),
    /// It is bencoded, but no dictionary.
    #[error("the message is of type {found}, not dictionary")]
    NotADictionary {
        /// What it is instead.
        found: &'static str,
    },
    /// A key that a message of this kind must have.
    #[error("`{key}` is missing")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A value of another type than the key has.
    #[error("`{key}` is of type {found}, not {expected}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A byte string of a length that its key cannot have.
    #[error("`{key}` is {length_bytes} bytes long, not {expected_bytes}")]
    WrongLength {
        /// The key.
        key: &'static str,
        /// How long it should be.
        expected_bytes: usize,
        /// How long it is.
        length_bytes: usize,
    },
    /// Compact node info that is not a whole number of nodes.
    #[error("`{key}` is {length_bytes} bytes long, no multiple of {unit_bytes}")]
    WrongMultiple {
        /// The key.
        key: &'static str,
        /// Length of one.
        unit_bytes: usize,
        /// Length of all.
        length_bytes: usize,
    },
    /// A list that does not have the number of elements it should have.
    #[error("`{key}` has {found} elements, not {expected}")]
    WrongCount {
        /// The key.
        key: &'static str,
        /// How many it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A port that is none: 0 to 65535 are.
    #[error("`{key}` is {number}, no port")]
    NotAPort {
        /// The key.
        key: &'static str,
        /// The number there.
        number: i64,
    },
    /// A message that is neither query, response nor error.
    #[error("a message of kind `{}`", kind.escape_ascii())]
    UnknownKind {
        /// What `y` holds.
        kind: Vec<u8>,
    },
    /// A query that BEP 5 does not know: to be answered with [`ErrorCode::MethodUnknown`](super::ErrorCode::MethodUnknown).
    #[error("a query of method `{}`", method.escape_ascii())]
    UnknownMethod {
        /// What `q` holds.
        method: Vec<u8>,
    },
    /// An error whose code is not one of 201 to 204.
    #[error("an error with code {code}")]
    UnknownErrorCode {
        /// The code.
        code: i64,
    },
}

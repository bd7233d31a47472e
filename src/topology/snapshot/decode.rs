//! Gzip, recognised by its first bytes and undone within a limit.

use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::{ErrorKind, Read};

/// Why bytes cannot be decoded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The compressed data end too early.
    #[error("the gzip data are truncated")]
    Truncated,
    /// The compressed data, or their check sum, are wrong.
    #[error("the gzip data are damaged: {reason}")]
    Damaged {
        /// What the decoder found.
        reason: String,
    },
    /// The compressed data become so much larger that they cannot be a table of numbers.
    #[error(
        "its {compressed} bytes of gzip data inflate to more than {bytes_max}: that is no table of numbers"
    )]
    Inflated {
        /// Size of the compressed data in bytes.
        compressed: u64,
        /// What they were allowed to become.
        bytes_max: u64,
    },
    /// More than the limit, compressed or not.
    #[error("more than {bytes_max} bytes of data")]
    TooLarge {
        /// The limit in bytes.
        bytes_max: u64,
    },
}

/// Numbers as text shrink to a quarter, the most regular ones to a fiftieth; gzip's own limit is a thousandth, which only
/// runs of one byte come near.
const INFLATION_MAX: u64 = 200;
/// Up to this size it does not matter: 256 MiB are inflated within a second.
const INFLATED_BYTES_ALWAYS: u64 = 256 << 20;

/// Undoes gzip if the bytes begin with its magic number (RFC 1952: 1f 8b), else gives them back as they are. Several
/// members one after another are one stream, as for `zcat`.
///
/// Never holds more than `bytes_max` decoded bytes, nor more than 200 times the compressed ones (if that is more than
/// 256 MiB), so a small file cannot fill the memory.
pub fn decode(bytes: &[u8], bytes_max: u64) -> Result<Cow<'_, [u8]>, DecodeError> {
    let too_large = DecodeError::TooLarge { bytes_max };
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return if bytes.len() as u64 > bytes_max {
            Err(too_large)
        } else {
            Ok(Cow::Borrowed(bytes))
        };
    }
    // Edge lists shrink to about a quarter.
    let expected = (bytes.len() as u64).saturating_mul(5).min(bytes_max);
    let mut decoded = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    let compressed = bytes.len() as u64;
    let plausible = compressed
        .saturating_mul(INFLATION_MAX)
        .max(INFLATED_BYTES_ALWAYS);
    let allowed = bytes_max.min(plausible);
    let mut reader = MultiGzDecoder::new(bytes).take(allowed.saturating_add(1));
    match reader.read_to_end(&mut decoded) {
        Ok(_) if decoded.len() as u64 > bytes_max => Err(too_large),
        Ok(_) if decoded.len() as u64 > plausible => Err(DecodeError::Inflated {
            compressed,
            bytes_max: plausible,
        }),
        Ok(_) => Ok(Cow::Owned(decoded)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(DecodeError::Truncated),
        Err(error) => Err(DecodeError::Damaged {
            reason: error.to_string(),
        }),
    }
}

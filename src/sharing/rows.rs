//! Rows of numbers in text: what the workload's files have in common. Pure: no file is opened here.

use crate::engine::time::SECOND_NS;
use thiserror::Error;

/// What is wrong with a row. Lines count from 1.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("line {line}: {fault}")]
pub struct RowError {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub fault: RowFault,
}

/// What can be wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RowFault {
    /// The row has too few or too many fields.
    #[error("expected {expected} fields separated by commas, found {found}")]
    Fields {
        /// What is expected.
        expected: &'static str,
        /// Fields found.
        found: usize,
    },
    /// A time is not a decimal number of seconds.
    #[error("`{0}` is not a time in seconds (a decimal number such as 12.5)")]
    NotATime(String),
    /// A time is negative.
    #[error("`{0}` is negative: times count from the start of the run")]
    Negative(String),
    /// A time has digits below a nanosecond.
    #[error("`{0}` has more than nine decimals: times are whole nanoseconds")]
    TooFine(String),
    /// A number does not fit.
    #[error("`{0}` is too large")]
    TooLarge(String),
    /// A field is not a whole number.
    #[error("`{text}` is not a whole number: {field} must be one")]
    NotANumber {
        /// The field's name.
        field: &'static str,
        /// What stands there.
        text: String,
    },
    /// A number must be at least 1.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// The heading names other columns.
    #[error("the columns are {expected}, in this order, not {found}")]
    Heading {
        /// The columns as they must be.
        expected: String,
        /// The heading as it is.
        found: String,
    },
    /// A TTL is above what servents let pass.
    #[error("the TTL {ttl} is above {ttl_max}, the largest that servents let pass (`max_ttl`)")]
    TtlAboveMax {
        /// The TTL.
        ttl: u64,
        /// The largest.
        ttl_max: u32,
    },
    /// Nobody is called so.
    #[error("there is no peer `{0}`")]
    UnknownPeer(String),
    /// A key is not written in hexadecimal digits.
    #[error("`{0}` is not a key: keys are hexadecimal digits")]
    NotAKey(String),
    /// A key is longer than identifiers are.
    #[error("the key `{text}` has more than the {width} bits of an identifier")]
    KeyTooLong {
        /// What stands there.
        text: String,
        /// Bits of an identifier.
        width: u32,
    },
    /// The catalogue has no such item.
    #[error("there is no item {item}: the catalogue has {items}, counted from 0")]
    UnknownItem {
        /// The item.
        item: u64,
        /// Number of items.
        items: u32,
    },
    /// Two flows have one name.
    #[error("flow `{0}` is named twice")]
    Twice(String),
    /// No flow is called so.
    #[error("there is no flow `{0}` to come after")]
    UnknownFlow(String),
    /// A flow would carry bytes to where they are.
    #[error("flow `{0}` has one peer as source and sink")]
    Loop(String),
    /// A flow comes after itself, by way of others.
    #[error("flow `{0}` comes after itself")]
    Cycle(String),
    /// A flow comes after one that its source has no part in.
    #[error(
        "flow `{flow}` comes after `{after}`, but its source is neither sink nor source of that: it cannot know"
    )]
    Elsewhere {
        /// The flow.
        flow: String,
        /// The one it is to come after.
        after: String,
    },
    /// There are too many rows.
    #[error("more than 4294967295 rows")]
    TooMany,
}

/// The rows of a text: line numbers and trimmed fields. Empty lines and lines that begin with `#` are passed over, and
/// so is a heading: a first row whose first field is `heading`.
pub(super) fn rows<'t>(text: &'t str, heading: &'t str) -> impl Iterator<Item = (usize, Vec<&'t str>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut first = true;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let is_heading = core::mem::take(&mut first) && fields[0] == heading;
        (!is_heading).then_some((index + 1, fields))
    })
}

/// Refuses a text whose heading (see [`rows`]) names other columns than `columns`, of which the first `required` must
/// be there: columns in another order would be read as what they are not.
pub(super) fn check_heading(text: &str, columns: &[&str], required: usize) -> Result<(), RowError> {
    // No row begins like this, so the first one, heading or not, is not passed over.
    let Some((line, fields)) = rows(text, "\n").next() else {
        return Ok(());
    };
    let fits = (required..=columns.len()).contains(&fields.len()) && columns.starts_with(&fields);
    if fields[0] != columns[0] || fits {
        return Ok(());
    }
    let (always, sometimes) = columns.split_at(required);
    let mut expected = always.join(",");
    for column in sometimes {
        expected.extend(["[,", column, "]"]);
    }
    let found = fields.join(",");
    Err(RowError {
        line,
        fault: RowFault::Heading { expected, found },
    })
}

/// An exact decimal number of seconds, in nanoseconds.
pub(super) fn time_ns(text: &str) -> Result<u64, RowFault> {
    let not_a_time = || RowFault::NotATime(text.to_owned());
    let digits = text.strip_prefix('+').unwrap_or(text);
    let negative = digits.starts_with('-');
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !decimal(whole) || !decimal(fraction) {
        return Err(not_a_time());
    }
    let fraction = fraction.trim_end_matches('0');
    if negative && !(fraction.is_empty() && whole.bytes().all(|byte| byte == b'0')) {
        return Err(RowFault::Negative(text.to_owned()));
    }
    if fraction.len() > 9 {
        return Err(RowFault::TooFine(text.to_owned()));
    }
    let too_large = || RowFault::TooLarge(text.to_owned());
    let seconds: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| too_large())?
    };
    let below: u64 = format!("{fraction:0<9}").parse().map_err(|_| not_a_time())?;
    seconds
        .checked_mul(SECOND_NS)
        .and_then(|ns| ns.checked_add(below))
        .filter(|&ns| ns < u64::MAX / 2)
        .ok_or_else(too_large)
}

/// A whole number of 0 or more.
pub(super) fn whole(field: &'static str, text: &str) -> Result<u64, RowFault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RowFault::NotANumber {
            field,
            text: text.to_owned(),
        });
    }
    text.parse().map_err(|_| RowFault::TooLarge(text.to_owned()))
}

//! Plain decimals, exactly: digits, perhaps a point and more digits.

/// Why a text is not a plain decimal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DecimalError {
    /// There are no digits in front of the unit.
    Missing,
    /// It begins with a minus.
    Negative,
    /// It has an exponent.
    Exponent,
    /// It has other characters, or a point without digits on both sides.
    Malformed,
    /// It has more digits than anything that is measured.
    TooLong,
}

/// `mantissa / 10^places`, without trailing zeros after the point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Decimal {
    pub(super) mantissa: u128,
    pub(super) places: u32,
}

/// Splits a quantity into its number and its unit, both trimmed.
pub(super) fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|&(place, c)| {
            let sign = place == 0 && (c == '-' || c == '+');
            !(sign || c.is_ascii_digit() || c == '.' || c == '_')
        })
        .map_or(text.len(), |(place, _)| place);
    // An exponent belongs to the number, so that the message can speak of it: "1e3 ms".
    let rest = &text[end..];
    let exponent = rest.strip_prefix(['e', 'E']).map(|tail| {
        tail.trim_start_matches(['+', '-'])
            .trim_start_matches(|c: char| c.is_ascii_digit())
    });
    match exponent {
        Some(tail) if end > 0 && tail.len() + 1 < rest.len() => {
            (&text[..text.len() - tail.len()], tail.trim())
        }
        _ => (text[..end].trim(), rest.trim()),
    }
}

/// Reads a plain decimal. Underscores may stand between digits, as in TOML's own numbers.
pub(super) fn parse(text: &str) -> Result<Decimal, DecimalError> {
    let body = match text.strip_prefix('-') {
        Some(_) => return Err(DecimalError::Negative),
        None => text.strip_prefix('+').unwrap_or(text),
    };
    if body.is_empty() {
        return Err(DecimalError::Missing);
    }
    if body.contains(['e', 'E']) {
        return Err(DecimalError::Exponent);
    }
    let (whole, fraction) = match body.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let whole = digits(whole)?;
    let fraction = fraction.map(digits).transpose()?.unwrap_or_default();
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    if whole.len() + fraction.len() > 36 {
        return Err(DecimalError::TooLong);
    }
    let mantissa = whole
        .bytes()
        .chain(fraction.bytes())
        .fold(0_u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
    let places = u32::try_from(fraction.len()).expect("at most 36 digits");
    Ok(Decimal { mantissa, places })
}

/// The digits of a text, without the underscores between them.
fn digits(text: &str) -> Result<String, DecimalError> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    for (place, &byte) in bytes.iter().enumerate() {
        let beside = |other: Option<&u8>| other.is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => out.push(char::from(byte)),
            b'_' if place > 0 && beside(bytes.get(place - 1)) && beside(bytes.get(place + 1)) => {}
            _ => return Err(DecimalError::Malformed),
        }
    }
    if out.is_empty() {
        Err(DecimalError::Malformed)
    } else {
        Ok(out)
    }
}

impl Decimal {
    /// `self * factor` if that is a whole number of 128 bits.
    pub(super) fn times(self, factor: u128) -> Result<u128, Inexact> {
        let divisor = 10_u128.pow(self.places);
        // What the factor shares with the divisor is cancelled first, so that nothing overflows needlessly.
        let shared = greatest_common_divisor(factor, divisor);
        let (factor, divisor) = (factor / shared, divisor / shared);
        if !self.mantissa.is_multiple_of(divisor) {
            return Err(Inexact::Fraction);
        }
        (self.mantissa / divisor)
            .checked_mul(factor)
            .ok_or(Inexact::Overflow)
    }
}

/// Why a product is not a whole number of 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Inexact {
    /// Something is left behind the point.
    Fraction,
    /// It is too large.
    Overflow,
}

/// Euclid's algorithm.
pub(super) fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_to_the_last_digit() {
        for (text, mantissa, places) in [
            ("0", 0, 0),
            ("007", 7, 0),
            ("1.50", 15, 1),
            ("+2", 2, 0),
            ("1_000.000_001", 1_000_000_001, 6),
            ("0.0", 0, 0),
        ] {
            assert_eq!(parse(text), Ok(Decimal { mantissa, places }), "{text}");
        }
        for (text, error) in [
            ("", DecimalError::Missing),
            ("-1", DecimalError::Negative),
            ("1e3", DecimalError::Exponent),
            ("1.", DecimalError::Malformed),
            (".5", DecimalError::Malformed),
            ("1.2.3", DecimalError::Malformed),
            ("1__0", DecimalError::Malformed),
            ("_1", DecimalError::Malformed),
            ("1234567890123456789012345678901234567", DecimalError::TooLong),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn number_and_unit_part_where_the_digits_end() {
        for (text, number, unit) in [
            ("50 ms", "50", "ms"),
            ("50ms", "50", "ms"),
            (" 1.5  Mbit/s ", "1.5", "Mbit/s"),
            ("-3 s", "-3", "s"),
            ("1e3 ms", "1e3", "ms"),
            ("5 EiB", "5", "EiB"),
            ("ms", "", "ms"),
            ("0.5 /s", "0.5", "/s"),
            ("nan s", "", "nan s"),
        ] {
            assert_eq!(split(text), (number, unit), "{text}");
        }
    }
}

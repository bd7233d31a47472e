//! Simulated time: unsigned nanoseconds since the start of the run.

use std::fmt::Display;

/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub const MILLISECOND_NS: u64 = 1_000_000;
/// A time that never comes.
pub const NEVER_NS: u64 = u64::MAX;

/// Prints nanoseconds as an exact decimal of a unit `10^digits` ns long, without trailing zeros:
/// `exact_decimal(1_500_000_000, 9)` is `"1.5"` (seconds), with `digits = 6` it is `"1500"` (milliseconds).
///
/// # Panics
/// When `digits` is above 19.
pub fn exact_decimal(ns: u128, digits: u32) -> String {
    let unit = 10_u64.checked_pow(digits).expect("a unit fits 64 bits");
    // Nearly all times fit 64 bits, which divide and print several times faster.
    if let Ok(ns) = u64::try_from(ns) {
        return decimal(ns / unit, ns % unit, digits);
    }
    let rest = u64::try_from(ns % u128::from(unit)).expect("a rest is below its unit");
    decimal(ns / u128::from(unit), rest, digits)
}

fn decimal(whole: impl Display, rest: u64, digits: u32) -> String {
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{rest:0width$}", width = digits as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// Nanoseconds as exact decimal seconds.
pub fn seconds(ns: u64) -> String {
    exact_decimal(u128::from(ns), 9)
}

/// Nanoseconds as exact decimal milliseconds.
pub fn milliseconds(ns: u64) -> String {
    exact_decimal(u128::from(ns), 6)
}

/// How long `bytes` take at `rate_bps` bits per second, rounded up to a whole nanosecond; 0 for no declared rate.
///
/// # Panics
/// When the time does not fit 64 bits (more than 584 years).
#[inline]
pub fn serialisation_ns(bytes: u64, rate_bps: u64) -> u64 {
    if rate_bps == 0 {
        return 0;
    }
    let bits_ns = u128::from(bytes) * 8 * u128::from(SECOND_NS);
    u64::try_from(bits_ns.div_ceil(u128::from(rate_bps))).expect("a serialisation time fits 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (ns, digits, expected) in [
            (0, 9, "0"),
            (1, 9, "0.000000001"),
            (1_500_000_000, 9, "1.5"),
            ((1 << 64) * 1_000_000_000 + 10, 9, "18446744073709551616.00000001"),
            ((1 << 64) * 1_000, 3, "18446744073709551616"),
            (1, 19, "0.0000000000000000001"),
            (1_500_000_000, 6, "1500"),
            (50_000_001, 6, "50.000001"),
            (u128::from(u64::MAX), 9, "18446744073.709551615"),
        ] {
            assert_eq!(exact_decimal(ns, digits), expected);
        }
    }

    #[test]
    fn serialisation_rounds_up() {
        assert_eq!(serialisation_ns(1, 8), SECOND_NS);
        assert_eq!(serialisation_ns(1, 3), 2_666_666_667);
        assert_eq!(serialisation_ns(100, 0), 0);
    }
}

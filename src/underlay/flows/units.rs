//! The integer units of the fluid model.
//!
//! A rate counts 2^-32 bit/s, work counts what such a rate does in a nanosecond. Both are exact in 128 bits: a rate is
//! below 2^96 (64 bits of bit/s), the work of the largest flow accepted below 2^125.

use crate::engine::time::{NEVER_NS, SECOND_NS};

/// A rate in units of 2^-32 bit/s.
pub(super) type Rate = u128;

/// Work in units of 2^-32 bit/s times 1 ns.
pub(super) type Work = u128;

/// No limit: the capacity of a link without declared rate, and the level of a link that does not fill up.
pub(super) const UNLIMITED: Rate = Rate::MAX;

/// Work of one byte.
pub(super) const BYTE_WORK: Work = (8 * SECOND_NS as Work) << 32;

/// The largest flow accepted: 2^60 bytes (1 EiB).
pub(super) const FLOW_BYTES_MAX: u64 = 1 << 60;

/// A declared access rate as capacity; 0 is none declared.
pub(super) const fn capacity(rate_bps: u64) -> Rate {
    if rate_bps == 0 {
        UNLIMITED
    } else {
        (rate_bps as Rate) << 32
    }
}

/// What each of `sharers` gets of `left`, rounded down. Rates below 4.3 Gbit/s take the short division.
#[inline]
pub(super) fn share(left: Rate, sharers: u32) -> Rate {
    match u64::try_from(left) {
        Ok(left) => Rate::from(left / u64::from(sharers)),
        Err(_) => left / Rate::from(sharers),
    }
}

/// When `work` is done at `rate` from `now_ns` on, rounded up to a whole nanosecond; `NEVER_NS` when that is beyond all
/// times.
pub(super) fn completion_ns(now_ns: u64, work: Work, rate: Rate) -> u64 {
    if work == 0 {
        return now_ns;
    }
    u64::try_from(work.div_ceil(rate))
        .ok()
        .and_then(|needed_ns| now_ns.checked_add(needed_ns))
        .unwrap_or(NEVER_NS)
}

/// Whole bytes done of a flow of `bytes` that has `work` left, rounded down.
pub(super) fn carried_bytes(bytes: u64, work: Work) -> u64 {
    let left = u64::try_from(work.div_ceil(BYTE_WORK)).expect("no more is left than there was");
    bytes - left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_together() {
        // 1 byte at 8 bit/s takes a second.
        assert_eq!(completion_ns(5, BYTE_WORK, capacity(8)), 5 + SECOND_NS);
        // A third of a byte at 1 bit/s: 8/3 s, rounded up.
        assert_eq!(completion_ns(0, BYTE_WORK / 3 + 1, capacity(1)), 2_666_666_667);
        assert_eq!(completion_ns(7, 0, 0), 7);
        assert_eq!(
            completion_ns(1, Work::from(FLOW_BYTES_MAX) * BYTE_WORK, 1),
            NEVER_NS
        );
        assert_eq!(
            (
                carried_bytes(10, 0),
                carried_bytes(10, 1),
                carried_bytes(10, 10 * BYTE_WORK)
            ),
            (10, 9, 0)
        );
    }

    #[test]
    fn short_and_long_division_agree() {
        for left in [
            0,
            1,
            Rate::from(u64::MAX),
            Rate::from(u64::MAX) + 1,
            capacity(u64::MAX),
        ] {
            for sharers in [1, 3, u32::MAX] {
                assert_eq!(share(left, sharers), left / Rate::from(sharers));
            }
        }
    }
}

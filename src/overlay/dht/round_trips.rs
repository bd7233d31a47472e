//! How long to wait for an answer.

use super::settings::Timeout;

/// What a node has learnt of the time that answers take: one estimate for all that it asks (RFC 6298, section 2, with the
/// clock's granularity left out: it is a nanosecond).
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct RoundTrips {
    /// Smoothed round-trip time and its variation, nanoseconds; nothing before the first.
    smoothed: Option<(u64, u64)>,
}

impl RoundTrips {
    /// A request that was sent once was answered after so long. One that was sent again says nothing (Karn and Partridge
    /// 1987).
    pub(super) fn note(&mut self, round_trip_ns: u64) {
        self.smoothed = Some(match self.smoothed {
            None => (round_trip_ns, round_trip_ns / 2),
            Some((mean_ns, variation_ns)) => {
                let deviation_ns = mean_ns.abs_diff(round_trip_ns);
                let variation_ns = variation_ns - variation_ns / 4 + deviation_ns / 4;
                (mean_ns - mean_ns / 8 + round_trip_ns / 8, variation_ns)
            }
        });
    }

    /// How long to wait for the answer to a request that is sent for the `attempt`-th time, counted from 0: doubled at
    /// every further one.
    pub(super) fn timeout_ns(&self, timeout: Timeout, attempt: u32) -> u64 {
        match timeout {
            Timeout::Fixed { after_ns } => after_ns,
            Timeout::Measured {
                initial_ns,
                min_ns,
                max_ns,
            } => {
                let estimate_ns = self
                    .smoothed
                    .map_or(initial_ns, |(mean_ns, variation_ns)| mean_ns + 4 * variation_ns);
                let doubled = estimate_ns.max(min_ns).checked_shl(attempt.min(16));
                doubled.unwrap_or(max_ns).min(max_ns)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: Timeout = Timeout::Measured {
        initial_ns: 1_000,
        min_ns: 100,
        max_ns: 5_000,
    };

    #[test]
    fn estimates_are_those_of_the_standard() {
        let mut trips = RoundTrips::default();
        assert_eq!(trips.timeout_ns(MEASURED, 0), 1_000);
        assert_eq!(trips.timeout_ns(MEASURED, 1), 2_000);
        // SRTT = 800, RTTVAR = 400: RTO = 2400.
        trips.note(800);
        assert_eq!(trips.timeout_ns(MEASURED, 0), 2_400);
        // RTTVAR = 3/4 * 400 + 1/4 * 400 = 400; SRTT = 7/8 * 800 + 1/8 * 1200 = 850.
        trips.note(1_200);
        assert_eq!(trips.timeout_ns(MEASURED, 0), 850 + 1_600);
        assert_eq!(trips.timeout_ns(MEASURED, 3), 5_000);
    }

    #[test]
    fn fixed_ones_stay_what_they_are() {
        let mut trips = RoundTrips::default();
        trips.note(1);
        let fixed = Timeout::Fixed { after_ns: 500 };
        assert_eq!(trips.timeout_ns(fixed, 7), 500);
    }

    #[test]
    fn quick_answers_do_not_make_impatient() {
        let mut trips = RoundTrips::default();
        for _ in 0..100 {
            trips.note(8);
        }
        assert_eq!(trips.timeout_ns(MEASURED, 0), 100);
    }
}

//! The run as a whole: durations and observation.

use super::Checker;

/// Rows of `series.csv` at most.
const SAMPLES_MAX: u64 = 10_000_000;

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    if s.warm_up >= s.duration {
        c.say(
            "warm_up",
            &["duration"],
            format!(
                "`warm_up` ({}) leaves nothing of `duration` ({})",
                s.warm_up, s.duration
            ),
            "not less than the duration",
            "make the duration longer or the warm-up shorter",
        );
    }
    if let Some(every) = s.observe.sample_every
        && every.ns() > 0
        && s.duration.ns() / every.ns() > SAMPLES_MAX
    {
        c.limit(
            "observe.sample_every",
            &["duration"],
            format!(
                "`observe.sample_every` ({every}) makes {} rows of `duration` ({}), at most {SAMPLES_MAX} are written",
                s.duration.ns() / every.ns(),
                s.duration
            ),
            "is too short",
            "",
        );
    }
    if let super::super::schema::Latency::Plane(plane) = &s.underlay.latency
        && plane.speed.metres_per_second() > 0
    {
        const DIAGONAL: f64 = std::f64::consts::SQRT_2;
        let seconds = plane.width.metres() as f64 * DIAGONAL / plane.speed.metres_per_second() as f64;
        if seconds > 3600.0 {
            c.limit(
                "underlay.latency.plane.speed",
                &["underlay.latency.plane.width"],
                format!(
                    "at `underlay.latency.plane.speed` ({}) a message takes more than an hour across `width` ({})",
                    plane.speed, plane.width
                ),
                "is too slow",
                "leave it out for light in fibre",
            );
        }
    }
}

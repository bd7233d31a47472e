//! Who writes and reads which value, when: planned before the run, so that it is the same under every overlay.

use super::popularity::Popularity;
use super::workload::{visit_moments, visit_moments_of};
use crate::engine::sample::AliasTable;
use crate::engine::{Draw as _, PeerId, Purpose, Seed, Sessions};
use crate::overlay::dht::{Identifier, Version};

/// Who may be drawn as a value's writer before it is given to one that is offline.
const DRAWS_MAX: u32 = 1_000;

/// A value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedValue {
    /// Its key.
    pub key: Identifier,
    /// The only peer that writes it.
    pub writer: PeerId,
}

/// A write of a value by its writer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedWrite {
    /// When, nanoseconds.
    pub at_ns: u64,
    /// The value's number.
    pub value: u32,
    /// The version that it makes: 1, 2, 3 and so on for each value.
    pub version: Version,
}

/// A read of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedRead {
    /// When, nanoseconds.
    pub at_ns: u64,
    /// By whom.
    pub origin: PeerId,
    /// The value's number.
    pub value: u32,
}

/// All values of a run. The number of a write or read is its position in the plan, which is sorted by time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ValuePlan {
    /// The values, by number: the most popular first.
    pub values: Vec<PlannedValue>,
    /// The writes, in order of time and value.
    pub writes: Vec<PlannedWrite>,
    /// The reads, in order of time and origin.
    pub reads: Vec<PlannedRead>,
}

/// What a plan is made by.
#[derive(Clone, Copy, Debug)]
pub struct ValueLaw<'a> {
    /// How often each value is read; there are as many values as this knows.
    pub popularity: &'a Popularity,
    /// Number of values, 1 or more.
    pub values: u32,
    /// Every value is first written at a moment drawn uniformly from here on, nanoseconds,
    pub from_ns: u64,
    /// and before this, nanoseconds, when reading begins; later than `from_ns`.
    pub reads_from_ns: u64,
    /// Nothing is written or read at or after this, nanoseconds.
    pub end_ns: u64,
    /// Further writes of a value per second while its writer is online.
    pub writes_hz: f64,
    /// Bits of an identifier.
    pub width: u32,
}

/// The key of a value.
pub fn value_key(value: u32, width: u32) -> Identifier {
    Identifier::hashed(format!("value {value}").as_bytes(), width)
}

/// Plans the values of a run of `peers`, each of which reads `rate_hz(peer)` times a second while it is online. Writers are drawn
/// in proportion to these rates from those that are online at the first write, as far as such are found in a thousand draws.
///
/// Sessions are as planned: what an action of the scenario does to them is not known here, and what finds its origin offline is
/// counted as such.
///
/// # Panics
/// When a rate is negative or no number, there are no peers or values, the times are not in order, or there are 2^32 writes or
/// reads.
pub fn value_plan(
    peers: u32,
    rate_hz: impl Fn(PeerId) -> f64,
    sessions: &dyn Sessions,
    law: ValueLaw<'_>,
    seed: Seed,
) -> ValuePlan {
    assert!(peers > 0 && law.values > 0, "somebody writes something");
    assert!(law.from_ns < law.reads_from_ns, "first writes take some time");
    let rates: Vec<f64> = (0..peers).map(|peer| rate_hz(PeerId(peer))).collect();
    // Where nobody ever reads, anybody may write.
    let active = AliasTable::new(&rates).ok();
    let mut plan = ValuePlan::default();
    for value in 0..law.values {
        // Peers have the streams below: see `visit_moments`.
        let entity = 1 << u32::BITS | u64::from(value);
        let mut stream = seed.stream(Purpose::Workload, entity);
        let first_ns = law.from_ns + stream.below(law.reads_from_ns - law.from_ns);
        let mut draw = || match &active {
            Some(active) => PeerId(active.draw(&mut stream)),
            None => PeerId::at(stream.position(peers as usize)),
        };
        let mut writer = draw();
        for _ in 1..DRAWS_MAX {
            if is_online(sessions, writer, first_ns) {
                break;
            }
            writer = draw();
        }
        let key = value_key(value, law.width);
        plan.values.push(PlannedValue { key, writer });
        let mut moments = vec![first_ns];
        // Number 0 was the writer's.
        let stream = |number: u32| seed.stream_at(Purpose::Workload, entity, number + 1);
        visit_moments_of(writer, law.writes_hz, sessions, law.end_ns, stream, |at_ns, _| {
            if at_ns > first_ns {
                moments.push(at_ns);
            }
        });
        let writes = (1..).map(Version).zip(moments);
        plan.writes.extend(writes.map(|(version, at_ns)| PlannedWrite {
            at_ns,
            value,
            version,
        }));
    }
    visit_moments(
        peers,
        |peer| rates[peer.index()],
        sessions,
        law.end_ns,
        seed,
        |origin, at_ns, stream| {
            let value = law.popularity.draw(stream).0;
            // Memoryless: leaving out the beginning changes nothing of what follows.
            if at_ns >= law.reads_from_ns {
                plan.reads.push(PlannedRead { at_ns, origin, value });
            }
        },
    );
    for number in [plan.writes.len(), plan.reads.len()] {
        assert!(
            u32::try_from(number).is_ok(),
            "writes and reads are numbered by 32 bits"
        );
    }
    plan.writes.sort_by_key(|write| (write.at_ns, write.value));
    plan.reads.sort_by_key(|read| (read.at_ns, read.origin));
    plan
}

/// Whether a peer is planned to be online at a moment.
fn is_online(sessions: &dyn Sessions, peer: PeerId, at_ns: u64) -> bool {
    let (mut number, mut previous_end_ns) = (0, 0);
    while let Some(session) = sessions.session(peer, number, previous_end_ns) {
        if session.end_ns > at_ns {
            return session.start_ns <= at_ns;
        }
        previous_end_ns = session.end_ns;
        number += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sessions::AlwaysOnline;
    use crate::engine::time::{NEVER_NS, SECOND_NS};
    use crate::engine::{Departure, PlannedSession};
    use crate::sharing::popularity::PopularityLaw;
    use crate::sharing::testing::SEED;

    fn plan(values: u32, writes_hz: f64, sessions: &dyn Sessions) -> ValuePlan {
        let popularity = Popularity::new(PopularityLaw::Uniform, values).unwrap();
        let law = ValueLaw {
            popularity: &popularity,
            values,
            from_ns: 10 * SECOND_NS,
            reads_from_ns: 20 * SECOND_NS,
            end_ns: 1_020 * SECOND_NS,
            writes_hz,
            width: 160,
        };
        let rate_hz = |peer: PeerId| if peer.0.is_multiple_of(2) { 0.1 } else { 0.0 };
        value_plan(40, rate_hz, sessions, law, SEED)
    }

    /// Every fourth peer comes late.
    struct Late;

    impl Sessions for Late {
        fn session(&self, peer: PeerId, number: u32, _: u64) -> Option<PlannedSession> {
            let start_ns = if peer.0.is_multiple_of(4) {
                500 * SECOND_NS
            } else {
                0
            };
            (number == 0).then_some(PlannedSession {
                start_ns,
                end_ns: NEVER_NS,
                departure: Departure::Graceful,
            })
        }
    }

    #[test]
    fn versions_are_counted_and_begin_in_time() {
        let plan = plan(50, 0.01, &AlwaysOnline);
        assert!(plan.writes.is_sorted_by_key(|write| (write.at_ns, write.value)));
        for value in 0..50 {
            let of_value: Vec<&PlannedWrite> =
                plan.writes.iter().filter(|write| write.value == value).collect();
            let first_s = of_value[0].at_ns / SECOND_NS;
            assert!((10..20).contains(&first_s), "{first_s}");
            let versions: Vec<u32> = of_value.iter().map(|write| write.version.0).collect();
            assert!(
                versions
                    .iter()
                    .copied()
                    .eq(1..=u32::try_from(versions.len()).unwrap())
            );
        }
        // Ten more of each in a thousand seconds: five standard deviations of the Poisson law are allowed.
        let further = (plan.writes.len() - 50) as f64;
        assert!((further - 500.0).abs() < 5.0 * 500.0_f64.sqrt(), "{further}");
    }

    #[test]
    fn reads_come_later_at_their_rate_and_only_the_active_take_part() {
        let plan = plan(50, 0.0, &AlwaysOnline);
        assert_eq!(plan.writes.len(), 50);
        let reads = plan.reads.len() as f64;
        assert!((reads - 2_000.0).abs() < 5.0 * 2_000.0_f64.sqrt(), "{reads}");
        for read in &plan.reads {
            assert!((20..1_020).contains(&(read.at_ns / SECOND_NS)) && read.origin.0 % 2 == 0);
        }
        assert!(plan.values.iter().all(|value| value.writer.0 % 2 == 0));
    }

    #[test]
    fn writers_are_online_at_their_first_write() {
        let plan = plan(50, 0.01, &Late);
        for value in &plan.values {
            assert_eq!(value.writer.0 % 4, 2, "{value:?}");
        }
        let early = plan.reads.iter().filter(|read| read.at_ns < 500 * SECOND_NS);
        assert!(early.into_iter().all(|read| read.origin.0 % 4 == 2));
    }
}

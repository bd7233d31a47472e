//! Measured sessions: one host a line, `host k start end start end ...`, times in seconds.
//!
//! The form of the Gnutella trace of Saroiu, Gummadi and Gribble (2001) as it was passed on with PeerSim. Times are
//! decimals and are read as decimals: no float comes between the file and the nanosecond.

use std::collections::BTreeSet;

use crate::engine::time::SECOND_NS;

/// The sessions of many hosts, each host's in order and without overlap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Start and end of every session in nanoseconds, host after host.
    sessions: Vec<(u64, u64)>,
    /// `offsets[h]..offsets[h + 1]` are host h's.
    offsets: Vec<u32>,
}

/// What is wrong with a trace, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TraceError {
    /// Number of the line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong there.
    pub problem: TraceProblem,
}

/// What is wrong with a line of a trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TraceProblem {
    /// No host at all.
    #[error("the trace has no host")]
    NoHost,
    /// More than fits 32 bits.
    #[error("the trace has more than 4,294,967,295 sessions")]
    TooLarge,
    /// The number of sessions is missing.
    #[error("host {host} has no number of sessions after it")]
    NoCount {
        /// The host.
        host: String,
    },
    /// The number of sessions is not a whole number.
    #[error("the number of sessions is {text:?}, not a whole number")]
    Count {
        /// What stands there.
        text: String,
    },
    /// There are more or fewer times than announced.
    #[error("{sessions} sessions have {} times, but {times} are given", 2 * u128::from(*sessions))]
    Times {
        /// Sessions announced.
        sessions: u32,
        /// Times found.
        times: usize,
    },
    /// A time is not a decimal number of seconds.
    #[error("the time {text:?} is not a decimal number of seconds from 0 to 18,446,744,072")]
    Time {
        /// What stands there.
        text: String,
    },
    /// A session ends before it begins.
    #[error("session {session} (from 1) ends before it begins")]
    Backwards {
        /// Its number within the line, from 1.
        session: usize,
    },
    /// A session begins before the one before it ends.
    #[error("session {session} (from 1) begins before the one before it ends")]
    Overlap {
        /// Its number within the line, from 1.
        session: usize,
    },
    /// A host has two lines.
    #[error("host {host} was on an earlier line already")]
    Repeated {
        /// The host.
        host: String,
    },
}

impl Trace {
    /// Reads a trace. Fields are separated by spaces or tabs; empty lines and those that begin with `#` are skipped;
    /// a host's name may be any word that no other line has. Sessions of length zero are kept here.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut trace = Self {
            sessions: Vec::new(),
            offsets: vec![0],
        };
        let mut hosts = BTreeSet::new();
        for (index, content) in text.lines().enumerate() {
            let at_line = |problem| TraceError {
                line: index + 1,
                problem,
            };
            let mut fields = content.split_whitespace();
            let Some(host) = fields.next().filter(|host| !host.starts_with('#')) else {
                continue;
            };
            if !hosts.insert(host) {
                let host = host.to_owned();
                return Err(at_line(TraceProblem::Repeated { host }));
            }
            trace.read_host(host, fields).map_err(at_line)?;
        }
        if hosts.is_empty() {
            let problem = TraceProblem::NoHost;
            return Err(TraceError { line: 0, problem });
        }
        Ok(trace)
    }

    fn read_host<'a>(
        &mut self,
        host: &str,
        mut fields: impl Iterator<Item = &'a str>,
    ) -> Result<(), TraceProblem> {
        let count = fields.next().ok_or_else(|| TraceProblem::NoCount {
            host: host.to_owned(),
        })?;
        let sessions: u32 = count.parse().map_err(|_| TraceProblem::Count {
            text: count.to_owned(),
        })?;
        let mut times = 0;
        let mut start_ns = 0;
        let mut last_ns = 0;
        for text in fields {
            let ns = decimal_seconds_ns(text).ok_or_else(|| TraceProblem::Time {
                text: text.to_owned(),
            })?;
            times += 1;
            let session = usize::div_ceil(times, 2);
            let is_start = times % 2 == 1;
            if ns < last_ns {
                return Err(if is_start {
                    TraceProblem::Overlap { session }
                } else {
                    TraceProblem::Backwards { session }
                });
            }
            last_ns = ns;
            if is_start {
                start_ns = ns;
            } else {
                self.sessions.push((start_ns, ns));
            }
        }
        if u64::try_from(times) != Ok(2 * u64::from(sessions)) {
            return Err(TraceProblem::Times { sessions, times });
        }
        let end = u32::try_from(self.sessions.len()).map_err(|_| TraceProblem::TooLarge)?;
        self.offsets.push(end);
        Ok(())
    }

    /// The trace as it is to be played from `offset_ns` on: times count from there, a session under way is cut there,
    /// what ended before is gone. Sessions of length zero are left out (nobody can be met in them), and two that touch
    /// are one (nobody saw the host away). Hosts keep their places, those without sessions too.
    #[must_use]
    pub fn from_offset(&self, offset_ns: u64) -> Self {
        let mut cut = Self {
            sessions: Vec::with_capacity(self.sessions.len()),
            offsets: Vec::with_capacity(self.offsets.len()),
        };
        cut.offsets.push(0);
        for host in 0..self.hosts() {
            let first = cut.sessions.len();
            for &(start_ns, end_ns) in self.of_host(host) {
                let start_ns = start_ns.saturating_sub(offset_ns);
                let end_ns = end_ns.saturating_sub(offset_ns);
                if start_ns == end_ns {
                    continue;
                }
                match cut.sessions[first..].last_mut() {
                    Some(last) if last.1 == start_ns => last.1 = end_ns,
                    _ => cut.sessions.push((start_ns, end_ns)),
                }
            }
            let end = u32::try_from(cut.sessions.len()).expect("no more sessions than before");
            cut.offsets.push(end);
        }
        cut
    }

    /// Number of hosts, those that were never up included.
    pub fn hosts(&self) -> u32 {
        u32::try_from(self.offsets.len() - 1).expect("a host has a line of its own in a file read whole")
    }

    /// Number of sessions of all hosts.
    pub fn sessions(&self) -> u32 {
        *self.offsets.last().expect("a trace has a first offset")
    }

    /// Start and end in nanoseconds of a host's sessions, in order. Hosts are numbered from 0 in the order of their lines.
    ///
    /// # Panics
    /// When there is no such host.
    pub fn of_host(&self, host: u32) -> &[(u64, u64)] {
        let host = host as usize;
        &self.sessions[self.offsets[host] as usize..self.offsets[host + 1] as usize]
    }

    /// When the last session ends, in nanoseconds; 0 if there is none.
    pub fn end_ns(&self) -> u64 {
        self.sessions.iter().map(|session| session.1).max().unwrap_or(0)
    }
}

/// Reads decimal seconds (`12`, `0.5`, `.5`, `7.`) as nanoseconds, exactly; from the tenth decimal on it is rounded,
/// halves up. `None` for anything else (signs and exponents too) and for 18,446,744,073 s and more.
pub fn decimal_seconds_ns(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_decimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_decimal(whole) || !is_decimal(fraction) {
        return None;
    }
    let seconds = whole.bytes().try_fold(0_u64, |sum, byte| {
        sum.checked_mul(10)?.checked_add(u64::from(byte - b'0'))
    })?;
    let digit = |place: usize| {
        fraction
            .as_bytes()
            .get(place)
            .map_or(0, |byte| u64::from(byte - b'0'))
    };
    let nanoseconds = (0..9).fold(0, |sum, place| sum * 10 + digit(place)) + u64::from(digit(9) >= 5);
    seconds.checked_mul(SECOND_NS)?.checked_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::seconds;
    use crate::engine::{Draw, Purpose, Seed};
    use std::io::Read;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, expected) in [
            ("0", Some(0)),
            ("12", Some(12 * SECOND_NS)),
            ("0.421379499999603", Some(421_379_500)),
            ("0.4213794994999999", Some(421_379_499)),
            ("0.0000000005", Some(1)),
            ("0.00000000049999", Some(0)),
            ("0.9999999999", Some(SECOND_NS)),
            ("218549.6", Some(218_549_600_000_000)),
            // As a float, this would be 9007199.254740994 s.
            ("9007199.254740993", Some(9_007_199_254_740_993)),
            (".5", Some(500_000_000)),
            ("7.", Some(7 * SECOND_NS)),
            ("000000000000000000000000001", Some(SECOND_NS)),
            ("18446744073.709551615", Some(u64::MAX)),
            ("18446744073.709551616", None),
            ("18446744073.7095516155", None),
            ("99999999999999999999999", None),
            ("", None),
            (".", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("1.2.3", None),
            ("nan", None),
            ("1,5", None),
            ("\u{662}", None),
        ] {
            assert_eq!(decimal_seconds_ns(text), expected, "{text}");
        }
    }

    /// Every time that the results print is read back as itself, and a tenth decimal rounds it.
    #[test]
    fn printed_times_are_read_back() {
        let seed = Seed {
            seed: 1,
            replication: 0,
        };
        let mut draw = seed.stream(Purpose::Observation, 0);
        for bound in (1..64).map(|bits| 1_u64 << bits).cycle().take(10_000) {
            let ns = draw.below(bound);
            assert_eq!(decimal_seconds_ns(&seconds(ns)), Some(ns));
            let (whole, rest) = (ns / SECOND_NS, ns % SECOND_NS);
            for digit in 0..10 {
                let text = format!("{whole}.{rest:09}{digit}999");
                assert_eq!(
                    decimal_seconds_ns(&text),
                    Some(ns + u64::from(digit >= 5)),
                    "{text}"
                );
            }
        }
    }

    /// Whatever stands in a file, the parser answers.
    #[test]
    fn no_text_makes_the_parser_panic() {
        let seed = Seed {
            seed: 2,
            replication: 0,
        };
        let mut draw = seed.stream(Purpose::Observation, 0);
        let pieces = [
            "a",
            "b",
            " ",
            "\t",
            "\n",
            "\r\n",
            "1",
            "2",
            "0",
            ".",
            "-",
            "#",
            "\u{e9}",
            "18446744073.8",
            "1 1 2\n",
        ];
        let mut accepted = 0;
        for _ in 0..20_000 {
            let length = draw.position(12);
            let text: String = (0..length).map(|_| pieces[draw.position(pieces.len())]).collect();
            if let Ok(trace) = Trace::parse(&text) {
                accepted += 1;
                for host in 0..trace.hosts() {
                    let times: Vec<u64> = trace
                        .of_host(host)
                        .iter()
                        .flat_map(|span| [span.0, span.1])
                        .collect();
                    assert!(times.is_sorted(), "{text:?}");
                }
            }
        }
        assert!(accepted > 100, "{accepted}");
    }

    #[test]
    fn lines_become_hosts() {
        let trace = Trace::parse("# a comment\na 2 0.5 1 2 2\n\nb\t0\n c 1 3 4.25\r\n").unwrap();
        assert_eq!((trace.hosts(), trace.sessions()), (3, 3));
        assert_eq!(
            trace.of_host(0),
            [(500_000_000, SECOND_NS), (2 * SECOND_NS, 2 * SECOND_NS)]
        );
        assert_eq!(trace.of_host(1), []);
        assert_eq!(trace.of_host(2), [(3 * SECOND_NS, 4_250_000_000)]);
        assert_eq!(trace.end_ns(), 4_250_000_000);
    }

    #[test]
    fn an_offset_cuts_and_cleans() {
        let trace = Trace::parse("a 5 1 2 3 6 7 7 8 9 9 10\nb 1 0 4\n").unwrap();
        let s = SECOND_NS;
        let cut = trace.from_offset(4 * s);
        assert_eq!(cut.of_host(0), [(0, 2 * s), (4 * s, 6 * s)]);
        assert_eq!(cut.of_host(1), []);
        let whole = trace.from_offset(0);
        assert_eq!(whole.of_host(0), [(s, 2 * s), (3 * s, 6 * s), (8 * s, 10 * s)]);
        assert_eq!(trace.from_offset(u64::MAX).sessions(), 0);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, message) in [
            ("", 0, "the trace has no host"),
            ("# nothing\n\n", 0, "the trace has no host"),
            ("a 0\nb\n", 2, "host b has no number of sessions after it"),
            ("a x\n", 1, "the number of sessions is \"x\", not a whole number"),
            (
                "a -1\n",
                1,
                "the number of sessions is \"-1\", not a whole number",
            ),
            ("a 1\n", 1, "1 sessions have 2 times, but 0 are given"),
            ("a 1 2\n", 1, "1 sessions have 2 times, but 1 are given"),
            ("a 0 2 3\n", 1, "0 sessions have 0 times, but 2 are given"),
            (
                "a 4294967295 2 3\n",
                1,
                "4294967295 sessions have 8589934590 times, but 2 are given",
            ),
            (
                "\na 1 2 nan\n",
                2,
                "the time \"nan\" is not a decimal number of seconds from 0 to 18,446,744,072",
            ),
            ("a 1 2 1\n", 1, "session 1 (from 1) ends before it begins"),
            (
                "a 2 1 3 2 4\n",
                1,
                "session 2 (from 1) begins before the one before it ends",
            ),
            ("a 0\na 0\n", 2, "host a was on an earlier line already"),
        ] {
            let error = Trace::parse(text).unwrap_err();
            assert_eq!((error.line, error.problem.to_string().as_str()), (line, message));
        }
    }

    /// The measured trace, where the data lies beside the package.
    #[test]
    fn the_gnutella_trace_of_2001_is_read_whole() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/data/churn/gnutella-saroiu-2001-sessions.txt.gz"
        );
        let Ok(file) = std::fs::File::open(path) else {
            println!("SKIPPED: {path} is absent");
            return;
        };
        let mut text = String::new();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .unwrap();
        let trace = Trace::parse(&text).unwrap();
        assert_eq!((trace.hosts(), trace.sessions()), (17_125, 166_071));
        let up = (0..trace.hosts()).filter(|host| !trace.of_host(*host).is_empty());
        assert_eq!(up.count(), 14_692);
        assert_eq!(trace.of_host(0)[0], (421_379_500, 9_692_289_786_000));
        let all = (0..trace.hosts()).flat_map(|host| trace.of_host(host));
        assert_eq!(all.filter(|(start, end)| start == end).count(), 201);
        let cut = trace.from_offset(0);
        assert_eq!(cut.sessions(), 166_071 - 201);
        // At nine evenly spaced moments between 6,431 and 9,115 hosts are up.
        let counts: Vec<usize> = (1..10)
            .map(|tenth| trace.end_ns() / 10 * tenth)
            .map(|at| {
                let is_up = |host: &u32| {
                    cut.of_host(*host)
                        .iter()
                        .any(|&(start, end)| (start..end).contains(&at))
                };
                (0..cut.hosts()).filter(is_up).count()
            })
            .collect();
        assert_eq!(
            (counts.iter().min(), counts.iter().max()),
            (Some(&6431), Some(&9115))
        );
        // Played from a moment, just those are up at the start.
        let later = trace.from_offset(trace.end_ns() / 10 * 5);
        let up = (0..later.hosts()).filter(|host| later.of_host(*host).first().is_some_and(|s| s.0 == 0));
        assert_eq!(up.count(), counts[4]);
    }
}

//! Traces: the same lines from every engine, and nothing else changes because somebody reads along.

use servent::engine::Verdict;
use servent::experiment::{Played, Results, Witness, play};
use servent::overlay::books::{Fate, TraceLine};
use servent::scenario::build::Model;

use super::cases::text;
use super::engines::{by_engine, conduct, differences, lab, perform};

/// Keeps all lines.
#[derive(Default)]
struct Scribe(Vec<TraceLine>);

impl Witness for Scribe {
    fn window_closed(&mut self, _: u64, _: u64) -> Verdict {
        Verdict::Continue
    }

    fn wants_trace(&self) -> bool {
        true
    }

    fn trace(&mut self, lines: &[TraceLine], _: &dyn Fn(u32) -> u64) {
        self.0.extend_from_slice(lines);
    }
}

fn check(name: &str) {
    let lab = lab(text(name));
    let mut expected = Vec::new();
    perform(&lab, 1, &mut |model, _| {
        let Model::Gnutella(mut setup, frame) = model else {
            panic!("nothing to trace")
        };
        setup.world.library.is_traced = true;
        let (outcome, notes) = conduct(*setup, &frame);
        expected.clone_from(&outcome.tally.search.trace);
        Played::new(outcome, move |outcome| {
            Results::of_sharing(*frame, outcome, &notes)
        })
    });
    expected.sort_unstable();
    let untraced = by_engine(&lab, 2);
    for threads in [1, 2, 8] {
        let mut scribe = Scribe::default();
        let left = perform(&lab, threads, &mut |model, threads| {
            play(model, threads, &mut scribe)
        });
        let place = scribe.0.iter().zip(&expected).position(|(a, b)| a != b);
        let lines = place.map(|place| (scribe.0[place], expected[place]));
        assert_eq!(lines, None, "{name}, {threads} threads: line {place:?} differs");
        assert_eq!(scribe.0.len(), expected.len(), "{name}, {threads} threads");
        let found = differences(&left.files, &untraced.files);
        assert!(found.is_empty(), "{name}: tracing changes results:\n{found}");
    }
    for fate in [Fate::Accepted, Fate::Answered, Fate::Expired, Fate::Arrived] {
        let count = expected.iter().filter(|line| line.fate == fate).count();
        assert!(count > 0, "{name}: nothing is {fate:?}");
    }
}

#[test]
fn floods() {
    check("plane_truth_sample");
}

#[test]
fn walks() {
    check("walks_checked");
}

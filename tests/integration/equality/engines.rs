//! Plays a scenario on the reference engine and on the real one, and holds everything they leave against each other.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use servent::engine::{Outcome, Verdict};
use servent::experiment::{Played, Results, Run, Witness, play};
use servent::overlay::Overlay;
use servent::overlay::dht::Router;
use servent::records::Summary;
use servent::scenario::build::{Frame, Model, UnderlaySetup};
use servent::sharing::director::{Notes, Observatory, Programme, Unwatched};
use servent::sharing::observed::Observed;
use servent::sharing::truth::Oracle;
use servent::sharing::{BareLookups, FileSharing, Keepers};

use super::inputs;
use super::oracle::Naive;
use crate::reference;
use crate::support::{Lab, collect, scenario};

/// A scenario with all input files of this room beside it.
pub(super) fn lab(toml: &str) -> Lab {
    let mut lab = scenario(toml);
    for (name, text) in inputs::all() {
        lab = lab.file(name, text);
    }
    lab
}

/// What one run left.
pub(super) struct Left {
    pub(super) summary: Summary,
    /// Every file but the provenance, by name.
    pub(super) files: Vec<(String, Vec<u8>)>,
    pub(super) events: u64,
    /// Most events in one window; 0 for the reference engine, which has none.
    pub(super) widest_window_events: u64,
}

impl Left {
    /// The text of one file.
    pub(super) fn text(&self, name: &str) -> &str {
        let (_, bytes) = self.files.iter().find(|(other, _)| other == name).unwrap();
        std::str::from_utf8(bytes).unwrap()
    }

    /// One of the summary's digests.
    pub(super) fn digest(&self, channel: &str) -> &str {
        &self.summary.digests()[channel]
    }
}

/// Measures windows.
#[derive(Default)]
struct Gauge {
    events: u64,
    widest: u64,
}

impl Witness for Gauge {
    fn window_closed(&mut self, _: u64, events: u64) -> Verdict {
        self.widest = self.widest.max(events - self.events);
        self.events = events;
        Verdict::Continue
    }
}

/// Runs a scenario on the real engine.
pub(super) fn by_engine(lab: &Lab, threads: usize) -> Left {
    let mut gauge = Gauge::default();
    let mut left = perform(lab, threads, &mut |model, threads| {
        play(model, threads, &mut gauge)
    });
    left.widest_window_events = gauge.widest;
    left
}

/// Runs a scenario on the reference engine, with its own heap, flows and truth.
pub(super) fn by_reference(lab: &Lab) -> Left {
    perform(lab, 1, &mut |model, _| match model {
        Model::Gnutella(setup, frame) => sharing(*setup, *frame),
        Model::Chord(setup, frame) => sharing(*setup, *frame),
        Model::ChordLookups(setup, frame) => lookups(*setup, *frame),
        Model::Kademlia(setup, frame) => sharing(*setup, *frame),
        Model::KademliaLookups(setup, frame) => lookups(*setup, *frame),
        Model::Central(setup, frame) => sharing(*setup, *frame),
        Model::Tracker(setup, frame) => sharing(*setup, *frame),
        Model::ClientServer(setup, frame) => sharing(*setup, *frame),
        Model::SuperPeer(setup, frame) => sharing(*setup, *frame),
        Model::GnutellaChord(setup, frame) => sharing(*setup, *frame),
        Model::GnutellaKademlia(setup, frame) => sharing(*setup, *frame),
        Model::CentralChord(setup, frame) => sharing(*setup, *frame),
        Model::CentralKademlia(setup, frame) => sharing(*setup, *frame),
        Model::TrackerChord(setup, frame) => sharing(*setup, *frame),
        Model::TrackerKademlia(setup, frame) => sharing(*setup, *frame),
        Model::Transfers(setup, frame) => {
            let (outcome, notes) = conduct(*setup, &frame);
            Played::new(outcome, move |outcome| {
                Results::of_transfers(*frame, outcome, &notes)
            })
        }
    })
}

fn sharing<O: Overlay + 'static>(setup: UnderlaySetup<FileSharing<O>>, frame: Frame) -> Played {
    let (outcome, notes) = conduct(setup, &frame);
    Played::new(outcome, move |outcome| {
        Results::of_sharing(frame, outcome, &notes)
    })
}

fn lookups<R: Router>(setup: UnderlaySetup<BareLookups<R>>, frame: Frame) -> Played {
    let (outcome, notes) = conduct_with(Box::new(Keepers), setup, &frame);
    Played::new(outcome, move |outcome| {
        Results::of_lookups(frame, outcome, &notes)
    })
}

pub(super) fn conduct<P: Observed>(setup: UnderlaySetup<P>, frame: &Frame) -> (Outcome<P>, Notes) {
    conduct_with(Box::new(Naive), setup, frame)
}

fn conduct_with<P: Observed>(
    oracle: Box<dyn Oracle<P>>,
    setup: UnderlaySetup<P>,
    frame: &Frame,
) -> (Outcome<P>, Notes) {
    // What the builder knows beforehand of the network's shape is looked at here all the same.
    let programme = Programme {
        full_shape: None,
        ..frame.programme.clone()
    };
    let mut watcher = Unwatched;
    let mut observatory = Observatory::new(programme, frame.seed, oracle, &mut watcher);
    let outcome = reference::run(setup, &mut observatory);
    (outcome, observatory.notes)
}

pub(super) fn perform(lab: &Lab, threads: usize, player: &mut dyn FnMut(Model, usize) -> Played) -> Left {
    let mut request = lab.request();
    request.threads = threads;
    request.out = Some(lab.path().join("again"));
    let run = Run::read(request).unwrap_or_else(|error| panic!("{error}"));
    let finished = run.perform_with(player).unwrap_or_else(|error| panic!("{error}"));
    let left = Left {
        files: files(&finished.place),
        events: finished.provenance.events,
        summary: finished.summary,
        widest_window_events: 0,
    };
    fs::remove_dir_all(&finished.place).unwrap();
    left
}

/// Every file of a result but the provenance, by name.
pub(super) fn files(place: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    collect(place, place, &mut files);
    files.sort();
    files
}

/// Runs of up to so many events are played on the reference engine as well.
const REFERENCE_EVENTS_MAX: u64 = 1_000_000;

/// Holds what a run left at `place` against the reference engine's and that of 2 and 8 threads; a larger run, in release
/// builds, against 2 threads only.
pub(crate) fn hold(lab: &Lab, place: &Path, events: u64) {
    let expected = files(place);
    let compare = |engine: &str, left: &Left| {
        let found = differences(&left.files, &expected);
        assert!(found.is_empty(), "{engine} leaves something else:\n{found}");
        assert_eq!(left.events, events, "{engine}");
    };
    if events <= REFERENCE_EVENTS_MAX {
        compare("the reference engine", &by_reference(lab));
        compare("the engine on 8 threads", &by_engine(lab, 8));
    } else if cfg!(debug_assertions) {
        return;
    }
    compare("the engine on 2 threads", &by_engine(lab, 2));
}

/// Plays a scenario on all engines and compares every byte; gives back what the reference left.
pub(super) fn check(name: &str, toml: &str) -> Left {
    let lab = lab(toml);
    let expected = by_reference(&lab);
    let mut report = String::new();
    for threads in [1, 2, 8] {
        let left = by_engine(&lab, threads);
        println!(
            "{name}, {threads} threads: {} events, {} in the widest window",
            left.events, left.widest_window_events
        );
        let found = differences(&left.files, &expected.files);
        if !found.is_empty() {
            writeln!(
                report,
                "{name} on {threads} threads against the reference:\n{found}"
            )
            .unwrap();
        }
        if left.events != expected.events {
            writeln!(report, "{} events, not {}", left.events, expected.events).unwrap();
        }
        if threads == 8 && name.starts_with("wide") && left.widest_window_events < 4_096 {
            writeln!(report, "no window is wide enough to run in parallel").unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
    expected
}

/// Where two results differ: the first line of each file that does; empty if nowhere.
pub(super) fn differences(left: &[(String, Vec<u8>)], right: &[(String, Vec<u8>)]) -> String {
    let mut report = String::new();
    let names =
        |files: &[(String, Vec<u8>)]| -> Vec<String> { files.iter().map(|(name, _)| name.clone()).collect() };
    if names(left) != names(right) {
        return format!("other files: {:?}, not {:?}\n", names(left), names(right));
    }
    for ((name, left), (_, right)) in left.iter().zip(right) {
        if left == right {
            continue;
        }
        let (left, right) = (String::from_utf8_lossy(left), String::from_utf8_lossy(right));
        let place = left
            .lines()
            .zip(right.lines())
            .position(|(left, right)| left != right);
        let place = place.unwrap_or(left.lines().count().min(right.lines().count()));
        let line = |text: &str| text.lines().nth(place).unwrap_or("(ends)").to_owned();
        writeln!(
            report,
            "  {name}, line {}:\n    {}\n    {}",
            place + 1,
            line(&left),
            line(&right)
        )
        .unwrap();
    }
    report
}

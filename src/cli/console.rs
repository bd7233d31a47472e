//! The terminal as a run sees it: progress, signals, the files that are written while it runs.

use std::path::Path;

use super::capture::{Capture, CaptureError};
use super::exit::{Exit, Failure};
use super::leftovers;
use super::progress::Progress;
use super::run::failure;
use super::signals::Signals;
use super::trace::Trace;
use crate::engine::Verdict;
use crate::experiment::Witness;
use crate::overlay::books::{Packet, TraceLine};
use crate::records::{RecordError, TraceRow, Unfinished};

/// Where what is written during a run goes.
pub(super) struct Streams<'p> {
    /// The trace.
    pub(super) trace: Option<&'p Path>,
    /// The packets.
    pub(super) pcap: Option<&'p Path>,
}

/// Watches a run for whoever called it.
pub(super) struct Console<'s> {
    signals: &'s Signals,
    progress: Progress,
    trace: Option<Trace>,
    capture: Option<Capture>,
}

impl<'s> Console<'s> {
    /// Begins the files.
    pub(super) fn new(
        signals: &'s Signals,
        duration_ns: u64,
        quiet: bool,
        streams: &Streams<'_>,
    ) -> Result<Self, Failure> {
        let trace = streams.trace.map(Trace::create).transpose().map_err(refused)?;
        if let Some(unfinished) = trace.as_ref().and_then(Trace::unfinished) {
            leftovers::note(unfinished);
        }
        let capture = streams.pcap.map(Capture::create).transpose().map_err(refused)?;
        if let Some(unfinished) = capture.as_ref().and_then(Capture::unfinished) {
            leftovers::note(unfinished);
        }
        Ok(Self {
            signals,
            progress: Progress::new(duration_ns, quiet),
            trace,
            capture,
        })
    }

    /// The run has ended, in whatever way.
    ///
    /// # Errors
    /// A file that could not be written, which stopped the run.
    pub(super) fn run_ended(&mut self) -> Result<(), Failure> {
        self.progress.finish();
        let error = self.trace.as_mut().and_then(Trace::take_error);
        error.map_or(Ok(()), |error| Err(refused(error)))?;
        match self.capture.as_mut().and_then(Capture::take_error) {
            None => Ok(()),
            Some(CaptureError::Record(error)) => Err(refused(error)),
            Some(error @ CaptureError::Packet(_)) => Err(Failure::new(Exit::BadInput, error)),
        }
    }

    /// Completes the files and gives them their names.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.trace.map_or(Ok(()), Trace::finish).map_err(refused)?;
        self.capture.map_or(Ok(()), Capture::finish).map_err(refused)
    }
}

fn refused(error: RecordError) -> Failure {
    failure(error.into())
}

impl Witness for Console<'_> {
    fn result_begun(&mut self, unfinished: &Unfinished) {
        leftovers::note(unfinished);
    }

    fn window_closed(&mut self, end_ns: u64, events: u64) -> Verdict {
        self.progress.window_closed(end_ns, events);
        let is_failed = self.trace.as_ref().is_some_and(Trace::is_failed)
            || self.capture.as_ref().is_some_and(Capture::is_failed);
        if is_failed || self.signals.exit().is_some() {
            return Verdict::Stop;
        }
        Verdict::Continue
    }

    fn wants_trace(&self) -> bool {
        self.trace.is_some()
    }

    fn trace(&mut self, lines: &[TraceLine], label: &dyn Fn(u32) -> u64) {
        let Some(trace) = &mut self.trace else { return };
        for line in lines {
            let row = TraceRow {
                at_ns: line.at_ns,
                query: u64::from(line.query),
                peer: label(line.peer),
                from: label(line.from),
                hops: line.hops,
                ttl: line.ttl,
                fate: line.fate,
            };
            trace.write(&row);
        }
    }

    fn wants_packets(&self) -> bool {
        self.capture.is_some()
    }

    fn packets(&mut self, packets: &[Packet]) {
        if let Some(capture) = &mut self.capture {
            capture.write(packets);
        }
    }
}

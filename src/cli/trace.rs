//! The file of a trace.

use std::fs::File;
use std::path::Path;

use super::output::Output;
use crate::records::{RecordError, TableWriter, TraceRow, Unfinished};

/// A trace under way. Dropping it without [`Trace::finish`] removes what was written.
pub(super) struct Trace {
    output: Output,
    writer: TableWriter<TraceRow, File>,
    /// What went wrong first; the run is stopped then, to report it.
    error: Option<RecordError>,
}

impl Trace {
    /// Begins a trace at `place`.
    pub(super) fn create(place: &Path) -> Result<Self, RecordError> {
        let output = Output::at(place);
        Ok(Self {
            writer: TableWriter::create(output.path())?,
            output,
            error: None,
        })
    }

    /// What is to be removed if the process must end before this can be dropped.
    pub(super) fn unfinished(&self) -> Option<&Unfinished> {
        self.output.unfinished()
    }

    /// Writes a row, unless an earlier one could not be written.
    pub(super) fn write(&mut self, row: &TraceRow) {
        if self.error.is_none() {
            self.error = self.writer.write(row).err();
        }
    }

    /// Whether a row could not be written.
    pub(super) fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Why a row could not be written.
    pub(super) fn take_error(&mut self) -> Option<RecordError> {
        self.error.take()
    }

    /// Completes the trace and gives it its name.
    pub(super) fn finish(self) -> Result<(), RecordError> {
        self.error.map_or(Ok(()), Err)?;
        self.writer.finish()?;
        self.output.complete("rename a trace to")
    }
}

//! The file of a trace: written under another name and renamed when it is complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::records::{RecordError, TableWriter, TraceRow, Unfinished};

/// A trace under way. Dropping it without [`Trace::finish`] removes what was written.
pub(super) struct Trace {
    place: PathBuf,
    /// Where it is written until it is complete; `None` where a pipe or a device takes it as it comes.
    partial: Option<Partial>,
    writer: TableWriter<TraceRow, File>,
    /// What went wrong first; the run is stopped then, to report it.
    error: Option<RecordError>,
}

impl Trace {
    /// Begins a trace at `place`. What is no plain file there (a pipe, a device) is written to and stays what it is.
    pub(super) fn create(place: &Path) -> Result<Self, RecordError> {
        // Behind symbolic links, so that the file is replaced and not the link.
        let place = fs::canonicalize(place).unwrap_or_else(|_| place.to_path_buf());
        let is_special = fs::metadata(&place).is_ok_and(|found| !found.is_file());
        let (writer, partial) = if is_special {
            (TableWriter::create(&place)?, None)
        } else {
            let mut name = place.file_name().unwrap_or_default().to_owned();
            name.push(format!(".partial-{}", std::process::id()));
            let path = place.with_file_name(name);
            let writer = TableWriter::create(&path)?;
            let unfinished = Unfinished::file(&path);
            (writer, Some(Partial { path, unfinished }))
        };
        Ok(Self {
            place,
            partial,
            writer,
            error: None,
        })
    }

    /// What is to be removed if the process must end before this can be dropped.
    pub(super) fn unfinished(&self) -> Option<&Unfinished> {
        self.partial.as_ref().map(|partial| &partial.unfinished)
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
        let Self {
            place,
            partial,
            writer,
            error,
        } = self;
        error.map_or(Ok(()), Err)?;
        writer.finish()?;
        let Some(partial) = partial else {
            return Ok(());
        };
        fs::rename(&partial.path, &place).map_err(|source| RecordError::Io {
            action: "rename a trace to",
            path: place,
            source,
        })
    }
}

/// A half-written file, removed when it is dropped.
struct Partial {
    path: PathBuf,
    unfinished: Unfinished,
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Renamed already if all went well; otherwise nothing half-written stays.
        self.unfinished.remove();
    }
}

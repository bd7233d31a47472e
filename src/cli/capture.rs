//! The file of a packet capture.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::output::Output;
use crate::overlay::books::Packet;
use crate::overlay::krpc::packet::{Datagram, PacketError, file_header};
use crate::records::{RecordError, Unfinished};

/// Why packets cannot be captured.
#[derive(Debug, thiserror::Error)]
pub(super) enum CaptureError {
    /// The file refuses.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A message has no place in a capture.
    #[error("cannot capture a message: {0}")]
    Packet(#[from] PacketError),
}

/// A capture under way. Dropping it without [`Capture::finish`] removes what was written.
pub(super) struct Capture {
    output: Output,
    file: BufWriter<File>,
    /// The records of one window.
    records: Vec<u8>,
    /// What went wrong first; the run is stopped then, to report it.
    error: Option<CaptureError>,
}

impl Capture {
    /// Begins a capture at `place`.
    pub(super) fn create(place: &Path) -> Result<Self, RecordError> {
        let output = Output::at(place);
        let path = output.path();
        let file = File::create(path).map_err(|source| RecordError::io("create", path, source))?;
        let mut capture = Self {
            output,
            file: BufWriter::new(file),
            records: file_header().to_vec(),
            error: None,
        };
        capture.write_out()?;
        Ok(capture)
    }

    /// What is to be removed if the process must end before this can be dropped.
    pub(super) fn unfinished(&self) -> Option<&Unfinished> {
        self.output.unfinished()
    }

    /// Writes packets, unless earlier ones could not be written.
    pub(super) fn write(&mut self, packets: &[Packet]) {
        if self.error.is_none() {
            self.error = self.append(packets).err();
        }
    }

    fn append(&mut self, packets: &[Packet]) -> Result<(), CaptureError> {
        for packet in packets {
            let datagram = Datagram {
                time_ns: packet.at_ns,
                source: packet.from.0,
                target: packet.to.0,
                payload: &packet.payload,
            };
            datagram.append_to(&mut self.records)?;
        }
        Ok(self.write_out()?)
    }

    fn write_out(&mut self) -> Result<(), RecordError> {
        let written = self.file.write_all(&self.records);
        self.records.clear();
        written.map_err(|source| RecordError::io("write", self.output.path(), source))
    }

    /// Whether packets could not be written.
    pub(super) fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Why packets could not be written.
    pub(super) fn take_error(&mut self) -> Option<CaptureError> {
        self.error.take()
    }

    /// Completes the capture and gives it its name.
    pub(super) fn finish(mut self) -> Result<(), RecordError> {
        let flushed = self.file.flush();
        flushed.map_err(|source| RecordError::io("write", self.output.path(), source))?;
        self.output.complete("rename a capture to")
    }
}

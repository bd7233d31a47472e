//! `servent diff A B`: do two results differ, and where from.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;

use super::exit::{Ending, Exit, Failure};
use crate::records::{self, RecordError};

#[derive(Args, Debug)]
pub(crate) struct DiffArguments {
    /// Directory of a result, such as the reference.
    #[arg(value_name = "A")]
    one: PathBuf,
    /// Directory of the result that is compared with it.
    #[arg(value_name = "B")]
    other: PathBuf,
}

/// Compares two results.
pub(crate) fn diff(arguments: &DiffArguments) -> Ending {
    let difference = records::diff(&arguments.one, &arguments.other).map_err(|error| {
        // What is not there, or is no result, was named wrongly; anything else is the disk's refusal.
        let is_misnamed = |kind| matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory);
        let exit = match &error {
            RecordError::Io { source, .. } if !is_misnamed(source.kind()) => Exit::Io,
            _ => Exit::BadInput,
        };
        Failure::new(exit, error)
    })?;
    let verdict = if difference.is_empty() {
        "the results are equal"
    } else {
        "the results differ"
    };
    super::print(&format!("{verdict}\n{difference}"))?;
    Ok(if difference.is_empty() {
        Exit::Done
    } else {
        Exit::CheckFailed
    })
}

//! `servent diff A B`: do two results differ, and where from.

use std::path::PathBuf;

use clap::Args;

use super::exit::{Ending, Exit, Failure};
use crate::records;

#[derive(Args, Debug)]
pub(crate) struct DiffArguments {
    /// One result's directory.
    #[arg(value_name = "A")]
    one: PathBuf,
    /// The other's.
    #[arg(value_name = "B")]
    other: PathBuf,
}

/// Compares two results.
pub(crate) fn diff(arguments: &DiffArguments) -> Ending {
    let difference = records::diff(&arguments.one, &arguments.other).map_err(|error| {
        let exit = match error {
            records::RecordError::Io { .. } => Exit::Io,
            _ => Exit::BadInput,
        };
        Failure::new(exit, error.to_string())
    })?;
    super::print(&difference.to_string())?;
    Ok(if difference.is_empty() {
        Exit::Done
    } else {
        Exit::CheckFailed
    })
}

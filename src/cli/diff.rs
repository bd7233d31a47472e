//! `servent diff A B`: do two results differ, and where from.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;

use super::exit::{Ending, Exit, Failure};
use crate::engine::time::seconds;
use crate::records::diff::Difference;
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
    super::print(&format!("{}\n{difference}", verdict(&difference)))?;
    Ok(if difference.is_empty() {
        Exit::Done
    } else {
        Exit::CheckFailed
    })
}

/// The outcome in a line: where they differ, from when on and in which channel.
fn verdict(difference: &Difference) -> String {
    if difference.is_empty() {
        return "the results are equal".to_owned();
    }
    let parted = difference
        .channels
        .iter()
        .filter_map(|channel| Some((channel.first?, &channel.channel)));
    parted
        .min_by_key(|(first, channel)| (first.differ_at_ns, *channel))
        .map_or_else(
            || "the results differ".to_owned(),
            |(first, channel)| {
                let (from, to) = (seconds(first.equal_until_ns), seconds(first.differ_at_ns));
                format!("the results differ, first in {channel}, between t = {from} s and t = {to} s")
            },
        )
}

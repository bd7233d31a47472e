//! A file that a run writes beside its results: under another name until it is complete.

use std::fs;
use std::path::{Path, PathBuf};

use crate::records::{RecordError, Unfinished};

/// The place of a file under way. Dropping it without [`Output::complete`] removes what was written.
pub(super) struct Output {
    place: PathBuf,
    /// Where it is written until it is complete; `None` where a pipe or a device takes it as it comes.
    partial: Option<Partial>,
}

impl Output {
    /// A file that is to stand at `place`. What is no plain file there (a pipe, a device) is written to and stays what it is.
    pub(super) fn at(place: &Path) -> Self {
        // Behind symbolic links, so that the file is replaced and not the link.
        let place = fs::canonicalize(place).unwrap_or_else(|_| place.to_path_buf());
        let is_special = fs::metadata(&place).is_ok_and(|found| !found.is_file());
        let partial = (!is_special).then(|| {
            let mut name = place.file_name().unwrap_or_default().to_owned();
            name.push(format!(".partial-{}", std::process::id()));
            let path = place.with_file_name(name);
            let unfinished = Unfinished::file(&path);
            Partial { path, unfinished }
        });
        Self { place, partial }
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        self.partial.as_ref().map_or(&self.place, |partial| &partial.path)
    }

    /// What is to be removed if the process must end before this can be dropped.
    pub(super) fn unfinished(&self) -> Option<&Unfinished> {
        self.partial.as_ref().map(|partial| &partial.unfinished)
    }

    /// Gives it its name, now that everything is written; `action` is for the error, as in "cannot rename ... to".
    pub(super) fn complete(self, action: &'static str) -> Result<(), RecordError> {
        let Some(partial) = &self.partial else {
            return Ok(());
        };
        fs::rename(&partial.path, &self.place).map_err(|source| RecordError::io(action, &self.place, source))
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

//! Reads the files a scenario names, and keeps what a result needs of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::records::{KeptInput, RecordError, RunDirectory, inputs};
use crate::scenario::build::Files;

/// One file that a scenario read.
#[derive(Debug)]
struct Input {
    /// The key that named it.
    key: &'static str,
    /// Where it was found.
    path: PathBuf,
    /// Its name in a result.
    kept: KeptInput,
}

/// Input files: beside the scenario, else in one of the given folders.
#[derive(Debug)]
pub struct InputFiles {
    beside: PathBuf,
    folders: Vec<PathBuf>,
    read: Vec<Input>,
}

impl InputFiles {
    /// Files for a scenario that stands in `beside`.
    pub fn new(beside: &Path, folders: &[PathBuf]) -> Self {
        Self {
            beside: beside.to_path_buf(),
            folders: folders.to_vec(),
            read: Vec::new(),
        }
    }

    /// The paths by which a resolved scenario that stands in the result names its inputs, by key.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.read.iter().map(|input| (input.key, input.kept.path()))
    }

    /// Copies what was read into a result.
    pub fn keep(&self, directory: &RunDirectory) -> Result<(), RecordError> {
        self.read
            .iter()
            .try_for_each(|input| input.kept.copy(&input.path, directory.path()))
    }
}

impl Files for InputFiles {
    fn read(&mut self, key: &'static str, path: &str) -> Result<Vec<u8>, String> {
        let found = inputs::find(Path::new(path), &self.beside, &self.folders);
        let place = found.unwrap_or_else(|| self.beside.join(path));
        let bytes = fs::read(&place).map_err(|error| error.to_string())?;
        let role = role(key);
        let kept = KeptInput::of_bytes(&role, &place, &bytes);
        self.read.push(Input {
            key,
            path: place,
            kept,
        });
        Ok(bytes)
    }
}

/// What a key's file is called in a result: the key without its last part.
fn role(key: &str) -> String {
    key.strip_suffix(".path").unwrap_or(key).replace(['.', '_'], "-")
}

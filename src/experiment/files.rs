//! Reads the files a scenario names, and keeps what a result needs of them.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::records::{KeptInput, RecordError, RunDirectory, inputs};
use crate::scenario::build::Files;
use crate::scenario::estimate::{Counter, InputSize};

/// So much text of a file is gone through for its size.
const COUNT_BYTES_MAX: u64 = 128 << 20;
/// What small gzipped files become at most, as a multiple: the end of a file may say more, but need not be believed.
const INFLATION_MAX: u64 = 200;
/// A line is counted in pieces of this size.
const LINE_BYTES_MAX: u64 = 1 << 16;
const COUNT_BUFFER_BYTES: usize = 1 << 16;

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

    /// How much there is in the file that `key` names, as far as it can be read: what is wrong with it shows when it is.
    pub fn size(&self, path: &str) -> InputSize {
        let place = self.place(path);
        let is_plain = fs::metadata(&place).is_ok_and(|found| found.is_file());
        if !is_plain {
            return InputSize::default();
        }
        count(&place).unwrap_or_default()
    }

    fn place(&self, path: &str) -> PathBuf {
        let found = inputs::find(Path::new(path), &self.beside, &self.folders);
        found.unwrap_or_else(|| self.beside.join(path))
    }

    /// The path by which a resolved scenario that stands in the result names the input of a key, if it was read.
    pub fn name(&self, key: &str) -> Option<String> {
        self.read
            .iter()
            .find(|input| input.key == key)
            .map(|input| input.kept.path())
    }

    /// Copies what was read into a result.
    pub fn keep(&self, directory: &RunDirectory) -> Result<(), RecordError> {
        self.read
            .iter()
            .try_for_each(|input| input.kept.copy(&input.path, directory.path()))
    }
}

impl Files for InputFiles {
    fn read(&mut self, key: &'static str, path: &str, bytes_max: u64) -> Result<Vec<u8>, String> {
        let place = self.place(path);
        let bytes = read_file(&place, bytes_max)?;
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

/// The bytes of a plain file, `bytes_max` and one at most: whoever gets more than it asked for knows that it is too large.
fn read_file(place: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let found = fs::metadata(place).map_err(|error| error.to_string())?;
    if found.is_dir() {
        return Err("is a directory, not a file".to_owned());
    }
    if !found.is_file() {
        // Devices and pipes may never end, and cannot be read again for the copy in the result.
        return Err("is not a plain file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(place)
        .and_then(|file| file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Goes through a file, inflated if it is gzipped, line by line. Of a file whose text is larger than what is gone through,
/// the rest counts as more of the same.
fn count(place: &Path) -> std::io::Result<InputSize> {
    let mut reader = BufReader::with_capacity(COUNT_BUFFER_BYTES, File::open(place)?);
    let is_gzipped = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let file_bytes = fs::metadata(place)?.len();
    let text_bytes = if is_gzipped {
        inflated_bytes(place)?.min(file_bytes.saturating_mul(INFLATION_MAX))
    } else {
        file_bytes
    };
    let text: Box<dyn Read> = if is_gzipped {
        Box::new(MultiGzDecoder::new(reader))
    } else {
        Box::new(reader)
    };
    let mut text = BufReader::with_capacity(COUNT_BUFFER_BYTES, text.take(COUNT_BYTES_MAX));
    let mut counter = Counter::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        // A damaged file counts as far as it can be read.
        match text.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => counter.line(&line),
        }
    }
    Ok(counter.finish().extended_to(text_bytes))
}

/// Bytes of the last member of a gzipped file, as its end says (RFC 1952: modulo 2^32).
fn inflated_bytes(place: &Path) -> std::io::Result<u64> {
    let mut file = File::open(place)?;
    let mut size = [0; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut size)?;
    Ok(u64::from(u32::from_le_bytes(size)))
}

/// What a key's file is called in a result: the key without its last part.
fn role(key: &str) -> String {
    key.strip_suffix(".path").unwrap_or(key).replace(['.', '_'], "-")
}

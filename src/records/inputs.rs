//! `inputs/`: the files a scenario read, kept beside its results under a name with their hash, so that the resolved
//! scenario can be run again.

use super::RecordError;
use sha1::{Digest, Sha1};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Files up to this size are copied; larger ones are only named with their hash.
pub const COPIED_BYTES_MAX: u64 = 64 << 20;
/// The directory of the copies, in a result.
pub const DIRECTORY: &str = "inputs";
/// Hexadecimal digits of the SHA-1 in a name: 64 bits tell the inputs of an experiment apart.
const HASH_DIGITS: usize = 16;

/// An input under the name that says what it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptInput {
    /// Its name, such as `queries-0123456789abcdef.csv`.
    pub name: String,
    /// SHA-1 of its bytes, 40 hexadecimal digits.
    pub sha1: String,
    /// Its size.
    pub size_bytes: u64,
    /// Whether its size allows that it be copied.
    pub copied: bool,
}

impl KeptInput {
    /// Names an input from its bytes: `role` is what the scenario reads it as, `source` the file it came from.
    pub fn of_bytes(role: &str, source: &Path, bytes: &[u8]) -> Self {
        let size_bytes = bytes.len() as u64;
        Self::new(role, source, &Sha1::digest(bytes), size_bytes)
    }

    /// Names an input, reading it in pieces.
    pub fn of_file(role: &str, source: &Path) -> Result<Self, RecordError> {
        let fail = |error| RecordError::io("read", source, error);
        let file = File::open(source).map_err(fail)?;
        let mut hash = Hashed {
            sha1: Sha1::new(),
            bytes: 0,
        };
        io::copy(&mut { file }, &mut hash).map_err(fail)?;
        Ok(Self::new(role, source, &hash.sha1.finalize(), hash.bytes))
    }

    fn new(role: &str, source: &Path, hash: &[u8], size_bytes: u64) -> Self {
        let sha1 = hexadecimal(hash);
        let name = format!("{role}-{}{}", &sha1[..HASH_DIGITS], extension(source));
        Self {
            name,
            sha1,
            size_bytes,
            copied: size_bytes <= COPIED_BYTES_MAX,
        }
    }

    /// The path by which the resolved scenario, standing in the result, names the input.
    pub fn path(&self) -> String {
        if self.copied {
            format!("{DIRECTORY}/{}", self.name)
        } else {
            self.name.clone()
        }
    }

    /// Copies `source` into a result's `inputs/` unless it is too large; refuses one that changed meanwhile.
    pub fn copy(&self, source: &Path, result: &Path) -> Result<(), RecordError> {
        if !self.copied {
            return Ok(());
        }
        let fail = |error| RecordError::io("read", source, error);
        let mut bytes = Vec::new();
        let limit = COPIED_BYTES_MAX + 1;
        let file = File::open(source).map_err(fail)?;
        file.take(limit).read_to_end(&mut bytes).map_err(fail)?;
        self.copy_bytes(source, &bytes, result)
    }

    /// Writes `bytes` into a result's `inputs/` unless they are too many; refuses other bytes than were named.
    pub fn copy_bytes(&self, source: &Path, bytes: &[u8], result: &Path) -> Result<(), RecordError> {
        if !self.copied {
            return Ok(());
        }
        if Self::of_bytes("", source, bytes).sha1 != self.sha1 {
            let changed = io::Error::other("the file changed while the run was under way");
            return Err(RecordError::io("copy", source, changed));
        }
        let directory = result.join(DIRECTORY);
        fs::create_dir_all(&directory).map_err(|source| RecordError::io("create", &directory, source))?;
        let path = directory.join(&self.name);
        fs::write(&path, bytes).map_err(|source| RecordError::io("write", &path, source))
    }
}

/// Finds an input that a resolved scenario names: beside the scenario, else in one of `folders` (`--inputs DIR`).
pub fn find(name: &Path, beside: &Path, folders: &[PathBuf]) -> Option<PathBuf> {
    let first = beside.join(name);
    if first.is_file() {
        return Some(first);
    }
    let file = name.file_name()?;
    folders
        .iter()
        .map(|folder| folder.join(file))
        .find(|path| path.is_file())
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// The extension with its dot, `.gz` with the one before it; empty if there is none in plain letters and digits.
fn extension(source: &Path) -> String {
    let plain = |part: &std::ffi::OsStr| {
        let part = part.to_str()?;
        let fits = (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| format!(".{}", part.to_ascii_lowercase()))
    };
    let last = source.extension().and_then(plain).unwrap_or_default();
    if last != ".gz" {
        return last;
    }
    let stem = source.file_stem().map(Path::new);
    let inner = stem.and_then(Path::extension).and_then(plain).unwrap_or_default();
    inner + &last
}

/// A hash and a size taken on the way.
struct Hashed {
    sha1: Sha1,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sha1.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_role_hash_and_extension() {
        // SHA-1 of "abc", FIPS 180-4.
        for (source, expected) in [
            ("/a/b/Queries.CSV", "queries-a9993e364706816a.csv"),
            ("graph.txt.gz", "queries-a9993e364706816a.txt.gz"),
            ("graph.gz", "queries-a9993e364706816a.gz"),
            ("noextension", "queries-a9993e364706816a"),
            ("odd.c s v", "queries-a9993e364706816a"),
        ] {
            let kept = KeptInput::of_bytes("queries", Path::new(source), b"abc");
            assert_eq!(kept.name, expected);
            assert_eq!(kept.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        }
    }

    #[test]
    fn copies_are_equal_and_a_changed_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("q.csv");
        fs::write(&source, "at_s,origin,item\n").unwrap();
        let kept = KeptInput::of_file("queries", &source).unwrap();
        assert_eq!(
            kept,
            KeptInput::of_bytes("queries", &source, b"at_s,origin,item\n")
        );
        kept.copy(&source, folder.path()).unwrap();
        let copy = folder.path().join(kept.path());
        assert_eq!(fs::read(&copy).unwrap(), fs::read(&source).unwrap());
        // From anywhere else it is found by folder, and beside the scenario first.
        let elsewhere = [folder.path().join(DIRECTORY)];
        assert_eq!(
            find(Path::new(&kept.path()), folder.path(), &[]),
            Some(copy.clone())
        );
        assert_eq!(
            find(Path::new(&kept.name), Path::new("/nowhere"), &elsewhere),
            Some(copy)
        );
        assert_eq!(find(Path::new("absent"), Path::new("/nowhere"), &elsewhere), None);

        fs::write(&source, "something else").unwrap();
        assert!(matches!(
            kept.copy(&source, folder.path()),
            Err(RecordError::Io { .. })
        ));
        let missing = KeptInput::of_file("queries", &folder.path().join("absent"));
        assert!(matches!(missing, Err(RecordError::Io { .. })));
    }

    #[test]
    fn large_inputs_are_only_named() {
        let kept = KeptInput::new("graph", Path::new("g.txt"), &[0xab; 20], COPIED_BYTES_MAX + 1);
        assert!(!kept.copied);
        assert_eq!(kept.path(), "graph-abababababababab.txt");
        assert!(KeptInput::new("graph", Path::new("g.txt"), &[0; 20], COPIED_BYTES_MAX).copied);
    }
}

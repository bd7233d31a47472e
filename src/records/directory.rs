//! The directory of a run: written under another name beside its place and renamed when it is complete.
//!
//! Whatever goes wrong before that, a full disk or an interruption, nothing stands under the final name, and the half-written files
//! are removed when the directory is dropped. Whoever ends the process before that has to remove them: see [`Unfinished`]. An earlier
//! result of ours at the same place stays until the new one is complete.

use super::RecordError;
use super::summary::marks_result;
use super::table::{Row, TableWriter, table_path};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A result under way. Dropping it without [`RunDirectory::finish`] removes it.
#[derive(Debug)]
pub struct RunDirectory {
    /// Where the result is to stand.
    place: PathBuf,
    /// Where it is written until then, a sibling, so that renaming stays within a file system; and the directories made
    /// on the way.
    unfinished: Unfinished,
    finished: bool,
}

/// What an unfinished result, or an unfinished file, has left on the disk so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfinished {
    /// The directory or file that is written to; empty while there is none.
    path: PathBuf,
    /// Directories made on the way to the place, outermost first.
    made: Vec<PathBuf>,
}

impl Unfinished {
    /// A file that is written under a name of its own until it is complete.
    pub fn file(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            made: Vec::new(),
        }
    }

    /// Removes it. What cannot be removed stays: there is nobody left to tell.
    pub fn remove(&self) {
        if self.path.is_dir() {
            let _ = fs::remove_dir_all(&self.path);
        } else if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.path);
        }
        for directory in self.made.iter().rev() {
            // Only an empty one goes: others may have written there meanwhile.
            let _ = fs::remove_dir(directory);
        }
    }
}

impl RunDirectory {
    /// Begins a result at `place`. The directories above are made as needed.
    ///
    /// # Errors
    /// [`RecordError::NotOurs`] if something stands there that is neither a result of ours nor an empty directory, [`RecordError::NoName`] for a
    /// place such as `..`, [`RecordError::Io`] where the operating system refuses.
    pub fn create(place: &Path) -> Result<Self, RecordError> {
        let place = resolve(place)?;
        check_place(&place)?;
        let made = make_parents(&place)?;
        let mut directory = Self {
            place,
            unfinished: Unfinished {
                path: PathBuf::new(),
                made,
            },
            finished: false,
        };
        directory.unfinished.path = make_sibling(&directory.place, "partial")?;
        Ok(directory)
    }

    /// What is to be removed if the process must end before this can be dropped.
    pub fn unfinished(&self) -> &Unfinished {
        &self.unfinished
    }

    /// Where to write: files put here stand in the finished result.
    pub fn path(&self) -> &Path {
        &self.unfinished.path
    }

    /// Where the result will stand.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Begins a table.
    pub fn table<R: Row>(&self) -> Result<TableWriter<R>, RecordError> {
        TableWriter::create(&table_path::<R>(self.path()))
    }

    /// Writes a whole file, such as `scenario.toml`; `name` may lie in a directory of its own, as `plots/a.svg`.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<(), RecordError> {
        let path = self.path().join(name);
        let parent = path.parent().expect("a file's name is joined to a directory");
        fs::create_dir_all(parent).map_err(|source| RecordError::io("create", parent, source))?;
        fs::write(&path, contents).map_err(|source| RecordError::io("write", &path, source))
    }

    /// Puts the complete result at its place, replacing an earlier one of ours, and gives the place.
    ///
    /// An earlier result is renamed away first and deleted last: if the second renaming fails, it is put back.
    pub fn finish(mut self) -> Result<PathBuf, RecordError> {
        check_place(&self.place)?;
        let earlier = if self.place.exists() {
            let earlier = make_sibling(&self.place, "replaced")?;
            if let Err(error) = rename(&self.place, &earlier) {
                let _ = fs::remove_dir(&earlier);
                return Err(error);
            }
            Some(earlier)
        } else {
            None
        };
        if let Err(error) = rename(self.path(), &self.place) {
            if let Some(earlier) = earlier {
                rename(&earlier, &self.place)?;
            }
            return Err(error);
        }
        self.finished = true;
        if let Some(earlier) = earlier {
            fs::remove_dir_all(&earlier).map_err(|source| RecordError::io("remove", &earlier, source))?;
        }
        Ok(self.place.clone())
    }
}

impl Drop for RunDirectory {
    /// Removes an unfinished result.
    fn drop(&mut self) {
        if !self.finished {
            self.unfinished.remove();
        }
    }
}

/// The place itself, behind symbolic links if it is one, so that what is renamed is the directory.
fn resolve(place: &Path) -> Result<PathBuf, RecordError> {
    let path = match fs::canonicalize(place) {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => place.to_path_buf(),
        Err(source) => return Err(RecordError::io("use", place, source)),
    };
    if path.file_name().is_none() {
        return Err(RecordError::NoName { path });
    }
    Ok(path)
}

/// Refuses a place where something stands that is neither a result of ours nor an empty directory.
fn check_place(place: &Path) -> Result<(), RecordError> {
    match fs::symlink_metadata(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(RecordError::io("look at", place, source)),
        Ok(found) if found.is_dir() && (marks_result(place) || is_empty(place)?) => Ok(()),
        Ok(_) => Err(RecordError::NotOurs {
            path: place.to_path_buf(),
        }),
    }
}

fn is_empty(directory: &Path) -> Result<bool, RecordError> {
    let mut entries = fs::read_dir(directory).map_err(|source| RecordError::io("list", directory, source))?;
    Ok(entries.next().is_none())
}

/// Makes the directories above a place and gives those that were not there.
fn make_parents(place: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let above = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let mut missing: Vec<PathBuf> = place
        .ancestors()
        .skip(1)
        .take_while(above)
        .map(Path::to_path_buf)
        .collect();
    missing.reverse();
    for directory in &missing {
        match fs::create_dir(directory) {
            Ok(()) => {}
            // Another run of ours may have been quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(RecordError::io("create", directory, source)),
        }
    }
    Ok(missing)
}

/// Names tried for a directory beside a place.
const SIBLINGS_MAX: u32 = 10_000;

/// Makes an empty directory beside `place`, under a name that nobody else uses. The number of the process keeps runs
/// apart; a counter keeps apart processes of one number in different containers, and leftovers of killed ones.
fn make_sibling(place: &Path, purpose: &str) -> Result<PathBuf, RecordError> {
    let name = place.file_name().expect("a place was checked to have a name");
    let process = std::process::id();
    for attempt in 0..SIBLINGS_MAX {
        let mut sibling = name.to_os_string();
        sibling.push(format!(".{purpose}-{process}-{attempt}"));
        let path = place.with_file_name(sibling);
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(RecordError::io("create", &path, source)),
        }
    }
    let source = std::io::Error::from(ErrorKind::AlreadyExists);
    Err(RecordError::io("find a free name beside", place, source))
}

/// Renames a directory; an empty one of the new name is replaced.
fn rename(from: &Path, to: &Path) -> Result<(), RecordError> {
    // Other systems than Unix refuse to replace even an empty directory.
    if !cfg!(unix) {
        let _ = fs::remove_dir(to);
    }
    fs::rename(from, to).map_err(|source| RecordError::io("rename a result to", to, source))
}

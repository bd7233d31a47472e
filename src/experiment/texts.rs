//! Reads a scenario file and the files that it includes, which lie in its directory or below.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::run::Error;
use crate::scenario::{FILE_BYTES_MAX, Included, Includes, Refusal, Severity, Texts};

/// The text of a scenario file, with what it includes.
pub(super) fn read(file: &Path) -> Result<Texts, Error> {
    let text = text(file).map_err(|refused| match refused {
        Refused::TooLarge => Error::TooLarge {
            path: file.to_path_buf(),
        },
        Refused::System(source) => Error::Unreadable {
            path: file.to_path_buf(),
            source,
        },
    })?;
    let mut folder = Folder {
        root: parent(file).to_path_buf(),
    };
    Ok(Texts::gather(&file.display().to_string(), &text, &mut folder))
}

/// The directory that a file is in.
fn parent(file: &Path) -> &Path {
    let parent = file.parent().unwrap_or(Path::new(""));
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}

/// Why there is no text.
enum Refused {
    TooLarge,
    System(std::io::Error),
}

fn text(file: &Path) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(Refused::System)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Refused::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| Refused::System(std::io::Error::other("is not text (UTF-8)")))
}

/// The directory of a scenario file.
struct Folder {
    root: PathBuf,
}

impl Includes for Folder {
    fn include(&mut self, directory: &str, path: &str) -> Result<Included, Refusal> {
        let relative = Path::new(directory).join(path);
        if Path::new(path).is_absolute() || leaves(&relative) {
            return Err(outside(path));
        }
        let unreadable = |error: std::io::Error| refusal(&format!("cannot read {path}: {error}"), BESIDE);
        let root = self.root.canonicalize().map_err(unreadable)?;
        let place = root.join(&relative).canonicalize().map_err(unreadable)?;
        // Symbolic links may lead anywhere.
        let Ok(inside) = place.strip_prefix(&root) else {
            return Err(outside(path));
        };
        let parts: Option<Vec<&str>> = inside.iter().map(std::ffi::OsStr::to_str).collect();
        let Some(parts) = parts else {
            return Err(refusal(
                &format!("the name of {path} is not text (UTF-8)"),
                BESIDE,
            ));
        };
        if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
            return Err(refusal(&format!("{path} is not a plain file"), BESIDE));
        }
        match text(&place) {
            Ok(text) => Ok(Included {
                path: parts.join("/"),
                text,
            }),
            Err(Refused::System(error)) => Err(unreadable(error)),
            Err(Refused::TooLarge) => Err(Refusal {
                message: format!("`include`: {path} is larger than {FILE_BYTES_MAX} bytes"),
                help: "data belong into files of their own".to_owned(),
                severity: Severity::Limit,
            }),
        }
    }
}

/// Where included files are to be.
const BESIDE: &str = "paths are relative to the file that includes";

/// Whether a relative path leaves the directory that it begins in.
fn leaves(path: &Path) -> bool {
    let mut depth = 0_usize;
    for component in path.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

fn outside(path: &str) -> Refusal {
    refusal(
        &format!("{path} lies outside the directory of the scenario"),
        "what is included lies beside the scenario's file or below",
    )
}

fn refusal(message: &str, help: &str) -> Refusal {
    Refusal {
        message: format!("`include`: {message}"),
        help: help.to_owned(),
        severity: Severity::Input,
    }
}

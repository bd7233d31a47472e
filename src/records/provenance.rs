//! `provenance.json`: what may differ between two equal runs. Nothing else of a result holds any of it.

use super::RecordError;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// The file's name.
pub const FILE: &str = "provenance.json";

/// How, where and how fast a run came about. The times come from the caller: this room reads no clock.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Provenance {
    /// Time to read the scenario and its files and to build the simulation, seconds.
    pub build_wall_s: f64,
    /// The command line, as typed.
    pub command_line: Vec<String>,
    /// Commit the program was built from, if the build knew.
    pub commit: Option<String>,
    /// Events handled.
    pub events: u64,
    /// Events per second of `run_wall_s`; 0 if that was too short to measure.
    pub events_per_s: f64,
    /// The machine.
    pub machine: Machine,
    /// Peak of the process's resident memory, bytes, where the system tells it.
    pub peak_rss_bytes: Option<u64>,
    /// Time to run the simulation, seconds.
    pub run_wall_s: f64,
    /// Threads used.
    pub threads: u64,
    /// Where the trace is, if one was written.
    pub trace: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Time from start to end, seconds.
    pub wall_s: f64,
    /// Time to make the rows of the results, to write them and to draw plots, seconds.
    pub write_wall_s: f64,
}

impl Provenance {
    /// What is known without measuring: version, commit, machine and peak memory so far.
    pub fn here(command_line: Vec<String>) -> Self {
        Self {
            build_wall_s: 0.0,
            command_line,
            commit: option_env!("SERVENT_COMMIT").map(str::to_owned),
            events: 0,
            events_per_s: 0.0,
            machine: Machine::here(),
            peak_rss_bytes: peak_rss_bytes(),
            run_wall_s: 0.0,
            threads: 1,
            trace: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            wall_s: 0.0,
            write_wall_s: 0.0,
        }
    }

    /// Writes `<directory>/provenance.json`.
    pub fn write(&self, directory: &Path) -> Result<(), RecordError> {
        let path = directory.join(FILE);
        let mut text = serde_json::to_string_pretty(self).expect("provenance has only string keys");
        text.push('\n');
        fs::write(&path, text).map_err(|source| RecordError::io("write", &path, source))
    }
}

/// Where a result's trace is, if one was written.
pub fn trace_of(result: &Path) -> Result<Option<std::path::PathBuf>, RecordError> {
    #[derive(serde::Deserialize)]
    struct Known {
        trace: Option<std::path::PathBuf>,
    }
    let path = result.join(FILE);
    let text = fs::read_to_string(&path).map_err(|source| RecordError::io("read", &path, source))?;
    let known: Known = serde_json::from_str(&text)
        .map_err(|error| RecordError::malformed(&path, error.line() as u64, error.to_string()))?;
    Ok(known.trace)
}

/// The machine a run was made on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Machine {
    /// Instruction set, as Rust calls it.
    pub architecture: String,
    /// Processor's name, where the system tells it.
    pub processor: Option<String>,
    /// Operating system, as Rust calls it.
    pub system: String,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        let processor = field("/proc/cpuinfo", "model name").or_else(|| field("/proc/cpuinfo", "Model"));
        Self {
            architecture: std::env::consts::ARCH.to_owned(),
            processor,
            system: std::env::consts::OS.to_owned(),
        }
    }
}

/// Peak of this process's resident memory so far, bytes, where the system tells it (Linux: `VmHWM`).
pub fn peak_rss_bytes() -> Option<u64> {
    let kibibytes = field("/proc/self/status", "VmHWM")?;
    let number: u64 = kibibytes.strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}

/// The first value of a `key: value` file such as those below `/proc`.
fn field(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_promised_keys_are_written() {
        let folder = tempfile::tempdir().unwrap();
        Provenance::here(vec!["servent".to_owned(), "run".to_owned()])
            .write(folder.path())
            .unwrap();
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for key in [
            "build_wall_s",
            "run_wall_s",
            "write_wall_s",
            "wall_s",
            "events",
            "events_per_s",
            "peak_rss_bytes",
            "threads",
            "version",
            "commit",
            "machine",
            "command_line",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
        if cfg!(target_os = "linux") {
            assert!(json["peak_rss_bytes"].as_u64().unwrap() > 1 << 20);
        }
    }
}

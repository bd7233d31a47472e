//! The built program as a user meets it: arguments in, exit code and texts out.

#![expect(
    clippy::disallowed_methods,
    reason = "a program that hangs must not hang the tests: time is measured here, on the outside"
)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// No call takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A call of the program.
pub(crate) struct Call {
    command: Command,
    texts: TempDir,
}

/// The program under test in the directory `place`, with the arguments of `line` parted by blanks.
pub(crate) fn servent(place: &Path, line: &str) -> Call {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servent"));
    command
        .current_dir(place)
        .args(line.split_whitespace())
        .env_remove("COLUMNS")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null());
    Call {
        command,
        texts: tempfile::tempdir().expect("a temporary directory can be made"),
    }
}

/// How a call ended.
pub(crate) struct Ended {
    /// The exit code; 128 and the signal's number if a signal ended it, as a shell would say.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) elapsed: Duration,
}

impl Call {
    /// One more argument, blanks and all.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Standard output goes to this file.
    pub(crate) fn start_into(mut self, out: File) -> Running {
        let errors = File::create(self.texts.path().join("stderr")).expect("a temporary file can be made");
        let child = self.command.stdout(out).stderr(errors).spawn();
        Running {
            child: child.expect("the program can be started"),
            texts: self.texts,
            started: Instant::now(),
        }
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        let out = File::create(self.texts.path().join("stdout")).expect("a temporary file can be made");
        self.start_into(out)
    }

    /// Runs it to its end.
    pub(crate) fn end(self) -> Ended {
        self.start().end()
    }

    /// Runs it and gives standard output, which must be all it says.
    pub(crate) fn says(self) -> String {
        let ended = self.end();
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
        ended.stdout
    }

    /// Runs it, checks the exit code, and gives standard error; nothing may stand on standard output.
    pub(crate) fn ends(self, code: i32) -> String {
        let ended = self.end();
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(ended.stdout, "", "only results go to standard output");
        ended.stderr
    }
}

/// A call under way.
pub(crate) struct Running {
    child: Child,
    texts: TempDir,
    started: Instant,
}

impl Running {
    /// Number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is under way still.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child of this process can be asked")
            .is_none()
    }

    /// Begins to measure now.
    pub(crate) fn restart_clock(&mut self) {
        self.started = Instant::now();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let waited = Instant::now();
        let status = loop {
            let status = self
                .child
                .try_wait()
                .expect("a child of this process can be asked");
            if let Some(status) = status {
                break status;
            }
            if waited.elapsed() > PATIENCE {
                self.child.kill().expect("a child of this process can be ended");
                panic!("the program did not end in {} s", PATIENCE.as_secs());
            }
            thread::sleep(Duration::from_millis(1));
        };
        let elapsed = self.started.elapsed();
        let text = |name: &str| {
            let bytes = fs::read(self.texts.path().join(name)).unwrap_or_default();
            String::from_utf8(bytes).expect("the program writes UTF-8")
        };
        Ended {
            code: code(status),
            stdout: text("stdout"),
            stderr: text("stderr"),
            elapsed,
        }
    }
}

fn code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return 128 + signal;
        }
    }
    status.code().expect("a process that no signal ended has a code")
}

/// Everything below a directory, by name, directories with a slash behind them.
pub(crate) fn tree(directory: &Path) -> Vec<String> {
    fn visit(root: &Path, directory: &Path, names: &mut Vec<String>) {
        for entry in fs::read_dir(directory).expect("a directory can be listed") {
            let path = entry.expect("a directory can be listed").path();
            let name = path
                .strip_prefix(root)
                .expect("it lies below the root")
                .display()
                .to_string();
            if path.is_dir() && !path.is_symlink() {
                names.push(format!("{name}/"));
                visit(root, &path, names);
            } else {
                names.push(name);
            }
        }
    }
    let mut names = Vec::new();
    visit(directory, directory, &mut names);
    names.sort();
    names
}

/// A directory with a small scenario in it: a flood on eight servents, three queries.
pub(crate) fn small() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    for (name, text) in [
        ("small.toml", SMALL),
        ("graph.txt", GRAPH),
        ("queries.csv", QUERIES),
    ] {
        fs::write(directory.path().join(name), text).expect("a temporary file can be written");
    }
    directory
}

const SMALL: &str = r#"title = "flood on a small graph"
duration = "1 min"
[topology.file]
path = "graph.txt"
[underlay.latency.constant]
one_way = "50 ms"
[overlay.gnutella]
maintenance = "none"
search.flood = { ttl = 3 }
[content]
items = 3
replicas.uniform = { per_item = 2 }
[workload.file]
path = "queries.csv"
"#;

/// A square with a tail; labels are kept.
const GRAPH: &str = "0 1\n0 2\n1 3\n2 3\n3 4\n4 5\n5 6\n6 70\n";

const QUERIES: &str = "at_s,origin,item\n1,0,0\n2,3,1\n3,70,2\n";

/// A scenario that takes minutes: a flood from every peer, many times a second.
pub(crate) const LONG: &str = r#"title = "a long run"
duration = "10 h"
[peers]
count = 2000
[topology.random]
mean_degree = 6
[underlay.latency.constant]
one_way = "20 ms"
[overlay.gnutella]
maintenance = "none"
[content]
items = 100
replicas.uniform = { per_item = 5 }
[workload.poisson]
rate_per_peer = "2 /min"
[observe]
truth = "off"
"#;

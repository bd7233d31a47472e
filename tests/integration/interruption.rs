//! What a run leaves when it cannot end: signals, full disks, places that are somebody else's.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::program::{LONG, Running, servent, small, tree};

/// From the signal to the end of the process.
const PATIENCE: Duration = Duration::from_secs(2);
/// Other work on the machine may take its processors for a while: the best of so many attempts counts.
const ATTEMPTS: u32 = 3;

/// A long run in a directory of its own, beside an earlier result under the final name.
fn laboratory() -> TempDir {
    let folder = small();
    fs::write(folder.path().join("long.toml"), LONG).unwrap();
    fs::write(folder.path().join("ring.toml"), RING).unwrap();
    servent(folder.path(), "run small.toml --quiet --out results/run").ends(0);
    folder
}

/// A scenario of lookups that takes minutes.
const RING: &str = "duration = \"10 h\"\npeers.count = 2000\n[overlay.chord]\n[workload.random_lookups]\nrate_per_peer = \"10 /min\"\n";

/// Waits until something stands in `directory` whose name holds `part`, and has some size.
fn await_file(directory: &Path, part: &str, running: &mut Running) {
    for _ in 0..60_000 {
        assert!(running.is_alive(), "the run ended too early");
        let is_there = tree(directory).iter().any(|name| name.contains(part));
        if is_there {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("{part} does not appear");
}

fn send(signal: &str, running: &Running) {
    let status = Command::new("kill")
        .args(["-s", signal, &running.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// Interrupts a run after it began to simulate, and checks what is left.
fn interrupt(line: &str, signal: &str, code: i32) {
    for attempt in 1..=ATTEMPTS {
        let folder = laboratory();
        let place = folder.path();
        let before = tree(place);
        let earlier = fs::read(place.join("results/run/summary.json")).unwrap();
        let mut running = servent(place, line).start();
        await_file(place, "partial", &mut running);
        // Well into the simulation.
        thread::sleep(Duration::from_millis(300));
        assert!(running.is_alive(), "the run ended too early");
        running.restart_clock();
        send(signal, &running);
        let ended = running.end();
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(
            ended.stderr.ends_with("interrupted: nothing was written\n"),
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("error"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(tree(place), before, "{line}");
        assert_eq!(fs::read(place.join("results/run/summary.json")).unwrap(), earlier);
        if ended.elapsed <= PATIENCE {
            return;
        }
        assert!(
            attempt < ATTEMPTS,
            "it took {:.1} s to stop",
            ended.elapsed.as_secs_f64()
        );
    }
}

#[test]
fn an_interrupted_run_leaves_an_earlier_result_as_it_was() {
    interrupt("run long.toml --out results/run", "INT", 130);
}

#[test]
fn a_terminated_run_leaves_nothing_of_its_own() {
    interrupt("run long.toml --threads 2 --out results/deeper/down", "TERM", 143);
}

#[test]
fn an_interrupted_trace_is_removed_too() {
    interrupt("run long.toml --out results/run --trace trace.csv", "INT", 130);
}

/// More sessions than a peer can have are refused where they happen, for nobody knows before: that counts as a bug.
const RESTLESS: &str = "\
duration = \"4 h\"
peers.count = 4
peers.churn.session.exponential = { mean = \"20 ms\" }
peers.churn.absence.exponential = { mean = \"20 ms\" }
topology.regular.degree = 2
overlay.gnutella.version = \"0.4\"
content.items = 3
";

#[test]
fn a_bug_says_so_and_leaves_nothing() {
    let folder = laboratory();
    let place = folder.path();
    fs::write(place.join("restless.toml"), RESTLESS).unwrap();
    let before = tree(place);
    for line in [
        "run restless.toml --threads 1 --out results/run --trace trace.csv",
        "run restless.toml --threads 4 --out results/deeper/down",
        "run restless.toml --replications 2 --out results/replications",
    ] {
        let ended = servent(place, line).end();
        assert_eq!(ended.code, 5, "{}", ended.stderr);
        let why = "a peer has fewer than 2^16 sessions in a run";
        let what = "this is a bug in servent: please report it with the scenario and the lines above\n";
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
        assert!(ended.stderr.ends_with(what), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(tree(place), before, "{line}");
    }
}

#[test]
fn an_interrupted_sweep_leaves_nothing_of_its_own() {
    interrupt(
        "sweep ring.toml --threads 2 --out results/new/sweep --set sweep.duration=[\"10h\",\"11h\",\"12h\"]",
        "INT",
        130,
    );
}

/// Work that looks for no signal, here the making of a dense graph or the drawing of millions of queries, is ended from
/// outside, and what it had begun is removed.
#[test]
fn a_run_that_is_still_being_built_can_be_interrupted() {
    interrupt(
        "run long.toml --out results/new/run --set duration=\"1min\" --set peers.count=1000000 --set topology.random.mean_degree=24 --memory-limit 100000GiB",
        "INT",
        130,
    );
}

#[test]
fn a_foreign_directory_is_refused_and_untouched() {
    let folder = small();
    let place = folder.path();
    fs::create_dir(place.join("thesis")).unwrap();
    fs::write(place.join("thesis/chapter.tex"), "years of work").unwrap();
    let before = tree(place);
    let stderr = servent(place, "run small.toml --out thesis").ends(2);
    assert!(
        stderr.contains("thesis exists and is not a result of this program"),
        "{stderr}"
    );
    assert_eq!(tree(place), before);
    let stderr = servent(place, "run small.toml --out graph.txt").ends(2);
    assert!(
        stderr.contains("graph.txt exists and is not a result"),
        "{stderr}"
    );
    assert_eq!(tree(place), before);
}

#[test]
fn an_empty_directory_is_filled_and_an_earlier_result_replaced() {
    let folder = small();
    let place = folder.path();
    fs::create_dir(place.join("mine")).unwrap();
    servent(place, "run small.toml --quiet --out mine").ends(0);
    let first = tree(place);
    assert!(first.contains(&"mine/summary.json".to_owned()), "{first:?}");
    let before = fs::read(place.join("mine/summary.json")).unwrap();
    servent(place, "run small.toml --quiet --out mine --seed 2").ends(0);
    assert_eq!(tree(place), first);
    assert_ne!(fs::read(place.join("mine/summary.json")).unwrap(), before);
}

#[test]
fn a_trace_that_cannot_be_written_is_told_before_the_run() {
    let folder = small();
    let place = folder.path();
    let before = tree(place);
    for trace in ["nowhere/trace.csv", "graph.txt/trace.csv"] {
        let stderr = servent(place, "run small.toml --out run --trace")
            .arg(trace)
            .ends(4);
        assert!(
            stderr.starts_with(&format!("error: cannot create {trace}.partial-")),
            "{stderr}"
        );
        assert_eq!(tree(place), before);
    }
    let stderr = servent(place, "run small.toml --out run --trace .").ends(4);
    assert!(
        stderr.starts_with("error: cannot create ") && stderr.contains("Is a directory"),
        "{stderr}"
    );
    assert_eq!(tree(place), before);
    // It would be replaced together with the result.
    let stderr = servent(place, "run small.toml --out run --trace run/trace.csv").ends(2);
    assert!(
        stderr.contains("run/trace.csv would lie in the directory of the results"),
        "{stderr}"
    );
    assert_eq!(tree(place), before);
}

/// Renaming a file onto a device would put an end to the device.
#[test]
fn a_pipe_takes_a_trace_and_stays_a_pipe() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = small();
    let place = folder.path();
    let pipe = place.join("pipe");
    if !Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("skipped: no pipe can be made here");
        return;
    }
    std::os::unix::fs::symlink(&pipe, place.join("link")).unwrap();
    servent(place, "run small.toml -q --out run --trace trace.csv").ends(0);
    let trace = fs::read(place.join("trace.csv")).unwrap();
    for name in ["pipe", "link"] {
        let reader = pipe.clone();
        let reader = thread::spawn(move || fs::read(reader).unwrap());
        servent(place, "run small.toml -q --out run --trace")
            .arg(name)
            .ends(0);
        // First of all: nobody would ever end a read from a pipe that is no more.
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(reader.join().unwrap(), trace);
    }
    assert!(place.join("link").is_symlink());
}

#[test]
fn a_place_where_nothing_can_be_made_is_told_with_its_path() {
    let folder = small();
    let place = folder.path();
    let before = tree(place);
    let stderr = servent(place, "run small.toml --out graph.txt/run").ends(4);
    assert!(stderr.contains("graph.txt/run: Not a directory"), "{stderr}");
    let stderr = servent(place, "run small.toml --out /dev/null/run").ends(4);
    assert!(stderr.contains("/dev/null/run"), "{stderr}");
    // Root may write everywhere.
    let locked = place.join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        eprintln!("skipped: whoever runs the tests may write into a read-only directory");
        fs::remove_dir_all(&locked).unwrap();
    } else {
        let stderr = servent(place, "run small.toml --out locked/run").ends(4);
        assert!(stderr.contains("Permission denied"), "{stderr}");
        fs::remove_dir(&locked).unwrap();
    }
    assert_eq!(tree(place), before);
}

/// A tiny file system in memory, for as long as it lives.
struct Disk(TempDir);

impl Disk {
    /// `None`, and a line that says so, where the system allows no mounting.
    fn of(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={bytes}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            _ => {
                eprintln!("skipped: no small disk can be mounted here");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_is_told_with_its_path_and_nothing_stays() {
    let folder = small();
    let place = folder.path();
    // Enough to begin with, too little for the plots; then too little for the first table; then for the trace.
    for (bytes, line) in [
        (128 << 10, "run small.toml --out DISK/run"),
        (4 << 10, "run small.toml --out DISK/run"),
        (8 << 10, "run small.toml --out result --trace DISK/trace.csv"),
    ] {
        let Some(disk) = Disk::of(bytes) else { return };
        let line = line.replace("DISK", &disk.path().display().to_string());
        let rows: Vec<String> = (0..500_u32)
            .map(|query| format!("{}.{},0,0", query / 10, query % 10))
            .collect();
        let many = rows.join("\n");
        fs::write(place.join("queries.csv"), many).unwrap();
        let before = tree(place);
        let stderr = servent(place, &line).ends(4);
        assert!(stderr.contains("No space left on device"), "{stderr}");
        assert!(stderr.contains(&disk.path().display().to_string()), "{stderr}");
        assert_eq!(tree(disk.path()), [""; 0]);
        assert_eq!(tree(place), before);
    }
}

#[test]
fn a_full_standard_output_is_told() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let folder = small();
    for line in ["show small.toml", "topology graph.txt", "schema"] {
        let out = fs::OpenOptions::new().write(true).open(full).unwrap();
        let ended = servent(folder.path(), line).start_into(out).end();
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        assert!(
            ended
                .stderr
                .starts_with("error: cannot write to standard output: No space left"),
            "{}",
            ended.stderr
        );
    }
}

//! How much memory the machine has left for a run. It decides whether a run is begun, never what comes out of it.

use std::fs;
use std::path::{Path, PathBuf};

/// Where control groups are mounted.
const CGROUPS: &str = "/sys/fs/cgroup";

/// Memory that a run can have, in bytes, where the system tells it (Linux): what is available, within the limits of the
/// control groups that this process is in.
pub fn memory_left_bytes() -> Option<u64> {
    let available = meminfo_bytes(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limit = group_files(&groups)
        .iter()
        .filter_map(|path| limit_bytes(path))
        .min();
    Some(limit.map_or(available, |limit| limit.min(available)))
}

/// `MemAvailable`, or `MemTotal` where an old kernel does not say that.
fn meminfo_bytes(text: &str) -> Option<u64> {
    let field = |key: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<u64>()
            .ok()?
            .checked_mul(1024)
    };
    field("MemAvailable").or_else(|| field("MemTotal"))
}

/// The files that hold the limits of a process's control groups and of all those above them, for both versions.
fn group_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (root, name) = match controllers {
            "" => (PathBuf::from(CGROUPS), "memory.max"),
            list if list.split(',').any(|name| name == "memory") => {
                (Path::new(CGROUPS).join("memory"), "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let group = Path::new(group.trim_start_matches('/'));
        files.extend(group.ancestors().map(|above| root.join(above).join(name)));
    }
    files
}

/// The limit that a file holds; none for `max`.
fn limit_bytes(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_goes_before_all_memory() {
        let text = "MemTotal:       24684544 kB\nMemFree:  1 kB\nMemAvailable:   23430488 kB\n";
        assert_eq!(meminfo_bytes(text), Some(23_430_488 * 1024));
        assert_eq!(meminfo_bytes("MemTotal:  2 kB\n"), Some(2048));
        assert_eq!(meminfo_bytes("nothing"), None);
    }

    #[test]
    fn limits_of_all_groups_above_count() {
        let files = group_files("0::/user.slice/app\n4:cpu,memory:/box\n3:cpu:/box\n");
        let names: Vec<_> = files.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "/sys/fs/cgroup/user.slice/app/memory.max",
                "/sys/fs/cgroup/user.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
                "/sys/fs/cgroup/memory/box/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ]
        );
    }

    #[test]
    fn a_file_without_a_number_is_no_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory.max");
        assert_eq!(limit_bytes(&path), None);
        fs::write(&path, "max\n").unwrap();
        assert_eq!(limit_bytes(&path), None);
        fs::write(&path, "1048576\n").unwrap();
        assert_eq!(limit_bytes(&path), Some(1 << 20));
    }
}

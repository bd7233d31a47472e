//! The run directory's promises.

use super::{flow, query, summary};
use crate::records::summary::{StoredSummary, marks_result};
use crate::records::*;
use std::fs;
use std::path::Path;

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_result_appears_when_it_is_complete_and_replaces_only_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("results/scenario/run");
    for messages in [4, 5] {
        let run = RunDirectory::create(&place).unwrap();
        run.write("plots/a.svg", "<svg/>").unwrap();
        let mut table = run.table::<FlowRow>().unwrap();
        table.write(&flow()).unwrap();
        table.finish().unwrap();
        summary(messages).write(run.path()).unwrap();
        // Until then an earlier result stands as it was.
        let before = StoredSummary::read(&place).ok();
        assert_eq!(before.is_some(), messages == 5);
        assert_eq!(run.finish().unwrap(), place);
        assert_eq!(names(place.parent().unwrap()), ["run"]);
        assert_eq!(names(&place), ["flows.csv", "plots", "summary.json"]);
        let stored = StoredSummary::read(&place).unwrap();
        assert_eq!(stored.number("messages_sent", "value"), Some(messages as f64));
    }
    assert!(marks_result(&place));
}

#[test]
fn what_is_not_ours_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |place: &Path| {
        let error = RunDirectory::create(place).unwrap_err();
        assert!(matches!(error, RecordError::NotOurs { .. }), "{error}");
    };
    let place = folder.path().join("thesis");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("summary.json"), "{\"format\": \"another\"}").unwrap();
    refused(&place);
    fs::write(place.join("summary.json"), "no JSON").unwrap();
    refused(&place);
    refused(&place.join("summary.json"));
    assert_eq!(names(folder.path()), ["thesis"]);
    assert_eq!(names(&place), ["summary.json"]);
    for nameless in ["/", "."] {
        let error = RunDirectory::create(Path::new(nameless)).unwrap_err();
        let refused = matches!(error, RecordError::NotOurs { .. } | RecordError::NoName { .. });
        assert!(refused, "{error}");
    }
    // Nor what appeared while the run was under way.
    let late = folder.path().join("late");
    let run = RunDirectory::create(&late).unwrap();
    fs::write(&late, "somebody's").unwrap();
    assert!(matches!(run.finish(), Err(RecordError::NotOurs { .. })));
    assert_eq!(fs::read_to_string(&late).unwrap(), "somebody's");
    assert_eq!(names(folder.path()), ["late", "thesis"]);
}

#[test]
fn an_empty_directory_is_filled_and_stays_if_the_run_fails() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("prepared");
    fs::create_dir(&place).unwrap();
    drop(RunDirectory::create(&place).unwrap());
    assert_eq!(names(folder.path()), ["prepared"]);
    let run = RunDirectory::create(&place).unwrap();
    summary(4).write(run.path()).unwrap();
    run.finish().unwrap();
    assert_eq!(names(folder.path()), ["prepared"]);
    assert!(marks_result(&place));
    // What came into it meanwhile is somebody's.
    let late = folder.path().join("late");
    fs::create_dir(&late).unwrap();
    let run = RunDirectory::create(&late).unwrap();
    fs::write(late.join("thesis.tex"), "").unwrap();
    assert!(matches!(run.finish(), Err(RecordError::NotOurs { .. })));
    assert_eq!(names(&late), ["thesis.tex"]);
}

#[test]
fn what_a_process_leaves_can_be_removed_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDirectory::create(&folder.path().join("a/run")).unwrap();
    run.write("plots/a.svg", "<svg/>").unwrap();
    run.unfinished().clone().remove();
    assert_eq!(names(folder.path()), [""; 0]);
    let file = folder.path().join("trace.csv.partial");
    fs::write(&file, "at_s").unwrap();
    Unfinished::file(&file).remove();
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn an_unfinished_result_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a/b/run");
    let run = RunDirectory::create(&place).unwrap();
    run.write("queries.csv", "half a ro").unwrap();
    assert!(!place.exists() && run.path().exists());
    drop(run);
    assert_eq!(names(folder.path()), [""; 0]);

    // A failing write, here a directory in place of the file, ends the same way.
    let attempt = |place: &Path| -> Result<(), RecordError> {
        let run = RunDirectory::create(place)?;
        let obstacle = run.path().join("flows.csv");
        fs::create_dir(&obstacle).unwrap();
        run.table::<FlowRow>()?.finish()?;
        run.finish().map(|_| ())
    };
    let error = attempt(&place).unwrap_err();
    assert!(
        matches!(&error, RecordError::Io { path, .. } if path.ends_with("flows.csv")),
        "{error}"
    );
    assert_eq!(names(folder.path()), [""; 0]);

    // A file above the place.
    fs::write(folder.path().join("a"), "").unwrap();
    let error = RunDirectory::create(&place).unwrap_err();
    assert!(matches!(error, RecordError::Io { .. }), "{error}");
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_with_its_path() {
    let full = Path::new("/dev/full");
    let write = || -> Result<Written, RecordError> {
        let mut table = TableWriter::<QueryRow>::create(full)?;
        for number in 0..10 {
            table.write(&query(number))?;
        }
        table.finish()
    };
    let error = write().unwrap_err();
    assert!(!error.is_bug());
    assert!(
        error
            .to_string()
            .starts_with("cannot write /dev/full: No space left"),
        "{error}"
    );
    // The same when the disk fills before the end.
    let long = || -> Result<(), RecordError> {
        let mut table = TableWriter::<QueryRow>::create(full)?;
        (0..10_000).try_for_each(|number| table.write(&query(number)))
    };
    assert!(matches!(long(), Err(RecordError::Io { .. })));
}

#[test]
#[cfg(unix)]
fn a_result_behind_a_symbolic_link_is_replaced_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    for place in [&real, &link] {
        let run = RunDirectory::create(place).unwrap();
        summary(4).write(run.path()).unwrap();
        run.finish().unwrap();
        if place == &real {
            std::os::unix::fs::symlink(&real, &link).unwrap();
        }
    }
    assert!(link.is_symlink() && real.is_dir());
    assert_eq!(names(folder.path()), ["link", "real"]);
}

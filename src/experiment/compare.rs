//! Comparisons: scenarios of one world with different overlays, played on common random numbers and put side by side.

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::crew::{self, CrewRequest, CrewWitness};
use super::run::{Error, Run};
use crate::records::comparison::intervals;
use crate::records::{ComparisonInterval, ComparisonRow, Metric, Provenance, RunDirectory, write_table};
use crate::report;
use crate::scenario::schema::Action;
use crate::scenario::{Severity, world_differences};

/// Keys in which worlds differ that are named for each scenario.
const DIFFERENCES_MAX: usize = 10;

/// Scenarios that were read, checked, and found to have one world.
#[derive(Debug)]
pub struct Comparison {
    request: CrewRequest,
    runs: Vec<Run>,
    clock: Clock,
}

/// Where a comparison's results are and what they say.
#[derive(Debug)]
pub struct FinishedComparison {
    /// The directory.
    pub place: PathBuf,
    /// A row for each scenario and replication.
    pub rows: Vec<ComparisonRow>,
    /// What a user must check before trusting the numbers.
    pub notes: Vec<String>,
    /// How it came about.
    pub provenance: Provenance,
}

/// One run of a comparison.
#[derive(Clone, Copy, Debug)]
struct Task {
    scenario: usize,
    replication: u64,
}

impl Comparison {
    /// Reads scenarios and checks that they can be compared.
    ///
    /// # Errors
    /// What is wrong with the first scenario with which anything is; where its world differs from that of the first, the keys
    /// that do; [`Error::SameName`] and [`Error::Seeds`] if scenarios do not go together.
    ///
    /// # Panics
    /// When no scenario is asked for.
    pub fn read(request: CrewRequest) -> Result<Self, Error> {
        assert!(!request.scenarios.is_empty(), "a comparison is of scenarios");
        let clock = Clock::start();
        let files = request.scenarios.iter();
        let runs: Vec<Run> = files
            .map(|file| Run::read(request.of(file)))
            .collect::<Result<_, _>>()?;
        crew::check_together(&runs.iter().collect::<Vec<_>>())?;
        let (first, others) = runs.split_first().expect("a scenario is asked for");
        others.iter().try_for_each(|other| check_world(first, other))?;
        Ok(Self { request, runs, clock })
    }

    /// The scenarios' names.
    pub fn names(&self) -> Vec<String> {
        self.runs.iter().map(|run| crew::name(run.file())).collect()
    }

    /// The seed of all scenarios.
    pub fn seed(&self) -> u64 {
        self.runs[0].scenario.seed
    }

    /// Number of runs.
    pub fn runs(&self) -> u64 {
        self.runs.len() as u64 * self.request.replications
    }

    /// Where the results go.
    pub fn place(&self) -> PathBuf {
        self.request.out.clone().unwrap_or_else(|| {
            Path::new("results")
                .join("compare")
                .join(self.names().join("-"))
                .join(format!("seed-{}", self.seed()))
        })
    }

    /// Plays all replications of all scenarios and writes what was measured.
    ///
    /// # Errors
    /// What is wrong with the files that the scenarios name, or too large; [`Error::Worlds`]; [`Error::Interrupted`]; what the
    /// disk refuses.
    pub fn perform(mut self, witness: &dyn CrewWitness) -> Result<FinishedComparison, Error> {
        let threads = self.admit()?;
        let directory = RunDirectory::create(&self.place())?;
        witness.result_begun(directory.unfinished());
        let mut notes = Vec::new();
        for run in &mut self.runs {
            // Reads the files that it names, which are the same for all replications.
            let name = crew::name(run.file());
            let model = run.build()?;
            notes.extend(model.notes().iter().map(|note| format!("{name}: {note}")));
        }
        self.clock.built();
        let tasks = self.tasks();
        let played = crew::divide(&tasks, threads, |task| self.play(*task, witness))?;
        self.clock.played();
        let events = played.iter().map(|(_, events)| events).sum();
        let rows: Vec<ComparisonRow> = played.into_iter().map(|(row, _)| row).collect();
        self.check_worlds(&rows)?;
        self.write(&directory, &rows, &notes)?;
        report::draw_all(directory.path())?;
        let provenance = self.clock.written(&self.request.command_line, events, threads);
        provenance.write(directory.path())?;
        let place = directory.finish()?;
        Ok(FinishedComparison {
            place,
            rows,
            notes,
            provenance,
        })
    }

    /// Refuses runs that need more memory than they may use, and tells how many of them go side by side.
    fn admit(&self) -> Result<usize, Error> {
        let mut largest_bytes = 1.0;
        for run in &self.runs {
            run.admit()?;
            largest_bytes = f64::max(largest_bytes, run.estimate().peak_bytes());
        }
        Ok(crew::side_by_side(self.request.threads, largest_bytes))
    }

    /// All runs, in the order of the table.
    fn tasks(&self) -> Vec<Task> {
        let of = |scenario| {
            (0..self.request.replications).map(move |replication| Task {
                scenario,
                replication,
            })
        };
        (0..self.runs.len()).flat_map(of).collect()
    }

    /// Plays a run: its row, and how many events it took.
    fn play(&self, task: Task, witness: &dyn CrewWitness) -> Result<(ComparisonRow, u64), Error> {
        let mut run = self.runs[task.scenario].replication(task.replication);
        let played = crew::play_one(&mut run, witness)?;
        let events = played.events;
        let results = played.into_results();
        let row = ComparisonRow {
            scenario: crew::name(run.file()).into(),
            overlay: run.scenario.overlay_name().into(),
            replication: task.replication,
            world: results.world(),
            measured: results.compared(),
        };
        Ok((row, events))
    }

    /// Whether all runs of a replication found the same before them. Who is online may depend on the overlay where an action
    /// looks at it.
    fn check_worlds(&self, rows: &[ComparisonRow]) -> Result<(), Error> {
        let actions = &self.runs[0].scenario.actions;
        let is_free = |channel: &str| channel == "population" && actions.iter().any(Action::looks_at_overlay);
        for row in rows {
            let first = rows.iter().find(|first| first.replication == row.replication);
            let first = first.expect("a row is of its own replication");
            for ((channel, own), (_, others)) in row.world.channels().into_iter().zip(first.world.channels())
            {
                if own != others && !is_free(channel) {
                    return Err(Error::Worlds {
                        one: first.scenario.to_string(),
                        other: row.scenario.to_string(),
                        channel,
                        replication: row.replication,
                    });
                }
            }
        }
        Ok(())
    }

    fn write(&self, directory: &RunDirectory, rows: &[ComparisonRow], notes: &[String]) -> Result<(), Error> {
        let path = directory.path();
        let mut written = write_table(path, rows)?;
        let intervals: Vec<ComparisonInterval> = intervals(rows);
        written.merge(write_table(path, &intervals)?);
        for run in &self.runs {
            run.keep_inputs(directory)?;
            directory.write(&format!("{}.toml", crew::name(run.file())), run.resolved())?;
        }
        let scenario = &self.runs[0].scenario;
        let title = format!("comparison of {}", self.names().join(", "));
        let mut summary = crew::summary(title, self.seed(), notes.to_vec(), &written);
        summary.duration_ns = scenario.duration.ns();
        summary.warm_up_ns = scenario.warm_up.ns();
        summary.extend([
            Metric::integer("compared_scenarios", "scenarios", self.runs.len() as u64),
            Metric::integer("compared_replications", "replications", self.request.replications),
            Metric::integer("compared_runs", "runs", rows.len() as u64),
        ])?;
        summary.write(path)?;
        Ok(())
    }
}

/// Refuses a scenario whose world is not that of the first.
fn check_world(first: &Run, other: &Run) -> Result<(), Error> {
    let differences = world_differences(&first.scenario, &other.scenario);
    if differences.is_empty() {
        return Ok(());
    }
    let shown = |value: Option<String>| value.unwrap_or_else(|| "not set".to_owned());
    let problems = differences.into_iter().take(DIFFERENCES_MAX).map(|difference| {
        let message = format!(
            "`{}` is {} here and {} in {}: scenarios that are compared differ in `title`, `overlay` and `topology` only",
            difference.key,
            shown(difference.other),
            shown(difference.one),
            first.file().display()
        );
        (difference.key, message, Severity::Input)
    });
    Err(other.refuse(problems.collect()))
}

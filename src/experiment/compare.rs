//! Comparisons: scenarios of one world with different overlays, played on common random numbers and put side by side, as they stand
//! or along an [`Axis`]: changed in one respect, all alike, step by step.

mod axis;
mod growth;
mod survival;

pub use axis::{Axis, AxisError, Plain};
pub use growth::Growth;
pub use survival::Survival;

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::crew::{self, CrewRequest, CrewWitness};
use super::run::{Error, Run};
use crate::records::comparison::{ComparedRow, Step, intervals};
use crate::records::{Metric, Provenance, RunDirectory, write_table};
use crate::report;
use crate::scenario::schema::Action;
use crate::scenario::{Severity, world_differences};

/// Keys in which worlds differ that are named for each scenario.
const DIFFERENCES_MAX: usize = 10;

/// Scenarios that were read, checked, and found to have one world, with all their steps.
#[derive(Debug)]
pub struct Comparison<A: Axis = Plain> {
    request: CrewRequest,
    axis: A,
    scenarios: Vec<Compared<A::Step>>,
    clock: Clock,
}

/// A scenario of a comparison.
#[derive(Debug)]
struct Compared<S> {
    /// As it stands.
    run: Run,
    /// As it is in each of its steps.
    steps: Vec<(S, Run)>,
}

/// Where a comparison's results are and what they say.
#[derive(Debug)]
pub struct FinishedComparison<S> {
    /// The directory.
    pub place: PathBuf,
    /// A row for each scenario, step and replication.
    pub rows: Vec<ComparedRow<S>>,
    /// What a user must check before trusting the numbers, of the scenarios as they stand.
    pub notes: Vec<String>,
    /// How it came about.
    pub provenance: Provenance,
}

/// One run of a comparison.
#[derive(Clone, Copy, Debug)]
struct Task {
    scenario: usize,
    step: usize,
    replication: u64,
}

impl Comparison {
    /// Reads scenarios and checks that they can be compared as they stand.
    ///
    /// # Errors
    /// As [`Comparison::along`].
    ///
    /// # Panics
    /// When no scenario is asked for.
    pub fn read(request: CrewRequest) -> Result<Self, Error> {
        Self::along(Plain, request)
    }
}

impl<A: Axis> Comparison<A> {
    /// Reads scenarios and checks that they can be compared, in every step of an axis.
    ///
    /// # Errors
    /// What is wrong with the first scenario with which anything is, as it stands or in a step; where its world differs from that
    /// of the first, the keys that do; [`Error::SameName`] and [`Error::Seeds`] if scenarios do not go together;
    /// [`Error::Axis`] if the axis itself is wrong.
    ///
    /// # Panics
    /// When no scenario is asked for.
    pub fn along(axis: A, request: CrewRequest) -> Result<Self, Error> {
        assert!(!request.scenarios.is_empty(), "a comparison is of scenarios");
        let clock = Clock::start();
        axis.check()?;
        let files = request.scenarios.iter();
        let runs: Vec<Run> = files
            .map(|file| Run::read(request.of(file)))
            .collect::<Result<_, _>>()?;
        crew::check_together(&runs.iter().collect::<Vec<_>>())?;
        let (first, others) = runs.split_first().expect("a scenario is asked for");
        others.iter().try_for_each(|other| check_world(first, other))?;
        let scenarios = runs.into_iter().map(|run| Compared::of(&axis, run));
        Ok(Self {
            scenarios: scenarios.collect::<Result<_, _>>()?,
            axis,
            request,
            clock,
        })
    }

    /// The scenarios' names.
    pub fn names(&self) -> Vec<String> {
        let runs = self.scenarios.iter().map(|compared| &compared.run);
        runs.map(|run| crew::name(run.file())).collect()
    }

    /// The seed of all scenarios.
    pub fn seed(&self) -> u64 {
        self.scenarios[0].run.scenario.seed
    }

    /// Number of runs.
    pub fn runs(&self) -> u64 {
        self.variants().count() as u64 * self.request.replications
    }

    /// Where the results go.
    pub fn place(&self) -> PathBuf {
        self.request.out.clone().unwrap_or_else(|| {
            Path::new("results")
                .join(A::FOLDER)
                .join(self.names().join("-"))
                .join(format!("seed-{}", self.seed()))
        })
    }

    /// All scenarios in all their steps.
    fn variants(&self) -> impl Iterator<Item = &Run> {
        self.scenarios
            .iter()
            .flat_map(|compared| compared.steps.iter().map(|(_, run)| run))
    }

    /// Plays all replications of all scenarios in all steps and writes what was measured.
    ///
    /// # Errors
    /// What is wrong with the files that the scenarios name, or too large; [`Error::Worlds`]; [`Error::Interrupted`]; what the
    /// disk refuses.
    pub fn perform(mut self, witness: &dyn CrewWitness) -> Result<FinishedComparison<A::Step>, Error> {
        let threads = self.admit()?;
        let directory = RunDirectory::create(&self.place())?;
        witness.result_begun(directory.unfinished());
        let mut notes = Vec::new();
        for Compared { run, .. } in &mut self.scenarios {
            // Reads the files that it names, which are the same for all steps and replications.
            let name = crew::name(run.file());
            let model = run.build()?;
            notes.extend(model.notes().iter().map(|note| format!("{name}: {note}")));
        }
        self.clock.built();
        let tasks = self.tasks();
        let played = crew::divide(&tasks, threads, |task| self.play(*task, witness))?;
        self.clock.played();
        let events = played.iter().map(|(_, events)| events).sum();
        let rows: Vec<ComparedRow<A::Step>> = played.into_iter().map(|(row, _)| row).collect();
        self.check_worlds(&tasks, &rows)?;
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
        for run in self.variants() {
            run.admit()?;
            largest_bytes = f64::max(largest_bytes, run.estimate().peak_bytes());
        }
        Ok(crew::side_by_side(self.request.threads, largest_bytes))
    }

    /// All runs, in the order of the table.
    fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (scenario, compared) in self.scenarios.iter().enumerate() {
            for step in 0..compared.steps.len() {
                tasks.extend((0..self.request.replications).map(|replication| Task {
                    scenario,
                    step,
                    replication,
                }));
            }
        }
        tasks
    }

    /// Plays a run: its row, and how many events it took.
    fn play(&self, task: Task, witness: &dyn CrewWitness) -> Result<(ComparedRow<A::Step>, u64), Error> {
        let (step, variant) = &self.scenarios[task.scenario].steps[task.step];
        let mut run = variant.replication(task.replication);
        let played = crew::play_one(&mut run, witness)?;
        let events = played.events;
        let results = played.into_results();
        let row = ComparedRow {
            scenario: crew::name(run.file()).into(),
            overlay: run.scenario.overlay_name().into(),
            step: *step,
            replication: task.replication,
            world: results.world(),
            measured: self.axis.measure(step, &run.scenario, &results, events),
        };
        Ok((row, events))
    }

    /// Whether all runs of a step and a replication found the same before them. Who is online may depend on the overlay where an
    /// action looks at it.
    fn check_worlds(&self, tasks: &[Task], rows: &[ComparedRow<A::Step>]) -> Result<(), Error> {
        for (task, row) in tasks.iter().zip(rows) {
            let actions = &self.scenarios[task.scenario].steps[task.step].1.scenario.actions;
            let is_free = |channel| channel == "population" && actions.iter().any(Action::looks_at_overlay);
            let first = rows
                .iter()
                .find(|first| first.step == row.step && first.replication == row.replication);
            let first = first.expect("a row is of its own step and replication");
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

    fn write(
        &self,
        directory: &RunDirectory,
        rows: &[ComparedRow<A::Step>],
        notes: &[String],
    ) -> Result<(), Error> {
        let path = directory.path();
        let mut written = write_table(path, rows)?;
        written.merge(write_table(path, &intervals(rows))?);
        for Compared { run, .. } in &self.scenarios {
            run.keep_inputs(directory)?;
            directory.write(&format!("{}.toml", crew::name(run.file())), run.resolved())?;
        }
        let scenario = &self.scenarios[0].run.scenario;
        let title = format!("{} of {}", A::NAME, self.names().join(", "));
        let mut summary = crew::summary(title, self.seed(), notes.to_vec(), &written);
        summary.duration_ns = scenario.duration.ns();
        summary.warm_up_ns = scenario.warm_up.ns();
        summary.extend([
            Metric::integer("compared_scenarios", "scenarios", self.scenarios.len() as u64),
            Metric::integer("compared_replications", "replications", self.request.replications),
            Metric::integer("compared_runs", "runs", rows.len() as u64),
        ])?;
        summary.write(path)?;
        Ok(())
    }
}

impl<S: Step> Compared<S> {
    /// A scenario in all steps of an axis, each of which is read as a scenario of its own.
    fn of<A: Axis<Step = S>>(axis: &A, run: Run) -> Result<Self, Error> {
        let steps = axis.steps(&run)?.into_iter().map(|(step, changes)| {
            if changes.is_empty() {
                return Ok((step, run.replication(0)));
            }
            let variant = run.combination(&changes, 0).map_err(|error| Error::Changed {
                changes: changes
                    .iter()
                    .map(|(key, value)| format!("{key} = {value}"))
                    .collect(),
                error: Box::new(error),
            });
            Ok((step, variant?))
        });
        Ok(Self {
            steps: steps.collect::<Result<_, Error>>()?,
            run,
        })
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
            "`{}` is {} here and {} in {}: scenarios that are compared differ in `title`, `overlay`, `topology` and source \
             exchange only",
            difference.key,
            shown(difference.other),
            shown(difference.one),
            first.file().display()
        );
        (difference.key, message, Severity::Input)
    });
    Err(other.refuse(problems.collect()))
}

//! Replications: the same scenario in other worlds, and what their summaries say in the mean.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::crew::{self, CrewWitness};
use super::results::Results;
use super::run::{Error, Run};
use crate::records::{Metric, Provenance, RecordError, ReplicationRow, RunDirectory, Summary, write_table};
use crate::report;

/// Replications 0 to N - 1 of a scenario that was read and checked.
#[derive(Debug)]
pub struct Replications {
    run: Run,
    number: u64,
    /// Whether each leaves its tables and plots.
    is_kept: bool,
    clock: Clock,
}

/// Where results are and what they say.
#[derive(Debug)]
pub struct FinishedReplications {
    /// The directory.
    pub place: PathBuf,
    /// Means over the replications.
    pub summary: Summary,
    /// How they came about.
    pub provenance: Provenance,
}

/// What came of one replication.
struct Played {
    metrics: Vec<Metric>,
    notes: Vec<String>,
    events: u64,
}

impl Replications {
    /// So many replications of a scenario, each of which leaves its own tables in a directory `replication-R` if `is_kept`.
    ///
    /// # Panics
    /// When there are none.
    pub fn new(run: Run, number: u64, is_kept: bool) -> Self {
        assert!(number > 0, "a scenario is replicated");
        Self {
            run,
            number,
            is_kept,
            clock: Clock::start(),
        }
    }

    /// Number of runs.
    pub fn runs(&self) -> u64 {
        self.number
    }

    /// Where the results go.
    pub fn place(&self) -> PathBuf {
        self.run.request().out.clone().unwrap_or_else(|| {
            let seed = format!("seed-{}-replications-{}", self.run.scenario.seed, self.number);
            Path::new("results").join(crew::name(self.run.file())).join(seed)
        })
    }

    /// Plays all of them, each on one thread, and writes what they say.
    ///
    /// # Errors
    /// What is wrong with the files that the scenario names, or too large; [`Error::Interrupted`]; what the disk refuses.
    pub fn perform(mut self, witness: &dyn CrewWitness) -> Result<FinishedReplications, Error> {
        self.run.admit()?;
        let request = self.run.request().clone();
        let threads = crew::side_by_side(request.threads, self.run.estimate().peak_bytes());
        let directory = RunDirectory::create(&self.place())?;
        witness.result_begun(directory.unfinished());
        // Reads the files that the scenario names, which are the same for all replications.
        drop(self.run.build()?);
        self.clock.built();
        let numbers: Vec<u64> = (0..self.number).collect();
        let played = crew::divide(&numbers, threads, |number| {
            self.play(*number, directory.path(), witness)
        })?;
        self.clock.played();
        let events = played.iter().map(|played| played.events).sum();
        let rows: Vec<ReplicationRow> = numbers
            .iter()
            .zip(&played)
            .flat_map(|(number, played)| rows(*number, &played.metrics))
            .collect();
        let written = write_table(directory.path(), &rows)?;
        let mut notes = Vec::new();
        for note in played.iter().flat_map(|played| &played.notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        let scenario = &self.run.scenario;
        let mut summary = crew::summary(scenario.title.as_str(), scenario.seed, notes, &written);
        summary.duration_ns = scenario.duration.ns();
        summary.warm_up_ns = scenario.warm_up.ns();
        summary.add(Metric::integer("replications", "replications", self.number))?;
        summary.extend(means(&played))?;
        summary.write(directory.path())?;
        self.run.keep_inputs(&directory)?;
        directory.write("scenario.toml", self.run.resolved())?;
        let provenance = self.clock.written(&request.command_line, events, threads);
        provenance.write(directory.path())?;
        let place = directory.finish()?;
        Ok(FinishedReplications {
            place,
            summary,
            provenance,
        })
    }

    fn play(&self, number: u64, directory: &Path, witness: &dyn CrewWitness) -> Result<Played, Error> {
        let played = crew::play_one(&mut self.run.replication(number), witness)?;
        let events = played.events;
        let results = played.into_results();
        if self.is_kept {
            keep(&results, &directory.join(format!("replication-{number}")))?;
        }
        Ok(Played {
            metrics: results.metrics(),
            notes: results.notes().to_vec(),
            events,
        })
    }
}

/// Writes the tables of one replication, its summary and its plots.
fn keep(results: &Results, folder: &Path) -> Result<(), Error> {
    fs::create_dir(folder).map_err(|source| RecordError::io("create", folder, source))?;
    results.write(folder)?;
    report::draw_all(folder)?;
    Ok(())
}

/// What a replication's summary says, number by number.
fn rows(replication: u64, metrics: &[Metric]) -> Vec<ReplicationRow> {
    let mut rows = Vec::new();
    for metric in metrics {
        for (part, value) in metric.value.parts() {
            rows.push(ReplicationRow {
                replication,
                metric: metric.name.as_str().into(),
                part: part.into(),
                unit: metric.unit.into(),
                value,
            });
        }
    }
    rows
}

/// The mean of every number of the summaries over the replications in which it is defined.
fn means(played: &[Played]) -> Vec<Metric> {
    let mut values: BTreeMap<String, (&'static str, Vec<f64>)> = BTreeMap::new();
    for metric in played.iter().flat_map(|played| &played.metrics) {
        for (part, value) in metric.value.parts() {
            let name = match part.as_str() {
                "value" => metric.name.clone(),
                _ => format!("{}_{part}", metric.name),
            };
            let (_, values) = values.entry(name).or_insert((metric.unit, Vec::new()));
            values.extend(value);
        }
    }
    let means = values.into_iter();
    means
        .map(|(name, (unit, values))| Metric::interval(name, unit, &values))
        .collect()
}

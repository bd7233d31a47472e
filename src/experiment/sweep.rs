//! Sweeps: every combination of the values that scenarios list, measured, and put side by side.

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::crew::{self, CrewRequest, CrewWitness};
use super::run::{Error, Run};
use crate::records::metric::Metric;
use crate::records::{Measures, Provenance, RunDirectory, SweepRow, SweepTable};
use crate::report;
use crate::scenario::schema::{Combination, Overlay};

/// A sweep whose scenarios were read and checked, all combinations of them.
#[derive(Debug)]
pub struct Sweep {
    request: CrewRequest,
    scenarios: Vec<Swept>,
    clock: Clock,
}

/// A scenario of a sweep.
#[derive(Debug)]
struct Swept {
    /// What tables and plots call it: its file without the ending.
    name: String,
    /// The scenario as it stands.
    run: Run,
    combinations: Vec<Combination>,
}

/// One run of a sweep.
#[derive(Clone, Copy, Debug)]
struct Task {
    scenario: usize,
    combination: usize,
    replication: u64,
}

/// Where a sweep's results are and what they say.
#[derive(Debug)]
pub struct FinishedSweep {
    /// The directory.
    pub place: PathBuf,
    /// The rows.
    pub table: SweepTable,
    /// What a user must check before trusting the numbers, of the scenarios as they stand.
    pub notes: Vec<String>,
    /// How it came about.
    pub provenance: Provenance,
}

impl Sweep {
    /// Reads scenarios and checks them and all their combinations.
    ///
    /// # Errors
    /// What is wrong with the first scenario with which anything is; [`Error::SameName`] and [`Error::Seeds`] if scenarios do
    /// not go together.
    ///
    /// # Panics
    /// When no scenario is asked for.
    pub fn read(request: CrewRequest) -> Result<Self, Error> {
        assert!(!request.scenarios.is_empty(), "a sweep is of a scenario");
        let clock = Clock::start();
        let files = request.scenarios.iter();
        let scenarios: Vec<Swept> = files
            .map(|file| Swept::read(&request, file))
            .collect::<Result<_, _>>()?;
        let runs: Vec<&Run> = scenarios.iter().map(|swept| &swept.run).collect();
        crew::check_together(&runs)?;
        Ok(Self {
            request,
            scenarios,
            clock,
        })
    }

    /// The scenarios' names with their numbers of combinations.
    pub fn scenarios(&self) -> impl Iterator<Item = (&str, usize)> {
        let scenarios = self.scenarios.iter();
        scenarios.map(|swept| (swept.name.as_str(), swept.combinations.len()))
    }

    /// The seed of all scenarios.
    pub fn seed(&self) -> u64 {
        self.scenarios[0].seed()
    }

    /// Number of runs.
    pub fn runs(&self) -> u64 {
        let combinations: usize = self.scenarios().map(|(_, number)| number).sum();
        combinations as u64 * self.request.replications
    }

    /// Where the results go.
    pub fn place(&self) -> PathBuf {
        self.request.out.clone().unwrap_or_else(|| {
            let names: Vec<&str> = self.scenarios().map(|(name, _)| name).collect();
            let sweep = format!("seed-{}", self.seed());
            Path::new("results")
                .join("sweep")
                .join(names.join("-"))
                .join(sweep)
        })
    }

    /// Plays all combinations and writes what was measured.
    ///
    /// # Errors
    /// What is wrong with the files that the scenarios name, or too large; [`Error::Interrupted`]; what the disk refuses.
    pub fn perform(mut self, witness: &dyn CrewWitness) -> Result<FinishedSweep, Error> {
        let threads = self.admit()?;
        let directory = RunDirectory::create(&self.place())?;
        witness.result_begun(directory.unfinished());
        let mut notes = Vec::new();
        for swept in &mut self.scenarios {
            // Reads the files that it names, which are the same for all combinations.
            let model = swept.run.build()?;
            notes.extend(model.notes().iter().map(|note| format!("{}: {note}", swept.name)));
        }
        self.clock.built();
        let tasks = self.tasks();
        let played = crew::divide(&tasks, threads, |task| self.play(*task, witness))?;
        self.clock.played();
        let events = played.iter().map(|played| played.events).sum::<u64>();
        let table = self.table(&tasks, played);
        self.write(&directory, &table, &notes)?;
        report::draw_all(directory.path())?;
        let provenance = self.clock.written(&self.request.command_line, events, threads);
        provenance.write(directory.path())?;
        let place = directory.finish()?;
        Ok(FinishedSweep {
            place,
            table,
            notes,
            provenance,
        })
    }

    /// Refuses combinations that need more memory than they may use, and tells how many of them go side by side.
    fn admit(&self) -> Result<usize, Error> {
        let mut largest_bytes = 1.0;
        for swept in &self.scenarios {
            for combination in &swept.combinations {
                let run = swept.run.combination(combination, 0)?;
                run.admit()?;
                largest_bytes = f64::max(largest_bytes, run.estimate().peak_bytes());
            }
        }
        Ok(crew::side_by_side(self.request.threads, largest_bytes))
    }

    /// All runs, in the order of the table.
    fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (scenario, swept) in self.scenarios.iter().enumerate() {
            for combination in 0..swept.combinations.len() {
                let replications = 0..self.request.replications;
                tasks.extend(replications.map(|replication| Task {
                    scenario,
                    combination,
                    replication,
                }));
            }
        }
        tasks
    }

    fn play(&self, task: Task, witness: &dyn CrewWitness) -> Result<Measured, Error> {
        let swept = &self.scenarios[task.scenario];
        let mut run = swept
            .run
            .combination(&swept.combinations[task.combination], task.replication)?;
        let overlay = run.scenario.overlay.clone();
        let played = crew::play_one(&mut run, witness)?;
        let events = played.events;
        let structured = overlay.as_ref().and_then(Overlay::structured);
        let structured = structured.expect("lookups were checked to have a structured overlay");
        let measures = played.into_results().measures(structured.give_up().ns());
        Ok(Measured {
            protocol: structured.protocol(),
            measures,
            events,
        })
    }

    fn table(&self, tasks: &[Task], played: Vec<Measured>) -> SweepTable {
        let all = self
            .scenarios
            .iter()
            .flat_map(|swept| swept.run.scenario.sweep.0.keys());
        let mut keys: Vec<String> = all.cloned().collect();
        keys.sort();
        keys.dedup();
        let row = |(task, measured): (&Task, Measured)| {
            let swept = &self.scenarios[task.scenario];
            let combination = &swept.combinations[task.combination];
            let setting = |key: &String| {
                let value = combination.iter().find(|(other, _)| other == key);
                value.map_or_else(String::new, |(_, value)| text(value))
            };
            SweepRow {
                scenario: swept.name.clone(),
                protocol: measured.protocol.to_owned(),
                replication: task.replication,
                settings: keys.iter().map(setting).collect(),
                measures: measured.measures,
            }
        };
        SweepTable {
            rows: tasks.iter().zip(played).map(row).collect(),
            keys,
        }
    }

    fn write(&self, directory: &RunDirectory, table: &SweepTable, notes: &[String]) -> Result<(), Error> {
        let written = table.write(directory.path())?;
        for swept in &self.scenarios {
            swept.run.keep_inputs(directory)?;
            directory.write(&format!("{}.toml", swept.name), swept.run.swept())?;
        }
        let names: Vec<&str> = self.scenarios().map(|(name, _)| name).collect();
        let title = format!("sweep of {}", names.join(", "));
        let mut summary = crew::summary(title, self.seed(), notes.to_vec(), &written);
        let lookups: u64 = table.rows.iter().map(|row| row.measures.lookups).sum();
        let combinations: usize = self.scenarios().map(|(_, number)| number).sum();
        summary.extend([
            Metric::integer("sweep_combinations", "combinations", combinations as u64),
            Metric::integer("sweep_replications", "replications", self.request.replications),
            Metric::integer("sweep_runs", "runs", written.rows),
            Metric::integer("lookups", "lookups", lookups),
        ])?;
        summary.write(directory.path())?;
        Ok(())
    }
}

impl Swept {
    fn read(request: &CrewRequest, file: &Path) -> Result<Self, Error> {
        let run = Run::read_swept(request.of(file))?;
        let sweep = &run.scenario.sweep;
        let number = usize::try_from(sweep.combinations_number()).expect("their number was checked");
        Ok(Self {
            name: crew::name(file),
            combinations: (0..number).map(|number| sweep.combination(number)).collect(),
            run,
        })
    }

    fn seed(&self) -> u64 {
        self.run.scenario.seed
    }
}

/// A swept value in a table: as in the scenario, but that a string has no quotation marks.
fn text(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What came of one run.
#[derive(Debug)]
struct Measured {
    protocol: &'static str,
    measures: Measures,
    events: u64,
}

//! `servent topology SCENARIO|FILE`: what the graph is like.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::ScenarioArguments;
use super::exit::{Ending, Exit, Failure};
use super::run::failure;
use crate::engine::Seed;
use crate::experiment::{Request, Run};
use crate::topology::analysis::Effort;
use crate::topology::{Analysis, Graph, export, snapshot};

/// Largest edge list after inflating.
const FILE_BYTES_MAX: u64 = 8 << 30;
/// Bars of the degree distribution are at most so many characters wide.
const BAR_WIDTH: u64 = 40;

#[derive(Args, Debug)]
pub(crate) struct TopologyArguments {
    #[command(flatten)]
    source: ScenarioArguments,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Writes the analysis as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Format {
    /// For people.
    Text,
    /// The analysis as JSON.
    Json,
    /// The graph as GraphML.
    Graphml,
    /// The graph for Graphviz.
    Dot,
}

/// Analyses or exports a graph.
pub(crate) fn topology(arguments: &TopologyArguments) -> Ending {
    let (graph, labels, seed) = load(&arguments.source)?;
    let mut text = String::new();
    if matches!(arguments.format, Format::Graphml | Format::Dot) {
        let write = if arguments.format == Format::Dot {
            export::dot
        } else {
            export::graphml
        };
        write(&graph, labels.as_deref(), &mut text).expect("writing to a string does not fail");
        if arguments.json.is_none() {
            return super::print(&text);
        }
    }
    let analysis = Analysis::of(&graph, Effort::default(), seed);
    let mut json = serde_json::to_string_pretty(&analysis).expect("an analysis has only string keys");
    json.push('\n');
    if let Some(path) = &arguments.json {
        std::fs::write(path, &json).map_err(|error| {
            Failure::new(
                Exit::Io,
                format!("error: cannot write {}: {error}", path.display()),
            )
        })?;
    }
    match arguments.format {
        Format::Text => super::print(&describe(&analysis)),
        Format::Json => super::print(&json),
        Format::Graphml | Format::Dot => super::print(&text),
    }
}

/// The graph of a scenario (a `.toml` file) or of an edge list.
fn load(source: &ScenarioArguments) -> Result<(Graph, Option<Vec<u64>>, Seed), Failure> {
    let path = &source.scenario;
    if path.extension().is_some_and(|extension| extension == "toml") {
        let mut run = Run::read(Request::of_scenario(source)).map_err(failure)?;
        let (graph, labels) = run.graph().map_err(failure)?;
        return Ok((
            graph,
            Some(labels),
            Seed {
                seed: run.scenario.seed,
                replication: 0,
            },
        ));
    }
    let (graph, labels) = edge_list(path)?;
    Ok((
        graph,
        Some(labels),
        Seed {
            seed: 1,
            replication: 0,
        },
    ))
}

fn edge_list(path: &Path) -> Result<(Graph, Vec<u64>), Failure> {
    let bad = |error: String| Failure::new(Exit::BadInput, format!("error: {}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let decoded = snapshot::decode(&bytes, FILE_BYTES_MAX).map_err(|error| bad(error.to_string()))?;
    let snapshot = snapshot::parse(&decoded, 1).map_err(|error| bad(error.to_string()))?;
    Ok((snapshot.graph, snapshot.labels))
}

fn describe(analysis: &Analysis) -> String {
    let mut text = String::new();
    let optional = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let exactness = if analysis.diameter_exact {
        "exact"
    } else {
        "at least"
    };
    let rows = [
        ("nodes", analysis.nodes.to_string()),
        ("edges", analysis.edges.to_string()),
        ("components", analysis.components.to_string()),
        (
            "largest component",
            format!(
                "{} nodes, {} edges",
                analysis.largest_component_nodes, analysis.largest_component_edges
            ),
        ),
        (
            "degree",
            format!(
                "mean {:.4}, median {}, largest {}",
                analysis.degree_mean, analysis.degree_median, analysis.degree_max
            ),
        ),
        (
            "clustering",
            format!("{:.6} (mean over all nodes)", analysis.clustering_mean),
        ),
        ("triangles", analysis.triangles.to_string()),
        ("mean path", optional(analysis.path_mean)),
        ("diameter", format!("{} ({exactness})", analysis.diameter)),
        (
            "90 % effective diameter",
            optional(analysis.effective_diameter_90),
        ),
    ];
    for (name, value) in rows {
        writeln!(text, "{name:<24} {value}").expect("writing to a string does not fail");
    }
    text.push_str("\ndegree    nodes\n");
    let most = analysis.degree_histogram.values().copied().max().unwrap_or(1);
    for (degree, nodes) in &analysis.degree_histogram {
        let width = usize::try_from(nodes * BAR_WIDTH / most).unwrap_or(0);
        writeln!(text, "{degree:>6} {nodes:>8} {}", "#".repeat(width))
            .expect("writing to a string does not fail");
    }
    text
}

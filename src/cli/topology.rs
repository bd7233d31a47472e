//! `servent topology SCENARIO|FILE`: what the graph is like.

use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::{Ending, Exit, Failure};
use super::run::failure;
use super::{Changes, share};
use crate::engine::Seed;
use crate::experiment::{Request, Run};
use crate::scenario::units::Share;
use crate::topology::analysis::Effort;
use crate::topology::snapshot::DecodeError;
use crate::topology::{Analysis, Graph, Removal, export, snapshot};

/// Largest edge list after inflating.
const FILE_BYTES_MAX: u64 = 8 << 30;
/// Bars of the degree distribution are at most so many characters wide.
const BAR_WIDTH: u64 = 40;

#[derive(Args, Debug)]
pub(crate) struct TopologyArguments {
    /// A scenario (`*.toml`), or an edge list: two node labels a line, gzipped or not.
    #[arg(value_name = "SCENARIO|FILE")]
    source: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Takes this share of the nodes out first, drawn at random, such as 0.3.
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "remove_best_connected")]
    remove_random: Option<Share>,
    /// Takes this share of the nodes out first, those with the most neighbours, such as 0.04.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    remove_best_connected: Option<Share>,
    /// What to print.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Writes the analysis as JSON to this file as well; `-` prints it instead of anything else.
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
    let (graph, labels, seed) = load(arguments)?;
    let (graph, labels) = match removal(arguments) {
        Some(removal) => {
            let left = removal.survivors(&graph, seed);
            let labels = left.iter().map(|&node| labels[node as usize]).collect();
            (graph.among(&left), labels)
        }
        None => (graph, labels),
    };
    let (format, file) = match &arguments.json {
        Some(path) if path.as_os_str() == "-" => (Format::Json, None),
        file => (arguments.format, file.as_ref()),
    };
    let mut text = String::new();
    match format {
        Format::Graphml => export::graphml(&graph, Some(&labels), &mut text),
        Format::Dot => export::dot(&graph, Some(&labels), &mut text),
        Format::Text | Format::Json => Ok(()),
    }
    .expect("writing to a string does not fail");
    if matches!(format, Format::Text | Format::Json) || file.is_some() {
        let analysis = Analysis::of(&graph, Effort::default(), seed);
        let mut json = serde_json::to_string_pretty(&analysis).expect("an analysis has only string keys");
        json.push('\n');
        if let Some(path) = file {
            std::fs::write(path, &json).map_err(|error| {
                Failure::new(Exit::Io, format_args!("cannot write {}: {error}", path.display()))
            })?;
        }
        match format {
            Format::Text => text = describe(&analysis),
            Format::Json => text = json,
            Format::Graphml | Format::Dot => {}
        }
    }
    super::print(&text)
}

/// What is taken out of the graph.
fn removal(arguments: &TopologyArguments) -> Option<Removal> {
    let random = arguments
        .remove_random
        .map(|share| Removal::Random { share: share.get() });
    let best = arguments
        .remove_best_connected
        .map(|share| Removal::BestConnected { share: share.get() });
    random.or(best)
}

/// The graph of a scenario (a `.toml` file) or of an edge list.
fn load(arguments: &TopologyArguments) -> Result<(Graph, Vec<u64>, Seed), Failure> {
    let path = &arguments.source;
    let seed = |seed| Seed { seed, replication: 0 };
    if path.extension().is_some_and(|extension| extension == "toml") {
        let mut run = Run::read(Request::of_scenario(path, &arguments.changes)).map_err(failure)?;
        let (graph, labels) = run.graph().map_err(failure)?;
        return Ok((graph, labels, seed(run.scenario.seed)));
    }
    let (graph, labels) = edge_list(path)?;
    Ok((graph, labels, seed(1)))
}

fn edge_list(path: &Path) -> Result<(Graph, Vec<u64>), Failure> {
    let bad = |exit, error: &dyn Display| Failure::new(exit, format_args!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| bad(Exit::BadInput, &error))?;
    let decoded = snapshot::decode(&bytes, FILE_BYTES_MAX).map_err(|error| match error {
        DecodeError::TooLarge { .. } | DecodeError::Inflated { .. } => bad(Exit::Limit, &error),
        DecodeError::Truncated | DecodeError::Damaged { .. } => bad(Exit::BadInput, &error),
    })?;
    let snapshot = snapshot::parse(&decoded, 1).map_err(|error| bad(Exit::BadInput, &error))?;
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

//! Plots of a result, drawn from the tables on disk and from nothing else.
//!
//! This room never sees a live simulation: whatever it shows can be drawn again from a result by anybody. Equal
//! tables give equal bytes on every platform: coordinates are rounded, logarithms come from the engine's mathematics,
//! and no font is measured.

mod axis;
mod canvas;
mod chart;
mod hull;
mod plots;
#[cfg(test)]
mod tests;
pub mod tradeoff;

use crate::records::{RecordError, SweepTable, read_table, series::SeriesTable};
use chart::Chart;
use std::fs;
use std::path::{Path, PathBuf};

/// The directory of the plots, in a result.
pub const DIRECTORY: &str = "plots";

/// Why plots could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A table could not be read, or a plot not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Draws every plot that the tables in a result's directory allow into its `plots/`, and gives their paths.
///
/// Tables that are absent or have no rows give no plots; plots for which the rows hold no value say so.
///
/// # Errors
/// When a table is damaged or a plot cannot be written.
pub fn draw_all(run: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut charts: Vec<(&str, Chart)> = Vec::new();
    if let Some(series) = SeriesTable::read(run)?.filter(|table| !table.rows.is_empty()) {
        charts.push(("messages-by-kind", plots::messages_by_kind(&series)));
        charts.push(("online-peers", plots::online_peers(&series)));
    }
    let queries = read_table(run)?.unwrap_or_default();
    if !queries.is_empty() {
        charts.push(("success-by-hops", plots::success_by_hops(&queries)));
        charts.push(("first-hit-latency", plots::first_hit_latency(&queries)));
    }
    let lookups = read_table(run)?.unwrap_or_default();
    if !lookups.is_empty() {
        charts.push(("lookup-hops", plots::lookup_hops(&lookups)));
        charts.push(("lookup-latency", plots::lookup_latency(&lookups)));
    }
    let peers = read_table(run)?.unwrap_or_default();
    if !peers.is_empty() {
        charts.push(("load-by-rank", plots::load_by_rank(&peers)));
        charts.push(("degree-distribution", plots::degree_distribution(&peers)));
    }
    let downloads = read_table(run)?.unwrap_or_default();
    if !downloads.is_empty() {
        charts.push(("download-time", plots::download_time(&downloads)));
    }
    let flows = read_table(run)?.unwrap_or_default();
    if !flows.is_empty() {
        charts.push(("transfer-time", plots::transfer_time(&flows)));
    }

    if let Some(sweep) = SweepTable::read(run)?.filter(|table| !table.rows.is_empty()) {
        charts.push(("cost-performance", plots::cost_performance(&sweep)));
    }

    let comparison = read_table(run)?.unwrap_or_default();
    if !comparison.is_empty() {
        charts.extend(plots::comparison(&comparison));
    }

    let survival = read_table(run)?.unwrap_or_default();
    if !survival.is_empty() {
        charts.extend(plots::survival(&survival));
    }
    let growth = read_table(run)?.unwrap_or_default();
    if !growth.is_empty() {
        charts.extend(plots::growth(&growth));
    }

    let folder = run.join(DIRECTORY);
    let mut paths = Vec::new();
    for (name, chart) in charts {
        let path = folder.join(format!("{name}.svg"));
        fs::create_dir_all(&folder).map_err(|source| RecordError::io("create", &folder, source))?;
        fs::write(&path, chart.svg()).map_err(|source| RecordError::io("write", &path, source))?;
        paths.push(path);
    }
    Ok(paths)
}

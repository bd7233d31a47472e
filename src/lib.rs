//! `servent`: a deterministic laboratory for peer-to-peer networks.

#![forbid(unsafe_code)]

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod overlay;
pub mod population;
pub mod records;
pub mod report;
pub mod scenario;
pub mod sharing;
pub mod topology;
pub mod underlay;

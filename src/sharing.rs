//! The sharing floor.

pub mod action;
pub mod director;
pub mod observed;
pub mod truth;

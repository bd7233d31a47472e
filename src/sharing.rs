//! The sharing floor.

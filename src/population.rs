//! The population floor.

//! The scenario file: schema, units, defaults, diagnostics.
//!
//! [`read`] turns text into a resolved [`Scenario`] or a [`Report`] of everything that is wrong with it, each problem
//! with its place. This room does no IO: the caller reads the file, and the files that a scenario names.
//!
//! One set of structs ([`schema`]) is what the file may hold. The JSON Schema is generated from them, the check of a
//! document is driven by that schema, and [`show`] writes them back; none of these can know a key that another does not.

pub mod build;
pub mod schema;
pub mod units;

pub use schema::Scenario;

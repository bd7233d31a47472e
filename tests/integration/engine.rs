//! The engine against the reference engine, and properties that need no reference.

mod case;
mod chaos;
mod corners;
mod equality;
mod example;
mod laws;
mod toy;

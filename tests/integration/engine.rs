//! The engine against the reference engine, and properties that need no reference.

mod case;
mod chaos;
mod equality;
mod toy;

//! Results are the same to the byte: on the reference engine and on the real one with any number of threads, in debug
//! and in release, here and elsewhere, now and from the resolved scenario that a result holds.

mod cases;
mod engines;
mod inputs;
mod oracle;
mod traces;

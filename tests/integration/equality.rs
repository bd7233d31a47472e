//! Results are the same to the byte: on the reference engine and on the real one with any number of threads, in debug
//! and in release, here and elsewhere, now and from the resolved scenario that a result holds.

mod cases;
mod drawn;
mod engines;
mod frozen;
mod inputs;
mod metamorphic;
mod oracle;
mod replays;
mod traces;

pub(crate) use engines::hold;

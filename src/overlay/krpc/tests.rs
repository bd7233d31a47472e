//! The room against others' data: published vectors, and a dissector that is not ours.

mod dissector;
mod vectors;

//! The room against published vectors.

mod vectors;

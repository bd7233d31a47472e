//! Gnutella 0.4.

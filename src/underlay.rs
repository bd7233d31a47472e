//! The underlay floor.

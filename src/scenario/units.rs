//! Quantities with units, read exactly and written back canonically.
//!
//! A quantity is a string (`"50 ms"`, `"1.5 Mbit/s"`, `"256 KiB"`). It is read as a decimal and never passes through a
//! float, so what stands in the file is what the engine gets; what would need rounding is refused. Writing a quantity
//! and reading it again gives the same quantity.

mod decimal;
mod frequency;
mod kind;
mod number;
mod quantity;

pub use frequency::Frequency;
pub use kind::QuantityError;
pub use number::{NonNegative, Positive, Share};
pub use quantity::{Bytes, Distance, Duration, Rate, Speed};

pub(crate) use kind::Quantity;
pub(crate) use number::Number;

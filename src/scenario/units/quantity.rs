//! The quantities that are whole numbers of steps: durations, rates, sizes, distances, speeds.

use super::kind::{BYTES, DISTANCE, DURATION, QuantityError, RATE, SPEED};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// Makes one newtype over `u64`.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $getter:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(u64);

        impl $name {
            #[doc = concat!("Of so many ", $unit, ".")]
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            #[doc = concat!("In ", $unit, ".")]
            pub const fn $getter(self) -> u64 {
                self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = QuantityError;

            fn from_str(text: &str) -> Result<Self, QuantityError> {
                $kind.read(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$kind.write(self.0))
            }
        }

        text_form!($name, $kind);
    };
}

/// What every quantity has in common: it is a string in files, and shows itself so.
macro_rules! text_form {
    ($name:ident, $kind:expr) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $kind.schema()
            }
        }
    };
}

quantity!(
    /// A span of time in whole nanoseconds: `"50 ms"`, `"2 h"`, `"1.5 s"`.
    Duration,
    DURATION,
    ns,
    "nanoseconds"
);
quantity!(
    /// A data rate in whole bits per second: `"56 kbit/s"`, `"1.5 Mbit/s"`, `"10 KiB/s"`.
    Rate,
    RATE,
    bps,
    "bits per second"
);
quantity!(
    /// A size in whole bytes: `"256 KiB"` (1024-based), `"4 MB"` (1000-based), `"700 B"`.
    Bytes,
    BYTES,
    bytes,
    "bytes"
);
quantity!(
    /// A distance in whole metres: `"5000 km"`, `"300 m"`.
    Distance,
    DISTANCE,
    metres,
    "metres"
);
quantity!(
    /// A speed in whole metres per second: `"200000 km/s"`.
    Speed,
    SPEED,
    metres_per_second,
    "metres per second"
);

pub(super) use text_form;

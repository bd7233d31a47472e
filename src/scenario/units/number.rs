//! Numbers without unit that have a range: shares, and what is above or at least zero.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// One kind of number: how the scenario reader knows it without knowing its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    /// What stands under `x-number` in the JSON Schema.
    pub(crate) name: &'static str,
    /// What it must be, as a fragment after "must be".
    pub(crate) range: &'static str,
    holds: fn(f64) -> bool,
}

const SHARE: Number = Number {
    name: "share",
    range: "a share from 0 to 1",
    holds: |value| (0.0..=1.0).contains(&value),
};
const POSITIVE: Number = Number {
    name: "positive",
    range: "a number above 0",
    holds: |value| value > 0.0 && value.is_finite(),
};
const NON_NEGATIVE: Number = Number {
    name: "non-negative",
    range: "a number of 0 or more",
    holds: |value| value >= 0.0 && value.is_finite(),
};

impl Number {
    /// Every kind.
    pub(crate) const ALL: [Number; 3] = [SHARE, POSITIVE, NON_NEGATIVE];

    /// Whether a value is in range; NaN never is.
    pub(crate) fn holds(&self, value: f64) -> bool {
        (self.holds)(value)
    }
}

/// Makes one newtype over `f64`.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $kind:expr, { $($key:literal : $value:expr),* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
        pub struct $name(f64);

        impl $name {
            /// The value, if it is in range.
            pub fn new(value: f64) -> Option<Self> {
                // Minus zero is zero, so that equal scenarios are written alike.
                $kind.holds(value).then_some(Self(value + 0.0))
            }

            /// The value.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = f64::deserialize(deserializer)?;
                Self::new(value).ok_or_else(|| de::Error::custom(format!("{value} is not {}", $kind.range)))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $kind.range,
                    "type": "number",
                    $($key: $value,)*
                    "x-number": $kind.name,
                })
            }
        }
    };
}

number!(
    /// A share or probability: finite, from 0 to 1.
    Share,
    SHARE,
    { "minimum": 0, "maximum": 1 }
);
number!(
    /// A finite number above zero.
    Positive,
    POSITIVE,
    { "exclusiveMinimum": 0 }
);
number!(
    /// A finite number of zero or more.
    NonNegative,
    NON_NEGATIVE,
    { "minimum": 0 }
);

/// A default in code.
macro_rules! constant {
    ($name:ident) => {
        impl $name {
            /// A default in code, known to be in range.
            pub(crate) const fn constant(value: f64) -> Self {
                Self(value)
            }
        }
    };
}

constant!(Share);
constant!(NonNegative);

//! Laws of lengths (sessions, absences) and of sizes.

use crate::scenario::units::{Bytes, Duration, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A law of durations: sessions, absences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LengthLaw {
    /// Memoryless.
    Exponential(Exponential),
    /// Stretched exponential: many short and a few very long ones for a shape below 1.
    Weibull(Weibull),
    /// The logarithm is normal.
    LogNormal(LogNormal),
    /// A power-law tail.
    Pareto(Pareto),
    /// Any length between two bounds.
    Uniform(Uniform),
    /// Always the same length.
    Fixed(Fixed),
}

/// Exponential law.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// Mean. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["1 h"]))]
    pub mean: Duration,
}

/// Weibull law: P(X > x) = exp(-(x/scale)^shape), with scale = mean / gamma(1 + 1/shape).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weibull {
    /// Shape, from 0.1 to 100; measured sessions have 0.34 to 0.59 (Stutzbach and Rejaie, IMC 2006). Required.
    #[schemars(extend("minimum" = 0.1, "maximum" = 100.0))]
    pub shape: Positive,
    /// Mean. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["1 h"]))]
    pub mean: Duration,
}

/// Log-normal law: exactly one of `mean` and `median`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogNormal {
    /// Mean; median * exp(sigma^2 / 2). This or the median is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub mean: Option<Duration>,
    /// Median. This or the mean is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub median: Option<Duration>,
    /// Standard deviation of the natural logarithm, at most 6. Required.
    #[schemars(extend("maximum" = 6.0))]
    pub sigma: Positive,
}

/// Pareto law: P(X > x) = (minimum/x)^shape; exactly one of `mean` and `minimum`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pareto {
    /// Shape, from 0.1 to 100; the mean is infinite for 1 or less. Required.
    #[schemars(extend("minimum" = 0.1, "maximum" = 100.0))]
    pub shape: Positive,
    /// Mean, for a shape above 1; minimum * shape / (shape - 1). This or the minimum is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub mean: Option<Duration>,
    /// Shortest length. This or the mean is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub minimum: Option<Duration>,
}

/// Uniform law.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// Shortest length. Default: "0 s".
    #[serde(default)]
    pub min: Duration,
    /// Longest length. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["2 h"]))]
    pub max: Duration,
}

/// Always the same length.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// The length. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["1 h"]))]
    pub length: Duration,
}

impl LengthLaw {
    /// Whether the mean is finite: an equilibrium start needs that.
    pub fn mean_is_finite(&self) -> bool {
        match self {
            Self::Pareto(law) => law.shape.get() > 1.0,
            _ => true,
        }
    }
}

/// A law of sizes of items.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeLaw {
    /// Always the same size.
    Fixed(FixedSize),
    /// The logarithm is normal.
    LogNormal(LogNormalSize),
    /// Any size between two bounds.
    Uniform(UniformSize),
}

/// Always the same size.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedSize {
    /// The size. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["4 MB"]))]
    pub size: Bytes,
}

/// Log-normal law of sizes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogNormalSize {
    /// Median. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["4 MB"]))]
    pub median: Bytes,
    /// Standard deviation of the natural logarithm, at most 6. Required.
    #[schemars(extend("maximum" = 6.0))]
    pub sigma: Positive,
    /// Largest size: larger draws are cut to it. Default: "1 TiB".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub max: Option<Bytes>,
}

/// Uniform law of sizes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UniformSize {
    /// Smallest size, at least 1 B. Default: "1 B".
    #[serde(default = "one_byte")]
    #[schemars(extend("x-positive" = true))]
    pub min: Bytes,
    /// Largest size. Required.
    #[schemars(extend("x-positive" = true, "examples" = ["4 MB"]))]
    pub max: Bytes,
}

fn one_byte() -> Bytes {
    Bytes::new(1)
}

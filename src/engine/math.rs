//! The only transcendental functions of the laboratory.
//!
//! `std`'s `ln`, `exp`, `powf`, `sin` differ in their last bits between platforms and compiler builds; those of the
//! exactly pinned `libm` do not, so every result stays equal to the byte. Nothing else in the crate calls either.

/// Natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `ln(1 + x)`, accurate near zero.
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Base-10 logarithm.
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// Base-2 logarithm.
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Exponential.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `exp(x) - 1`, accurate near zero.
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// `x` to the power `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Sine of an angle in radians.
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Arc tangent, in radians.
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// The Gamma function.
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

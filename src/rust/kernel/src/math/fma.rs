//! Multiplication and addition with a single rounding.

pub(super) trait Fma {
    /// `a * b + c`, rounded once.
    fn fma(a: f64, b: f64, c: f64) -> f64;
}

/// The processor's own instruction, in functions compiled for it.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) struct Hardware;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Fma for Hardware {
    #[inline(always)]
    fn fma(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

//! Exponentials and logarithms whose bits are the same on every platform.
//!
//! Each is the published algorithm that glibc has, with its multiplications
//! and additions fused as they are in glibc on x86-64 processors with a fused
//! multiply-add, for it is those bits that Scanpy's p-values and fold changes
//! are made of. Where the processor has no such instruction, `software.rs`
//! computes the same numbers without; the platform's own functions, which
//! differ between platforms in the last bit, are not called.
//!
//! Nothing else in this crate is fused: Scanpy's own arithmetic is not.

mod exp;
mod exp_m1;
mod exp_table;
mod fma;
mod ln;
mod ln_table;
mod log2;
mod log2_table;
mod parts;
// All processors of 64-bit ARM have fused multiply-add.
#[cfg(any(test, not(target_arch = "aarch64")))]
mod software;
#[cfg(test)]
pub(crate) mod tests;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use fma::Hardware;
#[cfg(not(target_arch = "aarch64"))]
use software::Software;

/// `$name(x)` is `$name::$name::<F>(x)` of the fastest `F` that the processor
/// can run.
macro_rules! portable {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[cfg(target_arch = "x86_64")]
        pub fn $name(x: f64) -> f64 {
            #[target_feature(enable = "fma")]
            unsafe fn fused(x: f64) -> f64 {
                $name::$name::<Hardware>(x)
            }
            if is_x86_feature_detected!("fma") {
                // SAFETY: the processor has what `fused` is compiled for.
                unsafe { fused(x) }
            } else {
                $name::$name::<Software>(x)
            }
        }

        $(#[$documentation])*
        #[cfg(target_arch = "aarch64")]
        pub fn $name(x: f64) -> f64 {
            $name::$name::<Hardware>(x)
        }

        $(#[$documentation])*
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        pub fn $name(x: f64) -> f64 {
            $name::$name::<Software>(x)
        }
    };
}

portable! {
    /// e to the power of `x`.
    exp
}

portable! {
    /// e to the power of `x`, less 1.
    exp_m1
}

portable! {
    /// The natural logarithm of `x`.
    ln
}

portable! {
    /// The binary logarithm of `x`.
    log2
}

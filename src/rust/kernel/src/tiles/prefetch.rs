//! Hints to the processor that change no result.

/// Load the cache line of `slice[index]` soon; there need not be such an entry.
#[inline(always)]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
        let address = slice.as_ptr().wrapping_add(index).cast();
        // SAFETY: a prefetch reads nothing into the program, and does nothing
        // at an address that is not mapped.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (slice, index);
}

/// Load the cache lines of `n` entries from `slice[first]` on soon; there
/// need not be so many.
#[inline(always)]
pub(crate) fn prefetch_many<T>(slice: &[T], first: usize, n: usize) {
    let a_line = 64 / size_of::<T>();
    // Entries need not begin where a line does.
    for line in 0..n / a_line + 1 {
        prefetch(slice, first + line * a_line);
    }
}

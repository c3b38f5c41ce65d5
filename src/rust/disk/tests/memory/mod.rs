//! The memory that some work of this thread takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Bytes that this thread has, and the most that it had.
    static MEMORY: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Counts bytes.
struct Counting;

fn count(more: usize, less: usize) {
    // A thread that ends counts no more.
    let _ = MEMORY.try_with(|memory| {
        let (now, most) = memory.get();
        let now = (now + more).saturating_sub(less);
        memory.set((now, most.max(now)));
    });
}

// SAFETY: the system's allocator does everything.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as the caller has it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as the caller has it.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most bytes that some work takes.
pub fn memory_of(work: impl FnOnce()) -> usize {
    MEMORY.with(|memory| memory.set((0, 0)));
    work();
    MEMORY.with(|memory| memory.get().1)
}

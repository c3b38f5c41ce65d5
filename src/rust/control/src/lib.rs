//! What long work shares with whoever waits for it: how far it is, and whether
//! it should stop.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far the work is, and whether it should stop.
///
/// Any thread may look at it or change it.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Control {
    /// Ask the work to stop; it ends with [`Cancelled`] soon after.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// The share of the work that is done, from 0 to 1.
    pub fn fraction_done(&self) -> f64 {
        let total = self.total.load(Ordering::Relaxed);
        if total == 0 {
            return 0.0;
        }
        (self.done.load(Ordering::Relaxed) as f64 / total as f64).min(1.0)
    }

    /// Say that there is this much more work to do.
    pub fn expect(&self, work: u64) {
        self.total.fetch_add(work, Ordering::Relaxed);
    }

    /// Count `work` as done and stop here if the caller wants to.
    ///
    /// # Errors
    /// [`Cancelled`] once [`Control::cancel`] was called.
    pub fn checkpoint(&self, work: u64) -> Result<(), Cancelled> {
        self.done.fetch_add(work, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        Ok(())
    }
}

/// [`Control::cancel`] was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the work was cancelled")
    }
}

impl std::error::Error for Cancelled {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_done_goes_from_none_to_all() {
        let control = Control::default();
        assert_eq!(control.fraction_done(), 0.0);
        control.expect(4);
        control.expect(4);
        assert_eq!(control.checkpoint(2), Ok(()));
        assert_eq!(control.fraction_done(), 0.25);
        assert_eq!(control.checkpoint(7), Ok(()));
        assert_eq!(control.fraction_done(), 1.0);
    }

    #[test]
    fn cancelled_work_stops_at_the_next_checkpoint() {
        let control = Control::default();
        control.cancel();
        assert_eq!(control.checkpoint(0), Err(Cancelled));
    }
}

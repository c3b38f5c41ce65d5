use crate::input::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a running ranking shares with whoever waits for it: how far it is,
/// and whether it should stop.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Control {
    /// Ask the ranking to stop; it returns [`Error::Cancelled`] soon after.
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

    /// Say that there is so much work more.
    pub fn expect(&self, work: u64) {
        self.total.fetch_add(work, Ordering::Relaxed);
    }

    /// Say that there is so much work less, which was expected.
    pub fn retract(&self, work: u64) {
        self.total.fetch_sub(work, Ordering::Relaxed);
    }

    /// Count `work` as done and stop here if the caller wants to.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once [`Control::cancel`] was called.
    pub fn checkpoint(&self, work: u64) -> Result<(), Error> {
        self.done.fetch_add(work, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}

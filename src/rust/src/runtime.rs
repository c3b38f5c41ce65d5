//! Running the kernel beside R: a pool of threads for one call, the main
//! thread waiting for it, watching for interrupts and showing progress.
//!
//! There is no global pool, as its threads would be missing in a forked
//! process and every call there would wait for them for ever.

use crate::status::Status;
use extendr_api::prelude::*;
use rayon::ThreadPoolBuilder;
use std::any::Any;
use std::convert::Infallible;
use std::ffi::{c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::time::Duration;
use wilcoxide_control::Control;

/// How often the main thread looks up from waiting.
const TICK: Duration = Duration::from_millis(100);

/// How a call of the kernel ended without a result.
pub enum Stop<E> {
    /// The user interrupted it.
    Interrupted,
    /// The kernel refused.
    Refused(E),
    /// A fault of this package: what it says of itself.
    Fault(String),
}

impl Stop<Infallible> {
    /// The same of a call that might have refused.
    fn of_any<E>(self) -> Stop<E> {
        match self {
            Stop::Interrupted => Stop::Interrupted,
            Stop::Refused(never) => match never {},
            Stop::Fault(message) => Stop::Fault(message),
        }
    }
}

/// Run `work` on `threads` threads and wait for it on this one, R's.
///
/// `tick` is an R function of the fraction done that returns `TRUE` when it
/// was interrupted.
pub fn run<T: Send, E: Send>(
    threads: usize,
    control: &Control,
    tick: Option<&Function>,
    work: impl FnOnce() -> std::result::Result<T, E> + Send,
) -> std::result::Result<T, Stop<E>> {
    let (mut work, mut result) = (Some(work), None);
    let stop = wait_for(threads, control, tick, &mut || {
        result = work.take().map(|work| work());
    });
    match (stop, result) {
        (Some(stop), _) => Err(stop.of_any()),
        (None, Some(result)) => result.map_err(Stop::Refused),
        (None, None) => Err(Stop::Fault("the work ended without a result".into())),
    }
}

/// The same of work of any kind, which is compiled once. Returns why it did not
/// come to its end.
fn wait_for(
    threads: usize,
    control: &Control,
    tick: Option<&Function>,
    work: &mut (dyn FnMut() + Send),
) -> Option<Stop<Infallible>> {
    let pool = match ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool,
        Err(error) => return Some(Stop::Fault(format!("no threads could be started: {error}"))),
    };
    let mut interrupted = false;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let (sender, receiver) = channel();
        pool.in_place_scope(|scope| {
            scope.spawn(move |_| {
                work();
                // Nobody listens any more only when R's thread panicked.
                let _ = sender.send(());
            });
            // A panic drops the sender.
            while let Err(RecvTimeoutError::Timeout) = receiver.recv_timeout(TICK) {
                interrupted = interrupted || tick_interrupts(tick, control);
                if interrupted {
                    control.cancel();
                }
            }
        })
    }));
    match outcome {
        _ if interrupted => Some(Stop::Interrupted),
        Ok(()) => None,
        Err(panic) => Some(Stop::Fault(panic_message(&*panic))),
    }
}

/// The same for work that says itself how far it is; `tick` may be missing.
pub(crate) fn run_on<T: Send>(
    threads: i32,
    tick: &Nullable<Function>,
    work: impl FnOnce(&Control) -> std::result::Result<T, Status> + Send,
) -> std::result::Result<T, Stop<Status>> {
    let control = Control::default();
    let tick = match tick {
        NotNull(tick) => Some(tick),
        Null => None,
    };
    run(threads.max(1) as usize, &control, tick, || work(&control))
}

/// Do what takes no time on this thread.
pub(crate) fn run_here<T>(
    work: impl FnOnce() -> std::result::Result<T, Status>,
) -> std::result::Result<T, Stop<Status>> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(Stop::Refused),
        Err(panic) => Err(Stop::Fault(panic_message(&*panic))),
    }
}

fn tick_interrupts(tick: Option<&Function>, control: &Control) -> bool {
    let shown = tick.map(|tick| tick.call(pairlist!(control.fraction_done())));
    // R's own errors in there are printed by R; they stop nothing.
    matches!(shown, Some(Ok(answer)) if answer.as_bool() == Some(true)) || interrupt_pending()
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()))
        .unwrap_or_else(|| "a panic without a message".into())
}

extern "C" {
    fn R_CheckUserInterrupt();
    fn R_ToplevelExec(
        function: Option<unsafe extern "C" fn(*mut c_void)>,
        data: *mut c_void,
    ) -> c_int;
}

unsafe extern "C" fn check_interrupt(_: *mut c_void) {
    // SAFETY: called by `interrupt_pending` only, inside `R_ToplevelExec`.
    unsafe { R_CheckUserInterrupt() }
}

/// Whether the user asked R to stop; the request is taken off.
fn interrupt_pending() -> bool {
    // SAFETY: this is R's main thread, and both are part of R's API.
    // `R_ToplevelExec` catches the jump out of `check_interrupt`, which has no
    // Rust value to drop.
    unsafe { R_ToplevelExec(Some(check_interrupt), std::ptr::null_mut()) == 0 }
}

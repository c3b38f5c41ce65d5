//! Whether another program writes to a file.

use std::fs;

/// Lock a file as HDF5 locks one that it reads; false where HDF5 has it open
/// for writing, here or elsewhere.
///
/// The lock goes with the file when it is closed. Where there are no locks,
/// there is nothing in the way.
#[cfg(unix)]
pub(super) fn lock_shared(file: &fs::File) -> bool {
    use rustix::fs::{flock, FlockOperation};
    use rustix::io::Errno;
    !matches!(
        flock(file, FlockOperation::NonBlockingLockShared),
        Err(Errno::WOULDBLOCK)
    )
}

#[cfg(not(unix))]
pub(super) fn lock_shared(_: &fs::File) -> bool {
    true
}

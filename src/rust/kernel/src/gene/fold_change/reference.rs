//! Fold changes against a reference group.

use super::FoldChange;
use crate::input::Groups;

/// Fold changes of every group against the reference, in the order of slots.
pub(super) fn compare(groups: &Groups, change: FoldChange, by_slot: &[f64], out: &mut [f32]) {
    let opposite = by_slot[groups.len()] / groups.opposite_size(0) as f64;
    for (slot, out) in out.iter_mut().enumerate() {
        let mean = by_slot[slot] / groups.size(slot) as f64;
        *out = change.of(mean, opposite);
    }
}

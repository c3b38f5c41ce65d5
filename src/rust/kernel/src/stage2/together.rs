//! p-values of several groups, adjusted as one family.

use super::adjust::{Correction, LogAdjuster};
use rayon::prelude::*;

/// Adjust the p-values of all columns together, or decimal logarithms of them, in
/// place. NaN is of no family, and stays.
pub fn adjust_together(correction: Correction, are_logs: bool, columns: &mut [&mut [f64]]) {
    let mut placed: Vec<(f64, u32, u32)> = columns
        .par_iter()
        .enumerate()
        .flat_map_iter(|(column, values)| {
            let values = values.iter().enumerate();
            let values = values.filter(|(_, value)| !value.is_nan());
            values.map(move |(row, &value)| (value, column as u32, row as u32))
        })
        .collect();
    placed.par_sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let mut sorted: Vec<f64> = placed.iter().map(|&(value, ..)| value).collect();
    match are_logs {
        true => LogAdjuster::new(correction, sorted.len()).adjust(&mut sorted),
        false => correction.adjust(&mut sorted),
    }
    for ((_, column, row), adjusted) in placed.into_iter().zip(sorted) {
        columns[column as usize][row as usize] = adjusted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_one_family_and_what_is_nan_is_in_none() {
        let (mut one, mut other) = ([0.5, 0.01, f64::NAN], [0.02]);
        adjust_together(Correction::Bonferroni, false, &mut [&mut one, &mut other]);
        assert_eq!((one[0], one[1], other[0]), (1.0, 0.03, 0.06));
        assert!(one[2].is_nan());
        let mut logs = [-2.0, -1.0];
        adjust_together(Correction::BenjaminiHochberg, true, &mut [&mut logs]);
        assert_eq!(logs, [-2.0 + 2f64.log10(), -1.0]);
        adjust_together(Correction::Holm, false, &mut []);
    }
}

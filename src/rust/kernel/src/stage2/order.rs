//! The order of the genes of one group.

use crate::gene::sort::{payload, sort_positions, SortScratch};

/// Memory for ordering, used again from group to group.
#[derive(Default)]
pub(crate) struct Order {
    negated: Vec<f64>,
    entries: Vec<u64>,
    scratch: SortScratch,
    /// Genes by descending score, or magnitude of it.
    pub genes: Vec<u32>,
    /// Genes by descending magnitude of the score; ties in any order.
    pub by_magnitude: Vec<u32>,
}

impl Order {
    /// Order genes by descending score, or its magnitude; ties by index.
    pub fn make(&mut self, scores: &[f64], rankby_abs: bool) {
        self.negated.clear();
        self.negated.extend(
            scores
                .iter()
                .map(|&z| if rankby_abs { -z.abs() } else { -z }),
        );
        let sorted = sort_positions(&self.negated, &mut self.entries, &mut self.scratch);
        self.genes.clear();
        self.genes.extend(sorted.iter().map(|&e| payload(e)));
        self.by_magnitude.clear();
        if rankby_abs {
            self.by_magnitude.extend(&self.genes);
        } else {
            self.merge_ends(scores);
        }
    }

    /// The largest magnitudes are at both ends of the order: take the larger
    /// of the two again and again.
    fn merge_ends(&mut self, scores: &[f64]) {
        let magnitude = |gene: u32| scores[gene as usize].abs();
        let mut left = self.genes.as_slice();
        while let [first, .., last] = *left {
            let take_first = magnitude(first) >= magnitude(last);
            self.by_magnitude
                .push(if take_first { first } else { last });
            left = if take_first {
                &left[1..]
            } else {
                &left[..left.len() - 1]
            };
        }
        self.by_magnitude.extend(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scores() -> impl Strategy<Value = Vec<f64>> {
        let score = prop_oneof![-9.0..9.0f64, Just(0.0), Just(-0.0), Just(2.5), Just(-2.5)];
        prop::collection::vec(score, 0..500)
    }

    proptest! {
        #[test]
        fn scores_descend_and_ties_go_by_index(scores in scores(), by_magnitude: bool) {
            let value = |gene: u32| {
                let z = scores[gene as usize];
                if by_magnitude { z.abs() } else { z }
            };
            let mut expected: Vec<u32> = (0..scores.len() as u32).collect();
            expected.sort_by(|&a, &b| value(b).partial_cmp(&value(a)).unwrap());
            let mut order = Order::default();
            order.make(&scores, by_magnitude);
            prop_assert_eq!(&order.genes, &expected);

            let magnitudes: Vec<f64> =
                order.by_magnitude.iter().map(|&g| scores[g as usize].abs()).collect();
            prop_assert!(magnitudes.windows(2).all(|pair| pair[0] >= pair[1]));
            order.by_magnitude.sort();
            prop_assert!(order.by_magnitude.iter().copied().eq(0..scores.len() as u32));
        }
    }
}

//! What fuzzing tries, on random bytes and on the cases it has found.

use crate::{matrix, parts};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn parts_that_do_not_fit_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parts::check(&bytes);
    }

    #[test]
    fn any_small_matrix_ranks_as_defined(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        matrix::check(&bytes);
    }
}

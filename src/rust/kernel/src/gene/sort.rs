//! Sorting of entries: a 32-bit key in the high half, a payload in the low.

use std::cmp::Ordering;

/// The key of a float32 that is not NaN and not zero: keys order as the
/// values do.
#[inline(always)]
pub(crate) fn key_of_single(value: f32) -> u32 {
    let bits = value.to_bits();
    let flip = ((bits as i32) >> 31) as u32 | 0x8000_0000;
    bits ^ flip
}

/// The value of a key: the inverse of [`key_of_single`].
#[inline(always)]
pub(crate) fn single_of_key(key: u32) -> f32 {
    let flip = !(((key as i32) >> 31) as u32) | 0x8000_0000;
    f32::from_bits(key ^ flip)
}

/// Keys of positive values are at least this.
pub(crate) const FIRST_POSITIVE_KEY: u32 = 0x8000_0000;

#[inline(always)]
pub(crate) fn entry(key: u32, payload: u32) -> u64 {
    u64::from(key) << 32 | u64::from(payload)
}

#[inline(always)]
pub(crate) fn key(entry: u64) -> u32 {
    (entry >> 32) as u32
}

#[inline(always)]
pub(crate) fn payload(entry: u64) -> u32 {
    entry as u32
}

/// Room that sorting needs besides the entries.
#[derive(Default)]
pub(crate) struct SortScratch {
    spare: Vec<u64>,
    counts: Vec<u32>,
}

/// Below this a comparison sort is faster than counting digits.
const SHORTEST_RADIX: usize = 256;

impl SortScratch {
    /// Sort entries by key; `lowest` and `highest` bound the keys.
    ///
    /// Where payloads ascend, those of equal keys still do so afterwards.
    pub(crate) fn sort(&mut self, entries: &mut [u64], lowest: u32, highest: u32) {
        let n = entries.len();
        let bits = 32 - (highest - lowest).leading_zeros();
        if bits == 0 {
            return;
        }
        if n < SHORTEST_RADIX {
            entries.sort_unstable();
            return;
        }
        if self.spare.len() < n {
            self.spare.resize(n, 0);
        }
        let spare = &mut self.spare[..n];
        let digits = Digits::new(lowest, bits, n);
        count_digits(entries, digits, &mut self.counts);
        let (low, high) = self.counts.split_at_mut(digits.values());
        scatter(entries, spare, |entry| digits.low(entry), low);
        scatter(spare, entries, |entry| digits.high(entry), high);
        if digits.shift > 0 {
            sort_alike(entries, |entry| digits.of(entry));
        }
    }
}

/// The leading bits of a key less the lowest, cut into two digits.
///
/// The two together set nearly all entries apart: the bits that follow are left
/// to comparisons.
#[derive(Clone, Copy)]
struct Digits {
    lowest: u32,
    width: u32,
    shift: u32,
}

impl Digits {
    fn new(lowest: u32, bits: u32, n: usize) -> Self {
        let widest = (n.ilog2() - 2).clamp(8, 12);
        let width = bits.div_ceil(2).min(widest);
        Self {
            lowest,
            width,
            shift: bits.saturating_sub(2 * width),
        }
    }

    /// How many values each digit has.
    fn values(self) -> usize {
        1 << self.width
    }

    #[inline(always)]
    fn of(self, entry: u64) -> u32 {
        key(entry).wrapping_sub(self.lowest) >> self.shift
    }

    #[inline(always)]
    fn low(self, entry: u64) -> usize {
        self.of(entry) as usize & (self.values() - 1)
    }

    #[inline(always)]
    fn high(self, entry: u64) -> usize {
        (self.of(entry) >> self.width) as usize & (self.values() - 1)
    }
}

/// Count both digits in one reading of the entries, then turn the counts into
/// the places where each digit starts.
fn count_digits(entries: &[u64], digits: Digits, counts: &mut Vec<u32>) {
    counts.clear();
    counts.resize(2 * digits.values(), 0);
    let (low, high) = counts.split_at_mut(digits.values());
    for &entry in entries {
        low[digits.low(entry)] += 1;
        high[digits.high(entry)] += 1;
    }
    for counts in [low, high] {
        let mut start = 0;
        for count in counts {
            start += std::mem::replace(count, start);
        }
    }
}

#[inline(always)]
fn scatter(from: &[u64], to: &mut [u64], digit: impl Fn(u64) -> usize, starts: &mut [u32]) {
    for &entry in from {
        let start = &mut starts[digit(entry)];
        to[*start as usize] = entry;
        *start += 1;
    }
}

/// An entry that must go further than this has its whole run sorted.
const FURTHEST_INSERTION: usize = 16;

/// Sort entries whose digits are in order, by insertion: few are out of place.
#[inline(always)]
fn sort_alike(entries: &mut [u64], digits: impl Fn(u64) -> u32) {
    let mut next = 1;
    while next < entries.len() {
        if key(entries[next]) >= key(entries[next - 1]) || insert(entries, next) {
            next += 1;
            continue;
        }
        let run = digits(entries[next]);
        let start = entries[..next].partition_point(|&entry| digits(entry) < run);
        let after = entries[next..].partition_point(|&entry| digits(entry) <= run);
        entries[start..next + after].sort_unstable();
        next += after;
    }
}

/// Move the entry at `from` down to its place; `false` if that is too far.
#[inline(always)]
fn insert(entries: &mut [u64], from: usize) -> bool {
    let entry = entries[from];
    let lowest = from.saturating_sub(FURTHEST_INSERTION);
    let below = |&at: &usize| key(entries[at - 1]) <= key(entry);
    match (lowest + 1..from).rev().find(below) {
        Some(to) => {
            entries.copy_within(to..from, to + 1);
            entries[to] = entry;
            true
        }
        None => false,
    }
}

/// Sort the positions `0..values.len()` by value, ties by position.
///
/// Values are sorted by their nearest float32 first: rounding never swaps
/// two values, so only those that round alike are left to compare. No value
/// may be NaN. Returned entries have the position as payload; their keys
/// count the distinct values from 0.
pub(crate) fn sort_positions<'a>(
    values: &[f64],
    entries: &'a mut Vec<u64>,
    scratch: &mut SortScratch,
) -> &'a mut [u64] {
    entries.clear();
    let (mut lowest, mut highest) = (u32::MAX, 0);
    let mut are_singles = true;
    entries.extend(values.iter().zip(0..).map(|(&value, position)| {
        are_singles &= f64::from(value as f32) == value;
        let key = key_of_single(value as f32 + 0.0);
        lowest = lowest.min(key);
        highest = highest.max(key);
        entry(key, position)
    }));
    if entries.is_empty() {
        return entries;
    }
    scratch.sort(entries, lowest, highest);
    let mut distinct = 0;
    if are_singles {
        // Nothing was rounded: equal keys are equal values.
        let mut last = key(entries[0]);
        for e in entries.iter_mut() {
            distinct += u32::from(key(*e) != last);
            last = key(*e);
            *e = entry(distinct, payload(*e));
        }
        return entries;
    }
    let value_of = |entry: u64| values[payload(entry) as usize];
    for alike in entries.chunk_by_mut(|&a, &b| key(a) == key(b)) {
        let first = value_of(alike[0]);
        if alike.iter().any(|&e| value_of(e) != first) {
            alike.sort_unstable_by(|&a, &b| {
                let by_value = value_of(a).partial_cmp(&value_of(b));
                by_value
                    .unwrap_or(Ordering::Equal)
                    .then(payload(a).cmp(&payload(b)))
            });
        }
        let mut last = value_of(alike[0]);
        for e in alike {
            let value = value_of(*e);
            distinct += u32::from(value != last);
            last = value;
            *e = entry(distinct, payload(*e));
        }
        distinct += 1;
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_order_as_values_and_come_back() {
        let values = [
            f32::NEG_INFINITY,
            -3.5,
            -1e-40,
            f32::MIN_POSITIVE / 2.0,
            1.0,
            7.25,
            f32::INFINITY,
        ];
        for pair in values.windows(2) {
            assert!(key_of_single(pair[0]) < key_of_single(pair[1]));
        }
        for value in values {
            let key = key_of_single(value);
            assert_eq!(single_of_key(key), value);
            assert_eq!(key >= FIRST_POSITIVE_KEY, value > 0.0);
        }
    }

    fn sorted_by_both(keys: &[u32]) -> (Vec<u64>, Vec<u64>) {
        let mut entries: Vec<u64> = keys
            .iter()
            .enumerate()
            .map(|(i, &k)| entry(k, i as u32))
            .collect();
        let mut plain = entries.clone();
        plain.sort();
        let lowest = *keys.iter().min().unwrap();
        let highest = *keys.iter().max().unwrap();
        let mut scratch = SortScratch::default();
        scratch.sort(&mut entries, lowest, highest);
        (entries, plain)
    }

    #[test]
    fn every_length_and_width_sorts_as_the_standard_sort() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            (state >> 33) as u32
        };
        for n in [1, 2, 255, 256, 900, 3_000, 9_000, 20_000] {
            for bits in [0, 1, 5, 13, 26, 31] {
                let keys: Vec<u32> = (0..n)
                    .map(|_| 77 + (random() & ((1u32 << bits) - 1)))
                    .collect();
                let (sorted, plain) = sorted_by_both(&keys);
                assert_eq!(sorted, plain, "n {n}, bits {bits}");
            }
        }
    }

    #[test]
    fn entries_alike_in_their_leading_bits_are_sorted_all_the_same() {
        let far = u32::MAX - 1;
        let close = |n: u32, step: u32| -> Vec<u32> {
            let descending = (0..n).rev().map(|i| 5 + step * i);
            descending.chain([far, far - 1, 3]).collect()
        };
        // Everything in one run, runs longer and shorter than insertions go,
        // and a first entry that must go to the very front.
        for (n, step) in [(300, 1), (3_000, 1), (3_000, 1 << 9), (3_000, 1 << 12)] {
            let (sorted, plain) = sorted_by_both(&close(n, step));
            assert_eq!(sorted, plain, "n {n}, step {step}");
        }
        let many_ties: Vec<u32> = (0..5_000).map(|i| 9 + i * 7 % 3).chain([far]).collect();
        let (sorted, plain) = sorted_by_both(&many_ties);
        assert_eq!(sorted, plain);
    }

    fn check_positions(values: &[f64]) -> Result<(), TestCaseError> {
        let mut entries = Vec::new();
        let mut scratch = SortScratch::default();
        let sorted = sort_positions(values, &mut entries, &mut scratch);
        let mut expected: Vec<usize> = (0..values.len()).collect();
        expected.sort_by(|&a, &b| values[a].partial_cmp(&values[b]).unwrap());
        let positions: Vec<usize> = sorted.iter().map(|&e| payload(e) as usize).collect();
        prop_assert_eq!(&positions, &expected);
        prop_assert!(sorted.first().is_none_or(|&first| key(first) == 0));
        for pair in sorted.windows(2) {
            let [one, next] = [pair[0], pair[1]].map(|e| values[payload(e) as usize]);
            prop_assert_eq!(key(pair[1]) - key(pair[0]), u32::from(one != next));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn positions_sort_by_value_then_place(
            values in prop::collection::vec(
                prop_oneof![
                    -3.0..3.0f64,
                    Just(1.0),
                    Just(1.0 + f64::EPSILON),
                    Just(-0.0),
                    Just(0.0),
                    Just(f64::INFINITY),
                    Just(1e300),
                ],
                0..600,
            )
        ) {
            check_positions(&values)?;
        }

        #[test]
        fn positions_of_float32_sort_alike(
            values in prop::collection::vec(
                prop_oneof![
                    (-3.0..3.0f32).prop_map(f64::from),
                    (-4..4).prop_map(f64::from),
                    Just(-0.0),
                    Just(f64::INFINITY),
                ],
                0..600,
            )
        ) {
            check_positions(&values)?;
        }
    }
}

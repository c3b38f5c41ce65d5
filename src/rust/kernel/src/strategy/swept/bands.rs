//! Bands of values, which threads sweep by themselves.

use super::level_sets::LevelSets;
use super::parts::Part;
use rayon::prelude::*;
use std::ops::Range;

/// Level sets of which one is looked at, for each band.
const SAMPLES_A_BAND: usize = 128;
/// The same, of all bands together at least.
const LEAST_SAMPLES: usize = 1 << 13;
/// What a level set costs a sweep besides its genes, in genes.
const A_SET: u64 = 30;

/// Where the values of a tile are cut. Values are above 0, where their bits are
/// in the order of the values.
pub(super) struct Bands {
    /// The first value of each interval but the first.
    bounds: Vec<u64>,
    /// The bands of each interval: one, but where a single value is so frequent
    /// that its cells are dealt out to several.
    intervals: Vec<Range<usize>>,
}

impl Bands {
    /// All values together.
    pub fn one() -> Self {
        let mut bands = Self {
            bounds: Vec::new(),
            intervals: Vec::new(),
        };
        bands.add(1);
        bands
    }

    /// Cut the values into about `n` bands of as much work, judging by some of
    /// the level sets.
    pub fn cut(parts: &[Part], n: usize) -> Self {
        let step = sampling_step(parts, n);
        let n_sets: usize = parts.iter().map(|part| part.level_sets.sets.len()).sum();
        let mut sample = Vec::with_capacity(n_sets / step + parts.len());
        for Part { level_sets, .. } in parts {
            let sets = level_sets.sets.iter().zip(&level_sets.values);
            sample.extend(
                sets.step_by(step)
                    .map(|(set, value)| (value.to_bits(), set.len)),
            );
        }
        Self::of_sample(sample, n, parts.len())
    }

    /// The same, judging by the values and genes of these level sets.
    pub fn of_sample(mut sample: Vec<(u64, u32)>, n: usize, n_parts: usize) -> Self {
        sample.sort_unstable();
        let share = weight(&sample).div_ceil(n as u64).max(1) as i64;

        let mut bands = Self::one();
        // What the open band has, and what those before it have too much.
        let mut open = 0;
        for run in sample.chunk_by(|one, other| one.0 == other.0) {
            let (value, weight) = (run[0].0, weight(run) as i64);
            if weight > share + share / 2 {
                let pieces = (weight / share + 1).min(n_parts as i64) as usize;
                bands.begin(value, pieces);
                bands.begin(value + 1, 1);
                open = 0;
            } else {
                if open > 0 && open + weight / 2 > share {
                    bands.begin(value, 1);
                    open -= share;
                }
                open += weight;
            }
        }
        bands
    }

    /// Begin an interval, whose values are dealt out to so many bands.
    fn begin(&mut self, value: u64, pieces: usize) {
        self.bounds.push(value);
        self.add(pieces);
    }

    fn add(&mut self, pieces: usize) {
        let next = self.len();
        self.intervals.push(next..next + pieces);
    }

    /// How many bands there are.
    pub fn len(&self) -> usize {
        self.intervals.last().map_or(0, |last| last.end)
    }

    /// The bands of each interval, ascending: several are of one value.
    pub fn intervals(&self) -> &[Range<usize>] {
        &self.intervals
    }

    /// The band of a value of a part of the cells, one of `n_parts`.
    #[inline(always)]
    pub fn of(&self, value: f64, part: usize, n_parts: usize) -> usize {
        let bits = value.to_bits();
        let bands = &self.intervals[self.bounds.partition_point(|&bound| bound <= bits)];
        bands.start + bands.len() * part / n_parts
    }

    /// Deal the level sets of every part out to the bands. All of a single part
    /// for a single band are left as they are.
    pub fn deal(&self, parts: &[Part], dealt: &mut Vec<Dealt>) {
        if let ([_], 1) = (parts, self.len()) {
            return;
        }
        deal_all(parts, dealt, self.len(), |number, part| {
            let band_of = move |&value: &f64| self.of(value, number, parts.len()) as u16;
            part.level_sets.values.iter().map(band_of)
        });
    }
}

/// Deal the level sets of every part out to `n_bands` bands; `bands` gives those of
/// the sets of a part, one of this number.
pub(super) fn deal_all<'a, B: Iterator<Item = u16>>(
    parts: &'a [Part],
    dealt: &mut Vec<Dealt>,
    n_bands: usize,
    bands: impl Fn(usize, &'a Part) -> B + Sync,
) {
    dealt.resize_with(parts.len(), Dealt::default);
    let all = parts.par_iter().zip(dealt.par_iter_mut()).enumerate();
    all.with_max_len(1)
        .for_each(|(number, (part, dealt))| dealt.deal(n_bands, bands(number, part)));
}

/// Of how many level sets one is looked at, for `n` bands.
pub(super) fn sampling_step(parts: &[Part], n: usize) -> usize {
    let n_sets: usize = parts.iter().map(|part| part.level_sets.sets.len()).sum();
    n_sets / (SAMPLES_A_BAND * n).max(LEAST_SAMPLES) + 1
}

/// What it costs to sweep some level sets, in genes.
pub(super) fn weight(sample: &[(u64, u32)]) -> u64 {
    sample.iter().map(|&(_, len)| u64::from(len) + A_SET).sum()
}

/// The level sets of one part, by the bands of their values or by their slots.
#[derive(Default)]
pub(super) struct Dealt {
    bands: Vec<u16>,
    sets: Vec<u32>,
    starts: Vec<usize>,
}

impl Dealt {
    /// The level sets of a part by slot, instead of by band.
    pub fn by_slot(level_sets: &LevelSets, n_slots: usize) -> Self {
        let mut dealt = Self::default();
        dealt.deal(n_slots, level_sets.sets.iter().map(|set| set.slot));
        dealt
    }

    fn deal(&mut self, n: usize, bands: impl Iterator<Item = u16>) {
        self.bands.clear();
        self.bands.extend(bands);
        // Each start is two places on until the sets are in place.
        self.starts.clear();
        self.starts.resize(n + 2, 0);
        for &band in &self.bands {
            self.starts[band as usize + 2] += 1;
        }
        for band in 2..n + 2 {
            self.starts[band] += self.starts[band - 1];
        }
        self.sets.resize(self.bands.len(), 0);
        for (set, &band) in self.bands.iter().enumerate() {
            let next = &mut self.starts[band as usize + 1];
            self.sets[*next] = set as u32;
            *next += 1;
        }
    }

    /// The band of each level set.
    pub fn bands(&self) -> &[u16] {
        &self.bands
    }

    /// The level sets of a band, by their number.
    pub fn of_band(&self, band: usize) -> &[u32] {
        &self.sets[self.starts[band]..self.starts[band + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(sample: &[(u64, u32)], bands: &Bands) -> Vec<u64> {
        let mut weights = vec![0; bands.len()];
        for set in sample {
            let band = bands.of(f64::from_bits(set.0), 0, 1);
            weights[band] += weight(std::slice::from_ref(set));
        }
        weights
    }

    #[test]
    fn bands_are_as_many_as_asked_for_and_share_the_work() {
        for n in [2, 3, 7, 16] {
            // Few values have many genes, and many values a few.
            let sample = (1..4000u64).map(|value| (value, 9000 / (value as u32 + 10)));
            let sample: Vec<_> = sample.collect();
            let bands = Bands::of_sample(sample.clone(), n, 4);
            let weights = weights(&sample, &bands);
            assert_eq!(weights.len(), n);
            let mean = weight(&sample) / n as u64;
            for &of_band in &weights {
                assert!(of_band.abs_diff(mean) < 930 + n as u64, "{weights:?}");
            }
        }
    }

    #[test]
    fn what_one_band_has_too_much_the_next_one_lacks() {
        let sample: Vec<_> = (1..=10).map(|value| (value, 28)).collect();
        let bands = Bands::of_sample(sample.clone(), 4, 1);
        let sets = weights(&sample, &bands)
            .into_iter()
            .map(|of| of / (28 + A_SET));
        assert_eq!(sets.collect::<Vec<_>>(), [3, 2, 3, 2]);
    }

    #[test]
    fn a_frequent_value_is_dealt_out_to_several_bands() {
        let rare = (1..500u64).chain(501..1000).map(|value| (value, 1));
        let sample: Vec<_> = rare.chain(std::iter::repeat_n((500, 20), 4000)).collect();
        let bands = Bands::of_sample(sample, 4, 4);
        let several: Vec<_> = bands.intervals().iter().filter(|of| of.len() > 1).collect();
        assert_eq!(several.len(), 1);
        let value = f64::from_bits(500);
        let band = |part| bands.of(value, part, 4);
        assert_eq!(band(0), several[0].start);
        assert_eq!(band(3), several[0].end - 1);
        assert_eq!(bands.of(f64::from_bits(501), 0, 4), several[0].end);
    }
}

//! What all threads of one call share: what there is to do, which nobody
//! changes, and what they tell each other.

use super::Layout;
use crate::gene::fold_change::FoldChanges;
use crate::input::{Error, Expression, Groups};
use crate::statistics::{Settings, Values};
use crate::Control;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What is asked of every gene: read only.
pub struct Asked<'a> {
    pub(crate) groups: &'a Groups,
    pub(crate) settings: &'a Settings,
    pub(crate) changes: FoldChanges,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(groups: &'a Groups, settings: &'a Settings) -> Self {
        Self {
            groups,
            settings,
            changes: FoldChanges::new(settings),
        }
    }
}

/// What there is to do: the matrix, and what is asked of its genes. Read only.
pub struct Job<'a> {
    pub(crate) layout: Layout<'a>,
    asked: Asked<'a>,
}

/// What needs one gene only, whatever it is read from, takes [`Asked`].
impl<'a> Deref for Job<'a> {
    type Target = Asked<'a>;

    fn deref(&self) -> &Asked<'a> {
        &self.asked
    }
}

impl<'a> Job<'a> {
    /// The statistics of the genes of a matrix, for some groups.
    ///
    /// # Errors
    /// [`Error::Groups`] when the groups are of another number of cells,
    /// [`Error::Genes`] when a gene to rank does not exist.
    pub fn new(
        expression: &'a Expression<'a>,
        groups: &'a Groups,
        settings: &'a Settings,
    ) -> Result<Self, Error> {
        if groups.n_cells() != expression.n_cells() {
            return Err(Error::Groups(format!(
                "there are {} codes for {} cells",
                groups.n_cells(),
                expression.n_cells()
            )));
        }
        Ok(Self {
            layout: Layout::new(expression, settings.genes.as_deref())?,
            asked: Asked::new(groups, settings),
        })
    }

    /// The same of some cells, as [`Expression::of_cells`] has them, of a matrix
    /// whose genes have so many stored values: theirs are estimated only.
    pub(crate) fn of_level(
        expression: &'a Expression<'a>,
        groups: &'a Groups,
        settings: &'a Settings,
        whole: &[u32],
    ) -> Result<Self, Error> {
        Ok(Self {
            layout: Layout::estimate(expression, settings.genes.as_deref(), whole)?,
            asked: Asked::new(groups, settings),
        })
    }

    /// The same with the stored values of each gene counted.
    ///
    /// # Errors
    /// As [`Job::new`].
    pub fn counted(&self) -> Result<Self, Error> {
        let (expression, settings) = (self.layout.expression, self.settings);
        Ok(Self {
            layout: Layout::count(expression, settings.genes.as_deref())?,
            asked: Asked::new(self.groups, settings),
        })
    }

    /// How much work it is, in stored values: about so many, where not all genes are
    /// ranked.
    pub fn work(&self) -> u64 {
        self.layout.n_stored()
    }

    /// How many genes are ranked.
    pub fn n_ranked(&self) -> usize {
        self.layout.n_ranked(0..self.layout.expression.n_genes())
    }

    /// The error that tells how many values are not numbers.
    pub(crate) fn not_a_number(&self) -> Error {
        self.layout.expression.not_a_number(
            |gene| self.layout.is_ranked(gene),
            |cell| self.groups.slots()[cell] != Groups::NO_SLOT,
        )
    }
}

/// What threads tell each other while they work.
pub(crate) struct Shared<'a> {
    control: &'a Control,
    /// A thread failed: the others need not go on.
    failed: AtomicBool,
    /// A value was seen that is not a float32.
    doubles: AtomicBool,
    /// A value was seen that is negative or has a fraction.
    fractions: AtomicBool,
    /// Sweeping did not pay.
    sweep_gave_up: AtomicBool,
    /// Tiles done by sweeping.
    n_swept: AtomicUsize,
    /// The most bands that the values of a tile were swept in.
    most_bands: AtomicUsize,
}

impl<'a> Shared<'a> {
    pub fn new(control: &'a Control) -> Self {
        Self {
            control,
            failed: AtomicBool::new(false),
            doubles: AtomicBool::new(false),
            fractions: AtomicBool::new(false),
            sweep_gave_up: AtomicBool::new(false),
            n_swept: AtomicUsize::new(0),
            most_bands: AtomicUsize::new(0),
        }
    }

    /// The same for part of the values, of which nothing was seen yet.
    pub fn alike(&self) -> Self {
        Self::new(self.control)
    }

    /// Count `work` as done and stop here if it is of no use any more.
    pub fn checkpoint(&self, work: u64) -> Result<(), Error> {
        self.control.checkpoint(work)?;
        if self.failed.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }

    /// Pass the outcome of a thread on and stop the others if it failed.
    pub fn stop_all_unless_ok(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        if outcome.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        outcome
    }

    pub fn has_doubles(&self) -> bool {
        self.doubles.load(Ordering::Relaxed)
    }

    pub fn note_doubles(&self) {
        self.doubles.store(true, Ordering::Relaxed);
    }

    /// Look whether values that are not zero look like counts, unless others
    /// did not.
    pub fn note_fractions(&self, mut values: impl Iterator<Item = f64>) {
        let is_count = |value: f64| value > 0.0 && value.fract() == 0.0;
        if !self.fractions.load(Ordering::Relaxed) && !values.all(is_count) {
            self.fractions.store(true, Ordering::Relaxed);
        }
    }

    pub fn has_sweep_given_up(&self) -> bool {
        self.sweep_gave_up.load(Ordering::Relaxed)
    }

    pub fn give_sweep_up(&self) {
        self.sweep_gave_up.store(true, Ordering::Relaxed);
    }

    pub fn count_swept(&self) {
        self.n_swept.fetch_add(1, Ordering::Relaxed);
    }

    /// How many tiles were swept: tests look which way was taken.
    #[cfg(test)]
    pub fn n_swept(&self) -> usize {
        self.n_swept.load(Ordering::Relaxed)
    }

    pub fn note_bands(&self, n: usize) {
        self.most_bands.fetch_max(n, Ordering::Relaxed);
    }

    /// In how many bands a tile was swept at most.
    #[cfg(test)]
    pub fn most_bands(&self) -> usize {
        self.most_bands.load(Ordering::Relaxed)
    }

    /// What was seen of the values.
    pub fn values(&self) -> Values {
        Values {
            are_singles: !self.has_doubles(),
            look_like_counts: !self.fractions.load(Ordering::Relaxed),
        }
    }
}

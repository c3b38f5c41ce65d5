//! What holds of genes that are ranked in several turns.

use crate::status::Status;
use wilcoxide_kernel as kernel;

/// Values of all blocks that are not numbers.
#[derive(Default)]
pub(crate) struct NotNumbers {
    count: u64,
    first_gene: Option<usize>,
}

impl NotNumbers {
    /// Count those of a block that starts with the gene `start`; any other
    /// error goes on.
    pub(crate) fn add(
        &mut self,
        error: kernel::Error,
        start: usize,
    ) -> std::result::Result<(), Status> {
        let kernel::Error::NotANumber { count, first_gene } = error else {
            return Err(error.into());
        };
        self.count += count;
        self.first_gene.get_or_insert(start + first_gene);
        Ok(())
    }

    pub(crate) fn check(self) -> std::result::Result<(), Status> {
        match self.first_gene {
            None => Ok(()),
            Some(first_gene) => Err(Status::NotANumber {
                count: self.count,
                first_gene,
            }),
        }
    }
}

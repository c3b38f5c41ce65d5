//! Bytes that are made block by block and needed batch by batch.

use super::spill::Spill;
use crate::Error;
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::Path;

/// What every block has for every batch, in memory and, when that is full, in a
/// temporary file.
pub struct Shelf {
    room: u64,
    spill: Spill,
    /// Of each block, what it has for each batch.
    blocks: Vec<Vec<Place>>,
}

enum Place {
    Memory(Vec<u8>),
    File { offset: u64, n: usize },
}

impl Shelf {
    /// Keep so many bytes in memory, others in a file in this folder, which is
    /// made when there is something to write.
    pub fn new(memory: u64, directory: &Path) -> Self {
        Self {
            room: memory,
            spill: Spill::new(directory),
            blocks: Vec::new(),
        }
    }

    /// Add a block: `bytes` makes what it has for each of so many batches, about
    /// `size` bytes together.
    ///
    /// # Errors
    /// [`Error::Spill`] where the file cannot be written.
    pub fn add(
        &mut self,
        n_batches: usize,
        size: u64,
        bytes: impl Fn(usize) -> Vec<u8> + Sync,
    ) -> Result<(), Error> {
        let in_memory = size <= self.room;
        self.room -= if in_memory { size } else { 0 };
        let place = |batch| -> Result<Place, Error> {
            let bytes = bytes(batch);
            Ok(match in_memory {
                true => Place::Memory(bytes),
                false => Place::File {
                    n: bytes.len(),
                    offset: self.spill.write(&bytes)?,
                },
            })
        };
        let places = (0..n_batches).into_par_iter().map(place);
        self.blocks.push(places.collect::<Result<_, _>>()?);
        Ok(())
    }

    /// What all blocks have for a batch, in their order.
    ///
    /// # Errors
    /// [`Error::Spill`] where the file cannot be read.
    ///
    /// # Panics
    /// Where there is no such batch.
    pub fn batch(&self, batch: usize) -> Result<Vec<Cow<'_, [u8]>>, Error> {
        let places = self.blocks.par_iter().map(|block| match &block[batch] {
            Place::Memory(bytes) => Ok(Cow::Borrowed(bytes.as_slice())),
            &Place::File { offset, n } => self.spill.read(offset, n).map(Cow::Owned),
        });
        places.collect()
    }

    /// Bytes in the temporary file.
    pub fn spilled(&self) -> u64 {
        self.spill.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_by_blocks_comes_out_by_batches() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |block: usize, batch: usize| vec![(10 * block + batch) as u8; block + batch];
        for memory in [0, 7, 1000] {
            let mut shelf = Shelf::new(memory, folder.path());
            for block in 0..4 {
                let size = (0..3).map(|batch| bytes(block, batch).len() as u64).sum();
                shelf.add(3, size, |batch| bytes(block, batch)).unwrap();
            }
            for batch in 0..3 {
                let expected: Vec<_> = (0..4).map(|block| bytes(block, batch)).collect();
                assert_eq!(shelf.batch(batch).unwrap(), expected);
            }
            // Blocks have 3, 6, 9 and 12 bytes.
            let expected = [(0, 30), (7, 27), (1000, 0)];
            assert!(expected.contains(&(memory, shelf.spilled())));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let mut shelf = Shelf::new(0, Path::new("/no/such/folder"));
        assert!(matches!(shelf.add(1, 1, |_| vec![1]), Err(Error::Spill(_))));
    }
}

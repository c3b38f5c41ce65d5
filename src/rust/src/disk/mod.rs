//! Files: what is in them, and the matrices in them, read whole or in blocks of
//! genes.

mod file;
mod partitions;
mod slices;
mod values;

use extendr_api::prelude::*;

extendr_module! {
    mod disk;
    use file;
    use partitions;
    use slices;
}

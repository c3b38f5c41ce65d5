//! Prints the R functions that call this crate: `R/extendr-wrappers.R`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wrappers = wilcoxide::get_wilcoxide_metadata().make_r_wrappers(true, "wilcoxide")?;
    println!("# Written by tools/dev/wrappers.sh from src/rust: do not edit by hand.");
    println!("# nolint start");
    print!("{wrappers}");
    println!("# nolint end");
    Ok(())
}

same_bits <- function(x, y) {
  identical(x, y, num.eq = FALSE, single.NA = TRUE)
}

# A copy of a fixture in a directory of its own, to write to. That of the first
# has the genes of the rankings that are written, and some of awkward names.
writable_h5ad <- function(name = "storage", frame = parent.frame()) {
  skip_without_hdf5r()
  directory <- withr::local_tempdir(.local_envir = frame)
  path <- file.path(directory, "cells.h5ad")
  file.copy(h5ad_fixture(name), path)
  # Fixtures may be installed read-only.
  Sys.chmod(path, "644")
  if (name != "storage") {
    return(path)
  }
  file <- hdf5r::H5File$new(path, "r+")
  genes <- file[["var/_index"]]
  genes[seq_along(written_genes)] <- written_genes
  file$close_all()
  path
}

written_genes <- c(
  "CD3D", "CD74", "NKG7", "LYZ", "g\u00e8ne %n/1", ""
)

# A ranking by a column of that file.
h5ad_ranking <- function(...) {
  ranking <- toy_ranking(...)
  ranking$params$groupby <- "group"
  ranking
}

# The call must fail, and leave the file and its directory as they were.
expect_unchanged <- function(call,
                             path,
                             regexp = NULL,
                             class = "wilcoxide_error_file") {
  before <- unname(tools::md5sum(path))
  files <- list.files(dirname(path), all.files = TRUE)
  testthat::expect_error(call, regexp, class = class)
  testthat::expect_identical(unname(tools::md5sum(path)), before)
  testthat::expect_identical(
    list.files(dirname(path), all.files = TRUE),
    files
  )
}

# A child of this R, with this package.
run_r <- function(code, before = "", wait = TRUE) {
  script <- tempfile(fileext = ".R")
  library <- dirname(getNamespaceInfo("wilcoxide", "path"))
  writeLines(c(sprintf("library(wilcoxide, lib.loc = %s)", deparse(library)),
               code), script)
  command <- paste(
    before,
    "exec", shQuote(file.path(R.home("bin"), "Rscript")), shQuote(script)
  )
  suppressWarnings(
    system2("sh", c("-c", shQuote(command)),
            stdout = if (wait) TRUE else FALSE, stderr = FALSE, wait = wait)
  )
}

# Code for the child: writes a ranking, and prints the class of what came.
write_in_child <- function(ranking, path) {
  file <- file.path(dirname(path), "ranking.rds")
  saveRDS(ranking, file)
  sprintf(
    "tryCatch({
      write_rank_genes_groups(readRDS(%s), %s)
      cat('written')
    }, error = function(cnd) cat(class(cnd)[[1L]], conditionMessage(cnd)))",
    deparse(file),
    deparse(path)
  )
}

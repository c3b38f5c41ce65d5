test_that("a file that another program writes to is refused", {
  skip_on_os("windows")
  path <- writable_h5ad()
  ready <- file.path(dirname(path), "ready")
  done <- file.path(dirname(path), "done")
  file.create(done)
  run_r(
    sprintf(
      "file <- hdf5r::H5File$new(%s, 'r+')
      file.create(%s)
      while (file.exists(%s)) Sys.sleep(0.05)
      file$close_all()
      file.remove(%s)",
      deparse(path), deparse(ready), deparse(done), deparse(ready)
    ),
    wait = FALSE
  )
  wait_until <- function(there) {
    deadline <- Sys.time() + 30
    while (file.exists(ready) != there && Sys.time() < deadline) {
      Sys.sleep(0.05)
    }
  }
  withr::defer(unlink(done))
  wait_until(TRUE)
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "another program"
  )
  unlink(done)
  wait_until(FALSE)
})

# Half-way --------------------------------------------------------------------

# Takes some room in a file.
large_ranking <- function(n_genes = 5000L) {
  values <- rep(list(rnorm(n_genes)), 3L)
  names(values) <- c("a", "b", "c")
  names <- lapply(values, function(x) rep_len(written_genes, length(x)))
  ranking <- new_rank_genes_groups(
    h5ad_ranking()$params, alike_tables(names, values)
  )
  ranking
}

test_that("an error half-way leaves the file as it was", {
  path <- writable_h5ad()
  change <- function(file) {
    file$link_delete("X")
    file$create_group("uns/half")
    stop("enough")
  }
  replace <- function(change) {
    replace_h5ad(path, function(h5ad) NULL, change, rlang::current_env())
  }
  expect_unchanged(replace(change), path, "enough")

  expect_unchanged(
    replace(function(file) file$create_group("none/at/all")),
    path,
    hdf5_says()
  )
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

test_that("an interrupt half-way leaves the file as it was", {
  path <- writable_h5ad()
  before <- tools::md5sum(path)
  change <- function(file) {
    file$link_delete("X")
    rlang::interrupt()
  }
  outcome <- tryCatch(
    replace_h5ad(path, function(h5ad) NULL, change, rlang::current_env()),
    interrupt = function(cnd) "interrupted"
  )
  expect_identical(outcome, "interrupted")
  expect_identical(tools::md5sum(path), before)
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE),
                   "cells.h5ad")
})

test_that("a file that another program changed in the meantime is left alone", {
  path <- writable_h5ad()
  change <- function(file) {
    writeLines("something else", path)
  }
  expect_error(
    replace_h5ad(path, function(h5ad) NULL, change, rlang::current_env()),
    "in the meantime",
    class = "wilcoxide_error_file"
  )
  expect_identical(readLines(path), "something else")
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE),
                   "cells.h5ad")
})

test_that("a process killed half-way leaves the file as it was", {
  skip_on_os("windows")
  skip_on_cran()
  path <- writable_h5ad()
  before <- tools::md5sum(path)
  run_r(sprintf(
    "wilcoxide:::replace_h5ad(%s, function(h5ad) NULL, function(file) {
      file$link_delete('X')
      file$flush()
      tools::pskill(Sys.getpid(), 9L)
    }, environment())",
    deparse(path)
  ))
  expect_identical(tools::md5sum(path), before)
  # It was killed indeed, and its copy is in nobody's way.
  expect_match(
    setdiff(
      list.files(dirname(path), all.files = TRUE, no.. = TRUE),
      "cells.h5ad"
    ),
    "^[.]wilcoxide-"
  )
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

test_that("a full disk leaves the file as it was", {
  skip_on_os("windows")
  skip_on_cran()
  path <- writable_h5ad()
  code <- write_in_child(large_ranking(), path)
  before <- tools::md5sum(path)
  files <- list.files(dirname(path), all.files = TRUE)
  # A shell counts in 512 or in 1024 bytes. The trap makes the limit an error.
  size <- ceiling(file.size(path) / 512)
  for (limit in c(size %/% 4, size + 20)) {
    said <- run_r(code, sprintf("trap '' XFSZ; ulimit -f %.0f;", limit))
    expect_match(paste(said, collapse = " "), "wilcoxide_error_file.*full")
    expect_identical(tools::md5sum(path), before)
    expect_identical(list.files(dirname(path), all.files = TRUE), files)
  }
  expect_identical(as.character(run_r(code)), "written")
  expect_identical(get_rank_genes_groups(path)$names, large_ranking()$names)
})

# What R makes of each word that the compiled code may answer with.

kernel_says <- function(status, ...) {
  answer <- list(status = status, ...)
  local_stubs(rank_matrix = function(...) answer)
  rank_genes_groups(toy_expression(), toy_groups())
}

test_that("every outcome of ranking is a condition of its own", {
  expect_error(
    kernel_says("not_a_number", count = 2, gene = 3L),
    "2 values are NaN or NA, the first in gene \"gene3\"",
    class = "wilcoxide_error_input"
  )
  expect_error(
    kernel_says("matrix", message = "its p descends"),
    "its p descends",
    class = "wilcoxide_error_input"
  )
  expect_error(
    kernel_says("fault", message = "index out of bounds"),
    "bug in wilcoxide.*index out of bounds",
    class = "wilcoxide_error_internal"
  )
  expect_identical(
    tryCatch(kernel_says("interrupted"), interrupt = function(cnd) "stopped"),
    "stopped"
  )
})

test_that("an outcome that is not known, or not here, is a fault", {
  for (status in list("surprise", "unsupported", "damaged", "spill", "")) {
    expect_error(
      kernel_says(status, message = "100% {x}"),
      "unexpected status.*100% \\{x\\}",
      class = "wilcoxide_error_internal"
    )
  }
  for (status in list(NULL, NA_character_, 1L, c("ok", "ok"))) {
    expect_error(
      kernel_says(status),
      "without a status",
      class = "wilcoxide_error_internal"
    )
  }
  expect_error(
    check_status(NULL, call = NULL),
    class = "wilcoxide_error_internal"
  )
})

test_that("outcomes of reading name the file, its part and the folder", {
  check <- function(status, ...) {
    check_status(
      list(status = status, message = "the reason"),
      call = NULL,
      h5ad = list(path = "cells.h5ad", call = NULL),
      part = "layers/a",
      folder = "scratch",
      ...
    )
  }
  expect_error(
    check("damaged"),
    "layers/a.*cells.h5ad.*the reason",
    class = "wilcoxide_error_file"
  )
  expect_error(
    check("spill"),
    "scratch.*the reason",
    class = "wilcoxide_error_file"
  )
  expect_error(check("fault"), "the reason", class = "wilcoxide_error_internal")
  expect_error(check("unsupported"), class = "wilcoxide_error_internal")
  fallback <- check("unsupported", otherwise = "unsupported")
  expect_identical(fallback, "unsupported")
  expect_identical(check("ok"), "ok")
})

test_that("what the parallel reader says is never dropped", {
  skip_without_hdf5r()
  rank_after <- function(status, ...) {
    answer <- list(status = status, message = "so it is")
    local_stubs(read_sparse = function(...) answer)
    rank_genes_groups(shipped_file(), "bulk_labels", threads = 1L)
  }
  expect_error(
    rank_after("damaged"),
    "so it is",
    class = "wilcoxide_error_file"
  )
  expect_error(rank_after("fault"), class = "wilcoxide_error_internal")
  expect_error(rank_after("matrix"), class = "wilcoxide_error")
  expect_error(rank_after("surprise"), class = "wilcoxide_error_internal")
  # HDF5 reads what the reader does not know.
  expect_identical(
    rank_after("unsupported"),
    rank_genes_groups(shipped_file(), "bulk_labels", threads = 1L)
  )
})

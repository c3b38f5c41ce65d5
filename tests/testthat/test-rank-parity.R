# Scanpy's own answers, kept in fixtures/.

skip_if_not_installed("hdf5r")

# The same values in every class that the kernel reads without a copy.
orientations <- function(by_cell) {
  by_gene <- Matrix::t(by_cell)
  list(
    "dgCMatrix, cells in columns" = list(x = by_cell, cells = "columns"),
    "dgCMatrix, cells in rows" = list(x = by_gene, cells = "rows"),
    "dgRMatrix, cells in columns" = list(
      x = methods::as(by_cell, "RsparseMatrix"), cells = "columns"
    ),
    "dgRMatrix, cells in rows" = list(
      x = methods::as(by_gene, "RsparseMatrix"), cells = "rows"
    )
  )
}

expect_scanpy_results <- function(name) {
  fixture <- read_fixture(name)
  inputs <- orientations(fixture$matrix)
  for (case in fixture$cases) {
    arguments <- case$arguments
    if (!is.null(arguments$mask_var)) {
      arguments$mask_var <- fixture$mask
    }
    for (orientation in names(inputs)) {
      for (threads in 1:2) {
        result <- do.call(rank_genes_groups, c(
          inputs[[orientation]],
          list(groupby = fixture$groups, log_base = fixture$log_base),
          arguments,
          list(threads = threads, progress = FALSE)
        ))
        label <- sprintf("%s, threads %d", orientation, threads)
        expect_scanpy_result(result, case, fixture$genes, label)
      }
    }
  }
}

test_that("float32 data give Scanpy's bits", {
  expect_scanpy_results("float32")
})

test_that("float64 data give Scanpy's bits", {
  expect_scanpy_results("float64")
})

test_that("missing labels and explicit zeros give Scanpy's bits", {
  expect_scanpy_results("missing-labels-explicit-zeros")
})

test_that("negative values give Scanpy's bits", {
  expect_scanpy_results("negatives")
})

test_that("logarithms to base 2 give Scanpy's bits", {
  expect_scanpy_results("base2")
})

test_that("counts full of ties give Scanpy's bits, and a warning", {
  suppressWarnings(
    expect_scanpy_results("counts"),
    classes = "wilcoxide_warning_counts"
  )
  fixture <- read_fixture("counts")
  expect_warning(
    rank_genes_groups(fixture$matrix, fixture$groups),
    class = "wilcoxide_warning_counts"
  )
})

test_that("the shipped file of real cells gives Scanpy's bits", {
  path <- system.file(
    "extdata", "pbmc68k_reduced.h5ad",
    package = "wilcoxide", mustWork = TRUE
  )
  fixture <- read_fixture("pbmc68k_reduced")
  for (case in fixture$cases) {
    for (threads in 1:2) {
      result <- do.call(rank_genes_groups, c(
        list(path, "bulk_labels", threads = threads, progress = FALSE),
        case$arguments
      ))
      label <- sprintf("file, threads %d", threads)
      expect_scanpy_result(result, case, fixture$genes, label)
    }
  }
})

test_that("files have Scanpy's bits where groups are compared with one", {
  n_cases <- 0
  for (name in c("float32", "float64", "negatives")) {
    fixture <- read_fixture(name)
    for (case in fixture$cases) {
      arguments <- case$arguments
      if (is.null(arguments$reference)) {
        next
      }
      if (!is.null(arguments$mask_var)) {
        arguments$mask_var <- fixture$mask
      }
      n_cases <- n_cases + 1
      file <- suppressMessages(do.call(rank_genes_groups, c(
        list(fixture$matrix, groupby = fixture$groups),
        arguments,
        list(output = local_output(), progress = FALSE)
      )))
      # Fractions have columns of their own in a file.
      case[c("pts", "pts_rest")] <- NULL
      tables <- read_tables(file)
      expect_scanpy_result(
        tables, case, fixture$genes, name,
        tables = setdiff(names(tables), "names")
      )
    }
  }
  expect_gt(n_cases, 2)
})

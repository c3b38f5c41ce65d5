# One matrix in every class that can hold it: the same bits everywhere.

expect_agreement <- function(cells, ...) {
  objects <- rlang::list2(...)
  expected <- rank_quietly(cells$data, cells$groups, pts = TRUE)
  expect_gt(sum(!duplicated(expected$scores[[1L]])), 100L)
  for (object in objects) {
    result <- rlang::inject(rank_quietly(!!!object, pts = TRUE))
    expect_same_tables(result, expected)
  }
}

for (cells in list(small_cells, shipped_cells)) {
  test_that("matrices agree", {
    cells <- cells()
    by_row <- as_dgr(cells$data)
    expect_agreement(
      cells,
      list(by_row, cells$groups),
      list(Matrix::t(cells$data), cells$groups, cells = "rows"),
      list(as_dgr(Matrix::t(cells$data)), cells$groups, cells = "rows"),
      list(methods::as(cells$data, "TsparseMatrix"), cells$groups),
      list(as.matrix(cells$data), cells$groups)
    )
  })

  test_that("a SingleCellExperiment agrees", {
    cells <- cells()
    by_row <- cells
    by_row$data <- as_dgr(cells$data)
    dense <- cells
    dense$data <- as.matrix(cells$data)
    other <- as_experiment(cells)
    SingleCellExperiment::altExp(other, "same") <- as_experiment(cells)
    expect_agreement(
      cells,
      list(as_experiment(cells), "cluster"),
      list(as_experiment(by_row), "cluster"),
      list(as_experiment(dense), "cluster"),
      list(as_experiment(cells, assay = "X"), cells$groups),
      list(other, "cluster", altexp = "same")
    )
  })

  test_that("a Seurat object with an Assay agrees", {
    cells <- cells()
    object <- as_seurat(cells)
    SeuratObject::Idents(object) <- "cluster"
    expect_s4_class(object[["RNA"]], "Assay")
    expect_agreement(cells, list(object, "cluster"), list(object))
  })

  test_that("a Seurat object with an Assay5 agrees, joined or split", {
    cells <- cells()
    object <- as_seurat(cells, "v5")
    expect_s4_class(object[["RNA"]], "Assay5")
    by <- rep_len(c("b", "a", "c", "a"), ncol(cells$data))
    expect_agreement(
      cells,
      list(object, "cluster"),
      list(split_seurat(object, by), "cluster")
    )
  })

  test_that("an .h5ad file agrees in every format", {
    cells <- cells()
    skip_if_not_installed("hdf5r")
    path <- withr::local_tempfile(fileext = ".h5ad")
    parts <- c(
      X = "csr", raw = "csc", "layers/csc" = "csc", "layers/dense" = "dense"
    )
    write_h5ad_file(cells, path, parts)
    expect_agreement(
      cells,
      list(path, "cluster"),
      list(path, "cluster", use_raw = FALSE),
      list(path, "cluster", use_raw = FALSE, layer = "csc"),
      list(path, "cluster", use_raw = FALSE, layer = "dense")
    )
  })

  test_that("an AnnData of Python agrees in every format", {
    cells <- cells()
    anndata <- python_anndata()
    path <- withr::local_tempfile(fileext = ".h5ad")
    parts <- c(
      X = "csr", raw = "csc", "layers/csc" = "csc", "layers/dense" = "dense"
    )
    write_h5ad_file(cells, path, parts)
    object <- anndata$read_h5ad(path)
    backed <- anndata$read_h5ad(path, backed = "r")
    withr::defer(backed$file$close())
    expect_s3_class(object, "anndata._core.anndata.AnnData")
    expect_agreement(
      cells,
      list(object, "cluster"),
      list(object, "cluster", use_raw = FALSE),
      list(object, "cluster", use_raw = FALSE, layer = "csc"),
      list(object, "cluster", use_raw = FALSE, layer = "dense"),
      list(backed, "cluster"),
      list(backed, "cluster", use_raw = FALSE)
    )
  })

  test_that("an AnnData of package anndata agrees", {
    cells <- cells()
    skip_without_python()
    skip_if_not_installed("anndata")
    path <- withr::local_tempfile(fileext = ".h5ad")
    write_h5ad_file(cells, path, c(X = "csr", "layers/dense" = "dense"))
    object <- suppressMessages(anndata::read_h5ad(path))
    expect_s3_class(object, "AnnDataR6")
    expect_agreement(
      cells,
      list(object, "cluster"),
      list(object, "cluster", layer = "dense")
    )
  })

  test_that("an AnnData of package anndataR agrees", {
    cells <- cells()
    skip_if_not_installed("anndataR")
    skip_if_not_installed("rhdf5")
    path <- withr::local_tempfile(fileext = ".h5ad")
    write_h5ad_file(cells, path, c(X = "csr", "layers/dense" = "dense"))
    in_file <- anndataR::read_h5ad(path, as = "HDF5AnnData")
    in_memory <- anndataR::read_h5ad(path, as = "InMemoryAnnData")
    expect_s3_class(in_file, "HDF5AnnData")
    expect_s3_class(in_memory, "InMemoryAnnData")
    expect_agreement(
      cells,
      list(in_file, "cluster"),
      list(in_file, "cluster", layer = "dense"),
      list(in_memory, "cluster"),
      list(in_memory, "cluster", layer = "dense")
    )
    in_file$close()
  })

  test_that("what zellkonverter reads agrees", {
    cells <- cells()
    skip_if_not_installed("zellkonverter")
    skip_if_not_installed("rhdf5")
    path <- withr::local_tempfile(fileext = ".h5ad")
    write_h5ad_file(cells, path)
    object <- zellkonverter::readH5AD(path, reader = "R")
    expect_s4_class(object, "SingleCellExperiment")
    expect_agreement(cells, list(object, "cluster"))
  })
}

test_that("the shipped file agrees with its matrix", {
  cells <- shipped_cells()
  expected <- rank_quietly(cells$data, cells$groups)
  expect_same_tables(rank_quietly(shipped_file(), "bulk_labels"), expected)

  anndata <- python_anndata()
  object <- anndata$read_h5ad(shipped_file())
  expect_same_tables(rank_quietly(object, "bulk_labels"), expected)
})

test_that("the base of the logarithm agrees", {
  skip_if_not_installed("hdf5r")
  cells <- shipped_cells()
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path, log_base = 2)
  expected <- rank_quietly(cells$data, cells$groups, log_base = 2)
  expect_same_tables(rank_quietly(path, "cluster"), expected)
  if (rlang::is_installed(c("anndataR", "rhdf5"))) {
    object <- anndataR::read_h5ad(path, as = "InMemoryAnnData")
    expect_same_tables(rank_quietly(object, "cluster"), expected)
  }
  if (rlang::is_installed(c("zellkonverter", "rhdf5"))) {
    object <- zellkonverter::readH5AD(path, reader = "R")
    expect_same_tables(rank_quietly(object, "cluster"), expected)
  }
  object <- python_anndata()$read_h5ad(path)
  expect_same_tables(rank_quietly(object, "cluster"), expected)
})

refused_path <- function(path, has) {
  skip_without_hdf5r()
  error <- expect_error(
    rank_genes_groups(path, "group"),
    class = "wilcoxide_error_file"
  )
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  for (fragment in has) {
    expect_match(message, fragment, fixed = TRUE)
  }
}

test_that("addresses are refused with the way to a file", {
  for (url in c("https://example.org/a%20{b}.h5ad", "s3://bucket/a.h5ad")) {
    refused_path(url, c(url, "on this machine", "download.file"))
  }
})

test_that("folders are told apart", {
  folder_with <- function(name) {
    path <- withr::local_tempdir(.local_envir = parent.frame())
    file.create(file.path(path, name))
    path
  }
  refused_path(folder_with("matrix.mtx.gz"), c("directory", "Read10X()"))
  refused_path(folder_with("idxptr"), c("directory", "open_matrix_dir()"))
  refused_path(folder_with(".zattrs"), c("directory", "Zarr", "read_zarr"))
})

test_that("files of other formats are refused with what to do", {
  has <- c(
    "object.rds" = "give the object",
    "counts.csv" = "as.matrix(read.csv(path",
    "counts.csv.gz" = "as.matrix(read.csv(path",
    "matrix.mtx" = "Matrix::readMM()",
    "cells.h5ad.gz" = "unpack it first"
  )
  folder <- withr::local_tempdir()
  for (name in names(has)) {
    path <- file.path(folder, name)
    writeLines("text", path)
    refused_path(path, c("not an HDF5 file", name, has[[name]]))
  }
})

test_that("HDF5 files of other contents are told what they are", {
  skip_without_hdf5r()
  folder <- withr::local_tempdir()
  file_with <- function(name, groups) {
    path <- file.path(folder, name)
    file <- hdf5r::H5File$new(path, "w")
    for (group in groups) {
      file$create_group(group)
    }
    file$close_all()
    path
  }
  refused_path(
    file_with("a.h5mu", c("mod", "mod/rna", "mod/prot", "obs", "var")),
    c("a.h5mu", "MuData", "2 modalities: \"prot\" and \"rna\"",
      "modality = \"rna\"", "mudata.read_h5ad(path, mod=\"rna\")")
  )
  refused_path(
    file_with("a.loom", c("row_attrs", "col_attrs", "layers")),
    c("not an", "no obs and var", "loom")
  )
  refused_path(
    file_with("a.h5", c("matrix", "matrix/barcodes")),
    c("10x Genomics", "Read10X_h5()")
  )
  refused_path(
    file_with("a.h5seurat", c("assays", "cell.names", "meta.data")),
    c("SeuratDisk", "LoadH5Seurat()")
  )
  refused_path(file_with("b.h5", "obs"), "It has no var")
})

# A file of two modalities: a fixture, and a group that is nothing.
mudata_of <- function(name, frame = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".h5mu", .local_envir = frame)
  file <- hdf5r::H5File$new(path, "w")
  modalities <- file$create_group("mod")
  modalities$create_group("prot")
  one <- hdf5r::H5File$new(h5ad_fixture(name), "r")
  one$obj_copy_to(modalities, "rna", ".")
  one$close_all()
  file$close_all()
  path
}

test_that("a modality of a MuData file is ranked as a file of its own", {
  skip_without_hdf5r()
  # One with `raw`, one without.
  for (name in c("raw", "storage")) {
    path <- mudata_of(name)
    rank <- function(path, ...) {
      rank_genes_groups(path, "group", pts = TRUE, threads = 1L, ...)
    }
    whole <- rank(h5ad_fixture(name))
    expect_identical(rank(path, modality = "rna"), whole)
    # By HDF5, too.
    through_hdf5(path, expect_identical(rank(path, modality = "rna"), whole))
    expect_not_open(path)
  }
})

test_that("a ranking is written into a modality, and read from it", {
  skip_without_hdf5r()
  path <- mudata_of("raw")
  result <- rank_genes_groups(path, "group", threads = 1L, modality = "rna")
  write_rank_genes_groups(result, path, modality = "rna")
  expect_identical(get_rank_genes_groups(path, modality = "rna"), result)
  # As in a file of its own, and nowhere else.
  alone <- writable_h5ad("raw")
  write_rank_genes_groups(result, alone)
  expect_identical(get_rank_genes_groups(alone), result)
  for (call in list(
    quote(get_rank_genes_groups(path)),
    quote(write_rank_genes_groups(result, path))
  )) {
    error <- expect_error(eval(call), class = "wilcoxide_error_file")
    expect_match(conditionMessage(error), "2 modalities", fixed = TRUE)
  }
  expect_error(
    get_rank_genes_groups(path, modality = "prot"),
    "modality has no rankings",
    class = "wilcoxide_error_file"
  )
  expect_error(
    get_rank_genes_groups(list(), modality = "rna"),
    ".h5mu files",
    class = "wilcoxide_error_input"
  )
})

test_that("a plot shows a modality", {
  skip_without_hdf5r()
  skip_if_not_installed("ggplot2")
  path <- mudata_of("raw")
  result <- rank_genes_groups(h5ad_fixture("raw"), "group", threads = 1L)
  shown <- plot_rank_genes_groups_dotplot(path, result, modality = "rna")
  alone <- plot_rank_genes_groups_dotplot(h5ad_fixture("raw"), result)
  expect_identical(shown$data, alone$data)
})

test_that("a modality that is not there is refused", {
  skip_without_hdf5r()
  refused <- function(path, modality, has, class = "file") {
    error <- expect_error(
      rank_genes_groups(path, "group", modality = modality),
      class = paste0("wilcoxide_error_", class)
    )
    for (fragment in has) {
      expect_match(conditionMessage(error), fragment, fixed = TRUE)
    }
  }
  path <- mudata_of("raw")
  refused(path, "atac", c("no modality \"atac\"", "\"prot\" and \"rna\""))
  refused(path, "prot", "It has no obs and var")
  refused(path, 1, c("`modality`", "one string"), class = "input")
  refused(h5ad_fixture("raw"), "rna", c("not a MuData file", "Leave"))
  refused(matrix(1, 2, 2), "rna", ".h5mu files", class = "input")
})

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
      "mudata.read_h5ad(path, mod=\"prot\")")
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

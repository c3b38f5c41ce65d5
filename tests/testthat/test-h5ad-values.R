# Every value of files that anndata writes, by Python's HDF5 and by the reader.

# As Python writes numbers.
python_text <- function(x) {
  if (is.list(x)) {
    lapply(x, python_text)
  } else if (is.numeric(x)) {
    sprintf("%.17g", x)
  } else {
    as.character(x)
  }
}

# Empty lists of Python have no type.
flat <- function(x) {
  if (length(x) == 0L) character() else unlist(x)
}

# What the reader finds of parts, in the form of the writer.
parts_read <- function(path, parts) {
  read <- function(h5ad) {
    found <- lapply(rlang::set_names(names(parts)), function(part) {
      if (h5_is_group(h5ad, part)) {
        members <- as.character(h5_members(h5ad, part))
        return(list(members = sort(members, method = "radix")))
      }
      records <- rlang::is_named(parts[[part]]$values)
      list(
        dims = python_text(as.numeric(h5_dims(h5ad, part))),
        values = python_text(
          if (records) h5_records(h5ad, part) else h5_values(h5ad, part)
        )
      )
    })
    # All of it without HDF5.
    expect_null(h5ad$hdf5r$file)
    found
  }
  with_h5ad(path, read, rlang::current_env())
}

test_that("all values are those that h5py reads", {
  skip_without_python()
  python <- reticulate::py_run_file(test_path("fixtures/write_values.py"))
  has_zstd <- reticulate::py_module_available("hdf5plugin")
  for (libver in c("earliest", "latest")) {
    for (filter in c("none", "gzip", "lzf", if (has_zstd) "zstd")) {
      path <- withr::local_tempfile(fileext = ".h5ad")
      parts <- python$write(path, libver, filter)
      expect_true(all(c("X/data", "obs/text", "uns/scores") %in% names(parts)))
      found <- parts_read(path, parts)
      for (part in names(parts)) {
        expect_identical(
          lapply(found[[part]], flat),
          lapply(parts[[part]], flat),
          info = paste(part, libver, filter)
        )
      }
      matrices <- list(
        view_h5ad(path, use_raw = FALSE),
        view_h5ad(path, use_raw = TRUE),
        view_h5ad(path, use_raw = FALSE, layer = "csc"),
        view_h5ad(path, use_raw = FALSE, layer = "dense")
      )
      dense <- matrix(as.numeric(parts[["layers/dense"]]$values), 61L)
      for (view in matrices) {
        expect_identical(dense_of(view$matrix(), 137L, 61L), t(dense))
      }
    }
  }
})

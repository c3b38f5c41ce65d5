# Files by other programs than anndata.

# Done without HDF5: `read` is a function of the open file.
read_alone <- function(path, read) {
  with_h5ad(
    path,
    function(h5ad) {
      found <- read(h5ad)
      expect_null(h5ad$hdf5r$file)
      found
    },
    rlang::current_env()
  )
}

# See tests/fixtures/MakeJhdf5.java.
test_that("files by Java's JHDF5 are read", {
  path <- h5ad_fixture("jhdf5")
  flags <- rep_len(c(TRUE, FALSE, FALSE), 12L)
  numbers <- (0:11)^2 - 50
  columns <- c("group", "text", "flag", "number", "nullable")
  obs <- read_alone(path, function(h5ad) {
    expect_identical(frame_index(h5ad, "obs"), paste0("cell", 0:11))
    expect_identical(frame_columns(h5ad, "obs"), columns)
    lapply(rlang::set_names(columns), frame_column, h5ad = h5ad, frame = "obs")
  })
  expect_identical(obs$group, h5ad_factor())
  text <- as.character(h5ad_factor())
  expect_identical(obs$text, ifelse(is.na(text), "none", text))
  expect_identical(obs$flag, flags)
  expect_identical(obs$number, as.integer(numbers))
  expect_identical(obs$nullable, as.integer(ifelse(flags, NA, numbers)))

  read_alone(path, function(h5ad) {
    expect_identical(h5_attr(h5ad, "X", "shape"), c(12L, 6L))
    expect_identical(frame_index(h5ad, "var"), h5ad_genes)
    expect_identical(frame_columns(h5ad, "var"), "mean")
    expect_identical(h5_values(h5ad, "uns/log1p/base"), 2)
    expect_identical(h5_values(h5ad, "uns/flag"), TRUE)
    expect_identical(h5_values(h5ad, "uns/text"), "g\u00e8ne")
    expect_identical(h5_values(h5ad, "uns/link/codes")[1:3], 0:2)
    for (part in c("uns/one_length", "uns/any_length")) {
      expect_identical(
        h5_records(h5ad, part),
        list(
          name = c("g\u00e8ne", "a"),
          number = c(1L, -2L),
          fraction = c(0.5, -7.25),
          flag = c(TRUE, FALSE)
        )
      )
    }
  })

  for (layer in list(NULL, "dense")) {
    view <- view_h5ad(path, layer = layer)
    expect_identical(dense_of(view$matrix()), h5ad_values())
  }
  own <- rank_genes_groups(path, "group", pts = TRUE, threads = 1L)
  expect_identical(own$settings$log_base, 2)
  same <- rank_genes_groups(
    h5ad_fixture("storage"),
    "group",
    use_raw = FALSE,
    pts = TRUE,
    threads = 1L
  )
  # Not the fold changes, which follow from the base of the logarithm.
  for (table in c("names", "scores", "pvals", "pvals_adj", "pts")) {
    expect_identical(own[[table]], same[[table]])
  }
})

# zellkonverter has Python write a file, and puts delayed matrices that are not
# sparse into it afterwards, so.
test_that("matrices that zellkonverter puts into a file are read", {
  skip_if_not_installed("HDF5Array")
  path <- withr::local_tempfile(fileext = ".h5ad")
  file.copy(h5ad_fixture("storage"), path)
  rank <- function(...) {
    rank_genes_groups(
      path,
      "group",
      ...,
      use_raw = FALSE,
      pts = TRUE,
      threads = 1L
    )[-1L]
  }
  expected <- rank()
  genes_by_cells <- DelayedArray::DelayedArray(t(h5ad_values()))
  rhdf5::h5delete(path, "X")
  for (part in c("X", "layers/delayed")) {
    HDF5Array::writeHDF5Array(
      genes_by_cells,
      filepath = path,
      name = part,
      with.dimnames = FALSE
    )
  }
  view <- view_h5ad(path, use_raw = FALSE)
  expect_identical(dense_of(view$matrix()), h5ad_values())
  expect_identical(rank(), expected)
  expect_identical(rank(layer = "delayed"), expected)
})

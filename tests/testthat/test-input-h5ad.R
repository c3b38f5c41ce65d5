# Matrices --------------------------------------------------------------------

test_that("every way to store a matrix gives its values", {
  by_cell <- c(
    "csr_float32", "csr_float64", "unsorted", "explicit_zeros", "int64_indices"
  )
  # Dense ones are partitioned by gene as they are read.
  by_gene <- c(
    "csc_float32", "csc_float64", "dense_float32", "dense_float64",
    "dense_fortran"
  )
  for (layer in c(by_cell, by_gene)) {
    view <- view_h5ad("storage", layer = layer)
    slices <- view$matrix()
    expect_identical(dense_of(slices), h5ad_values(), info = layer)
    major <- if (layer %in% by_cell) "cell" else "gene"
    expect_identical(slices$major, major, info = layer)
    types <- vapply(slices[c("p", "idx", "x")], typeof, "")
    expect_identical(
      types,
      c(p = "integer", idx = "integer", x = "double"),
      info = layer
    )
    expect_identical(view$layer, layer)
  }
})

test_that("integers and booleans are numbers", {
  for (layer in c("csr_int64", "csc_int32", "dense_uint8")) {
    slices <- view_h5ad("storage", layer = layer)$matrix()
    expect_identical(dense_of(slices), h5ad_counts(), info = layer)
  }
  slices <- view_h5ad("storage", layer = "csr_bool")$matrix()
  expect_identical(dense_of(slices), 1 * (h5ad_counts() > 0))
})

test_that("explicit zeros stay and indices become sorted", {
  sorted <- view_h5ad("storage", layer = "csr_float64")$matrix()
  expect_identical(view_h5ad("storage", layer = "unsorted")$matrix(), sorted)
  zeros <- view_h5ad("storage", layer = "explicit_zeros")$matrix()
  expect_gt(sum(zeros$x == 0), 0L)
})

test_that("HDF5 gives the same of a dense matrix in blocks of any size", {
  expected <- view_h5ad("storage", layer = "csr_float64")$matrix()
  dense <- function(block) {
    read <- function(h5ad) {
      part <- "layers/dense_float64"
      form <- h5ad_matrix_form(h5ad, part)
      open_by_hdf5r(h5ad, part, "of a test", tell = FALSE)
      hdf5r_dense(h5ad, form, c(1, 12), block)
    }
    with_h5ad(h5ad_fixture("storage"), read, rlang::current_env())
  }
  for (block in c(1, 2, 7, 13, 100)) {
    expect_identical(dense(block), expected, info = block)
  }
})

test_that("slices are put in order, and refused outside of their shape", {
  order <- function(p, idx, x, is_single = FALSE, bound = 6L) {
    order_slices(p, idx, x, is_single, bound, 2L, NULL)
  }
  p <- c(0L, 2L, 2L, 5L)
  x <- c(1, 2, 0.1, 4, 0.2)
  sorted <- order(p, c(1L, 5L, 0L, 2L, 3L), x)
  expect_identical(
    sorted,
    list(status = "ok", p = p, idx = c(1L, 5L, 0L, 2L, 3L), x = x)
  )
  turned <- order(p, c(5L, 1L, 3L, 0L, 2L), x)
  expect_identical(turned$p, p)
  expect_identical(turned$idx, c(1L, 5L, 0L, 2L, 3L))
  expect_identical(turned$x, c(2, 1, 4, 0.2, 0.1))
  summed <- order(p, c(1L, 5L, 3L, 0L, 3L), x)
  expect_identical(summed$p, c(0L, 2L, 2L, 4L))
  expect_identical(summed$idx, c(1L, 5L, 0L, 3L))
  expect_identical(summed$x, c(1, 2, 4, 0.1 + 0.2))
  in_single <- order(p, c(1L, 5L, 3L, 0L, 3L), x, is_single = TRUE)
  # 0.1 + 0.2 in single precision.
  expect_identical(in_single$x[[4L]], 10066330 * 2^-25)
  for (idx in c(6L, -1L)) {
    outside <- order(p, c(1L, 5L, idx, 0L, 3L), x)
    expect_identical(outside$status, "damaged")
    expect_match(outside$message, "outside its shape")
  }
})

test_that("NaN in a dense matrix is a value, not a zero", {
  path <- edited_h5ad("storage", function(file) {
    file[["layers/dense_float64"]][2L, 3L] <- NaN
  })
  slices <- view_h5ad(path, layer = "dense_float64")$matrix()
  expect_true(is.nan(dense_of(slices)[3L, 2L]))
  expect_identical(sum(is.nan(slices$x)), 1L)
})

test_that("values beyond the row pointers are left alone", {
  path <- edited_h5ad("storage", function(file) {
    replace_values(file, "X/data", c(file[["X/data"]][], 5, 6))
    replace_values(file, "X/indices", c(file[["X/indices"]][], 1L, 2L))
  })
  expect_identical(dense_of(view_h5ad(path)$matrix()), h5ad_values())
})

# Which matrix ----------------------------------------------------------------

test_that("raw is ranked where there is one, unless told otherwise", {
  view <- view_h5ad("raw")
  expect_true(view$use_raw)
  expect_identical(view$genes, h5ad_genes)
  expect_identical(dense_of(view$matrix()), h5ad_values())
  expect_identical(view_h5ad("raw", use_raw = TRUE)$genes, h5ad_genes)

  scaled <- matrix(0:47 / 8, 12L, byrow = TRUE)
  view <- view_h5ad("raw", use_raw = FALSE)
  expect_false(view$use_raw)
  expect_identical(view$genes, h5ad_genes[1:4])
  expect_identical(dense_of(view$matrix(), n_genes = 4L), scaled)
  view <- view_h5ad("raw", use_raw = FALSE, layer = "scaled")
  expect_identical(dense_of(view$matrix(), n_genes = 4L), scaled)

  view <- view_h5ad("storage")
  expect_false(view$use_raw)
  expect_null(view$layer)
  expect_identical(view$n_cells, 12L)
  expect_identical(dense_of(view$matrix()), h5ad_values())
})

test_that("annotations of genes are those of X, also with raw", {
  var <- view_h5ad("raw")$var
  expect_identical(var$names, "highly_variable")
  expect_identical(var$get("highly_variable"), c(TRUE, FALSE, TRUE, TRUE))
})

test_that("a raw that is None is none", {
  path <- edited_h5ad("storage", function(file) create_null(file, "raw"))
  expect_false(view_h5ad(path)$use_raw)
})

test_that("the base of the logarithm is read", {
  expect_null(view_h5ad("storage")$log_base)
  expect_null(view_h5ad("anndata-0.7")$log_base)
  expect_identical(view_h5ad("raw")$log_base, 2)
  expect_identical(view_h5ad("anndata-0.6")$log_base, 10)
  path <- edited_h5ad("storage", function(file) file$link_delete("uns"))
  expect_null(view_h5ad(path)$log_base)
})

# Annotations -----------------------------------------------------------------

test_that("columns of cells come as they are", {
  obs <- view_h5ad("storage")$obs
  numbers <- 0:11
  missing <- numbers == 3L
  expected <- list(
    group = h5ad_factor(),
    ordered = h5ad_factor(ordered = TRUE),
    integer_categories = h5ad_factor(c("10", "2", "1099511627776")),
    float_categories = h5ad_factor(c("0.5", "1.0", "1e-05")),
    bool_categories = factor(numbers %% 2 == 1, labels = c("False", "True")),
    string_categories = h5ad_factor(),
    string = rep_len(h5ad_labels[1:2], 12L),
    integer = numbers %% 3L,
    small_integer = numbers - 5L,
    large_integer = numbers + 2^40,
    float = replace(numbers / 4, missing, NA_real_),
    bool = numbers %% 2L == 0L,
    nullable_integer = replace(numbers, missing, NA_integer_),
    nullable_bool = replace(numbers %% 2L == 0L, missing, NA),
    nullable_string = replace(rep_len(h5ad_labels, 12L), missing, NA)
  )
  expect_identical(obs$names, names(expected))
  for (name in obs$names) {
    expect_identical(obs$get(name), expected[[name]], info = name)
  }
  expect_identical(unique(Encoding(levels(obs$get("group")))[1L]), "UTF-8")
  expect_false(is.nan(obs$get("float")[[4L]]))
})

test_that("files of anndata 0.7 are read", {
  view <- view_h5ad("anndata-0.7")
  expect_identical(view$genes, h5ad_genes)
  expect_identical(dense_of(view$matrix()), h5ad_values())
  x <- view_h5ad("anndata-0.7", use_raw = FALSE)
  expect_identical(x$genes, h5ad_genes[1:4])
  expect_identical(dense_of(x$matrix(), n_genes = 4L), h5ad_values()[, 1:4])
  obs <- view$obs
  expect_identical(
    obs$names,
    c("group", "ordered", "cluster", "string", "integer")
  )
  expect_identical(obs$get("group"), h5ad_factor())
  expect_identical(obs$get("ordered"), h5ad_factor(ordered = TRUE))
  expect_identical(obs$get("cluster"), h5ad_factor(c("10", "2", "3")))
  expect_identical(obs$get("string"), rep_len(h5ad_labels[1:2], 12L))
  expect_identical(obs$get("integer"), 0:11 %% 3L)
  expect_identical(
    view$var$get("highly_variable"),
    c(TRUE, TRUE, FALSE, TRUE)
  )
})

test_that("files of anndata 0.6 are read", {
  view <- view_h5ad("anndata-0.6")
  expect_true(view$use_raw)
  expect_identical(view$genes, h5ad_genes)
  expect_identical(dense_of(view$matrix()), h5ad_values())
  x <- view_h5ad("anndata-0.6", use_raw = FALSE)
  expect_identical(x$genes, h5ad_genes[1:4])
  expect_identical(dense_of(x$matrix(), n_genes = 4L), h5ad_values()[, 1:4])
  obs <- view$obs
  expect_identical(obs$get("group"), h5ad_factor())
  expect_identical(obs$get("cluster"), h5ad_factor(c("10", "2", "3")))
  expect_identical(obs$get("phase"), h5ad_factor(c("G1", "S", "G2M")))
  expect_identical(obs$get("integer"), 0:11 + 2^40)
  expect_identical(obs$get("fraction"), replace(0:11 / 4, 4L, NA_real_))
  expect_identical(obs$get("string"), rep_len(h5ad_labels[1:2], 12L))
  expect_identical(obs$get("bool"), 0:11 %% 2L == 0L)
  expect_identical(
    view$var$get("highly_variable"),
    c(TRUE, TRUE, FALSE, TRUE)
  )
})

test_that("numbers beyond the categories of that name are only numbers", {
  path <- edited_h5ad("anndata-0.6", function(file) {
    replace_values(file, "uns/cluster_categories", c(10, 2))
  })
  codes <- replace(h5ad_codes - 1L, 9L, -1L)
  expect_identical(view_h5ad(path)$obs$get("cluster"), codes)
})

test_that("columns are found without a list of them", {
  path <- edited_h5ad("anndata-0.7", function(file) {
    file[["obs"]]$attr_delete("column-order")
    file[["obs"]]$attr_delete("_index")
  })
  expect_setequal(
    view_h5ad(path)$obs$names,
    c("group", "ordered", "cluster", "string", "integer")
  )
})

# Ranking ---------------------------------------------------------------------

rank_without_params <- function(...) {
  result <- without_counts_warning(rank_genes_groups(..., pts = TRUE))
  unclass(result)[!names(result) %in% c("params", "settings")]
}

test_that("a file ranks as its matrix does, however it is stored", {
  skip_without_hdf5r()
  x <- t(h5ad_values())
  rownames(x) <- h5ad_genes
  expected <- rank_without_params(as_dgc(x), h5ad_factor())
  layers <- c(
    "csr_float32", "csr_float64", "csc_float32", "csc_float64",
    "dense_float32", "dense_float64", "unsorted", "explicit_zeros",
    "int64_indices"
  )
  for (layer in layers) {
    actual <- rank_without_params(
      h5ad_fixture("storage"),
      "group",
      layer = layer
    )
    expect_identical(actual, expected, info = layer)
  }
  for (name in c("storage", "anndata-0.7")) {
    actual <- rank_without_params(h5ad_fixture(name), "group")
    expect_identical(actual, expected, info = name)
  }
  base_2 <- rank_without_params(as_dgc(x), h5ad_factor(), log_base = 2)
  expect_identical(rank_without_params(h5ad_fixture("raw"), "group"), base_2)
})

test_that("integers rank as their matrix does", {
  skip_without_hdf5r()
  x <- t(h5ad_counts())
  rownames(x) <- h5ad_genes
  expected <- rank_without_params(as_dgc(x), h5ad_factor())
  for (layer in c("csr_int64", "csc_int32", "dense_uint8")) {
    actual <- rank_without_params(
      h5ad_fixture("storage"),
      "group",
      layer = layer
    )
    expect_identical(actual, expected, info = layer)
  }
})

test_that("params tell what was ranked", {
  skip_without_hdf5r()
  params <- rank_genes_groups(h5ad_fixture("raw"), "group")$params
  expect_identical(params$groupby, "group")
  expect_true(params$use_raw)
  expect_null(params$layer)
  params <- rank_genes_groups(
    h5ad_fixture("raw"),
    "group",
    use_raw = FALSE,
    layer = "scaled"
  )$params
  expect_false(params$use_raw)
  expect_identical(params$layer, "scaled")
})

test_that("mask_var names a column of the genes of X", {
  skip_without_hdf5r()
  path <- h5ad_fixture("anndata-0.7")
  x <- t(h5ad_values()[, 1:4])
  rownames(x) <- h5ad_genes[1:4]
  expected <- rank_without_params(
    as_dgc(x),
    h5ad_factor(),
    mask_var = c(TRUE, TRUE, FALSE, TRUE)
  )
  actual <- rank_without_params(
    path,
    "group",
    use_raw = FALSE,
    mask_var = "highly_variable"
  )
  expect_identical(actual, expected)
  expect_error(
    rank_genes_groups(path, "group", mask_var = "highly_variable"),
    class = "wilcoxide_error_input"
  )
})

test_that("the shipped cells rank", {
  skip_without_hdf5r()
  path <- system.file(
    "extdata", "pbmc68k_reduced.h5ad",
    package = "wilcoxide"
  )
  result <- rank_genes_groups(path, "bulk_labels", n_genes = 5)
  expect_true(result$params$use_raw)
  expect_true("CD79A" %in% result$names[["CD19+ B"]])
  expect_true("NKG7" %in% result$names[["CD56+ NK"]])
})

# The user's file -------------------------------------------------------------

test_that("reading leaves the file as it was, and closed", {
  for (name in c("storage", "raw", "anndata-0.7", "anndata-0.6")) {
    path <- edited_h5ad(name, function(file) NULL)
    before <- tools::md5sum(path)
    view <- view_h5ad(path)
    view$matrix()
    for (column in view$obs$names) {
      view$obs$get(column)
    }
    expect_identical(tools::md5sum(path), before, info = name)
    expect_not_open(path)
  }
})

test_that("a file that may only be read is read", {
  path <- edited_h5ad("storage", function(file) NULL)
  Sys.chmod(path, "0444")
  expect_identical(dense_of(view_h5ad(path)$matrix()), h5ad_values())
})

test_that("handles of the user stay open", {
  skip_without_hdf5r()
  path <- edited_h5ad("storage", function(file) NULL)
  file <- hdf5r::H5File$new(path, "r")
  data <- file[["X/data"]]
  view_h5ad(path)$matrix()
  expect_error(
    rank_genes_groups(path, "none"),
    class = "wilcoxide_error_file"
  )
  expect_true(data$is_valid)
  expect_length(data$read(), 38L)
  file$close_all()
})

test_that("groups of a file may be a vector, in the order of its cells", {
  skip_without_hdf5r()
  path <- h5ad_fixture("storage")
  groups <- h5ad_factor()
  by_name <- rank_genes_groups(path, "group", threads = 1L)
  by_vector <- rank_genes_groups(path, groups, threads = 1L)
  expect_null(by_vector$params$groupby)
  expect_same_tables(by_vector, by_name)

  names(groups) <- with_h5ad(
    path,
    function(h5ad) frame_index(h5ad, "obs"),
    call = NULL
  )
  named <- rank_genes_groups(path, groups, threads = 1L)
  expect_same_tables(named, by_name)
  expect_error(
    rank_genes_groups(path, rev(groups), threads = 1L),
    "order of the cells",
    class = "wilcoxide_error_input"
  )
  frame <- data.frame(group = unname(groups), row.names = names(groups))
  expect_same_tables(rank_genes_groups(path, frame, threads = 1L), by_name)
  expect_error(
    rank_genes_groups(path, unname(groups)[-1L], threads = 1L),
    "11 entries for 12 cells",
    class = "wilcoxide_error_input"
  )
  # It is the file that is missing, whatever the groups are.
  for (labels in list(unname(groups), "group", frame)) {
    expect_error(
      rank_genes_groups("none.h5ad", labels),
      "no file.*none.h5ad",
      class = "wilcoxide_error_file"
    )
  }
})

test_that("categories of a file without a cell are left out", {
  path <- edited_h5ad("storage", function(file) {
    codes <- file[["obs/group/codes"]]
    codes[codes[] == 1L] <- -1L
  })
  expect_message(
    result <- rank_genes_groups(path, "group", threads = 1L),
    "1 group without a cell is left out: \"T/NK\"",
    class = "wilcoxide_message_empty_groups"
  )
  expect_named(result$names, h5ad_labels[-2L])
  expect_error(
    rank_genes_groups(path, "group", groups = h5ad_labels[2:3]),
    "no cells",
    class = "wilcoxide_error_input"
  )
})

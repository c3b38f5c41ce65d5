# Matrices --------------------------------------------------------------------

test_that("every way to store a matrix gives its values", {
  by_cell <- c(
    "csr_float32", "csr_float64", "dense_float32", "dense_float64",
    "dense_fortran", "unsorted", "explicit_zeros", "int64_indices"
  )
  by_gene <- c("csc_float32", "csc_float64")
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

test_that("blocks of any size give the same slices", {
  sorted <- view_h5ad("storage", layer = "csr_float64")$matrix()
  unsorted <- sorted
  for (i in which(diff(sorted$p) > 0)) {
    at <- seq(sorted$p[[i]] + 1L, sorted$p[[i + 1L]])
    unsorted$idx[at] <- rev(sorted$idx[at])
    unsorted$x[at] <- rev(sorted$x[at])
  }
  dense <- function(block) {
    read <- function(h5ad) {
      part <- "layers/dense_float64"
      h5ad_dense(h5ad, h5ad_matrix_form(h5ad, part), c(1, 12), block)
    }
    with_h5ad(h5ad_fixture("storage"), read, rlang::current_env())
  }
  expect_identical(slices_order(sorted$p, sorted$idx, 6L), "ok")
  expect_identical(slices_order(unsorted$p, unsorted$idx, 6L), "unsorted")
  expect_identical(slices_order(sorted$p, sorted$idx, 5L), "outside")
  for (block in c(1, 2, 7, 13, 100)) {
    expect_identical(sort_slices(unsorted, block), sorted, info = block)
    expect_identical(dense(block), sorted, info = block)
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

test_that("floats are written as Python writes them", {
  written <- c(
    "0.1" = 0.1, "1.0" = 1, "-2.5" = -2.5, "100000.0" = 1e5,
    "123456789.125" = 123456789.125, "1e+16" = 1e16,
    "1234567890123456.0" = 1234567890123456, "0.0001" = 1e-4,
    "1e-05" = 1e-5, "1.5e-07" = 1.5e-7, "0.30000000000000004" = 0.1 + 0.2,
    "0.0" = 0, "inf" = Inf, "nan" = NaN
  )
  labels <- hdf5_labels(unname(written), "H5T_FLOAT")
  expect_identical(labels, names(written))
})

# Ranking ---------------------------------------------------------------------

rank_without_params <- function(...) {
  result <- without_counts_warning(rank_genes_groups(..., pts = TRUE))
  unclass(result)[names(result) != "params"]
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

# Errors ----------------------------------------------------------------------

# Looks at and reads a file; tells the error by class and message. Whatever
# went wrong, the file is as it was, and not open.
refuses_h5ad <- function(path, has, ..., column = "group", class = "file") {
  skip_without_hdf5r()
  bytes <- function() if (!dir.exists(path)) tools::md5sum(path)
  before <- bytes()
  error <- expect_error(
    {
      view <- view_h5ad(path, ..., groupby = column)
      view$obs$get(column)
      view$matrix()
    },
    class = paste0("wilcoxide_error_", class)
  )
  expect_s3_class(error, "wilcoxide_error")
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  for (fragment in has) {
    expect_match(message, fragment, fixed = TRUE)
  }
  expect_identical(bytes(), before)
  if (can_be_opened(path)) {
    expect_not_open(path)
  }
  invisible(error)
}

can_be_opened <- function(path) {
  if (!file.exists(path)) {
    return(FALSE)
  }
  tryCatch(
    {
      hdf5r::H5File$new(path, "r")$close()
      TRUE
    },
    error = function(cnd) FALSE
  )
}

test_that("what is no path is refused", {
  refused <- function(..., has) {
    error <- expect_error(
      rank_genes_groups(...),
      class = "wilcoxide_error_input"
    )
    for (fragment in has) {
      expect_match(conditionMessage(error), fragment, fixed = TRUE)
    }
  }
  path <- h5ad_fixture("storage")
  refused(c(path, path), "group", has = c("`x`", "one string", "length 2"))
  refused(NA_character_, "group", has = c("`x`", "one string"))
  refused(path, 1:12, has = c("`groupby`", "one string", "length 12"))
  refused(path, has = "`groupby` is missing")
  refused(path, NULL, has = c("`groupby`", "one string"))
  refused(path, "group", layer = 2, has = c("`layer`", "one string"))
  refused(path, "group", use_raw = NA, has = c("`use_raw`", "TRUE"))
  refused(path, "group", use_raw = "no", has = c("`use_raw`", "\"no\""))
})

test_that("errors name the function that was called", {
  skip_without_hdf5r()
  error <- expect_error(
    rank_genes_groups(h5ad_fixture("storage"), "no such"),
    class = "wilcoxide_error_file"
  )
  expect_match(as.character(error$call[[1L]]), "^rank_genes_groups")
})

test_that("what is no .h5ad file is refused", {
  refuses_h5ad(file.path(tempdir(), "none.h5ad"), c("no file", "none.h5ad"))
  folder <- withr::local_tempdir()
  refuses_h5ad(folder, c("directory", "Zarr"))
  text <- withr::local_tempfile(lines = "a {text} file", fileext = ".h5ad")
  refuses_h5ad(text, "no HDF5 file")
  empty <- withr::local_tempfile(fileext = ".h5ad")
  file.create(empty)
  refuses_h5ad(empty, "no HDF5 file")
  whole <- readBin(h5ad_fixture("storage"), "raw", 1e6)
  truncated <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(whole[seq_len(length(whole) %/% 2L)], truncated)
  refuses_h5ad(truncated, c("truncated", "Copy or download it again"))
  shorter <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(whole[-length(whole)], shorter)
  refuses_h5ad(shorter, "truncated")
  other <- edited_h5ad("storage", function(file) {
    file$link_delete("obs")
    file$link_delete("var")
  })
  refuses_h5ad(other, c("but no '.h5ad' file", "no obs and var"))
})

test_that("braces and percent signs in a path are only characters", {
  skip_without_hdf5r()
  path <- file.path(withr::local_tempdir(), "{x} 100%s%n.h5ad")
  refuses_h5ad(path, "{x} 100%s%n.h5ad")
  file.copy(h5ad_fixture("storage"), path)
  expect_identical(dense_of(view_h5ad(path)$matrix()), h5ad_values())
  refuses_h5ad(path, "{nothing} %d", column = "{nothing} %d")
  refuses_h5ad(path, "{nothing} %n", layer = "{nothing} %n")
  refuses_h5ad(path, "{z}", layer = "{z}")
  writeLines("text", path)
  refuses_h5ad(path, "{x} 100%s%n.h5ad")
})

test_that("a file that may not be read is refused", {
  skip_on_os("windows")
  path <- edited_h5ad("storage", function(file) NULL)
  Sys.chmod(path, "0000")
  skip_if(file.access(path, 4L) == 0L, "permissions do not bind this user")
  error <- expect_error(view_h5ad(path), class = "wilcoxide_error_file")
  expect_match(conditionMessage(error), "Permission")
})

test_that("a file without X is refused, unless something else is ranked", {
  without <- function(file) file$link_delete("X")
  refuses_h5ad(edited_h5ad("storage", without), c("nothing to rank", "no X"))
  null <- function(file) {
    file$link_delete("X")
    create_null(file, "X")
  }
  refuses_h5ad(edited_h5ad("storage", null), c("nothing to rank", "no X"))
  view <- view_h5ad(edited_h5ad("raw", without))
  expect_identical(dense_of(view$matrix()), h5ad_values())
  refuses_h5ad(
    edited_h5ad("raw", function(file) file$link_delete("raw/X")),
    c("nothing to rank", "no raw/X")
  )
})

test_that("columns and layers that are not there are refused", {
  refuses_h5ad(
    h5ad_fixture("storage"),
    c("no column \"leiden\"", "\"group\", \"ordered\""),
    column = "leiden"
  )
  refuses_h5ad(
    h5ad_fixture("storage"),
    c("no layer \"counts\"", "\"csr_int64\""),
    layer = "counts"
  )
  refuses_h5ad(
    h5ad_fixture("anndata-0.7"),
    c("no layer \"counts\"", "no layers"),
    use_raw = FALSE,
    layer = "counts"
  )
})

test_that("use_raw and layer follow Scanpy's rules", {
  refuses_h5ad(
    h5ad_fixture("storage"),
    c("`use_raw = TRUE` needs raw", "has none"),
    use_raw = TRUE,
    class = "input"
  )
  for (use_raw in list(NULL, TRUE)) {
    refuses_h5ad(
      h5ad_fixture("raw"),
      c("`layer` and `use_raw = TRUE` exclude", "`use_raw = FALSE`"),
      use_raw = use_raw,
      layer = "scaled",
      class = "input"
    )
  }
})

test_that("damaged matrices are refused", {
  damaged <- function(part, change, has, name = "storage") {
    path <- edited_h5ad(name, function(file) {
      replace_values(file, part, change(file[[part]]$read()))
    })
    refuses_h5ad(path, has, use_raw = FALSE)
  }
  pointers <- c("X in", "is damaged", "pointers")
  damaged("X/indptr", function(p) p[-3L], pointers)
  damaged("X/indptr", function(p) replace(p, 4L, 20L), pointers)
  damaged("X/indptr", function(p) replace(p, 1L, 1L), pointers)
  damaged("X/indptr", function(p) replace(p, 13L, 1000L), pointers)
  damaged("X/indptr", function(p) replace(as.double(p), 2L, NaN), pointers)
  outside <- c("X in", "is damaged", "outside of its shape")
  damaged("X/indices", function(i) replace(i, 4L, 6L), outside)
  damaged("X/indices", function(i) replace(i, 1L, -1L), outside)
  damaged("X/indices", function(i) replace(i, 1L, 2^40), outside)
  damaged("X/indices", function(i) replace(i, 2L, 0L), "values in one place")
  damaged("X/data", function(x) x[-1L], "fewer values than indices")
  damaged("X/data", function(x) as.character(x), "Can't read")
  damaged("X", function(x) as.double(x), "no two dimensions", name = "raw")
})

test_that("matrices in other encodings are refused by name", {
  path <- edited_h5ad("storage", function(file) {
    x <- file[["X"]]
    x$attr_delete("encoding-type")
    x$create_attr("encoding-type", "coo_matrix")
  })
  refuses_h5ad(path, "encoding \"coo_matrix\"")
  path <- edited_h5ad("storage", function(file) {
    file[["X"]]$attr_delete("shape")
  })
  refuses_h5ad(path, "no two dimensions")
})

test_that("more values than R's sparse matrices can hold are refused", {
  path <- edited_h5ad("storage", function(file) {
    replace_values(file, "X/indptr", c(rep(0, 12L), 2^31))
    for (part in c("X/data", "X/indices")) {
      file$link_delete(part)
      file$create_dataset(
        part,
        dtype = hdf5r::h5types$H5T_NATIVE_INT,
        space = hdf5r::H5S$new(dims = 2^31, maxdims = 2^31),
        chunk_dims = 2^20
      )
    }
  })
  refuses_h5ad(path, c("too large", "2^31 - 1 values"))
})

test_that("damaged annotations are refused", {
  damaged <- function(part, values, has, column = "group") {
    path <- edited_h5ad("storage", function(file) {
      replace_values(file, part, values)
    })
    refuses_h5ad(path, has, column = column)
  }
  codes <- "obs/group/codes"
  damaged(codes, rep(3L, 12L), c("obs/group", "codes without a category"))
  damaged(codes, rep(-2L, 12L), c("obs/group", "codes without a category"))
  damaged(codes, 0:2, c("obs/group", "3 entries instead of 12"))
  damaged("obs/integer", 0:2, "3 entries instead of 12", column = "integer")
  damaged("obs/group/categories", c("a", "a", "b"), "not distinct")
  damaged("var/_index", c("a", "b"), c("6 genes, 2 have names"))
  damaged("uns/log1p/base", -1, c("uns/log1p/base", "positive number"))
  damaged("uns/log1p/base", "e", c("uns/log1p/base", "positive number"))

  gone <- function(part, has, column = "group") {
    path <- edited_h5ad("storage", function(file) file$link_delete(part))
    refuses_h5ad(path, has, column = column)
  }
  gone("obs/string", "\"string\" is missing", column = "string")
  gone("obs/group/categories", "obs/group/categories")
  gone("var/_index", "var/_index")

  path <- edited_h5ad("storage", function(file) {
    group <- file[["obs/group"]]
    group$attr_delete("encoding-type")
    group$create_attr("encoding-type", "interval-array")
  })
  refuses_h5ad(path, "encoding \"interval-array\"")
  path <- edited_h5ad("anndata-0.7", function(file) {
    file$link_delete("obs/__categories/cluster")
  })
  refuses_h5ad(path, "obs/__categories/cluster", column = "cluster")
  path <- edited_h5ad("anndata-0.7", function(file) {
    file[["raw/var"]]$attr_delete("_index")
    file[["raw/var"]]$link_delete("_index")
  })
  refuses_h5ad(path, c("raw/var", "which column is its index"))
})

test_that("text in another encoding than UTF-8 is refused", {
  path <- edited_h5ad("storage", function(file) {
    latin1 <- c("\xe9", "b", "c")
    replace_values(file, "obs/group/categories", latin1)
  })
  refuses_h5ad(path, "not in UTF-8")
})

test_that("bytes that do not decompress are refused", {
  skip_without_hdf5r()
  shipped <- system.file(
    "extdata", "pbmc68k_reduced.h5ad",
    package = "wilcoxide"
  )
  bytes <- readBin(shipped, "raw", 1e6)
  bytes[seq(2e5, 3e5)] <- as.raw(0L)
  path <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(bytes, path)
  refuses_h5ad(path, hdf5_says(), column = "bulk_labels")
})

test_that("lzf is read without a filter of HDF5", {
  view <- view_h5ad("storage", layer = "lzf")
  expect_identical(dense_of(view$matrix()), h5ad_values())
})

test_that("a compression that HDF5 lacks here is named", {
  path <- file.path(withr::local_tempdir(), "100%s%n.h5ad")
  file.copy(h5ad_fixture("storage"), path)
  Sys.chmod(path, "644")
  message <- through_hdf5(path, {
    skip_if(hdf5_reads_lzf(path), "HDF5 has the filter lzf here")
    error <- expect_error(
      rank_genes_groups(path, "group", layer = "lzf"),
      class = "wilcoxide_error_file"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  })
  expect_match(message, lzf_lacks(), fixed = TRUE)
  expect_match(message, "write_h5ad(compression=\"gzip\")", fixed = TRUE)
})

test_that("hdf5r is asked for where it is missing", {
  error <- expect_error(
    check_package("wilcoxide.none", "Reading an .h5ad file"),
    class = "wilcoxide_error_package"
  )
  expect_match(conditionMessage(error), "install.packages(\"wilcoxide.none\")",
    fixed = TRUE
  )
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
    view_h5ad(path, groupby = "none"),
    class = "wilcoxide_error_file"
  )
  expect_true(data$is_valid)
  expect_length(data$read(), 38L)
  file$close_all()
})

rank_toy_adata <- function(object, ...) {
  rank_quietly(object, "cluster", ...)
}

test_that("X, layers and annotations of anndataR go by name", {
  expected <- rank_quietly(toy_expression(), toy_groups())
  result <- rank_toy_adata(toy_adata())
  expect_same_tables(result, expected)
  expect_identical(
    result$params[c("groupby", "use_raw", "layer")],
    list(groupby = "cluster", use_raw = FALSE, layer = NULL)
  )
  expect_same_tables(rank_quietly(toy_adata(), toy_groups()), expected)
  result <- rank_toy_adata(toy_adata(), layer = "half")
  expect_same_tables(
    result,
    rank_quietly(toy_expression() / 2, toy_groups())
  )
  expect_identical(result$params$layer, "half")
  expect_same_tables(
    rank_toy_adata(toy_adata(), mask_var = "chosen"),
    rank_quietly(
      toy_expression(),
      toy_groups(),
      mask_var = rep(c(TRUE, FALSE), 10)
    )
  )
  expect_error(
    rank_toy_adata(toy_adata(), layer = "none"),
    "half",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_quietly(toy_adata(), "none"),
    "cluster",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_quietly(toy_adata(), toy_groups()[-1]),
    "59",
    class = "wilcoxide_error_input"
  )
})

test_that("anndataR has no raw", {
  expect_same_tables(
    rank_toy_adata(toy_adata(), use_raw = FALSE),
    rank_toy_adata(toy_adata())
  )
  expect_error(
    rank_toy_adata(toy_adata(), use_raw = TRUE),
    "has none",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_toy_adata(toy_adata(), use_raw = NA),
    class = "wilcoxide_error_input"
  )
})

test_that("the base of the logarithm is that of uns", {
  base <- function(base) toy_adata(uns = list(log1p = list(base = base)))
  expect_same_tables(
    rank_toy_adata(base(2)),
    rank_quietly(toy_expression(), toy_groups(), log_base = 2)
  )
  expect_same_tables(rank_toy_adata(base(NULL)), rank_toy_adata(toy_adata()))
  expect_error(
    rank_toy_adata(base("e")),
    "log1p",
    class = "wilcoxide_error_input"
  )
})

test_that("an AnnData without X is refused", {
  expect_error(
    rank_toy_adata(toy_adata(X = NULL)),
    "X.*empty",
    class = "wilcoxide_error_input"
  )
})

test_that("an HDF5AnnData tells of the raw that it hides", {
  skip_if_not_installed("anndataR")
  skip_if_not_installed("rhdf5")
  cells <- list(data = as_dgc(toy_expression()), groups = toy_groups())
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path, c(X = "csr", raw = "csr"))
  object <- anndataR::read_h5ad(path, as = "HDF5AnnData")
  rank <- function(...) rank_genes_groups(object, "cluster", ..., threads = 1)
  expect_message(rank(), basename(path), class = "wilcoxide_message")
  expect_no_message(rank(use_raw = FALSE))
  expect_error(
    rank(use_raw = TRUE),
    basename(path),
    class = "wilcoxide_error_input"
  )
  object$close()

  other <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, other)
  object <- anndataR::read_h5ad(other, as = "HDF5AnnData")
  expect_no_message(rank())
  object$close()
})

# Python ----------------------------------------------------------------------

python_fixture <- function(name, ...) {
  python_anndata()$read_h5ad(h5ad_fixture(name), ...)
}

python_view <- function(object, use_raw = NULL, layer = NULL) {
  anndata_view(python_source(object), use_raw, layer, rlang::current_env())
}

# As Python gives it: the matrix itself says what its numbers are.
matrix_of_file <- function(...) {
  view <- view_h5ad(...)
  c(view$matrix(), single = view$single)
}

# A dense matrix is by gene from a file, and by cell from Python.
expect_same_matrix <- function(matrix, expected) {
  expect_identical(dense_of(matrix), dense_of(expected))
  expect_identical(matrix$single, expected$single)
}

test_that("every way Python stores a matrix gives its values", {
  skip_without_hdf5r()
  object <- python_fixture("storage")
  layers <- setdiff(python_strings(object$layers$keys()), "lzf")
  expect_gt(length(layers), 10L)
  for (layer in layers) {
    slices <- python_view(object, layer = layer)$matrix()
    expected <- matrix_of_file("storage", layer = layer)
    expect_identical(dense_of(slices), dense_of(expected), info = layer)
    if (!startsWith(layer, "dense")) {
      expect_identical(slices, expected, info = layer)
    }
  }
  slices <- python_view(object)$matrix()
  expect_identical(dense_of(slices), h5ad_values())
})

test_that("columns of pandas are those of the file", {
  skip_without_hdf5r()
  obs <- python_view(python_fixture("storage"))$obs
  stored <- view_h5ad("storage")$obs
  expect_setequal(obs$names, stored$names)
  for (name in stored$names) {
    expect_identical(
      as.vector(as_groups(obs$get(name))),
      as.vector(as_groups(stored$get(name))),
      info = name
    )
    expect_identical(
      levels(as_groups(obs$get(name))),
      levels(as_groups(stored$get(name))),
      info = name
    )
  }
})

test_that("raw, its genes, layers and the base go by Scanpy's rules", {
  skip_without_hdf5r()
  object <- python_fixture("raw")
  for (use_raw in list(NULL, TRUE, FALSE)) {
    view <- python_view(object, use_raw)
    stored <- view_h5ad("raw", use_raw = use_raw)
    same <- c("genes", "n_cells", "log_base", "use_raw", "layer")
    expect_identical(view[same], stored[same])
    expect_same_matrix(view$matrix(), matrix_of_file("raw", use_raw = use_raw))
    expect_identical(view$var$names, stored$var$names)
    expect_identical(
      view$var$get("highly_variable"),
      stored$var$get("highly_variable")
    )
  }
  expect_identical(python_view(object)$log_base, 2)
  expect_error(
    python_view(object, layer = "scaled"),
    "exclude",
    class = "wilcoxide_error_input"
  )
  expect_identical(python_view(object, FALSE, "scaled")$layer, "scaled")
  expect_error(
    python_view(python_fixture("storage"), TRUE),
    "has none",
    class = "wilcoxide_error_input"
  )
})

test_that("converting Python objects, views and backed ones do, too", {
  skip_without_hdf5r()
  python_anndata()
  converting <- reticulate::import("anndata")
  expected <- view_h5ad("raw")
  object <- converting$read_h5ad(h5ad_fixture("raw"))
  expect_identical(python_view(object)$matrix(), matrix_of_file("raw"))
  expect_identical(python_view(object)$genes, expected$genes)
  backed <- converting$read_h5ad(h5ad_fixture("raw"), backed = "r")
  withr::defer(backed$file$close())
  expect_identical(python_view(backed)$matrix(), matrix_of_file("raw"))
  expect_same_matrix(
    python_view(backed, FALSE)$matrix(),
    matrix_of_file("raw", use_raw = FALSE)
  )
  some <- reticulate::py_get_item(object, python()$slice(0L, 5L))
  view <- python_view(reticulate::r_to_py(some), FALSE)
  expect_identical(view$n_cells, 5L)
  expect_identical(
    dense_of(view$matrix(), 5L, 4L),
    dense_of(view_h5ad("raw", use_raw = FALSE)$matrix(), 12L, 4L)[1:5, ]
  )
})

test_that("vectors arrive in blocks of any size", {
  python_anndata()
  numpy <- reticulate::import("numpy", convert = FALSE)
  values <- numpy$linspace(0, 1, 11L)
  expected <- as.double(reticulate::py_to_r(values$tolist()))
  for (block in c(1, 3, 11, 100)) {
    expect_identical(python_numbers(values, block = block), expected)
  }
  expect_identical(python_numbers(numpy$zeros(0L)), double())
  single <- python_numbers(values$astype("float32"))
  expect_identical(single, as_float32(expected))
})

test_that("the Python object is not changed", {
  skip_without_hdf5r()
  object <- python_fixture("storage")
  unsorted <- python_numbers(
    reticulate::py_get_item(object$layers, "unsorted")$indices,
    "integer"
  )
  expect_true(is.unsorted(unsorted[1:6]))
  rank_quietly(object, "group", layer = "unsorted")
  after <- python_numbers(
    reticulate::py_get_item(object$layers, "unsorted")$indices,
    "integer"
  )
  expect_identical(after, unsorted)
})

test_that("several values in one place are added up, as SciPy has them", {
  python_anndata()
  scipy <- reticulate::import("scipy.sparse", convert = FALSE)
  numpy <- reticulate::import("numpy", convert = FALSE)
  numbers <- function(...) numpy$array(list(...))
  parts <- list(
    numbers(1, 2, 4, 0, 3),
    numbers(2L, 0L, 2L, 1L, 0L),
    numbers(0L, 3L, 3L, 5L)
  )
  values <- scipy$csr_matrix(
    python()$tuple(parts),
    shape = python()$tuple(list(3L, 3L))
  )
  expect_identical(
    python_slices(values, "X", rlang::current_env()),
    list(
      p = c(0L, 2L, 2L, 4L),
      idx = c(0L, 2L, 0L, 1L),
      x = c(2, 5, 3, 0),
      major = "cell",
      single = FALSE
    )
  )
  expect_identical(python_scalar(values$nnz), 5L)
})

test_that("what is no matrix of numbers is refused", {
  skip_without_hdf5r()
  object <- python_fixture("storage")
  numpy <- reticulate::import("numpy", convert = FALSE)
  reticulate::py_set_item(
    object$layers,
    "text",
    numpy$full(python()$tuple(list(12L, 6L)), "a", dtype = "object")
  )
  expect_error(
    rank_quietly(object, "group", layer = "text"),
    "matrix of numbers",
    class = "wilcoxide_error_input"
  )
})

test_that("raw of package anndata is ranked", {
  skip_without_hdf5r()
  skip_without_python()
  skip_if_not_installed("anndata")
  object <- suppressMessages(anndata::read_h5ad(h5ad_fixture("raw")))
  for (use_raw in list(NULL, TRUE, FALSE)) {
    expect_same_bits(
      rank_quietly(object, "group", use_raw = use_raw),
      rank_quietly(h5ad_fixture("raw"), "group", use_raw = use_raw)
    )
  }
  expect_error(
    rank_quietly(object, rev(stats::setNames(h5ad_factor(), object$obs_names))),
    "obs_names",
    class = "wilcoxide_error_input"
  )
})

test_that("an AnnData of Python is one in every version, and by inheritance", {
  skip_without_hdf5r()
  object <- python_fixture("storage")
  expected <- rank_quietly(object, "group")
  expect_true(is_python_anndata(object))
  for (class in list(
    "anndata.AnnData",
    c("__main__.Mine", "anndata.AnnData"),
    "anndata._core.anndata.AnnData"
  )) {
    named <- object
    class(named) <- c(class, "python.builtin.object")
    expect_same_bits(rank_quietly(named, "group"), expected)
    add_rank_genes_groups(named, expected, "ranked")
    expect_same_bits(
      get_rank_genes_groups(named, "ranked")$scores,
      expected$scores
    )
    skip_if_not_installed("ggplot2")
    expect_s3_class(plot_rank_genes_groups_dotplot(named, expected), "ggplot")
  }
  for (other in list(python()$list(), object$X, object$obs)) {
    expect_false(is_python_anndata(other))
    for (call in list(
      quote(rank_quietly(other, "group")),
      quote(add_rank_genes_groups(other, expected)),
      quote(get_rank_genes_groups(other))
    )) {
      expect_error(eval(call), "AnnData", class = "wilcoxide_error_input")
    }
  }
})

test_that("groups of an AnnData of Python have the names that Python gives", {
  skip_without_python()
  frame <- reticulate::py_eval(paste0(
    "__import__('pandas').DataFrame({",
    "'int': [10, 2, 2], 'long': [2**53 + 1, 2**53, 1], ",
    "'unsigned': __import__('numpy').array([2**64 - 1, 1, 2], 'uint64'), ",
    "'float': [1.0, 0.5, float('nan')], ",
    "'single': __import__('numpy').array([0.1, 1e5, 1 / 3], 'float32'), ",
    "'bool': [True, False, True], 'text': ['b', '10', '9'], ",
    "'mixed': [1, '1', 'a']})"
  ), convert = FALSE)
  obs <- pandas_annotation(frame, "obs")
  names <- function(name) {
    levels(annotation_groups(obs, name, "groupby", NULL))
  }
  expect_identical(names("int"), c("2", "10"))
  expect_identical(names("long"),
                   c("1", "9007199254740992", "9007199254740993"))
  expect_identical(names("unsigned"), c("1", "2", "18446744073709551615"))
  expect_identical(names("float"), c("0.5", "1.0"))
  expect_identical(names("single"), c("0.1", "0.33333334", "100000.0"))
  expect_identical(names("bool"), c("False", "True"))
  expect_identical(names("text"), c("9", "10", "b"))
  expect_error(
    names("mixed"), "in the same way", class = "wilcoxide_error_input"
  )
  expect_identical(
    as.integer(annotation_groups(obs, "float", "groupby", NULL)),
    c(2L, 1L, NA)
  )
})

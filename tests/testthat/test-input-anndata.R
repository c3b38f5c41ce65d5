# A source as an AnnData of anndataR has it, without the package.
toy_adata <- function(..., class = "InMemoryAnnData") {
  object <- list(
    X = as_dgr(t(toy_expression())),
    obs = data.frame(
      cluster = toy_groups(),
      row.names = colnames(toy_expression())
    ),
    var = data.frame(
      chosen = rep(c(TRUE, FALSE), 10),
      row.names = rownames(toy_expression())
    ),
    obs_names = colnames(toy_expression()),
    var_names = rownames(toy_expression()),
    layers = list(half = t(toy_expression()) / 2),
    uns = list()
  )
  object <- utils::modifyList(object, list(...), keep.null = TRUE)
  structure(list2env(object), class = c(class, "AbstractAnnData", "R6"))
}

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
    expect_identical(
      view$matrix(),
      matrix_of_file("raw", use_raw = use_raw)
    )
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
  expect_identical(
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

# Donors and conditions as columns of every kind of object: the same bits as of
# the matrix and vectors. A column has a level without cells and cells without a
# level.

donor_cells <- function() {
  x <- toy_expression(n_cells = 120L)
  condition <- rep_len(c("control", "stimulated", NA, "control", "b/1"), 120L)
  list(
    data = as_dgc(x),
    groups = toy_groups(120L),
    obs = data.frame(
      cluster = factor(toy_groups(120L), c("T", "none", "B", "NK")),
      donor = factor(
        rep(c("d1", "d2", "d10"), length.out = 120L, each = 7L),
        c("d10", "d2", "nobody", "d1")
      ),
      condition = condition,
      run = rep_len(c(1, 2, NaN, 2, 2), 120L),
      row.names = colnames(x)
    )
  )
}

# Columns by their names. Levels and groups go by the order of the column.
asked_of_donors <- list(
  list(split_by = "condition", pts = TRUE, tie_correct = TRUE),
  list(split_by = "run", block = "donor", reference = "T"),
  list(block = "donor", block_weights = "equal", statistics = "auc"),
  list(split_by = "donor", exclude = "NK", mean_in_log_space = FALSE),
  list(reference = c("T", "NK"), block = "donor"),
  list(split_by = "donor", reference = c("T", "NK"))
)

rank_donors <- function(x, asked, groupby = "cluster", ...) {
  do.call(rank_quietly, c(list(x, groupby, ...), asked))
}

tables_of_levels <- function(result) {
  if (!is_split(result)) {
    return(tables_of(result))
  }
  levels <- lapply(unclass(result), tables_of)
  # Python's names of the floats among these.
  rlang::set_names(levels, sub("^([12])$", "\\1.0", names(levels)))
}

expected_of_donors <- local({
  known <- NULL
  function() {
    cells <- donor_cells()
    known <<- known %||% lapply(asked_of_donors, function(asked) {
      given <- intersect(c("split_by", "block"), names(asked))
      asked[given] <- lapply(asked[given], function(name) cells$obs[[name]])
      rank_donors(cells$data, asked, cells$obs$cluster)
    })
    known
  }
})

expect_donors <- function(x, ..., at = seq_along(asked_of_donors)) {
  for (number in at) {
    asked <- asked_of_donors[[number]]
    expected <- expected_of_donors()[[number]]
    result <- rank_donors(x, asked, ...)
    expect_same_bits(tables_of_levels(result), tables_of_levels(expected))
    if (is_split(result)) {
      expect_identical(result[[1L]]$settings$split_by, asked$split_by)
      expect_same_bits(
        rank_genes_groups_df(result, combine = "stouffer"),
        rank_genes_groups_df(expected, combine = "stouffer")
      )
    }
  }
}

test_that("columns of a SummarizedExperiment are donors", {
  cells <- donor_cells()
  object <- as_experiment(cells)
  SummarizedExperiment::colData(object) <- S4Vectors::DataFrame(cells$obs)
  expect_donors(object)
})

test_that("columns of a Seurat object are donors", {
  cells <- donor_cells()
  object <- as_seurat(cells)
  for (name in names(cells$obs)) {
    object[[name]] <- cells$obs[[name]]
  }
  expect_donors(object)
})

test_that("columns of an AnnData of R are donors", {
  cells <- donor_cells()
  object <- toy_adata(
    X = as_dgr(Matrix::t(cells$data)),
    obs_names = rownames(cells$obs)
  )
  object$obs <- cells$obs
  expect_donors(object)
})

python_donors <- function(cells) {
  anndata <- python_anndata()
  path <- withr::local_tempfile(fileext = ".h5ad")
  parts <- c(X = "csr", "layers/csc" = "csc", "layers/dense" = "dense")
  object <- anndata$read_h5ad(write_h5ad_file(cells, path, parts))
  pandas <- reticulate::import("pandas", convert = FALSE)
  categorical <- function(column) {
    codes <- as.integer(column) - 1L
    codes[is.na(column)] <- -1L
    levels <- as.list(levels(column))
    pandas$Categorical$from_codes(as.list(codes), categories = levels)
  }
  text <- as.list(cells$obs$condition)
  text[is.na(text)] <- list(NULL)
  object$obs <- pandas$DataFrame(
    list(
      cluster = categorical(cells$obs$cluster),
      donor = categorical(cells$obs$donor),
      condition = text,
      run = as.list(cells$obs$run)
    ),
    index = as.list(rownames(cells$obs))
  )
  object
}

test_that("columns of an AnnData of Python are donors", {
  skip_without_hdf5r()
  object <- python_donors(donor_cells())
  expect_donors(object)
  expect_donors(object, layer = "csc", at = 1:3)
  expect_donors(object, layer = "dense", at = 2L)

  # Stored, fetched, and found by Scanpy's readers.
  result <- rank_donors(object, list(split_by = "condition", pts = TRUE))
  expect_named(result, c("b/1", "control", "stimulated"))
  add_rank_genes_groups(object, result, "by condition")
  expect_same_bits(get_rank_genes_groups(object, "by condition"), result)
  expect_same_bits(
    get_rank_genes_groups(object, "by condition_control")$scores,
    result$control$scores
  )
})

test_that("columns of a file are donors, in memory and in blocks", {
  skip_without_hdf5r()
  object <- python_donors(donor_cells())
  path <- withr::local_tempfile(fileext = ".h5ad")
  object$write_h5ad(path)
  for (memory in list(NULL, 2e4)) {
    withr::with_options(list(wilcoxide.memory = memory), {
      expect_donors(path)
      expect_donors(path, layer = "csc", at = 1:3)
      expect_donors(path, layer = "dense", at = 2L)
    })
  }
  result <- rank_donors(path, asked_of_donors[[2L]])
  write_rank_genes_groups(result, path)
  expect_same_bits(get_rank_genes_groups(path), result)
})

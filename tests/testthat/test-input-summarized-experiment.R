toy_experiment <- function(...) {
  skip_if_not_installed("SummarizedExperiment")
  object <- SummarizedExperiment::SummarizedExperiment(
    list(
      counts = round(expm1(toy_expression())),
      logcounts = as_dgc(toy_expression())
    ),
    colData = S4Vectors::DataFrame(
      cluster = toy_groups(),
      batch = S4Vectors::Rle(toy_groups()),
      number = rep(1:2, 30)
    ),
    rowData = S4Vectors::DataFrame(chosen = rep(c(TRUE, FALSE), 10)),
    ...
  )
  object
}

toy_single_cells <- function() {
  skip_if_not_installed("SingleCellExperiment")
  methods::as(toy_experiment(), "SingleCellExperiment")
}

test_that("columns of colData and rowData go by name", {
  object <- toy_experiment()
  expected <- rank_quietly(toy_expression(), toy_groups())
  result <- rank_quietly(object, "cluster")
  expect_same_tables(result, expected)
  expect_identical(result$params$groupby, "cluster")
  expect_null(result$params$layer)
  expect_false(result$params$use_raw)
  expect_same_tables(rank_quietly(object, toy_groups()), expected)
  expect_same_tables(rank_quietly(object, object$cluster), expected)
  expect_same_tables(rank_quietly(object, "batch"), expected)
  expect_named(rank_quietly(object, "number")$names, c("1", "2"))
  expect_same_tables(
    rank_quietly(object, "cluster", mask_var = "chosen"),
    rank_quietly(
      toy_expression(),
      toy_groups(),
      mask_var = rep(c(TRUE, FALSE), 10)
    )
  )
  expect_error(
    rank_quietly(object, "none"),
    "cluster.*batch.*number",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_quietly(object, "cluster", mask_var = "none"),
    "rowData.*chosen",
    class = "wilcoxide_error_input"
  )
})

test_that("assays go by name or number", {
  object <- toy_experiment()
  counts <- round(expm1(toy_expression()))
  expected <- without_counts_warning(rank_quietly(counts, toy_groups()))
  for (assay in list("counts", 1, 1L)) {
    result <- without_counts_warning(
      rank_quietly(object, "cluster", assay.type = assay)
    )
    expect_same_tables(result, expected)
  }
  result <- without_counts_warning(
    rank_quietly(object, "cluster", assay.type = "counts")
  )
  expect_identical(result$params$layer, "counts")
  for (assay in list("none", 3, 0, NA, c("counts", "logcounts"))) {
    expect_error(
      rank_quietly(object, "cluster", assay.type = assay),
      class = "wilcoxide_error_input"
    )
  }
  expect_error(
    rank_quietly(object, "cluster", assay.type = "none"),
    "counts.*logcounts"
  )
})

test_that("without a default assay there is an error that lists them", {
  object <- toy_experiment()
  SummarizedExperiment::assay(object, "logcounts") <- NULL
  expect_error(
    rank_quietly(object, "cluster"),
    "counts.*logNormCounts",
    class = "wilcoxide_error_input"
  )
  SummarizedExperiment::assayNames(object) <- "X"
  without_counts_warning(
    expect_s3_class(rank_quietly(object, "cluster"), "rank_genes_groups")
  )
  names(SummarizedExperiment::assays(object)) <- NULL
  expect_error(
    rank_quietly(object, "cluster"),
    "no names",
    class = "wilcoxide_error_input"
  )
  without_counts_warning(
    expect_s3_class(
      rank_quietly(object, "cluster", assay.type = 1),
      "rank_genes_groups"
    )
  )
})

test_that("alternative experiments have the groups of the main one", {
  object <- toy_single_cells()
  other <- toy_experiment()[5:1, ]
  SummarizedExperiment::colData(other) <- NULL
  SingleCellExperiment::altExp(object, "other") <- other
  expected <- rank_quietly(toy_expression()[5:1, ], toy_groups())
  for (altexp in list("other", 1)) {
    result <- rank_quietly(object, "cluster", altexp = altexp)
    expect_same_tables(result, expected)
  }
  expect_length(
    rank_quietly(object, "cluster", altexp = 1, mask_var = "chosen")$names$T,
    3L
  )
  expect_error(
    rank_quietly(object, "cluster", altexp = "none"),
    "other",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_quietly(toy_experiment(), "cluster", altexp = "none"),
    "none",
    class = "wilcoxide_error_input"
  )
})

test_that("the base of the logarithm is noted or given", {
  expected <- rank_quietly(toy_expression(), toy_groups(), log_base = 2)
  note <- function(base) {
    object <- toy_single_cells()
    S4Vectors::metadata(object)$log1p <- list(base = base)
    object
  }
  expect_same_tables(rank_quietly(note(2), "cluster"), expected)
  expect_same_tables(rank_quietly(note(array(2, 1)), "cluster"), expected)
  expect_same_tables(
    rank_quietly(toy_experiment(), "cluster", log_base = 2),
    expected
  )
  expect_same_tables(
    rank_quietly(note(3), "cluster", log_base = 2),
    expected
  )
  natural <- rank_quietly(toy_expression(), toy_groups())
  expect_same_tables(rank_quietly(note(NULL), "cluster"), natural)
  expect_same_tables(
    rank_quietly(note(3), "cluster", log_base = exp(1)),
    natural
  )

  object <- note(2)
  SingleCellExperiment::altExp(object, "other") <- toy_experiment()
  expect_same_tables(rank_quietly(object, "cluster", altexp = 1), expected)
  SingleCellExperiment::altExp(object, "other") <- note(3)
  expect_same_tables(
    rank_quietly(object, "cluster", altexp = 1),
    rank_quietly(toy_expression(), toy_groups(), log_base = 3)
  )

  for (base in list("e", 1, -1, NA, c(2, 3))) {
    expect_error(
      rank_quietly(note(base), "cluster"),
      "log1p",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("values of scuttle are taken to base 2, which is said once", {
  rank <- function(...) rank_genes_groups(..., threads = 1)
  object <- toy_experiment()
  natural <- rank(object, "cluster")
  base_2 <- rank(object, "cluster", log_base = 2)
  expect_false(identical(natural, base_2))
  rlang::reset_message_verbosity("wilcoxide_log_base")
  object$sizeFactor <- 1
  expect_no_message(expect_identical(
    rank(object, "cluster", log_base = exp(1))$scores,
    natural$scores
  ))
  expect_message(
    expect_same_tables(rank(object, "cluster"), base_2),
    "base 2.*log_base = exp\\(1\\)",
    class = "wilcoxide_message"
  )
  expect_no_message(rank(object, "cluster"))

  # What is noted goes first, were it that there is nothing to note.
  S4Vectors::metadata(object)$log1p <- list()
  expect_same_tables(rank(object, "cluster"), natural)
  S4Vectors::metadata(object)$log1p <- NULL
  SummarizedExperiment::assayNames(object)[[2L]] <- "X"
  expect_same_tables(rank(object, "cluster"), natural)

  # An alternative experiment has size factors of its own.
  object <- toy_single_cells()
  SingleCellExperiment::altExp(object, "other") <- toy_experiment()
  object$sizeFactor <- 1
  expect_same_tables(rank(object, "cluster", altexp = "other"), natural)
})

test_that("logNormCounts() leaves what it is known by", {
  skip_if_not_installed("scuttle")
  counts <- matrix(rpois(200, 3), 10L)
  rownames(counts) <- letters[1:10]
  object <- SingleCellExperiment::SingleCellExperiment(list(counts = counts))
  object <- scuttle::logNormCounts(object)
  groups <- rep(c("x", "y"), each = 10L)
  expect_same_tables(
    rank_quietly(object, groups),
    rank_quietly(
      SummarizedExperiment::assay(object, "logcounts"),
      groups,
      log_base = 2
    )
  )
})

test_that("without groupby, the groups are colLabels()", {
  object <- toy_single_cells()
  expect_error(
    rank_quietly(object),
    "groupby",
    class = "wilcoxide_error_input"
  )
  SingleCellExperiment::colLabels(object) <- object$cluster
  result <- rank_quietly(object)
  expect_identical(result$params$groupby, "label")
  expect_same_tables(result, rank_quietly(object, "cluster"))
  expect_error(
    rank_quietly(object, "T"),
    "It is a group: give `groups = \"T\"`",
    class = "wilcoxide_error_input"
  )
})

test_that("assays that are no matrices are refused", {
  object <- toy_experiment()
  SummarizedExperiment::assay(object, "logcounts") <-
    as.data.frame(toy_expression())
  expect_error(
    rank_quietly(object, "cluster"),
    "`as.matrix\\(\\)` turns a data frame",
    class = "wilcoxide_error_input"
  )
})

test_that("genes and cells without names are numbered", {
  object <- toy_experiment()
  dimnames(object) <- NULL
  result <- rank_quietly(object, "cluster")
  expected <- rank_quietly(unname(toy_expression()), toy_groups())
  expect_same_tables(result, expected)
})

test_that("a matrix that does not fit its object is refused", {
  object <- toy_experiment()
  x <- as_dgc(toy_expression())
  x@Dim[[1L]] <- 25L
  x@Dimnames <- list(NULL, NULL)
  object@assays@data$logcounts <- x
  expect_error(
    rank_quietly(object, "cluster"),
    "25 genes",
    class = "wilcoxide_error_input"
  )
})

test_that("the object is not changed", {
  object <- toy_single_cells()
  before <- serialize(object, NULL)
  rank_quietly(object, "cluster", pts = TRUE)
  expect_identical(serialize(object, NULL), before)
})

test_that("the matrix is not copied", {
  object <- toy_experiment()
  view <- experiment_view(object, NULL, NULL, NULL, rlang::current_env())
  stored <- object@assays@data$logcounts
  slices <- view$matrix()
  for (name in c("p", "x")) {
    expect_identical(
      rlang::obj_address(slices[[name]]),
      rlang::obj_address(methods::slot(stored, name))
    )
  }
})

test_that("levels that a subset leaves without a cell are left out", {
  cells <- list(data = as_dgc(toy_expression()), groups = toy_groups())
  some <- as_experiment(cells)
  some <- some[, some$cluster != "NK"]
  expect_message(
    result <- rank_genes_groups(some, "cluster", threads = 1),
    "left out: \"NK\"",
    class = "wilcoxide_message_empty_groups"
  )
  expected <- rank_quietly(
    SummarizedExperiment::assay(some),
    droplevels(some$cluster)
  )
  expect_same_tables(result, expected)
})

test_that("labels may be an Rle or a data frame of one column", {
  cells <- list(data = as_dgc(toy_expression()), groups = toy_groups())
  object <- as_experiment(cells)
  expected <- rank_quietly(object, "cluster")
  columns <- SummarizedExperiment::colData(object)
  for (labels in list(S4Vectors::Rle(cells$groups), columns["cluster"])) {
    expect_same_tables(rank_quietly(object, labels), expected)
  }
  object$run <- S4Vectors::Rle(cells$groups)
  expect_same_tables(rank_quietly(object, "run"), expected)
})

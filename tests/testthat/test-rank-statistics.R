# The area under the ROC curve from its definition: over all pairs of a cell of
# the group and one of the other side.
area <- function(values, is_in, is_out) {
  differences <- outer(values[is_in], values[is_out], `-`)
  mean((differences > 0) + (differences == 0) / 2)
}

areas <- function(x, groups, result, reference = NULL) {
  columns <- lapply(rlang::set_names(names(result$names)), function(group) {
    is_in <- groups %in% group
    is_out <- if (is.null(reference)) !is_in else groups %in% reference
    vapply(
      result$names[[group]],
      function(gene) area(x[gene, ], is_in, is_out),
      0,
      USE.NAMES = FALSE
    )
  })
  as.data.frame(columns, optional = TRUE)
}

test_that("the area under the curve is that of all pairs of cells", {
  x <- toy_expression()
  x[1:5, ] <- x[1:5, ] - 1
  groups <- toy_groups()
  groups[c(3L, 50L)] <- NA
  calls <- list(
    list(),
    list(tie_correct = TRUE, rankby_abs = TRUE),
    list(groups = c("NK", "B"), n_genes = 4L),
    list(reference = "T"),
    list(reference = "T", mean_in_log_space = FALSE)
  )
  for (arguments in calls) {
    ranked <- function(x, ...) {
      suppressMessages(rlang::inject(
        rank_genes_groups(x, groups, !!!arguments, ..., threads = 1L)
      ))
    }
    result <- ranked(as_dgc(x), statistics = "auc")
    expected <- areas(as.matrix(x), groups, result, arguments$reference)
    expect_equal(result$auc, expected, tolerance = 1e-14)
    # All else is as without it.
    plain <- ranked(as_dgc(x))
    expect_null(plain$auc)
    expect_same_bits(result[names(plain)], unclass(plain))
  }
})

test_that("the area is a column of the long table", {
  result <- rank_genes_groups(
    toy_expression(), toy_groups(),
    statistics = "auc", threads = 1L
  )
  table <- rank_genes_groups_df(result)
  expect_identical(names(table)[6:7], c("pvals_adj", "auc"))
  expect_identical(table$auc, unlist(result$auc, use.names = FALSE))
})

test_that("a gene that tells nothing has one half, a perfect one 0 or 1", {
  x <- rbind(
    flat = 0.5, none = 0, high = c(0, 0, 1, 2), low = c(2, 1, 0, 0)
  )
  result <- rank_genes_groups(
    as_dgc(x),
    c("a", "a", "b", "b"),
    statistics = c("auc", "auc"),
    threads = 1L
  )
  of_b <- rlang::set_names(result$auc$b, result$names$b)
  expect_identical(of_b, c(high = 1, flat = 0.5, none = 0.5, low = 0))
})

test_that("statistics that there are not are refused", {
  for (bad in list("AUC", c("auc", "power"), NA_character_, 1, TRUE, list())) {
    expect_error(
      rank_genes_groups(
        toy_expression(), toy_groups(),
        statistics = bad, threads = 1L
      ),
      "`statistics` must name tables.*\"auc\"",
      class = "wilcoxide_error_input"
    )
  }
})

every_statistic <- table_names("rank", by = "statistics")

test_that("logarithms of p-values are those of mpmath, and of R", {
  # Scores, and decimal logarithms of the two-sided p and of the upper tail.
  tails <- utils::read.csv(test_path("fixtures", "normal-tails.csv"))
  expect_gte(max(tails$z), 1e4)
  expect_equal(
    (log(2) + pnorm(-abs(tails$z), log.p = TRUE)) / log(10),
    tails$log10_two_sided,
    tolerance = 1e-12
  )
  # So many cells that all of a group above all others are so far out.
  for (n in c(3, 30, 3000)) {
    x <- rbind(high = c(rep(1, n), rep(0, n)), low = c(rep(0, n), rep(2, n)))
    result <- suppressWarnings(rank_quietly(
      x, rep(c("a", "b"), each = n),
      statistics = c("zscores", "log10_pvals", "log10_pvals_adj")
    ))
    z <- result$zscores$a
    expect_equal(
      result$log10_pvals$a,
      (log(2) + pnorm(-abs(z), log.p = TRUE)) / log(10),
      tolerance = 1e-13
    )
    expect_equal(result$log10_pvals_adj$a, result$log10_pvals$a)
  }
  # Beyond the smallest double.
  expect_lt(result$log10_pvals$a[[1L]], -400)
  expect_identical(result$pvals$a, c(0, 0))
})

test_that("means are those of the values as they are stored", {
  x <- as.matrix(toy_expression())
  groups <- toy_groups()
  for (reference in c("rest", "B")) {
    result <- rank_quietly(
      x, groups,
      reference = reference, statistics = c("means", "means_rest"),
      mean_in_log_space = FALSE
    )
    for (group in names(result$names)) {
      others <- if (reference == "rest") groups != group else groups == "B"
      genes <- result$names[[group]]
      expect_equal(
        result$means[[group]],
        unname(rowMeans(x[genes, groups == group])),
        tolerance = 1e-13
      )
      expect_equal(
        result$means_rest[[group]],
        unname(rowMeans(x[genes, others])),
        tolerance = 1e-13
      )
    }
  }
})

test_that("every table has the same bits by every way", {
  skip_without_hdf5r()
  cells <- shipped_cells()
  # Doubles that are no float32, which are added up in another way.
  cells$data <- cells$data * (1 + 2^-30)
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(
    cells, path, c(X = "csr", "layers/csc" = "csc")
  )
  for (asked in list(
    list(lfc = "seurat", correct = TRUE, tie_correct = TRUE),
    list(lfc = "mean_difference", alternative = "greater", reference = 3),
    list(mean_in_log_space = FALSE, adjust_over = "all", corr_method = "holm")
  )) {
    if (!is.null(asked$reference)) {
      asked$reference <- levels(cells$groups)[[3L]]
    }
    rank <- function(..., threads = 1L) {
      suppressMessages(rlang::inject(rank_genes_groups(
        ..., !!!asked, statistics = every_statistic, threads = threads
      )))
    }
    expected <- rank(cells$data, cells$groups)
    expect_true(all(every_statistic %in% names(expected)))
    expect_same_tables(rank(cells$data, cells$groups, threads = 2L), expected)
    by_cell <- as_dgr(cells$data)
    expect_same_tables(rank(by_cell, cells$groups, threads = 2L), expected)
    expect_same_tables(rank(path, "cluster"), expected)
    for (layer in list(NULL, "csc")) {
      withr::with_options(
        list(wilcoxide.memory = 5e5),
        expect_same_tables(rank(path, "cluster", layer = layer), expected)
      )
    }
  }
})

test_that("workers have every table", {
  skip_if_not_installed("DelayedArray")
  skip_if_not_installed("BiocParallel")
  cells <- shipped_cells()
  rank <- function(...) {
    rank_quietly(
      ..., cells$groups,
      statistics = every_statistic, lfc = "seurat", exact = TRUE
    )
  }
  result <- rank(
    DelayedArray::DelayedArray(cells$data),
    BPPARAM = BiocParallel::MulticoreParam(2L)
  )
  expect_same_tables(result, rank(cells$data))
})

test_that("every table travels", {
  result <- rank_quietly(
    toy_expression(), toy_groups(),
    statistics = every_statistic
  )
  table <- rank_genes_groups_df(result)
  for (name in every_statistic) {
    expect_identical(table[[name]], unlist(result[[name]], use.names = FALSE))
    expect_identical(head(result, 3L)[[name]], result[[name]][1:3, ])
  }
  source <- list(where = "there", abort = abort_input, call = NULL)
  expect_identical(result_from_uns(result_as_uns(result), source), result)
  skip_without_hdf5r()
  path <- writable_h5ad("raw")
  result <- rank_quietly(path, "group", statistics = every_statistic)
  write_rank_genes_groups(result, path)
  expect_identical(get_rank_genes_groups(path), result)
})

test_that("the volcano plot takes the logarithms that there are", {
  skip_if_not_installed("ggplot2")
  x <- rbind(
    first = c(rep(1, 2000), rep(0, 2000)),
    second = c(rep(1, 2000), 1, rep(0, 1999))
  )
  result <- suppressWarnings(rank_quietly(
    x, rep(c("a", "b"), each = 2000),
    statistics = "log10_pvals"
  ))
  points <- plot_rank_genes_groups_volcano(result, "a")$data
  expect_identical(points$log10_pval, result$log10_pvals$a)
  expect_identical(anyDuplicated(points$log10_pval), 0L)
})

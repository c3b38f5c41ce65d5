# The ranking within each level of a second annotation: what a level gives is
# the ranking of its cells alone.

split_toy <- function(...) {
  x <- toy_expression(n_cells = 120L)
  level <- rep(c("one", "two", NA, "three"), each = 30L)
  rank_quietly(x, toy_groups(120L), split_by = level, ...)
}

# All but what says that there are other levels.
without_level <- function(result) {
  result$settings[c("split_by", "split_level", "split_levels")] <- NULL
  result
}

test_that("a level has the bits of its cells alone", {
  x <- toy_expression(n_cells = 120L)
  groups <- toy_groups(120L)
  level <- rep(c("one", "two", NA, "three"), each = 30L)
  block <- rep_len(rep(1:2, each = 7L), 120L)
  for (asked in list(
    list(pts = TRUE, tie_correct = TRUE, statistics = "auc"),
    list(reference = "NK", mean_in_log_space = FALSE),
    list(exclude = "NK", block = block, n_genes = 5)
  )) {
    result <- do.call(split_toy, asked)
    expect_named(result, c("one", "three", "two"))
    for (name in names(result)) {
      at <- which(level == name)
      alone <- asked
      alone$block <- asked$block[at]
      expect_same_bits(
        without_level(result[[name]]),
        do.call(rank_quietly, c(list(x[, at], groups[at]), alone))
      )
    }
    for (matrix in list(as_dgc(x), as_dgr(x))) {
      again <- suppressMessages(do.call(
        rank_genes_groups,
        c(list(matrix, groups, split_by = level, threads = 3), asked)
      ))
      expect_same_bits(again, result)
    }
  }
})

test_that("p-values within a level are those of wilcox.test", {
  x <- toy_expression(n_cells = 120L)
  groups <- toy_groups(120L)
  level <- rep(c("one", "two"), c(40L, 80L))
  result <- rank_quietly(x, groups, split_by = level, tie_correct = TRUE)
  table <- as.data.frame(result)
  expect_named(table, c(
    "level", "group", "names", "scores", "logfoldchanges", "pvals", "pvals_adj"
  ))
  expect_identical(nrow(table), 2L * 3L * 20L)
  for (row in seq(1L, nrow(table), 7L)) {
    at <- level == table$level[[row]]
    own <- groups == table$group[[row]]
    gene <- table$names[[row]]
    p <- stats::wilcox.test(
      x[gene, at & own], x[gene, at & !own],
      exact = FALSE, correct = FALSE
    )$p.value
    expect_equal(table$pvals[[row]], p, tolerance = 1e-9)
  }
})

test_that("every input has the same bits", {
  skip_without_hdf5r()
  cells <- shipped_cells()
  level <- rep_len(c("a", "b", "b", NA), ncol(cells$data))
  for (asked in list(
    list(tie_correct = TRUE, pts = TRUE),
    list(reference = "Dendritic", rankby_abs = TRUE)
  )) {
    rank <- function(..., split_by = level) {
      result <- do.call(rank_quietly, c(list(..., split_by = split_by), asked))
      lapply(unclass(result), tables_of)
    }
    same <- function(result) {
      expect_same_bits(
        lapply(result, `[`, names(expected[[1L]])[-1L]),
        lapply(expected, `[`, names(expected[[1L]])[-1L])
      )
    }
    expected <- rank(cells$data, cells$groups)
    path <- withr::local_tempfile(fileext = ".h5ad")
    write_h5ad_file(cells, path, c(X = "csr", "layers/csc" = "csc"))
    for (memory in list(NULL, 2e5)) {
      withr::with_options(list(wilcoxide.memory = memory), {
        same(rank(path, "cluster"))
        same(rank(path, "cluster", layer = "csc"))
      })
    }
    object <- as_experiment(cells)
    object$level <- level
    same(rank(object, "cluster", split_by = "level"))
    skip_if_not_installed("DelayedArray")
    delayed <- DelayedArray::DelayedArray(cells$data)
    same(rank(delayed, cells$groups))
    if (rlang::is_installed("BiocParallel")) {
      workers <- BiocParallel::MulticoreParam(2L)
      same(rank(delayed, cells$groups, BPPARAM = workers))
    }
  }
})

test_that("what is not a number is told of all levels", {
  x <- toy_expression()
  level <- rep(c("one", "two", NA), each = 20L)
  x[5L, c(1L, 21L, 41L)] <- NaN
  for (matrix in list(as_dgc(x), as_dgr(x))) {
    expect_error(
      rank_genes_groups(matrix, toy_groups(), split_by = level, threads = 1),
      "2 values are NaN or NA, the first in gene \"gene5\"",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("levels and groups that cannot be compared are left out", {
  x <- toy_expression()
  groups <- toy_groups()
  level <- rep(c("both", "some", "none"), each = 20L)
  groups[level == "some" & groups == "B"] <- NA
  groups[level == "none"] <- "T"
  expect_message(
    result <- rank_genes_groups(x, groups, split_by = level, threads = 1),
    "1 level in which no groups can be compared is left out: \"none\"",
    class = "wilcoxide_message_levels"
  )
  expect_named(result, c("both", "some"))
  expect_named(result$some$names, c("T", "NK"))
  expect_message(
    rank_genes_groups(x, groups, split_by = level, threads = 1),
    "left out of 1 level: \"some\" (B)",
    fixed = TRUE
  )
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups(x, groups, ..., threads = 1),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  same <- refused(split_by = groups)
  expect_match(same, "None of 3 levels has two cells")
  expect_match(same, "`split_by` is what `groupby` is")
  expect_match(refused(split_by = rep(NA, 60)), "No cell has a level")
  expect_match(refused(split_by = level, pairwise = TRUE), "must be FALSE")
  expect_match(refused(split_by = 1:3), "`split_by` must have one entry")
})

test_that("blocks that say nothing in a level are told of, by level", {
  x <- toy_expression(n_cells = 120L)
  groups <- toy_groups(120L)
  level <- rep(c("one", "two", NA), each = 40L)
  block <- rep_len(rep(c("d1", "d2"), each = 6L), 120L)
  block[level %in% "two" & groups == "B"] <- "d1"
  # Cells of no level take no part.
  block[is.na(level)] <- NA
  rank <- function(...) {
    rank_genes_groups(x, groups, split_by = level, threads = 1, ...)
  }
  expect_message(
    result <- rank(block = block),
    "left out, in 1 level: \"two\" (B: 1 of 2)",
    fixed = TRUE,
    class = "wilcoxide_message_blocks"
  )
  expect_identical(
    result$two$settings$blocks_compared,
    c(T = 2L, NK = 2L, B = 1L)
  )
  expect_identical(result$two$settings$block_weights, "van_elteren")
  block[[1L]] <- NA
  expect_error(rank(block = block), "NA for 1 cell", class = "wilcoxide_error")
  # All cells of a donor are of one group.
  expect_error(
    rank(block = groups),
    "test\\s+donors",
    class = "wilcoxide_error_input"
  )
})

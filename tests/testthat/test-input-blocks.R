test_that("blocks of any size give the bits of the whole matrix", {
  x <- toy_expression()
  groups <- toy_groups()
  mask <- seq_len(nrow(x)) %% 3L != 0L
  calls <- list(
    list(),
    list(pts = TRUE, tie_correct = TRUE),
    list(pts = TRUE, tie_correct = TRUE, reference = "B", statistics = "auc"),
    list(groups = "NK", mask_var = mask, n_genes = 4L),
    list(rankby_abs = TRUE, corr_method = "bonferroni", mask_var = mask),
    list(mean_in_log_space = FALSE),
    list(pairwise = TRUE, mask_var = mask, tie_correct = TRUE)
  )
  # As if in single precision, unlike the others.
  x["gene3", ] <- seq_len(ncol(x)) %% 23 / 8
  for (arguments in calls) {
    whole <- rlang::inject(
      rank_genes_groups(x, groups, !!!arguments, threads = 1)
    )
    for (size in c(1L, 2L, 7L, 19L, 20L)) {
      for (by_cell in c(TRUE, FALSE)) {
        view <- view_in_blocks(x, size, by_cell)
        blocks <- rlang::inject(
          rank_genes_groups(view, groups, !!!arguments, threads = 2)
        )
        expect_same_bits(blocks, whole)
      }
    }
  }
})

test_that("statistics that do not fit together are a fault", {
  statistics <- list(
    n_genes = 1L,
    are_singles = TRUE,
    look_like_counts = FALSE,
    # Of 64 bits, more than a double holds.
    doubled_rank_sums = as.raw(c(1, 0, 0, 0, 0, 0, 0x20, 0x40)),
    fold_changes = raw(4),
    fold_changes_of_singles = raw(0),
    tie_factors = raw(0),
    distances = raw(0),
    variances = raw(0),
    expressing = raw(0),
    sums = raw(0),
    value_sums = raw(0),
    doubled_us = raw(0)
  )
  settings <- list(
    n_cells = 4L, n_genes = 2L, n_levels = 2L, selected = 0L,
    reference = NULL, strata = NULL, n_strata = 0L, equal_weights = FALSE,
    split = NULL, genes = 0:1, log_base = NULL, n_rows = 2L,
    tables = c("scores", "pvals"),
    rankby_abs = FALSE, corr_method = "bonferroni", min_fraction = NULL,
    over_all = FALSE, tie_correct = FALSE,
    alternative = "two.sided", correct = FALSE, exact = FALSE,
    lfc = "scanpy", pseudocount = 1e-9, pts = FALSE,
    pairwise = FALSE, above_zero = FALSE, sums = FALSE,
    ties_but_largest = FALSE,
    mean_in_log_space = TRUE, single = NULL, threads = 1L, tile_size = 0L,
    by_cell = FALSE
  )
  other <- statistics
  codes <- c(0L, 0L, 1L, 1L)
  rank <- function(...) rank_statistics(list(...), codes, settings, NULL)
  expect_identical(rank(statistics, other)$status, "ok")
  expect_identical(rank(statistics)$status, "fault")
  other$fold_changes <- raw(8)
  expect_identical(rank(statistics, other)$status, "fault")
  expect_identical(rank(statistics, 1)$status, "fault")
})

test_that("what is not a number is found in its block", {
  x <- toy_expression()
  x["gene7", 3:4] <- NaN
  refuses <- function(x, message) {
    for (size in c(4L, 20L)) {
      expect_error(
        rank_genes_groups(view_in_blocks(x, size), toy_groups(), threads = 1),
        message,
        class = "wilcoxide_error_input"
      )
    }
  }
  refuses(x, "2 values are NaN or NA, the first in gene \"gene7\"")
  x["gene18", 60L] <- NA
  refuses(x, "3 values are NaN or NA, the first in gene \"gene7\"")
})

test_that("counts are told from logarithms over all blocks", {
  counts <- round(expm1(toy_expression()))
  groups <- toy_groups()
  expect_warning(
    rank_genes_groups(view_in_blocks(counts, 3L), groups, threads = 1),
    class = "wilcoxide_warning_counts"
  )
  counts[["gene20", "cell60"]] <- 0.5
  expect_no_warning(
    rank_genes_groups(view_in_blocks(counts, 3L), groups, threads = 1)
  )
})

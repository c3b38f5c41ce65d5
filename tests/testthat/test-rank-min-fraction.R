# Fractions of expressing cells of both sides, as a ranking has them, by rank.
in_family <- function(fractions, result, group, least) {
  at <- match(result$names[[group]], rownames(fractions$pts))
  opposite <- if (is.null(fractions$pts_rest)) {
    fractions$pts[[fractions$params$reference]]
  } else {
    fractions$pts_rest[[group]]
  }
  pmax(fractions$pts[[group]], opposite)[at] >= least
}

sparse_genes <- function() {
  x <- toy_expression()
  withr::local_seed(3)
  x[1:8, ] <- x[1:8, ] * (stats::runif(8L * ncol(x)) < 0.2)
  x
}

test_that("genes of few cells are in no family, and all else is as it was", {
  x <- sparse_genes()
  statistics <- c("log10_pvals", "log10_pvals_adj")
  for (reference in c("rest", "T")) {
    rank <- function(...) {
      rank_quietly(
        x, toy_groups(),
        reference = reference, statistics = statistics, ...
      )
    }
    plain <- rank()
    fractions <- rank(pts = TRUE)
    for (method in c("benjamini-hochberg", "bonferroni", "holm")) {
      result <- rank(min_fraction = 0.3, corr_method = method)
      expect_null(result$pts)
      for (name in c("names", "scores", "logfoldchanges", "pvals")) {
        expect_same_bits(result[[name]], plain[[name]])
      }
      for (group in names(plain$names)) {
        kept <- in_family(fractions, plain, group, 0.3)
        expect_true(any(kept) && !all(kept))
        expected <- rep(NA_real_, length(kept))
        expected[kept] <- stats::p.adjust(
          plain$pvals[[group]][kept],
          if (method == "benjamini-hochberg") "BH" else method
        )
        expect_equal(result$pvals_adj[[group]], expected, tolerance = 1e-14)
        expect_equal(
          10^result$log10_pvals_adj[[group]],
          expected,
          tolerance = 1e-12
        )
      }
    }
  }
})

test_that("one family of all groups is as small", {
  x <- sparse_genes()
  plain <- rank_quietly(x, toy_groups(), pts = TRUE)
  result <- rank_quietly(
    x, toy_groups(),
    min_fraction = 0.3, adjust_over = "all"
  )
  kept <- unlist(lapply(names(plain$names), function(group) {
    in_family(plain, plain, group, 0.3)
  }))
  expected <- rep(NA_real_, length(kept))
  expected[kept] <- stats::p.adjust(unlist(plain$pvals)[kept], "BH")
  expect_equal(
    unlist(result$pvals_adj, use.names = FALSE),
    expected,
    tolerance = 1e-14
  )
  # No row without an adjusted p-value passes a bound.
  table <- rank_genes_groups_df(result, pval_cutoff = 2)
  expect_identical(nrow(table), sum(kept))
  counts <- summary(result, pval_cutoff = 2)$counts
  long <- rank_genes_groups_df(plain)[kept, ]
  expect_identical(sum(counts$up), sum(long$scores > 0))
  expect_identical(sum(counts$down), sum(long$scores < 0))
})

test_that("the bound is kept, told, and the same within levels and in files", {
  x <- sparse_genes()
  groups <- toy_groups()
  result <- rank_quietly(x, groups, min_fraction = 0.3)
  expect_identical(result$settings$min_fraction, 0.3)
  expect_match(
    gsub("\\s+", " ", paste(format(result), collapse = " ")),
    "adjusted over genes in 30% of cells or more"
  )
  all <- rank_quietly(x, groups, min_fraction = 0)
  expect_equal(all$pvals_adj, rank_quietly(x, groups)$pvals_adj)
  level <- rep(c("x", "y"), each = 30L)
  split <- rank_quietly(x, groups, split_by = level, min_fraction = 0.3)
  own <- rank_quietly(x[, 31:60], groups[31:60], min_fraction = 0.3)
  expect_same_bits(split[["y"]], own)
  if (requireNamespace("DelayedArray", quietly = TRUE)) {
    delayed <- DelayedArray::DelayedArray(as_dgc(x))
    expect_same_bits(
      rank_quietly(delayed, groups, min_fraction = 0.3),
      result
    )
  }
})

test_that("what is no fraction is told", {
  for (bad in list(-0.1, 5, NA, "a", c(0.1, 0.2))) {
    expect_error(
      rank_genes_groups(toy_expression(), toy_groups(), min_fraction = bad),
      "one number from 0 to 1",
      class = "wilcoxide_error_input"
    )
  }
})

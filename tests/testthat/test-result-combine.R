# Combined levels, against the same written out.

combined_of <- function(...) {
  x <- toy_expression(n_cells = 120L)
  rank_quietly(
    x, toy_groups(120L),
    split_by = rep(c("a", "b", "b", "c"), each = 30L), ...
  )
}

test_that("levels combine as defined", {
  result <- combined_of()
  long <- as.data.frame(result)
  cells <- vapply(unclass(result), function(level) {
    own <- level$settings$group_sizes
    other <- level$settings$opposite_sizes
    own * other / (own + other)
  }, numeric(3L))
  for (combine in c("max_p", "min_p", "stouffer")) {
    table <- rank_genes_groups_df(result, combine = combine)
    expect_named(table, c(
      "group", "names", "n_levels", "n_up", "scores", "logfoldchanges",
      "pvals", "pvals_adj"
    ))
    expect_identical(nrow(table), 3L * 20L)
    for (row in seq_len(nrow(table))) {
      group <- as.character(table$group[[row]])
      parts <- long[long$group == group & long$names == table$names[[row]], ]
      expect_identical(nrow(parts), 3L)
      w <- sqrt(cells[group, as.character(parts$level)])
      z <- sum(w * parts$scores) / sqrt(sum(w^2))
      p <- switch(combine,
        max_p = max(parts$pvals),
        min_p = 1 - (1 - min(parts$pvals))^3,
        stouffer = 2 * stats::pnorm(-abs(z))
      )
      score <- switch(combine,
        max_p = parts$scores[[which.max(parts$pvals)]],
        min_p = parts$scores[[which.min(parts$pvals)]],
        stouffer = z
      )
      expect_equal(table$pvals[[row]], p, tolerance = 1e-10)
      expect_equal(table$scores[[row]], score, tolerance = 1e-10)
      expect_identical(table$n_up[[row]], sum(parts$scores > 0))
      expect_equal(table$logfoldchanges[[row]], mean(parts$logfoldchanges))
    }
    for (one in split(table, table$group)) {
      expect_false(is.unsorted(one$pvals))
      expect_equal(one$pvals_adj, stats::p.adjust(one$pvals, "BH"))
    }
  }
})

test_that("p-values may be adjusted otherwise, and rows filtered", {
  result <- combined_of(corr_method = "bonferroni")
  table <- rank_genes_groups_df(result, group = "B", combine = "max_p")
  expect_equal(table$pvals_adj, pmin(1, 20 * table$pvals))
  expect_identical(levels(table$group), "B")
  some <- rank_genes_groups_df(result, combine = "stouffer", log2fc_min = 0)
  expect_true(all(some$logfoldchanges > 0) && nrow(some) > 0L)
})

test_that("what cannot be combined is refused", {
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups_df(...),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  result <- combined_of()
  expect_match(refused(result, combine = "mean"), "\"max_p\", \"min_p\", or")
  expect_match(refused(result$a, combine = "max_p"), "have levels to combine")
  expect_match(
    refused(combined_of(n_genes = 5), combine = "max_p"),
    "needs all genes of every level"
  )
  expect_match(refused(result, combine = "max_p", group = "x"), "no group")
})

screened <- function(...) {
  rank_quietly(
    toy_expression(), toy_groups(),
    statistics = c("means", "means_rest", "auc"), ...
  )
}

test_that("a screen's table has a row per group and gene, in its columns", {
  result <- screened(reference = "T")
  table <- as_screen_table(result)
  expect_named(table, c(
    "target", "feature", "target_mean", "reference_mean", "target_cells",
    "reference_cells", "log2_fold_change", "p_value", "auc", "fdr"
  ))
  long <- rank_genes_groups_df(result)
  expect_identical(table$target, long$group)
  expect_identical(table$feature, long$names)
  expect_identical(table$log2_fold_change, long$logfoldchanges)
  expect_identical(table$p_value, long$pvals)
  expect_identical(table$fdr, long$pvals_adj)
  expect_false(anyNA(table))

  x <- toy_expression()
  groups <- toy_groups()
  for (row in c(1L, 20L, 21L, 40L)) {
    values <- x[table$feature[[row]], ]
    own <- values[groups == as.character(table$target[[row]])]
    other <- values[groups == "T"]
    expect_equal(table$target_mean[[row]], mean(own), tolerance = 1e-13)
    expect_equal(table$reference_mean[[row]], mean(other), tolerance = 1e-13)
    expect_identical(table$target_cells[[row]], length(own))
    expect_identical(table$reference_cells[[row]], length(other))
    u <- sum(outer(own, other, ">")) + sum(outer(own, other, "==")) / 2
    expect_identical(table$auc[[row]], u / length(own) / length(other))
  }
})

test_that("other statistics and fractions come after a screen's columns", {
  result <- rank_quietly(
    toy_expression(), toy_groups(),
    statistics = c("log10_pvals", "auc", "means", "means_rest"), pts = TRUE
  )
  table <- as_screen_table(result)
  expect_identical(
    names(table)[11:13],
    c("log10_pvals", "pct_nz_group", "pct_nz_reference")
  )
  long <- rank_genes_groups_df(result)
  expect_identical(table[11:13], long[names(table)[11:13]])
  result$names$NK[[2L]] <- NA
  expect_identical(nrow(as_screen_table(result)), nrow(long) - 1L)
})

test_that("on target there is one row for each group named", {
  result <- screened(pts = TRUE, adjust_over = "all")
  on_target <- c(B = "gene7", T = "gene1", B = "gene2")
  table <- as_screen_table(result, on_target = on_target)
  all <- as_screen_table(result)
  rows <- match(
    paste(names(on_target), on_target),
    paste(all$target, all$feature)
  )
  expected <- all[rows, ]
  rownames(expected) <- NULL
  expect_identical(table, expected)
  as_factor <- factor(on_target)
  names(as_factor) <- names(on_target)
  expect_identical(as_screen_table(result, as_factor), expected)
})

test_that("groups and genes on target that are not there are told", {
  result <- screened(n_genes = 5L)
  told <- function(on_target) {
    error <- expect_error(
      as_screen_table(result, on_target = on_target),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  expect_match(told(c(nk = "gene1")), "no group \"nk\".*mean \"NK\"")
  expect_match(told(c(NK = "gen1")), "no gene \"gen1\" in group \"NK\"")
  last <- setdiff(rownames(toy_expression()), result$names$NK)[[1L]]
  expect_match(told(c(NK = last)), "5 of 20 genes: rank without `n_genes`")
  expect_match(told("gene1"), "It has no names")
  expect_match(told(c(NK = "gene1", "gene2")), "1 of its genes has none")
  expect_match(told(c(NK = NA_character_)), "NA")
})

test_that("what a screen's table cannot be made of is refused", {
  told <- function(result) {
    error <- expect_error(
      as_screen_table(result),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  x <- toy_expression()
  lacking <- rank_quietly(x, toy_groups(), statistics = "means")
  expect_match(told(lacking), "without `\"means_rest\"` and `\"auc\"`")
  expect_match(told(screened(lfc = "mean_difference")), "differences of means")
  foreign <- screened()
  foreign$settings <- NULL
  expect_match(told(foreign), "number of cells")
})

summary_lines <- function(result, width = 80, ...) {
  withr::local_options(
    width = width,
    cli.num_colors = 1L,
    cli.unicode = FALSE
  )
  capture.output(print(summary(result, ...)))
}

test_that("summary() counts the significant genes of each group", {
  counts <- summary(toy_ranking())$counts
  expect_identical(
    counts,
    data.frame(
      group = c("T", "B cell", "10"),
      up = c(1L, 2L, 2L),
      down = c(0L, 1L, 0L)
    )
  )
  counts <- summary(toy_ranking(), pval_cutoff = 0.001)$counts
  # The bound is strict.
  expect_identical(counts$up, c(1L, 0L, 0L))
  expect_identical(counts$down, c(0L, 1L, 0L))
})

test_that("summary() counts what the table of the ranking holds", {
  result <- without_counts_warning(
    rank_genes_groups(toy_expression(200L), toy_groups())
  )
  table <- rank_genes_groups_df(result, pval_cutoff = 0.99)
  counts <- summary(result, pval_cutoff = 0.99)$counts
  expect_gt(sum(counts$up), 0L)
  expect_identical(
    counts$up,
    as.vector(table(table$group[table$scores > 0]))
  )
  expect_identical(
    counts$down,
    as.vector(table(table$group[table$scores < 0]))
  )
})

test_that("genes that were filtered out are not counted", {
  result <- toy_ranking()
  result$names[["B cell"]][1:2] <- NA
  expect_identical(summary(result)$counts$up, c(1L, 0L, 2L))
})

test_that("NaN is significant nowhere", {
  result <- toy_ranking()
  result$pvals_adj[["10"]] <- NaN
  expect_identical(summary(result)$counts$up, c(1L, 2L, 0L))
})

test_that("a summary is shown as a table", {
  expect_identical(
    summary_lines(toy_ranking()),
    c(
      "<rank_genes_groups> 3 groups of cell_type versus the rest",
      "Significant genes (adjusted p < 0.05) out of 4 genes:",
      "       up down",
      "T       1    0",
      "B cell  2    1",
      "10      2    0"
    )
  )
})

test_that("a summary fits the console", {
  result <- toy_ranking()
  long <- paste(rep("long", 9L), collapse = " ")
  for (table in setdiff(names(result), c("params", "settings"))) {
    names(result[[table]])[[1L]] <- long
  }
  lines <- summary_lines(result, width = 30)
  expect_lte(max(nchar(lines)), 30L)
  expect_true("long long l...  1    0" %in% lines)
})

test_that("a summary shows as many groups as asked for", {
  lines <- local({
    withr::local_options(cli.unicode = FALSE, cli.num_colors = 1L)
    capture.output(print(summary(toy_ranking()), n = 1L))
  })
  expect_identical(tail(lines, 2L), c("T  1    0", "... and 2 more groups"))
})

test_that("print() returns the summary, invisibly", {
  counted <- summary(toy_ranking())
  capture.output(shown <- withVisible(print(counted)))
  expect_identical(shown, list(value = counted, visible = FALSE))
})

test_that("a bad cut-off is refused", {
  for (cutoff in list("0.05", NA_real_, c(0.1, 0.2), NULL)) {
    expect_error(
      summary(toy_ranking(), pval_cutoff = cutoff),
      "`pval_cutoff` must be one number",
      class = "wilcoxide_error_input"
    )
  }
})

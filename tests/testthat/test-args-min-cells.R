test_that("groups of few cells are left out, which one message tells", {
  x <- toy_expression()
  groups <- as.character(toy_groups())
  groups[1:4] <- c("one", "two", "two", "three")
  expect_message(
    result <- rank_genes_groups(
      x, groups,
      min_cells = 3, n_genes = 5, threads = 1
    ),
    "3 groups with fewer than 3 cells are left out: \"one\", \"three\",",
    class = "wilcoxide_message_small_groups"
  )
  expect_same_bits(
    result,
    rank_quietly(x, groups, groups = c("B", "NK", "T"), n_genes = 5)
  )
  expect_identical(result$settings$min_cells, 3L)
  expect_match(paste(format(result), collapse = " "), "groups of 3 cells or")
})

test_that("empty levels and groups that are named are left out, too", {
  x <- toy_expression()
  groups <- factor(toy_groups(), c("empty", "T", "NK", "B"))
  told <- character()
  result <- withCallingHandlers(
    rank_genes_groups(x, groups, min_cells = 20, threads = 1),
    message = function(cnd) {
      told <<- c(told, class(cnd)[[1L]])
      rlang::cnd_muffle(cnd)
    }
  )
  expect_identical(told, "wilcoxide_message_small_groups")
  expect_named(result$names, c("T", "B"))
  expect_message(
    rank_genes_groups(x, toy_groups(), min_cells = 20, threads = 1),
    "1 group with fewer than 20 cells is left out: \"NK\".",
    fixed = TRUE
  )
  named <- rank_quietly(x, groups, groups = c("B", "NK"), min_cells = 11)
  expect_named(named$names, "B")
  expect_silent(rank_genes_groups(x, toy_groups(), min_cells = 10, threads = 1))
})

test_that("a reference is never left out, nor all groups", {
  x <- toy_expression()
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups(x, toy_groups(), ..., threads = 1),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  expect_match(
    refused(reference = "NK", min_cells = 11),
    "at least `min_cells` cells, which is 11. .* \"NK\" has 10"
  )
  pooled <- rank_quietly(
    x, toy_groups(),
    reference = c("NK", "B"), min_cells = 11
  )
  expect_named(pooled$names, "T")
  expect_match(refused(min_cells = 31), "the largest group has 30 cells")
  expect_match(
    refused(reference = "T", min_cells = 21),
    "the largest group has 20 cells"
  )
  for (bad in list(1, 2.5, NA, "3", c(2, 3), Inf)) {
    expect_match(refused(min_cells = bad), "one whole number from 2")
  }
})

test_that("within levels, groups of few cells are left out of the level", {
  x <- toy_expression()
  groups <- toy_groups()
  level <- ifelse(seq_along(groups) <= 24L, "few", "many")
  result <- rank_quietly(x, groups, split_by = level, min_cells = 5)
  expect_named(result[["few"]]$names, c("T", "B"))
  expect_named(result[["many"]]$names, c("T", "NK", "B"))
  expect_error(
    rank_genes_groups(x, groups, split_by = level, min_cells = 25),
    "has 25 cells",
    class = "wilcoxide_error_input"
  )
})

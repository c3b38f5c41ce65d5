refusal_of_block <- function(...) {
  error <- expect_error(
    rank_genes_groups(toy_expression(), toy_groups(), ..., threads = 1),
    class = "wilcoxide_error_input"
  )
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
}

test_that("blocks that are none are refused", {
  block <- rep_len(c("a", "b", NA), 60L)
  expect_match(
    refusal_of_block(block = block),
    "must say which block each cell is in. x It is NA for 20 cells"
  )
  expect_match(refusal_of_block(block = "donor"), "`block` must have one entry")
  expect_match(refusal_of_block(block = 1:3), "It has 3 entries for 60 cells")
  expect_match(refusal_of_block(block = list(1)), "`block` must be a vector")
  expect_match(
    refusal_of_block(block_weights = "size"),
    "`block_weights` must be \"van_elteren\" or \"equal\""
  )
  expect_match(
    refusal_of_block(block = toy_groups()),
    "No block has cells of groups \"T\", \"NK\", .*is what `groupby` is"
  )
})

test_that("blocks without both sides are told, and change nothing", {
  x <- toy_expression()
  groups <- toy_groups()
  block <- rep(c("a", "b"), each = 30L)
  block[which(groups == "NK")[4:6]] <- "c"
  expect_message(
    result <- rank_genes_groups(
      x, groups,
      groups = c("NK", "T"), reference = "B", block = block, threads = 1
    ),
    "for groups \"NK\" (1 of 3) and \"T\" (1 of 3).",
    fixed = TRUE,
    class = "wilcoxide_message_blocks"
  )
  both <- block != "c"
  expect_same_bits(
    result$pvals,
    rank_quietly(
      x[, both], groups[both],
      groups = c("NK", "T"), reference = "B", block = block[both]
    )$pvals
  )
  expect_no_message(
    rank_genes_groups(x, groups, block = rep(1:2, each = 30L), threads = 1)
  )
})

test_that("strata are counted that have cells on both sides", {
  cells <- factor(c("a", "a", "b", NA, "b", "a", "a"))
  strata <- factor(c(1, 1, 1, 2, 2, 2, 3))
  chosen <- list(
    cells = cells, selected = c("b", "a"), reference = NULL
  )
  count <- function(takes_part) {
    strata_compared(strata[takes_part], takes_part, chosen)
  }
  expect_identical(count(rep(TRUE, 7L)), c(2L, 2L))
  expect_identical(count(1:7 < 6L), c(2L, 1L))
  chosen$reference <- "a"
  chosen$selected <- "b"
  expect_identical(count(!is.na(cells)), 2L)
})

test_that("settings tell of blocks", {
  cells <- shipped_cells()
  object <- as_experiment(cells)
  object$donor <- rep_len(c("a", "b", "c"), ncol(object))
  result <- rank_quietly(
    object, "cluster",
    block = "donor", block_weights = "equal"
  )
  expect_identical(result$settings$block, "donor")
  expect_identical(result$settings$n_blocks, 3L)
  expect_identical(result$settings$block_weights, "equal")
  expect_named(result$settings$blocks_compared, names(result$names))
  expect_output(print(result), "within 3 blocks, blocks of equal weight")
  result <- rank_quietly(object, "cluster", block = rep_len(1:2, ncol(object)))
  expect_null(result$settings$block)
  stored <- add_rank_genes_groups(object, result)
  expect_identical(get_rank_genes_groups(stored), result)
})

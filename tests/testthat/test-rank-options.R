# Values without ties, or with many, of small groups or larger ones.
sides_of <- function(seed, n1, n2, ties) {
  set.seed(seed)
  n <- n1 + n2
  values <- if (ties) {
    sample(0:3, n, TRUE) / 2
  } else {
    sample.int(10L * n, n) / 7
  }
  values[seq_len(n1)] <- values[seq_len(n1)] + sample(c(0, 0.5, 1.5), 1L)
  values
}

# One matrix of many such genes, ranked at once.
genes_of <- function(seeds, n1, n2, ties) {
  t(vapply(seeds, sides_of, double(n1 + n2), n1, n2, ties))
}

# The largest relative distance of p-values, and of the powers of their
# logarithms, from those of R; `case` is a row of arguments.
distance_of <- function(case) {
  n <- c(case$n1, case$n2)
  x <- genes_of(1:21, n[[1L]], n[[2L]], case$ties)
  result <- rank_quietly(
    x, rep(c("a", "b"), n),
    groups = "a", reference = "b", tie_correct = TRUE,
    alternative = case$alternative, correct = case$correct, exact = case$exact,
    statistics = "log10_pvals"
  )
  of_a <- seq_len(n[[1L]])
  expected <- apply(x, 1L, function(values) {
    stats::wilcox.test(
      values[of_a], values[-of_a],
      alternative = case$alternative, correct = case$correct,
      exact = case$exact && !case$ties && all(n <= 50L)
    )$p.value
  })[as.integer(result$names$a)]
  found <- c(result$pvals$a, 10^result$log10_pvals$a)
  max(abs(found / expected - 1))
}

test_that("p-values are those of wilcox.test()", {
  cases <- expand.grid(
    n1 = c(3L, 12L, 50L, 60L), ties = c(TRUE, FALSE),
    alternative = c("two.sided", "greater", "less"),
    correct = c(TRUE, FALSE), exact = c(TRUE, FALSE),
    stringsAsFactors = FALSE
  )
  cases$n2 <- c(4L, 9L, 49L, 20L)
  # 21 genes each.
  expect_gte(21L * nrow(cases), 2000L)
  for (row in seq_len(nrow(cases))) {
    case <- as.list(cases[row, ])
    expect_lt(
      distance_of(case), 1e-12,
      label = paste(names(case), case, collapse = ", ")
    )
  }
})

test_that("scores, order and areas do not move with the test", {
  x <- toy_expression()
  rank <- function(...) {
    rank_quietly(x, toy_groups(), statistics = c("zscores", "auc"), ...)
  }
  plain <- rank()
  for (moved in list(
    rank(correct = TRUE), rank(alternative = "less"), rank(exact = TRUE),
    rank(lfc = "seurat"), rank(adjust_over = "all")
  )) {
    same <- c("names", "scores", "zscores", "auc")
    expect_same_bits(unclass(moved)[same], unclass(plain)[same])
  }
  expect_identical(plain$scores$NK, as_float32(plain$zscores$NK))
})

test_that("against the rest, p-values are those of all other cells", {
  x <- toy_expression()
  groups <- toy_groups()
  for (reference in list("rest", "B")) {
    result <- rank_quietly(
      x, groups,
      groups = "NK", reference = reference, tie_correct = TRUE, correct = TRUE,
      alternative = "greater"
    )
    others <- if (reference == "rest") groups != "NK" else groups == "B"
    expected <- apply(as.matrix(x)[result$names$NK, ], 1L, function(values) {
      stats::wilcox.test(
        values[groups == "NK"], values[others],
        alternative = "greater", exact = FALSE
      )$p.value
    })
    # A gene that all cells have alike tells nothing.
    expected[is.nan(expected)] <- 1
    expect_equal(result$pvals$NK, unname(expected), tolerance = 1e-12)
  }
})

test_that("a message tells where p-values are not exact", {
  set.seed(1)
  x <- matrix(sample.int(1e5, 4L * 120L), 4L) / 7
  x[2:3, 1:2] <- 0
  group <- rep(c("a", "b", "c"), c(60L, 40L, 20L))
  told <- function(...) {
    message <- NULL
    withCallingHandlers(
      suppressMessages(
        rank_genes_groups(x, group, ..., exact = TRUE, threads = 1L),
        "wilcoxide_message_few_cells"
      ),
      wilcoxide_message_exact = function(condition) {
        message <<- gsub("\\s+", " ", conditionMessage(condition))
        rlang::cnd_muffle(condition)
      }
    )
    message
  }
  expect_match(told(), "3 groups have more than 50 cells")
  message <- told(groups = c("a", "b"), reference = "c")
  expect_match(message, "1 group has more than 50 cells")
  expect_no_match(message, "equal values")
  x[2:3, 119:120] <- 0
  message <- told(groups = c("a", "b"), reference = "c")
  expect_match(message, "In 1 group, 2 of 4 genes have equal values")
  mask <- c(TRUE, FALSE, FALSE, TRUE)
  expect_null(told(groups = "b", reference = "c", mask_var = mask))
})

test_that("presets stand for arguments, and those given win", {
  x <- toy_expression()
  rank <- function(...) rank_quietly(x, toy_groups(), ...)
  expect_identical(rank(preset = "scanpy"), rank())
  expect_identical(
    rank(preset = "seurat"),
    rank(
      tie_correct = TRUE, correct = TRUE, lfc = "seurat",
      corr_method = "bonferroni"
    )
  )
  expect_identical(
    rank(preset = "presto"),
    rank(tie_correct = TRUE, correct = TRUE, lfc = "mean_difference")
  )
  expect_identical(
    rank(preset = "seurat", correct = FALSE, corr_method = "none"),
    rank(tie_correct = TRUE, lfc = "seurat", corr_method = "none")
  )
})

test_that("within blocks there is no other p-value but the normal one's", {
  x <- toy_expression()
  block <- rep(c("x", "y"), length.out = ncol(x))
  rank <- function(...) rank_quietly(x, toy_groups(), block = block, ...)
  expect_identical(
    rank(preset = "seurat"),
    rank(tie_correct = TRUE, lfc = "seurat", corr_method = "bonferroni")
  )
  for (arguments in list(list(correct = TRUE), list(exact = TRUE))) {
    expect_error(
      do.call(rank, arguments),
      sprintf("`%s` must be FALSE", names(arguments)),
      class = "wilcoxide_error_input"
    )
  }
  plain <- rank()
  higher <- rank(alternative = "greater", statistics = "log10_pvals")
  z <- higher$scores$NK
  expect_equal(higher$pvals$NK, pnorm(-z), tolerance = 1e-5)
  expect_equal(10^higher$log10_pvals$NK, higher$pvals$NK, tolerance = 1e-12)
  expect_same_bits(higher$scores, plain$scores)
})

test_that("what no option means is refused", {
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups(toy_expression(), toy_groups(), ..., threads = 1L),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  expect_match(refused(alternative = "higher"), "`alternative` must be")
  expect_match(refused(correct = NA), "`correct` must be TRUE or FALSE")
  expect_match(refused(lfc = "log2"), "`lfc` must be \"scanpy\"")
  expect_match(refused(corr_method = "fwer"), "\"hommel\"")
  expect_match(refused(adjust_over = "genes"), "`adjust_over` must be")
  expect_match(refused(preset = "limma"), "`preset` must be")
  expect_match(refused(pseudocount = -1), "one number from 0")
  expect_match(
    refused(lfc = "mean_difference", pseudocount = 1),
    "that fold change has none"
  )
  expect_match(
    refused(lfc = "seurat", mean_in_log_space = FALSE),
    "must go with `lfc = \"scanpy\"`"
  )
})

# Groups that take no part, and references of several groups: the same as a call
# on the other cells, or with other labels.

test_that("excluded groups are in no rest", {
  x <- toy_expression()
  groups <- toy_groups()
  groups[c(3L, 40L)] <- NA
  kept <- !groups %in% "NK"
  for (options in list(
    list(),
    list(tie_correct = TRUE, pts = TRUE, n_genes = 7),
    list(groups = "B", mean_in_log_space = FALSE, rankby_abs = TRUE),
    list(groups = "B", reference = "T", pts = TRUE)
  )) {
    rank <- function(...) do.call(rank_quietly, c(list(...), options))
    expected <- rank(x[, kept], factor(groups[kept], c("T", "B")))
    result <- rank(x, groups, exclude = "NK")
    expect_same_bits(result, expected)
    expect_same_bits(rank(as_dgr(x), groups, exclude = "NK"), expected)
  }
})

test_that("values of excluded cells do not matter", {
  x <- toy_expression()
  groups <- toy_groups()
  expected <- rank_quietly(x, groups, exclude = "NK")
  x[, which(groups == "NK")] <- NaN
  expect_same_bits(rank_quietly(x, groups, exclude = "NK"), expected)
})

test_that("several groups as the reference are pooled", {
  x <- toy_expression()
  groups <- rep_len(c("a", "b", "c", "d"), ncol(x))
  pooled <- ifelse(groups %in% c("b", "d"), "d, b", groups)
  pooled <- factor(pooled, c("a", "d, b", "c"))
  for (options in list(
    list(pts = TRUE, tie_correct = TRUE),
    list(mean_in_log_space = FALSE),
    list(exclude = "c")
  )) {
    rank <- function(...) do.call(rank_quietly, c(list(x, ...), options))
    result <- rank(groups, reference = c("d", "b"))
    expect_identical(result$params$reference, "d, b")
    expect_same_bits(result, rank(pooled, reference = "d, b"))
  }
  # The groups asked for may have some of the reference among them.
  ranked <- function(...) {
    rank_quietly(x, groups, ..., reference = c("b", "d"), pts = TRUE)
  }
  result <- ranked(groups = c("c", "d", "a", "b"))
  expect_named(result$names, c("c", "a"))
  expect_named(result$pts, c("c", "b, d", "a"))
  expect_same_bits(ranked()$names, result$names[c("a", "c")])
  expect_output(print(result), "versus b, d", fixed = TRUE)
})

test_that("every input has both", {
  skip_without_hdf5r()
  cells <- shipped_cells()
  groups <- levels(cells$groups)
  asked <- list(exclude = groups[1:2], reference = groups[4:5], pts = TRUE)
  rank <- function(...) do.call(rank_quietly, c(list(...), asked))
  expected <- rank(cells$data, cells$groups)
  expect_named(expected$names, groups[c(3L, 6:10)])
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path, c(X = "csr", "layers/csc" = "csc"))
  expect_same_tables(rank(path, "cluster"), expected)
  expect_same_tables(rank(path, "cluster", layer = "csc"), expected)
  withr::with_options(list(wilcoxide.memory = 2e5), {
    expect_same_tables(rank(path, "cluster"), expected)
    expect_same_tables(rank(path, "cluster", layer = "csc"), expected)
  })
  expect_same_tables(rank(as_experiment(cells), "cluster"), expected)
  expect_same_tables(rank(as_seurat(cells), "cluster"), expected)
})

test_that("workers have both", {
  skip_if_not_installed("DelayedArray")
  skip_if_not_installed("BiocParallel")
  cells <- shipped_cells()
  groups <- levels(cells$groups)
  asked <- list(exclude = groups[[2L]], reference = groups[c(4L, 7L)])
  rank <- function(...) do.call(rank_quietly, c(list(...), asked))
  expected <- rank(cells$data, cells$groups)
  result <- rank(
    DelayedArray::DelayedArray(cells$data),
    cells$groups,
    BPPARAM = BiocParallel::MulticoreParam(2L)
  )
  expect_same_tables(result, expected)
})

test_that("what cannot be excluded or pooled is told", {
  x <- toy_expression()
  groups <- toy_groups()
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups(x, groups, ..., threads = 1),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  message <- refused(exclude = "nk")
  expect_match(message, "There is no group \"nk\". i Did you mean \"NK\"")
  expect_match(refused(exclude = c("B", "B")), "more than once: \"B\"")
  expect_match(refused(exclude = list("B")), "`exclude` must be NULL or")
  expect_match(
    refused(groups = c("T", "B"), exclude = "B"),
    "\"B\" is also in `groups` or `reference`"
  )
  expect_match(refused(reference = "B", exclude = "B"), "\"B\" is also in")
  expect_match(refused(exclude = levels(groups)), "leave a group to rank")
  expect_match(
    refused(reference = "B", exclude = c("T", "NK")),
    "leave a group to rank"
  )
  expect_match(refused(exclude = c("B", "NK")), "that take part are in group")
  expect_match(
    refused(reference = c("T", "b")),
    "\"rest\" or groups that exist. x There is no group \"b\""
  )
  expect_match(refused(reference = c("B", "B")), "once")
  expect_match(refused(reference = c("rest", "B")), "no group \"rest\"")
  expect_match(refused(reference = levels(groups)), "besides the reference")
  levels(groups)[levels(groups) == "NK"] <- "T, B"
  pooled <- refused(reference = c("T", "B"))
  expect_match(pooled, "Both would be called \"T, B\"")
})

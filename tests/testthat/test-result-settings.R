settled <- function(...) {
  suppressMessages(
    rank_genes_groups(as_dgc(toy_expression()), toy_groups(), ..., threads = 1L)
  )
}

test_that("settings tell what was ranked, and how", {
  sizes <- c(table(toy_groups()))
  settings <- settled()$settings
  expect_identical(settings$n_ranked, nrow(toy_expression()))
  expect_identical(settings$group_sizes, sizes)
  expect_identical(settings$opposite_sizes, sum(sizes) - sizes)
  expect_false(settings$rankby_abs)
  expect_false(settings$tie_correct)
  expect_true(settings$mean_in_log_space)
  expect_null(settings$log_base)
  expect_identical(
    settings$version,
    as.character(utils::packageVersion("wilcoxide"))
  )

  names <- rownames(toy_expression())
  settings <- settled(
    groups = "NK", reference = "T", mask_var = seq_along(names) < 4L,
    n_genes = 2L, tie_correct = TRUE, rankby_abs = TRUE, log_base = 2
  )$settings
  expect_identical(settings$n_ranked, 3L)
  expect_identical(settings$group_sizes, sizes["NK"])
  expect_identical(settings$opposite_sizes, c(NK = sizes[["T"]]))
  expect_true(settings$tie_correct)
  expect_true(settings$rankby_abs)
  expect_identical(settings$log_base, 2)
})

test_that("cells without a group count on the other side", {
  groups <- toy_groups()
  groups[1:7] <- NA
  settings <- suppressMessages(
    rank_genes_groups(as_dgc(toy_expression()), groups, threads = 1L)
  )$settings
  expect_identical(
    unname(settings$group_sizes + settings$opposite_sizes),
    rep(length(groups), length(settings$group_sizes))
  )
})

heading_of <- function(result) {
  withr::local_options(width = 200L, cli.num_colors = 1L, cli.unicode = FALSE)
  capture.output(print(result))[[2L]]
}

test_that("excluded cells are on no side", {
  sizes <- c(table(toy_groups()))
  result <- settled(groups = "NK", exclude = "T")
  expect_identical(result$settings$exclude, "T")
  expect_identical(
    result$settings$opposite_sizes,
    c(NK = sum(sizes[names(sizes) != "T"]) - sizes[["NK"]])
  )
  expect_match(heading_of(result), "wilcoxon, without T, benjamini")
})

test_that("print() tells how many genes there are, and what is not as usual", {
  expect_identical(
    heading_of(settled()),
    sprintf("wilcoxon, benjamini-hochberg, %d genes", nrow(toy_expression()))
  )
  expect_identical(
    heading_of(settled(
      n_genes = 2L, tie_correct = TRUE, rankby_abs = TRUE,
      mean_in_log_space = FALSE, corr_method = "bonferroni"
    )),
    paste0(
      "wilcoxon, by absolute scores, corrected for ties, fold changes of ",
      "linear means, bonferroni, top 2 of ", nrow(toy_expression()), " genes"
    )
  )
  n <- nrow(toy_expression())
  expect_match(heading_of(head(settled(), 3L)), sprintf("top 3 of %d genes", n))
  expect_match(heading_of(tail(settled(), 3L)), sprintf(", 3 of %d genes", n))
  large <- settled()
  large$settings$n_ranked <- 13714L
  expect_match(heading_of(large), sprintf("top %d of 13,714 genes", n))
})

test_that("a ranking without settings still prints", {
  result <- settled()
  bare <- result
  bare$settings <- NULL
  expect_identical(heading_of(bare), heading_of(result))
  expect_false("cells" %in% names(summary(bare)$counts))
})

test_that("summary() tells the sizes of groups and how many genes there are", {
  result <- settled(n_genes = 4L)
  counted <- summary(result)
  expect_identical(counted$counts$cells, tabulate(toy_groups()))
  expect_identical(counted$settings, result$settings)
  withr::local_options(width = 100L, cli.num_colors = 1L, cli.unicode = FALSE)
  lines <- capture.output(print(counted))
  expect_match(
    lines[[2L]],
    sprintf("out of the top 4 of %d genes:$", nrow(toy_expression()))
  )
  expect_match(lines[[3L]], "cells +up +down")
})

test_that("settings that were changed to something else are told", {
  result <- settled()
  for (bad in list(
    3, list(n_ranked = "all"), list(n_ranked = NA_integer_),
    list(group_sizes = c(1L, 2L, 3L)), list(tie_correct = c(TRUE, FALSE))
  )) {
    result$settings <- bad
    expect_error(print(result), "settings", class = "wilcoxide_error_input")
  }
})

test_that("settings travel as plain values, and foreign ones are left out", {
  result <- settled(groups = "NK", log_base = 2)
  stored <- result_as_uns(result)
  expect_null(names(stored$settings$group_sizes))
  source <- list(where = "there", abort = abort_input, call = NULL)
  expect_identical(result_from_uns(stored, source), result)

  stored$settings$tie_correct <- "perhaps"
  stored$settings$opposite_sizes <- 1:3
  stored$settings$new <- "unknown"
  expected <- result$settings
  expected[c("tie_correct", "opposite_sizes")] <- NULL
  expect_identical(result_from_uns(stored, source)$settings, expected)
  stored$settings <- "other"
  expect_null(result_from_uns(stored, source)$settings)
})

test_that("files keep them", {
  path <- writable_h5ad("raw")
  rank <- function(...) {
    suppressMessages(rank_genes_groups(path, "group", ..., threads = 1L))
  }
  one <- h5ad_labels[[2L]]
  for (result in list(
    rank(),
    rank(groups = one, tie_correct = TRUE, n_genes = 3L),
    rank(groups = one, exclude = h5ad_labels[[1L]])
  )) {
    # That file's logarithms have the base 2.
    expect_identical(result$settings$log_base, 2)
    write_rank_genes_groups(result, path)
    expect_identical(get_rank_genes_groups(path), result)
  }
})

test_that("objects of Python keep them", {
  skip_without_python()
  object <- python_anndata()$read_h5ad(shipped_file())
  for (result in list(
    rank_genes_groups(object, "bulk_labels", threads = 1L),
    rank_genes_groups(
      object, "bulk_labels",
      groups = "Dendritic", tie_correct = TRUE,
      exclude = c("CD34+", "CD19+ B"), threads = 1L
    )
  )) {
    add_rank_genes_groups(object, result)
    expect_identical(
      get_rank_genes_groups(object)$settings,
      result$settings
    )
  }
})

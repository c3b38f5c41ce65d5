# The area under the ROC curve from its definition: over all pairs of a cell of
# the group and one of the other side.
area <- function(values, is_in, is_out) {
  differences <- outer(values[is_in], values[is_out], `-`)
  mean((differences > 0) + (differences == 0) / 2)
}

areas <- function(x, groups, result, reference = NULL) {
  columns <- lapply(rlang::set_names(names(result$names)), function(group) {
    is_in <- groups %in% group
    is_out <- if (is.null(reference)) !is_in else groups %in% reference
    vapply(
      result$names[[group]],
      function(gene) area(x[gene, ], is_in, is_out),
      0,
      USE.NAMES = FALSE
    )
  })
  as.data.frame(columns, optional = TRUE)
}

test_that("the area under the curve is that of all pairs of cells", {
  x <- toy_expression()
  x[1:5, ] <- x[1:5, ] - 1
  groups <- toy_groups()
  groups[c(3L, 50L)] <- NA
  calls <- list(
    list(),
    list(tie_correct = TRUE, rankby_abs = TRUE),
    list(groups = c("NK", "B"), n_genes = 4L),
    list(reference = "T"),
    list(reference = "T", mean_in_log_space = FALSE)
  )
  for (arguments in calls) {
    ranked <- function(x, ...) {
      suppressMessages(rlang::inject(
        rank_genes_groups(x, groups, !!!arguments, ..., threads = 1L)
      ))
    }
    result <- ranked(as_dgc(x), statistics = "auc")
    expected <- areas(as.matrix(x), groups, result, arguments$reference)
    expect_equal(result$auc, expected, tolerance = 1e-14)
    # All else is as without it.
    plain <- ranked(as_dgc(x))
    expect_null(plain$auc)
    expect_same_bits(result[names(plain)], unclass(plain))
  }
})

test_that("the area is a column of the long table", {
  result <- rank_genes_groups(
    toy_expression(), toy_groups(),
    statistics = "auc", threads = 1L
  )
  table <- rank_genes_groups_df(result)
  expect_identical(names(table)[6:7], c("pvals_adj", "auc"))
  expect_identical(table$auc, unlist(result$auc, use.names = FALSE))
})

test_that("a gene that tells nothing has one half, a perfect one 0 or 1", {
  x <- rbind(
    flat = 0.5, none = 0, high = c(0, 0, 1, 2), low = c(2, 1, 0, 0)
  )
  result <- rank_genes_groups(
    as_dgc(x),
    c("a", "a", "b", "b"),
    statistics = c("auc", "auc"),
    threads = 1L
  )
  of_b <- rlang::set_names(result$auc$b, result$names$b)
  expect_identical(of_b, c(high = 1, flat = 0.5, none = 0.5, low = 0))
})

test_that("statistics that there are not are refused", {
  for (bad in list("AUC", c("auc", "power"), NA_character_, 1, TRUE, list())) {
    expect_error(
      rank_genes_groups(
        toy_expression(), toy_groups(),
        statistics = bad, threads = 1L
      ),
      "`statistics` must name tables.*\"auc\"",
      class = "wilcoxide_error_input"
    )
  }
})

# Names left by group, without the gaps.
left <- function(result, ...) {
  filtered <- filter_rank_genes_groups(result, ...)
  lapply(as.list(filtered$names), function(names) names[!is.na(names)])
}

test_that("names that do not pass become NA, all else stays", {
  result <- toy_ranking()
  filtered <- filter_rank_genes_groups(result)

  expect_identical(
    filtered$names,
    data.frame(
      "T" = c("CD3D", NA, NA, NA),
      "B cell" = c("NKG7", "CD3D", NA, NA),
      "10" = c("CD74", "NKG7", "LYZ", NA),
      check.names = FALSE
    )
  )
  expect_identical(class(filtered), class(result))
  expect_identical(
    filtered[setdiff(names(filtered), "names")],
    result[setdiff(names(result), "names")]
  )
  expect_named(filtered, names(result))
})

test_that("every bound is strict", {
  result <- toy_ranking()
  expect_identical(
    left(result, 0.5, -Inf, 1),
    list("T" = c("CD3D"), "B cell" = "NKG7", "10" = c("CD74", "NKG7"))
  )
  expect_identical(
    left(result, 0, 1.5, 1),
    list("T" = "CD3D", "B cell" = "NKG7", "10" = "LYZ")
  )
  expect_identical(
    left(result, 0, 0, 0.25),
    list("T" = "CD3D", "B cell" = "NKG7", "10" = "LYZ")
  )
})

test_that("a fold change that is NaN passes no bound", {
  result <- toy_ranking()
  left <- left(result, -Inf, -Inf, Inf)
  expect_identical(left$T, c("CD3D", "LYZ", "NKG7"))
  # -Inf is not greater than itself.
  expect_identical(left[["10"]], c("CD74", "NKG7", "LYZ"))
})

test_that("a fraction that is NaN passes no bound", {
  result <- toy_ranking()
  result$pts_rest[["T"]][] <- NaN
  expect_identical(left(result, 0, 0, Inf)$T, character())
})

test_that("compare_abs keeps genes that are low in their group", {
  result <- toy_ranking()
  expect_identical(
    left(result, -Inf, 1.25, Inf, compare_abs = TRUE),
    list(
      "T" = c("CD3D", "NKG7"),
      "B cell" = c("NKG7", "CD3D", "LYZ"),
      "10" = c("LYZ", "CD3D")
    )
  )
})

test_that("the bound of fold changes is compared as a float32 number", {
  result <- toy_ranking()
  # The float32 number next to 0.1, which is a little more than the double.
  result$logfoldchanges$T[[1L]] <- 0.100000001490116119384765625
  expect_identical(left(result, min_fold_change = 0.1)$T, "LYZ")
})

test_that("fractions are looked up when not all genes are ranked", {
  result <- toy_ranking()
  tables <- c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  result[tables] <- lapply(result[tables], tail, 2L)
  expect_identical(
    left(result, 0.25, -Inf, 0.7),
    list("T" = character(), "B cell" = character(), "10" = "LYZ")
  )
  expect_identical(
    left(result, 0.2, -Inf, 0.7),
    list("T" = "NKG7", "B cell" = character(), "10" = "LYZ")
  )
})

test_that("a result can be filtered again", {
  once <- filter_rank_genes_groups(toy_ranking())
  expect_identical(filter_rank_genes_groups(once), once)
  expect_identical(
    left(once, min_fold_change = 1.5),
    list("T" = "CD3D", "B cell" = "NKG7", "10" = "LYZ")
  )
})

test_that("the given result is left as it was", {
  result <- toy_ranking()
  before <- serialize(result, NULL)
  filter_rank_genes_groups(result)
  expect_identical(serialize(result, NULL), before)
})

test_that("bad arguments are refused", {
  result <- toy_ranking()
  refuses <- function(expr, message) {
    expect_error(expr, message, class = "wilcoxide_error_input")
  }
  refuses(
    filter_rank_genes_groups(list()),
    "`result` must be what `rank_genes_groups\\(\\)` returned.*<list>"
  )
  refuses(
    filter_rank_genes_groups(toy_ranking(pts = FALSE)),
    "must hold the fractions.*`pts = TRUE`"
  )
  refuses(
    filter_rank_genes_groups(toy_ranking(reference = "CD4")),
    "compares with group \"CD4\".*`reference = \"rest\"`"
  )
  refuses(
    filter_rank_genes_groups(result, min_in_group_fraction = NULL),
    "`min_in_group_fraction` must be one number.*NULL"
  )
  refuses(
    filter_rank_genes_groups(result, min_fold_change = "1"),
    "`min_fold_change` must be one number"
  )
  refuses(
    filter_rank_genes_groups(result, max_out_group_fraction = NaN),
    "`max_out_group_fraction` must be one number"
  )
  refuses(
    filter_rank_genes_groups(result, compare_abs = NA),
    "`compare_abs` must be TRUE or FALSE"
  )
  # Percentages would keep nothing, or everything.
  refuses(
    filter_rank_genes_groups(result, min_in_group_fraction = 50),
    "fraction from 0 to 1, or -Inf.*It is 50.*50 % is `0.5`"
  )
  refuses(
    filter_rank_genes_groups(result, max_out_group_fraction = 2),
    "fraction from 0 to 1, or Inf"
  )
  refuses(
    filter_rank_genes_groups(result, min_in_group_fraction = Inf),
    "It is Inf"
  )
})

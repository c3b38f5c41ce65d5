input_error <- "wilcoxide_error_input"

test_that("elements go by their whole names, or by their places", {
  result <- toy_ranking()
  scores <- unclass(result)$scores
  expect_identical(result$scores, scores)
  expect_identical(result[["scores"]], scores)
  expect_identical(result[[3L]], scores)
  expect_identical(result[["scores", exact = TRUE]], scores)
  expect_identical(result[[c("scores", "10")]], scores[["10"]])
  expect_identical(result[["scores"]][2L, "T"], 1.5)
  expect_identical(result[c("scores", "pts")],
                   unclass(result)[c("scores", "pts")])
  expect_identical(result[-1L], unclass(result)[-1L])
  expect_identical(result[TRUE], unclass(result))
  expect_identical(result[], result)
})

test_that("an element that a result may have and has not is NULL", {
  result <- toy_ranking(reference = "CD4")
  expect_null(result$pts_rest)
  expect_null(result[["pts_rest"]])
  result$pts <- NULL
  # Base R would give `pts_rest` for `pts`, had it that one only.
  result$pts_rest <- toy_ranking()$pts_rest
  expect_null(result$pts)
  expect_null(result[["pts", exact = FALSE]])
})

test_that("a group is no element, and the table of the group is named", {
  result <- toy_ranking()
  hint <- "rank_genes_groups_df\\(x, \"B cell\"\\)"
  expect_error(result$`B cell`, hint, class = input_error)
  expect_error(result[["B cell"]], hint, class = input_error)
  expect_error(result["B cell"], hint, class = input_error)
  expect_error(result$`B cell` <- 1, hint, class = input_error)
  expect_error(result[["B cell"]] <- 1, hint, class = input_error)
  expect_error(result[c("names", "B cell")] <- 1, hint, class = input_error)
  expect_identical(result, toy_ranking())
})

test_that("a group may have the name of an element", {
  result <- named_groups(c("names", "pts", "row.names"))
  expect_identical(dim(result$names), c(2L, 3L))
  expect_null(result$pts)
  expect_error(result$row.names, "one of its groups", class = input_error)
})

test_that("what is no element is refused", {
  result <- toy_ranking(pts = FALSE)
  expect_error(result$score, "Did you mean \"scores\"", class = input_error)
  expect_error(result$none, "Elements there: \"params\"", class = input_error)
  expect_error(result["pts"], "pts = TRUE", class = input_error)
  places <- list(
    99, 0, -1, NA, NA_character_, NULL, TRUE, list(), sum, character(),
    factor("names")
  )
  for (place in places) {
    expect_error(result[[place]], class = input_error)
  }
  for (places in list(99, -99, NA, c(1, NA), c(-1, 1), rep(TRUE, 9L), sum)) {
    expect_error(result[places], class = input_error)
  }
  for (place in list(NA, sum, NA_character_)) {
    expect_error(result[place] <- list(1), class = input_error)
    expect_error(result[[place]] <- 1, class = input_error)
  }
})

test_that("there are no rows and columns", {
  result <- toy_ranking()
  hint <- "head\\(x, 10\\).*as.data.frame\\(x\\)"
  expect_error(result[1:2, ], hint, class = input_error)
  expect_error(result[, "T"], hint, class = input_error)
  expect_error(result[1, 2], hint, class = input_error)
  expect_error(result[["names", "T"]], hint, class = input_error)
  expect_error(result[1, ] <- 1, hint, class = input_error)
  expect_error(result[["names", "T"]] <- 1, hint, class = input_error)
})

test_that("elements can be changed, added and removed", {
  result <- toy_ranking()
  result$names$T[[1L]] <- "a"
  result[["names"]][["T"]][[2L]] <- "b"
  result[[c("names", "T")]][[3L]] <- "c"
  expect_identical(result$names$T, c("a", "b", "c", "NKG7"))
  result$note <- "mine"
  expect_identical(result$note, "mine")
  result["note"] <- list("yours")
  expect_identical(result[["note"]], "yours")
  result$note <- NULL
  result$pts_rest <- NULL
  expect_named(result, setdiff(names(toy_ranking()), "pts_rest"))
  expect_s3_class(result, "rank_genes_groups")
})

test_that("a result that is not whole is refused everywhere", {
  broken <- list(
    "scores is missing" = function(x) {
      x$scores <- NULL
      x
    },
    "pvals is not a data frame" = function(x) {
      x$pvals <- 1
      x
    },
    "scores has 3 rows and 3 columns, the names have 4 and 3" = function(x) {
      x$scores <- x$scores[1:3, ]
      x
    },
    "scores has other columns" = function(x) {
      names(x$scores)[[1L]] <- "NK"
      x
    },
    "pvals has 4 rows and 4 columns" = function(x) {
      x$pvals$NK <- 1
      x
    },
    "Several groups are called \"T\"" = function(x) {
      x[-1L] <- lapply(x[-1L], `names<-`, c("T", "T", "10"))
      x
    },
    "pts has lost its row names" = function(x) {
      rownames(x$pts) <- NULL
      x
    },
    "pts_rest has other columns" = function(x) {
      x$pts_rest$T <- NULL
      x
    },
    "names is missing" = function(x) {
      x$names <- NULL
      x
    }
  )
  users <- list(
    rank_genes_groups_df, filter_rank_genes_groups, as_seurat_markers,
    as_marker_list, as.data.frame, summary, print, format, head, tail, dim,
    function(x) add_rank_genes_groups(structure(list(), class = "Seurat"), x),
    function(x) write_rank_genes_groups(x, "none.h5ad"),
    plot_rank_genes_groups
  )
  for (problem in names(broken)) {
    result <- broken[[problem]](toy_ranking())
    for (use in users) {
      expect_error(use(result), problem, class = input_error)
    }
  }
})

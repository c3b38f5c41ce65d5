test_that("the best genes come group by group in the order of ranks", {
  top <- top_genes(toy_ranking(), NULL, 2, NULL)
  expect_identical(top$gene, c("CD3D", "LYZ", "NKG7", "CD3D", "CD74", "NKG7"))
  expect_identical(
    top$group,
    factor(rep(c("T", "B cell", "10"), each = 2L), c("T", "B cell", "10"))
  )
  expect_identical(top$row, rep(1:2, 3L))
  expect_identical(
    entries_of(toy_ranking()$scores, top$group, top$row),
    c(6.5, 1.5, 4, 3, 3.5, 2.5)
  )
})

test_that("groups are taken in the order asked for", {
  top <- top_genes(toy_ranking(), c("10", "T"), 100, NULL)
  expect_identical(levels(top$group), c("10", "T"))
  expect_identical(top$gene[1:4], c("CD74", "NKG7", "LYZ", "CD3D"))
  expect_length(top$gene, 8L)
})

test_that("genes that were filtered out are passed over", {
  result <- toy_ranking()
  result$names[["T"]][c(1L, 3L)] <- NA
  result$names[["10"]] <- NA_character_
  top <- top_genes(result, NULL, 2, NULL)
  expect_identical(top$gene, c("LYZ", "NKG7", "NKG7", "CD3D"))
  expect_identical(top$row, c(2L, 4L, 1L, 2L))
  expect_identical(
    entries_of(result$scores, top$group, top$row),
    c(1.5, -2, 4, 3)
  )
  expect_error(top_genes(result, "10", 2, NULL), "must have a gene to show")
})

test_that("wrong arguments are refused", {
  expect_refused <- function(...) {
    expect_error(..., class = "wilcoxide_error_input")
  }
  result <- toy_ranking()
  expect_refused(top_genes(mtcars, NULL, 2, NULL), "result.*data.frame")
  expect_refused(top_genes(result, "Mast", 2, NULL), "`groups`.*\"Mast\"")
  expect_refused(top_genes(result, c("T", "T"), 2, NULL), "each group once")
  expect_refused(top_genes(result, list(), 2, NULL), "`groups` must be NULL")
  for (n in list(0, 1.5, -1, NA_real_, "2", c(1, 2))) {
    expect_refused(top_genes(result, NULL, n, NULL), "`n_genes` must be")
  }
})

test_that("groups of the result come first, and those without cells go", {
  groups <- factor(c("x", "10", NA, "T"), c("x", "10", "B cell", "T"))
  expect_identical(
    shown_groups(groups, toy_ranking()),
    factor(c("x", "10", NA, "T"), c("T", "10", "x"))
  )
})

test_that("hundreds of groups are drawn where they are named only", {
  skip_if_not_installed("ggplot2")
  groups <- sprintf("sg%d", 1:201)
  result <- toy_ranking()
  for (name in table_names("rank", optional = FALSE)) {
    columns <- unclass(result)[[name]][rep(1L, 201L)]
    names(columns) <- groups
    result[[name]] <- group_table(as.list(columns))
  }
  result$pts <- result$pts_rest <- NULL
  error <- expect_error(
    plot_rank_genes_groups(result),
    class = "wilcoxide_error_input"
  )
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  expect_match(message, "has 201 groups")
  expect_match(message, "`groups = c(\"sg1\", \"sg2\")`", fixed = TRUE)
  plot <- plot_rank_genes_groups(result, groups = c("sg7", "sg201"))
  expect_identical(levels(plot$data$group), c("sg7", "sg201"))
})

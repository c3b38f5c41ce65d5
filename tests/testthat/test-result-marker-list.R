test_that("each group has a DataFrame of its genes by rank", {
  skip_if_not_installed("S4Vectors")
  ranking <- toy_ranking()
  markers <- as_marker_list(ranking)

  expect_type(markers, "list")
  expect_named(markers, c("T", "B cell", "10"))
  for (group in names(markers)) {
    table <- markers[[group]]
    expect_s4_class(table, "DataFrame")
    expect_identical(rownames(table), ranking$names[[group]])
    expect_identical(table$Top, 1:4)
    expect_identical(table$p.value, ranking$pvals[[group]])
    expect_identical(table$FDR, ranking$pvals_adj[[group]])
    expect_identical(table$summary.logFC, ranking$logfoldchanges[[group]])
    expect_identical(table$score, ranking$scores[[group]])
    at <- function(fractions) fractions[rownames(table), group]
    expect_identical(table$self.detected, at(ranking$pts))
    expect_identical(table$other.detected, at(ranking$pts_rest))
  }
})

test_that("fractions come where the ranking has them", {
  skip_if_not_installed("S4Vectors")
  columns <- c("Top", "p.value", "FDR", "summary.logFC", "score")
  markers <- as_marker_list(toy_ranking(pts = FALSE))
  expect_identical(colnames(markers[["T"]]), columns)

  ranking <- toy_ranking(reference = "10")
  shown <- setdiff(names(ranking), c("params", "pts"))
  ranking[shown] <- lapply(ranking[shown], `[`, c("T", "B cell"))
  markers <- as_marker_list(ranking)[["B cell"]]
  expect_identical(markers$other.detected, ranking$pts[rownames(markers), "10"])
})

test_that("genes that were filtered out are left out, ranks stay", {
  skip_if_not_installed("S4Vectors")
  markers <- as_marker_list(filter_rank_genes_groups(toy_ranking()))
  expect_identical(rownames(markers[["10"]]), c("CD74", "NKG7", "LYZ"))
  expect_identical(markers[["B cell"]]$Top, 1:2)
  expect_identical(markers[["T"]]$p.value, 0.0001)

  ranking <- toy_ranking()
  ranking$names[["T"]][2:3] <- NA
  expect_identical(as_marker_list(ranking)[["T"]]$Top, c(1L, 4L))
  expect_identical(as_marker_list(tail(toy_ranking(), 2L))[["T"]]$Top, 3:4)
})

test_that("genes may share a name", {
  skip_if_not_installed("S4Vectors")
  ranking <- toy_ranking(pts = FALSE)
  ranking$names[["T"]][[2L]] <- "CD3D"
  markers <- as_marker_list(ranking)
  expect_identical(rownames(markers[["T"]]), ranking$names[["T"]])
})

test_that("only a result is taken", {
  expect_error(as_marker_list(list()), class = "wilcoxide_error_input")
})

test_that("areas against single groups come under the names of scran", {
  skip_if_not_installed("scran")
  # No ties, groups of one size: the lowest p is that of the area which is the
  # furthest from one half.
  withr::local_seed(3)
  groups <- factor(rep(c("a", "b", "c", "d"), each = 60L))
  means <- matrix(stats::rnorm(12L * 4L), 12L)
  x <- means[, as.integer(groups)] + stats::rnorm(12L * length(groups))
  rownames(x) <- sprintf("gene%d", 1:12)
  result <- rank_genes_groups(x, groups, pairwise = TRUE, threads = 1L)
  markers <- as_marker_list(result)
  found <- scran::findMarkers(x, groups, test.type = "wilcox")
  scored <- scran::scoreMarkers(x, groups)
  for (group in levels(groups)) {
    ours <- markers[[group]]
    genes <- rownames(ours)
    expect_equal(ours$summary.AUC, found[[group]][genes, "summary.AUC"])
    for (name in c("mean.AUC", "min.AUC", "median.AUC", "max.AUC")) {
      expect_equal(ours[[!!name]], unname(scored[[group]][genes, name]))
    }
    expect_identical(ours$rank.AUC, result$rank_min[[group]])
  }
  expect_false("rank.AUC" %in% colnames(as_marker_list(toy_ranking())[["T"]]))
})

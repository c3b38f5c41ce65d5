test_that("every gene is a point with its numbers", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups_volcano(cells$result, "Dendritic")
  expect_s3_class(plot, "ggplot")
  table <- rank_genes_groups_df(cells$result, "Dendritic")
  expect_identical(plot$data$gene, table$names)
  expect_equal(plot$data$log10_pval, log10(table$pvals))
  points <- ggplot2::layer_data(plot)
  expect_identical(points$x, table$logfoldchanges)
  expect_equal(points$y, -log10(table$pvals))
  significant <- table$pvals_adj < 0.05
  expect_identical(plot$data$direction == "not significant", !significant)
  expect_identical(
    plot$data$direction == "higher",
    significant & table$scores > 0
  )
  counts <- summary(cells$result)$counts
  expect_identical(
    as.vector(table(plot$data$direction))[1:2],
    unlist(counts[counts$group == "Dendritic", c("up", "down")],
      use.names = FALSE
    )
  )
})

test_that("the genes with the largest scores are labelled on both sides", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups_volcano(cells$result, "Dendritic", 3)
  genes <- cells$result$names[["Dendritic"]]
  expect_identical(plot$layers[[2L]]$data$gene, c(genes[1:3], genes[765:763]))
})

test_that("cut-offs are strict and hold for both sides", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(
    toy_ranking(),
    "B cell",
    pval_cutoff = 0.005,
    log2fc_min = 2
  )
  expect_identical(
    as.character(plot$data$direction),
    c("not significant", "not significant", "not significant", "lower")
  )
})

test_that("genes without a name or a fold change are left out", {
  skip_without_ggplot2()
  result <- toy_ranking()
  result$names[["T"]][[1L]] <- NA
  plot <- plot_rank_genes_groups_volcano(result, "T")
  expect_identical(plot$data$gene, c("LYZ", "NKG7"))
})

test_that("p-values that are too small for a double are told by the score", {
  scores <- c(5, -40, 100, 38.5)
  pvals <- 2 * stats::pnorm(-abs(scores))
  expect_identical(pvals == 0, c(FALSE, TRUE, TRUE, TRUE))
  exact <- log10(2) + stats::pnorm(-abs(scores), log.p = TRUE) / log(10)
  expect_equal(log10_pvals(pvals, scores), exact, tolerance = 1e-5)
})

test_that("a group that is a number is found by it", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(toy_ranking(), 10)
  expect_identical(plot$labels$title, "10 versus the rest")
})

test_that("a plot without significant genes has all colours", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(toy_ranking(), "T", pval_cutoff = 0)
  expect_true(all(plot$data$direction == "not significant"))
  expect_identical(
    plot$scales$get_scales("colour")$drop,
    FALSE
  )
  expect_true("higher" %in% drawn_text(plot))
})

test_that("wrong arguments are refused", {
  skip_without_ggplot2()
  draw <- function(...) plot_rank_genes_groups_volcano(toy_ranking(), ...)
  expect_refused <- function(...) {
    expect_error(..., class = "wilcoxide_error_input")
  }
  expect_refused(draw("Mast"), "`group` must name one group.*Mast.*B cell")
  expect_refused(draw(c("T", "10")), "`group` must name one group")
  expect_refused(draw(), "`group` must name one group.*NULL")
  expect_refused(draw("T", n_genes = 0.5), "`n_genes` must be")
  expect_refused(draw("T", pval_cutoff = "low"), "`pval_cutoff`")
  expect_refused(draw("T", log2fc_min = NULL), "`log2fc_min`")
})

test_that("the plot is as it was", {
  skip_without_ggplot2()
  # Labels kept apart by ggrepel differ between its versions.
  plot <- plot_rank_genes_groups_volcano(toy_ranking(), "B cell")
  plot$layers[[2L]] <- NULL
  expect_picture("volcano of a group", plot)
})
